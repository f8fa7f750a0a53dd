# SPDX-License-Identifier: GPL-2.0
"""What the section ksm stands on: layouts from BTF, symbols from kallsyms; and what is without."""

import contextlib
import re
import subprocess

from lib import abi, ksm, ksmd, memory, module, mutate, pages, paths, tap
from lib.abi import PAGE
from lib.agent import Agent, stopped
from lib.pages import before
from lib.status import Status
from tests.access import cat, without

AT = 0x200000000000

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


def ksm_is_off(pid, why):
    """The section of a process with four merged pages and five rmap_items has its first line."""
    section = ksm.read(pid)
    tap.equal([section.ksm.get(key) for key in ("lists", "why", "run", "scans", "items", "pages")],
              ["off", why, "no", "unknown", "0", "0"], "the line ksm")
    tap.equal((section.items, section.nodes, section.pages, section.vmas), ([], {}, [], {}),
              "what follows it")
    report = pages.report_of(pid, "check")
    tap.equal(ksm.KsmReport(report.text).ksm, section.ksm, "the line ksm of the file check")
    tap.no_differences(report.violations, "violations")
    tap.equal({rule: report.checks[rule][1:] for rule in ksm.RULES if rule != "ksm-flag"},
              {"ksm-reach": (0, 0, 4), "ksm-protect": (4, 0, 0), "ksm-item": (0, 0, 5),
               "ksm-item-anon": (0, 0, 4), "ksm-item-order": (0, 0, 5), "ksm-node": (0, 0, 4)},
              "checked, violations, unknown")


@tap.cases(*SYMBOLS)
def test_hidden_symbol_switches_off_what_needs_it(name):
    with module.loaded_module("hide", hide=name):
        status = Status()
        tap.equal(status.symbols(), found(name), "symbols")
        off = {"ksm": "off", "why": f"no symbol {name}"}
        tap.equal(status.one("sections"), off if name in NEEDED else {"ksm": "on"}, "sections")
        other_sections_work()


@contextlib.contextmanager
def merged():
    """Four pages that are one, and another: what the sections say that KSM's symbols are for."""
    with ksmd.commanded(), Agent.start() as agent:
        agent.mmap(AT, 5 * PAGE)
        agent.touch(AT, 4 * PAGE)
        agent.poke(AT + 4 * PAGE, b"another")
        agent.madvise(AT, 5 * PAGE, abi.MADV_MERGEABLE)
        ksmd.merge((agent.pid, AT, 4))
        yield agent


@tap.cases("migrate_nodes", "ksm_scan")
def test_what_a_hidden_symbol_leaves_unknown(name):
    """Only that: the pages are found all the same."""
    with merged() as agent, module.loaded_module("hide", hide=name, hold_us=0):
        section = ksm.read(agent.pid)
        tap.equal(section.now(AT, 5), ["maps"] * 4 + ["unstable"], "rmap_items")
        tap.equal(section.reach(AT), {"own": 4}, "pages")
        node, = section.nodes.values()
        tap.equal((node["kind"], node["len"], node["found_len"]),
                  ("unknown" if name == "migrate_nodes" else "tree", "4", "4"), "stable node")
        known = name != "ksm_scan"
        tap.equal((section.ksm["scans"] != "unknown", section.item(AT + 4 * PAGE)["scans_ago"]),
                  (known, "1" if known else "-"), f"scans: {section.ksm}")
        report = pages.expect_clean(agent.pid, f"without {name}")
        tap.equal([report.checks[rule].checked for rule in ("ksm-reach", "ksm-item", "ksm-node")],
                  [4, 5, 2], "checks")


@contextlib.contextmanager
def in_the_swap_cache(agent):
    """The first page is swapped out, and its folio kept; the process is stopped."""
    with mutate.loaded_module(), contextlib.ExitStack() as stack:
        with stopped(agent.pid):
            stack.enter_context(mutate.pinned(agent.pid, AT))
        memory.page_out(agent, AT, 1)
        with stopped(agent.pid):
            yield


