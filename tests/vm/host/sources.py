# SPDX-License-Identifier: GPL-2.0
"""Bring a build directory up to date with the source tree, touching only what changed."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Iterator

REPOSITORY = Path(__file__).resolve().parents[3]
# What a kernel build reads; everything else stays out of the root.
TAKEN = ("Kbuild", "Makefile", "dkms.conf", "module", "tests/mutate", "tests/device")
# What a build in the source tree itself leaves behind, for another kernel maybe.
BUILT = re.compile(r".*\.(o|ko|mod|mod\.c|cmd|d|a|symvers|order)$|^msc_(config|layout)\.h$")
RECORD = ".copied"


def _files(top: Path) -> Iterator[str]:
    for name in TAKEN:
        path = top / name
        if path.is_file():
            yield name
        for folder, folders, files in os.walk(path):
            folders[:] = [child for child in folders if not child.startswith(".")]
            yield from (os.path.relpath(os.path.join(folder, file), top) for file in files
                        if not BUILT.match(file))


def _same(one: Path, other: Path) -> bool:
    try:
        return one.read_bytes() == other.read_bytes()
    except FileNotFoundError:
        return False


def _copied_before(target: Path) -> list:
    try:
        return json.loads((target / RECORD).read_text())
    except (FileNotFoundError, ValueError):
        return []


def sync(target: Path, top: Path = REPOSITORY) -> int:
    """Copy what differs from top to target, remove what is gone; how many files changed."""
    names = sorted(_files(top))
    changed = 0
    for name in set(_copied_before(target)) - set(names):
        (target / name).unlink(missing_ok=True)
        changed += 1
    for name in names:
        if not _same(top / name, target / name):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            # Not the time stamp: kbuild must see the copy as newer than what it built.
            shutil.copy(top / name, target / name)
            changed += 1
    (target / RECORD).write_text(json.dumps(names))
    return changed
