# SPDX-License-Identifier: GPL-2.0
"""What run --emit-c writes: it is compiled, and what touches nothing of this machine is run."""

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
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


def compiled(folder, text, **what):
    """The program of a scenario, as it ends."""
    folder = Path(folder)
    (folder / "x.scn").write_text(text)
    (folder / "x.c").write_text(run("run", "--emit-c", folder / "x.scn"))
    subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-o", folder / "x", folder / "x.c"],
                   check=True)
    done = subprocess.run([folder / "x"], capture_output=True, text=True, timeout=60, check=False,
                          **what)
    return done.returncode, done.stdout


def test_odd_text_is_emitted_as_what_it_is():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        says = "line 10: expect merged(a, @4): not so, see /proc/PID/maps\n"
        assert compiled(folder, ODD, cwd=folder) == (1, says)
        # Somebody's file of that name is not the program's.
        (folder / "my-file").write_text("kept")
        status, says = compiled(folder, ODD, cwd=folder)
        assert status == 1 and "File exists" in says, says
        assert (folder / "my-file").read_text() == "kept"


def test_names_of_files_are_emitted_on_one_line():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'x\n* #error "\033.scn'
        path.write_text("# x\nread(@0) = SIGSEGV\n")
        text = run("run", "--emit-c", path)
        assert f' * From {folder}/x?* #error "?.scn, by ' in text, text


# The kernel of no machine, and what each has.
NEVER, EVER = "kernel >= 99.0", "kernel >= 2.6"


def test_what_is_emitted_skips_where_a_guard_does_not_hold():
    with tempfile.TemporaryDirectory() as folder:
        for guards, says in ((EVER, ""), (NEVER, NEVER), (f"not {EVER}", f"not {EVER}"),
                             ("kernel == 99.0", "kernel == 99.0"), ("kernel != 99.0", ""),
                             ("kernel < 2.6", "kernel < 2.6"), ("kernel <= 99.0", ""),
                             ("not kernel > 99.0", ""), (f"{EVER}, {NEVER}", NEVER),
                             (f"{NEVER} or {EVER}", ""), (f"{NEVER} or not variant fork", ""),
                             (f"{NEVER} or variant fork", NEVER), (f"{NEVER} or has swap", ""),
                             (f"{NEVER} or not {EVER}, has swap", f"{NEVER} or not {EVER}"),
                             ("has device or not has device", ""),
                             ("has anon-name or not has anon-name", ""),
                             ("root or not root", "")):
            got = compiled(folder, f"# x\n[{guards}]\nmlockall(current)\nmunlockall()\n")
            assert got == ((4, f"skipped: needs {says}\n") if says else (0, "")), (guards, got)


LINES = f"""# Lines that are played, and lines that are not.
[has overlayfs, config NUMA or has swap, variant plain]
f = memfd_create("f", 1p) [variant fork]
a = mmap(@0, 4p, rw, private|anon) [{EVER}, variant plain]
munmap(@0) = ENOMEM [{NEVER}]
munmap(@0) = ENOMEM [{NEVER} or variant fork]
read(a) [has soft-dirty, {EVER}]
expect vmas() == 7 [variant fork]
expect vmas() == 1 [not variant fork]
"""


def test_what_is_emitted_has_the_lines_that_are_played():
    with tempfile.TemporaryDirectory() as folder:
        assert compiled(folder, LINES) == (0, "")
        text = (Path(folder) / "x.c").read_text()
    for part in ("\n\t/* needs: overlayfs, config NUMA or swap */\n",
                 '\n\t/* f = memfd_create("f", 1p) [variant fork] */\n',
                 "\n\tif (kernel_at_least(2, 6)) {\n\t\tSTEP(4, ", "\n\t/* needs: soft-dirty */\n",
                 "\n\tif (kernel_at_least(99, 0)) {\n\t\tSTEP(6, ",
                 "\n\t/* expect vmas() == 7 [variant fork] */\n", "\n\tEXPECT(9, "):
        assert part in text, (part, text)


def test_another_variant_is_not_emitted():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.scn"
        path.write_text("# x\n[variant fork]\nread(@0)\n")
        says = run("run", "--emit-c", path, status=2)
        assert says == f"{path}: of another variant, expected what is played under plain", says


def test_what_is_emitted_skips_without_permission():
    nobody = {"user": 65534} if os.geteuid() == 0 else {}
    for text, says in (("# x\nfork c {\n}\nwait ksm 1 scan\nin c {\nread(@0)\n}\n",
                        "root, to set KSM"),
                       ("# x\nbrk(1p)\n", "CAP_SYS_RESOURCE, for a heap at a fixed address")):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)
            assert compiled(folder, text, **nobody) == (4, f"skipped: needs {says}\n")


SETS_KSM = """# A child that sets something of its own, too.
ksm(max_page_sharing, 3)
ksm(use_zero_pages, 1)
fork c {
	ksm(smart_scan, 0)
	exit()
}
"""
WAITS_FOR_KSM = "# It waits.\nwait ksm 1 scan\n"
# As long as what is written there.
KSM = {"run": "1\n", "pages_to_scan": "123456\n", "full_scans": "7\n", "max_page_sharing": "8\n",
       "use_zero_pages": "0\n", "smart_scan": "1\n"}


@contextlib.contextmanager
def with_files_for_ksm(text):
    """The program of a scenario, and a folder whose files it takes for those of KSM."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "x.scn").write_text(text)
        program = run("run", "--emit-c", folder / "x.scn").replace("/sys/kernel/mm/ksm", name)
        assert "/sys/" not in program, program
        (folder / "x.c").write_text(program)
        subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-o", folder / "x", folder / "x.c"],
                       check=True)
        for setting, value in KSM.items():
            (folder / setting).write_text(value)
        yield folder


def ksm_settings(folder):
    return {setting: (folder / setting).read_text() for setting in KSM}


def test_what_is_emitted_puts_ksm_back():
    with with_files_for_ksm(SETS_KSM) as folder:
        done = subprocess.run([folder / "x"], capture_output=True, text=True, timeout=60,
                              check=False)
        assert (done.returncode, done.stdout) == (0, ""), done
        assert ksm_settings(folder) == KSM
        written = {setting: (folder / setting).stat().st_mtime_ns for setting in KSM}
        assert max(written, key=written.get) == "run", written


def test_what_is_emitted_puts_ksm_back_when_interrupted():
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGSEGV, signal.SIGTERM):
        with with_files_for_ksm(WAITS_FOR_KSM) as folder:
            with subprocess.Popen([folder / "x"]) as process:
                deadline = time.monotonic() + 60
                while ksm_settings(folder) == KSM and time.monotonic() < deadline:
                    time.sleep(0.01)
                assert ksm_settings(folder)["pages_to_scan"] == "100000\n", number
                process.send_signal(number)
                assert process.wait(timeout=60) == -number
            assert ksm_settings(folder) == KSM, number