# What looks into the swap cache: compat/swapcache.c.
LOOKS = "swapper_spaces" if before(6, 18) else "swap_cache_get_folio"


@tap.cases(*(name for name in SYMBOLS if name in ("swapper_spaces", "swap_cache_get_folio")))
def test_swap_cache_without(name):
    """The function is not called in place of the array: there it takes other arguments."""
    present = name != LOOKS
    with memory.swap(), Agent.start() as agent, \
            module.loaded_module("hide", hide=name, hold_us=0):
        agent.touch(agent.mmap(AT, PAGE))
        with in_the_swap_cache(agent):
            tap.equal([line["present"] for line in Status().all("capability")
                       if line["name"] == "swap-cache"], ["yes" if present else "no"],
                      "capability swap-cache")
            report = pages.expect_swapin(agent.pid, AT, "use" if present else "unknown")
            tap.equal(report.at(AT).state, "swapcache" if present else "swap", "state")
            tap.equal(report.checks["swap-index"][1:], (1, 0, 0) if present else (0, 0, 1),
                      "swap-index: checked, violations, unknown")
            tap.equal(report.violations, [], "violations")


@tap.cases("nothing", "ksm_run")
def test_swapin_of_a_merged_page_without(name):
    """Whether KSM is being undone, when it would be copied, only ksm_run tells."""
    with memory.swap(), merged() as agent, module.loaded_module("hide", hide=name, hold_us=0):
        # MADV_PAGEOUT passes by what is mapped more than once.
        agent.madvise(AT + PAGE, 3 * PAGE, memory.MADV_DONTNEED)
        with in_the_swap_cache(agent):
            report = pages.expect_swapin(agent.pid, AT, "unknown" if name == "ksm_run" else "use")
            tap.equal(report.at(AT).state, "swapcache", "state")
            tap.equal(report.violations, [], "violations")


def test_access_without_ptrace_may_access():
    """CAP_SYS_PTRACE is asked for all the same."""
    with Agent.start() as agent, module.loaded_module("hide", hide="ptrace_may_access"), \
            module.target(agent.pid):
        for whom in (str(agent.pid), "self"):
            path = paths.DEBUGFS / whom / "vmas"
            output, error = cat(path)
            tap.equal((output.count("\nend "), error), (1, ""), f"{whom}, with it")
            tap.equal(cat(path, *without("sys_ptrace")), ("", "Operation not permitted"),
                      f"{whom}, without it")


def test_hiding_is_for_tests_only():
    with module.loaded_module():
        tap.true(not (paths.PARAMETERS / "hide").exists(), "the parameter hide is not there")


def test_without_btf():
    with module.loaded_module("without-btf"):
        status = Status()
        tap.equal(status.one("sections"), {"ksm": "off", "why": "built with BTF=none"}, "sections")
        tap.equal(status.all("layout"), [], "members of the layout")
        other_sections_work()
    with merged() as agent, module.loaded_module("without-btf", hold_us=0):
        ksm_is_off(agent.pid, "built with BTF=none")


def test_layout_that_does_not_fit():
    """What the module finds on the lists when it is loaded is not what the layout says."""
    with merged() as agent, mutate.loaded_module(), stopped(agent.pid):
        with mutate.mutated("item-unlisted", agent.pid, AT), module.loaded_module(hold_us=0):
            why = "a stable rmap_item is on no list"
            tap.equal(Status().one("sections"), {"ksm": "off", "why": why}, "sections")
            other_sections_work()
            ksm_is_off(agent.pid, why)
        with module.loaded_module(hold_us=0):
            tap.equal(Status().one("sections"), {"ksm": "on"}, "sections, loaded again")
            tap.equal(ksm.read(agent.pid).reach(AT), {"own": 4}, "pages, loaded again")
