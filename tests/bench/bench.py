#!/usr/bin/python3
"""What cowtop costs, as ratios measured in one run. `make bench BENCH_ARGS=...` calls this.

Each topic is a module with a function bench(table, args). Needs root: the bare loop and cowtop read
frame numbers. Lines that begin with # are what a row's ratio was made of.
"""
import argparse
import os
import sys
import time

import collectors
import growth
import latency
import shares
import reading
import recordings
import stacks
import steady
import view
from table import Table

TOPICS = {
    "reading": reading,
    "latency": latency,
    "growth": growth,
    "collectors": collectors,
    "view": view,
    "steady": steady,
    "recordings": recordings,
    "stacks": stacks,
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
                        help="tiny pools and few rounds, to see that all of it runs")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a limit is passed")
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


def main():
    args = arguments()
    tell_noise(0.1 if args.quick else 2)
    table = Table()
    for name, topic in TOPICS.items():
        if not args.only or name in args.only:
            topic.bench(table, args)
    print(f"# {table.late} over their limit" if table.late else "# all within their limits")
    return 1 if args.strict and table.late else 0


if __name__ == "__main__":
    sys.exit(main())
