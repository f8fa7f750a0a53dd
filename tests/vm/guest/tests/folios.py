# SPDX-License-Identifier: GPL-2.0
"""Runs of small pages in states that are known because the test made them."""

import sys

from lib import abi, memory, pages, subjects, tap
from lib.abi import PAGE

WRITTEN = "anon 0 match writable,exclusive"
AT = subjects.BASE
# Far enough for any mapping of these tests; not a multiple of a huge page.
AWAY = AT + (64 << 20) + 3 * PAGE


def mapped(agent, count=4, touched=True):
    agent.mmap(AT, count * PAGE)
    if touched:
        agent.touch(AT, count * PAGE)
    return AT


def expect_anon_vma(report, addr, own, what):
    """The folio's anon_vma is the VMA's own, or another one of its chain."""
    run, vma = report.at(addr), report.vma_at(addr)
    chain = [avc.anon_vma for avc in report.chain(vma.start)]
    tap.true(run.anon_vma in chain, f"{what}: {run.anon_vma} is on the chain {chain}")
    tap.equal(run.anon_vma == vma["anon_vma"], own, f"{what}: it is the VMA's own")


def test_untouched_read_and_written():
    with pages.subject() as agent:
        mapped(agent, touched=False)
        agent.read(AT + PAGE)
        agent.touch(AT + 2 * PAGE, 2 * PAGE)
        report = pages.expect_runs(agent.pid, AT, ["1 none 0 - -", "1 zero 0 - -", f"2 {WRITTEN}"],
                                   "runs")
        tap.equal([run.anon_vma != "-" for run in report.runs_in(AT, 4)], [False, False, True],
                  "has an anon_vma")
        expect_anon_vma(report, AT + 2 * PAGE, True, "written")


def test_read_only_after_writing():
    with pages.subject() as agent:
        mapped(agent)
        agent.mprotect(AT, 4 * PAGE, abi.PROT_READ)
        pages.expect_runs(agent.pid, AT, ["4 anon 0 match exclusive"], "read-only")


def test_equal_pages_are_one_run():
    with pages.subject() as agent:
        mapped(agent, 1000)
        report = pages.expect_runs(agent.pid, AT, [f"1000 {WRITTEN}"], "runs")
        tap.equal(report.at(AT + 500 * PAGE).start, AT + 500 * PAGE, "a page within")


def test_unequal_pages_alternate():
    with pages.subject() as agent:
        mapped(agent, 1000, touched=False)
        with agent.queued():
            for page in range(0, 1000, 2):
                agent.touch(AT + page * PAGE)
        report = pages.report_of(agent.pid, "folios")
        tap.same_lists(report.shown(AT, 1000), [f"1 {WRITTEN}", "1 none 0 - -"] * 500, "runs")


def test_runs_end_at_vmas():
    """Alike, but two VMAs."""
    with pages.subject() as agent:
        mapped(agent)
        agent.madvise(AT, 2 * PAGE, abi.MADV_DONTDUMP)
        pages.expect_runs(agent.pid, AT, [f"2 {WRITTEN}", f"2 {WRITTEN}"], "runs")


def test_runs_cover_every_vma():
    with subjects.agent_with("anonymous") as agent, pages.loaded():
        report = pages.report_of(agent.pid)
        runs = iter(report.runs)
        for vma in report.vmas:
            at = vma.start
            while at < vma.end:
                run = next(runs)
                tap.equal(run.start, at, f"start of the next run in the VMA at {vma.start:#x}")
                at = run.end
            tap.equal(at, vma.end, f"end of the last run in the VMA at {vma.start:#x}")
        tap.equal(list(runs), [], "runs behind the last VMA")
        tap.equal(pages.report_of(agent.pid, "folios").runs, report.runs, "in folios and in report")


def test_folios_has_its_own_lines_only():
    with pages.subject() as agent:
        report = pages.report_of(agent.pid, "folios")
        tap.true(report.runs, "runs are there")
        tap.equal((report.vmas, report.avcs, report.anon_vmas, report.checks), ([], [], {}, {}),
                  "other lines")


@tap.cases("all", "a part", "there and back", "onto fresh memory", "keeping the old place")
def test_moved(how):
    """A moved VMA keeps its page offsets, so the index of its folios goes on matching."""
    with pages.subject() as agent:
        mapped(agent, 8)
        if how == "a part":
            agent.mremap(AT + 2 * PAGE, 3 * PAGE, AWAY)
            pages.expect_runs(agent.pid, AWAY, [f"3 {WRITTEN}"], "moved")
            pages.expect_runs(agent.pid, AT, [f"2 {WRITTEN}"], "before the hole")
            pages.expect_runs(agent.pid, AT + 5 * PAGE, [f"3 {WRITTEN}"], "behind it")
            return
        flags = abi.MREMAP_MAYMOVE | abi.MREMAP_FIXED
        if how == "keeping the old place":
            flags |= abi.MREMAP_DONTUNMAP
        agent.mremap(AT, 8 * PAGE, AWAY, flags)
        pages.expect_runs(agent.pid, AWAY, [f"8 {WRITTEN}"], "moved")
        if how == "there and back":
            agent.mremap(AWAY, 8 * PAGE, AT)
            pages.expect_runs(agent.pid, AT, [f"8 {WRITTEN}"], "moved back")
        elif how == "keeping the old place":
            pages.expect_runs(agent.pid, AT, ["8 none 0 - -"], "the old place")
            agent.touch(AT, 2 * PAGE)
            pages.expect_runs(agent.pid, AT, [f"2 {WRITTEN}"], "the old place, written to again")
        elif how == "onto fresh memory":
            mapped(agent, 8)
            pages.expect_runs(agent.pid, AT, [f"8 {WRITTEN}"], "fresh memory at the old place")
            agent.mremap(AWAY, 8 * PAGE, AT)
            pages.expect_runs(agent.pid, AT, [f"8 {WRITTEN}"], "moved over it")


