# SPDX-License-Identifier: GPL-2.0
"""Reads the page-level files of a target: anon_vmas, folios, check, report."""

import bisect
import contextlib
import platform
from pathlib import Path
from typing import NamedTuple

from . import module, tap
from .abi import PAGE
from .agent import Agent
from .report import Vma, fields


THP = Path("/sys/kernel/mm/transparent_hugepage")


class AnonVma(NamedTuple):
    """An anon_vma line; found_* are None if the tree was too large to be counted."""
    id: str
    root: str
    parent: str
    refcount: int
    children: int
    active: int
    found_children: int
    found_active: int
    here: int
    elsewhere: int


class Avc(NamedTuple):
    """An avc line; first, last and subtree_last are page offsets."""
    start: int
    anon_vma: str
    first: int
    last: int
    subtree_last: int
    link: str


class Run(NamedTuple):
    """A run line."""
    start: int
    pages: int
    state: str
    order: int
    index: str
    anon_vma: str
    bits: str
    place: str
    swapin: str = "-"
    mapcount: str = "-"
    reached: str = "-"

    @property
    def end(self):
        return self.start + self.pages * PAGE

    def has(self, bit):
        return bit in self.bits.split(",")

    def facts(self):
        """All but where it is and whose: "anon 0 match writable,exclusive"."""
        return f"{self.state} {self.order} {self.index} {self.bits}"


class Check(NamedTuple):
    """A check line."""
    rule: str
    checked: int
    violations: int
    unknown: int


def _number(text):
    return None if text == "unknown" else int(text, 0)


def _record(kind, values):
    """The NamedTuple of a line; its annotations say which values are numbers."""
    values = {**kind._field_defaults, **values}
    return kind(*(_number(values[name]) if type_ is int else values[name]
                  for name, type_ in kind.__annotations__.items()))


class PageReport:
    """One of the files; of what it does not hold the lists stay empty."""

    _KINDS = {"avc": Avc, "run": Run}

    def __init__(self, data):
        self.text = data.decode("latin-1")
        self.lock, self.vmas, self._vma_starts = {}, [], []
        self.anon_vmas, self.checks = {}, {}
        self.avcs, self.runs, self.violations = [], [], []
        lines = self.text.splitlines()
        if len(lines) < 2 or not lines[0].startswith("mergescope ") or \
                not lines[-1].startswith("end "):
            raise ValueError(f"report without its begin or end: {self.text[-200:]!r}")
        for line in lines:
            self._line(line, *line.partition(" ")[::2])

    def _line(self, line, word, rest):
        if word == "vma":
            self.vmas.append(Vma(rest))
            return
        if word == "lock":
            self.lock = fields(rest)
            return
        if word == "violation":
            self.violations.append(line)
            return
        if word not in ("anon_vma", "avc", "run", "check"):
            return
        values = dict(field.split("=", 1) for field in rest.split(" "))
        if word == "anon_vma":
            self.anon_vmas[values["id"]] = _record(AnonVma, values)
        elif word == "check":
            self.checks[values["rule"]] = _record(Check, values)
        else:
            getattr(self, word + "s").append(_record(self._KINDS[word], values))

    def vma_at(self, addr):
        index = bisect.bisect_right(self._starts(), addr) - 1
        if index < 0 or addr >= self.vmas[index].end:
            raise KeyError(f"no vma at {addr:#x}")
        return self.vmas[index]

    def _starts(self):
        if len(self._vma_starts) != len(self.vmas):
            self._vma_starts = [vma.start for vma in self.vmas]
        return self._vma_starts

    def chain(self, start):
        """The AVCs of the VMA that starts there, newest first."""
        return [avc for avc in self.avcs if avc.start == start]

    def own(self, start):
        """The anon_vma that the VMA starting there has as its own; needs the file report."""
        return self.anon_vmas[self.vma_at(start)["anon_vma"]]

    def runs_in(self, start, pages):
        """The runs of a range, cut to it."""
        end = start + pages * PAGE
        cut = []
        for run in self.runs:
            first, last = max(run.start, start), min(run.end, end)
            if first < last:
                cut.append(run._replace(start=first, pages=(last - first) // PAGE))
        return cut

    def shown(self, start, pages):
        """The runs of a range in a form to be compared: "4 anon 0 match writable,exclusive"."""
        return [f"{run.pages} {run.facts()}" for run in self.runs_in(start, pages)]

    def at(self, addr):
        """The run of one page."""
        return self.runs_in(addr, 1)[0]


def read(pid, name):
    return PageReport(module.read(pid, name))


def report_of(pid, name="report"):
    """A file of a process that need not be a target."""
    with module.target(pid):
        return read(pid, name)


def expect_runs(pid, start, expected, what):
    """The folios of a range must be exactly these runs; the report, for more questions."""
    report = report_of(pid)
    pages = sum(int(run.split()[0]) for run in expected)
    tap.same_lists(report.shown(start, pages), expected, what)
    return report


def expect_swapin(pid, addr, expected):
    """What swap-in would do with a page must be this; the report."""
    report = report_of(pid)
    tap.equal(report.at(addr).swapin, expected, f"swap-in of {addr:#x} of {pid}")
    return report


def expect_clean(pid, what="check"):
    """
    No invariant is violated, and none that could not be judged: the process is at rest. But for
    ksm-node, of each stable node whose page is gone.
    """
    report = report_of(pid)
    tap.no_differences(report.violations, f"{what}: violations")
    tap.true(report.checks, f"{what}: the file has no check lines")
    unknown = {check.rule: check.unknown for check in report.checks.values() if check.unknown}
    gone = sum(line.startswith("stable_node ") and " page=gone " in line
               for line in report.text.splitlines())
    tap.equal(unknown, {"ksm-node": gone} if gone else {}, f"{what}: unknown")
    return report


def before(*version):
    """Is the running kernel older than this release? For what only some have, by the source."""
    return tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2]) < version


@contextlib.contextmanager
def setting(path, value):
    """A kernel setting, put back afterwards; of a choice, [the] one in brackets is it."""
    before = path.read_text().strip()
    if "[" in before:
        before = before.partition("[")[2].partition("]")[0]
    path.write_text(value)
    try:
        yield
    finally:
        path.write_text(before)


def loaded():
    """
    The module, with the lock never let go: on 6.1, which cannot tell whether something changed
    meanwhile, runs would end where it was, and some rules could not judge.
    """
    return module.loaded_module(hold_us=0)


@contextlib.contextmanager
def subject():
    """
    An agent to be looked at; whatever a test made of it, check must find nothing in the end. Only
    what asks for huge pages gets them.
    """
    with setting(THP / "enabled", "madvise"), loaded(), Agent.start() as agent:
        yield agent
        expect_clean(agent.pid, "check of the agent as the test leaves it")
        with module.parameter_set("deep", "Y"):
            report = expect_clean(agent.pid, "the same with its mappings counted")
        anon = sum(run.pages for run in report_of(agent.pid).runs if run.state == "anon")
        tap.equal(report.checks["folio-mapcount"].checked, anon, "pages counted")
