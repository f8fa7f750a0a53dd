# SPDX-License-Identifier: GPL-2.0
"""Loads mergescope_mutate and has it corrupt a stopped process; see tests/mutate/mutation.h."""

import contextlib
import os
import subprocess
import threading
import time
from pathlib import Path

from . import module, paths

MODULE = str(paths.BUILT / "mergescope_mutate.ko")
FOLDER = Path("/sys/kernel/debug/mergescope_mutate")


def insmod(*parameters):
    """The finished insmod, for what it says when it fails."""
    return subprocess.run(["insmod", MODULE, *parameters], capture_output=True, text=True)


def loaded():
    return Path("/sys/module/mergescope_mutate").exists()


def unload():
    module.remove("mergescope_mutate")


@contextlib.contextmanager
def loaded_module():
    module.insert(MODULE, "i_know=1")
    try:
        yield
    finally:
        if loaded():
            unload()


def write(command):
    """One write to the control file; an OSError has its errno."""
    fd = os.open(FOLDER / "control", os.O_WRONLY)
    try:
        os.write(fd, command.encode())
    finally:
        os.close(fd)


def apply(kind, pid, addr, other=0):
    write(f"{kind} {pid} {addr:#x}" + (f" {other:#x}" if other else ""))


def undo():
    write("undo")


def pin(pid, addr):
    """Keep the folio of a page of a stopped process until the module is unloaded."""
    write(f"pin {pid} {addr:#x}")


def holding_ksm():
    """_holding() ksm_thread_mutex."""
    return _holding("hold")


def holding_mm(pid):
    """_holding() the mmap_lock of a stopped process, for writing."""
    return _holding(f"hold {pid}")


@contextlib.contextmanager
def _holding(command):
    """
    Within, a lock is not to be had, for a minute at most. Yields a function that tells whether that
    is still so: who asks it afterwards knows of all that came before. In the end it is free.
    """
    thread = threading.Thread(target=write, args=(command,))
    thread.start()
    try:
        while thread.is_alive() and not current().endswith(" holding"):
            time.sleep(0.01)
        yield thread.is_alive
    finally:
        write("release")
        thread.join()


@contextlib.contextmanager
def pinned(pid, addr):
    """Within, the folio of a page is kept; the process is stopped when it begins."""
    pin(pid, addr)
    try:
        yield
    finally:
        write("unpin")


def current():
    return (FOLDER / "control").read_text().strip()


def kinds():
    """The names of all kinds."""
    return [line.split()[0] for line in (FOLDER / "kinds").read_text().splitlines()]


@contextlib.contextmanager
def mutated(kind, pid, addr, other=0):
    apply(kind, pid, addr, other)
    try:
        yield
    finally:
        undo()
