#!/usr/bin/python3
"""What a fleet costs the Prometheus that scrapes it: many hosts with a pool each, played from a recording into one real
Prometheus on this machine. `make fleet-bench FLEET_ARGS=...` calls this.

A recording of a pool in which every worker is at work is made first, unless there is one (--recording): all else is
without pools. The figures are of this machine. What a scrape takes depends on what else runs on it; CPU time does not.
"""
import argparse
import contextlib
import gzip
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import yaml
except ImportError:
    yaml = None

import fleet_hosts
from fleet_prometheus import config, Prometheus, ROOT
from measure import COWTOP, cpu_of, peak_bytes, PROGRAMS
from pools import busy_pool

NAME = "shop"
BLOCK_S = 7200
BEGIN_S = 6     # until Prometheus asks at all
MONTH_S = 30 * 86400
HERE = os.path.dirname(os.path.abspath(__file__))
REFUSED = ("prometheus_target_scrapes_sample_out_of_order_total",
           "prometheus_target_scrapes_sample_duplicate_timestamp_total")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=50, help="of the pool that is recorded")
    parser.add_argument("--interval", type=int, default=15, metavar="SECONDS", help="from one scrape to the next")
    parser.add_argument("--minutes", type=float, default=5, help="how long, after two intervals to begin with")
    parser.add_argument("--drop-workers", action="store_true", help="without the series of single workers that no "
                        "rule needs")
    parser.add_argument("--recording", metavar="FILE", help="of one pool, instead of one made now")
    parser.add_argument("--samples", type=int, default=240, help="of the recording made now, two a second")
    return parser.parse_args()


def say(what, value, unit=""):
    print(f"{what:<58} {value:>12} {unit}".rstrip(), flush=True)


def number(value, digits=0):
    return f"{value:,.{digits}f}".replace(",", " ")


