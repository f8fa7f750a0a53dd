# SPDX-License-Identifier: GPL-2.0
"""Reads /proc/PID/pagemap, /proc/kpageflags and /proc/kpagecount."""

import os
import struct
from typing import NamedTuple

from .abi import PAGE

# Bits of /proc/kpageflags.
(SWAPCACHE, SWAPBACKED, HEAD, TAIL, HUGETLB, HWPOISON, NOPAGE, KSM, THP, ZERO, ANON, MLOCKED) = (
    1 << bit for bit in (13, 14, 15, 16, 17, 19, 20, 21, 22, 24, 12, 33))
# Bits of a pagemap entry that hold the type of a swap entry, below its offset.
SWAP_TYPE_BITS = 5


class Entry(NamedTuple):
    """A pagemap entry of a page."""
    value: int

    @property
    def present(self):
        return bool(self.value >> 63 & 1)

    @property
    def swapped(self):
        return bool(self.value >> 62 & 1)

    @property
    def file(self):
        return bool(self.value >> 61 & 1)

    @property
    def uffd_wp(self):
        return bool(self.value >> 57 & 1)

    @property
    def exclusive(self):
        return bool(self.value >> 56 & 1)

    @property
    def swap_type(self):
        """Of a page that is not present: the number of a swap area, or beyond them a kind."""
        return self.value & ((1 << SWAP_TYPE_BITS) - 1)

    @property
    def frame(self):
        """The page frame number; of a swap entry, its type and offset."""
        return self.value & ((1 << 55) - 1)


def entries(pid, addr, count):
    """The entries of count pages from addr on."""
    with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as file:
        data = os.pread(file.fileno(), 8 * count, addr // PAGE * 8)
        while len(data) < 8 * count:
            more = os.pread(file.fileno(), 8 * count - len(data), addr // PAGE * 8 + len(data))
            if not more:
                raise ValueError(f"pagemap of {pid} ends after {len(data) // 8} of {count} pages")
            data += more
    return [Entry(value) for value in struct.unpack(f"<{count}Q", data)]


class Frames:
    """What the kernel says of page frames; open for as long as the context lasts."""

    def __enter__(self):
        self._flags = os.open("/proc/kpageflags", os.O_RDONLY)
        self._counts = os.open("/proc/kpagecount", os.O_RDONLY)
        return self

    def __exit__(self, *_exception):
        os.close(self._flags)
        os.close(self._counts)

    @staticmethod
    def _read(fd, frame):
        data = os.pread(fd, 8, frame * 8)
        return struct.unpack("<Q", data)[0] if data else NOPAGE

    def flags(self, frame):
        return self._read(self._flags, frame)

    def count(self, frame):
        """How often it is mapped."""
        return self._read(self._counts, frame)
