# SPDX-License-Identifier: GPL-2.0
"""Loads mergescope_device, for scenarios that map devices; see tests/device/main.c."""

import contextlib
import subprocess
from pathlib import Path

from . import paths, tap

MODULE = str(paths.BUILT / "mergescope_device.ko")
FOLDER = Path("/dev/mergescope-device")


def insmod(*parameters):
    """The finished insmod; it may have failed."""
    return subprocess.run(["insmod", MODULE, *parameters], capture_output=True, text=True)


@contextlib.contextmanager
def loaded_module():
    run = insmod("for_tests=1")
    tap.true(not run.returncode, f"insmod: {run.stderr}")
    try:
        yield
    finally:
        subprocess.run(["rmmod", "mergescope_device"], check=True)
