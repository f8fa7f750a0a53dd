# SPDX-License-Identifier: GPL-2.0
"""Boot a kernel in QEMU, run one command in it, and bring back what it said and wrote."""

import os
import re
import select
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import BinaryIO, NamedTuple, Optional, Sequence

from . import cache, initramfs, judge, roots
from .errors import Failure
from .log import say

# A lockup is two minutes of guest time (the stock 20 s is 2 * watchdog_thresh), a hung task five:
# an emulated processor stands still, as its clock goes on, while the host is busy elsewhere. So it
# does during the check of the timer in early boot, which panics if ticks are missing then. Nothing
# but a test moves pages between the two NUMA nodes, or unmaps them to see who wants them.
COMMAND_LINE = ("console=ttyS0 loglevel=8 panic=-1 oops=panic printk.time=1 rdinit=/init "
                "no_timer_check watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=180 "
                "sysctl.kernel.hung_task_timeout_secs=300 numa_balancing=disable")
# MiB of memory that are another NUMA node's, without a processor: used by who asks for it.
FAR_MEMORY = 64
# Where the module and what it reads allocate; on every cache, ACPI's would make the boot three
# times as long. A kernel with KASAN sees more, without this. Who says something of slub_debug says
# it instead: nothing takes a list of caches back (mm/slub.c:setup_slub_debug()).
SLAB_CHECKS = "slub_debug=FZP,kmalloc-*,vm_area_struct,anon_vma*,mm_struct"
# Emulated, an instruction that moves a string takes as long for a byte as for eight; with these
# features the kernel and the C library move bytes, to clear and to copy pages too.
EMULATED = "max,erms=off,fsrm=off"
CONSOLE_TAIL = 60
DIED = "the guest died before the command ended"
NOT_UP = "the guest did not come through its boot and was killed"
# If the processor stands still while it measures the TSC's speed: arch/x86/kernel/tsc.c says this,
# and has a clock that runs up to twenty times too fast. The other clock takes longer to read.
MISJUDGED = "PIT calibration deviates from"
TOO_FAST = "the guest's clock ran too fast, and it was killed"
OTHER_CLOCK = "tsc=unstable"
# Seconds in which even the slowest kernel on a busy host says something of its boot; and is through
# with it, as one that says again and again that a processor is locked up never is.
BOOT_SILENCE, BOOT_TIMEOUT = 180, 900


class Options(NamedTuple):
    memory: int = 1024              # MiB
    processors: int = 2
    append: str = ""                # to the kernel's command line
    boot_timeout: float = BOOT_TIMEOUT  # seconds
    timeout: float = 300            # seconds, which begin when the command does
    silence: float = 3600           # seconds without output of the command
    payload: Sequence[Path] = ()    # directories whose contents go to /payload
    results: Optional[Path] = None  # where console.log and the guest's /results go
    results_size: int = 1024        # MiB, of all that may be in /results
    icount: bool = False            # the guest's clock counts instructions: one each nanosecond


class Outcome(NamedTuple):
    status: int                     # of the command; meaningless unless finished
    finished: bool                  # the guest reported a status
    findings: list                  # of the judge
    console: str
    trouble: str                    # why it did not finish, in a line
    began: bool                     # something of ours had been started
    again: bool = False             # it did not come through its first boot; this is the second

    @property
    def passed(self) -> bool:
        return self.finished and self.status == 0 and not self.findings


def _pack_payload(directories: Sequence[Path], disk: Path) -> None:
    def as_root(member):
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        return member
    with tarfile.open(disk, "w") as archive:
        for directory in directories:
            if not Path(directory).is_dir():
                raise Failure(f"--payload {directory}: no such directory", 2)
            for entry in sorted(Path(directory).iterdir()):
                archive.add(entry, entry.name, filter=as_root)


def _unpack_results(disk: Path, results: Path) -> None:
    """Copy files and folders out of the tar that the guest wrote over the disk."""
    with tarfile.open(disk, "r:") as archive:
        for member in archive:
            path = results / member.name
            if ".." in path.parts or member.name.startswith("/"):
                raise Failure(f"the guest's results hold a file named {member.name!r}")
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
            elif member.isreg():
                with open(path, "wb") as copy:
                    shutil.copyfileobj(archive.extractfile(member), copy)


