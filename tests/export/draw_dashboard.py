#!/usr/bin/python3
"""Draws the dashboard for Grafana (scripts/grafana/cowtop.json) without Grafana, to be looked at: one page of HTML and
SVG of what a Prometheus has for each panel, in the places, colours, units and with the legends that the model asks for.

    draw_dashboard.py http://127.0.0.1:9090 page.html [MINUTES [END]]
    chromium --headless --no-sandbox --screenshot=page.png --window-size=1640,2600 page.html
"""
import html
import json
import math
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import panels

MODEL = os.path.join(HERE, "..", "..", "scripts", "grafana", "cowtop.json")
COLUMN, CELL, GAP = 67, 30, 8  # pixels of the grid, as in Grafana
PALETTE = ("#7EB26D", "#EAB839", "#6ED0E0", "#EF843C", "#E24D42", "#1F78C1", "#BA43A9", "#705DA0", "#508642", "#CCA300")
NAMED = {"green": "#73BF69", "red": "#F2495C", "orange": "#FF9830", "blue": "#5794F2", "purple": "#B877D9",
         "yellow": "#FADE2A", "text": "#CCCCDC", "transparent": "none"}
STYLE = """
body { background: #111217; color: #ccccdc; font: 12px Inter, Helvetica, Arial, sans-serif; margin: 0; }
.panel { position: absolute; background: #181b1f; border: 1px solid #2a2c33; border-radius: 2px; overflow: hidden; }
.panel h2 { font-size: 13px; font-weight: 500; margin: 6px 8px 2px; }
.row { position: absolute; font-size: 16px; padding: 4px 2px; }
.empty { position: absolute; inset: 45% 0 0 0; text-align: center; color: #8e8e99; }
table { width: 100%; border-collapse: collapse; } th { text-align: left; color: #6e9fff; font-weight: 500; }
td, th { padding: 3px 8px; border-bottom: 1px solid #24262c; white-space: nowrap; }
.legend { position: absolute; bottom: 2px; left: 4px; right: 4px; max-height: 74px; overflow: hidden; font-size: 11px; }
.legend td, .legend th { padding: 0 6px; border: 0; } .legend td + td, .legend th + th { text-align: right; }
.stat { text-align: center; position: absolute; inset: 34px 0 0 0; } .stat b { font-weight: 500; }
.mark { display: inline-block; width: 14px; height: 4px; margin-right: 6px; vertical-align: middle; }
text { fill: #8e8e99; font-size: 10px; }
"""
escape = html.escape


def hue(name):
    return NAMED.get(name, name)


def series_hue(s, number):
    color = s.defaults.get("color", {})
    return hue(color["fixedColor"]) if color.get("mode") == "fixed" else PALETTE[number % len(PALETTE)]


# ---- lines

class Plot:
    """A frame with axes; x is time, y from `least` to `most`."""

    def __init__(self, width, height, start, end, least, most):
        self.width, self.height, self.start, self.end = width, height, start, end
        self.least, self.most = least, most if most > least else least + 1
        self.left, self.parts = 66, []

    def x(self, t):
        return self.left + (t - self.start) / (self.end - self.start) * (self.width - self.left - 8)

    def y(self, v):
        return 6 + (self.most - v) / (self.most - self.least) * (self.height - 24)

    def put(self, tag, body=None, **attributes):
        words = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        self.parts.append(f"<{tag} {words}/>" if body is None else f"<{tag} {words}>{escape(body)}</{tag}>")

    def axes(self, unit):
        for k in range(5):
            v = self.least + (self.most - self.least) * k / 4
            self.put("path", d=f"M{self.left},{self.y(v):.1f}H{self.width - 8}", stroke="#2a2c33")
            self.put("text", panels.text(v, unit), x=self.left - 6, y=f"{self.y(v) + 3:.1f}", text_anchor="end")
        for k in range(5):
            t = self.start + (self.end - self.start) * (k + 0.5) / 5
            self.put("text", time.strftime("%H:%M", time.gmtime(t)), x=f"{self.x(t):.1f}", y=self.height - 4,
                     text_anchor="middle")

    def marks(self, marks):
        for t, color, what in marks:
            x = self.x(t)
            self.parts.append(f'<g><title>{escape(what)}</title><path d="M{x:.1f},6V{self.height - 18}" '
                              f'stroke="{hue(color)}" stroke-dasharray="3 3"/></g>')

    def svg(self):
        return f'<svg width="{self.width}" height="{self.height}">{"".join(self.parts)}</svg>'


def stretches(points, step):
    """Points without a gap between them; there is a gap where a step has no value."""
    found, last = [], None
    for t, v in sorted(points.items()):
        if math.isnan(v):
            continue
        if last is None or t - last > 1.5 * step:
            found.append([])
        found[-1].append((t, v))
        last = t
    return found


