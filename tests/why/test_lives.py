#!/usr/bin/python3
"""cowtop why of pools that do not stand still: workers that die, come and become others, masters that collect."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "gc"))
from asking import Asking
from interpreters import ordinary
from piped import Piped
from tap import add_test, equal, main, need_root, Skip, true, until

# A master that does what a line says. Workers read, have one full collection, read on, and wait.
MASTER = """
import gc, os, signal, sys, threading, time
data, more, pids = [[k, str(k)] for k in range(40000)], [], []
gc.collect()
gc.disable()
def read(what, end):
    for k in range(300):
        for n in range(20):
            d = what[(k * 20 + n) * 7919 % len(what)]
            d[0], d[1][:1]
        if k == 100:
            gc.collect()
        time.sleep(0.01)
    end()
def fork(what, end=signal.pause):
    pid = os.fork()
    if pid == 0:
        try:
            read(what, end)
        finally:
            os._exit(0)
    pids.append(pid)
def become_another():
    os.execvp("sleep", ["sleep", "1000"])
def collect():
    while True:
        gc.collect()
if os.fork() == 0:
    signal.pause()  # without a worker it is no pool
print(os.getpid(), flush=True)
for line in sys.stdin:
    exec(line)
    print(*pids, flush=True)
os.killpg(0, 9)
"""
FOUND = ordinary((3, 8))


class Master(Piped):
    def __init__(self, interpreter):
        super().__init__([interpreter.path, "-c", MASTER], start_new_session=True)
        self.pid = int(self.answer())

    def do(self, line):
        """The pids of all workers that it has forked."""
        return [int(pid) for pid in self.ask(line).split()]


def waits(pid):
    """Has it done its work?"""
    with open(f"/proc/{pid}/wchan", encoding="ascii") as f:
        return "pause" in f.read()


def sums_hold(document):
    for w in document["workers"]:
        known = [c["bytes"] for c in w["causes"].values() if c]
        if known and None not in known and w["copied_bytes"] is not None:
            true("causes sum up to the copies", abs(sum(known) - w["copied_bytes"]) < 10, w)


def by_pid(document):
    return {w["pid"]: w for w in document["workers"]}


def dies(i):
    with Master(i) as master, Asking(master.pid, "--json") as asking:
        asking.until_it_looks()
        first, _ = [master.do("fork(data)"), master.do("fork(data)")][-1]
        asking.until_it_looks([first])
        master.do("os.kill(pids[0], 9), os.waitpid(pids[0], 0)")
        _, second, third = master.do("fork(data)")
        until("they have served", lambda: waits(second) and waits(third))
        document = json.loads(asking.end())
    found = by_pid(document)
    true("all were seen", {first, second, third} <= set(found), found)
    equal("those that live are foretold", [found[pid]["basis"] for pid in (second, third)], ["young"] * 2)
    sums_hold(document)


def becomes_another(i):
    with Master(i) as master, Asking(master.pid, "--json") as asking:
        asking.until_it_looks()
        other, stays = [master.do("fork(data, become_another)"), master.do("fork(data)")][-1]
        until("they have served", lambda: waits(stays) and os.readlink(f"/proc/{other}/exe").endswith("sleep"))
        document = json.loads(asking.end())
    equal("who stays is foretold", by_pid(document)[stays]["basis"], "young")
    sums_hold(document)


def of_one_worker(master):
    """What is said when one has come and served, and its pid."""
    with Asking(master.pid, "--json") as asking:
        asking.until_it_looks()
        pid, = master.do("fork(data)")
        until("it has served", lambda: waits(pid))
        return json.loads(asking.end()), pid


def collects_all_the_time(i):
    with Master(i) as master:
        master.do("threading.Thread(target=collect, daemon=True).start()")
        document, _ = of_one_worker(master)
    true("it says why, or what", document["reason"], document)
    if document["basis"] == "none":
        true("it says that it collects", "collect" in document["reason"], document["reason"])
    sums_hold(document)


def has_threads(i):
    with Master(i) as master:
        for _ in range(5):
            master.do("threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()")
        document, pid = of_one_worker(master)
    equal("it is foretold", by_pid(document)[pid]["basis"], "young")
    sums_hold(document)


def under(case, at):
    def run():
        need_root()
        if not FOUND:
            raise Skip("no CPython 3.8 or later")
        case(FOUND[at % len(FOUND)])
    return run


for n, (title, lives) in enumerate((
        ("a worker that is killed, and one that comes for it", dies),
        ("a worker that becomes another program", becomes_another),
        ("a master that collects all the time", collects_all_the_time),
        ("a master with threads", has_threads))):
    for k in range(len(FOUND)) if os.environ.get("COWTOP_WHY_ALL") else [n]:
        add_test(f"{title}, under {FOUND[k % len(FOUND)].version if FOUND else 'none'}", under(lives, k))
main()
