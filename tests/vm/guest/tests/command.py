# SPDX-License-Identifier: GPL-2.0
"""The command's verbs against the live module, and against what was saved."""

import contextlib
import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from lib import abi, command, memory, module, mutate, paths, subjects, tap
from lib.abi import PAGE
from lib.agent import Agent

PLACE, FROM = 0x10_0000_0000, 0x20_0000_0000
LENGTH = 4 * PAGE


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="command-") as name:
        yield Path(name)


def moved_behind(agent):
    """Memory moved right behind other memory after it was touched: apart by pgoff alone."""
    agent.mmap(PLACE, LENGTH)
    agent.mmap(FROM, LENGTH)
    agent.touch(FROM, LENGTH)
    agent.mremap(FROM, LENGTH, PLACE + LENGTH)


@contextlib.contextmanager
def loaded_agent(prepare=None):
    """With reports that never let go of the lock: two of them say the same."""
    with module.loaded_module(hold_us=0), Agent.start() as agent:
        if prepare:
            prepare(agent)
        yield agent


def without_times(report):
    """Its lines, but for how long locks were held and walks took, and what follows from that."""
    return re.sub(r" (held_us|longest_us|let_go|walk_ns)=\d+", "", report).splitlines()


def test_report_is_the_module_s():
    with loaded_agent() as agent, agent.stopped():
        text = command.run("report", agent.pid).out
        tap.equal(module.targets(), [], "targets afterwards")
        with module.target(agent.pid):
            expected = module.read(agent.pid, "report").decode()
            command.run("report", agent.pid)
            tap.equal(module.targets(), [agent.pid], "a target that was there before")
    tap.same_lists(without_times(text), without_times(expected), "lines")


def judgements(text):
    """Lines of check."""
    return [line for line in text.splitlines() if line.startswith(("check ", "violation "))]


@tap.cases(*subjects.KINDS)
def test_saved_report_is_judged_as_in_the_kernel(kind):
    reason = subjects.lacks(kind)
    if reason:
        raise tap.Skip(reason)
    with module.loaded_module(), subjects.agent_with(kind) as agent, folder() as here:
        saved = here / "report"
        tap.equal(command.run("report", "-o", saved, agent.pid).out, "", "output beside the file")
        text = saved.read_bytes().decode("utf-8", "surrogateescape")
        judged = command.run("check", saved)
        expected = judgements(text)
        tap.true(len(expected) > 10, "the report has no check lines")
        tap.same_lists(judgements(judged.out), expected, "check lines")
        tap.equal(command.run("report", saved).out, text, "the saved report, shown")
        tap.equal(command.run("diff", saved, saved).out.count("\n"), 2, "a report and itself")


def test_json_says_the_same():
    with module.loaded_module(), subjects.agent_with("odd names") as agent, folder() as here:
        saved = here / "report"
        command.run("report", "--output", saved, agent.pid)
        lines = saved.read_bytes().split(b"\n")[:-1]
        objects = command.run("report", "--json", saved).objects()
    tap.equal([record["record"] for record in objects],
              [line.split(b" ")[0].decode() for line in lines], "records")
    vmas = [record for record in objects if record["record"] == "vma"]
    tap.true(all(vma["start"].startswith("0x") and isinstance(vma["flags"], list)
                 and isinstance(vma["close"], bool) and isinstance(vma["avcs"], int)
                 for vma in vmas), "types of members")
    names = {vma["name"] for vma in vmas}
    for wanted in ('quo"te', "new\nline", "back\\134slash", "\\377\\200raw"):
        tap.true(any(name.endswith(wanted) for name in names), f"no name ends with {wanted!r}")


def test_why_tells_the_reason():
    with loaded_agent(moved_behind) as agent:
        text = command.run("why", agent.pid).out
        at = command.run("why", agent.pid, f"{PLACE:x}").out
    tap.true("pgoff: page offsets do not line up" in text, text)
    tap.true("All hold" in text, text)
    for part in ("the first ends at page offset 0x1000004", "it begins at 0x2000000",
                 "Move memory before it is touched", "It has no anon_vma"):
        tap.true(part in " ".join(at.split()), f"{part} is not in:\n{at}")


