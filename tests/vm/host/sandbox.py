# SPDX-License-Identifier: GPL-2.0
"""Run a command inside a build root, which it cannot change."""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple, Sequence

from .errors import Failure

# Empty and private in the sandbox, whatever the root holds there.
VOLATILE = ("dev", "proc", "sys", "tmp", "run")
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", "LC_ALL": "C.UTF-8",
               "TERM": "dumb"}


class Bind(NamedTuple):
    source: Path
    target: str
    read_only: bool = False

    def arguments(self) -> list:
        how = "--ro-bind" if self.read_only else "--bind"
        return [how, str(self.source), self.target]


def parse_bind(text: str) -> Bind:
    """Read SRC:DST or SRC:DST:ro."""
    source, _, rest = text.partition(":")
    target, _, mode = rest.partition(":")
    if not source or not target.startswith("/") or mode not in ("", "ro"):
        raise Failure(f"--bind {text}: write SOURCE:/TARGET or SOURCE:/TARGET:ro", 2)
    if not os.path.exists(source):
        raise Failure(f"--bind {text}: {source} does not exist", 2)
    return Bind(Path(source).resolve(), target, mode == "ro")


def _tree(tree: Path) -> list:
    """Bind the root's entries below a fresh /, so that targets can be added beside them."""
    arguments = []
    for entry in sorted(tree.iterdir()):
        if entry.is_symlink():
            arguments += ["--symlink", os.readlink(entry), f"/{entry.name}"]
        elif entry.name not in VOLATILE:
            arguments += ["--ro-bind", str(entry), f"/{entry.name}"]
    return arguments


def command(tree: Path, binds: Sequence[Bind], words: Sequence[str], cwd: str = "/src") -> list:
    """The bwrap command line that runs words in tree."""
    line = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-net", "--unshare-ipc",
            "--clearenv"]
    if os.geteuid():
        line += ["--unshare-user", "--uid", "0", "--gid", "0"]
    line += _tree(tree)
    line += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run"]
    for name, value in ENVIRONMENT.items():
        line += ["--setenv", name, value]
    for bind in binds:
        line += bind.arguments()
    return [*line, "--chdir", cwd, "--", *words]


def run(tree: Path, binds: Sequence[Bind], words: Sequence[str], **options):
    """subprocess.run() in the root."""
    try:
        return subprocess.run(command(tree, binds, words), **options)
    except FileNotFoundError:
        raise Failure("bwrap is missing: run tests/vm/setup check") from None
