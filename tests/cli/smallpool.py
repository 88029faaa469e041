"""A small pre-forked Python pool for the tests of the command line."""
import json
import os
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from kernel import asleep, running
from piped import Piped
from run import cowtop
from tap import fail, until

PYTHON = "/usr/bin/python3"

# Ends when its standard input does, so it never outlives its test.
PROGRAM = r"""
import json, os, sys
workers = int(sys.argv[1])
data = [str(n) for n in range(20000)]
pids = []
ready, mark = os.pipe()
for n in range(workers):
    pid = os.fork()
    if pid == 0:
        for text in data[: 4000 * (n + 1)]:
            pass
        os.write(mark, b".")
        os.read(0, 1)
        os._exit(0)
    pids.append(pid)
    os.read(ready, 1)
sys.stdout.write(json.dumps({"master": os.getpid(), "workers": pids}) + "\n")
sys.stdout.flush()
os.read(0, 1)
"""

# A pool for `-- COMMAND`: it cannot see the end of its input, so SIGTERM ends it, and the alarm when
# a cowtop that crashed does not.
SERVER = r"""
import os, signal, sys, time
{before}
data = [str(n) for n in range(20000)]
pids = []
signal.alarm(120)
for n in range(2):
    pid = os.fork()
    if pid == 0:
        signal.alarm(120)
        signal.pause()
    pids.append(pid)
def stop(*_):
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
{after}
while True:
    signal.pause()
"""

DAEMON = r"""
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
"""


def server(before="", after=""):
    """The words of a command that serves as a pool of two workers."""
    return [PYTHON, "-c", SERVER.format(before=before, after=after)]


def server_line(**how):
    return shlex.join(server(**how))


class SmallPool(Piped):
    """`with SmallPool(2) as pool:` has pool.master and pool.workers."""

    def __init__(self, workers=2, before="", argv0=PYTHON, arguments=(), prefix=()):
        words = [argv0, "-c", before + PROGRAM, str(workers), *arguments]
        super().__init__([*prefix, *words], executable=None if prefix else PYTHON)
        self.meet()

    def meet(self):
        """Who they are is the first that they say."""
        answer = json.loads(self.answer())
        self.master, self.workers = answer["master"], answer["workers"]
        self.stand_still()

    def stand_still(self):
        """Wait until all of them sleep in their last read()."""
        until("the pool stands still", lambda: asleep(self.master, *self.workers))

    def end(self):
        super().end()
        until("the pool goes away", lambda: not any(map(running, self.workers)))


def fails(status, *arguments, **more):
    """cowtop must end with this status and one line on stderr, which is returned."""
    got, out, err = cowtop(*arguments, **more)
    if got != status:
        fail(f"{arguments}: exit {got}, expected {status}: {err.strip()}")
    if not err.startswith("cowtop: ") or err.count("\n") != 1 or not err.endswith("\n"):
        fail(f"{arguments}: not one line that begins with 'cowtop: ': {err!r}")
    if out:
        fail(f"{arguments}: something on stdout: {out!r}")
    return err
