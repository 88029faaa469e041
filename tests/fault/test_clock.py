#!/usr/bin/python3
"""Recordings over a step of the clock of the day: through a shim (clock.c)."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from smallpool import SmallPool  # noqa: E402 (it finds tests/lib)
from recorder import Recorder, has
from run import cowtop, folder, seconds_of, through
from tap import equal, main, must_be_built, ROOT, test, true

SHIM = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "clock.so")


def times(path, *arguments):
    status, out, err = cowtop("replay", "--json", *arguments, path)
    equal(f"replay {arguments}: {err}", status, 0)
    return [json.loads(line) for line in out.splitlines()]


@test
def set_back():
    """Set back by an hour: time goes on by the other clock, and report and replay mean the same part"""
    must_be_built(SHIM)
    with SmallPool(2) as pool, folder() as place:
        path, back = f"{place}/pool.ct", f"{place}/back"
        with Recorder("-o", path, "-i", "0.05", "--fixed", pool.master,
                      env=through(SHIM, CLOCK_BACK=back)) as recorder:
            has(path, 4)
            with open(back, "w", encoding="ascii"):
                pass
            has(path, 9)
            equal("recorder", recorder.ended(signal.SIGINT)[0], 0)
        found = times(path)
        stamps = [seconds_of(d["time"]) for d in found]
        steps = [b - a for a, b in zip(stamps, stamps[1:])]
        true("one step back", [step < -3500 for step in steps].count(True) == 1, steps)
        true("time goes on", all(d["elapsed_s"] > 0 for d in found[1:]))
        equal("from a time before the step", len(times(path, "-b", found[2]["time"])), len(found) - 2)
        equal("up to a time before the step", len(times(path, "-e", found[2]["time"])), 3)
        begin = found[-1]["time"]
        part = times(path, "-b", begin)
        status, out, err = cowtop("report", "--json", "-b", begin, path)
        equal(f"report: {err}", status, 0)
        recording = json.loads(out)["recording"]
        equal("samples", (recording["samples"], recording["begin"]), (len(part), part[0]["time"]))
        true("its length", 0 < recording["elapsed_s"] < 60, recording["elapsed_s"])


main()
