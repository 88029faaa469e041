#!/usr/bin/python3
"""Rules and alerts for Prometheus (scripts/prometheus): promtool takes them, what they say of made series is right, and
they name no series that `cowtop export` does not have, with no value of a label that it cannot give."""
import glob
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
import series
from tap import equal, main, need, ROOT, test, true

RULES = f"{ROOT}/scripts/prometheus"


def promtool(*words):
    need("promtool")
    done = subprocess.run(["promtool", *words], cwd=RULES, capture_output=True, text=True, timeout=120)
    equal(" ".join(words), (done.returncode, done.stderr), (0, ""))


@test
def rules_are_taken():
    """promtool takes rules and alerts"""
    promtool("check", "rules", "rules.yml", "alerts.yml")


@test
def rules_say_what_is_so():
    """promtool test rules: figures, alerts that fire and do not, a release"""
    promtool("test", "rules", "test.yml", "test_alerts.yml", "test_release.yml")


@test
def a_quiet_week():
    """promtool test rules: no alert in a quiet week"""
    promtool("test", "rules", "test_week.yml")


def rules():
    return [r for name in ("rules.yml", "alerts.yml") for g in series.loaded(f"{RULES}/{name}")["groups"]
            for r in g["rules"]]


@test
def every_rule_is_tested():
    """Each rule has a test, each alert one in which it fires and one in which it does not, and says what to do"""
    tests = [t for name in sorted(glob.glob(f"{RULES}/test*.yml")) for t in series.loaded(name)["tests"]]
    said = " ".join(e["expr"] for t in tests for e in t.get("promql_expr_test", []))
    alerts = [a for t in tests for a in t.get("alert_rule_test", [])]
    for r in rules():
        if "record" in r:
            true(f"{r['record']} is tested", r["record"] in said)
            continue
        fires = [bool(a.get("exp_alerts")) for a in alerts if a["alertname"] == r["alert"]]
        equal(f"{r['alert']} fires in a test, and not in another", set(fires), {True, False})
        text = r["annotations"]
        true(f"{r['alert']} says where", "$labels.instance" in text["summary"], text["summary"])
        true(f"{r['alert']} names a command, an option or a file", re.search("`[a-z]+ ?|--[a-z]+|/sys/",
             text["description"]), text["description"])


@test
def series_exist():
    """Rules name series that cowtop export has, or that are recorded"""
    recorded = {r["record"] for r in rules() if "record" in r}
    for r in rules():
        series.check(r.get("record") or r["alert"], r["expr"], recorded)


if __name__ == "__main__":
    main()