def _disk(name: str, path: Path, read_only: bool) -> list:
    mode = "on" if read_only else "off"
    return ["-drive", f"if=none,id={name},format=raw,file={path},read-only={mode}",
            "-device", f"virtio-blk-pci,drive={name}"]


def _command_line(root: roots.Root, more: str) -> str:
    slab_checks = [] if root.built or "slub_debug=" in more else [SLAB_CHECKS]
    return " ".join([COMMAND_LINE, *slab_checks, *more.split()])


def _machine(root: roots.Root) -> str:
    """The board. The firmware of "pc" works its interrupt routing out in a loop, once a device.

    Where ACPI's every allocation is watched, that takes half a minute each; that of "q35" is a
    table.
    """
    return "q35" if root.built else "pc"


def _memory(size: int, processors: int) -> list:
    nodes = []
    for number, (part, more) in enumerate(((size - FAR_MEMORY, f",cpus=0-{processors - 1}"),
                                           (FAR_MEMORY, ""))):
        nodes += ["-object", f"memory-backend-ram,id=node{number},size={part}M",
                  "-numa", f"node,nodeid={number},memdev=node{number}{more}"]
    return ["-m", str(size), *nodes]


def _qemu(root: roots.Root, options: Options, work: Path, console: Path, accel: str) -> list:
    # Then there is one processor, and it is emulated.
    pace = ["-icount", "shift=0,sleep=off"] if options.icount else []
    processors = 1 if options.icount else options.processors
    accel = "tcg" if options.icount else accel
    return [
        # Should this process be killed, no machine must stay behind.
        "setpriv", "--pdeathsig", "KILL", "--",
        "qemu-system-x86_64", "-machine", _machine(root),
        "-accel", accel, "-cpu", "host" if accel == "kvm" else EMULATED,
        *_memory(options.memory, processors), "-smp", str(processors), "-nodefaults", *pace,
        "-display", "none", "-no-reboot", "-serial", f"file:{console}",
        "-kernel", str(root.vmlinuz), "-initrd", str(work / "initramfs"),
        "-append", _command_line(root, options.append),
        # In this order: the guest knows them as vda, vdb and vdc.
        *_disk("root", root.squashfs, True), *_disk("payload", work / "payload", True),
        *_disk("results", work / "results", False),
        "-device", "virtio-serial-pci",
        "-add-fd", "fd={output},set=1", "-chardev", "file,id=output,path=/dev/fdset/1,append=on",
        "-device", "virtserialport,chardev=output,name=output",
        "-chardev", f"file,id=status,path={work / 'status'}",
        "-device", "virtserialport,chardev=status,name=status"]


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


class Boot:
    """Whether a machine that boots still comes further, by its console and guest-init/run-payload.
    """

    def __init__(self, console: Path, status: Path):
        self._console, self._status = console, status
        self._size = None
        self._since = 0.0

    def is_over(self) -> bool:
        """Something of ours has been started."""
        return _text(self._status).startswith("begun\n")

    def misjudges_its_clock(self) -> bool:
        return MISJUDGED in _text(self._console)

    def stands_still(self) -> bool:
        """Nothing has been started, and its kernel has said nothing for too long."""
        size = self._console.stat().st_size if self._console.exists() else None
        if size is None or size != self._size:
            self._size = size
            self._since = time.monotonic()
        return time.monotonic() - self._since > BOOT_SILENCE and not self.is_over()


class Limits:
    """How long a machine may still run."""

    def __init__(self, options: Options, boot: Boot):
        self._options, self._boot = options, boot
        self.began = False
        self._end = time.monotonic() + options.boot_timeout
        self.heard()

    def heard(self) -> None:
        """The command has said something."""
        self._silence = time.monotonic() + self._options.silence

    def exceeded(self) -> str:
        """Why the machine is to be killed; the empty string if it may go on."""
        now = time.monotonic()
        if not self.began:
            if OTHER_CLOCK not in self._options.append and self._boot.misjudges_its_clock():
                return TOO_FAST
            if not self._boot.is_over():
                return NOT_UP if now >= self._end or self._boot.stands_still() else ""
            self.began = True
            self._end = now + self._options.timeout
            self.heard()
        if now >= self._end:
            return f"the guest was still running after {self._options.timeout:g} s and was killed"
        if now >= self._silence:
            return f"the guest said nothing for {self._options.silence:g} s and was killed"
        return ""


