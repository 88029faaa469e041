"""What one walk over a pool costs, beside a bare read of the same bytes and beside other tools."""
import json
import shutil
import statistics
import subprocess

from measure import COWTOP, MIB, PROGRAMS, rounds
from pools import pool, resident_pages


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


def bench(table, args):
    bench_reading(table, args)
    bench_sparse(table, args)
