# SPDX-License-Identifier: GPL-2.0
"""Allocations that fail on request, one at a time, on a kernel that was built for it."""

import contextlib
import errno
import os
import re
from pathlib import Path

from . import tap

FOLDERS = (Path("/sys/kernel/debug/failslab"), Path("/sys/kernel/debug/fail_page_alloc"))
NTH = Path("/proc/self/fail-nth")
# Silent, and without the exceptions that leave next to nothing to fail.
SETTINGS = {"verbose": 0, "ignore-gfp-wait": "N", "cache-filter": "N", "ignore-gfp-highmem": "N",
            "min-order": 0, "stacktrace-depth": 32}
EVERYWHERE = (0, (1 << 64) - 1)


def need():
    for path in (NTH, *FOLDERS):
        if not path.exists():
            raise tap.Skip(f"no {path}: CONFIG_FAULT_INJECTION is not set")


def module_text():
    """Where the code of the module is that is loaded; nothing else is in that range."""
    found = re.search(r"^mergescope (\d+) .*\b(0x[0-9a-f]+)", Path("/proc/modules").read_text(),
                      re.M)
    start = int(found.group(2), 16)
    return start, start + int(found.group(1))


def kernel_function(name):
    """Where a function of the kernel is."""
    text = Path("/proc/kallsyms").read_text()
    symbols = sorted({int(line.split()[0], 16) for line in text.splitlines()})
    start = int(re.search(rf"^([0-9a-f]+) [tT] {name}$", text, re.M).group(1), 16)
    return start, symbols[symbols.index(start) + 1]


def _confine(code):
    for folder in FOLDERS:
        for name, address in zip(("require-start", "require-end"), code):
            (folder / name).write_text(f"{address:#x}")


@contextlib.contextmanager
def confined(code):
    """Only allocations that code in this range asked for, itself or further down, can fail."""
    for folder in FOLDERS:
        for name, value in SETTINGS.items():
            if (folder / name).exists():
                (folder / name).write_text(str(value))
    _confine(code)
    try:
        yield
    finally:
        _confine(EVERYWHERE)


def fail_nth(number, function):
    """Call with this process's next but so many allocation failing.

    Returns whether one failed, the errno or 0, and what the function returned.
    """
    result, error = None, 0
    fd = os.open(NTH, os.O_RDWR)
    try:
        os.write(fd, str(number).encode())
        try:
            result = function()
        except OSError as failure:
            error = failure.errno
        failed = int(os.pread(fd, 20, 0)) == 0
        os.write(fd, b"0")
    finally:
        os.close(fd)
    return failed, error, result


def fail_each(function, check, undo=lambda: None, limit=5000):
    """Call once for each allocation, which fails, until none is left; how many there were.

    Whatever fails, the outcome is ENOMEM, or a result that check() finds whole: an allocation may
    have a substitute.
    """
    refused = 0
    for number in range(1, limit):
        failed, error, result = fail_nth(number, function)
        if error:
            tap.equal(errno.errorcode[error], "ENOMEM", f"with allocation {number} failing")
            refused += 1
        else:
            check(result)
            undo()
        if not failed:
            tap.equal(error, 0, "error although nothing failed")
            tap.true(refused, f"none of {number - 1} allocations was missed")
            return number - 1
    raise tap.Failed(f"still allocating after {limit} allocations")
