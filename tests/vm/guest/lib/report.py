# SPDX-License-Identifier: GPL-2.0
"""Reads a mergescope report; module/core/format.h names its lines and keys."""

import collections.abc
import re

_FIELD = re.compile(r'([^\s=]+)=((?:"[^"]*"|[^\s"])*)')
_OCTAL = re.compile(r"\\([0-7]{3})")
_NUMBERS = {**dict.fromkeys(("start", "end", "pgoff"), 16),
            **dict.fromkeys(("pid", "map_count", "vmas", "torn", "let_go", "retries", "held_us",
                             "longest_us", "avcs", "pkey", "format"), 10)}
_STRINGS = {"name", "comm", "kernel", "why"}


def unquote(text):
    """The string (a character per byte) that a quoted field stands for."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise ValueError(f"not quoted: {text}")
    if "\\" not in text:
        return text[1:-1]
    return _OCTAL.sub(lambda match: chr(int(match.group(1), 8)), text[1:-1])


def _value(key, text):
    if key in _NUMBERS:
        return int(text, _NUMBERS[key])
    if key in _STRINGS and text[:1] == '"':
        return unquote(text)
    return text


def fields(line):
    """The fields of a line without its first word."""
    return {key: _value(key, text) for key, text in _FIELD.findall(line)}


class Vma(collections.abc.Mapping):
    """A vma line, without its first word; the fields the tests use most are attributes.

    A field is looked for when it is asked for: to keep all those of 65,530 lines takes the emulated
    machine half a minute.
    """

    __slots__ = ("_line", "_name", "_fields")

    def __init__(self, line):
        self._line, self._name, self._fields = f" {line}", None, None
        # What is quoted can hold what looks like other fields.
        quotes = line.count('"')
        if quotes > 2:
            self._fields = fields(line)
        elif quotes and ' name="" ' not in line:
            before, _, rest = self._line.partition(' name="')
            name, _, behind = rest.partition('"')
            self._line, self._name = before + behind, f'"{name}"'

    def __getitem__(self, key):
        if self._fields is not None:
            return self._fields[key]
        if key == "name" and self._name:
            return unquote(self._name)
        _, there, rest = self._line.partition(f" {key}=")
        if not there:
            raise KeyError(key)
        return _value(key, rest.partition(" ")[0])

    def __contains__(self, key):
        if self._fields is not None:
            return key in self._fields
        return f" {key}=" in self._line or (key == "name" and bool(self._name))

    def _all(self):
        if self._fields is not None:
            return self._fields
        return {**fields(self._line), **({"name": self["name"]} if self._name else {})}

    def __iter__(self):
        return iter(self._all())

    def __len__(self):
        return len(self._all())

    def __bool__(self):
        """Not by way of __len__(): "if vma" is asked often."""
        return True

    @property
    def start(self):
        return self["start"]

    @property
    def end(self):
        return self["end"]

    @property
    def pages(self):
        return (self.end - self.start) >> 12

    @property
    def anon_pgoff(self):
        """None where the kernel keeps none."""
        text = self["anon_pgoff"]
        return None if text == "absent" else int(text, 16)

    @property
    def flags(self):
        return [] if self["flags"] == "-" else self["flags"].split(",")

    @property
    def blockers(self):
        return set(self["by"].split(",")) if "by" in self else set()

    def verdict(self):
        """What is said on the next one, in a form to be compared and printed."""
        return " ".join(f"{key}={self[key]}" for key in ("next", "via", "by") if key in self)


class Report:
    """A whole report; a report that was cut off is refused."""

    def __init__(self, data):
        self.text = data.decode("latin-1")
        self.header, self.process, self.lock = {}, {}, {}
        self.policies, self.vmas = {}, []
        self.end = None
        self._ranges = None
        # Not splitlines(): that would take more than a newline for the end of a line.
        lines = self.text.split("\n")
        if lines.pop():
            raise ValueError("the last line has no end")
        for line in lines:
            if self.end is not None:
                raise ValueError(f"a line after the end: {line}")
            self._line(*line.partition(" ")[::2])
        if self.end is None or not self.header:
            raise ValueError(f"report without its begin or end: {self.text[-200:]!r}")
        if not self.end["vmas"] == self.process["vmas"] == len(self.vmas):
            raise ValueError(f"{len(self.vmas)} vma lines, announced {self.process['vmas']}, "
                             f"at the end {self.end['vmas']}")

    def _line(self, word, rest):
        if word == "vma":
            self.vmas.append(Vma(rest))
            return
        values = fields(rest)
        if word == "policy":
            self.policies[values["id"]] = values
        elif word == "mergescope":
            self.header = values
        elif word == "process":
            self.process = values
        elif word == "lock":
            self.lock = values
        elif word == "end":
            self.end = values

    def at(self, addr):
        """The VMA that holds an address."""
        if self._ranges is None:
            self._ranges = [(vma.start, vma.end, vma) for vma in self.vmas]
        for start, end, vma in self._ranges:
            if start <= addr < end:
                return vma
        raise KeyError(f"no vma at {addr:#x}")
