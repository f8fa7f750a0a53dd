# SPDX-License-Identifier: GPL-2.0
"""The section ksm: rmap_items, stable nodes, whether the reverse map finds the pages."""

import contextlib
from pathlib import Path

from lib import (abi, ksm, ksmd, memory, mutate, mutation_cases_ksm, pagemap, pages, proc, subjects,
                 swap, tap)
from lib.abi import PAGE
from lib.agent import Agent, stopped
from tests.pagemap import KSM_IS_ANON

AT, FAR = 0x200000000000, 0x300000000000


@contextlib.contextmanager
def subject():
    """An agent, the module, nothing left merged."""
    with pages.loaded(), Agent.start() as agent:
        yield agent
        ksm_clean(agent)


def ksm_clean(agent, what="in the end"):
    """No invariant of KSM's is violated."""
    checked, found = ksm.violations(agent.pid)
    tap.no_differences(found, f"{what}: violations")
    return checked


def alike(agent, addr=AT, count=4, byte=0x5a):
    """Pages that hold the same."""
    agent.mmap(addr, count * PAGE)
    with agent.queued():
        for number in range(count):
            agent.poke(addr + number * PAGE, bytes([byte]) * 64)
    return addr


def proc_counts(pid):
    """/proc/PID/ksm_stat, with ksm_merging_pages where it has that not."""
    counts = {}
    for line in Path(f"/proc/{pid}/ksm_stat").read_text().splitlines():
        name, _, value = line.partition(" ")
        counts[name.strip(":")] = value.strip()
    merging = Path(f"/proc/{pid}/ksm_merging_pages").read_text().strip()
    return {"ksm_merging_pages": merging, **counts}


def totals_agree(agent, report):
    """What was found is what /proc/PID says there is."""
    proc = proc_counts(agent.pid)
    tap.equal((report.ksm["lists"], report.ksm["items"], report.ksm["stable"]),
              ("read", proc["ksm_rmap_items"], proc["ksm_merging_pages"]), "rmap_items in all")
    tap.equal((report.ksm["rmap_items"], report.ksm["merging_pages"]),
              (proc["ksm_rmap_items"], proc["ksm_merging_pages"]), "what the mm counts")
    tap.equal(report.ksm["zero_pages"], proc.get("ksm_zero_pages", "absent"), "zero pages")


def test_merged_pages():
    with subject() as agent, ksm.running():
        alike(agent)
        ksm.merged(agent, AT, 4)
        report = ksm.read(agent.pid)
        tap.equal(report.now(AT, 4), ["maps"] * 4, "rmap_items")
        tap.equal(report.reach(AT), {"own": 4}, "the pages")
        nodes = {report.item(AT + number * PAGE)["node"] for number in range(4)}
        tap.equal(len(nodes), 1, "stable nodes")
        node = report.nodes[nodes.pop()]
        tap.equal((node["kind"], node["len"], node["found_len"], node["page"], node["nid"]),
                  ("tree", "4", "4", "match", "0"), f"the stable node: {node}")
        for item in report.items[:4]:
            tap.equal((item["listed"], item["chain"], item["page"]), ("yes", "yes", "ksm"),
                      f"rmap_item: {item}")
            tap.equal(item["page_index"],
                      "absent" if pages.before(7, 3) else item["vma_index"], "page index")
        totals_agree(agent, report)
        checked = ksm_clean(agent, "merged")
        tap.equal((checked["ksm-reach"], checked["ksm-protect"], checked["ksm-item"],
                   checked["ksm-item-anon"], checked["ksm-item-order"], checked["ksm-node"]),
                  (4, 4, 4, 4, 3, 2), "checks")


def test_pages_that_differ():
    """An rmap_item each, in the unstable tree or waiting for its page to stand still."""
    with subject() as agent, ksm.running(smart_scan=0) if not pages.before(6, 7) else \
            ksm.running():
        agent.mmap(AT, 4 * PAGE)
        for number in range(4):
            agent.poke(AT + number * PAGE, bytes([number + 1]) * 64)
        agent.madvise(AT, 4 * PAGE, abi.MADV_MERGEABLE)
        ksm.wait_for_scans(4)
        ksm.run(0)
        report = ksm.read(agent.pid)
        tap.equal(report.now(AT, 4), ["unstable"] * 4, "rmap_items")
        for item in report.items:
            tap.true(item["scans_ago"] in ("0", "1"), f"in the tree of this scan: {item}")
            tap.equal((item["age"] == "absent"), pages.before(6, 7), f"age: {item}")
        totals_agree(agent, report)
        tap.equal(ksm_clean(agent)["ksm-item"], 4, "rmap_items checked")