def test_whatif_of_memory_that_was_moved():
    with loaded_agent(moved_behind) as agent:
        text = command.run("whatif", agent.pid).out
        said = {line["policy"]: line for line in command.run("whatif", "-j", agent.pid).objects()
                if line["record"] == "whatif"}
        child = agent.fork()
        shared = command.run("whatif", child.pid).out
    policy = said["relocate-anon"]
    # The kernel moves the stack, too, once it has been written to.
    tap.equal((policy["vmas"] - policy["then"], policy["concerned"]), (1, 2), "one VMA fewer")
    middle, end = PLACE + LENGTH, PLACE + 2 * LENGTH
    merged = f"relocate-anon would make one VMA of\n    {PLACE:#x}-{end:#x}, 2 VMAs now"
    tap.true(merged in text, f"{merged} is not in:\n{text}")
    stuck = (f"{middle:#x}-{end:#x} rw-p anon\n      shared: 4, the first at {middle:#x}\n"
             "      fork: 1, ")
    tap.true(stuck not in text and stuck in shared, f"{stuck} is not in:\n{shared}")


def test_diff_of_a_split_and_a_merge():
    with loaded_agent() as agent, folder() as here:
        agent.mmap(PLACE, LENGTH)
        command.run("report", "-o", here / "whole", agent.pid)
        agent.mprotect(PLACE + PAGE, PAGE, abi.PROT_READ)
        command.run("report", "-o", here / "split", agent.pid)
        split = command.run("diff", here / "whole", here / "split", status=1)
        merged = command.run("diff", here / "split", here / "whole", status=1)
    whole = f"{PLACE:#x}-{PLACE + LENGTH:#x} rw-p anon"
    parts = [f"{PLACE + start:#x}-{PLACE + end:#x} {perms} anon" for start, end, perms in
             ((0, PAGE, "rw-p"), (PAGE, 2 * PAGE, "r--p"), (2 * PAGE, LENGTH, "rw-p"))]
    tap.equal(split.lines("split"), [f"split    {whole} -> {', '.join(parts)}"], "split")
    tap.equal(merged.lines("merged"), [f"merged   {', '.join(parts)} -> {whole}"], "merged")
    # Some kernels take ac (VM_ACCOUNT) back from memory that was never touched, too.
    tap.true(any(" r--p anon: flags: wr" in line for line in split.lines("changed")), split.out)
    tap.true(not split.lines("appeared", "vanished", "moved"), split.out)


def test_diff_of_a_move():
    with loaded_agent() as agent, folder() as here:
        agent.mmap(FROM, LENGTH)
        agent.touch(FROM, LENGTH)
        command.run("report", "-o", here / "before", agent.pid)
        agent.mremap(FROM, LENGTH, PLACE)
        agent.mmap(FROM, PAGE, abi.PROT_READ)
        changes = command.run("diff", "--json", here / "before", agent.pid, status=1).objects()
    kinds = {change["change"]: change for change in changes}
    tap.equal(kinds["moved"]["from"], f"{FROM:#x}-{FROM + LENGTH:#x} rw-p anon", "moved from")
    tap.equal(kinds["moved"]["to"], f"{PLACE:#x}-{PLACE + LENGTH:#x} rw-p anon", "moved to")


def differences(one, other):
    """What diff says, but of the stack and of the gap behind it.

    The stack begins anywhere in a page, and may take one more; the vDSO is mapped at a random place
    above it, which may be the first.
    """
    lines = command.run("diff", one, other, status=None).out.splitlines()[2:]
    return [line for line in lines if not re.search(r"\[stack\]: (pages|next):", line)]


def test_diff_of_two_runs_is_empty():
    """Two processes that did the same differ in nothing, wherever the kernel has put them."""
    with loaded_agent(moved_behind) as one, Agent.start() as other, folder() as here:
        moved_behind(other)
        child, cousin = one.fork(), other.fork()
        for agent, name in ((one, "one"), (other, "other"), (child, "child"), (cousin, "cousin")):
            command.run("report", "-o", here / name, agent.pid)
        tap.equal(differences(here / "one", here / "other"), [], "two processes")
        tap.equal(differences(here / "child", here / "cousin"), [], "their children")
        forked = command.run("diff", here / "one", here / "child", status=1)
    tap.true("avcs: 1 -> 2" in forked.out, forked.out)


