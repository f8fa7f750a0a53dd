# SPDX-License-Identifier: GPL-2.0
"""Suites that are not of a kernel: programs that print TAP."""

import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

# Name, program, about how many seconds it takes, and whether it boots machines.
SUITES = (
    ("unit", "tests/unit/run", 30, False),
    ("mutants", "tests/unit/mutants", 120, False),
    ("sim-mutants", "tests/sim/mutants", 30, False),
    ("lint", "tests/lint/run", 5, False),
    ("fuzz", "tests/fuzz/run", 50, False),
    ("command", "tests/command/run", 40, False),
    ("machinery", "tests/vm/selftest/run", 250, True),
)


class Suite:
    def __init__(self, name: str, command: str, seconds: int, boots: bool):
        self.name = name
        self.boots = boots
        self.seconds = seconds
        self.title = f"{name} ({command})"
        self._command = TOP / command

    def run(self, _out: Path) -> str:
        done = subprocess.run([self._command], cwd=TOP, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
        # A program that fails and yet prints only successes must not pass.
        bail = f"Bail out! exit status {done.returncode}\n" if done.returncode else ""
        return done.stdout + bail
