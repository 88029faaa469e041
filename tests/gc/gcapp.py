"""A WSGI application with preloaded objects, for the tests of real pools.

The environment says how it treats its collector: COWTOP_GC is default, disable, threshold0, freeze or
rogue; COWTOP_MIB how much it preloads. A request's path is /PID/COMMAND: the worker with this pid
executes the command as Python and answers with what its own gc module says; any other worker sends
the client away (421), as does PID 0 after it has said who it is.
"""
import gc
import json
import os
import urllib.parse

MODE = os.environ.get("COWTOP_GC", "default")
if MODE in ("disable", "rogue"):
    gc.disable()
elif MODE in ("threshold0", "freeze"):
    gc.set_threshold(0)


class Record(object):
    def __init__(self, i):
        self.title = "record number %d of what was loaded before the fork" % i
        self.tags = [["tag-%d" % (7 * i + k), k / 7] for k in range(3)]
        self.attributes = {"colour": "c%d" % (i % 97), "body": "x%d" % i * 40}


def resident_mib():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2 ** 20


CATALOGUE, SESSION = [], []
LIMIT = resident_mib() + int(os.environ.get("COWTOP_MIB", "60"))
while resident_mib() < LIMIT:
    CATALOGUE.extend(Record(len(CATALOGUE) + i) for i in range(500))
if MODE == "default":
    gc.collect()  # else the next small collection may be one of everything: requests alone are to cause none
elif MODE == "freeze":
    gc.freeze()


def after_fork(*_):
    if MODE == "freeze":
        gc.set_threshold(700)


def serve(requests):
    """Each reads two records and leaves two containers; some of its own garbage is cyclic."""
    for n in range(requests):
        for k in range(2):
            record = CATALOGUE[(os.getpid() * 31 + n * 7919 + k * 104729) % len(CATALOGUE)]
            len([record.title, record.tags[0], record.attributes["body"]])
        for k in range(300):
            d = {"k": k, "v": [k]}
            d["self"] = d if k % 30 == 0 else None
        SESSION.append([n, [n]])


def grow(n):
    """More than a quarter of what it had: the collector, when it is on, walks everything for it."""
    SESSION.extend([k] for k in range(n))


def said():
    return {"pid": os.getpid(), "enabled": gc.isenabled(), "thresholds": gc.get_threshold(),
            "collections": [s["collections"] for s in gc.get_stats()],
            "frozen": gc.get_freeze_count(), "counts": gc.get_count()}


def application(environ, start_response):
    pid, _, command = environ.get("PATH_INFO", "/").lstrip("/").partition("/")
    status = "200 OK"
    if int(pid or 0) == os.getpid():
        exec(urllib.parse.unquote_plus(command), globals())
    else:
        status = "421 Misdirected Request"
    body = json.dumps(said()).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


try:
    import uwsgi
    uwsgi.post_fork_hook = after_fork
except ImportError:
    pass  # gunicorn's settings name after_fork
