"""For the tests of the stacks: a pre-forked Python pool that breaks pages in a known way on command, and
what is asked of a document of cowtop stacks."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from piped import Piped
from run import cowtop
from tap import equal, fail, need_root, Skip
from smallpool import SmallPool

PYTHON = "/usr/bin/python3"

# Pages of `texts` are broken by reference counts, of `lists` by a collection, of `blank` by the kernel:
# no step touches the pages of another. Ends when its standard input does.
PROGRAM = r"""
import gc, json, os, signal, socket, sys
name, size, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if name:
    with open("/proc/self/comm", "wb") as f:
        f.write(os.fsencode(name))
gc.disable()
texts = ["text %d" % n for n in range(size)]
lists = [[n] for n in range(size)]
blank = bytearray(b"x" * os.sysconf("SC_PAGE_SIZE") * (size // 100))
def iterate():
    for t in texts:
        pass
def collect():
    gc.collect()
def receive():
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    view = memoryview(blank)
    chunk = b"y" * 65536
    at = 0
    while at < len(view):
        a.sendall(chunk[:len(view) - at])
        end = min(at + len(chunk), len(view))
        while at < end:
            at += b.recv_into(view[at:end])
def work(commands, answers):
    for line in commands:
        word = line.strip()
        if word == "exit":
            return
        {"iterate": iterate, "collect": collect, "receive": receive}[word]()
        answers.write("done\n")
        answers.flush()
pids, pipes = [], []
for n in range(workers):
    r, w = os.pipe()
    r2, w2 = os.pipe()
    pid = os.fork()
    if pid == 0:
        for a, b in pipes:
            a.close(); b.close()
        os.close(w); os.close(r2); os.close(0)
        work(os.fdopen(r), os.fdopen(w2, "w"))
        sys.exit(0)
    os.close(r); os.close(w2)
    pids.append(pid)
    pipes.append((os.fdopen(w, "w"), os.fdopen(r2)))
print(json.dumps({"master": os.getpid(), "workers": pids}), flush=True)
for line in sys.stdin:
    word, which = line.split()
    to, back = pipes[int(which)]
    to.write(word + "\n")
    to.flush()
    if word == "exit":
        os.waitpid(pids[int(which)], 0)
    else:
        back.readline()
    print(word, flush=True)
for pid in pids:
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass
"""


class StackPool(SmallPool):
    """`with StackPool() as pool: pool.do("iterate", 0)`; a worker is its number, from 0 on."""

    def __init__(self, workers=1, size=40000, name="", prefix=()):
        Piped.__init__(self, [*prefix, PYTHON, "-c", PROGRAM, name, str(size), str(workers)])
        self.meet()

    def do(self, word, worker=0):
        if self.ask(f"{word} {worker}") != word:
            fail(f"the pool did not {word}")


def need_tracepoints():
    need_root()
    with SmallPool(1) as pool:
        document = json.loads(cowtop("stacks", "-d", 0.01, "--count", "--json", pool.master)[1] or "{}")
        if document.get("method", {}).get("events") == "software":
            raise Skip("no tracepoints here")


def row(document, pid):
    return next(p for p in document["processes"] if p["pid"] == pid)


def stacks_add_up(document):
    """Over stacks, roles and processes it is one sum."""
    pool = document["pool"]
    equal("roles", sum(pool["roles"].values()), pool["pages"]["copied"])
    equal("processes", sum(p["copied_pages"] for p in document["processes"]), pool["copied_pages"])
    equal("stacks", sum(s["copied_pages"] for s in document["stacks"]), pool["pages"]["copied"])
    equal("unattributed", pool["copied_pages"] - pool["pages"]["copied"], pool["unattributed_pages"])
    for p in document["processes"]:
        parts = [part["copied_pages"] for s in document["stacks"] for part in s["processes"]
                 if part["pid"] == p["pid"]]
        equal(f"stacks of {p['pid']}", sum(parts), p["pages"]["copied"])
        equal(f"roles of {p['pid']}", sum(p["roles"].values()), p["pages"]["copied"])


def by_chain(document, pid):
    """Pages of mkpool's chains of calls, told by the function that each begins with."""
    found = {}
    for s in document["stacks"]:
        names = {document["functions"][f]["label"] for f in s["frames"]}
        for name in names & {"chain_a", "chain_b", "chain_read", "chain_reuse", "chain_first"}:
            pages = sum(p["copied_pages"] for p in s["processes"] if p["pid"] == pid)
            found[name] = found.get(name, 0) + pages
    return found
