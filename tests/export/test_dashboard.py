#!/usr/bin/python3
"""The dashboard for Grafana (scripts/grafana): a model that holds together, whose queries name what `cowtop export`
has; asked of a real Prometheus that scrapes a real pool they have answers, and can be drawn. The alert about a
collector fires there when a worker turns its collector on, and ends when that is off."""
import json
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
import draw_dashboard
import fleet
import panels
import series
from run import folder, write_file
from tap import equal, main, need, ROOT, test, true, until

with open(f"{ROOT}/scripts/grafana/cowtop.json", encoding="utf-8") as stored:
    MODEL = json.load(stored)
PANELS = [p for p in MODEL["panels"] if p["type"] != "row"]
# Without an answer where all is well, or outside a cgroup with a limit.
MAY_BE_EMPTY = ("cowtop_finding", "cgroup", "full_collection", "events", "ALERTS")
# Panels of these alone.
MAY_BE_EMPTY_PANELS = {"Findings", "What a full collection copies", "Events"}
# They say so when nothing at all is scraped.
NEVER_EMPTY_PANELS = {"Alerts", "Not seen"}


def queries():
    """(panel, expression), annotations among them."""
    return [(p["title"], t["expr"]) for p in PANELS for t in p["targets"]] + [
        (a["name"], a["expr"]) for a in MODEL["annotations"]["list"]]


@test
def model_holds_together():
    """Panels have ids of their own, do not overlap, and all ask the chosen Prometheus"""
    ids = [p["id"] for p in MODEL["panels"]]
    equal("ids", len(set(ids)), len(ids))
    equal("rows", [p["title"] for p in MODEL["panels"] if p["type"] == "row"],
          ["Fleet", "Pool: $pool", "Workers of $pool", "cowtop itself"])
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
    used = {name for name in re.findall(r"\$\{?(\w+)", json.dumps(MODEL)) if not name.startswith("__")}
    equal("variables", used, names)
    titles = [p["title"] for p in PANELS]
    equal("panels that are named here", (MAY_BE_EMPTY_PANELS | NEVER_EMPTY_PANELS) - set(titles), set())


@test
def many_hosts():
    """What a panel of pools or workers shows does not grow with them: sums, or the first of an order"""
    for p in PANELS:
        for t in p["targets"] if p["type"] not in ("table", "stat") else []:
            bounded = re.match(r"(topk|bottomk)\((10|20), |sum\(|sum by \((role|type|state|cause)\) ", t["expr"])
            true(f"{p['title']} is bounded", bounded, t["expr"])


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


def looked_at():
    """The last half minute of the Prometheus that runs."""
    now = time.time()
    return panels.Prometheus(f"http://127.0.0.1:{fleet.PROMETHEUS}", now - 30, now, 1, scrape=2)


def empty_panels(prometheus):
    """Titles of those without data; the values of the others have units that are known."""
    empty = []
    for p in PANELS:
        if p["type"] == "table":
            if not panels.table(p, prometheus)[1]:
                empty.append(p["title"])
            continue
        found = panels.series(p, prometheus)
        if not found:
            empty.append(p["title"])
        for s in found:
            true(f"{p['title']} has text", panels.text(s.last(), s.defaults["unit"]), s.points)
    return empty


@test
def real_prometheus():
    """A real Prometheus: queries have answers, panels data; the alert about a collector fires and ends"""
    with fleet.fleet() as pool:
        target = until("a scrape", lambda: [t for t in fleet.ask("targets")["activeTargets"] if t["health"] == "up"])[0]
        equal("what it said of the scrape", target["lastError"], "")
        equal("alerts of a pool that is well", fires() & {"CowtopCollectorEnabled", "CowtopBlind", "CowtopDown"}, set())
        pool.stdin.write("+\n")
        pool.stdin.flush()
        until("CowtopCollectorEnabled fires", lambda: "CowtopCollectorEnabled" in fires())
        until("rates are known", lambda: value("rate(cowtop_pool_cow_bytes_total[10s])") is not None)
        prometheus = looked_at()
        empty = [(what, e) for what, e in queries() if not fleet.ask("query", query=prometheus.filled(e))["result"]]
        equal("queries without an answer", [e for e in empty if not any(w in e[1] for w in MAY_BE_EMPTY)], [])
        equal("panels without data", set(empty_panels(prometheus)) - MAY_BE_EMPTY_PANELS, set())
        drawn = draw_dashboard.page(MODEL, prometheus)
        equal("drawn", [p["title"] for p in PANELS if f"<h2>{p['title']}</h2>" not in drawn], [])
        true("the alert is marked", "<title>CowtopCollectorEnabled</title>" in drawn)
        groups = fleet.ask("rules")["groups"]
        equal("rules that fail", [r["lastError"] for g in groups for r in g["rules"] if r["health"] == "err"], [])
        true("what was shared is known", 0 < value("pool:cowtop_shared:ratio") < 1)
        equal("workers", value("fleet:cowtop_workers:sum"), 2)
        pool.stdin.write("-\n")
        pool.stdin.flush()
        until("CowtopCollectorEnabled ends", lambda: "CowtopCollectorEnabled" not in fires())


@test
def nothing_scraped():
    """A Prometheus that scrapes nothing: panels have no data, and say so"""
    need("prometheus")
    fleet.own_network()
    with folder() as place:
        write_file(f"{place}/prometheus.yml", "global: {}\n")
        with fleet.prometheus(place):
            empty = empty_panels(looked_at())
            equal("panels with data", {p["title"] for p in PANELS} - set(empty), NEVER_EMPTY_PANELS)
            equal("said so", draw_dashboard.page(MODEL, looked_at()).count("No data"), len(empty))


if __name__ == "__main__":
    main()
