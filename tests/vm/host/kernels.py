# SPDX-License-Identifier: GPL-2.0
"""Which kernels are tested: the newest of each series that the archive has headers for."""

import re
from typing import Iterable, NamedTuple, Optional, Sequence

from . import apt
from .errors import Failure
from .log import say

# The series that differ in what mergescope reads, oldest first.
SERIES = ("6.1", "6.12", "7.2", "7.3")
# The one that is also run with the generic kernel: the middle of the range.
GENERIC = "6.12-amd64"
# The flavour that is built here with every check that the kernel has, and the one of it that is
# tested: the newest of the range.
DEBUG_FLAVOUR = "debug"
DEBUG = "7.3-debug"
OLDEST = (6, 1)
FEWEST = 3

DISTRIBUTIONS = {12: "bookworm", 13: "trixie"}
RELEASE = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-(\d+)|\+deb(\d+)(?:\.(\d+))?)-(cloud-amd64|amd64)")
NAME = re.compile(r"(\d+\.\d+)(-amd64)?")


class Kernel(NamedTuple):
    name: str           # what a user calls it: 6.12, 6.12-amd64, 7.3-debug, or the release
    release: str        # what uname -r says
    series: str
    flavour: str
    distribution: str   # whose toolchain and C library go with it
    suite: str          # where its packages are, or its source


class Choice(NamedTuple):
    kernels: list
    notes: list         # a line for each series that is not what was asked for


def _candidate(package: apt.Package) -> Optional[tuple]:
    """(sort key, Kernel) of a headers package, or None where it is none we can build with."""
    match = RELEASE.fullmatch(package.name.removeprefix("linux-headers-"))
    if not match or not package.name.startswith("linux-headers-"):
        return None
    major, minor, patch, abi, deb, respin = (int(text or 0) for text in match.groups()[:6])
    distribution = package.suite.partition("-")[0]
    # A kernel of another Debian release wants that release's compiler.
    if distribution not in DISTRIBUTIONS.values() or \
            (deb and DISTRIBUTIONS.get(deb) != distribution) or (major, minor) < OLDEST:
        return None
    release = match.group(0)
    kernel = Kernel(release, release, f"{major}.{minor}", match.group(7), distribution,
                    package.suite)
    return (major, minor, patch, abi, deb, respin), kernel


def candidates(packages: Iterable[apt.Package]) -> list:
    """Every kernel with headers and image, oldest first, one entry per release."""
    packages = sorted(packages)
    images = {package.name for package in packages}
    found = {}
    for package in packages:
        candidate = _candidate(package)
        if candidate and f"linux-image-{candidate[1].release}" in images:
            found.setdefault(candidate[1].release, candidate)
    return [kernel for _key, kernel in sorted(found.values())]


def ordinal(series: str) -> int:
    """A series as a number whose differences count releases: 7.0 follows 6.19."""
    major, minor = series.split(".")
    return int(major) * 20 + int(minor)


def newest_of_each(kernels: Iterable[Kernel], flavour: str) -> dict:
    """Series to its newest kernel of that flavour; kernels come oldest first."""
    suffix = "" if flavour == "cloud-amd64" else f"-{flavour}"
    return {kernel.series: kernel._replace(name=kernel.series + suffix)
            for kernel in kernels if kernel.flavour == flavour}


def _nearest(gone: str, offered: Iterable[str], taken: Iterable[str]) -> Optional[str]:
    left = [series for series in offered if series not in taken]
    return min(left, default=None, key=lambda series: (
        abs(ordinal(series) - ordinal(gone)), -ordinal(series)))


def _series(offered: dict, wanted: Sequence[str]) -> tuple:
    """The series to run for those wanted, as {wanted: chosen}, and the notes."""
    chosen = {series: series for series in wanted if series in offered}
    notes = []
    for gone in (series for series in wanted if series not in offered):
        other = _nearest(gone, offered, chosen.values())
        notes.append(f"{gone}: the archive has no headers for it any more; " +
                     (f"{other} is the nearest that has" if other else "nothing replaces it"))
        if other:
            chosen[gone] = other
    for end in {min(offered, key=ordinal), max(offered, key=ordinal)} - set(chosen.values()):
        notes.append(f"{end}: added, the archive's oldest and newest are always tested")
        chosen[end] = end
    return chosen, notes


