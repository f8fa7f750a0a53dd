# SPDX-License-Identifier: GPL-2.0
"""The corpus of scenarios, under each variant; what a run leaves behind, prints and keeps."""

import contextlib
import os
import platform
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from lib import device, memory, module, paths, scenario, tap
from lib.pages import THP, setting

SETTINGS = (*(memory.KSM / name for name in ("run", "pages_to_scan", "sleep_millisecs",
                                             "use_zero_pages", "max_page_sharing", "smart_scan",
                                             "advisor_mode", "merge_across_nodes")),
            THP / "enabled", THP / "khugepaged/scan_sleep_millisecs",
            paths.PARAMETERS / "hold_us", paths.PARAMETERS / "pointers")

# Why a scenario may be skipped on a machine that has all that the suite gives it.
FINE = ("wants kernel", "wants not variant", "wants variant", "no PR_SET_MEMORY_MERGE",
        "wants has overlayfs", "wants not has anon-name", "wants has anon-name",
        "wants has soft-dirty")

FAILING = """\
# It expects what is not so.
a = mmap(@0, 4p, rw, private|anon) = ok
b = mmap(@4, 4p, r, private|anon) = ok
expect merged(a, b)
"""

# Each of the kinds of step that reports could differ by from run to run.
EVERYTHING = """\
# Everything once.
f = memfd_create("f", 4p) = ok
a = mmap(@0, 8p, rw, private|anon) = ok
touch(a)
b = mremap(a[4..7], 4p, to @100) = ok
c = mmap(@50, 4p, rw, private, f, 0p) = ok
touch(c[1])
h = brk(4p) = ok
touch(h)
fork d {
	touch(a[1])
	execve() = ok
	mmap(@0, 1p, rw, private|anon) = ok
}
madvise(a[0], dontneed) = ok
u = userfaultfd() = ok
uffdio_register(u, b[1], missing) = ok
k = mmap(@200, 4p, rw, private|anon) = ok
madvise(k, mergeable) = ok
fill(k, 0x33)
wait ksm 3 scans
expect state(k) == ksm
m = mremap(k[2..3], 2p, to @300) = ok
t = mmap(@512, 512p, rw, private|anon) = ok
madvise(t, hugepage) = ok
touch(t[0])
s = mmap(@400, 2p, rw, private|anon) = ok
touch(s)
madvise(s, pageout) = ok [has swap]
wait until state(s) == swap max 20s [has swap]
"""


SPENT = []


def play(variant, *arguments):
    """The corpus; what all of it has taken so far is printed, which should stay below 2 minutes."""
    began = time.monotonic()
    with scenario.machine() as folder:
        run = scenario.Run("--variant", variant, "--files", folder, *arguments, *scenario.files())
    SPENT.append(time.monotonic() - began)
    print(f"# {variant}: {len(run.passed)} passed, {len(run.failed)} failed, "
          f"{len(run.skipped)} skipped, {SPENT[-1]:.0f} s; {sum(SPENT):.0f} s in all", flush=True)
    return run


def check(run):
    if run.failed or run.status or run.errors:
        raise tap.Failed("\n".join([f"status {run.status} {run.errors}", *run.notes()]))
    odd = [f"{name}: {reason}" for name, reason in run.skipped.items()
           if not reason.startswith(FINE)]
    tap.no_differences(odd, "skipped")
    tap.equal(len(run.passed) + len(run.skipped), len(scenario.files()), "results")


@tap.cases("fork", "merge-any", "thp")
def test_corpus(variant):
    if variant == "merge-any" and tuple(map(int, platform.release().split(".")[:2])) < (6, 4):
        run = play(variant)
        tap.equal((run.status, run.passed, run.failed), (0, [], []), "all are skipped")
        raise tap.Skip("no PR_SET_MEMORY_MERGE before 6.4")
    check(play(variant))


