# SPDX-License-Identifier: GPL-2.0
"""Runs of huge pages: mapped as huge, mapped in small pieces, in part, across a VMA's edge."""

from pathlib import Path

from lib import abi, memory, pages, subjects, tap
from lib.abi import PAGE
from lib.memory import HUGE, HUGE_PAGES

WRITTEN = "anon 9 match writable,exclusive"
# Of a folio that the VMA does not hold all of.
EDGE = f"{WRITTEN},over-edge"
# That lies within the VMA, but not all of it.
PARTLY = f"{WRITTEN},partly"
AT = subjects.BASE
AWAY = AT + 64 * HUGE


def written(agent, count=1):
    """Huge pages, written to; where memory is in too small pieces it is put together first."""
    memory.compact()
    memory.huge(agent, AT, count)
    agent.touch(AT, count * HUGE)
    pages.expect_runs(agent.pid, AT, [f"{count * HUGE_PAGES} {WRITTEN},huge"], "written")


def test_huge_zero():
    with pages.subject() as agent:
        memory.huge(agent, AT)
        agent.read(AT)
        pages.expect_runs(agent.pid, AT, [f"{HUGE_PAGES} huge-zero 9 - huge"], "read")


def test_huge_zero_in_small_pieces():
    """
    Moved to where no huge page fits it is mapped piece by piece; the kernel takes the small zero
    page for that (mm/huge_memory.c:__split_huge_zero_page_pmd()).
    """
    with pages.subject() as agent:
        memory.huge(agent, AT)
        agent.read(AT)
        child = agent.fork()
        agent.mremap(AT, HUGE, AWAY + PAGE)
        pages.expect_runs(agent.pid, AWAY + PAGE, [f"{HUGE_PAGES} zero 0 - -"], "moved")
        pages.expect_runs(child.pid, AT, [f"{HUGE_PAGES} huge-zero 9 - huge"], "where it was")
        agent.touch(AWAY + PAGE)
        pages.expect_runs(agent.pid, AWAY + PAGE,
                          ["1 anon 0 match writable,exclusive", f"{HUGE_PAGES - 1} zero 0 - -"],
                          "one piece, written to")


def test_huge_zero_written_to_elsewhere():
    """Writing replaces it: by a huge page, with a small one's fault by a small one."""
    with pages.subject() as agent:
        memory.compact()
        memory.huge(agent, AT)
        agent.read(AT)
        agent.touch(AT)
        run = pages.report_of(agent.pid).at(AT)
        tap.equal((run.state, run.index), ("anon", "match"), "written to")


def test_written():
    with pages.subject() as agent:
        written(agent, 2)
        run = pages.report_of(agent.pid).at(AT)
        tap.equal(run.order, 9, "order")


def test_side_by_side():
    """Of each of many it is seen that it is otherwise than the one before."""
    with pages.subject() as agent:
        written(agent, 8)
        child = agent.fork()
        child.munmap(AT, 2 * HUGE)
        child.munmap(AT + 4 * HUGE, 2 * HUGE)
        agent.touch(AT + HUGE)
        pages.expect_runs(agent.pid, AT, ["512 anon 9 match huge", f"512 {WRITTEN},huge",
                                          "1024 anon 9 match elsewhere,huge",
                                          "1024 anon 9 match huge",
                                          "1024 anon 9 match elsewhere,huge"], "parent")
        pages.expect_runs(child.pid, AT + 2 * HUGE, ["1024 anon 9 match elsewhere,huge"], "child")
        pages.expect_clean(agent.pid, "parent")


def test_write_protected_side_by_side():
    with pages.subject() as agent:
        fd = memory.uffd(agent)
        written(agent, 4)
        agent.uffd_register(fd, AT, 4 * HUGE, abi.UFFDIO_REGISTER_MODE_WP)
        memory.write_protect(agent, fd, AT + HUGE, 2 * HUGE)
        pages.expect_runs(agent.pid, AT, [f"512 {WRITTEN},huge",
                                          "1024 anon 9 match exclusive,huge,uffd-wp",
                                          f"512 {WRITTEN},huge"], "two protected")


