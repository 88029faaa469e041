#!/usr/bin/python3
"""What a process can rewrite of itself (prctl(PR_SET_MM_MAP)) makes it nobody else: roles and sums stay."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from kernel import distinct_frames, PAGE
from run import NOBODY, readable_binaries, rows, sample, spawned, Stream
from tap import add_test, equal, main, near, need, need_root, Skip

PYTHON = "/usr/bin/python3"

# argv: what is moved, by whom. Answers a line a command: "move", then its pids at first.
PROGRAM = r"""
import ctypes, mmap, os, struct, sys, time
what, who = sys.argv[1].split("+"), sys.argv[2]
data = [str(i) * 8 for i in range(40000)]
libc = ctypes.CDLL(None, use_errno=True)
def move():
    with open("/proc/self/stat") as f:
        v = [0, 0, 0] + f.read().rsplit(")", 1)[1].split()
    at = lambda n: int(v[n])
    area = mmap.mmap(-1, 8192, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    area[:6] = b"moved\0"
    base = ctypes.addressof(ctypes.c_char.from_buffer(area))
    move.kept = area
    brk = libc.sbrk(0)
    m = dict(start_code=at(26), end_code=at(27), start_data=at(45), end_data=at(46), start_brk=at(47), brk=brk,
             start_stack=at(28), arg_start=at(48), arg_end=at(49), env_start=at(50), env_end=at(51))
    if "title" in what: m.update(arg_start=base, arg_end=base + 6)
    if "brk" in what: m.update(start_brk=brk - 4096)
    if "stack" in what: m.update(start_stack=base + 4096)
    if "code" in what: m.update(start_code=base, end_code=base + 4096)
    if "comm" in what: libc.prctl(15, b"another", 0, 0, 0)
    order = ("start_code end_code start_data end_data start_brk brk start_stack arg_start arg_end env_start "
             "env_end").split()
    raw = ctypes.create_string_buffer(struct.pack("<11QQIi", *[m[k] for k in order], 0, 0, -1))
    if libc.prctl(35, 14, raw, ctypes.c_ulong(len(raw) - 1), 0):
        print("refused", os.strerror(ctypes.get_errno()), flush=True)
        os._exit(1)
libc.sbrk.restype = ctypes.c_void_p
libc.sbrk(1 << 20)
master = os.getpid()
pids, pipes = [], []
for i in range(3):
    r, w = os.pipe()
    pids.append(os.fork())
    if not pids[-1]:
        os.close(w)
        os.read(r, 1)
        if who == "all" or (who == "one" and i == 0):
            move()
        for d in data[:4000]: pass
        os.write(1, b"moved\n")
        os.read(r, 1)
        os._exit(0)
    pipes.append(w)
print(*pids, flush=True)
sys.stdin.readline()
for w in pipes: os.write(w, b"x")
if who == "master": move()
sys.stdin.read()
"""


def figures(document):
    return sorted((p["role"], p["forked"]) for p in document["processes"])


def moved(what, who, prefix):
    need_root()
    command = [*prefix, PYTHON, "-c", PROGRAM, what, who]
    with spawned(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pool:
        workers = [int(p) for p in pool.stdout.readline().split()]
        with Stream(pool.pid, prefix=prefix) as stream:
            before = stream.next()
            pool.stdin.write(b"\n")
            pool.stdin.flush()
            for _ in workers:
                line = pool.stdout.readline()
                if line.startswith(b"refused"):
                    raise Skip(line.decode().strip())
            for name, document in (("watched", stream.fresh()), ("late", sample(pool.pid, prefix=prefix))):
                equal(f"{name}: roles", figures(document), figures(before))
                if not prefix:
                    near(f"{name}: frames", document["pool"]["footprint_bytes"] // PAGE,
                         distinct_frames(pool.pid, *workers), 8)
                equal(f"{name}: processes", sorted(rows(document)), sorted((pool.pid, *workers)))
            equal("a worker's pid", sample(workers[0], prefix=prefix)["pool"]["master_pid"], pool.pid)


def closed(what, who):
    """Who may not see frames."""
    need_root()
    need("setpriv")
    with readable_binaries():
        moved(what, who, NOBODY)


for WHAT in ("title", "brk", "stack", "code", "comm", "title+brk+stack+code+comm"):
    for WHO in ("one", "all", "master"):
        add_test(f"moved by {WHO}: {WHAT}, as root", lambda what=WHAT, who=WHO: moved(what, who, ()))
        add_test(f"moved by {WHO}: {WHAT}, as an ordinary user", lambda what=WHAT, who=WHO: closed(what, who))
main()
