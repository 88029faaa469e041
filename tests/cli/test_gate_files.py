#!/usr/bin/python3
"""What a gate writes for systems that build and test, read by parsers that were not written here: JUnit's XML,
OpenMetrics, Markdown, github-action-benchmark's JSON, annotations and the summary of GitHub Actions."""
import html
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from made_recordings import path_of
from run import cowtop, folder, write_file
from smallpool import fails, server
from tap import equal, main, near, need, Skip, test, true

HERE = os.path.dirname(os.path.abspath(__file__))
FORMS = ("junit", "markdown", "metrics", "benchmark")
MIB = 1 << 20
HOLDS, CLEAR, UNKNOWN = "pool.workers > 0", "pool.workers < 1", "pool.why.copied_bytes > 1MiB"
PLAIN = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}


def judge(place, *arguments, verb=("replay",), env=None):
    """Status, talk, and what stands in each file: {form: text}."""
    paths = {form: os.path.join(place, form) for form in FORMS}
    words = [word for form, path in paths.items() for word in (f"--{form}", path)]
    status, _, err = cowtop(*verb, *words, *arguments, env=env or PLAIN)
    texts = {}
    for form, path in paths.items():
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                texts[form] = file.read()
    return status, err, texts


def module(name, package):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Skip(f"{package} is not installed") from error


