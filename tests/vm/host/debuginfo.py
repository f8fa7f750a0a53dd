# SPDX-License-Identifier: GPL-2.0
"""A kernel's root with drgn, and with the kernel's debug data: some 350 MB more to download."""

import contextlib
from typing import Iterator

from . import apt, cache, roots
from .kernels import Kernel


def spec_for(kernel: Kernel, archive: apt.Archive) -> roots.Spec:
    spec = roots.spec_for(kernel, archive)
    more = ("python3-drgn", f"linux-image-{kernel.release}-dbg")
    return spec._replace(name=f"{spec.name}-debuginfo", packages=spec.packages + more)


@contextlib.contextmanager
def use(kernel: Kernel) -> Iterator[roots.Root]:
    """Have that root, whole and verified, for as long as the context lasts."""
    spec = spec_for(kernel, apt.archive())
    entry = cache.folder() / "debuginfo" / spec.name
    with cache.use(entry, spec.key(), spec.hashed(), lambda partial: roots.make(spec, partial)):
        yield roots.Root(kernel, entry)


def vmlinux(kernel: Kernel) -> str:
    """Where such a root has the kernel with its debug data."""
    return f"/usr/lib/debug/boot/vmlinux-{kernel.release}"
