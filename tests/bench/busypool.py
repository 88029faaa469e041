#!/usr/bin/python3
"""busypool.py WORKERS: a pool in which every worker reads inherited objects, allocates, frees and now and
then collects, all the time. Prints "ready"; ends with its standard input."""
import gc
import os
import random
import signal
import sys
import time


def work(data, seed):
    random.seed(seed)
    kept = []
    while True:
        for _ in range(random.randrange(20)):
            at = random.randrange(len(data) - 50)
            kept.append([item[1]["id"] for item in data[at:at + 50]])
        kept.append(bytearray(random.randrange(60000)))
        kept.append([{"a": 1} for _ in range(random.randrange(300))])
        if len(kept) > 60:
            del kept[:random.randrange(60)]
        if random.random() < 0.01:
            gc.collect()
        time.sleep(random.random() * 0.4)


def main():
    data = [[str(i), {"id": i}] for i in range(200000)]
    pids = []
    for seed in range(int(sys.argv[1])):
        pid = os.fork()
        if pid == 0:
            os.close(0)
            work(data, seed)
        pids.append(pid)
    print("ready", flush=True)
    sys.stdin.read()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


main()
