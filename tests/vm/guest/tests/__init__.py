# SPDX-License-Identifier: GPL-2.0
"""A file per subject; lib/tap.py says what a test is."""
