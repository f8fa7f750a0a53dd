# SPDX-License-Identifier: GPL-2.0
"""KSM: reads the section ksm, and has ksmd merge what a test wants merged."""

import contextlib

from . import memory, module, pages
from .abi import MADV_MERGEABLE, PAGE
from .memory import KSM
from .pages import setting
from .report import fields

RULES = ("ksm-flag", "ksm-reach", "ksm-protect", "ksm-item", "ksm-item-anon", "ksm-item-order",
         "ksm-node")


class KsmReport:
    """The file ksm, or of the file report that section; numbers stay text but for addresses."""

    def __init__(self, text):
        self.ksm, self.nodes, self.items, self.pages, self.vmas = {}, {}, [], [], {}
        for line in text.splitlines():
            word, _, rest = line.partition(" ")
            if word in ("ksm", "stable_node", "rmap_item", "ksm_page", "found", "ksm_vma"):
                self._line(word, fields(rest))

    def _line(self, word, values):
        for key in ("addr", "start"):
            if isinstance(values.get(key), str):
                values[key] = int(values[key], 16)
        if word == "ksm":
            self.ksm = values
        elif word == "stable_node":
            self.nodes[values["id"]] = values
        elif word == "rmap_item":
            self.items.append(values)
        elif word == "ksm_page":
            self.pages.append({**values, "found": []})
        elif word == "found":
            self.pages[-1]["found"].append(values)
        else:
            self.vmas[values["start"]] = values

    def item(self, addr):
        """The one rmap_item of an address, or None."""
        items = [item for item in self.items if item["addr"] == addr]
        assert len(items) < 2, f"{len(items)} rmap_items at {addr:#x}"
        return items[0] if items else None

    def now(self, addr, count=1):
        """What has become of the rmap_items of so many pages."""
        found = [self.item(addr + number * PAGE) for number in range(count)]
        return [item and (item["now"] if item["state"] == "stable" else item["state"])
                for item in found]

    def reach(self, start):
        """The summary of the VMA that starts there: how many pages are found in which way."""
        values = self.vmas.get(start, {})
        return {key: int(values[key]) for key in ("own", "fork", "pending", "missed", "unknown")
                if values.get(key, "0") != "0"}

    def reach_all(self):
        """The same of all VMAs together."""
        sums = {}
        for start in self.vmas:
            for key, count in self.reach(start).items():
                sums[key] = sums.get(key, 0) + count
        return sums


def read(pid):
    with module.target(pid):
        return KsmReport(module.read(pid, "ksm").decode("latin-1"))


def knob(name):
    return (KSM / name).read_text().strip()


def run(value):
    (KSM / "run").write_text(str(value))


def wait_for_scans(count=2):
    """So many full scans, from now on, by ksmd, which runs."""
    goal = int(knob("full_scans")) + count
    memory.wait_until(lambda: int(knob("full_scans")) >= goal, f"ksmd has scanned {count} times")


@contextlib.contextmanager
def running(**settings):
    """ksmd at work, with settings where the kernel has them; stopped, it still keeps its pages."""
    with contextlib.ExitStack() as stack:
        run(2)
        run(0)
        # Of a scan the advisor alone says how many pages it takes.
        advisor = settings.pop("advisor_mode", None)
        for name, value in settings.items():
            stack.enter_context(setting(KSM / name, str(value)))
        stack.enter_context(memory.ksm_running(bool(settings.get("use_zero_pages"))))
        if advisor:
            stack.enter_context(setting(KSM / "advisor_mode", advisor))
        yield


def merged(agent, addr, count):
    """Have ksmd merge pages that are alike; then it is stopped."""
    agent.madvise(addr, count * PAGE, MADV_MERGEABLE)
    memory.wait_until(
        lambda: sum(run.pages for run in pages.report_of(agent.pid, "folios").runs_in(addr, count)
                    if run.state == "ksm") == count, f"{count} equal pages at {addr:#x} are KSM's")
    wait_for_scans()
    run(0)


def violations(pid):
    """Of KSM's rules: how often each was checked, and what is violated."""
    report = pages.report_of(pid, "check")
    checked = {name: report.checks[name].checked for name in RULES}
    return checked, [line for line in report.violations if "rule=ksm-" in line]
