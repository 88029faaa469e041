#!/usr/bin/python3
"""cowtop try on a small pool: the table, the document, what took and what did not, and what is kept."""
import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from left import watched
from trying import by_name, KNOWN, LOAD, MIB, pool, PYTHON, row, trial_of, verdict, words_of
from run import as_both, cowtop, folder
from tap import equal, main, need_root, near, test, true

FIGURES = ("shared_bytes", "cow_broken_bytes", "new_bytes", "private_bytes", "footprint_bytes", "saved_bytes", "load_s")


def figures_of(variant, runs):
    """What its figures must be to each other."""
    equal("runs", variant["runs"], runs)
    for key in FIGURES:
        f = variant["figures"][key]
        true(f"{key} is known", f["mean"] is not None and f["mean"] >= 0, f)
        if runs > 1:
            true(f"{key} in its interval", f["low"] <= f["mean"] <= f["high"], f)
        else:
            equal(f"{key}: no interval", (f["low"], f["high"]), (None, None))
    near("load_s", variant["load_s"], variant["figures"]["load_s"]["mean"], 1e-6)


@test
def document():
    """the keys of the document, and what its figures are to each other"""
    need_root()
    with pool("collector") as of:
        trial = trial_of(of.command, of.load(100, 1), of.ready, "gc.freeze", "env:COWTOP_NOTHING=1", runs=2)
    equal("schema", trial["schema"], "cowtop.try/1")
    equal("command", trial["command"], " ".join(of.command))
    equal("load", trial["load"], of.load(100, 1))
    equal("names", [v["name"] for v in trial["variants"]], ["gc.freeze", "env:COWTOP_NOTHING=1"])
    equal("decided by", trial["decided_by"], "footprint_bytes")
    baseline, frozen, nothing = trial["baseline"], *trial["variants"]
    for v in (baseline, frozen, nothing):
        figures_of(v, 2)
    equal("the baseline", (baseline["applied"], baseline["against_baseline"]), (None, None))
    equal("applied", (frozen["applied"], nothing["applied"]), (True, True))
    true("evidence", re.search(r"froze\w* .*\d", frozen["evidence"]), frozen["evidence"])
    for v in (frozen, nothing):
        for key in FIGURES:
            r = row(v, key)
            near(f"{v['name']} {key}", r["difference"], v["figures"][key]["mean"] - baseline["figures"][key]["mean"],
                 1e-6 * MIB)
            true(f"{v['name']} {key}: the interval", r["low"] <= r["difference"] <= r["high"], r)
    equal("best", trial["best"], "gc.freeze")
    equal("verdicts", (verdict(frozen), verdict(nothing) in ("the same", "within noise")), ("better", True))
    true("it gives back", row(frozen, "footprint_bytes")["difference"] < -10 * MIB, row(frozen, "footprint_bytes"))


@test
def table():
    """the table has a row for each, and the sentence names the best one"""
    need_root()
    with pool("collector") as of:
        status, out, err = cowtop("try", *words_of("gc.freeze"), "--runs", 2, "--load", of.load(100, 1), "--ready",
                                  of.ready, "--", *of.command)
    equal(f"exit status: {err[-600:]}", status, 0)
    for name in ("baseline", "gc.freeze"):
        equal(f"rows of {name}", len(re.findall(rf"^{re.escape(name)} {{2,}}\S", out, re.M)), 2)
    sentence = r"^gc\.freeze is best: the pool costs [\d.]+ MiB\s+instead\s+of\s+[\d.]+\s+MiB"
    true("the sentence", re.search(sentence, out, re.M), out)
    true("what was seen", "frozen" in out or "froze" in out, out)
    true("no line is too wide", max(map(len, out.splitlines())) <= 80, out)
    true("no escapes", "\x1b" not in out + err)


@as_both
def not_applied(prefix):
    """what does not take is not applied, and nothing is said of its figures"""
    with pool("leak") as of:
        # Where everybody may read them, wherever this tree is.
        known, load = (shutil.copy(path, of.path) for path in (KNOWN, LOAD))
        command = ["sh", "-c", '"$@"; :', "sh", PYTHON, "-S", known, "leak", of.path]
        os.chmod(of.path, 0o777)
        status, out, err = cowtop("try", "--json", "--runs", 1, *words_of("gc.freeze", "gc.disable"), "--load",
                                  of.load(20, 1).replace(LOAD, load), "--ready", of.ready.replace(LOAD, load), "--",
                                  *command, prefix=prefix)
    equal(f"exit status: {err[-600:]}", status, 0)
    trial = json.loads(out)
    for name in ("gc.freeze", "gc.disable"):
        v = by_name(trial)[name]
        equal(f"{name} applied", v["applied"], False)
        true(f"{name}: why", v["evidence"], v)
        equal(f"{name}: no verdict", verdict(v), None)
    equal("best", trial["best"], None)


@test
def kept():
    """recordings and logs are kept on demand: report and diff read them"""
    need_root()
    with pool("collector", "says") as of, folder() as path, watched() as begin:
        status, _, err = begin(*words_of("gc.freeze"), "--runs", 2, "-o", f"{path}/runs", "--log", f"{path}/logs",
                               "--load", of.load(100, 1) + "; echo loaded", "--ready", of.ready, "--",
                               *of.command).ended()
        equal(f"exit status: {err[-600:]}", status, 0)
        names = [f"{name}.{n}" for name in ("baseline", "gc.freeze") for n in (1, 2)]
        equal("recordings", sorted(os.listdir(f"{path}/runs")), [f"{name}.ct" for name in names])
        equal("logs", sorted(os.listdir(f"{path}/logs")),
              sorted(name + end for name in names for end in (".log", ".load.log")))
        for name in names:
            status, out, err = cowtop("report", "--json", f"{path}/runs/{name}.ct")
            equal(f"report of {name}", (status, err), (0, ""))
            true("the load took time", json.loads(out)["recording"]["load_s"] > 0)
            true("what the pool said", '"argv"' in read(f"{path}/logs/{name}.log"))
            equal("what the load said", read(f"{path}/logs/{name}.load.log"), "loaded\n")
        status, out, err = cowtop("diff", "--json", *(f"{path}/runs/{name}.1.ct" for name in ("baseline", "gc.freeze")))
        equal("diff", (status, err), (0, ""))
        status, _, _ = cowtop("try", *words_of("gc.freeze"), "-o", f"{path}/runs", "--load", "true", "--", *of.command)
        equal("what is kept is not written over", status, 1)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


main()
