"""What `cowtop why` takes: the inventory beside a bare read of the same memory, its looks beside plain samples."""
import json
import os
import statistics
import subprocess
import sys
import time

from measure import Child, cpu_of, MIB, peak_bytes, PROGRAMS, Samples
import measure

PIPES = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
RUN = 256 << 10
# A pool that stands: `kind` small (dicts and texts of an application) or big (so many objects of 4 KiB).
POOL = """
import gc, os, sys
kind, mib, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def record(n):
    return {"id": n, "name": "record %d of many" % n, "tags": ["t%d" % (n + k * 7) for k in range(4)], "price": n / 7}
loaded = [record(n) if kind == "small" else [n, bytes(4000)] for n in range(mib * (1400 if kind == "small" else 256))]
gc.collect()
gc.disable()
r, w = os.pipe()
for k in range(workers):
    if not os.fork():
        os.close(w)
        sum(len(o) for o in loaded[k::64])
        os.read(r, 1)
        os._exit(0)
print(os.getpid(), len(gc.get_objects()), flush=True)
sys.stdin.read()
"""


class Standing:
    """`with`: such a pool."""

    def __init__(self, kind, mib, workers):
        self.process = subprocess.Popen(["/usr/bin/python3", "-c", POOL, kind, str(mib), str(workers)], **PIPES)

    def __enter__(self):
        said = self.process.stdout.readline().split()
        if len(said) != 2:
            sys.exit("bench: the pool does not stand")
        self.pid, self.objects = said[0], int(said[1])
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def runs_of(pages):
    """Pages in a row, as (first, end)."""
    runs = []
    for page in sorted(pages):
        if runs and runs[-1][1] == page:
            runs[-1][1] = page + 1
        else:
            runs.append([page, page + 1])
    return runs


def bare_ms(pid, pages):
    """CPU time of reading these pages, as many at once as lie together."""
    size, runs, into = os.sysconf("SC_PAGE_SIZE"), runs_of(pages), bytearray(RUN)
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        began = time.process_time()
        for first, end in runs:
            for at in range(first * size, end * size, RUN):
                os.preadv(memory.fileno(), [memoryview(into)[:min(RUN, end * size - at)]], at)
        return 1000 * (time.process_time() - began)


def inventory(table, args, standing):
    whole, bare, pages = [], [], []
    reader = subprocess.Popen([f"{PROGRAMS}/../tests/heapread"], **PIPES)
    try:
        for _ in range(min(args.rounds, 5)):
            reader.stdin.write(f"{standing.pid}\n")
            reader.stdin.flush()
            answer = json.loads(reader.stdout.readline())
            if "why" in answer:
                sys.exit(f"bench: no inventory: {answer['why']}")
            pages = answer["tracked"] + answer["counted"]
            whole.append(answer["cpu_ms"])
            bare.append(bare_ms(standing.pid, pages) * answer["pages"] / len(pages))
    finally:
        reader.stdin.close()
        reader.wait()
        reader.stdout.close()
    whole, bare = statistics.median(whole), statistics.median(bare)
    gib = answer["pages"] * os.sysconf("SC_PAGE_SIZE") / (1024 * MIB)
    print(f"# inventory of {answer['objects']} tracked objects on {1024 * gib:.0f} MiB: {whole:.0f} ms, bare "
          f"{bare:.0f} ms; {whole / gib:.0f} and {bare / gib:.0f} ms a GiB")
    table.row("why: inventory / bare read of the same", whole / max(bare, 0.1), 2)


class Why(Child):
    """`with`: cowtop why on a pool, until it is told to end."""

    def __init__(self, pid):
        self.child = subprocess.Popen([measure.COWTOP, "why", "--json", "--watch", "10m", str(pid)],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)

    def look(self, seconds):
        time.sleep(seconds)
        return cpu_of(self.child.pid)

    def end(self):
        """What it says, how much memory it took, and how long until the answer."""
        peak, began = peak_bytes(self.child.pid), time.monotonic()
        self.child.send_signal(2)
        out = self.child.stdout.read()
        took = time.monotonic() - began
        if self.child.wait():
            sys.exit("bench: why failed")
        return json.loads(out), peak, took


def of_look(pid, seconds):
    """CPU seconds of one look, and of all that comes once: by two runs of different length."""
    spent, looks = [], []
    for long in (seconds, 3 * seconds):
        with Why(pid) as why:
            spent.append(why.look(long))
            looks.append(max(w["looks"] for w in why.end()[0]["workers"]))
    if looks[1] <= looks[0]:
        sys.exit("bench: too few looks")
    return (spent[1] - spent[0]) / (looks[1] - looks[0])


def looks(table, args, standing):
    with Samples(standing.pid, 8 + args.rounds, 0.25) as samples:
        for _ in range(3):
            samples.next()
        plain = statistics.median(samples.costs(args.rounds))
    look = of_look(standing.pid, 1 if args.quick else 4)
    print(f"# a look of why {1000 * look:.1f} ms, a sample {1000 * plain:.1f} ms")
    table.row(f"why: a look / a sample, {args.workers} workers", look / max(plain, 1e-6), 1.1)


def huge(table, args):
    mib = 64 if args.quick else 4096
    with Standing("big", mib, args.workers) as standing:
        with Why(standing.pid) as why:
            said = why.look(1 if args.quick else 20)
            document, peak, took = why.end()
    print(f"# {standing.objects} tracked objects, {mib} MiB, {args.workers} workers: {said:.1f} CPU seconds, "
          f"{max(w['looks'] for w in document['workers'])} looks, {peak / MIB:.0f} MiB of memory, answer {took:.1f} s "
          f"after Ctrl-C; basis {document['basis']}")
    table.row(f"why: memory, {mib} MiB and {args.workers} workers", peak / MIB, None, " MiB")
    table.row("... the answer after Ctrl-C", took, None, " s")


def bench(table, args):
    with Standing("small", args.mib, args.workers) as standing:
        inventory(table, args, standing)
        looks(table, args, standing)
    huge(table, args)
