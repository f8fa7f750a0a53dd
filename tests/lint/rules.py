# SPDX-License-Identifier: GPL-2.0
"""The rules of the tree: each a function from files to findings, "path:line: what"."""

import ast
import re
import shutil
import subprocess
from typing import Callable, Iterator, NamedTuple

import includes
from tree import File, Tree

MAX_COLUMNS = 100
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 79
TAB = 8

# Files that are one table and little else, and may be longer.
TABLES = ()

VERSION_TEST = re.compile(
    r"\b(LINUX_VERSION_\w+|KERNEL_VERSION|RHEL_RELEASE_\w+)\b|linux/version[.]h")
SPDX = re.compile(r"SPDX-License-Identifier: GPL-2[.]0\b")

# Where the names of states and bits are, one a line, and what documents them.
RUN_NAMES, REPORT_PAGE = "module/core/run_text.c", "userspace/man/mergescope-report.5"
NAME_OF_RUN = re.compile(r'\t(?:\[MSC_PAGE_\w+\] =|\{ MSC_PAGE_\w+,) "([\w-]+)"')

# Names and paths are written so that this file does not hold what it looks for.
REGISTRY = re.compile(
    r"\b(?:[\w-]+[.])*(?:debian[.]org|ubuntu[.]com|kernel[.]ubuntu[.]com|fedoraproject[.]org|"
    r"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|crates[.]io|rubygems[.]org|"
    r"proxy[.]golang[.]org|docker[.]io|docker[.]com|quay[.]io|ghcr[.]io|maven[.]org)\b", re.I)
MACHINE_PATH = re.compile(r"(?<![\w./}$)\]-])/(?:work|root|tmp/t)(?![\w-])")

# Lines that name a path of the virtual machine they run in, not of the one they were written on.
GUEST_PATHS = {
    "tests/vm/guest-init/run-payload": "HOME=",
    "tests/vm/selftest/test_machine.py": "touch ",
}


def check_versions(tree: Tree) -> Iterator[str]:
    for file in tree.values():
        if not (file.is_c or file.is_make) or file.path.startswith("module/compat/"):
            continue
        for number, line in enumerate(file.lines, 1):
            if VERSION_TEST.search(line):
                yield f"{file.path}:{number}: a version test outside module/compat"


def check_spdx(tree: Tree) -> Iterator[str]:
    for file in tree.values():
        if not file.is_source:
            continue
        if not file.text.strip() and file.name == "__init__.py":
            continue
        line = 1 if file.interpreter else 0
        begin = "#"
        if file.is_c:
            begin = "/*" if file.name.endswith(".h") else "//"
        lines = file.lines
        if len(lines) <= line or not lines[line].startswith(begin) or not SPDX.search(lines[line]):
            yield f"{file.path}:{line + 1}: no SPDX licence after '{begin}'"


def columns(line: str) -> int:
    return len(line.expandtabs(TAB))


def check_line_length(tree: Tree) -> Iterator[str]:
    for file in tree.values():
        if not file.is_source:
            continue
        for number, line in enumerate(file.lines, 1):
            if columns(line) > MAX_COLUMNS:
                yield f"{file.path}:{number}: {columns(line)} columns"


def check_file_length(tree: Tree) -> Iterator[str]:
    for file in tree.values():
        if file.is_source and file.path not in TABLES and len(file.lines) >= MAX_FILE_LINES:
            yield f"{file.path}:{len(file.lines)}: {len(file.lines)} lines"


class Function(NamedTuple):
    line: int
    lines: int


