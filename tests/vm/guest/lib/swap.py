# SPDX-License-Identifier: GPL-2.0
"""Where a process's pages are, in memory or in swap."""

import struct
import time
from pathlib import Path

from .abi import PAGE

MADV_PAGEOUT = 21


def _entry(pid, addr):
    with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap:
        pagemap.seek(addr // PAGE * 8)
        return struct.unpack("Q", pagemap.read(8))[0]


def is_swapped(pid, addr):
    return bool(_entry(pid, addr) >> 62 & 1)


def page_out(agent, addr, seconds=30):
    """Swap out a page of an agent. One that another processor has only just put on its list of new
    pages is passed over, until that list is drained."""
    deadline = time.monotonic() + seconds
    while not is_swapped(agent.pid, addr):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{addr:#x} of {agent.pid} is not swapped out")
        Path("/proc/sys/vm/compact_memory").write_text("1")
        agent.madvise(addr, PAGE, MADV_PAGEOUT)


def frame(pid, addr):
    """The page frame of a page that is present."""
    entry = _entry(pid, addr)
    assert entry >> 63, f"nothing is present at {addr:#x} of {pid}"
    return entry & (1 << 55) - 1


def peek(pid, addr, length):
    """Read a process's memory from outside, which faults it in; the process may be stopped."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(addr)
        return memory.read(length)
