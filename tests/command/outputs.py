# SPDX-License-Identifier: GPL-2.0
"""Where the command writes to: full disks, files."""

import gzip
import json
import os
import subprocess
import tempfile
from pathlib import Path

from command import COMMAND, GOLDEN, TOP, VERBS, one_report, run


def full(*args):
    """Where nothing can be written any more."""
    with open("/dev/full", "wb") as disk:
        done = subprocess.run([COMMAND, *map(str, args)], stdout=disk, stderr=subprocess.PIPE,
                              check=False)
    expected = b"mergescope: cannot write: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, expected), (args, done)


def test_a_full_disk_is_no_success():
    report = one_report()
    for args in (["--help"], ["--version"], ["diff", report, report], ["check", "--json", report],
                 ["draw", "--svg", report], ["draw", "--dot", report],
                 ["run", "--emit-c", TOP / "tests/scenarios/pgoff/after_faulted.scn"],
                 *([verb, "--help"] for verb in VERBS),
                 *([verb, report] for verb in ("report", "why", "check", "draw"))):
        full(*args)


def test_a_file_is_written_whole_or_not_at_all():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept, link = folder / "kept", folder / "link"
        kept.write_text("kept\n")
        kept.chmod(0o640)
        link.symlink_to("kept")
        assert "expected a report" in run("report", "-o", kept, "/dev/null", status=2)
        # No file can grow past a block of 512 bytes.
        done = subprocess.run(["sh", "-c", f"trap '' XFSZ; ulimit -f 1; exec {COMMAND} report -o "
                               f"{kept} {one_report()}"], capture_output=True, text=True,
                              check=False)
        says = f"mergescope: {kept}: cannot write: File too large\n"
        assert (done.returncode, done.stderr) == (2, says), done
        assert kept.read_text() == "kept\n"
        assert "cannot write" in run("report", "-o", "/dev/full", one_report(), status=2)
        run("report", "-o", link, one_report())
        assert kept.read_bytes() == one_report().read_bytes() and link.is_symlink()
        assert kept.stat().st_mode & 0o777 == 0o640
        run("report", "-o", kept, kept)
        assert kept.read_bytes() == one_report().read_bytes()
        run("report", "-j", "-o", folder / "new", kept)
        assert json.loads((folder / "new").read_text().splitlines()[0])["format"] == 1
        assert sorted(path.name for path in folder.iterdir()) == ["kept", "link", "new"]


def test_a_pipe_is_written_to():
    report = one_report()
    assert run("report", "-o", "/dev/stdout", report).encode(errors="surrogateescape") == \
        report.read_bytes()
    with tempfile.TemporaryDirectory() as name:
        packed, lost = Path(name) / "packed", Path(name) / "lost"
        subprocess.run(["bash", "-c", f"{COMMAND} report -o >(gzip >{packed}) {report}; wait $!"],
                       check=True)
        assert gzip.decompress(packed.read_bytes()) == report.read_bytes()
        # And a file that has no name any more.
        with open(lost, "w+b") as file:
            lost.unlink()
            run("report", "-o", f"/proc/{os.getpid()}/fd/{file.fileno()}", report)
            assert file.read() == report.read_bytes()
        assert os.listdir(name) == ["packed"]


def test_a_link_to_nothing_stays_one():
    with tempfile.TemporaryDirectory() as name:
        link, target = Path(name) / "link", Path(name) / "folder/target"
        link.symlink_to("folder/target")
        says = run("report", "-o", link, one_report(), status=2)
        assert says == f"{link}: No such file or directory", says
        target.parent.mkdir()
        assert "expected a report" in run("report", "-o", link, "/dev/null", status=2)
        assert not os.listdir(target.parent)
        run("report", "-o", link, one_report())
        assert link.is_symlink() and target.read_bytes() == one_report().read_bytes()
        assert os.listdir(target.parent) == ["target"]


def test_a_file_stays_its_owners():
    if os.geteuid() != 0:
        return "SKIP only root can write over somebody else's file"
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "theirs"
        path.write_text("theirs\n")
        path.chmod(0o640)
        os.chown(path, 1234, 4321)
        run("report", "-o", path, one_report())
        assert path.read_bytes() == one_report().read_bytes()
        now = path.stat()
        assert (now.st_uid, now.st_gid, now.st_mode & 0o777) == (1234, 4321, 0o640), now
    return None
