# SPDX-License-Identifier: GPL-2.0
"""The choice of kernels, in archives as they are, were and may become."""

import unittest

from host.apt import Package, Source
from host.errors import Failure
from host.kernels import choose, find, find_debug, ordinal


def kernel(release, suite):
    return [Package(f"linux-headers-{release}", suite), Package(f"linux-image-{release}", suite)]


def archive(*entries):
    return [package for release, suite in entries for package in kernel(release, suite)]


FULL = archive(
    ("6.1.0-47-cloud-amd64", "bookworm"), ("6.1.0-56-cloud-amd64", "bookworm-security"),
    ("6.12.117+deb12-cloud-amd64", "bookworm-security"),
    ("6.12.107+deb13-cloud-amd64", "trixie"), ("6.12.107+deb13-cloud-amd64", "trixie-security"),
    ("6.12.117+deb13-cloud-amd64", "trixie-security"),
    ("6.12.117+deb13-amd64", "trixie-security"),
    ("7.2.9+deb13-cloud-amd64", "trixie-backports"),
    ("7.2.12+deb13-cloud-amd64", "trixie-backports"),
    ("7.3.4+deb13-cloud-amd64", "trixie-backports"))


def without(packages, *series):
    return [package for package in packages
            if not any(f"-{name}." in package.name for name in series)]


def releases(choice):
    return {kernel.name: kernel.release for kernel in choice.kernels}


class Choose(unittest.TestCase):
    def test_newest_of_each_series(self):
        choice = choose(FULL)
        self.assertEqual(releases(choice), {
            "6.1": "6.1.0-56-cloud-amd64", "6.12": "6.12.117+deb13-cloud-amd64",
            "7.2": "7.2.12+deb13-cloud-amd64", "7.3": "7.3.4+deb13-cloud-amd64",
            "6.12-amd64": "6.12.117+deb13-amd64"})
        self.assertEqual(choice.notes, [])

    def test_order_of_the_archive_does_not_matter(self):
        self.assertEqual(choose(FULL), choose(FULL[::-1]))

    def test_patch_levels_compare_as_numbers(self):
        choice = choose(FULL + archive(("7.3.10+deb13-cloud-amd64", "trixie-backports")))
        self.assertEqual(releases(choice)["7.3"], "7.3.10+deb13-cloud-amd64")

    def test_respin_is_newer(self):
        choice = choose(FULL + archive(("7.3.4+deb13.1-cloud-amd64", "trixie-backports")))
        self.assertEqual(releases(choice)["7.3"], "7.3.4+deb13.1-cloud-amd64")

    def test_newer_deb12_wins_over_deb13(self):
        choice = choose(FULL + archive(("6.12.118+deb12-cloud-amd64", "bookworm-security")))
        chosen = next(kernel for kernel in choice.kernels if kernel.name == "6.12")
        self.assertEqual((chosen.release, chosen.distribution),
                         ("6.12.118+deb12-cloud-amd64", "bookworm"))

    def test_gone_series_is_replaced_by_the_nearest(self):
        packages = without(FULL, "7.2") + archive(("7.1.3+deb13-cloud-amd64", "trixie-backports"))
        choice = choose(packages)
        self.assertEqual(releases(choice)["7.1"], "7.1.3+deb13-cloud-amd64")
        self.assertEqual(len(choice.notes), 1)
        self.assertIn("7.2: the archive has no headers for it any more; 7.1", choice.notes[0])

    def test_two_gone_series_have_two_replacements(self):
        packages = without(FULL, "7.2", "7.3") + archive(
            ("7.4.1+deb13-cloud-amd64", "trixie-backports"),
            ("7.5.2+deb13-cloud-amd64", "trixie-backports"))
        choice = choose(packages)
        self.assertEqual([kernel.name for kernel in choice.kernels],
                         ["6.1", "6.12", "7.4", "7.5", "6.12-amd64"])
        self.assertEqual(len(choice.notes), 2)

    def test_gone_series_without_replacement_is_said(self):
        choice = choose(without(FULL, "7.2"))
        self.assertEqual(list(releases(choice)), ["6.1", "6.12", "7.3", "6.12-amd64"])
        self.assertIn("nothing replaces it", choice.notes[0])

    def test_two_series_are_too_few(self):
        with self.assertRaisesRegex(Failure, "6.1, 6.12; at least 3"):
            choose(without(FULL, "7.2", "7.3"))

    def test_empty_archive(self):
        with self.assertRaisesRegex(Failure, "no kernel"):
            choose([])

    def test_newer_series_than_known_is_added(self):
        choice = choose(FULL + archive(("7.4.1+deb13-cloud-amd64", "trixie-backports")))
        self.assertIn("7.4", releases(choice))
        self.assertIn("7.3", releases(choice))
        self.assertIn("7.4: added", choice.notes[0])

    def test_6_9_is_older_than_6_12(self):
        packages = FULL + archive(("6.9.7+deb13-cloud-amd64", "trixie-backports"))
        choice = choose(without(packages, "6.1"))
        self.assertEqual([kernel.name for kernel in choice.kernels],
                         ["6.9", "6.12", "7.2", "7.3", "6.12-amd64"])

    def test_another_release_of_debian_is_never_chosen(self):
        for suite in ("sid", "trixie-backports", "trixie"):
            choice = choose(FULL + archive(("7.3.9+deb14-cloud-amd64", suite)))
            self.assertEqual(releases(choice)["7.3"], "7.3.4+deb13-cloud-amd64")

    def test_headers_without_image_do_not_count(self):
        headers = [Package("linux-headers-7.3.9+deb13-cloud-amd64", "trixie-backports"),
                   Package("linux-image-7.3.9+deb13-cloud-amd64-unsigned", "trixie-backports")]
        self.assertEqual(releases(choose(FULL + headers))["7.3"], "7.3.4+deb13-cloud-amd64")

    def test_image_without_headers_does_not_count(self):
        image = [Package("linux-image-7.3.9+deb13-cloud-amd64", "trixie-backports")]
        self.assertEqual(releases(choose(FULL + image))["7.3"], "7.3.4+deb13-cloud-amd64")

    def test_metapackages_and_rt_are_no_kernels(self):
        more = archive(("cloud-amd64", "trixie"), ("7.3-cloud-amd64", "trixie-backports"),
                       ("7.3.9+deb13-rt-amd64", "trixie-backports"))
        self.assertEqual(choose(FULL + more), choose(FULL))

    def test_generic_flavour_moves_with_the_archive(self):
        packages = [p for p in FULL if not p.name.endswith("+deb13-amd64")]
        choice = choose(packages + archive(("7.2.12+deb13-amd64", "trixie-backports")))
        self.assertEqual(choice.kernels[-1].name, "7.2-amd64")
        self.assertIn("7.2-amd64 runs instead", choice.notes[0])

    def test_no_generic_flavour(self):
        with self.assertRaisesRegex(Failure, "no generic kernel"):
            choose([p for p in FULL if not p.name.endswith("+deb13-amd64")])


