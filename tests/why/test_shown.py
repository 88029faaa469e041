#!/usr/bin/python3
"""Why pages were copied, where it is shown beside cowtop why: samples, rules, reports, and two recordings of which the
one foretells what the other proves."""
import functools
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import asking
from asking import Pool, recorded
from kernel import PAGE
from run import cowtop, folder
from tap import equal, main, need_root, test, true

variant = functools.partial(asking.variant, first=150, every=150, requests=600)


def record(path, mode):
    """A pool under its load from its beginning on."""
    with Pool(variant(), mode) as p, recorded(p.pid, path, samples=2):
        p.ask("go")


def document(*words):
    status, out, err = cowtop(*words)
    equal("exit status", (status, err), (0, ""))
    return json.loads(out)


@test
def foretold_and_proved():
    """diff holds what one recording foretells against what the frozen pool has copied less, in text, JSON and HTML"""
    need_root()
    with folder() as place:
        a, b = os.path.join(place, "default.ct"), os.path.join(place, "frozen.ct")
        record(a, "default")
        record(b, "frozen")
        why, report = document("why", "--json", a), document("report", "--json", a)
        equal("the report has what why says", report["why"]["causes"], why["causes"])
        equal("as a figure, too", report["why"]["freeze_gain_bytes"], why["causes"]["collector_only"]["bytes"])
        both = document("diff", "--json", a, b)
        told, copied = both["foretold"], why["pool"]["copied_bytes"]
        equal("who", told["by"], "a")
        equal("what was foretold", (told["gain_bytes"], told["gain_low"], told["gain_high"]),
              tuple(why["causes"]["collector_only"][k] for k in ("bytes", "low", "high")))
        row = next(r for r in both["rows"] if r["key"] == "cow_broken_bytes")
        equal("what was measured", told["measured_bytes"], -row["difference"])
        true("the truth is near", abs(told["gain_bytes"] - told["measured_bytes"]) <=
             max(0.15 * told["measured_bytes"], 0.05 * copied), told)
        equal("within", told["within"], told["gain_low"] <= told["measured_bytes"] <= told["gain_high"])
        line = (r"gc\.freeze\(\): A foretold about \S+ MiB \(\S+ to \S+\) a worker, "
                r"B has \S+ MiB less: (within|outside of)")
        text = cowtop("diff", a, b)[1]
        true("in the text", re.search(line, " ".join(text.split())), text)
        page = os.path.join(place, "page.html")
        equal("html", cowtop("diff", "--html", page, a, b)[0], 0)
        with open(page, encoding="utf-8") as f:
            true("in the page", re.search(line, f.read()))
        equal("two of one kind prove nothing", document("diff", "--json", a, a)["foretold"], None)
        equal("nor the other way", document("diff", "--json", b, a)["foretold"]["by"], "b")
        text = cowtop("report", a)[1]
        for words in (r"^why +2 workers; each has copied", r"^~\S+ +\d+% +\S+\.\.\S+ +collector alone",
                      r"^rests on +2 workers watched"):
            true(words, re.search(words, text, re.M), text)


@test
def rules():
    """a rule on it is decided by its bounds, and where nobody asked it is an error"""
    need_root()
    with Pool(variant(rate=0), "default") as p:
        master = str(p.pid)
        p.ask("go")
        status, out, err = cowtop("--json", "--fail-if", "pool.why.freeze_gain_bytes > 1GiB", master)
        equal("nobody asked", status, 1)
        true("it says so", "nobody asked why" in err, err)
        true("nor has the sample", "why" not in json.loads(out)["pool"])
        said = document("--json", "--why", master)["pool"]["why"]
        low, high = (said["bounds"]["freeze_gain_bytes"][k] for k in ("low", "high"))
        true("old workers: bounds", said["basis"] == "bounds" and 0 <= low < high, said)
        equal("the upper one", (said["freeze_gain_bytes"], said["bounds"]["freeze_gain_bytes"]["label"]),
              (high, "upper_bound"))
        for limit, wanted, word in ((high + 9 * PAGE, 0, "PASS"), ((low + high) / 2, 1, "ERROR")):
            status, _, err = cowtop("--why", "--fail-if", f"pool.why.freeze_gain_bytes > {int(limit)}", master)
            equal(f"above {limit}", status, wanted)
            true(word, err.startswith(word), err)
        status, _, err = cowtop("--why", "--fail-if", "pool.why.references_bytes > 4096", master)
        equal("it holds", (status, err[:4]), (3, "FAIL"))
        status, _, err = cowtop("--why", "--fail-if", "pool.why.at_risk_bytes > 0", master)
        equal("not known", (status, err[:5]), (1, "ERROR"))


if __name__ == "__main__":
    main()
