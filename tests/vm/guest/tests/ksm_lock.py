# SPDX-License-Identifier: GPL-2.0
"""ksm_thread_mutex: for how long it is held, and what a report says that did not get it."""

import contextlib
import threading
import time
from pathlib import Path
from statistics import median

from lib import abi, ksm, ksmd, memory, module, mutate, pages, paths, tap, writers
from lib.abi import PAGE
from lib.agent import Agent, stopped
from tests.lifetime import kill, looping_reader

AT = 0x200000000000
# As in walk/ksm_lock.c, and how much longer a step may last. A host that takes the processor away
# for a while makes it longer still: one of so many reports must keep to it.
BOUND_US, SLACK_US = 100000, 400000
TRIES = 5
# A walk with so much to do that it must let go, of no more pages than there is room for when KSM is
# told to take its own back.
LONG_US, FEW_PAGES, MOST_PAGES = 250000, 4096, 65536
# Seconds in which a reader dies, most of the time.
DYING = 3
# Pages: some, and more than a report has room for at first.
FEW, MANY = 8, 1500


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


@contextlib.contextmanager
def at_command(count=FEW):
    """An agent some of whose pages are one, with the module; ksmd stands still."""
    with module.loaded_module(hold_us=0), mutate.loaded_module(), ksmd.commanded(), \
            Agent.start() as agent:
        agent.mmap(AT, count * PAGE)
        agent.touch(AT, count * PAGE)
        agent.madvise(AT, count * PAGE, abi.MADV_MERGEABLE)
        ksmd.scan(3)
        tap.equal(ksm.read(agent.pid).reach(AT), {"own": count}, "pages")
        yield agent


def seen(agent):
    """How much of KSM's lists, items, and of ksm-reach what is checked, violated, unknown."""
    report = pages.report_of(agent.pid)
    section = ksm.KsmReport(report.text)
    tap.equal(len(section.items), int(section.ksm["items"]), "rmap_items")
    tap.no_differences(report.violations, "violations")
    return section.ksm["lists"], len(section.items), report.checks["ksm-reach"][1:]


WHOLE = ("read", FEW, (FEW, 0, 0))
NOTHING = 0, (0, 0, FEW)


def test_lists_that_somebody_keeps():
    """The report does not wait for it, and says that it does not know."""
    with at_command() as agent:
        with mutate.holding_ksm() as held:
            tap.equal(seen(agent), ("ksmd-busy", *NOTHING), "while it is kept")
            check = pages.report_of(agent.pid, "check")
            tap.equal(ksm.KsmReport(check.text).ksm["lists"], "ksmd-busy", "why, in the file check")
            tap.equal({rule: check.checks[rule][1:] for rule in ksm.RULES},
                      {**dict.fromkeys(ksm.RULES, (0, 0, FEW)), "ksm-flag": (0, 0, 0),
                       "ksm-protect": (FEW, 0, 0)}, "checked, violations, unknown")
            tap.true(held(), "it was kept all along")
        tap.equal(seen(agent), WHOLE, "afterwards")


def lists(agent):
    """Of a target."""
    return ksm.KsmReport(module.read(agent.pid, "ksm").decode()).ksm["lists"]


def test_reader_killed_while_it_waits():
    with at_command() as agent, module.target(agent.pid), \
            looping_reader(paths.DEBUGFS / str(agent.pid) / "ksm") as reader:
        with mutate.holding_ksm() as held:
            time.sleep(1)
            tap.equal(reader.poll(), None, "the reader is there")
            kill(reader)
            tap.true(held(), "the reader died though the mutex was kept")
        nothing_left(agent)


def nothing_left(agent):
    """Of a reader that was killed: no reference, no mutex."""
    tap.equal(Path("/sys/module/mergescope/refcnt").read_text(), "0\n", "references")
    ksmd.run(0)
    tap.equal(lists(agent), "read", "lists")


def test_reader_killed_while_it_has_the_mutex():
    """At moments spread over the report, most of which KSM's lists take."""
    with at_command(FEW_PAGES) as agent, module.target(agent.pid):
        took = []
        for number in range(8):
            with looping_reader(paths.DEBUGFS / str(agent.pid) / "ksm") as reader:
                time.sleep(0.083 * number)
                took.append(kill(reader))
                nothing_left(agent)
        tap.true(median(took) < DYING, f"the readers took {took} s to die")


def test_memory_that_goes_offline():
    with at_command() as agent, stopped(agent.pid):
        with mutate.mutated("ksm-offlining", agent.pid, AT):
            tap.equal(seen(agent), ("offlining", *NOTHING), "while it goes")
        tap.equal(seen(agent), WHOLE, "afterwards")


