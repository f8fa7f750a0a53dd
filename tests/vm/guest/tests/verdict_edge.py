# SPDX-License-Identifier: GPL-2.0
"""Verdicts on pairs beyond the product of tests/verdict.py, against the kernel as well."""

import contextlib
import os

from lib import abi, module, proc, subjects, tap
from lib.agent import Agent
from lib.pairs import HALF, WHOLE
from lib.subjects import BASE, HUGE_PAGE
from tests.verdict import round_trip


@contextlib.contextmanager
def watched(agent):
    """The agent as a target, looked at under one hold of the lock."""
    with module.loaded_module(targets=agent.pid, hold_us=0):
        yield agent


def pair_at(agent, middle):
    """The two VMAs that meet at an address, from the report."""
    report = module.report(agent.pid)
    right = report.at(middle)
    tap.equal(right.start, middle, "start of the right one")
    return report.at(middle - 1), right


def merged(agent, middle):
    return all(area.start != middle for area in proc.maps(agent.pid))


def expect_blocked(agent, middle, blockers, trip=round_trip, half=HALF):
    """Blocked by exactly these, and no round trip on either side merges them."""
    left, _ = pair_at(agent, middle)
    tap.equal((left["next"], left.blockers), ("blocked", blockers), left.verdict())
    for addr in (middle, middle - half):
        trip(agent, addr)
        tap.true(not merged(agent, middle), f"merged all the same: {left.verdict()}")
    return left


def expect_candidate(agent, middle):
    left, _ = pair_at(agent, middle)
    tap.equal(left["next"], "merged-candidate", "verdict")
    round_trip(agent, middle - HALF if left["via"] == "this" else middle)
    tap.true(merged(agent, middle), f"not merged: {left.verdict()}")


def protect_and_back(other):
    """A round trip by mprotect, for what madvise refuses."""
    def trip(agent, addr, length=HALF, back=abi.RW):
        agent.mprotect(addr, length, other)
        agent.mprotect(addr, length, back)
    return trip


def test_shm_has_close():
    """Nothing merges once SysV shared memory was split: each part is counted by its close."""
    with Agent.start() as agent, watched(agent):
        segment = agent.call("shmget", 0, WHOLE, 0o1600)
        agent.call("shmat", segment, BASE, 0)
        agent.call("shmctl", segment, 0, 0)
        protect_and_back(abi.PROT_READ)(agent, BASE + HALF)
        expect_blocked(agent, BASE + HALF, {"vm-ops-close"})


def test_hugetlb_is_special():
    if not subjects.reserve_huge_pages():
        raise tap.Skip("no huge pages can be reserved")

    def trip(agent, addr):
        protect_and_back(abi.PROT_READ)(agent, addr, HUGE_PAGE)

    with Agent.start() as agent, watched(agent):
        agent.mmap(BASE, 2 * HUGE_PAGE, abi.RW, abi.ANON | abi.MAP_HUGETLB)
        trip(agent, BASE + HUGE_PAGE)
        left = expect_blocked(agent, BASE + HUGE_PAGE, {"special", "vm-ops-close"}, trip,
                              HUGE_PAGE)
        tap.equal(left["diff.special"], "de:de", "diff.special")
        tap.equal(left["kind"], "hugetlb", "kind")


def test_vdso_is_special():
    """It cannot be split; before it lies its data, which is special too."""
    def trip(agent, addr):
        area = next(area for area in proc.maps(agent.pid) if area.start == addr)
        back = abi.PROT_READ | (abi.PROT_EXEC if "x" in area.perms else 0)
        protect_and_back(abi.PROT_NONE)(agent, addr, area.end - area.start, back)

    with Agent.start() as agent, watched(agent):
        vdso = next(area.start for area in proc.maps(agent.pid) if area.name == "[vdso]")
        left, right = pair_at(agent, vdso)
        tap.equal(left["name"][:5], "[vvar", "what lies before the vdso")
        tap.equal((left["kind"], right["kind"]), ("special", "special"), "kinds")
        tap.true({"special", "flags"} <= left.blockers, f"blockers: {left.verdict()}")
        expect_blocked(agent, vdso, left.blockers, trip, left.end - left.start)


def test_same_path_other_file():
    """The path and the inode do not matter, the open file does."""
    path = os.path.realpath("/bin/bash")
    with Agent.start() as agent, watched(agent):
        for part in (0, HALF):
            agent.mmap(BASE + part, HALF, abi.RW, abi.MAP_PRIVATE | abi.MAP_FIXED,
                       agent.open(path, abi.O_RDONLY), part)
        left = expect_blocked(agent, BASE + HALF, {"file"})
        right = module.report(agent.pid).at(BASE + HALF)
        tap.equal(left["diff.file"], f"{left['file']}:{right['file']}", "diff.file")
        tap.equal([(vma["name"], vma["kind"]) for vma in (left, right)],
                  2 * [(path, "private-file")], "names and kinds")


def test_shared_anonymous_memory():
    """Each mapping is a file of its own, which begins at 0."""
    with Agent.start() as agent, watched(agent):
        for part in (0, HALF):
            agent.mmap(BASE + part, HALF, abi.RW,
                       abi.MAP_SHARED | abi.MAP_ANONYMOUS | abi.MAP_FIXED)
        expect_blocked(agent, BASE + HALF, {"file", "pgoff"})


