# SPDX-License-Identifier: GPL-2.0
"""Each invariant fires when what it guards is corrupted: it alone, where it is, there only.

mergescope_mutate (tests/mutate) corrupts a stopped process that was prepared for it. CASES is the
table of mutations and invariants; each invariant of the section check must be in it.
"""

import contextlib
import errno
import os
import signal
import subprocess
import tempfile

from lib import (abi, command, ksmd, memory, module, mutate, mutation_cases, mutation_cases_ksm,
                 pages, paths, swap, tap)
from lib.agent import Agent, stopped, wait_for_state
from lib.checks import Check, Violation
from lib.mutation_cases import A, PAGE, plain
from lib.report import Report
from tests import mutations_entries

CASES = {**mutation_cases.CASES, **mutation_cases_ksm.CASES}
RULES = {case.violation.rule for case in CASES.values()}


def no_violations(pid, when):
    check = Check(pid)
    tap.same_lists([str(violation) for violation in check.violations], [], f"violations {when}")
    tap.equal(check.fired(), set(), f"invariants that fire {when}")
    return check


def lacking():
    """The kinds that this kernel has no object for."""
    absent = {"item-index", "item-index-far"} if pages.before(7, 3) else set()
    return absent if pages.before(6, 4) else absent | {"pte-swapin-error"}


@contextlib.contextmanager
def prepared(case, hold_us=0):
    """A case's process and those beside it, all of them stopped and targets."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(module.loaded_module(hold_us=hold_us, deep=case.deep))
        stack.enter_context(mutate.loaded_module())
        stack.enter_context(case.setting())
        if case.kind not in mutate.kinds():
            tap.true(case.kind in lacking(), f"{case.kind} is there")
            raise tap.Skip("an rmap_item of this kernel remembers no page index")
        agent, unrelated = (stack.enter_context(Agent.start()) for _ in range(2))
        plain(unrelated)
        subject = case.prepare(agent)
        subject.clean.append(unrelated)
        pids = [one.pid for one in subject.everybody()]
        for pid in pids:
            stack.enter_context(stopped(pid))
        module.set_targets(",".join(map(str, pids)))
        yield subject


@tap.cases(*CASES)
def test_fires_alone(name):
    case = CASES[name]
    with prepared(case) as subject:
        pids = [one.pid for one in subject.everybody()]
        before = {pid: no_violations(pid, "before") for pid in pids}
        tap.equal(sum(check.count("unknown") for check in before.values()), 0, "unknown before")
        with mutate.mutated(case.kind, subject.target.pid, subject.addr, subject.other):
            expected = [str(case.expected(subject, before[subject.target.pid]))]
            for agent in (subject.target, *subject.shared):
                check = Check(agent.pid)
                tap.same_lists([str(one) for one in check.violations], expected, "violations")
                tap.equal(check.fired(), {case.violation.rule}, "invariants that fire")
            for agent in subject.clean:
                no_violations(agent.pid, "in another process")
        for pid in pids:
            after = no_violations(pid, "after the undo")
            tap.equal(after.rules, before[pid].rules, "counts after the undo")


@tap.cases("AVC of another VMA", "AVC not on the chain", "parent's AVC not on the chain",
           "wrong root", "index", "rmap_item of two trees", "rmap_item of another index")
def test_fires_in_a_saved_report(name):
    """The command, which sees no kernel, says of the report's records what the report says."""
    case = CASES[name]
    with prepared(case) as subject, tempfile.NamedTemporaryFile() as file, \
            mutate.mutated(case.kind, subject.target.pid, subject.addr, subject.other):
        text = module.read(subject.target.pid, "report")
        file.write(text)
        file.flush()
        said = [line for line in text.decode("latin-1").splitlines()
                if line.startswith(("check ", "violation "))]
        tap.true(any(line.startswith("violation ") for line in said), "nothing is violated")
        judged = command.run("check", file.name, status=1)
        tap.same_lists(judged.lines("check", "violation"), said, "lines of the saved report")


