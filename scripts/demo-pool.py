#!/usr/bin/env python3
"""A small pre-forked pool: a master that loads some 100 MiB of ordinary objects, and four workers.

It prints the master's pid when the workers are there, and ends with its standard input: the pool
cannot outlive the script that started it.
"""
import gc
import os
import random
import select
import signal
import sys

WORKERS = 4


class User:
    def __init__(self, number):
        self.number = number
        self.name = f"user {number}"
        self.tags = [f"tag {number % 50}", f"group {number}"]
        self.settings = {"theme": f"theme {number}", "limit": float(number)}


def serve(users, seed, alive):
    """Requests: read a few users, sometimes write one, collect garbage now and then."""
    rand = random.Random(seed)
    requests = 0
    while not select.select([alive], [], [], 0.02)[0]:
        first = rand.randrange(len(users))
        found = [user for user in users[first:first + 400] if user.settings["limit"] >= 0]
        if requests % 10 == 0:
            rand.choice(found).settings["theme"] = f"theme {requests}"
        if requests % 100 == 50 + 10 * seed:
            gc.collect()
        requests += 1


def main():
    users = [User(number) for number in range(135_000)]

    # A worker holds the reading end only and sees its end when the master goes, whichever way.
    alive, held = os.pipe()
    for seed in range(WORKERS):
        if os.fork() == 0:
            os.close(held)
            os.close(0)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            serve(users, seed, alive)
            os._exit(0)
    os.close(alive)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    print(os.getpid(), flush=True)
    try:
        os.read(0, 1)
    except KeyboardInterrupt:
        pass
    finally:
        os.close(held)
        for _ in range(WORKERS):
            os.wait()


if __name__ == "__main__":
    main()
