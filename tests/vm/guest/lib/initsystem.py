# SPDX-License-Identifier: GPL-2.0
"""A user space with its own init: the first process of a PID namespace, and what it starts."""

import contextlib
import os
import subprocess
import tempfile
import time
from pathlib import Path
from select import select

from . import tap

# Where init looks; the root is this guest's own, and has none.
INITTAB = Path("/etc/inittab")
# By the names of busybox's applets; a shell stands where somebody has logged in.
DAEMONS = {"syslogd": "-n -O {folder}/messages", "crond": "-f -c {folder}",
           "getty": "-L 9600 {login} vt100", "sh": "-c 'echo started > {folder}/shell; read line'"}
NAMES = {"init", *DAEMONS}


def _read_until(fd, what, seconds=60):
    """Read a terminal until it has shown what is expected."""
    shown, deadline = b"", time.monotonic() + seconds
    while what not in shown:
        left = deadline - time.monotonic()
        tap.true(left > 0 and select([fd], [], [], left)[0], f"{what} in {shown}")
        shown += os.read(fd, 4096)


@contextlib.contextmanager
def running():
    """Have it for as long as the context lasts; it is up once there is a login prompt."""
    with tempfile.TemporaryDirectory(prefix="init-") as name, contextlib.ExitStack() as stack:
        terminal, login = os.openpty()
        stack.callback(os.close, terminal)
        stack.callback(os.close, login)
        folder, line = Path(name), os.ttyname(login).removeprefix("/dev/")
        for applet in NAMES:
            # A process has the name that its program was started by.
            (folder / applet).symlink_to("/bin/busybox")
        INITTAB.write_text("".join(
            f"::respawn:{folder}/{applet} {words.format(folder=folder, login=line)}\n"
            for applet, words in DAEMONS.items()))
        stack.callback(INITTAB.unlink)
        process = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", folder / "init"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(process.communicate)
        stack.callback(process.kill)
        _read_until(terminal, b"login:")
        yield