def test_draws():
    with loaded_agent(moved_behind) as agent:
        text = command.run("draw", "--range", f"{PLACE:x}-{PLACE + 2 * LENGTH:x}", agent.pid).out
        svg = command.run("draw", "--svg", agent.pid).out
        dot = command.run("draw", "--dot", agent.pid).out
    tap.equal(len(text.splitlines()), 7, text)
    tap.true("apart by pgoff" in text and "anon 4" in text, text)
    tap.true(svg.startswith("<svg ") and svg.endswith("</svg>\n"), svg[-200:])
    tap.true(svg.count("<rect ") > 5 and "apart by pgoff" in svg, svg)
    tap.true(dot.startswith("digraph ") and "style=bold" in dot and dot.endswith("}\n"), dot)


def has_memory(entry):
    """Is this folder of /proc that of a process with VMAs?"""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return entry.name.isdigit() and (entry / "maps").read_bytes() != b""
    return False


def test_surveys_every_process():
    with loaded_agent(moved_behind) as agent, module.target(agent.pid):
        rows = command.run("survey", "--json").objects()
        text = command.run("survey", "-n", 3).out
        tap.equal(module.targets(), [agent.pid], "targets afterwards")
        own = next(row for row in rows if row.get("pid") == agent.pid)
        everybody = {int(entry.name) for entry in Path("/proc").iterdir() if has_memory(entry)}
        pgoff = sum("pgoff" in vma.blockers for vma in module.report(agent.pid).vmas)
    tap.equal(own["by"]["pgoff"], pgoff, "its pairs apart by pgoff")
    total = rows[-1]
    tap.equal((total["record"], total["processes"]), ("total", len(rows) - 1), "the last row")
    tap.equal(total["vmas"], sum(row["vmas"] for row in rows[:-1]), "sum of VMAs")
    # What runs the survey is one of them.
    missing = everybody - {row["pid"] for row in rows[:-1]}
    tap.equal(missing, set(), "processes that are missing")
    tap.true(text.count("\n") > 5 and "MAINLY BY" in text and "relocate-anon: " in text, text)


def test_survey_goes_on_after_a_refusal():
    """
    Without CAP_SYS_PTRACE root is refused all processes but those of the user namespaces that root
    made: each is told in a line, and the others have their rows.
    """
    with module.loaded_module(), sleepers(2) as refused, \
            sleepers(2, "unshare", "--user") as granted:
        memory.wait_until(lambda: all(Path(f"/proc/{one.pid}/comm").read_text() == "sleep\n"
                                      for one in granted), "unshare has become sleep")
        done = subprocess.run(["setpriv", "--bounding-set=-sys_ptrace", paths.COMMAND, "survey",
                               "--json"], capture_output=True, text=True, check=False)
        tap.equal(module.targets(), [], "targets afterwards")
    tap.equal(done.returncode, 0, f"exit status\n{done.stderr}")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    told = re.findall(r"^mergescope: (\d+): not permitted: that takes CAP_SYS_PTRACE .*$",
                      done.stderr, re.M)
    tap.equal(len(told), done.stderr.count("\n"), done.stderr)
    tap.equal({one.pid for one in granted} - {row.get("pid") for row in rows}, set(), "granted")
    tap.equal({str(one.pid) for one in refused} - set(told), set(), "told to be refused")
    tap.equal(rows[-1]["refused"], len(told), "refused, in all")
    tap.equal(rows[-1]["processes"], len(rows) - 1, "rows")


# What a row of the survey has, and what the last one has beside.
OF_EACH = frozenset(("record", "vmas", "holes", "apart", "candidates", "unknown", "gain", "by",
                     "alone", "mergeable_pages", "eligible_pages", "excluded_pages", "whatif",
                     "relocation"))
OF_ALL = {"processes", "skipped", "refused", "version", "merge_rules", "vma_bytes",
          "anon_vma_bytes", "avc_bytes"}


