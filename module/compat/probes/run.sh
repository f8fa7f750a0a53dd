#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Find out what the kernel being built for has: run.sh OUTPUT COMPILER [FLAG...]
#
# Each NAME.c beside this script compiles if and only if the kernel's headers have the fact that its
# comment states; then OUTPUT, a header, defines MSC_HAVE_NAME. All are compiled at once. sanity.c
# goes first: if it fails the compiler or the headers are broken, and every fact would look absent.
set -u

output=$1
shift
here=$(dirname "$0")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

if ! "$@" -fsyntax-only "$here/sanity.c" >"$work/sanity.log" 2>&1; then
	cat "$work/sanity.log" >&2
	echo "mergescope: $here/sanity.c does not compile:" \
		"the kernel's headers or the compiler are broken" >&2
	exit 1
fi

for probe in "$here"/*.c; do
	name=$(basename "$probe" .c)
	[ "$name" = sanity ] && continue
	if "$@" -fsyntax-only "$probe" >"$work/$name.log" 2>&1; then
		: >"$work/$name.yes"
	fi &
done
wait

{
	echo "/* Written by module/compat/probes/run.sh; the reasons are in the probes. */"
	for probe in "$here"/*.c; do
		name=$(basename "$probe" .c)
		[ "$name" = sanity ] && continue
		macro=MSC_HAVE_$(echo "$name" | tr '[:lower:]' '[:upper:]')
		if [ -e "$work/$name.yes" ]; then
			echo "#define $macro 1"
		else
			reason=$(sed -n '/error/{s/.*error: //; s/\*\///g; p; q}' "$work/$name.log")
			echo "/* $macro: $reason */"
		fi
	done
} >"$work/config.h"
mv "$work/config.h" "$output"
