# SPDX-License-Identifier: GPL-2.0
"""The verdict on every kind of pair, against the running kernel itself.

Of each pair (lib/pairs.py) there are three copies. One report judges them all; then
- in copy 0 the right VMA, in copy 1 the left one gets a flag and loses it again, which makes the
  kernel try to merge it with the other: it must merge in the directions that the verdict names, and
  in no other;
- in copy 2 what separates the two is taken away by a system call on the VMA that the verdict names:
  it must merge if nothing else blocks, and if it does not, the report must name what else blocks.
/proc/PID/maps is the witness. What the pair was built to differ in must be what the report says.
"""

import contextlib
import errno
import tempfile

from lib import abi, module, pairs, proc, subjects, tap
from lib.agent import Agent
from lib.pairs import HALF, LEFT, RIGHT, WHOLE

COPIES = 3
# What a pair's construction decides; whether its anon_vmas allow it, the kernel knows.
BUILT_IN = {"special", "flags", "file", "pgoff", "anon-pgoff", "policy", "uffd", "name",
            "vm-ops-close"}
UNDOABLE = {"flags", "policy", "uffd", "name"}


def available_separators():
    """Those that this kernel has; proven by use."""
    with Agent.start() as agent:
        addr = agent.mmap(subjects.BASE, abi.PAGE)
        found = set(pairs.SEPARATORS)
        if agent.try_call("pkey_alloc", 0, 0) < 0:
            found.remove("pkey")
        try:
            agent.name(addr, abi.PAGE, "x")
        except OSError:
            found.remove("name")
        guards = agent.try_call("madvise", addr, abi.PAGE, abi.MADV_GUARD_INSTALL) == 0
    return [name for name in pairs.SEPARATORS if name in found], guards


class World:
    """Which process the pairs are looked at in, and what became of the separators there."""

    def __init__(self, name):
        self.forks = {"child": 1, "grandchild": 2, "prctl child": 1}.get(name, 0)
        self.has_child = name == "parent"
        self.prctl = name.startswith("prctl")
        if self.prctl:
            with Agent.start() as agent:
                error = agent.try_call("prctl", abi.PR_SET_MEMORY_MERGE, 1, 0, 0, 0)
            if error:
                raise tap.Skip(f"PR_SET_MEMORY_MERGE answers {errno.errorcode[-error]}")

    def enter(self, agent):
        """The agent in which the pairs are completed."""
        if self.has_child:
            agent.fork()
        for _ in range(self.forks):
            agent = agent.fork()
        return agent

    def complete(self, agent):
        if self.prctl:
            agent.call("prctl", abi.PR_SET_MEMORY_MERGE, 1, 0, 0, 0)

    def separator(self, pair):
        """What still separates the pair here."""
        levelled = self.prctl and pair.separator == "ksm"
        forked = self.forks and pair.layout != "late" and pair.separator in ("lock", "uffd")
        return "none" if levelled or forked else pair.separator


class Placed:
    """A pair's copy in its slot."""

    def __init__(self, pair, number):
        self.pair = pair
        self.at = subjects.BASE + number * pairs.SLOT

    def halves(self, by_start):
        """Its two VMAs, or None if they are one."""
        left, right = (by_start.get(self.at + part) for part in (LEFT, RIGHT))
        if left and not right and left.end == self.at + LEFT + WHOLE:
            return None
        if not left or not right or left.end != right.start or right.end != right.start + HALF:
            raise tap.Failed(f"{self.pair}: not two halves of the slot: {left} {right}")
        return left, right


def expected_blockers(pair, separator, has_anon_pgoff):
    """Those of BUILT_IN, from how the pair was made; None for what is not worth a rule here."""
    expected = {"none": set(), "uffd": {"flags", "uffd"}, "policy": {"policy"},
                "name": {"name"}}.get(separator, {"flags"})
    if pair.kind == "zero" and pair.layout in ("right", "left", "both", "together"):
        return None
    moved = (pair.layout == "right" and pair.right == "pre") or \
            (pair.layout == "left" and pair.left == "pre") or \
            (pair.layout == "both" and (pair.left == "pre") != (pair.right == "pre"))
    if pair.layout == "gap" or (moved and pair.kind == "anon"):
        expected = expected | {"pgoff"}
    if moved and pair.kind == "private" and has_anon_pgoff:
        expected = expected | {"anon-pgoff"}
    return expected


def check_diffs(left, right, separator):
    """What is wrong with the values that are given for the blockers."""
    wrong = []
    for blocker in left.blockers:
        if f"diff.{blocker}" not in left:
            wrong.append(f"no diff.{blocker}")
    expected = {}
    if "pgoff" in left.blockers:
        expected["pgoff"] = f"{left['pgoff'] + left.pages:#x}:{right['pgoff']:#x}"
    if "anon-pgoff" in left.blockers:
        expected["anon-pgoff"] = f"{left.anon_pgoff + left.pages:#x}:{right.anon_pgoff:#x}"
    if "anon-vma" in left.blockers:
        expected["anon-vma"] = f"{left['anon_vma']}:{right['anon_vma']}"
    if separator in pairs.SEPARATOR_FLAGS:
        expected["flags"] = f"-:{pairs.SEPARATOR_FLAGS[separator]}"
    if separator == "policy":
        expected["policy"] = f"-:{right['policy']}"
    for blocker, values in expected.items():
        if left.get(f"diff.{blocker}") != values:
            wrong.append(f"diff.{blocker}={left.get(f'diff.{blocker}')}, expected {values}")
    return wrong


def round_trip(agent, addr):
    """No change in the end, but an occasion to merge."""
    agent.madvise(addr, HALF, abi.MADV_DONTFORK)
    agent.madvise(addr, HALF, abi.MADV_DOFORK)


