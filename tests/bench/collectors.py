"""What reading the collectors of Python workers takes."""
import json
import statistics
import subprocess
import sys

from measure import PROGRAMS

PYTHON_POOL = """
import os, sys
data = [[i] for i in range(50000)]
r, w = os.pipe()
pids = [os.getpid()]
for i in range(int(sys.argv[1])):
    pid = os.fork()
    if not pid:
        os.close(w)
        kept = [[i] for i in range(2000)]
        os.read(r, 1)
        os._exit(0)
    pids.append(pid)
print(*pids, flush=True)
sys.stdin.read()
"""


def gc_microseconds(count, ticks):
    """What reading the collectors of so many processes takes in each tick, one process on the average."""
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    pool_ = subprocess.Popen(["/usr/bin/python3", "-c", PYTHON_POOL, str(count - 1)], **pipes)
    reader = subprocess.Popen([f"{PROGRAMS}/../tests/gcread"], **pipes)
    try:
        pids = pool_.stdout.readline().split()
        took = []
        for _ in range(ticks):
            took.append(0)
            for n, pid in enumerate(pids):
                base = f" tick {pids[0]}" if n else ""
                reader.stdin.write(f"{pid}{base}\n")
                reader.stdin.flush()
                answer = json.loads(reader.stdout.readline())
                if answer.get("result") != 0:
                    sys.exit(f"bench: no collector: {answer}")
                took[-1] += answer["us"] / len(pids)
        return took
    finally:
        for process in (reader, pool_):
            process.stdin.close()
            process.wait()
            process.stdout.close()


def bench(table, args):
    took = gc_microseconds(64, 10 * args.rounds)
    table.row("reading 64 collectors for the first time, each", took[0], None, " us")
    table.row("reading 64 collectors in every tick, each", statistics.mean(took[1:]), 10, " us")
