# SPDX-License-Identifier: GPL-2.0
"""The debug kernel's recipe: its configuration, and which of its builds stay."""

import contextlib
import io
import os
import tempfile
import unittest
from unittest import mock

from host import apt, cache, debug
from host.kernels import Kernel
from test_kernels import FULL

FRAGMENT = """# A comment
CONFIG_KASAN=y
CONFIG_VT=n
CONFIG_LOCALVERSION="-debug"
"""
CONFIG = """CONFIG_KASAN=y
# CONFIG_VT is not set
CONFIG_LOCALVERSION="-debug"
CONFIG_OTHER=y
"""
KERNEL = Kernel("7.3-debug", "7.3.4-debug", "7.3", "debug", "trixie", "trixie-backports")


class Unmet(unittest.TestCase):
    def test_all_as_wanted(self):
        self.assertEqual(debug.unmet(FRAGMENT, CONFIG), [])

    def test_not_set_and_not_there_are_the_same(self):
        self.assertEqual(debug.unmet(FRAGMENT, CONFIG.replace("# CONFIG_VT is not set\n", "")), [])

    def test_each_difference_is_named(self):
        for old, new, expected in (
                ("CONFIG_KASAN=y\n", "", "CONFIG_KASAN=y (it is n)"),
                ("CONFIG_KASAN=y", "# CONFIG_KASAN is not set", "CONFIG_KASAN=y (it is n)"),
                ("CONFIG_KASAN=y", "CONFIG_KASAN=m", "CONFIG_KASAN=y (it is m)"),
                ("# CONFIG_VT is not set", "CONFIG_VT=y", "CONFIG_VT=n (it is y)"),
                ('"-debug"', '""', 'CONFIG_LOCALVERSION="-debug" (it is "")')):
            with self.subTest(new):
                self.assertEqual(debug.unmet(FRAGMENT, CONFIG.replace(old, new)), [expected])

    def test_the_fragment_says_nothing_twice(self):
        lines = [line for line in debug.FRAGMENT.read_text().splitlines()
                 if line and not line.startswith("# ")]
        options = [line.partition("=")[0] for line in lines]
        self.assertEqual(len(options), len(set(options)))
        self.assertEqual(len(debug.settings("\n".join(lines))), len(lines))


class Entries(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.archive = apt.Archive(
            apt.Mirror("mirror:/debian/", None), ["trixie", "trixie-backports"], FULL,
            [apt.Source("linux-source-7.3", "trixie-backports", "7.3.4-1~bpo13+1")])
        for change in (mock.patch.dict(os.environ, MERGESCOPE_CACHE=folder.name),
                       mock.patch.object(apt, "archive", lambda: self.archive)):
            change.start()
            self.addCleanup(change.stop)

    def recipe(self):
        return debug.recipe_for(KERNEL, self.archive)

    def make(self, recipe):
        def fill(entry):
            for name in recipe.hashed():
                (entry / name).parent.mkdir(parents=True, exist_ok=True)
                (entry / name).write_text(recipe.key())
        with cache.use(recipe.entry(), recipe.key(), recipe.hashed(), fill):
            return recipe.entry()

    def test_exactly_that_version_from_its_suite(self):
        spec = self.recipe().spec
        self.assertIn("linux-source-7.3=7.3.4-1~bpo13+1", spec.packages)
        self.assertEqual([line.split()[-2] for line in spec.sources],
                         ["trixie", "trixie-backports"])

    def test_version_and_fragment_decide(self):
        first = self.recipe()
        changed = first._replace(fragment=first.fragment + "CONFIG_X=y\n")
        self.archive = self.archive._replace(
            sources=[apt.Source("linux-source-7.3", "trixie-backports", "7.3.4-2~bpo13+1")])
        self.assertEqual(len({first.entry(), changed.entry(), self.recipe().entry()}), 3)

    def test_cached(self):
        self.assertFalse(debug.cached(KERNEL))
        entry = self.make(self.recipe())
        self.assertTrue(debug.cached(KERNEL))
        (entry / f"vmlinuz-{KERNEL.release}").write_text("cut")
        self.assertFalse(debug.cached(KERNEL))

    def test_few_stay(self):
        first = self.recipe()
        entries = [self.make(first._replace(fragment=str(number))) for number in range(4)]
        for number, entry in enumerate(entries):
            os.utime(entry, (number, number))
        with contextlib.redirect_stderr(io.StringIO()):
            with cache.lock(entries[0].name, shared=True):
                debug.remove_superseded(entries[3])
        # The first is in use, the second is the only one that is not.
        self.assertEqual([entry.exists() for entry in entries], [True, False, True, True])
