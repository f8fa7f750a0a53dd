# SPDX-License-Identifier: GPL-2.0
"""Real machines, builds and roots: what works, and every way in which a guest can end badly.

Runs on the newest kernel; MERGESCOPE_SELFTEST_KERNEL names another.
"""

import io
import os
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

from host import kernels, roots
from host import vm as host_vm

VM = str(Path(__file__).resolve().parents[1] / "vm")
KERNEL = os.environ.get("MERGESCOPE_SELFTEST_KERNEL", "7.3")


def vm(*words):
    return subprocess.run([VM, *words], capture_output=True, text=True)


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.results = self.folder / "results"

    def boot(self, script, *options):
        return vm("run", KERNEL, *options, "--results", str(self.results), "--",
                  "sh", "-c", script)


class Good(Folder):
    def test_output_results_and_payload(self):
        payload = self.folder / "payload"
        (payload / "sub").mkdir(parents=True)
        (payload / "sub" / "tool").write_text("#!/bin/sh\necho from the tool\n")
        (payload / "sub" / "tool").chmod(0o755)
        run = self.boot("pwd; sub/tool; echo error >&2; mkdir /results/d; "
                        "head -c 3000000 /dev/zero > /results/d/big", "--payload", str(payload))
        self.assertEqual((run.returncode, run.stdout),
                         (0, "/payload\nfrom the tool\nerror\n"), run.stderr)
        self.assertEqual((self.results / "d" / "big").read_bytes(), bytes(3000000))
        self.assertIn("mergescope-vm: payload ends", (self.results / "console.log").read_text())

    def test_what_a_test_may_expect_of_the_guest(self):
        run = self.boot("""set -e
            cat /proc/sys/kernel/tainted
            sysctl -w vm.max_map_count=100000
            ls -d /sys/kernel/debug/ksm /sys/kernel/mm/ksm 2>&1 | tail -1
            mount -t hugetlbfs none /dev/hugepages
            touch /tmp/a /dev/shm/a /sys/fs/bpf /root/a /etc/a
            python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0))'
            ls /sys/kernel/debug/bdi > /dev/null
            hostname; nproc; dmesg | grep -c 'payload starts'
            """, "--smp", "1")
        self.assertEqual(run.stdout.splitlines(), [
            "0", "vm.max_map_count = 100000", "/sys/kernel/mm/ksm", "mergescope", "1", "1"],
            run.stderr)

    def test_much_output_is_whole(self):
        run = self.boot("seq 200000")
        self.assertEqual(run.stdout, "".join(f"{n}\n" for n in range(1, 200001)))

    def test_output_is_live(self):
        process = subprocess.Popen([VM, "run", KERNEL, "--timeout", "36000", "--", "sh", "-c",
                                    "echo now; sleep 6000"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        with process:
            self.assertEqual(process.stdout.readline(), "now\n")
            self.assertIsNone(process.poll())
            process.terminate()

    def test_two_at_once(self):
        runs = [None, None]

        def one(index):
            runs[index] = vm("run", KERNEL, "--", "sh", "-c", f"sleep 1; echo {index}")
        threads = [threading.Thread(target=one, args=[index]) for index in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([(run.returncode, run.stdout) for run in runs],
                         [(0, "0\n"), (0, "1\n")], "".join(run.stderr for run in runs))


class Bad(Folder):
    def test_exit_status(self):
        self.assertEqual(self.boot("exit 7").returncode, 7)

    def test_signal(self):
        self.assertEqual(self.boot("kill -KILL $$").returncode, 137)

    def test_command_not_found(self):
        run = vm("run", KERNEL, "--", "no-such-command")
        self.assertEqual(run.returncode, 127)
        self.assertIn("no-such-command", run.stdout)

    def test_warning_in_the_log(self):
        run = self.boot("echo '<4>WARNING: CPU: 0 PID: 1 at injected' > /dev/kmsg")
        self.assertEqual(run.returncode, 1)
        self.assertIn("WARNING: CPU: 0 PID: 1 at injected", run.stderr)

    def test_panic(self):
        # More lines than the queue to the host takes: the last waits for the first to be out.
        run = self.boot("echo before; for i in $(seq 300); do echo x; done; "
                        "echo c > /proc/sysrq-trigger")
        self.assertEqual((run.returncode, run.stdout[:9]), (1, "before\nx\n"))
        self.assertIn("the guest died before the command ended", run.stderr)
        self.assertIn("Kernel panic", run.stderr)

    def test_death_at_boot(self):
        """It may have been by chance: once more, and no more."""
        run = self.boot("echo before", "--append", "rdinit=/none root=/dev/none")
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertEqual(run.stderr.count("it is booted once more"), 1)
        self.assertIn("the guest died before the command ended", run.stderr)

    def outcomes(self, *command, **options):
        """Of each boot of a machine, of which the first may always fail by chance."""
        found = []

        def boot(*arguments):
            found.append(real(*arguments))
            return found[-1]
        real = host_vm._boot
        options = host_vm.Options(results=self.results, **options)
        with roots.use(*kernels.resolve([KERNEL])) as root, \
                mock.patch.object(host_vm, "_boot", boot), mock.patch.object(host_vm, "say"):
            last = host_vm.run(root, command, options, io.BytesIO())
        self.assertEqual(last, found[-1]._replace(again=len(found) > 1))
        return found

    def test_standstill_at_boot(self):
        with mock.patch.object(host_vm, "BOOT_SILENCE", 20):
            found = self.outcomes("true", append="rdinit=/bin/busybox -- sleep 6000")
        self.assertEqual([(outcome.finished, outcome.began) for outcome in found],
                         [(False, False)] * 2)
        self.assertIn(host_vm.NOT_UP, [outcome.trouble for outcome in found])

    def test_reboot(self):
        """It is not booted again, though neither it nor its kernel has said a word."""
        found = self.outcomes("sh", "-c", "busybox reboot -f; sleep 9", append="loglevel=1")
        self.assertEqual([outcome.began for outcome in found],
                         [False] * (len(found) - 1) + [True])
        self.assertEqual((found[-1].finished, found[-1].trouble), (False, host_vm.DIED))

    def test_clock_that_is_too_fast(self):
        found = self.outcomes("true", append=f'mark="{host_vm.MISJUDGED}"')
        self.assertEqual([(outcome.began, outcome.finished, outcome.trouble) for outcome in found],
                         [(False, False, host_vm.TOO_FAST), (True, True, "")])

    def test_too_many_results(self):
        run = self.boot("truncate -s 9M /results/big", "--results-size", "8")
        self.assertEqual(run.returncode, 1)
        self.assertIn("cannot copy /results to the host", run.stderr)

    def test_timeout(self):
        run = self.boot("echo before; sleep 6000", "--timeout", "30")
        self.assertEqual((run.returncode, run.stdout), (1, "before\n"))
        self.assertIn("still running after 30 s and was killed", run.stderr)

    def test_signals_leave_no_machine(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                process = subprocess.Popen(
                    [VM, "run", KERNEL, "--append", f"mark={os.getpid()}", "--", "sh", "-c",
                     "echo up; sleep 600"], stdout=subprocess.PIPE,
                    # A shell that runs the tests in the background has SIGINT ignored.
                    text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
                self.assertEqual(process.stdout.readline(), "up\n")
                process.send_signal(number)
                process.wait(120)
                process.stdout.close()
                self.assertNotEqual(process.returncode, 0)
                self.assertEqual(self.machines(f"mark={os.getpid()}"), [])

    @staticmethod
    def machines(mark):
        """The QEMUs with mark on their command line that a moment's patience leaves."""
        for _attempt in range(300):
            found = []
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    words = path.read_bytes()
                except OSError:
                    continue
                if b"qemu-system" in words and mark.encode() in words:
                    found.append(path.parent.name)
            if not found:
                return []
            time.sleep(0.1)
        return found

    def test_usage(self):
        for words, says in ((("run", "5.4", "--", "true"), "no kernel '5.4'"),
                            (("run", KERNEL), "needs a command"),
                            (("run", KERNEL, "--payload", "/no/such", "--", "true"),
                             "--payload /no/such: no such directory"),
                            (("exec", KERNEL, "--bind", "x", "--", "true"), "--bind x: write"),
                            (("kernels", "--", "true"), "takes no command")):
            with self.subTest(words):
                run = vm(*words)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertIn(says, run.stderr)


class Sandbox(Folder):
    def test_the_root_cannot_be_changed(self):
        run = vm("exec", KERNEL, "--", "touch", "/usr/bin/x")
        self.assertEqual(run.returncode, 1)
        self.assertIn("Read-only file system", run.stderr)

    def test_what_a_writable_one_is_given_is_thrown_away(self):
        run = vm("exec", KERNEL, "--writable", "--bind", f"{self.folder}:/out", "--", "sh", "-c",
                 "touch /usr/bin/x && cp /usr/bin/x /out/x && id -u")
        self.assertEqual((run.returncode, run.stdout), (0, "0\n"), run.stderr)
        self.assertTrue((self.folder / "x").exists())
        self.assertEqual(vm("exec", KERNEL, "--", "test", "-e", "/usr/bin/x").returncode, 1)

    def test_exit_status_and_binds(self):
        (self.folder / "f").write_text("text")
        run = vm("exec", KERNEL, "--bind", f"{self.folder}:/in:ro", "--", "sh", "-c",
                 "cat /in/f; touch /in/g || exit 5")
        self.assertEqual((run.returncode, run.stdout), (5, "text"))


class Build(Folder):
    """Through the package: the command builds this repository and nothing else."""

    SOURCE = ("#include <linux/module.h>\n{extra}\nstatic int __init x_init(void) {{ return 0; }}\n"
              "module_init(x_init);\nMODULE_LICENSE(\"GPL\");\nMODULE_DESCRIPTION(\"x\");\n")

    def build(self, extra):
        from host import build, kernels, roots
        top = self.folder / "top"
        (top / "module").mkdir(parents=True, exist_ok=True)
        (top / "Kbuild").write_text("obj-m += sample.o\nsample-y := module/main.o\n")
        (top / "module" / "main.c").write_text(self.SOURCE.format(extra=extra))
        with roots.use(kernels.resolve([KERNEL])[0]) as root:
            self.addCleanup(build.cache.remove_tree, build.folder(root.name, top))
            return [path.name for path in build.build(root, self.folder / "out", top)]

    def assert_refused(self, extra, says):
        from host.errors import Failure
        for _time in ("first", "again, with nothing changed"):
            with self.assertRaisesRegex(Failure, says):
                self.build(extra)

    def test_clean(self):
        self.assertEqual(self.build(""), ["sample.ko"])
        self.assertTrue((self.folder / "out" / "sample.ko").exists())

    def test_compiler_warning(self):
        self.assert_refused("static int unused(void) { int x; return x; }", r"main\.c:2:.*warning")

    def test_compiler_error(self):
        self.assert_refused("int x = ;", r"main\.c:2:.*error")

    def test_sparse_warning(self):
        self.assert_refused("int *f(void *, int __user *);\n"
                            "int *f(void *a, int __user *p) { return p; }",
                            "different address spaces")

    def test_unresolved_symbol(self):
        self.assert_refused("void nowhere(void); void f(void); void f(void) { nowhere(); }",
                            "modpost.*nowhere")
