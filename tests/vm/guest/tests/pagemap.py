# SPDX-License-Identifier: GPL-2.0
"""
Every page of stopped processes against /proc/PID/pagemap, /proc/kpageflags and /proc/kpagecount: no
difference.

What is not compared as it stands, each with its reason in the kernel (fs/proc/task_mmu.c and
page.c):
- VMAs of hugetlb: their pages are not walked;
- VMAs with VM_PFNMAP: mm/pagewalk.c:walk_page_test() calls them holes, whatever is mapped there;
- the file bit of the huge zero folio: before 7.x pagemap_pmd_range() takes any page that a PMD
  maps, anonymous or not, and so calls this one a file's;
- the exclusive bit of a huge mapping: 6.1 and 7.x look at its first page only. One bit of the
  report stands for all, so that kpagecount of all is what it is compared with;
- the flag for KSM on 6.12: stable_page_flags() there tests for either of KSM's two bits in
  folio->mapping, of which every anonymous page has one. A page of KSM's must have it all the same;
- the flag for mlock: only the first page of a folio carries it;
- the flags of other frames that are special (pfn): nobody keeps any;
- the soft-dirty bit: the report has none.
"""

import contextlib
import platform
import sys
from pathlib import Path

from lib import abi, memory, pagemap, pages, subjects, tap, zoo
from lib.abi import PAGE
from lib.agent import stopped
from lib.pagemap import (ANON, HEAD, HWPOISON, KSM, MLOCKED, SWAPBACKED, SWAPCACHE, TAIL, THP,
                         ZERO)

COUNTED = ("anon", "ksm", "file", "shmem")
PRESENT = (*COUNTED, "zero", "huge-zero", "pfn")
ABSENT = ("swap", "swapcache", "migration", "hwpoison", "marker", "device")
KSM_IS_ANON = platform.release().startswith("6.12.")
# The types of entries that are no swap area's end with the markers, which have one; to 6.3 two, the
# second for what could not be read from swap (include/linux/swap.h).
FIRST_MARKER = 30 if pages.before(6, 4) else 31
# Seen in the zoo at least once.
IN_THE_ZOO = {"none", "anon", "ksm", "zero", "huge-zero", "file", "shmem", "swap"}
BITS_IN_THE_ZOO = {"writable", "exclusive", "elsewhere", "huge", "prot-none", "uffd-wp", "mlocked",
                   "swapcache"}


def swap_areas():
    """How many there are: the first types, since none was switched off before the last."""
    return len(Path("/proc/swaps").read_text().splitlines()) - 1


def order_is(frames, frame, order):
    """Is this frame one of a folio of that order, no more and no less?"""
    flags = frames.flags(frame)
    if not order:
        return not flags & (HEAD | TAIL)
    head = frame >> order << order
    return bool(frames.flags(head) & HEAD and (frame == head or flags & TAIL) and
                frames.flags(head + (1 << order) - 1) & TAIL and
                not frames.flags(head + (1 << order)) & TAIL)


def of_frame(run, entry, frames):
    """(what, the kernel's word, the report's) of a page that is there and has a struct page."""
    flags = frames.flags(entry.frame)
    head = frames.flags(entry.frame >> run.order << run.order)
    if run.state == "ksm" or not KSM_IS_ANON:
        yield "KSM", bool(flags & KSM), run.state == "ksm"
    yield "ANON", bool(flags & ANON), run.state in ("anon", "ksm")
    yield "ZERO_PAGE", bool(flags & ZERO), run.state in ("zero", "huge-zero")
    yield "HWPOISON", bool(flags & HWPOISON), False
    yield f"order {run.order}", order_is(frames, entry.frame, run.order), True
    if run.state in ("file", "shmem"):
        yield "SWAPBACKED", bool(head & SWAPBACKED), run.state == "shmem"
    if run.state in ("anon", "huge-zero"):
        yield "THP", bool(flags & THP), run.order > 0
    if run.state == "anon":
        yield "SWAPCACHE", bool(head & SWAPCACHE), run.has("swapcache")
    if run.state in COUNTED:
        yield "MLOCKED", bool(head & MLOCKED), run.has("mlocked")
        if not run.has("huge"):
            yield "kpagecount > 1", frames.count(entry.frame) > 1, run.has("elsewhere")
            yield "exclusive", entry.exclusive, not run.has("elsewhere")


def of_page(run, entry, frames):
    yield "present", entry.present, run.state in PRESENT
    yield "swapped", entry.swapped, run.state in ABSENT
    yield "uffd-wp", entry.uffd_wp, run.has("uffd-wp") or run.has("uffd-rwp")
    if entry.swapped:
        yield "a swap area's", entry.swap_type < swap_areas(), run.state in ("swap", "swapcache")
        yield "a marker", entry.swap_type >= FIRST_MARKER, run.state == "marker"
    if run.state == "hwpoison":
        poisoned = frames.flags(entry.frame >> pagemap.SWAP_TYPE_BITS)
        yield "HWPOISON", bool(poisoned & HWPOISON), True
    if not entry.present:
        return
    if run.state != "huge-zero":
        yield "file", entry.file, run.state in ("file", "shmem")
    if run.state != "pfn":
        yield from of_frame(run, entry, frames)


def differences_in(run, pid, frames):
    """A line for each page of the run about which the two do not agree."""
    entries = pagemap.entries(pid, run.start, run.pages)
    found = []
    for number, entry in enumerate(entries):
        wrong = [f"{what} is {theirs}" for what, theirs, ours in of_page(run, entry, frames)
                 if theirs != ours]
        if wrong:
            found.append(f"page {number} of {run}: {', '.join(wrong)}; pagemap "
                         f"{entry.value:#x}, kpageflags {frames.flags(entry.frame):#x}, "
                         f"kpagecount {frames.count(entry.frame)}")
    if run.state in COUNTED and run.has("huge"):
        shared = any(frames.count(entry.frame) > 1 for entry in entries)
        if shared != run.has("elsewhere"):
            found.append(f"{run}: kpagecount > 1 of a page is {shared}")
    return found


