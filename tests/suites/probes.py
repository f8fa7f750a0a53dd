# SPDX-License-Identifier: GPL-2.0
"""Whether a build found what a series has: the compile probes, and the layout of KSM's structs.

A probe's own mistake looks like an absent feature, and the module then builds all the same, without
it; so it does without BTF. So what each series has is written down here, from its sources.
"""

import re
from pathlib import Path

SINCE_6_12 = {"FILE_USER_PATH", "FOLIO_SWAP", "HUGE_FAULT_ORDER", "KSM_ZERO_PTE",
              "MM_KSM_ZERO_PAGES", "MM_LOCK_SEQCOUNT", "MMF_VM_MERGE_ANY", "PMD_SPECIAL",
              "VMA_IS_INITIAL_HEAP"}
SINCE_7_2 = SINCE_6_12 | {"MEMDESC_FLAGS", "MM_FLAGS_TEST", "MMAP_PREPARE", "SOFTLEAF",
                          "TASK_EXEC_STATE"}

# A probe that no series here fulfils: MM_LOCK_SEQ_INT, of 6.4 to early 6.12.
HAS = {
    "6.1": {"PAGE_DOUBLE_MAP", "PAGE_MAPCOUNT", "PFN_T", "PMD_DEVMAP", "SWAPIN_ERROR"},
    "6.12": SINCE_6_12 | {"PFN_T", "PMD_DEVMAP", "VMA_LOCK_OBJECT"},
    "7.2": SINCE_7_2,
    "7.3": SINCE_7_2 | {"PTE_UFFD", "VMA_ANON_PGOFF"},
}

# Of the members of KSM's structs those that not every series has (module/compat/btf/layout.awk).
NODE_IDS = {"ksm_stable_node_nid"}
AGES = NODE_IDS | {"ksm_rmap_item_age"}

HAS_MEMBERS = {
    "6.1": NODE_IDS,
    "6.12": AGES,
    "7.2": AGES,
    "7.3": AGES | {"ksm_rmap_item_linear_page_index"},
}


def _compare(found: set, expected: set) -> str:
    """Nothing, or TAP's lines about what differs."""
    if found == expected:
        return ""
    return (f"# not found, but there: {' '.join(sorted(expected - found)) or '-'}\n"
            f"# found, and not there: {' '.join(sorted(found - expected)) or '-'}\n")


def _probes(headers: Path, series: str) -> str:
    text = (headers / "msc_config.h").read_text()
    return _compare(set(re.findall(r"^#define MSC_HAVE_(\w+) 1$", text, re.MULTILINE)),
                    HAS[series])


def _layout(headers: Path, series: str) -> str:
    text = (headers / "msc_layout.h").read_text()
    if "#define MSC_BTF_KSM 1" not in text:
        return "".join(f"# {line}\n" for line in text.splitlines())
    return _compare(set(re.findall(r"^#define MSC_BTF_HAS_(\w+) 1$", text, re.MULTILINE)),
                    HAS_MEMBERS[series])


def tap(release: str, headers: Path) -> str:
    """A TAP stream: do the headers generated in a build for release say what is known?"""
    series = re.match(r"\d+\.\d+", release).group()
    text = "TAP version 13\n1..2\n"
    for number, (what, check) in enumerate((("probes find", _probes), ("layout has", _layout)), 1):
        name = f"{number} - the {what} what {series} has"
        if series not in HAS:
            text += f"ok {name} # SKIP nobody has read its sources\n"
            continue
        problem = check(headers, series)
        text += f"{'not ok' if problem else 'ok'} {name}\n{problem}"
    return text
