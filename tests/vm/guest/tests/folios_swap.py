# SPDX-License-Identifier: GPL-2.0
"""Runs of pages that were swapped out, come back, and are in the swap cache."""

from lib import abi, memory, pagemap, pages, subjects, tap
from lib.abi import PAGE
from lib.pages import THP

WRITTEN = "anon 0 match writable,exclusive"
SWAP = "swap 0 - exclusive"
AT = subjects.BASE
AWAY = AT + (64 << 20)


def mapped(agent, count=4, at=AT):
    agent.mmap(at, count * PAGE)
    agent.touch(at, count * PAGE)


def test_out_and_in_again():
    with memory.swap(), pages.subject() as agent:
        mapped(agent)
        memory.page_out(agent, AT + PAGE, 2)
        pages.expect_runs(agent.pid, AT, [f"1 {WRITTEN}", f"2 {SWAP}", f"1 {WRITTEN}"], "out")
        pages.expect_swapin(agent.pid, AT + PAGE, "read")
        agent.touch(AT + PAGE)
        pages.expect_runs(agent.pid, AT, [f"2 {WRITTEN}", f"1 {SWAP}", f"1 {WRITTEN}"], "in")
        tap.equal(agent.peek(AT + PAGE, 1), b"\1", "contents")


def test_in_at_another_place():
    """Swapped out, moved, and read: the folio is made anew and its index is the VMA's."""
    with memory.swap(), pages.subject() as agent:
        mapped(agent)
        memory.page_out(agent, AT, 4)
        agent.mremap(AT, 4 * PAGE, AWAY)
        pages.expect_runs(agent.pid, AWAY, [f"4 {SWAP}"], "moved")
        agent.touch(AWAY, 4 * PAGE)
        pages.expect_runs(agent.pid, AWAY, [f"4 {WRITTEN}"], "in")


def test_swap_cache():
    """An entry that two processes share stays in the swap cache when the first one reads it."""
    with memory.swap(), pages.subject() as agent:
        mapped(agent)
        memory.page_out(agent, AT, 4)
        child = agent.fork()
        pages.expect_runs(child.pid, AT, ["4 swap 0 - -"], "the child's")
        agent.read(AT)
        report = pages.report_of(agent.pid)
        tap.equal(report.at(AT).facts(), "anon 0 match swapcache", "read by the parent")
        tap.equal(report.at(AT).anon_vma, report.vma_at(AT)["anon_vma"], "anon_vma")
        child_run = pages.expect_swapin(child.pid, AT, "use").at(AT)
        tap.equal(child_run.facts(), "swapcache 0 match -", "the child's, still")
        child.read(AT)
        report = pages.report_of(child.pid)
        run = report.at(AT)
        tap.equal((run.state, run.index, run.has("elsewhere"), run.has("exclusive")),
                  ("anon", "match", True, False), "read by the child")
        tap.equal(run.anon_vma, report.vma_at(AT)["root"], "the root's anon_vma")
        child.touch(AT)
        tap.equal(pages.report_of(child.pid).shown(AT, 1), [f"1 {WRITTEN}"], "written to")
        pages.expect_clean(child.pid, "child")


def test_child_reads_first():
    """Then the folio's anon_vma is not the child's own but the root, which both reach."""
    with memory.swap(), pages.subject() as agent:
        mapped(agent)
        memory.page_out(agent, AT, 4)
        child = agent.fork()
        child.read(AT, 4 * PAGE)
        agent.read(AT, 4 * PAGE)
        for one in (agent, child):
            report = pages.report_of(one.pid)
            for run in report.runs_in(AT, 4):
                tap.equal((run.state, run.index, run.anon_vma),
                          ("anon", "match", report.vma_at(AT)["root"]), f"pid {one.pid}")
            pages.expect_clean(one.pid, f"pid {one.pid}")


def test_write_protected_entries():
    with memory.swap(), pages.subject() as agent:
        mapped(agent)
        fd = memory.uffd(agent)
        agent.uffd_register(fd, AT, 4 * PAGE, abi.UFFDIO_REGISTER_MODE_WP)
        memory.write_protect(agent, fd, AT, 2 * PAGE)
        memory.page_out(agent, AT, 4)
        pages.expect_runs(agent.pid, AT, [f"2 {SWAP},uffd-wp", f"2 {SWAP}"], "out")
        agent.read(AT, 4 * PAGE)
        report = pages.report_of(agent.pid)
        tap.equal([report.at(AT + page * PAGE).has("uffd-wp") for page in range(4)],
                  [True, True, False, False], "protected, read")


