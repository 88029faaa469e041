#!/usr/bin/python3
"""Processes that lie about their memory: what is read of them, and what that costs."""
import contextlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from interpreters import BUILD, Gcread, state
from run import spawned
from tap import add_test, equal, main, must_be_built, SLOW, true

LIAR = os.path.join(BUILD, "tests", "liar")


@contextlib.contextmanager
def liar(lie):
    must_be_built(LIAR)
    with spawned([LIAR, lie], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        equal("it stands", process.stdout.readline().decode().strip(), lie)
        yield process.pid


def lie(name, check, first_ms=40, later_ms=20, count_ms=3000):
    """Limits of CPU time, far above what is measured on a quiet machine."""
    def run():
        with liar(name) as pid, Gcread() as gcread:
            for limit, words in ((first_ms, ()), (later_ms, ()), (count_ms, ("count",))):
                answer = gcread.read(pid, *words)
                equal("runtime", answer["runtime"], "cpython")
                true(f"{words or 'read'} within {limit} ms", answer["us"] < limit * 1000 * SLOW,
                     answer["us"])
                check(answer)
    add_test(f"a liar: {name}", run)


def refused(answer):
    equal("result", answer["result"], -1)
    equal("interpreters", answer["interpreters"], [])
    true("a reason", answer["why"])


def bounded(answer):
    equal("result", answer["result"], 0)
    true("interpreters", 1 < len(answer["interpreters"]) <= 64, len(answer["interpreters"]))


def uncounted(answer):
    got = state(answer)
    equal("any_frozen, frozen", (got["any_frozen"], got["frozen"]), (1, None))


lie("signatures", bool)
lie("interpreters", bounded)
lie("frozen", uncounted)
lie("loop", uncounted)
lie("strewn", uncounted)
lie("wild", refused)

main()
