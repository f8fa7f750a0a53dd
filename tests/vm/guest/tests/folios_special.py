# SPDX-License-Identifier: GPL-2.0
"""Runs of what is no ordinary page: watched, guarded, poisoned, special, hugetlb, moved."""

import contextlib
import errno
import os
from pathlib import Path

from lib import abi, device, memory, pagemap, pages, subjects, tap
from lib.abi import PAGE
from lib.agent import AgentError

WRITTEN = "anon 0 match writable,exclusive"
AT = subjects.BASE
AWAY = AT + (64 << 20)
GIB = 1 << 30
# There with CONFIG_MEMORY_FAILURE.
FAILURES = Path("/proc/sys/vm/memory_failure_early_kill")


def mapped(agent, count=4, at=AT, touched=True):
    agent.mmap(at, count * PAGE)
    if touched:
        agent.touch(at, count * PAGE)


def watched(agent, features=0, mode=abi.UFFDIO_REGISTER_MODE_WP, at=AT, count=4):
    fd = memory.uffd(agent, features)
    agent.uffd_register(fd, at, count * PAGE, mode)
    return fd


def advise(agent, addr, length, advice):
    """madvise; skips where the kernel cannot know this advice."""
    result = agent.try_call("madvise", addr, length, advice)
    absent = pages.before(6, 13) if advice == abi.MADV_GUARD_INSTALL else not FAILURES.exists()
    if absent:
        tap.equal(result, -errno.EINVAL, f"madvise({advice}), which this kernel has not got")
        raise tap.Skip(f"madvise({advice}): EINVAL")
    tap.equal(result, 0, f"madvise({advice})")


def test_write_protected():
    with pages.subject() as agent:
        mapped(agent)
        fd = watched(agent)
        memory.write_protect(agent, fd, AT + PAGE, 2 * PAGE)
        pages.expect_runs(agent.pid, AT, [f"1 {WRITTEN}", "2 anon 0 match exclusive,uffd-wp",
                                          f"1 {WRITTEN}"], "protected")
        memory.write_protect(agent, fd, AT, 4 * PAGE, False)
        agent.touch(AT, 4 * PAGE)
        pages.expect_runs(agent.pid, AT, [f"4 {WRITTEN}"], "free again")


def test_write_protected_huge():
    with pages.subject() as agent:
        memory.compact()
        memory.huge(agent, AT)
        agent.touch(AT)
        fd = watched(agent, count=memory.HUGE_PAGES)
        memory.write_protect(agent, fd, AT, memory.HUGE)
        pages.expect_runs(agent.pid, AT, ["512 anon 9 match exclusive,huge,uffd-wp"], "huge")
        memory.write_protect(agent, fd, AT + PAGE, PAGE, False)
        report = pages.report_of(agent.pid)
        tap.equal(report.shown(AT, 1), ["1 anon 9 match exclusive,uffd-wp"], "a piece")
        tap.equal(report.at(AT + PAGE).has("uffd-wp"), False, "the piece that is free")


def test_read_write_protected():
    with memory.swap(), pages.subject() as agent:
        mapped(agent)
        fd = watched(agent, memory.UFFD_RWP, memory.UFFDIO_REGISTER_MODE_RWP)
        memory.read_write_protect(agent, fd, AT + PAGE, 2 * PAGE)
        report = pages.expect_runs(agent.pid, AT,
                                   [f"1 {WRITTEN}",
                                    "2 anon 0 match exclusive,prot-none,uffd-rwp",
                                    f"1 {WRITTEN}"], "protected")
        tap.true("ur" in report.vma_at(AT).flags, "VM_UFFD_RWP is set")
        memory.page_out(agent, AT + PAGE, 1)
        tap.equal(pages.report_of(agent.pid).at(AT + PAGE).facts(), "swap 0 - exclusive,uffd-rwp",
                  "swapped out")


def test_marker_of_an_absent_page():
    with pages.subject() as agent:
        mapped(agent, touched=False)
        agent.touch(AT)
        fd = watched(agent, memory.UFFD_WP_UNPOPULATED)
        memory.write_protect(agent, fd, AT, 3 * PAGE)
        pages.expect_runs(agent.pid, AT, ["1 anon 0 match exclusive,uffd-wp",
                                          "2 marker 0 - uffd-wp", "1 none 0 - -"], "anonymous")


