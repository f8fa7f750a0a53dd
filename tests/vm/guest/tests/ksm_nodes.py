# SPDX-License-Identifier: GPL-2.0
"""KSM with two NUMA nodes: a stable tree for each, and pages that go from one to the other."""

import contextlib

from lib import abi, ksm, ksmd, memory, module, nodes, pages, tap
from lib.abi import PAGE
from lib.checks import Check
from lib.memory import KSM

NEAR, FAR, COUNT = 0x200000000000, 0x300000000000, 4
NODE_OF = {NEAR: nodes.NEAR, FAR: nodes.FAR}


@contextlib.contextmanager
def alike_on_both(merge_across_nodes, count=COUNT):
    """Pages that are all alike, some on either node; merged, and ksmd stands still."""
    with ksmd.commanded(), pages.setting(KSM / "merge_across_nodes", merge_across_nodes), \
            pages.subject() as agent:
        for addr, node in NODE_OF.items():
            agent.mmap(addr, count * PAGE)
            agent.mbind(addr, count * PAGE, abi.MPOL_BIND, 1 << node)
            agent.touch(addr, count * PAGE)
            tap.equal(nodes.of(agent.pid, addr, count), [node] * count, f"nodes of {addr:#x}")
            agent.madvise(addr, count * PAGE, abi.MADV_MERGEABLE)
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


def lost(section):
    """The one page that its own rmap_item does not lead to: how it is found, its node, and that."""
    page, = section.pages
    node = section.nodes[page["node"]]
    item = section.item(page["addr"])["state"]
    return page["addr"], page["reach"], node["kind"], node["len"], node["found_len"], item


def only_missed(agent, addr):
    """The page there, which has no rmap_item, is all that check finds."""
    with module.target(agent.pid):
        violations = [str(one) for one in Check(agent.pid).violations]
    tap.same_lists(violations, [f"ksm-reach addr={addr:#x} pages=1 what=no-item expected=- "
                                "found=-"], "violations")


def test_page_for_which_the_other_tree_has_no_room():
    """
    What stock kernels get wrong, seen on 6.1, 6.12, 7.2 and 7.3. A page that is mapped once goes to
    the other node, where all pages like it have max_page_sharing rmap_items.
    mm/ksm.c:stable_tree_search() leaves its stable node on migrate_nodes then, and
    cmp_and_merge_page() takes the rmap_item off it and puts that into the unstable tree: the page
    can be neither reclaimed nor migrated, however often ksmd comes by, until there is room.
    """
    with pages.setting(KSM / "max_page_sharing", "2"), alike_on_both("0", count=2) as agent:
        agent.madvise(NEAR + PAGE, PAGE, memory.MADV_DONTNEED)
        ksmd.scan()
        nodes.move(agent.pid, NEAR, 1, nodes.FAR)
        tap.equal(ksm.read(agent.pid).reach_all(), {"own": 3}, "migrated: pages")
        for scans in (1, 2, 3):
            ksmd.scan()
            section = ksm.read(agent.pid)
            tap.equal(lost(section), (NEAR, "missed", "migrating", "0", "0", "unstable"),
                      f"after {scans} scans")
            tap.equal(section.reach_all(), {"own": 2, "missed": 1}, f"after {scans} scans: pages")
            only_missed(agent, NEAR)
        # Asleep, and yet it is said to run: what it will do is not known.
        ksmd.run(1)
        check = pages.report_of(agent.pid, "check")
        tap.equal((lost(ksm.read(agent.pid))[1], check.violations, check.checks["ksm-reach"][1:]),
                  ("pending", [], (2, 0, 1)), "while ksmd runs")
        ksmd.run(0)
        agent.munmap(FAR, 2 * PAGE)
        seen = []
        while ksm.read(agent.pid).reach_all() != {"own": 1}:
            tap.true(len(seen) < 3, f"the page is not found, there is room: {seen}")
            ksmd.scan()
            seen.append(ksm.read(agent.pid).reach_all())
        print(f"#   with room: {seen}")
        node, = ksm.read(agent.pid).nodes.values()
        tap.equal((node["kind"], node["len"], node["nid"]), ("tree", "1", "1"), "its node")


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
