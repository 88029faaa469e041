"""The series that `cowtop export` has, as it says them of a real pool and as its table (src/model/metric.c) names them;
and those that an expression of PromQL names."""
import functools
import re
import subprocess

from mkpool import filled, fork, MASTER, Mkpool
from run import COWTOP
from tap import equal, fail, PATIENCE, ROOT, Skip, true

NAMES = re.compile(r"(?<![\w:\"$])((?:cowtop|pool:|service:|fleet:)[\w:]*|up|ALERTS)\b(?=\s*[{\[),\s]|$)(\{[^}]*\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
LINE = re.compile(r"(\w+)(?:\{(.*)\})? [-+.\deE]+$")
# What Prometheus adds: labels, and series of its own.
ADDED = {"job", "instance"}
OWN = {"up", "ALERTS"}


def loaded(path):
    try:
        import yaml
    except ImportError:
        raise Skip("python3-yaml is not installed") from None
    with open(path, encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))[0]


def text_series(text):
    """{name: [labels of a series]}"""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            m = LINE.match(line)
            true("a line of the text", m, line)
            found.setdefault(m[1], []).append(dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', m[2] or "")))
    return found


@functools.lru_cache(maxsize=None)
def exported():
    """Of a pool of two workers, at the highest level that is to be had here."""
    with Mkpool(*filled(MASTER, 64), fork(), fork()) as pool:
        done = subprocess.run([COWTOP, "export", str(pool.master)], capture_output=True, text=True, timeout=PATIENCE)
        equal("cowtop export", (done.returncode, done.stderr), (0, ""))
        return text_series(done.stdout)


@functools.lru_cache(maxsize=None)
def table():
    """Names of the samples that the table of metrics has."""
    with open(f"{ROOT}/src/model/metric.c", encoding="utf-8") as file:
        text = file.read()
    rows = re.findall(r'(ROW|FIGURE|OF_POOL|OF_PROCESS)\(\s*"(\w+)",\s*(\w+)', text)
    prefix = {"OF_POOL": "pool_", "OF_PROCESS": "process_"}
    suffix = {"COUNTER": "_total", "INFO": "_info"}
    return {f"cowtop_{prefix.get(kind, '')}{name}{suffix.get(type_, '') if kind == 'ROW' else ''}"
            for kind, name, type_ in rows}


def named(expression):
    """[(name, [(label, operator, value)])]"""
    return [(m[1], MATCHER.findall(m[2] or "")) for m in NAMES.finditer(expression)]


def check(what, expression, others=()):
    """Every series of the expression is one of cowtop export, with labels that it has there, or one of `others`."""
    names = named(expression)
    true(f"{what} names series", names, expression)
    for name, matchers in names:
        if name in OWN or name in others:
            continue
        if name not in table():
            fail(f"{what}: cowtop export has no {name}")
        for label, _, _ in matchers:
            known = exported().get(name)
            if known and label not in ADDED and not any(label in labels for labels in known):
                fail(f"{what}: {name} has no label {label}")
