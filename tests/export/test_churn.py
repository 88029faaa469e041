#!/usr/bin/python3
"""`cowtop export --all` where pools come and go by the hundred, and on a host with 200 pools of 100 workers: no series,
descriptor or memory is left of those that have gone, no pid is in a label, and there are never more series than
cowtop-export(1) says. Part of `make export-check`."""
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
from exporter import Exporter
from mkpool import filled, fork, MASTER, Mkpool
from piped import Piped
from tap import equal, main, must_be_built, need_root, PATIENCE, ROOT, Skip, SLOW, test, true, until

SAMPLE = re.compile(r'^(cowtop_\w+?)(?:\{(.*)\})? (\S+)$', re.M)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
COMING = 300
AT_ONCE = 6
BIGPOOL = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "bench", "bigpool")
POOLS, WORKERS = 200, 100
# Of a process that does nothing: what the kernel and libc take for it.
PROCESS_KIB = 200


def series(text):
    """[(name, {label: value}, value)]"""
    return [(m[1], dict(LABEL.findall(m[2] or "")), float(m[3])) for m in SAMPLE.finditer(text)]


def said(e):
    return series(e.get()[2].decode())


def pools_of(found):
    return {labels["pool"] for name, labels, _ in found if name == "cowtop_pool_up"}


def small_pool():
    return Mkpool(*filled(MASTER, 16), fork(), fork())


def no_pid(found, pids):
    """Numbers in labels are those of slots, generations and pools of one name; a cgroup is called as it is."""
    values = {value for _, labels, _ in found for name, value in labels.items()
              if name not in ("cgroup", "unit", "version")}
    equal("pids in labels", values & {str(pid) for pid in pids}, set())
    for value in values:
        true(f"no pid within {value}", not re.search(r"\d{3}", value))


def come_and_go(e, count, pids):
    """So many pools, a few at a time; some are seen as they live."""
    living, most = [], 0
    for number in range(count):
        living.append(small_pool())
        pids.update(p["pid"] for p in living[-1].truth.values())
        if number % 20 == 0:
            until("pools are seen", lambda: pools_of(said(e)))
        found = said(e)
        no_pid(found, pids)
        most = max(most, len(pools_of(found)))
        if len(living) == AT_ONCE:
            living.pop(0).end()
    for pool in living:
        pool.end()
    return most


@test
def by_the_hundred():
    """300 pools come and go: then there is no series of any, and nothing is held of them"""
    need_root()
    pids = set()
    with Exporter("--all", "--match", "mkpool", "--budget", "none", interval="0.1") as e:
        come_and_go(e, COMING // 3, pids)
        until("they have gone", lambda: not pools_of(said(e)))
        descriptors, kib = e.descriptors(), e.status("VmRSS")
        began = time.monotonic()
        most = come_and_go(e, COMING - COMING // 3, pids)
        took = time.monotonic() - began
        until("they have gone", lambda: not pools_of(said(e)))
        found = said(e)
        equal("series of pools", [name for name, labels, _ in found if "pool" in labels], [])
        until("descriptors", lambda: e.descriptors() <= descriptors)
        grown = e.status("VmRSS") - kib
        true("memory", grown < 1024 * SLOW * SLOW, f"{kib} + {grown} KiB")
        true("names are used again", most <= 2 * AT_ONCE, most)
        print(f"# {COMING - COMING // 3} pools in {took:.0f} s, {len(pids)} processes in all: memory {kib} KiB "
              f"{grown:+} KiB, {descriptors} descriptors, {most} pools at most at once", flush=True)


def available_kib():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"^MemAvailable:\s+(\d+)", file.read(), re.M).group(1))


def documented_bound():
    with open(f"{ROOT}/man/cowtop-export.1", encoding="utf-8") as file:
        return int(re.search(r"^There are never more than (\d+) series", file.read(), re.M).group(1))


@test
def many_pools():
    """A host with 200 pools of 100 workers: less series than is documented, and what was grouped is said"""
    need_root()
    must_be_built(BIGPOOL)
    processes = POOLS * (WORKERS + 1)
    if available_kib() < 2 * PROCESS_KIB * processes:
        raise Skip(f"needs {2 * PROCESS_KIB * processes >> 20} GiB")
    pools = []
    try:
        for _ in range(POOLS):
            pools.append(Piped([BIGPOOL, f"workers={WORKERS}", "mib=1", "broken=10"]))
        for pool in pools:
            equal("pids", len(pool.answer().split()), 2 + WORKERS)
        with Exporter("--all", "--match", "bigpool", "--budget", "none", interval="1h", seconds=5 * PATIENCE) as e:
            page = e.get()[2]
            found = series(page.decode())
            own = {name: value for name, labels, value in found if not labels}
            equal("pools", len(pools_of(found)), POOLS)
            equal("workers", sum(value for name, _, value in found if name == "cowtop_pool_workers"), POOLS * WORKERS)
            true("series", len(found) <= documented_bound(), len(found))
            alone = {labels["pool"] for _, labels, _ in found if "worker" in labels}
            equal("grouped pools", own["cowtop_export_grouped_pools"], POOLS - len(alone))
            equal("pools left out", own["cowtop_export_left_out_pools"], 0)
            sums = sum(value for name, labels, value in found if name == "cowtop_process_resident_memory_bytes")
            all_of = sum(value for name, _, value in found if name == "cowtop_pool_resident_memory_bytes")
            equal("groups sum to the pools", sums, all_of)
            packed = e.get(headers=["Accept-Encoding: gzip"])[2]
            print(f"# {processes} processes: {len(found)} series, {len(alone)} pools with single workers, {len(page)} "
                  f"bytes, {len(packed)} as gzip; a look {own['cowtop_export_sample_duration_seconds']:.1f} s, "
                  f"{own['cowtop_export_cpu_seconds_total']:.1f} s of CPU until now, {e.status('VmHWM') >> 10} MiB at "
                  f"most, {e.descriptors()} descriptors", flush=True)
    finally:
        for pool in pools:
            pool.process.stdin.close()
        for pool in pools:
            pool.end()


main()
