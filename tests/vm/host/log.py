# SPDX-License-Identifier: GPL-2.0
"""Progress lines; on stderr, so that stdout holds only what was asked for."""

import sys


def say(text: str) -> None:
    print(f"vm: {text}", file=sys.stderr, flush=True)
