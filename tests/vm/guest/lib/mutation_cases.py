# SPDX-License-Identifier: GPL-2.0
"""The table of mutations and invariants: a prepared process, a mutation, and what must be said."""

import contextlib
from typing import Callable, List, NamedTuple

from . import abi, memory, module, mutate
from .abi import PAGE
from .agent import Agent, stopped
from .checks import Violation, anon_vmas
from .subjects import BASE, HUGE_PAGE

MADV_DONTNEED = 4

# Far enough apart that no two of them could share an anon_vma.
A, B, C = BASE, BASE + 2 * HUGE_PAGE, BASE + 4 * HUGE_PAGE


class Subject:
    """Where a mutation goes, and who must notice."""

    def __init__(self, target: Agent, addr=0, other=0, shared=(), clean=()):
        self.target = target
        self.addr, self.other = addr, other
        self.shared: List[Agent] = list(shared)     # that have the same object: it fires there too
        self.clean: List[Agent] = list(clean)       # in which nothing may fire

    def everybody(self):
        return (self.target, *self.shared, *self.clean)


class Case(NamedTuple):
    """A row of the table. The values of the violation may be functions of (subject, before)."""
    kind: str
    prepare: Callable
    violation: Violation
    setting: Callable = contextlib.nullcontext      # a context around it all
    deep: int = 0                                   # the module's parameter

    def expected(self, subject, before):
        return Violation(*(value(subject, before) if callable(value) else value
                           for value in self.violation))


# Preparations.

def plain(agent):
    """Four touched pages, and four more elsewhere."""
    for addr in (A, B):
        agent.touch(agent.mmap(addr, 4 * PAGE), 4 * PAGE)
    return Subject(agent, A, B)


def second_page(agent):
    """The same with the second page meant: no edge of its VMA."""
    plain(agent)
    return Subject(agent, A + PAGE)


def second_page_and_other(agent):
    plain(agent)
    return Subject(agent, A + PAGE, B)


def one_vma(agent):
    plain(agent)
    return Subject(agent, A)


def whole_mm(agent):
    plain(agent)
    return Subject(agent)


def emptied(agent):
    """It has an anon_vma, but no page of it is left."""
    plain(agent)
    agent.madvise(A, 4 * PAGE, MADV_DONTNEED)
    return Subject(agent, A)


def two_unfaulted(agent):
    agent.mmap(A, 2 * PAGE)
    agent.mmap(A + 2 * PAGE, 2 * PAGE, abi.PROT_NONE)
    return Subject(agent, A + 2 * PAGE)


def moved(agent):
    """Its page offsets are those of another address."""
    plain(agent)
    agent.mremap(A, 4 * PAGE, C)
    return Subject(agent, C + PAGE)


def private_file(agent):
    """One page of a file's private mapping, written to."""
    fd = agent.memfd("mutated")
    agent.call("ftruncate", fd, 8 * PAGE)
    agent.mmap(A, 4 * PAGE, abi.RW, abi.MAP_PRIVATE | abi.MAP_FIXED, fd, 3 * PAGE)
    agent.read(A, 4 * PAGE)
    agent.touch(A + PAGE)
    return Subject(agent, A + PAGE)


def huge_page(agent):
    """A page in the middle of a huge one, which has others on both sides."""
    agent.mmap(A, 3 * HUGE_PAGE)
    agent.madvise(A, 3 * HUGE_PAGE, abi.MADV_HUGEPAGE)
    agent.touch(A, 3 * HUGE_PAGE)
    return Subject(agent, A + HUGE_PAGE + 100 * PAGE)


def child_on_its_own(agent):
    """A child that has copied all pages, and mapped something of its own; a sibling too."""
    agent.touch(agent.mmap(A, 4 * PAGE), 4 * PAGE)
    child, sibling = agent.fork(), agent.fork()
    for one in (child, sibling):
        one.touch(A, 4 * PAGE)
    child.touch(child.mmap(B, 4 * PAGE), 4 * PAGE)
    return Subject(child, A, B, clean=[agent, sibling])


def vma_of_a_child(agent):
    subject = child_on_its_own(agent)
    return Subject(subject.target, A, clean=subject.clean)


def page_of_a_child(agent):
    subject = child_on_its_own(agent)
    return Subject(subject.target, A + PAGE, clean=subject.clean)


