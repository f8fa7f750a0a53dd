# SPDX-License-Identifier: GPL-2.0
"""A control group of its own, whose memory can be made short or be reclaimed."""

import contextlib
import errno
import os
import subprocess
from pathlib import Path

from . import memory

ROOT = Path("/sys/fs/cgroup")
GROUP = ROOT / "mergescope"


def members():
    return [int(pid) for pid in (GROUP / "cgroup.procs").read_text().split()]


def join(pid):
    """Whatever the process touches from now on is the group's."""
    (GROUP / "cgroup.procs").write_text(str(pid))


def reclaim(size):
    """Reclaim so many bytes of the group's memory, or what can be had of them."""
    try:
        (GROUP / "memory.reclaim").write_text(str(size))
    except OSError as error:
        if error.errno != errno.EAGAIN:
            raise


def _kill_members():
    pids = members()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    return bool(pids)


def empty():
    """Kill who is left in it, and wait until they are gone, and what they had open with them."""
    memory.wait_until(lambda: not _kill_members(), "the group's processes are gone")


def _is_removed():
    _kill_members()
    with contextlib.suppress(OSError):
        GROUP.rmdir()
        return True
    return False


@contextlib.contextmanager
def group(memory_high="max"):
    """The group, with so many bytes before the kernel swaps it out."""
    subprocess.run(["mount", "-t", "cgroup2", "cgroup2", ROOT], check=True)
    try:
        (ROOT / "cgroup.subtree_control").write_text("+memory")
        GROUP.mkdir()
        (GROUP / "memory.high").write_text(str(memory_high))
        try:
            yield
        finally:
            memory.wait_until(_is_removed, "the group is gone")
    finally:
        subprocess.run(["umount", ROOT], check=True)
