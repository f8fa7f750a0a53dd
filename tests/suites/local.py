# SPDX-License-Identifier: GPL-2.0
"""Suites that need no kernel: programs that print TAP."""

import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

# Name, program, and about how many seconds it takes.
SUITES = (
    ("unit", "tests/unit/run", 30),
    ("mutants", "tests/unit/mutants", 70),
    ("sim-mutants", "tests/sim/mutants", 60),
    ("lint", "tests/lint/run", 5),
    ("fuzz", "tests/fuzz/run", 50),
    ("command", "tests/command/run", 40),
    ("machinery", "tests/vm/selftest/run", 300),
)


class Suite:
    boots = False

    def __init__(self, name: str, command: str, seconds: int):
        self.name = name
        self.seconds = seconds
        self.title = f"{name} ({command})"
        self._command = TOP / command

    def run(self, _out: Path) -> str:
        done = subprocess.run([self._command], cwd=TOP, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
        # A program that fails and yet prints only successes must not pass.
        bail = f"Bail out! exit status {done.returncode}\n" if done.returncode else ""
        return done.stdout + bail