@tap.cases("empty", "index", "anon_vma gone", "cached range too high", "wrong root")
def test_fires_when_the_lock_is_let_go(name):
    case = CASES[name]
    with prepared(case, hold_us=1) as subject:
        before = no_violations(subject.target.pid, "before")
        with mutate.mutated(case.kind, subject.target.pid, subject.addr, subject.other):
            tap.same_lists([str(one) for one in Check(subject.target.pid).violations],
                           [str(case.expected(subject, before))], "violations")
        no_violations(subject.target.pid, "after the undo")


@tap.cases("empty", "overlap")
def test_walk_ends_where_vmas_lie(name):
    """A VMA that ends before its place in the tree does is not found again and again."""
    case = CASES[name]
    with prepared(case, hold_us=1) as subject:
        path = paths.DEBUGFS / str(subject.target.pid) / "vmas"
        before = Report(path.read_bytes())
        with mutate.mutated(case.kind, subject.target.pid, subject.addr):
            text = subprocess.run(["cat", path], capture_output=True, timeout=60).stdout
            tap.equal(len(Report(text).vmas), len(before.vmas), "number of VMAs")


@tap.cases("as it is", "with a wrong index")
def test_swap_cache_page(index):
    """
    A folio in the swap cache whose index is not the VMA's is copied when it is swapped in: the
    kernel does what the report says it would. Of an entry that is shared that is no violation: it
    may have been KSM's.
    """
    wrong = index != "as it is"
    with pages.loaded(), mutate.loaded_module(), memory.swap(), Agent.start() as agent, \
            contextlib.ExitStack() as now:
        agent.poke(agent.mmap(A, PAGE), b"swapped")
        with stopped(agent.pid):
            before = swap.frame(agent.pid, A)
            now.enter_context(mutate.pinned(agent.pid, A))
        memory.page_out(agent, A, 1)
        child = agent.fork()
        with stopped(agent.pid), stopped(child.pid):
            with mutate.mutated("swap-index", agent.pid, A) if wrong else contextlib.nullcontext():
                for pid in (agent.pid, child.pid):
                    report = pages.expect_swapin(pid, A, "copy" if wrong else "use")
                    tap.equal(report.at(A).facts(), f"swapcache 0 {'+1' if wrong else 'match'} -",
                              "what is in the swap cache")
                    tap.equal(report.violations, [], "violations")
                    tap.equal(swap.peek(pid, A, 7), b"swapped", "memory")
                    tap.equal(swap.frame(pid, A) != before, wrong, "it was copied")


def vma_of_a_cousin(agent):
    """
    A process, and a child of it whose VMA has an anon_vma of its grandparent's for its own, as that
    process itself has not.
    """
    agent.touch(agent.mmap(A, PAGE))
    child = agent.fork()
    process = child.fork()
    child.munmap(A, PAGE)
    return process, process.fork()


@tap.cases("anon-active-low", "anon-active")
def test_counter_that_may_lag(kind):
    """
    To 6.12 a fork counts the VMA that it has linked only when it has got memory for the rest, with
    its mmap_lock held: a counter that is too low then is unknown. One that is too high is wrong.
    """
    with module.loaded_module(hold_us=0), mutate.loaded_module(), Agent.start() as agent:
        process, other = vma_of_a_cousin(agent)
        low = kind == "anon-active-low"
        wrong = [str(Violation("anon-vma-counts", A, "num_active_vmas", "1", "0" if low else "2"))]
        with stopped(process.pid), stopped(other.pid), module.target(process.pid):
            no_violations(process.pid, "before")
            with mutate.mutated(kind, other.pid, A):
                counts(process.pid, wrong, "0", "nobody forks")
                with mutate.holding_mm(other.pid) as held:
                    counts(process.pid, *([], "2") if low else (wrong, "0"), "a fork is at work")
                    tap.true(held(), "the lock was held all along")
                counts(process.pid, wrong, "0", "and is done")
            no_violations(process.pid, "after the undo")


def counts(pid, violations, unknown, when):
    """What anon-vma-counts says, of two counters, and no other invariant."""
    check = Check(pid)
    tap.same_lists([str(one) for one in check.violations], violations, f"violations, {when}")
    tap.equal(check.rules["anon-vma-counts"]["unknown"], unknown, f"unknown, {when}")


