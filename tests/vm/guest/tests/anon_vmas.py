# SPDX-License-Identifier: GPL-2.0
"""The anon_vma graph of processes whose history is known: every figure follows from it.

What the figures mean, the same from 6.1 to 7.3 (mm/rmap.c):
- a root is its own parent, and counts itself among its children;
- a root's refcount is one, and one more for each other anon_vma of its tree;
- fork gives each VMA an AVC on every anon_vma of the parent's chain, and an anon_vma of its own,
  unless it finds one on the chain that no VMA calls its own and that has fewer than two children.
"""

import errno

from lib import abi, module, pages, subjects, tap
from lib.abi import PAGE
from lib.agent import Agent, wait_for_state

# More VMAs than the walk looks at in one tree, and fewer; and more than it counts without a look at
# who waits. Children that it tells apart.
MANY, FEW, VERY_MANY = 1401, 401, subjects.affordable(5001)
CHILDREN = 64


def mapped(agent, count=4, touched=True):
    """Fresh anonymous pages; their address."""
    addr = agent.mmap(subjects.BASE, count * PAGE)
    if touched:
        agent.touch(addr, count * PAGE)
    return addr


def family(report, addr):
    """
    The anon_vmas on the chain of the VMA at addr, from the root on, each the parent of the next.
    (Not in the order of the chain: in 7.2 a clone of a chain has the reverse order of its source.)
    """
    left = [report.anon_vmas[avc.anon_vma] for avc in report.chain(addr)]
    line = [one for one in left if one.id == one.root]
    while len(line) < len(left):
        line.append(next(one for one in left if one.parent == line[-1].id and one not in line))
    return line


def expect(anon_vma, what, **expected):
    """Some of an anon_vma's figures; what its tree shows must always be what it counts."""
    tap.equal({key: getattr(anon_vma, key) for key in expected}, expected, what)
    tap.equal((anon_vma.found_children, anon_vma.found_active),
              (anon_vma.children, anon_vma.active), f"{what}: found_children, found_active")


def expect_chain(report, addr, count, what):
    chain = report.chain(addr)
    tap.equal([avc.link for avc in chain], ["linked"] * count, f"{what}: links")
    vma = report.vma_at(addr)
    tap.equal(vma["avcs"], count, f"{what}: avcs of the VMA")
    first = vma.anon_pgoff if vma.anon_pgoff is not None else vma["pgoff"]
    for avc in chain:
        tap.equal((avc.first, avc.last), (first, first + vma.pages - 1), f"{what}: interval")
        tap.true(avc.subtree_last >= avc.last, f"{what}: subtree_last {avc}")
    tap.equal({report.anon_vmas[avc.anon_vma].root for avc in chain}, {vma["root"]},
              f"{what}: roots")


def expect_root(anon_vma, what, **expected):
    expect(anon_vma, what, **expected)
    tap.equal((anon_vma.root, anon_vma.parent), (anon_vma.id, anon_vma.id),
              f"{what}: root, parent")


def test_untouched_has_none():
    with pages.subject() as agent:
        addr = mapped(agent, touched=False)
        agent.read(addr)
        report = pages.report_of(agent.pid)
        tap.equal(report.chain(addr), [], "chain")
        tap.equal(report.vma_at(addr)["anon_vma"], "-", "anon_vma")


