# SPDX-License-Identifier: GPL-2.0
"""The command, built for the tests, and what they run it on."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
OUT = TOP / "out/command"
COMMAND = OUT / "mergescope"
GOLDEN = sorted((TOP / "tests/golden").glob("*.report"))
VERBS = ("report", "why", "whatif", "check", "diff", "draw", "survey", "run", "watch")
# What goes wrong in memory must fail a test.
SANITIZE = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"


def build():
    subprocess.run(["make", "-s", "-C", TOP / "userspace", f"O={OUT}", f"CFLAGS={SANITIZE}"],
                   check=True, stdout=sys.stderr)


def run(*args, status=0, stdin=None, **environment):
    """Run it; its output, or with status 2 its one line of error."""
    done = subprocess.run([COMMAND, *map(str, args)], capture_output=True, check=False,
                          timeout=120, input=stdin,
                          env={**os.environ, "LC_ALL": "C.UTF-8", **environment})
    out = done.stdout.decode(errors="surrogateescape")
    err = done.stderr.decode(errors="surrogateescape")
    what = f"mergescope {' '.join(map(str, args))}: status {done.returncode}\n{err}"
    assert done.returncode == status, what
    if status != 2:
        assert err == "", what
        return out
    assert err.startswith("mergescope: ") and err.count("\n") == 1, what
    assert out == "", f"{what}{out}"
    return err[len("mergescope: "):-1]


def one_report():
    return next(path for path in GOLDEN if path.name == "7.3-parent.report")
