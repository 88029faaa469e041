#!/usr/bin/python3
"""What cowtop costs, as ratios measured in one run. `make bench BENCH_ARGS=...` calls this.

Every figure is CPU time (user + system, from wait4) of a whole program; the programs take turns for
several rounds, and medians are compared. Needs root: the bare loop and cowtop read frame numbers.
"""
import argparse
import contextlib
import fcntl
import json
import os
import pty
import select
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

from stacks import bench_stacks

COWTOP = os.environ.get("COWTOP", "build/cowtop")
PROGRAMS = os.environ.get("BENCH", "build/bench")
MIB = 1 << 20
FIRST_SECONDS = 5  # in which the view's first walk is over


@contextlib.contextmanager
def pool(workers, mib, percent, sparse_gib=0):
    """A pool that holds still; its pids, the master first."""
    child = subprocess.Popen([f"{PROGRAMS}/bigpool", *map(str, (workers, mib, percent, sparse_gib))],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        words = child.stdout.readline().split()
        if not words or words[0] != "ready":
            sys.exit("bench: the pool did not start")
        yield words[1:]
    finally:
        child.stdin.close()
        child.wait()


def cpu(command):
    """CPU seconds of one run."""
    with open(os.devnull, "r+b") as null:
        child = subprocess.Popen(command, stdin=null, stdout=null, stderr=subprocess.PIPE)
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode != 0:
        sys.exit(f"bench: {' '.join(command[:4])}: exit {child.returncode}: "
                 f"{said.decode('utf-8', 'replace').strip()}")
    return usage.ru_utime + usage.ru_stime


def rounds(commands, count):
    """Medians, by name. The programs take turns, so that a busy moment hits all of them."""
    times = {name: [] for name in commands}
    for turn in range(count + 1):
        for name, command in commands.items():
            seconds = cpu(command)
            if turn:  # the first round warms up
                times[name].append(seconds)
    return {name: statistics.median(values) for name, values in times.items()}


def peak_memory(pid):
    """VmHWM of a cowtop that has walked the pool twice, in bytes."""
    child = subprocess.Popen([COWTOP, "--json", "-n", "3", "-i", "1", pid], stdout=subprocess.PIPE)
    try:
        child.stdout.readline()
        child.stdout.readline()
        with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
            kib = next(line.split()[1] for line in status if line.startswith("VmHWM"))
        child.stdout.read()
    finally:
        child.stdout.close()
        child.wait()
    return int(kib) * 1024


def later_cost(pid):
    """What cowtop says that its second to fifth sample cost, in seconds: the median."""
    out = subprocess.run([COWTOP, "--json", "-n", "5", "-i", "0.2", pid], capture_output=True,
                         check=True).stdout
    return statistics.median(json.loads(line)["accounting"]["cost_s"]
                             for line in out.splitlines()[1:])


def view_cost(pid, seconds):
    """The live view on a terminal of 200 by 50 that shows an idle pool every second: its CPU share between
    two whole walks, CPU seconds of a whole walk, bytes drawn a second."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.Popen([COWTOP, "-i", "1", pid], stdin=slave, stdout=slave,
                                 stderr=subprocess.DEVNULL,
                                 env=dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8",
                                          XDG_CONFIG_HOME=folder))
        os.close(slave)

        def drain(until):
            """Read what it draws; its CPU seconds in that time, and the bytes."""
            before, count = cpu_of(child.pid), 0
            while time.monotonic() < until:
                if select.select([master], [], [], max(0, until - time.monotonic()))[0]:
                    count += len(os.read(master, 1 << 16))
            return cpu_of(child.pid) - before, count

        try:
            first, _ = drain(time.monotonic() + FIRST_SECONDS)
            used, count = drain(time.monotonic() + seconds)
        finally:
            child.kill()
            child.wait()
            os.close(master)
    share = used / seconds
    return share, first - FIRST_SECONDS * share, count / seconds


def cpu_of(pid):
    """CPU seconds of all threads until now, by the nanosecond."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def resident_pages(pids):
    pages = 0
    for pid in pids:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            pages += int(statm.read().split()[1])
    return pages


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


class Table:
    def __init__(self):
        self.late = 0
        print(f"{'what':<58} {'measured':>10} {'limit':>10}  verdict")

    def row(self, what, value, limit, unit=""):
        over = limit is not None and value > limit
        self.late += over
        shown = "-" if limit is None else f"{limit:.2f}{unit}"
        verdict = "" if limit is None else "over" if over else "ok"
        print(f"{what:<58} {f'{value:.2f}{unit}':>10} {shown:>10}  {verdict}", flush=True)

    def note(self, what, why):
        print(f"{what:<58} {'-':>10} {'-':>10}  {why}", flush=True)


def bench_reading(table, args):
    with pool(args.workers, args.mib, 10) as pids:
        whole = [COWTOP, "--json", pids[0]]
        commands = {
            "bare": [f"{PROGRAMS}/bare", *pids],
            "rollup": ["cat", *(f"/proc/{pid}/smaps_rollup" for pid in pids)],
            "cowtop": whole,
        }
        others = {
            "smem": ["smem", "-P", "bigpool"],
            "ps": ["ps", "-o", "pid,rss,pss,uss", "-p", ",".join(pids)],
            "smemstat": ["smemstat", "-p", ",".join(pids), "1", "1"],
            "atop": ["atop", "-R", "1", "1"],
        }
        here = {name: command for name, command in others.items() if shutil.which(name)}
        took = rounds(commands, args.rounds)
        slow = rounds(dict(here, cowtop=whole), max(3, args.rounds // 3))

        print(f"# {args.workers} workers x {args.mib} MiB, {resident_pages(pids)} resident pages; CPU ms: "
              + ", ".join(f"{name} {1000 * s:.0f}" for name, s in {**slow, **took}.items()))
        table.row("the ledger pass (cowtop - smaps_rollup) / bare read",
                  (took["cowtop"] - took["rollup"]) / took["bare"], 1.15)
        table.row("cowtop --json / (bare read + cat smaps_rollup)",
                  took["cowtop"] / (took["bare"] + took["rollup"]), 1.25)
        table.row("a later sample of the same run / cowtop --json",
                  later_cost(pids[0]) / took["cowtop"], None)
        for name, command in others.items():
            what = f"cowtop --json / {' '.join(command[:3])[:34]}"
            if name in here:
                table.row(what, slow["cowtop"] / slow[name], 0.6 if name == "smem" else None)
            else:
                table.note(what, f"no {name} here")
        table.row("peak memory of cowtop", peak_memory(pids[0]) / MIB,
                  16 + 2 * resident_pages(pids) / MIB, " MiB")


def bench_sparse(table, args):
    with pool(4, 16, 10) as dense, pool(4, 16, 10, 1024) as sparse:
        took = rounds({"dense": [COWTOP, "--json", dense[0]],
                       "sparse": [COWTOP, "--json", sparse[0]]}, 3 * args.rounds)
    table.row("1 TiB of PROT_NONE in a pool of 5 costs", 1000 * (took["sparse"] - took["dense"]), 2,
              " ms")


def bench_view(table, args):
    with pool(args.workers, args.mib, 10) as pids:
        bare = statistics.median(cpu([f"{PROGRAMS}/bare", *pids]) for _ in range(3))
        between, whole, count = view_cost(pids[0], args.view)
    every = min(max(30, 300 * whole), 600)  # as source/gate.h has it
    print(f"# a whole walk of the view takes {1000 * whole:.0f} ms and comes every {every:.0f} s; "
          f"a bare read of all pages {1000 * bare:.0f} ms")
    table.row(f"the live view of {args.workers} idle workers every second, of a core",
              100 * (between + whole / every), 1, " %")
    table.row("... between two whole walks", 100 * between, None, " %")
    table.row("... bytes to the terminal a refresh", count, 1000)


def bench_gc(table, args):
    took = gc_microseconds(64, 10 * args.rounds)
    table.row("reading 64 collectors for the first time, each", took[0], None, " us")
    table.row("reading 64 collectors in every tick, each", statistics.mean(took[1:]), 100, " us")


@contextlib.contextmanager
def busy_pool(workers):
    """A pool of Python in which every worker is at work; the master's pid."""
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "busypool.py")
    child = subprocess.Popen([sys.executable, program, str(workers)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    try:
        child.stdout.readline()
        yield str(child.pid)
    finally:
        child.stdin.close()
        child.wait()
        child.stdout.close()


def atop_size(path, seconds):
    """Bytes per process and sample in atop's raw file, which holds all processes of the machine."""
    subprocess.run(["atop", "-w", path, "1", str(seconds)], check=True, stdout=subprocess.DEVNULL)
    processes = sum(name.isdigit() for name in os.listdir("/proc"))
    return os.path.getsize(path) / processes / seconds


def bench_recording(table, args):
    seconds = 60
    with tempfile.TemporaryDirectory() as folder, busy_pool(args.workers) as master:
        path = f"{folder}/busy.ct"
        subprocess.run([COWTOP, "record", "-o", path, "--fixed", "--no-maps", "-i", "1", "-d", str(seconds),
                        master], check=True, stderr=subprocess.DEVNULL)
        told = json.loads(subprocess.run([COWTOP, "report", "--json", path], check=True,
                                         stdout=subprocess.PIPE).stdout)
        table.row(f"a recording of {args.workers} busy workers at 1 s, a worker-sample",
                  os.path.getsize(path) / told["recording"]["samples"] / args.workers, 60, " B")
        what = "atop's raw file at 1 s, a process-sample"
        if shutil.which("atop"):
            table.row(what, atop_size(f"{folder}/atop", 20), None, " B")
        else:
            table.note(what, "no atop here")


def bench_replay(table):
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run([f"{PROGRAMS}/day", f"{folder}/day.ct"], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        began = time.monotonic()
        subprocess.run([COWTOP, "report", f"{folder}/day.ct"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        report = time.monotonic() - began
    day = {name: float(value) for name, value in map(str.split, said.splitlines())}
    table.row("a recording of 24 h, 64 workers, 1 s: to encode a sample", day["encode"], None, " ms")
    table.row("... to open it", day["open"], 300, " ms")
    table.row("... to open it when it was killed", day["open_killed"], 300, " ms")
    table.row("... a jump to any time, median", day["jump"], None, " ms")
    table.row("... the slowest of 200 jumps", day["jump_slowest"], 50, " ms")
    table.row("... peak memory of a program that reads all of it", day["peak_kib"] / 1024, 8, " MiB")
    table.row("... cowtop report of it", report, 10, " s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--mib", type=int, default=256, help="memory of the master")
    parser.add_argument("--view", type=int, default=20, metavar="SECONDS",
                        help="how long the live view is watched between two whole walks")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a limit is passed")
    args = parser.parse_args()

    table = Table()
    bench_reading(table, args)
    bench_sparse(table, args)
    bench_gc(table, args)
    bench_view(table, args)
    bench_recording(table, args)
    bench_replay(table)
    bench_stacks(table, args.rounds, PROGRAMS)
    return 1 if args.strict and table.late else 0


if __name__ == "__main__":
    sys.exit(main())
