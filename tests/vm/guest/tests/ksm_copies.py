# SPDX-License-Identifier: GPL-2.0
"""
What KSM makes of a page that is mapped once more, step by step; fork is what duplicates it.

Anything may happen to a page at any time: KSM's trees and rmap_items follow when ksmd comes by. A
page that is in the stable tree is found there when the copy is scanned; one in the unstable tree is
left alone until something else equals it; one in neither becomes one of the two.
"""

import contextlib

from lib import abi, ksm, ksmd, memory, module, pagemap, pages, subjects, tap
from lib.abi import PAGE
from lib.checks import Check

AT = subjects.BASE
SECOND = AT + PAGE
AWAY = AT + (64 << 20)
ALIKE = b"all alike"


@contextlib.contextmanager
def mergeable():
    """An agent with room for two pages that KSM may merge."""
    with memory.swap(), ksmd.commanded(), ksmd.subject() as agent:
        agent.mmap(AT, 2 * PAGE)
        agent.madvise(AT, 2 * PAGE, abi.MADV_MERGEABLE)
        yield agent


def expect(agent, what, now, **reached):
    """What became of the two pages' rmap_items, and how KSM's pages among them are found."""
    section = ksm.read(agent.pid)
    tap.equal(section.now(AT, 2), now, f"{what}: rmap_items")
    tap.equal(section.reach(AT), reached, f"{what}: KSM pages found")
    pages.expect_clean(agent.pid, what)
    return section


def lengths(section):
    return [(node["len"], node["found_len"], node["page"]) for node in section.nodes.values()]


def test_of_a_page_in_the_stable_tree():
    with mergeable() as agent:
        agent.touch(AT, 2 * PAGE)
        ksmd.merge((agent.pid, AT, 2))
        section = expect(agent, "merged", ["maps"] * 2, own=2)
        tap.equal(lengths(section), [("2", "2", "match")], "stable node")
        child = agent.fork()
        section = expect(child, "forked", [None] * 2, fork=2)
        tap.equal(lengths(section), [("2", "2", "match")], "stable node, forked")
        ksmd.scan()
        for one in (agent, child):
            section = expect(one, "scanned", ["maps"] * 2, own=2)
            tap.equal(lengths(section), [("4", "4", "match")], "stable node, scanned")


def test_of_a_page_in_the_unstable_tree():
    with mergeable() as agent:
        agent.poke(AT, ALIKE)
        ksmd.scan(2)
        expect(agent, "alone", ["unstable", None])
        child = agent.fork()
        expect(child, "forked", [None] * 2)
        ksmd.scan(2)
        expect(agent, "scanned", ["unstable", None])
        expect(child, "scanned, child", ["idle", None])
        agent.poke(SECOND, ALIKE)
        ksmd.merge((agent.pid, AT, 2), (child.pid, AT, 1))
        expect(agent, "merged", ["maps"] * 2, own=2)
        expect(child, "merged, child", ["maps", None], own=1)


def test_of_a_page_in_neither():
    with mergeable() as agent:
        agent.poke(AT, ALIKE)
        expect(agent, "new", [None] * 2)
        child = agent.fork()
        expect(child, "new, forked", [None] * 2)
        ksmd.scan()
        for one in (agent, child):
            one.poke(AT, b"all different")
        ksmd.scan()
        expect(agent, "changed", ["idle", None])
        expect(child, "changed, child", ["idle", None])
        ksmd.merge((agent.pid, AT, 1), (child.pid, AT, 1))
        expect(agent, "merged", ["maps", None], own=1)
        expect(child, "merged, child", ["maps", None], own=1)


def merged_behind_an_entry(agent):
    """
    A child that has swap entries where its parent has a page of KSM's, in a VMA that is no longer
    mergeable. MADV_UNMERGEABLE breaks what is mapped, and swap entries are not.

    The page is swapped out when the child is forked, read by the parent, and still in the swap
    cache when KSM makes it its own: of two equal pages it takes the one that is scanned last.
    """
    agent.poke(SECOND, ALIKE)
    memory.page_out(agent, SECOND, 1)
    child = agent.fork()
    agent.read(SECOND)
    agent.poke(AT, ALIKE)
    frame = ksmd.frames(agent.pid, SECOND, 1)
    ksmd.merge((agent.pid, AT, 2))
    tap.equal(ksmd.frames(agent.pid, AT, 1), frame, "the page that KSM has taken")
    child.madvise(AT, 2 * PAGE, abi.MADV_UNMERGEABLE)
    child.read(SECOND)
    tap.equal(ksmd.frames(child.pid, SECOND, 1), frame, "the page that the child has read")
    return child


def test_in_a_vma_that_is_not_mergeable():
    with mergeable() as agent:
        child = merged_behind_an_entry(agent)
        tap.true("mg" not in pages.report_of(child.pid).vma_at(AT).flags, "not mergeable")
        for scans in range(3):
            section = expect(child, f"after {scans} scans", [None] * 2, fork=1)
            page, = section.pages
            tap.equal((page["addr"], page["mergeable"]), (SECOND, "no"), "ksm_page line")
            expect(agent, f"parent, after {scans} scans", ["maps"] * 2, own=2)
            ksmd.scan()
        ksmd.swap_out((agent.pid, AT, 2), (child.pid, SECOND, 1))


def test_moved_in_a_vma_that_is_not_mergeable():
    """
    mremap breaks the KSM pages of mergeable VMAs only, and no rmap_item has the new address: unless
    the kernel does better, its reverse map misses the page, which cannot be reclaimed, and check
    says so.
    """
    with mergeable() as agent:
        child = merged_behind_an_entry(agent)
        child.mremap(AT, 2 * PAGE, AWAY)
        moved = AWAY + PAGE
        with module.target(child.pid):
            violations = [str(one) for one in Check(child.pid).violations]
        ksmd.swap_out((agent.pid, AT, 2))
        entry, = pagemap.entries(child.pid, moved, 1)
        tap.true(entry.present or entry.swapped, "the child has its page")
        print("#   the kernel's reverse map", "misses" if entry.present else "finds", "it")
        missed = f"ksm-reach addr={moved:#x} pages=1 what=no-item expected=- found=-"
        tap.same_lists(violations, [missed] if entry.present else [], "violations")
