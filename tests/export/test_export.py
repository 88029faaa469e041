#!/usr/bin/python3
"""cowtop export: figures as metrics, scraped by the real Prometheus, read by node_exporter, and by clients that are
hostile."""
import contextlib
import gzip
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("lib", "cli")]
from cgroups import cgroup, TOP
from run import COWTOP, cowtop, folder, free_port, NOBODY, readable_binaries, sample, spawned, write_file
from series import table
from smallpool import fails, PYTHON, SmallPool
from tap import equal, main, need, need_root, ROOT, Skip, test, true, until

SAMPLE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
OPEN = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"
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

# Its collector does only what it is told: the master has made ten full collections, and forks again at each line.
COLLECTING = r"""
import gc, os, sys
gc.disable()
for _ in range(10):
    gc.collect()
def fork(times):
    if os.fork() == 0:
        for _ in range(times):
            gc.collect(1)
        os.read(os.pipe()[0], 1)
fork(0)
print("ready", flush=True)
for line in sys.stdin:
    fork(1000)
"""

# Its workers do nothing but count references, when they are told.
COUNTING = r"""
import gc, os, sys
gc.disable()
text = [str(n) for n in range(100000)]
pipes = []
for _ in range(2):
    out, into = os.pipe()
    if os.fork() == 0:
        os.close(into)
        while os.read(out, 1):
            for one in text:
                pass
        os._exit(0)
    os.close(out)
    pipes.append(into)
print("ready", flush=True)
for line in sys.stdin:
    for pipe in pipes:
        os.write(pipe, b".")
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


@test
def once():
    """Without an option it is one sample as OpenMetrics, with the figures of --json"""
    with SmallPool(3) as pool:
        text, document = exported(pool.master), sample(pool.master)
        true("its end", text.endswith("# EOF\n"))
        found = parsed(text)
        equal("workers", value_of(found, "cowtop_pool_workers"), 3)
        for name, key in (("footprint_bytes", "footprint_bytes"), ("copied_bytes", "copied_bytes")):
            equal(name, value_of(found, f"cowtop_pool_{name}"), document["pool"][key])
        equal("workers' slots", {dict(labels).get("worker") for name, labels in found
                                 if name == "cowtop_process_copied_bytes"}, {None, "1", "2", "3"})


@test
def parts_of_rss():
    """The states of a process sum to its RSS"""
    with SmallPool(2) as pool:
        found = parsed(exported(pool.master))
        sums = {}
        for (name, labels), value in found.items():
            if name == "cowtop_process_memory_bytes":
                key = tuple(pair for pair in labels if pair[0] != "state")
                sums[key] = sums.get(key, 0) + value
        equal("processes", len(sums), 3)
        for key, value in sums.items():
            equal(str(key), value, found["cowtop_process_resident_memory_bytes", key])


@test
def names_are_told():
    """cowtop-export(1) has each name of the table, with the labels that it has"""
    with open(f"{ROOT}/man/cowtop-export.1", encoding="utf-8") as file:
        rows = dict(re.findall(r'^\.IR (cowtop_\w+)(?: " \(([a-z ]*)\)")?$', file.read(), re.M))
    equal("names", sorted(rows), sorted(table()))
    with SmallPool(2) as pool:
        for name, labels in parsed(exported(pool.master)):
            true(f"{name}: {labels}", {pair[0] for pair in labels} <= set(rows[name].split()))


@test
def hostile_name():
    """A name with quotes, newlines and escapes is one label"""
    with SmallPool(1, argv0='a"b\\c\nd\x1b[31m') as pool:
        found = parsed(exported(pool.master))
        names = {dict(labels)["pool"] for name, labels in found if name.startswith("cowtop_pool_")}
        equal("one pool", len(names), 1)
        true("no escape", "\x1b" not in names.pop())


@test
def mistakes():
    """What does not go together is refused, and a target that is not there is exit 5"""
    fails(5, "export", "no-such-pool-here")
    for words in (["-i", "1"], ["--match", "x"], ["--all", "1"], ["--listen", "nowhere"], ["--listen", "a:b"],
                  ["--all", "--match", "("], ["--budget", "1"], ["--why"]):
        equal(f"{words}", cowtop("export", *words)[0], 2)


@test
def text_file():
    """--textfile: a whole file each time, which promtool has nothing to say of"""
    need("promtool")
    with SmallPool(2) as pool, folder() as place:
        path = f"{place}/cowtop.prom"
        exported(pool.master, "--textfile", path)
        with open(path, "rb") as file:
            done = subprocess.run(["promtool", "check", "metrics"], stdin=file, capture_output=True, check=False)
        equal(done.stdout + done.stderr, done.returncode, 0)
        before = os.stat(path).st_ino
        with spawned([COWTOP, "export", "--textfile", path, "-i", "0.05", str(pool.master)]):
            until("it is another file", lambda: os.stat(path).st_ino != before)
            for _ in range(200):
                with open(path, encoding="utf-8") as file:
                    true("whole", "cowtop_export_missing_targets 0\n" in file.read())
        equal("nothing else is left", os.listdir(place), ["cowtop.prom"])


@test
def node_exporter():
    """node_exporter serves the text file"""
    need("prometheus-node-exporter")
    with SmallPool(2) as pool, folder() as place:
        exported(pool.master, "--textfile", f"{place}/cowtop.prom")
        port = free_port()
        words = ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults",
                 "--collector.textfile", f"--collector.textfile.directory={place}"]
        with spawned(words, stderr=subprocess.DEVNULL):
            def page():
                with contextlib.suppress(OSError):
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                        return answer.read().decode()
                return ""
            until("it answers", page)
            text = page()
            true("workers", re.search(r"^cowtop_pool_workers\{.*\} 2$", text, re.M), text[:3000])
            true("no error", "node_textfile_scrape_error 0" in text)


@test
def negotiation():
    """/metrics by Accept and Accept-Encoding; /, /healthz; what there is not, and what may not be"""
    with SmallPool(2) as pool, Exporter(pool.master) as e:
        _, headers, body = e.get(Accept=OPEN)
        true("OpenMetrics", headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0"))
        true("its end", body.endswith(b"# EOF\n"))
        _, headers, body = e.get()
        true("Prometheus' text", headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        true("no end", b"# EOF" not in body)
        _, headers, body = e.get(Accept_Encoding="gzip")
        equal("gzip", headers["Content-Encoding"], "gzip")
        true("unpacked", b"cowtop_pool_workers" in gzip.decompress(body))
        equal("not as gzip", e.get(Accept_Encoding="gzip;q=0")[1]["Content-Encoding"], None)
        equal("HEAD", e.get(method="HEAD")[2], b"")
        equal("healthz", e.get("/healthz")[2], b"ok\n")
        true("page", b"<table>" in e.get("/")[2])
        for path in ("/nothing", "/metrics/", "/../etc/passwd", "/%2e%2e/"):
            equal(path, e.get(path)[0], 404)
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
            equal(method, e.get(method=method)[0], 405)


@test
def shared_sample():
    """A scrape takes no sample: however many come, there is one an interval"""
    with SmallPool(2) as pool, Exporter(pool.master, interval="1h") as e:
        first = e.metrics()
        for _ in range(100):
            last = e.metrics()
        equal("the same text", last, first)
        equal("samples", last["cowtop_export_samples_total", ()], 1)


def held(pid):
    """Its sockets, and its resident KiB."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        rss = int(re.search(r"^VmRSS:\s+(\d+)", file.read(), re.M).group(1))
    sockets = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            sockets += os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:")
    return sockets, rss


