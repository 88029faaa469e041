#!/usr/bin/python3
"""A gate: what has become worse than a baseline is exit 3 and named, what cannot be told is never a pass, and files
that do not say how a pool stood, or that cannot be written, are known before the work."""
import json
import os
import re

from gatepool import copying, MIB, PAGE, stored
from smallpool import fails
from made_recordings import path_of
from run import cowtop, folder, NOBODY, readable_binaries, write_file
from tap import equal, main, near, need, need_root, test, true

JUDGED = {"cow_broken_bytes", "cow_broken_ratio", "private_bytes", "footprint_bytes", "copied_bytes",
          "master_cow_broken_bytes"}


def named(err, word):
    """Figures of the lines of a baseline that begin with this word."""
    return set(re.findall(rf"^{word} baseline: (\w+) ", err, re.M))


def replay(recording, *baselines, more=()):
    """Status and talk of a recording that is held against others."""
    words = [w for path in baselines for w in ("--baseline", path)]
    status, _, err = cowtop("replay", recording, *words, *more)
    return status, err


@test
def known_truth():
    """A pool that copies more than the stored one is exit 3, each figure named with what it was and is"""
    need_root()
    with folder() as place:
        before = os.path.join(place, "before.json")
        stored(before, 300)
        status, out, err = cowtop("--baseline", before, "--", *copying(300))
        equal(f"the same: {err}", (status, named(err, "FAIL"), named(err, "ERROR")), (0, set(), set()))
        true("said in a line", re.search(r"^PASS baseline: 6 of 6 figures no worse \(tolerance 5 %\)$", err, re.M), err)
        true("a table on stdout all the same", out.startswith("python3"), out)
        status, out, err = cowtop("--json", "--baseline", before, "--", *copying(2000))
        equal(f"more: {err}", status, 3)
        equal("named", named(err, "FAIL"), JUDGED - {"master_cow_broken_bytes"})
        pool = json.loads(out)["pool"]
        found = re.search(r"cow_broken_bytes (\S+) MiB, was (\S+) MiB: (\S+) % more", err)
        true("a line", found, err)
        near("more by as much as was written", (float(found[1]) - float(found[2])) * MIB, 1700 * PAGE, MIB / 4)
        near("now", float(found[1]) * MIB, pool["cow_broken_bytes"] / 2, MIB / 10)
        equal("less is no failure", cowtop("--baseline", before, "--", *copying(0))[0], 0)


@test
def tolerance():
    """So much more is no worse, in percent with or without the sign"""
    better, ordinary = path_of("better"), path_of("ordinary")
    equal("by itself 5 %", replay(ordinary, better)[0], 3)
    status, err = replay(ordinary, better, more=("--tolerance", "100000%"))
    equal(f"much: {err}", status, 0)
    true("said", "(tolerance 100000 %)" in err, err)
    equal("as a number", replay(ordinary, better, more=("--tolerance", "100000"))[0], 0)
    status, err = replay(ordinary, ordinary, more=("--tolerance", "0"))
    equal(f"none, and the same: {err}", status, 0)


@test
def recordings():
    """A recording against a recording, both ways; of several runs the noise is said"""
    better, ordinary = path_of("better"), path_of("ordinary")
    status, err = replay(ordinary, better)
    equal("worse", status, 3)
    true("named", "cow_broken_bytes" in named(err, "FAIL"), err)
    equal("better", replay(better, ordinary)[0], 0)
    equal("itself", replay(ordinary, ordinary)[0], 0)
    status, err = replay(ordinary, better, better, better)
    equal("several", status, 3)
    true("noise", re.search(r"^FAIL baseline: cow_broken_bytes .*, noise \S+ \S+\)$", err, re.M), err)
    status, err = replay(ordinary, ordinary, better)
    equal(f"two that differ so much tell nothing: {err}", status, 0)


@test
def with_rules():
    """A rule that holds and a baseline that is not kept are exit 3; what cannot be judged outweighs both"""
    better, ordinary = path_of("better"), path_of("ordinary")
    holds, unknown = ("--fail-if", "pool.workers > 0"), ("--fail-if", "pool.faults.correlation > 0.1")
    equal("a rule", replay(better, ordinary, more=holds)[0], 3)
    equal("the baseline", replay(ordinary, better, more=("--fail-if", "pool.workers < 1"))[0], 3)
    status, err = replay(ordinary, better, more=("-n", "1", *unknown))
    equal(f"both: {err}", status, 1)
    true("said of both", "ERROR pool" in err and "FAIL baseline" in err, err)


