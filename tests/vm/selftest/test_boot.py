# SPDX-License-Identifier: GPL-2.0
"""Whether a machine's boot comes further, as seen from the host."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

from host import vm


class Further(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.console, self.status = (Path(folder.name, name) for name in ("console", "status"))
        self.boot = vm.Boot(self.console, self.status)
        self.now = 1000.0
        self.enterContext(mock.patch.object(vm.time, "monotonic", lambda: self.now))

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
