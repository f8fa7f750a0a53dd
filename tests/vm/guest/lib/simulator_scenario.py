# SPDX-License-Identifier: GPL-2.0
"""What the simulator has played, as a scenario for mergescope run: mergescope-scenario(5).

It has no places beside the arena, so that what was done to the heap, to shared memory or to a
device's memory is only told in a comment.
"""

from .abi import PAGE

PROTS = {"---": "none", "r--": "r", "rw-": "rw", "rwx": "rwx"}
FILES = {"file": ("f", "private"), "other": ("g", "private"), "shm": ("s", "shared")}
FILE_PAGES = 1024
# Beyond these a page offset is not one of the arena.
NEAR = 1 << 20


def _pages(word):
    """Of a word as 3p or p3."""
    return int(word.strip("p"))


class Writer:
    """Operations as lib.simulator has them, and the VMAs that must come of them."""

    def __init__(self, title, arena):
        self._head, self._lines = [f"# {title}"], []
        self._arena = arena
        self._children = 0
        self._files, self._uffds = set(), set()

    def _put(self, text):
        self._lines.append("\t" * self._children + text)

    def operation(self, line):
        word, *args = line.split()
        if any(arg[0] in "hsd" and arg[1:].isdigit() for arg in args):
            self._put(f"# no place of a scenario: {line}")
            return
        text = getattr(self, f"_{word}")(*args)
        if text:
            self._put(f"{text} = ok")

    def _place(self, at, pages):
        first, nr = _pages(at), _pages(pages)
        return f"@{first}" if nr == 1 else f"@{first}..{first + nr - 1}"

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

    def _fork(self):
        """What follows is the child's."""
        self._put(f"fork c{self._children + 1} {{")
        self._children += 1

    def expect(self, vmas, pages):
        """Just these VMAs (lib.simulator.Vma) in so many pages of the arena."""
        first_of, behind = {}, 0
        for vma in vmas:
            first = (vma.start - self._arena) // PAGE
            if not 0 <= first < pages:
                continue
            self._expect_hole(behind, first)
            behind = (vma.end - self._arena) // PAGE
            at = f"@{first}"
            self._put(f"expect start({at}) == page({at})")
            self._put(f"expect end({at}) == page(@{behind})")
            self._put(f"expect pgoff({at}) == {self._offset(vma.pgoff)}")
            self._put(f"expect avcs({at}) == {vma.avcs}")
            self._expect_anon_vma(at, vma.anon_vma, first_of)
        self._expect_hole(behind, pages)

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
        """In the arena's pages, if it is near that."""
        away = pgoff - self._arena // PAGE
        if not -NEAR < away < NEAR:
            return str(pgoff)
        return "page(@0)" + (f" {'+' if away > 0 else '-'} {abs(away)}" if away else "")

    def text(self):
        closing = ["\t" * depth + "}" for depth in reversed(range(self._children))]
        return "".join(f"{line}\n" for line in (*self._head, *self._lines, *closing))


def write(lines, vmas, title, arena, pages):
    """The scenario of these operations, with comments as they are, and of these VMAs at the end."""
    writer = Writer(title, arena)
    for line in lines:
        if not line.startswith("#"):
            writer.operation(line)
    writer.expect(vmas, pages)
    return writer.text()
