# SPDX-License-Identifier: GPL-2.0
"""The cache folder: locks, and entries that prove on every use that they are whole.

An entry is a directory made under a temporary name, sealed with a manifest of everything in
it, and renamed into place. A run that is killed half-way leaves no entry; a file that is later
cut, changed, lost or added no longer matches the manifest, and the entry is made anew.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Callable, Iterator, Optional, Sequence

from .log import say

MANIFEST = "MANIFEST"
FORMAT = "mergescope-cache 1"
# What an entry is called until it is whole.
PARTIAL = ".partial-"


def folder() -> Path:
    """The one folder that holds everything fetched or made, outside the source tree."""
    base = os.environ.get("MERGESCOPE_CACHE")
    if not base:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        base = os.path.join(home, "mergescope")
    path = Path(base).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def lock(name: str, shared: bool = False) -> Iterator[None]:
    """Hold a named lock of the cache; it goes away with the process that held it."""
    path = folder() / "locks" / name
    path.parent.mkdir(exist_ok=True)
    with open(path, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def try_lock(name: str):
    """An open file that holds the exclusive lock, or None while somebody uses the entry."""
    handle = open(folder() / "locks" / name, "w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


@contextlib.contextmanager
def scratch(prefix: str) -> Iterator[Path]:
    """A temporary directory on the file system of the cache."""
    base = folder() / "tmp"
    base.mkdir(exist_ok=True)
    for left in base.iterdir():
        # A run that was killed could not remove its own.
        if not Path("/proc", left.name.split("-")[1]).exists():
            remove_tree(left)
    path = Path(tempfile.mkdtemp(prefix=f"{prefix}-{os.getpid()}-", dir=base))
    try:
        yield path
    finally:
        remove_tree(path)


def remove_tree(path: Path) -> None:
    """Remove a tree even where a directory in it is not writable, or another removes it too."""
    def unlock_and_retry(function, name, info):
        if info[0] is FileNotFoundError:
            return
        os.chmod(os.path.dirname(name), 0o700)
        if os.path.isdir(name) and not os.path.islink(name):
            os.chmod(name, 0o700)
            shutil.rmtree(name)
        else:
            function(name)
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path, onerror=unlock_and_retry)


def _sha256(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _walk(top: str, relative: str = "") -> Iterator[str]:
    """One line per file below top: kind and mode, size, mtime, link target, path."""
    with os.scandir(os.path.join(top, relative) if relative else top) as entries:
        for entry in entries:
            path = f"{relative}/{entry.name}" if relative else entry.name
            if path == MANIFEST:
                continue
            info = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(info.st_mode):
                yield f"{info.st_mode:o} - - {path!r}"
                yield from _walk(top, path)
            elif stat.S_ISLNK(info.st_mode):
                yield f"link - - {path!r} {os.readlink(entry.path)!r}"
            else:
                yield f"{info.st_mode:o} {info.st_size} {info.st_mtime_ns} {path!r}"


def _lines(entry: Path, key: str, hashed: Sequence[str]) -> list:
    lines = [f"{FORMAT} {key}"]
    lines += [f"sha256 {_sha256(entry / name)} {name!r}" for name in hashed]
    return lines + sorted(_walk(str(entry)))


def seal(entry: Path, key: str, hashed: Sequence[str]) -> None:
    """Write the manifest, the last thing that is done to an entry."""
    text = "\n".join(_lines(entry, key, hashed)) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    with open(entry / MANIFEST, "w") as handle:
        handle.write(f"{text}end {digest}\n")
        handle.flush()
        os.fsync(handle.fileno())


def damage(entry: Path, key: str, hashed: Sequence[str]) -> Optional[str]:
    """What is wrong with an entry, in a few words; None when it is whole."""
    try:
        text = (entry / MANIFEST).read_text(errors="replace")
    except FileNotFoundError:
        return "it has no manifest" if entry.exists() else "it is not there"
    body, _, digest = text.rstrip("\n").rpartition("\nend ")
    if hashlib.sha256(f"{body}\n".encode()).hexdigest() != digest:
        return "its manifest is damaged"
    recorded = body.split("\n")
    if recorded[0] != f"{FORMAT} {key}":
        return "it was made from another recipe"
    try:
        present = _lines(entry, key, hashed)
    except FileNotFoundError as error:
        return f"{os.path.relpath(error.filename, entry)} is gone"
    if present == recorded:
        return None
    changed = sorted(set(recorded) ^ set(present))
    return f"changed: {changed[0]}"


def remake(entry: Path, key: str, hashed: Sequence[str], make: Callable[[Path], None]) -> None:
    """Make an entry under a temporary name, seal it and put it in place of what is there."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    partial = entry.with_name(PARTIAL + entry.name)
    remove_tree(partial)
    partial.mkdir()
    try:
        make(partial)
        seal(partial, key, hashed)
    except BaseException:
        remove_tree(partial)
        raise
    remove_tree(entry)
    partial.rename(entry)


@contextlib.contextmanager
def use(entry: Path, key: str, hashed: Sequence[str],
        make: Callable[[Path], None]) -> Iterator[Path]:
    """Have a whole entry, made if need be, and keep it from being replaced while it is used."""
    name = entry.name
    while True:
        with lock(name, shared=True):
            if damage(entry, key, hashed) is None:
                yield entry
                return
        with lock(name):
            broken = damage(entry, key, hashed)
            if broken is None:
                continue
            if entry.exists():
                say(f"{name}: making the cache entry anew: {broken}")
            remake(entry, key, hashed, make)
