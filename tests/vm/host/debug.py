# SPDX-License-Identifier: GPL-2.0
"""A kernel with the checks that distribution kernels leave out, built from Debian's source.

It is built once for a version of the source, debug.config and the recipe here. Its toolchain and
its guest are those of the packaged kernel of its series: only kernel, modules and headers are its
own. A root of its own, which is thrown away afterwards, holds the source and what it takes to build
it, so that all of it comes through apt, verified, and the build itself needs no network.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Iterator, NamedTuple

from . import apt, cache, kernels, roots, sandbox
from .errors import Failure
from .kernels import Kernel
from .log import say

FRAGMENT = Path(__file__).resolve().parents[1] / "debug.config"
# Bump when the way the kernel is made changes, so that no older one is used.
RECIPE = 1
# Of two idle processors; for the line that asks for patience.
MINUTES = 12
# Entries that stay: the one in use, and one for another branch's fragment.
KEPT = 2

PACKAGES = ("gcc", "make", "libc6-dev", "flex", "bison", "bc", "libelf-dev", "libssl-dev",
            "dwarves", "python3-minimal", "libpython3-stdlib", "xz-utils", "lz4", "kmod",
            "perl-base")
# The source and what is taken from it, in the sandbox.
LINUX, OUT = "/linux", "/out"
LOG_TAIL = 20


class Recipe(NamedTuple):
    """All that decides what the kernel is."""
    kernel: Kernel
    source: apt.Source
    spec: roots.Spec
    fragment: str

    def key(self) -> str:
        text = repr((RECIPE, self.source.name, self.source.version, PACKAGES, self.fragment))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def entry(self) -> Path:
        # By its key too: two branches with different fragments would build in turns.
        return folder() / f"{self.kernel.release}-{self.key()}"

    def hashed(self) -> tuple:
        return (f"vmlinuz-{self.kernel.release}", "config",
                f"modules/{self.kernel.release}/build/Module.symvers")


def folder() -> Path:
    return cache.folder() / "debug"


def recipe_for(kernel: Kernel, archive: apt.Archive) -> Recipe:
    source = kernels.source_of(kernel, archive.sources)
    suites = [kernel.distribution, f"{kernel.distribution}-security", source.suite]
    lines = [apt.source_line(archive.mirror, suite)
             for suite in dict.fromkeys(suites) if suite in archive.suites]
    packages = (f"{source.name}={source.version}", *PACKAGES)
    spec = roots.Spec(kernel.name, kernel.distribution, tuple(lines), packages, kernel.release)
    return Recipe(kernel, source, spec, FRAGMENT.read_text())


def settings(config: str) -> dict:
    """Option to value of a configuration or a fragment; what is not set is "n"."""
    found = dict(re.findall(r"^(CONFIG_\w+)=(.*)$", config, re.MULTILINE))
    for option in re.findall(r"^# (CONFIG_\w+) is not set$", config, re.MULTILINE):
        found[option] = "n"
    return found


def unmet(fragment: str, config: str) -> list:
    """What the fragment wants and the configuration does not have, a line each."""
    got = settings(config)
    return [f"{option}={value} (it is {got.get(option, 'n')})"
            for option, value in settings(fragment).items() if got.get(option, "n") != value]


class Build:
    """The steps, in order, with what they print in one log."""

    def __init__(self, recipe: Recipe, entry: Path, work: Path):
        self._recipe = recipe
        self._entry = entry
        self._root, self._linux, self._out = (work / name for name in ("root", "linux", "out"))
        self._log = entry / "build.log"

    def _run(self, what: str, *words: str) -> None:
        binds = [sandbox.Bind(self._linux, LINUX), sandbox.Bind(self._out, OUT)]
        with open(self._log, "a") as log:
            done = sandbox.run(self._root, binds, words, stdout=log, stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL)
        if done.returncode:
            lines = self._log.read_text(errors="replace").splitlines()[-LOG_TAIL:]
            raise Failure(f"{self._recipe.kernel.name}: {what} fails:\n" + "\n".join(lines))

    def _make(self, what: str, *words: str) -> None:
        # The tests of other kernels run meanwhile and have deadlines; this has none.
        self._run(what, "nice", "-n", "19", "make", f"-j{os.cpu_count()}", *words)

    def unpack(self) -> None:
        roots.install_patiently(self._recipe.spec, self._root, self._entry / "install.log")
        self._linux.mkdir()
        self._out.mkdir()
        self._run("unpacking the source", "tar", "-x", "--strip-components=1", "-f",
                  f"/usr/src/{self._recipe.source.name}.tar.xz")

    def configure(self) -> None:
        (self._linux / "debug.config").write_text(self._recipe.fragment)
        # -n: over allnoconfig, and what it selects; it only warns of what cannot be set.
        self._run("merging the configuration", "scripts/kconfig/merge_config.sh", "-n",
                  "debug.config")
        config = (self._linux / ".config").read_text()
        missing = unmet(self._recipe.fragment, config)
        if missing:
            raise Failure(f"{self._recipe.source.name} {self._recipe.source.version} cannot have "
                          f"all of {FRAGMENT.name}: " + ", ".join(missing))
        (self._entry / "config").write_text(config)

    def compile(self) -> None:
        self._make("the build", "all")
        release = (self._linux / "include/config/kernel.release").read_text().strip()
        if release != self._recipe.kernel.release:
            raise Failure(f"{self._recipe.source.name} {self._recipe.source.version} calls its "
                          f"kernel {release}, not {self._recipe.kernel.release}")

    def install(self) -> None:
        """Take what boots, and what modules are built against, out of the source tree."""
        release = self._recipe.kernel.release
        build = f"lib/modules/{release}/build"
        self._make("modules_install", "modules_install", f"INSTALL_MOD_PATH={OUT}")
        (self._out / build).unlink(missing_ok=True)
        self._make("taking the headers", "run-command", "KBUILD_RUN_COMMAND="
                   f"$(srctree)/scripts/package/install-extmod-build {OUT}/{build}")
        # Types for the module's build and for bpftool, lines for a debugger.
        shutil.move(self._linux / "vmlinux", self._out / build / "vmlinux")
        shutil.move(self._out / "lib/modules", self._entry / "modules")
        shutil.copy2(self._linux / "arch/x86/boot/bzImage", self._entry / f"vmlinuz-{release}")


def make(recipe: Recipe, entry: Path) -> None:
    """Make everything of an entry but its manifest."""
    say(f"building the debug kernel from {recipe.source.name} {recipe.source.version} "
        f"(once per release, about {MINUTES} minutes)")
    with cache.scratch("debug") as work:
        build = Build(recipe, entry, work)
        build.unpack()
        build.configure()
        build.compile()
        build.install()
    say("the debug kernel is built")


def remove_superseded(kept: Path) -> None:
    """Remove the entries that were made before the last few, unless they are in use."""
    others = [path for path in folder().iterdir()
              if path != kept and not path.name.startswith(cache.PARTIAL)]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for old in others[KEPT - 1:]:
        held = cache.try_lock(old.name)
        if held:
            with held:
                say(f"removing the debug kernel {old.name}, which others supersede")
                cache.remove_tree(old)
                cache.remove_tree(cache.folder() / "build" / old.name)


def cached(kernel: Kernel) -> bool:
    """Whether it is built, for the newest source that the archive has."""
    recipe = recipe_for(kernel, apt.archive())
    return cache.damage(recipe.entry(), recipe.key(), recipe.hashed()) is None


@contextlib.contextmanager
def use(kernel: Kernel) -> Iterator[roots.Root]:
    """Have the kernel, built if need be, in the root of its series' packaged one."""
    archive = apt.archive()
    (base,), _notes = kernels.find(kernel.series, archive.packages)
    recipe = recipe_for(kernel, archive)
    entry = recipe.entry()
    fresh = not entry.exists()
    with roots.use(base) as root, cache.use(entry, recipe.key(), recipe.hashed(),
                                            lambda partial: make(recipe, partial)):
        if fresh:
            remove_superseded(entry)
        yield root._replace(kernel=kernel, built=entry)