def test_fork_and_copy_on_write():
    with pages.subject() as agent:
        mapped(agent)
        child = agent.fork()
        for one in (agent, child):
            report = pages.expect_runs(one.pid, AT, ["4 anon 0 match elsewhere"], "shared")
            expect_anon_vma(report, AT, one is agent, "shared")
        child.touch(AT)
        report = pages.expect_runs(child.pid, AT, [f"1 {WRITTEN}", "3 anon 0 match elsewhere"],
                                   "the child, having written to a page")
        expect_anon_vma(report, AT, True, "the copy")
        expect_anon_vma(report, AT + PAGE, False, "what is shared still")
        pages.expect_runs(agent.pid, AT, ["1 anon 0 match -", "3 anon 0 match elsewhere"],
                          "the parent, alone with the page")
        agent.touch(AT)
        pages.expect_runs(agent.pid, AT, [f"1 {WRITTEN}", "3 anon 0 match elsewhere"],
                          "the parent, having written to it too")
        pages.expect_clean(child.pid, "child")


def test_fork_of_moved_pages():
    """COW in a child whose VMA was moved before or after the fork."""
    with pages.subject() as agent:
        mapped(agent)
        agent.mremap(AT, 4 * PAGE, AWAY)
        child = agent.fork()
        child.mremap(AWAY, 4 * PAGE, AT)
        child.touch(AT)
        pages.expect_runs(child.pid, AT, [f"1 {WRITTEN}", "3 anon 0 match elsewhere"], "child")
        pages.expect_clean(child.pid, "child")


def private_file(agent, fd, offset):
    return agent.mmap(AT, 4 * PAGE, abi.RW, abi.MAP_PRIVATE | abi.MAP_FIXED, fd, offset * PAGE)


def test_private_file_before_and_after_cow():
    """Of the root's disk; what is in /tmp is shmem's."""
    with pages.subject() as agent:
        private_file(agent, agent.open(sys.executable, abi.O_RDONLY), 7)
        agent.read(AT, 4 * PAGE)
        report = pages.report_of(agent.pid)
        tap.equal({(run.state, run.index, run.anon_vma, run.has("writable"), run.has("exclusive"))
                   for run in report.runs_in(AT, 4)}, {("file", "-", "-", False, False)}, "read")
        agent.touch(AT + PAGE, 2 * PAGE)
        report = pages.report_of(agent.pid)
        tap.equal([run.state for run in (report.at(AT), report.at(AT + 3 * PAGE))],
                  ["file", "file"], "states around the copies")
        tap.equal(report.shown(AT + PAGE, 2), [f"2 {WRITTEN}"], "copies")
        expect_anon_vma(report, AT + PAGE, True, "copies")
        agent.mremap(AT, 4 * PAGE, AWAY)
        pages.expect_runs(agent.pid, AWAY + PAGE, [f"2 {WRITTEN}"], "copies, moved")
        agent.touch(AWAY)
        pages.expect_runs(agent.pid, AWAY, [f"3 {WRITTEN}"], "a copy made after the move")


@tap.cases("anonymous", "memfd")
def test_shmem(kind):
    with pages.subject() as agent:
        flags, fd = abi.MAP_SHARED | abi.MAP_FIXED, -1
        if kind == "memfd":
            fd = agent.memfd("shared")
            agent.call("ftruncate", fd, 4 * PAGE)
        else:
            flags |= abi.MAP_ANONYMOUS
        agent.mmap(AT, 4 * PAGE, abi.RW, flags, fd)
        agent.touch(AT, 2 * PAGE)
        pages.expect_runs(agent.pid, AT, ["2 shmem 0 - writable", "2 none 0 - -"], "written")


def shared_twice(agent, count):
    """The same pages of shmem, at AT and AWAY."""
    fd = agent.memfd("shared")
    agent.call("ftruncate", fd, count * PAGE)
    for addr in (AT, AWAY):
        agent.mmap(addr, count * PAGE, abi.RW, abi.MAP_SHARED | abi.MAP_FIXED, fd)


