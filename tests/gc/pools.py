"""Servers with workers that do what they are told, for the tests of a collector in a real pool."""
import http.client
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from run import cowtop, folder, spawned, write_file
from tap import equal, fail, need, PATIENCE, until

HERE = os.path.dirname(os.path.abspath(__file__))
MIB = 1 << 20
WORKERS = 2
PLUGIN = "/usr/lib/uwsgi/plugins/python3_plugin.so"
QUIET = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def copy(name, to):
    """A file of this folder, where every user can read it."""
    path = shutil.copy(os.path.join(HERE, name), to)
    os.chmod(path, 0o755)
    return path


class OverUnix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("pool", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Server:
    """A running server: its master, and words with its workers."""

    def __init__(self, process, path):
        self.process, self.path = process, path

    @property
    def master(self):
        return self.process.pid

    def ask(self, pid, command="pass", prefix=""):
        """What the worker says of its collector when it has executed the command."""
        target = f"{prefix}/{pid}/{urllib.parse.quote_plus(command)}"

        def answered():
            connection = OverUnix(f"{self.path}/s")
            try:
                connection.request("GET", target, headers={"Connection": "close"})
                response = connection.getresponse()
                if response.status not in (200, 421):
                    fail(f"{target}: {response.status}: see {self.log()}")
                body = json.loads(response.read())
            except (ConnectionError, FileNotFoundError, http.client.HTTPException):
                return None
            finally:
                connection.close()
            return body if body["pid"] == pid or pid == 0 else None
        return until(f"worker {pid} answers to {command}", answered, step=0)

    def log(self):
        with open(f"{self.path}/log", encoding="utf-8", errors="replace") as f:
            return f.read()[-1500:]

    def workers(self):
        """The pids of its workers, as soon as all of them serve."""
        def there():
            document = first(self.master)
            return document and [p["pid"] for p in document["processes"] if p["role"] == "worker"]

        def complete():
            if self.process.poll() is not None:
                fail(f"the server ended: {self.log()}")
            pids = there() or []
            return sorted(pids) if len(pids) == WORKERS else None
        pids = until("all workers are there", complete, step=0.1)
        for pid in pids:
            self.ask(pid)
        return pids


def first(pid):
    status, out, _ = cowtop("--json", pid)
    return json.loads(out) if status == 0 else None


def environment(mode, mib, **more):
    return dict(os.environ, COWTOP_GC=mode, COWTOP_MIB=str(mib), PYTHONDONTWRITEBYTECODE="1", **more)


@contextlib.contextmanager
def started(command, path, env):
    with open(f"{path}/log", "wb") as log, \
            spawned(command, stderr=log, **dict(QUIET, cwd=path, env=env)) as process:
        yield Server(process, path)


@contextlib.contextmanager
def uwsgi(mode="default", mib=60, more=(), prefix=()):
    need("uwsgi", PLUGIN)
    with folder(0o777) as path:
        app = copy("gcapp.py", path)
        command = [*prefix, "uwsgi", "--plugins", "python3", "--master", "--workers", str(WORKERS),
                   "--need-app", "--die-on-term", "--http-socket", f"{path}/s", "--chmod-socket=666",
                   "--pythonpath", path, *(more or ["--wsgi-file", app])]
        with started(command, path, environment(mode, mib)) as server:
            yield server


@contextlib.contextmanager
def gunicorn(mode="default", mib=60, more=("--preload",), prefix=()):
    need("gunicorn")
    with folder(0o777) as path:
        copy("gcapp.py", path)
        write_file(f"{path}/conf.py", "import sys\n"
                   "def post_fork(server, worker):\n"
                   "    if 'gcapp' in sys.modules:\n"
                   "        sys.modules['gcapp'].after_fork()\n")
        command = [*prefix, "gunicorn", "-c", f"{path}/conf.py", "--chdir", path, "--workers",
                   str(WORKERS), "--timeout", "600", "--bind", f"unix:{path}/s", *more, "gcapp"]
        with started(command, path, environment(mode, mib)) as server:
            yield server


SERVERS = {"uwsgi": uwsgi, "gunicorn": gunicorn}


# A master and its workers, which do what a line says: "ALL CODE" or "NUMBER CODE"; each line is answered.
OBEYING = """
import gc, os, sys
{before}
ends = []
for k in range({workers}):
    down, up = os.pipe(), os.pipe()
    if os.fork() == 0:
        kept = []
        for line in os.fdopen(down[0]):
            exec(line)
            os.write(up[1], b'.')
        os._exit(0)
    ends.append((down[1], up[0]))
print('ready', flush=True)
for line in sys.stdin:
    who, code = line.split(' ', 1)
    for k, (to, back) in enumerate(ends):
        if who in ('ALL', str(k)):
            os.write(to, code.encode())
            os.read(back, 1)
    print('done', flush=True)
"""


class Obeying:
    def __init__(self, process):
        self.process, self.master = process, process.pid

    def do(self, code, who="ALL"):
        self.process.stdin.write(f"{who} {code}\n".encode())
        self.process.stdin.flush()
        equal("answer", self.process.stdout.readline(), b"done\n")


@contextlib.contextmanager
def obeying(before, workers=3):
    code = OBEYING.format(before=before, workers=workers)
    with spawned(["/usr/bin/python3", "-S", "-c", code], stdin=subprocess.PIPE,
                 stdout=subprocess.PIPE) as process:
        equal("the pool", process.stdout.readline(), b"ready\n")
        yield Obeying(process)
