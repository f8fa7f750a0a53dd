# SPDX-License-Identifier: GPL-2.0
"""Random system calls: the VMAs that tests/sim/simulate predicts with core/merge, and the kernel's.

MERGESCOPE_SIM_STEPS says how many, MERGESCOPE_SIM_SEED with which the first sequence begins.
"""

import os
import re
import tempfile
from pathlib import Path

from lib import abi, module, pages, scenario, simulator, simulator_scenario, subjects, tap
from lib.agent import Agent

# So many steps, from this seed on, make every rule decide but "name", for which most kernels have
# no names; fewer are for a look by hand, or for a kernel that is slow.
FULL = 2000
STEPS = int(os.environ.get("MERGESCOPE_SIM_STEPS", subjects.times(FULL)))
SEED = int(os.environ.get("MERGESCOPE_SIM_SEED", "12"))
# Operations that were done before an agent is thrown away.
SEQUENCE = 100
RESULTS = Path("/results")

# Beside file pages that were never written to: such as were, and came from elsewhere. Then the same
# of what could only be written to again after mprotect(), and from the other side.
MOVED_FILE = ("map file p0 1p rw- 0", "map file p9 1p rw- 1", "touch p9 1p", "move p9 1p p1",
              "map file p20 1p rw- 0", "protect p20 1p r--", "map file p29 1p rw- 1",
              "touch p29 1p", "protect p29 1p r--", "move p29 1p p21",
              "map file p41 1p rw- 1", "map file p47 1p rw- 0", "touch p47 1p", "move p47 1p p40")
# Few operations for each rule of core/merge, at one of which it decides alone.
DECIDING = {
    "special": ("protect d2 2p r--", "protect d0 2p r--"),
    "flags": ("map anon p0 1p rw- 0", "map anon p1 1p r-- 0"),
    "file": ("map file p0 1p rw- 0", "map other p1 1p rw- 1"),
    "pgoff": ("map file p0 1p rw- 0", "map file p1 1p rw- 7"),
    "anon-pgoff": MOVED_FILE,
    "anon-vma": ("map anon p0 1p rw- 0", "map anon p2 1p rw- 0", "touch p0 1p", "touch p2 1p",
                 "map anon p1 1p rw- 0", "advise p2 1p dontdump", "advise p2 1p dodump"),
    "fork-child": ("map anon p0 1p rw- 0", "touch p0 1p", "fork", "map anon p1 1p rw- 0",
                   "advise p0 1p dontdump", "advise p0 1p dodump"),
    "unfaulted": MOVED_FILE,
    "policy": ("map anon p0 1p rw- 0", "policy p0 1p 1", "map anon p1 1p rw- 0"),
    "uffd": ("map anon p0 2p rw- 0", "uffd p0 1p 1", "uffd p1 1p 2"),
    # A map that names split, that one name joins again, and beside which what has none stays apart.
    "name": ("map anon p0 4p rw- 0", "name p0 2p 1", "name p2 2p 2", "name p2 2p 1",
             "name p1 1p 0", "name p1 1p 1", "map anon p4 1p rw- 0"),
    "vm-ops-close": ("protect s2 2p r--", "protect s0 2p r--"),
}


def only_since(release, *rules):
    return set() if pages.before(*release) else set(rules)


def expected_rules(has_names):
    """The blockers that this kernel's merge code has."""
    rules = {"special", "flags", "file", "pgoff", "anon-vma", "fork-child", "policy", "uffd",
             "vm-ops-close"}
    rules |= {"unfaulted"} - only_since((6, 16), "unfaulted")
    rules |= only_since((7, 3), "anon-pgoff")
    return rules | ({"name"} if has_names else set())


class Games:
    """Makes games for one kernel, and adds up which rules decided."""

    def __init__(self):
        with Agent.start() as agent:
            agent.mmap(subjects.BASE, abi.PAGE)
            report = module.report_of(agent.pid)
            try:
                agent.name(subjects.BASE, abi.PAGE, "x")
                self.has_names = True
            except OSError:
                self.has_names = False
        self.series = report.header["merge_rules"]
        self._has_anon_pgoff = report.vmas[0].anon_pgoff is not None
        self.rules = {}

    def make(self):
        return simulator.Game(self.series, self._has_anon_pgoff)

    def play(self, seed, steps):
        """A sequence of random operations of which so many are done."""
        game = self.make()
        try:
            generator = simulator.Generator(seed, game.player.heap, self.has_names)
            done = 0
            while done < steps:
                done += game.play(generator.operation(game.vmas))
            for name, count in game.model.rules().items():
                self.rules[name] = self.rules.get(name, 0) + count
        finally:
            game.close()


def decided(games, rule):
    """Play what makes a rule decide: how often it has, alone, and how many merges there were."""
    game = games.make()
    try:
        for line in DECIDING[rule]:
            tap.true(game.play(line), f"{rule}: the model refuses {line}")
        return game.model.rules()[rule], game.model.rules()["merged"]
    except simulator.Disagreement as disagreement:
        raise tap.Failed(f"{rule}: {disagreement}") from None
    finally:
        game.close()


def test_each_rule_decides():
    """However few random steps are played, the kernel is asked about each rule that it has."""
    with pages.loaded():
        games = Games()
        for rule in sorted(expected_rules(games.has_names) - {"name"}):
            tap.true(decided(games, rule)[0], f"{rule} never decides alone")


