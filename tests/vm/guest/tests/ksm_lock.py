# SPDX-License-Identifier: GPL-2.0
"""ksm_thread_mutex: for how long it is held, and what a report says that did not get it."""

import contextlib
import threading
import time

from lib import abi, ksm, memory, module, pages, tap, writers
from lib.abi import PAGE
from lib.agent import Agent

AT = 0x200000000000
# As in walk/ksm_lock.c, and how much longer a step may last. A host that takes the processor away
# for a while makes it longer still: one of so many reports must keep to it.
BOUND_US, SLACK_US = 100000, 400000
TRIES = 5
# A walk with so much to do that it must let go, of no more pages than there is room for when KSM is
# told to take its own back.
LONG_US, FEW_PAGES, MOST_PAGES = 250000, 4096, 65536


@contextlib.contextmanager
def busy(hold_us):
    """A process all of whose pages for KSM are merged; then its mmap_lock is never free."""
    with module.loaded_module(hold_us=hold_us), ksm.running(), writers.process() as process:
        memory.wait_until(lambda: ksm.read(process.pid).reach_all() == {"own": writers.PAGES},
                          "the pages are merged")
        process.start()
        yield process


def sound(report):
    """
    Nothing is wrong; each page of KSM's that was seen is found, or is not known to be. Returns how
    many are found.
    """
    tap.no_differences(report.violations, "violations")
    reach = report.checks["ksm-reach"]
    section = ksm.KsmReport(report.text)
    tap.equal(reach.checked + reach.unknown, writers.PAGES, f"pages: {section.ksm}")
    tap.true(set(section.reach_all()) <= {"own", "unknown"}, f"pages: {section.vmas}")
    for item in section.items:
        tap.equal((item["state"], item["now"]), ("stable", "maps"), f"rmap_item: {item}")
    return reach.checked


def report_of_busy(process):
    """One that did not get mmap_lock beside the mutex; now and then it is free when it is tried."""
    for _ in range(20):
        report = pages.report_of(process.pid)
        found, section = sound(report), ksm.KsmReport(report.text)
        if section.ksm["lists"] == "mmap-busy":
            return section, found
        tap.equal((section.ksm["lists"], found), ("read", writers.PAGES), "pages found")
    raise tap.Failed("mmap_lock was free each time")


def within_bound(take, limit=lambda taken: ""):
    """
    What take() returns, a KsmReport first, once the mutex was held for no longer than may be, and
    limit() says nothing against it: of an emulated machine a processor may stand still.
    """
    troubles = []
    for _ in range(TRIES):
        taken = take()
        longest = int(taken[0].ksm["longest_us"])
        trouble = limit(taken)
        if longest < BOUND_US + SLACK_US and not trouble:
            return taken
        troubles.append(f"the mutex was held for {longest} us{trouble}")
    raise tap.Failed("; ".join(troubles))


def test_mmap_lock_that_is_not_free():
    """ksmd must not wait for whoever has it: the report does without KSM's lists, and says so."""
    with busy(hold_us=0) as process:
        ksm.run(0)
        section, found = within_bound(lambda: report_of_busy(process))
        tap.equal((found, len(section.items), len(section.pages)), (0, 0, 0), "what was seen")
        tap.true(int(section.ksm["let_go"]) > 1, f"it was tried again: {section.ksm}")


def test_beside_writers_and_ksmd():
    """With a lock that is let go whenever somebody waits: whatever is said is right."""
    seen = {}
    with busy(hold_us=1000) as process:
        for sleep in ("0", "0", "20", "20", "100"):
            (memory.KSM / "sleep_millisecs").write_text(sleep)
            report = pages.report_of(process.pid)
            section = ksm.KsmReport(report.text)
            how = (section.ksm["lists"], report.lock["consistent"])
            seen[how] = seen.get(how, 0) + 1
            found = sound(report)
            tap.true(report.lock["let_go"] != "0", f"never let go: {report.lock}")
            tap.true(how[0] in ("read", "mmap-busy", "ksmd-busy"), f"lists={how[0]}")
            if how[0] == "read":
                tap.equal(found, writers.PAGES, f"pages found: {section.ksm}")
    print(f"# lists, consistent: {seen}")


def long_walk(agent):
    """Have a report take long: of as many pages that KSM knows as one of few pages lets expect."""
    count = FEW_PAGES
    while True:
        agent.mmap(AT, count * PAGE)
        agent.touch(AT, count * PAGE)
        agent.madvise(AT, count * PAGE, abi.MADV_MERGEABLE)
        ksm.run(1)
        ksm.wait_for_scans(3)
        ksm.run(0)
        report = pages.report_of(agent.pid)
        held_us = int(report.lock["held_us"])
        if held_us > LONG_US:
            return
        if count == MOST_PAGES:
            raise tap.Skip(f"a report of {count} pages takes {held_us} us, less than {LONG_US}")
        count = min(MOST_PAGES, max(2 * count, 3 * count * LONG_US // held_us))


def longest_write(stop, longest):
    """The seconds for which a write to a knob that needs the mutex waits, at most."""
    while not stop.is_set():
        started = time.monotonic()
        ksm.run(0)
        longest[0] = max(longest[0], time.monotonic() - started)


def report_beside_writes(pid):
    """Its section on KSM, the whole of it, and for how long at most a write to a knob waited."""
    stop, longest = threading.Event(), [0.0]
    writer = threading.Thread(target=longest_write, args=(stop, longest))
    writer.start()
    try:
        # To read it keeps the interpreter from the writer, who must not seem to wait for it.
        with module.target(pid):
            data = module.read(pid, "report")
    finally:
        stop.set()
        writer.join()
    report = pages.PageReport(data)
    return ksm.KsmReport(report.text), report, longest[0]


def short_report_or_slow_write(taken):
    """A write must not wait for as long as the report takes, which must be long."""
    _section, report, waited = taken
    held_us = int(report.lock["held_us"])
    if held_us > LONG_US and waited * 1e6 < held_us:
        return ""
    return f", a write took {waited:.3f} s of {held_us} us"


def test_mutex_is_let_go_though_mmap_lock_is_not():
    with pages.loaded(), Agent.start() as agent, ksm.running(pages_to_scan=100000):
        long_walk(agent)
        section, report, waited = within_bound(lambda: report_beside_writes(agent.pid),
                                               short_report_or_slow_write)
        held_us = int(report.lock["held_us"])
        print(f"# mmap_lock held for {held_us} us, {section.ksm}, longest write {waited:.3f} s")
        tap.equal((section.ksm["lists"], int(report.lock["let_go"])), ("read", 0), "the report")
        tap.no_differences(report.violations, "violations")
        tap.equal(report.checks["ksm-reach"].unknown, 0, "pages not known")
        tap.true(int(section.ksm["let_go"]) > held_us // (BOUND_US + SLACK_US),
                 f"let go in {held_us} us: {section.ksm}")
        tap.true(int(section.ksm["longest_us"]) < held_us, f"held all along: {section.ksm}")
