# SPDX-License-Identifier: GPL-2.0
"""What cannot be had by asking: entries of pages under way, and a folio that cannot be locked.

mergescope_mutate puts them there and keeps the folio locked meanwhile. Nothing is wrong then, or
not to be known: no invariant fires.
"""

import contextlib

from lib import abi, memory, module, mutate, pages, tap, whatif
from lib.agent import Agent, stopped
from lib.checks import Check
from lib.mutation_cases import A, PAGE, plain, private_file

WRITTEN = "anon 0 match writable,exclusive"
# The kinds that violate no invariant; the others are in lib/mutation_cases.py.
KINDS = {"pte-migration", "pmd-migration", "pud-folio", "pte-swapin-error", "folio-index-locked"}
GIB = 1 << 30


def calm(pid, what, unknown=0):
    """No violation; the check."""
    check = Check(pid)
    tap.same_lists([str(one) for one in check.violations], [], f"{what}: violations")
    tap.equal(check.count("unknown"), unknown, f"{what}: unknown")
    return check


# How the page is before, and what its entry says of it when it is under way.
UNDER_WAY = {"writable": (WRITTEN, "migration 0 - exclusive"),
             "read-only": ("anon 0 match exclusive", "migration 0 - exclusive"),
             "shared": ("anon 0 match elsewhere", "migration 0 - -")}


@tap.cases(*UNDER_WAY)
def test_migration(how):
    before, meanwhile = UNDER_WAY[how]
    with pages.loaded(), mutate.loaded_module(), Agent.start() as agent:
        plain(agent)
        if how == "read-only":
            agent.mprotect(A, 4 * PAGE, abi.PROT_READ)
        elif how == "shared":
            agent.fork()
        with stopped(agent.pid), module.target(agent.pid):
            tap.equal(pages.read(agent.pid, "folios").shown(A, 4), [f"4 {before}"], "before")
            with mutate.mutated("pte-migration", agent.pid, A + PAGE):
                tap.equal(pages.read(agent.pid, "folios").shown(A, 4),
                          [f"1 {before}", f"1 {meanwhile}", f"2 {before}"], "under way")
                calm(agent.pid, "under way")
                one = whatif.read(agent.pid).relocation(A)
                tap.equal((one.safe, one.obstacles["unknown"]),
                          ("no" if how == "shared" else "unknown", (1, A + PAGE)), "relocation")
            tap.equal(pages.read(agent.pid, "folios").shown(A, 4), [f"4 {before}"], "afterwards")
            calm(agent.pid, "afterwards")


def shared_memory(agent):
    """A page of shmem that can be written to, and is anybody's."""
    agent.mmap(A, 4 * PAGE, abi.RW, abi.MAP_SHARED | abi.MAP_ANONYMOUS | abi.MAP_FIXED)
    agent.touch(A, 4 * PAGE)


# Whose a page is, as its entry tells when it is under way: only of an anonymous one it is known.
WHOSE = {"shared memory": (shared_memory, "shmem 0 - writable", "migration 0 - -"),
         "copied from a file": (private_file, WRITTEN, "migration 0 - exclusive")}


@tap.cases(*WHOSE)
def test_migration_of_a_file(what):
    prepare, before, meanwhile = WHOSE[what]
    with pages.loaded(), mutate.loaded_module(), Agent.start() as agent:
        prepare(agent)
        with stopped(agent.pid), module.target(agent.pid):
            for expected in before, meanwhile, before:
                with mutate.mutated("pte-migration", agent.pid, A + PAGE) \
                        if expected == meanwhile else contextlib.nullcontext():
                    tap.equal(pages.read(agent.pid, "folios").shown(A + PAGE, 1),
                              [f"1 {expected}"], "the page")
                    calm(agent.pid, expected)


