# SPDX-License-Identifier: GPL-2.0
"""What the command cannot do: one line that says what to do, and exit status 2."""

import contextlib
import os
import subprocess

from lib import command, module, paths, tap
from lib.agent import Agent

KTHREADD = 2
NOBODY = 65534
SCENARIO = paths.BUILT / "scenarios/pgoff/fresh.scn"
VERBS = (("report",), ("why",), ("whatif",), ("check",), ("draw",), ("watch",))


def as_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


@contextlib.contextmanager
def without_debugfs():
    """In a mount namespace of this process's own, which its children share."""
    subprocess.run(["umount", "/sys/kernel/debug"], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-t", "debugfs", "debugfs", "/sys/kernel/debug"], check=True)


def arguments(verb, pid):
    """How the verb is used, of this process."""
    return {"survey": [verb], "run": [verb, SCENARIO]}.get(verb, [verb, pid])


def told(*args, says, **options):
    run = command.run(*args, status=2, **options)
    tap.true(says in run.err, f"{says!r} is not in: {run.err}")
    tap.equal(run.out, "", "output")


@tap.cases(*(" ".join(verb) for verb in VERBS), "survey", "run")
def test_without_the_module(verb):
    args = arguments(verb, os.getpid())
    told(*args, says="the module is not loaded: as root, run modprobe mergescope")


@tap.cases(*(" ".join(verb) for verb in VERBS), "survey", "run")
def test_without_permission(verb):
    with module.loaded_module(), Agent.start() as agent:
        args = arguments(verb, agent.pid)
        told(*args, says="run this as root", preexec_fn=as_nobody, cwd="/tmp")


@tap.cases(*(" ".join(verb) for verb in VERBS), "survey", "run")
def test_without_debugfs(verb):
    with module.loaded_module(), Agent.start() as agent, without_debugfs():
        args = arguments(verb, agent.pid)
        told(*args, says="debugfs is not mounted: as root, run mount -t debugfs")
    tap.true(not module.loaded(), "the module is still there")


def test_wrong_processes():
    with module.loaded_module():
        with Agent.start() as agent:
            gone = agent.pid
        told("report", gone, says=f"{gone}: no such process, or it has exited")
        told("report", KTHREADD, says=f"{KTHREADD}: a kernel thread")
        told("diff", gone, gone, says=f"{gone}: no such process")
        told("watch", KTHREADD, says="a kernel thread")
        tap.equal(module.targets(), [], "targets afterwards")


def test_no_room_for_a_target():
    with contextlib.ExitStack() as stack:
        pids = [stack.enter_context(Agent.start()).pid for _ in range(65)]
        with module.loaded_module(targets=",".join(map(str, pids[:64]))):
            told("report", pids[64], says="there are 64 targets already: drop one with echo")
            command.run("report", pids[0])


def test_a_full_disk():
    with module.loaded_module(), open("/dev/full", "w") as full:
        done = subprocess.run([paths.COMMAND, "report", str(os.getpid())], stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False)
        tap.equal((done.returncode, done.stderr),
                  (2, "mergescope: cannot write: No space left on device\n"), "/dev/full")
        told("report", "-o", "/dev/full", os.getpid(), says="/dev/full: cannot write")
