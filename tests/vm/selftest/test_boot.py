# SPDX-License-Identifier: GPL-2.0
"""Whether a machine may still run, as seen from the host."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

from host import vm


class Watched(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.console, self.status = (Path(folder.name, name) for name in ("console", "status"))
        self.boot = vm.Boot(self.console, self.status)
        self.now = 1000.0
        self.enterContext(mock.patch.object(vm.time, "monotonic", lambda: self.now))


class Further(Watched):
    def still_after(self, seconds):
        self.now += seconds
        return self.boot.stands_still()

    def test_no_console_yet(self):
        self.assertFalse(self.still_after(0))
        self.assertFalse(self.still_after(9000))

    def test_console_grows(self):
        for length in range(1, 9):
            self.console.write_text("x" * length)
            self.assertFalse(self.still_after(vm.BOOT_SILENCE + 1))

    def test_silence(self):
        self.console.write_text("x")
        self.assertFalse(self.still_after(0))
        self.assertFalse(self.still_after(vm.BOOT_SILENCE - 1))
        self.assertTrue(self.still_after(2))

    def test_silence_of_what_has_begun(self):
        self.console.write_text("x")
        self.assertFalse(self.still_after(0))
        self.assertFalse(self.boot.is_over())
        self.status.write_text("begun\n")
        self.assertFalse(self.still_after(vm.BOOT_SILENCE + 1))
        self.assertTrue(self.boot.is_over())


class Limits(Watched):
    def limits(self, **options):
        return vm.Limits(vm.Options(**options), self.boot)

    def begin(self, limits):
        self.status.write_text("begun\n")
        self.assertEqual(limits.exceeded(), "")

    def test_boot_that_says_the_same_for_ever(self):
        limits = self.limits(boot_timeout=900, timeout=100)
        for length in range(1, 7):
            self.assertEqual(limits.exceeded(), "")
            self.console.write_text("locked up\n" * length)
            self.now += 145
        self.assertEqual(limits.exceeded(), "")
        self.now += 145
        self.assertEqual(limits.exceeded(), vm.NOT_UP)

    def test_boot_that_says_nothing(self):
        limits = self.limits()
        self.console.write_text("x")
        self.assertEqual(limits.exceeded(), "")
        self.now += vm.BOOT_SILENCE + 1
        self.assertEqual(limits.exceeded(), vm.NOT_UP)

    def test_boot_with_a_clock_that_is_too_fast(self):
        said = "tsc: PIT calibration deviates from HPET: 110563 2295696\n"
        for append, exceeded in (("", vm.TOO_FAST), (f"x {vm.OTHER_CLOCK}", "")):
            limits = self.limits(append=append)
            self.console.write_text("tsc: Detected 2300.000 MHz processor\n")
            self.assertEqual(limits.exceeded(), "")
            self.console.write_text(said)
            self.status.write_text("begun\n")
            self.assertEqual((limits.exceeded(), limits.began), (exceeded, not exceeded))
            self.status.unlink()

    def test_boot_takes_no_time_of_the_command(self):
        limits = self.limits(timeout=100, silence=1000)
        self.now += 500
        self.begin(limits)
        self.now += 99
        self.assertEqual(limits.exceeded(), "")
        self.now += 1
        self.assertEqual(limits.exceeded(),
                         "the guest was still running after 100 s and was killed")

    def test_command_that_says_nothing(self):
        limits = self.limits(timeout=1000, silence=100)
        self.now += 500
        self.begin(limits)
        for _word in range(5):
            self.now += 99
            self.assertEqual(limits.exceeded(), "")
            limits.heard()
        self.now += 100
        self.assertEqual(limits.exceeded(), "the guest said nothing for 100 s and was killed")
