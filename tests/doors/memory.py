"""What comes of it when there is no memory: each allocation of a verb is refused, alone or with all that follow."""
import argparse
import concurrent.futures
import os
import random
import subprocess
import sys

from doors import judge, part_of, slice_of, STATUSES, Try, Verb, WHOLE
from run import folder
from smallpool import SmallPool
from stage import Door, Stage
from verbs import POOL
from visit import Collector

VERBS = ("json", "json why", "report", "report page", "replay", "replay live", "diff", "pools", "export",
         "export listen", "record", "record all", "record stacks", "why", "stacks", "stacks push", "doctor", "live",
         "mark", "why recorded", "stacks recorded", "try")
# Libraries that end the program, or read at NULL, where they have no memory: glibc's name service, GnuTLS (which
# libmicrohttpd is linked to), ncurses, and the loader.
FRAGILE = ("libc.so", "ld-linux", "libgnutls", "libtinfo", "libncursesw")


def chosen(name, asked, most):
    """Which of so many allocations: all of them, or by lot, and the same at every run."""
    every = range(1, asked + 1)
    return every if not most or asked <= most else sorted(random.Random(name).sample(every, most))


def attempt(stage, verb, which):
    """What is wrong, as lines."""
    try:
        run, _, who = stage.short_of_memory(verb.name, which)
    except subprocess.TimeoutExpired:
        return [f"{verb.name}: allocation {which}: did not end"]
    if run.end and run.end not in STATUSES and who.startswith(FRAGILE):
        return []
    trial = Try(verb, Door("malloc", "memory"), "ENOMEM", which)
    return [f"{verb.name}: allocation {which}: {line}" for line in judge(verb, trial, run)]


def sweep(most=0, names=VERBS, part=WHOLE):
    """(how many were refused, what is wrong); `most` of each verb in each way, or 0: all; of them the
    `part` (slice_of())."""
    with SmallPool(2, argv0=POOL) as pool, folder() as place, Collector() as collector:
        stage = Stage(pool, place, collector.url).make()
        jobs = []
        for verb in [Verb(stage, name) for name in names]:
            _, asked, _ = stage.short_of_memory(verb.name, "0")
            numbers = chosen(verb.name, asked, most)
            jobs += [(verb, f"{n}{more}") for n in numbers for more in ("", "+")]
        jobs = slice_of(jobs, part)
        with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as threads:
            found = threads.map(lambda job: attempt(stage, *job), jobs)
            return len(jobs), [line for lines in found for line in lines]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=40, help="so many of each verb, by lot (40); 0: all")
    parser.add_argument("--verb", action="append", choices=VERBS, help="this verb; repeatable")
    parser.add_argument("--slice", type=part_of, default=WHOLE, metavar="I/N", help="the Ith of N parts of all that")
    options = parser.parse_args()
    count, wrong = sweep(options.most, options.verb or VERBS, options.slice)
    print("".join(f"wrong: {line}\n" for line in wrong), end="")
    print(f"{count} times memory was refused, {len(wrong)} wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
