# SPDX-License-Identifier: GPL-2.0
"""Memory of two NUMA nodes: where a page is, and how it gets to the other one."""

import ctypes
import os
import time

from . import abi, tap
from .abi import PAGE
from .memory import compact

NEAR, FAR = 0, 1

_libc = ctypes.CDLL(None, use_errno=True)


def _move_pages(pid, addr, count, node):
    """move_pages(2) to a node, or, without one, nowhere: the state of each page."""
    pages = (ctypes.c_void_p * count)(*range(addr, addr + count * PAGE, PAGE))
    nodes = None if node is None else (ctypes.c_int * count)(*[node] * count)
    status = (ctypes.c_int * count)()
    # The rest that stays is also in the result; what became of each, in status.
    if _libc.syscall(ctypes.c_long(abi.SYS_MOVE_PAGES), pid, ctypes.c_ulong(count), pages, nodes,
                     status, abi.MPOL_MF_MOVE_ALL) < 0:
        raise OSError(ctypes.get_errno(), f"move_pages: {os.strerror(ctypes.get_errno())}")
    return list(status)


def of(pid, addr, count):
    """The node of each page; an errno, negative, of one that is not there."""
    return _move_pages(pid, addr, count, None)


def move(pid, addr, count, node, seconds=60):
    """Until all are there: what is on no LRU list yet cannot be moved."""
    deadline = time.monotonic() + seconds
    while True:
        _move_pages(pid, addr, count, node)
        there = of(pid, addr, count)
        if there == [node] * count:
            return
        tap.true(time.monotonic() < deadline, f"pages at {addr:#x} of {pid}: on nodes {there}")
        compact()
