#!/usr/bin/python3
"""That the bench runs: tiny pools, no limit held to, as a busy machine would break them."""
import functools
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from run import COWTOP
from tap import add_test, equal, main, need, need_root, PATIENCE, ROOT, Skip, test, true
import table as tables

HERE = os.path.dirname(os.path.abspath(__file__))
ROW = re.compile(r"^(.+?) +(-?\d+\.\d\d)(?: ?\S+)? +(-|\d+\.\d\d)(?: ?\S+)?(?:  (ok|over))?$")
# bench.py with one topic instead of its own
AS_BENCH = """
import sys
sys.path.insert(0, {here!r})
import bench
class Topic:
    bench = staticmethod(lambda table, args: {topic})
bench.TOPICS = dict(gone=Topic)
bench.tell_noise = lambda seconds: None
sys.argv = ["bench.py"]
sys.exit(bench.main())
"""
SOON, LATE = "table.row('soon', 1, 1)", "table.row('late', 2, 1)"
ENDS = "sys.exit('bench: nothing here')"
# What cowtop is held to: beginnings of rows. Those of other tools are rows where the tool is.
GROWING = ("workers", "MiB", "mappings of two processes", "GiB, one page in each")
GOALS = {
    "reading": ["cowtop --json / cat smaps_rollup", "a page more, cowtop --json / bare read",
                "a page more, a later sample that walks all / bare read", "... (16 MiB + 2 B a distinct page)",
                "8 TiB of PROT_NONE", *(f"cowtop --json / {tool} " for tool in ("smem", "ps")),
                "start to first line, 1 + 4 x", "start to first line, 1 + 2 x"],
    "latency": ["p99.9 of the target's mmap + munmap: cowtop / nothing", "pairs over 1 ms under cowtop"],
    "growth": [f"exponent in {what}: {name}" for what in GROWING
               for name in ("cowtop --json", "a later sample, idle", "a later sample, all walked", "peak memory")],
    "collectors": ["reading 64 collectors in every tick, each"],
    "allocators": ["allocators / bare read, glibc", "allocators / bare read, pymalloc"],
    "why": ["why: inventory / bare read of the same", "why: a look / a sample"],
    "steady": ["the live view at 1 Hz, 0 of 2", "the live view at 1 Hz, 1 of 2", "the live view at 1 Hz, 2 of 2",
               "cowtop record at 1 Hz, 0 of 2", "... all of them, with the budget"],
    "recordings": ["... a jump in the view, to the last byte drawn, median", "... cowtop report of it"],
    "export": [f"export of 1 + {workers} processes: {what}" for workers in (2, 8) for what in
               ("scrapes that failed", "samples beyond one", "memory that they took", "connections that are left")],
    "stacks": ["stacks, counting of copies", "stacks, one copy in 64", "stacks, every copy: "],
}


@test
def a_value_over_its_limit_is_told():
    quiet = tables.Table()
    quiet.row("at the limit", 1.1, 1.1)
    quiet.row("without one", 9, None)
    equal("late", quiet.late, [])
    equal("all kept", quiet.verdict(), True)
    quiet.row("over", 1.2, 1.1)
    quiet.row("... a part of it", 3, 2, " ms")
    quiet.failed("stacks", "no such event here")
    equal("late", quiet.late, ["over: 1.20, limit 1.10", "over ... a part of it: 3.00 ms, limit 2.00 ms",
                               "stacks: no such event here"])
    equal("all kept", quiet.verdict(), False)


@test
def a_limit_that_is_passed_makes_the_bench_fail():
    need_root()
    for topic, status, said in ((SOON, 0, "# all within"), (LATE, 1, "#   late: 2.00, limit 1.00"),
                                (ENDS, 1, "#   gone: nothing here")):
        done = subprocess.run([sys.executable, "-c", AS_BENCH.format(here=HERE, topic=topic)], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
        equal(f"exit status with {topic} ({done.stderr.strip()})", done.returncode, status)
        true("what it said", said in done.stdout, done.stdout)


def quick(topic):
    build = os.environ.get("B") or os.path.join(ROOT, "build")
    env = dict(os.environ, COWTOP=COWTOP, BENCH=f"{build}/bench")
    done = subprocess.run([sys.executable, f"{HERE}/bench.py", "--quick", "--only", topic], env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    if "# stacks: no stacks can be watched here" in done.stdout:
        raise Skip("no stacks can be watched here")
    equal(f"exit status of {topic} ({done.stderr.strip()})", done.returncode, 0)
    return [found.groups() for found in map(ROW.match, done.stdout.splitlines()) if found]


def goals_are_rows_with_a_limit(topic):
    need_root()
    if topic == "reading":
        need("smem", "ps")
    rows = quick(topic)
    for goal in GOALS[topic]:
        found = [(limit, verdict) for what, _, limit, verdict in rows if what.startswith(goal)]
        equal(f"rows of {goal}", len(found), 1)
        equal(f"{goal} has a limit and a verdict", found[0][0] != "-" and found[0][1] is not None, True)


for name in GOALS:
    add_test(f"the goals of {name} are rows with a limit", functools.partial(goals_are_rows_with_a_limit, name))

main()
