#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: put what dkms installed where it belongs, and use it as README.md says.
set -u
. ./tap.sh

updates=/lib/modules/$(uname -r)/updates
tree=/sys/kernel/debug/mergescope

install_module() {
	mkdir -p "$updates" && cp -a dkms "$updates/" && depmod -a
}

shows_target() {
	grep '^vma ' "$tree/1/vmas" && grep '^target pid=1 ' "$tree/targets"
}

is_unloaded() {
	! test -e "$tree" && ! grep -w mergescope /proc/modules
}

check "depmod knows the module" install_module
check "modprobe with a target" modprobe mergescope targets=1
check "the target is reported" shows_target
check "modprobe -r" modprobe -r mergescope
check "nothing is left" is_unloaded
finish
