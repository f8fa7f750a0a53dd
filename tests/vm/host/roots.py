# SPDX-License-Identifier: GPL-2.0
"""One root per kernel: its compiler, its headers, its image, and what the guest needs.

The same root builds the module (see sandbox) and, packed without the toolchain, is the guest's
root file system (see vm).
"""

import contextlib
import hashlib
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Iterator, NamedTuple, Optional

from . import apt, cache, kernels
from .errors import Failure
from .kernels import Kernel
from .log import say
from .sandbox import Bind

# Bump when the way a root is made changes, so that no older one is used.
RECIPE = 1

TOOLCHAIN = ("gcc", "make", "libc6-dev", "sparse", "dkms", "kmod", "bpftool")
GUEST = ("bash", "busybox-static", "procps", "python3-minimal", "libpython3-stdlib",
         "util-linux", "mount", "stress-ng")
# Fulfils the kernel's dependency with the smallest package; INITRD=No keeps it from running.
INITRAMFS = "tiny-initramfs"

UNWANTED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*",
            # Graphics drivers, which stress-ng's libraries load for a stressor that is not used.
            "/usr/lib/x86_64-linux-gnu/libLLVM*", "/usr/lib/x86_64-linux-gnu/libgallium*",
            "/usr/lib/x86_64-linux-gnu/dri/*", "/usr/lib/x86_64-linux-gnu/libz3.*")
# What the guest's copy of the root leaves out.
# The compiler itself stays: a C compile is one of the processes that are looked at.
BUILD_ONLY = ("boot", "usr/src", "usr/lib*/gcc/*/*/lto*", "usr/lib*/gcc/*/*/*.a",
              "usr/lib*/gcc/*/*/*include*", "usr/lib*/gcc/*/*/plugin", "usr/include", "var/cache",
              "var/lib/apt", "var/lib/dpkg", "usr/share/perl", "usr/share/zoneinfo",
              "usr/lib/modules/*/vmlinuz", "usr/lib/x86_64-linux-gnu/*.a",
              "usr/lib/x86_64-linux-gnu/perl", "usr/bin/*-lto-dump-*")
SQUASHFS = "guest.squashfs"
# Where releases have their modules and headers, in a root.
MODULES = "usr/lib/modules"


class Spec(NamedTuple):
    """All that decides what a root holds."""
    name: str
    distribution: str
    sources: tuple      # lines for sources.list
    packages: tuple
    kernel: str         # release whose image it holds

    def key(self) -> str:
        # Not the sources: another mirror serves the same packages.
        text = repr((RECIPE, self.distribution, self.packages, UNWANTED, BUILD_ONLY))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def hashed(self) -> tuple:
        return (SQUASHFS, f"root/boot/vmlinuz-{self.kernel}")


class Root(NamedTuple):
    kernel: Kernel
    path: Path                      # of the cache entry
    built: Optional[Path] = None    # the entry of a kernel that is not of the root's packages

    @property
    def tree(self) -> Path:
        return self.path / "root"

    @property
    def name(self) -> str:
        """What tells its headers from all others."""
        return self.built.name if self.built else self.kernel.release

    @property
    def squashfs(self) -> Path:
        return self.path / SQUASHFS

    @property
    def vmlinuz(self) -> Path:
        return (self.built or self.tree / "boot") / f"vmlinuz-{self.kernel.release}"

    @property
    def modules(self) -> Path:
        folder = self.built / "modules" if self.built else self.tree / MODULES
        return folder / self.kernel.release

    @property
    def binds(self) -> list:
        """What the root's sandbox needs beside its tree: modules and headers of its kernel."""
        return [Bind(self.built / "modules", f"/{MODULES}", True)] if self.built else []


def spec_for(kernel: Kernel, archive: apt.Archive) -> Spec:
    """The recipe of a kernel's root in this archive."""
    suites = [kernel.distribution]
    for suite in (f"{kernel.distribution}-security", kernel.suite):
        if suite in archive.suites and suite not in suites:
            suites.append(suite)
    packages = [f"linux-headers-{kernel.release}", f"linux-image-{kernel.release}",
                *TOOLCHAIN, *GUEST, INITRAMFS]
    # A backported kernel may want a newer linux-base, which apt does not take on its own.
    if kernel.suite.endswith("-backports") and \
            apt.Package("linux-base", kernel.suite) in archive.packages:
        packages.insert(0, f"linux-base/{kernel.suite}")
    sources = tuple(apt.source_line(archive.mirror, suite) for suite in suites)
    return Spec(kernel.release, kernel.distribution, sources, tuple(packages), kernel.release)


