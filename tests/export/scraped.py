"""What `cowtop export` says, once or again and again, as {(name, labels): value}; and pools for it."""
import re

from exporter import Exporter
from run import cowtop
from tap import equal, true

SAMPLE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
# Forks a worker after the other: each writes what it inherited and ends.
COMING_AND_GOING = r"""
import os, time
data = [str(n) for n in range(20000)]
print("ready", flush=True)
while True:
    pid = os.fork()
    if pid == 0:
        for text in data[:10000]:
            pass
        time.sleep(0.7)
        os._exit(0)
    os.waitpid(pid, 0)
"""


def parsed(text):
    """{(name, labels as sorted pairs): value}; a series twice is a failure."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.match(line).groups()
        key = (name, tuple(sorted(LABEL.findall(labels or ""))))
        true(f"{key} once", key not in found)
        found[key] = float(value)
    return found


def value_of(found, name, **labels):
    got = [v for (n, pairs), v in found.items() if n == name and set(labels.items()) <= set(pairs)]
    equal(f"series of {name} {labels}", len(got), 1)
    return got[0]


def exported(*arguments):
    status, out, err = cowtop("export", *arguments)
    equal(f"status: {err}", status, 0)
    return out


class Scraped(Exporter):
    """One whose figures are asked for."""

    def metrics(self):
        return parsed(self.text())

    def count(self, name):
        return value_of(self.metrics(), name)