@test
def hostile_clients():
    """Half requests, large headers, a thousand connections and slow readers: samples go on, then all is as before"""
    with SmallPool(2) as pool, Exporter(pool.master) as e:
        for _ in range(20):
            e.metrics()
        before = held(e.process.pid)
        samples = e.count("cowtop_export_samples_total")
        with e.connect() as large:
            with contextlib.suppress(OSError):
                large.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + b"X-Large: " + b"a" * (1 << 20) + b"\r\n\r\n")
            with contextlib.suppress(OSError):
                answer = large.recv(100)
                true("refused", answer == b"" or b" 4" in answer.split(b"\r\n")[0], answer)
        clients = []
        try:
            for number in range(1000):
                s = socket.socket()
                s.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    s.connect(("127.0.0.1", e.port))
                with contextlib.suppress(OSError):
                    s.send(b"GET /metrics HTTP/1.1\r\n" + (b"Host: x\r\n\r\n" if number % 2 else b"Ho"))
                clients.append(s)
            true("connections", held(e.process.pid)[0] <= before[0] + 128)
        finally:
            for s in clients:
                s.close()
        until("it answers again", lambda: e.get("/healthz")[0] == 200)
        until("samples went on", lambda: e.count("cowtop_export_samples_total") > samples)
        until("no connection is left", lambda: held(e.process.pid)[0] <= before[0])
        true("memory", held(e.process.pid)[1] < before[1] + 16384, f"{before} {held(e.process.pid)}")


@test
def silence():
    """Who says nothing is sent away after a time; nobody else waits for it"""
    with SmallPool(1) as pool, Exporter(pool.master) as e, e.connect() as silent:
        silent.sendall(b"GET /met")
        equal("another one", e.get("/healthz")[0], 200)
        equal("sent away", silent.recv(100)[:0], b"")


