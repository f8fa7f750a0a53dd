# SPDX-License-Identifier: GPL-2.0
"""One agent, and its children, with pages in every state that lasts."""

import contextlib
import sys

from . import abi, memory, tap
from .abi import PAGE
from .memory import HUGE, HUGE_PAGES
from .pages import THP, setting
from .agent import Agent
from .subjects import BASE, Places


def small(agent, places):
    for prot in (abi.RW, abi.PROT_READ, abi.PROT_NONE):
        addr = agent.mmap(places.take(), 8 * PAGE)
        agent.read(addr, 2 * PAGE)
        agent.touch(addr + 3 * PAGE, 4 * PAGE)
        agent.mprotect(addr, 8 * PAGE, prot)
    addr = agent.mmap(places.take(), 8 * PAGE)
    agent.touch(addr, 8 * PAGE)
    agent.call("mlock", addr + PAGE, 2 * PAGE)
    agent.mremap(addr + 4 * PAGE, 2 * PAGE, places.take())
    # Absent before 6.13.
    agent.try_call("madvise", addr + 6 * PAGE, PAGE, abi.MADV_GUARD_INSTALL)


def files(agent, places):
    disk = agent.open(sys.executable, abi.O_RDONLY)
    memfd = agent.memfd("zoo")
    agent.call("ftruncate", memfd, 16 * PAGE)
    for fd in (disk, memfd):
        addr = agent.mmap(places.take(), 8 * PAGE, abi.RW, abi.MAP_PRIVATE | abi.MAP_FIXED, fd)
        agent.read(addr, 4 * PAGE)
        agent.touch(addr + 2 * PAGE, 3 * PAGE)
    for _ in range(2):
        addr = agent.mmap(places.take(), 8 * PAGE, abi.RW, abi.MAP_SHARED | abi.MAP_FIXED, memfd)
        agent.touch(addr, 3 * PAGE)


def huge(agent, places):
    memory.compact()
    whole, split, cut, read, pieces = (memory.huge(agent, places.take(HUGE)) for _ in range(5))
    for addr in (whole, split, cut):
        agent.touch(addr, HUGE)
    agent.mprotect(split, HUGE // 4, abi.PROT_READ)
    agent.munmap(cut + 5 * PAGE, 70 * PAGE)
    agent.read(read)
    agent.read(pieces)
    agent.mremap(pieces, HUGE, places.take(2 * HUGE) + PAGE)
    locked = memory.huge(agent, places.take(HUGE))
    agent.touch(locked)
    agent.call("mlock", locked, HUGE)


def watched(agent, places):
    fd = memory.uffd(agent)
    few = agent.mmap(places.take(), 8 * PAGE)
    many = memory.huge(agent, places.take(HUGE))
    for addr, count in ((few, 8), (many, HUGE_PAGES)):
        agent.touch(addr, count // 2 * PAGE)
        agent.uffd_register(fd, addr, count * PAGE, abi.UFFDIO_REGISTER_MODE_WP)
        memory.write_protect(agent, fd, addr, count * PAGE)


def merged(agent, places):
    addr = agent.mmap(places.take(), 16 * PAGE)
    agent.touch(addr, 16 * PAGE)
    agent.madvise(addr, 12 * PAGE, abi.MADV_MERGEABLE)
    shared = memory.KSM / "pages_sharing"
    memory.wait_until(lambda: int(shared.read_text()) >= 11, "KSM has merged 12 pages")


def family(agent, places):
    """Shared with two children, which have unmapped, written to and moved some of it."""
    few = agent.mmap(places.take(), 8 * PAGE)
    agent.touch(few, 8 * PAGE)
    many = memory.huge(agent, places.take(HUGE))
    part = memory.huge(agent, places.take(HUGE))
    for addr in (many, part):
        agent.touch(addr, HUGE)
    out = agent.mmap(places.take(), 8 * PAGE)
    agent.touch(out, 8 * PAGE)
    memory.page_out(agent, out, 6)
    children = [agent.fork(), agent.fork()]
    children[0].touch(few, 2 * PAGE)
    children[0].mremap(few + 3 * PAGE, 2 * PAGE, places.take())
    children[1].munmap(few + 6 * PAGE, 2 * PAGE)
    for child in children:
        child.munmap(part, PAGE)
    # A page that two entries need stays in the swap cache; 4 and 5 stay out.
    agent.read(out, 2 * PAGE)
    children[0].read(out + PAGE, 3 * PAGE)
    agent.touch(many + 9 * PAGE)
    return children


@contextlib.contextmanager
def open_zoo():
    """The PIDs of the agent and of its children."""
    with contextlib.ExitStack() as stack:
        for context in (setting(THP / "enabled", "madvise"), memory.swap(), memory.ksm_running()):
            stack.enter_context(context)
        agent = stack.enter_context(Agent.start())
        places = Places(BASE)
        for part in (small, files, huge, watched, merged):
            part(agent, places)
        children = family(agent, places)
        # KSM has had its turn: what it goes on doing would be seen half done.
        (memory.KSM / "run").write_text("0")
        tap.equal(len(children), 2, "children")
        yield [agent.pid] + [child.pid for child in children]
