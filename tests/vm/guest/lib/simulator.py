# SPDX-License-Identifier: GPL-2.0
"""Plays random system calls in an agent and in tests/sim/simulate, and compares the VMAs.

An operation is a line of tests/sim/ops.h, but with pages in the place of bytes, so that it means
the same in each process: "3p" is three pages, and p3, h3, s3 and d3 are the addresses of page 3 of
the arena, the heap, SysV shared memory and a device's memory. The model says first whether it can
be done, and what comes of it; then the agent does it, and the report must show just that.
"""

import functools
import random
import re
import subprocess
import time
from typing import NamedTuple

from . import abi, module, paths, proc
from .abi import PAGE
from .agent import Agent

ARENA = 0x10_0000_0000
PAGES = 48
LONGEST = 6
# Beside the arena: what cannot be mapped at will, and is only ever protected.
SHARED = ARENA + (1 << 24)
DEVICE = ARENA + (1 << 25)
FIXED_PAGES = 6
REACH = 1 << 28
HEAP_PAGES = 16

ADVICE = {"dontdump": abi.MADV_DONTDUMP, "dodump": abi.MADV_DODUMP,
          "mergeable": abi.MADV_MERGEABLE, "unmergeable": abi.MADV_UNMERGEABLE,
          "random": abi.MADV_RANDOM, "normal": 0}
PROTS = {"---": abi.PROT_NONE, "r--": abi.PROT_READ, "rw-": abi.RW, "rwx": abi.RWX}
# The first legacy video memory: no RAM, and free to be mapped under CONFIG_STRICT_DEVMEM.
VIDEO = 0xa0000


# Of a vma line: a name in quotes may stand between kind and anon_vma.
_LINE = re.compile(r"^vma start=(?P<start>\S+) end=(?P<end>\S+) perms=\S+ pgoff=(?P<pgoff>\S+) "
                   r"anon_pgoff=(?P<anon_pgoff>\S+) flags=(?P<flags>\S+) pkey=\S+ kind=\S+ "
                   r'name=(?:"[^"]*"|\?)(?: anon_name="[^"]*")? anon_vma=(?P<anon_vma>\S+) '
                   r"root=\S+ avcs=(?P<avcs>\S+) file=(?P<file>\S+) policy=\S+ uffd=\S+ "
                   r"close=(?P<close>\S+) ", re.M)


class Vma(NamedTuple):
    """What the model and the report must agree on; anon_vma is the place of its first mention."""
    start: int
    end: int
    pgoff: int
    anon_pgoff: int
    flags: str
    avcs: int
    anon_vma: int

    def __str__(self):
        return (f"{self.start:#x}-{self.end:#x} pgoff={self.pgoff:#x} "
                f"anon_pgoff={self.anon_pgoff:#x} flags={self.flags} avcs={self.avcs} "
                f"anon_vma={self.anon_vma or '-'}")


@functools.lru_cache(maxsize=1 << 14)
def _parsed(start, end, pgoff, anon_pgoff, flags, avcs):
    """A VMA without its anon_vma, from words; most are the same from one operation to the next."""
    codes = set(flags.split(",")) - {"sd"}
    # Of shared memory the offset of anonymous pages says nothing, and merges do not heed it.
    nowhere = anon_pgoff == "absent" or "sh" in codes
    return Vma(int(start, 16), int(end, 16), int(pgoff, 16),
               0 if nowhere else int(anon_pgoff, 16), ",".join(sorted(codes)), int(avcs), 0)


def _comparable(pairs):
    """VMAs, of pairs of one without its anon_vma and that one's name or a false value."""
    numbers = {}
    return [Vma(*vma[:-1], numbers.setdefault(name, len(numbers) + 1)) if name else vma
            for vma, name in pairs]


