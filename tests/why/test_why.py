#!/usr/bin/python3
"""What cowtop why foretells gc.freeze() to give back, against what it gives back under the same load.

Each kind of pool is run under one version of Python here, the next kind under the next version; COWTOP_WHY_ALL runs
each under all of them.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "gc"))
from asking import Variant
from interpreters import ordinary
from predict import amount, is_near, predict, transfer
from tap import add_test, equal, fail, main, need_root, Skip, test, true

# kind, first full collection before which request, then every so many, records a request, requests, requests a second
VARIANTS = [
    ("rnd", 150, 150, 5, 600, 100),
    ("cold", 100, 200, 3, 600, 100),
    ("hot", 200, 150, 8, 600, 100),
    ("zipf", 150, 100, 6, 600, 100),
    ("neigh", 150, 100, 40, 600, 100),
    ("inst", 120, 200, 6, 600, 100),
    ("deep", 150, 150, 6, 600, 100),
    ("strs", 100, 100, 20, 600, 100),
    ("untr", 150, 100, 5, 600, 100),
    ("lists", 150, 150, 8, 600, 100),
    ("keep", 150, 150, 3, 600, 100),
    ("mut", 150, 100, 3, 600, 100),
    ("holes", 150, 200, 4, 600, 100),
    ("conv", 150, 200, 2, 600, 100),
    ("app", 150, 150, 1, 600, 100),
    ("bigstr", 120, 150, 4, 600, 100),
    ("points", 150, 150, 8, 600, 100),
    ("mix", 150, 200, 5, 600, 100),
]
FOUND = ordinary((3, 7))
RESULTS = []


def run(interpreter, variant):
    def prediction():
        need_root()
        result = predict(Variant(interpreter.path, *variant))
        only = amount(result.why["causes"], "collector_only")
        first = amount(result.why["causes"], "collector_first")
        RESULTS.append((result, only))
        told = only.get("bytes")
        print(f"# {interpreter.version:8} {variant[0]:7} copied {result.copied:6.0f} true {result.gain:6.0f} "
              f"collector first {(told or 0) + (first.get('bytes') or 0):6.0f} "
              f"foretold {'cannot tell' if told is None else format(told, '11.0f')} "
              f"[{only.get('low', -1):.0f}..{only.get('high', -1):.0f}]", flush=True)
        true("it was watched", result.why["workers"] and result.why["workers"][0]["looks"] > 10, result.why)
        causes = result.why["causes"]
        if told is not None:
            whole = sum(c["bytes"] for c in causes.values() if c)
            true("causes sum up to the copies", abs(whole - result.why["pool"]["copied_bytes"]) < 10, causes)
    return prediction


for n, v in enumerate(VARIANTS):
    chosen = FOUND if os.environ.get("COWTOP_WHY_ALL") else [FOUND[n % len(FOUND)]] if FOUND else []
    for i in chosen:
        add_test(f"{v[0]} under {i.version}", run(i, v))


def run_allocator(interpreter, variant, env):
    def prediction():
        need_root()
        preloaded = env.get("LD_PRELOAD")
        if preloaded and not os.path.exists(preloaded):
            raise Skip(f"no {preloaded}")
        result = predict(Variant(interpreter.path, *variant), **env)
        only = amount(result.why["causes"], "collector_only")
        print(f"# {interpreter.version:8} {variant[0]:7} copied {result.copied:6.0f} true {result.gain:6.0f} {only}",
              flush=True)
        equal("basis", result.why["basis"], "young")
        slack = max(0.2 * result.gain, 0.07 * result.copied)
        true("near", abs(only["bytes"] - result.gain) <= slack, (only, result.gain))
        true("within the bounds", only["low"] <= result.gain <= only["high"], (only, result.gain))
    return prediction


# under other allocators there are no pools of a size class
JEMALLOC = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
for n, (title, more) in enumerate((
        ("glibc's malloc", {"PYTHONMALLOC": "malloc"}),
        ("jemalloc", {"PYTHONMALLOC": "malloc", "LD_PRELOAD": JEMALLOC}))):
    for i in FOUND[-1 - 3 * n:][:1]:
        add_test(f"rnd under {i.version} with {title}", run_allocator(i, VARIANTS[0], more))


# the same for workers that had served before one looked, by one that is forked then
OLD = [
    ("rnd", 100, 100, 5, 400, 100),
    ("hot", 100, 100, 8, 400, 100),
    ("zipf", 100, 100, 6, 400, 100),
    ("inst", 100, 100, 6, 400, 100),
    ("keep", 100, 100, 3, 400, 100),
    ("mix", 100, 100, 5, 400, 100),
]
TRANSFERS = []


def run_old(interpreter, variant):
    def prediction():
        need_root()
        result = transfer(Variant(interpreter.path, *variant))
        equal("basis", result.why["basis"], "transfer")
        for w in result.why["workers"]:
            only = amount(w["causes"], "collector_only")
            TRANSFERS.append((result, only))
            equal("basis of the worker", w["basis"], "transfer")
            print(f"# {interpreter.version:8} {variant[0]:7} copied {result.copied:6.0f} true {result.gain:6.0f} "
                  f"foretold {only['bytes']:6.0f} [{only['low']:.0f}..{only['high']:.0f}]", flush=True)
            whole = sum(c["bytes"] for c in w["causes"].values() if c)
            true("causes sum up to the copies", abs(whole - w["copied_bytes"]) < 10, w["causes"])
    return prediction


for n, v in enumerate(OLD):
    for i in FOUND[-1 - n % len(FOUND):][:1]:
        add_test(f"old workers of {v[0]} under {i.version}", run_old(i, v))


@test
def old_workers_nine_of_ten():
    """what a young worker tells of old ones is within 10 % of the copies, and within the bounds, for nine of ten"""
    if not TRANSFERS:
        raise Skip("no pool was run")
    near = [r for r, a in TRANSFERS if abs(a["bytes"] - r.gain) <= 0.1 * r.copied]
    inside = [r for r, a in TRANSFERS if a["low"] <= r.gain <= a["high"]]
    print(f"# of {len(TRANSFERS)} near {len(near)}, within the bounds {len(inside)}", flush=True)
    true("near", len(near) >= int(0.9 * len(TRANSFERS)), f"{len(near)} of {len(TRANSFERS)}")
    true("within the bounds", len(inside) >= int(0.9 * len(TRANSFERS)), f"{len(inside)} of {len(TRANSFERS)}")


@test
def nine_of_ten():
    """nine of ten are within the larger of 15 % of the gain and 5 % of the copies, and within the bounds"""
    if not RESULTS:
        raise Skip("no pool was run")
    told = [(r, a) for r, a in RESULTS if a.get("bytes") is not None]
    near = [r for r, a in told if is_near(a["bytes"], r.gain, r.copied)]
    inside = [r for r, a in told if a["low"] <= r.gain <= a["high"]]
    print(f"# of {len(RESULTS)} told {len(told)}, near {len(near)}, within the bounds {len(inside)}", flush=True)
    if len(RESULTS) < 10:
        raise Skip("too few pools to judge by")
    if len(told) < 0.8 * len(RESULTS):
        fail(f"of {len(RESULTS)} only {len(told)} were told")
    true("near", len(near) >= int(0.9 * len(told)), f"{len(near)} of {len(told)}")
    true("within the bounds", len(inside) >= int(0.9 * len(told)), f"{len(inside)} of {len(told)}")


main()