def test_names():
    with pages.loaded():
        games = Games()
        if not games.has_names:
            raise tap.Skip("PR_SET_VMA_ANON_NAME is refused: no CONFIG_ANON_VMA_NAME")
        refused, merged = decided(games, "name")
        tap.true(refused and merged, f"names kept {refused} pairs apart, and let {merged} merge")


def _scenario(games, disagreement, vmas, title):
    return simulator_scenario.write(disagreement.lines, vmas, f"{title} (rules of {games.series}).",
                                    simulator.ARENA, simulator.PAGES + simulator.LONGEST,
                                    disagreement.heap)


def _explain(games, seed, disagreement):
    """Shrunk, and kept for the host as a scenario; a text for a person."""
    shrunk = simulator.shrink(games.make, disagreement)
    text = _scenario(games, shrunk, shrunk.expected, "What the simulator expects, and is not so")
    if RESULTS.is_dir():
        (RESULTS / f"simulator-{seed}.scn").write_text(text)
    return f"seed {seed}, {len(disagreement.lines)} operations, shrunk to {len(shrunk.lines)}\n" \
           f"{shrunk}\n\n{text}"


def test_random_system_calls():
    with pages.loaded():
        games = Games()
        for number in range((STEPS + SEQUENCE - 1) // SEQUENCE):
            seed = SEED + number
            try:
                games.play(seed, min(SEQUENCE, STEPS - number * SEQUENCE))
            except simulator.Disagreement as disagreement:
                raise tap.Failed(_explain(games, seed, disagreement)) from None
        print(f"# {STEPS} steps; merges asked for, done, and refused by one rule alone:",
              " ".join(f"{name}={count}" for name, count in games.rules.items()))
        never = {name for name in expected_rules(games.has_names) if not games.rules[name]}
        tap.true(STEPS < FULL or not never, f"rules that never decided alone: {never}")


def _played(text):
    """The exit status of mergescope run, and what it prints."""
    with tempfile.TemporaryDirectory() as folder, module.loaded_module():
        path = Path(folder) / "simulator.scn"
        path.write_text(text)
        run = scenario.Run("--files", folder, path)
        return run.status, run.text + run.errors


def _wrong(games):
    """What comes of the rules of another series, shrunk."""
    games.series = "6.1" if not pages.before(6, 16) else "7.2"
    with pages.loaded():
        for seed in range(SEED, SEED + 20):
            try:
                games.play(seed, SEQUENCE)
            except simulator.Disagreement as disagreement:
                return simulator.shrink(games.make, disagreement)
    raise tap.Failed(f"{20 * SEQUENCE} steps under the rules of {games.series} agree")


def test_what_is_no_scenario():
    """SysV shared memory and a device's have no words there, and the file says so."""
    for line in ("protect s0 2p r--", "protect d0 2p r--"):
        head, told = simulator_scenario.write([line], [], "A title.", simulator.ARENA, 0,
                                              simulator.DEVICE).splitlines()[1:]
        tap.equal((head, told), (simulator_scenario.ELSEWHERE, f"# no place of a scenario: {line}"),
                  "what is written")


def test_the_heap_as_a_scenario():
    """What was done to the heap is done by mergescope run, too, to the same VMAs and no others."""
    lines = ("brk h4", "touch h1 1p", "advise h2 2p dontdump", "brk h6", "fork", "touch h5 1p",
             "move h2 2p p3", "brk h5")
    with pages.loaded():
        game = Games().make()
        try:
            for line in lines:
                tap.true(game.play(line), f"the model refuses {line}")
            vmas, heap = game.vmas, game.player.heap
        finally:
            game.close()
    picture = str(simulator.Disagreement(lines, vmas, vmas, heap))
    tap.true(re.search(r"^ +\.{3}([A-Z])\1\.{49} heap ([A-Z])\2\.\.([A-Z])\.{11}$", picture, re.M),
             picture)
    first = next(number for number, vma in enumerate(vmas) if vma.start > heap)
    other = vmas[:first] + [vmas[first]._replace(end=vmas[first].end + abi.PAGE)] + vmas[first + 1:]
    for layout, status in ((vmas, 0), (other, 1)):
        text = simulator_scenario.write(lines, layout, "The heap.", simulator.ARENA,
                                        simulator.PAGES, heap)
        tap.true(simulator_scenario.ELSEWHERE not in text, text)
        got, output = _played(text)
        tap.equal(got, status, f"exit status of\n{text}\n{output}")


def test_a_wrong_model_is_noticed():
    """
    The rules of another series on this kernel: the disagreement is found and shrunk; as a scenario
    it is one with the command, too, and none with what the kernel has made of it.
    """
    with pages.loaded():
        games = Games()
    shrunk = _wrong(games)
    tap.true(len(shrunk.lines) <= 8, f"shrunk to {len(shrunk.lines)}:\n{shrunk}")
    for vmas, status in ((shrunk.expected, 1), (shrunk.found, 0)):
        text = _scenario(games, shrunk, vmas, "What another series would do")
        got, output = _played(text)
        tap.equal(got, status, f"exit status of\n{text}\n{output}")
