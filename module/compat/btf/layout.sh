#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Write where the members of KSM's private structs are: layout.sh OUTPUT TREE [BTF]
#
# No header has these structs; the BTF of the kernel that is built for does. TREE is that kernel's
# headers or build tree; BTF names a file that has it (a vmlinux, a vmlinuz, or raw BTF), "none"
# does without. OUTPUT, a header, says why if they cannot be had: the module then has no section
# ksm.
set -u

output=$1
tree=$2
given=${3:-}
here=$(dirname "$0")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# bpftool is in sbin, which an ordinary user's PATH lacks.
PATH=$PATH:/usr/sbin:/sbin

release=$(sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' "$tree/include/generated/utsrelease.h")
why="no BTF of $release: no vmlinux in $tree, no /boot/vmlinuz-$release, and it is not running"

# layout FILE: the header from FILE's BTF; false, and why, without.
layout() {
	why=$(bpftool btf dump file "$1" format raw 2>&1 >"$work/raw") || {
		why="$1: $(echo "$why" | sed 's/^Error: //; q')"
		return 1
	}
	awk -f "$here/layout.awk" "$work/raw" >"$work/layout.h" || {
		why="$1: $(cat "$work/layout.h")"
		return 1
	}
	from=${2:-$1}
}

# image VMLINUZ: the same of a kernel that is still packed.
image() {
	why=$("$here/unpack.py" "$1" "$work/vmlinux" 2>&1) || return 1
	layout "$work/vmlinux" "$1"
}

# The file that was named, of whichever kind.
named() {
	[ -e "$1" ] || {
		why="$1: no such file"
		return 1
	}
	layout "$1" || image "$1"
}

find_layout() {
	command -v bpftool >/dev/null || {
		why="bpftool is not installed"
		return 1
	}
	if [ -n "$given" ]; then
		named "$given"
		return
	fi
	[ -e "$tree/vmlinux" ] && layout "$tree/vmlinux" && return
	[ "$(uname -r)" = "$release" ] && [ -e /sys/kernel/btf/vmlinux ] &&
		layout /sys/kernel/btf/vmlinux && return
	for vmlinuz in "/boot/vmlinuz-$release" "/lib/modules/$release/vmlinuz"; do
		[ -r "$vmlinuz" ] && image "$vmlinuz" && return
	done
	return 1
}

from=
if [ "$given" = none ]; then
	why="built with BTF=none"
else
	find_layout || from=
fi

{
	echo "/* Written by module/compat/btf/layout.sh${from:+ from $from}. */"
	if [ -n "$from" ]; then
		cat "$work/layout.h"
	else
		echo "#define MSC_BTF_MISSING \"$(echo "$why" | tr -d '"\134')\""
		echo "mergescope: without the section ksm: $why" >&2
	fi
} >"$work/header.h"
mv "$work/header.h" "$output"
