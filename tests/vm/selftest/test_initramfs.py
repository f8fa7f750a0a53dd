# SPDX-License-Identifier: GPL-2.0
"""The initramfs: module order, and the archive's format."""

import stat
import tempfile
import unittest
from pathlib import Path

from host.errors import Failure
from host.initramfs import Member, _guest_modules, cpio, load_order

DEPENDENCIES = """kernel/drivers/block/virtio_blk.ko.xz: kernel/drivers/virtio/virtio_ring.ko.xz \
kernel/drivers/virtio/virtio.ko.xz
kernel/drivers/virtio/virtio_ring.ko.xz: kernel/drivers/virtio/virtio.ko.xz
kernel/drivers/virtio/virtio.ko.xz:
kernel/fs/overlayfs/overlay.ko.xz:
kernel/drivers/virtio/virtio-pci.ko.xz: kernel/drivers/virtio/virtio.ko.xz
"""
BUILTIN = "kernel/drivers/char/virtio_console.ko\n"


class LoadOrder(unittest.TestCase):
    def names(self, *wanted):
        return [path.rpartition("/")[2] for path in load_order(wanted, DEPENDENCIES, BUILTIN)]

    def test_needs_come_first(self):
        self.assertEqual(self.names("virtio_blk"),
                         ["virtio.ko.xz", "virtio_ring.ko.xz", "virtio_blk.ko.xz"])

    def test_each_once_and_either_spelling(self):
        self.assertEqual(self.names("virtio_pci", "overlay", "virtio_blk"),
                         ["virtio.ko.xz", "virtio-pci.ko.xz", "overlay.ko.xz",
                          "virtio_ring.ko.xz", "virtio_blk.ko.xz"])

    def test_built_in(self):
        self.assertEqual(self.names("virtio_console"), [])

    def test_absent(self):
        with self.assertRaisesRegex(Failure, "no squashfs"):
            self.names("squashfs")


class GuestModules(unittest.TestCase):
    """What modprobe reads and loads: only where the root does not hold the kernel's modules."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.modules = Path(folder.name, "7.3.4-debug")
        for name in ("build/Makefile", "kernel/drivers/brd.ko", "modules.dep"):
            (self.modules / name).parent.mkdir(parents=True, exist_ok=True)
            (self.modules / name).write_text(name)

    def test_of_the_root(self):
        self.assertEqual(_guest_modules(self.modules.parent, self.modules), [])

    def test_of_another_place(self):
        members = _guest_modules(Path("/nowhere"), self.modules)
        folders = ["guest", "guest/usr", "guest/usr/lib", "guest/usr/lib/modules",
                   "guest/usr/lib/modules/7.3.4-debug"]
        self.assertEqual([member.name for member in members],
                         [*folders, *(f"{folders[-1]}/{name}" for name in (
                             "kernel", "kernel/drivers", "kernel/drivers/brd.ko", "modules.dep"))])
        self.assertEqual([member.content for member in members if member.content],
                         [b"kernel/drivers/brd.ko", b"modules.dep"])


class Cpio(unittest.TestCase):
    """Byte for byte what Documentation/driver-api/early-userspace/buffer-format says.

    That kernels unpack it, the machine's tests show.
    """

    def test_member(self):
        archive = cpio([Member("bin/odd", stat.S_IFREG | 0o755, b"12345")])
        header = archive[:110].decode()
        fields = [int(header[6 + 8 * n:14 + 8 * n], 16) for n in range(13)]
        self.assertEqual(header[:6], "070701")
        self.assertEqual(fields[1], stat.S_IFREG | 0o755)
        self.assertEqual((fields[6], fields[11]), (5, len("bin/odd") + 1))
        self.assertEqual(archive[110:120], b"bin/odd\0\0\0")
        self.assertEqual(archive[120:128], b"12345\0\0\0")

    def test_trailer(self):
        self.assertTrue(cpio([]).startswith(b"070701"))
        self.assertEqual(cpio([])[110:].rstrip(b"\0"), b"TRAILER!!!")

    def test_device(self):
        archive = cpio([Member("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))]).decode()
        self.assertEqual((archive[78:86], archive[86:94]), ("00000005", "00000001"))