def choose(packages: Iterable[apt.Package], wanted: Sequence[str] = SERIES) -> Choice:
    """The matrix for an archive that holds these packages."""
    kernels = candidates(packages)
    cloud = newest_of_each(kernels, "cloud-amd64")
    if len(cloud) < FEWEST:
        raise Failure(f"the archive has headers for {', '.join(cloud) or 'no kernel'}; at least "
                      f"{FEWEST} series are needed: check that the mirror is complete")
    chosen, notes = _series(cloud, wanted)
    matrix = sorted((cloud[series] for series in chosen.values()),
                    key=lambda kernel: ordinal(kernel.series))
    generic, more = _generic(newest_of_each(kernels, "amd64"))
    return Choice(matrix + generic, notes + more)


def _generic(offered: dict) -> tuple:
    series = GENERIC.removesuffix("-amd64")
    if series in offered:
        return [offered[series]], []
    other = _nearest(series, offered, ())
    if other is None:
        raise Failure("the archive has no generic kernel with headers: check the mirror")
    return [offered[other]], [f"{GENERIC}: not in the archive any more; {other}-amd64 runs instead"]


def find(name: str, packages: Iterable[apt.Package]) -> Choice:
    """The one kernel a user means by a name: a series, a series-amd64, or a release."""
    kernels = candidates(packages)
    for kernel in kernels:
        if kernel.release == name:
            return Choice([kernel], [])
    match = NAME.fullmatch(name)
    if match:
        offered = newest_of_each(kernels, "amd64" if match.group(2) else "cloud-amd64")
        series = match.group(1)
        if series in offered:
            return Choice([offered[series]], [])
        other = _nearest(series, offered, ()) if series in SERIES else None
        if other:
            return Choice([offered[other]], [f"{name}: the archive has no headers for it any "
                                             f"more; {offered[other].name} is the nearest"])
    known = ", ".join([*newest_of_each(kernels, "cloud-amd64"), GENERIC, DEBUG])
    raise Failure(f"no kernel {name!r} in the archive; there are {known}, "
                  "and exact releases like " + (kernels[-1].release if kernels else "-"), 2)


def source_of(kernel: Kernel, sources: Iterable[apt.Source]) -> apt.Source:
    """The newest source of a kernel's series that its distribution has."""
    for source in sources:
        if source.name == f"linux-source-{kernel.series}" and \
                source.suite.partition("-")[0] == kernel.distribution:
            return source
    raise Failure(f"the archive has no linux-source-{kernel.series} for {kernel.distribution}, "
                  f"which {kernel.series}-{DEBUG_FLAVOUR} is built from", 2)


def find_debug(name: str, packages: Iterable[apt.Package],
               sources: Iterable[apt.Source]) -> Choice:
    """The debug kernel of a series: SERIES-debug."""
    (base,), notes = find(name.removesuffix(f"-{DEBUG_FLAVOUR}"), packages)
    source = source_of(base, sources)
    # The version of the package is that of the kernel, and Debian's revision.
    release = f"{source.version.partition('-')[0]}-{DEBUG_FLAVOUR}"
    kernel = Kernel(f"{base.series}-{DEBUG_FLAVOUR}", release, base.series, DEBUG_FLAVOUR,
                    base.distribution, source.suite)
    return Choice([kernel], notes)


def resolve(names: Sequence[str] = ()) -> list:
    """Kernels for names, or the whole matrix, from the archive as it is now."""
    archive = apt.archive()
    packages = archive.packages
    choices = [find_debug(name, packages, archive.sources)
               if name.endswith(f"-{DEBUG_FLAVOUR}") else find(name, packages)
               for name in names] or [choose(packages)]
    for note in (note for choice in choices for note in choice.notes):
        say(note)
    return [kernel for choice in choices for kernel in choice.kernels]
