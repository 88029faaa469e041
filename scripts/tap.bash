# TAP for the guards: source this, call `check NAME COMMAND...` for each test, then `finish`.
# A test passes when its command is silent and exits with 0; what it says is shown as a diagnosis.
# shellcheck shell=bash

# What gcc makes of the tree without sanitizers, where no warning passes: make check may have just made it.
# shellcheck disable=SC2034 # guards use it
gcc_build=${BUILT:-${B:-build}/guard-gcc}

tap_count=0
tap_failed=0

check() {
	local name=$1 said status=0
	shift
	said=$("$@" 2>&1) || status=$?
	tap_count=$((tap_count + 1))
	if [ "$status" -eq 0 ] && [ -z "$said" ]; then
		echo "ok $tap_count - $name"
	else
		tap_failed=1
		echo "not ok $tap_count - $name"
		[ -z "$said" ] || printf '%s\n' "$said" | sed 's/^/# /'
	fi
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

finish() {
	echo "1..$tap_count"
	exit "$tap_failed"
}
