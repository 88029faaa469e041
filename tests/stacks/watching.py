"""A running watch (tests/stacks/watch.c) and sums over what it says."""
import json
import os
import select
import sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mkpool import fork, Mkpool
from piped import Piped
from tap import fail, must_be_built, need_root, PATIENCE, ROOT, Skip

B = os.environ.get("B") or os.path.join(ROOT, "build")
WATCH = os.path.join(B, "tests", "watch")
EVENTS = ("copied", "reused", "zeroed", "first_touch", "undecided")


class Watch(Piped):
    """`Watch(pid, "period=1")`; take() is what came since the last one."""

    def __init__(self, pid, *words, prefix=()):
        must_be_built(WATCH)
        super().__init__([*prefix, WATCH, str(pid), *words])
        line = self.answer()
        if line != "ready":
            self.end()
            fail(f"no watch: {line}")

    def answer(self):
        if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
            fail("the watch says nothing")
        return super().answer()

    def take(self):
        return Taken(json.loads(self.ask()))


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
