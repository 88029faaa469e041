#!/usr/bin/python3
"""cowtop stacks --push: profiles to a server that takes them as Pyroscope does."""
import contextlib
import http.server
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "cli"), os.path.join(HERE, "..", "lib")]
from mkpool import filled, fork, MASTER, Mkpool, write
from profiles import read_pprof
from run import cowtop, COWTOP, free_port, Held
from tap import equal, main, need_root, PATIENCE, test, true, until

FILLED = filled(worker=MASTER, pages=4000)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.server.got.append((self.path, dict(self.headers), body, status))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def receiver(*answers, port=0):
    """A server; .got has (path, headers, body, the status that it answered), .answers what it answers first."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.got, server.answers = [], list(answers)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Pusher(Held):
    def __init__(self, port, target, *more):
        self.process = subprocess.Popen(
            [COWTOP, "stacks", "--push", f"http://127.0.0.1:{port}", "-i", "1", *map(str, more), str(target)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ended(self, number=signal.SIGINT):
        if number:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out.decode(), err.decode()


def copies(server):
    """Of all profiles that were taken."""
    total = 0
    for _, _, body, status in list(server.got):
        if status == 200:
            profile = read_pprof(body)
            at = [name for name, _ in profile["types"]].index("cow_pages")
            total += sum(s["values"][at] for s in profile["samples"])
    return total


@test
def profiles():
    """One profile an interval, at /ingest, with name, labels and time; together they have all copies"""
    need_root()
    with Mkpool(*FILLED, fork(), fork()) as pool, receiver() as server:
        began = int(time.time())
        with Pusher(server.server_port, pool.master, "--every", 1, "--label", "env=prod, 1") as pusher:
            until("a first profile", lambda: server.got)
            pool.do(write(worker=1, pages=700))
            until("the copies", lambda: copies(server) >= 700)
            pool.do(write(worker=2, pages=300))
            status, out, err = pusher.ended()
        equal("end", (status, out), (0, ""))
        true(f"said: {err}", re.search(rf"{len(server.got)} profiles pushed to http://127.0.0.1:\d+, 0 dropped", err))
        true("all copies", 1000 <= copies(server) <= 1100, copies(server))
        before = 0
        for path, headers, body, _ in server.got:
            url = urllib.parse.urlparse(path)
            query = dict(urllib.parse.parse_qsl(url.query))
            equal("where", url.path, "/ingest")
            equal("the name", query["name"], f"cowtop{{pool=mkpool,host={clean(os.uname().nodename)},env=prod__1}}")
            equal("the format", (query["format"], headers["Content-Type"]), ("pprof", "application/octet-stream"))
            start, end = int(query["from"]), int(query["until"])
            true(f"{start} to {end}", began - 1 <= start < end <= time.time() + 1 and start >= before - 1)
            before = start
            profile = read_pprof(body)
            true("sample types", ("cow_pages", "count") in profile["types"], profile["types"])


def clean(text):
    return re.sub(r"[^A-Za-z0-9_.:/+-]", "_", text)


@test
def tried_again():
    """A server that is busy is tried again, one that refuses is not; that is said and dropped, and it goes on"""
    need_root()
    with Mkpool(*FILLED, fork()) as pool, receiver(503, 503, 200, 400) as server:
        with Pusher(server.server_port, pool.master) as pusher:
            until("six requests", lambda: len(server.got) >= 6)
            status, _, err = pusher.ended()
        equal("end", status, 0)
        equal("answers", [got[3] for got in server.got][:5], [503, 503, 200, 400, 200])
        equal("one profile three times", len({got[2] for got in server.got[:3]}), 1)
        true("then another one", server.got[3][2] != server.got[4][2])
        equal(f"said: {err}", err.count("a profile is dropped: "), 1)
        true(err, "it answered with status 400" in err and "takes profiles again; 1 dropped so far" in err)


@test
def nobody_listens():
    """Without a server each profile is dropped, which is said once, and the status is 1"""
    need_root()
    with Mkpool(*FILLED, fork()) as pool:
        with Pusher(free_port(), pool.master, "-d", "3s") as pusher:
            status, out, err = pusher.ended(None)
        equal("end", (status, out), (1, ""))
        equal(f"said: {err}", err.count("a profile is dropped: "), 1)
        true(err, "Connection refused" in err and "--push: no profile of " in err)


@test
def hangs():
    """A server that takes a connection and never answers holds nothing up: a signal ends cowtop in time"""
    need_root()
    with Mkpool(*FILLED, fork()) as pool, receiver() as server:
        server.socket.listen(1)
        held = threading.Event()
        server.RequestHandlerClass = type("Hung", (Handler,), {"do_POST": lambda self: held.wait(PATIENCE)})
        with Pusher(server.server_port, pool.master) as pusher:
            try:
                time.sleep(1.5)
                began = time.monotonic()
                status, _, err = pusher.ended()
                took = time.monotonic() - began
            finally:
                held.set()
        equal(f"end: {err}", status, 1)
        true(f"{took} s", took < 20)


@test
def usage():
    """What --push does not go with, and addresses that it does not take"""
    for more, said in ((("--push", "https://x"), "only plain http://"), (("--push", "http://x?a=b"), "not http://HOST"),
                       (("--push", "http://x", "--json"), "the only output"), (("-i", "5"), "go with --push"),
                       (("--push", "http://x", "--label", "9=1"), "not KEY=VALUE")):
        status, _, err = cowtop("stacks", *more, "1")
        equal(f"{more}: {err}", status, 2)
        true(err, said in err)


main()
