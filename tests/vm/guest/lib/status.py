# SPDX-License-Identifier: GPL-2.0
"""Reads the module's status file."""

from . import paths
from .report import fields


class Status:
    """The file at this moment; the module is loaded."""

    def __init__(self):
        self.lines = []
        for line in (paths.DEBUGFS / "status").read_text().splitlines():
            word, _, rest = line.partition(" ")
            self.lines.append((word, fields(rest)))

    def all(self, word):
        return [values for name, values in self.lines if name == word]

    def one(self, word):
        values, = self.all(word)
        return values

    def symbols(self):
        """Whether each was found."""
        return {values["name"]: values["found"] == "yes" for values in self.all("symbol")}