def test_mappings_that_the_tree_hides():
    """What the reverse map does not find for want of an AVC, it counts less."""
    with module.loaded_module(hold_us=0, deep=1), mutate.loaded_module(), Agent.start() as agent:
        plain(agent)
        with stopped(agent.pid), module.target(agent.pid), \
                mutate.mutated("avc-erased", agent.pid, A):
            check = Check(agent.pid)
            tap.equal(check.fired(), {"avc-linked", "folio-mapcount"}, "invariants that fire")
            tap.true(Violation("folio-mapcount", A, "mapcount", "0", "1", 4) in check.violations,
                     f"violations: {check.violations}")


def test_every_kind_is_a_case():
    with mutate.loaded_module():
        expected = {case.kind for case in CASES.values()} | mutation_cases_ksm.UNSEEN
        expected = (expected | mutations_entries.KINDS) - lacking()
        tap.equal(set(mutate.kinds()), expected, "kinds")


def test_every_invariant_is_fired():
    with module.loaded_module(), Agent.start() as agent, module.target(agent.pid):
        tap.equal(set(Check(agent.pid).rules) - RULES, set(), "invariants that nothing fires")
        tap.equal(RULES - set(Check(agent.pid).rules), set(), "invariants that are not checked")


@tap.cases("", "i_know=0")
def test_refuses_to_load(parameter):
    run = mutate.insmod(*parameter.split())
    tap.true(run.returncode and "not permitted" in run.stderr, f"insmod: {run}")
    tap.true(not mutate.loaded() and not mutate.FOLDER.exists(), "something is left behind")
    log = subprocess.run(["dmesg"], capture_output=True, text=True, check=True).stdout
    tap.true("it wants i_know=1" in log, f"end of the log:\n{log[-300:]}")


# What is written, and what is wrong with it. {pid} is stopped, with an anonymous VMA at {a}.
WRONG = {
    "no such kind": ("page-blue {pid} {a}", errno.ENOENT),
    "no address": ("folio-index {pid}", errno.EINVAL),
    "nothing": ("\n", errno.EINVAL),
    "too many words": ("folio-index {pid} {a} {a} {a}", errno.E2BIG),
    "no number": ("folio-index {pid} here", errno.EINVAL),
    "no such process": ("folio-index 4194303 {a}", errno.ESRCH),
    "a process that runs": ("folio-index {self} {a}", errno.EAGAIN),
    "nothing mapped": ("folio-index {pid} 0x1000", errno.EFAULT),
    "no page": ("folio-index {pid} {a_last}", errno.ENODATA),
    "no anon_vma": ("anon-children {pid} {untouched}", errno.ENODATA),
    "another address missing": ("folio-anon-vma {pid} {a}", errno.EINVAL),
    "another address too many": ("folio-index {pid} {a} {a}", errno.EINVAL),
    "nothing mapped at the other": ("folio-anon-vma {pid} {a} 0x1000", errno.EFAULT),
    "no anon_vma at the other": ("folio-anon-vma {pid} {a} {untouched}", errno.ENODATA),
    "swap cache, nothing pinned": ("swap-index {pid} {a}", errno.ENODATA),
    "no rmap_item": ("item-order {pid} {a}", errno.ENODATA),
    "pin nothing": ("pin {pid} {a_last}", errno.ENODATA),
    "undo of nothing": ("undo", errno.ENOENT),
    "nothing to change": ("folio-anon-vma {pid} {a} {a}", errno.EEXIST),
    "already exclusive": ("page-exclusive {pid} {a}", errno.EEXIST),
}


@tap.cases(*WRONG)
def test_wrong_command_changes_nothing(case):
    text, error = WRONG[case]
    with module.loaded_module(hold_us=0), mutate.loaded_module(), Agent.start() as agent:
        plain(agent)
        untouched = agent.mmap(A + 0x800000, PAGE)
        names = {"pid": agent.pid, "self": os.getpid(), "a": A, "a_last": A + 4 * PAGE,
                 "untouched": untouched}
        agent.mmap(A + 4 * PAGE, PAGE)
        with stopped(agent.pid), module.target(agent.pid):
            tap.raises(error, f"writing {text}", mutate.write, text.format(**names))
            tap.equal(mutate.current(), "none", "in force")
            no_violations(agent.pid, "afterwards")


