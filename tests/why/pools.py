"""A pool of workers that serve seeded requests from what the master has loaded, for the tests of cowtop why.

    pools.py VARIANT MODE

VARIANT is a JSON object, asking.py's Variant. A full collection comes before request `first` and then before every
`every`th, in each next worker `stagger` requests later; with `every` 0 the collector is on, and as much is kept as it
takes until it comes by itself. Each request reads `reads` records, and with a `rate` above 0 there are so many
requests a second. `size`: how much is loaded, 1 some 25 MiB; `shuffled`: what lies together is not read together.
MODE is default or frozen: gc.freeze() before the fork. Runs under every CPython from 3.7 on. It says its workers'
pids, then obeys lines: "go" (answered when all have served), "go RATE" (the same with another rate), "fork" (one more
worker: its pid), "serve" (that one alone) or "end".
"""
import gc
import json
import os
import random
import re
import sys
import time

VARIANT, MODE = json.loads(sys.argv[1]), sys.argv[2]
KIND, FIRST, EVERY, READS = (VARIANT[k] for k in ("kind", "first", "every", "reads"))


class Item(object):
    def __init__(self, n):
        self.number = n + 1000
        self.name = "item number %d" % n
        self.tags = ["tag %d" % (n * 3 + k) for k in range(3)]

    def look(self):
        return len(self.name) + len(self.tags) + self.number


class Point(object):
    __slots__ = ("x", "y", "label")

    def __init__(self, n):
        self.x = n * 1.5
        self.y = n + 7000
        self.label = "point %d" % n


def record(n):
    return {"id": n + 5000, "name": "record %d of many" % n, "tags": ["t%d" % (n + k * 7) for k in range(4)],
            "price": n / 7.0, "seller": {"city": "city %d" % (n % 50), "score": n * 0.3}}


def read_record(r):
    return len(r["name"]) + len(r["tags"][r["id"] % 4]) + int(r["price"]) + len(r["seller"]["city"])


def tree(n, depth):
    return [n, "leaf %d" % n] if not depth else [tree(n * 4 + k, depth - 1) for k in range(4)]


def read_tree(t):
    n = 0
    while isinstance(t[0], list):
        t = t[n % 4]
        n += 1
    return len(t[1])


def read_any(o):
    if isinstance(o, dict):
        return read_record(o)
    if isinstance(o, Item):
        return o.look()
    return len(o[0]) if isinstance(o, tuple) else len(o)


# what is loaded, how many, and how one of it is read
LOADS = {
    "dicts": (record, 22000, read_record),
    "inst": (Item, 30000, Item.look),
    "points": (Point, 60000, lambda p: len(p.label) + p.y),
    "deep": (lambda n: tree(n, 3), 900, read_tree),
    "strs": (lambda n: ["text %d of a list" % (n * 16 + k) for k in range(16)], 20000,
             lambda found: sum(map(len, found))),
    "untr": (lambda n: {"a": n + 900, "b": "untracked %d" % n}, 50000, lambda d: d["a"] + len(d["b"])),
    "bigstr": (lambda n: ("text %d " % n) * (50 + n % 250), 12000, len),
    "lists": (lambda n: [n + 300, [n + 1000, "inner %d" % n], "outer %d" % n], 60000,
              lambda found: found[0] + len(found[1][1])),
    "mix": (lambda n: (record, Item, lambda k: ("tuple %d" % k, k + 400), lambda k: "some text %d " % k * 12)[n % 4](n),
            40000, read_any),
}


# how requests choose what to read, of so many records
def everywhere(choice, n):
    return choice.randrange(n)