def test_huge_page():
    """Out as one or in pieces, as the kernel likes; in pieces at the latest when one is read."""
    with memory.swap(), pages.subject() as agent:
        memory.compact()
        memory.huge(agent, AT)
        agent.touch(AT)
        memory.page_out(agent, AT, memory.HUGE_PAGES)
        pages.expect_runs(agent.pid, AT, [f"512 {SWAP}"], "out")
        agent.touch(AT + 5 * PAGE)
        report = pages.report_of(agent.pid)
        run = report.at(AT + 5 * PAGE)
        tap.equal((run.state, run.index, run.has("exclusive")), ("anon", "match", True), "in")
        states = {run.state for run in report.runs_in(AT, memory.HUGE_PAGES)}
        tap.true(states <= {"anon", "swap"}, f"states {states}")


def test_large_folio_in_the_swap_cache():
    """The parent reads 16 pages as one, the child has entries for it: in two VMAs, then in one."""
    size = THP / "hugepages-64kB/enabled"
    if not size.exists():
        tap.true(pages.before(6, 8), f"no {size}")
        raise tap.Skip("this kernel has no large folios but huge pages")
    with memory.swap(), pages.subject() as agent, pages.setting(size, "always"):
        memory.compact()
        memory.huge(agent, AT)
        agent.touch(AT, memory.HUGE)
        memory.page_out(agent, AT, memory.HUGE_PAGES)
        child = agent.fork()
        agent.read(AT)
        if pages.before(7, 0):
            pages.expect_runs(child.pid, AT, ["1 swapcache 0 match -"], "one VMA")
            raise tap.Skip("this kernel reads entries that are shared page by page")
        pages.expect_runs(child.pid, AT, ["16 swapcache 4 match -"], "one VMA")
        child.mprotect(AT, 8 * PAGE, abi.PROT_READ)
        pages.expect_runs(child.pid, AT, ["8 swapcache 4 match over-edge"] * 2, "two VMAs")
        child.mprotect(AT, 8 * PAGE, abi.RW)
        child.madvise(AT + 15 * PAGE, PAGE, memory.MADV_DONTNEED)
        pages.expect_runs(child.pid, AT, ["15 swapcache 4 match partly", "1 none 0 - -"],
                          "one of the entries gone")


def test_moved_by_userfaultfd():
    """UFFDIO_MOVE of a swap entry: nothing has an index until it is read at its new place."""
    with memory.swap(), pages.subject() as agent:
        mapped(agent)
        agent.mmap(AWAY, 4 * PAGE)
        fd = memory.uffd(agent, memory.UFFD_MOVE)
        agent.uffd_register(fd, AWAY, 4 * PAGE, abi.UFFDIO_REGISTER_MODE_MISSING)
        memory.page_out(agent, AT, 4)
        memory.move(agent, fd, AWAY, AT, 4 * PAGE)
        tap.equal([entry.swapped for entry in pagemap.entries(agent.pid, AWAY, 4)], [True] * 4,
                  "swap entries at the new place")
        pages.expect_runs(agent.pid, AWAY, [f"4 {SWAP}"], "moved")
        pages.expect_runs(agent.pid, AT, ["4 none 0 - -"], "left")
        agent.touch(AWAY, 4 * PAGE)
        report = pages.expect_runs(agent.pid, AWAY, [f"4 {WRITTEN}"], "in")
        tap.equal(report.at(AWAY).anon_vma, report.vma_at(AWAY)["anon_vma"], "anon_vma")


def test_shmem():
    """What is out is in the page cache's own hands; the process's tables forget it."""
    with memory.swap(), pages.subject() as agent:
        agent.mmap(AT, 4 * PAGE, abi.RW, abi.MAP_SHARED | abi.MAP_ANONYMOUS | abi.MAP_FIXED)
        agent.touch(AT, 4 * PAGE)

        def out():
            agent.madvise(AT, 4 * PAGE, memory.MADV_PAGEOUT)
            memory.compact()
            return pages.report_of(agent.pid).shown(AT, 4) == ["4 none 0 - -"]
        memory.wait_until(out, "shared pages are swapped out")
        agent.read(AT)
        tap.equal(pages.report_of(agent.pid).at(AT).state, "shmem", "read")