@tap.cases(*UNDER_WAY)
def test_migration_of_a_huge_page(how):
    """One entry for all of it, in the PMD."""
    before, meanwhile = (facts.replace("anon 0", "anon 9") for facts in UNDER_WAY[how])
    with pages.loaded(), mutate.loaded_module(), Agent.start() as agent:
        memory.compact()
        memory.huge(agent, A)
        agent.touch(A)
        if how == "read-only":
            agent.mprotect(A, memory.HUGE, abi.PROT_READ)
        elif how == "shared":
            agent.fork()
        with stopped(agent.pid), module.target(agent.pid):
            whole = [f"{memory.HUGE_PAGES} {before},huge"]
            tap.equal(pages.read(agent.pid, "folios").shown(A, memory.HUGE_PAGES), whole, "before")
            with mutate.mutated("pmd-migration", agent.pid, A + PAGE):
                tap.equal(pages.read(agent.pid, "folios").shown(A, memory.HUGE_PAGES),
                          [f"{memory.HUGE_PAGES} {meanwhile}"], "under way")
                calm(agent.pid, "under way")
            tap.equal(pages.read(agent.pid, "folios").shown(A, memory.HUGE_PAGES), whole,
                      "afterwards")
            calm(agent.pid, "afterwards")


def test_pud_of_a_folio():
    """A GiB that one entry maps, of a folio that counts it, as device DAX does from 6.15 on."""
    with pages.loaded(), mutate.loaded_module(), Agent.start() as agent:
        fd = agent.memfd("pud")
        agent.call("ftruncate", fd, GIB)
        agent.mmap(A, GIB, abi.PROT_READ, abi.MAP_SHARED | abi.MAP_FIXED, fd)
        # So that there is a table of PUDs.
        agent.touch(agent.mmap(A + GIB, PAGE))
        with stopped(agent.pid), module.target(agent.pid):
            before = pages.read(agent.pid, "folios").shown(A, GIB // PAGE)
            with mutate.mutated("pud-folio", agent.pid, A):
                tap.equal(pages.read(agent.pid, "folios").shown(A, GIB // PAGE),
                          [f"{GIB // PAGE} file 0 - huge"], "mapped")
                calm(agent.pid, "mapped")
            tap.equal(pages.read(agent.pid, "folios").shown(A, GIB // PAGE), before, "afterwards")


def test_swapin_error():
    """What swapoff could not read back; from 6.4 on it is a marker by name, too."""
    with pages.loaded(), mutate.loaded_module(), Agent.start() as agent:
        plain(agent)
        if "pte-swapin-error" not in mutate.kinds():
            tap.true(not pages.before(6, 4), "the kind is there")
            raise tap.Skip("this kernel has no such entry: it is a poison marker")
        with stopped(agent.pid), module.target(agent.pid):
            with mutate.mutated("pte-swapin-error", agent.pid, A + PAGE):
                tap.equal(pages.read(agent.pid, "folios").shown(A, 4),
                          [f"1 {WRITTEN}", "1 marker 0 - -", f"2 {WRITTEN}"], "the error")
                calm(agent.pid, "the error")


def test_folio_that_cannot_be_locked():
    """Its index is wrong; but what contradicts is to be looked at again, and it is locked."""
    with pages.loaded(), mutate.loaded_module(), Agent.start() as agent:
        plain(agent)
        with stopped(agent.pid), module.target(agent.pid):
            with mutate.mutated("folio-index-locked", agent.pid, A + PAGE):
                tap.equal(pages.read(agent.pid, "folios").shown(A, 4),
                          [f"1 {WRITTEN}", "1 anon 0 +1 writable,exclusive,unsure",
                           f"2 {WRITTEN}"], "locked")
                check = calm(agent.pid, "locked", 1)
                tap.equal(check.rules["folio-index"]["unknown"], "1", "unknown of folio-index")
                one = whatif.read(agent.pid).relocation(A)
                tap.equal((one.safe, one.obstacles), ("unknown", {"unknown": (1, A + PAGE)}),
                          "relocation")
            calm(agent.pid, "afterwards")
