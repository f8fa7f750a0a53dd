# SPDX-License-Identifier: GPL-2.0
"""Mutations of what KSM remembers, and the invariants that notice; see mutation_cases.py."""

import errno

from . import abi, ksmd, tap
from .abi import PAGE
from .checks import Violation
from .mutation_cases import A, B, Case, Subject

COUNT = 4
LAST = A + (COUNT - 1) * PAGE


def _merged(agent):
    """Four pages that are one, and four others elsewhere."""
    agent.mmap(A, COUNT * PAGE)
    agent.madvise(A, COUNT * PAGE, abi.MADV_MERGEABLE)
    agent.touch(A, COUNT * PAGE)
    agent.touch(agent.mmap(B, COUNT * PAGE), COUNT * PAGE)
    ksmd.merge((agent.pid, A, COUNT))


def second_page(agent):
    _merged(agent)
    return Subject(agent, A + PAGE)


def all_pages(agent):
    _merged(agent)
    return Subject(agent, A)


def last_page(agent):
    """Behind its rmap_item there is none, nor memory."""
    _merged(agent)
    return Subject(agent, LAST)


def forked_page(agent):
    """A child's that has an rmap_item of its own, and is found through its parent's as well."""
    _merged(agent)
    child = agent.fork()
    # An anon_vma that the parent has not.
    child.touch(child.mmap(2 * B - A, PAGE))
    ksmd.scan()
    return Subject(child, A + PAGE, 2 * B - A, clean=[agent])


def page_of_a_child(agent):
    """The same, with nothing else meant."""
    subject = forked_page(agent)
    return Subject(subject.target, A + PAGE, clean=subject.clean)


def merge_any(agent):
    """A VMA that KSM may have like all of its process."""
    error = agent.try_call("prctl", abi.PR_SET_MEMORY_MERGE, 1, 0, 0, 0)
    if error:
        tap.equal(error, -errno.EINVAL, "prctl")
        raise tap.Skip("PR_SET_MEMORY_MERGE answers EINVAL")
    agent.touch(agent.mmap(A, COUNT * PAGE), COUNT * PAGE)
    return Subject(agent, A)


def _case(kind, prepare, *violation):
    return Case(kind, prepare, Violation(*violation), ksmd.commanded)


_SECOND, _THIRD = hex(A + PAGE), hex(A + 2 * PAGE)

# They keep mergescope from KSM's lists, and break no invariant of what was seen.
UNSEEN = {"item-next", "ksm-offlining"}

CASES = {
    "rmap_item at another address": _case("item-address", last_page,
                                          "ksm-reach", LAST, "no-item", "-", "-", 1),
    "rmap_item on no list": _case("item-unlisted", second_page,
                                  "ksm-reach", A + PAGE, "unlisted", "-", "-", 1),
    "rmap_item of two trees": _case("item-flags", second_page,
                                    "ksm-item", A + PAGE, "flags", "-", "-"),
    "rmap_item of another anon_vma": _case("item-anon-vma", forked_page,
                                           "ksm-item-anon", A + PAGE, "off-chain", "-", "-"),
    "rmap_item of another index": _case("item-index", page_of_a_child,
                                        "ksm-item-anon", A + PAGE, "index",
                                        hex((A + PAGE) // PAGE), hex((A + 2 * PAGE) // PAGE)),
    "rmap_item of an index beyond": _case("item-index-far", page_of_a_child,
                                          "ksm-item-anon", A + PAGE, "index",
                                          hex((A + PAGE) // PAGE), hex((A + 17 * PAGE) // PAGE)),
    "rmap_items out of order": _case("item-order", second_page,
                                     "ksm-item-order", A + PAGE, "order", _THIRD, _SECOND),
    "stable node of another page": _case("node-kpfn", second_page,
                                         "ksm-node", A, "kpfn", "0", "1"),
    "length of a stable node": _case("node-length", second_page,
                                     "ksm-node", A, "length", str(COUNT), str(COUNT + 1)),
    "writable and merged": _case("pte-writable", second_page,
                                 "ksm-protect", A + PAGE, "writable", "-", "-", 1),
    "anon_vma gone, merged": _case("vma-no-anon-vma", all_pages,
                                   "vma-anon-present", A, "anon_vma", "-", "-", COUNT),
    # All four map the one page.
    "exclusive and merged": _case("ksm-exclusive", second_page,
                                  "folio-exclusive", A, "ksm", "-", "-", COUNT),
    "not mergeable": _case("vma-not-mergeable", merge_any, "ksm-flag", A, "flag", "-", "-"),
}
