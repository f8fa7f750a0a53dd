# SPDX-License-Identifier: GPL-2.0
"""The parameter range: what the page-level files leave out, and what it does not accept."""

import errno

from lib import abi, ksm, ksmd, memory, module, pages, subjects, tap
from lib.abi import PAGE
from lib.agent import Agent
from lib.memory import HUGE, HUGE_PAGES

AT = subjects.BASE
# Of small pages, behind two huge ones.
SMALL = AT + 4 * HUGE
COUNT = 8
WRITTEN_HUGE = "anon 9 match writable,exclusive,huge"
WRITTEN = "anon 0 match writable,exclusive"


def prepare(agent):
    memory.compact()
    memory.huge(agent, AT, 2)
    agent.touch(AT, 2 * HUGE)
    agent.touch(agent.mmap(SMALL, COUNT * PAGE), COUNT * PAGE)


def limit(pid, start, end):
    module.write_parameter("range", f"{pid}:{start:x}-{end:x}")


# Where it begins and ends, in pages from AT on, and the runs that are left.
BEHIND = (SMALL - AT) // PAGE
RANGES = {
    "from within a huge page into a VMA": (100, BEHIND + 3,
                                           [f"{2 * HUGE_PAGES - 100} {WRITTEN_HUGE}",
                                            f"3 {WRITTEN}"]),
    "from one huge page into the next": (500, 600, [f"100 {WRITTEN_HUGE}"]),
    "a page of a huge one": (511, 512, [f"1 {WRITTEN_HUGE}"]),
    "from a VMA on": (BEHIND + 5, BEHIND + 4096, [f"3 {WRITTEN}"]),
    "within a VMA": (BEHIND + 2, BEHIND + 4, [f"2 {WRITTEN}"]),
    "nothing mapped": (BEHIND - 10, BEHIND, []),
}


@tap.cases(*RANGES)
def test_leaves_out_the_rest(where):
    start, end, expected = RANGES[where]
    with pages.subject() as agent, module.target(agent.pid):
        prepare(agent)
        whole = pages.read(agent.pid, "report")
        limit(agent.pid, AT + start * PAGE, AT + end * PAGE)
        folios = pages.read(agent.pid, "folios")
        tap.same_lists([f"{run.pages} {run.facts()}" for run in folios.runs], expected, "runs")
        tap.equal([run.start for run in folios.runs][:1],
                  [AT + start * PAGE] if expected else [], "start of the first")
        check = pages.read(agent.pid, "check")
        tap.equal(check.checks["folio-index"].checked,
                  sum(int(line.split()[0]) for line in expected), "checked of folio-index")
        tap.equal(check.violations, [], "violations")
        # What is not of pages is all there.
        tap.equal(pages.read(agent.pid, "anon_vmas").avcs, whole.avcs, "AVCs")
        module.write_parameter("range", f"{agent.pid}:")
        tap.equal(pages.read(agent.pid, "folios").runs, whole.runs, "runs without it")


# Pages, of which the first COUNT - 2 are merged: those of the range, and how many of these are.
MERGED = COUNT - 2
KSM_RANGES = {
    "some of the merged pages": (2, 5, 3),
    "from the last merged page on": (MERGED - 1, COUNT, 1),
    "none of them": (MERGED, COUNT, 0),
}


@tap.cases(*KSM_RANGES)
def test_of_merged_pages(where):
    """Of KSM's records, too, those outside are left out; what the mm counts is of all."""
    start, end, inside = KSM_RANGES[where]
    with pages.loaded(), ksmd.commanded(), Agent.start() as agent, module.target(agent.pid):
        agent.touch(agent.mmap(SMALL, COUNT * PAGE), COUNT * PAGE)
        agent.madvise(SMALL, MERGED * PAGE, abi.MADV_MERGEABLE)
        ksmd.merge((agent.pid, SMALL, MERGED))
        limit(agent.pid, SMALL + start * PAGE, SMALL + end * PAGE)
        expect_of_ksm(agent.pid, SMALL + start * PAGE, inside)
        module.write_parameter("range", f"{agent.pid}:")
        expect_of_ksm(agent.pid, SMALL, MERGED)


def expect_of_ksm(pid, start, count):
    """So many pages with their rmap_items, from there on, and no others."""
    section = ksm.KsmReport(module.read(pid, "ksm").decode())
    tap.equal([section.ksm[key] for key in ("lists", "items", "pages", "merging_pages")],
              ["read", str(count), str(count), str(MERGED)], "the line ksm")
    tap.equal([item["addr"] for item in section.items],
              [start + number * PAGE for number in range(count)], "rmap_items")
    tap.equal(section.reach_all(), {"own": count} if count else {}, "pages")
    tap.equal([(node["len"], node["found_len"]) for node in section.nodes.values()],
              [(str(MERGED), str(MERGED))] if count else [], "stable nodes")
    check = pages.read(pid, "check")
    tap.equal([check.checks[rule][1:] for rule in ("ksm-reach", "ksm-item", "ksm-node")],
              [(count, 0, 0), (count, 0, 0), (2 if count else 0, 0, 0)],
              "checked, violations, unknown")
    tap.equal(check.violations, [], "violations")


# What is written, {pid} being a target, and the error.
WRONG = {
    "nothing": ("\n", errno.EINVAL),
    "no PID": (":1000-2000", errno.EINVAL),
    "no colon": ("{pid} 1000-2000", errno.EINVAL),
    "no address": ("{pid}:-2000", errno.EINVAL),
    "not hexadecimal": ("{pid}:1000-2g00", errno.EINVAL),
    "no end": ("{pid}:1000", errno.EINVAL),
    "too much": ("{pid}:1000-2000-3000", errno.EINVAL),
    "begins within a page": ("{pid}:1001-2000", errno.EINVAL),
    "ends within a page": ("{pid}:1000-2fff", errno.EINVAL),
    "empty": ("{pid}:1000-1000", errno.EINVAL),
    "backwards": ("{pid}:2000-1000", errno.EINVAL),
    "of more than 64 bits": ("{pid}:1000-10000000000002000", errno.EINVAL),
    "not a target": ("{other}:1000-2000", errno.ENOENT),
    "not a target, lifted": ("{other}:", errno.ENOENT),
}


@tap.cases(*WRONG)
def test_wrong_range_changes_nothing(case):
    text, error = WRONG[case]
    with pages.loaded(), Agent.start() as agent, module.target(agent.pid), \
            Agent.start() as other:
        limit(agent.pid, AT, AT + PAGE)
        before = module.parameter("range")
        tap.true(before.startswith(f"{agent.pid}:"), f"range is {before}")
        tap.raises(error, f"writing {text}", module.write_parameter, "range",
                   text.format(pid=agent.pid, other=other.pid))
        tap.equal(module.parameter("range"), before, "range afterwards")
