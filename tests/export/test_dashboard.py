#!/usr/bin/python3
"""The dashboard for Grafana (scripts/grafana): a model that holds together, whose queries name what `cowtop export`
has; asked of a real Prometheus that scrapes a real pool they have answers. The alert about a collector fires there
when a worker turns its collector on, and ends when that is off."""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
import fleet
import series
from tap import equal, main, ROOT, test, true, until

with open(f"{ROOT}/scripts/grafana/cowtop.json", encoding="utf-8") as stored:
    MODEL = json.load(stored)
PANELS = [p for p in MODEL["panels"] if p["type"] != "row"]
VARIABLES = {"$job": ".*", "$instance": ".*", "$pool": ".*", "$__rate_interval": "10s"}
# Without an answer where all is well, or outside a cgroup with a limit.
MAY_BE_EMPTY = ("cowtop_finding", "cgroup", "full_collection", "events")


def queries():
    """(panel, expression), annotations among them."""
    return [(p["title"], t["expr"]) for p in PANELS for t in p["targets"]] + [
        (a["name"], a["expr"]) for a in MODEL["annotations"]["list"]]


def asked(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    true("all variables are known", "$" not in expression, expression)
    return expression


@test
def model_holds_together():
    """Panels have ids of their own, do not overlap, and all ask the chosen Prometheus"""
    ids = [p["id"] for p in MODEL["panels"]]
    equal("ids", len(set(ids)), len(ids))
    equal("rows", [p["title"] for p in MODEL["panels"] if p["type"] == "row"],
          ["Fleet", "Pool: $pool", "Workers of $pool"])
    taken = set()
    for p in MODEL["panels"]:
        g = p["gridPos"]
        cells = {(x, y) for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])}
        true(f"{p['title']} is within", g["x"] + g["w"] <= 24)
        true(f"{p['title']} has room of its own", not cells & taken)
        taken |= cells
    names = {v["name"] for v in MODEL["templating"]["list"]}
    for p in PANELS:
        true(f"{p['title']} says what it is", p["description"].endswith("."))
        refs = [t["refId"] for t in p["targets"]]
        equal(f"refIds of {p['title']}", len(set(refs)), len(refs))
        for part in [p, *p["targets"]]:
            equal(f"where {p['title']} asks", part["datasource"]["uid"], "${datasource}")
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(MODEL))) - {"__rate_interval", "__all"}
    equal("variables", used, names)


@test
def series_exist():
    """Its queries name series that cowtop export has"""
    for what, expression in queries():
        series.check(what, expression)
    for v in MODEL["templating"]["list"]:
        if v["type"] == "query":
            series.check(v["name"], re.sub(r"label_values\((.*), \w+\)", r"\1", v["definition"]))


def value(expression):
    result = fleet.ask("query", query=expression)["result"]
    return float(result[0]["value"][1]) if result else None


def fires():
    return {a["labels"]["alertname"] for a in fleet.ask("alerts")["alerts"] if a["state"] == "firing"}


@test
def real_prometheus():
    """A real Prometheus: queries have answers, the alert about a collector fires and ends"""
    with fleet.fleet() as pool:
        target = until("a scrape", lambda: [t for t in fleet.ask("targets")["activeTargets"] if t["health"] == "up"])[0]
        equal("what it said of the scrape", target["lastError"], "")
        equal("alerts of a pool that is well", fires() & {"CowtopCollectorEnabled", "CowtopBlind", "CowtopDown"}, set())
        pool.stdin.write("+\n")
        pool.stdin.flush()
        until("CowtopCollectorEnabled fires", lambda: "CowtopCollectorEnabled" in fires())
        until("rates are known", lambda: value("rate(cowtop_pool_cow_bytes_total[10s])") is not None)
        empty = []
        for what, expression in queries():
            if not fleet.ask("query", query=asked(expression))["result"]:
                empty.append((what, expression))
        equal("queries without an answer", [e for e in empty if not any(w in e[1] for w in MAY_BE_EMPTY)], [])
        groups = fleet.ask("rules")["groups"]
        equal("rules that fail", [r["lastError"] for g in groups for r in g["rules"] if r["health"] == "err"], [])
        true("what was shared is known", 0 < value("pool:cowtop_shared:ratio") < 1)
        equal("workers", value("fleet:cowtop_workers:sum"), 2)
        pool.stdin.write("-\n")
        pool.stdin.flush()
        until("CowtopCollectorEnabled ends", lambda: "CowtopCollectorEnabled" not in fires())


if __name__ == "__main__":
    main()