def test_forks_are_found_through_the_parents_items():
    with subject() as agent, ksm.running():
        alike(agent)
        ksm.merged(agent, AT, 4)
        child = agent.fork()
        report = ksm.read(child.pid)
        tap.equal((report.items, report.reach(AT)), ([], {"fork": 4}), "before ksmd comes by")
        tap.equal([page["reach"] for page in report.pages], ["fork"] * 4, "pages")
        tap.equal([found["own"] for page in report.pages for found in page["found"]], ["no"] * 4,
                  "found through the parent's")
        ksm_clean(child, "forked")
        ksm.run(1)
        ksm.wait_for_scans(3)
        ksm.run(0)
        report = ksm.read(child.pid)
        tap.equal((report.now(AT, 4), report.reach(AT)), (["maps"] * 4, {"own": 4}), "after that")
        if not pages.before(6, 4):
            totals_agree(child, report)
        ksm_clean(child, "scanned")


def test_stale_items():
    """What becomes of an rmap_item whose page goes, until ksmd comes by again."""
    with subject() as agent, ksm.running():
        alike(agent, count=8)
        ksm.merged(agent, AT, 8)
        agent.poke(AT, b"another")
        agent.madvise(AT + PAGE, PAGE, memory.MADV_DONTNEED)
        agent.munmap(AT + 2 * PAGE, 2 * PAGE)
        agent.mmap(AT + 3 * PAGE, PAGE)
        agent.touch(AT + 3 * PAGE)
        report = ksm.read(agent.pid)
        tap.equal(report.now(AT, 8), ["changed", "changed", "no-vma", "moved"] + ["maps"] * 4,
                  "rmap_items")
        tap.equal([item["page"] for item in report.items[:4]], ["anon", "none", "none", "anon"],
                  "what is mapped there")
        totals_agree(agent, report)
        ksm_clean(agent, "stale")
        ksm.run(1)
        ksm.wait_for_scans(3)
        report = ksm.read(agent.pid)
        tap.equal([item["addr"] for item in report.items if item["now"] not in ("maps", "-")], [],
                  "stale rmap_items when ksmd has come by")


# What hugetlb memory is mapped where KSM had pages; a shared GiB has a page table in common.
HUGETLB = {"private": (abi.MAP_PRIVATE, subjects.HUGE_PAGE),
           "shared": (abi.MAP_SHARED | abi.MAP_NORESERVE, 1 << 30)}


@tap.cases(*HUGETLB)
def test_stale_items_where_hugetlb_is(how):
    """Its page tables are no business of KSM's: the state is that of the run."""
    if not subjects.reserve_huge_pages():
        raise tap.Skip("no huge pages can be reserved")
    flags, size = HUGETLB[how]
    with subject() as agent, ksm.running():
        alike(agent)
        ksm.merged(agent, AT, 4)
        agent.munmap(AT, 4 * PAGE)
        agent.mmap(AT, size, abi.RW, flags | abi.MAP_ANONYMOUS | abi.MAP_FIXED | abi.MAP_HUGETLB)
        agent.touch(AT)
        child = agent.fork()
        child.touch(AT)
        report = ksm.read(agent.pid)
        tap.equal(report.now(AT, 4), ["moved"] * 4, "rmap_items")
        tap.equal([item["page"] for item in report.items], ["hugetlb"] * 4, "what is mapped there")
        tap.equal({run.state for run in pages.report_of(agent.pid, "folios").runs_in(AT, 4)},
                  {"hugetlb"}, "the run")
        totals_agree(agent, report)
        ksm_clean(agent, "stale")


