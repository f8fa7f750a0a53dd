# SPDX-License-Identifier: GPL-2.0
"""Emulate, or use KVM where a trial boot has shown that it works for a kernel."""

import io
import json
import os
import platform
from pathlib import Path

from . import cache, roots, vm
from .log import say

# A boot under a KVM that works takes a second or two, of a debug kernel several times as long.
TRIAL_TIMEOUT = 6
DEBUG_TRIAL_TIMEOUT = 40


def _load(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def _trial(root: roots.Root) -> bool:
    say(f"{root.kernel.release}: trying a boot under kvm (once)")
    options = vm.Options(boot_timeout=DEBUG_TRIAL_TIMEOUT if root.built else TRIAL_TIMEOUT)
    works = vm.run(root, ["true"], options, io.BytesIO(), accel="kvm").passed
    say(f"{root.kernel.release}: kvm " + ("works" if works else "does not work here; emulating"))
    return works


def choose(root: roots.Root) -> str:
    """The accelerator for a kernel; the outcome of its trial is remembered for this host."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    host = f"{platform.node()} {platform.release()}"
    path = cache.folder() / "kvm.json"
    with cache.lock("kvm"):
        known = _load(path)
        trials = known.setdefault(host, {})
        # Where one kernel did not start, the others are not worth the wait.
        if root.kernel.release not in trials and all(trials.values()):
            trials[root.kernel.release] = _trial(root)
            path.write_text(json.dumps(known, indent=1))
    return "kvm" if trials.get(root.kernel.release) else "tcg"
