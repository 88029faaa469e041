"""Does an exposition of metrics say something that is not so?"""
import re

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
SERIES = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\\n]|\\.)*)"')
# What is another one at every look, or when something else runs on the machine; a cause is known after some looks.
RESTLESS = re.compile(r".*_(seconds|total)|cowtop_(host|export)_.*|.*_(proportional|unique|saved|footprint)_.*|"
                      r"cowtop_(pool_info|finding|build_info)|.*_(cpu|cause)_.*")
# What a process maps of files changes with those who map them beside it, and with what is cached.
SLACK = 64 * 4096


def parse(text):
    """{(name, labels): value} of an exposition; ValueError: it is none, or not all of one."""
    found = {}
    for line in text.decode("utf-8").splitlines():
        if line.startswith("#"):
            continue
        match = SERIES.fullmatch(line)
        if not match:
            raise ValueError(f"no line of metrics: {line!r}")
        series = match[1], tuple(sorted(LABEL.findall(match[2] or "")))
        if series in found:
            raise ValueError(f"twice: {line!r}")
        found[series] = float(match[3])
    return found


def whole(text):
    """What is wrong with a page or file, or None."""
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    return None if text.endswith(b"\n") else "is cut"


def looks(text):
    """How many looks were taken up to this page; 0: that is not said."""
    try:
        return parse(text).get(("cowtop_export_samples_total", ()), 0)
    except ValueError:
        return 0


def of_pool(found):
    return {series: value for series, value in found.items() if not RESTLESS.fullmatch(series[0])}


def stable(pages):
    """{series: value} of what was the same in all of them."""
    first, *others = map(of_pool, map(parse, pages))
    return {series: value for series, value in first.items() if all(o.get(series) == value for o in others)}


def values(found, name):
    return {dict(labels).get(name.rsplit("_", 1)[-1]): value for (n, labels), value in found.items() if n == name}


def lies(truth, text, gone):
    """What a page says that is not so, as lines. `gone`: the kernel said of somebody that he is not there."""
    wrong = whole(text)
    if wrong:
        return [wrong]
    found = parse(text)
    level, exactness = (values(found, f"cowtop_pool_{name}") for name in ("level", "exactness"))
    # Where it is said that not all could be read, figures are bounds, or other ones.
    if gone or set(level) != {"exact"} or set(exactness) != {"exact"} or 0 in values(found, "cowtop_pool_up").values():
        return []
    return [f"{series[0]}{dict(series[1])}: {found[series]} for {true}" for series, true in truth.items()
            if series in found and abs(found[series] - true) > (SLACK if series[0].endswith("_bytes") else 0)
            and not series[0].endswith("_ratio")]
