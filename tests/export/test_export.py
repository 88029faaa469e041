#!/usr/bin/python3
"""cowtop export: scraped by the real Prometheus, read by node_exporter, and by clients that are hostile."""
import contextlib
import gzip
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("lib", "cli")]
from run import COWTOP, cowtop, folder, free_port, spawned, write_file
from scraped import COMING_AND_GOING, exported, parsed, Scraped, value_of
from smallpool import fails, PYTHON, SmallPool
from tap import equal, main, need, need_root, test, true, until

OPEN = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"


@test
def mistakes():
    """What does not go together is refused, and a target that is not there is exit 5"""
    fails(5, "export", "no-such-pool-here")
    for words in (["-i", "1"], ["--match", "x"], ["--all", "1"], ["--listen", "nowhere"], ["--listen", "a:b"],
                  ["--listen", "0"], ["--listen", "127.0.0.1:65536"], ["--listen", "99999"],
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
def text_file_of_another_name():
    """--textfile with a name that node_exporter passes over: that is said, and the file is there"""
    with SmallPool(2) as pool, folder() as place:
        for name, warned in (("cowtop.prom", False), ("cowtop.txt", True), ("prom", True), ("cowtop.prom.old", True)):
            status, _, said = cowtop("export", "--textfile", f"{place}/{name}", str(pool.master))
            equal(name, status, 0)
            true(f"{name}: {said}", ("does not end in .prom" in said) == warned)
            with open(f"{place}/{name}", encoding="utf-8") as file:
                true("whole", "cowtop_export_missing_targets 0\n" in file.read())


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
    with SmallPool(2) as pool, Scraped(pool.master) as e:
        _, headers, body = e.get(headers=[f"Accept: {OPEN}"])
        true("OpenMetrics", headers["content-type"].startswith("application/openmetrics-text; version=1.0.0"))
        true("its end", body.endswith(b"# EOF\n"))
        _, headers, body = e.get()
        true("Prometheus' text", headers["content-type"].startswith("text/plain; version=0.0.4"))
        true("no end", b"# EOF" not in body)
        _, headers, body = e.get(headers=["Accept-Encoding: gzip"])
        equal("gzip", headers["content-encoding"], "gzip")
        true("unpacked", b"cowtop_pool_workers" in gzip.decompress(body))
        equal("not as gzip", e.get(headers=["Accept-Encoding: gzip;q=0"])[1].get("content-encoding"), None)
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
    with SmallPool(2) as pool, Scraped(pool.master, interval="1h") as e:
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
    with SmallPool(2) as pool, Scraped(pool.master) as e:
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
    with SmallPool(1) as pool, Scraped(pool.master) as e, e.connect() as silent:
        silent.sendall(b"GET /met")
        equal("another one", e.get("/healthz")[0], 200)
        equal("sent away", silent.recv(100)[:0], b"")


@test
def answering_thread():
    """The thread that answers has no capability in effect; of the process those that reading needs are left"""
    need_root()
    with SmallPool(1) as pool, Scraped(pool.master) as e:
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
    with Scraped("--all", "--match", word) as e:
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
def waited_for():
    """A TARGET that is not there yet is waited for, and is one again after it has gone"""
    word = f"awaited{os.getpid()}"
    with Scraped(word) as e:
        equal("missing", e.count("cowtop_export_missing_targets"), 1)
        for _ in range(2):
            with SmallPool(2, argv0=word):
                until("it is there", lambda: e.count("cowtop_export_missing_targets") == 0)
                # it may have been found between its forks
                until("its workers", lambda: e.count("cowtop_pool_workers") == 2)
            until("it has gone", lambda: e.count("cowtop_export_missing_targets") == 1)


@test
def another_of_the_name():
    """A TARGET stays with its pool when another one of that name comes, and is that one when the first has gone"""
    word = f"twice{os.getpid()}"

    def workers():
        found = e.metrics()
        equal("missing", value_of(found, "cowtop_export_missing_targets"), 0)
        return [value for (name, _), value in found.items() if name == "cowtop_pool_workers"]
    with Scraped(word) as e, contextlib.ExitStack() as first:
        first.enter_context(SmallPool(3, argv0=word))
        until("the first", lambda: e.count("cowtop_export_missing_targets") == 0 and workers() == [3])
        with SmallPool(1, argv0=word):
            looks = e.count("cowtop_export_samples_total")
            until("looks at both", lambda: e.count("cowtop_export_samples_total") > looks + 2)
            equal("the first", workers(), [3])
            first.close()
            until("the second", lambda: workers() == [1])


def looks_in(path):
    with open(path, encoding="utf-8") as file:
        return value_of(parsed(file.read()), "cowtop_export_samples_total")


@test
def said_once():
    """Two pools of a TARGET's name at the start are said once, however their sizes change"""
    word = f"growing{os.getpid()}"
    program = ("import os, sys, time\nif os.fork() == 0:\n    kept = [os.urandom(50000000)]\n"
               "    while len(kept) < 1000:\n        kept.append(os.urandom(200000))\n        time.sleep(0.01)\n"
               "sys.stdin.read()\nos.kill(0, 15)\n")
    with folder() as place, SmallPool(1, argv0=word), \
            spawned([word, "-S", "-c", program], executable=PYTHON, stdin=subprocess.PIPE) as p:
        path = f"{place}/it.prom"
        # The larger one comes first.
        until("both are pools", lambda: f": {p.pid} (" in cowtop("--json", word)[2])
        with spawned([COWTOP, "export", "--textfile", path, "-i", "0.05", word], stderr=subprocess.PIPE) as e:
            until("looks", lambda: os.path.exists(path) and looks_in(path) > 20)
            e.terminate()
            said = e.stderr.read().decode().splitlines()
        p.stdin.close()
        p.wait()
    equal(f"lines: {said}", len(said), 1)
    true("why", f"2 pools go by '{word}'" in said[0] and said[0].endswith("it is waited for"), said)


@test
def inherited_socket():
    """A socket that listens already is taken by LISTEN_FDS, whatever --listen says"""
    with SmallPool(1) as pool, socket.create_server(("127.0.0.1", 0)) as server:
        e = Scraped(pool.master)
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
        with Scraped(pool.pid) as e:
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