def test_plain():
    with pages.subject() as agent:
        addr = mapped(agent)
        report = pages.report_of(agent.pid)
        expect_chain(report, addr, 1, "plain")
        expect_root(report.own(addr), "plain", refcount=1, children=1, active=1, here=1,
                    elsewhere=0)
        avc = report.chain(addr)[0]
        tap.equal((avc.first, avc.last, avc.subtree_last),
                  (addr // PAGE, addr // PAGE + 3, addr // PAGE + 3), "interval")


def test_split_vmas_share_one():
    with pages.subject() as agent:
        addr = mapped(agent, 9)
        agent.mprotect(addr + 3 * PAGE, 2 * PAGE, abi.PROT_READ)
        report = pages.report_of(agent.pid)
        starts = [addr, addr + 3 * PAGE, addr + 5 * PAGE]
        tap.equal(len({report.vma_at(start)["anon_vma"] for start in starts}), 1, "anon_vmas")
        expect_root(report.own(addr), "shared", refcount=1, children=1, active=3, here=3,
                    elsewhere=0)
        for start in starts:
            expect_chain(report, start, 1, f"piece at {start:#x}")
        # The whole tree is below its top, whichever of the three that is.
        tap.equal(max(report.chain(start)[0].subtree_last for start in starts),
                  addr // PAGE + 8, "the largest subtree_last")


def test_fork():
    with pages.subject() as agent:
        addr = mapped(agent)
        child = agent.fork()
        report = pages.report_of(agent.pid)
        expect_chain(report, addr, 1, "parent")
        expect_root(report.own(addr), "parent", refcount=2, children=2, active=1, here=1,
                    elsewhere=1)
        report = pages.report_of(child.pid)
        expect_chain(report, addr, 2, "child")
        root, own = family(report, addr)
        tap.equal(report.own(addr), own, "child: its own is not the parent's")
        tap.equal((own.root, own.parent), (root.id, root.id), "child: root, parent")
        expect_root(root, "the parent's, in the child", refcount=2, children=2, active=1, here=1,
                    elsewhere=1)
        expect(own, "child", refcount=1, children=0, active=1, here=1, elsewhere=0)
        pages.expect_clean(child.pid, "child")


@tap.cases(1, 5)
def test_siblings(count):
    with pages.subject() as agent:
        addr = mapped(agent)
        children = [agent.fork() for _ in range(count)]
        report = pages.report_of(agent.pid)
        expect_root(report.own(addr), "parent", refcount=1 + count, children=1 + count, active=1,
                    here=1, elsewhere=count)
        for child in children:
            root, own = family(pages.report_of(child.pid), addr)
            expect_root(root, "root", children=1 + count, active=1, here=1, elsewhere=count)
            # What a sibling has of its own is not seen here.
            expect(own, "child", children=0, active=1, here=1, elsewhere=0)


def test_grandchildren_five_levels_deep():
    levels = 5
    with pages.subject() as agent:
        addr = mapped(agent)
        line = [agent]
        for _ in range(levels):
            line.append(line[-1].fork())
        for depth, one in enumerate(line):
            report = pages.report_of(one.pid)
            expect_chain(report, addr, depth + 1, f"depth {depth}")
            chain = family(report, addr)
            expect_root(chain[0], f"root, seen from depth {depth}", refcount=1 + levels,
                        children=2, active=1, here=1, elsewhere=levels)
            for level, anon_vma in list(enumerate(chain))[1:]:
                tap.equal((anon_vma.root, anon_vma.parent), (chain[0].id, chain[level - 1].id),
                          f"root and parent of level {level}")
                expect(anon_vma, f"level {level}, seen from depth {depth}", refcount=1,
                       children=int(level < levels), active=1, here=1, elsewhere=levels - level)
            pages.expect_clean(one.pid, f"depth {depth}")


def test_parent_exits_before_child():
    with pages.subject() as grandparent:
        parent = grandparent.fork()
        addr = mapped(parent)
        child = parent.fork()
        parent.exit()
        grandparent.wait(parent.pid)
        report = pages.report_of(child.pid)
        expect_chain(report, addr, 2, "child")
        root, own = family(report, addr)
        expect_root(root, "of the parent that is gone", refcount=2, children=2, active=0, here=1,
                    elsewhere=0)
        expect(own, "child", refcount=1, children=0, active=1, here=1, elsewhere=0)
        pages.expect_clean(child.pid, "orphan")


def test_fork_reuses_an_empty_anon_vma():
    """The middle one of three generations goes; the youngest's child takes over its anon_vma."""
    with pages.subject() as agent:
        addr = mapped(agent)
        middle = agent.fork()
        young = middle.fork()
        middle.exit()
        agent.wait(middle.pid)
        root, empty, own = family(pages.report_of(young.pid), addr)
        expect(empty, "the middle one's", children=1, active=0, here=1, elsewhere=0)
        heir = young.fork()
        report = pages.report_of(heir.pid)
        expect_chain(report, addr, 3, "heir")
        root, middles, parents = family(report, addr)
        tap.equal(report.own(addr), middles, "the heir's own is that of the middle one")
        expect_root(root, "root", refcount=3, children=2, active=1, here=1, elsewhere=2)
        expect(middles, "taken over", refcount=1, children=1, active=1, here=1, elsewhere=1)
        expect(parents, "of the heir's parent", refcount=1, children=0, active=1, here=1,
               elsewhere=1)
        tap.equal(own.elsewhere, 0, "of the heir's parent, before")
        for one in (young, heir):
            pages.expect_clean(one.pid, f"pid {one.pid}")


@tap.cases("wipe", "none")
def test_not_inherited(how):
    """MADV_WIPEONFORK gives the child the VMA without its pages, MADV_DONTFORK gives it nothing."""
    advice = abi.MADV_WIPEONFORK if how == "wipe" else abi.MADV_DONTFORK
    with pages.subject() as agent:
        addr = mapped(agent)
        agent.madvise(addr, 4 * PAGE, advice)
        child = agent.fork()
        expect_root(pages.report_of(agent.pid).own(addr), "parent", refcount=1, children=1,
                    active=1, here=1, elsewhere=0)
        report = pages.report_of(child.pid)
        tap.equal(report.chain(addr), [], "the child's chain")
        tap.equal(any(vma.start == addr for vma in report.vmas), how == "wipe", "VMA is there")
        if how == "wipe":
            child.touch(addr)
            report = pages.report_of(child.pid)
            expect_chain(report, addr, 1, "child, written to")
            expect_root(report.own(addr), "child, written to", refcount=1, children=1, active=1,
                        here=1, elsewhere=0)
        pages.expect_clean(child.pid, "child")


@tap.cases("FEW", "MANY", "VERY_MANY")
def test_vmas_on_one_anon_vma(how):
    """A tree is looked at up to a bound; beyond it the AVCs are counted all the same."""
    count = {"FEW": FEW, "MANY": MANY, "VERY_MANY": VERY_MANY}[how]
    with pages.loaded(), Agent.start() as agent:
        addr = mapped(agent, count)
        agent.repeat(count // 2, "mprotect", (addr + PAGE, PAGE, abi.PROT_READ), (2 * PAGE,))
        report = pages.report_of(agent.pid)
        own = report.own(addr)
        tap.equal((own.here, own.elsewhere, own.children, own.active), (count, 0, 1, count),
                  "here, elsewhere, children, active")
        known = how == "FEW"
        tap.equal((own.found_children, own.found_active), (1, count) if known else (None, None),
                  "found_children, found_active")
        links = [avc.link for avc in report.avcs if avc.anon_vma == own.id]
        tap.equal(links, ["linked"] * count, "links")
        checks = pages.report_of(agent.pid, "check")
        tap.equal(checks.violations, [], "violations")
        # The number of children and that of active VMAs.
        tap.equal(checks.checks["anon-vma-counts"].unknown, 0 if known else 2, "unknown")


@tap.cases("as many as are told apart", "one more")
def test_many_children(how):
    # A root is a child of its own.
    count = CHILDREN if how != "one more" else CHILDREN + 1
    with pages.loaded(), Agent.start() as agent:
        addr = mapped(agent, 1)
        for _ in range(count):
            agent.fork()
        report = pages.report_of(agent.pid)
        own = report.own(addr)
        tap.equal((own.here, own.elsewhere, own.children, own.active), (1, count, count + 1, 1),
                  "here, elsewhere, children, active")
        known = how != "one more"
        tap.equal((own.found_children, own.found_active),
                  (count + 1, 1) if known else (None, None), "found_children, found_active")
        checks = pages.report_of(agent.pid, "check")
        tap.equal(checks.violations, [], "violations")


def test_moved_keeps_its_interval():
    with pages.subject() as agent:
        addr = mapped(agent, 8)
        to = addr + (4 << 20)
        agent.mremap(addr, 8 * PAGE, to)
        report = pages.report_of(agent.pid)
        expect_chain(report, to, 1, "moved")
        avc = report.chain(to)[0]
        tap.equal((avc.first, avc.last), (addr // PAGE, addr // PAGE + 7), "interval")


def test_moved_in_part_shares_one():
    with pages.subject() as agent:
        addr = mapped(agent, 8)
        to = addr + (4 << 20)
        agent.mremap(addr + 2 * PAGE, 3 * PAGE, to)
        report = pages.report_of(agent.pid)
        own = report.own(addr)
        expect_root(own, "shared", refcount=1, children=1, active=3, here=3, elsewhere=0)
        first = addr // PAGE
        got = {avc.start: (avc.first, avc.last) for avc in report.avcs if avc.anon_vma == own.id}
        tap.equal(got, {addr: (first, first + 1), addr + 5 * PAGE: (first + 5, first + 7),
                        to: (first + 2, first + 4)}, "intervals")


def test_moved_untouched_starts_afresh():
    with pages.subject() as agent:
        addr = mapped(agent, 4, touched=False)
        to = addr + (4 << 20)
        agent.mremap(addr, 4 * PAGE, to)
        agent.touch(to, PAGE)
        avc, = pages.report_of(agent.pid).chain(to)
        tap.equal((avc.first, avc.last), (to // PAGE, to // PAGE + 3), "interval")


def test_private_file():
    """Under the file's offsets; since 7.3 under those of the address."""
    with pages.subject() as agent:
        fd = agent.memfd("private")
        agent.call("ftruncate", fd, 8 * PAGE)
        addr = agent.mmap(subjects.BASE, 3 * PAGE, abi.RW, abi.MAP_PRIVATE | abi.MAP_FIXED, fd,
                          5 * PAGE)
        agent.touch(addr, PAGE)
        report = pages.report_of(agent.pid)
        expect_chain(report, addr, 1, "private file")
        own_offsets = report.vma_at(addr).anon_pgoff is not None
        tap.equal(report.chain(addr)[0].first, addr // PAGE if own_offsets else 5, "first")


def test_anon_vmas_has_its_own_lines_only():
    with pages.subject() as agent:
        addr = mapped(agent)
        report = pages.report_of(agent.pid, "anon_vmas")
        tap.true(report.chain(addr), "the VMA's chain is there")
        tap.equal((report.vmas, report.runs, report.checks), ([], [], {}), "other lines")
        whole = pages.report_of(agent.pid)
        tap.equal(report.avcs, whole.avcs, "AVCs in anon_vmas and in report")
        tap.equal(report.anon_vmas, whole.anon_vmas, "anon_vmas in anon_vmas and in report")


def test_zombie_has_no_pages():
    with pages.loaded(), Agent.start() as agent:
        child = agent.fork()
        with module.target(child.pid):
            child.exit()
            wait_for_state(child.pid, "Z")
            for name in ("anon_vmas", "folios", "check"):
                tap.raises(errno.ESRCH, name, pages.read, child.pid, name)
