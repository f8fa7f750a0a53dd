# SPDX-License-Identifier: GPL-2.0
"""Bad samples, each to be found by its rule at a line, and good ones that look much like them."""

from typing import Dict, NamedTuple, Tuple

C = "// SPDX-License-Identifier: GPL-2.0\n"
H = "/* SPDX-License-Identifier: GPL-2.0 */\n"
SH = "#!/bin/sh\n# SPDX-License-Identifier: GPL-2.0\n"
PY = "# SPDX-License-Identifier: GPL-2.0\n"

# Samples hold what the rules look for, and are tracked files themselves: so it is put together
# here.
MACHINE = "/" + "work"
HOME = "/" + "root"
SCRATCH = "/" + "tmp/t"
MIRROR = "deb.debian" + ".org"
INDEX = "pypi" + ".org"

RUN_TEXT, RUN_PAGE = "module/core/run_text.c", "userspace/man/mergescope-report.5"
RUN_NAMES = C + '\t[MSC_PAGE_KSM] = "ksm",\n\t{ MSC_PAGE_KSM_FOLIO, "ksm" },\n'

# A small tree of every layer, that breaks no rule; what a sample says of a file replaces it.
BASE = {
    "module/main.c": C + "#include <linux/module.h>\n#include \"debugfs/tree.h\"\n",
    "module/core/types.h": H,
    "module/core/map.h": H + "#include \"types.h\"\n",
    "module/core/model.h": H + "#include \"map.h\"\n",
    "module/core/format.h": H,
    "module/core/report.h": H + "#include \"model.h\"\n",
    "module/core/report.c": C + "#include \"report.h\"\n",
    "module/compat/compat.h": H + "#include \"msc_config.h\"\n#include <linux/mm.h>\n",
    "module/walk/facts.h": H + "#include \"../core/model.h\"\n",
    "module/walk/vma.h": H + "#include \"../core/map.h\"\n",
    "module/walk/vma.c": C + "#include \"../compat/compat.h\"\n#include \"vma.h\"\n",
    "module/debugfs/tree.h": H,
    "module/debugfs/tree.c": C + "#include \"../walk/vma.h\"\n#include \"../core/report.h\"\n",
    "userspace/read.c": C + "#include <stdio.h>\n#include \"../module/core/format.h\"\n",
    "tests/unit/test_map.c": C + "#include <cmocka.h>\n#include \"map.h\"\n",
}


class Sample(NamedTuple):
    rule: str
    files: Dict[str, str]
    at: Tuple[str, ...] = ()        # where a finding is due, "path:line"; none of a good sample


def include(rule_path: str, header: str, begin: str = C) -> Sample:
    """@rule_path includes @header on line 2, which it may not."""
    return Sample("includes", {rule_path: f"{begin}#include {header}\n"}, (f"{rule_path}:2",))


def function(path: str, begin: str, end: str, lines: int, head: str) -> Dict[str, str]:
    """A function of @lines in all, whose body is made of @head's."""
    return {path: head + begin + "\tx;\n" * (lines - begin.count("\n") - end.count("\n")) + end}