def test_accounting_survives_write_protection():
    """The silent culprit: memory that once was writable stays accounted."""
    def trip(agent, addr):
        agent.madvise(addr, HALF, abi.MADV_RANDOM)
        agent.madvise(addr, HALF, 0)

    with Agent.start() as agent, watched(agent):
        agent.mmap(BASE + HALF, HALF)
        agent.touch(BASE + HALF, HALF)
        agent.mprotect(BASE + HALF, HALF, abi.PROT_READ)
        agent.mmap(BASE, HALF, abi.PROT_READ)
        left = expect_blocked(agent, BASE + HALF, {"flags"}, trip)
        tap.equal(left["diff.flags"], "-:ac", "diff.flags")
        maps = [area for area in proc.maps(agent.pid) if area.start in (BASE, BASE + HALF)]
        tap.equal(maps[0][2:], maps[1][2:], "what maps shows of the two")


def test_two_userfaultfds():
    with Agent.start() as agent, watched(agent):
        fds = [agent.uffd(), agent.uffd()]
        agent.mmap(BASE, WHOLE)
        for fd, addr in zip(fds, (BASE, BASE + HALF)):
            agent.uffd_register(fd, addr, HALF)
        left = expect_blocked(agent, BASE + HALF, {"uffd"})
        tap.equal(left["diff.uffd"], "u1:u2", "diff.uffd")
        agent.uffd_unregister(fds[1], BASE + HALF, HALF)
        agent.uffd_register(fds[0], BASE + HALF, HALF)
        tap.true(merged(agent, BASE + HALF), "not merged under one userfaultfd")


def test_policies_equal_by_value():
    """Fork copies a policy for each VMA: other objects, the same policy."""
    with Agent.start() as agent:
        agent.mmap(BASE, WHOLE)
        agent.mbind(BASE, WHOLE, abi.MPOL_BIND, 1)
        agent.mlock_on_fault(BASE + HALF, HALF)
        child = agent.fork()
        with watched(child):
            left, right = pair_at(child, BASE + HALF)
            tap.equal((left["policy"], right["policy"]), ("p1", "p1"), "policies")
            expect_candidate(child, BASE + HALF)


def test_soft_dirty_is_ignored():
    with Agent.start() as agent:
        agent.mmap(BASE, HALF)
        if "sd" not in next(area.flags for area in proc.smaps(agent.pid) if area.start == BASE):
            raise tap.Skip("no sd in a fresh mapping's VmFlags: no CONFIG_MEM_SOFT_DIRTY")
        with open(f"/proc/{agent.pid}/clear_refs", "w") as file:
            file.write("4")
        # Apart by its lock only; fork takes that away.
        agent.mmap(BASE + 2 * HALF, HALF)
        agent.mlock_on_fault(BASE + 2 * HALF, HALF)
        agent.mremap(BASE + 2 * HALF, HALF, BASE + HALF)
        child = agent.fork()
        with watched(child):
            left, right = pair_at(child, BASE + HALF)
            tap.equal(("sd" in left.flags, "sd" in right.flags), (False, True), "soft-dirty")
            expect_candidate(child, BASE + HALF)


def test_mapping_under_memory_merge():
    """Under PR_SET_MEMORY_MERGE a new mapping merges only where the flag is set beforehand."""
    with Agent.start() as agent, watched(agent):
        error = agent.try_call("prctl", abi.PR_SET_MEMORY_MERGE, 1, 0, 0, 0)
        report = module.report(agent.pid)
        if error:
            tap.equal(error, -22, "prctl")
            tap.equal(report.process["merge_any"], "absent", "merge_any")
            tap.equal({vma["ksm_flag"] for vma in report.vmas}, {"absent"}, "ksm_flag")
            raise tap.Skip("PR_SET_MEMORY_MERGE answers EINVAL; the report says absent")
        tap.equal(report.process["merge_any"], "yes", "merge_any")
        agent.mmap(BASE, HALF)
        left = module.report(agent.pid).at(BASE)
        tap.equal((left["ksm"], "mg" in left.flags), ("mergeable", True), "KSM")
        agent.mmap(BASE + HALF, HALF)
        tap.equal(merged(agent, BASE + HALF), left["ksm_flag"] == "early",
                  f"merged at once; ksm_flag={left['ksm_flag']}")
        if left["ksm_flag"] == "late":
            expect_candidate(agent, BASE + HALF)


def test_hole_and_last():
    with Agent.start() as agent, watched(agent):
        agent.mmap(BASE, HALF)
        agent.mmap(BASE + WHOLE, HALF)
        report = module.report(agent.pid)
        tap.equal(report.at(BASE)["next"], "hole", "before the gap")
        tap.equal(report.vmas[-1]["next"], "last", "the last one")
        tap.equal([vma["next"] for vma in report.vmas].count("last"), 1, "number of last ones")
        touching = {vma.end for vma in report.vmas} & {vma.start for vma in report.vmas}
        wrong = [vma for vma in report.vmas[:-1]
                 if (vma["next"] == "hole") == (vma.end in touching)]
        tap.equal(wrong, [], "holes")
