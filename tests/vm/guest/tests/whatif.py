# SPDX-License-Identifier: GPL-2.0
"""What-if: what each policy predicts, against what the kernel makes of the same program."""

import random
import re
from pathlib import Path

from lib import abi, module, pages, proc, subjects, tap, whatif
from lib.abi import PAGE
from lib.agent import Agent

AT = subjects.BASE
END = AT + (1 << 30)
# Where memory is mapped and touched before it is moved.
AWAY = END + (1 << 30)
PART = 4 * PAGE


def ranges(agent, start=AT, end=END):
    return [(area.start, area.end) for area in proc.maps(agent.pid) if start <= area.start < end]


def spoken(layout):
    return [f"{start:#x}-{end:#x}" for start, end in layout]


def expect_layout(predicted, agent, what):
    tap.same_lists(spoken(predicted), spoken(ranges(agent)), what)


# Each VMA has its occasion.

def row(agent, seed):
    """Parts side by side, kept apart by their locks, which a fork takes away; some are faulted."""
    rng = random.Random(seed)
    for part in range(24):
        addr = AT + part * PART
        agent.mmap(addr, PART)
        if part % 2:
            agent.mlock_on_fault(addr, PART)
    child = agent.fork()
    for part in range(24):
        if not rng.randrange(3):
            child.touch(AT + part * PART)
    return child


@tap.cases(1, 2, 3, 4)
def test_occasion(seed):
    """What is said to merge if only it had an occasion merges when each VMA gets one."""
    with pages.loaded(), Agent.start() as agent:
        child = row(agent, seed)
        before = ranges(child)
        said = whatif.read_of(child.pid)
        verdicts = [vma["next"] for vma in module.report_of(child.pid).vmas]
        tap.equal(said.policies["occasion"].pairs,
                  len(verdicts) - verdicts.count("hole") - verdicts.count("last"), "pairs")
        for start, end in before:
            child.madvise(start, end - start, abi.MADV_DONTFORK)
            child.madvise(start, end - start, abi.MADV_DOFORK)
        expect_layout(said.layout("occasion", before), child, "after round trips")
        tap.true(len(ranges(child)) < len(before), "nothing merged: the test tests nothing")
        tap.equal(said.policies["all"].then, said.policies["all"].vmas, "other policies")
        tap.equal(said.policies["all"].pairs, 0, "pairs that other policies concern")


# PR_SET_MEMORY_MERGE.

def small_regions(agent, count=200):
    """
    A program that maps many small regions, up and down, and writes to the first half. (What is
    written to with untouched neighbours has an anon_vma of its own for as long as these are apart.)
    """
    for index in range(count):
        low = AT + index * PAGE
        high = END - (index + 1) * PAGE
        for addr in (low, high):
            agent.mmap(addr, PAGE)
            if index < count // 2:
                agent.touch(addr)


def test_early_ksm():
    """
    A process under PR_SET_MEMORY_MERGE; without it the same program has no flag that could come
    late, as if it came early.
    """
    with pages.loaded(), Agent.start() as merging, Agent.start() as plain:
        if merging.try_call("prctl", abi.PR_SET_MEMORY_MERGE, 1, 0, 0, 0):
            said = whatif.read_of(merging.pid)
            tap.equal(said.policies["early-ksm"][:4], (said.policies["early-ksm"].vmas,) * 2 +
                      (0, 0), "early-ksm")
            raise tap.Skip("PR_SET_MEMORY_MERGE is refused; nothing is early or late")
        for agent in (merging, plain):
            small_regions(agent)
        now = ranges(merging)
        said = whatif.read_of(merging.pid)
        late = module.report_of(merging.pid).at(AT)["ksm_flag"] == "late"
        tap.equal(len(now) > 100, late, f"apart now: {len(now)} VMAs, ksm_flag late: {late}")
        expect_layout(said.layout("early-ksm", now), plain, "early-ksm")
        tap.equal(said.policies["early-ksm"].concerned > 100, late, "concerned")


# MREMAP_RELOCATE_ANON.

class Mover:
    """
    Random parts are mapped elsewhere, moved side by side, and written to: when? From 7.3 on a few
    of them are of /dev/zero, at the offsets of the place where they end up.
    """

    def __init__(self, agent, seed, before):
        self._agent, self._before = agent, before
        self._rng = random.Random(seed)
        self._written = []
        self._zero = None if pages.before(7, 3) else agent.open("/dev/zero")

    def play(self):
        places = list(range(20))
        self._rng.shuffle(places)
        for number, place in enumerate(places[:16]):
            written = bool(self._rng.randrange(4))
            zero = self._rng.randrange(3) == 0 and self._zero
            if number % 3:
                self._move(AWAY + number * 16 * PAGE, place, zero, written)
            else:
                self._map(AT + place * PART, place, zero)
        for addr in self._written:
            self._agent.touch(addr, PART)

    def _map(self, addr, place, zero):
        if zero:
            self._agent.mmap(addr, PART, abi.RW, abi.MAP_PRIVATE | abi.MAP_FIXED, zero,
                             place * PART)
        else:
            self._agent.mmap(addr, PART)

    def _move(self, source, place, zero, written):
        to = AT + place * PART
        self._map(source, place, zero)
        if written and self._before:
            self._agent.touch(source, PART)
        self._agent.mremap(source, PART, to)
        if written and not self._before:
            self._written.append(to)


