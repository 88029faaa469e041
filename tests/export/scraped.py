"""What `cowtop export` says, once or again and again, as {(name, labels): value}; and pools for it."""
import contextlib
import re
import socket
import subprocess
import urllib.error
import urllib.request

from run import COWTOP, cowtop, free_port, spawned
from tap import equal, true, until

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


class Exporter:
    """`with Exporter(TARGET) as e:` listens, and has answered once."""

    def __init__(self, *arguments, interval="0.2"):
        self.port = free_port()
        self.words = [COWTOP, "export", "--listen", f":{self.port}", "-i", interval, *map(str, arguments)]

    def __enter__(self):
        self.spawned = spawned(self.words, stderr=subprocess.DEVNULL)
        self.process = self.spawned.__enter__()
        until("it answers", self.reachable)
        return self

    def __exit__(self, *how):
        self.spawned.__exit__(*how)

    def reachable(self):
        with contextlib.suppress(OSError):
            return self.get("/healthz")[0] == 200
        return False

    def get(self, path="/metrics", method="GET", **headers):
        """(status, headers, body)"""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method, headers=more)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def metrics(self):
        status, _, body = self.get()
        equal("status", status, 200)
        return parsed(body.decode())

    def count(self, name):
        return value_of(self.metrics(), name)

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), 10)
        s.settimeout(60)
        return s