def test_shmem_mapped_twice():
    with pages.subject() as agent:
        shared_twice(agent, 4)
        agent.touch(AT, 2 * PAGE)
        agent.touch(AWAY, PAGE)
        report = pages.report_of(agent.pid)
        for addr in (AT, AWAY):
            tap.equal(report.at(addr).facts(), "shmem 0 - writable,elsewhere", f"at {addr:#x}")


def test_shmem_side_by_side():
    """Of each page it is seen that it is otherwise than the one before."""
    with pages.subject() as agent:
        shared_twice(agent, 12)
        agent.touch(AT, 12 * PAGE)
        agent.touch(AWAY + 3 * PAGE, 3 * PAGE)
        agent.call("mlock", AWAY + 8 * PAGE, PAGE)
        pages.expect_runs(agent.pid, AT, [
            "3 shmem 0 - writable", "3 shmem 0 - writable,elsewhere", "2 shmem 0 - writable",
            "1 shmem 0 - writable,elsewhere,mlocked", "3 shmem 0 - writable"], "runs")


def test_copies_side_by_side():
    """A copy amid pages of a file, and amid pages of zeros."""
    with pages.subject() as agent:
        fd = agent.memfd("private")
        agent.call("ftruncate", fd, 8 * PAGE)
        agent.mmap(AT, 8 * PAGE, abi.RW, abi.MAP_PRIVATE | abi.MAP_FIXED, fd)
        agent.mmap(AWAY, 8 * PAGE)
        for addr, state in ((AT, "shmem"), (AWAY, "zero")):
            agent.read(addr, 8 * PAGE)
            agent.touch(addr + 3 * PAGE)
            pages.expect_runs(agent.pid, addr,
                              [f"3 {state} 0 - -", f"1 {WRITTEN}", f"4 {state} 0 - -"], state)


def test_private_shmem_before_and_after_cow():
    with pages.subject() as agent:
        fd = agent.memfd("private")
        agent.call("ftruncate", fd, 16 * PAGE)
        private_file(agent, fd, 9)
        agent.read(AT)
        tap.equal(pages.report_of(agent.pid).at(AT).state, "shmem", "read")
        agent.touch(AT, PAGE)
        pages.expect_runs(agent.pid, AT, [f"1 {WRITTEN}"], "copy")


@tap.cases("all", "a part")
def test_prot_none(how):
    first = 0 if how == "all" else 1
    with pages.subject() as agent:
        mapped(agent)
        agent.mprotect(AT + first * PAGE, (4 - first) * PAGE, abi.PROT_NONE)
        gone = f"{4 - first} anon 0 match exclusive,prot-none"
        pages.expect_runs(agent.pid, AT, [f"1 {WRITTEN}"] * first + [gone], "PROT_NONE")
        agent.mprotect(AT, 4 * PAGE, abi.RW)
        agent.touch(AT, 4 * PAGE)
        pages.expect_runs(agent.pid, AT, [f"4 {WRITTEN}"], "accessible again")


def test_mlocked():
    with pages.subject() as agent:
        mapped(agent)
        agent.call("mlock", AT + PAGE, 2 * PAGE)
        pages.expect_runs(agent.pid, AT, [f"1 {WRITTEN}", f"2 {WRITTEN},mlocked", f"1 {WRITTEN}"],
                          "locked")
        agent.call("munlock", AT + PAGE, 2 * PAGE)
        # The flag goes when the batch of the processor does that the agent was on.
        memory.compact()
        pages.expect_runs(agent.pid, AT, [f"4 {WRITTEN}"], "unlocked")


def test_ksm_and_its_copies():
    with pages.subject() as agent, memory.ksm_running():
        mapped(agent)
        agent.madvise(AT, 4 * PAGE, abi.MADV_MERGEABLE)

        def merged():
            return pages.report_of(agent.pid, "folios").shown(AT, 4) == ["4 ksm 0 - elsewhere"]
        memory.wait_until(merged, "4 equal pages are one page of KSM")
        # A new page of the process's own: touch writes what is there already.
        agent.touch(AT + PAGE)
        run = pages.report_of(agent.pid).at(AT + PAGE)
        tap.true(run.facts() in (WRITTEN, "ksm 0 - elsewhere"), f"written to: {run}")
        pages.expect_clean(agent.pid, "merged")


def test_ksm_zero_pages():
    """Filled with zeros: 6.6 and later tell KSM's zero page from a mere read."""
    with pages.subject() as agent, memory.ksm_running(zero_pages=True):
        mapped(agent)
        agent.poke(AT, bytes(1))
        agent.poke(AT + PAGE, bytes(1))
        agent.madvise(AT, 2 * PAGE, abi.MADV_MERGEABLE)

        def merged():
            return pages.report_of(agent.pid, "folios").at(AT).state == "zero"
        memory.wait_until(merged, "pages of zeros are KSM's zero page")
        told = "" if pages.before(6, 6) else "ksm-zero"
        memory.wait_until(lambda: pages.report_of(agent.pid).shown(AT, 4) ==
                          [f"2 zero 0 - {told or '-'}", f"2 {WRITTEN}"], "both are")
