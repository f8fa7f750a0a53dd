# SPDX-License-Identifier: GPL-2.0
"""ksmd at a test's command: it scans when it is told to, and stands still otherwise."""

import contextlib
import functools
from pathlib import Path

from . import cgroup, pagemap, pages, tap
from .agent import wait_for_state
from .memory import KSM, compact, wait_until
from .pages import setting

# Longer than any test: ksmd sleeps after a scan until the length of its sleep is changed.
SLEEP = 3600000
# A scan is one batch, and looks at every page.
SETTINGS = {"pages_to_scan": 1000000, "sleep_millisecs": SLEEP, "use_zero_pages": 0,
            "smart_scan": 0}
# More than it takes until two equal pages are one: each scan does one step.
MAX_SCANS = 8


def run(value):
    (KSM / "run").write_text(str(value))


def number(name):
    return int((KSM / name).read_text())


@contextlib.contextmanager
def commanded():
    """ksmd stands still but for scan(); in the end all is unmerged, and each setting as it was."""
    with contextlib.ExitStack() as stack:
        for name, value in SETTINGS.items():
            # smart_scan came with 6.7.
            if (KSM / name).exists():
                stack.enter_context(setting(KSM / name, str(value)))
        stack.callback(run, 0)
        stack.callback(run, 2)
        yield


@functools.cache
def _pid():
    return next(int(path.parent.name) for path in Path("/proc").glob("[0-9]*/comm")
                if path.read_text() == "ksmd\n")


def _scan_once():
    until = number("full_scans") + 1
    # Not before it sleeps: on its way there it would take the new length for the one it goes to
    # sleep with (mm/ksm.c:ksm_scan_thread()), and nothing would wake it up.
    wait_for_state(_pid(), "S")
    # It wakes up, and finds nothing to do until it is told to run: before it is, it must have found
    # so, or it would not scan, and yet sleep as one that has.
    (KSM / "sleep_millisecs").write_text(str(SLEEP + (number("sleep_millisecs") == SLEEP)))
    wait_for_state(_pid(), "S")
    run(1)
    try:
        wait_until(lambda: number("full_scans") >= until, "a scan of ksmd")
    finally:
        run(0)
    tap.equal(number("full_scans"), until, "full scans")


def scan(times=1):
    """Let ksmd go over all memory exactly so often."""
    for _ in range(times):
        _scan_once()


def frames(pid, addr, count):
    """The page frame of each page; 0 for one that is not present."""
    return [entry.frame if entry.present else 0 for entry in pagemap.entries(pid, addr, count)]


def merge(*places):
    """Scan until the pages of all places, (pid, address, pages) each, are one page."""
    for _ in range(MAX_SCANS):
        _scan_once()
        found = {frame for place in places for frame in frames(*place)}
        if len(found) == 1 and 0 not in found:
            return
    raise tap.Failed(f"not one page after {MAX_SCANS} scans: {places}")


@contextlib.contextmanager
def subject():
    """As that of pages.py, in a group that swap_out() can empty."""
    with cgroup.group(), pages.subject() as agent:
        cgroup.join(agent.pid)
        yield agent


def swap_out(*places):
    """Have the kernel reclaim pages, for which its reverse map must find all that maps them."""
    def out():
        cgroup.reclaim(8 << 20)
        compact()
        return all(entry.swapped for place in places for entry in pagemap.entries(*place))
    wait_until(out, f"the pages of {places} are swapped out")
