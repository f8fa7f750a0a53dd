# SPDX-License-Identifier: GPL-2.0
"""One kernel: build the module for it, boot it, run the guest's tests there, judge its messages."""

import functools
import io
import shutil
import subprocess
from pathlib import Path
from typing import Optional

from host import accel, build, cache, judge, roots, vm
from host.errors import Failure
from host.kernels import Kernel

from . import probes

TOP = Path(__file__).resolve().parents[2]
GUEST = TOP / "tests/vm/guest"
# Seconds for all tests of a kernel, and for one of them: on a slow host a test takes minutes, and
# all an hour and more. What hangs is found by its silence.
TIMEOUT, SILENCE = 6 * 3600, 1200
# A debug kernel checks every access and every lock, and needs memory for what it knows of them.
DEBUG_SILENCE, DEBUG_MEMORY = 2 * SILENCE, 2048


def _do(*words) -> None:
    """Run a program of this machine; what it says goes into the Failure if it fails."""
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{words[0]} fails:\n{done.stderr}")


@functools.cache
def _programs(names: tuple) -> Path:
    """A folder with programs, which are the same for every kernel: built once in this process."""
    folder = build.folder("programs", variant="-".join(names))
    shutil.rmtree(folder)
    _do(GUEST / "build", folder, *names)
    return folder


def payload(root: roots.Root, folder: Path, *programs: str) -> None:
    """The guest's scripts, the module and programs (see guest/build; all if none), in folder."""
    shutil.copytree(GUEST, folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    with cache.lock("programs"):
        shutil.copytree(_programs(programs), folder, dirs_exist_ok=True)
    build.build(root, folder)
    for variant in build.VARIANTS:
        build.build_variant(root, variant, folder)
    # As distributions have their modules: nine tenths are debug data, which every load would copy.
    _do("strip", "--strip-debug", *folder.glob("*.ko"))


def boot(root: roots.Root, folder: Path, command: list, results: Path, longer: int = 0) -> tuple:
    """Run command in a machine, for so many seconds longer; what it printed, and the outcome."""
    output = io.BytesIO()
    silence = DEBUG_SILENCE if root.built else SILENCE
    options = vm.Options(timeout=TIMEOUT + longer, silence=silence + longer, payload=[folder],
                         results=results)
    if root.built:
        options = options._replace(memory=DEBUG_MEMORY)
    outcome = vm.run(root, command, options, sink=output, accel=accel.choose(root))
    if outcome.again:
        output.write(b"# booted once more: nothing of ours had run\n")
    return output.getvalue().decode(errors="replace"), outcome


def verdict(outcome: vm.Outcome) -> str:
    """What the end of a machine adds to the TAP of its tests: nothing if all is well."""
    lines = []
    if outcome.findings:
        lines += ["Bail out! the kernel complained"]
        lines += [f"# {line}" for line in judge.describe(outcome.findings).splitlines()]
    if not outcome.finished:
        lines += [f"Bail out! {outcome.trouble}"]
        lines += [f"# {line}" for line in outcome.console.splitlines()[-vm.CONSOLE_TAIL:]]
    elif outcome.status:
        lines += [f"Bail out! exit status {outcome.status}"]
    return "".join(f"{line}\n" for line in lines)


class Suite:
    """All tests of the guest, or those of calm alone, with so many seconds of stress."""

    seconds = 500
    boots = True

    def __init__(self, kernel: Kernel, soak: Optional[int] = None):
        self.name = f"{'soak' if soak else 'kernel'}-{kernel.name}"
        self.title = f"kernel {kernel.name} ({kernel.release})"
        self._kernel = kernel
        self._soak = soak or 0
        self._command = ["env", f"MERGESCOPE_SOAK={soak}", "./run", "calm"] if soak else ["./run"]

    def run(self, out: Path) -> str:
        results = out / self.name
        shutil.rmtree(results, ignore_errors=True)
        with roots.use(self._kernel) as root, cache.scratch("payload") as folder:
            payload(root, folder)
            headers = build.folder(root.name) / "module/compat"
            found = probes.tap(root.kernel.release, headers)
            # Two tests of calm last so long, the one beside ksmd five minutes at least.
            longer = self._soak and self._soak + max(self._soak, 300)
            text, outcome = boot(root, folder, self._command, results, longer)
        return found + text + verdict(outcome)