def test_marker_of_an_absent_shmem_page():
    with pages.subject() as agent:
        agent.mmap(AT, 4 * PAGE, abi.RW, abi.MAP_SHARED | abi.MAP_ANONYMOUS | abi.MAP_FIXED)
        agent.touch(AT)
        fd = watched(agent, memory.UFFD_WP_SHMEM)
        memory.write_protect(agent, fd, AT, 3 * PAGE)
        pages.expect_runs(agent.pid, AT, ["1 shmem 0 - uffd-wp", "2 marker 0 - uffd-wp",
                                          "1 none 0 - -"], "shmem")


def test_marker_of_poison():
    with pages.subject() as agent:
        mapped(agent, touched=False)
        fd = watched(agent, memory.UFFD_POISON, abi.UFFDIO_REGISTER_MODE_MISSING)
        memory.poison(agent, fd, AT + PAGE, 2 * PAGE)
        pages.expect_runs(agent.pid, AT, ["1 none 0 - -", "2 marker 0 - -", "1 none 0 - -"],
                          "poisoned")


def test_guard_pages():
    with pages.subject() as agent:
        mapped(agent)
        advise(agent, AT + PAGE, 2 * PAGE, abi.MADV_GUARD_INSTALL)
        pages.expect_runs(agent.pid, AT, [f"1 {WRITTEN}", "2 marker 0 - -", f"1 {WRITTEN}"],
                          "guarded")


def test_broken_memory():
    """A child breaks the page that it shares, and is killed for touching it; the parent lives."""
    with pages.subject() as agent:
        mapped(agent)
        child = agent.fork()
        with contextlib.suppress(AgentError):
            advise(child, AT + PAGE, PAGE, memory.MADV_HWPOISON)
        agent.wait(child.pid)
        agent.touch(AT + 2 * PAGE, 2 * PAGE)
        agent.touch(AT)
        pages.expect_runs(agent.pid, AT, [f"1 {WRITTEN}", "1 hwpoison 0 - -", f"2 {WRITTEN}"],
                          "broken")


def test_memory_taken_offline():
    """Its contents move to another page, by a migration: index and anon_vma go with them."""
    with pages.subject() as agent:
        mapped(agent)
        before = pagemap.entries(agent.pid, AT + PAGE, 1)[0].frame
        owner = pages.report_of(agent.pid).at(AT).anon_vma
        advise(agent, AT + PAGE, PAGE, memory.MADV_SOFT_OFFLINE)
        after = pagemap.entries(agent.pid, AT + PAGE, 1)[0].frame
        tap.true(before != after, f"it has moved from frame {before:#x} to {after:#x}")
        report = pages.expect_runs(agent.pid, AT, [f"4 {WRITTEN}"], "after the move")
        tap.equal(report.at(AT + PAGE).anon_vma, owner, "anon_vma")


# A part of the firmware that every PC has there; STRICT_DEVMEM leaves it readable.
FIRMWARE = 0xf0000


def map_frames(agent, prot, flags):
    fd = agent.open("/dev/mem", abi.O_RDONLY)
    agent.mmap(AT, 4 * PAGE, prot, flags | abi.MAP_FIXED, fd, FIRMWARE)


def test_special_pages():
    """Frames that a driver maps: nobody counts them."""
    with pages.subject() as agent:
        map_frames(agent, abi.PROT_READ, abi.MAP_SHARED)
        pages.expect_runs(agent.pid, AT, ["4 pfn 0 - -"], "firmware")


def test_copies_of_special_pages():
    """A private mapping of them has anonymous pages where it was written to."""
    with pages.subject() as agent:
        map_frames(agent, abi.RW, abi.MAP_PRIVATE)
        agent.touch(AT + PAGE, 2 * PAGE)
        report = pages.expect_runs(agent.pid, AT, ["1 pfn 0 - -", f"2 {WRITTEN}", "1 pfn 0 - -"],
                                   "firmware, two pages copied")
        vma = report.vma_at(AT)
        tap.true("pf" in vma.flags, f"VM_PFNMAP is set: {vma.flags}")
        tap.equal(report.at(AT + PAGE).anon_vma, vma["anon_vma"], "anon_vma")


def test_special_huge_page():
    """A driver's memory, a large folio of the machine's that it maps as page frames."""
    memory.compact()
    with device.loaded_module(), pages.subject() as agent:
        fd = agent.open(f"{device.FOLDER}/huge-pfnmap", abi.O_RDONLY)
        agent.mmap(AT, memory.HUGE, abi.PROT_READ, abi.MAP_SHARED | abi.MAP_FIXED, fd)
        agent.read(AT)
        report = pages.expect_runs(agent.pid, AT, ["512 pfn 0 - huge"], "a driver's memory")
        tap.true("pf" in report.vma_at(AT).flags, "VM_PFNMAP is set")
        agent.munmap(AT, memory.HUGE)