@test
def never_a_silent_pass():
    """What was known and is not, or means something else where pages are guessed, is exit 1"""
    status, err = replay(path_of("estimate"), path_of("ordinary"))
    equal(f"another level: {err}", status, 1)
    true("why", "not the same at the levels exact and estimate: look with" in err, err)
    with folder() as place:
        document = {"schema": "cowtop.sample/1", "pool": {"workers": 3, "footprint_bytes": 1, "copied_bytes": 1e12}}
        before = write_file(os.path.join(place, "before.json"), json.dumps(document))
        status, err = replay(path_of("estimate"), before)
        equal(f"not known now: {err}", status, 1)
        true("why", re.search(r"^ERROR baseline: footprint_bytes not known, was 1 B$", err, re.M), err)


@test
def unprivileged():
    """A user without rights, who gets bounds alone, passes what has not changed, and never what has"""
    need("setpriv")
    need_root()
    with readable_binaries(), folder(mode=0o777) as place:
        before = os.path.join(place, "before.json")
        stored(before, 300, prefix=NOBODY)
        status, _, err = cowtop("--baseline", before, "--", *copying(300), prefix=NOBODY)
        equal(f"the same: {err}", status, 0)
        status, _, err = cowtop("--baseline", before, "--", *copying(2000), prefix=NOBODY)
        true(f"more: {status}", status in (1, 3), err)
        true("named", "private_bytes" in named(err, "FAIL"), err)


@test
def bounds():
    """Where a bound alone would decide nothing is decided: exit 1"""
    document = {"schema": "cowtop.sample/1", "accounting": {"level": "exact"}, "pool": {"workers": 2}}
    with folder() as place:
        before = os.path.join(place, "before.json")
        now = cowtop("replay", "--json", "-n", "1", path_of("ordinary"))[1]
        pool = json.loads(now)["pool"]
        footprint, copied = pool["footprint_bytes"], pool["copied_bytes"]
        document["pool"]["copied_bytes"] = copied
        document["pool"]["bounds"] = {"copied_bytes": {"label": "lower_bound", "low": copied, "high": 3 * copied}}
        write_file(before, json.dumps(document))
        status, err = replay(path_of("ordinary"), before, more=("-b", "+0", "-e", "+1"))
        equal(f"it may be more by any amount: {err}", (status, named(err, "ERROR")), (0, set()))
        document["pool"]["bounds"] = {"copied_bytes": {"label": "upper_bound", "low": 0, "high": copied}}
        document["pool"]["footprint_bytes"] = footprint
        write_file(before, json.dumps(document))
        status, err = replay(path_of("ordinary"), before, more=("-b", "+0", "-e", "+1"))
        if copied > MIB:
            equal(f"it may have been nothing: {err}", (status, named(err, "ERROR")), (1, {"copied_bytes"}))
            true("said", "a bound alone would decide" in err, err)


TRIAL = {"schema": "cowtop.try/1", "baseline": {"name": "baseline", "runs": 3, "figures": {
    "footprint_bytes": {"mean": 1e15, "low": 0.9e15, "high": 1.1e15}}},
    "variants": [{"name": "gc.freeze", "applied": True, "runs": 3, "figures": {
        "footprint_bytes": {"mean": 4096, "low": 4096, "high": 4096}}},
        {"name": "thp=never", "applied": False, "runs": 3, "figures": {}}]}


@test
def what_try_found():
    """What cowtop try found is a baseline: the command as it was, or a variant that took"""
    with folder() as place:
        path = write_file(os.path.join(place, "try.json"), json.dumps(TRIAL))
        ordinary = path_of("ordinary")
        equal("as it was", replay(ordinary, path)[0], 0)
        status, err = replay(ordinary, path, more=("--variant", "gc.freeze"))
        equal("a variant", (status, named(err, "FAIL")), (3, {"footprint_bytes"}))
        for name, why in (("thp=never", "did not take"), ("gc.disable", "no variant 'gc.disable'")):
            err = fails(1, "replay", ordinary, "--baseline", path, "--variant", name)
            true(name, why in err, err)


