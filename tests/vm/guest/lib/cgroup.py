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


def _kill_rest():
    """
    Kill who is left; true if they are gone, and what they had open with them: cgroup.procs leaves
    out who has only begun to exit (kernel/cgroup/cgroup.c:css_task_iter_advance()).
    """
    for pid in members():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    return "populated 0\n" in (GROUP / "cgroup.events").read_text()


def empty():
    """Kill who is left in it, and wait until they are gone."""
    memory.wait_until(_kill_rest, "the group's processes are gone")


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
            empty()
            GROUP.rmdir()
    finally:
        subprocess.run(["umount", ROOT], check=True)
