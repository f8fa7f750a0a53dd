# SPDX-License-Identifier: GPL-2.0
"""The files that are checked: those of the repository, or samples of a test."""

import subprocess
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional

TOP = Path(__file__).resolve().parents[2]

C_SUFFIXES = (".c", ".h")
MAKE_NAMES = ("Makefile", "Kbuild")
SHELLS = ("sh", "bash", "dash")


class File(NamedTuple):
    path: str
    text: str

    @property
    def lines(self) -> List[str]:
        return self.text.split("\n")[:-1] if self.text.endswith("\n") else self.text.split("\n")

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def interpreter(self) -> Optional[str]:
        """What the first line asks for, of "busybox sh" the latter; None without such a line."""
        if not self.text.startswith("#!"):
            return None
        return self.lines[0].split()[-1].rsplit("/", 1)[-1]

    @property
    def is_c(self) -> bool:
        return self.name.endswith(C_SUFFIXES)

    @property
    def is_make(self) -> bool:
        return self.name in MAKE_NAMES or self.name.endswith(".mk")

    @property
    def is_python(self) -> bool:
        return self.name.endswith(".py") or (self.interpreter or "").startswith("python")

    @property
    def is_shell(self) -> bool:
        return self.name.endswith(".sh") or self.interpreter in SHELLS

    @property
    def is_source(self) -> bool:
        return (self.is_c or self.is_make or self.is_python or self.is_shell
                or self.name == "dkms.conf")


Tree = Dict[str, File]


def make_tree(texts: Dict[str, str]) -> Tree:
    return {path: File(path, text) for path, text in texts.items()}


def repository_paths() -> Iterator[str]:
    """What git tracks, and what it does not ignore: a new file is checked before its commit."""
    command = ["git", "-C", TOP, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    yield from filter(None, listed.stdout.decode().split("\0"))


def repository_tree() -> Tree:
    """Every text file of the repository as it stands now; one with a NUL in it is no text."""
    texts = {}
    for path in repository_paths():
        file = TOP / path
        if not file.is_file() or file.is_symlink():
            continue
        data = file.read_bytes()
        if b"\0" not in data:
            texts[path] = data.decode(errors="replace")
    return make_tree(texts)
