# SPDX-License-Identifier: GPL-2.0
"""
No false alarm: check finds nothing in any process of a running user space, nor in processes that do
the worst to their memory while pages are swapped, compacted and merged into huge ones, nor beside
ksmd at full speed.

MERGESCOPE_SOAK says for how many seconds the worst goes on; ksmd then has five minutes at least.
"""

import collections
import contextlib
import errno
import os
import re
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from lib import cgroup, churn, initsystem, ksmd, memory, module, pages, subjects, tap
from lib.memory import KSM
from lib.pages import THP, setting

SOAK = int(os.environ.get("MERGESCOPE_SOAK", "10"))
KSMD = max(SOAK, 300) if "MERGESCOPE_SOAK" in os.environ else SOAK
# The same at the most: on a host that is busy with other things little is seen by then.
LONGEST = max(600, KSMD)
RESULTS = Path("/results")
# What the group may hold in memory before the kernel swaps it out.
GROUP_MIB = 96
STRESSORS = {"vma": (), "mmap": ("--mmap-bytes", "16m"), "mremap": ("--mremap-bytes", "8m"),
             "madvise": (), "fork": (), "userfaultfd": ("--userfaultfd-bytes", "4m"),
             "vm": ("--vm-bytes", "64m"), "swap": ()}
# Not in the stress-ng of every suite; the others must be there.
OPTIONAL = {"vma"}

# How the names of rules begin that may find nothing to judge: one judges what is on its way out or
# in at that very moment, the others what KSM has merged.
MAY_BE_IDLE = ("swap-index", "ksm-")

_CHECK = re.compile(rb"^check rule=(\S+) checked=(\d+) violations=(\d+) unknown=(\d+)$", re.M)
_VIOLATION = re.compile(rb"^violation .*$", re.M)
_LISTS = re.compile(rb"^ksm lists=(\S+)", re.M)
_STATE = re.compile(rb"^run start=\S+ pages=(\d+) state=(\S+)", re.M)


class Tally:
    """What the reports of many processes say together."""

    def __init__(self):
        self.reports = 0
        self.checked, self.unknown, self.pages = {}, {}, {}
        self.lists = collections.Counter()
        self.violations = []

    def add(self, pid, data):
        self.reports += 1
        rules = _CHECK.findall(data)
        tap.true(rules, f"report of {pid} has check lines")
        for rule, checked, violations, unknown in rules:
            rule = rule.decode()
            self.checked[rule] = self.checked.get(rule, 0) + int(checked)
            self.unknown[rule] = self.unknown.get(rule, 0) + int(unknown)
            if int(violations):
                self._keep(pid, data)
        self.lists.update(seen.decode() for seen in _LISTS.findall(data))
        for count, state in _STATE.findall(data):
            state = state.decode()
            self.pages[state] = self.pages.get(state, 0) + int(count)

    def _keep(self, pid, data):
        lines = [line.decode() for line in _VIOLATION.findall(data)]
        self.violations += [f"pid {pid}: {line}" for line in lines]
        if RESULTS.is_dir():
            (RESULTS / f"violation-{self.reports}.txt").write_bytes(data)

    def share_of_unknown(self):
        checked, unknown = sum(self.checked.values()), sum(self.unknown.values())
        return f"{unknown} of {checked + unknown} ({100 * unknown / (checked + unknown):.4f} %)"

    def silent(self, idle):
        """The rules that have judged nothing, but those of idle."""
        return [rule for rule, checked in self.checked.items()
                if not checked and not rule.startswith(idle)]

    def finish(self, what, idle):
        """Print it all. There are no violations, and each rule has judged, but those of idle."""
        print(f"# {what}: {self.reports} reports, unknown {self.share_of_unknown()}")
        for rule, checked in self.checked.items():
            print(f"#   {rule}: checked {checked}, unknown {self.unknown[rule]}")
        print("#   KSM's lists:", dict(self.lists))
        print("#   pages:", ", ".join(f"{state} {count}"
                                       for state, count in sorted(self.pages.items())), flush=True)
        tap.no_differences(self.violations, f"{what}: violations")
        tap.equal(self.silent(idle), [], f"{what}: rules that judged nothing")


def look_at(pid, tally):
    """
    Add the report of a process, if it is still there. True if it was. Every other time the lock is
    not let go: where 6.1 lets it go, it cannot judge the sums over all VMAs. Every third time all
    mappings are counted.
    """
    module.write_parameter("hold_us", "0" if tally.reports % 2 else "1000")
    module.write_parameter("deep", "N" if tally.reports % 3 else "Y")
    try:
        with module.target(pid):
            tally.add(pid, module.read(pid, "report"))
    except OSError as error:
        if error.errno not in (errno.ESRCH, errno.ENOENT):
            raise
        return False
    return True


def is_kernel_thread(pid):
    return not os.path.exists(f"/proc/{pid}/exe") and not Path(f"/proc/{pid}/cmdline").read_bytes()


def user_processes():
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if not is_kernel_thread(entry.name):
                    found.append(int(entry.name))
    return found