@test
def answering_thread():
    """The thread that answers has no capability in effect; of the process those that reading needs are left"""
    need_root()
    with SmallPool(1) as pool, Exporter(pool.master) as e:
        seen = []
        for task in os.listdir(f"/proc/{e.process.pid}/task"):
            with open(f"/proc/{e.process.pid}/task/{task}/status", encoding="utf-8") as file:
                seen.append(int(re.search(r"^CapEff:\s+(\w+)", file.read(), re.M).group(1), 16))
        true("one has none", 0 in seen, seen)
        # CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_SYS_ADMIN
        true("no other", not any(one & ~(1 << 2 | 1 << 19 | 1 << 21) for one in seen), [hex(one) for one in seen])


@test
def come_and_go():
    """--all: a pool that comes has series, one that has gone has none, and its name is free again"""
    word = f"exported{os.getpid()}"
    with Exporter("--all", "--match", word) as e:
        def names():
            return {dict(labels)["pool"] for name, labels in e.metrics() if name == "cowtop_pool_up"}
        equal("none", names(), set())
        with SmallPool(1, argv0=word):
            until("the first", lambda: names() == {word})
            with SmallPool(1, argv0=word):
                until("the second", lambda: names() == {word, word + "#2"})
            until("the second has gone", lambda: names() == {word})
        until("all have gone", lambda: names() == set())


@test
def matched():
    """--match is for the name, the whole command line, or the unit"""
    word = f"matched{os.getpid()}"
    with SmallPool(1, argv0=word, arguments=["--app", f"{word}.wsgi"]):
        for expression in (word, f"^{word}", rf"--app {word}\.wsgi$"):
            equal(expression, value_of(parsed(exported("--all", "--match", expression)), "cowtop_pool_up"), 1)
        equal("another", cowtop("export", "--all", "--match", f"{word}.asgi")[1].count("cowtop_pool_up"), 0)


@test
def others_pools():
    """An ordinary user has figures of the own pools; of another's there is only that it is there, and why"""
    need_root()
    need("setpriv")
    word = f"owned{os.getpid()}"
    with readable_binaries(), SmallPool(1, argv0=word), SmallPool(1, arguments=[word], prefix=NOBODY):
        status, out, err = cowtop("export", "--all", "--match", word, prefix=NOBODY)
        equal(f"exit: {err}", status, 0)
        true("why", re.fullmatch(r"cowtop: pool \d+: .*no permission.*\n", err), err)
        found = parsed(out)
        own, = [labels for (name, labels), value in found.items() if name == "cowtop_pool_up" and value == 1]
        others = {name for (name, labels), value in found.items() if ("pool", word) in labels and value}
        equal("of the other", others - {"cowtop_pool_info"},
              {"cowtop_pool_level", "cowtop_pool_sample_timestamp_seconds"})
        true("copies of the own", value_of(found, "cowtop_pool_copied_ratio", **dict(own)) > 0)


@test
def places():
    """unit, cgroup and container of a pool are labels of cowtop_pool_info"""
    container = "0123456789abcdef" * 4
    with cgroup(f"docker-{container}.scope") as put, SmallPool(1) as pool:
        put(pool.master, *pool.workers)
        labels, = [dict(labels) for name, labels in parsed(exported(pool.master)) if name == "cowtop_pool_info"]
        equal("container", labels["container"], container)
        equal("unit", labels["unit"], f"docker-{container}.scope")
        equal("cgroup", labels["cgroup"], f"/{TOP}/docker-{container}.scope")


