# SPDX-License-Identifier: GPL-2.0
"""Dependencies go one way: which layer includes which, read off the #include lines."""

import posixpath
import re
from typing import Iterator, NamedTuple, Optional, Set

from tree import File, Tree

INCLUDE = re.compile(r"^\s*#\s*include\b\s*(.*)$")
QUOTED = re.compile(r'^"([^"]+)"')
ANGLED = re.compile(r"^<([^>]+)>")
KERNEL_HEADER = re.compile(r"^(linux|asm|asm-generic|uapi|generated|net|trace|vdso)/")

# Where the compilers look besides the file's own folder (-I); the first that has it wins.
SEARCH = ("module/core", "module", "userspace")
# What a build makes: it is in no tree, and belongs to the folder it is made in.
GENERATED = {name: f"module/compat/{name}" for name in ("msc_config.h", "msc_layout.h")}
# The records, with all that they include: the part of core that walkers may know. What judges or
# prints is not among them.
RECORDS = ("module/core/model.h",)


class Layer(NamedTuple):
    folder: str
    folders: tuple      # folders it may include from, besides its own
    angled: str         # "none", "kernel" or "any"
    records_only: bool = False      # of core only the records


LAYERS = (
    Layer("module/core", (), "none"),
    Layer("module/compat", (), "kernel"),
    Layer("module/walk", ("module/compat", "module/core"), "kernel", records_only=True),
    Layer("module/debugfs", ("module/walk", "module/core"), "kernel"),
    Layer("module", ("module/debugfs",), "kernel"),     # main.c
    Layer("userspace", ("module/core",), "any"),
    Layer("tests/unit", ("module/core", "userspace"), "any"),
)

# main.c names the version. Nothing else, and nowhere else.
EXCEPTIONS = {
    "module/main.c": {"module/core/format.h"},
}


def layer_of(path: str) -> Optional[Layer]:
    """The layer with the longest folder that holds @path; module itself has no subfolders."""
    for layer in sorted(LAYERS, key=lambda layer: -len(layer.folder)):
        if path.startswith(layer.folder + "/"):
            return layer
    return None


def resolve(tree: Tree, includer: str, name: str) -> Optional[str]:
    own = posixpath.normpath(posixpath.join(posixpath.dirname(includer), name))
    for path in (own, *(posixpath.normpath(f"{folder}/{name}") for folder in SEARCH)):
        if path in tree:
            return path
    return GENERATED.get(name)


def quoted_includes(tree: Tree, path: str) -> Iterator[str]:
    """The files of the tree that @path includes."""
    for line in tree[path].lines:
        include = INCLUDE.match(line)
        quoted = include and QUOTED.match(include.group(1))
        target = quoted and resolve(tree, path, quoted.group(1))
        if target in tree:
            yield target


def record_headers(tree: Tree) -> Set[str]:
    """The records' headers and all that they include."""
    known: Set[str] = set()
    waiting = [path for path in RECORDS if path in tree]
    while waiting:
        path = waiting.pop()
        if path not in known:
            known.add(path)
            waiting += quoted_includes(tree, path)
    return known


def judge_angled(layer: Layer, name: str) -> Optional[str]:
    if layer.angled == "none":
        return f"{layer.folder} includes <{name}>, but core stands on nothing"
    if layer.angled == "kernel" and not KERNEL_HEADER.match(name):
        return f"{layer.folder} includes <{name}>, which is no kernel header"
    return None


def judge_quoted(tree: Tree, layer: Layer, file: File, name: str) -> Optional[str]:
    path = resolve(tree, file.path, name)
    if not path:
        return f'"{name}" is not in the tree'
    folder = posixpath.dirname(path)
    if layer_of(path) == layer:
        return None
    if path in EXCEPTIONS.get(file.path, ()):
        return None
    if folder not in layer.folders:
        return f"{layer.folder} includes {path}"
    if layer.records_only and folder == "module/core" and path not in record_headers(tree):
        return f"{layer.folder} includes {path}, which is no record"
    return None


def judge_line(tree: Tree, layer: Layer, file: File, operand: str) -> Optional[str]:
    angled, quoted = ANGLED.match(operand), QUOTED.match(operand)
    if angled:
        return judge_angled(layer, angled.group(1))
    if quoted:
        return judge_quoted(tree, layer, file, quoted.group(1))
    return f"an include that cannot be read: {operand}"


def check(tree: Tree) -> Iterator[str]:
    for file in tree.values():
        layer = layer_of(file.path)
        if not file.is_c or not layer:
            continue
        for number, line in enumerate(file.lines, 1):
            match = INCLUDE.match(line)
            problem = match and judge_line(tree, layer, file, match.group(1))
            if problem:
                yield f"{file.path}:{number}: {problem}"
