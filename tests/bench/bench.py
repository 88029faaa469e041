#!/usr/bin/python3
"""What cowtop costs, as ratios measured in one run. `make bench BENCH_ARGS=...` calls this.

Each topic is a module with a function bench(table, args). Needs root: the bare loop and cowtop read
frame numbers. Lines that begin with # are what a row's ratio was made of. The exit status is 1 when a limit
was passed, or a topic could not be measured; the last lines say which.
"""
import argparse
import os
import subprocess
import sys
import time

import allocators
import collectors
import export
import growth
import latency
import shares
import reading
import recordings
import stacks
import steady
import view
import why
from table import Table

TOPICS = {
    "reading": reading,
    "latency": latency,
    "growth": growth,
    "collectors": collectors,
    "allocators": allocators,
    "view": view,
    "why": why,
    "steady": steady,
    "recordings": recordings,
    "stacks": stacks,
    "export": export,
    "profile": shares,
}
BUSY_PERCENT = 5    # of one CPU that others may take of a quiet machine


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=TOPICS, metavar="TOPIC",
                        help=f"one topic (may be given again): {', '.join(TOPICS)}")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--mib", type=int, default=256, help="memory of the master")
    parser.add_argument("--view", type=int, default=20, metavar="SECONDS",
                        help="how long the live view is watched between two whole walks")
    parser.add_argument("--quick", action="store_true",
                        help="tiny pools and few rounds, to see that all of it runs; no limit is held")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.workers, args.mib, args.view = 1, 2, 8, 0.5
    return args


def busy_seconds():
    """CPU time of all programs until now."""
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system = map(int, stat.readline().split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def tell_noise(seconds):
    """What the machine does besides: said, as it goes into all that follows."""
    before = busy_seconds()
    time.sleep(seconds)
    percent = 100 * (busy_seconds() - before) / seconds
    if percent > BUSY_PERCENT:
        print(f"# not quiet: other programs take {percent:.0f} % of a CPU")


def run_topic(table, name, args):
    """What a topic misses is said, and the others go on."""
    began = time.monotonic()
    try:
        TOPICS[name].bench(table, args)
    except SystemExit as missed:
        table.failed(name, str(missed.code).removeprefix("bench: "))
    except (OSError, subprocess.SubprocessError) as missed:
        table.failed(name, str(missed))
    print(f"# {name} took {time.monotonic() - began:.0f} s", flush=True)


def main():
    args = arguments()
    if os.geteuid():
        sys.exit("bench: needs root, which sees frame numbers")
    tell_noise(0.1 if args.quick else 2)
    table = Table()
    for name in TOPICS:
        if not args.only or name in args.only:
            run_topic(table, name, args)
    kept = table.verdict()
    return 0 if kept or (args.quick and not table.unmeasured) else 1


if __name__ == "__main__":
    sys.exit(main())