def understood(answer, has_anon_pgoff):
    """The VMAs of an answer of tests/sim/simulate, lines of words; None if it is a refusal."""
    head, *rows = answer
    if head[0] == "refused":
        return None
    return _comparable([(_parsed(*row[1:4], row[4] if has_anon_pgoff else "absent", *row[5:7]),
                         int(row[7])) for row in rows])


class Model:
    """tests/sim/simulate, with the rules of a series."""

    def __init__(self, series, has_anon_pgoff):
        self._has_anon_pgoff = has_anon_pgoff
        self._process = subprocess.Popen([paths.SIMULATE, series], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)

    def close(self):
        self._process.communicate()

    def _answer(self, line):
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = []
        for text in iter(self._process.stdout.readline, "\n"):
            if not text:
                raise RuntimeError(f"simulate died at: {line}")
            answer.append(text.split())
        return answer

    def apply(self, line):
        """The VMAs after an operation; None if it is refused."""
        return understood(self._answer(line), self._has_anon_pgoff)

    def rules(self):
        """How often core/merge was asked, and how often each blocker alone decided."""
        return {name: int(count) for name, count in self._answer("rules")}


class Player:
    """An agent that does what the model says can be done; its forks go on in its place."""

    def __init__(self, root):
        self._root = self.agent = root
        # The C library has put something there, which is left alone.
        self.heap = (root.call("brk", 0) + PAGE - 1) // PAGE * PAGE
        root.call("brk", self.heap)
        self._heap_start = next((area.start for area in proc.maps(root.pid)
                                 if area.end == self.heap), self.heap)
        # Mapped privately and shared. No file of an overlay: what a VMA of that has for its
        # vm_file is not what mmap() was asked for, and no new mapping merges with it.
        self._fds = {"anon": -1, "file": root.memfd("private"), "other": root.memfd("other"),
                     "shm": root.memfd("shared")}
        for kind in ("file", "other", "shm"):
            root.call("ftruncate", self._fds[kind], 1024 * PAGE)
        self._uffds = [root.uffd(), root.uffd()]
        module.set_targets(f"+{root.pid}")

    def close(self):
        module.set_targets(f"-{self.agent.pid}")
        self._root.close()

    def fix(self):
        """Map what is only ever protected: SysV shared memory, whose VMAs have ->close, and memory
        of a device, which is VM_SPECIAL."""
        agent = self.agent
        segment = agent.call("shmget", 0, FIXED_PAGES * PAGE, 0o1600)
        agent.call("shmat", segment, SHARED, 0)
        agent.call("shmctl", segment, 0, 0)
        agent.mmap(DEVICE, FIXED_PAGES * PAGE, abi.RW, abi.MAP_SHARED | abi.MAP_FIXED,
                   agent.open("/dev/mem"), VIDEO)

    def resolve(self, line):
        """An operation with pages as one with bytes."""
        base = {"p": ARENA, "h": self.heap, "s": SHARED, "d": DEVICE}

        def word(text):
            if re.fullmatch(r"[phsd]\d+", text):
                return f"{base[text[0]] + int(text[1:]) * PAGE:#x}"
            return f"{int(text[:-1]) * PAGE:#x}" if re.fullmatch(r"\d+p", text) else text
        return " ".join(word(text) for text in line.split())

    def do(self, line):
        """An operation with bytes."""
        word, *args = line.split()
        getattr(self, f"_do_{word}")(*(int(arg, 0) if arg[:1].isdigit() else arg for arg in args))

    def _do_map(self, kind, addr, length, prot, pgoff):
        shared = abi.MAP_SHARED if kind == "shm" else abi.MAP_PRIVATE
        anon = abi.MAP_ANONYMOUS if kind == "anon" else 0
        self.agent.mmap(addr, length, PROTS[prot], shared | anon | abi.MAP_FIXED,
                        self._fds[kind], 0 if anon else pgoff * PAGE)

    def _do_unmap(self, addr, length):
        self.agent.munmap(addr, length)

    def _do_protect(self, addr, length, prot):
        self.agent.mprotect(addr, length, PROTS[prot])

    def _do_advise(self, addr, length, advice):
        self.agent.madvise(addr, length, ADVICE[advice])

    def _do_lock(self, addr, length):
        self.agent.mlock_on_fault(addr, length)

    def _do_unlock(self, addr, length):
        self.agent.call("munlock", addr, length)

    def _do_policy(self, addr, length, number):
        self.agent.mbind(addr, length, abi.MPOL_BIND if number else abi.MPOL_DEFAULT, number)

    def _do_name(self, addr, length, number):
        self.agent.name(addr, length, f"name{number}" if number else None)

    def _do_uffd(self, addr, length, number):
        self.agent.uffd_register(self._uffds[number - 1], addr, length,
                                 abi.UFFDIO_REGISTER_MODE_WP)

    def _do_unuffd(self, addr, length, number):
        self.agent.uffd_unregister(self._uffds[number - 1], addr, length)

    def _do_move(self, addr, length, to):
        self.agent.mremap(addr, length, to)

    def _do_grow(self, addr, length, more):
        self.agent.call("mremap", addr, length, length + more, 0)

    def _do_touch(self, addr, length):
        self.agent.touch(addr, length)

    def _do_brk(self, end):
        got = self.agent.call("brk", end)
        if got != end:
            raise OSError(f"brk({end:#x}) = {got:#x}")

    def _do_fork(self):
        """A userfaultfd belongs to the process that made it."""
        child = self.agent.fork()
        module.set_targets(f"-{self.agent.pid},+{child.pid}")
        self.agent = child
        self._uffds = [child.uffd(), child.uffd()]

    def _ours(self):
        """What is simulated of the report: VMAs without their anon_vmas, and the line of each."""
        text = module.read(self.agent.pid).decode("latin-1")
        for line in _LINE.finditer(text):
            vma = _parsed(*line.group("start", "end", "pgoff", "anon_pgoff", "flags", "avcs"))
            if ARENA <= vma.start < ARENA + REACH or \
                    self._heap_start <= vma.start < self.heap + REACH:
                yield vma, line

    def vmas(self):
        return _comparable([(vma, line["anon_vma"] != "-" and line["anon_vma"])
                            for vma, line in self._ours()])

    def given(self):
        """The operations that tell the model what is there already."""
        lines = [f"heap {self.heap:#x}"]
        for number, (vma, line) in enumerate(self._ours()):
            anon_pgoff = "0x0" if line["anon_pgoff"] == "absent" else line["anon_pgoff"]
            lines.append(f"given {vma.start:#x} {vma.end:#x} {vma.pgoff:#x} {anon_pgoff} "
                         f"{0 if line['file'] == '-' else 10 + number} "
                         f"{int(line['close'] == 'yes')} {line['flags']} {vma.avcs}")
        return lines


