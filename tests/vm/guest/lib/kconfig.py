# SPDX-License-Identifier: GPL-2.0
"""What the kernel was built with, where it says so itself: the debug kernel does."""

import functools
import gzip
from pathlib import Path

CONFIG = Path("/proc/config.gz")


@functools.cache
def _lines():
    return gzip.decompress(CONFIG.read_bytes()).decode().splitlines() if CONFIG.exists() else ()


def has(option):
    """Whether an option is known to be set."""
    return f"CONFIG_{option}=y" in _lines()
