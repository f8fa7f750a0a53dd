# SPDX-License-Identifier: GPL-2.0
"""Where things are: what was built lies beside this folder, or where MERGESCOPE_BUILT says."""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
BUILT = Path(os.environ.get("MERGESCOPE_BUILT", HERE))

AGENT = str(BUILT / "agent")
COMMAND = str(BUILT / "mergescope")
SIMULATE = str(BUILT / "simulate")
BPF_ITERATOR = str(BUILT / "vma_iter.bpf.o")

DEBUGFS = Path("/sys/kernel/debug/mergescope")
PARAMETERS = Path("/sys/module/mergescope/parameters")


def variant(name):
    """The module as it was built in one way; in the ordinary one without a name."""
    return str(BUILT / (f"mergescope-{name}.ko" if name else "mergescope.ko"))


MODULE = variant("")
