# SPDX-License-Identifier: GPL-2.0
"""The verdict on a kernel's messages: any line that tells of trouble fails the run.

No line is excused: the stock kernels print none of these on the emulated machine.
"""

import re
from typing import Iterable, List, NamedTuple

# Lines of a finding's surroundings that are printed with it.
BEFORE, AFTER = 2, 25

# Printed by the kernel in these words; the first that matches names the line.
TROUBLE = tuple((name, re.compile(pattern)) for name, pattern in (
    ("lockdep", r"possible circular locking|possible recursive locking|inconsistent lock state|"
                r"suspicious RCU usage|suspicious rcu_dereference|bad unlock balance|"
                r"held lock freed|still has locks held|locks? held when returning|"
                r"possible irq lock inversion|irq lock-safe|Invalid wait context|"
                r"trying to register non-static key|"
                r"BUG: \S+ too (low|large)!|DEBUG_LOCKS_WARN_ON"),
    ("KASAN", r"\bKASAN:"),
    ("KCSAN", r"\bKCSAN:"),
    ("KFENCE", r"\bKFENCE: (?!initialized)"),
    ("UBSAN", r"\bUBSAN:"),
    ("kmemleak", r"kmemleak: \d+ new suspected memory leaks|kmemleak: .*(disabled|stopped)"),
    ("debugobjects", r"\bODEBUG: (?!selftest passed|Out of memory)"),
    ("atomic sleep", r"sleeping function called from invalid context|scheduling while atomic"),
    ("lockup", r"soft lockup|hard LOCKUP|rcu:? .*detected stalls|self-detected stall|"
               r"blocked for more than \d+ seconds"),
    ("checks off", r"turning off the locking correctness|lockdep is turned off|ODEBUG disabled"),
    ("list", r"list_(add|del) corruption"),
    ("refcount", r"\brefcount_t:"),
    ("slab", r"\bSlab corruption|Object already free|Redzone overwritten|Poison overwritten|"
             r"Objects remaining in|kmem_cache_destroy .*still has objects"),
    ("page", r"\bBad (page|rss-counter|swap)|page dumped because"),
    ("fault", r"NULL pointer dereference|general protection fault|unable to handle|"
              r"double fault|stack segment:|"
              r"invalid opcode|Kernel stack overflow|stack-protector"),
    ("Oops", r"\bOops\b|^RIP: 0010:|end Kernel panic|Kernel panic"),
    ("BUG", r"\bBUG\b|kernel BUG at"),
    ("WARNING", r"\bWARNING\b"),
    ("trace", r"\bCall Trace:|cut here"),
    ("module", r"disagrees about version of symbol|Unknown symbol|"
               r"sysfs: cannot create duplicate|debugfs: .*(already present|already exists)"),
))
TIMESTAMP = re.compile(r"^\[\s*\d+\.\d+\](\[\s*[TC]\d+\])? ?")

class Finding(NamedTuple):
    kind: str
    number: int         # of the line, from 1
    line: str
    context: List[str]


def _kind(message: str) -> str:
    return next((name for name, pattern in TROUBLE if pattern.search(message)), "")


def judge(lines: Iterable[str]) -> List[Finding]:
    """Every line that tells of trouble, with its surroundings."""
    lines = [line.rstrip("\r\n") for line in lines]
    findings = []
    for index, line in enumerate(lines):
        kind = _kind(TIMESTAMP.sub("", line))
        if kind:
            findings.append(Finding(kind, index + 1, line,
                                    lines[max(0, index - BEFORE):index + AFTER]))
    return findings


def describe(findings: List[Finding]) -> str:
    """The findings for a reader; what follows within the context of one is not repeated."""
    text = []
    shown = 0
    for finding in findings:
        if finding.number <= shown:
            continue
        first = max(1, finding.number - BEFORE)
        shown = first + len(finding.context) - 1
        text.append(f"{finding.kind}, line {finding.number} of the console:")
        text += [f"    {line}" for line in finding.context]
    return "\n".join(text)