def _mmdebstrap(spec: Spec) -> list:
    return ["mmdebstrap", "--quiet", "--variant=minbase", "--architectures=amd64",
            f"--keyring={apt.KEYRING}", "--format=tar", "--dpkgopt=force-unsafe-io",
            *(f"--dpkgopt=path-exclude={pattern}" for pattern in UNWANTED),
            '--aptopt=Acquire::Languages "none"', "--aptopt=Acquire::Retries 3",
            "--include=" + ",".join(spec.packages), spec.distribution, "-", *spec.sources]


def install(spec: Spec, tree: Path, log: Path) -> None:
    """Run mmdebstrap into tree; through a tar, so that every file is the caller's own."""
    tree.mkdir()
    # Its own temporary root does not fit into a /tmp that is kept in memory.
    environment = {**os.environ, "INITRD": "No", "TMPDIR": "/var/tmp", "LC_ALL": "C.UTF-8"}
    with open(log, "w") as messages:
        pack = subprocess.Popen(_mmdebstrap(spec), stdout=subprocess.PIPE, stderr=messages,
                                stdin=subprocess.DEVNULL, env=environment)
        unpack = subprocess.run(
            ["tar", "-x", "-C", str(tree), "--no-same-owner", "--exclude=./dev/*"],
            stdin=pack.stdout, stderr=messages)
        pack.stdout.close()
        failed = pack.wait() or unpack.returncode
    if failed:
        lines = re.findall(r"^(?:E:|W:|tar:).*", log.read_text(), re.MULTILINE)
        raise Failure(f"cannot make the root for {spec.name}: " + ("; ".join(lines[:3]) or
                      f"mmdebstrap exits with {pack.returncode}"))


def install_patiently(spec: Spec, tree: Path, log: Path) -> None:
    """The same, but a mirror may be away for a moment, or have one half of an update."""
    for pause in apt.PAUSES:
        try:
            install(spec, tree, log)
            return
        except Failure as failure:
            say(f"{failure}; trying again in {pause} s")
            cache.remove_tree(tree)
            time.sleep(pause)
    install(spec, tree, log)


def _check_contents(spec: Spec, tree: Path) -> None:
    for path in (f"boot/vmlinuz-{spec.kernel}", f"usr/lib/modules/{spec.kernel}/modules.dep",
                 "bin/busybox"):
        if not (tree / path).exists():
            raise Failure(f"the root for {spec.name} lacks /{path}: the packages of this kernel "
                          "have changed their layout, see tests/vm/host/roots.py")


def _pack_guest(tree: Path, image: Path) -> None:
    # lz4: the guest unpacks under emulation, and time matters more than size.
    run = subprocess.run(["mksquashfs", str(tree), str(image), "-all-root", "-comp", "lz4",
                          "-no-progress", "-quiet", "-no-xattrs", "-wildcards",
                          "-e", *BUILD_ONLY], capture_output=True, text=True)
    if run.returncode:
        raise Failure(f"mksquashfs fails: {(run.stderr or run.stdout).strip()[-300:]}")


def make(spec: Spec, entry: Path) -> None:
    """Make everything of an entry but its manifest."""
    say(f"making the build root for {spec.name} (once per release, about half a minute)")
    tree = entry / "root"
    install_patiently(spec, tree, entry / "install.log")
    _check_contents(spec, tree)
    _pack_guest(tree, entry / SQUASHFS)


def _series(release: str) -> tuple:
    """What a newer release must share with an older one to take its place."""
    return re.match(r"\d+\.\d+", release).group(), release.endswith("-cloud-amd64")


def remove_superseded(kernel: Kernel) -> None:
    """Remove roots of earlier releases of a series, unless they are in use."""
    for old in (cache.folder() / "roots").iterdir():
        release = old.name.removeprefix(cache.PARTIAL)
        if release == kernel.release or _series(release) != _series(kernel.release):
            continue
        held = cache.try_lock(release)
        if held:
            with held:
                say(f"removing the root of {release}, which {kernel.release} supersedes")
                cache.remove_tree(old)
                cache.remove_tree(cache.folder() / "build" / release)


@contextlib.contextmanager
def use(kernel: Kernel) -> Iterator[Root]:
    """Have a kernel's root, whole and verified, for as long as the context lasts."""
    if kernel.flavour == kernels.DEBUG_FLAVOUR:
        # Not at the top: it makes what it adds to a root with this module.
        from . import debug
        with debug.use(kernel) as root:
            yield root
        return
    spec = spec_for(kernel, apt.archive())
    entry = cache.folder() / "roots" / spec.name
    fresh = not entry.exists()
    with cache.use(entry, spec.key(), spec.hashed(), lambda partial: make(spec, partial)):
        # A release asked for by its exact name says nothing about newer ones.
        if fresh and kernel.name != kernel.release:
            remove_superseded(kernel)
        yield Root(kernel, entry)
