# SPDX-License-Identifier: GPL-2.0
"""What only a kernel for debugging can show: allocations that fail, and memory that is lost.

Its other checks need no test of their own: what they find is in the kernel's log, which the host
judges. The last test is about all that ran before it.
"""

import time
from pathlib import Path

from lib import faults, module, paths, subjects, tap
from lib.agent import Agent

KMEMLEAK = Path("/sys/kernel/debug/kmemleak")
# Younger objects are not reported: their owner may not have stored them yet.
MIN_AGE = 6
# How often each file is read: of the last few objects that are lost, SLUB's sheaves (7.0) keep
# pointers, which kmemleak takes for references.
TIMES = 40


def names():
    """The files of one target."""
    return sorted(path.name for path in (paths.DEBUGFS / "self").iterdir())


def ends(text):
    tap.equal(text.rstrip().splitlines()[-1][:4], b"end ", "start of the last line")


def test_allocations_fail_in_a_report():
    faults.need()
    with subjects.agent_with("files") as agent, module.loaded_module(targets=agent.pid), \
            faults.confined(faults.module_text()):
        for name in names():
            whole = module.read(agent.pid, name)
            count = faults.fail_each(lambda file=name: module.read(agent.pid, file), ends)
            tap.true(count > 2, f"{name} takes {count} allocations")
            tap.equal(len(module.read(agent.pid, name).splitlines()), len(whole.splitlines()),
                      f"lines of {name} afterwards")


@tap.cases("status", "targets")
def test_allocations_fail_in(name):
    """These allocate nothing of their own, but what holds their text may be missing."""
    faults.need()
    with Agent.start() as agent, module.loaded_module(targets=agent.pid):
        path = paths.DEBUGFS / name
        whole = path.read_bytes().splitlines()
        for function in ("single_open", "seq_read_iter"):
            with faults.confined(faults.kernel_function(function)):
                faults.fail_each(path.read_bytes, lambda text: tap.equal(
                    len(text.splitlines()), len(whole), "lines"))


def test_allocations_fail_setting_targets():
    faults.need()
    with Agent.start() as one, Agent.start() as other, module.loaded_module(), \
            faults.confined(faults.module_text()):
        faults.fail_each(lambda: module.set_targets(f"{one.pid},{other.pid}"),
                         lambda _none: tap.equal(module.targets(), sorted([one.pid, other.pid]),
                                                 "targets"),
                         undo=lambda: module.set_targets(""))


def test_allocations_fail_loading():
    """The loader's own too, which runs the module's: whatever fails, nothing of it stays."""
    def nothing_or_all(_none):
        tap.true(module.loaded() and paths.DEBUGFS.is_dir(), "loaded, but not whole")

    faults.need()
    with Agent.start() as agent, faults.confined(faults.kernel_function("load_module")):
        faults.fail_each(lambda: module.load(targets=agent.pid), nothing_or_all, module.unload)
        tap.true(not module.loaded() and not paths.DEBUGFS.exists(), "something is left")


def leaks():
    """What kmemleak reports; an object must be missed by two scans, and not be quite new."""
    time.sleep(MIN_AGE)
    for _ in range(2):
        KMEMLEAK.write_text("scan")
    return KMEMLEAK.read_text()


@tap.cases("while it is loaded", "after it is unloaded")
def test_nothing_is_lost(when):
    if not KMEMLEAK.exists():
        raise tap.Skip(f"no {KMEMLEAK}: CONFIG_DEBUG_KMEMLEAK is not set")
    with subjects.agent_with("files") as agent, module.loaded_module(targets=agent.pid):
        for _ in range(TIMES):
            for name in names():
                ends(module.read(agent.pid, name))
        if when == "while it is loaded":
            tap.equal(leaks(), "", "leaks")
    if when == "after it is unloaded":
        tap.equal(leaks(), "", "leaks")
