# SPDX-License-Identifier: GPL-2.0
"""Builds two VMAs side by side in every way in which they can differ.

A pair lies in a slot of its own, with nothing next to it:

     slot            +8      +10      +12             +24             +40
      |  (nothing)    | left  | right  |  (nothing)    | where moved   | where pages
      |               |       |        |               | parts come    | are thrown
      |               |       |        |               | from          | away

Most pairs are kept from merging by a separator on the right one while they are built. Some
separators go away on their own without the kernel trying to merge (fork takes locks and
userfaultfd away, PR_SET_MEMORY_MERGE levels the mergeable flag): those leave candidates.
"""

import itertools
import os
from typing import NamedTuple

from . import abi
from .abi import PAGE

SLOT = 64 * PAGE
LEFT, RIGHT, SOURCE, TRASH = (pages * PAGE for pages in (8, 10, 24, 40))
HALF, WHOLE = 2 * PAGE, 4 * PAGE
# File page of the left one.
FILE_PAGE = 4

KINDS = ("anon", "private", "zero", "shared", "memfd")
COW_KINDS = ("anon", "private", "zero")

# side     mapped side by side
# split    one VMA, split by the separator
# late     the same, split after the fork
# right, left, both
#          that part, or both by the same distance, moved there with its pages
# together moved as one VMA with its pages, then split
# gap      side by side, but the right one's file offset is a page off
# reset-*  moved there with its pages, which were then moved away again (MREMAP_DONTUNMAP):
#          unfaulted, with the page offset of its place, and no separator left
LAYOUTS = ("side", "split", "late", "right", "left", "both", "together")
RESETS = ("reset-right", "reset-left", "reset-both")
SPLITS = ("split", "late", "together")

# Flag codes by which the right one differs.
SEPARATOR_FLAGS = {"lock": "lo,lf", "dump": "dd", "exec": "ex", "ksm": "mg", "wipe": "wf",
                   "pkey": "p0", "uffd": "uw"}
SEPARATORS = ("lock", "dump", "exec", "ksm", "wipe", "pkey", "uffd", "policy", "name")
_ONLY = {"wipe": ("anon",), "name": ("anon",), "uffd": ("anon", "memfd"),
         "ksm": ("anon", "private"), "exec": ("anon", "private", "shared", "memfd")}

FAULTS = ("no", "pre", "post")


class Pair(NamedTuple):
    """How a pair is made; left and right say when each is faulted, relative to the fork."""
    kind: str
    layout: str
    separator: str
    left: str
    right: str

    def __str__(self):
        return (f"{self.kind} {self.layout} separator={self.separator} "
                f"faulted={self.left}/{self.right}")


def _layouts(kind):
    if kind in COW_KINDS:
        return LAYOUTS + (("gap",) if kind != "anon" else ())
    return ("side", "split", "late", "right", "gap")


def all_pairs(separators, guards):
    """Every combination that makes sense on a kernel that has these separators."""
    for kind in KINDS:
        faults = list(itertools.product(FAULTS, FAULTS)) if kind in COW_KINDS else \
            [("no", "no"), ("pre", "pre")]
        for layout, separator in itertools.product(_layouts(kind), separators):
            if kind not in _ONLY.get(separator, KINDS):
                continue
            for left, right in faults:
                yield Pair(kind, layout, separator, left, right)
    for layout, (left, right) in itertools.product(RESETS, itertools.product(FAULTS, FAULTS)):
        yield Pair("anon", layout, "none", left, right)
    if guards:
        states = ("guard", "no", "pre", "post")
        for (left, right), separator in itertools.product(itertools.product(states, states),
                                                          ("lock", "dump")):
            if "guard" in (left, right):
                yield Pair("anon", "side", separator, left, right)