class Judgement:
    """All pairs of one world: what was said of them, and what the kernel did."""

    def __init__(self, world, agent, builder, placed):
        self.world, self.agent, self.builder = world, agent, builder
        self.placed = placed
        self.said, self.problems, self.seen = {}, [], set()

    def _problem(self, placed, text):
        if placed in self.said:
            text += f"; said: {self.said[placed].verdict()}"
        self.problems.append(f"{placed.pair}: {text}")

    def read(self):
        """Take the report, and compare it with how the pairs were made."""
        by_start = {vma.start: vma for vma in module.report(self.agent.pid).vmas}
        for placed in self.placed:
            halves = placed.halves(by_start)
            if not halves:
                self._problem(placed, "merged while it was built")
                continue
            self.said[placed] = halves[0]
            self._read_one(placed, *halves)

    def _read_one(self, placed, left, right):
        separator = self.world.separator(placed.pair)
        expected = expected_blockers(placed.pair, separator, left.anon_pgoff is not None)
        got = left.blockers & BUILT_IN
        if expected is not None and got != expected:
            self._problem(placed, f"expected of its making {sorted(expected)}")
        for wrong in check_diffs(left, right, separator):
            self._problem(placed, wrong)
        if left["next"] not in ("merged-candidate", "blocked"):
            self._problem(placed, "no verdict")
            return
        self.seen |= left.blockers or {f"candidate via {left['via']}"}

    def _undo(self, placed):
        """In the direction of the verdict: like the left one, or both like the right one."""
        separator = self.world.separator(placed.pair)
        if self.said[placed]["via"] == "this":
            self.builder.separate(self.agent, separator, placed.at + LEFT)
        else:
            self.builder.unite(self.agent, separator, placed.at + RIGHT)

    def act(self):
        with self.agent.queued():
            for number, placed in enumerate(self.placed):
                if placed not in self.said:
                    continue
                copy = number % COPIES
                if copy == 0:
                    round_trip(self.agent, placed.at + RIGHT)
                elif copy == 1:
                    round_trip(self.agent, placed.at + LEFT)
                else:
                    self._undo(placed)

    def compare(self):
        """What became of each copy."""
        areas = {area.start: area for area in proc.maps(self.agent.pid)}
        after = {vma.start: vma for vma in module.report(self.agent.pid).vmas}
        for number, placed in enumerate(self.placed):
            if placed not in self.said:
                continue
            merged = placed.halves(areas) is None
            if merged != (placed.halves(after) is None):
                self._problem(placed, "maps and the report after it disagree")
            if number % COPIES < 2:
                self._compare_direction(placed, ("next", "this")[number % COPIES], merged)
            else:
                self._compare_undone(placed, merged, after)

    def _compare_direction(self, placed, direction, merged):
        said = self.said[placed]
        should = said["next"] == "merged-candidate" and said["via"] in (direction, "either")
        if merged != should:
            self._problem(placed, f"modifying {direction}: expected "
                          f"{'a merge' if should else 'no merge'}, got the other")

    def _compare_undone(self, placed, merged, after):
        said = self.said[placed]
        if said["next"] != "blocked":
            return
        left_over = said.blockers - UNDOABLE
        if merged != (not left_over):
            self._problem(placed, f"separator undone via {said['via']}: expected "
                          f"{'no merge' if left_over else 'a merge'}, got the other")
        elif left_over:
            now = after[placed.at + LEFT]
            if now.blockers != left_over:
                self._problem(placed, f"separator undone: expected {sorted(left_over)}, "
                              f"got {now.verdict()}")


@contextlib.contextmanager
def built(world, combinations):
    """Pairs, built in a world; the judge of them."""
    placed = [Placed(pair, COPIES * number + copy)
              for number, pair in enumerate(combinations) for copy in range(COPIES)]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, Agent.start() as agent:
        builder = pairs.Builder(agent, folder)
        with agent.queued():
            for one in placed:
                builder.before_fork(agent, one.pair, one.at)
        subject = world.enter(agent)
        if subject is not agent:
            builder.enter(subject)
        with subject.queued():
            for one in placed:
                builder.after_fork(subject, one.pair, one.at)
        world.complete(subject)
        # Verdicts are not given across a place where the lock was let go.
        with module.loaded_module(targets=subject.pid, hold_us=0):
            yield Judgement(world, subject, builder, placed)


def expected_sights(world, judgement):
    """Verdicts that must occur: a test that stopped to build them would pass on nothing."""
    sights = {"flags", "pgoff", "policy", "anon-vma", "uffd", "candidate via either"}
    rules = module.report("self").header["merge_rules"]
    old = tuple(map(int, rules.split("."))) < (6, 16)
    if old:
        sights |= {"candidate via next", "candidate via this"}
    if world.forks:
        sights.add("fork-child")
    if any(vma.anon_pgoff is not None for vma in judgement.said.values()):
        sights.add("anon-pgoff")
    return sights


@tap.cases("alone", "parent", "child", "grandchild", "prctl", "prctl child")
def test_pairs(name):
    world, combinations = World(name), list(pairs.all_pairs(*available_separators()))
    problems, seen, sights = [], set(), set()
    for some in subjects.batches(combinations):
        with built(world, some) as judgement:
            judgement.read()
            judgement.act()
            judgement.compare()
            sights |= expected_sights(world, judgement)
        problems += judgement.problems
        seen |= judgement.seen
    keys = any(pair.separator == "pkey" for pair in combinations)
    print(f"# {len(combinations)} pairs, with{'' if keys else 'out'} protection keys, seen: "
          f"{', '.join(sorted(seen))}")
    tap.no_differences(problems, "verdicts")
    tap.equal(sorted(sights - seen), [], "verdicts that no pair got")