def python_functions(file: File) -> Iterator[Function]:
    for node in ast.walk(ast.parse(file.text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield Function(node.lineno, node.end_lineno - node.lineno + 1)


def braced_functions(file: File) -> Iterator[Function]:
    """C and shell: a body begins with a brace that ends a line and ends with one that begins it."""
    opening = re.compile(r"^\{$") if file.is_c else re.compile(r"^\w+\s*\(\)\s*\{")
    begin = None
    for number, line in enumerate(file.lines, 1):
        if begin is None and opening.match(line):
            begin = number - 1 if file.is_c else number
        elif begin is not None and line.startswith("}"):
            yield Function(begin, number - begin + 1)
            begin = None


def check_function_length(tree: Tree) -> Iterator[str]:
    for file in tree.values():
        if file.is_python:
            functions = python_functions(file)
        elif file.is_c or file.is_shell:
            functions = braced_functions(file)
        else:
            continue
        for function in functions:
            if function.lines > MAX_FUNCTION_LINES:
                yield f"{file.path}:{function.line}: a function of {function.lines} lines"


def check_registries(tree: Tree) -> Iterator[str]:
    for file in tree.values():
        for number, line in enumerate(file.lines, 1):
            if REGISTRY.search(line):
                yield f"{file.path}:{number}: the host of a package registry"


def check_machine_paths(tree: Tree) -> Iterator[str]:
    for file in tree.values():
        guest = GUEST_PATHS.get(file.path)
        for number, line in enumerate(file.lines, 1):
            if MACHINE_PATH.search(line) and not (guest and line.strip().startswith(guest)):
                yield f"{file.path}:{number}: a path of one machine"


def check_whitespace(tree: Tree) -> Iterator[str]:
    for file in tree.values():
        if file.text and not file.text.endswith("\n"):
            yield f"{file.path}:{len(file.lines)}: no newline at the end"
        for number, line in enumerate(file.lines, 1):
            if line != line.rstrip():
                yield f"{file.path}:{number}: blanks at the end of a line"
            elif file.is_c and re.match(r"^\t* {8}", line):
                yield f"{file.path}:{number}: blanks for a tab"


def check_documented(tree: Tree) -> Iterator[str]:
    """Of the lines "run", the states and bits; each is a term of the section on them."""
    names, page = tree.get(RUN_NAMES), tree.get(REPORT_PAGE)
    if not names:
        return
    section = page.text.partition('.Ss Lines "run"')[2].partition("\n.Ss ")[0] if page else ""
    terms = re.findall(r"^\.Sy ([\w-]+)", section, re.M)
    for number, line in enumerate(names.lines, 1):
        found = NAME_OF_RUN.match(line)
        # A name that is a state's and a bit's stands there twice.
        if found and found[1] in terms:
            terms.remove(found[1])
        elif found:
            yield f"{names.path}:{number}: {found[1]} is not in {REPORT_PAGE}"


def shellcheck(file: File) -> Iterator[str]:
    shell = "bash" if file.interpreter == "bash" else "sh"
    # What a script sources is checked as a file of its own.
    command = ["shellcheck", "--format=gcc", f"--shell={shell}", "--exclude=SC1091", "-"]
    done = subprocess.run(command, input=file.text, stdout=subprocess.PIPE, text=True, check=False)
    findings = [line.split(":", 1)[1] for line in done.stdout.splitlines()]
    if done.returncode and not findings:
        findings = [f"1: shellcheck fails with {done.returncode}"]
    for finding in findings:
        yield f"{file.path}:{finding}"


def check_shell(tree: Tree) -> Iterator[str]:
    if not shutil.which("shellcheck"):
        yield "shellcheck is not installed"
        return
    for file in tree.values():
        if file.is_shell:
            yield from shellcheck(file)


class Rule(NamedTuple):
    name: str
    what: str
    check: Callable[[Tree], Iterator[str]]


RULES = (
    Rule("includes", "layers include only what is below them", includes.check),
    Rule("versions", "no version test outside module/compat", check_versions),
    Rule("spdx", "a licence on the first line of every source file", check_spdx),
    Rule("columns", f"lines of at most {MAX_COLUMNS} columns", check_line_length),
    Rule("file-length", f"files under {MAX_FILE_LINES} lines", check_file_length),
    Rule("function-length", f"functions of at most {MAX_FUNCTION_LINES} lines",
         check_function_length),
    Rule("registries", "no host of a package registry", check_registries),
    Rule("machine-paths", "no path of the machine it was written on", check_machine_paths),
    Rule("whitespace", "no stray blanks, and tabs in C", check_whitespace),
    Rule("documented", "every name in a report is in the manual", check_documented),
    Rule("shellcheck", "shellcheck has nothing to say", check_shell),
)
