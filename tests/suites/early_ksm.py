# SPDX-License-Identifier: GPL-2.0
"""What-if's early-ksm, proved between two kernels.

On one before 6.17, PR_SET_MEMORY_MERGE keeps new mappings from merging, and the module predicts
what the address space of a program would be without that. The same programs, out of the same root
file system, then run on a kernel after 6.17, which must have just these VMAs.
"""

import re
import shutil
from pathlib import Path
from typing import Optional

from host import cache, kernels, roots

from . import machine

# In 6.4 the prctl came, and in 6.17 the remedy.
FIRST, REMEDY = kernels.ordinal("6.4"), kernels.ordinal("6.17")
LINE = re.compile(r"^vmas (\S+) (now|then) (\S+) (\d+)$", re.MULTILINE)


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


def counts(text: str, moment: str) -> dict:
    """(program, kind of VMA) to number."""
    return {(program, kind): int(number) for program, when, kind, number in LINE.findall(text)
            if when == moment}


def compare(before: str, after: str) -> str:
    """The TAP of what the two kernels printed."""
    predicted, found = counts(before, "then"), counts(after, "now")
    programs = sorted({program for program, _kind in predicted | found})
    lines = ["TAP version 13", f"1..{len(programs) + 1}"]
    saved = sum(counts(before, "now").values()) - sum(predicted.values())
    lines.append(f"{'ok' if saved > 9000 else 'not ok'} 1 - something is predicted to merge")
    for number, program in enumerate(programs, 2):
        kinds = {kind for name, kind in predicted | found if name == program}
        differences = [f"# {kind}: predicted {predicted.get((program, kind), 0)}, "
                       f"found {found.get((program, kind), 0)}" for kind in sorted(kinds)
                       if predicted.get((program, kind)) != found.get((program, kind))]
        lines.append(f"{'not ok' if differences else 'ok'} {number} - {program} has the VMAs that "
                     "early-ksm predicted")
        lines += differences
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
