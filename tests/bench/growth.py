"""How the cost of looking grows with the pool: workers, pages, mappings, address space.

For each pool: CPU of a whole `cowtop --json`, of a later sample when nobody does anything, of a later
sample when every worker copies pages (so all are walked), and cowtop's peak memory. The exponent is the
slope of the straight line through the logarithms: 1 is as fast as what grows. What the smallest takes, most of it
the start, makes it less; without that it is shown as well. From what the largest takes more than the smallest
follow the rates, and from those what a large host would take, on paper.
"""
import math
import os
import statistics

from measure import COWTOP, MIB, Samples, cpu
from pools import distinct_pages, pool, resident_pages

PAGE = os.sysconf("SC_PAGE_SIZE")
GIB = 1 << 30
HOST = (1000, 4, 1000)      # workers, GiB resident of each, mappings of each
LATER = 4           # samples of each kind; their median counts
INTERVAL = 0.3      # of the samples
ROOM = 0.7          # of the free memory that a pool may take
RATE = 10           # pages a second of each worker, so that none is left out
FIGURES = {"first": "cowtop --json", "idle": "a later sample, idle", "walked": "a later sample, all walked",
           "peak": "peak memory"}


def later_samples(big, interval):
    """(CPU seconds of a later sample idle, of one with all workers walked, peak bytes)."""
    with Samples(big.master, 2 * LATER + 9, interval) as samples:
        samples.next()
        idle = samples.costs(LATER)
        big.active(len(big.pids) - 1, RATE)
        samples.next()  # in which they began: neither
        walked = samples.costs(LATER)
        peak = samples.peak()
    big.active(0, 0)
    return statistics.median(idle), statistics.median(walked), peak


def measure(shape, interval):
    with pool(**shape) as big:
        pages = resident_pages(big.pids)
        first = statistics.median(cpu([COWTOP, "--json", big.master]) for _ in range(3))
        idle, walked, peak = later_samples(big, interval)
    distinct = "broken" in shape and distinct_pages(shape)
    return {"pages": pages, "distinct": distinct, "first": first, "idle": idle, "walked": walked, "peak": peak}


def exponent(points, figure):
    """Least squares over the logarithms."""
    logs = [(math.log(x), math.log(max(got[figure], 1e-6))) for x, got in points]
    mean_x, mean_y = (statistics.mean(values) for values in zip(*logs))
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def beyond(points, figure):
    """The exponent of what is more than the smallest takes, and has been seen to be: a tenth of it at least."""
    (least, smallest), rest = points[0], points[1:]
    more = [(n - least, {figure: got[figure] - smallest[figure]}) for n, got in rest
            if got[figure] > 1.1 * smallest[figure]]
    return exponent(more, figure) if len(more) > 1 else math.nan


def available_mib():
    with open("/proc/meminfo", encoding="ascii") as info:
        return next(int(line.split()[1]) for line in info if line.startswith("MemAvailable")) >> 10


def mappings_most():
    with open("/proc/sys/vm/max_map_count", encoding="ascii") as file:
        return int(file.read()) - 500   # it has some already