def words_in(value, key=None):
    """(key, word) of each text, and of whatever else is neither a number nor an object of such."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from words_in(one, name)
    elif not isinstance(value, int):
        yield key, value


def test_survey_for_others():
    """What each policy would save, and no word of whose processes these are."""
    with loaded_agent(moved_behind) as agent, folder() as here:
        rows = {row.get("pid"): row for row in command.run("survey", "--json").objects()}
        tap.equal(command.run("survey", "--anonymous", "-o", here / "file").out, "", "beside it")
        told = (here / "file").read_text()
        header = module.report_of(agent.pid).header
        comms = {row["comm"] for row in rows.values() if "comm" in row}
    own = rows[agent.pid]
    tap.equal(own["vmas"] - own["whatif"]["relocate-anon"]["then"], 1, "one VMA fewer")
    tap.equal(own["relocation"]["moved"], {"yes": 2, "no": 0, "unknown": 0}, "moved, and the stack")
    tap.true(own["relocation"]["pages"] > 4 and own["relocation"]["walk_ns"] > 0, own)
    objects = [json.loads(line) for line in told.splitlines()]
    tap.true(len(objects) > 3, told)
    tap.equal({frozenset(one) for one in objects[:-1]}, {OF_EACH | {"merge_any"}}, "keys")
    tap.equal(set(objects[-1]), OF_EACH | OF_ALL, "keys of the last row")
    tap.equal({words for one in objects for words in words_in(one)},
              {("record", "process"), ("record", "total"), ("version", header["version"]),
               ("merge_rules", header["merge_rules"])}, "words")
    tap.no_differences([text for text in ("0x", *(f'"{comm}"' for comm in comms)) if text in told],
                       "names and addresses")
    total = objects[-1]
    tap.equal(sum(row["whatif"]["all"]["then"] for row in objects[:-1]),
              total["whatif"]["all"]["then"], "the sum")


def on_a_terminal(*args, columns=0, meanwhile=None):
    """Run the command with a terminal for errors: its exit status, and all that was written there.

    Without columns the terminal does not say how wide it is. The function is called as soon as
    something was written.
    """
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 0, columns, 0, 0))
    run = subprocess.Popen([paths.COMMAND, *args], stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    written = b""
    # At its end, a terminal answers EIO.
    with contextlib.suppress(OSError):
        while True:
            written += os.read(master, 4096)
            if meanwhile:
                meanwhile()
                meanwhile = None
    os.close(master)
    return run.wait(), written.decode()


def on_the_screen(written):
    """The lines of a screen on which this was written: a carriage return goes to a line's start."""
    lines = []
    for line in written.split("\n"):
        cells = ""
        for part in line.split("\r"):
            cells = part + cells[len(part):]
        lines.append(cells.rstrip())
    return lines


@contextlib.contextmanager
def sleepers(count, *prefix):
    """So many processes more, each run by these words if there are any."""
    started = []
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            started.append(stack.enter_context(subprocess.Popen([*prefix, "sleep", "infinity"])))
            stack.callback(started[-1].kill)
        yield started