@test
def no_baseline():
    """A file that is none is exit 1 and one line, before the work: cut off, of another schema, hostile, too large"""
    good = cowtop("replay", "--json", "-n", "1", path_of("ordinary"))[1]
    cases = {"empty": (b"", "it is empty"),
             "cut": (good[:2000].encode(), "no JSON from byte"),
             "schema": (b'{"schema": "cowtop.pools/1"}', "its schema is 'cowtop.pools/1'"),
             "list": (b"[1, 2]", "its schema is ''"),
             "escape": (b'{"schema": "\\u001b[31m\\n\\u202e"}', "\\x1b[31m\\n"),
             "deep": (b"[" * 100000, "no JSON"),
             "wide": (b"[" + b"0," * 2000000, "too large"),
             "long": (b" " * (33 << 20), "too large"),
             "negative": (b'{"schema":"cowtop.sample/1","pool":{"footprint_bytes":-1}}', "nothing that it can be"),
             "infinite": (b'{"schema":"cowtop.sample/1","pool":{"footprint_bytes":1e999}}', "nothing that it can be"),
             "nothing": (b'{"schema":"cowtop.sample/1","pool":{}}', "no figure"),
             "bytes": (bytes(range(256)), "no JSON")}
    with folder() as place:
        path, trace = os.path.join(place, "baseline"), os.path.join(place, "started")
        for name, (content, why) in cases.items():
            with open(path, "wb") as file:
                file.write(content)
            err = fails(1, "--baseline", path, "--", "touch", trace)
            true(f"{name}: why", why in err and path in err, err)
            true(f"{name}: nothing was started", not os.path.exists(trace))
        fails(5, "--baseline", os.path.join(place, "absent"), "--", "touch", trace)
        fails(1, "--baseline", place, "--", "touch", trace)
        true("nothing was started", not os.path.exists(trace))
        with open(path_of("ordinary"), "rb") as file:
            half = file.read()
        with open(path, "wb") as file:
            file.write(half[:80])
        status, out, err = cowtop("replay", path_of("ordinary"), "--baseline", path)
        equal(f"half a recording: {err}", (status, out), (1, ""))


@test
def usage():
    """Options that contradict each other, or do nothing, are usage errors"""
    ordinary = path_of("ordinary")
    with folder() as place:
        sample = write_file(os.path.join(place, "a.json"), cowtop("replay", "--json", "-n", "1", ordinary)[1])
        trial = write_file(os.path.join(place, "try.json"), json.dumps(TRIAL))
        for words, why in ((("--tolerance", "5%"), "goes with --baseline"),
                           (("--variant", "gc.freeze"), "goes with --baseline"),
                           (("--baseline", sample, "--tolerance", "much"), "not a percentage"),
                           (("--baseline", sample, "--tolerance", "-5"), "not a percentage"),
                           (("--baseline", sample, "--tolerance", "5MiB"), "not a percentage"),
                           (("--baseline", ""), "empty"),
                           (("--junit", os.path.join(place, "x"), "--metrics", os.path.join(place, "x")),
                            "a file for each"),
                           (("--baseline", sample, "--baseline", ordinary), "all of them recordings, or none"),
                           (("--baseline", ordinary, "--variant", "gc.freeze"), "no recording"),
                           (("--baseline", trial, "--baseline", trial), "holds several runs")):
            status, out, err = cowtop("replay", ordinary, *words)
            equal(f"{words}: {err}", (status, out), (2, ""))
            true(f"{words}: why", why in err, err)
        equal("nothing is left", sorted(os.listdir(place)), ["a.json", "try.json"])


@test
def files_are_known_before():
    """A file that cannot be written is an error before the work, and a recording is not overwritten"""
    with folder() as place:
        trace = os.path.join(place, "started")
        for option in ("--junit", "--markdown", "--metrics", "--benchmark"):
            err = fails(1, option, os.path.join(place, "no", "file"), "--", "touch", trace)
            true(f"{option}: which", "cannot write" in err, err)
        true("nothing was started", not os.path.exists(trace))
        true("kept", "is a recording" in fails(1, "replay", path_of("ordinary"), "--junit", path_of("better")))


if __name__ == "__main__":
    main()
