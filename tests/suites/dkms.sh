#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Take the module through dkms's life for kernel release $1; leave what depmod needs in /installed.
# Runs in a build root whose changes are thrown away.
set -u
. "$(dirname "$0")/tap.sh"
PATH=$(dirname "$0")/host:$PATH

release=$1
name=mergescope/$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' /src/dkms.conf)
where=/lib/modules/$release/updates/dkms
build=/lib/modules/$release/build

state() {
	dkms status "$name" -k "$release" | grep -q "$1"
}

is_installed() {
	ls "$where"/mergescope.ko* && modinfo -k "$release" mergescope && state installed
}

is_gone() {
	! ls "$where"/mergescope.ko* && ! dkms status | grep mergescope
}

# dkms must say that the kernel is not for this module, and that is no build failure. dkms 3.0 reads
# the configuration from .config, 3.2 from auto.conf.
refuses() {
	for config in "$build/.config" "$build/include/config/auto.conf"; do
		cp "$config" "$config.kept"
		sed -i "/^$1=/d" "$config"
	done
	dkms build "$name" -k "$release" --force >/tmp/refusal 2>&1
	status=$?
	for config in "$build/.config" "$build/include/config/auto.conf"; do
		mv "$config.kept" "$config"
	done
	cat /tmp/refusal
	echo "exit status $status"
	[ "$status" -ne 0 ] && grep -q BUILD_EXCLUSIVE /tmp/refusal && ! state built
}

check "dkms add" dkms add /src
check "dkms refuses a kernel without CONFIG_KSM" refuses CONFIG_KSM
check "dkms refuses a kernel without CONFIG_DEBUG_FS" refuses CONFIG_DEBUG_FS
check "dkms build" dkms build "$name" -k "$release"
check "the state is built" state built
check "dkms install" dkms install "$name" -k "$release"
check "the module is where modprobe finds it" is_installed
check "dkms uninstall" dkms uninstall "$name" -k "$release"
check "dkms autoinstall installs it again" dkms autoinstall -k "$release"
check "the module is where modprobe finds it again" is_installed
check "copy what was installed" cp -a "$where" /installed/
check "dkms remove" dkms remove "$name" --all
check "nothing is left" is_gone
finish
