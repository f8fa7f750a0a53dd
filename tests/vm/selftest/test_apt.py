# SPDX-License-Identifier: GPL-2.0
"""Finding the mirror in a machine's apt configuration, and living with one that is away."""

import contextlib
import io
import os
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from host import apt, roots
from host.errors import Failure

MAIN, SECURITY = "mirror:/debian/", "mirror:/debian-security/"
DEBIAN_12 = f"""{MAIN} bookworm main Debian
{MAIN} bookworm-updates main Debian
{SECURITY} bookworm-security main Debian
"""


class Mirror(unittest.TestCase):
    def test_debian_12_and_13(self):
        for text in (DEBIAN_12, DEBIAN_12.replace("bookworm", "trixie")):
            self.assertEqual(apt.pick_mirror(text), (MAIN, SECURITY))

    def test_other_vendors_are_passed_over(self):
        text = "other:/linux/ bookworm main Other\nother:/x/ bookworm stable \n" + DEBIAN_12
        self.assertEqual(apt.pick_mirror(text), (MAIN, SECURITY))

    def test_before_the_first_update(self):
        text = f"{MAIN} stable main \n{SECURITY} stable-security main \n"
        self.assertEqual(apt.pick_mirror(text), (MAIN, SECURITY))

    def test_without_security(self):
        mirror = apt.pick_mirror(f"{MAIN} trixie main Debian\n")
        self.assertEqual(mirror, (MAIN, None))
        self.assertNotIn("trixie-security", apt.suites_of(mirror))

    def test_none(self):
        with self.assertRaisesRegex(Failure, "no Debian mirror"):
            apt.pick_mirror("other:/x/ jammy main Other\n")

    def test_uris_of_an_update(self):
        text = (f"'{MAIN}dists/bookworm/InRelease' a_InRelease 0 \n"
                f"'{SECURITY}dists/bookworm-security/InRelease' b_InRelease 0 \n")
        self.assertEqual(apt.pick_mirror(apt._targets_of_uris(text)), (MAIN, SECURITY))

    def test_this_machine(self):
        self.assertTrue(apt.machine_mirror().main)


class Listing(unittest.TestCase):
    """archive() with the refresh and the mirror replaced."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.refreshed = 0
        self.age = 0
        self.fails = False
        for change in (mock.patch.dict(os.environ, MERGESCOPE_CACHE=folder.name),
                       mock.patch.object(apt, "machine_mirror", lambda: apt.Mirror(MAIN, None)),
                       mock.patch.object(apt, "_refresh", self.refresh)):
            change.start()
            self.addCleanup(change.stop)

    def refresh(self, _state, mirror):
        self.refreshed += 1
        if self.fails:
            raise Failure("cannot read the package lists: no route")
        return {"time": time.time() - self.age, "suites": ["trixie"], "mirror": list(mirror),
                "packages": [["linux-headers-7.3.4+deb13-cloud-amd64", "trixie-backports"]],
                "sources": [["linux-source-7.3", "trixie-backports", "7.3.4-1~bpo13+1"]]}

    def archive(self):
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            packages = apt.archive().packages
        self.assertEqual([package.suite for package in packages], ["trixie-backports"])
        return said.getvalue()

    def test_read_once_while_fresh(self):
        self.archive()
        self.assertEqual((self.archive(), self.refreshed), ("", 1))

    def test_read_again_when_old(self):
        self.age = apt.REFRESH_AFTER + 1
        self.archive()
        self.archive()
        self.assertEqual(self.refreshed, 2)

    def test_read_again_when_from_the_future(self):
        self.age = -7200
        self.archive()
        self.archive()
        self.assertEqual(self.refreshed, 2)

    def test_read_again_without_sources(self):
        """As a version of this program wrote it that knew of none."""
        self.archive()
        path = apt.cache.folder() / "archive.json"
        listing = apt._load(path, apt.Mirror(MAIN, None))
        del listing["sources"]
        apt._store(path, listing)
        self.archive()
        self.assertEqual(self.refreshed, 2)

    def test_offline_with_earlier_lists(self):
        self.age = 13 * 3600
        self.archive()
        self.fails = True
        self.assertIn("no route; WORKING FROM THE LISTS OF 13 HOURS AGO", self.archive())
        self.assertEqual((self.archive(), self.refreshed),
                         ("vm: working from the lists of 13 hours ago\n", 2))
        with mock.patch.object(apt, "AGAIN_AFTER", 0):
            self.archive()
        self.assertEqual(self.refreshed, 3)

    def test_offline_without(self):
        self.fails = True
        with self.assertRaisesRegex(Failure, "no route"):
            self.archive()

    def test_damaged_listing(self):
        self.archive()
        path = apt.cache.folder() / "archive.json"
        path.write_text(path.read_text().replace("7.3.4", "7.3.5"))
        self.assertIn("damaged", self.archive())
        self.assertEqual(self.refreshed, 2)


class Update(unittest.TestCase):
    """_update_patiently() and roots.install_patiently() with the tools and the pauses replaced."""

    def setUp(self):
        self.pauses, self.complaints = [], []
        for module in (apt, roots):
            self.enterContext(mock.patch.object(module.time, "sleep", self.pauses.append))
        self.enterContext(contextlib.redirect_stderr(io.StringIO()))

    def update(self, *complaints):
        with mock.patch.object(apt, "_update", mock.Mock(side_effect=complaints)):
            return apt._update_patiently(None, None, ())

    def install(self, *failures):
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder, "root")

            def install(*_arguments):
                tree.mkdir()
                if failures[len(self.pauses)]:
                    raise Failure(failures[len(self.pauses)])
            with mock.patch.object(roots, "install", install):
                roots.install_patiently(None, tree, None)

    def test_lists_at_another_attempt(self):
        self.assertEqual(self.update("E: no route", ""), "")
        self.assertEqual(self.pauses, list(apt.PAUSES[:1]))

    def test_lists_at_none(self):
        self.assertEqual(self.update("E: no route", "E: no route", "E: gone"), "E: gone")

    def test_suite_that_the_mirror_lacks(self):
        self.assertIn(apt.LACKS, self.update(f"E: The repository 'x' {apt.LACKS}."))
        self.assertEqual(self.pauses, [])

    def test_root_at_another_attempt(self):
        self.install("Hash Sum mismatch", "404", "")
        self.assertEqual(self.pauses, list(apt.PAUSES))

    def test_root_at_none(self):
        with self.assertRaisesRegex(Failure, "third"):
            self.install("first", "second", "third")


class Madison(unittest.TestCase):
    def test_suites(self):
        text = ("linux-base | 4.12~bpo13+1 | mirror:/debian trixie-backports/main amd64 Packages\n"
                "linux-base |       4.11   | mirror:/debian trixie/main amd64 Packages\n")
        self.assertEqual(apt._parse_madison(text), [
            ("linux-base", "trixie"), ("linux-base", "trixie-backports")])

    def test_versions_in_the_order_of_apt(self):
        text = ("linux-source-7.3 | 7.3.10-1 | mirror:/d trixie-backports/main amd64 Packages\n"
                "linux-source-7.3 | 7.3.9-1 | mirror:/d trixie-backports/main amd64 Packages\n")
        self.assertEqual(apt._madison(text), [
            ("linux-source-7.3", "trixie-backports", "7.3.10-1"),
            ("linux-source-7.3", "trixie-backports", "7.3.9-1")])
