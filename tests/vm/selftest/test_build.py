# SPDX-License-Identifier: GPL-2.0
"""What counts as a warning of ours, and the copying of the sources."""

import os
import tempfile
import unittest
from pathlib import Path

from host import sources
from host.build import complaints
from host.errors import Failure
from host.sandbox import parse_bind


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top, self.copy = Path(folder.name, "top"), Path(folder.name, "copy")
        self.copy.mkdir()
        self.write("Kbuild", "obj-m += mergescope.o\n")
        self.write("module/core/merge.c", "int a;\n")
        self.write("module/core/merge.h", "extern int a;\n")

    def write(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


class Complaints(Tree):
    def found(self, line):
        sources.sync(self.copy, self.top)
        return complaints("  CHECK   module/core/merge.c\n  CC [M]  module/core/merge.o\n"
                          f"  CC [M]  mergescope.mod.o\n{line}\n", self.copy)

    def test_ours(self):
        for line in ("module/core/merge.c:3:1: warning: unused variable 'x' [-Wunused-variable]",
                     "/src/module/core/merge.c:3:1: error: expected ';'",
                     "/src/module/core/merge.c:3: warning: Function parameter 'x' not described",
                     "module/core/merge.h:7:9: warning: symbol 'a' was not declared. Should it",
                     "module/core/merge.c:1:10: fatal error: x.h: No such file or directory",
                     'WARNING: modpost: missing MODULE_DESCRIPTION() in mergescope.o',
                     'ERROR: modpost: "walk_page_range" [/src/mergescope.ko] undefined!'):
            with self.subTest(line):
                self.assertEqual(self.found(line), [line])

    def test_sparse_that_gave_up(self):
        line = "/usr/src/linux-headers/include/linux/list.h:3:1: error: got __typeof_unqual__"
        self.assertEqual(self.found(line), [line])

    def test_sparse_that_did_not_run(self):
        self.assertEqual(complaints("  CC [M]  module/main.o\n", self.copy),
                         ["1 files were compiled, but sparse checked 0"])

    def test_not_ours(self):
        for line in ("./include/linux/mm.h:3:1: warning: unreplaced symbol 'x'",
                     "/usr/src/linux-headers/include/linux/mm.h:3:1: warning: odd constant",
                     "warning: the compiler differs from the one used to build the kernel",
                     "module/core/merge.c: note: in included file:",
                     "Skipping BTF generation for /src/mergescope.ko due to unavailability"):
            with self.subTest(line):
                self.assertEqual(self.found(line), [])


class Sync(Tree):
    def test_only_changes_are_copied(self):
        self.assertEqual(sources.sync(self.copy, self.top), 3)
        self.assertEqual(sources.sync(self.copy, self.top), 0)
        os.utime(self.top / "Kbuild")
        self.assertEqual(sources.sync(self.copy, self.top), 0)
        self.write("Kbuild", "obj-m += other.o\n")
        self.assertEqual(sources.sync(self.copy, self.top), 1)
        self.assertEqual((self.copy / "Kbuild").read_text(), "obj-m += other.o\n")

    def test_change_under_the_same_time_and_size(self):
        sources.sync(self.copy, self.top)
        path = self.top / "module/core/merge.c"
        info = path.stat()
        path.write_text("int b;\n")
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
        self.assertEqual(sources.sync(self.copy, self.top), 1)

    def test_removed_source_goes_and_objects_stay(self):
        sources.sync(self.copy, self.top)
        (self.copy / "module/core/merge.o").touch()
        (self.top / "module/core/merge.h").unlink()
        sources.sync(self.copy, self.top)
        self.assertFalse((self.copy / "module/core/merge.h").exists())
        self.assertTrue((self.copy / "module/core/merge.o").exists())

    def test_built_files_are_not_copied(self):
        for name in ("mergescope.ko", "module/core/merge.o", "module/core/.merge.o.cmd",
                     "module/core/mergescope.mod.c", "module/Module.symvers",
                     "module/compat/msc_config.h"):
            self.write(name, "of another kernel")
        self.assertEqual(sources.sync(self.copy, self.top), 3)

    def test_nothing_else_is_copied(self):
        self.write("README.md", "text")
        self.write("tests/unit/test.c", "text")
        self.assertEqual(sources.sync(self.copy, self.top), 3)


class ParseBind(unittest.TestCase):
    def test_forms(self):
        self.assertEqual(parse_bind("/:/src"), (Path("/"), "/src", False))
        self.assertEqual(parse_bind("/:/src:ro"), (Path("/"), "/src", True))

    def test_errors(self):
        for text in ("", "/", "/:", "/:src", "/:/src:rw", "/does/not/exist:/src"):
            with self.subTest(text), self.assertRaises(Failure):
                parse_bind(text)
