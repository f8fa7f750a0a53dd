# SPDX-License-Identifier: GPL-2.0
"""Reading TAP, whole and broken, and writing it."""

import io
import unittest

from host import tap


def counts(text):
    tally = tap.read(text.splitlines(), "s")
    return tally.passed, tally.failed, tally.skipped


class Read(unittest.TestCase):
    def test_plan_first_and_last(self):
        self.assertEqual(counts("TAP version 13\n1..2\nok 1 - a\nok 2 - b"), (2, 0, 0))
        self.assertEqual(counts("ok 1 - a\nok 2 - b\n1..2"), (2, 0, 0))

    def test_failure_is_named(self):
        tally = tap.read(["1..2", "ok 1 - a", "not ok 2 - b c"], "s")
        self.assertEqual((tally.passed, tally.failed, tally.failures), (1, 1, ("s: b c",)))

    def test_skip(self):
        self.assertEqual(counts("1..2\nok 1 - a # SKIP no swap\nok 2 # skip"), (0, 0, 2))

    def test_todo_excuses_nothing(self):
        self.assertEqual(counts("1..2\nnot ok 1 - b # TODO later\nok 2 - c # TODO"), (1, 1, 0))

    def test_streams_one_after_the_other(self):
        text = "TAP version 13\nok 1 - a\n1..1\nTAP version 13\n1..1\nnot ok 1 - b"
        self.assertEqual(counts(text), (1, 1, 0))

    def test_each_stream_needs_its_own_plan(self):
        text = "TAP version 13\n1..2\nok 1 - a\n# suite b\nok 1 - b\n1..1"
        self.assertEqual(counts(text), (2, 1, 0))

    def test_failed_skip_is_a_failure(self):
        self.assertEqual(counts("1..1\nnot ok 1 - a # SKIP no swap"), (0, 1, 0))

    def test_hash_in_a_name_is_no_directive(self):
        self.assertEqual(counts("1..2\nok 1 - vma #3\nok 2 - a \\# skip"), (2, 0, 0))

    def test_all_skipped(self):
        self.assertEqual(counts("1..0 # SKIP no KSM here"), (0, 0, 1))

    def test_missing_plan(self):
        self.assertEqual(counts("ok 1 - a"), (1, 1, 0))

    def test_fewer_and_more_than_planned(self):
        self.assertEqual(counts("1..2\nok 1 - a"), (1, 1, 0))
        self.assertEqual(counts("1..1\nok 1 - a\nok 2 - b"), (2, 1, 0))

    def test_two_plans(self):
        self.assertEqual(counts("1..1\nok 1 - a\n1..1"), (1, 1, 0))

    def test_wrong_number(self):
        self.assertEqual(counts("1..2\nok 1 - a\nok 3 - b"), (2, 1, 0))

    def test_bail_out(self):
        tally = tap.read(["1..1", "ok 1 - a", "Bail out! no module"], "s")
        self.assertEqual((tally.failed, tally.failures), (1, ("s: it bails out: no module",)))

    def test_nothing(self):
        self.assertEqual(counts(""), (0, 1, 0))
        self.assertEqual(counts("1..0"), (0, 1, 0))

    def test_subtests_count_once(self):
        text = "1..1\n# Subtest: x\n    1..2\n    ok 1 - a\n    not ok 2 - b\nnot ok 1 - x"
        self.assertEqual(counts(text), (0, 1, 0))

    def test_noise_is_ignored(self):
        self.assertEqual(counts("1..1\n# not ok 1\nokay\nnotice\nok 1 a\n  ---\n  ..."), (1, 0, 0))

    def test_carriage_returns(self):
        self.assertEqual(counts("1..1\r\nok 1 - a\r\n"), (1, 0, 0))

    def test_sum_and_text(self):
        total = tap.read(["1..1", "ok 1"], "a") + tap.read(["1..1", "not ok 1"], "b")
        self.assertEqual(str(total), "1 passed, 1 failed")
        self.assertEqual(str(total + tap.Tally(skipped=2)), "1 passed, 1 failed, 2 skipped")


class Write(unittest.TestCase):
    def run_case(self, case):
        stream = io.StringIO()
        status = tap.run_unittest(unittest.defaultTestLoader.loadTestsFromTestCase(case), stream)
        tally = tap.read(stream.getvalue().splitlines(), "s")
        return status, tally.passed, tally.failed, tally.skipped

    def test_each_outcome(self):
        class Sample(unittest.TestCase):
            def test_a(self):
                pass

            def test_b(self):
                self.fail("two\nlines")

            def test_c(self):
                raise OSError("no")

            def test_d(self):
                self.skipTest("not here")
        self.assertEqual(self.run_case(Sample), (1, 1, 2, 1))

    def test_failed_subtests_are_one_failure(self):
        class Sample(unittest.TestCase):
            def test_a(self):
                for number in range(3):
                    with self.subTest(number):
                        self.assertEqual(number, 1)
        self.assertEqual(self.run_case(Sample), (1, 0, 1, 0))

    def test_failed_class_setup_is_a_failure(self):
        class Sample(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise OSError("no kernel")

            def test_a(self):
                pass
        status, _passed, failed, _skipped = self.run_case(Sample)
        self.assertEqual(status, 1)
        self.assertGreater(failed, 0)

    def test_all_passed(self):
        class Sample(unittest.TestCase):
            def test_a(self):
                pass
        self.assertEqual(self.run_case(Sample), (0, 1, 0, 0))
