#!/bin/sh
# A gate for any system that builds and tests: start a pool, put it under load, stop it, as often as RUNS says, and fail
# when a rule holds or the pool has become worse than it was.
#
#	LOAD='ab -q -n 400 -c 4 http://127.0.0.1:8000/' RULES='worker.cow_broken_ratio > 20%' \
#		sh gate.sh gunicorn --preload -w 4 app:app
#
# What can be said in the environment:
#
#	LOAD       the command that is the load; needed
#	RULES      rules, each on a line of its own; cowtop --list-keys has what they can be about
#	RUNS       how often (3): what runs differ by is the noise; of one run nothing is known of it
#	OUT        where the results go (cowtop-out)
#	BASELINE   recordings of before (cowtop-baseline); where there are none nothing is compared
#	TOLERANCE  so much more than the baseline is no worse (5%)
#	KEEP       1: if the gate passes, what it has recorded is the baseline from now on
#	COWTOP     the program (cowtop)
#
# In OUT are then the recordings, pool.1.ct, pool.2.ct, ... (of one run pool.ct), what the first shows (report.html),
# the verdict (junit.xml, summary.md), figures to be kept (metrics.txt, benchmark.json), and the comparison with the
# baseline, if there is one (diff.txt).
# Exit status: that of cowtop record: 0 passed, 3 failed, and others if it could not be judged.
set -eu

if [ -z "${LOAD-}" ] || [ $# -eq 0 ]; then
	echo "usage: LOAD='COMMAND ARGS...' gate.sh COMMAND ARGS..." >&2
	exit 2
fi
out=${OUT:-cowtop-out}
baseline=${BASELINE:-cowtop-baseline}
cowtop=${COWTOP:-cowtop}

mkdir -p "$out"
# What an earlier run has left is no verdict on this one.
rm -f "$out"/pool*.ct "$out"/diff.txt "$out"/report.html "$out"/junit.xml "$out"/summary.md "$out"/metrics.txt \
	"$out"/benchmark.json

set -- -- "$@"
while IFS= read -r rule; do
	[ -z "$rule" ] || set -- --fail-if "$rule" "$@"
done <<END
${RULES-}
END
compared=
for file in "$baseline"/pool*.ct; do
	[ -e "$file" ] || continue
	compared=1
	set -- --baseline "$file" "$@"
done
[ -z "$compared" ] || set -- --tolerance "${TOLERANCE:-5%}" "$@"
[ "${RUNS:-3}" = 1 ] || set -- --runs "${RUNS:-3}" "$@"

status=0
"$cowtop" record -o "$out/pool.ct" --load "$LOAD" \
	--junit "$out/junit.xml" --markdown "$out/summary.md" \
	--metrics "$out/metrics.txt" --benchmark "$out/benchmark.json" "$@" || status=$?

# For people to look at; the verdict is there already. Where there is one run on one side, the first ones are compared.
first_of() {
	for file in "$1"/pool*.ct; do
		[ ! -e "$file" ] || echo "$file"
		break
	done
}
first=$(first_of "$out")
[ -z "$first" ] || "$cowtop" report --html "$out/report.html" "$first" || :
if [ -n "$first" ] && [ -n "$compared" ]; then
	if [ -e "$out/pool.ct" ] || [ -e "$baseline/pool.ct" ]; then
		"$cowtop" diff "$(first_of "$baseline")" "$first"
	else
		"$cowtop" diff "$baseline"/pool*.ct -- "$out"/pool*.ct
	fi >"$out/diff.txt" || :
fi

if [ "${KEEP-}" = 1 ] && [ "$status" -eq 0 ]; then
	mkdir -p "$baseline"
	rm -f "$baseline"/pool*.ct
	cp "$out"/pool*.ct "$baseline"/
fi
exit "$status"