def axes(quick):
    """[(what grows, [(how much, the shape of such a pool, the MiB that it takes)])]"""
    if quick:
        sizes = {"workers": (1, 2, 4), "MiB": (1, 2, 4), "mappings": (10, 100, 1000), "sparse": (1, 2, 4)}
        mib = 1
    else:
        sizes = {"workers": (1, 8, 64, 256, 1000), "MiB": (16, 64, 256, 1024, 4096, 8192),
                 "mappings": (100, 1000, 10000, 100000), "sparse": (64, 512, 8192)}
        mib = 64
    # each worker has copies of a twentieth
    return [
        ("workers", [(n, {"workers": n, "mib": mib, "broken": 5}, mib * (1 + n / 15))
                     for n in sizes["workers"]]),
        ("MiB", [(n, {"workers": 2, "mib": n, "broken": 5}, 1.2 * n) for n in sizes["MiB"]]),
        ("mappings of two processes", [(n, {"mib": 1, "mappings": n // 2}, n / 128)
                                       for n in sizes["mappings"]]),
        ("GiB, one page in each", [(n, {"mib": 1, "sparse": n}, n / 64) for n in sizes["sparse"]]),
    ]


def points_of(what, shapes, interval):
    """[(how much, what it took)]; what this machine cannot hold is said, as it is in no exponent."""
    points = []
    for n, shape, mib in shapes:
        if mib > ROOM * available_mib():
            print(f"# {what} {n}: left out, {ROOM:.0%} of the free memory is less than {mib:.0f} MiB")
        elif shape.get("mappings", 0) > mappings_most():
            print(f"# {what} {n}: left out, vm.max_map_count is less than {n // 2}")
        else:
            points.append((n, measure(shape, interval)))
    return points


def show(what, points):
    print(f"# {what}: resident pages; CPU ms of {FIGURES['first']}, {FIGURES['idle']}, {FIGURES['walked']}; "
          f"peak MiB")
    for n, got in points:
        print(f"# {n:>8} {got['pages']:>10} {1000 * got['first']:>9.1f} {1000 * got['idle']:>9.2f} "
              f"{1000 * got['walked']:>9.2f} {got['peak'] / MIB:>8.1f}", flush=True)


def slope(points, figure, what):
    """How much more of a figure for one more: from the smallest to the largest."""
    (_, less), (_, more) = points[0], points[-1]
    return (more[figure] - less[figure]) / max(1e-9, what(points[-1]) - what(points[0]))


def rates(found):
    """{figure: (of a GiB resident, of a process without its pages, of a mapping)}"""
    def gib(point):
        return point[1]["pages"] * PAGE / GIB

    workers = found["workers"]
    (few, less), (many, more) = workers[0], workers[-1]
    per_process = (gib((many, more)) - gib((few, less))) / (many - few)
    answer = {}
    for figure in FIGURES:
        of_gib = slope(found["MiB"], figure, gib)
        of_process = slope(workers, figure, lambda point: point[0]) - per_process * of_gib
        # half of the pages are in mappings of one page
        of_mapping = slope(found["mappings of two processes"], figure, lambda point: point[0])
        answer[figure] = of_gib, max(0, of_process), of_mapping
    return answer


def on_paper(table, found):
    """What follows for a large host."""
    of = rates(found)
    for figure, name in FIGURES.items():
        unit, scale = (" KiB", 1 / 1024) if figure == "peak" else (" ms", 1000)
        of_gib, of_process, of_mapping = (scale * rate for rate in of[figure])
        table.row(f"{name}: of each GiB resident", of_gib, None, unit)
        table.row("... of each process, without its pages", of_process, None, unit)
        table.row("... of a thousand mappings", 1000 * of_mapping, None, unit)
    workers, gib, mappings = HOST
    for figure, name in FIGURES.items():
        of_gib, of_process, of_mapping = of[figure]
        whole = workers * (gib * of_gib + of_process + mappings * of_mapping)
        unit, scale = (" MiB", 1 / MIB) if figure == "peak" else (" s", 1)
        table.row(f"on paper, {workers} workers with {gib} GiB and {mappings} mappings each: {name}",
                  scale * whole, None, unit)


def bench(table, args):
    interval = 0.02 if args.quick else INTERVAL
    found = {}
    for what, shapes in axes(args.quick):
        found[what] = points = points_of(what, shapes, interval)
        show(what, points)
        for figure, name in FIGURES.items():
            table.row(f"exponent in {what}: {name}", exponent(points, figure), 1)
            more = beyond(points, figure)
            if not math.isnan(more):
                table.row("... beyond what the smallest takes", more, None)
        n, got = points[-1]
        if got["distinct"]:
            table.row(f"peak memory with {n} {what}, of 16 MiB + 2 B a distinct page",
                      got["peak"] / (16 * MIB + 2 * got["distinct"]), 1)
    on_paper(table, found)
