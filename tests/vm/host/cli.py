# SPDX-License-Identifier: GPL-2.0
"""The vm command: one function per verb, one table of verbs."""

import argparse
import signal
import sys
from pathlib import Path
from typing import Sequence

from . import accel, build, cache, kernels, roots, sandbox, vm
from .errors import Failure


def _one(name: str) -> kernels.Kernel:
    return kernels.resolve([name])[0]


def cmd_kernels(args) -> int:
    for kernel in kernels.resolve(args.names):
        print(f"{kernel.name:<12} {kernel.release:<28} {kernel.suite}")
    return 0


def cmd_root(args) -> int:
    with roots.use(_one(args.kernel)) as root:
        print(root.tree)
    return 0


def cmd_build(args) -> int:
    with roots.use(_one(args.kernel)) as root:
        for path in build.build(root, args.out):
            print(path)
    return 0


def cmd_exec(args) -> int:
    with roots.use(_one(args.kernel)) as root:
        binds = [sandbox.Bind(build.folder(root.name), build.SOURCE), *root.binds]
        binds += [sandbox.parse_bind(text) for text in args.bind]
        return sandbox.run(root.tree, binds, args.command,
                           writable=args.writable).returncode


def cmd_run(args) -> int:
    options = vm.Options(args.mem, args.smp, args.append, timeout=args.timeout,
                         payload=args.payload, results=args.results,
                         results_size=args.results_size, icount=args.icount)
    with roots.use(_one(args.kernel)) as root:
        outcome = vm.run(root, args.command, options, accel=accel.choose(root))
        return vm.report(outcome, root)


def cmd_cache(_args) -> int:
    print(cache.folder())
    return 0


def _kernel(parser) -> None:
    parser.add_argument("kernel", help="a series (7.3), its generic kernel (6.12-amd64), "
                        f"{kernels.DEBUG}, or an exact release")


def _kernels_arguments(parser) -> None:
    parser.add_argument("names", nargs="*", metavar="KERNEL")


def _build_arguments(parser) -> None:
    _kernel(parser)
    parser.add_argument("--out", type=Path, help="copy the .ko files there")


def _exec_arguments(parser) -> None:
    _kernel(parser)
    parser.add_argument("--bind", action="append", default=[], metavar="SRC:DST[:ro]")
    parser.add_argument("--writable", action="store_true",
                        help="let CMD write to the root; what it writes is thrown away")


def _run_arguments(parser) -> None:
    _kernel(parser)
    default = vm.Options()
    parser.add_argument("--mem", type=int, default=default.memory, help="MiB (%(default)s)")
    parser.add_argument("--smp", type=int, default=default.processors,
                        help="processors (%(default)s)")
    parser.add_argument("--append", default="", help="more for the kernel's command line")
    parser.add_argument("--timeout", type=float, default=default.timeout,
                        help="seconds for CMD (%(default)s)")
    parser.add_argument("--payload", type=Path, action="append", default=[], metavar="DIR",
                        help="its contents go to /payload, where CMD runs")
    parser.add_argument("--results", type=Path, metavar="DIR",
                        help="for console.log and what the guest leaves in /results")
    parser.add_argument("--results-size", type=int, default=default.results_size, metavar="MIB",
                        help="what /results may hold (%(default)s)")
    parser.add_argument("--icount", action="store_true",
                        help="a clock that counts instructions, on one emulated processor")


# Verb: what it does, its function, its arguments, and whether a command follows after --.
VERBS = {
    "kernels": ("print the kernels that are tested, with their exact releases", cmd_kernels,
                _kernels_arguments, False),
    "root": ("make or verify a kernel's build root and print its path", cmd_root, _kernel, False),
    "build": ("build the module for a kernel, failing on any warning", cmd_build,
              _build_arguments, False),
    "exec": ("run a command in a kernel's build root, in /src", cmd_exec, _exec_arguments, True),
    "run": ("boot a kernel, run a command in it, judge its messages", cmd_run, _run_arguments,
            True),
    "cache": ("print the path of the cache folder", cmd_cache, lambda parser: None, False),
}


def _parse(words: Sequence[str]):
    # argparse's own idea of -- differs between Python releases.
    words, command = list(words), []
    if "--" in words:
        cut = words.index("--")
        words, command = words[:cut], words[cut + 1:]
    parser = argparse.ArgumentParser(prog="vm", description="Kernels, build roots and virtual "
                                     "machines for mergescope's tests.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, (text, _function, arguments, takes_command) in VERBS.items():
        usage = "%(prog)s [options] KERNEL -- CMD..." if takes_command else None
        arguments(verbs.add_parser(verb, help=text, description=text, usage=usage))
    args = parser.parse_args(words)
    if VERBS[args.verb][3] != bool(command):
        parser.error(f"{args.verb} " + ("takes no command" if command else
                                        "needs a command: vm ... -- CMD"))
    args.command = command
    return args


def _terminate(_signal, _frame):
    raise KeyboardInterrupt


def main(words: Sequence[str]) -> int:
    args = _parse(words)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return VERBS[args.verb][1](args)
    except Failure as failure:
        print(f"vm: {failure}", file=sys.stderr)
        return failure.status
    except KeyboardInterrupt:
        print("vm: interrupted", file=sys.stderr)
        return 130
