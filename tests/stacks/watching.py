"""A running watch (tests/stacks/watch.c) and sums over what it says."""
import json
import os
import select
import subprocess
import sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mkpool import fork, Mkpool
from tap import fail, must_be_built, need_root, PATIENCE, ROOT, Skip

B = os.environ.get("B") or os.path.join(ROOT, "build")
WATCH = os.path.join(B, "tests", "watch")
EVENTS = ("copied", "reused", "zeroed", "first_touch", "undecided")


class Watch:
    """`Watch(pid, "period=1")`; take() is what came since the last one."""

    def __init__(self, pid, *words, prefix=()):
        must_be_built(WATCH)
        self.process = subprocess.Popen([*prefix, WATCH, str(pid), *words], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        line = self._line()
        if line != "ready":
            self.__exit__()
            fail(f"no watch: {line}")

    def _line(self):
        if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
            fail("the watch says nothing")
        return self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()

    def take(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return Taken(json.loads(self._line()))


class Taken:
    def __init__(self, document):
        self.document = document
        self.method = document["method"]
        self.lost = document["lost"]
        self.stacks = document["stacks"]
        self.processes = {p["pid"]: p for p in document["processes"]}
        self.gaps = [g["what"] for g in document["gaps"]]

    def by(self, function, event="copied", pid=None, kernel=None):
        """Samples of stacks with this function in them."""
        return sum(s[event] for s in self.stacks
                   if function in s["frames"] and pid in (None, s["pid"])
                   and kernel in (None, s["kernel"]))

    def copies(self, pid):
        return self.processes[pid]["copies"] if pid in self.processes else 0


def tracepoints():
    """What only the exact way can say."""
    need_root()
    with Mkpool(fork()) as pool, Watch(pool.master) as w:
        if w.take().method == "software":
            raise Skip("no tracepoints here")
