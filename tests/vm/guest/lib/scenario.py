# SPDX-License-Identifier: GPL-2.0
"""Plays scenarios with the command, on a machine that has what they ask for."""

import contextlib
import re
import subprocess
from pathlib import Path

from . import device, memory, module, paths

FOLDER = paths.BUILT / "scenarios"
OVERLAY = "/var/tmp"

_RESULT = re.compile(r"^(not ok|ok) \d+ (\S+) (\S+)(?: # SKIP (.*))?$")


def files(pattern="*/*.scn"):
    """Relative, so that what a test is called does not depend on where it is played."""
    return sorted(str(path.relative_to(paths.BUILT)) for path in FOLDER.glob(pattern))


@contextlib.contextmanager
def ext4(folder="/mnt"):
    """A folder on ext4, in the second of the RAM disks that memory.swap() makes."""
    Path("/dev/ram1").write_bytes((paths.BUILT / "ext4.img").read_bytes())
    subprocess.run(["mount", "-t", "ext4", "/dev/ram1", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def machine(**parameters):
    """Swap, an ext4, the devices, and the module; the folder on ext4."""
    with memory.swap(disks=2), ext4() as folder, device.loaded_module(), \
            module.loaded_module(**parameters):
        yield folder


def start(*arguments):
    """mergescope run, in the folder that files() is relative to."""
    return subprocess.Popen([paths.COMMAND, "run", *arguments], cwd=paths.BUILT,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Run:
    """What a run has printed, and its exit status."""

    def __init__(self, *arguments):
        with start(*arguments) as process:
            self.text, self.errors = process.communicate()
        self.status = process.returncode
        self.passed, self.failed, self.skipped = [], [], {}
        for line in self.text.splitlines():
            match = _RESULT.match(line)
            if match:
                self._note(*match.groups())

    def _note(self, verdict, name, variant, reason):
        if reason:
            self.skipped[f"{name} {variant}"] = reason
        elif verdict == "ok":
            self.passed.append(f"{name} {variant}")
        else:
            self.failed.append(f"{name} {variant}")

    def notes(self):
        """All lines of what failed."""
        lines, failing = [], False
        for line in self.text.splitlines():
            if _RESULT.match(line):
                failing = line.startswith("not ok")
            if failing:
                lines.append(line)
        return lines
