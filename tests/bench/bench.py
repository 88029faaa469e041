#!/usr/bin/python3
"""What cowtop costs, as ratios measured in one run. `make bench BENCH_ARGS=...` calls this.

Each topic is a module with a function bench(table, args). Needs root: the bare loop and cowtop read
frame numbers.
"""
import argparse
import sys

import collectors
import reading
import recordings
import stacks
import view
from table import Table

TOPICS = {
    "reading": reading,
    "collectors": collectors,
    "view": view,
    "recordings": recordings,
    "stacks": stacks,
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=TOPICS, metavar="TOPIC",
                        help=f"one topic (may be given again): {', '.join(TOPICS)}")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--mib", type=int, default=256, help="memory of the master")
    parser.add_argument("--view", type=int, default=20, metavar="SECONDS",
                        help="how long the live view is watched between two whole walks")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a limit is passed")
    return parser.parse_args()


def main():
    args = arguments()
    table = Table()
    for name, topic in TOPICS.items():
        if not args.only or name in args.only:
            topic.bench(table, args)
    return 1 if args.strict and table.late else 0


if __name__ == "__main__":
    sys.exit(main())