def is_compared(report, run):
    return run.state != "hugetlb" and "pf" not in report.vma_at(run.start).flags


def compare(pid):
    """The report that was compared. What moves meanwhile (compaction) costs another attempt."""
    for _ in range(3):
        report = pages.report_of(pid)
        with pagemap.Frames() as frames:
            found = [line for run in report.runs if is_compared(report, run)
                     for line in differences_in(run, pid, frames)]
        if pages.report_of(pid).runs == report.runs:
            break
    tap.no_differences(found, f"{sum(run.pages for run in report.runs)} pages of {pid}")
    return report


@contextlib.contextmanager
def all_stopped(pids):
    with contextlib.ExitStack() as stack:
        for pid in pids:
            stack.enter_context(stopped(pid))
        yield


@tap.cases("python3", "bash")
def test_process(name):
    with pages.loaded(), getattr(subjects, name)() as pid, stopped(pid):
        report = compare(pid)
        tap.true(sum(run.pages for run in report.runs if run.state in COUNTED) > 100,
                 "pages were compared")


@tap.cases("files", "anonymous", "userfaultfd")
def test_agent(kind):
    with pages.loaded(), subjects.agent_with(kind) as agent, stopped(agent.pid):
        compare(agent.pid)


def test_zoo():
    states, bits = set(), set()
    with pages.loaded(), zoo.open_zoo() as pids, all_stopped(pids):
        for pid in pids:
            report = compare(pid)
            states |= {run.state for run in report.runs}
            bits |= {bit for run in report.runs for bit in run.bits.split(",")}
            pages.expect_clean(pid, f"pid {pid}")
    tap.equal(IN_THE_ZOO - states, set(), "states that the zoo has not got")
    tap.equal(BITS_IN_THE_ZOO - bits, set(), "bits that the zoo has not got")


# What a report might say of a page that was written to, and what gives it away; and of others.
FALSEHOODS = {"state file": "ANON", "state shmem": "file", "state ksm": "KSM",
              "state zero": "ZERO", "state none": "present", "state swap": "swapped",
              "order 1": "order 1", "order 9": "order 9", "bits elsewhere": "kpagecount",
              "bits mlocked": "MLOCKED", "bits swapcache": "SWAPCACHE", "bits uffd-wp": "uffd-wp"}


def find_falsehood(agent, addr, what, given_away):
    """Of the two pages at addr; they are one run."""
    key, value = what.split()
    with pagemap.Frames() as frames:
        run, = pages.report_of(agent.pid).runs_in(addr, 2)
        tap.equal(differences_in(run, agent.pid, frames), [], "the true report")
        false = run._replace(**{key: int(value) if key == "order" else value})
        found = differences_in(false, agent.pid, frames)
        tap.equal(len(found), 2, "pages that differ")
        tap.true(given_away in found[0], f"{given_away} is named in {found[0]}")


@tap.cases(*FALSEHOODS)
def test_falsehood_is_found(what):
    """The comparison sees when a report is wrong, in each of the facts it compares."""
    if what == "state ksm" and KSM_IS_ANON:
        raise tap.Skip("6.12 flags every anonymous page as KSM's")
    with pages.subject() as agent:
        addr = agent.mmap(subjects.BASE, 2 * PAGE)
        agent.touch(addr, 2 * PAGE)
        find_falsehood(agent, addr, what, FALSEHOODS[what])


@tap.cases("state marker", "state migration", "state none", "bits uffd-wp")
def test_falsehood_of_swap_is_found(what):
    given_away = {"state none": "swapped", "state marker": "a marker", "bits uffd-wp": "uffd-wp"}
    with memory.swap(), pages.subject() as agent:
        addr = agent.mmap(subjects.BASE, 2 * PAGE)
        agent.touch(addr, 2 * PAGE)
        memory.page_out(agent, addr, 2)
        find_falsehood(agent, addr, what, given_away.get(what, "a swap area's"))


@tap.cases("state swap", "state migration", "bits -")
def test_falsehood_of_a_marker_is_found(what):
    given_away = {"state swap": "a swap area's", "bits -": "uffd-wp"}
    with pages.subject() as agent:
        addr = agent.mmap(subjects.BASE, 2 * PAGE, abi.RW,
                          abi.MAP_SHARED | abi.MAP_ANONYMOUS | abi.MAP_FIXED)
        fd = memory.uffd(agent, memory.UFFD_WP_SHMEM)
        agent.uffd_register(fd, addr, 2 * PAGE, abi.UFFDIO_REGISTER_MODE_WP)
        memory.write_protect(agent, fd, addr, 2 * PAGE)
        find_falsehood(agent, addr, what, given_away.get(what, "a marker"))


@tap.cases("shmem", "file")
def test_falsehood_of_a_file_is_found(kind):
    """Whose page it is: the page cache's, of a disk or of shmem."""
    with pages.subject() as agent:
        if kind == "shmem":
            fd = agent.memfd("shmem")
            agent.call("ftruncate", fd, 2 * PAGE)
        else:
            fd = agent.open(sys.executable, abi.O_RDONLY)
        addr = agent.mmap(subjects.BASE, 2 * PAGE, abi.PROT_READ, abi.MAP_SHARED | abi.MAP_FIXED,
                          fd)
        agent.read(addr, 2 * PAGE)
        other = "file" if kind == "shmem" else "shmem"
        find_falsehood(agent, addr, f"state {other}", "SWAPBACKED")
