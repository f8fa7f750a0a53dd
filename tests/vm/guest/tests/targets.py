# SPDX-License-Identifier: GPL-2.0
"""Which processes can be targets, how they are set, and what each wrong list is answered with."""

import contextlib
import errno
import os
import subprocess

from lib import module, paths, tap
from lib.agent import Agent, wait_for_state

MAX_TARGETS = 64
KTHREADD = 2


def unused_pid():
    """A number below the limit that no process has."""
    pid = 4194303
    while os.path.exists(f"/proc/{pid}"):
        pid -= 1
    return pid


def exited_pid():
    with Agent.start() as agent:
        return agent.pid


@contextlib.contextmanager
def zombie():
    """An exited child that nobody has waited for."""
    with Agent.start() as parent:
        child = parent.fork()
        child.exit()
        wait_for_state(child.pid, "Z")
        yield child.pid
        parent.wait(child.pid)


@contextlib.contextmanager
def thread():
    with Agent.start() as agent:
        yield agent.thread("pause")


@contextlib.contextmanager
def no_process():
    yield 0


def _plain(pid_of):
    @contextlib.contextmanager
    def made():
        yield pid_of()
    return made


# What is wrong: who {} is, the list, the errno. {base} is a process that is a target already.
WRONG = {
    "no such process": (_plain(unused_pid), "{}", errno.ESRCH),
    "exited": (_plain(exited_pid), "{}", errno.ESRCH),
    "zombie": (zombie, "{}", errno.ESRCH),
    "kernel thread": (_plain(lambda: KTHREADD), "{}", errno.EINVAL),
    "thread of a process": (thread, "{}", errno.EINVAL),
    "word": (no_process, "init", errno.EINVAL),
    "number and more": (no_process, "{base}x", errno.EINVAL),
    "blank between": (no_process, "{base} 2", errno.EINVAL),
    "hex": (no_process, "0x1", errno.EINVAL),
    "zero": (no_process, "0", errno.EINVAL),
    "number too large": (no_process, "99999999999999999999", errno.EINVAL),
    "empty member": (no_process, "{base},,1", errno.EINVAL),
    "comma at the end": (no_process, "{base},", errno.EINVAL),
    "two signs": (no_process, "+-1", errno.EINVAL),
    "mixed": (no_process, "{base},+1", errno.EINVAL),
    "mixed the other way": (no_process, "-{base},1", errno.EINVAL),
    "twice in a list": (no_process, "1,{base},1", errno.EEXIST),
    "twice with signs": (no_process, "+1,-1", errno.EEXIST),
    "removed and not there": (no_process, "-1", errno.ENOENT),
    "good one first": (_plain(unused_pid), "1,{}", errno.ESRCH),
    "good change first": (_plain(unused_pid), "-{base},+1,+{}", errno.ESRCH),
    "65 in a list": (no_process, ",".join(map(str, range(1, 66))), errno.E2BIG),
}


@tap.cases(*WRONG)
def test_wrong_list_changes_nothing(case):
    who, text, error = WRONG[case]
    with Agent.start() as base, who() as pid, module.loaded_module(targets=base.pid):
        before = module.parameter("targets")
        tap.equal(before, str(base.pid), "targets before")
        tap.raises(error, f"writing {text}", module.set_targets, text.format(pid, base=base.pid))
        tap.equal(module.parameter("targets"), before, "targets after")
        tap.equal(module.targets(), [base.pid], "directories after")
        tap.equal(module.report(base.pid).process["pid"], base.pid, "report after")


@tap.cases(*(case for case in WRONG if "good change" not in case))
def test_wrong_list_fails_the_load(case):
    who, text, error = WRONG[case]
    with Agent.start() as base, who() as pid:
        text = text.format(pid, base=base.pid)
        tap.raises(error, f"loading with {text}", module.load, targets=text)
        tap.true(not module.loaded() and not paths.DEBUGFS.exists(), "something is left behind")


def test_log_names_the_wrong_member():
    """insmod itself has odd texts for some errnos ("wrong symbol version" for ESRCH)."""
    pid = unused_pid()
    run = subprocess.run(["insmod", paths.MODULE, f"targets=1,{pid}"], capture_output=True,
                         text=True)
    tap.true(run.returncode != 0 and run.stderr, f"insmod: {run}")
    log = subprocess.run(["dmesg"], capture_output=True, text=True, check=True).stdout
    tap.true(f"targets: {pid}: no such process" in log, f"end of the log:\n{log[-300:]}")


def test_present_target_again():
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        tap.raises(errno.EEXIST, "adding it", module.set_targets, f"+{agent.pid}")
        module.set_targets(str(agent.pid))
        tap.equal(module.targets(), [agent.pid], "after a whole list with it")


def test_lists_and_changes():
    with contextlib.ExitStack() as stack:
        agents = [stack.enter_context(Agent.start()) for _ in range(4)]
        a, b, c, d = sorted(agent.pid for agent in agents)
        with module.loaded_module(targets=f"{a},{b}"):
            for text, expected in ((None, [a, b]), (f"+{c}", [a, b, c]), (f"-{a}", [b, c]),
                                   (f"+{a},-{c},+{d}", [a, b, d]), (f"{c},{d}\n", [c, d]),
                                   (f"{d},{a}", [a, d]), ("\n", []), (f"+{b}\n", [b]),
                                   (f"-{b}", [])):
                if text:
                    module.set_targets(text)
                tap.equal(module.targets(), expected, f"directories after {text!r}")
                listed = [int(pid) for pid in module.parameter("targets").split(",") if pid]
                tap.equal(sorted(listed), expected, f"parameter after {text!r}")
                for pid in expected:
                    tap.equal(module.report(pid).process["pid"], pid, "pid in the report")


def test_file_targets():
    with Agent.start() as alive, Agent.start() as dead:
        with module.loaded_module(targets=f"{alive.pid},{dead.pid}"):
            dead.close()
            tap.equal((paths.DEBUGFS / "targets").read_text().splitlines(),
                      [f'target pid={alive.pid} state=present comm="agent"',
                       f"target pid={dead.pid} state=exited"], "targets")


def test_at_most_64():
    with contextlib.ExitStack() as stack:
        agents = [stack.enter_context(Agent.start()) for _ in range(MAX_TARGETS + 1)]
        pids = [agent.pid for agent in agents]
        with module.loaded_module(targets=",".join(map(str, pids[:MAX_TARGETS]))):
            tap.equal(module.targets(), sorted(pids[:MAX_TARGETS]), "64 targets")
            tap.raises(errno.E2BIG, "one more", module.set_targets, f"+{pids[-1]}")
            tap.equal(module.targets(), sorted(pids[:MAX_TARGETS]), "targets after it")
            module.set_targets(f"-{pids[0]},+{pids[-1]}")
            tap.equal(module.targets(), sorted(pids[1:]), "after an exchange")
