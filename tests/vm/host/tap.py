# SPDX-License-Identifier: GPL-2.0
"""Test Anything Protocol: read and add up streams of tests, and write one from unittest.

Only the top level of a stream counts: the indented lines of a subtest are told apart by their
indentation and judged by the line of their parent, which the format requires to follow.
A stream proves that it is whole by its plan: one without a plan, with more or fewer tests than
planned, that bails out, or that holds no test at all, has one failure more.
"""

import re
import sys
import traceback
import unittest
from typing import Iterable, List, NamedTuple, Optional, TextIO

LINE = re.compile(r"^(not )?ok\b(?:\s+(\d+))?(?:\s*-?\s*(.*?))?\s*$")
PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*(.*))?\s*$")
DIRECTIVE = re.compile(r"(?<!\\)#\s*(skip|todo)\b\S*\s*(.*)$", re.IGNORECASE)
# What a stream begins with, where one follows another.
START = re.compile(r"^(TAP version \d+|# suite \S+)\s*$")
BAIL_OUT = re.compile(r"^Bail out!\s*(.*)$")


class Tally(NamedTuple):
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: tuple = ()    # a line each: the name of the test, or what is wrong with the stream

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(mine + theirs for mine, theirs in zip(self, other)))

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


class Result(NamedTuple):
    passed: bool
    name: str
    number: Optional[int]
    directive: str      # "skip", "todo" or nothing
    reason: str


def parse_line(line: str) -> Optional[Result]:
    """A test line of the top level, or None for any other."""
    match = LINE.match(line)
    if not match:
        return None
    failed, number, name = match.groups()
    directive = DIRECTIVE.search(name or "")
    kind, reason = (directive.group(1).lower(), directive.group(2)) if directive else ("", "")
    name = name[:directive.start()].strip() if directive else (name or "")
    return Result(not failed, name, int(number) if number else None, kind, reason)


class Reader:
    """Adds up one stream, line by line, so that it can be shown while it runs."""

    def __init__(self, name: str = "stream"):
        self.name = name
        self._results: List[Result] = []
        self._planned: Optional[int] = None
        self._problems: List[str] = []
        self._skip_all = False

    def line(self, line: str) -> None:
        line = line.rstrip("\r\n")
        result, plan, bail = parse_line(line), PLAN.match(line), BAIL_OUT.match(line)
        if result:
            self._results.append(result)
            if result.number not in (None, len(self._results)):
                self._problem(f"test {len(self._results)} is numbered {result.number}")
        elif plan:
            if self._planned is not None:
                self._problem("it has two plans")
            self._planned = int(plan.group(1))
            self._skip_all = not self._planned and (plan.group(2) or "").lower().startswith("skip")
        elif bail:
            self._problem(f"it bails out: {bail.group(1)}".rstrip(": "))

    def _problem(self, text: str) -> None:
        self._problems.append(f"{self.name}: {text}")

    def _check_plan(self) -> None:
        ran = len(self._results)
        if self._planned is None:
            self._problem(f"it has no plan; it ended after {ran} tests")
        elif self._planned != ran:
            self._problem(f"it planned {self._planned} tests and ran {ran}")
        elif not ran and not self._skip_all:
            self._problem("it holds no test")

    def tally(self) -> Tally:
        """The sum, once the stream has ended."""
        self._check_plan()
        passed = failed = skipped = 0
        failures = list(self._problems)
        for result in self._results:
            # "todo" excuses nothing: here a test passes, fails, or says why it cannot run.
            if result.directive == "skip" and result.passed:
                skipped += 1
            elif result.passed:
                passed += 1
            else:
                failed += 1
                failures.append(f"{self.name}: {result.name or 'a test without a name'}")
        return Tally(passed, failed + len(self._problems), skipped + self._skip_all,
                     tuple(failures))


def read(lines: Iterable[str], name: str = "stream") -> Tally:
    """Add up a stream, or several one after the other: each must be whole by itself."""
    readers = [Reader(name)]
    begun = False
    for line in lines:
        start = START.match(line)
        if start and begun:
            readers.append(Reader(name))
        begun = begun or bool(start) or bool(line.strip())
        readers[-1].line(line)
    return sum((reader.tally() for reader in readers), Tally())


class UnittestResult(unittest.TestResult):
    """Writes a TAP line for each test as it ends, with the details as comments."""

    def __init__(self, stream: TextIO):
        super().__init__()
        self._stream = stream
        self._subtest_failed = False

    def _write(self, test, ok: bool, rest: str = "", details: str = "") -> None:
        name = test.shortDescription() or test.id().removeprefix("__main__.")
        status = "ok" if ok else "not ok"
        print(f"{status} {max(self.testsRun, 1)} - {name}{rest}", file=self._stream)
        for line in details.splitlines():
            print(f"# {line}", file=self._stream)
        self._stream.flush()

    def startTest(self, test):
        super().startTest(test)
        self._subtest_failed = False

    def addSuccess(self, test):
        self._write(test, True)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._write(test, False, details="".join(traceback.format_exception(*error)))

    def addError(self, test, error):
        super().addError(test, error)
        if not self._is_fixture(test):
            self._write(test, False, details="".join(traceback.format_exception(*error)))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._write(test, True, rest=f" # SKIP {reason}")

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None and not self._subtest_failed:
            # unittest reports success for no test with a failed subtest: this is its line.
            self._subtest_failed = True
            self._write(subtest, False, details="".join(traceback.format_exception(*error)))

    @staticmethod
    def _is_fixture(test) -> bool:
        """Whether what failed is setUpClass or the like, whose tests never run."""
        return isinstance(test, unittest.suite._ErrorHolder)


def run_unittest(suite: unittest.TestSuite, stream: TextIO = sys.stdout) -> int:
    """Run a suite as TAP; the exit status."""
    print("TAP version 13", file=stream)
    # The plan comes first: tests that a failed setUpClass keeps from running are missed.
    print(f"1..{suite.countTestCases()}", file=stream, flush=True)
    result = UnittestResult(stream)
    suite.run(result)
    for test, details in result.errors:
        if UnittestResult._is_fixture(test):
            print(f"Bail out! {test.id()}: {details.strip().splitlines()[-1]}", file=stream)
    return 0 if result.wasSuccessful() and result.testsRun else 1
