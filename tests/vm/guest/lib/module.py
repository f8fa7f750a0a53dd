# SPDX-License-Identifier: GPL-2.0
"""Loads and unloads the module, and reads its files."""

import contextlib
import ctypes
import os
import time

from . import abi, paths
from .report import Report

_libc = ctypes.CDLL(None, use_errno=True)


def _syscall(number, *args):
    value = _libc.syscall(ctypes.c_long(number), *args)
    if value < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return value


def insert(path, parameters):
    """insmod of any module; an OSError has the errno with which the kernel refused."""
    with open(path, "rb") as file:
        _syscall(abi.SYS_FINIT_MODULE, ctypes.c_int(file.fileno()), parameters.encode(), 0)


def remove(name):
    """rmmod of any module, without waiting."""
    _syscall(abi.SYS_DELETE_MODULE, name.encode(), os.O_NONBLOCK)


def load(variant="", **parameters):
    """insert() it; variant: one of those of tests/vm/host/build.py."""
    insert(paths.variant(variant),
           " ".join(f'{key}="{value}"' for key, value in parameters.items()))


def unload():
    """remove() it."""
    remove("mergescope")


def loaded():
    return paths.PARAMETERS.parent.exists()


@contextlib.contextmanager
def loaded_module(variant="", **parameters):
    load(variant, **parameters)
    try:
        yield
    finally:
        unload_soon()


def unload_soon(seconds=120):
    """rmmod, waiting a little for a reader that is just being killed."""
    deadline = time.monotonic() + seconds
    while loaded():
        try:
            unload()
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def write_parameter(name, text):
    """One write to a parameter file, as echo does it."""
    fd = os.open(paths.PARAMETERS / name, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def parameter(name):
    return (paths.PARAMETERS / name).read_text().strip()


def set_targets(text):
    write_parameter("targets", text)


def targets():
    """PIDs of the directories that are there."""
    return sorted(int(entry.name) for entry in paths.DEBUGFS.iterdir() if entry.name.isdigit())


@contextlib.contextmanager
def parameter_set(name, value):
    before = parameter(name)
    write_parameter(name, str(value))
    try:
        yield
    finally:
        write_parameter(name, before)


@contextlib.contextmanager
def target(pid):
    set_targets(f"+{pid}")
    try:
        yield
    finally:
        set_targets(f"-{pid}")


def read(pid, name="vmas"):
    return (paths.DEBUGFS / str(pid) / name).read_bytes()


def report(pid, name="vmas"):
    return Report(read(pid, name))


def report_of(pid):
    """The report of a process that need not be a target."""
    with target(pid):
        return report(pid)
