#!/usr/bin/python3
"""The clock of the day: steps of it, and summer time, through a shim (clock.c)."""
import datetime
import json
import os
import re
import signal
import sys
import zoneinfo

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from smallpool import SmallPool  # noqa: E402 (it finds tests/lib)
from recorder import Recorder, has
from run import cowtop, folder, seconds_of, through
from tap import equal, main, must_be_built, ROOT, test, true, until

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


@test
def ages():
    """Set ahead or back by an hour: how old everybody is goes on by seconds, and who is new is new"""
    must_be_built(SHIM)
    for variable in ("CLOCK_AHEAD", "CLOCK_BACK"):
        with SmallPool(2) as pool, folder() as place:
            path, step = f"{place}/pool.ct", f"{place}/step"
            with Recorder("-o", path, "-i", "0.05", "--fixed", pool.master,
                          env=through(SHIM, **{variable: step})) as recorder:
                has(path, 4)
                with open(step, "w", encoding="ascii"):
                    pass
                has(path, 9)
                equal("recorder", recorder.ended(signal.SIGINT)[0], 0)
            found = times(path)
            stamps = [seconds_of(d["time"]) for d in found]
            true(f"{variable}: one step", sum(abs(b - a) > 3500 for a, b in zip(stamps, stamps[1:])) == 1, stamps)
            ages_of = [[p["age_s"] for p in d["processes"]] for d in found]
            for before, after in zip(ages_of, ages_of[1:]):
                true(f"{variable}: nobody gets younger, or an hour older",
                     all(-0.2 < b - a < 60 for a, b in zip(before, after)), ages_of)


def recorded_from(begin, pool, path):
    """A recording of 39 minutes of a clock that begins then: a sample each minute."""
    status, _, err = cowtop("record", "-f", "-o", path, "-i", "0.1", "--fixed", "-d", "3.9s", pool.master,
                            env=through(SHIM, CLOCK_FROM=str(begin)))
    equal(f"record: {err}", status, 0)


def part(path, zone, *arguments, before=False):
    """Instants of what -b and -e leave; that a time lies before that is said."""
    status, out, err = cowtop("replay", "--json", *arguments, path, env=dict(os.environ, TZ=zone))
    equal(f"TZ={zone} {arguments}: {err}", status, 0)
    said = re.fullmatch(rf"cowtop: {path}: \d\d:\d\d:\d\d \w+ is before the recording, which begins \S+ \w+\n", err)
    true(f"TZ={zone} {arguments}: said {err!r}", said if before else err == "")
    return [seconds_of(json.loads(line)["time"]) for line in out.splitlines()]


def between(path, begin, first, last, shown=True):
    """Instants of the samples from one minute of the clock to another; before the first and after the last all there
    are. A recorder may stand still at any of them. An end is the whole second that it names; one that no clock showed
    is the change."""
    every = [seconds_of(d["time"]) for d in times(path)]
    end = begin + 60 * last + (0.9995 if shown else 0)
    return [at for at in every if (not first or at >= begin + 60 * first) and (last == LAST or at <= end)]


