# SPDX-License-Identifier: GPL-2.0
"""KSM with two NUMA nodes: a stable tree for each, and pages that go from one to the other."""

import contextlib

from lib import abi, ksm, ksmd, nodes, pages, tap
from lib.abi import PAGE
from lib.memory import KSM

NEAR, FAR, COUNT = 0x200000000000, 0x300000000000, 4
NODE_OF = {NEAR: nodes.NEAR, FAR: nodes.FAR}


@contextlib.contextmanager
def alike_on_both(merge_across_nodes):
    """Pages that are all alike, some on either node; merged, and ksmd stands still."""
    with ksmd.commanded(), pages.setting(KSM / "merge_across_nodes", merge_across_nodes), \
            pages.subject() as agent:
        for addr, node in NODE_OF.items():
            agent.mmap(addr, COUNT * PAGE)
            agent.mbind(addr, COUNT * PAGE, abi.MPOL_BIND, 1 << node)
            agent.touch(addr, COUNT * PAGE)
            tap.equal(nodes.of(agent.pid, addr, COUNT), [node] * COUNT, f"nodes of {addr:#x}")
            agent.madvise(addr, COUNT * PAGE, abi.MADV_MERGEABLE)
        try:
            ksmd.scan(4)
            yield agent
        finally:
            # Of a page that was merged across nodes another is not told.
            ksmd.run(2)


def shown(agent, what):
    """Everything is found, and right; the stable nodes behind either place: nid, kind, length."""
    section = ksm.read(agent.pid)
    tap.equal(section.reach_all(), {"own": 2 * COUNT}, f"{what}: pages")
    pages.expect_clean(agent.pid, what)
    found = []
    for addr in NODE_OF:
        tap.equal(section.now(addr, COUNT), ["maps"] * COUNT, f"{what}: rmap_items")
        ids = {section.item(addr + number * PAGE)["node"] for number in range(COUNT)}
        tap.equal(len(ids), 1, f"{what}: stable nodes at {addr:#x}")
        node = section.nodes[ids.pop()]
        tap.equal((node["len"], node["page"]), (node["found_len"], "match"), f"{what}: {node}")
        found.append((node["id"], node["nid"], node["kind"], node["len"], node["chain"]))
    return found


def test_merged_across_nodes():
    """All of them are one page, on whichever node; there is one tree."""
    with alike_on_both("1") as agent:
        tap.equal(shown(agent, "merged"), [("n1", "0", "tree", "8", "-")] * 2, "stable nodes")


def test_merged_on_each_node():
    with alike_on_both("0") as agent:
        tap.equal(shown(agent, "merged"),
                  [("n1", "0", "tree", "4", "-"), ("n2", "1", "tree", "4", "-")], "stable nodes")
        for addr, node in NODE_OF.items():
            tap.equal(nodes.of(agent.pid, addr, COUNT), [node] * COUNT, f"nodes of {addr:#x}")


def test_page_that_goes_to_the_other_node():
    """
    Its stable node is in the wrong tree until ksmd comes by (mm/ksm.c:cmp_and_merge_page()), and
    then joins the one of the same contents there, on a chain.
    """
    with alike_on_both("0") as agent:
        nodes.move(agent.pid, NEAR, 1, nodes.FAR)
        tap.equal(nodes.of(agent.pid, NEAR, COUNT), [nodes.FAR] * COUNT, "the page of all four")
        tap.equal(shown(agent, "migrated"),
                  [("n1", "0", "tree", "4", "-"), ("n2", "1", "tree", "4", "-")], "stable nodes")
        ksmd.scan(2)
        tap.equal(shown(agent, "scanned"),
                  [("n1", "1", "dup", "4", "c1"), ("n2", "1", "dup", "4", "c1")], "stable nodes")
        tap.equal((ksmd.number("stable_node_chains"), ksmd.number("stable_node_dups")), (1, 2),
                  "stable_node_chains, stable_node_dups")


def test_pages_that_go_to_and_fro():
    """Beside ksmd at full speed, which takes each stable node along."""
    kinds = set()
    with alike_on_both("0") as agent, pages.setting(KSM / "sleep_millisecs", "0"):
        ksmd.run(1)
        for number in range(12):
            nodes.move(agent.pid, NEAR, 1, nodes.FAR if number % 2 else nodes.NEAR)
            report = pages.report_of(agent.pid)
            tap.no_differences(report.violations, f"move {number}: violations")
            kinds |= {node["kind"] for node in ksm.KsmReport(report.text).nodes.values()}
        ksmd.run(0)
        ksmd.scan(3)
        shown(agent, "in the end")
    print(f"# stable nodes: {' '.join(sorted(kinds))}")
