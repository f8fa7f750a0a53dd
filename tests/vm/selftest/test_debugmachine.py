# SPDX-License-Identifier: GPL-2.0
"""The debug kernel reports every kind of fault that it was built for: a check that cannot fail is
no check. Skipped where it is not built."""

import io
import shutil
import tempfile
import unittest
from pathlib import Path

from host import accel, build, debug, kernels, roots, vm
from host.errors import Failure

HERE = Path(__file__).resolve().parent
# What broken.c can do wrong, and what the kernel says of it. The checks of locks end with the first
# finding, and with memory that is used after it was freed: so they come before it.
FAULTS = {
    "atomic": "BUG: sleeping function called from invalid context",
    "rcu": "WARNING: suspicious RCU usage",
    "held": "at assert_what_is_not_held+",
    "locks": "WARNING: possible circular locking dependency detected",
    "timer": "ODEBUG: free active",
    "list": "list_del corruption",
    "shift": "UBSAN: shift-out-of-bounds",
    "index": "UBSAN: array-index-out-of-bounds",
    "leak": "new suspected memory leaks",
    "freed": "BUG: KASAN: slab-use-after-free",
}
# A lost object must be a few seconds old, and be missed twice.
SCRIPT = """
scan() { sleep 6; for n in 1 2; do echo scan > /sys/kernel/debug/kmemleak; done; }
scan
cat /sys/kernel/debug/kmemleak
for fault in %s; do
    insmod ./broken.ko fault=$fault 2>&1 | grep -v 'temporarily unavailable'
    [ $fault != leak ] || scan
done
modprobe brd rd_nr=1 && ls -d /sys/block/ram0
"""


def reason_to_skip():
    try:
        (kernel,) = kernels.resolve([kernels.DEBUG])
        return "" if debug.cached(kernel) else f"{kernel.release} is not built"
    except Failure as failure:
        return str(failure)


class Finds(unittest.TestCase):
    def setUp(self):
        reason = reason_to_skip()
        if reason:
            self.skipTest(reason)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def payload(self, root):
        top, payload = self.folder / "top", self.folder / "payload"
        (top / "module").mkdir(parents=True)
        (top / "Kbuild").write_text("obj-m += broken.o\nbroken-y := module/broken_main.o\n")
        shutil.copy(HERE / "broken.c", top / "module/broken_main.c")
        self.addCleanup(build.cache.remove_tree, build.folder(root.name, top))
        build.build(root, payload, top)
        return payload

    def test_every_fault_is_reported(self):
        output = io.BytesIO()
        with roots.use(*kernels.resolve([kernels.DEBUG])) as root:
            options = vm.Options(timeout=1800, payload=[self.payload(root)])
            outcome = vm.run(root, ["sh", "-c", SCRIPT % " ".join(FAULTS)], options, output,
                             accel.choose(root))
        self.assertEqual((output.getvalue().decode(), outcome.status, outcome.trouble),
                         ("/sys/block/ram0\n", 0, ""), outcome.console[-4000:])
        found = [finding.line for finding in outcome.findings]
        for fault, message in FAULTS.items():
            with self.subTest(fault):
                self.assertTrue(any(message in line for line in found), "\n".join(found))
