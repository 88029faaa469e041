#!/usr/bin/python3
"""--ready: when a pool that cowtop starts is ready for its load."""
import contextlib
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from smallpool import fails, server
from kernel import running
from run import COWTOP, cowtop, free_port
from tap import equal, main, PATIENCE, test, true, until


@contextlib.contextmanager
def answers(*statuses):
    """A server that gives one answer after the other, and the last one from then on; a status of None: what is no HTTP.
    Yields (address, the requests so far)."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status = statuses[min(len(asked), len(statuses) - 1)]
            asked.append(self.path)
            if status is None:
                self.wfile.write(b"hello, this is no HTTP\r\n")
            else:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b"x" * 100000)

        def log_message(self, *_):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}", asked
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def around(ready, *more, load="true"):
    return cowtop("--json", "--ready", ready, *more, "--load", load, "--", *server())


@test
def address():
    """A URL is asked until its status is below 500; then the load begins"""
    with answers(503, 500, 404) as (url, asked):
        status, out, err = around(f"{url}/ready?now=1#part")
        equal(f"status: {err}", status, 0)
        equal("documents", len(out.splitlines()), 2)
        equal("asked", asked, ["/ready?now=1"] * 3)
        status, out, err = around(url.replace("127.0.0.1", "localhost"))
        equal(f"by name: {err}", (status, asked[3:]), (0, ["/"]))


@test
def address_never():
    """What was answered last is said: a status, nobody, another protocol"""
    with answers(503) as (url, _):
        err = fails(1, "--json", "--ready", f"{url}/", "--wait=0.5", "--", *server())
        true("the status", re.search(rf"not ready in 0\.5 s: {url}/: status 503$", err), err)
    with answers(None) as (url, _):
        err = fails(1, "--json", "--ready", url, "--wait=0.5", "--", *server())
        true("no HTTP", err.endswith("the answer is none of HTTP\n"), err)
    port = free_port()
    err = fails(1, "--json", "--ready", f"http://127.0.0.1:{port}/", "--wait=0.5", "--", *server())
    true("nobody", err.endswith("Connection refused\n"), err)


@test
def command():
    """A command is run until it ends with 0; what it says is not cowtop's"""
    with tempfile.TemporaryDirectory() as folder:
        mark, count = os.path.join(folder, "mark"), os.path.join(folder, "count")
        ready = f"echo asked; echo x >>{count}; test -e {mark}"
        words = server(after=f"time.sleep(0.5); open({mark!r}, 'w').close()")
        status, out, err = cowtop("--json", "--ready", ready, "--load", f"test -e {mark}", "--", *words)
        equal("status", (status, err), (0, ""))
        equal("documents", len(out.splitlines()), 2)
        with open(count, encoding="ascii") as file:
            true("more than once", len(file.readlines()) > 1)
        path = os.path.join(folder, "a.ct")
        status, _, err = cowtop("record", "--ready", f"test -e {mark}", "-n", 1, "-o", path, "--", *server())
        equal(f"record: {err}", status, 0)


@test
def command_never():
    """One that never ends with 0: its status, and its last line"""
    err = fails(1, "--json", "--ready", "echo first; echo not yet; exit 3", "--wait=0.5", "--", *server())
    true("said", err.endswith("exit 3: status 3: not yet\n"), err)
    with tempfile.TemporaryDirectory() as folder:
        mark = os.path.join(folder, "pid")
        err = fails(1, "--json", "--ready", f"echo $$ >{mark}; exec sleep 300", "--wait=0.5", "--", *server())
        true("does not end", err.endswith("it does not end\n"), err)
        with open(mark, encoding="ascii") as file:
            equal("left over", running(int(file.read())), False)


@test
def time():
    """So long after the start, whatever the pool does"""
    busy = "for n in range(10 ** 5): list(range(1000))"
    status, out, err = around("0.4")
    equal(f"status: {err}", (status, len(out.splitlines())), (0, 2))
    status, out, err = cowtop("--json", "--ready", "1s", "--", *server(after=busy))
    equal(f"busy: {err}", (status, json.loads(out)["pool"]["workers"]), (0, 2))


@test
def ends_meanwhile():
    """A command that ends while it is waited for: exit 5, and not after the minute"""
    true("its status", "status 7" in fails(5, "--ready", "false", "--json", "--", "sh", "-c", "sleep 0.3; exit 7"))
    port = free_port()
    fails(5, "--ready", f"http://127.0.0.1:{port}/", "--json", "--", "sh", "-c", "sleep 0.3; exit 7")
    fails(5, "--ready", "50", "--json", "--", "sh", "-c", "sleep 0.3; exit 7")


@test
def interrupted():
    """A signal while a command is asked: status 1, nothing is left"""
    with tempfile.TemporaryDirectory() as folder:
        mark = os.path.join(folder, "pid")
        with subprocess.Popen([COWTOP, "--json", "--ready", f"echo $$ >{mark}; exec sleep 300", "--", *server()],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            pid = int(until("it is asked", lambda: os.path.exists(mark) and open(mark, encoding="ascii").read()))
            process.send_signal(signal.SIGTERM)
            err = process.communicate(timeout=PATIENCE)[1].decode()
        true("said", process.returncode == 1 and "interrupted while waiting" in err, (process.returncode, err))
        equal("left over", running(pid), False)


@test
def refused():
    """No command, nothing to ask, an address that is none, one that is not asked; no words for the load"""
    true("a pool of others", "-- COMMAND" in fails(2, "--ready", "true", "--json", "1"))
    fails(2, "record", "--ready", "true", "-o", "x", "1")
    fails(2, "stacks", "--ready", "true", "1")
    for wrong in ("", " ", "http://", "http://:80/", "http://a:b/", "http://a:70000/", "http://[::1/"):
        fails(2, "--ready", wrong, "--json", "--", "true")
    true("what can be done", "curl -fsk https://a/" in fails(2, "--ready", "https://a/", "--json", "--", "true"))
    true("another", "only http://" in fails(2, "--ready", "ftp://a/", "--json", "--", "true"))
    true("no load", "a command is needed" in fails(2, "--load", " ", "--json", "--", "true"))


main()
