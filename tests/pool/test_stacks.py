#!/usr/bin/python3
"""cowtop stacks on real servers: the storm of a worker that ends, caught whole."""
import json
import os
import signal
import subprocess
import sys
import time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from kernel import minflt, running, stat_fields
from run import COWTOP, folder, spawned, watching, write_file
from tap import equal, main, near, need, need_root, PATIENCE, Skip, test, true, until

WSGI = """
import gc
gc.freeze()
data = [{"key %d" % i: [i, str(i)]} for i in range(60000)]
def application(environ, start):
    start("200 OK", [])
    return [b"ok"]
app = application
"""


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(x) for x in f.read().split()]


def quiet(**more):
    return dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)


def still(pids):
    """All of them wait, and have not faulted since a moment ago."""
    try:
        before = [minflt(pid) for pid in pids]
        time.sleep(0.3)
        return all(stat_fields(pid)[0] == b"S" for pid in pids) and [minflt(p) for p in pids] == before
    except FileNotFoundError:
        return False


def storm(command, number):
    """The JSON of a watch in which one worker of two was asked to end, and its pid."""
    need_root()
    with spawned(command, **quiet()) as process:
        until("two workers", lambda: len(children(process.pid)) == 2)
        until("they stand still", lambda: still([process.pid, *children(process.pid)]))
        worker = children(process.pid)[0]
        watch = subprocess.Popen([COWTOP, "stacks", "-d", "600", "--every", "1", "--json",
                                  str(process.pid)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        try:
            until("it watches", lambda: watching(watch.pid))
            os.kill(worker, number)
            until("the worker has ended", lambda: not running(worker))
            until("another is there", lambda: len(set(children(process.pid)) - {worker}) == 2)
            until("they stand still", lambda: still(children(process.pid)))
            watch.send_signal(signal.SIGINT)
            out, err = watch.communicate(timeout=PATIENCE)
        finally:
            watch.kill()
            watch.communicate()
        equal(f"exit status ({err!r})", watch.returncode, 0)
        return json.loads(out), worker


def check_storm(document, worker):
    if document["method"]["events"] == "software":
        raise Skip("no tracepoints here")
    found = next(p for p in document["processes"] if p["pid"] == worker)
    pages = found["copied_pages"]
    true("a storm", pages > 4000, pages)
    equal("exactness", found["exactness"], "exact")
    equal("lost", document["pool"]["lost_samples"], 0)
    near("every copy has a stack", found["pages"]["copied"], pages, 0.01 * pages)
    true("by its end", found["roles"]["exit"] > 0.9 * pages, found["roles"])
    true("with names", any("Py_FinalizeEx" == document["functions"][f]["name"]
                           for s in document["stacks"][:20] for f in s["frames"]))
    new = [p for p in document["processes"] if p["role"] == "worker" and p["pid"] != worker]
    equal("the one that came, and the one that stayed", len(new), 2)


@test
def gunicorn():
    """A worker of gunicorn that ends"""
    need("gunicorn")
    with folder() as path:
        write_file(f"{path}/app.py", WSGI)
        document, worker = storm(["gunicorn", "--preload", "--workers", "2", "--bind",
                                  f"unix:{path}/s", "--chdir", path, "app:app"], signal.SIGTERM)
        check_storm(document, worker)


@test
def uwsgi():
    """A worker of uWSGI that ends"""
    need("uwsgi", "/usr/lib/uwsgi/plugins/python3_plugin.so")
    with folder() as path:
        write_file(f"{path}/app.py", WSGI)
        document, worker = storm(["uwsgi", "--plugins", "python3", "--master", "--workers", "2",
                                  "--need-app", "--die-on-term", "--socket", f"{path}/s",
                                  "--wsgi-file", f"{path}/app.py"], signal.SIGHUP)
        check_storm(document, worker)


main()