def cases(text):
    """{suite: {case: (how it ended, what it said)}}; what is counted is there."""
    root = ElementTree.fromstring(text)
    found = {}
    for suite in root:
        rows = {}
        for case in suite:
            equal("one outcome", len(case), 1)
            true("a case once", case.get("name") not in rows, case.get("name"))
            rows[case.get("name")] = (case[0].tag, case[0].text or case[0].get("message"))
        ends = [tag for tag, _ in rows.values()]
        equal("counted", [int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")],
              [len(rows), ends.count("failure"), ends.count("error"), ends.count("skipped")])
        true("a suite once", suite.get("name") not in found, suite.get("name"))
        found[suite.get("name")] = rows
    return found


def validate(text):
    need("xmllint")
    done = subprocess.run(["xmllint", "--noout", "--schema", os.path.join(HERE, "junit.xsd"), "-"], input=text.encode(),
                          capture_output=True, check=False)
    equal(done.stderr.decode(), done.returncode, 0)


@test
def junit():
    """JUnit: a case for each rule and pool, failures and errors apart, for a gate that passes and one that does not"""
    with folder() as place:
        status, err, texts = judge(place, "--fail-if", HOLDS, "--fail-if", CLEAR, "--fail-if", UNKNOWN, "--baseline",
                                   path_of("better"), path_of("ordinary"))
        equal(f"status: {err}", status, 1)
        (pool, rows), = cases(texts["junit"]).items()
        equal("the pool", pool, "gunicorn")
        equal("rules", [rows[rule][0] for rule in ("pool", HOLDS, CLEAR, UNKNOWN)],
              ["system-out", "failure", "system-out", "error"])
        equal("the baseline", rows["baseline: cow_broken_bytes"][0], "failure")
        said = [line.partition(" ") for line in err.splitlines()]
        for word, _, text in said[:3]:
            true(f"as on stderr: {text}", text in [row[1] for row in rows.values()], rows)
        status, _, texts = judge(place, "--fail-if", CLEAR, "--baseline", path_of("ordinary"), path_of("ordinary"))
        equal("passes", status, 0)
        rows = cases(texts["junit"])["gunicorn"]
        equal("all", {tag for tag, _ in rows.values()}, {"system-out"})
        true("the files are all there", set(texts) == set(FORMS), texts.keys())


@test
def junit_schema():
    """JUnit: what is written is valid, also with hostile names"""
    with folder() as place:
        for recording in ("ordinary", "hostile", "estimate"):
            texts = judge(place, "--fail-if", HOLDS, "--fail-if", UNKNOWN, path_of(recording))[2]
            validate(texts["junit"])
            equal("one pool", len(cases(texts["junit"])), 1)
        texts = judge(place, "--fail-if", "diff.load_s > 1", path_of("better"), path_of("ordinary"),
                      verb=("diff",))[2]
        validate(texts["junit"])


@test
def runs():
    """Each run is a suite of its own, with how long it took; metrics are one series"""
    with folder() as place:
        status, err, texts = judge(place, "-o", os.path.join(place, "a.ct"), "--runs", "2", "-n", "2", "-i", "0.1",
                                   "--fail-if", HOLDS, "--", *server(), verb=("record",))
        equal(f"status: {err}", status, 3)
        validate(texts["junit"])
        found = cases(texts["junit"])
        equal("suites", list(found), ["run 1 of 2", "run 2 of 2"])
        equal("each", [rows[HOLDS][0] for rows in found.values()], ["failure", "failure"])
        times = [float(suite.get("time")) for suite in ElementTree.fromstring(texts["junit"])]
        true("time", all(time >= 0.1 for time in times), times)
        names = [line.split()[0] for line in texts["metrics"].splitlines() if not line.startswith("#")]
        equal("a figure once", len(names), len(set(names)))


@test
def a_run_that_fails():
    """Of a run that failed JUnit and Markdown say why; there are no figures, and no files without any"""
    with folder() as place:
        status, err, texts = judge(place, "--fail-if", HOLDS, "--", "false", verb=())
        equal("status", status, 5)
        equal("files", set(texts), {"junit", "markdown"})
        equal("nothing else", sorted(os.listdir(place)), ["junit", "markdown"])
        validate(texts["junit"])
        (rows,) = cases(texts["junit"]).values()
        equal("an error", rows, {"run": ("error", err.strip().partition(": ")[2])})
        true("in both", "could not be judged" in texts["markdown"], texts["markdown"])


def gitlab(text):
    """As GitLab reads a metrics report: what follows a # is gone, the first word is a name, the second its value."""
    lines = [shlex.split(re.sub("#.*", "", line)) for line in text.splitlines()]
    return {words[0]: words[1] for words in lines if words}


@test
def metrics():
    """OpenMetrics: read by Prometheus' own parser, promtool and as GitLab does; rounded, with help and unit"""
    parser = module("prometheus_client.openmetrics.parser", "python3-prometheus-client")
    with folder() as place:
        text = judge(place, path_of("ordinary"))[2]["metrics"]
        families = list(parser.text_string_to_metric_families(text))
        true("some", 5 < len(families) < 15, families)
        told = gitlab(text)
        for family in families:
            equal(family.name, (family.type, bool(family.documentation), family.unit in ("mebibytes", "percent")),
                  ("gauge", True, True))
            (sample,) = family.samples
            equal("no labels, no time", (sample.labels, sample.timestamp), ({}, None))
            true("rounded", sample.value * 2 == int(sample.value * 2), sample)
            equal("for GitLab as well", float(told[family.name]), sample.value)
        pool = json.loads(cowtop("replay", "--json", path_of("ordinary"))[1].splitlines()[-1])["pool"]
        near("as it is", float(told["cowtop_pool_footprint_mebibytes"]), pool["footprint_bytes"] / MIB,
             pool["footprint_bytes"] / MIB / 5)
        if shutil.which("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True,
                                  check=False)
            equal(done.stderr.decode(), done.returncode, 0)
        text = judge(place, path_of("estimate"))[2]["metrics"]
        true("what is not known is not there", "footprint" not in text and text.endswith("# EOF\n"), text)


@test
def benchmark():
    """github-action-benchmark: names, units and numbers of what is better when it is less"""
    with folder() as place:
        rows = json.loads(judge(place, path_of("ordinary"))[2]["benchmark"])
        true("some", 3 <= len(rows) <= 12, rows)
        for row in rows:
            equal("keys", set(row) - {"range"}, {"name", "unit", "value", "extra"})
            true("a number", isinstance(row["value"], (int, float)) and row["value"] >= 0, row)
            equal("a unit", row["unit"] in ("MiB", "%", "KiB") or row["extra"].startswith(row["unit"]), True)
        equal("names", len({row["name"] for row in rows}), len(rows))
        keys = {row["extra"].partition(",")[0] for row in rows}
        true("less is better", "footprint_bytes" in keys and not keys & {"shared_bytes", "saved_bytes"}, keys)


def cells(text):
    """Tables of Markdown as rows of the texts of their cells, by a parser of Markdown."""
    markdown = module("markdown", "python3-markdown")
    page = ElementTree.fromstring("<x>" + markdown.markdown(text, extensions=["tables"]) + "</x>")
    return [[["".join(cell.itertext()) for cell in row] for row in table.iter("tr")] for table in page.iter("table")]


@test
def markdown_tables():
    """Markdown: two tables, the worst rule first; foreign text is text"""
    with folder() as place:
        status, err, texts = judge(place, "--fail-if", CLEAR, "--fail-if", UNKNOWN, "--fail-if", HOLDS,
                                   path_of("ordinary"))
        equal("status", status, 1)
        rules, figures = cells(texts["markdown"])
        equal("heads", (rules[0], figures[0]), (["Result", "Rule", "What came out"], ["Figure", "Value"]))
        equal("the worst first", [row[:2] for row in rules[1:4]],
              [["failed", HOLDS], ["error", UNKNOWN], ["passed", CLEAR]])
        for word, _, text in (line.partition(" ") for line in err.splitlines()):
            true(f"as on stderr: {text}", text in [row[2] for row in rules], rules)
        true("a figure", any(row[0] == "what the pool costs at the end" for row in figures), figures)
        texts = judge(place, "--fail-if", HOLDS, path_of("hostile"))[2]
        equal("tables", len(cells(texts["markdown"])), 2)
        true("no markup", "<script" not in texts["markdown"] and "<img" not in texts["markdown"], texts["markdown"])


def decoded(err):
    """Annotations as the runner takes them: [(title, message)]."""
    def plain(text, more=()):
        for code, char in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
            text = text.replace(code, char)
        return text
    found = []
    for line in err.splitlines():
        command = re.fullmatch(r"::error title=([^,]*?)::(.*)", line)
        if command:
            found.append((plain(command[1], (("%3A", ":"), ("%2C", ","))), plain(command[2])))
    return found


@test
def github():
    """In GitHub Actions failures are annotations, the worst first, and the summary has the tables; nowhere else"""
    with folder() as place:
        summary = write_file(os.path.join(place, "summary.md"), "# before\n")
        actions = dict(PLAIN, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=summary)
        rules = ["--fail-if", CLEAR, "--fail-if", UNKNOWN, "--fail-if", HOLDS]
        status, out, err = cowtop("replay", *rules, path_of("ordinary"), env=actions)
        equal("status", status, 1)
        true("data stays data", "::error" not in out, out)
        told = decoded(err)
        equal("titles", [title for title, _ in told], [f"cowtop: gunicorn: {rule}" for rule in (HOLDS, UNKNOWN)])
        for _, message in told:
            true(f"as said: {message}", message in err, err)
        with open(summary, encoding="utf-8") as file:
            text = file.read()
        true("added", text.startswith("# before\n### cowtop: failed\n"), text)
        equal("tables", len(cells(text)), 2)
        for env in (PLAIN, dict(actions, GITHUB_ACTIONS="false")):
            status, _, err = cowtop("replay", *rules, path_of("ordinary"), env=env)
            equal("status", status, 1)
            true("nothing of that", "::" not in err, err)
        status, _, err = cowtop("replay", path_of("ordinary"), env=actions)
        equal("without a rule there is nothing to say", (status, err), (0, ""))
        equal("the summary", os.path.getsize(summary), len(text.encode()))
        _, _, err = cowtop("replay", "--fail-if", HOLDS, path_of("hostile"), env=actions)
        equal("one line of hostile names", len([line for line in err.splitlines() if "::" in line]), 1)


@test
def github_limits():
    """Ten annotations at most; a summary that would be larger than 1 MiB, or is not there, is no failed run"""
    with folder() as place:
        summary = write_file(os.path.join(place, "summary.md"), "x" * (MIB - 100))
        actions = dict(PLAIN, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=summary)
        rules = [word for n in range(12) for word in ("--fail-if", f"pool.rss_bytes > {n} KiB")]
        status, _, err = cowtop("replay", *rules, path_of("ordinary"), env=actions)
        equal("status", status, 3)
        equal("annotations", len(decoded(err)), 10)
        equal("the last one counts the others", decoded(err)[-1][1], "and 3 others: see the output of this step")
        equal("not added", os.path.getsize(summary), MIB - 100)
        true("said", re.search(r"^cowtop: no summary in .*: File too large$", err, re.M), err)
        actions["GITHUB_STEP_SUMMARY"] = os.path.join(place, "no", "summary.md")
        status, _, err = cowtop("replay", "--fail-if", CLEAR, path_of("ordinary"), env=actions)
        equal("status", status, 0)
        true("said", "cowtop: no summary in " in err, err)


@test
def standard_output():
    """- is standard output, where nothing else is that a program reads, and a full disk is a failed run"""
    a, b = path_of("better"), path_of("ordinary")
    for words in (["--json", "x"], ["--csv", "x"], ["replay", "--json", a], ["replay", "--csv", a],
                  ["record", "-o", "-", "x"], ["diff", "--json", a, b], ["diff", "--html", "-", a, b],
                  ["try", "--json", "--with", "gc.freeze", "-d", "1", "--", "true"]):
        before = words.index("--") if "--" in words else len(words)
        err = fails(2, *words[:before], "--junit", "-", *words[before:])
        true(f"{words}: {err}", "writes standard output" in err)
    with folder() as place:
        recording = os.path.join(place, "a.ct")
        status, out, err = cowtop("record", "-o", recording, "-n", "1", "--junit", "-", "--", *server())
        equal(f"status: {err}", status, 0)
        validate(out)
        if os.path.exists("/dev/full"):
            err = fails(1, "diff", "--html", os.path.join(place, "page"), "--junit", "/dev/full", path_of("better"),
                        path_of("ordinary"))
            true("said", html.unescape(err).startswith("cowtop: cannot write /dev/full: "), err)


if __name__ == "__main__":
    main()
