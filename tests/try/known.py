#!/usr/bin/python3
"""A pool of two workers whose loss is known, for the tests of cowtop try.

    known.py KIND FOLDER [WORD...]

Each worker listens at FOLDER/0, FOLDER/1 (load.py asks both for the same); the master waits for SIGTERM. What a
request does, of what the master has loaded:

    collector   reads none of it; now and then a full collection comes, which writes every object's header
    references  reads texts, which no collector tracks: their counts are written
    holes       keeps every other one of blocks that are a little larger each time: nothing fits into what is freed
    both        is that of collector and of holes
    fragments   needs blocks that glibc's malloc maps at first and takes from its heap from then on, and keeps a
                little at their end: what is freed below that stays the process's
    threads     is served by a thread of its own, each of which has an arena
    nothing     reads bytes through a view: no page is written
    leak        keeps what it has made

Words: frozen: gc.freeze() before the fork; dies: a worker ends with its tenth request; stubborn: all ignore SIGTERM;
says: it prints its arguments, its environment and what it has imported, and ends with status 7 at SIGTERM.
"""
import gc
import json
import os
import random
import signal
import socket
import sys
import threading
import time

KIND, FOLDER, WORDS = sys.argv[1], sys.argv[2], sys.argv[3:]
WORKERS = 2
REQUEST_S = 0.004


def record(n):
    return {"id": n, "tags": ["t%d" % (n + k) for k in range(3)], "seller": {"city": n % 50, "score": n * 0.3}}


def load():
    if KIND in ("collector", "both"):
        return [record(n) for n in range(30000)]
    if KIND == "references":
        return ["text %d of a list that no collector tracks" % n for n in range(220000)]
    if KIND == "nothing":
        return memoryview(os.urandom(16 << 20))
    return []


def collector(number, choice):
    if number % 60 == 30:
        gc.collect()


def references(number, choice):
    first = choice.randrange(len(DATA) - 4000)
    for text in DATA[first:first + 4000]:
        len(text)


def fragments(number, choice):
    blocks = [bytearray(200000) for _ in range(40)]
    KEPT.append(bytes(5000))
    del blocks


def holes(number, choice):
    blocks = [b"x" * (20000 + 64 * number) for _ in range(10)]
    KEPT.extend(blocks[::2])


def both(number, choice):
    collector(number, choice)
    holes(number, choice)


def in_a_thread(number, choice):
    blocks = [bytearray(60000) for _ in range(60)]
    KEPT.append(bytes(5000))
    del blocks


def nothing(number, choice):
    first = choice.randrange(len(DATA) - 4096)
    bytes(DATA[first:first + 4096])


def leak(number, choice):
    KEPT.append(bytes(40000))


def threads(number, choice):
    """By each of eight that live on, one after the other."""
    if not THREADS:
        THREADS.extend(Helper() for _ in range(8))
    THREADS[number % 8].does(number, choice)


class Helper(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.asked, self.done, self.work = threading.Event(), threading.Event(), None
        self.start()

    def does(self, *work):
        self.work = work
        self.asked.set()
        self.done.wait()
        self.done.clear()

    def run(self):
        while True:
            self.asked.wait()
            self.asked.clear()
            in_a_thread(*self.work)
            self.done.set()


KEPT, THREADS = [], []
REQUEST = {f.__name__: f for f in (collector, references, fragments, holes, both, threads, nothing, leak)}[KIND]
DATA = load()


def serve(listener):
    number = 0
    while True:
        connection = listener.accept()[0]
        with connection, connection.makefile("rw") as talk:
            for line in talk:
                count, seed = line.split()
                choice = random.Random(seed)
                for _ in range(int(count)):
                    number += 1
                    if "dies" in WORDS and number == 10:
                        os.kill(os.getpid(), signal.SIGKILL)
                    REQUEST(number, choice)
                    time.sleep(REQUEST_S)
                talk.write("done\n")
                talk.flush()


def listening(path):
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(8)
    return listener


def say():
    print(json.dumps({"argv": sys.argv, "env": dict(os.environ), "path": sys.path,
                      "site": str(sys.modules.get("sitecustomize"))}), flush=True)


def main():
    children = []

    def end(*_):
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        os._exit(7 if "says" in WORDS else 0)
    if "says" in WORDS:
        say()
    if "frozen" in WORDS:
        gc.freeze()
    listeners = [listening(os.path.join(FOLDER, str(k))) for k in range(WORKERS)]
    # Before there are workers: who has seen one may ask it to end.
    signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in WORDS else end)
    for listener in listeners:
        pid = os.fork()
        if not pid:
            if "stubborn" not in WORDS:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
            serve(listener)
        children.append(pid)
    while True:
        signal.pause()


main()
