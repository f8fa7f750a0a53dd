# SPDX-License-Identifier: GPL-2.0
"""Reads /proc/PID/maps, smaps and numa_maps."""

import re
from typing import NamedTuple

_AREA = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)\n", re.M)
_SMAP = re.compile(_AREA.pattern + rb"((?:[A-Z].*\n)*)", re.M)
_FLAGS = re.compile(rb"^VmFlags: (.*?) *$", re.M)
_PKEY = re.compile(rb"^ProtectionKey: *(\d+)$", re.M)


class Area(NamedTuple):
    """What maps and smaps show of a VMA; flags and pkey are smaps's."""
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


def smaps(pid):
    areas = []
    data = _read(pid, "smaps")
    for match in _SMAP.finditer(data):
        flags = _FLAGS.search(match.group(6)).group(1).decode().split()
        pkey = _PKEY.search(match.group(6))
        areas.append(_area(match, tuple(flags), int(pkey.group(1)) if pkey else 0))
    # Every line must have been understood.
    lines = data.count(b"VmFlags:")
    assert len(areas) == lines, f"{len(areas)} areas in smaps with {lines} VmFlags lines"
    return areas


def numa_policies(pid):
    """Start address to policy text of numa_maps."""
    rows = (line.split() for line in _read(pid, "numa_maps").decode("latin-1").splitlines())
    return {int(row[0], 16): row[1] for row in rows}
