# SPDX-License-Identifier: GPL-2.0
"""Where a process's pages are, and what is in them."""

import struct
from pathlib import Path

from .abi import PAGE


def _entry(pid, addr):
    with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap:
        pagemap.seek(addr // PAGE * 8)
        return struct.unpack("Q", pagemap.read(8))[0]


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