def record(args, place):
    path = f"{place}/pool.ct"
    with busy_pool(args.workers) as master:
        subprocess.run([COWTOP, "record", "-o", path, "--fixed", "--no-maps", "-i", "0.5", "-n", str(args.samples),
                        master], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


def make_pages(recording, path):
    with open(path, "wb") as file:
        subprocess.run([f"{PROGRAMS}/scrapes", recording, NAME], check=True, stdout=file)
    pages = fleet_hosts.read_pages(path)
    if len(pages) < 2:
        sys.exit("fleet: a recording of two samples at least")
    return pages


def tell_page(pages):
    text = gzip.decompress(pages[-1][2]).decode("utf-8")
    say("series of a host", number(sum(not line.startswith("#") for line in text.splitlines())))
    say("a page", number(len(text) / 1024, 1), "KiB")
    say("... as gzip", number(statistics.median(len(p[2]) for p in pages) / 1024, 1), "KiB")
    say("... made and packed by cowtop, CPU", number(statistics.median(p[1] for p in pages) / 1e6, 2), "ms")


@contextlib.contextmanager
def hosts_of(path, count):
    """The port that they answer at, and the pid."""
    child = subprocess.Popen([sys.executable, f"{HERE}/fleet_hosts.py", path, str(count)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    try:
        yield int(child.stdout.readline()), child.pid
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait()


# ---- the whole fleet, for some minutes

def size_of(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)


def fleet_queries():
    """Expressions of the dashboard's row about the fleet."""
    with open(f"{ROOT}/scripts/grafana/cowtop.json", encoding="utf-8") as file:
        panels = json.load(file)["panels"]
    rows = [at for at, panel in enumerate(panels) if panel["type"] == "row"]
    return [target["expr"] for panel in panels[rows[0] + 1:rows[1]] for target in panel["targets"]]


def asked(text, args):
    for name, value in {"$job": ".*", "$instance": ".*", "$pool": ".*",
                        "$__rate_interval": f"{4 * args.interval}s"}.items():
        text = text.replace(name, value)
    return text


def tell_queries(p, args, end):
    """What the dashboard asks of all hosts, at the last time and over five minutes."""
    for what, path, times in (("at one time", "query", {"time": end}),
                              ("over five minutes", "query_range", {"start": end - 300, "end": end,
                                                                    "step": args.interval})):
        took = [p.cost(path, query=asked(text, args), **times) for text in fleet_queries()]
        say(f"a query of the dashboard's fleet {what}, CPU, median", number(1e3 * statistics.median(took)), "ms")
        say("... the costliest", number(1e3 * max(took)), "ms")


def tell_rules(p, end):
    """What one evaluation costs, rule by rule; a rule that needs one that is recorded finds nothing here."""
    for name in ("rules.yml", "alerts.yml"):
        with open(f"{ROOT}/scripts/prometheus/{name}", encoding="utf-8") as file:
            for group in yaml.safe_load(file)["groups"]:
                took = [p.cost("query", query=rule["expr"], time=end) for rule in group["rules"]]
                say(f"{name}: {len(took)} rules of {group['name']}, CPU", number(1e3 * sum(took)), "ms")


def tell_scrapes(p, args):
    say("hosts that are up", number(p.value("sum(up)")))
    failed = f"sum(count_over_time(up[{args.window}]) - sum_over_time(up[{args.window}]))"
    say("scrapes that failed", number(p.value(failed)))
    say("samples of a scrape", number(p.value("quantile(0.5, scrape_samples_scraped)")))
    say("... kept", number(p.value("quantile(0.5, scrape_samples_post_metric_relabeling)")))
    for what, query in (("median", "quantile(0.5, scrape_duration_seconds)"),
                        ("p99", "quantile(0.99, scrape_duration_seconds)"),
                        ("at most", f"max(max_over_time(scrape_duration_seconds[{args.window}]))")):
        say(f"a scrape takes, {what}", number(1e3 * p.value(query), 1), "ms")


def tell_prometheus(p, before, now, seconds):
    appended = next(name for name in now if name.startswith("prometheus_tsdb_head_samples_appended_total"))
    series = now["prometheus_tsdb_head_series"]
    cpu = now["process_cpu_seconds_total"] - before["process_cpu_seconds_total"]
    say("series in all", number(series))
    say("samples a second", number((now[appended] - before[appended]) / seconds))
    say("Prometheus, without rules and queries: CPUs", number(cpu / seconds, 2))
    scrapes = (now[appended] - before[appended]) / p.value("quantile(0.5, scrape_samples_post_metric_relabeling)")
    say("... CPU of a scrape", number(1e3 * cpu / scrapes, 2), "ms")
    say("... peak memory", number(peak_bytes(p.child.pid) / 2**30, 2), "GiB")
    say("... heap in use, of each series", number(now["go_memstats_heap_inuse_bytes"] / series), "B")
    say("... write-ahead log, a sample", number(size_of(f"{p.folder}/data/wal") / now[appended], 2), "B")
    say("... samples out of order, or twice", number(sum(now[name] for name in REFUSED)))
    said = p.said()
    say("... warnings and errors in its log", number(len(said)))
    for line in said[:3]:
        print(f"#   {line[:300]}")


def play(args, pages, place):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    os.mkdir(f"{place}/all")
    with hosts_of(pages, args.hosts) as (hosts_port, hosts_pid):
        with open(f"{place}/all/prometheus.yml", "w", encoding="utf-8") as file:
            file.write(config(args.hosts, hosts_port, args.interval, args.drop_workers))
        with Prometheus(f"{place}/all", port) as p:
            time.sleep(BEGIN_S + 2 * args.interval)
            before, hosts_cpu, began = p.itself(), cpu_of(hosts_pid), time.monotonic()
            time.sleep(60 * args.minutes)
            now, seconds = p.itself(), time.monotonic() - began
            args.window = f"{int(seconds)}s"
            tell_scrapes(p, args)
            tell_prometheus(p, before, now, seconds)
            say("the program that plays the hosts: CPUs", number((cpu_of(hosts_pid) - hosts_cpu) / seconds, 2))
            end = time.time() - args.interval
            p.stand_still()
            tell_rules(p, end)
            tell_queries(p, args, end)


# ---- what stays on disk: a block of two hours, as Prometheus keeps them

def history(pages, path):
    """One host's samples over two hours, a time behind each."""
    step = BLOCK_S / len(pages)
    families = {}
    for at, (_, _, packed) in enumerate(pages):
        family = []
        for line in gzip.decompress(packed).decode("utf-8").splitlines():
            if line.startswith("# TYPE"):
                family = families.setdefault(line, [])
            elif not line.startswith("#"):
                family.append(f"{line} {at * step + BLOCK_S * 200000:.3f}")
    with open(path, "w", encoding="utf-8") as file:
        for head, lines in families.items():
            # all samples of a series in a row
            file.write("\n".join([head, *sorted(lines, key=lambda line: line.rsplit(" ", 2)[0]), ""]))
        file.write("# EOF\n")


def tell_block(pages, place):
    history(pages, f"{place}/history")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", f"{place}/history", f"{place}/blocks"],
                   check=True, stdout=subprocess.DEVNULL)
    samples = size = 0
    for name in os.listdir(f"{place}/blocks"):
        if os.path.isfile(f"{place}/blocks/{name}/meta.json"):
            with open(f"{place}/blocks/{name}/meta.json", encoding="utf-8") as file:
                samples += json.load(file)["stats"]["numSamples"]
            size += size_of(f"{place}/blocks/{name}")
    return size / samples


def tell_disk(args, pages, place):
    each = tell_block(pages, place)
    say("on disk, in a block of two hours, a sample", number(each, 2), "B")
    text = gzip.decompress(pages[-1][2]).decode("utf-8")
    series = sum(not line.startswith("#") for line in text.splitlines())
    month = each * series * args.hosts * MONTH_S / args.interval
    say(f"... a month of {args.hosts} hosts, of all series", number(month / 2**30), "GiB")


def main():
    args = arguments()
    for program in ("prometheus", "promtool"):
        if not shutil.which(program):
            sys.exit(f"fleet: {program} is not installed: scripts/install-deps")
    if yaml is None:
        sys.exit("fleet: python3-yaml is not installed: scripts/install-deps")
    if not args.recording and os.geteuid():
        sys.exit("fleet: needs root to record a pool, or --recording FILE")
    print(f"# {time.strftime('%Y-%m-%d', time.gmtime())}, kernel {platform.release()}, {os.cpu_count()} CPUs")
    with tempfile.TemporaryDirectory(prefix="cowtop-fleet.") as place:
        pages = make_pages(args.recording or record(args, place), f"{place}/pages")
        say("hosts", number(args.hosts))
        say("seconds from one scrape to the next", number(args.interval))
        tell_page(pages)
        play(args, f"{place}/pages", place)
        tell_disk(args, pages, place)


if __name__ == "__main__":
    main()
