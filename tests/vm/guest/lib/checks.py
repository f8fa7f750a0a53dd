# SPDX-License-Identifier: GPL-2.0
"""Reads the file check: a line per invariant, and a line per violation."""

from typing import NamedTuple

from . import module
from .report import fields


class Violation(NamedTuple):
    """What a violation line says; expected and found are text, pages is 0 if it is not of pages."""
    rule: str
    addr: int
    what: str
    expected: str
    found: str
    pages: int = 0

    def __str__(self):
        return (f"{self.rule} addr={self.addr:#x} pages={self.pages} what={self.what} "
                f"expected={self.expected} found={self.found}")


def _lines(pid, section):
    """(first word, fields) of each line of a section that was not cut off."""
    text = module.read(pid, section).decode("latin-1")
    rows = [(word, fields(rest)) for word, _, rest in
            (line.partition(" ") for line in text.splitlines())]
    if not rows or rows[-1][0] != "end":
        raise ValueError(f"a report without its end: {text[-200:]!r}")
    return rows


def anon_vmas(pid):
    """The anon_vma lines of the section anon_vmas, by id."""
    return {row["id"]: row for word, row in _lines(pid, "anon_vmas") if word == "anon_vma"}


class Check:
    """The section check of a process."""

    def __init__(self, pid):
        rows = _lines(pid, "check")
        self.process = next(row for word, row in rows if word == "process")
        self.rules = {row["rule"]: row for word, row in rows if word == "check"}
        self.violations = [Violation(row["rule"], int(row["addr"], 16), row["what"],
                                     row["expected"], row["found"],
                                     int(row.get("pages", 0)))
                           for word, row in rows if word == "violation"]

    def count(self, key):
        """checked, violations or unknown, of all invariants together."""
        return sum(int(row[key]) for row in self.rules.values())

    def fired(self):
        """The names of the invariants that are violated, as their own lines have it."""
        return {name for name, row in self.rules.items() if int(row["violations"])}
