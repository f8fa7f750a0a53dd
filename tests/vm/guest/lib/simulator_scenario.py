# SPDX-License-Identifier: GPL-2.0
"""What the simulator has played, as a scenario for mergescope run: mergescope-scenario(5).

What was done to SysV shared memory or to a device's memory has no words there: then the scenario's
head says that it does not lead to the disagreement. A scenario's heap is h: where the C library
has put something below the simulator's, its first page stands for that.
"""

from .abi import PAGE

PROTS = {"---": "none", "r--": "r", "rw-": "rw", "rwx": "rwx"}
FILES = {"file": ("f", "private"), "other": ("g", "private"), "shm": ("s", "shared")}
FILE_PAGES = 1024
ELSEWHERE = "# Not reproducible as a scenario, which has neither SysV shared memory nor a device's."
# Beyond these a page offset is not one of the arena.
NEAR = 1 << 20


def _pages(word):
    """Of a word as 3p, p3 or h3."""
    return int(word.strip("ph"))


class Writer:
    """Operations as lib.simulator has them, and the VMAs that must come of them."""

    def __init__(self, title, arena, heap, below):
        self._head, self._lines = [f"# {title}"], []
        self._below = below
        self._arena, self._heap = arena, heap - below * PAGE
        self._has_heap = False
        self._children = 0
        self._files, self._uffds = set(), set()

    def _put(self, text):
        self._lines.append("\t" * self._children + text)

    def operation(self, line):
        word, *args = line.split()
        if any(arg[0] in "sd" and arg[1:].isdigit() for arg in args):
            self._put(f"# no place of a scenario: {line}")
            if ELSEWHERE not in self._head:
                self._head.insert(1, ELSEWHERE)
            return
        if not self._has_heap and any(arg[0] == "h" and arg[1:].isdigit() for arg in args):
            self._has_heap = True
            self._head += ["h = brk(1p) = ok", "touch(h) = ok"] * self._below
        text = getattr(self, f"_{word}")(*args)
        if text:
            self._put(f"{text} = ok")

    def _place(self, at, pages):
        first, last = _pages(at), _pages(at) + _pages(pages) - 1
        if at[0] == "h":
            first, last = first + self._below, last + self._below
            return f"h[{first}]" if first == last else f"h[{first}..{last}]"
        return f"@{first}" if first == last else f"@{first}..{last}"

    def _map(self, kind, at, pages, prot, pgoff):
        if kind == "anon":
            what = "private|anon|fixed"
        else:
            name, sharing = FILES[kind]
            if name not in self._files:
                self._files.add(name)
                self._head.append(f'{name} = memfd_create("{kind}", {FILE_PAGES}p) = ok')
            what = f"{sharing}|fixed, {name}, {pgoff}p"
        return f"mmap(@{_pages(at)}, {pages}, {PROTS[prot]}, {what})"

    def _unmap(self, at, pages):
        return f"munmap({self._place(at, pages)})"

    def _protect(self, at, pages, prot):
        return f"mprotect({self._place(at, pages)}, {PROTS[prot]})"

    def _advise(self, at, pages, advice):
        return f"madvise({self._place(at, pages)}, {advice})"

    def _lock(self, at, pages):
        return f"mlock2({self._place(at, pages)}, onfault)"

    def _unlock(self, at, pages):
        return f"munlock({self._place(at, pages)})"

    def _policy(self, at, pages, number):
        policy = "bind, 0" if int(number) else "default"
        return f"mbind({self._place(at, pages)}, {policy})"

    def _name(self, at, pages, number):
        name = f', "name{number}"' if int(number) else ""
        return f"prctl(set_vma_anon_name, {self._place(at, pages)}{name})"

    def _uffd_named(self, number):
        """A userfaultfd belongs to the process that made it, and no two have one name."""
        name = "u" * (self._children + 1) + number
        if name not in self._uffds:
            self._uffds.add(name)
            self._put(f"{name} = userfaultfd() = ok")
        return name

    def _uffd(self, at, pages, number):
        return f"uffdio_register({self._uffd_named(number)}, {self._place(at, pages)}, wp)"

    def _unuffd(self, at, pages, number):
        return f"uffdio_unregister({self._uffd_named(number)}, {self._place(at, pages)})"

    def _move(self, at, pages, to):
        return f"mremap({self._place(at, pages)}, {pages}, to @{_pages(to)})"

    def _grow(self, at, pages, more):
        return f"mremap({self._place(at, pages)}, {_pages(pages) + _pages(more)}p)"

    def _touch(self, at, pages):
        return f"touch({self._place(at, pages)})"

    def _brk(self, end):
        return f"h = brk({_pages(end) + self._below}p)"

    def _fork(self):
        """What follows is the child's."""
        self._put(f"fork c{self._children + 1} {{")
        self._children += 1

    def expect(self, vmas, pages):
        """Just these VMAs (lib.simulator.Vma) in so many pages of the arena, and in the heap."""
        first_of, behind = {}, 0
        for vma in vmas:
            first = (vma.start - self._arena) // PAGE
            if 0 <= first < pages:
                self._expect_hole(behind, first)
                behind = first + (vma.end - vma.start) // PAGE
                self._expect_vma(vma, f"@{first}", first_of)
            elif self._has_heap and self._heap < vma.end < self._heap + NEAR * PAGE:
                below = max(self._heap - vma.start, 0) // PAGE
                part = vma._replace(start=vma.start + below * PAGE, pgoff=vma.pgoff + below)
                self._expect_vma(part, f"h[{(part.start - self._heap) // PAGE}]", first_of)
        self._expect_hole(behind, pages)

    def _expect_vma(self, vma, at, first_of):
        self._put(f"expect start({at}) == {self._offset(vma.start // PAGE)}")
        self._put(f"expect end({at}) == {self._offset(vma.end // PAGE)}")
        self._put(f"expect pgoff({at}) == {self._offset(vma.pgoff)}")
        self._put(f"expect avcs({at}) == {vma.avcs}")
        self._expect_anon_vma(at, vma.anon_vma, first_of)

    def _expect_hole(self, first, behind):
        if first < behind:
            self._put(f"expect vmas(@{first}..{behind - 1}) == 0")

    def _expect_anon_vma(self, at, anon_vma, first_of):
        if not anon_vma:
            self._put(f"expect anon_vma({at}) == none")
            return
        for other, place in first_of.items():
            relation = "==" if other == anon_vma else "!="
            self._put(f"expect anon_vma({at}) {relation} anon_vma({place})")
        first_of.setdefault(anon_vma, at)

    def _offset(self, pgoff):
        """In pages of the arena or of the heap, if it is near one of them."""
        places = [("page(@0)", self._arena)] + [("page(h)", self._heap)] * self._has_heap
        for name, start in places:
            away = pgoff - start // PAGE
            if -NEAR < away < NEAR:
                return name + (f" {'+' if away > 0 else '-'} {abs(away)}" if away else "")
        return str(pgoff)

    def text(self):
        closing = ["\t" * depth + "}" for depth in reversed(range(self._children))]
        return "".join(f"{line}\n" for line in (*self._head, *self._lines, *closing))


def write(lines, vmas, title, arena, pages, heap):
    """
    The scenario of these operations, with comments as they are, and of these VMAs at the end; where
    so many pages of the arena and the heap begin in them.
    """
    writer = Writer(title, arena, heap, any(vma.start < heap <= vma.end for vma in vmas))
    for line in lines:
        if not line.startswith("#"):
            writer.operation(line)
    writer.expect(vmas, pages)
    return writer.text()
