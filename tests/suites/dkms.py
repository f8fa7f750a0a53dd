# SPDX-License-Identifier: GPL-2.0
"""Installing: by make, and by DKMS, which refuses a kernel without KSM or debugfs.

dkms runs in the kernel's build root, and what it builds for is never the running kernel: uname of
host/ sees to that. What it installs is then loaded with modprobe in a machine that runs the kernel.
"""

import shutil
import subprocess
from pathlib import Path

from host import cache, roots, sandbox, sources
from host.kernels import Kernel

from . import machine

HERE = Path(__file__).resolve().parent
INSTALL, DKMS, MODPROBE, TAP = (HERE / f"{name}.sh" for name in
                                ("install", "dkms", "modprobe", "tap"))
# What the command is linked with, which the build roots lack: they have what the module takes.
JSON_C = ("/usr/include/json-c", "/usr/lib/x86_64-linux-gnu/libjson-c.a")
# The oldest and the newest series differ most: dkms itself, module compression, signing.
SERIES = ("6.1", "7.3")


def choose(chosen: list) -> list:
    return [kernel for kernel in chosen if kernel.name in SERIES]


class Suite:
    seconds = 200
    boots = True

    def __init__(self, kernel: Kernel):
        self.name = f"dkms-{kernel.name}"
        self.title = f"dkms {kernel.name} ({kernel.release})"
        self._kernel = kernel

    def _in_root(self, script: Path, root: roots.Root, source: Path, installed: Path) -> str:
        """Run a script for this kernel in its root; its TAP."""
        binds = [sandbox.Bind(source, "/src", True), sandbox.Bind(installed, "/installed"),
                 sandbox.Bind(HERE, "/suites", True)]
        binds += [sandbox.Bind(Path(path), path, True) for path in JSON_C]
        done = sandbox.run(root.tree, binds, [f"/suites/{script.name}", self._kernel.release],
                           writable=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, errors="replace")
        bail = f"Bail out! exit status {done.returncode}\n" if done.returncode else ""
        return done.stdout + bail

    def run(self, out: Path) -> str:
        results = out / self.name
        shutil.rmtree(results, ignore_errors=True)
        with roots.use(self._kernel) as root, cache.scratch("dkms") as work:
            source, installed = work / "source", work / "installed"
            source.mkdir()
            installed.mkdir()
            sources.sync(source)
            shutil.copytree(machine.TOP / "userspace", source / "userspace")
            text = self._in_root(INSTALL, root, source, installed)
            text += self._in_root(DKMS, root, source, installed)
            for script in (MODPROBE, TAP):
                shutil.copy2(script, installed)
            loaded, outcome = machine.boot(root, installed, ["./modprobe.sh"], results)
        return text + loaded + machine.verdict(outcome)
