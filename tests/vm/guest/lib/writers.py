# SPDX-License-Identifier: GPL-2.0
"""A process with pages for KSM whose mmap_lock is never free: writers wait for it all the time.

Run as a program this is it: it prints where its pages are, and begins when it is sent a line.
"""

import contextlib
import ctypes
import mmap
import subprocess
import sys
import threading

from . import abi, paths
from .abi import PAGE

PAGES = 256
# Many more than there are processors to spin on: the others wait in line, and as long as one does,
# who only tries for a reader's lock does not get it.
WRITERS = 16
# What each protects anew, all the time: enough that the others are back in line before it is done.
LENGTH = 4 << 20

_libc = ctypes.CDLL(None)
_libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def _filled(length, *advice):
    """Memory, all of it there, and its address."""
    memory = mmap.mmap(-1, length, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for one in advice:
        memory.madvise(one)
    for offset in range(0, length, PAGE):
        memory[offset] = 1
    return memory, ctypes.addressof(ctypes.c_char.from_buffer(memory))


def _write(addr):
    while True:
        _libc.mprotect(addr, LENGTH, abi.PROT_READ)
        _libc.mprotect(addr, LENGTH, abi.RW)


class Busy:
    """The process: its pid, where its pages are, and start()."""

    def __init__(self, process):
        self._process, self.pid = process, process.pid
        self.addr = int(process.stdout.readline())

    def start(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._process.stdout.readline()


@contextlib.contextmanager
def process():
    with subprocess.Popen([sys.executable, "-m", "lib.writers"], cwd=paths.HERE, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        try:
            yield Busy(started)
        finally:
            started.kill()


def main():
    regions = [_filled(LENGTH, mmap.MADV_NOHUGEPAGE) for _ in range(WRITERS)]
    mergeable, addr = _filled(PAGES * PAGE, abi.MADV_MERGEABLE)
    print(addr, flush=True)
    sys.stdin.readline()
    for _, region in regions:
        threading.Thread(target=_write, args=(region,), daemon=True).start()
    print(flush=True)
    sys.stdin.readline()
    mergeable.close()


if __name__ == "__main__":
    main()