def test_files_of_overlayfs():
    """Its driver has the older mmap callback."""
    with module.loaded_module():
        run = scenario.Run("--files", scenario.OVERLAY, *scenario.files("merge-any/file_late.scn"))
    tap.equal((run.status, run.failed), (0, []), run.text)


def written(folder, text):
    path = Path(folder, "x.scn")
    path.write_text(text)
    return str(path)


def test_failure_is_drawn():
    with tempfile.TemporaryDirectory() as folder, module.loaded_module():
        path = written(folder, FAILING)
        run = scenario.Run(path)
    tap.equal(run.status, 1, run.text)
    tap.equal(run.text.splitlines(), [
        "KTAP version 1", "1..1", f"not ok 1 {path} plain",
        f"# {path}:4: expected merged(a, b), got two VMAs because flags",
        "#   before",
        "#     @0",
        "#     |----------|",
        "#     | a rw- 4p |",
        "#     |----------|",
        "#   after",
        "#     @0         @4",
        "#     |----------|----------|",
        "#     | a rw- 4p | b r-- 4p |",
        "#     |----------|----------|",
        "# It expects what is not so.",
    ], "output")


NOT_THERE = "No such file or directory"
BUSY = "mergescope: another run has the settings of KSM: wait until it has ended\n"

MERGED = """\
a = mmap(@0, 8p, rw, private|anon)
fill(a, 1)
madvise(a, mergeable)
wait ksm 3 scans
expect state(a[0..1]) == ksm
"""

# A finding: the page that only the child has merged is missed where its parent maps it, and where a
# fork of the parent does, which the variant fork has made before.
TO_BE_MISSED = """\
# x
a = mmap(@0, 2p, rw, private|anon)
fill(a, 0x4a)
fork c {
	madvise(a, mergeable)
}
read(a)
"""
MISSED = TO_BE_MISSED + "wait ksm 3 scans\n"
# Another process than the copy's plays the step; it is the parent of which the finding is expected,
# and so it is of the parent's copy.
MISSED_AS_EXPECTED = TO_BE_MISSED + """\
in c {
	wait ksm 3 scans
}
expect violates(ksm-reach)
"""

# Scenarios that are wrong, and what is said of each: the line, and the rest.
A = "# x\na = mmap(@0, 4p, rw, private|anon)\n"
WRONG = {
    "violates, of nobody": (
        A + "expect violates(folio-index)\n",
        ["3: expected violates(folio-index), got no violation"]),
    "violates, of the child": (
        A + "fork c {\nexpect violates(folio-index)\n}\n",
        ["4: expected violates(folio-index), got no violation"]),
    "violates, of a step elsewhere": (
        A + "read(a) [kernel < 2.6]\nexpect violates(folio-index)\n",
        ["4: expected violates(folio-index), got no violation"]),
    "a file that is not open": (
        '# x\nf = open("/nowhere/x") = ENOENT\nmmap(@0, 1p, r, private, f, 0p)\n',
        ["3: expected ok, got EBADF"]),
}


@tap.cases(*WRONG)
def test_wrong_scenario(name):
    text, says = WRONG[name]
    with tempfile.TemporaryDirectory() as folder, module.loaded_module():
        path = written(folder, text)
        run = scenario.Run(path)
    tap.equal(run.status, 1, run.text)
    tap.equal([line for line in run.text.splitlines() if ": expected " in line],
              [f"# {path}:{line}" for line in says], run.text)


def test_copy_is_judged_after_the_next_step():
    """And so is the next copy, which is made then."""
    with tempfile.TemporaryDirectory() as folder, module.loaded_module():
        path = written(folder, MISSED)
        run = scenario.Run("--variant", "fork", path)
    tap.equal(run.status, 1, run.text)
    tap.equal([line.split(", got")[0] for line in run.text.splitlines() if ": expected " in line],
              [f"# {path}:8: expected ksm-reach to hold{where}"
               for where in ("", " in the copy", " in the copy")], run.text)