BERLIN = "Europe/Berlin"
# Zone, beginning of the recording, and what is asked for: from which of its minutes to which.
HOURS = [
    # 02:20 to 02:59 for the first time, and for the second
    (BERLIN, 1792887600, [("-b", "02:30", 10, 39), ("-e", "02:40", 0, 20), ("-b", "2026-10-25 02:30", 10, 39)]),
    (BERLIN, 1792891200, [("-b", "02:30", 10, 39), ("-e", "02:40", 0, 20), ("-e", "2026-10-25 02:40", 0, 20)]),
    # 02:40 for the first time to 02:19 for the second: of 02:45 the first, of 02:10 the second is in it, of 02:30 none
    (BERLIN, 1792888800, [("-b", "02:45", 5, 39), ("-e", "02:10", 0, 30), ("-e", "02:45", 0, 5),
                          ("-b", "02:10", 30, 39), ("-b", "02:30", 0, 39), ("-e", "02:30", 0, 39)]),
    # 01:40 to 03:19, without the hour between: 02:30 is the change
    (BERLIN, 1774744800, [("-b", "02:30", 20, 39), ("-e", "02:30", 0, 20), ("-b", "03:10", 30, 39)]),
    # half an hour comes twice: 01:30 to 01:59, 01:30 to 01:39
    ("Australia/Lord_Howe", 1775313000, [("-b", "01:50", 20, 39), ("-b", "01:35", 5, 39), ("-e", "01:35", 0, 35)]),
    ("Asia/Kathmandu", 1775313000, [("-b", "20:25", 10, 39)]),
    # a day without an evening: 23:40 of the 29th, 00:19 of the 31st
    ("Pacific/Apia", 1325238000, [("-b", "2011-12-30 12:00", 20, 39), ("-b", "2011-12-31 00:10", 30, 39)]),
    # a clock that was never set, and one that was set wrong
    ("UTC", -1200, [("-b", "1969-12-31T23:50:00Z", 10, 39), ("-b", "00:10", 30, 39), ("-e", "23:50", 0, 10)]),
    ("America/New_York", 600, [("-b", "1969-12-31 19:20", 10, 39), ("-e", "19:30", 0, 20)]),
]
LAST = 39
# The one of them that lies before its recording.
BEFORE = (1792888800, "-b", "02:30")
# The one that is an end in an hour that was left out.
LEFT_OUT = (1774744800, "-e", "02:30")


@test
def summer_time():
    """The hour that comes twice and the one that is left out, odd zones, before 1970: -b and -e mean what the clock
    on the wall showed"""
    must_be_built(SHIM)
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"
        for zone, begin, asked in HOURS:
            recorded_from(begin, pool, path)
            for option, when, first, last in asked:
                got = part(path, zone, option, when, before=(begin, option, when) == BEFORE)
                expected = between(path, begin, first, last, shown=(begin, option, when) != LEFT_OUT)
                equal(f"{zone} from {begin}, {option} {when}", got, expected)
        recorded_from(1774744800, pool, path)
        status, _, err = cowtop("replay", "--json", "-b", "2026-03-29 02:10", "-e", "2026-03-29 02:50", path,
                                env=dict(os.environ, TZ="Europe/Berlin"))
        true(f"within the hour that is left out: {status}, {err}", status == 1 and "no sample in this part" in err)


CHANGE = 1792890000     # in Berlin, from 03:00 CEST to 02:00 CET


def on_the_wall(at):
    return datetime.datetime.fromtimestamp(int(at), zoneinfo.ZoneInfo(BERLIN)).strftime("%Y-%m-%d %H:%M:%S %Z")


@test
def repeated_hour():
    """The hour that comes twice is printed with two names, which -b and -e take"""
    must_be_built(SHIM)
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/pool.ct"

        def seen():
            """Instants of a recording that has samples of both hours. It may stand still in either."""
            recorded_from(1792888800, pool, path)
            every = [seconds_of(d["time"]) for d in times(path)]
            return every if every[0] < CHANGE <= every[-1] else None
        every = until("samples of both hours", seen)
        status, out, err = cowtop("replay", "-n", str(len(every)), path, env=dict(os.environ, TZ=BERLIN))
        equal(err, status, 0)
        shown = re.findall(r", (2026-10-25 \d\d:\d\d:\d\d CES?T)\n", out)
        equal("the times", shown, [on_the_wall(at) for at in every])
        got = part(path, BERLIN, "-b", "02:10 CET")
        equal("of the second", got, between(path, 1792888800, 30, LAST))
        status, out, err = cowtop("report", path, env=dict(os.environ, TZ=BERLIN))
        end = on_the_wall(every[-1]).split(" ", 1)[1]
        true(f"report: {out}", f"\n{on_the_wall(every[0])} to {end}, " in out)


main()