def test_mremap_breaks_and_ksmd_merges_again():
    """At the new place page offset and address no longer agree."""
    with subject() as agent, ksm.running():
        alike(agent)
        ksm.merged(agent, AT, 4)
        agent.mremap(AT, 4 * PAGE, FAR)
        report = ksm.read(agent.pid)
        tap.equal((report.now(AT, 4), report.reach(FAR)), (["no-vma"] * 4, {}), "broken")
        ksm_clean(agent, "moved")
        ksm.run(1)
        ksm.merged(agent, FAR, 4)
        report = ksm.read(agent.pid)
        tap.equal((report.now(FAR, 4), report.reach(FAR)), (["maps"] * 4, {"own": 4}), "again")
        indices = [int(report.item(FAR + number * PAGE)["vma_index"], 16) for number in range(4)]
        tap.equal(indices, [AT // PAGE + number for number in range(4)], "page indices")
        child = agent.fork()
        tap.equal(ksm.read(child.pid).reach(FAR), {"fork": 4}, "forked")
        ksm_clean(child, "forked")
        ksm_clean(agent, "merged again")


def test_zero_pages():
    """Pages that KSM replaced with the zero page have no rmap_item in a tree, and no node."""
    with subject() as agent, ksmd.commanded(), pages.setting(memory.KSM / "use_zero_pages", "1"):
        agent.mmap(AT, 4 * PAGE)
        for number in range(4):
            agent.poke(AT + number * PAGE, bytes(1))
        agent.madvise(AT, 4 * PAGE, abi.MADV_MERGEABLE)
        ksmd.scan(2)
        runs = pages.report_of(agent.pid, "folios").runs_in(AT, 4)
        tap.equal([(run.pages, run.state) for run in runs], [(4, "zero")], "pages")
        for left in ["idle"] * 4, [None] * 4:
            report = ksm.read(agent.pid)
            tap.equal((report.now(AT, 4), report.nodes, report.reach(AT)), (left, {}, {}),
                      "rmap_items, stable nodes, pages of one")
            totals_agree(agent, report)
            if report.ksm["zero_pages"] != "absent":
                tap.equal(report.ksm["zero_pages"], "4", "zero pages")
            ksmd.scan()


def chains_agree(report, *places):
    """The nodes of each place are on a chain of their own, and the kernel has no others."""
    chains = []
    for addr in places:
        nodes = {item["node"] for item in report.items if addr <= item["addr"] < addr + 8 * PAGE}
        chains.append({report.nodes[node]["chain"] for node in nodes})
    tap.equal(chains, [{f"c{number}"} for number in range(1, len(places) + 1)], "chains")
    tap.equal((len(chains), len(report.nodes)),
              (int(ksm.knob("stable_node_chains")), int(ksm.knob("stable_node_dups"))),
              "stable_node_chains, stable_node_dups")


def test_chains_of_duplicates():
    """More pages than one stable node may have: max_page_sharing."""
    with subject() as agent, ksm.running(max_page_sharing=2):
        alike(agent, count=8)
        ksm.merged(agent, AT, 8)
        report = ksm.read(agent.pid)
        kinds = [node["kind"] for node in report.nodes.values()]
        tap.true(len(kinds) >= 4 and set(kinds) == {"dup"}, f"stable nodes: {kinds}")
        chains_agree(report, AT)
        tap.equal((report.now(AT, 8), report.reach(AT)), (["maps"] * 8, {"own": 8}), "pages")
        ksm_clean(agent, "in a chain")
        alike(agent, FAR, count=8, byte=0x33)
        ksm.run(1)
        ksm.merged(agent, FAR, 8)
        report = ksm.read(agent.pid)
        chains_agree(report, AT, FAR)
        tap.equal(report.reach(FAR), {"own": 8}, "pages of the other chain")


def test_unmergeable():
    """MADV_UNMERGEABLE gives each its page back, and leaves the rmap_items to ksmd."""
    with subject() as agent, ksm.running():
        alike(agent)
        ksm.merged(agent, AT, 4)
        agent.madvise(AT, 4 * PAGE, abi.MADV_UNMERGEABLE)
        report = ksm.read(agent.pid)
        tap.equal((report.now(AT, 4), report.reach(AT)), (["changed"] * 4, {}), "pages")
        totals_agree(agent, report)
        ksm_clean(agent, "unmergeable")
        ksm.run(1)
        memory.wait_until(lambda: not ksm.read(agent.pid).items, "ksmd drops the rmap_items")


def test_unmerged_by_sysfs():
    """run=2 takes everything apart."""
    with subject() as agent, ksm.running():
        alike(agent)
        ksm.merged(agent, AT, 4)
        ksm.run(2)
        report = ksm.read(agent.pid)
        tap.equal((report.items, report.nodes, report.vmas), ([], {}, {}), "what is left")
        totals_agree(agent, report)
        ksm.run(0)


def is_merged(pid):
    """
    Is the only page of the VMA a merged one still, by /proc/kpageflags? That of 6.12 says so of
    every anonymous page: there smaps knows.
    """
    if KSM_IS_ANON:
        return proc.smaps_bytes(pid, AT, "KSM") == PAGE
    with pagemap.Frames() as frames:
        return bool(frames.flags(swap.frame(pid, AT)) & pagemap.KSM)


def test_swapped_out_and_in():
    """A page that comes back is KSM's still if the swap cache had it, and otherwise no longer.

    MADV_PAGEOUT passes by what is mapped more than once: the others are dropped first.
    """
    with subject() as agent, memory.swap(), ksm.running():
        alike(agent)
        ksm.merged(agent, AT, 4)
        agent.madvise(AT + PAGE, 3 * PAGE, memory.MADV_DONTNEED)
        memory.page_out(agent, AT, 1)
        report = ksm.read(agent.pid)
        tap.equal((report.now(AT, 4), report.reach(AT)), (["changed"] * 4, {}), "swapped out")
        tap.true(report.item(AT)["page"] in ("swap", "swapcache"), f"page: {report.item(AT)}")
        ksm_clean(agent, "swapped out")
        agent.read(AT, PAGE)
        tap.equal(ksm.read(agent.pid).now(AT), ["maps" if is_merged(agent.pid) else
                                                "changed"], "swapped in")
        ksm_clean(agent, "swapped in")
        alike(agent)
        ksm.run(1)
        ksm.merged(agent, AT, 4)
        tap.equal(ksm.read(agent.pid).reach(AT), {"own": 4}, "merged again")


@tap.cases("smart_scan=1", "merge_across_nodes=0", "advisor_mode=scan-time",
           "stable_node_chains_prune_millisecs=1")
def test_settings(text):
    name, _, value = text.partition("=")
    if not (memory.KSM / name).exists():
        raise tap.Skip(f"/sys/kernel/mm/ksm has no {name}")
    with subject() as agent, ksm.running(**{name: value}):
        alike(agent, count=16)
        ksm.merged(agent, AT, 16)
        report = ksm.read(agent.pid)
        tap.equal((report.now(AT, 16), report.reach(AT)), (["maps"] * 16, {"own": 16}), "pages")
        totals_agree(agent, report)
        ksm_clean(agent, text)


def test_smart_scan():
    """A page that nothing equals grows old, and ksmd passes it by more and more often."""
    if not (memory.KSM / "smart_scan").exists():
        raise tap.Skip("/sys/kernel/mm/ksm has no smart_scan")
    with subject() as agent, ksmd.commanded(), pages.setting(memory.KSM / "smart_scan", "1"):
        alike(agent)
        agent.poke(AT, b"another")
        agent.madvise(AT, 4 * PAGE, abi.MADV_MERGEABLE)
        skipped = ksmd.number("pages_skipped")
        for scans in range(1, 7):
            ksmd.scan()
            item = ksm.read(agent.pid).item(AT)
            tap.equal((item["age"], item["state"] == "stable"), (str(scans), False),
                      f"after {scans} scans: {item}")
            ksm_clean(agent, f"after {scans} scans")
        tap.true(ksmd.number("pages_skipped") > skipped, "ksmd has passed it by")
        report = ksm.read(agent.pid)
        tap.equal(report.now(AT + PAGE, 3), ["maps"] * 3, "the others")
        tap.equal({item["age"] for item in report.items[1:4]} == {"-"}, not pages.before(7, 3),
                  f"ages of stable ones: {report.items}")


def test_fork_whose_own_rmap_item_has_another_index():
    """The reverse map comes to its page through the parent's, at the index that the VMA has."""
    if pages.before(7, 3):
        raise tap.Skip("an rmap_item of this kernel remembers no page index")
    with pages.loaded(), mutate.loaded_module(), ksmd.commanded(), Agent.start() as agent:
        case = mutation_cases_ksm.page_of_a_child(agent)
        child, addr = case.target, case.addr
        with stopped(child.pid):
            tap.equal(ksm.read(child.pid).reach_all(), {"own": 4}, "pages before")
            with mutate.mutated("item-index", child.pid, addr):
                tap.equal(ksm.read(child.pid).reach_all(), {"own": 4}, "within the VMA: pages")
            with mutate.mutated("item-index-far", child.pid, addr):
                section = ksm.read(child.pid)
                tap.equal(section.reach_all(), {"own": 3, "fork": 1}, "beyond the VMA: pages")
                page, = section.pages
                tap.equal((page["addr"], page["reach"], {one["own"] for one in page["found"]}),
                          (addr, "fork", {"yes", "no"}), f"page: {page}")


def test_every_vma_under_merge_any():
    """ksm-flag: PR_SET_MEMORY_MERGE flags what there is, and what comes; MADV_UNMERGEABLE stays."""
    with pages.loaded(), Agent.start() as agent, ksm.running():
        if pages.before(6, 4):
            raise tap.Skip("prctl has no PR_SET_MEMORY_MERGE before 6.4")
        agent.call("prctl", abi.PR_SET_MEMORY_MERGE, 1, 0, 0, 0)
        agent.mmap(AT, 4 * PAGE)
        agent.mmap(FAR, PAGE, abi.PROT_READ)
        tap.true(ksm_clean(agent, "under merge-any")["ksm-flag"] > 5, "VMAs were checked")
        agent.madvise(FAR, PAGE, abi.MADV_UNMERGEABLE)
        _, found = ksm.violations(agent.pid)
        tap.equal([line.split()[:4] for line in found],
                  [["violation", "rule=ksm-flag", f"addr={FAR:#x}", "what=flag"]], "violations")
