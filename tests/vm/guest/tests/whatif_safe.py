# SPDX-License-Identifier: GPL-2.0
"""What-if: whether anonymous memory could be relocated, and what forbids it."""

import struct

from lib import abi, memory, pages, subjects, tap, whatif
from lib.abi import PAGE
from lib.memory import HUGE

AT = subjects.BASE
AWAY = AT + 64 * HUGE
COUNT = 4

SYS_IO_URING_SETUP, SYS_IO_URING_REGISTER = 425, 427
IORING_REGISTER_BUFFERS = 0


def mapped(agent, count=COUNT):
    agent.mmap(AT, count * PAGE)
    agent.touch(AT, count * PAGE)


def relocation(agent, at=AT):
    one = whatif.read_of(agent.pid).relocation(at)
    tap.true(one, f"no relocation line for {at:#x}")
    return one


def expect(agent, obstacles, at=AT, what="obstacles"):
    """Just these forbid it; obstacles: name to (count, first address)."""
    one = relocation(agent, at)
    tap.equal((one.safe, one.obstacles), ("no" if obstacles else "yes", obstacles), what)
    tap.equal(one.by, frozenset(obstacles), what)
    return one


def test_its_own_pages():
    with pages.subject() as agent:
        mapped(agent)
        one = expect(agent, {})
        tap.equal((one.moved, one.pages, one.folios), (False, COUNT, COUNT), "as it was mapped")
        agent.mremap(AT, COUNT * PAGE, AWAY)
        one = expect(agent, {}, AWAY)
        tap.equal((one.moved, one.pages), (True, COUNT), "moved")
        tap.true(one.walk_ns > 0, "no time was measured")
        agent.mmap(AT, COUNT * PAGE)
        tap.equal(whatif.read_of(agent.pid).relocation(AT), None, "never touched, never moved")


def test_shared_with_a_child():
    with pages.subject() as agent:
        mapped(agent)
        child = agent.fork()
        both = {"shared": (COUNT, AT), "fork": (1, AT)}
        expect(agent, both, what="the parent")
        expect(child, both, what="the child")
        child.touch(AT, 2 * PAGE)
        expect(child, {"shared": (COUNT - 2, AT + 2 * PAGE), "fork": (1, AT)}, what="two copied")
        # Of the two that the child has left the parent is the only owner, but they do not say so.
        expect(agent, {"shared": (COUNT - 2, AT + 2 * PAGE), "ever-shared": (2, AT),
                       "fork": (1, AT)}, what="two left")


def test_once_shared():
    """The child is gone: only the pages remember it, until they are written to."""
    with pages.subject() as agent:
        mapped(agent)
        child = agent.fork()
        child.exit()
        agent.wait(child.pid)
        expect(agent, {"ever-shared": (COUNT, AT)})
        agent.touch(AT, PAGE)
        expect(agent, {"ever-shared": (COUNT - 1, AT + PAGE)}, what="one written to")
        agent.touch(AT, COUNT * PAGE)
        expect(agent, {}, what="all written to")


def test_behind_swap_entries():
    with memory.swap(), pages.subject() as agent:
        mapped(agent)
        memory.page_out(agent, AT, COUNT)
        one = expect(agent, {}, what="its own")
        tap.equal((one.pages, one.folios), (COUNT, 0), "entries to touch")
        child = agent.fork()
        for each in (agent, child):
            expect(each, {"ever-shared": (COUNT, AT), "fork": (1, AT)}, what="shared entries")
        child.exit()
        agent.wait(child.pid)
        expect(agent, {"ever-shared": (COUNT, AT)}, what="entries once shared")
        agent.touch(AT, COUNT * PAGE)
        expect(agent, {}, what="in again, and written to")
        child = agent.fork()
        child.exit()
        agent.wait(child.pid)
        memory.page_out(agent, AT, COUNT)
        expect(agent, {"ever-shared": (COUNT, AT)}, what="entries of pages once shared")


def test_ksm():
    with pages.subject() as agent, memory.ksm_running():
        mapped(agent)
        agent.madvise(AT, COUNT * PAGE, abi.MADV_MERGEABLE)
        memory.wait_until(lambda: "ksm" in relocation(agent).by and
                          relocation(agent).obstacles["ksm"][0] == COUNT, "KSM merges")
        expect(agent, {"ksm": (COUNT, AT)})
        tap.equal(relocation(agent).ksm_items, "unknown", "without the section ksm")
        memory.wait_until(lambda: whatif.read_of(agent.pid, "report").relocation(AT).ksm_items ==
                          str(COUNT), "the report has their rmap_items")


def test_pinned():
    """By io_uring, whose registered buffers are pinned for as long as they are registered."""
    with pages.subject() as agent:
        mapped(agent)
        fd = agent.try_call(SYS_IO_URING_SETUP, 1, agent.put(bytes(120), 1024))
        if fd < 0:
            raise tap.Skip(f"io_uring_setup answers errno {-fd}")
        vector = agent.put(struct.pack("<2Q", AT + PAGE, 2 * PAGE), 2048)
        agent.call(SYS_IO_URING_REGISTER, fd, IORING_REGISTER_BUFFERS, vector, 1)
        expect(agent, {"pinned": (2, AT + PAGE)})
        agent.call("close", fd)
        memory.wait_until(lambda: not relocation(agent).by, "the buffers are let go")


def test_large_folio_across_the_edge():
    with pages.subject() as agent:
        memory.compact()
        memory.huge(agent, AT)
        agent.touch(AT, HUGE)
        one = expect(agent, {}, what="whole")
        tap.equal((one.pages, one.folios), (512, 1), "whole")
        agent.mprotect(AT + 100 * PAGE, HUGE - 100 * PAGE, abi.PROT_READ)
        expect(agent, {"edge": (100, AT)}, what="left")
        expect(agent, {"edge": (412, AT + 100 * PAGE)}, AT + 100 * PAGE, what="right")
        agent.mprotect(AT, HUGE, abi.RW)
        expect(agent, {}, what="one again")


def test_half_a_large_folio_elsewhere():
    """The VMA is as long as the folio, one half of which is mapped at another place."""
    with pages.subject() as agent:
        memory.compact()
        memory.huge(agent, AT)
        agent.touch(AT, HUGE)
        agent.mremap(AT + HUGE // 2, HUGE // 2, AWAY)
        agent.mmap(AT + HUGE // 2, HUGE // 2)
        agent.madvise(AT + HUGE // 2, HUGE // 2, abi.MADV_HUGEPAGE)
        for at in (AT, AWAY):
            expect(agent, {"edge": (256, at)}, at, what=f"{at:#x}")


def test_hugetlb():
    if not subjects.reserve_huge_pages():
        raise tap.Skip("no huge pages can be reserved")
    with pages.subject() as agent:
        agent.mmap(AT, HUGE, abi.RW, abi.ANON | abi.MAP_HUGETLB)
        agent.touch(AT)
        expect(agent, {"hugetlb": (512, AT)})


def test_private_file():
    """Its pages are indexed by file offset, to be left alone; from 7.3 on by address."""
    with pages.subject() as agent:
        fd = agent.open("/bin/bash", abi.O_RDONLY)
        agent.mmap(AT, COUNT * PAGE, abi.RW, abi.MAP_PRIVATE | abi.MAP_FIXED, fd, 0)
        agent.touch(AT, PAGE)
        one = whatif.read_of(agent.pid).relocation(AT)
        if pages.before(7, 3):
            tap.equal(one, None, "relocation")
        else:
            tap.equal((one.safe, one.moved, one.pages), ("yes", False, 1), "relocation")
