# SPDX-License-Identifier: GPL-2.0
"""Runs the command mergescope, as a person would."""

import json
import subprocess

from . import paths, tap


class Run:
    """What one run of it came to."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def lines(self, *words):
        """The lines that begin with one of these words."""
        return [line for line in self.out.splitlines() if line.split(" ", 1)[0] in words]

    def objects(self):
        """The output as JSON, an object for each line."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(*args, status=0, **options):
    """Run it; the exit status must be this one (0 or 1 if None), and with 2 there is one error."""
    done = subprocess.run([paths.COMMAND, *map(str, args)], capture_output=True, text=True,
                          errors="surrogateescape", check=False, **options)
    what = f"mergescope {' '.join(map(str, args))}:\n{done.stderr}"
    expected = min(done.returncode, 1) if status is None else status
    tap.equal(done.returncode, expected, what + done.stdout)
    if status == 2:
        tap.equal(done.stderr.count("\n"), 1, what)
        tap.true(done.stderr.startswith("mergescope: "), what)
    else:
        tap.equal(done.stderr, "", what)
    return Run(done)