def draw_series(plot, s, color, step, below):
    """`below`: what it is stacked on, by time."""
    custom = {k[7:]: v for k, v in s.defaults.items() if k.startswith("custom.")}
    dashes = " ".join(map(str, custom.get("lineStyle", {}).get("dash", [])))
    for part in stretches(s.points, step):
        up = [(plot.x(t), plot.y(v + below.get(t, 0))) for t, v in part]
        down = [(plot.x(t), plot.y(max(below.get(t, 0), plot.least))) for t, _ in reversed(part)]
        if custom["drawStyle"] == "bars":
            width = max(2, (plot.width - plot.left) * step / (plot.end - plot.start) * 0.6)
            for (x, y), (_, base) in zip(up, reversed(down)):
                plot.put("rect", x=f"{x - width / 2:.1f}", y=f"{y:.1f}", width=f"{width:.1f}",
                         height=f"{base - y:.1f}", fill=color, fill_opacity=custom["fillOpacity"] / 100)
            continue
        if custom["drawStyle"] == "points" or len(up) == 1:
            for x, y in up:
                plot.put("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=3, fill=color)
            continue
        line = "L".join(f"{x:.1f},{y:.1f}" for x, y in up)
        area = "L".join(f"{x:.1f},{y:.1f}" for x, y in down)
        plot.put("path", d=f"M{line}L{area}Z", fill=color, fill_opacity=custom["fillOpacity"] / 100)
        plot.put("path", d=f"M{line}", fill="none", stroke=color, stroke_width=custom["lineWidth"],
                 stroke_dasharray=dashes)


def limits(panel, found):
    """Of the y axis: as said, or from what there is, rounded up."""
    defaults = panel["fieldConfig"]["defaults"]
    stacked = "stacking" in defaults["custom"]
    totals = {}
    for s in found:
        for t, v in s.points.items():
            totals[t] = totals.get(t, 0) + v if stacked else max(totals.get(t, v), v)
    most = max((v for v in totals.values() if not math.isnan(v)), default=1) or 1
    base = 1024 if defaults["unit"] in ("bytes", "binBps") else 10
    size = base ** math.floor(math.log(most, base))
    steps = (1, 2, 4, 5, 8, 10, 20, 40, 50, 100, 200, 400, 500, 800, 1024)
    rounded = next(size * k for k in steps if size * k >= most)
    return defaults.get("min", 0), defaults.get("max", rounded)


def legend(panel, found, unit):
    calcs = panel["options"]["legend"]["calcs"]
    decimals = panel["fieldConfig"]["defaults"].get("decimals")
    heads = {"lastNotNull": ("last", panels.Series.last), "max": ("max", panels.Series.most),
             "min": ("min", panels.Series.least)}
    lines = ["<tr><th></th>" + "".join(f"<th>{heads[c][0]}</th>" for c in calcs) + "</tr>"]
    for n, s in enumerate(found):
        mark = f'<span class="mark" style="background: {series_hue(s, n)}"></span>'
        lines.append(f"<tr><td>{mark}{escape(s.name)}</td>" + "".join(
            f"<td>{escape(panels.text(heads[c][1](s), unit, decimals))}</td>" for c in calcs) + "</tr>")
    return f'<div class="legend"><table>{"".join(lines)}</table></div>'


def timeseries(panel, prometheus, width, height, marks):
    found = panels.series(panel, prometheus)
    if not found:
        return None
    defaults = panel["fieldConfig"]["defaults"]
    below = {}
    plot = Plot(width, height - 26 - min(74, 16 * (len(found) + 1)), prometheus.start, prometheus.end,
                *limits(panel, found))
    plot.axes(defaults["unit"])
    for n, s in enumerate(found):
        draw_series(plot, s, series_hue(s, n), prometheus.step, below)
        if "stacking" in defaults["custom"]:
            for t, v in s.points.items():
                below[t] = below.get(t, 0) + v
    if "thresholdsStyle" in defaults["custom"]:
        for step in defaults["thresholds"]["steps"][1:]:
            plot.put("path", d=f"M{plot.left},{plot.y(step['value']):.1f}H{width - 8}", stroke=hue(step["color"]),
                     stroke_dasharray="8 4")
    plot.marks(marks)
    return plot.svg() + legend(panel, found, defaults["unit"])


# ---- other kinds

def stat(panel, prometheus, width, height, _):
    found = panels.series(panel, prometheus)
    if not found:
        return None
    options, parts = panel["options"], []
    for s in found:
        color = hue(panels.colour(s.last(), s.defaults))
        style = f"color: {color}" if options["colorMode"] == "value" else ""
        if options["colorMode"] == "background":
            style = f"background: {color}; color: #111217; display: block; height: {height}px"
        name = f"{escape(s.name)} " if options["textMode"] == "value_and_name" else ""
        parts.append(f'<span style="font-size: 32px; {style}"><small style="font-size: 14px">{name}</small>'
                     f"<b>{escape(panels.text(s.last(), s.defaults['unit']))}</b></span>")
    spark = ""
    if options["graphMode"] == "area":
        least, most = min(found[0].points.values()), found[0].most()
        plot = Plot(width, 44, prometheus.start, prometheus.end, least, most)
        plot.left = 8
        for part in stretches(found[0].points, prometheus.step):
            line = "L".join(f"{plot.x(t):.1f},{plot.y(v):.1f}" for t, v in part)
            plot.put("path", d=f"M{line}", fill="none", stroke=hue(panels.colour(found[0].last(), found[0].defaults)))
        spark = f'<div style="position: absolute; bottom: 0">{plot.svg()}</div>'
    return f'<div class="stat">{" &nbsp; ".join(parts)}</div>{spark}'


def cell(panel, name, value):
    settings = panels.with_overrides(panel, name)
    if not isinstance(value, float):
        link = "; color: #6e9fff" if "links" in settings else ""
        return f'<td style="{link}">{escape(str(value))}</td>'
    color, said = hue(panels.colour(value, settings, "text")), escape(panels.text(value, settings["unit"]))
    if settings.get("custom.displayMode") == "gradient-gauge":
        part = 100 * (value - settings["min"]) / (settings["max"] - settings["min"])
        return (f'<td><div style="background: #22252b; width: 120px; display: inline-block"><div style="height: 14px; '
                f'width: {part}%; background: {color}"></div></div> <span style="color: {color}">{said}</span></td>')
    return f'<td style="color: {color if settings.get("custom.displayMode") == "color-text" else ""}">{said}</td>'


def table(panel, prometheus, *_):
    columns, rows = panels.table(panel, prometheus)
    if not rows:
        return None
    head = "".join(f"<th>{escape(c)}</th>" for c in columns)
    body = "".join("<tr>" + "".join(cell(panel, c, row.get(c, "")) for c in columns) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def bargauge(panel, prometheus, width, *_):
    found, lines = panels.series(panel, prometheus), []
    for s in found:
        part = (s.last() - s.defaults["min"]) / (s.defaults["max"] - s.defaults["min"])
        color = hue(panels.colour(s.last(), s.defaults))
        lines.append(f'<tr><td>{escape(s.name)}</td><td><div style="background: #22252b; width: {width // 2}px">'
                     f'<div style="width: {100 * part}%; height: 12px; background: {color}"></div></div></td>'
                     f"<td>{escape(panels.text(s.last(), s.defaults['unit']))}</td></tr>")
    return f"<table>{''.join(lines)}</table>" if lines else None


def timeline(panel, prometheus, width, height, marks):
    found = panels.series(panel, prometheus)
    if not found:
        return None
    plot = Plot(width, height - 30, prometheus.start, prometheus.end, 0, 1)
    plot.left = 150
    tall = (plot.height - 24) / len(found)
    for n, s in enumerate(found):
        top = 6 + n * tall
        plot.put("text", s.name, x=plot.left - 6, y=f"{top + tall / 2 + 3:.1f}", text_anchor="end")
        for t, v in sorted(s.points.items()):
            said, color = panels.mapped(v, s.defaults)
            x = plot.x(t)
            plot.parts.append(
                f'<rect x="{x:.1f}" y="{top:.1f}" width="{max(1, plot.x(t + prometheus.step) - x):.1f}" '
                f'height="{tall * 0.8:.1f}" fill="{hue(color)}"><title>{escape(said)}</title></rect>')
    plot.marks(marks)
    return plot.svg()


KINDS = {"timeseries": timeseries, "stat": stat, "table": table, "bargauge": bargauge, "state-timeline": timeline}


def page(model, prometheus):
    marks = [(part[0][0], a["iconColor"], panels.title(a["titleFormat"], labels))
             for a in model["annotations"]["list"] for labels, points in prometheus.over(a["expr"])
             for part in stretches(points, prometheus.step)]
    boxes, bottom = [], 0
    for p in model["panels"]:
        g = p["gridPos"]
        left, top = g["x"] * COLUMN + GAP, g["y"] * (CELL + GAP) + GAP
        width, height = g["w"] * COLUMN - GAP, g["h"] * (CELL + GAP) - GAP
        bottom = max(bottom, top + height)
        place = f'style="left: {left}px; top: {top}px; width: {width}px; height: {height}px"'
        if p["type"] == "row":
            boxes.append(f'<div class="row" {place}>{escape(p["title"].replace("$pool", "All"))}</div>')
            continue
        inside = KINDS[p["type"]](p, prometheus, width, height, marks) or '<div class="empty">No data</div>'
        boxes.append(f'<div class="panel" {place} title="{escape(p["description"])}"><h2>{escape(p["title"])}</h2>'
                     f"{inside}</div>")
    return (f'<!DOCTYPE html><meta charset="utf-8"><title>{escape(model["title"])}</title><style>{STYLE}'
            f"body {{ height: {bottom + GAP}px; }}</style>{''.join(boxes)}\n")


def main(url, out, minutes=60, end=None):
    with open(MODEL, encoding="utf-8") as file:
        model = json.load(file)
    last = float(end or time.time())
    step = max(5, 60 * float(minutes) / 300)
    with open(out, "w", encoding="utf-8") as file:
        file.write(page(model, panels.Prometheus(url, last - 60 * float(minutes), last, step)))


if __name__ == "__main__":
    main(*sys.argv[1:])
