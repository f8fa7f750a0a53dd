# SPDX-License-Identifier: GPL-2.0
"""The suites of tests/run.

Each has a name, a title, about how many seconds it takes, and run(out), which returns its TAP.
"""