BAD = (
    include("module/core/map.c", "<linux/types.h>"),
    include("module/core/map.c", "<string.h>"),
    include("module/core/map.c", '"../compat/compat.h"'),
    include("module/core/map.c", '"../walk/vma.h"'),
    include("module/core/map.c", '"no_such_header.h"'),
    include("module/core/map.c", "SOME_MACRO"),
    include("module/core/map.h", "<stdint.h>", H),
    include("module/compat/kernel.c", "<stdio.h>"),
    include("module/compat/kernel.c", '"../core/types.h"'),
    include("module/compat/kernel.c", '"../walk/vma.h"'),
    include("module/compat/probes/sanity.c", '"../../core/types.h"'),
    include("module/walk/vma.c", '"../core/report.h"'),
    include("module/walk/vma.c", '"../core/format.h"'),
    include("module/walk/vma.c", '"../debugfs/tree.h"'),
    include("module/walk/vma.c", "<stdlib.h>"),
    include("module/debugfs/tree.c", '"../compat/compat.h"'),
    include("module/main.c", '"core/report.h"'),
    include("module/main.c", '"walk/vma.h"'),
    include("module/main.c", '"compat/compat.h"'),
    include("module/other.c", '"walk/facts.h"'),
    include("userspace/read.c", '"../module/compat/compat.h"'),
    include("userspace/read.c", '"../module/walk/vma.h"'),
    include("userspace/read.c", '"../module/debugfs/tree.h"'),
    include("tests/unit/test_map.c", '"../../module/walk/vma.h"'),
    Sample("includes", {"module/core/map.c": C + "  #  include  <linux/mm.h> /* x */\n"},
           ("module/core/map.c:2",)),

    Sample("versions", {"module/walk/vma.c": C + "#if LINUX_VERSION_CODE < 1\n"},
           ("module/walk/vma.c:2",)),
    Sample("versions", {"module/core/x.h": H + "\n#define A KERNEL_VERSION(6, 1, 0)\n"},
           ("module/core/x.h:3",)),
    Sample("versions", {"module/walk/vma.c": C + "#include <linux/version.h>\n"},
           ("module/walk/vma.c:2",)),
    Sample("versions", {"Kbuild": PY + "ccflags-y += -DX=$(LINUX_VERSION_MAJOR)\n"}, ("Kbuild:2",)),
    Sample("versions", {"userspace/read.c": C + "int a = LINUX_VERSION_CODE;\n"},
           ("userspace/read.c:2",)),

    Sample("spdx", {"a.c": "int a;\n"}, ("a.c:1",)),
    Sample("spdx", {"a.c": H}, ("a.c:1",)),
    Sample("spdx", {"a.h": C}, ("a.h:1",)),
    Sample("spdx", {"a.h": "\n" + H}, ("a.h:1",)),
    Sample("spdx", {"a.c": "// SPDX-License-Identifier: MIT\n"}, ("a.c:1",)),
    Sample("spdx", {"a.py": "x = 1\n"}, ("a.py:1",)),
    Sample("spdx", {"a.py": ""}, ("a.py:1",)),
    Sample("spdx", {"tool": "#!/usr/bin/env python3\nx = 1\n"}, ("tool:2",)),
    Sample("spdx", {"run": "#!/bin/sh\n\n# SPDX-License-Identifier: GPL-2.0\n"}, ("run:2",)),
    Sample("spdx", {"Makefile": "all:\n"}, ("Makefile:1",)),
    Sample("spdx", {"dkms.conf": "A=1\n"}, ("dkms.conf:1",)),

    Sample("columns", {"a.c": C + "x" * 101 + "\n"}, ("a.c:2",)),
    Sample("columns", {"a.c": C + "\t" * 12 + "x" * 5 + "\n"}, ("a.c:2",)),
    Sample("columns", {"run": SH + ":\n" + "#" * 101 + "\n"}, ("run:4",)),
    Sample("columns", {"a.py": PY + "#" * 101}, ("a.py:2",)),

    Sample("file-length", {"a.c": C + "\n" * 499}, ("a.c:500",)),
    Sample("file-length", {"run": SH + ":\n" * 600}, ("run:602",)),

    Sample("function-length", function("a.c", "int f(void)\n{\n", "}\n", 80, C), ("a.c:2",)),
    Sample("function-length", function("a.sh", "f() {\n", "}\n", 80, SH), ("a.sh:3",)),
    Sample("function-length", function("a.py", "def f(x):\n", "", 80, PY), ("a.py:2",)),
    Sample("function-length", {"a.py": PY + "class A:\n\tdef f(x):\n" + "\t\tx\n" * 79},
           ("a.py:3",)),

    Sample("registries", {"README.md": f"\nsee https://{MIRROR}/debian\n"}, ("README.md:2",)),
    Sample("registries", {"a.py": PY + f"x = '{INDEX.upper()}'\n"}, ("a.py:2",)),

    Sample("machine-paths", {"notes.txt": f"cd {MACHINE}\n"}, ("notes.txt:1",)),
    Sample("machine-paths", {"a.c": C + f'f("{MACHINE}/main");\n'}, ("a.c:2",)),
    Sample("machine-paths", {"run": SH + f"X={HOME}/x\n"}, ("run:3",)),
    Sample("machine-paths", {"a.py": PY + f"x = '{SCRATCH}/src'\n"}, ("a.py:2",)),

    Sample("whitespace", {"a.md": "a \nb"}, ("a.md:1", "a.md:2")),
    Sample("whitespace", {"a.c": C + "\tx;\t\n"}, ("a.c:2",)),
    Sample("whitespace", {"a.py": PY + "x = 1\r\n"}, ("a.py:2",)),
    Sample("whitespace", {"a.c": C + "        x;\n"}, ("a.c:2",)),

    Sample("documented", {RUN_TEXT: RUN_NAMES}, (f"{RUN_TEXT}:2", f"{RUN_TEXT}:3")),
    Sample("documented", {RUN_TEXT: RUN_NAMES, RUN_PAGE: '.Ss Lines "run"\n.Sy ksm ,\n'},
           (f"{RUN_TEXT}:3",)),
    Sample("documented", {RUN_TEXT: RUN_NAMES, RUN_PAGE: '.Ss Lines "run"\n.Ss More\n.Sy ksm\n'},
           (f"{RUN_TEXT}:2", f"{RUN_TEXT}:3")),

    Sample("shellcheck", {"run": SH + "echo $1\n"}, ("run:3",)),
    Sample("shellcheck", {"a.sh": PY + "x=(1 2)\n"}, ("a.sh:2",)),
    Sample("shellcheck", {"init": "#!/bin/busybox sh\n" + PY + "rm $x\n"}, ("init:3",)),
    Sample("shellcheck", {"run": SH + "if true; then\n"}, ("run:3", "run:4")),
)

