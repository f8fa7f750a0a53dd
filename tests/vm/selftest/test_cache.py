# SPDX-License-Identifier: GPL-2.0
"""The cache: every way to damage an entry is noticed, and the entry made anew."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

from host import cache
from host.errors import Failure

HASHED = ("vmlinuz",)
# A second process that makes an entry and never gets done.
KILLED = """
import time
from pathlib import Path
from host import cache
def make(path):
    (path / "vmlinuz").write_bytes(bytes(4096))
    print("half-way", flush=True)
    time.sleep(60)
with cache.use(cache.folder() / "roots" / "tiny", "key", ("vmlinuz",), make):
    pass
"""


class CacheTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        change = mock.patch.dict(os.environ, MERGESCOPE_CACHE=folder.name)
        change.start()
        self.addCleanup(change.stop)
        self.entry = cache.folder() / "roots" / "tiny"
        self.made = 0

    def make(self, path: Path):
        self.made += 1
        (path / "vmlinuz").write_bytes(bytes(range(256)) * 16)
        (path / "root" / "usr").mkdir(parents=True)
        (path / "root" / "usr" / "make").write_text("a compiler\n")
        (path / "root" / "usr" / "make").chmod(0o755)
        (path / "root" / "bin").symlink_to("usr")

    def use(self, key="key"):
        """What the cache said while an entry was had."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said), \
                cache.use(self.entry, key, HASHED, self.make) as entry:
            self.assertEqual((entry / "root" / "bin" / "make").read_text(), "a compiler\n")
        return said.getvalue()

    def assert_remade(self, reason):
        said = self.use()
        self.assertEqual(self.made, 2)
        self.assertRegex(said, "^vm: tiny: making the cache entry anew: .*" + reason)
        self.assertEqual(said.count("\n"), 1)
        self.assertEqual((self.use(), self.made), ("", 2))


class Entry(CacheTest):
    def test_made_once(self):
        self.use()
        self.assertEqual((self.use(), self.made), ("", 1))

    def test_other_recipe(self):
        self.use("an older key")
        self.assert_remade("another recipe")

    def test_byte_flipped_under_the_same_time_stamp(self):
        self.use()
        path = self.entry / "vmlinuz"
        info = path.stat()
        data = bytearray(path.read_bytes())
        data[2000] ^= 1
        path.write_bytes(data)
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
        self.assert_remade("vmlinuz")

    def test_truncated_file(self):
        self.use()
        path = self.entry / "root" / "usr" / "make"
        info = path.stat()
        os.truncate(path, 3)
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
        self.assert_remade("root/usr/make")

    def test_changed_file(self):
        self.use()
        (self.entry / "root" / "usr" / "make").write_text("b compiler\n")
        self.assert_remade("root/usr/make")

    def test_changed_mode(self):
        self.use()
        (self.entry / "root" / "usr" / "make").chmod(0o644)
        self.assert_remade("root/usr/make")

    def test_changed_link(self):
        self.use()
        (self.entry / "root" / "bin").unlink()
        (self.entry / "root" / "bin").symlink_to("/usr")
        self.assert_remade("root/bin")

    def test_missing_file(self):
        self.use()
        (self.entry / "root" / "usr" / "make").unlink()
        self.assert_remade("root/usr/make")

    def test_missing_image(self):
        self.use()
        (self.entry / "vmlinuz").unlink()
        self.assert_remade("vmlinuz is gone")

    def test_added_file(self):
        self.use()
        (self.entry / "root" / "usr" / "more").touch()
        self.assert_remade("root/usr/more")

    def test_missing_manifest(self):
        self.use()
        (self.entry / cache.MANIFEST).unlink()
        self.assert_remade("no manifest")

    def test_damaged_manifest(self):
        self.use()
        for damage in (lambda text: text[:-2], lambda text: text[:40], lambda text: b"",
                       lambda text: text.replace(b"usr", b"usx"),
                       lambda text: b"\xff" + text):
            path = self.entry / cache.MANIFEST
            path.write_bytes(damage(path.read_bytes()))
            self.assertIn("its manifest is damaged", self.use())
        self.assertEqual(self.made, 6)

    def test_failure_leaves_nothing(self):
        def fail(path):
            (path / "vmlinuz").touch()
            raise Failure("no network")
        with self.assertRaises(Failure), cache.use(self.entry, "key", HASHED, fail):
            pass
        self.assertEqual(list(self.entry.parent.iterdir()), [])
        self.assertEqual((self.use(), self.made), ("", 1))


class Processes(CacheTest):
    def start(self, code):
        package = Path(cache.__file__).resolve().parents[1]
        process = subprocess.Popen([sys.executable, "-B", "-c", code], cwd=package,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        return process

    def test_killed_half_way(self):
        process = self.start(KILLED)
        self.assertEqual(process.stdout.readline(), "half-way\n")
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertFalse(self.entry.exists())
        self.assertEqual((self.use(), self.made), ("", 1))
        self.assertEqual([path.name for path in self.entry.parent.iterdir()], ["tiny"])

    def test_second_run_waits_for_the_first(self):
        done = 'path / "vmlinuz").write_bytes(bytes(4096))\n    (path / "root").mkdir()'
        process = self.start(KILLED.replace("time.sleep(60)", "input()")
                             .replace('path / "vmlinuz").write_bytes(bytes(4096))', done))
        self.assertEqual(process.stdout.readline(), "half-way\n")
        waits, has_it = threading.Event(), threading.Event()
        flock = cache.fcntl.flock

        def wait(*arguments):
            waits.set()
            flock(*arguments)

        def second():
            with cache.use(self.entry, "key", HASHED, self.make):
                has_it.set()
        with mock.patch.object(cache.fcntl, "flock", wait), ThreadPoolExecutor() as pool:
            run = pool.submit(second)
            waits.wait()
            self.assertFalse(has_it.wait(0.5))
            process.communicate("\n")
            run.result()
        self.assertEqual((process.returncode, self.made), (0, 0))

    def test_used_entry_is_not_taken_away(self):
        with cache.use(self.entry, "key", HASHED, self.make):
            self.assertIsNone(cache.try_lock("tiny"))
        held = cache.try_lock("tiny")
        self.assertIsNotNone(held)
        held.close()

    def test_scratch_of_a_killed_run_is_swept(self):
        process = self.start("import time\nfrom host import cache\nwith cache.scratch('vm') as p:"
                             "\n    print(p, flush=True)\n    time.sleep(60)")
        left = Path(process.stdout.readline().strip())
        process.kill()
        process.wait()
        self.assertTrue(left.exists())
        with cache.scratch("vm") as mine:
            self.assertFalse(left.exists())
            self.assertTrue(mine.exists())
        self.assertFalse(mine.exists())

    def test_swept_by_two_at_once(self):
        for _ in range(20):
            tree = Path(tempfile.mkdtemp(dir=os.environ["MERGESCOPE_CACHE"]))
            for name in range(100):
                (tree / str(name)).mkdir()
                (tree / str(name) / "file").touch()
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(cache.remove_tree, [tree] * 4))
            self.assertFalse(tree.exists())
