"""What who looks does to who is looked at: the time of mmap and munmap of one page, which wait for the lock of
the address space, in a worker with 512 MiB that rests in between, on a CPU of its own (latency.c).

All ways take turns, and what each adds up to is compared, so that a busy moment hits all of them. What is left of
the difference when cowtop looks at another pool of the same size, which shares no lock with the target, is what the
machine does (its caches, its memory, the host below it); whether something else ran on the target's CPU stands under
"pushed off": figures with many of those are not those of a quiet machine.
"""
import contextlib
import math
import os
import subprocess

from measure import COWTOP, PROGRAMS

HZ = 10
PAUSE_US = 150      # between two pairs: some 6000 pairs a second, of which a walk at 10 Hz can delay 0.15 %
WAYS = {
    "nothing": "nobody looks",
    "cowtop": f"cowtop --json -i {1 / HZ}",
    "control": "the same, of another pool like the target's",
    "rollup": "smaps_rollup of each process at 10 Hz",
    "scan": "PAGEMAP_SCAN over each mapping",
    "pagemap": "pagemap by 64 KiB",
    "polite": "pagemap by 4 KiB, a breath between",
}


class Pairs:
    """How long the pairs of one way took."""

    def __init__(self):
        self.counts, self.total, self.over, self.most, self.pushed = {}, 0, 0, 0.0, 0

    def take(self, lines):
        """Add what the target says until its line "end"."""
        for words in map(str.split, lines):
            if words == ["end"]:
                return
            if words[0] == "hist":
                self.counts[float(words[1])] = self.counts.get(float(words[1]), 0) + int(words[2])
            elif words[0] == "pairs":
                self.total += int(words[1])
            elif words[0] == "over_1ms":
                self.over += int(words[1])
            elif words[0] == "pushed_off":
                self.pushed += int(words[1])
            elif words[0] == "max_us":
                self.most = max(self.most, float(words[1]))
        raise SystemExit("bench: the target has ended")

    def quantile(self, share):
        """Microseconds: where the bucket begins that the share falls into; a bucket is 3 % wide."""
        seen = 0
        for lowest, count in sorted(self.counts.items()):
            seen += count
            if seen >= share * self.total:
                return lowest
        return self.most

    def by_power(self):
        """{n: pairs of 2^n to 2^(n+1) us}"""
        powers = {}
        for lowest, count in self.counts.items():
            power = math.floor(math.log2(max(lowest, 1 / 1024)))
            powers[power] = powers.get(power, 0) + count
        return powers


def other_cpus():
    """Those that the target does not use: it takes the first."""
    cpus = sorted(os.sched_getaffinity(0))
    return cpus[1:] or cpus


@contextlib.contextmanager
def target(mib, workers):
    child = subprocess.Popen([f"{PROGRAMS}/latency", str(mib), str(workers), f"pause={PAUSE_US}"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    try:
        said = child.stdout.readline().split()
        if not said or said[0] != "ready":
            raise SystemExit("bench: no target")
        yield child, said[1]
    finally:
        child.stdin.close()
        child.wait()
        child.stdout.close()


@contextlib.contextmanager
def looking(pid):
    """cowtop at its work, from its start on."""
    child = subprocess.Popen([COWTOP, "--json", "-n", "1000000", "-i", str(1 / HZ), pid],
                             stdout=subprocess.DEVNULL,
                             preexec_fn=lambda: os.sched_setaffinity(0, other_cpus()))
    try:
        yield
        if child.poll() is not None:
            raise SystemExit("bench: cowtop has ended")
    finally:
        child.terminate()
        child.wait()


def turn(child, looked_at, way, seconds, pairs):
    """`looked_at`: the pool of each way that is cowtop."""
    sampler = f" {way} {HZ}" if way != "nothing" and way not in looked_at else ""
    with looking(looked_at[way]) if way in looked_at else contextlib.nullcontext():
        child.stdin.write(f"{seconds}{sampler}\n")
        child.stdin.flush()
        pairs.take(iter(child.stdout.readline, ""))


def show(all_pairs):
    """A column a way: the share of its pairs in each power of two, and what has no more than a few."""
    print("# mmap + munmap of a page in a worker, us: percent of the pairs")
    print(f"# {'us':>12}" + "".join(f"{way:>11}" for way in all_pairs))
    powers = {way: pairs.by_power() for way, pairs in all_pairs.items()}
    every = [power for counts in powers.values() for power in counts]
    for power in range(min(every), max(every) + 1):
        shares = (100 * powers[way].get(power, 0) / pairs.total for way, pairs in all_pairs.items())
        print(f"# {f'{2.0 ** power:g}':>5}-{f'{2.0 ** (power + 1):g}':<6}"
              + "".join(f"{share:>11.5f}" if share else f"{'':>11}" for share in shares))
    lines = {"pairs": lambda p: f"{p.total}", "p50": lambda p: f"{p.quantile(0.5):.1f}",
             "p99": lambda p: f"{p.quantile(0.99):.1f}", "p99.9": lambda p: f"{p.quantile(0.999):.1f}",
             "max": lambda p: f"{p.most:.0f}", "> 1 ms": lambda p: f"{p.over}",
             "> 1 ms, %": lambda p: f"{100 * p.over / p.total:.5f}", "pushed off": lambda p: f"{p.pushed}"}
    for name, line in lines.items():
        print(f"# {name:>12}" + "".join(f"{line(pairs):>11}" for pairs in all_pairs.values()), flush=True)


def bench(table, args):
    mib, turns, seconds = (8, 1, 0.2) if args.quick else (512, 4, 2.5)
    all_pairs = {way: Pairs() for way in WAYS}
    with target(mib, 1) as (child, pid), target(mib, 1) as (_, other):
        for _ in range(turns):
            for way, pairs in all_pairs.items():
                turn(child, {"cowtop": pid, "control": other}, way, seconds, pairs)
    print("# " + "; ".join(f"{way}: {what}" for way, what in WAYS.items() if way != "nothing"))
    show(all_pairs)
    alone = all_pairs["nothing"]
    for way, limit in (("cowtop", 1.5), ("control", None), ("rollup", None), ("scan", None), ("pagemap", None),
                       ("polite", None)):
        table.row(f"p99.9 of the target's mmap + munmap: {way} / nothing",
                  all_pairs[way].quantile(0.999) / alone.quantile(0.999), limit)
    # as many as chance makes of the same rate: three deviations
    table.row("pairs over 1 ms under cowtop (limit: chance at its own rate)", all_pairs["cowtop"].over,
              alone.over + 3 * math.sqrt(alone.over + 1))