@test
def collections():
    """What the collectors of workers do is counted by generation, and not what their master did before"""
    with spawned([PYTHON, "-c", COLLECTING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pool:
        equal("begun", pool.stdout.readline(), b"ready\n")
        with Exporter(pool.pid) as e:
            def count(generation, role="worker"):
                return value_of(e.metrics(), "cowtop_gc_collections_total", role=role, generation=generation)
            equal("none yet", [count(g) for g in "012"], [0, 0, 0])
            pool.stdin.write(b"1\n")
            pool.stdin.flush()
            # A new worker, with the ten full ones of its master and a thousand of its own.
            until("a thousand", lambda: count("1") == 1000)
            equal("of the others", [count(g) for g in "02"], [0, 0])
            equal("of the master", [count(g, "master") for g in "012"], [0, 0, 0])


@test
def causes():
    """--why: what a worker has copied by its cause; the causes sum to it, and the one that we know grows"""
    with spawned([PYTHON, "-c", COUNTING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pool:
        equal("begun", pool.stdout.readline(), b"ready\n")
        with Exporter(pool.pid, "--why", "--budget", "none") as e:
            def found():
                metrics = e.metrics()
                return {dict(labels)["cause"]: value for (name, labels), value in metrics.items()
                        if name == "cowtop_pool_worker_cause_bytes"}, metrics

            def all_told():
                of, metrics = found()
                return of and abs(sum(of.values()) * 2 - value_of(metrics, "cowtop_pool_worker_copied_bytes")) < 2
            if value_of(e.metrics(), "cowtop_pool_level", level="exact") != 1:
                raise Skip("which pages were copied is not known")
            until("the causes sum to the copies", all_told)
            before = found()[0]["references"]
            pool.stdin.write(b"1\n")
            pool.stdin.flush()
            # Strings of 50 bytes, behind each other: a MiB of them at the least.
            until("references have copied them", lambda: found()[0]["references"] > before + (1 << 20))
            until("they sum to all of them again", all_told)
        with Exporter(pool.pid) as e:
            equal("nobody asks", [name for name, _ in e.metrics() if name == "cowtop_pool_worker_cause_bytes"], [])


@test
def waited_for():
    """A TARGET that is not there yet is waited for, and is one again after it has gone"""
    word = f"awaited{os.getpid()}"
    with Exporter(word) as e:
        equal("missing", e.count("cowtop_export_missing_targets"), 1)
        for _ in range(2):
            with SmallPool(2, argv0=word):
                until("it is there", lambda: e.count("cowtop_export_missing_targets") == 0)
                equal("workers", e.count("cowtop_pool_workers"), 2)
            until("it has gone", lambda: e.count("cowtop_export_missing_targets") == 1)


@test
def counters():
    """Counters of a pool never fall while its workers come and go"""
    with spawned([PYTHON, "-c", COMING_AND_GOING], stdout=subprocess.PIPE) as pool:
        equal("begun", pool.stdout.readline(), b"ready\n")
        with Exporter(pool.pid, interval="0.1") as e:
            last = {}

            def grown():
                for key, value in e.metrics().items():
                    if key[0].endswith("_total"):
                        true(f"{key} does not fall", value >= last.get(key, 0), f"{value} {last.get(key)}")
                        last[key] = value
                labels = [labels for name, labels in last if name == "cowtop_pool_events_total"
                          and ("type", "worker_exited") in labels]
                return labels and last["cowtop_pool_events_total", labels[0]] >= 4
            until("four workers have ended", grown)
            copied = [value for (name, labels), value in last.items()
                      if name == "cowtop_pool_cow_bytes_total" and ("role", "worker") in labels]
            true("more than one of them has copied", sum(copied) > 0, copied)


@test
def inherited_socket():
    """A socket that listens already is taken by LISTEN_FDS, whatever --listen says"""
    with SmallPool(1) as pool, socket.create_server(("127.0.0.1", 0)) as server:
        e = Exporter(pool.master)
        e.port = server.getsockname()[1]
        script = 'exec 3<&"$1"; shift; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"'
        words = ["sh", "-c", script, "sh", str(server.fileno()), *e.words]
        with spawned(words, pass_fds=[server.fileno()], stderr=subprocess.DEVNULL):
            equal("answered there", e.get("/healthz")[0], 200)


@test
def prometheus():
    """The real Prometheus scrapes it while workers come and go: up, and counters that rise"""
    need("prometheus")
    with spawned([PYTHON, "-c", COMING_AND_GOING], stdout=subprocess.PIPE) as pool, folder() as place:
        equal("begun", pool.stdout.readline(), b"ready\n")
        with Exporter(pool.pid) as e:
            port = free_port()
            config = write_file(f"{place}/prometheus.yml", "global: {scrape_interval: 1s}\nscrape_configs:\n"
                                "- job_name: cowtop\n  static_configs:\n"
                                f"  - targets: ['127.0.0.1:{e.port}']\n")
            words = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={place}/data",
                     f"--web.listen-address=127.0.0.1:{port}"]
            with spawned(words, stderr=subprocess.DEVNULL):
                def ask(query):
                    url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": query})
                    with contextlib.suppress(OSError):
                        with urllib.request.urlopen(url, timeout=10) as answer:
                            return [float(one["value"][1]) for one in json.load(answer)["data"]["result"]]
                    return []
                until("it is up", lambda: ask("up{job='cowtop'}") == [1])
                until("copies rise", lambda: sum(ask("increase(cowtop_pool_cow_bytes_total[1m])")) > 0)
                began = time.monotonic()
                until("no scrape failed", lambda: time.monotonic() - began > 3 and
                      ask("min_over_time(up{job='cowtop'}[1m])") == [1])
                true("build", ask("cowtop_build_info") == [1])


main()
