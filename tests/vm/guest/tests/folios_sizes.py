# SPDX-License-Identifier: GPL-2.0
"""Runs of large folios that are no huge pages, and of huge pages of shmem."""

import contextlib

from lib import abi, memory, pages, subjects, tap
from lib.abi import PAGE
from lib.memory import HUGE, HUGE_PAGES
from lib.pages import THP, setting

AT = subjects.BASE
AWAY = AT + 64 * HUGE
SIZE = THP / "hugepages-64kB/enabled"
# Two folios, and what each page of them is.
COUNT = 32
WRITTEN = "anon 4 match writable,exclusive"


@contextlib.contextmanager
def written():
    """An agent with two folios of 16 pages, written to."""
    if not SIZE.exists():
        tap.true(pages.before(6, 8), f"no {SIZE}")
        raise tap.Skip("this kernel has no large folios but huge pages")
    with pages.subject() as agent, setting(SIZE, "always"):
        memory.compact()
        agent.mmap(AT, COUNT * PAGE)
        agent.touch(AT, COUNT * PAGE)
        pages.expect_runs(agent.pid, AT, [f"{COUNT} {WRITTEN}"], "written")
        yield agent


def test_written():
    """One touch brings them all."""
    with written() as agent:
        agent.touch(agent.mmap(AWAY, COUNT * PAGE) + 20 * PAGE)
        pages.expect_runs(agent.pid, AWAY, ["16 none 0 - -", f"16 {WRITTEN}"], "one of them")


def test_unmapped_in_part():
    with written() as agent:
        agent.munmap(AT + 24 * PAGE, 8 * PAGE)
        pages.expect_runs(agent.pid, AT, [f"16 {WRITTEN}", f"8 {WRITTEN},over-edge"], "left")


def test_moved_in_part():
    with written() as agent:
        agent.mremap(AT + 4 * PAGE, 20 * PAGE, AWAY)
        pages.expect_runs(agent.pid, AT, [f"4 {WRITTEN},over-edge"], "left")
        pages.expect_runs(agent.pid, AT + 24 * PAGE, [f"8 {WRITTEN},over-edge"], "right")
        pages.expect_runs(agent.pid, AWAY, [f"20 {WRITTEN},over-edge"], "moved")


def test_protected_in_part():
    with written() as agent:
        agent.mprotect(AT + 8 * PAGE, 16 * PAGE, abi.PROT_READ)
        pages.expect_runs(agent.pid, AT, [f"8 {WRITTEN},over-edge",
                                          "16 anon 4 match exclusive,over-edge",
                                          f"8 {WRITTEN},over-edge"], "protected")


def test_given_back_in_part():
    with written() as agent:
        agent.madvise(AT + 3 * PAGE, PAGE, memory.MADV_DONTNEED)
        pages.expect_runs(agent.pid, AT, [f"3 {WRITTEN},partly", "1 none 0 - -",
                                          f"12 {WRITTEN},partly", f"16 {WRITTEN}"], "left")


def test_fork_and_copy_on_write():
    with written() as agent:
        child = agent.fork()
        shared = "anon 4 match elsewhere"
        for one in (agent, child):
            pages.expect_runs(one.pid, AT, [f"{COUNT} {shared}"], "shared")
        child.touch(AT + 5 * PAGE)
        pages.expect_runs(child.pid, AT, [f"5 {shared},partly",
                                          "1 anon 0 match writable,exclusive",
                                          f"10 {shared},partly", f"16 {shared}"], "the child")
        pages.expect_runs(agent.pid, AT, [f"5 {shared}", "1 anon 4 match -", f"26 {shared}"],
                          "the parent")
        pages.expect_clean(child.pid, "child")


def test_shmem():
    """A huge page of shmem: mapped as one, and in small pieces where it is protected in part."""
    with setting(THP / "shmem_enabled", "always"), pages.subject() as agent:
        memory.compact()
        agent.mmap(AT, HUGE, abi.RW, abi.MAP_SHARED | abi.MAP_ANONYMOUS | abi.MAP_FIXED)
        agent.madvise(AT, HUGE, abi.MADV_HUGEPAGE)
        agent.touch(AT, HUGE)
        pages.expect_runs(agent.pid, AT, [f"{HUGE_PAGES} shmem 9 - writable,huge"], "written")
        child = agent.fork()
        child.touch(AT)
        pages.expect_runs(child.pid, AT, [f"{HUGE_PAGES} shmem 9 - writable,elsewhere,huge"],
                          "the child's, too")
        child.munmap(AT, HUGE)
        agent.mprotect(AT, 8 * PAGE, abi.PROT_READ)
        agent.touch(AT + 8 * PAGE, HUGE - 8 * PAGE)
        agent.read(AT, 8 * PAGE)
        pages.expect_runs(agent.pid, AT, ["8 shmem 9 - -", f"{HUGE_PAGES - 8} shmem 9 - writable"],
                          "in small pieces")