def cold(choice, n):
    return choice.randrange(n // 8)


def hot(choice, n):
    return choice.randrange(n // 4) if choice.random() < 0.9 else choice.randrange(n)


def zipf(choice, n):
    return int(n * choice.random() ** 4)


KINDS = {
    "rnd": ("dicts", everywhere), "cold": ("dicts", cold), "hot": ("dicts", hot), "zipf": ("dicts", zipf),
    "neigh": ("dicts", everywhere), "scan": ("dicts", everywhere), "keep": ("dicts", everywhere),
    "mut": ("dicts", everywhere), "holes": ("dicts", everywhere), "conv": ("dicts", everywhere),
    "app": ("dicts", cold), "inst": ("inst", everywhere), "points": ("points", hot), "deep": ("deep", hot),
    "strs": ("strs", everywhere), "untr": ("untr", everywhere), "bigstr": ("bigstr", everywhere),
    "lists": ("lists", everywhere), "mix": ("mix", zipf),
}


def load():
    make, n, read = LOADS[KINDS[KIND][0]]
    n = int(n * VARIANT["size"])
    choice = random.Random(VARIANT["seed"])
    loaded = []
    for k in range(n):
        loaded.append(make(k))
        if KIND == "holes":
            loaded.append([choice.random()])
    if KIND == "holes":
        # what is freed leaves holes that workers fill
        del loaded[1::2]
    if VARIANT["shuffled"]:
        choice.shuffle(loaded)
    return loaded, read


DATA, READ = load()


def convert(r):
    text = json.dumps(r)
    return len(repr(r)) + len(re.findall(r"[a-z]+ \d+", text)) + len(json.loads(text))


class Worker(object):
    def __init__(self, number):
        self.choice = random.Random("%s %d %d" % (KIND, VARIANT["seed"], number))
        self.first = FIRST + number * VARIANT["stagger"]
        self.kept, self.at = [], 0

    def request(self):
        n, pick = len(DATA), KINDS[KIND][1]
        first = pick(self.choice, n)
        for k in range(READS):
            if KIND == "neigh":
                r = DATA[(first + k) % n]
            elif KIND == "scan":
                r = DATA[self.at % n]
                self.at += 1
            else:
                r = DATA[pick(self.choice, n)]
            READ(r)
            if KIND == "keep" and k % 2 == 0:
                self.kept.append(r)
            if KIND == "mut" and k % 2 == 0:
                r["price"] = self.choice.random()
            if KIND == "holes":
                self.kept.append([self.choice.random()])
            if KIND in ("conv", "app"):
                convert(r)
        if KIND == "app":
            self.kept.append({"request": len(self.kept), "answer": [str(first)]})
        if not EVERY:
            # by request FIRST there is a quarter more of what lives long, and the collector sees a reason
            self.kept.append([[len(self.kept)] for k in range(max(TRACKED // 4, 12000) // max(self.first, 1) + 1)])
        return [str(k) for k in range(20)]

    def serve(self, rate):
        begun = time.time()
        if not EVERY:
            gc.set_threshold(200, 10, 5)
            gc.enable()
        for n in range(VARIANT["requests"]):
            if EVERY and n >= self.first and (n - self.first) % EVERY == 0:
                gc.collect()
            self.request()
            # each request is waited for, however late
            time.sleep(max(begun + n / rate - time.time(), 0.0005) if rate else 0)


def fork_worker(number):
    go, done = os.pipe(), os.pipe()
    pid = os.fork()
    if pid:
        os.close(go[0])
        os.close(done[1])
        return pid, go[1], done[0]
    os.close(go[1])
    os.close(done[0])
    worker = Worker(number)
    orders = os.fdopen(go[0])
    for order in iter(orders.readline, ""):
        worker.serve(float(order))
        os.write(done[1], b"x")
    os._exit(0)


gc.collect()
gc.disable()
TRACKED = 0 if EVERY else len(gc.get_objects())
if MODE == "frozen":
    gc.freeze()
FORKED = []
for w in range(VARIANT["workers"]):
    FORKED.append(fork_worker(w))
sys.stdout.write(json.dumps({"pid": os.getpid(), "workers": [f[0] for f in FORKED]}) + "\n")
sys.stdout.flush()


def serve(workers, rate):
    for _, start, _ in workers:
        os.write(start, b"%f\n" % rate)
    for _, _, end in workers:
        os.read(end, 1)
    return "done"


for line in iter(sys.stdin.readline, ""):
    words = line.split()
    if words[0] == "go":
        answer = serve(FORKED, float((words + [VARIANT["rate"]])[1]))
    elif words[0] == "serve":
        answer = serve(FORKED[-1:], VARIANT["rate"])
    elif words[0] == "fork":
        FORKED.append(fork_worker(len(FORKED)))
        answer = FORKED[-1][0]
    else:
        break
    sys.stdout.write("%s\n" % answer)
    sys.stdout.flush()
for pid, start, _ in FORKED:
    os.kill(pid, 9)
    os.waitpid(pid, 0)
