# SPDX-License-Identifier: GPL-2.0
"""How mmap_lock is held, and whether a report owns up to what happened while it was not."""

import contextlib
import re

from lib import module, paths, subjects, tap
from lib.abi import PAGE
from lib.agent import Agent
from lib.subjects import BASE

# So many that a snapshot takes a while; the hardest case has as many as a process can.
VMAS, MOST_VMAS = subjects.affordable(10000), subjects.affordable(65000)
# Beyond all else; here the writer maps and unmaps.
BUSY = BASE + (1 << 36)


def keeps_sequence():
    """Does this kernel keep a lock sequence? As the module says, which must be right for 6.1."""
    status = (paths.DEBUGFS / "status").read_text()
    found = re.search(r"^capability name=lock-sequence present=(\w+)$", status, re.M)
    release = module.report("self").header["kernel"]
    old = tuple(map(int, release.split(".")[:2])) < (6, 4)
    tap.equal(found.group(1), "no" if old else "yes", "lock-sequence")
    return not old


@contextlib.contextmanager
def subject(hold_us, writer, vmas=VMAS):
    with Agent.start() as agent:
        subjects.fill(agent, vmas)
        if writer:
            agent.thread("map", BUSY)
        with module.loaded_module(targets=agent.pid, hold_us=hold_us):
            yield agent.pid


def places(report):
    return [vma["place"] for vma in report.vmas]


def marked(report, mark):
    """How many places have it, the one behind the last VMA included."""
    return places(report).count(mark) + (report.end["place"] == mark)


def check_whole(report, vmas=VMAS):
    """Everything that never changed is there, in order."""
    starts = [vma.start for vma in report.vmas]
    tap.equal(starts, sorted(set(starts)), "order")
    still = [vma.start for vma in report.vmas if BASE <= vma.start < BUSY]
    tap.equal(still, list(range(BASE, BASE + len(still) * PAGE, PAGE)), "the filled part")
    tap.true(len(report.vmas) in (vmas, vmas + 1), f"{len(report.vmas)} VMAs")
    tap.true(report.lock["longest_us"] <= report.lock["held_us"], f"times: {report.lock}")


def check_marks(report, mark):
    """After a place where something may have happened, no verdict is given."""
    wrong = [f"{vma.start:#x} next={vma['next']}, behind it place={after['place']}"
             for vma, after in zip(report.vmas, report.vmas[1:])
             if (vma["next"] == "unknown") != (after["place"] == mark)]
    tap.no_differences(wrong, "verdicts")


def test_never_let_go():
    with subject(0, writer=True) as pid:
        report = module.report(pid)
        check_whole(report)
        tap.equal((report.lock["let_go"], report.lock["consistent"]), (0, "proved"), "lock")
        tap.equal(set(places(report)), {"held"}, "places")


def test_let_go_of_an_idle_target():
    with subject(1, writer=False) as pid:
        report = module.report(pid)
        check_whole(report)
        tap.true(report.lock["let_go"] > 0, "never let go")
        tap.equal(report.lock["torn"], 0, "torn")
        if keeps_sequence():
            tap.equal(report.lock["consistent"], "proved", "consistent")
            tap.equal(set(places(report)), {"held"}, "places")
        else:
            tap.equal(report.lock["consistent"], "unknown", "consistent")
            tap.equal(marked(report, "unproved"), report.lock["let_go"], "places")
            check_marks(report, "unproved")


def test_let_go_with_a_writer():
    with subject(1, writer=True, vmas=MOST_VMAS) as pid:
        report = module.report(pid)
        check_whole(report, MOST_VMAS)
        tap.true(report.lock["let_go"] > 0, "never let go")
        if keeps_sequence():
            tap.equal(report.lock["consistent"], "torn", "consistent")
            tap.true(report.lock["torn"] > 0 and report.lock["retries"] > 0, str(report.lock))
            tap.equal(marked(report, "torn"), report.lock["torn"], "places marked")
            check_marks(report, "torn")
        else:
            tap.equal(report.lock["consistent"], "unknown", "consistent")
            check_marks(report, "unproved")


def test_hold_is_bounded():
    """With the default, a walk that needs many holds makes many; status adds them up."""
    with subject(1000, writer=False) as pid:
        report = module.report(pid)
        lock = report.lock
        # But for one, at which the machine may have stood still.
        held_us = lock["held_us"] - lock["longest_us"]
        if held_us > 20000:
            tap.true(lock["let_go"] >= held_us // 1000 // 20, f"holds too long: {lock}")
        status = (paths.DEBUGFS / "status").read_text()
        let_go = int(re.search(r"^lock .*\blet_go=(\d+)", status, re.M).group(1))
        tap.true(let_go >= lock["let_go"], f"status has let_go={let_go}, the report {lock}")
        tap.true("setting hold_us=1000 " in status, "status does not show hold_us")


def test_hold_us_at_run_time():
    with subject(0, writer=False) as pid:
        with module.parameter_set("hold_us", 1):
            tap.true(module.report(pid).lock["let_go"] > 0, "never let go with 1")
        tap.equal(module.report(pid).lock["let_go"], 0, "let_go with 0")