def test_survey_shows_how_far_it_is():
    with module.loaded_module(), sleepers(20):
        status, written = on_a_terminal("survey")
    tap.equal(status, 0, "exit status")
    bars = re.findall(r"\r\[(#* *)\] (\d+) of (\d+)", written)
    everybody = int(bars[0][2])
    tap.true(everybody > 20, f"{everybody} processes")
    tap.equal([int(done) for _, done, _ in bars], list(range(everybody)), "how far it was")
    for bar, done, _ in bars:
        tap.equal(bar, ("#" * (40 * int(done) // everybody)).ljust(40), f"the bar at {done}")
    tap.equal(on_the_screen(written), [""], "what is left of it")


def test_survey_stays_on_one_line_of_a_narrow_terminal():
    with module.loaded_module():
        status, written = on_a_terminal("survey", columns=30)
    tap.equal(status, 0, "exit status")
    steps = re.findall(r"\r(\[#* *\] \d+ of \d+)", written)
    tap.equal({len(step) for step in steps}, {29}, f"columns of each step\n{written!r}")
    tap.equal(on_the_screen(written), [""], "what is left of it")


def test_survey_without_its_module():
    """It goes while the survey is on its way: a line says so, and no bar stands before it."""
    with module.loaded_module(), sleepers(100):
        status, written = on_a_terminal("survey", meanwhile=module.unload_soon)
    tap.equal(status, 2, f"exit status\n{written}")
    says = ("not loaded: as root, run modprobe mergescope",
            "just being loaded or unloaded: try again")
    tap.true(on_the_screen(written) in [[f"mergescope: the module is {what}", ""] for what in says],
             f"the screen:\n{on_the_screen(written)}")


def wait_for_watch(watch):
    """It has counted once, and a signal ends it, when it waits for one."""
    def waits():
        number = Path(f"/proc/{watch.pid}/syscall").read_text().split()[0]
        return number == str(abi.SYS_RT_SIGTIMEDWAIT)
    memory.wait_until(waits, "watch waits for a signal")


def test_watch_keeps_the_report_of_a_jump():
    with loaded_agent() as agent, folder() as here:
        earlier = here / f"mergescope-{agent.pid}-1.report"
        earlier.write_text("of an earlier watch\n")
        watch = subprocess.Popen([paths.COMMAND, "watch", "-o", here, "--jump", "150", "-n", "1",
                                  str(agent.pid)], stdout=subprocess.PIPE, text=True)
        wait_for_watch(watch)
        subjects.fill(agent, 300)
        out = watch.communicate(timeout=120)[0]
        tap.equal(watch.returncode, 1, f"exit status\n{out}")
        kept = here / f"mergescope-{agent.pid}-2.report"
        tap.true(f"kept {kept}" in out and "VMAs " in out, out)
        tap.equal(earlier.read_text(), "of an earlier watch\n", "its report")
        tap.true(command.run("check", kept).lines("check"), "the report that was kept")
        tap.equal(module.targets(), [], "targets afterwards")


def test_watch_keeps_the_report_of_a_violation():
    """Once: what is violated still is no news."""
    with module.loaded_module(hold_us=0), mutate.loaded_module(), Agent.start() as agent, \
            folder() as here:
        agent.mmap(PLACE, LENGTH)
        agent.touch(PLACE, LENGTH)
        with agent.stopped(), subprocess.Popen(
                [paths.COMMAND, "watch", "-o", here, "--check", "1", str(agent.pid)],
                stdout=subprocess.PIPE, text=True) as watch:
            with mutate.mutated("folio-index", agent.pid, PLACE + PAGE):
                line = watch.stdout.readline()
                time.sleep(4)
                watch.send_signal(signal.SIGTERM)
                rest = watch.stdout.read()
            tap.equal(watch.wait(timeout=60), 1, f"exit status\n{line}{rest}")
        kept = here / f"mergescope-{agent.pid}-1.report"
        tap.true(line.endswith(f" violations 0 -> 1: kept {kept}\n"), line)
        tap.equal((rest, list(here.iterdir())), ("", [kept]), "what came after it")
        judged = command.run("check", kept, status=1).lines("violation")
    tap.true(len(judged) == 1 and "rule=folio-index " in judged[0], judged)


def test_watch_ends_with_the_process_or_by_a_signal():
    with module.loaded_module(), folder() as here:
        for end in ("exit", "signal"):
            with Agent.start() as agent:
                watch = subprocess.Popen([paths.COMMAND, "watch", "-o", here, "-c", "1",
                                          str(agent.pid)])
                wait_for_watch(watch)
                if end == "exit":
                    agent.close()
                else:
                    watch.send_signal(signal.SIGTERM)
                tap.equal(watch.wait(timeout=60), 0, f"exit status after {end}")
        tap.equal(list(here.iterdir()), [], "reports that were kept")


def test_reports_at_the_same_time():
    """Commands take each other's target away, and add it again."""
    with loaded_agent() as agent:
        script = ("import subprocess, sys\n"
                  "for _ in range(15):\n"
                  "    subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n")
        runs = [subprocess.Popen([sys.executable, "-c", script, paths.COMMAND, "report",
                                  str(agent.pid)], stderr=subprocess.PIPE, text=True)
                for _ in range(3)]
        errors = [run.communicate()[1] for run in runs]
        tap.equal(([run.returncode for run in runs], errors), ([0] * 3, [""] * 3), "runs")
        tap.equal(module.targets(), [], "targets afterwards")


def test_a_signal_leaves_no_target():
    with loaded_agent() as agent:
        subjects.fill(agent, 5000)
        for delay in range(10):
            run = subprocess.Popen([paths.COMMAND, "report", str(agent.pid)],
                                   stdout=subprocess.DEVNULL)
            time.sleep(delay / 50)
            with contextlib.suppress(ProcessLookupError):
                os.kill(run.pid, signal.SIGINT)
            run.wait()
            tap.equal(module.targets(), [], f"targets after a signal at {delay / 50} s")