def test_copy_may_break_what_its_like_may():
    with tempfile.TemporaryDirectory() as folder, module.loaded_module():
        run = scenario.Run("--variant", "fork", written(folder, MISSED_AS_EXPECTED))
    tap.equal((run.status, len(run.passed)), (0, 1), run.text)


def test_trouble():
    """Status 2, one line on stderr, and nothing is played."""
    with tempfile.TemporaryDirectory() as folder:
        good, path = written(folder, FAILING), str(Path(folder, "y.scn"))
        run = scenario.Run(good)
        tap.equal((run.status, run.text), (2, ""), "without the module")
        tap.true("modprobe mergescope" in run.errors, run.errors)
        Path(path).write_text("# x\nread @0\n")
        with module.loaded_module():
            run = scenario.Run(good, path)
            tap.equal((run.status, run.text, run.errors),
                      (2, "", f"mergescope: {path}:2: '@', expected '('\n"), "a wrong file")
            run = scenario.Run(good, "--agent", "/nowhere")
            tap.equal((run.status, run.text, run.errors),
                      (2, "", f"mergescope: /nowhere: {NOT_THERE}, expected the agent\n"), "")
            for option, where, says in (("record", "/nowhere/x", NOT_THERE),
                                        ("record", path, "Not a directory"),
                                        ("files", "/nowhere/x", NOT_THERE),
                                        ("against", "/nowhere", NOT_THERE)):
                run = scenario.Run(good, f"--{option}", where)
                tap.equal((run.status, run.text, run.errors),
                          (2, "", f"mergescope: --{option}={where}: {says}\n"), option)


def settings():
    return {path: path.read_text() for path in SETTINGS if path.exists()}


def test_settings_are_put_back():
    with scenario.machine() as folder:
        before = settings()
        run = scenario.Run("--files", folder, "--variant", "thp",
                           *scenario.files("same-page/*.scn"))
        tap.equal(run.status, 0, run.text)
        tap.equal(settings(), before, "settings")
        tap.equal(module.targets(), [], "targets")


@tap.cases(signal.SIGINT, signal.SIGKILL)
def test_settings_are_put_back_when_killed(number):
    """
    In the middle of waiting for KSM, whose settings are all others then. What is merged stays
    mapped for a while: the agent has other pages, below, which go first when it exits.
    """
    with tempfile.TemporaryDirectory() as folder, module.loaded_module():
        before = settings()
        nodes = ["ksm(merge_across_nodes, 0)\n"] * (memory.KSM / "merge_across_nodes").exists()
        path = written(folder, "# x\nksm(max_page_sharing, 3)\n" + "".join(nodes) +
                       "b = mmap(@0, 20000p, rw, private|anon)\ntouch(b)\n"
                       "a = mmap(@20000, 4p, rw, private|anon)\nfill(a, 1)\n"
                       "madvise(a, mergeable)\n" + 40 * "wait ksm 50 scans\n")
        with scenario.start(path) as process:
            memory.wait_until(lambda: (memory.KSM / "run").read_text() == "1\n",
                              "the runner starts ksmd")
            tap.true(settings() != before, "nothing was changed")
            memory.wait_until(lambda: (memory.KSM / "pages_shared").read_text() != "0\n",
                              "pages are merged")
            other = scenario.Run(path)
            tap.equal((other.status, other.text, other.errors), (2, "", BUSY), "another run")
            os.kill(process.pid, number)
            process.wait()
            memory.wait_until(lambda: settings() == before, "the keeper puts all back")
            memory.wait_until(lambda: not module.targets(), "the keeper drops the targets")
        memory.wait_until(lambda: not agents(), "the agents are gone")


