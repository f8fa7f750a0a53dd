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
    """Run it; the exit status must be this one, and there is one line of error with status 2."""
    done = subprocess.run([paths.COMMAND, *map(str, args)], capture_output=True, text=True,
                          errors="surrogateescape", check=False, **options)
    what = f"mergescope {' '.join(map(str, args))}:\n{done.stderr}"
    tap.equal(done.returncode, status, what + done.stdout)
    if status == 2:
        tap.equal(done.stderr.count("\n"), 1, what)
        tap.true(done.stderr.startswith("mergescope: "), what)
    else:
        tap.equal(done.stderr, "", what)
    return Run(done)
