# SPDX-License-Identifier: GPL-2.0
"""Processes that keep KSM busy: they fill their memory alike, and undo what it makes of it.

Run as a program, with a number to begin from, this is one of them.
"""

import contextlib
import ctypes
import mmap
import os
import random
import subprocess
import sys
import time

from . import abi, paths
from .abi import PAGE
from .pages import before

PAGES = 64
# Rules with nothing to judge here: nothing is swapped, and PR_SET_MEMORY_MERGE came with 6.4.
IDLE = ("swap-index", "ksm-flag") if before(6, 4) else ("swap-index",)


class Churn:
    """The memory of one process, and what is done to it."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._libc = ctypes.CDLL(None)
        self._memory = mmap.mmap(-1, PAGES * PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._actions = [self._fill, self._fill, self._write, self._forget, self._move, self._fork]
        # Who asks for merging everywhere, and then for none at one place, breaks ksm-flag himself.
        if seed % 2:
            self._libc.prctl(abi.PR_SET_MEMORY_MERGE, 1, 0, 0, 0)
        else:
            self._actions.append(self._unmerge)
        self._memory.madvise(abi.MADV_MERGEABLE)
        self._memory[:] = bytes([1]) * PAGES * PAGE

    def step(self):
        """Do something, and give ksmd the time that it needs: some scans."""
        self._random.choice(self._actions)()
        self._wait()

    def _pages(self):
        """Some of the pages, one after the other: the first, and how many."""
        first = self._random.randrange(PAGES)
        return first, self._random.randrange(1, PAGES - first + 1)

    def _fill(self):
        """As some other process does too."""
        first, count = self._pages()
        page = bytes([self._random.randrange(3)]) * PAGE
        self._memory[first * PAGE:(first + count) * PAGE] = page * count

    def _write(self):
        """As no other does."""
        first, _ = self._pages()
        self._memory[first * PAGE:first * PAGE + 8] = self._random.randbytes(8)

    def _wait(self):
        time.sleep(self._random.random())

    def _forget(self):
        first, count = self._pages()
        self._memory.madvise(mmap.MADV_DONTNEED, first * PAGE, count * PAGE)

    def _unmerge(self):
        first, count = self._pages()
        self._memory.madvise(abi.MADV_UNMERGEABLE, first * PAGE, count * PAGE)
        self._wait()
        self._memory.madvise(abi.MADV_MERGEABLE)

    def _move(self):
        """Another mapping: it does not fit where it is, as Python maps them one below the other."""
        with mmap.mmap(-1, 2 * PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as moved:
            moved.madvise(abi.MADV_MERGEABLE)
            moved[:] = bytes([1]) * 2 * PAGE
            self._wait()
            moved.resize(PAGES * PAGE)
            self._wait()

    def _fork(self):
        pid = os.fork()
        if not pid:
            self._fill()
            self._wait()
            os._exit(0)
        self._wait()
        os.waitpid(pid, 0)


@contextlib.contextmanager
def processes(count):
    """So many of them; their pids."""
    started = [subprocess.Popen([sys.executable, "-m", "lib.churn", str(seed)], cwd=paths.HERE)
               for seed in range(count)]
    try:
        yield [process.pid for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()


if __name__ == "__main__":
    subject = Churn(int(sys.argv[1]))
    while True:
        subject.step()
