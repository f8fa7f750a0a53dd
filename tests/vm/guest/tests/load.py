# SPDX-License-Identifier: GPL-2.0
"""Loading and unloading: with files open, with targets, under readers, and 200 times."""

import contextlib
import errno
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from lib import module, paths, subjects, tap
from lib.agent import Agent
from lib.report import Report
from tests.lifetime import opened, read_all, vmas_file

CYCLES, WARM_UP = subjects.times(200), 20
# What the kernel may hold more after 200 cycles, in KiB. A report that is lost in each cycle alone
# would be several times as much.
MAX_GROWTH = 2048

STRESS = """
import errno, random, sys, time
read = False
while True:
    begin = time.monotonic()
    try:
        with open(sys.argv[1], "rb") as file:
            data = file.read()
        if not data.rstrip().splitlines()[-1].startswith(b"end "):
            sys.exit("cut off: " + repr(data[-100:]))
        if not read:
            print("read", flush=True)
        read = True
    except OSError as error:
        # Not there, or the module is just going (fs/debugfs/file.c).
        if error.errno not in (errno.ENOENT, errno.ENXIO):
            raise
    # Some air between, or one of several readers would always be in: the more, the longer each is.
    time.sleep(random.random() * max(0.02, 2 * (time.monotonic() - begin)))
"""


@tap.cases("a file open", "a file half read")
def test_unloading_waits_for_files(how):
    with Agent.start() as agent:
        module.load(targets=agent.pid)
        with opened(vmas_file(agent.pid)) as fd:
            head = os.read(fd, 100) if "half" in how else b""
            tap.raises(errno.EAGAIN, "delete_module", module.unload)
            run = subprocess.run(["rmmod", "mergescope"], capture_output=True, text=True)
            tap.true(run.returncode != 0 and "in use" in run.stderr, f"rmmod: {run}")
            tap.true(len(Report(head + read_all(fd)).vmas) > 1, "the file is still whole")
        module.unload()
        tap.true(not paths.DEBUGFS.exists(), "the directory is still there")


def test_unloads_with_targets_set():
    with Agent.start() as agent, Agent.start() as dead:
        module.load(targets=f"{agent.pid},{dead.pid}")
        dead.close()
        run = subprocess.run(["rmmod", "mergescope"], capture_output=True, text=True)
        tap.equal((run.returncode, run.stderr), (0, ""), "rmmod")
        tap.true(not paths.DEBUGFS.exists() and not module.loaded(), "something is left")
        # The process does not notice.
        tap.equal(agent.try_call("getpid"), agent.pid, "getpid")


@contextlib.contextmanager
def stress(path, readers):
    processes = [subprocess.Popen([sys.executable, "-c", STRESS, str(path)],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                 for _ in range(readers)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_unloads_under_readers():
    """Each attempt finds the module busy or ends it; nothing else, and the log stays clean."""
    outcomes = {"busy": 0, "unloaded": 0}
    with subjects.many(300) as pid:
        module.load(targets=pid)
        with stress(vmas_file(pid), 3) as readers:
            for reader in readers:
                tap.equal(reader.stdout.readline(), "read\n", "first read")
            begin = time.monotonic()
            # On a busy host it may take longer until each has been seen.
            while time.monotonic() < begin + (15 if all(outcomes.values()) else 300) and \
                    min(outcomes.values()) < 30:
                try:
                    module.unload()
                    outcomes["unloaded"] += 1
                    module.load(targets=pid)
                except BlockingIOError:
                    outcomes["busy"] += 1
            died = [reader.communicate()[1] for reader in readers if reader.poll() is not None]
            tap.equal(died, [], "readers that saw half a report")
        module.unload_soon()
    tap.true(all(outcomes.values()), f"not all outcomes occurred: {outcomes}")


def kernel_memory():
    """Slab and vmalloc memory in use, in KiB."""
    text = Path("/proc/meminfo").read_text()
    return sum(int(re.search(rf"^{name}: *(\d+) kB$", text, re.M).group(1))
               for name in ("Slab", "VmallocUsed", "Percpu"))


def settled_memory():
    """After what waits for a grace period or sits in a cache is gone."""
    Path("/proc/sys/vm/drop_caches").write_text("3")
    time.sleep(1)
    return kernel_memory()


def cycle(pid):
    module.load(targets=pid)
    tap.true(len(module.read(pid)) > 100000, "the report is too short")
    with opened(vmas_file(pid)) as fd:
        os.read(fd, 100)
    module.unload()


def test_200_cycles_leak_nothing():
    with subjects.many(500) as pid:
        for _ in range(WARM_UP):
            cycle(pid)
        before = settled_memory()
        for _ in range(CYCLES):
            cycle(pid)
        growth = settled_memory() - before
    tap.true(growth < MAX_GROWTH, f"{growth} KiB more in use after {CYCLES} cycles")
