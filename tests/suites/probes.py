# SPDX-License-Identifier: GPL-2.0
"""Whether the compile probes found what a series has: a probe that cannot compile finds nothing.

A probe's own mistake looks like an absent feature, and the module then builds all the same, without
it. So what each series has is written down here, from its headers.
"""

import re
from pathlib import Path

SINCE_6_12 = {"FILE_USER_PATH", "FOLIO_SWAP", "KSM_ZERO_PTE", "MM_LOCK_SEQCOUNT",
              "MMF_VM_MERGE_ANY", "PMD_SPECIAL", "VMA_IS_INITIAL_HEAP"}
SINCE_7_2 = SINCE_6_12 | {"MM_FLAGS_TEST", "MMAP_PREPARE", "SOFTLEAF", "TASK_EXEC_STATE"}

# A probe that no series here fulfils: MM_LOCK_SEQ_INT, of 6.4 to early 6.12.
HAS = {
    "6.1": {"PAGE_MAPCOUNT", "PMD_DEVMAP"},
    "6.12": SINCE_6_12 | {"PMD_DEVMAP"},
    "7.2": SINCE_7_2,
    "7.3": SINCE_7_2 | {"PTE_UFFD", "VMA_ANON_PGOFF"},
}


def tap(release: str, config: Path) -> str:
    """A TAP stream: does config, msc_config.h of a build for release, say what is known?"""
    series = re.match(r"\d+\.\d+", release).group()
    name = f"the probes find what {series} has"
    if series not in HAS:
        return f"TAP version 13\n1..1\nok 1 - {name} # SKIP nobody has read its headers\n"
    found = set(re.findall(r"^#define MSC_HAVE_(\w+) 1$", config.read_text(), re.MULTILINE))
    if found == HAS[series]:
        return f"TAP version 13\n1..1\nok 1 - {name}\n"
    return (f"TAP version 13\n1..1\nnot ok 1 - {name}\n"
            f"# not found, but there: {' '.join(sorted(HAS[series] - found)) or '-'}\n"
            f"# found, and not there: {' '.join(sorted(found - HAS[series])) or '-'}\n")
