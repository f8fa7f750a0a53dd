# SPDX-License-Identifier: GPL-2.0
"""The demo runs, and shows what it says, on every kernel."""

import subprocess

from lib import paths, tap


def test_shows_the_opening_example():
    run = subprocess.run([paths.HERE / "demo"], capture_output=True, text=True)
    tap.equal((run.returncode, run.stderr), (0, ""), "exit status and errors")
    for text in ("rw-p 00000000 00:00 0", "by=pgoff", "diff.pgoff=0x1000004:0x2000000"):
        tap.true(text in run.stdout, f"{text} is not in:\n{run.stdout}")
