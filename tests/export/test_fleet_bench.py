#!/usr/bin/python3
"""That `make fleet-bench` runs: three hosts for some seconds, and each figure that it is for."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from run import COWTOP
from tap import equal, main, near, need, need_root, PATIENCE, ROOT, Skip, test, true

BUILD = os.environ.get("B") or os.path.join(ROOT, "build")
ROW = re.compile(r"^(\S.*?) +([\d ]*\d(?:\.\d+)?|nan)(?: (\S+))?$")
WORKERS, HOSTS = 2, 3
FIGURES = ("a page", "... as gzip", "... made and packed by cowtop, CPU", "a scrape takes, median",
           "a scrape takes, p99", "samples a second", "... peak memory", "... heap in use, of each series",
           "... write-ahead log, a sample", "on disk, in a block of two hours, a sample",
           "a query of the dashboard's fleet at one time, CPU, median")


def fleet(*words):
    """{what: figure}"""
    need("prometheus", "promtool", f"{BUILD}/bench/scrapes")
    need_root()
    try:
        import yaml
    except ImportError:
        raise Skip("python3-yaml is not installed") from None
    true("yaml", yaml)
    words = [sys.executable, f"{ROOT}/tests/bench/fleet.py", "--hosts", str(HOSTS), "--workers", str(WORKERS),
             "--samples", "6", "--interval", "1", "--minutes", "0.05", *words]
    done = subprocess.run(words, env=dict(os.environ, COWTOP=COWTOP, BENCH=f"{BUILD}/bench"), capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
    equal(f"exit status ({done.stderr.strip()})", done.returncode, 0)
    rows = [ROW.match(line) for line in done.stdout.splitlines()]
    return {m[1]: float(m[2].replace(" ", "")) for m in rows if m}


@test
def all_of_it():
    """All hosts are scraped, nothing fails, and there is every figure"""
    found = fleet("--drop-workers")
    equal("hosts that are up", found["hosts that are up"], HOSTS)
    equal("out of order", found["... samples out of order, or twice"], 0)
    near("samples of a scrape", found["samples of a scrape"], found["series of a host"], 10)
    true("those of single workers are dropped", found["... kept"] < found["samples of a scrape"])
    true("series", found["series in all"] >= HOSTS * found["... kept"])
    for what in FIGURES:
        true(f"{what} is known", found[what] >= 0, found.get(what))


main()
