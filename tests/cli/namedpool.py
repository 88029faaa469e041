"""Servers of one name: supervisors with pools below them, generations that share a listening socket."""
import contextlib
import os
import subprocess
import tempfile
import time

from smallpool import PYTHON
from kernel import asleep, running
from tap import PATIENCE, until

# Run as `script ROLE...`; every process reads commands from a FIFO of its own, `FOLDER/PID`: "close" shuts the
# listening socket, "end" ends it, "exec ROLE..." starts another script below it. The end of the first
# process's standard input ends them all.
SCRIPT = r"""
import os, signal, socket, subprocess, sys
folder, role, fd = os.path.dirname(os.path.abspath(__file__)), sys.argv[1], int(sys.argv[2])
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.alarm(240)

def start(role):
    subprocess.Popen([sys.executable, __file__, role, str(fd)], pass_fds=[fd] if fd >= 0 else [])

def serve():
    path = os.path.join(folder, str(os.getpid()))
    os.mkfifo(path)
    os.rename(path, path + ".ready")
    while True:
        with open(path + ".ready") as f:
            for line in f:
                word, _, rest = line.strip().partition(" ")
                if word == "close": os.close(fd)
                if word == "end": os._exit(0)
                if word == "exec": start(rest)
                with open(path + ".done", "a") as done: done.write("x")

def worker():
    if os.fork() == 0:
        signal.alarm(240)
        serve()

if role == "server":
    s = socket.create_server(("127.0.0.1", 0)); s.set_inheritable(True); fd = s.fileno()
if role in ("server", "generation"):
    worker()
if role == "supervisor":
    if os.fork() == 0:
        start("generation"); start("generation"); serve()
serve()
"""


class Named:
    """`with Named("server") as n:` n.name; n.tree() {pid: ppid}; n.tell(pid, "close")."""

    def __init__(self, role, processes):
        self.folder = tempfile.TemporaryDirectory()
        self.name = f"cowtest{os.getpid()}x{time.monotonic_ns() % 1000000}.py"
        self.path = os.path.join(self.folder.name, self.name)
        with open(self.path, "w", encoding="ascii") as f:
            f.write(SCRIPT)
        self.told = {}
        self.first = subprocess.Popen([PYTHON, self.path, role, "-1"], stdin=subprocess.DEVNULL)
        self.wait(processes)

    def ready(self):
        return [int(n[:-6]) for n in os.listdir(self.folder.name) if n.endswith(".ready") and running(int(n[:-6]))]

    def wait(self, processes):
        """Until so many of them serve."""
        until(f"{processes} processes serve", lambda: len(self.ready()) == processes)
        until("they stand still", lambda: asleep(*self.ready()))

    def parent(self, pid):
        with open(f"/proc/{pid}/stat", encoding="latin-1") as f:
            return int(f.read().rsplit(")", 1)[1].split()[1])

    def children(self, pid):
        return sorted(p for p in self.ready() if self.parent(p) == pid)

    def tell(self, pid, words):
        path = os.path.join(self.folder.name, str(pid))
        with open(path + ".ready", "w", encoding="ascii") as f:
            f.write(words + "\n")
        self.told[pid] = self.told.get(pid, 0) + 1
        if words == "end":
            until("it has ended", lambda: not running(pid))
        else:
            until("it has done so", lambda: os.path.exists(path + ".done") and
                  os.path.getsize(path + ".done") == self.told[pid])

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for pid in self.ready():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        self.first.kill()
        self.first.wait(timeout=PATIENCE)
        until("all are gone", lambda: not self.ready())
        self.folder.cleanup()