class Builder:
    """Builds pairs in an agent, and goes on in one that was forked from it."""

    def __init__(self, agent, folder):
        # A file of a true file system, larger than any pair; the others are kept in memory.
        self.fds = {"private": agent.open(os.path.realpath("/bin/bash"), abi.O_RDONLY),
                    "shared": self._file(agent, f"{folder}/shared"),
                    "memfd": agent.memfd("pairs"), "zero": agent.open("/dev/zero"), "anon": -1}
        agent.call("ftruncate", self.fds["memfd"], 64 * PAGE)
        self.key = agent.try_call("pkey_alloc", 0, 0)
        self.enter(agent)

    def enter(self, agent):
        """Go on in this agent: a userfaultfd belongs to the process that made it."""
        self.uffd = agent.uffd()

    @staticmethod
    def _file(agent, path):
        fd = agent.open(path, abi.O_RDWR | abi.O_CREAT)
        agent.call("ftruncate", fd, 64 * PAGE)
        return fd

    def _map(self, agent, pair, addr, length, page):
        flags = abi.MAP_FIXED | (abi.MAP_PRIVATE if pair.kind in COW_KINDS else abi.MAP_SHARED)
        if pair.kind == "anon":
            flags |= abi.MAP_ANONYMOUS
            page = 0
        agent.mmap(addr, length, abi.RW, flags, self.fds[pair.kind], page * PAGE)

    def separate(self, agent, separator, addr, length=HALF):
        """Set what the right one has and the left one lacks."""
        advice = {"dump": abi.MADV_DONTDUMP, "ksm": abi.MADV_MERGEABLE,
                  "wipe": abi.MADV_WIPEONFORK}
        if separator in advice:
            agent.madvise(addr, length, advice[separator])
        elif separator == "lock":
            agent.mlock_on_fault(addr, length)
        elif separator == "exec":
            agent.mprotect(addr, length, abi.RWX)
        elif separator == "pkey":
            agent.call("pkey_mprotect", addr, length, abi.RW, self.key)
        elif separator == "uffd":
            agent.uffd_register(self.uffd, addr, length, abi.UFFDIO_REGISTER_MODE_WP)
        elif separator == "policy":
            agent.mbind(addr, length, abi.MPOL_BIND, 1)
        elif separator == "name":
            agent.name(addr, length, "named")

    def unite(self, agent, separator, addr, length=HALF):
        """Take it away again."""
        advice = {"dump": abi.MADV_DODUMP, "ksm": abi.MADV_UNMERGEABLE,
                  "wipe": abi.MADV_KEEPONFORK}
        if separator in advice:
            agent.madvise(addr, length, advice[separator])
        elif separator == "lock":
            agent.call("munlock", addr, length)
        elif separator == "exec":
            agent.mprotect(addr, length, abi.RW)
        elif separator == "pkey":
            agent.call("pkey_mprotect", addr, length, abi.RW, 0)
        elif separator == "uffd":
            agent.uffd_unregister(self.uffd, addr, length)
        elif separator == "policy":
            agent.mbind(addr, length, abi.MPOL_DEFAULT)
        elif separator == "name":
            agent.name(addr, length, None)

    def _fault(self, agent, pair, at, when):
        for state, addr in ((pair.left, at + LEFT), (pair.right, at + RIGHT)):
            if state == when:
                agent.touch(addr, HALF)

    @staticmethod
    def _guard(agent, state, addr):
        if state == "guard":
            agent.madvise(addr, PAGE, abi.MADV_GUARD_INSTALL)

    def _side(self, agent, pair, at):
        """The right one first: the left one then finds it different."""
        off = 1 if pair.layout == "gap" else 0
        self._map(agent, pair, at + RIGHT, HALF, FILE_PAGE + 2 + off)
        # Before the separator: locked memory can have no guard pages.
        self._guard(agent, pair.right, at + RIGHT)
        self.separate(agent, pair.separator, at + RIGHT)
        self._map(agent, pair, at + LEFT, HALF, FILE_PAGE)
        self._guard(agent, pair.left, at + LEFT)
        self._fault(agent, pair, at, "pre")

    def _one(self, agent, pair, at):
        """Still one VMA; split() makes it two."""
        where = at + (SOURCE if pair.layout == "together" else LEFT)
        self._map(agent, pair, where, WHOLE, FILE_PAGE)
        self._fault(agent, pair, where - LEFT, "pre")
        if pair.layout == "together":
            agent.mremap(where, WHOLE, at + LEFT)

    @staticmethod
    def _move(agent, source, to):
        agent.mremap(source, HALF, to)

    def _moved(self, agent, pair, at):
        """Parts that come from elsewhere, kept apart by a flag until the separator is there."""
        parts = {"right": (RIGHT,), "left": (LEFT,), "both": (LEFT, RIGHT)}[pair.layout]
        faulted = {LEFT: pair.left, RIGHT: pair.right}
        page = {LEFT: FILE_PAGE, RIGHT: FILE_PAGE + 2}
        for part in (RIGHT, LEFT):
            addr = at + part + (SOURCE - LEFT if part in parts else 0)
            self._map(agent, pair, addr, HALF, page[part])
            if part == RIGHT:
                agent.madvise(addr, HALF, abi.MADV_DONTDUMP)
            if faulted[part] == "pre":
                agent.touch(addr, HALF)
        for part in parts:
            self._move(agent, at + part + SOURCE - LEFT, at + part)
        self.separate(agent, pair.separator, at + RIGHT)
        if pair.separator != "dump":
            agent.madvise(at + RIGHT, HALF, abi.MADV_DODUMP)

    def _reset(self, agent, pair, at):
        parts = {"reset-right": (RIGHT,), "reset-left": (LEFT,),
                 "reset-both": (LEFT, RIGHT)}[pair.layout]
        for number, part in enumerate(parts):
            # Sources apart, so that their page offsets fit nobody's.
            source = at + SOURCE + number * 4 * PAGE
            self._map(agent, pair, source, HALF, 0)
            agent.touch(source, HALF)
            self._move(agent, source, at + part)
        for part in {LEFT, RIGHT} - set(parts):
            self._map(agent, pair, at + part, HALF, 0)
        for part in parts:
            agent.mremap(at + part, HALF, at + TRASH,
                         abi.MREMAP_MAYMOVE | abi.MREMAP_FIXED | abi.MREMAP_DONTUNMAP)
            agent.munmap(at + TRASH, HALF)
        self._fault(agent, pair, at, "pre")

    def before_fork(self, agent, pair, at):
        if pair.layout in SPLITS:
            self._one(agent, pair, at)
            if pair.layout != "late":
                self.separate(agent, pair.separator, at + RIGHT)
        elif pair.layout in RESETS:
            self._reset(agent, pair, at)
        elif pair.layout in ("side", "gap"):
            self._side(agent, pair, at)
        else:
            self._moved(agent, pair, at)

    def after_fork(self, agent, pair, at):
        if pair.layout == "late":
            self.separate(agent, pair.separator, at + RIGHT)
        self._fault(agent, pair, at, "post")
