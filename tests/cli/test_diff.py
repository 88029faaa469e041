#!/usr/bin/python3
"""cowtop diff: two recordings side by side, and --fail-if on what differs."""
import json
import os
import re
import sys

from smallpool import fails
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from run import cowtop
from tap import equal, main, near, test, true
from made_recordings import golden, path_of


def diff(*arguments, a="ordinary", b="better"):
    status, out, err = cowtop("diff", *arguments, os.path.basename(path_of(a)), os.path.basename(path_of(b)),
                              cwd=os.path.dirname(path_of(a)))
    return status, out, err


@test
def text():
    """The table is the one of the same samples without recordings"""
    equal("table", diff(), (0, golden("report-diff.txt"), ""))


@test
def html():
    """So is the page"""
    equal("page", diff("--html", "-"), (0, golden("report-diff.html"), ""))


@test
def one_sample():
    """One sample is one, in both"""
    for words in ((), ("--html", "-")):
        status, out, err = diff("-e", "+0", *words)
        equal("end", (status, err), (0, ""))
        equal("said", (out.count("1 sample "), out.count("1 samples")), (2, 0))


@test
def document():
    """--json: differences, intervals, verdicts"""
    status, out, _ = diff("--json")
    equal("status", status, 0)
    found = json.loads(out)
    rows = {row["key"]: row for row in found["rows"]}
    equal("schema", found["schema"], "cowtop.diff/1")
    equal("keys", list(rows), list(found["diff"]))
    equal("shared", rows["shared_bytes"]["verdict"], "higher")
    equal("new", rows["new_bytes"]["verdict"], "same")
    equal("per collection", rows["bytes_per_full_collection"]["difference"], None)
    equal("levels", (rows["shared_bytes"]["a"]["from_s"], rows["shared_bytes"]["a"]["to_s"]), (4320, 5400))
    equal("rates", (rows["cow_per_s"]["a"]["from_s"], rows["cow_per_s"]["a"]["to_s"]), (0, 5400))
    near("a thousandth of the ceiling, or half a percent", rows["private_bytes"]["smallest"],
         0.005 * rows["private_bytes"]["a"]["mean"], 1)
    equal("between marks it is lower", rows["minor_faults_per_mark"]["verdict"], "lower")
    equal("what counts", (found["compared_by"], rows["minor_per_s"]["verdict"]), ("marks", "by_time"))
    said = r"pool [\d.]+ to [\d.]+ MiB \(the same\), per worker 70.0 to 27.9 % copied"
    true("in the reader's terms", re.fullmatch(said, found["headline"]), found["headline"])
    equal("one run each", (found["runs"], rows["shared_bytes"]["a"]["over_runs"]["n"]), ({"a": 1, "b": 1}, 1))
    row = rows["cow_broken_ratio"]
    near("difference", row["difference"], row["b"]["mean"] - row["a"]["mean"], 1e-12)
    true("interval", row["low"] < row["difference"] < row["high"] < 0, row)


@test
def same():
    """A recording against itself: every difference is noise or cannot be told"""
    status, out, _ = diff("--json", b="ordinary")
    equal("status", status, 0)
    for row in json.loads(out)["rows"]:
        true(row["key"], row["verdict"] in ("noise", "same", "unsure", "unknown", "by_time"), row["verdict"])
        if row["difference"] == 0 and row["a"]["mean"] == 0:
            true(f"{row['key']}: nothing is no noise", row["verdict"] in ("same", "by_time"), row["verdict"])


@test
def heads():
    """Each column of spreads says what it is, and the legend what that means"""
    _, out, _ = diff()
    true("heads", re.search(r"^ +A +SD +B +SD +B - A +CI95 +VERDICT$", out, re.M), out)
    true("legend", "SD: standard deviation over workers" in out and "CI95: the half" in out, out)
    true("nothing says +-", "+-" not in out, out)


@test
def runs():
    """Several recordings a side: the noise is what they differ by; a side of one has none"""
    a, b = path_of("ordinary"), path_of("better")
    status, out, err = cowtop("diff", "--json", a, a, "--", b, b, b)
    equal("end", (status, err), (0, ""))
    found = json.loads(out)
    rows = {row["key"]: row for row in found["rows"]}
    equal("runs", found["runs"], {"a": 2, "b": 3})
    equal("no spread", (rows["shared_bytes"]["a"]["over_runs"], rows["shared_bytes"]["b"]["over_runs"]["n"]),
          ({"mean": rows["shared_bytes"]["a"]["mean"], "deviation": 0, "n": 2}, 3))
    equal("told", rows["copied_bytes"]["verdict"], "lower")
    true("named", " and 1 more: gunicorn" in cowtop("diff", a, a, "--", b, b)[1])
    equal("one each", cowtop("diff", a, "--", b)[1].count(" more: "), 0)
    true("page", "SD over runs" in cowtop("diff", "--html", "-", a, a, "--", b, b)[1])
    mixed = json.loads(cowtop("diff", "--json", a, a, "--", a, b)[1])
    row = {row["key"]: row for row in mixed["rows"]}["shared_bytes"]
    equal("two that differ are noise", row["verdict"], "noise")
    true("one against several", "two runs a side" in fails(2, "diff", a, "--", b, b))
    true("which are B's", "A... -- B..." in fails(2, "diff", a, b, b))
    fails(2, "diff", "--", a, b, b)


