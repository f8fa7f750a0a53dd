#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Unpack the kernel in an x86 boot image: unpack.py VMLINUZ OUTPUT

Where the packed kernel lies in the image is in its header (Documentation/arch/x86/boot.rst:
payload_offset). Python unpacks most of what kernels are packed with; for lz4 and zstd, the usual
ones, the C libraries are called, which are on every machine that has apt.
"""

import bz2
import ctypes
import lzma
import struct
import sys
import zlib


class Failure(Exception):
    """What is wrong with the image."""


def library(name, package):
    try:
        return ctypes.CDLL(name)
    except OSError as error:
        raise Failure(f"{name} is not there: install {package}") from error


def unpack_lz4(data, size):
    """The old framing, without sizes but each block's: lz4 -l."""
    lz4 = library("liblz4.so.1", "liblz4-1")
    out, filled, at = ctypes.create_string_buffer(size), 0, 4
    while filled < size:
        length, = struct.unpack_from("<I", data, at)
        block = data[at + 4:at + 4 + length]
        got = lz4.LZ4_decompress_safe(block, ctypes.byref(out, filled), len(block), size - filled)
        if got <= 0:
            raise Failure("its lz4 data are broken")
        filled += got
        at += 4 + length
    return out.raw


def unpack_zstd(data, size):
    zstd = library("libzstd.so.1", "libzstd1")
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(size)
    got = zstd.ZSTD_decompress(out, ctypes.c_size_t(size), data, ctypes.c_size_t(len(data)))
    if got != size:
        raise Failure("its zstd data are broken")
    return out.raw


MAGIC = (
    (b"\x02\x21\x4c\x18", unpack_lz4),
    (b"\x28\xb5\x2f\xfd", unpack_zstd),
    (b"\x1f\x8b", lambda data, size: zlib.decompressobj(31).decompress(data)),
    (b"\xfd7zXZ", lambda data, size: lzma.LZMADecompressor().decompress(data)),
    (b"\x5d\x00\x00", lambda data, size: lzma.LZMADecompressor().decompress(data)),
    (b"BZh", lambda data, size: bz2.BZ2Decompressor().decompress(data)),
)


def unpack(image):
    """The ELF file in a boot image."""
    if image[0x202:0x206] != b"HdrS":
        raise Failure("it is no x86 boot image")
    offset, length = struct.unpack_from("<II", image, 0x248)
    begin = ((image[0x1f1] or 4) + 1) * 512 + offset
    # Behind what is packed, the kernel's build put its unpacked size.
    data, (size,) = image[begin:begin + length - 4], struct.unpack_from("<I", image,
                                                                         begin + length - 4)
    for magic, function in MAGIC:
        if data.startswith(magic):
            return function(data, size)
    raise Failure(f"it is packed in a way that is not known ({data[:4].hex()})")


def main(source, target):
    with open(source, "rb") as file:
        image = file.read()
    try:
        elf = unpack(image)
    except (Failure, struct.error, lzma.LZMAError, zlib.error, OSError) as error:
        sys.exit(f"{source}: {error}")
    with open(target, "wb") as file:
        file.write(elf)


if __name__ == "__main__":
    main(*sys.argv[1:])