def child_of_split_vma(agent):
    """Two anon_vmas of a child that have one root: each of the parent's VMAs gave it one."""
    agent.touch(agent.mmap(A, 4 * PAGE), 4 * PAGE)
    agent.mprotect(A + 2 * PAGE, 2 * PAGE, abi.RWX)
    child = agent.fork()
    child.touch(A, 4 * PAGE)
    return Subject(child, A + PAGE, A + 2 * PAGE, clean=[agent])


def _shared_page(agent):
    """A child that maps the parent's pages, the last of which is not there."""
    agent.touch(agent.mmap(A, 4 * PAGE), 3 * PAGE)
    return agent.fork()


def shared_page(agent):
    """What is wrong with the page is wrong for both."""
    return Subject(_shared_page(agent), A + PAGE, shared=[agent])


def entry_of_shared_page(agent):
    """What is wrong with the entry of one is not the other's."""
    return Subject(_shared_page(agent), A + PAGE, clean=[agent])


def shared_page_and_hole(agent):
    return Subject(_shared_page(agent), A + PAGE, A + 3 * PAGE, clean=[agent])


def swapped_page(agent):
    """The second page is swapped out, and kept in the swap cache."""
    plain(agent)
    with stopped(agent.pid):
        mutate.pin(agent.pid, A + PAGE)
    memory.page_out(agent, A + PAGE, 1)
    return Subject(agent, A + PAGE)


def swapped_page_and_other(agent):
    swapped_page(agent)
    return Subject(agent, A + PAGE, B)


# Values. They are worked out while the mutation is in force.

def vmas(more=0):
    return lambda _subject, before: str(before.process["vmas"] + more)


