"""A pool that a Python program is, which works when it is asked to."""
import contextlib
import os
import sys
from textwrap import indent
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from kernel import asleep
from piped import Piped
from tap import equal, until


def forks(work, first=""):
    """The end of a program for it: what its worker does at first, and each time that it is asked to."""
    return f'''
go, ask = os.pipe()
pid = os.fork()
if not pid:
    os.close(ask)
{indent(first, "    ")}
    while os.read(go, 1):
{indent(work, "        ")}
        os.write(1, b"done\\n")
    os._exit(0)
os.write(1, b"%d\\n" % pid)
for line in sys.stdin:
    os.write(ask, b"x")
os.close(ask)
os.waitpid(pid, 0)
'''


class PythonPool(Piped):
    """A master, which prints the pid of its worker; that works when the master gets a line, and says done."""

    def __init__(self, *command):
        super().__init__(command)
        self.worker = int(self.answer())
        until("it stands still", lambda: asleep(self.process.pid, self.worker))

    def end(self):
        super().end()
        for pid in (self.process.pid, self.worker):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"/tmp/perf-{pid}.map")

    def work(self):
        equal("the worker", self.ask(), "done")