def test_ksmd_must_be_stopped():
    with mutate.loaded_module(), ksmd.commanded(), Agent.start() as agent:
        subject = mutation_cases_ksm.second_page(agent)
        with stopped(agent.pid):
            ksmd.run(1)
            tap.raises(errno.EAGAIN, "beside ksmd", mutate.apply, "node-length", agent.pid,
                       subject.addr)
            ksmd.run(0)
            with mutate.mutated("node-length", agent.pid, subject.addr):
                tap.equal(mutate.current(), "node-length", "in force")


def test_ksmd_goes_on_after_the_undo():
    """It scans, and takes apart, what was corrupted in each way."""
    with mutate.loaded_module(), ksmd.commanded(), Agent.start() as agent:
        subject = mutation_cases_ksm.second_page(agent)
        kinds = [kind for kind in mutate.kinds() if kind.startswith(("item-", "node-"))]
        for kind in kinds:
            other = mutation_cases.B if kind == "item-anon-vma" else 0
            with stopped(agent.pid), mutate.mutated(kind, agent.pid, subject.addr, other):
                pass
        ksmd.scan(2)
        agent.poke(subject.addr, b"another")
        ksmd.scan(2)
        tap.equal(ksmd.number("pages_sharing"), mutation_cases_ksm.COUNT - 2, "pages that share")
        ksmd.run(2)
        tap.equal([ksmd.number(name) for name in ("pages_shared", "pages_sharing")], [0, 0],
                  "pages left to KSM")


def test_one_at_a_time():
    with mutate.loaded_module(), Agent.start() as agent:
        plain(agent)
        with stopped(agent.pid), mutate.mutated("folio-index", agent.pid, A):
            tap.equal(mutate.current(), "folio-index", "in force")
            tap.raises(errno.EBUSY, "another", mutate.apply, "map-count", agent.pid, 0)
            tap.equal(mutate.current(), "folio-index", "in force")
        with stopped(agent.pid):
            tap.equal(mutate.current(), "none", "in force")


def test_unloading_undoes():
    with module.loaded_module(hold_us=0), mutate.loaded_module(), Agent.start() as agent:
        plain(agent)
        with stopped(agent.pid), module.target(agent.pid):
            mutate.apply("avc-erased", agent.pid, A)
            tap.equal(Check(agent.pid).fired(), {"avc-linked"}, "invariants that fire")
            mutate.unload()
            no_violations(agent.pid, "after the unload")


@tap.cases("avc-erased", "folio-index", "vma-no-anon-vma")
def test_killed_while_mutated(kind):
    """What is wrong outlives the process, and its mm ends in order; the kernel says nothing."""
    with mutate.loaded_module(), Agent.start() as agent:
        plain(agent)
        os.kill(agent.pid, signal.SIGSTOP)
        wait_for_state(agent.pid, "T")
        mutate.apply(kind, agent.pid, A)
        agent.close()
        tap.true(not os.path.exists(f"/proc/{agent.pid}"), "the process is still there")
        mutate.undo()


def test_goes_on_after_the_undo():
    """A process runs on as if nothing had been: it forks, writes, unmaps."""
    with mutate.loaded_module(), Agent.start() as agent:
        plain(agent)
        for kind in ("folio-index", "avc-erased", "anon-active", "vma-pgoff", "map-count"):
            with stopped(agent.pid), mutate.mutated(kind, agent.pid, A):
                pass
            child = agent.fork()
            child.touch(A, 4 * PAGE)
            child.munmap(A, 4 * PAGE)
            child.close()
        agent.poke(A, b"still there")
        agent.mprotect(A, PAGE, abi.PROT_READ)
        tap.equal(agent.peek(A, 11), b"still there", "memory")
        agent.munmap(A, 4 * PAGE)