def _pump(source: int, sink: BinaryIO, limits: Limits) -> str:
    """Pass everything on as it comes; the empty string, or why that was not done to the end."""
    while True:
        ready = select.select([source], [], [], 1)[0]
        trouble = limits.exceeded()
        if trouble:
            return trouble
        if not ready:
            continue
        data = os.read(source, 65536)
        if not data:
            return ""
        limits.heard()
        sink.write(data)
        sink.flush()


def _run_machine(line: list, sink: BinaryIO, limits: Limits) -> str:
    """Run QEMU to its end; the empty string, or why it was ended or failed."""
    source, output = os.pipe()
    try:
        process = subprocess.Popen(
            [word.replace("{output}", str(output)) for word in line], pass_fds=[output],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError as error:
        os.close(source)
        raise Failure(f"{error.filename} is missing: run tests/vm/setup check") from None
    finally:
        os.close(output)
    try:
        trouble = _pump(source, sink, limits)
        if trouble:
            return trouble
        message = process.stdout.read().decode(errors="replace").strip()
        return f"QEMU fails: {message}" if process.wait() else ""
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(source)


def _exit_status(path: Path) -> Optional[int]:
    match = re.fullmatch(r"begun\nexit (\d+)\n", _text(path))
    return int(match.group(1)) if match else None


def _prepare(root: roots.Root, options: Options, command: Sequence[str], work: Path) -> None:
    script = "#!/bin/sh\nexec " + shlex.join(command) + "\n"
    (work / "initramfs").write_bytes(initramfs.make(root.tree, root.modules, script))
    _pack_payload(options.payload, work / "payload")
    with open(work / "results", "wb") as disk:
        disk.truncate(options.results_size << 20)


def run(root: roots.Root, command: Sequence[str], options: Options = Options(),
        sink: Optional[BinaryIO] = None, accel: str = "tcg") -> Outcome:
    """Boot the kernel of a root, run command in /payload, and judge what the kernel said.

    A machine that ends before anything of ours has run is booted once more: an emulated kernel that
    patches its own code now and then dies or stands still, on a busy host with the wrong time.
    """
    outcome = _boot(root, command, options, sink or sys.stdout.buffer, accel)
    if outcome.trouble and not outcome.began:
        say(f"{root.kernel.release}: while it booted: {outcome.trouble}; it is booted once more")
        options = options._replace(append=f"{options.append} {OTHER_CLOCK}")
        again = _boot(root, command, options, sink or sys.stdout.buffer, accel)
        outcome = again._replace(again=True)
    return outcome


def _boot(root: roots.Root, command: Sequence[str], options: Options, sink: BinaryIO,
          accel: str) -> Outcome:
    with cache.scratch("vm") as work:
        _prepare(root, options, command, work)
        results = options.results or work / "copied"
        results.mkdir(parents=True, exist_ok=True)
        console = (results / "console.log").resolve()
        console.unlink(missing_ok=True)     # of the boot before
        line = _qemu(root, options, work, console, accel)
        limits = Limits(options, Boot(console, work / "status"))
        trouble = _run_machine(line, sink, limits)
        text = _text(console)
        status = _exit_status(work / "status")
        if status is None:
            trouble = trouble or DIED
        else:
            _unpack_results(work / "results", results)
    return Outcome(status or 0, status is not None and not trouble,
                   judge.judge(text.splitlines()), text, trouble, limits.began)


def report(outcome: Outcome, root: roots.Root) -> int:
    """Say on stderr what went wrong; the exit status for it."""
    if outcome.findings:
        say(f"{root.kernel.release}: the kernel complained")
        print(judge.describe(outcome.findings), file=sys.stderr)
    if not outcome.finished:
        say(f"{root.kernel.release}: {outcome.trouble}; the end of its console:")
        print("\n".join(outcome.console.splitlines()[-CONSOLE_TAIL:]), file=sys.stderr)
    if outcome.status:
        return outcome.status
    return 0 if outcome.passed else 1