def test_list_that_leads_nowhere():
    """What is before it is right; the pages are found by the lists of their stable nodes."""
    with at_command() as agent, stopped(agent.pid):
        with mutate.mutated("item-next", agent.pid, AT + PAGE):
            tap.equal(seen(agent), ("broken", 2, (FEW, 0, 0)), "while it does")
            report = pages.report_of(agent.pid, "check")
            tap.equal(report.checks["ksm-item"][1:], (2, 0, FEW - 2), "rmap_items")
        tap.equal(seen(agent), WHOLE, "afterwards")


def test_more_processes_than_are_looked_at():
    """One behind the bound is found by the lists of the nodes; one that is not ksmd's is known."""
    with at_command() as agent, Agent.start() as second, Agent.start() as other:
        second.mmap(AT, PAGE)
        second.touch(AT)
        second.madvise(AT, PAGE, abi.MADV_MERGEABLE)
        ksmd.scan(2)
        module.unload()
        module.load("hide", hold_us=0, max_slots=1)
        tap.equal(seen(agent), WHOLE, "first")
        tap.equal(seen(second), ("too-long", 0, (1, 0, 0)), "second")
        checks = pages.report_of(second.pid, "check").checks
        tap.equal(checks["ksm-item"][1:], (0, 0, 1), "rmap_items of the second")
        tap.equal(seen(other), ("read", 0, (0, 0, 0)), "one that is not ksmd's")


def test_mutex_is_let_go_for_memory():
    """The report makes room on the way, for which it may have to wait."""
    with at_command(MANY) as agent:
        for _ in range(TRIES):
            report = pages.report_of(agent.pid, "ksm")
            tap.equal(report.lock["let_go"], 0, "mmap_lock let go")
            section = ksm.KsmReport(report.text)
            tap.equal(section.reach(AT), {"own": MANY}, "pages")
            if int(report.lock["held_us"]) < BOUND_US:
                tap.true(int(section.ksm["let_go"]) > 0, f"let go: {section.ksm}")
                return
            print(f"# {report.lock}, {section.ksm}")
        raise tap.Skip(f"no report of {MANY} pages in less than {BOUND_US} us")


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
        for sleep in ("0", "20", "100"):
            (memory.KSM / "sleep_millisecs").write_text(sleep)
            report = pages.report_of(process.pid)
            section = ksm.KsmReport(report.text)
            how = (section.ksm["lists"], report.lock["consistent"])
            seen[how] = seen.get(how, 0) + 1
            found = sound(report)
            tap.true(report.lock["let_go"] > 0, f"never let go: {report.lock}")
            tap.true(how[0] in ("read", "mmap-busy", "ksmd-busy"), f"lists={how[0]}")
            if how[0] == "read":
                tap.equal(found, writers.PAGES, f"pages found: {section.ksm}")
    print(f"# lists, consistent: {seen}")


def long_walk(agent, count):
    """
    Have a report take long: of so many pages that KSM knows, or of as many more as that one lets
    expect. Returns how many.
    """
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
            return count
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


def long_reports(agent):
    """
    A function that takes one that takes long. How many pages it needs for that may have been found
    at a moment at which the machine was slow.
    """
    count = long_walk(agent, FEW_PAGES)

    def take():
        nonlocal count
        while True:
            taken = report_beside_writes(agent.pid)
            if int(taken[1].lock["held_us"]) > LONG_US:
                return taken
            count = long_walk(agent, min(MOST_PAGES, 2 * count))
    return take


def slow_write(taken):
    """A write must not wait for as long as the report takes."""
    _section, report, waited = taken
    held_us = int(report.lock["held_us"])
    return "" if waited * 1e6 < held_us else f", a write took {waited:.3f} s of {held_us} us"


def test_mutex_is_let_go_though_mmap_lock_is_not():
    with pages.loaded(), Agent.start() as agent, ksm.running(pages_to_scan=100000):
        section, report, waited = within_bound(long_reports(agent), slow_write)
        held_us = int(report.lock["held_us"])
        print(f"# mmap_lock held for {held_us} us, {section.ksm}, longest write {waited:.3f} s")
        tap.equal((section.ksm["lists"], int(report.lock["let_go"])), ("read", 0), "the report")
        tap.no_differences(report.violations, "violations")
        tap.equal(report.checks["ksm-reach"].unknown, 0, "pages not known")
        tap.true(int(section.ksm["let_go"]) > held_us // (BOUND_US + SLACK_US),
                 f"let go in {held_us} us: {section.ksm}")
        tap.true(int(section.ksm["longest_us"]) < held_us, f"held all along: {section.ksm}")
