#!/usr/bin/python3
"""What cowtop why foretells of real servers under requests, against the same with what is loaded frozen."""
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "gc"))
from predict import amount, Asking, copied
from pools import gunicorn, uwsgi
from tap import add_test, equal, main, need_root, true

MIB = 30
REQUESTS, FIRST, EVERY, RATE = 400, 120, 130, 60
# Both workers are asked for the same: what they copy differs by nothing but the collector.
WORK = """
import gc, random
choice = random.Random(11)
def work(n):
    for k in range(5):
        record = CATALOGUE[int(len(CATALOGUE) * choice.random() ** 2)]
        len(record.title), record.tags[1][0], record.attributes["body"]
    SESSION.append([n, {"n": n}])
    if n >= %d and (n - %d) %% %d == 0:
        gc.collect()
gc.disable()
""" % (FIRST, FIRST, EVERY)


def load(server, workers, rate):
    """So many requests a second to each: there are looks between them."""
    for pid in workers:
        server.ask(pid, WORK)
    begun = time.monotonic()
    for n in range(REQUESTS):
        time.sleep(max(0, begun + n / rate - time.monotonic()) if rate else 0)
        for pid in workers:
            server.ask(pid, f"work({n})")


def foretells(start):
    def run():
        need_root()
        with start("default", MIB) as server:
            workers = server.workers()
            with Asking(server.master, "--json") as asking:
                asking.until_it_looks(workers)
                load(server, workers, RATE)
                why = json.loads(asking.end())
            as_it_is = copied(server.master)
        with start("freeze", MIB) as server:
            workers = server.workers()
            load(server, workers, 0)
            frozen = copied(server.master)
        equal("workers", (len(as_it_is), len(frozen)), (2, 2))
        gain, all_copied = (sum(as_it_is) - sum(frozen)) / 2, sum(as_it_is) / 2
        only, first = amount(why["causes"], "collector_only"), amount(why["causes"], "collector_first")
        equal("basis", why["basis"], "young")
        print(f"# {why['pool']['command']}: copied {all_copied:.0f} true {gain:.0f} collector first "
              f"{only['bytes'] + first['bytes']:.0f} foretold {only['bytes']:.0f} "
              f"[{only['low']:.0f}..{only['high']:.0f}]", flush=True)
        # nine of ten are near; of two pools one may not be, but no worse than what a collection took first
        took = only["bytes"] + first["bytes"]
        true("nearer than what a collection took first", abs(only["bytes"] - gain) < 0.8 * abs(took - gain),
             (only, took, gain))
        slack = 0.03 * all_copied
        true("within the bounds", only["low"] - slack <= gain <= only["high"] + slack, (only, gain))
        true("it says how to freeze there", "gc.freeze" in why["advice"][0]["how"], why["advice"])
    return run


add_test("gunicorn --preload under requests", foretells(gunicorn))
add_test("uWSGI under requests", foretells(uwsgi))
main()
