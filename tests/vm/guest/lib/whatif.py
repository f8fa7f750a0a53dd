# SPDX-License-Identifier: GPL-2.0
"""Reads the file whatif: policies, the VMAs that each would merge, and what could be relocated."""

from typing import NamedTuple

from . import module
from .report import fields

POLICIES = ("occasion", "early-ksm", "special-ksm", "relocate-anon", "soft-dirty", "all")


class Policy(NamedTuple):
    """A whatif line."""
    vmas: int
    then: int
    concerned: int
    unknown: int
    anon_vmas: int
    anon_vmas_then: int
    avcs: int
    avcs_then: int
    saved: int
    pairs: int


class Relocation(NamedTuple):
    """A relocation line; obstacles: name to (count, first address), "unknown" among them."""
    start: int
    end: int
    moved: bool
    safe: str
    pages: int
    folios: int
    walk_ns: int
    ksm_items: str
    by: frozenset
    obstacles: dict


def _relocation(values):
    by = frozenset() if values["by"] == "-" else frozenset(values["by"].split(","))
    obstacles = {key[6:]: (int(count), int(values["first." + key[6:]], 16))
                 for key, count in values.items() if key.startswith("count.")}
    return Relocation(values["start"], values["end"], values["moved"] == "yes", values["safe"],
                      int(values["pages"]), int(values["folios"]), int(values["walk_ns"]),
                      values["ksm_items"], by, obstacles)


class WhatIf:
    """The whole file; of each policy the ranges that it makes one VMA."""

    def __init__(self, data):
        text = data.decode("latin-1")
        self.policies, self.merged = {}, {name: [] for name in POLICIES}
        self.relocations = []
        for line in text.splitlines():
            self._line(*line.partition(" ")[::2])
        if not text.startswith("mergescope ") or "\nend " not in text:
            raise ValueError(f"report without its begin or end: {text[-200:]!r}")

    def _line(self, word, rest):
        if word not in ("whatif", "merged", "relocation"):
            return
        values = fields(rest)
        if word == "whatif":
            self.policies[values["policy"]] = Policy(*(int(values[name])
                                                       for name in Policy._fields))
        elif word == "merged":
            self.merged[values["policy"]].append((values["start"], values["end"], values["vmas"]))
        else:
            self.relocations.append(_relocation(values))

    def relocation(self, start):
        """That of the VMA that starts there; None if there is no line."""
        return next((one for one in self.relocations if one.start == start), None)

    def layout(self, policy, ranges):
        """What ranges, the (start, end) of VMAs, become under a policy."""
        merged = {start: end for start, end, _vmas in self.merged[policy]}
        left, behind = [], 0
        for start, end in ranges:
            if start < behind:
                continue
            behind = merged.get(start, end)
            left.append((start, behind))
        return left


def read(pid):
    return WhatIf(module.read(pid, "whatif"))


def read_of(pid, name="whatif"):
    """The file (or report, which has the same lines) of a process that need not be a target."""
    with module.target(pid):
        return WhatIf(module.read(pid, name))