def test_special_pud():
    """The same by a single entry for a GiB."""
    path = f"{device.FOLDER}/pud-pfnmap"
    with device.loaded_module(), pages.subject() as agent:
        if not os.path.exists(path):
            raise tap.Skip("mm/huge_memory.c:hugepage_vma_check() lets no driver map a PUD")
        fd = agent.open(path, abi.O_RDONLY)
        agent.mmap(AT, GIB, abi.PROT_READ, abi.MAP_SHARED | abi.MAP_FIXED, fd)
        agent.read(AT)
        pages.expect_runs(agent.pid, AT, [f"{GIB // PAGE} pfn 0 - huge"], "a driver's memory")
        agent.munmap(AT, GIB)


def test_hugetlb():
    reason = subjects.lacks("hugetlb")
    if reason:
        raise tap.Skip(reason)
    with subjects.agent_with("hugetlb") as agent, pages.loaded():
        report = pages.report_of(agent.pid)
        seen = 0
        for vma in report.vmas:
            if vma["kind"] == "hugetlb":
                tap.equal(report.shown(vma.start, vma.pages), [f"{vma.pages} hugetlb 0 - -"],
                          f"VMA at {vma.start:#x}")
                seen += 1
        tap.true(seen >= 4, f"{seen} VMAs of hugetlb")
        pages.expect_clean(agent.pid)


def moving(agent):
    """Four pages, and an empty place for them that userfaultfd watches."""
    mapped(agent)
    mapped(agent, at=AWAY, touched=False)
    fd = memory.uffd(agent, memory.UFFD_MOVE)
    agent.uffd_register(fd, AWAY, 4 * PAGE, abi.UFFDIO_REGISTER_MODE_MISSING)
    return fd


def test_move_changes_index_and_anon_vma():
    with pages.subject() as agent:
        fd = moving(agent)
        source = pages.report_of(agent.pid).vma_at(AT)["anon_vma"]
        frames = [entry.frame for entry in pagemap.entries(agent.pid, AT, 4)]
        memory.move(agent, fd, AWAY + PAGE, AT, 2 * PAGE)
        tap.equal([entry.frame for entry in pagemap.entries(agent.pid, AWAY + PAGE, 2)],
                  frames[:2], "the frames themselves have moved")
        report = pages.expect_runs(agent.pid, AWAY, ["1 none 0 - -", f"2 {WRITTEN}",
                                                     "1 none 0 - -"], "where they are")
        pages.expect_runs(agent.pid, AT, ["2 none 0 - -", f"2 {WRITTEN}"], "where they were")
        to = report.vma_at(AWAY)["anon_vma"]
        tap.equal(report.at(AWAY + PAGE).anon_vma, to, "anon_vma of what was moved")
        tap.equal(report.at(AT + 2 * PAGE).anon_vma, report.vma_at(AT)["anon_vma"],
                  "anon_vma of what was not")
        tap.true(source != "-" and to != report.vma_at(AT)["anon_vma"], "two anon_vmas")


def test_move_of_a_huge_page():
    with pages.subject() as agent:
        memory.compact()
        memory.huge(agent, AT)
        agent.touch(AT)
        memory.huge(agent, AWAY)
        fd = watched(agent, memory.UFFD_MOVE, abi.UFFDIO_REGISTER_MODE_MISSING, AWAY,
                     memory.HUGE_PAGES)
        memory.move(agent, fd, AWAY, AT, memory.HUGE)
        report = pages.expect_runs(agent.pid, AWAY,
                                   ["512 anon 9 match writable,exclusive,huge"], "moved")
        tap.equal(report.at(AWAY).anon_vma, report.vma_at(AWAY)["anon_vma"], "anon_vma")


def test_move_of_a_part_of_a_huge_page():
    """The kernel splits the folio for that."""
    with pages.subject() as agent:
        memory.compact()
        memory.huge(agent, AT)
        # All of it: what is zero becomes the zero page when the folio is split.
        agent.touch(AT, memory.HUGE)
        mapped(agent, at=AWAY, touched=False)
        fd = watched(agent, memory.UFFD_MOVE, abi.UFFDIO_REGISTER_MODE_MISSING, AWAY)
        memory.move(agent, fd, AWAY, AT + 7 * PAGE, 4 * PAGE)
        pages.expect_runs(agent.pid, AWAY, [f"4 {WRITTEN}"], "moved")
        pages.expect_runs(agent.pid, AT, [f"7 {WRITTEN}", "4 none 0 - -", f"501 {WRITTEN}"], "left")
