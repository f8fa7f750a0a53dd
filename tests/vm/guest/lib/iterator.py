# SPDX-License-Identifier: GPL-2.0
"""Reads tests/vm/bpf/vma_iter.bpf.c: a process's VMAs as the kernel's own BTF describes them."""

import contextlib
import functools
import subprocess
from pathlib import Path
from typing import NamedTuple

from . import paths

PIN = Path("/sys/fs/bpf/mergescope-vmas")
MAX_AVCS = 64
NO_ANON_PGOFF = (1 << 64) - 1


class Row(NamedTuple):
    """One VMA; the last five are kernel addresses, 0 for none."""
    start: int
    end: int
    pgoff: int
    anon_pgoff: int
    avcs: int
    vma: int
    anon_vma: int
    root: int
    file: int
    uffd: int


def _bpftool(*words):
    run = subprocess.run(["bpftool", *map(str, words)], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    if run.returncode:
        raise RuntimeError(f"bpftool {' '.join(map(str, words))}: {run.stdout}")


@contextlib.contextmanager
def pinned():
    _bpftool("iter", "pin", paths.BPF_ITERATOR, PIN)
    try:
        yield
    finally:
        PIN.unlink()


def rows(pid):
    """The VMAs of a process, by address; the iterator must be pinned."""
    little = pid.to_bytes(4, "little").hex(" ").split()
    _bpftool("map", "update", "name", "wanted", "key", "hex", 0, 0, 0, 0, "value", "hex", *little)
    number = functools.partial(int, base=16)
    return [Row._make(map(number, line.split())) for line in PIN.read_text().splitlines()]
