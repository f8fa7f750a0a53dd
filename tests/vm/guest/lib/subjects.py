# SPDX-License-Identifier: GPL-2.0
"""Processes to look at, made on purpose to have every kind of VMA."""

import contextlib
import errno
import os
import subprocess
import tempfile
from pathlib import Path

from . import abi, kconfig
from .abi import PAGE
from .agent import Agent, wait_for_state

# Of the tests' own mappings; far from what the kernel picks on its own.
BASE = 0x10_0000_0000
HUGE_PAGE = 2 << 20
# What affordable(), times() and batches() allow such a kernel.
MOST_CHECKED, SELDOMER, MOST_AT_ONCE = 1500, 5, 60


@contextlib.contextmanager
def _waiting(*command):
    """A process that has started up and waits for its input."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n", f"{command} did not start"
        wait_for_state(process.pid, "S")
        yield process.pid
    finally:
        process.kill()
        process.communicate()


def python3():
    return _waiting("python3", "-c", "import json, threading\nprint('ready', flush=True)\ninput()")


def bash():
    return _waiting("bash", "-c", "echo ready; read line")


def affordable(total):
    """How many VMAs to make where so many are wanted.

    A kernel that looks at every VMA of a process whenever one changes takes a microsecond for each
    under emulation: 65,530 would take an hour.
    """
    return min(total, MOST_CHECKED) if kconfig.has("DEBUG_VM_MAPLE_TREE") else total


def times(total):
    """How often to do what is done many times: a fifth of it on such a kernel."""
    return total // SELDOMER if kconfig.has("KASAN") else total


def batches(items):
    """All items, a process for each batch: there is one, but on such a kernel."""
    size = MOST_AT_ONCE if kconfig.has("DEBUG_VM_MAPLE_TREE") else len(items)
    return [items[first:first + size] for first in range(0, len(items), size)]


def fill(agent, total):
    """Map until there are so many VMAs: single pages, side by side, that cannot merge."""
    with open(f"/proc/{agent.pid}/maps", "rb") as maps:
        # The vsyscall page is no VMA of the process.
        have = sum(b"[vsyscall]" not in line for line in maps)
    missing = total - have
    for parity, prot in enumerate((abi.RW, abi.RWX)):
        agent.repeat((missing + 1 - parity) // 2, "mmap",
                     (BASE + parity * PAGE, PAGE, prot, abi.ANON, -1, 0), (2 * PAGE,))
    agent.touch(BASE, missing // 3 * PAGE)


@contextlib.contextmanager
def many(total):
    with Agent.start() as agent:
        fill(agent, total)
        yield agent.pid


class Places:
    """Hands out addresses, a gap after each."""

    def __init__(self, base):
        self._next = base

    def take(self, length=4 * PAGE):
        addr = self._next
        self._next += (length + 2 * HUGE_PAGE - 1) // HUGE_PAGE * HUGE_PAGE
        return addr


def _open_new(agent, path, size=8 * PAGE):
    fd = agent.open(str(path), abi.O_RDWR | abi.O_CREAT)
    agent.call("ftruncate", fd, size)
    return fd


def _map_file_thrice(agent, places, fd):
    """Private and written to, private and only read, shared; at odd offsets."""
    for flags, prot, offset in ((abi.MAP_PRIVATE, abi.RW, 1), (abi.MAP_PRIVATE, abi.PROT_READ, 2),
                                (abi.MAP_SHARED, abi.RW, 3)):
        addr = agent.mmap(places.take(), 3 * PAGE, prot, flags | abi.MAP_FIXED, fd, offset * PAGE)
        agent.read(addr, PAGE)
        if prot == abi.RW:
            agent.touch(addr, 2 * PAGE)


# A file's name: what maps must escape, what it must not, and what other readers stumble over.
ODD_NAMES = ("new\nline", 'quo"te', "back\\slash", "\\012", "tab\there", "bell\a", "space ends ",
             "Mäuse-日本-🐭", "(deleted)", "key=value", "[heap]", "x" * 255, "\udcff\udc80raw")


def odd_names(agent, folder, places):
    for name in ODD_NAMES:
        fd = _open_new(agent, folder / name)
        agent.mmap(places.take(), PAGE, abi.PROT_READ, abi.MAP_PRIVATE | abi.MAP_FIXED, fd)
    deep = folder
    while len(str(deep)) < 3600:
        deep /= "deep" + "y" * 251
        deep.mkdir()
    _map_file_thrice(agent, places, _open_new(agent, deep / "file"))


def files(agent, folder, places):
    _map_file_thrice(agent, places, _open_new(agent, folder / "there"))
    _map_file_thrice(agent, places, _open_new(agent, folder / "gone"))
    (folder / "gone").unlink()
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as on_root:
        fd = agent.open(on_root.name)
        agent.call("ftruncate", fd, 8 * PAGE)
        _map_file_thrice(agent, places, fd)
    fd = agent.memfd("a memfd\nname")
    agent.call("ftruncate", fd, 8 * PAGE)
    _map_file_thrice(agent, places, fd)
    shared = abi.MAP_SHARED | abi.MAP_ANONYMOUS | abi.MAP_FIXED
    agent.touch(agent.mmap(places.take(), 4 * PAGE, abi.RW, shared), PAGE)
    zero = agent.open("/dev/zero")
    for flags, offset in ((abi.MAP_PRIVATE, 5), (abi.MAP_SHARED, 0)):
        addr = agent.mmap(places.take(), 4 * PAGE, abi.RW, flags | abi.MAP_FIXED, zero,
                          offset * PAGE)
        agent.touch(addr, PAGE)
    segment = agent.call("shmget", 0, 4 * PAGE, 0o1600)
    for _ in range(2):
        agent.call("shmat", segment, places.take(), 0)


def anon(agent, _folder, places):
    """Anonymous memory in each state that has a flag, and in each relation to its pages."""
    for prot in (abi.PROT_NONE, abi.PROT_READ, abi.RW, abi.RWX):
        addr = agent.mmap(places.take(), 3 * PAGE, prot)
        if prot & abi.PROT_WRITE:
            agent.touch(addr, PAGE)
    for advice in (abi.MADV_RANDOM, abi.MADV_SEQUENTIAL, abi.MADV_DONTFORK, abi.MADV_MERGEABLE,
                   abi.MADV_HUGEPAGE, abi.MADV_NOHUGEPAGE, abi.MADV_DONTDUMP, abi.MADV_WIPEONFORK):
        addr = agent.mmap(places.take(), 4 * PAGE)
        agent.madvise(addr + PAGE, 2 * PAGE, advice)
        agent.touch(addr, 3 * PAGE)
    agent.mlock_on_fault(agent.mmap(places.take(), 4 * PAGE), 2 * PAGE)
    agent.call("mlock", agent.mmap(places.take(), 4 * PAGE), PAGE)
    agent.mmap(places.take(), 4 * PAGE, abi.RW, abi.ANON | abi.MAP_NORESERVE)
    agent.mmap(places.take(), 4 * PAGE, abi.RW, abi.ANON | abi.MAP_GROWSDOWN)
    moved = agent.mmap(places.take(), 4 * PAGE)
    agent.touch(moved, 4 * PAGE)
    to = places.take()
    agent.mremap(moved, 2 * PAGE, to + PAGE)
    agent.mmap(to, PAGE)
    # Absent before 6.13.
    agent.try_call("madvise", agent.mmap(places.take(), 4 * PAGE), PAGE, abi.MADV_GUARD_INSTALL)
    key = agent.try_call("pkey_alloc", 0, 0)
    if key > 0:
        agent.call("pkey_mprotect", agent.mmap(places.take(), 4 * PAGE), PAGE, abi.RW, key)


def policies(agent, _folder, places):
    for mode, nodes in ((abi.MPOL_BIND, 1), (abi.MPOL_PREFERRED, 1), (abi.MPOL_INTERLEAVE, 1),
                        (abi.MPOL_LOCAL, 0), (abi.MPOL_BIND | abi.MPOL_F_STATIC_NODES, 1)):
        addr = agent.mmap(places.take(), 4 * PAGE)
        agent.mbind(addr, 2 * PAGE, mode, nodes)
    # Equal to the first by value, not by pointer.
    agent.mbind(agent.mmap(places.take(), 4 * PAGE), 4 * PAGE, abi.MPOL_BIND, 1)


def uffd(agent, _folder, places):
    for _ in range(2):
        fd = agent.uffd()
        for mode in (abi.UFFDIO_REGISTER_MODE_MISSING, abi.UFFDIO_REGISTER_MODE_WP):
            addr = agent.mmap(places.take(), 4 * PAGE)
            agent.touch(addr, 4 * PAGE)
            agent.uffd_register(fd, addr + PAGE, 2 * PAGE, mode)


def names(agent, _folder, places):
    """Fails with EINVAL where PR_SET_VMA_ANON_NAME is absent."""
    for name in ("plain", "", "spaces  inside ", "a:b=c", "q\"uote", "(deleted)"):
        addr = agent.mmap(places.take(), 4 * PAGE)
        agent.name(addr + PAGE, 2 * PAGE, name)
    shared = abi.MAP_SHARED | abi.MAP_ANONYMOUS | abi.MAP_FIXED
    addr = agent.mmap(places.take(), 4 * PAGE, abi.RW, shared)
    with contextlib.suppress(OSError):
        agent.name(addr, PAGE, "shared anonymous")


def reserve_huge_pages(count=8):
    """False if the kernel knows no huge pages."""
    path = Path("/proc/sys/vm/nr_hugepages")
    if not path.exists():
        return False
    path.write_text(str(count))
    return int(path.read_text()) >= count


def hugetlb(agent, folder, places):
    for flags in (abi.MAP_PRIVATE, abi.MAP_SHARED):
        addr = places.take(2 * HUGE_PAGE)
        agent.mmap(addr, 2 * HUGE_PAGE, abi.RW,
                   flags | abi.MAP_ANONYMOUS | abi.MAP_FIXED | abi.MAP_HUGETLB)
        agent.touch(addr, PAGE)
        agent.mprotect(addr + HUGE_PAGE, HUGE_PAGE, abi.PROT_READ)
    fd = agent.memfd("huge", abi.MFD_HUGETLB)
    agent.call("ftruncate", fd, 2 * HUGE_PAGE)
    agent.mmap(places.take(2 * HUGE_PAGE), HUGE_PAGE, abi.RW, abi.MAP_PRIVATE | abi.MAP_FIXED, fd,
               HUGE_PAGE)


KINDS = {"files": files, "odd names": odd_names, "anonymous": anon, "policies": policies,
         "userfaultfd": uffd, "names": names, "hugetlb": hugetlb}


def lacks(kind):
    """Why this kernel cannot have a kind, as it says itself; None if it can."""
    if kind == "hugetlb":
        return None if reserve_huge_pages() else "no huge pages can be reserved"
    if kind == "policies" and not os.path.exists("/proc/self/numa_maps"):
        return "no /proc/self/numa_maps: CONFIG_NUMA is not set"
    probes = {"names": lambda agent, at: agent.name(at, PAGE, "x"),
              "userfaultfd": lambda agent, _at: agent.uffd()}
    if kind in probes:
        with Agent.start() as agent:
            try:
                probes[kind](agent, agent.mmap(BASE, PAGE))
            except OSError as error:
                if error.errno not in (errno.EINVAL, errno.ENOSYS):
                    raise
                call = {"names": "PR_SET_VMA_ANON_NAME"}.get(kind, kind)
                return f"{call} answers {errno.errorcode[error.errno]}"
    return None


@contextlib.contextmanager
def agent_with(kind):
    """An agent that has made VMAs of a kind."""
    with tempfile.TemporaryDirectory(prefix="kinds-") as folder, Agent.start() as agent:
        KINDS[kind](agent, Path(folder), Places(BASE))
        yield agent
