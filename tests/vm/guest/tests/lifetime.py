# SPDX-License-Identifier: GPL-2.0
"""A target that exits, execs, dies and is replaced, at every moment of a reader's life."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median

from lib import module, paths, proc, subjects, tap
from lib.abi import PAGE
from lib.agent import Agent, wait_for_state
from lib.report import Report
from lib.subjects import BASE

LAST_PID = Path("/proc/sys/kernel/ns_last_pid")


def vmas_file(pid):
    return paths.DEBUGFS / str(pid) / "vmas"


def read_all(fd, size=65536):
    parts = []
    while True:
        part = os.read(fd, size)
        if not part:
            return b"".join(parts)
        parts.append(part)


@contextlib.contextmanager
def opened(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


def test_exits_between_open_and_read():
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        agent.mmap(BASE, PAGE)
        with opened(vmas_file(agent.pid)) as fd:
            agent.close()
            report = Report(read_all(fd))
        tap.equal((report.process["pid"], report.at(BASE).pages), (agent.pid, 1), "the snapshot")
        tap.raises(errno.ESRCH, "opening anew", module.read, agent.pid)
        tap.equal(module.targets(), [agent.pid], "the directory stays")
        module.set_targets(f"-{agent.pid}")
        tap.equal(module.targets(), [], "after its removal")


def test_exits_in_the_middle_of_a_read():
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        subjects.fill(agent, 1000)
        with opened(vmas_file(agent.pid)) as fd:
            head = os.read(fd, 777)
            agent.close()
            report = Report(head + read_all(fd, 777))
        tap.equal(len(report.vmas), 1000, "VMAs in the snapshot")


def test_exits_while_snapshots_are_taken():
    """A reader gets a whole report or ESRCH, and ESRCH for good once it got it."""
    answers, many = [], subjects.affordable(3000)

    def read_on(pid):
        while answers.count("ESRCH") < 10:
            try:
                answers.append(len(module.report(pid).vmas))
            except OSError as error:
                answers.append(errno.errorcode[error.errno])

    for milliseconds in (0, 10, 30, 100):
        answers.clear()
        with Agent.start() as agent, module.loaded_module(targets=agent.pid):
            subjects.fill(agent, many)
            reader = threading.Thread(target=read_on, args=(agent.pid,))
            reader.start()
            time.sleep(milliseconds / 1000)
            agent.close()
            reader.join()
        tap.equal(set(answers) - {many}, {"ESRCH"}, "answers")
        tap.equal(answers[-10:], ["ESRCH"] * 10, "last answers")


def test_exec_shows_the_new_address_space():
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        agent.mmap(BASE, PAGE)
        before = module.report(agent.pid)
        path = agent.put(paths.AGENT.encode() + b"\0")
        argv = agent.put(path.to_bytes(8, "little") + bytes(8), 4096)
        agent.send(f"call execve {path} {argv} 0")
        # What is sent too early, the old program may have read ahead.
        while any(area.start == BASE for area in proc.maps(agent.pid)):
            time.sleep(0.01)
        agent.command("call getpid")
        after = module.report(agent.pid)
        tap.equal(before.at(BASE).pages, 1, "pages before")
        tap.true(all(vma.start != BASE for vma in after.vmas), "the old mapping is still there")
        tap.equal(after.process["pid"], agent.pid, "pid")


def test_zombie_answers_esrch():
    with Agent.start() as parent:
        child = parent.fork()
        with module.loaded_module(targets=child.pid):
            tap.equal(module.report(child.pid).process["pid"], child.pid, "alive")
            child.exit()
            wait_for_state(child.pid, "Z")
            tap.raises(errno.ESRCH, "of a zombie", module.read, child.pid)
            parent.wait(child.pid)
            tap.raises(errno.ESRCH, "of nobody", module.read, child.pid)


def test_leader_exits_before_its_threads():
    """The address space lives on with the threads, and get_task_mm() of the leader is gone."""
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        agent.thread("pause")
        agent.send("call exit 0")
        wait_for_state(agent.pid, "Z")
        tap.raises(errno.ESRCH, "opening", module.read, agent.pid)


def reuse(pid):
    """A new agent with the PID of one that is gone."""
    if not LAST_PID.exists():
        raise tap.Skip(f"no {LAST_PID}: CONFIG_CHECKPOINT_RESTORE is not set")
    for _ in range(50):
        LAST_PID.write_text(str(pid - 1))
        agent = Agent.start()
        if agent.pid == pid:
            return agent
        agent.close()
    raise tap.Failed(f"could not get PID {pid} again")


@tap.cases("added", "in a whole list")
def test_reused_pid_is_another_process(how):
    with Agent.start() as first, module.loaded_module(targets=first.pid):
        first.close()
        with reuse(first.pid) as second:
            second.mmap(BASE, PAGE)
            tap.raises(errno.ESRCH, "the old target", module.read, first.pid)
            module.set_targets(f"+{first.pid}" if how == "added" else str(first.pid))
            tap.equal(module.report(first.pid).at(BASE).pages, 1, "pages of the new one")
            tap.equal(module.targets(), [first.pid], "targets")


def test_removed_target_reads_eio():
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        subjects.fill(agent, 1000)
        with opened(vmas_file(agent.pid)) as unread, opened(vmas_file(agent.pid)) as half:
            os.read(half, 100)
            module.set_targets(f"-{agent.pid}")
            tap.raises(errno.EIO, "unread", os.read, unread, 100)
            tap.raises(errno.EIO, "half read", os.read, half, 100)
            tap.true(not vmas_file(agent.pid).exists(), "the file is still there")
        # Closed; and the same process can be one again.
        module.set_targets(f"+{agent.pid}")
        tap.equal(len(module.report(agent.pid).vmas), 1000, "VMAs")


def test_self_is_the_reader():
    with module.loaded_module():
        tap.equal(module.report("self").process["pid"], os.getpid(), "this process")
        child = subprocess.Popen(["cat", vmas_file("self")], stdout=subprocess.PIPE)
        report = Report(child.communicate()[0])
        tap.equal((report.process["pid"], report.process["comm"]), (child.pid, "cat"), "a child")
        pids = []
        thread = threading.Thread(
            target=lambda: pids.append(module.report("self").process["pid"]))
        thread.start()
        thread.join()
        tap.equal(pids, [os.getpid()], "a thread of this process")


READER = """
import sys
print(flush=True)
while True:
    with open(sys.argv[1], "rb") as file:
        file.read(int(sys.argv[2]))
