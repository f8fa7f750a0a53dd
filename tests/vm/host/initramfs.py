# SPDX-License-Identifier: GPL-2.0
"""The initramfs: a static busybox, two scripts, and the modules that reach the root's disk."""

import lzma
import stat
from pathlib import Path
from typing import Iterable, NamedTuple

from .errors import Failure

GUEST_INIT = Path(__file__).resolve().parents[1] / "guest-init"
# For the disks, the root file system, what is written over it, and the ports to the host.
MODULES = ("virtio_pci", "virtio_blk", "squashfs", "overlay", "virtio_console")


class Member(NamedTuple):
    name: str
    mode: int
    content: bytes = b""
    device: tuple = (0, 0)


def cpio(members: Iterable[Member]) -> bytes:
    """An archive in the "newc" format that the kernel unpacks (initramfs buffer format)."""
    archive = bytearray()
    for inode, member in enumerate([*members, Member("TRAILER!!!", 0)], start=1):
        name = member.name.encode() + b"\0"
        fields = (inode, member.mode, 0, 0, 1, 0, len(member.content), 0, 0, *member.device,
                  len(name), 0)
        archive += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        archive += bytes(-len(archive) % 4)
        archive += member.content
        archive += bytes(-len(archive) % 4)
    return bytes(archive)


def _module_name(path: str) -> str:
    return path.rpartition("/")[2].partition(".ko")[0].replace("-", "_")


def load_order(wanted: Iterable[str], dependencies: str, builtin: str) -> list:
    """Paths of the modules to load, each after what it needs; from modules.dep and .builtin."""
    needs = dict(line.split(":", 1) for line in dependencies.splitlines())
    paths = {_module_name(path): path for path in needs}
    present = {_module_name(path) for path in builtin.split()}
    order = []
    for name in wanted:
        if name in present:
            continue
        if name not in paths:
            raise Failure(f"this kernel has no {name}, built in or as a module")
        # modules.dep names the nearest need first, so the last one is loaded first.
        for path in [*reversed(needs[paths[name]].split()), paths[name]]:
            if path not in order:
                order.append(path)
    return order


def _read_module(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".ko":
        return data
    if path.suffix == ".xz":
        return lzma.decompress(data)
    raise Failure(f"{path.name}: modules of this kernel are packed in a way not known here")


def _member(name: str, path: Path) -> Member:
    if path.is_dir():
        return Member(name, stat.S_IFDIR | 0o755)
    return Member(name, stat.S_IFREG | 0o644, path.read_bytes())


def _guest_modules(tree: Path, modules: Path) -> list:
    """A modules folder that the root lacks, headers aside, for modprobe in the guest."""
    if modules.is_relative_to(tree):
        return []
    to = Path("guest/usr/lib/modules", modules.name)
    paths = [*modules.glob("modules.*"), *modules.glob("kernel"), *modules.glob("kernel/**/*")]
    return [*(Member(str(folder), stat.S_IFDIR | 0o755)
              for folder in [*list(to.parents)[-2::-1], to]),
            *(_member(str(to / path.relative_to(modules)), path) for path in sorted(paths))]


def make(tree: Path, modules: Path, command: str) -> bytes:
    """The initramfs for a root at tree and a kernel's modules folder; command is what to run."""
    order = load_order(MODULES, (modules / "modules.dep").read_text(),
                       (modules / "modules.builtin").read_text())
    folder, script, plain = stat.S_IFDIR | 0o755, stat.S_IFREG | 0o755, stat.S_IFREG | 0o644
    members = [Member(name, folder) for name in ("bin", "dev", "modules")]
    # The kernel opens it for init's output before anything could make it.
    members.append(Member("dev/console", stat.S_IFCHR | 0o600, device=(5, 1)))
    members.append(Member("bin/busybox", script, (tree / "bin" / "busybox").read_bytes()))
    for name in ("init", "run-payload"):
        members.append(Member(name, script, (GUEST_INIT / name).read_bytes()))
    members.append(Member("command", script, command.encode()))
    for number, path in enumerate(order):
        members.append(Member(f"modules/{number:02}-{_module_name(path)}.ko", plain,
                              _read_module(modules / path)))
    return cpio(members + _guest_modules(tree, modules))
