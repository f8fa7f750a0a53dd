# SPDX-License-Identifier: GPL-2.0
# TAP for the shell suites: source it, call check NAME COMMAND..., end with finish.
# shellcheck shell=sh

tap_tests=0
tap_failed=0
echo "TAP version 13"

# check NAME COMMAND...: ok if the command succeeds; what it printed follows if it does not.
check() {
	tap_name=$1
	shift
	tap_tests=$((tap_tests + 1))
	if tap_output=$("$@" 2>&1); then
		echo "ok $tap_tests - $tap_name"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_tests - $tap_name"
		echo "$tap_output" | sed 's/^/# /'
	fi
}

finish() {
	echo "1..$tap_tests"
	[ "$tap_failed" = 0 ]
}
