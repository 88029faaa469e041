"""What Grafana makes of a dashboard's panels, as far as ours uses it: variables filled in, Prometheus asked, series
named, values reduced, tables merged, units and thresholds applied. test_dashboard.py judges it, draw_dashboard.py
draws it."""
import json
import math
import re
import urllib.parse
import urllib.request

# What "All" of a variable stands for.
ALL = {"job": ".*", "instance": ".*", "pool": ".*", "worker": ".*"}


class Prometheus:
    """One that is asked about a stretch of time, in as many steps as a panel has points."""

    def __init__(self, url, start, end, step, scrape=15):
        self.url, self.start, self.end, self.step = url, start, end, step
        self.values = {**ALL, "__rate_interval": f"{max(4 * scrape, step + scrape)}s"}

    def filled(self, expression):
        return re.sub(r"\$\{?(\w+)\}?", lambda m: self.values[m[1]], expression)

    def asked(self, path, **query):
        url = f"{self.url}/api/v1/{path}?" + urllib.parse.urlencode(query)
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.loads(answer.read())["data"]["result"]

    def over(self, expression):
        """[(labels, {time: value})]"""
        found = self.asked("query_range", query=self.filled(expression), start=self.start, end=self.end, step=self.step)
        return [(s["metric"], {float(t): float(v) for t, v in s["values"]}) for s in found]

    def at_the_end(self, expression):
        """[(labels, value)]"""
        found = self.asked("query", query=self.filled(expression), time=self.end)
        return [(s["metric"], float(s["value"][1])) for s in found]


# ---- series

def title(template, labels):
    """As legendFormat says."""
    if not template:
        return " ".join(v for k, v in sorted(labels.items()) if k not in ("__name__", "job")) or "value"
    return " ".join(re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda m: labels.get(m[1], ""), template).split())


class Series:
    def __init__(self, panel, target, labels, points):
        self.name = title(target.get("legendFormat"), labels)
        self.labels = labels
        self.points = points
        self.defaults = with_overrides(panel, self.name, target["refId"])

    def last(self):
        known = [v for _, v in sorted(self.points.items()) if not math.isnan(v)]
        return known[-1] if known else None

    def most(self):
        return max((v for v in self.points.values() if not math.isnan(v)), default=None)

    def least(self):
        return min((v for v in self.points.values() if not math.isnan(v)), default=None)


def with_overrides(panel, name, ref=None):
    """The field's settings, flat: unit, min, max, thresholds, displayName, and those of custom with that in front."""
    defaults = dict(panel["fieldConfig"]["defaults"])
    flat = {**defaults, **{f"custom.{k}": v for k, v in defaults.pop("custom", {}).items()}}
    for o in panel["fieldConfig"]["overrides"]:
        kind, what = o["matcher"]["id"], o["matcher"]["options"]
        if (kind == "byName" and what == name or kind == "byFrameRefID" and what == ref
                or kind == "byRegexp" and re.search(what, name)):
            flat.update((p["id"], p["value"]) for p in o["properties"])
    return flat


def series(panel, prometheus):
    """All series of a panel, in the order of its targets."""
    return [Series(panel, t, labels, points) for t in panel["targets"] for labels, points in prometheus.over(t["expr"])]


# ---- tables

def table(panel, prometheus):
    """(columns, [{column: value}]): the targets merged by their labels, columns hidden, named and ordered."""
    rows = {}
    for t in panel["targets"]:
        value = f"Value #{t['refId']}" if len(panel["targets"]) > 1 else "Value"
        for labels, number in prometheus.at_the_end(t["expr"]):
            labels.pop("__name__", None)
            rows.setdefault(tuple(sorted(labels.items())), dict(labels))[value] = number
    organize = next(t["options"] for t in panel["transformations"] if t["id"] == "organize")
    hidden = {name for name, is_so in organize["excludeByName"].items() if is_so}
    place = organize.get("indexByName", {})
    names = sorted({name for row in rows.values() for name in row} - hidden, key=lambda n: (place.get(n, 99), n))
    shown = {name: organize["renameByName"].get(name, name) for name in names}
    found = [{shown[name]: value for name, value in row.items() if name in shown} for row in rows.values()]
    for by in panel["options"].get("sortBy", [])[:1]:
        found.sort(key=lambda r: r.get(by["displayName"], -math.inf), reverse=by["desc"])
    return [shown[name] for name in names], found


# ---- values

def scaled(value, base, units):
    size = 0
    while abs(value) >= base and size < len(units) - 1:
        value, size = value / base, size + 1
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}", units[size]


def text(value, unit, decimals=None):
    """A value as Grafana writes it in that unit; one that is not known to it is an error."""
    if value is None or math.isnan(value):
        return ""
    if decimals is not None:
        value = round(value, decimals)
    if unit in ("none", "short"):
        number, suffix = scaled(value, 1000, ["", " K", " Mil", " Bil"]) if unit == "short" else (f"{value:.4g}", "")
        return number + suffix
    if unit in ("bytes", "binBps"):
        number, suffix = scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
        return f"{number} {suffix}{'/s' if unit == 'binBps' else ''}"
    if unit == "percentunit":
        return f"{100 * value:.3g}%"
    if unit == "cps":
        return "".join(scaled(value, 1000, ["", "K", "M"])) + " c/s"
    if unit == "s":
        for size, name in ((86400, "days"), (3600, "hours"), (60, "mins")):
            if abs(value) >= size:
                return f"{value / size:.3g} {name}"
        return f"{value:.3g} s"
    raise ValueError(f"unit {unit}")


def colour(value, settings, otherwise="green"):
    """Of the thresholds."""
    found = otherwise
    for step in settings.get("thresholds", {}).get("steps", []):
        if value is not None and (step["value"] is None or value >= step["value"]):
            found = step["color"]
    return found


def mapped(value, settings):
    """(text, colour) of the value mappings, or None."""
    for m in settings.get("mappings", []):
        if m["type"] == "value" and f"{value:g}" in m["options"]:
            found = m["options"][f"{value:g}"]
        elif m["type"] == "range" and m["options"]["from"] <= value <= m["options"]["to"]:
            found = m["options"]["result"]
        else:
            continue
        return found["text"], found["color"]
    return None
