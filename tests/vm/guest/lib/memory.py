# SPDX-License-Identifier: GPL-2.0
"""Brings an agent's pages into every state: huge, swapped out, merged, watched, moved."""

import contextlib
import errno
import struct
import subprocess
import time
from pathlib import Path

from . import pagemap, tap
from .abi import MADV_HUGEPAGE, PAGE
from .pages import THP, before, setting

HUGE = 2 << 20
HUGE_PAGES = HUGE // PAGE

MADV_DONTNEED, MADV_PAGEOUT = 4, 21
MADV_HWPOISON, MADV_SOFT_OFFLINE = 100, 101

UFFD_WP_SHMEM, UFFD_WP_UNPOPULATED, UFFD_POISON, UFFD_MOVE, UFFD_RWP = (
    1 << bit for bit in (12, 13, 14, 16, 17))
# The release that brought each; the first is older than any kernel here.
UFFD_SINCE = {UFFD_WP_UNPOPULATED: (6, 4), UFFD_POISON: (6, 6), UFFD_MOVE: (6, 8),
              UFFD_RWP: (7, 3)}
UFFDIO_API, UFFDIO_MOVE = 0xc018aa3f, 0xc028aa05
UFFDIO_WRITEPROTECT, UFFDIO_POISON = 0xc018aa06, 0xc020aa08
UFFDIO_RWPROTECT, UFFDIO_REGISTER_MODE_RWP = 0xc018aa09, 1 << 3

VM = Path("/proc/sys/vm")
KSM = Path("/sys/kernel/mm/ksm")
SWAP_MIB = 128


def compact():
    """Also empties the lists of pages that each processor keeps back from the LRU."""
    (VM / "compact_memory").write_text("1")


def leave_pages_alone():
    """khugepaged and kcompactd do nothing of their own accord, but for what they do right now."""
    # The longest time there is (kernel/time/time.c:__msecs_to_jiffies()).
    for path, value in ((THP / "khugepaged/scan_sleep_millisecs", "4294967295"),
                        (Path("/proc/sys/vm/compaction_proactiveness"), "0")):
        if path.exists():
            path.write_text(value)


# Huge pages.

def huge(agent, addr, count=1):
    """Map count huge pages, where huge pages are wanted; nothing is touched."""
    agent.mmap(addr, count * HUGE)
    agent.madvise(addr, count * HUGE, MADV_HUGEPAGE)
    return addr


# userfaultfd.

def uffd(agent, features=0):
    """A userfaultfd with one of these features; skips where the kernel is too old to have it."""
    fd = agent.call("userfaultfd", 0)
    try:
        agent.call("ioctl", fd, UFFDIO_API, agent.put(struct.pack("<3Q", 0xaa, features, 0), 1024))
    except OSError as error:
        if error.errno != errno.EINVAL or not before(*UFFD_SINCE.get(features, (0, 0))):
            raise
        raise tap.Skip(f"UFFDIO_API refuses the feature {features:#x}: EINVAL") from None
    return fd


def write_protect(agent, fd, addr, length, on=True):
    agent.call("ioctl", fd, UFFDIO_WRITEPROTECT,
               agent.put(struct.pack("<3Q", addr, length, int(on)), 1024))


def read_write_protect(agent, fd, addr, length):
    agent.call("ioctl", fd, UFFDIO_RWPROTECT,
               agent.put(struct.pack("<3Q", addr, length, 1), 1024))


def poison(agent, fd, addr, length):
    agent.call("ioctl", fd, UFFDIO_POISON,
               agent.put(struct.pack("<4Q", addr, length, 0, 0), 1024))


def move(agent, fd, to, addr, length):
    agent.call("ioctl", fd, UFFDIO_MOVE,
               agent.put(struct.pack("<5Q", to, addr, length, 0, 0), 1024))


# Swap.

def _do(*command):
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    tap.true(run.returncode == 0, f"{' '.join(command)}: {run.stdout}")


def _remove_disks(seconds=120):
    """rmmod, waiting for whoever still has a disk open: a stressor being killed, a swapoff."""
    deadline = time.monotonic() + seconds
    while subprocess.run(["rmmod", "brd"], capture_output=True).returncode:
        if time.monotonic() > deadline:
            _do("rmmod", "brd")
        time.sleep(0.1)


@contextlib.contextmanager
def swap(disks=1):
    """Swap in the first of some RAM disks, a module of every kernel here."""
    _do("modprobe", "brd", f"rd_nr={disks}", f"rd_size={SWAP_MIB << 10}")
    try:
        _do("mkswap", "/dev/ram0")
        _do("swapon", "/dev/ram0")
        try:
            yield
        finally:
            _do("swapoff", "/dev/ram0")
    finally:
        _remove_disks()


def page_out(agent, addr, count, seconds=120):
    """MADV_PAGEOUT until every page is a swap entry: it passes by what is on no LRU list yet."""
    deadline = time.monotonic() + seconds
    while True:
        agent.madvise(addr, count * PAGE, MADV_PAGEOUT)
        left = sum(not entry.swapped for entry in pagemap.entries(agent.pid, addr, count))
        if not left:
            return
        tap.true(time.monotonic() < deadline, f"{left} of {count} pages at {addr:#x} stay")
        compact()


# KSM.

@contextlib.contextmanager
def ksm_running(zero_pages=False):
    """ksmd at work; in the end everything is unmerged and its pages are let go."""
    with contextlib.ExitStack() as stack:
        for name, value in (("use_zero_pages", str(int(zero_pages))), ("sleep_millisecs", "2"),
                            ("pages_to_scan", "4000")):
            stack.enter_context(setting(KSM / name, value))
        (KSM / "run").write_text("1")
        try:
            yield
        finally:
            (KSM / "run").write_text("2")
            (KSM / "run").write_text("0")


def wait_until(condition, what, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        tap.true(time.monotonic() < deadline, f"not within {seconds} s: {what}")
        time.sleep(0.02)