@tap.cases(1, 2, 3, 4, 5, 6)
def test_relocate_anon(seed):
    """Memory that could be relocated ends up as if it had been written to only after its move."""
    with pages.loaded(), Agent.start() as agent, Agent.start() as other:
        Mover(agent, seed, before=True).play()
        Mover(other, seed, before=False).play()
        now = ranges(agent)
        said = whatif.read_of(agent.pid)
        expect_layout(said.layout("relocate-anon", now), other, "relocate-anon")
        policy = said.policies["relocate-anon"]
        tap.true(len(ranges(other)) < len(now), "nothing merged: the test tests nothing")
        tap.equal(policy.vmas - policy.then, len(now) - len(ranges(other)), "VMAs fewer")
        tap.equal(policy.anon_vmas - policy.anon_vmas_then,
                  _anon_vmas(agent) - _anon_vmas(other), "anon_vmas fewer")
        tap.equal(policy.avcs - policy.avcs_then, _avcs(agent) - _avcs(other), "AVCs fewer")


def test_relocate_dev_zero():
    """
    /dev/zero mapped privately is anonymous: moved untouched it gets vm_pgoff of its new place, and
    no longer lines up with what lies before it by the file's.
    """
    def play(agent, before):
        zero = agent.open("/dev/zero")
        for addr, offset in ((AT, 0), (AWAY, PART)):
            agent.mmap(addr, PART, abi.RW, abi.MAP_PRIVATE | abi.MAP_FIXED, zero, offset)
        if before:
            agent.touch(AWAY, PART)
        agent.mremap(AWAY, PART, AT + PART)
        if not before:
            agent.touch(AT + PART, PART)

    if pages.before(7, 3):
        raise tap.Skip("a private mapping has one page offset, the file's")
    with pages.loaded(), Agent.start() as agent, Agent.start() as other:
        play(agent, True)
        play(other, False)
        tap.equal(len(ranges(other)), 2, "VMAs, touched after the move")
        said = whatif.read_of(agent.pid)
        tap.true(said.relocation(AT + PART).moved, "it was moved")
        expect_layout(said.layout("relocate-anon", ranges(agent)), other, "relocate-anon")


def _anon_vmas(agent):
    return len({vma["anon_vma"] for vma in module.report_of(agent.pid).vmas} - {"-"})


def _avcs(agent):
    return sum(vma["avcs"] for vma in module.report_of(agent.pid).vmas)


# Soft-dirty.

def test_soft_dirty():
    """The kernel merges across the flag, so that ignoring it changes nothing."""
    with pages.loaded(), Agent.start() as agent:
        agent.mmap(AT, PART)
        agent.touch(AT)
        agent.mmap(AT + 2 * PART, PART)
        if "sd" not in module.report_of(agent.pid).at(AT).flags:
            raise tap.Skip("a fresh mapping has no sd: no CONFIG_MEM_SOFT_DIRTY")
        Path(f"/proc/{agent.pid}/clear_refs").write_text("4")
        tap.true("sd" not in module.report_of(agent.pid).at(AT).flags, "clear_refs clears")
        said = whatif.read_of(agent.pid)
        tap.equal(said.policies["soft-dirty"][1:4], (said.policies["soft-dirty"].vmas, 0, 0),
                  "soft-dirty")
        agent.mmap(AT + PART, PART)
        tap.equal(spoken(ranges(agent)), [f"{AT:#x}-{AT + 3 * PART:#x}"], "across the flag")


# The numbers.

def _object_size(name):
    path = Path(f"/sys/kernel/slab/{name}/object_size")
    return int(path.read_text()) if path.exists() else 0


def test_object_sizes():
    """What is saved is counted with sizes from headers: those that this kernel's slabs have."""
    if not _object_size("vm_area_struct"):
        raise tap.Skip("no /sys/kernel/slab/vm_area_struct/object_size")
    vma = _object_size("vm_area_struct") + _object_size("vma_lock")
    with pages.loaded(), Agent.start() as agent:
        child = row(agent, 5)
        said = whatif.read_of(child.pid).policies["occasion"]
        tap.true(said.then < said.vmas, "nothing merges")
        tap.equal(said.saved, (said.vmas - said.then) * vma +
                  (said.anon_vmas - said.anon_vmas_then) * _object_size("anon_vma") +
                  (said.avcs - said.avcs_then) * _object_size("anon_vma_chain"), "saved")


def test_report_has_it():
    """The same lines in report, but for how long each walk took and what only KSM's lists tell."""
    def lines(pid, name):
        text = module.read(pid, name).decode()
        return [re.sub(" (walk_ns|ksm_items)=[^ ]*", "", line) for line in text.splitlines()
                if line.split(" ")[0] in ("whatif", "merged", "relocation")]

    with pages.loaded(), Agent.start() as agent, agent.stopped(), module.target(agent.pid):
        tap.equal([line.split(" ")[1] for line in lines(agent.pid, "whatif")
                   if line.startswith("whatif")], [f"policy={name}" for name in whatif.POLICIES],
                  "policies")
        tap.same_lists(lines(agent.pid, "report"), lines(agent.pid, "whatif"), "report and whatif")


def test_range_leaves_the_rest_unknown():
    """Pages that "range" leaves out are not known, and nothing is called safe for it."""
    with pages.loaded(), Agent.start() as agent, module.target(agent.pid):
        agent.mmap(AT, 2 * PART)
        agent.touch(AT, 2 * PART)
        module.write_parameter("range", f"{agent.pid}:{AT:x}-{AT + PART:x}")
        one = whatif.read(agent.pid).relocation(AT)
        tap.equal((one.safe, one.by, one.obstacles),
                  ("unknown", frozenset(), {"unknown": (4, AT + PART)}), "half of it")
        module.write_parameter("range", f"{agent.pid}:")
        one = whatif.read(agent.pid).relocation(AT)
        tap.equal((one.safe, one.obstacles, one.pages, one.folios), ("yes", {}, 8, 8), "all of it")
