# SPDX-License-Identifier: GPL-2.0
"""What no file of /proc shows, against a BPF iterator over the same stopped process: no difference.

Page offsets, which anon_vma, root, file and userfaultfd a VMA has, and how many AVCs: by number, as
a report gives them by default, and by address with pointers=1.
"""

import contextlib

from lib import abi, iterator, module, subjects, tap
from lib.abi import PAGE
from lib.agent import Agent, stopped
from tests.smaps import SIMPLE, subject


def common(row):
    return (f"{row.start:#x}-{row.end:#x} pgoff={row.pgoff:#x} avcs={row.avcs} "
            f"anon_pgoff={None if row.anon_pgoff == iterator.NO_ANON_PGOFF else row.anon_pgoff}")


def common_reported(vma):
    return (f"{vma.start:#x}-{vma.end:#x} pgoff={vma['pgoff']:#x} "
            f"avcs={min(vma['avcs'], iterator.MAX_AVCS)} anon_pgoff={vma.anon_pgoff}")


class Numbers:
    """Small ids for addresses, in the order in which they are asked for."""

    def __init__(self, letter):
        self._letter = letter
        self._known = {}

    def of(self, address):
        if not address:
            return "-"
        return f"{self._letter}{self._known.setdefault(address, len(self._known) + 1)}"


def numbered(rows):
    """Lines as a report would number the objects: a VMA's anon_vma before its root."""
    anon, files, uffds = Numbers("a"), Numbers("f"), Numbers("u")
    return [f"{common(row)} anon_vma={anon.of(row.anon_vma)} root={anon.of(row.root)} "
            f"file={files.of(row.file)} uffd={uffds.of(row.uffd)}" for row in rows]


def compare_numbers(pid):
    report = module.report_of(pid)
    got = [" ".join([common_reported(vma)] + [f"{key}={vma[key]}" for key in
                                              ("anon_vma", "root", "file", "uffd")])
           for vma in report.vmas]
    tap.same_lists(got, numbered(iterator.rows(pid)), f"VMAs of {report.process['comm']}")
    return report


@tap.cases(*SIMPLE, *subjects.KINDS)
def test_same_as_iterator(name):
    with module.loaded_module(), iterator.pinned(), subject(name) as pid, stopped(pid):
        report = compare_numbers(pid)
        tap.true(any(vma["anon_vma"] != "-" for vma in report.vmas), "no anon_vma in sight")


def prepare(agent):
    """Memory whose anon_vmas a fork will clone: three areas, of which the last is not faulted."""
    for area in range(3):
        addr = agent.mmap(subjects.BASE + area * 64 * PAGE, 8 * PAGE)
        if area < 2:
            agent.touch(addr, 4 * PAGE)


def go_on(agent, generation):
    """In each generation: fault on, split, and move."""
    base = subjects.BASE
    agent.touch(base, 8 * PAGE)
    agent.madvise(base + generation * 2 * PAGE, PAGE, abi.MADV_DONTDUMP)
    agent.touch(base + 128 * PAGE + generation * PAGE)
    agent.mremap(base + 64 * PAGE + generation * 2 * PAGE, PAGE, base + (256 + generation) * PAGE)


@contextlib.contextmanager
def family():
    """An agent, its child and its grandchild."""
    with Agent.start() as first:
        prepare(first)
        agents = [first]
        for generation in range(3):
            go_on(agents[-1], generation)
            if generation < 2:
                agents.append(agents[-1].fork())
        # What a parent does after the fork.
        first.touch(subjects.BASE + 64 * PAGE + 4 * PAGE, 2 * PAGE)
        yield agents


@tap.cases("agent", "child", "grandchild")
def test_fork_same_as_iterator(who):
    index = ("agent", "child", "grandchild").index(who)
    with module.loaded_module(), iterator.pinned(), family() as agents, agents[index].stopped():
        report = compare_numbers(agents[index].pid)
        longest = max(vma["avcs"] for vma in report.vmas)
        tap.equal(longest, index + 1, "longest chain")
        moved = report.at(subjects.BASE + (256 + index) * PAGE)
        tap.true(moved["pgoff"] != moved.start >> 12, "the moved VMA lost its page offset")


def test_pointers_same_as_iterator():
    """By address, so that a root which two processes share is seen to be one."""
    keys = ("ptr.vma", "ptr.anon_vma", "ptr.root", "ptr.file", "ptr.uffd")
    roots = []
    with module.loaded_module(pointers=1), iterator.pinned(), family() as agents:
        for agent in agents:
            with agent.stopped():
                vmas = module.report_of(agent.pid).vmas
                got = [" ".join([f"{vma.start:#x}", *(vma[key] for key in keys)]) for vma in vmas]
                expected = [" ".join(f"{value:#x}" for value in
                                     (row.start, row.vma, row.anon_vma, row.root, row.file,
                                      row.uffd)) for row in iterator.rows(agent.pid)]
                tap.same_lists(got, expected, "addresses")
                roots.append({vma["ptr.root"] for vma in vmas} - {"0x0"})
    tap.true(roots[0] & roots[1] & roots[2], "no root common to three generations")