"""


@contextlib.contextmanager
def looping_reader(path, size=-1):
    """A process that opens and reads a file over and over, until it fails or is killed."""
    process = subprocess.Popen([sys.executable, "-c", READER, str(path), str(size)],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with process:
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def kill(reader):
    """Now; the seconds that takes."""
    started = time.monotonic()
    reader.kill()
    reader.wait()
    return time.monotonic() - started


def test_reader_killed_in_the_middle():
    """At moments spread over the snapshot of as many VMAs as can be, and its reading."""
    many = subjects.affordable(65530)
    with subjects.many(many) as pid, module.loaded_module(targets=pid):
        for number in range(12):
            with looping_reader(vmas_file(pid)):
                time.sleep(0.061 * number)
        count = Path("/sys/module/mergescope/refcnt").read_text()
        tap.equal(count, "0\n", "references to the module")
        tap.equal(len(module.report(pid).vmas), many, "VMAs")


def test_killed_reader_waiting_for_the_lock_leaves():
    """A reader that competes with busy writers dies when it is told to."""
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        subjects.fill(agent, subjects.affordable(5000))
        for number in range(4):
            agent.thread("map", BASE + (1 << 32) + number * PAGE)
        took = []
        for _ in range(10):
            with looping_reader(vmas_file(agent.pid)) as reader:
                time.sleep(0.1)
                took.append(kill(reader))
        tap.true(median(took) < 10, f"the readers took {took} s to die")
