# SPDX-License-Identifier: GPL-2.0
"""The judge: one line of each kind of trouble, and lines that are none."""

import unittest

from host.judge import describe, judge

TROUBLE = {
    "WARNING": ("WARNING: CPU: 1 PID: 77 at mm/vma.c:512 vma_merge+0x1/0x2",
                "WARNING: mm/vma.c:512 at vma_merge+0x1/0x2, CPU#1: insmod/77"),
    "BUG": ("kernel BUG at mm/rmap.c:99!", "BUG: workqueue leaked atomic"),
    "fault": ("BUG: kernel NULL pointer dereference, address: 0000000000000008",
              "BUG: unable to handle page fault for address: ffffc90000000000",
              "general protection fault, probably for non-canonical address 0xdead00: 0000 [#1]",
              "Oops: general protection fault, maybe for address 0x8: 0000 [#1] SMP NOPTI",
              "invalid opcode: 0000 [#1] PREEMPT SMP NOPTI",
              "traps: PANIC: double fault, error_code: 0x0"),
    "Oops": ("Oops: 0002 [#1] PREEMPT SMP NOPTI",
             "Kernel panic - not syncing: Fatal exception"),
    "debugobjects": ("ODEBUG: free active (active state 0) object: 00000000f95c20d9 object type: "
                     "timer_list hint: on_time+0x0/0x10 [broken]",),
    "lockdep": ("WARNING: possible circular locking dependency detected",
                "WARNING: possible recursive locking detected",
                "WARNING: inconsistent lock state", "WARNING: suspicious RCU usage",
                "WARNING: bad unlock balance detected!", "WARNING: held lock freed!",
                "WARNING: lock held when returning to user space!",
                "INFO: trying to register non-static key.",
                "[ BUG: Invalid wait context ]", "BUG: MAX_LOCKDEP_CHAINS too low!",
                "BUG: MAX_LOCK_DEPTH too low!"),
    "KASAN": ("BUG: KASAN: slab-use-after-free in msc_walk+0x1/0x2 [mergescope]",),
    "KCSAN": ("BUG: KCSAN: data-race in msc_walk / msc_walk",),
    "KFENCE": ("BUG: KFENCE: use-after-free read in msc_walk+0x1/0x2",),
    "UBSAN": ("UBSAN: shift-out-of-bounds in module/core/index.c:12:3",),
    "kmemleak": ("kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",),
    "atomic sleep": ("BUG: sleeping function called from invalid context at mm/slab.h:3",
                     "BUG: scheduling while atomic: cat/12/0x00000002"),
    "lockup": ("watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [cat:123]",
               "INFO: task cat:123 blocked for more than 120 seconds.",
               "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
               "rcu: INFO: rcu_preempt self-detected stall on CPU"),
    "checks off": ("turning off the locking correctness validator.", "INFO: lockdep is turned off.",
                   "ODEBUG: Out of memory. ODEBUG disabled"),
    "list": ("list_del corruption. prev->next should be ffff8880, but was dead000000000100",
             "list_add corruption. next->prev should be prev (ffff8880), but was 0."),
    "refcount": ("refcount_t: underflow; use-after-free.",),
    "slab": ("BUG kmalloc-64 (Tainted: G           OE     ): Poison overwritten",
             "BUG msc (Not tainted): Objects remaining in msc on __kmem_cache_shutdown()"),
    "page": ("BUG: Bad page state in process cat  pfn:12345",
             "BUG: Bad rss-counter state mm:0000000000000000 type:MM_ANONPAGES val:1",
             "BUG: Bad page map in process cat  pte:80000001 pmd:12345"),
    "trace": ("Call Trace:", "------------[ cut here ]------------"),
    "module": ("mergescope: Unknown symbol walk_page_range (err -2)",
               "mergescope: disagrees about version of symbol module_layout"),
}
HARMLESS = (
    "mergescope: loading out-of-tree module taints kernel.",
    "mergescope: module verification failed: signature and/or required key missing - tainting",
    "kfence: initialized - using 2097152 bytes for 255 objects",
    "RAS: Correctable Errors collector initialized.",
    "acpi PNP0A03:00: fail to add MMCONFIG information, can't access extended configuration",
    "rcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.",
    "Kernel command line: console=ttyS0 panic=-1 oops=panic",
    "kmemleak: Kernel memory leak detector initialized (mem pool available: 15000)",
    "Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar",
    "... MAX_LOCKDEP_SUBCLASSES:  8", "... MAX_LOCK_DEPTH:          48",
    "Spectre V2 : Mitigation: Retpolines", "mergescope-vm: payload starts",
    "DEBUG_PAGEALLOC is off", "list of debugging options", "rcu: Hierarchical SRCU.",
    "python3[77]: segfault at 0 ip 0000000000401000 sp 00007ffe error 4 in python3",
)


class Judge(unittest.TestCase):
    def test_every_kind_is_found_and_named(self):
        for kind, samples in TROUBLE.items():
            for sample in samples:
                for prefix in ("", "[   12.345678] ", "[   12.345678][   T77] ",
                               "[12345.678901][    C1] "):
                    with self.subTest(prefix + sample):
                        found = [(finding.kind, finding.line)
                                 for finding in judge([prefix + sample])]
                        self.assertEqual(found, [(kind, prefix + sample)])

    def test_harmless_lines(self):
        for sample in HARMLESS:
            with self.subTest(sample):
                self.assertEqual(judge(["[    1.234567] " + sample]), [])

    def test_context_and_number(self):
        lines = [f"[    1.00000{n}] line {n}" for n in range(9)]
        lines[5] = "[    1.000005] refcount_t: saturated; leaking memory."
        finding, = judge(lines)
        self.assertEqual(finding.number, 6)
        self.assertEqual(finding.context[:3], lines[3:6])

    def test_an_oops_is_described_once(self):
        lines = ["quiet"] * 5 + ["BUG: kernel NULL pointer dereference, address: 8",
                                 "Oops: 0000 [#1] SMP", "Call Trace:", " <TASK>"]
        self.assertEqual(len(judge(lines)), 3)
        text = describe(judge(lines))
        self.assertEqual(text.count("Oops: 0000"), 1)
        self.assertIn("line 6 of the console", text)

    def test_trouble_far_apart_is_described_in_full(self):
        lines = ["Call Trace:"] + ["quiet"] * 100 + ["UBSAN: array-index-out-of-bounds in a.c:1"]
        text = describe(judge(lines))
        self.assertIn("trace, line 1", text)
        self.assertIn("UBSAN, line 102", text)

    def test_nothing_said_nothing_found(self):
        self.assertEqual(judge([]), [])
        self.assertEqual(describe([]), "")
