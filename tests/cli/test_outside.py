#!/usr/bin/python3
"""What leaves the process for others, and what they can say to it: scrapers of export, a server for profiles, a command
for events. cowtop-security(7) has it in words."""
import contextlib
import gzip
import http.client
import http.server
import json
import os
import re
import signal
import stat
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("lib", "tui")]
from profiles import form
from recorder import Recorder, has
from exporter import Exporter
from mkpool import filled, fork, MASTER, Mkpool, write
from run import COWTOP, cowtop, folder, spawned, write_file
from smallpool import server, SmallPool
from tap import equal, main, need_root, test, true, until

SECRET = "hush-4711"
HOSTILE = "a\"b\\c\n<script>alert(1)</script>$(touch {place}/obeyed)\x1b[31m"
# Tells what was in TMPDIR's folders while it ran.
SEES = r"""
with open({path!r}, "a") as seen:
    for name in __import__("glob").glob({place!r} + "/cowtop-try*"):
        seen.write(f"{{oct(os.stat(name).st_mode)[-3:]}} {{name}}\n")
"""


@contextlib.contextmanager
def receiver():
    """A server for profiles; its .got has what it was sent: lines of the request and the body, as bytes."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            profile = gzip.decompress(form(self.headers, body)["profile"][1])
            self.server.got.append(self.path.encode() + bytes(self.headers) + body + profile)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.got = []
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield httpd
        finally:
            httpd.shutdown()
            thread.join()


def told(path):
    """The objects that a command has put there, one a line."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.endswith("\n")]


def listens_at(port):
    """Addresses of /proc/net/tcp and tcp6 where somebody does."""
    found = []
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as file:
            rows = [line.split() for line in list(file)[1:]]
        found += [row[1] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port]
    return found


@test
def loopback():
    """A port without an address is listened at on 127.0.0.1 alone"""
    with SmallPool(1) as pool, Exporter(pool.master, host="") as e:
        equal("addresses", listens_at(e.port), [f"0100007F:{e.port:04X}"])


@test
def what_a_scraper_learns():
    """A scraper learns no pid, no command line, no user and nothing of the environment"""
    os.environ["SOME_SECRET"] = SECRET
    try:
        with SmallPool(2, arguments=(SECRET,)) as pool, Exporter(pool.master) as e:
            for path in ("/metrics", "/"):
                text = e.text(path)
                true(f"{path} has the pool", "python3" in text, text)
                true(f"{path}: secret", SECRET not in text, text)
                # A figure may have the digits of a pid; a label or a cell that is one may not.
                for pid in (pool.master, *pool.workers, e.process.pid):
                    true(f"{path}: pid {pid}", not re.search(rf'"{pid}"|>\s*{pid}\s*<', text), text)
    finally:
        del os.environ["SOME_SECRET"]


@test
def what_a_scraper_says():
    """What is no GET or HEAD is refused, and nothing of it is kept; no path leads to a file"""
    with folder() as place, SmallPool(1) as pool, Exporter(pool.master) as e:
        path = write_file(f"{place}/some", SECRET)
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            status = e.get(method=method, body=b"x" * 100000)[0]
            # None: the connection was closed before all of it was sent
            true(f"{method}: {status}", status in (405, None))
            equal(method, e.get(method=method)[0], 405)
        for named in (path, f"//{path}", f"/metrics/../..{path}", f"/..%2f..{path}", "/metrics?x=" + path):
            status, _, text = e.get(named)
            true(named, SECRET.encode() not in text and status in (200, 404), (status, text))
        equal("it goes on", e.get()[0], 200)


@test
def names_in_their_place():
    """A hostile name is one label of the metrics, and text of the page for people"""
    with folder() as place, SmallPool(1, argv0=HOSTILE.format(place=place)) as pool, Exporter(pool.master) as e:
        page, metrics = e.text("/"), e.text()
        true("the page", "<script" not in page and "\x1b" not in page, page)
        true("the metrics", "\x1b" not in metrics, metrics)
        for line in metrics.splitlines():
            true(line, re.fullmatch(r'# (HELP|TYPE|UNIT|EOF).*|\w+(\{(\w+="([^"\\]|\\.)*",?)*\})? [-+.\deE]+', line))


@test
def what_a_receiver_learns():
    """stacks --push sends names of functions and files, counts and roles: no pid, no argument, nothing of the
    environment"""
    need_root()
    os.environ["SOME_SECRET"] = SECRET
    try:
        with Mkpool(*filled(worker=MASTER, pages=2000), fork()) as pool, receiver() as httpd:
            words = [COWTOP, "stacks", "--push", f"http://127.0.0.1:{httpd.server_port}", "-i", "1", "--every", "1",
                     str(pool.master)]
            with spawned(words) as process:
                until("a first profile", lambda: httpd.got)
                pool.do(write(worker=1, pages=700))
                seen = len(httpd.got)
                until("the copies", lambda: len(httpd.got) > seen + 1)
                process.send_signal(signal.SIGINT)
                process.wait(timeout=60)
            sent = b"".join(httpd.got)
            true("the pool's name", b"mkpool" in sent)
            for foreign in (SECRET.encode(), b"SOME_SECRET", b"PATH=", b"pid"):
                true(foreign, foreign not in sent)
    finally:
        del os.environ["SOME_SECRET"]


@test
def names_and_commands():
    """A hostile name is no word of --on-event's command: it is JSON on the command's input"""
    with folder() as place, SmallPool(2, argv0=HOSTILE.format(place=place)) as pool:
        out = f"{place}/events"
        with Recorder("-o", f"{place}/a.ct", "-i", "0.05", "--on-event", f"cat >> {out}", pool.master,
                      cwd=place) as r:
            has(f"{place}/a.ct", 2)
            os.kill(pool.workers[1], signal.SIGKILL)
            until("the exit is told", lambda: [e for e in told(out) if e["type"] == "worker_exited"])
            equal("end", r.ended(signal.SIGINT)[0], 0)
        true("the name", "$(touch" in told(out)[-1]["pool"]["command"], told(out))
        equal("files", sorted(os.listdir(place)), ["a.ct", "events"])


@test
def folder_of_a_variant():
    """What try gives interpreters to load lies in folders that only its user may enter, and is gone at the end"""
    with folder() as place:
        path = f"{place}/seen"
        status, _, err = cowtop("try", "--runs", 1, "--with", "gc.freeze", "-d", "0.3", "--",
                                *server(before=SEES.format(path=path, place=place)),
                                env=dict(os.environ, TMPDIR=place))
        equal(f"try: {err}", status, 0)
        with open(path, encoding="utf-8") as file:
            modes = {line.split()[0] for line in file}
        equal("modes", modes, {"700"})
        equal("left", os.listdir(place), ["seen"])
        true("a file of its own", stat.S_ISREG(os.stat(path).st_mode))


main()
