"""A pool with known truth."""
import json
import subprocess

import run
from kernel import running
from tap import fail, Failed, must_be_built, PATIENCE, until

CLASSES = ("shared", "orphaned", "cow_broken", "cow_file", "new", "file", "swapped")
RESIDENT = CLASSES[:-1]


class Mkpool:
    """tests/pool/mkpool; every command gives what is then true, also kept as .truth (by slot)."""

    def __init__(self, *commands, prefix=(), env=None):
        must_be_built(run.MKPOOL)
        self.process = subprocess.Popen([*prefix, run.MKPOOL], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=env)
        self._answer("start")
        for c in commands:
            self.do(c)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        gone = [p["pid"] for p in self.truth.values()]
        until("the pool goes away", lambda: not any(running(pid) for pid in gone))

    def _answer(self, command):
        line = self.process.stdout.readline()
        if not line:
            fail(f"mkpool ended at: {command}")
        answer = json.loads(line)
        if "error" in answer:
            raise MkpoolError(f"mkpool: {command}: {answer['error']}")
        self.truth = {p["slot"]: p for p in answer["processes"]}
        return self.truth

    def do(self, *commands):
        for c in commands:
            self.process.stdin.write(c.encode() + b"\n")
            self.process.stdin.flush()
            self._answer(c)
        return self.truth

    @property
    def master(self):
        return self.truth[0]["pid"]

    def pid(self, slot):
        return self.truth[slot]["pid"]

    def pages(self):
        """{pid: {class: pages}} inside the arenas."""
        return {p["pid"]: p["pages"] for p in self.truth.values()}


class MkpoolError(Failed):
    pass
