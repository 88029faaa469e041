"""What a sample of a pool costs, beside a bare read of the same bytes and beside other tools."""
import shutil
import statistics
import subprocess

from measure import COWTOP, MIB, PROGRAMS, Samples, first_line, rounds
from pools import distinct_pages, pool, resident_pages

SMALL_MIB = 16          # of the pool that what a page costs is measured against
LATER = 8               # later samples
RATE = 20               # pages a second that each worker copies, so that none is left out
# What there is beside cowtop that counts what processes share: how it is called, and the limit of cowtop's CPU
# as a part of its own.
OTHERS = {
    "smem": ("smem -P NAME", 0.6),
    "ps": ("ps -o pid,rss,pss,uss -p PIDS", 0.8),
    "smemstat": ("smemstat -p PIDS", None),
    "atop": ("atop -R -P PRM 1 1", None),
}


def commands_of(pids):
    listed = ",".join(pids)
    return {
        "bare": [f"{PROGRAMS}/bare", *pids],
        "rollup": ["cat", *(f"/proc/{pid}/smaps_rollup" for pid in pids)],
        "cowtop": [COWTOP, "--json", pids[0]],
        "smem": ["smem", "-P", "bigpool"],
        "ps": ["ps", "-o", "pid,rss,pss,uss", "-p", listed],
        "smemstat": ["smemstat", "-p", listed],
        "atop": ["atop", "-R", "-P", "PRM", "1", "1"],
    }


def later_cost(big, workers, interval):
    """(CPU seconds of a later sample with so many workers at work, peak bytes)"""
    big.active(workers, RATE)
    with Samples(big.master, LATER + 3, interval) as samples:
        samples.next()
        median = statistics.median(samples.costs(LATER))
        peak = samples.peak()
    big.active(0, 0)
    return median, peak


def why_not(name, command, pid):
    """Why a tool cannot be compared with, or None: one that says nothing of the pool has not read it."""
    if not shutil.which(name):
        return f"no {name} here: scripts/install-deps --bench"
    said = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    return None if pid in said.split() else "it says nothing of this pool"


def bench_others(table, commands, took, count):
    pid = commands["cowtop"][-1]
    absent = {name: why_not(name, commands[name], pid) for name in OTHERS}
    here = [name for name in OTHERS if not absent[name]]
    slow = rounds({name: commands[name] for name in ["cowtop", *here]}, max(3, count // 3))
    print("# CPU ms: " + ", ".join(f"{name} {1000 * s:.0f}" for name, s in {**slow, **took}.items()))
    table.row("cowtop --json / cat smaps_rollup of the same pids", took["cowtop"] / took["rollup"], 1)
    for name, (called, limit) in OTHERS.items():
        if absent[name]:
            table.note(f"cowtop --json / {called}", absent[name])
        else:
            table.row(f"cowtop --json / {called}", slow["cowtop"] / slow[name], limit)
    table.note("cowtop --json / below", "Debian has no below; it reads nothing of what is shared")


def bench_pass(table, took, took_small, later, later_small):
    """What a page more costs: of the same pool with large and with small processes, the differences. So all is
    in it that grows with the pages, whatever does it, and nothing else."""
    bare = took["bare"] - took_small["bare"]
    table.row("a page more, cowtop --json / bare read (the ledger pass)",
              (took["cowtop"] - took_small["cowtop"]) / bare, 1.1)
    table.row("a page more, a later sample that walks all / bare read", (later - later_small) / bare, 1.1)
    table.row("cowtop --json / (bare read + cat smaps_rollup)", took["cowtop"] / (took["bare"] + took["rollup"]),
              1.25)
    table.row("a later sample that walks all / cowtop --json", later / took["cowtop"], None)


def bench_reading(table, args):
    shape = {"workers": args.workers, "mib": args.mib, "broken": 10}
    small = dict(shape, mib=min(SMALL_MIB, args.mib // 4))
    with pool(**shape) as big, pool(**small) as little:
        commands, fewer = commands_of(big.pids), commands_of(little.pids)
        both = {name: commands[name] for name in ("bare", "rollup", "cowtop")}
        took = rounds({**both, "small bare": fewer["bare"], "small cowtop": fewer["cowtop"]}, args.rounds)
        took_small = {name: took.pop(f"small {name}") for name in ("bare", "cowtop")}
        interval = 0.06 if args.quick else 0.3     # a page in that time, of each worker
        later, peak = later_cost(big, args.workers, interval)
        later_small, _ = later_cost(little, args.workers, interval)
        resident = resident_pages(big.pids)
        print(f"# 1 + {args.workers} x {args.mib} MiB, {resident} resident pages, {distinct_pages(shape)} "
              "distinct")
        bench_others(table, commands, took, args.rounds)
        bench_pass(table, took, took_small, later, later_small)
        table.row("peak memory of cowtop (16 MiB + 2 B a resident page)", peak / MIB, 16 + 2 * resident / MIB,
                  " MiB")
        table.row("... (16 MiB + 2 B a distinct page)", peak / MIB, 16 + 2 * distinct_pages(shape) / MIB,
                  " MiB")


def bench_start(table, args):
    if not shutil.which("ps"):
        table.note("start to first line: cowtop / ps -o pid,rss,pss,uss", "no ps here")
        return
    for workers, mib in ((4, min(16, args.mib)), (args.workers, args.mib)):
        with pool(workers=workers, mib=mib, broken=10) as some:
            # with -n the first line is a whole sample
            commands = {"cowtop": [COWTOP, "--json", "-n", "1", some.master], "ps": commands_of(some.pids)["ps"]}
            times = {name: [] for name in commands}
            for _ in range(args.rounds):
                for name, values in times.items():
                    values.append(first_line(commands[name]))
        cowtop, ps = (statistics.median(values) for values in times.values())
        print(f"# 1 + {workers} x {mib} MiB: first line of cowtop --json after {1000 * cowtop:.1f} ms, of ps "
              f"after {1000 * ps:.1f} ms")
        table.row(f"start to first line, 1 + {workers} x {mib} MiB: cowtop / ps -o pid,rss,pss,uss", cowtop / ps,
                  1.3)


def bench_sparse(table, args):
    shape = {"workers": 4, "mib": 16, "broken": 10}
    with pool(**shape) as dense, pool(**shape, reserved=1024) as sparse, pool(**shape, reserved=8192) as most:
        took = rounds({"dense": [COWTOP, "--json", dense.master], "sparse": [COWTOP, "--json", sparse.master],
                       "most": [COWTOP, "--json", most.master]}, 3 * args.rounds)
    for tib, name in ((1, "sparse"), (8, "most")):
        table.row(f"{tib} TiB of PROT_NONE in a pool of 5 costs", 1000 * (took[name] - took["dense"]), 2, " ms")


def bench(table, args):
    bench_reading(table, args)
    bench_start(table, args)
    bench_sparse(table, args)