def test_read_side_by_side():
    """Whether an entry was accessed is no fact about it: small and huge pages stay one run."""
    with pages.subject() as agent:
        written(agent, 3)
        agent.mmap(AWAY, 8 * PAGE)
        agent.touch(AWAY, 8 * PAGE)
        Path(f"/proc/{agent.pid}/clear_refs").write_text("1")
        agent.read(AT + HUGE)
        agent.read(AWAY + 3 * PAGE)
        pages.expect_runs(agent.pid, AT, [f"1536 {WRITTEN},huge"], "huge ones")
        pages.expect_runs(agent.pid, AWAY, ["8 anon 0 match writable,exclusive"], "small ones")


def test_protection_splits_the_mapping():
    """The mapping is split, the folio is not: it lies across the edge of two VMAs."""
    with pages.subject() as agent:
        written(agent)
        agent.mprotect(AT, HUGE // 2, abi.PROT_READ)
        pages.expect_runs(agent.pid, AT, ["256 anon 9 match exclusive,over-edge", f"256 {EDGE}"],
                          "halves")
        agent.mprotect(AT, HUGE, abi.RW)
        agent.touch(AT, HUGE)
        pages.expect_runs(agent.pid, AT, [f"512 {WRITTEN}"], "one VMA again")


@tap.cases(1, 300, 511)
def test_across_the_edge_of_a_vma(first):
    with pages.subject() as agent:
        written(agent, 2)
        agent.madvise(AT + first * PAGE, HUGE - first * PAGE, abi.MADV_DONTDUMP)
        pages.expect_runs(agent.pid, AT, [f"{first} {EDGE}", f"{512 - first} {EDGE}",
                                          f"512 {WRITTEN},huge"], "runs")


@tap.cases("the head", "the middle", "the tail")
def test_unmapped_in_part(where):
    first, count = {"the head": (0, 100), "the middle": (200, 7), "the tail": (511, 1)}[where]
    with pages.subject() as agent:
        written(agent)
        agent.munmap(AT + first * PAGE, count * PAGE)
        report = pages.report_of(agent.pid)
        for start, pieces in ((0, first), (first + count, 512 - first - count)):
            tap.equal(report.shown(AT + start * PAGE, pieces),
                      [f"{pieces} {EDGE}"] if pieces else [], f"pages from {start} on")


def test_given_back_in_part():
    """MADV_DONTNEED of some of its pages, and small ones in their place."""
    with pages.subject() as agent:
        written(agent)
        agent.madvise(AT, HUGE, abi.MADV_NOHUGEPAGE)
        agent.madvise(AT + 10 * PAGE, 5 * PAGE, memory.MADV_DONTNEED)
        agent.touch(AT + 12 * PAGE)
        pages.expect_runs(agent.pid, AT, [f"10 {PARTLY}", "2 none 0 - -",
                                          "1 anon 0 match writable,exclusive", "2 none 0 - -",
                                          f"497 {PARTLY}"], "runs")


@tap.cases(0, 511)
def test_given_back_in_part_across_page_tables(page):
    """The first of its page tables, or the second, lacks a piece."""
    to = AWAY + 100 * PAGE
    with pages.subject() as agent:
        written(agent)
        agent.mremap(AT, HUGE, to)
        pages.expect_runs(agent.pid, to, [f"512 {WRITTEN}"], "moved")
        agent.madvise(to + page * PAGE, PAGE, memory.MADV_DONTNEED)
        first = to + (PAGE if page == 0 else 0)
        pages.expect_runs(agent.pid, first, [f"511 {PARTLY}"], "left")


def test_half_of_it_elsewhere_in_the_process():
    """Fresh memory in its place merges with the rest: the VMA is as long as the folio again."""
    with pages.subject() as agent:
        written(agent)
        agent.mremap(AT + HUGE // 2, HUGE // 2, AWAY)
        agent.mmap(AT + HUGE // 2, HUGE // 2)
        agent.madvise(AT + HUGE // 2, HUGE // 2, abi.MADV_HUGEPAGE)
        report = pages.expect_runs(agent.pid, AT, [f"256 {PARTLY}", "256 none 0 - -"],
                                   "one half, and room for the other")
        tap.equal(report.vma_at(AT).pages, HUGE_PAGES, "pages of the VMA")
        pages.expect_runs(agent.pid, AWAY, [f"256 {EDGE}"], "the other half")


@tap.cases("aligned", "unaligned", "in part")
def test_moved(how):
    with pages.subject() as agent:
        written(agent)
        if how == "aligned":
            agent.mremap(AT, HUGE, AWAY)
            pages.expect_runs(agent.pid, AWAY, [f"512 {WRITTEN},huge"], "moved as a whole")
        elif how == "unaligned":
            agent.mremap(AT, HUGE, AWAY + PAGE)
            pages.expect_runs(agent.pid, AWAY + PAGE, [f"512 {WRITTEN}"], "moved in pieces")
        else:
            agent.mremap(AT + 100 * PAGE, 50 * PAGE, AWAY)
            pages.expect_runs(agent.pid, AWAY, [f"50 {EDGE}"], "what was moved")
            pages.expect_runs(agent.pid, AT, [f"100 {EDGE}"], "before the hole")
            pages.expect_runs(agent.pid, AT + 150 * PAGE, [f"362 {EDGE}"], "behind it")


def test_prot_none():
    with pages.subject() as agent:
        written(agent)
        agent.mprotect(AT, HUGE, abi.PROT_NONE)
        pages.expect_runs(agent.pid, AT, ["512 anon 9 match exclusive,huge,prot-none"], "huge")


def test_fork_and_copy_on_write():
    with pages.subject() as agent:
        written(agent)
        child = agent.fork()
        for one in (agent, child):
            pages.expect_runs(one.pid, AT, ["512 anon 9 match elsewhere,huge"], "shared")
        child.touch(AT + 7 * PAGE)
        report = pages.report_of(child.pid)
        tap.equal(report.shown(AT, 7), ["7 anon 9 match elsewhere,partly"], "before the copy")
        tap.equal(report.shown(AT + 7 * PAGE, 1), ["1 anon 0 match writable,exclusive"], "copy")
        tap.equal(report.shown(AT + 8 * PAGE, 504), ["504 anon 9 match elsewhere,partly"],
                  "behind it")
        run = report.at(AT)
        tap.equal(run.anon_vma, report.vma_at(AT)["root"], "the parent's anon_vma")
        pages.expect_runs(agent.pid, AT, ["512 anon 9 match elsewhere,huge"], "the parent")
        pages.expect_clean(child.pid, "child")


def test_mapped_elsewhere_in_part():
    """Of a huge mapping there is one bit: the first page is the parent's alone, the others not."""
    with pages.subject() as agent:
        written(agent)
        child = agent.fork()
        child.munmap(AT, PAGE)
        pages.expect_runs(child.pid, AT + PAGE, ["511 anon 9 match elsewhere,over-edge"], "child")
        run = pages.report_of(agent.pid).at(AT)
        tap.equal(run.facts(), "anon 9 match elsewhere,huge", "parent")
        pages.expect_clean(child.pid, "child")


def test_pieces_mapped_elsewhere_in_part():
    """Mapped page by page, each page has its own count and its own flag."""
    with pages.subject() as agent:
        written(agent)
        agent.mremap(AT, HUGE, AWAY + PAGE)
        child = agent.fork()
        child.munmap(AWAY + 11 * PAGE, 5 * PAGE)
        shared = "anon 9 match elsewhere"
        pages.expect_runs(agent.pid, AWAY + PAGE,
                          [f"10 {shared}", "5 anon 9 match -", f"497 {shared}"], "parent")
        child.munmap(AWAY + PAGE, HUGE)
        pages.expect_runs(agent.pid, AWAY + PAGE, ["512 anon 9 match -"], "alone")
