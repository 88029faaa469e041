"""A pool that never stands still: `python3 churning.py WORKERS`. Ends when its input does.

Workers read, rewrite, allocate and free, collect garbage, run programs and fork, and each ends after a while and is
replaced. It is the same work for as long as it goes on: nothing of it grows.
"""
import gc
import os
import random
import select
import signal
import sys
import time

DATA = [str(n) * 10 for n in range(60000)]
LIFE_S = 6


def work(seed):
    """A worker's life."""
    rng = random.Random(seed)
    held, end = [], time.monotonic() + LIFE_S * (0.5 + rng.random())
    while time.monotonic() < end:
        what = rng.randrange(6)
        at = rng.randrange(len(DATA) - 2000)
        if what < 2:
            sum(map(len, DATA[at:at + 2000]))
        elif what == 2:
            DATA[at:at + 500] = [str(time.time()) for _ in range(500)]
        elif what == 3:
            held = [bytes(4096) for _ in range(rng.randrange(300))]
        elif what == 4:
            gc.collect()
        elif rng.random() < 0.2:
            child = os.fork()
            if child == 0:
                os.execv("/bin/sleep", ["sleep", "0.3"])
            os.waitpid(child, 0)
        time.sleep(0.1)
    return len(held)


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wanted, alive, seed = int(sys.argv[1]), set(), 0
    print(os.getpid(), flush=True)
    while not select.select([0], [], [], 0.05)[0]:
        while len(alive) < wanted:
            seed += 1
            child = os.fork()
            if child == 0:
                work(seed)
                os._exit(0)
            alive.add(child)
        while (ended := os.waitpid(-1, os.WNOHANG)[0]):
            alive.discard(ended)
    for child in alive:
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    main()