def test_settings_of_one_scenario():
    """What it has set another finds as it always is, also with its pages merged."""
    setting = "max_page_sharing"
    with tempfile.TemporaryDirectory() as folder, module.loaded_module():
        before = settings()
        for number, name in enumerate(("a.scn", "b.scn")):
            text = f"# x\nksm({setting}, {4 - 2 * number})\n"
            Path(folder, name).write_text(text + MERGED)
        Path(folder, "c.scn").write_text("# x\n" + MERGED)
        run = scenario.Run(*(str(Path(folder, name)) for name in ("a.scn", "b.scn", "c.scn")))
        tap.equal(run.status, 0, run.text)
        tap.equal(settings(), before, "settings")


def test_settings_beside_nobody():
    """KSM refuses them while a page of its is mapped: the children of the one before are gone."""
    with tempfile.TemporaryDirectory() as folder, module.loaded_module():
        before = settings()
        merged = written(folder, "# x\n" + MERGED.replace("@0", "@100100") + "fork d {\n" +
                         "\tb = mmap(@100, 100000p, rw, private|anon)\n\ttouch(b)\n}\n")
        other = Path(folder, "y.scn")
        other.write_text("# x\nksm(max_page_sharing, 2) = ok\n")
        run = scenario.Run(merged, str(other))
        tap.equal((run.status, len(run.passed)), (0, 2), run.text)
        tap.equal(settings(), before, "settings")