class Generator:
    """Random operations, most of them on VMAs as they are; what is refused costs little.

    Each sequence has few ways in which VMAs can differ, so that what was made different is often
    made the same again, and one rule alone decides.
    """

    def __init__(self, seed, heap, has_names):
        self._rng = rng = random.Random(seed)
        self._heap = heap
        self._vmas, self._queued = [], []
        self._forks = rng.choice((0, 1, 2))
        self._prots = ["rw-"] * rng.randint(1, 3) + [rng.choice(("r--", "r--", "rwx", "---"))]
        self._kinds = rng.choice((["anon"], ["anon"], ["file"], ["file", "other"],
                                  ["anon", "file", "shm"]))
        self._advice = rng.choice((("dontdump", "dodump"), ("mergeable", "unmergeable"),
                                   ("random", "normal")))
        pairs = [["lock", "unlock"], ["advise", "advise"], ["protect", "protect"],
                 ["policy", "policy"], ["uffd", "uffd", "unuffd"], ["name", "name"]]
        few = [name for pair in rng.sample(pairs[:5 + has_names], 3) for name in pair]
        self._names = (["map"] * 8 + ["touch"] * 8 + ["move"] * 5 + few * 2 +
                       ["trip"] * 6 + ["unmap"] * 2 + ["grow"] * 2 + ["brk", "fixed"])

    def operation(self, vmas):
        """A line; vmas is what is mapped now."""
        self._vmas = [vma for vma in vmas if self._word(vma.start) and self._word(vma.end)]
        if self._queued:
            return self._queued.pop()
        if self._forks and not self._rng.randrange(25):
            self._forks -= 1
            return "fork"
        return getattr(self, f"_{self._rng.choice(self._names)}")()

    def _word(self, addr):
        """An address as a word, if it is one of the arena or the heap."""
        for letter, base, pages in (("p", ARENA, PAGES + LONGEST), ("h", self._heap, HEAP_PAGES)):
            if base <= addr <= base + pages * PAGE:
                return f"{letter}{(addr - base) // PAGE}"
        return None

    def _range(self):
        """Words for an address and a length: a VMA, a part of one, or anything."""
        rng = self._rng
        if not self._vmas or not rng.randrange(4):
            return f"p{rng.randrange(PAGES)} {rng.randint(1, LONGEST)}p"
        vma = rng.choice(self._vmas)
        pages = (vma.end - vma.start) // PAGE
        first, last = (0, pages) if rng.randrange(3) else sorted((rng.randrange(pages),
                                                                 rng.randint(1, pages)))
        return f"{self._word(vma.start + first * PAGE)} {max(last - first, 1)}p"

    def _place(self):
        """A word for where to map something: beside a VMA, where one came from, or anywhere."""
        rng = self._rng
        page = rng.randrange(PAGES)
        if self._vmas and rng.randrange(3):
            # Where the one before ends, mostly.
            vma = rng.choice(self._vmas)
            addr = rng.choice((vma.end, vma.end, vma.end, vma.start - 2 * PAGE, vma.start - PAGE,
                               vma.pgoff * PAGE))
            if ARENA <= addr < ARENA + PAGES * PAGE:
                page = (addr - ARENA) // PAGE
        return f"p{page}"

    def _map(self):
        place = self._place()
        return (f"map {self._rng.choice(self._kinds)} {place} {self._rng.randint(1, LONGEST)}p "
                f"{self._rng.choice(self._prots)} {self._pgoff(int(place[1:]))}")

    def _pgoff(self, page):
        """Where a file's mapping at this page begins: what lines up is what can merge."""
        for vma in self._vmas:
            if vma.end == ARENA + page * PAGE and self._rng.randrange(4):
                return (vma.pgoff + (vma.end - vma.start) // PAGE) % 512
        return page + 2 * (not self._rng.randrange(12))

    def _simple(self, name, *choices):
        last = f" {self._rng.choice(choices)}" if choices else ""
        return f"{name} {self._range()}{last}"

    def _touch(self):
        return self._simple("touch")

    def _unmap(self):
        return self._simple("unmap")

    def _protect(self):
        return self._simple("protect", *self._prots)

    def _advise(self):
        return self._simple("advise", *self._advice)

    def _trip(self):
        """There and back: an occasion to merge for what has had none, or an anon_vma of its own."""
        where = self._range()
        self._queued.append(f"advise {where} {self._advice[1]}")
        if self._rng.randrange(2):
            self._queued.append(f"touch {where}")
        return f"advise {where} {self._advice[0]}"

    def _lock(self):
        return self._simple("lock")

    def _unlock(self):
        return self._simple("unlock")

    def _policy(self):
        return self._simple("policy", 0, 1)

    def _name(self):
        return self._simple("name", 0, 1, 2)

    def _uffd(self):
        """One userfaultfd, and the other right behind it."""
        where, pages = self._range().split()
        behind = f"{where[0]}{int(where[1:]) + int(pages[:-1])}"
        self._queued.append(f"uffd {behind} 1p {self._rng.choice((1, 2))}")
        return f"uffd {where} {pages} {self._rng.choice((1, 2))}"

    def _unuffd(self):
        return self._simple("unuffd", 1, 2)

    def _grow(self):
        return self._simple("grow", "1p", "2p")

    def _move(self):
        return self._simple("move", self._place())

    def _fixed(self):
        first = self._rng.randrange(FIXED_PAGES)
        pages = self._rng.randint(1, FIXED_PAGES - first)
        return (f"protect {self._rng.choice('sd')}{first} {pages}p "
                f"{self._rng.choice(('rw-', 'r--'))}")

    def _brk(self):
        return f"brk h{self._rng.randrange(HEAP_PAGES)}"


class Disagreement(Exception):
    """What model and kernel have after the last of the operations; where the heap begins."""

    def __init__(self, lines, expected, found, heap):
        super().__init__(f"after {lines[-1]}")
        self.lines, self.expected, self.found, self.heap = lines, expected, found, heap

    def __str__(self):
        return "\n".join(["the operations:", *(f"    {line}" for line in self.lines),
                          "", "the model:", *_picture(self.expected, self.heap),
                          "", "the kernel:", *_picture(self.found, self.heap)])


def _picture(vmas, heap):
    """
    The arena, and the heap: a letter for each page, the same within a VMA, capital where it has an
    anon_vma.
    """
    pages = {}
    for number, vma in enumerate(vmas):
        letter = chr(ord("a") + number % 26)
        for addr in range(vma.start, vma.end, PAGE):
            pages[addr] = letter.upper() if vma.anon_vma else letter
    rows = ["".join(pages.get(base + page * PAGE, ".") for page in range(count))
            for base, count in ((ARENA, PAGES + LONGEST), (heap, HEAP_PAGES))]
    return [f"    {rows[0]} heap {rows[1]}"] + [f"    {vma}" for vma in vmas]


class Game:
    """A model and a player, side by side."""

    def __init__(self, series, has_anon_pgoff):
        self.player = Player(Agent.start())
        self.player.fix()
        self.model = Model(series, has_anon_pgoff)
        for line in self.player.given():
            self.vmas = self.model.apply(line)
        self.played = []

    def close(self):
        self.player.close()
        self.model.close()

    def play(self, line):
        """One operation; False if the model refuses it."""
        resolved = self.player.resolve(line)
        expected = self.model.apply(resolved)
        if expected is None:
            return False
        self.played.append(line)
        try:
            self.player.do(resolved)
        except OSError as error:
            raise Disagreement(self.played + [f"# {error}"], expected, self.player.vmas(),
                               self.player.heap) from None
        found = self.player.vmas()
        if found != expected:
            raise Disagreement(self.played, expected, found, self.player.heap)
        self.vmas = found
        return True


def replay(make_game, lines):
    """Play these in a game of their own; the disagreement, or None."""
    game = make_game()
    try:
        for line in lines:
            game.play(line)
    except Disagreement as disagreement:
        return disagreement
    finally:
        game.close()
    return None


def shrink(make_game, disagreement, seconds=240):
    """
    The same disagreement from as few operations as leaving some out leads to: half of them, a
    quarter, and so on down to single ones, or until the time is up.
    """
    def operations(found):
        return [line for line in found.lines if not line.startswith("#")]

    deadline = time.monotonic() + seconds
    lines = operations(disagreement)
    size = len(lines) // 2
    while size and time.monotonic() < deadline:
        shorter = None
        for first in range(len(lines) - size, -1, -size):
            shorter = replay(make_game, lines[:first] + lines[first + size:])
            if shorter or time.monotonic() > deadline:
                break
        if shorter:
            disagreement, lines = shorter, operations(shorter)
            size = min(size, len(lines) // 2 or 1) if len(lines) > 1 else 0
        else:
            size //= 2
    return disagreement