def name_of(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return "gone"


@contextlib.contextmanager
def compiling():
    """A C compiler at work for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="compile-") as folder:
        source = Path(folder) / "long.c"
        source.write_text("".join(f"int f{n}(int x) {{ for (int i = 0; i < x; i++) "
                                  f"x ^= i * {n}; return x; }}\n" for n in range(20000)))
        process = subprocess.Popen(["gcc", "-O2", "-S", "-o", "/dev/null", source],
                                   stdout=subprocess.DEVNULL, process_group=0)
        try:
            yield
            tap.equal(process.poll(), None, "the compiler has not come to its end")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()


def test_user_space():
    tally, names = Tally(), set()
    with module.loaded_module(), initsystem.running(), subjects.python3(), subjects.bash(), \
            compiling():
        memory.wait_until(lambda: "cc1" in map(name_of, user_processes()), "the compiler starts")
        for _ in range(3):
            for pid in user_processes():
                name = name_of(pid)
                if look_at(pid, tally):
                    names.add(name)
    tally.finish("user space", MAY_BE_IDLE)
    print("#   processes:", ", ".join(sorted(names)))
    expected = {name_of(1), "cc1", "bash", "python3"} | initsystem.NAMES
    tap.equal(expected - names, set(), "processes not seen")


@contextlib.contextmanager
def compacting():
    """Compaction without end."""
    over = threading.Event()

    def work():
        while not over.wait(0.2):
            memory.compact()
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def stressors():
    run = subprocess.run(["stress-ng", "--stressors"], capture_output=True, text=True)
    there = set(run.stdout.split() + run.stderr.split())
    missing = set(STRESSORS) - there
    tap.equal(missing - OPTIONAL, set(), "stressors that are missing")
    return [name for name in STRESSORS if name in there]


@contextlib.contextmanager
def disk():
    """A file system that can hold a swap file."""
    with tempfile.TemporaryDirectory(prefix="stress-") as folder:
        # ext4's driver mounts that of ext2, too, though a kernel need not have it do so by itself.
        for command in (["busybox", "mke2fs", "/dev/ram1"],
                        ["mount", "-t", "ext4", "/dev/ram1", folder]):
            run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            tap.true(not run.returncode, f"{command}: {run.stdout}")
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def stress(folder, seconds):
    command = ["stress-ng", "--temp-path", folder, "--timeout", str(seconds), "--oomable",
               "--no-rand-seed", "--quiet"]
    for name in stressors():
        command += [f"--{name}", "1", *STRESSORS[name]]
    with open(RESULTS / "stress-ng.log" if RESULTS.is_dir() else os.devnull, "w") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   cwd=folder, preexec_fn=join_group)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()
            cgroup.empty()


@contextlib.contextmanager
def urgent():
    """This process comes first; what it starts must be made to wait again."""
    os.setpriority(os.PRIO_PROCESS, 0, -15)
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, 0)


def join_group():
    os.setpriority(os.PRIO_PROCESS, 0, 5)
    cgroup.join(os.getpid())


def swapped_out():
    words = dict(line.split() for line in Path("/proc/vmstat").read_text().splitlines())
    return int(words["pswpout"])


def is_over(started, is_enough, shortest=SOAK):
    """Has it gone on for so long, and been seen enough of, or else for as long as it may?"""
    seconds = time.monotonic() - started
    return seconds > LONGEST or (seconds > shortest and is_enough())


def test_stress():
    """
    ksmd stands still: pages of KSM that are swapped out, moved and swapped in are missed by its
    reverse map on stock kernels, as ksm_copies shows, and ksm-reach would say so here. On a busy
    host, where little is done in time, it goes on for up to ten minutes.
    """
    tally, before = Tally(), swapped_out()

    def is_enough():
        return swapped_out() > before and tally.reports * 4 > SOAK and \
            not tally.silent(MAY_BE_IDLE)

    with contextlib.ExitStack() as stack:
        for context in (urgent(), setting(THP / "enabled", "always"),
                        setting(THP / "khugepaged/scan_sleep_millisecs", "1000"),
                        memory.swap(disks=2),
                        module.loaded_module(),
                        cgroup.group(memory_high=GROUP_MIB << 20), compacting()):
            stack.enter_context(context)
        folder = stack.enter_context(disk())
        process = stack.enter_context(stress(folder, 2 * LONGEST))
        started = time.monotonic()
        while not is_over(started, is_enough) and process.poll() is None:
            for pid in cgroup.members():
                look_at(pid, tally)
                if is_over(started, is_enough):
                    break
        seconds, ended = time.monotonic() - started, process.poll()
    tally.finish(f"{seconds:.0f} s of stress", MAY_BE_IDLE)
    tap.equal(ended, None, f"stress-ng's exit status after {seconds:.0f} s")
    tap.true(swapped_out() > before, "pages were swapped out")
    tap.true(tally.reports * 4 > SOAK, f"{tally.reports} reports in {seconds:.0f} s")


def test_ksmd_at_full_speed():
    """
    Eight processes whose pages ksmd merges as fast as it can, and which undo it. It does not sleep,
    but lets go of its lists between two batches, which have the size that they have by default. On
    a busy host, where it does not get that far in time, they go on for up to ten minutes. A report
    that did not get the lists may say little: of ten, one at least must have got them.
    """
    tally, begin = Tally(), ksmd.number("full_scans")

    def scans():
        return ksmd.number("full_scans") - begin

    def lists_were_read():
        return 10 * tally.lists["read"] >= tally.reports

    def is_enough():
        return scans() > KSMD and tally.pages.get("ksm") and lists_were_read() and \
            not tally.silent(churn.IDLE)

    with contextlib.ExitStack() as stack:
        for context in (urgent(), memory.ksm_running(), setting(KSM / "sleep_millisecs", "0"),
                        setting(KSM / "pages_to_scan", "100"), module.loaded_module()):
            stack.enter_context(context)
        pids = stack.enter_context(churn.processes(8))
        started = time.monotonic()
        while not is_over(started, is_enough, KSMD):
            for pid in pids:
                tap.true(look_at(pid, tally), f"{pid} is there")
        scanned, seconds = scans(), time.monotonic() - started
    tally.finish(f"{seconds:.0f} s of ksmd", churn.IDLE)
    print(f"#   full scans of ksmd: {scanned}")
    tap.true(scanned > KSMD and tally.pages.get("ksm"), "ksmd scanned and merged")
    tap.true(lists_were_read(), f"KSM's lists were read: {tally.lists}")
