# SPDX-License-Identifier: GPL-2.0
"""What the section ksm stands on: layouts from BTF, symbols from kallsyms; and what is without."""

import re
import subprocess

from lib import module, paths, tap
from lib.pages import before
from lib.status import Status

BTF = "/sys/kernel/btf/vmlinux"
SYMBOLS = ["ksm_thread_mutex", "ksm_mmlist_lock", "ksm_mm_head", "ksm_run", "ksm_scan",
           "migrate_nodes", "ptrace_may_access", "swap_cache_get_folio"]
# 6.18 took it away.
ABSENT = ["swapper_spaces"]
if before(6, 18):
    SYMBOLS += ABSENT
    ABSENT = []
# Without one of these there is no section ksm.
NEEDED = ("ksm_thread_mutex", "ksm_mmlist_lock", "ksm_mm_head", "ksm_run")
# Everything but ksm, of which a report without it says so.
OTHERS = ("report", "vmas", "anon_vmas", "folios", "check")


# A struct or union of bpftool's dump, with the lines of its members; and one of these.
_STRUCT = re.compile(r"^\[(\d+)\] (?:STRUCT|UNION) '(.*)' size=.*\n((?:\t.*\n)*)", re.MULTILINE)
_MEMBER = re.compile(r"^\t'(.*)' type_id=(\d+) bits_offset=(\d+)", re.MULTILINE)


def btf_structs():
    """The running kernel's BTF: per struct or union id, its members' lines; and ids by name."""
    dump = subprocess.run(["bpftool", "btf", "dump", "file", BTF, "format", "raw"],
                          capture_output=True, text=True, check=True).stdout
    members, names = {}, {}
    for ident, name, lines in _STRUCT.findall(dump):
        members[ident] = lines
        names.setdefault(name, []).append(ident)
    return members, names


def offsets(members, ident, base=0):
    """Where each member is, those of unnamed parts included."""
    found = {}
    for name, kind, bits in _MEMBER.findall(members[ident]):
        offset = base + int(bits) // 8
        if name == "(anon)":
            found.update(offsets(members, kind, offset))
        else:
            found[name] = offset
    return found


def test_layout_is_the_running_kernels():
    members, names = btf_structs()
    with module.loaded_module():
        layout = Status().all("layout")
    tap.true(len(layout) > 10, f"{len(layout)} members in status")
    for line in layout:
        ident, = names[line["struct"]]
        tap.equal(int(line["offset"]), offsets(members, ident)[line["member"]],
                  f"{line['struct']}.{line['member']}")


def found(*hidden):
    """What status says of each symbol when some are hidden."""
    return {name: name in SYMBOLS and name not in hidden for name in [*SYMBOLS, *ABSENT]}


def test_symbols_are_found_and_their_names_are_unique():
    with module.loaded_module():
        tap.equal(Status().symbols(), found(), "symbols")
        tap.equal(Status().one("sections"), {"ksm": "on"}, "sections")
    with open("/proc/kallsyms", encoding="ascii") as file:
        names = [line.split()[2] for line in file if "[" not in line]
    for name in SYMBOLS:
        tap.equal(names.count(name), 1, f"symbols called {name}")


def other_sections_work():
    for name in OTHERS:
        lines = (paths.DEBUGFS / "self" / name).read_text().splitlines()
        tap.true(len(lines) > 10, f"lines in self/{name}: {lines}")
        tap.equal(lines[-1].split()[0], "end", f"last line of self/{name}")


@tap.cases(*SYMBOLS)
def test_hidden_symbol_switches_off_what_needs_it(name):
    with module.loaded_module("hide", hide=name):
        status = Status()
        tap.equal(status.symbols(), found(name), "symbols")
        off = {"ksm": "off", "why": f"no symbol {name}"}
        tap.equal(status.one("sections"), off if name in NEEDED else {"ksm": "on"}, "sections")
        other_sections_work()


def test_hiding_is_for_tests_only():
    with module.loaded_module():
        tap.true(not (paths.PARAMETERS / "hide").exists(), "the parameter hide is not there")


def test_without_btf():
    with module.loaded_module("without-btf"):
        status = Status()
        tap.equal(status.one("sections"), {"ksm": "off", "why": "built with BTF=none"}, "sections")
        tap.equal(status.all("layout"), [], "members of the layout")
        other_sections_work()
