# SPDX-License-Identifier: GPL-2.0
"""What-if's early-ksm, proved between two kernels.

On one before 6.17, PR_SET_MEMORY_MERGE keeps new mappings from merging, and the module predicts
what the address space of a program would be without that. The same programs, out of the same root
file system, then run on a kernel after 6.17, which must have just these VMAs: as many of each kind,
and of these sizes, by address. Addresses are not compared: what is mapped without one goes below
what the kernel itself has mapped, which differs.
"""

import re
import shutil
from pathlib import Path
from typing import Optional

from host import cache, kernels, roots

from . import machine

# In 6.4 the prctl came, and in 6.17 the remedy.
FIRST, REMEDY = kernels.ordinal("6.4"), kernels.ordinal("6.17")
LINE = re.compile(r"^vmas (\S+) (now|then) (\S+) (\d+) (\S+)$", re.MULTILINE)
# Of each program: VMAs that there are fewer of, at the least.
FEWER = {"python3": 50, "small_regions": 9000}


class Borrowed:
    """A root's kernel with another root's file system."""

    def __init__(self, root: roots.Root, lender: roots.Root):
        self._root = root
        self.squashfs = lender.squashfs

    def __getattr__(self, name: str):
        return getattr(self._root, name)


def choose(chosen: list) -> list:
    """The newest kernel before the remedy and the newest of all; nothing without both."""
    cloud = [kernel for kernel in chosen if "-" not in kernel.name]
    before = [kernel for kernel in cloud if FIRST <= kernels.ordinal(kernel.series) < REMEDY]
    after = [kernel for kernel in cloud if kernels.ordinal(kernel.series) >= REMEDY]
    return [(before[-1], after[-1])] if before and after else []


def vmas(text: str, program: str, moment: str) -> dict:
    """Kind of VMA to (number, sizes)."""
    return {kind: (int(number), sizes)
            for name, when, kind, number, sizes in LINE.findall(text)
            if (name, when) == (program, moment)}


def total(found: dict) -> int:
    return sum(number for number, _sizes in found.values())


def differences(predicted: dict, found: dict) -> list:
    """A comment for each kind of VMA of which there is something else than was predicted."""
    none = (0, "-")
    return [f"# {kind}: predicted {predicted.get(kind, none)}, found {found.get(kind, none)}"
            for kind in sorted({*predicted, *found}) if predicted.get(kind) != found.get(kind)]


def compare(before: str, after: str) -> str:
    """The TAP of what the two kernels printed."""
    lines = ["TAP version 13", f"1..{2 * len(FEWER)}"]
    for number, (program, fewer) in enumerate(FEWER.items()):
        now, then = (vmas(before, program, moment) for moment in ("now", "then"))
        merged = total(now) - total(then)
        different = differences(then, vmas(after, program, "now"))
        lines += [f"{'ok' if merged >= fewer else 'not ok'} {2 * number + 1} - {merged} VMAs of "
                  f"{program} are predicted to merge",
                  f"{'not ok' if different else 'ok'} {2 * number + 2} - {program} has the VMAs "
                  "that early-ksm predicted", *different]
    return "\n".join(lines) + "\n"


class Suite:
    seconds = 120
    boots = True

    def __init__(self, pair: tuple):
        self._before, self._after = pair
        self.name = "early-ksm"
        self.title = f"early-ksm ({self._before.release}, {self._after.release})"

    def _run(self, kernel, lender: Optional[roots.Root], out: Path) -> tuple:
        """What a kernel prints, and what its machine's end adds to that."""
        results = out / f"{self.name}-{kernel.name}"
        shutil.rmtree(results, ignore_errors=True)
        with roots.use(kernel) as root, cache.scratch("payload") as folder:
            machine.payload(root, folder, "agent")
            guest = Borrowed(root, lender) if lender else root
            text, outcome = machine.boot(guest, folder, ["./early_ksm"], results)
        return text, machine.verdict(outcome)

    def run(self, out: Path) -> str:
        with roots.use(self._before) as lender:
            before, trouble = self._run(self._before, None, out)
            after, more = self._run(self._after, lender, out)
        shown = "".join(f"# {line}\n" for line in (before + after).splitlines())
        return compare(before, after) + shown + trouble + more
