"""What a cowtop try has left behind: processes, known by a word in the environment that they were started with, and
files in a TMPDIR of its own."""
import contextlib
import os
import random
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import run
from run import folder, Held
from tap import equal, PATIENCE, true, until

NAME = "COWTOP_TEST_MARK"


def marked(mark):
    """Pids of what was started with it, zombies left out: they have no environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/environ", "rb") as f:
                if f"{NAME}={mark}".encode() in f.read().split(b"\0"):
                    found.append(int(pid))
    return found


class Running(Held):
    """A cowtop try that is under way: .process, and what of it there is."""

    def __init__(self, args, env, mark, prefix=()):
        self.mark = mark
        self.process = subprocess.Popen([*prefix, run.COWTOP, "try", *map(str, args)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)

    def pids(self):
        """All but itself."""
        return [p for p in marked(self.mark) if p != self.process.pid]

    def runs(self, word):
        """Pids of what has this word in its command line."""
        found = []
        for pid in self.pids():
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    if word.encode() in f.read().split(b"\0"):
                        found.append(pid)
        return found

    def ended(self, number=None):
        """(status, stdout, stderr), after this signal."""
        if number:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out.decode(), err.decode("utf-8", "replace")


@contextlib.contextmanager
def watched(kept=False, **env):
    """A function that begins a cowtop try; when the block is over nothing of it may be left, but files where they are
    `kept`. A failed block leaves nothing either."""
    with folder(0o777) as tmp:
        mark = f"{os.getpid()}-{random.random()}"
        begun = []

        def begin(*args, prefix=(), **more):
            begun.append(Running(args, dict(os.environ, TMPDIR=tmp, **{NAME: mark}, **env, **more), mark, prefix))
            return begun[-1]
        try:
            yield begin
            for one in begun:
                true("it has ended", one.process.poll() is not None)
            # what was sent SIGKILL last may take a moment
            until("nothing is left running", lambda: not marked(mark), seconds=10)
            if not kept:
                equal("files that are left", os.listdir(tmp), [])
        finally:
            for one in begun:
                one.__exit__()
            for pid in marked(mark):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
