# SPDX-License-Identifier: GPL-2.0
"""Who may read, and what nobody gets to see by default."""

import errno
import os
import re
import stat
import subprocess

from lib import module, paths, subjects, tap
from lib.agent import Agent
from lib.report import Report

NOBODY = 65534
# With five levels of page tables, the kernel's half of the addresses begins at ff00000000000000.
RAW_POINTER = re.compile(r"ff[0-9a-f]{14}")


def all_files():
    return [path for path in sorted(paths.DEBUGFS.rglob("*")) if path.is_file()]


def cat(path, *wrapper):
    """Read a file in another process; its output and the text of its error."""
    run = subprocess.run([*wrapper, "cat", path], capture_output=True, text=True)
    return run.stdout, run.stderr.strip().rpartition(": ")[2]


def without(capability):
    return ("setpriv", f"--bounding-set=-{capability}")


def test_modes_and_owners():
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        files = all_files()
        names = {str(path.relative_to(paths.DEBUGFS)) for path in files}
        tap.equal(names >= {"status", "targets", "self/vmas", "self/report", f"{agent.pid}/vmas",
                            f"{agent.pid}/report"}, True, f"files: {sorted(names)}")
        for path in files:
            info = path.stat()
            tap.equal((oct(stat.S_IMODE(info.st_mode)), info.st_uid, info.st_gid),
                      ("0o400", 0, 0), str(path))
        for path in paths.PARAMETERS.iterdir():
            tap.equal(oct(stat.S_IMODE(path.stat().st_mode)), "0o600", str(path))


def test_only_root_opens():
    """With debugfs open to all, so that it is the files that refuse."""
    def as_nobody(path):
        os.seteuid(NOBODY)
        try:
            with open(path, "rb") as file:
                file.read()
        finally:
            os.seteuid(0)

    mount = ["mount", "-o", "remount,mode=755", "/sys/kernel/debug"]
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        subprocess.run(mount, check=True)
        try:
            os.seteuid(NOBODY)
            tap.true("self" in os.listdir(paths.DEBUGFS), "the directory cannot be listed")
            os.seteuid(0)
            for path in all_files():
                tap.raises(errno.EACCES, str(path), as_nobody, path)
            for path in paths.PARAMETERS.iterdir():
                tap.raises(errno.EACCES, str(path), as_nobody, path)
        finally:
            os.seteuid(0)
            mount[2] = "remount,mode=700"
            subprocess.run(mount, check=True)


def test_no_file_can_be_written():
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        for path in all_files():
            fd = os.open(path, os.O_WRONLY)
            try:
                tap.raises(errno.EINVAL, str(path), os.write, fd, b"1")
            finally:
                os.close(fd)


@tap.cases("target", "self")
def test_root_needs_cap_sys_ptrace(whom):
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        path = paths.DEBUGFS / (str(agent.pid) if whom == "target" else "self") / "vmas"
        output, error = cat(path)
        tap.equal((bool(output), error), (True, ""), "with it")
        output, error = cat(path, *without("sys_ptrace"))
        tap.equal((output, error), ("", "Operation not permitted"), "without it")
        output, error = cat(paths.DEBUGFS / "status", *without("sys_ptrace"))
        tap.equal((bool(output), error), (True, ""), "status, which is about no process")


def test_no_pointers_by_default():
    with subjects.agent_with("userfaultfd") as agent, module.loaded_module(targets=agent.pid):
        for path in all_files():
            text = path.read_text("latin-1")
            tap.true(text, f"{path} is empty")
            tap.equal(RAW_POINTER.findall(text), [], str(path))
            tap.true("ptr." not in text, f"ptr. in {path}")


def test_pointers_need_cap_syslog():
    with Agent.start() as agent, module.loaded_module(targets=agent.pid, pointers=1):
        path = paths.DEBUGFS / str(agent.pid) / "vmas"
        with_it = Report(cat(path)[0].encode())
        tap.true(all(RAW_POINTER.search(vma["ptr.vma"]) for vma in with_it.vmas), "ptr.vma")
        for keys in (vma.keys() for vma in with_it.vmas):
            tap.equal({key for key in keys if key.startswith("ptr.")},
                      {"ptr.vma", "ptr.anon_vma", "ptr.root", "ptr.file", "ptr.uffd"}, "keys")
        text = cat(path, *without("syslog"))[0]
        tap.equal(len(Report(text.encode()).vmas), len(with_it.vmas), "VMAs without it")
        tap.true("ptr." not in text and not RAW_POINTER.search(text), "addresses without it")
        module.write_parameter("pointers", "0")
        tap.true("ptr." not in cat(path)[0], "addresses after pointers=0")
