# SPDX-License-Identifier: GPL-2.0
"""Drives userspace/agent.c: a process whose memory only these calls change."""

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import time

from . import abi, paths


class AgentError(Exception):
    """The agent is gone, or did not understand."""


class Agent:
    """One agent process. Addresses and results are plain numbers, errors raise OSError."""

    # Of lines sent ahead of their answers; both must fit into a pipe.
    BATCH = 400

    def __init__(self, to, answers, pid, process=None):
        self.pid = pid
        self._to, self._from = to, answers
        self._process = process
        self._queue = None
        self._scratch = None
        self._children = []

    @classmethod
    def start(cls, pass_fds=()):
        process = subprocess.Popen([paths.AGENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   pass_fds=pass_fds)
        agent = cls(process.stdin, process.stdout, process.pid, process)
        agent._scratch = int(agent.command("scratch")[0])
        return agent

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        """Kill it and its children, and reap what is ours."""
        for child in self._children:
            child.close()
        with contextlib.suppress(ProcessLookupError):
            if not self._process or self._process.poll() is None:
                self._kill()
        for pipe in (self._to, self._from):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        if self._process:
            self._process.wait()

    def _kill(self):
        """And wait until its memory and its files are gone, also if it is not ours to reap."""
        exited = os.pidfd_open(self.pid)
        try:
            os.kill(self.pid, signal.SIGKILL)
            select.select([exited], [], [])
        finally:
            os.close(exited)

    def _answer(self, line):
        answer = self._from.readline().decode()
        if not answer.endswith("\n"):
            status = f", {self._process.wait()}" if self._process else ""
            raise AgentError(f"agent {self.pid} died at: {line}{status}")
        if answer[0] != "=":
            raise AgentError(f"{line}: {answer.strip()}")
        return answer[1:].split()

    def send(self, line):
        """Send a command that will not be answered."""
        self._to.write(f"{line}\n".encode())
        self._to.flush()

    def command(self, line):
        """Send one command; the words of its answer."""
        self.send(line)
        return self._answer(line)

    def _run_batch(self, lines):
        self._to.write("".join(f"{line}\n" for line in lines).encode())
        self._to.flush()
        for line in lines:
            value = int(self._answer(line)[0])
            if -4096 < value < 0:
                raise OSError(-value, f"{os.strerror(-value)}: {line}")

    @contextlib.contextmanager
    def queued(self):
        """Within, commands are collected, and sent together at the end; all must succeed."""
        self._queue = []
        yield
        queue, self._queue = self._queue, None
        for first in range(0, len(queue), self.BATCH):
            self._run_batch(queue[first:first + self.BATCH])

    def _do(self, line):
        if self._queue is not None:
            self._queue.append(line)
            return 0
        return int(self.command(line)[0])

    def try_call(self, name, *args):
        """A system call; what it returns, -ERRNO included."""
        return self._do(" ".join(["call", str(name), *map(str, args)]))

    def call(self, name, *args):
        value = self.try_call(name, *args)
        if -4096 < value < 0:
            raise OSError(-value, f"{os.strerror(-value)}: {name}{args}")
        return value

    def repeat(self, count, name, args, steps):
        """The same call count times; args grow by steps each time."""
        words = ["repeat", count, name, *args, "+", *steps]
        value, done = map(int, self.command(" ".join(map(str, words))))
        if -4096 < value < 0:
            raise OSError(-value, f"{os.strerror(-value)}: call {done} of {words}")

    # Memory.

    def mmap(self, addr, length, prot=abi.RW, flags=abi.ANON, fd=-1, offset=0):
        return self.call("mmap", addr, length, prot, flags, fd, offset)

    def munmap(self, addr, length):
        self.call("munmap", addr, length)

    def mprotect(self, addr, length, prot):
        self.call("mprotect", addr, length, prot)

    def madvise(self, addr, length, advice):
        self.call("madvise", addr, length, advice)

    def mremap(self, addr, length, to, flags=abi.MREMAP_MAYMOVE | abi.MREMAP_FIXED):
        self.call("mremap", addr, length, length, flags, to)

    def mlock_on_fault(self, addr, length):
        self.call("mlock2", addr, length, abi.MLOCK_ONFAULT)

    def _access(self, line):
        value = self._do(line)
        if value < 0:
            raise OSError(-value, f"{os.strerror(-value)}: {line}")

    def touch(self, addr, length=abi.PAGE):
        """Raises EFAULT for what would be SIGSEGV, EIO for SIGBUS; so does read."""
        self._access(f"touch {addr} {length}")

    def read(self, addr, length=abi.PAGE):
        self._access(f"read {addr} {length}")

    def poke(self, addr, data):
        self._do(f"poke {addr} {data.hex()}")

    def peek(self, addr, length):
        return bytes.fromhex(self.command(f"peek {addr} {length}")[0])

    def put(self, data, at=0):
        """Copy data into the agent's scratch memory; its address."""
        self.poke(self._scratch + at, data)
        return self._scratch + at

    def name(self, addr, length, name):
        """PR_SET_VMA_ANON_NAME; None takes the name away."""
        pointer = 0 if name is None else self.put(name.encode() + b"\0")
        self.call("prctl", abi.PR_SET_VMA, abi.PR_SET_VMA_ANON_NAME, addr, length, pointer)

    def mbind(self, addr, length, mode, nodes=0):
        mask = self.put(nodes.to_bytes(8, "little"), 512) if nodes else 0
        self.call("mbind", addr, length, mode, mask, 64 if nodes else 0, 0)

    def open(self, path, flags=abi.O_RDWR, mode=0o600):
        return self.call("open", self.put(os.fsencode(path) + b"\0"), flags, mode)

    def memfd(self, name, flags=0):
        return self.call("memfd_create", self.put(name.encode() + b"\0"), flags)

    def uffd(self):
        """A userfaultfd; registering with it stops no access of its own."""
        fd = self.call("userfaultfd", 0)
        api = self.put(abi.UFFD_API.to_bytes(8, "little") + bytes(16), 1024)
        self.call("ioctl", fd, abi.UFFDIO_API, api)
        return fd

    def uffd_register(self, fd, addr, length, mode=abi.UFFDIO_REGISTER_MODE_MISSING):
        words = (addr, length, mode, 0)
        self.call("ioctl", fd, abi.UFFDIO_REGISTER,
                  self.put(b"".join(word.to_bytes(8, "little") for word in words), 1024))

    def uffd_unregister(self, fd, addr, length):
        words = (addr, length)
        self.call("ioctl", fd, abi.UFFDIO_UNREGISTER,
                  self.put(b"".join(word.to_bytes(8, "little") for word in words), 1024))

    # Processes.

    def fork(self):
        """A forked agent, driven like this one, and closed with it."""
        with tempfile.TemporaryDirectory(prefix="agent-") as folder:
            names = [f"{folder}/in", f"{folder}/out"]
            for name in names:
                os.mkfifo(name)
            pid = self._do(f"fork {names[0]} {names[1]}")
            if pid < 0:
                raise OSError(-pid, os.strerror(-pid))
            # The child opens them in the same order.
            child = Agent(open(names[0], "wb"), open(names[1], "rb"), pid)
            child._scratch = self._scratch
            child.command("call getpid")
        self._children.append(child)
        return child

    def thread(self, kind, *args):
        return self._do(" ".join(["thread", kind, *map(str, args)]))

    def exit(self, status=0):
        """Leave; a child of another agent is a zombie then until that one waits."""
        self.send(f"exit {status}")
        assert self._from.readline() == b"", "the agent answered to exit"

    def wait(self, pid):
        self.call("wait4", pid, 0, 0, 0)

    @contextlib.contextmanager
    def stopped(self):
        with stopped(self.pid):
            yield


def state(pid):
    """The letter of a process's state, as in ps."""
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def wait_for_state(pid, wanted, seconds=60):
    deadline = time.monotonic() + seconds
    while state(pid) != wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"pid {pid} is in state {state(pid)}, not {wanted}")
        time.sleep(0.005)


@contextlib.contextmanager
def stopped(pid):
    """Keep a process stopped for a while."""
    os.kill(pid, signal.SIGSTOP)
    wait_for_state(pid, "T")
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
