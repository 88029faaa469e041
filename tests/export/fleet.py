"""A pool with a collector, `cowtop export` on it, and a real Prometheus that scrapes that: on loopback, in a network of
its own."""
import contextlib
import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import urllib.parse
import urllib.request

from run import COWTOP, folder, write_file
from tap import fail, need, need_root, ROOT, Skip, until

EXPORT, PROMETHEUS = 9835, 9090
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
RULES = f"{ROOT}/scripts/prometheus"
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
# The master has the collector off; a worker turns it on, collects, and turns it off, as it is told on its pipe.
POOL = r"""
import gc, os, sys
gc.disable()
kept = [[i] for i in range(100000)]
pipes = []
for _ in range(2):
    out, into = os.pipe()
    if not os.fork():
        os.close(into)
        while True:
            word = os.read(out, 1)
            if not word:
                os._exit(0)
            if word == b"+":
                gc.enable()
                gc.collect()
            if word == b"-":
                gc.disable()
    os.close(out)
    pipes.append(into)
print("ready", flush=True)
for line in sys.stdin:
    os.write(pipes[0], line[:1].encode())
"""


def own_network():
    """The ports are those of the files: here they are free."""
    need_root()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise Skip("no network namespace to be had here")
    with socket.socket() as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


@contextlib.contextmanager
def running(*words, **more):
    """A program, ended and waited for afterwards."""
    process = subprocess.Popen(words, **more)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def pool():
    """The pool; a word on its standard input goes to its first worker."""
    with running(sys.executable, "-c", POOL, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout.readline() != "ready\n":
            fail("the pool has not begun")
        yield process


def get(port, path, **query):
    url = f"http://127.0.0.1:{port}{path}" + ("?" + urllib.parse.urlencode(query) if query else "")
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode("utf-8")


def answers(port, path):
    def asked():
        try:
            return bool(get(port, path))
        except OSError:
            return False
    until(f"port {port} answers", asked)


def ask(path, **query):
    """What Prometheus' API says."""
    return json.loads(get(PROMETHEUS, f"/api/v1/{path}", **query))["data"]


@contextlib.contextmanager
def prometheus(place):
    """One with the configuration that lies there."""
    with running("prometheus", f"--config.file={place}/prometheus.yml", f"--storage.tsdb.path={place}/data",
                 f"--web.listen-address=127.0.0.1:{PROMETHEUS}", **QUIET):
        answers(PROMETHEUS, "/-/ready")
        yield


@contextlib.contextmanager
def scraped(place, *targets):
    """`cowtop export` of these, and Prometheus with our rules; alerts that wait for minutes wait seconds."""
    need("prometheus")
    for name in ("rules.yml", "alerts.yml"):
        with open(f"{RULES}/{name}", encoding="utf-8") as file:
            lines = ["        for: 1s\n" if line.strip().startswith("for: ") else line.replace("[2m]", "[2s]")
                     for line in file]
        write_file(os.path.join(place, name), "".join(lines))
    write_file(f"{place}/prometheus.yml", f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml, alerts.yml]
scrape_configs:
  - job_name: cowtop
    static_configs: [{{targets: ['127.0.0.1:{EXPORT}']}}]
""")
    with running(COWTOP, "export", "--why", "-i", "1", "--listen", f"127.0.0.1:{EXPORT}", *targets, **QUIET):
        answers(EXPORT, "/metrics")
        with prometheus(place):
            yield


@contextlib.contextmanager
def fleet():
    """All of it; the pool."""
    need("prometheus")
    own_network()
    with folder() as place, pool() as process, scraped(place, str(process.pid)):
        yield process