class Find(unittest.TestCase):
    def test_series(self):
        self.assertEqual(releases(find("7.2", FULL)), {"7.2": "7.2.12+deb13-cloud-amd64"})

    def test_generic(self):
        self.assertEqual(releases(find("6.12-amd64", FULL)),
                         {"6.12-amd64": "6.12.117+deb13-amd64"})

    def test_exact_release(self):
        release = "6.12.107+deb13-cloud-amd64"
        self.assertEqual(releases(find(release, FULL)), {release: release})

    def test_gone_series(self):
        choice = find("7.2", without(FULL, "7.2"))
        self.assertEqual(choice.kernels[0].name, "7.3")
        self.assertIn("7.2: the archive has no headers", choice.notes[0])

    def test_unknown_names(self):
        for name in ("5.10", "7", "7.3.99+deb13-cloud-amd64", "7.3-rt", ""):
            with self.subTest(name), self.assertRaises(Failure) as caught:
                find(name, FULL)
            self.assertEqual(caught.exception.status, 2)


class Ordinal(unittest.TestCase):
    def test_7_0_follows_6_19(self):
        self.assertEqual(ordinal("7.0") - ordinal("6.19"), 1)


class Debug(unittest.TestCase):
    SOURCES = [Source("linux-source-7.3", "sid", "7.3.6-1"),
               Source("linux-source-7.3", "trixie-backports", "7.3.5-1~bpo13+1"),
               Source("linux-source-7.3", "trixie-backports", "7.3.4-1~bpo13+1")]

    def test_newest_source_of_the_distribution(self):
        (kernel,), notes = find_debug("7.3-debug", FULL, self.SOURCES)
        self.assertEqual((kernel.name, kernel.release, kernel.series, kernel.suite),
                         ("7.3-debug", "7.3.5-debug", "7.3", "trixie-backports"))
        self.assertEqual(notes, [])

    def test_gone_series_is_replaced(self):
        sources = [Source("linux-source-7.2", "trixie-backports", "7.2.12-1~bpo13+1")]
        (kernel,), notes = find_debug("7.3-debug", without(FULL, "7.3"), sources)
        self.assertEqual((kernel.name, kernel.release), ("7.2-debug", "7.2.12-debug"))
        self.assertIn("7.2 is the nearest", notes[0])

    def test_no_source(self):
        with self.assertRaisesRegex(Failure, "no linux-source-7.3 for trixie"):
            find_debug("7.3-debug", FULL, self.SOURCES[:1])
