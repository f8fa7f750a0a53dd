# SPDX-License-Identifier: GPL-2.0
"""Scenarios as programs in C."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from command import TOP, run


def test_scenarios_become_c():
    """Each but those that execve(): a program of C that gcc has nothing to say about."""
    lengths = []
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(sorted((TOP / "tests/scenarios").rglob("*.scn"))):
            if "execve(" in path.read_text():
                says = run("run", "--emit-c", path, status=2)
                assert re.fullmatch(rf"{path}:\d+: execve\(\), expected .*", says), says
                continue
            text = run("run", "--emit-c", path)
            (Path(folder) / f"{number}.c").write_text(text)
            lengths.append(text.count("\n"))
        done = subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-O1", "-S", "-o", "/dev/null",
                               "-x", "c", "-"], check=False, capture_output=True, text=True,
                              input=run("run", "--emit-c",
                                        TOP / "tests/scenarios/mremap/example.scn"))
        assert done.returncode == 0, done.stderr
        done = subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                               *map(str, sorted(Path(folder).glob("*.c")))],
                              check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    # Typical ones, four of five, fit a mail; those with several processes or a device do not.
    assert sorted(lengths)[len(lengths) * 4 // 5] < 150, sorted(lengths)


# What C could misunderstand.
ODD = r'''# Ends */ here, and begins /* there
my-file = open("my-file", 4p)
int = memfd_create("back\\slash */", 4p)
pages = open("/proc/self/exe")
a = mmap(@0, 4p, rw, private, my-file, 0p)
mmap(@4, 4p, rw, private, int, 0p)
mmap(@8, 1p, r, private, pages, 0p)
expect name(@0) == "*/"
wait until vmas(@0..7) == 2 max 1s
wait until merged(a, @4) max 20ms
wait until state(a) == none max 10ms
'''


def test_odd_text_is_emitted_as_what_it_is():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "x.scn").write_text(ODD)
        (folder / "x.c").write_text(run("run", "--emit-c", folder / "x.scn"))
        subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-o", folder / "x",
                        folder / "x.c"], check=True)
        says = "line 10: expect merged(a, @4): not so, see /proc/PID/maps\n"
        done = subprocess.run([folder / "x"], cwd=folder, capture_output=True, text=True,
                              timeout=60, check=False)
        assert (done.returncode, done.stdout) == (1, says), done
        # Somebody's file of that name is not the program's.
        (folder / "my-file").write_text("kept")
        done = subprocess.run([folder / "x"], cwd=folder, capture_output=True, text=True,
                              timeout=60, check=False)
        assert done.returncode == 1 and "File exists" in done.stdout, done
        assert (folder / "my-file").read_text() == "kept"


def test_what_is_emitted_ends_without_permission():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "x.scn").write_text("# x\nfork c {\n}\nwait ksm 1 scan\nin c {\nread(@0)\n}\n")
        (folder / "x.c").write_text(run("run", "--emit-c", folder / "x.scn"))
        subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-o", folder / "x",
                        folder / "x.c"], check=True)
        nobody = {"user": 65534} if os.geteuid() == 0 else {}
        done = subprocess.run([folder / "x"], capture_output=True, text=True, timeout=60,
                              check=False, **nobody)
        assert done.returncode == 1, done
        assert done.stdout in ("ksmd cannot be started: run this as root\n", "no KSM\n"), done
