# SPDX-License-Identifier: GPL-2.0
"""Suites that need no kernel: programs that print TAP."""

import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

SUITES = (
    ("unit", "tests/unit/run"),
    ("mutants", "tests/unit/mutants"),
    ("lint", "tests/lint/run"),
    ("fuzz", "tests/fuzz/run"),
    ("command", "tests/command/run"),
    ("machinery", "tests/vm/selftest/run"),
)


class Suite:
    def __init__(self, name: str, command: str):
        self.name = name
        self.title = f"{name} ({command})"
        self._command = TOP / command

    def run(self, _out: Path) -> str:
        done = subprocess.run([self._command], cwd=TOP, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")
        # A program that fails and yet prints only successes must not pass.
        bail = f"Bail out! exit status {done.returncode}\n" if done.returncode else ""
        return done.stdout + bail
