# SPDX-License-Identifier: GPL-2.0
"""The one exception that reaches the user, as a line and an exit status."""


class Failure(Exception):
    """Something went wrong that the user can act on; str() is the line to print."""

    def __init__(self, message: str, status: int = 1):
        super().__init__(message)
        self.status = status
