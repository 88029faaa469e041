#!/usr/bin/python3
"""cowtop stacks --push: profiles to a server that takes them as Pyroscope does."""
import contextlib
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "cli"), os.path.join(HERE, "..", "lib")]
from mkpool import filled, fork, MASTER, Mkpool, write
from profiles import form, read_pprof
from run import cowtop, COWTOP, free_port, Held
from tap import equal, main, need_root, PATIENCE, test, true, until

FILLED = filled(worker=MASTER, pages=4000)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        if self.server.held:
            self.server.held.wait(PATIENCE)
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
        server.got, server.answers, server.held = [], list(answers), None
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            if server.held:
                server.held.set()
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def rude(behave):
    """A server of TCP alone: `behave` gets each connection. Yields its port, and how many there were as a list."""
    came, held = [], []

    def serve():
        while True:
            try:
                connection = listening.accept()[0]
            except OSError:
                return
            came.append(time.monotonic())
            held.append(connection)
            behave(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1], came
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


def taken(got):
    """What Pyroscope makes of a request: the profile, without types that the form does not name."""
    parts = form(got[1], got[2])
    equal("parts", {name: part[0] for name, part in parts.items()},
          {"profile": "profile.pprof", "sample_type_config": "sample_type_config.json"})
    profile = read_pprof(parts["profile"][1])
    known = json.loads(parts["sample_type_config"][1])
    true("known types", all(set(how) <= {"units", "display-name", "aggregation", "cumulative", "sampled"}
                            for how in known.values()), known)
    kept = [i for i, (name, _) in enumerate(profile["types"]) if name in known]
    profile["types"] = [profile["types"][i] for i in kept]
    for sample in profile["samples"]:
        sample["values"] = [sample["values"][i] for i in kept]
    return profile


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
    for got in list(server.got):
        if got[3] == 200:
            profile = taken(got)
            at = [name for name, _ in profile["types"]].index("cow_pages")
            total += sum(s["values"][at] for s in profile["samples"])
    return total


def clean(text):
    return re.sub(r"[^A-Za-z0-9_.:/+-]", "_", text)


def labels(name):
    """cowtop{key=value,...} as Pyroscope takes it apart."""
    match = re.fullmatch(r"cowtop\{([^{}]*)\}", name)
    true(f"a name: {name}", match)
    return dict(pair.split("=") for pair in match[1].split(","))


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
        for got in server.got:
            url = urllib.parse.urlparse(got[0])
            query = dict(urllib.parse.parse_qsl(url.query))
            equal("where", url.path, "/ingest")
            equal("what is asked", sorted(query), ["from", "name", "spyName", "until"])
            equal("labels", labels(query["name"]),
                  {"pool": "mkpool", "host": clean(os.uname().nodename), "env": "prod__1"})
            start, end = int(query["from"]), int(query["until"])
            true(f"{start} to {end}", began - 1 <= start < end <= time.time() + 1 and start >= before - 1)
            before = start
            profile = taken(got)
            equal("sample types", profile["types"], [("cow_pages", "count"), ("cow_space", "bytes")])
            keys = {key for sample in profile["samples"] for key in sample["labels"]}
            true("labels are few: no pid", keys <= {"role"}, keys)


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
def refusals():
    """Statuses that are an answer are not asked again: too large, somewhere else, unknown; the reason is said"""
    need_root()
    with Mkpool(*FILLED, fork()) as pool:
        for answer, said in ((413, "status 413"), (301, "status 301, and is not followed"), (404, "status 404")):
            with receiver(answer, answer) as server, Pusher(server.server_port, pool.master) as pusher:
                until("three requests", lambda: len(server.got) >= 3)
                status, _, err = pusher.ended()
                equal("each is another profile", len({got[2] for got in server.got[:3]}), 3)
            equal(f"end: {err}", status, 0)
            true(err, said in err and "takes profiles again; 2 dropped so far" in err)


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
def no_such_host():
    """A name that nobody knows is dropped with a reason, and ends in time"""
    need_root()
    with Mkpool(*FILLED, fork()) as pool:
        began = time.monotonic()
        status, _, err = cowtop("stacks", "--push", "http://nobody.invalid:4040", "-i", 1, "-d", "2s", pool.master)
        true(f"{time.monotonic() - began} s", time.monotonic() - began < 60)
    equal(f"end: {err}", status, 1)
    true(err, "--push: no profile of " in err)


@test
def hangs():
    """A server that never answers holds nothing up: what waits is bounded, and after it all copies since are there"""
    need_root()
    with Mkpool(*FILLED, fork()) as pool, receiver() as server:
        server.held = threading.Event()
        with Pusher(server.server_port, pool.master, "--every", 1) as pusher:
            pool.do(write(worker=1, pages=500))
            said = until("it is said", lambda: pusher.process.stderr.readline())
            true(said, b"a profile is dropped: " in said)
            server.held.set()
            server.got.clear()
            pool.do(write(worker=1, first=500, pages=500))
            until("the copies", lambda: copies(server) >= 500)
            status, _, err = pusher.ended()
        equal(f"end: {err}", status, 0)
        true(err, "takes profiles again" in err)
        true(f"dropped: {err}", 0 < int(re.search(r", (\d+) dropped\n", err)[1]) < 60)


@test
def ends_in_time():
    """Servers that never answer, nor take what is sent: a duration and a signal end cowtop all the same"""
    need_root()
    with Mkpool(*FILLED, fork()) as pool, rude(lambda connection: None) as (port, came):
        for more, number in ((("-d", "2s"), None), ((), signal.SIGINT)):
            with Pusher(port, pool.master, *more) as pusher:
                before = len(came)
                until("a connection", lambda: len(came) > before)
                began = time.monotonic()
                status, _, err = pusher.ended(number)
                took = time.monotonic() - began
            equal(f"end: {err}", status, 1)
            true(f"{took} s", took < 30)


@test
def hangs_up():
    """A server that closes the connection, or answers with no HTTP, is tried again and then dropped"""
    need_root()

    def nonsense(connection):
        connection.sendall(b"220 mail.example ESMTP\r\n")
        connection.close()

    with Mkpool(*FILLED, fork()) as pool:
        for behave in (socket.socket.close, nonsense):
            with rude(behave) as (port, came), Pusher(port, pool.master) as pusher:
                until("three attempts", lambda: len(came) >= 3)
                until("it is said", lambda: b"a profile is dropped" in pusher.process.stderr.readline())
                true("it goes on", pusher.process.poll() is None)
                status, _, err = pusher.ended()
            equal(f"end: {err}", status, 1)


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