@test
def requests():
    """--requests: figures of each, of both sides or of one"""
    rows = {row["key"]: row for row in json.loads(diff("--json", "--requests", "1000,500")[1])["rows"]}
    of_a, of_b = (rows["minor_faults_per_request"][side]["mean"] for side in "ab")
    near("A", of_a, 4 * rows["minor_faults"]["a"]["mean"] / 1000, 0.01)
    near("B", of_b, 4 * rows["minor_faults"]["b"]["mean"] / 500, 0.01)
    equal("not said", {row["key"]: row["difference"] for row in json.loads(diff("--json")[1])["rows"]}
          ["minor_faults_per_request"], None)
    for bad in ("0", "x", "1,", "1,2,3", "-1"):
        true(bad, "--requests" in fails(2, "diff", f"--requests={bad}", "a", "b"))


@test
def rules():
    """--fail-if: held is exit 3, clear 0, not known 1, a bad one 2"""
    equal("clear", diff("--fail-if", "diff.cow_broken_ratio > +0.05")[0], 0)
    status, out, err = diff("--fail-if", "diff.cow_broken_ratio < -20%")
    equal("held", status, 3)
    true("the table all the same", "VERDICT" in out)
    true("says so", err.startswith("FAIL diff: copied -42.") and " % of the inherited (minimum -20 %)" in err, err)
    equal("turned round", diff("--fail-if", "diff.cow_broken_bytes > +40MiB", a="better",
                               b="ordinary")[0], 3)
    status, _, err = diff("--fail-if", "diff.bytes_per_full_collection > 0")
    equal("null", status, 1)
    true("says why", "B does not know it" in err, err)
    true("nearest", "diff.shared_bytes" in fails(2, "diff", "--fail-if", "diff.shared_byte > 1", "a", "b"))
    fails(2, "diff", "--fail-if", "pool.shared_bytes > 1", "a", "b")
    fails(2, "--fail-if", "diff.shared_bytes > 1")


@test
def levels():
    """Of different levels: said, no verdict on what is not the same at both, and no rule on it"""
    status, out, err = diff(b="estimate")
    equal("end", (status, err), (0, ""))
    true("said", "\nlevels differ: exact in A, estimate in B;" in out, out)
    true("no verdict", re.search(r"\nshared .* - +- +cannot be told\n", out), out)
    found = json.loads(diff("--json", b="estimate")[1])
    true("document", found["levels_differ"].startswith("levels differ: "), found["levels_differ"])
    equal("no difference", found["diff"]["shared_bytes"], None)
    equal("verdict", {row["key"]: row["verdict"] for row in found["rows"]}["shared_bytes"], "unsure")
    equal("of the same", json.loads(diff("--json")[1])["levels_differ"], None)
    status, _, err = diff("--fail-if", "diff.shared_bytes < -1MiB", b="estimate")
    equal("rule", status, 1)
    true("says why", "not the same at the levels exact and estimate" in err, err)
    equal("one that can be checked", diff("--fail-if", "diff.minor_per_s > 1", b="estimate")[0], 0)


@test
def kernels():
    """Of kernels that count differently: said in one line, by name, and compared all the same"""
    said = "A and B were counted differently: without exclusive_flag in B late attach is"
    status, out, err = diff(a="flag", b="noflag")
    equal("end", (status, err), (0, ""))
    true("said", f"\n{said}" in out, out)
    true("compared", re.search(r"\nshared .* (the same|within noise)\n", out), out)
    found = json.loads(diff("--json", a="flag", b="noflag")[1])
    true("document", found["kernels_differ"].startswith(said), found["kernels_differ"])
    equal("each side", [found[side]["kernel_properties"]["exclusive_flag"] for side in "ab"], [True, False])
    equal("not known", found["a"]["kernel_properties"]["zero_page"], None)
    true("page", said in diff("--html", "-", a="flag", b="noflag")[1])
    equal("the other way round", "in A late" in diff(a="noflag", b="flag")[1], True)
    for other in ("flag", "ordinary"):
        equal(f"flag and {other}", json.loads(diff("--json", a="flag", b=other)[1])["kernels_differ"], None)


@test
def usage():
    """One recording, three, two from stdin, a missing one"""
    true("one", "A B" in fails(2, "diff", path_of("better")))
    fails(2, "diff", "a", "b", "c")
    fails(2, "diff", "-", "-")
    fails(2, "diff", "--json", "--html", "-", "a", "b")
    fails(5, "diff", path_of("better"), "/nonexistent/file")


main()
