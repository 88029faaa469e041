"""cowtop try on pools of known.py, and what it says of each variant."""
import contextlib
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", name) for name in ("lib", "gc")]
from run import cowtop, folder
from tap import equal, PATIENCE

PYTHON = "/usr/bin/python3"
KNOWN, LOAD = os.path.join(HERE, "known.py"), os.path.join(HERE, "load.py")
MIB = 1 << 20
REQUESTS = 200


class Pool:
    """What is typed to start one, to know that it listens, and to give it work."""

    def __init__(self, kind, path, *words, python=PYTHON):
        self.kind, self.path = kind, path
        self.command = [python, KNOWN, kind, path, *words]
        self.ready = f"{PYTHON} {LOAD} {path}"

    def load(self, requests=REQUESTS, seed=""):
        return f"{PYTHON} {LOAD} {self.path} {requests} {seed}"


@contextlib.contextmanager
def pool(kind, *words, **more):
    with folder() as path:
        yield Pool(kind, path, *words, **more)


def words_of(*variants):
    return [word for v in variants for word in ("--with", v)]


def said(out, status, err):
    equal(f"exit status: {err[-600:]}", status, 0)
    return json.loads(out)


def trial_of(command, load, ready, *variants, runs=3, more=(), **popen):
    """What cowtop try says in JSON of this command with these variants."""
    status, out, err = cowtop("try", "--json", "--runs", runs, *words_of(*variants), "--load", load, "--ready", ready,
                              *more, "--", *command, seconds=8 * PATIENCE, **popen)
    return said(out, status, err)


def document(of, *variants, load=None, **more):
    """The same of a pool."""
    return trial_of(of.command, load or of.load(), of.ready, *variants, **more)


def by_name(trial):
    """Of each variant what there is, and of the baseline."""
    return dict({v["name"]: v for v in trial["variants"]}, baseline=trial["baseline"])


def measured(of, **env):
    """The figures of its pool after the load, by cowtop --json alone."""
    status, out, err = cowtop("--json", "--load", of.load(), "--", *of.command, env=dict(os.environ, **env))
    return said(out.splitlines()[-1], status, err)["pool"]


def row(variant, key):
    """How a figure of it differs from the baseline's."""
    return variant["against_baseline"]["figures"][key]


def verdict(variant):
    """None: nothing is said of it."""
    return variant["against_baseline"] and variant["against_baseline"]["verdict"]
