# SPDX-License-Identifier: GPL-2.0
"""Run a command inside a build root, which it cannot change.

With writable=True the command may write anywhere (dkms does); what it writes goes to an overlay
that is thrown away when it ends.
"""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple, Sequence

from . import cache
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


def _tree(tree: Path, names_of: Path, bind: str) -> list:
    """Bind the root's entries below a fresh /, so that targets can be added beside them."""
    arguments = []
    for entry in sorted(names_of.iterdir()):
        if entry.is_symlink():
            arguments += ["--symlink", os.readlink(entry), f"/{entry.name}"]
        elif entry.name not in VOLATILE:
            arguments += [bind, str(tree / entry.name), f"/{entry.name}"]
    return arguments


def _bwrap(trees: list, binds: Sequence[Bind], words: Sequence[str]) -> list:
    line = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-net", "--unshare-ipc",
            "--clearenv", *trees, "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp",
            "--tmpfs", "/run"]
    for name, value in ENVIRONMENT.items():
        line += ["--setenv", name, value]
    for bind in binds:
        line += bind.arguments()
    return [*line, "--chdir", binds[0].target if binds else "/", "--", *words]


def _read_only(tree: Path, binds: Sequence[Bind], words: Sequence[str]) -> list:
    user = ["--unshare-user", "--uid", "0", "--gid", "0"] if os.geteuid() else []
    return _bwrap(_tree(tree, tree, "--ro-bind") + user, binds, words)


def _writable(tree: Path, work: Path, binds: Sequence[Bind], words: Sequence[str]) -> list:
    for name in ("data", "work", "merged"):
        (work / name).mkdir()
    layers = f"lowerdir={tree},upperdir={work}/data,workdir={work}/work"
    # An ordinary user mounts in a user namespace of its own, in which bwrap then runs as root.
    unshare = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else [])]
    mount = 'mount -t overlay -o "$1" overlay "$2" && shift 2 && exec "$@"'
    return [*unshare, "--", "sh", "-c", mount, "sh", layers, str(work / "merged"),
            *_bwrap(_tree(work / "merged", tree, "--bind"), binds, words)]


def run(tree: Path, binds: Sequence[Bind], words: Sequence[str], writable: bool = False,
        **options):
    """subprocess.run() in the root, starting in the target of the first bind."""
    try:
        if not writable:
            return subprocess.run(_read_only(tree, binds, words), **options)
        with cache.scratch("exec") as work:
            return subprocess.run(_writable(tree, work, binds, words), **options)
    except FileNotFoundError as error:
        raise Failure(f"{error.filename} is missing: run tests/vm/setup check") from None