GOOD = (
    # the base tree has a good include of each kind; and these are the exceptions
    Sample("includes", {}),
    Sample("includes", {"module/main.c": C + '#include "core/format.h"\n'
                        + '#include "debugfs/tree.h"\n'}),
    Sample("includes", {"other/a.c": C + "#include <anything.h>\n"}),
    Sample("includes", {"module/core/map.c": C + "/* #include <linux/mm.h> */\n"}),
    Sample("versions", {"module/compat/kernel.c": C + "#include <linux/version.h>\n"
                                                      "#if LINUX_VERSION_CODE < 1\n"}),
    Sample("versions", {"README.md": "no LINUX_VERSION_CODE outside compat\n"}),
    Sample("spdx", {"a.c": C, "a.h": H, "run": SH, "a.py": PY, "__init__.py": "", "Kbuild": PY,
                    "README.md": "# x\n", "golden.txt": "x\n"}),
    Sample("columns", {"a.c": C + "x" * 100 + "\n" + "\t" * 12 + "xxxx\n", "a.md": "x" * 200}),
    Sample("file-length", {"a.c": C + "\n" * 498, "golden.txt": "\n" * 1000}),
    Sample("function-length", function("a.c", "int f(void)\n{\n", "}\n", 79, C)),
    Sample("function-length", function("a.sh", "f() {\n", "}\n", 79, SH)),
    Sample("function-length", function("a.py", "def f(x):\n", "", 79, PY)),
    Sample("function-length", {"a.c": C + "int a[] = {\n" + "\t1,\n" * 100 + "};\n"}),
    Sample("registries", {"README.md": "the mirror of apt's configuration, ubuntu or debian\n"}),
    Sample("machine-paths", {"run": SH + f"a=$b{MACHINE}\nc=${{d}}{MACHINE}\ne=/upper{MACHINE}\n"
                                         f"f=.{HOME}\ng={MACHINE}shop\nh={SCRATCH}mp\n"}),
    Sample("whitespace", {"a.c": C + "\tx(a,\n\t  b);\n", "a.py": PY + "        x\n"}),
    Sample("documented", {RUN_TEXT: RUN_NAMES,
                          RUN_PAGE: '.Ss Lines "run"\n.Sy ksm ,\n.Sy pfn\n.Sy ksm\n'}),
    Sample("shellcheck", {"run": SH + 'echo "$1"\n. ./other\n', "a.bash": "#!/bin/bash\nx=(1)\n"
                                                                       'echo "${x[@]}"\n'}),
)
