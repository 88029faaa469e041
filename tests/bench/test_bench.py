#!/usr/bin/python3
"""That the bench runs: tiny pools, no limit held to, as a busy machine would break them."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from check import *
import table as tables

HERE = os.path.dirname(os.path.abspath(__file__))
ROW = re.compile(r"^(.+?) +(-?\d+\.\d\d)(?: ?\S+)? +(-|\d+\.\d\d)(?: ?\S+)?(?:  (ok|over))?$")
GOALS = {
    "collectors": ["reading 64 collectors in every tick, each"],
    "steady": ["the live view at 1 Hz, 0 of 2", "the live view at 1 Hz, 1 of 2", "the live view at 1 Hz, 2 of 2"],
}


@test
def a_value_over_its_limit_is_told():
    quiet = tables.Table()
    quiet.row("at the limit", 1.1, 1.1)
    quiet.row("without one", 9, None)
    equal("late", quiet.late, 0)
    quiet.row("over", 1.2, 1.1)
    equal("late", quiet.late, 1)


def quick(topic):
    build = os.environ.get("B") or os.path.join(ROOT, "build")
    env = dict(os.environ, COWTOP=COWTOP, BENCH=f"{build}/bench")
    done = subprocess.run([sys.executable, f"{HERE}/bench.py", "--quick", "--only", topic], env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    equal(f"exit status of {topic} ({done.stderr.strip()})", done.returncode, 0)
    return [found.groups() for found in map(ROW.match, done.stdout.splitlines()) if found]


@test
def goals_are_rows_with_a_limit():
    need_root()
    for topic, goals in GOALS.items():
        rows = quick(topic)
        for goal in goals:
            found = [(limit, verdict) for what, _, limit, verdict in rows if what.startswith(goal)]
            equal(f"rows of {goal}", len(found), 1)
            equal(f"{goal} has a limit and a verdict", found[0][0] != "-" and found[0][1] is not None, True)


main()