def agents():
    """Processes that execute the agent."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "exe") == paths.AGENT:
                    found.append(entry.name)
            except OSError:
                pass
    return found


def reports(folder):
    """Every file below it, by its path there."""
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in Path(folder).rglob("*") if path.is_file()}


def test_reports_are_the_same_in_every_run():
    """A hundred runs of one scenario, byte by byte."""
    with tempfile.TemporaryDirectory() as folder, scenario.machine():
        copies = [Path(folder, f"{number:02}.scn") for number in range(100)]
        for copy in copies:
            copy.write_text(EVERYTHING)
        run = scenario.Run("--record", f"{folder}/kept", *map(str, copies))
        tap.equal(run.status, 0, run.text)
        runs = [reports(kept) for kept in sorted(Path(folder, "kept").iterdir())]
    tap.equal(len(runs), 100, "runs that were kept")
    tap.true(len(runs[0]) > 10, f"only {sorted(runs[0])} were kept")
    for number, found in enumerate(runs):
        tap.equal(sorted(found), sorted(runs[0]), f"steps of run {number}")
        for name, data in found.items():
            if data != runs[0][name]:
                raise tap.Failed(difference(name, number, runs[0][name], data))


def difference(name, number, first, data):
    a, b = first.decode().splitlines(), data.decode().splitlines()
    lines = [f"- {x}\n+ {y}" for x, y in zip(a, b) if x != y]
    return "\n".join([f"run {number}: {name}: {len(a)} and {len(b)} lines", *lines[:10]])


def test_corpus_twice():
    """Under the variant plain, kept and compared: nothing is otherwise than a moment ago."""
    with tempfile.TemporaryDirectory() as folder:
        run = play("plain", "--record", f"{folder}/a")
        check(run)
        tap.true(len(run.passed) >= 80, f"only {len(run.passed)} scenarios were played")
        check(play("plain", "--record", f"{folder}/b", "--against", f"{folder}/a"))
        a, b = reports(f"{folder}/a"), reports(f"{folder}/b")
        tap.equal(sorted(a), sorted(b), "reports")
        different = [difference(name, 2, a[name], b[name]) for name in a if a[name] != b[name]]
        tap.no_differences(different, "reports")


def test_against_other_reports():
    """A difference fails, and is told."""
    with tempfile.TemporaryDirectory() as folder, module.loaded_module():
        path = written(folder, "# x\na = mmap(@0, 4p, rw, private|anon)\n")
        tap.equal(scenario.Run("--record", f"{folder}/kept", path).status, 0, "kept")
        run = scenario.Run("--against", f"{folder}/kept", path)
        tap.equal(run.status, 0, run.text)
        written(folder, "# x\na = mmap(@0, 4p, r, private|anon)\n")
        run = scenario.Run("--against", f"{folder}/kept", path)
        tap.equal(run.status, 1, run.text)
        tap.true("perms" in run.text or "flags" in run.text, run.text)
        for steps in ("touch(a)\nmadvise(a, mergeable)\nwait ksm 3 scans\n",
                      "touch(a)\nmadvise(a, mergeable)\nread(a)\n"):
            written(folder, "# x\na = mmap(@0, 4p, rw, private|anon)\n" + steps)
            run = scenario.Run("--against" if "read" in steps else "--record",
                               f"{folder}/items", path)
        tap.true(run.status == 1 and "process: rmap_item: unstable -> none" in run.text, run.text)
        run = scenario.Run("--against", folder, path)
        tap.equal(run.status, 1, run.text)
        tap.true("No such file" in run.text, run.text)


def test_reproducers():
    """What --emit-c wrote of some scenarios, compiled when the payload was built."""
    programs = sorted((paths.BUILT / "reproducers").iterdir())
    tap.true(len(programs) >= 5, f"only {programs}")
    for program in programs:
        done = subprocess.run([program], capture_output=True, text=True, timeout=120)
        # As in kselftest, where the kernel is none that the scenario is for.
        skipped = done.returncode == 4 and done.stdout.startswith("skipped: needs kernel ")
        tap.true(skipped or (done.returncode, done.stdout) == (0, ""), f"{program.name}: {done}")


@contextlib.contextmanager
def ksm_in_use():
    """As somebody has it who uses KSM: those that a program changes are none of the defaults."""
    run = memory.KSM / "run"
    # Nothing may be merged where max_page_sharing is set.
    with setting(run, "2"), setting(memory.KSM / "max_page_sharing", "99"), \
            setting(memory.KSM / "pages_to_scan", "77"):
        run.write_text("1")
        try:
            yield
        finally:
            run.write_text("2")


def test_reproducer_puts_settings_back():
    """Also what KSM refuses to change as long as the pages are merged that the program leaves."""
    program = paths.BUILT / "reproducers-own/settings"
    with ksm_in_use():
        before = settings()
        done = subprocess.run([program], capture_output=True, text=True, timeout=300)
        tap.equal((done.returncode, done.stdout), (0, ""), "the program")
        tap.equal(settings(), before, "settings")


@tap.cases(signal.SIGINT, signal.SIGTERM)
def test_reproducer_puts_settings_back_when_interrupted(number):
    program = paths.BUILT / "reproducers-own/settings"
    with ksm_in_use():
        before = settings()
        with subprocess.Popen([program], start_new_session=True) as process:
            memory.wait_until(lambda: (memory.KSM / "pages_to_scan").read_text() == "100000\n",
                              "the program waits for ksmd")
            memory.wait_until(lambda: (memory.KSM / "pages_shared").read_text() != "0\n",
                              "pages are merged")
            os.killpg(process.pid, number)
            tap.equal(process.wait(), -number, "how it ended")
        tap.equal(settings(), before, "settings")


def test_reproducer_tells_failures():
    """One that was written to be wrong."""
    program = paths.BUILT / "reproducers-own/wrong"
    done = subprocess.run([program], capture_output=True, text=True, timeout=120)
    tap.equal((done.returncode, done.stdout),
              (1, "line 4: expect merged(a, b): not so, see /proc/PID/maps\n"), program.name)


@tap.cases("", "for_tests=0")
def test_devices_refuse_to_load(parameter):
    """Without the word that says what they are for."""
    run = device.insmod(*parameter.split())
    tap.true(run.returncode and "not permitted" in run.stderr, f"insmod: {run}")
    tap.true(not device.FOLDER.exists(), "something is left behind")
    log = subprocess.run(["dmesg"], capture_output=True, text=True, check=True).stdout
    tap.true("it wants for_tests=1" in log, f"end of the log:\n{log[-300:]}")
