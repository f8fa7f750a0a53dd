#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What README.md says of a test host, for kernel release $1: make, make install, make uninstall.
# Runs in a build root whose changes are thrown away.
set -u
. "$(dirname "$0")/tap.sh"
PATH=$(dirname "$0")/host:$PATH

release=$1
where=/lib/modules/$release/updates
copy=/tmp/mergescope

builds() {
	make -C "$copy" "$@" && test -f "$copy/mergescope.ko" &&
		test -x "$copy/out/userspace/mergescope"
}

is_installed() {
	ls "$where"/mergescope.ko* && modinfo -k "$release" mergescope &&
		/usr/local/bin/mergescope --version &&
		test -f /usr/local/share/bash-completion/completions/mergescope &&
		test -f /usr/local/share/man/man1/mergescope.1 &&
		test -f /usr/local/share/man/man4/mergescope.4 &&
		test -f /usr/local/share/man/man5/mergescope-report.5
}

is_gone() {
	! ls "$where"/mergescope.ko* && ! modinfo -k "$release" mergescope &&
		! test -e /usr/local/bin/mergescope &&
		! test -e /usr/local/share/man/man4/mergescope.4
}

is_clean() {
	! find "$copy" -name '*.ko' -o -name '*.o' -o -name 'msc_*.h' | grep .
}

# The running kernel has no headers here: make must say so, and what to do.
names_what_is_missing() {
	make -C "$copy" >/tmp/said 2>&1
	status=$?
	cat /tmp/said
	[ "$status" -ne 0 ] &&
		grep -q "install linux-headers-$(uname -r), or name one with KDIR=" /tmp/said
}

mkdir "$copy" && cp -a /src/Kbuild /src/Makefile /src/module /src/userspace "$copy/"
check "make without headers says what is missing" names_what_is_missing
check "make for a release" builds "KVER=$release"
check "make clean" make -C "$copy" "KVER=$release" clean
check "nothing that was built is left" is_clean
check "make for a tree" builds "KDIR=/lib/modules/$release/build"
check "make install" make -C "$copy" "KVER=$release" install
check "modprobe and man find it" is_installed
check "make uninstall" make -C "$copy" "KVER=$release" uninstall
check "nothing is left" is_gone
finish
