#!/usr/bin/python3
"""What cowtop try says of real servers: `make try-table`. Names of servers choose some of them."""
import argparse
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from servers import SERVERS
from tap import Skip
import run

PYTHON = ("gc.freeze", "gc.collect+freeze", "gc.disable", "malloc=jemalloc", "gc.freeze+malloc=jemalloc")
WITH = {"uwsgi": ("gc.freeze", "gc.disable", "malloc=jemalloc", "gc.freeze+malloc=jemalloc"),
        "puma": ("gc.start", "gc.compact", "malloc=jemalloc", "malloc.arenas=1"),
        "php-fpm": ("malloc=tcmalloc", "malloc.arenas=1")}
FIVE = ("gunicorn", "uwsgi", "celery", "executor", "puma")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("servers", nargs="*", metavar="SERVER", help=f"of {' '.join(SERVERS)}; else {' '.join(FIVE)}")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    unknown = set(args.servers) - set(SERVERS)
    if unknown:
        parser.error(f"no server {' '.join(sorted(unknown))}")
    failed = 0
    for name in args.servers or FIVE:
        try:
            with SERVERS[name]() as server:
                words = [w for v in WITH.get(name, PYTHON) for w in ("--with", v)]
                print(f"\n{server.name}", flush=True)
                failed |= subprocess.run([run.COWTOP, "try", "--runs", str(args.runs), *words, "--load", server.load,
                                          "--ready", server.ready, "--", *server.command], env=server.env,
                                         stdin=subprocess.DEVNULL, check=False).returncode
        except Skip as reason:
            print(f"{name}: skipped: {reason}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
