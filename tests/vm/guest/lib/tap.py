# SPDX-License-Identifier: GPL-2.0
"""Test functions, and their results as TAP."""

import inspect
import time
import traceback

# Of a comparison that fails, so that a difference in every VMA does not fill a screen.
MAX_LINES = 40


class Skip(Exception):
    """The kernel lacks what is tested; the text says how that was seen."""


class Failed(Exception):
    """A check did not hold; the text is for a person."""


def cases(*values):
    """Run the function once per value, which is its argument and part of its name."""
    def mark(function):
        function.cases = values
        return function
    return mark


def equal(got, expected, what=""):
    if got != expected:
        raise Failed(f"{what}\nexpected: {expected}\ngot:      {got}".lstrip("\n"))


def true(condition, what):
    if not condition:
        raise Failed(what)


def no_differences(differences, what):
    """differences: a line each; none may be there."""
    if differences:
        shown = differences[:MAX_LINES]
        if len(differences) > len(shown):
            shown.append(f"and {len(differences) - len(shown)} more")
        raise Failed("\n".join([f"{what}: {len(differences)} differences", *shown]))


def same_lists(got, expected, what):
    """Element by element; what is only in one of the two is shown too."""
    if got == expected:
        return
    differences = []
    for index in range(max(len(got), len(expected))):
        a = expected[index] if index < len(expected) else "nothing"
        b = got[index] if index < len(got) else "nothing"
        if a != b:
            differences += [f"{index} expected: {a}", f"{index} got:      {b}"]
    no_differences(differences, what)


def raises(errno_expected, what, function, *args, **kwargs):
    """The call must fail with exactly this errno."""
    import errno
    expected = errno.errorcode[errno_expected]
    try:
        function(*args, **kwargs)
    except OSError as error:
        got = errno.errorcode.get(error.errno, str(error.errno))
        equal(got, expected, what)
        return
    raise Failed(f"{what}\nexpected: {expected}\ngot:      success")


def collect(module):
    """(name, function to call) of each test in a module, in the order of its source."""
    found = []
    for name, function in vars(module).items():
        if not name.startswith("test_") or not inspect.isfunction(function):
            continue
        label = f"{module.__name__.rpartition('.')[2]}: {name[5:].replace('_', ' ')}"
        if hasattr(function, "cases"):
            found += [(f"{label}: {case}", lambda f=function, c=case: f(c))
                      for case in function.cases]
        else:
            found.append((label, function))
    return found


def _comment(text):
    return "".join(f"# {line}\n" for line in str(text).splitlines())


def _run_one(number, name, function, cleanup):
    started = time.monotonic()
    result, comment, skip = "ok", "", ""
    try:
        try:
            function()
        finally:
            cleanup()
    except Skip as reason:
        skip = f" # SKIP {reason}"
    except Failed as failure:
        result, comment = "not ok", _comment(failure)
    except Exception:   # pylint: disable=broad-except
        result, comment = "not ok", _comment(traceback.format_exc())
    seconds = time.monotonic() - started
    print(f"{result} {number} - {name}{skip}\n{comment}# {seconds:.1f} s", flush=True)
    return result == "ok"


def run(tests, cleanup):
    """Run them all, cleanup after each; True if none failed."""
    print(f"TAP version 13\n1..{len(tests)}", flush=True)
    results = [_run_one(number, name, function, cleanup)
               for number, (name, function) in enumerate(tests, 1)]
    return all(results)
