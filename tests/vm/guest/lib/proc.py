# SPDX-License-Identifier: GPL-2.0
"""Reads /proc/PID/maps, smaps and numa_maps."""

import functools
import re
from typing import NamedTuple

_AREA = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)\n", re.M)


class Area(NamedTuple):
    """What maps and smaps show of a VMA; flags, sorted, and pkey are smaps's."""
    start: int
    end: int
    perms: str
    offset: int
    name: str
    flags: tuple = ()
    pkey: int = 0


def _read(pid, what):
    with open(f"/proc/{pid}/{what}", "rb") as file:
        return file.read()


def _area(match, *rest):
    start, end, perms, offset, name = match.groups()[:5]
    return Area(int(start, 16), int(end, 16), perms.decode(), int(offset, 16),
                name.decode("latin-1"), *rest)


def maps(pid):
    return [_area(match) for match in _AREA.finditer(_read(pid, "maps"))]


@functools.cache
def _codes(flags):
    return tuple(sorted(flags.decode().split()))


def smaps(pid):
    """Of the lines of a VMA the first, and the last two: 65,530 times all of them take a minute."""
    areas = []
    lines, *rest = _read(pid, "smaps").split(b"\nVmFlags:")
    for part in rest:
        flags, _, following = part.partition(b"\n")
        _, there, pkey = lines.rpartition(b"\nProtectionKey:")
        areas.append(_area(_AREA.match(lines), _codes(flags), int(pkey) if there else 0))
        lines = following
    assert not lines, f"smaps ends with {lines}"
    return areas


def smaps_bytes(pid, start, key):
    """What smaps sums up under a key, for the VMA that starts there."""
    text = _read(pid, "smaps")
    lines = text[re.search(rb"^%x-" % start, text, re.M).start():]
    return int(re.search(rb"^%s: *(\d+) kB" % key.encode(), lines, re.M).group(1)) << 10


def numa_policies(pid):
    """Start address to policy text of numa_maps."""
    rows = (line.split() for line in _read(pid, "numa_maps").decode("latin-1").splitlines())
    return {int(row[0], 16): row[1] for row in rows}
