"""Pools that have no worker for a time, and pools that never stand still."""
import os
import subprocess
import tempfile

from smallpool import PYTHON
from kernel import asleep
from piped import Piped
from run import COWTOP, Held
from tap import PATIENCE, until

# A word a line: "fork" a worker that stays, "end" the last one, "blip" forks one that ends at once.
PROGRAM = r"""
import os, signal, sys
data = bytearray(b'x') * (4 << 20)
pids = []
print("ready", flush=True)
for word in sys.stdin:
    word = word.strip()
    if word in ("fork", "blip"):
        pid = os.fork()
        if pid == 0:
            if word == "blip": os._exit(0)
            signal.alarm(240)
            signal.pause()
        pids.append(pid)
    if word in ("end", "blip"):
        pid = pids.pop()
        if word == "end": os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    print(word, *pids, flush=True)
for pid in pids:
    os.kill(pid, signal.SIGKILL)
"""

# Workers are new for each epoch, as a data loader's; argument: how many epochs.
LOADER = r"""
import os, sys, time
data = [[str(n)] for n in range(40000)]
for epoch in range(int(sys.argv[1])):
    pids = []
    for n in range(3):
        pid = os.fork()
        if pid == 0:
            end = time.monotonic() + 0.5 + 0.1 * n
            while time.monotonic() < end:
                for x in data: pass
                time.sleep(0.01)
            os._exit(0)
        pids.append(pid)
    for pid in pids: os.waitpid(pid, 0)
    time.sleep(0.05)
"""


class OnDemand(Piped):
    """`with OnDemand() as pool:` pool.master; pool.do("fork") returns the workers' pids."""

    def __init__(self, argv0=PYTHON):
        super().__init__([argv0, "-c", PROGRAM], executable=PYTHON)
        self.master = self.process.pid
        self.answer()

    def do(self, word):
        pids = [int(pid) for pid in self.ask(word).split()[1:]]
        until("workers pause", lambda: asleep(*pids))
        return pids


class Waiting(Held):
    """`with Waiting("--json", ...) as w:` cowtop, once it has said that it waits."""

    def __init__(self, *arguments):
        self.folder = tempfile.TemporaryDirectory()
        self.errors = os.path.join(self.folder.name, "err")
        with open(self.errors, "wb") as err:
            self.process = subprocess.Popen([COWTOP, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=err)
        until("cowtop waits", lambda: "waiting for the first worker" in self.said() or self.process.poll())

    def said(self):
        with open(self.errors, encoding="utf-8", errors="replace") as f:
            return f.read()

    def end(self):
        """(status, stdout, stderr)"""
        out, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out.decode(), self.said()

    def __exit__(self, *exc):
        super().__exit__(*exc)
        self.folder.cleanup()
