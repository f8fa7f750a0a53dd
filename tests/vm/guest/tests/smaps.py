# SPDX-License-Identifier: GPL-2.0
"""The VMA list against /proc/PID/smaps of the same stopped process: no difference.

What is not compared as it stands: smaps also lists [vsyscall], which is no VMA of the process; 6.1
has no code for VM_LOCKONFAULT ("lf") and prints ??; a newline in a name, which both escape.
"""

import contextlib
import functools
import platform

from lib import module, proc, subjects, tap
from lib.agent import stopped

SIMPLE = {
    "python3": subjects.python3,
    "bash": subjects.bash,
    "20000 VMAs": lambda: subjects.many(subjects.affordable(20000)),
    "65530 VMAs": lambda: subjects.many(subjects.affordable(65530)),
}


@contextlib.contextmanager
def subject(name):
    """The PID of a process by name; skips where the kernel lacks what it needs."""
    if name in SIMPLE:
        with SIMPLE[name]() as pid:
            yield pid
        return
    reason = subjects.lacks(name)
    if reason:
        raise tap.Skip(reason)
    with subjects.agent_with(name) as agent:
        yield agent.pid


@functools.cache
def codes(flags):
    """The flags of a vma line as smaps has them, sorted."""
    found = [] if flags == "-" else flags.split(",")
    if platform.release().startswith("6.1."):
        found = ["??" if code == "lf" else code for code in found]
    return tuple(sorted(found))


def from_report(vma):
    """A vma line as the line of smaps it stands for."""
    return proc.Area(vma.start, vma.end, vma["perms"],
                     vma["pgoff"] << 12 if vma["file"] != "-" else 0,
                     vma["name"].replace("\n", "\\012"), codes(vma["flags"]), vma["pkey"])


def from_smaps(pid):
    return [area for area in proc.smaps(pid) if area.name != "[vsyscall]"]


@tap.cases(*SIMPLE, *subjects.KINDS)
def test_same_as_smaps(name):
    with module.loaded_module(), subject(name) as pid, stopped(pid):
        report = module.report_of(pid)
        tap.same_lists([from_report(vma) for vma in report.vmas], from_smaps(pid), "VMAs")
        if name[0].isdigit():
            expected = subjects.affordable(int(name.split()[0]))
            tap.equal(len(report.vmas), expected, "number of VMAs")


@tap.cases("vmas", "report")
def test_header(file):
    with module.loaded_module(), subjects.python3() as pid, stopped(pid), module.target(pid):
        report = module.report(pid, file)
        tap.equal(report.header["format"], 1, "format")
        tap.equal(report.header["kernel"], platform.release(), "kernel")
        tap.equal(report.header["merge_rules_known"], "yes", "merge_rules_known")
        tap.equal(report.process["pid"], pid, "pid")
        tap.equal(report.process["map_count"], len(report.vmas), "map_count")
        with open(f"/proc/{pid}/comm") as comm:
            tap.equal(report.process["comm"], comm.read()[:-1], "comm")


def policy_text(report, vma):
    """As numa_maps writes it."""
    if vma["policy"] == "-":
        return "default"
    policy = report.policies[vma["policy"]]
    flags = int(policy["mode_flags"], 16)
    text = policy["mode"] + ("=static" if flags & 1 << 15 else "")
    return text if policy["nodes"] == "-" else f"{text}:{policy['nodes']}"


def test_policies_same_as_numa_maps():
    with module.loaded_module(), subject("policies") as pid, stopped(pid):
        report = module.report_of(pid)
        expected = proc.numa_policies(pid)
        got = {vma.start: policy_text(report, vma) for vma in report.vmas}
        tap.equal(len({text for text in got.values() if text != "default"}), 5, "policies seen")
        tap.same_lists(sorted(got.items()), sorted(expected.items()), "policies")
        tap.equal(len(report.policies), 5, "policies, told apart by value")
