# SPDX-License-Identifier: GPL-2.0
"""Build the module against a kernel's own headers with that kernel's own compiler."""

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Optional

from . import cache, roots, sandbox, sources
from .errors import Failure

# Where our sources are in the sandbox; those below tests are modules of their own where they exist,
# and may include what building the first makes.
SOURCE = "/src"
MODULES = ("", "tests/mutate", "tests/device")
# Builds of the module beside the ordinary one, for tests of what it can do without: their makes'
# variables. Few objects differ, so they begin from what the ordinary one has compiled.
VARIANTS = {
    "without-btf": ("BTF=none",),
    "hide": ("MSC_TEST=y",),    # a parameter that hides symbols
}
# Headers of 7.x hold what sparse 0.6.4 stops at: an operator it does not know, and assertions
# (the compiler's business) on a builtin that it does not know to be constant.
SPARSE_FLAGS = "-D__typeof_unqual__=__typeof__ '-D_Static_assert(...)='"
# A complaint of the compiler or of sparse, and the file it is about.
COMPLAINT = re.compile(r"^(\S+?):\d+(?::\d+)?: (?:fatal )?(warning|error)\b")
MODPOST = re.compile(r"^(?:WARNING|ERROR): modpost:")


def _ours(path: str, tree: Path) -> bool:
    """Whether a file that a message names is one of the sources that were copied in."""
    if path.startswith("/") and not path.startswith(SOURCE + "/"):
        return False
    return (tree / path.removeprefix(SOURCE + "/")).is_file()


def complaints(output: str, tree: Path) -> list:
    """The lines of a build's output that are errors, or warnings about our own files.

    An error in somebody else's header counts because sparse says no more about a file after one.
    """
    found = []
    for line in output.splitlines():
        match = COMPLAINT.match(line)
        if MODPOST.match(line) or \
                (match and (match.group(2) == "error" or _ours(match.group(1), tree))):
            found.append(line)
    compiled, checked = (len(re.findall(rf"^  {what} +\S", output, re.MULTILINE))
                         for what in (r"CC \[M\] (?!.*\.mod\.o|.*module-common\.o)", "CHECK"))
    if compiled != checked:
        found.append(f"{compiled} files were compiled, but sparse checked {checked}")
    return found


def folder(name: str, top: Path = sources.REPOSITORY, variant: str = "") -> Path:
    """The build directory for a root's name; its own for every source tree that uses the cache."""
    tree = hashlib.sha256(str(top).encode()).hexdigest()[:8]
    path = cache.folder() / "build" / name / (f"{tree}-{variant}" if variant else tree)
    path.mkdir(parents=True, exist_ok=True)
    return path


def _make(root: roots.Root, tree: Path, part: str, variables: tuple):
    directory = f"{SOURCE}/{part}".rstrip("/")
    return sandbox.run(
        root.tree, [sandbox.Bind(tree, SOURCE), *root.binds],
        ["make", f"-j{os.cpu_count()}", "-C", f"/lib/modules/{root.kernel.release}/build",
         # Headers packages lack the script that would turn C=1 into KBUILD_CHECKSRC=1.
         f"M={directory}", "W=1", "C=1", "KBUILD_CHECKSRC=1", "CHECK=sparse",
         f"CF={SPARSE_FLAGS}", *variables, "modules"],
        capture_output=True, text=True, errors="replace")


def _build(root: roots.Root, tree: Path, parts: tuple, variables: tuple = ()) -> list:
    """Build modules of the tree; the .ko files."""
    for part in parts:
        if part and not (tree / part / "Kbuild").is_file():
            continue
        run = _make(root, tree, part, variables)
        output = run.stdout + run.stderr
        bad = complaints(output, tree)
        if run.returncode or bad:
            # What compiled with a warning must be compiled, and complain, again next time.
            shutil.rmtree(tree)
            lines = bad or output.splitlines()[-20:]
            raise Failure(f"the module does not build cleanly for {root.kernel.release}:\n"
                          + "\n".join(lines))
    return sorted(tree.rglob("*.ko"))


def build(root: roots.Root, out: Optional[Path] = None, top: Path = sources.REPOSITORY) -> list:
    """Build the sources of top in a root; the paths of the .ko files, in out if given."""
    if not (top / "Kbuild").is_file():
        raise Failure(f"{top} has no Kbuild file: nothing to build")
    tree = folder(root.name, top)
    with cache.lock(f"build-{root.name}-{tree.name}"):
        sources.sync(tree, top)
        built = _build(root, tree, MODULES)
        if not built:
            raise Failure(f"the build for {root.kernel.release} made no .ko file")
        if out is None:
            return built
        out.mkdir(parents=True, exist_ok=True)
        return [Path(shutil.copy2(path, out)) for path in built]


def build_variant(root: roots.Root, variant: str, out: Path) -> Path:
    """Build one of VARIANTS, from a copy of the ordinary build, which was made before.

    Its .ko file, in out under a name of its own.
    """
    ordinary, tree = folder(root.name), folder(root.name, variant=variant)
    with cache.lock(f"build-{root.name}-{ordinary.name}"):
        shutil.rmtree(tree)
        # With their times, by which kbuild sees what is up to date.
        shutil.copytree(ordinary, tree, ignore=shutil.ignore_patterns("*.ko", "tests"))
        built, = _build(root, tree, MODULES[:1], VARIANTS[variant])
        return Path(shutil.copy2(built, out / f"{built.stem}-{variant}{built.suffix}"))
