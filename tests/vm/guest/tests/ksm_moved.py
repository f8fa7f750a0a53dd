# SPDX-License-Identifier: GPL-2.0
"""
KSM's pages behind mremap, fork and swap: each rmap_item resolved, each page reached.

mremap breaks the KSM pages of a mergeable VMA, and the VMA keeps its page offsets. When KSM merges
them again, an rmap_item's address and its page's offset no longer agree, and a reverse walk that
derives the one from the other finds nothing. What the kernel's own walk finds shows when it
reclaims.
"""

import contextlib

from lib import abi, ksm, ksmd, memory, pages, subjects, tap
from lib.abi import PAGE

AT = subjects.BASE
AWAY = AT + (64 << 20)
COUNT = 3
ALIKE = b"all alike"


@contextlib.contextmanager
def merged():
    """An agent whose pages KSM has merged; its group can be swapped out."""
    with memory.swap(), ksmd.commanded(), ksmd.subject() as agent:
        agent.mmap(AT, COUNT * PAGE)
        agent.madvise(AT, COUNT * PAGE, abi.MADV_MERGEABLE)
        for page in range(COUNT):
            agent.poke(AT + page * PAGE, ALIKE)
        ksmd.merge((agent.pid, AT, COUNT))
        yield agent


def expect(agent, addr, what, state, now, **reached):
    """The state of the pages there, what became of their rmap_items, how many are found how."""
    section = ksm.read(agent.pid)
    tap.equal(section.now(addr, COUNT), [now] * COUNT, f"{what}: rmap_items at {addr:#x}")
    tap.equal(section.reach(addr), reached, f"{what}: KSM pages found at {addr:#x}")
    states = {run.state for run in pages.report_of(agent.pid).runs_in(addr, COUNT)}
    tap.equal(states, {state} if state else set(), f"{what}: states at {addr:#x}")
    pages.expect_clean(agent.pid, what)
    return section


def expect_merged(agent, addr, what):
    """Each page has an rmap_item of its own, on one node's list and with the VMA's anon_vma."""
    section = expect(agent, addr, what, "ksm", "maps", own=COUNT)
    items = [section.item(addr + page * PAGE) for page in range(COUNT)]
    tap.equal(len({item["node"] for item in items}), 1, f"{what}: stable nodes")
    tap.equal({(item["listed"], item["chain"]) for item in items}, {("yes", "yes")},
              f"{what}: on the node's list, anon_vma on the VMA's chain")
    return items


def test_merged_moved_and_merged_again():
    with merged() as agent:
        expect_merged(agent, AT, "merged")
        agent.mremap(AT, COUNT * PAGE, AWAY)
        expect(agent, AT, "moved away", "", "no-vma")
        expect(agent, AWAY, "moved here", "anon", None)
        ksmd.merge((agent.pid, AWAY, COUNT))
        tap.equal(ksm.read(agent.pid).now(AT, COUNT), [None] * COUNT, "rmap_items where it was")
        items = expect_merged(agent, AWAY, "merged again")
        vma = pages.report_of(agent.pid).vma_at(AWAY)
        tap.equal((vma["start"], vma["pgoff"]), (AWAY, AT // PAGE), "its address and page offset")
        for page, item in enumerate(items):
            index = hex(AT // PAGE + page)
            tap.equal(item["vma_index"], index, "page index in the VMA")
            tap.true(item["page_index"] in (index, "absent"), f"page index remembered: {item}")


def test_moved_forked_and_swapped():
    with merged() as agent:
        agent.mremap(AT, COUNT * PAGE, AWAY)
        ksmd.merge((agent.pid, AWAY, COUNT))
        child = agent.fork()
        expect_merged(agent, AWAY, "parent")
        expect(child, AWAY, "child", "ksm", None, fork=COUNT)
        ksmd.swap_out((agent.pid, AWAY, COUNT), (child.pid, AWAY, COUNT))
        expect(agent, AWAY, "swapped out", "swap", "changed")
        expect(child, AWAY, "swapped out", "swap", None)
        for one in (agent, child):
            for page in range(COUNT):
                tap.equal(one.peek(AWAY + page * PAGE, len(ALIKE)), ALIKE, "contents")
        expect(agent, AWAY, "swapped in", "anon", "changed")
        expect(child, AWAY, "swapped in", "anon", None)
        ksmd.merge((agent.pid, AWAY, COUNT), (child.pid, AWAY, COUNT))
        expect_merged(agent, AWAY, "merged a third time")
        expect_merged(child, AWAY, "merged a third time, child")


def test_forked_before_the_move():
    """The child moves: its own pages are broken, its parent's are not."""
    with merged() as agent:
        child = agent.fork()
        child.mremap(AT, COUNT * PAGE, AWAY)
        expect_merged(agent, AT, "parent")
        expect(child, AWAY, "child", "anon", None)
        ksmd.merge((agent.pid, AT, COUNT), (child.pid, AWAY, COUNT))
        expect_merged(child, AWAY, "child, merged again")
        ksmd.swap_out((agent.pid, AT, COUNT), (child.pid, AWAY, COUNT))
        expect(child, AWAY, "swapped out", "swap", "changed")