def pages(*names, less=0):
    """The sum of sizes that /proc/PID/status has, which knows no VMA but only the counters."""
    def value(subject, _before):
        with open(f"/proc/{subject.target.pid}/status") as status:
            rows = dict(line.split(":", 1) for line in status)
        return str(sum(int(rows[name].split()[0]) for name in names) * 1024 // PAGE - less)
    return value


def anon_vma_id(addr, key="id"):
    """The id of the anon_vma that a VMA calls its own, or of that one's root or parent."""
    def value(subject, _before):
        own = module.report(subject.target.pid).at(addr)["anon_vma"]
        return own if key == "id" else anon_vmas(subject.target.pid)[own][key]
    return value


def _index(addr):
    """What a page's index is that was faulted there."""
    return hex(addr >> 12)


def file_index(addr, file_offset):
    """The same of a page of a private file mapping: by address since 7.3."""
    def value(subject, _before):
        has_own = module.report(subject.target.pid).at(addr).anon_pgoff is not None
        return _index(addr) if has_own else hex(file_offset)
    return value


def _counter(name, *keys):
    """A counter of pages that is one too high."""
    return Violation("vma-account", 0, name, pages(*keys, less=1), pages(*keys))


def _of_pages(rule, addr, what, expected, found, count=1):
    return Violation(rule, addr, what, expected, found, count)


_LAST = _index(A + 3 * PAGE)

CASES = {
    "map_count": Case("map-count", whole_mm,
                      Violation("vma-order", 0, "map_count", vmas(), vmas(1))),
    "overlap": Case("vma-overlap", two_unfaulted,
                    Violation("vma-order", A + PAGE, "overlap", hex(A + 2 * PAGE), hex(A + PAGE))),
    "empty": Case("vma-empty", two_unfaulted,
                  Violation("vma-order", A + 2 * PAGE, "empty", "-", hex(A + 2 * PAGE))),
    "total_vm": Case("total-vm", whole_mm, _counter("total_vm", "VmSize")),
    "data_vm": Case("data-vm", whole_mm, _counter("data_vm", "VmData")),
    "exec_vm": Case("exec-vm", whole_mm, _counter("exec_vm", "VmExe", "VmLib")),
    "stack_vm": Case("stack-vm", whole_mm, _counter("stack_vm", "VmStk")),
    "anon_vma gone": Case("vma-no-anon-vma", one_vma,
                          _of_pages("vma-anon-present", A, "anon_vma", "-", "-", 4)),
    "page offset, AVC not moved": Case("vma-pgoff", emptied,
                                       Violation("avc-linked", A, "not-found",
                                                 _index(A + 7 * PAGE), "-")),
    "cached range too high": Case("avc-range-high", one_vma,
                                  Violation("avc-linked", A, "cached-range", _LAST,
                                            _index(A + 19 * PAGE))),
    "cached range too low": Case("avc-range-low", one_vma,
                                 Violation("avc-linked", A, "not-found", _LAST, "-")),
    "AVC not in the tree": Case("avc-erased", one_vma,
                                Violation("avc-linked", A, "not-found", _LAST, "-")),
    "AVC of another VMA": Case("avc-other-vma", plain,
                               Violation("avc-linked", A, "other-vma", hex(A), hex(B))),
    "AVC not on the chain": Case("avc-unchained", emptied,
                                 Violation("avc-linked", A, "own-not-on-chain",
                                           anon_vma_id(A), "-")),
    "parent's AVC not on the chain": Case("avc-parent-unchained", vma_of_a_child,
                                          Violation("avc-linked", A, "parent-not-on-chain",
                                                    anon_vma_id(A, "parent"), "-")),
    "wrong root": Case("anon-root", child_on_its_own,
                       Violation("avc-root", A, "root", anon_vma_id(B),
                                 anon_vma_id(A, "parent"))),
    "num_children": Case("anon-children", one_vma,
                         Violation("anon-vma-counts", A, "num_children", "1", "2")),
    "num_children of a child": Case("anon-children", vma_of_a_child,
                                    Violation("anon-vma-counts", A, "num_children", "0", "1")),
    "num_active_vmas": Case("anon-active", one_vma,
                            Violation("anon-vma-counts", A, "num_active_vmas", "1", "2")),
    "num_active_vmas too low": Case("anon-active-low", one_vma,
                                    Violation("anon-vma-counts", A, "num_active_vmas", "1", "0")),
    "index": Case("folio-index", second_page,
                  _of_pages("folio-index", A + PAGE, "index", _index(A + PAGE),
                            _index(A + 2 * PAGE))),
    "index of a huge page": Case("folio-index", huge_page,
                                 _of_pages("folio-index", A + HUGE_PAGE, "index",
                                           _index(A + HUGE_PAGE),
                                           _index(A + HUGE_PAGE + PAGE), 512)),
    "index of a moved page": Case("folio-index", moved,
                                  _of_pages("folio-index", C + PAGE, "index", _index(A + PAGE),
                                            _index(A + 2 * PAGE))),
    "index of a copied file page": Case("folio-index", private_file,
                                        _of_pages("folio-index", A + PAGE, "index",
                                                  file_index(A + PAGE, 4),
                                                  file_index(A + 2 * PAGE, 5))),
    "index of a child's page": Case("folio-index", page_of_a_child,
                                    _of_pages("folio-index", A + PAGE, "index",
                                              _index(A + PAGE), _index(A + 2 * PAGE))),
    "folio of another root": Case("folio-anon-vma", second_page_and_other,
                                  _of_pages("folio-root", A + PAGE, "root", anon_vma_id(A),
                                            anon_vma_id(B))),
    "folio off the chain": Case("folio-anon-vma", child_of_split_vma,
                                _of_pages("folio-reach", A + PAGE, "off-chain", "-", "-")),
    "exclusive and shared": Case("page-exclusive", shared_page,
                                 _of_pages("folio-exclusive", A + PAGE, "mapped-elsewhere",
                                           "-", "-")),
    "writable and shared": Case("pte-writable", entry_of_shared_page,
                                _of_pages("folio-exclusive", A + PAGE, "writable", "-", "-")),
    "mapped twice": Case("pte-twice", shared_page_and_hole,
                         _of_pages("folio-once", A + 3 * PAGE, "twice", "-", "-")),
    "mapcount": Case("page-mapcount", shared_page,
                     _of_pages("folio-mapcount", A + PAGE, "mapcount", "2", "3"), deep=1),
    "index in the swap cache": Case("swap-index", swapped_page,
                                    _of_pages("swap-index", A + PAGE, "index", _index(A + PAGE),
                                              _index(A + 2 * PAGE)), memory.swap),
    "another root in the swap cache": Case("swap-anon-vma", swapped_page_and_other,
                                           _of_pages("swap-index", A + PAGE, "root",
                                                     anon_vma_id(A), anon_vma_id(B)),
                                           memory.swap),
}
