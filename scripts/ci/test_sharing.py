"""Do the workers still share what their master has loaded? A recipe for pytest: copy it beside your tests, and say what
your pool and its load are.

    POOL='gunicorn --preload -w 4 app:app' LOAD='ab -q -n 400 -c 4 http://127.0.0.1:8000/' pytest test_sharing.py

The pool is started, put under load and stopped once, by cowtop, which looks at it from outside. With KEEP=1 what it
finds becomes the baseline that later runs are held against: keep the file with the sources, where the tests always run
on the same kind of machine. What it needs and does not find is skipped on a machine of one's own, and fails where CI
is set, as systems that build and test set it: a gate that looks at nothing does not pass.
"""
import json
import os
import pathlib
import shlex
import shutil
import subprocess

import pytest

COWTOP = os.environ.get("COWTOP", "cowtop")
POOL = shlex.split(os.environ.get("POOL", "gunicorn --preload -w 4 app:app"))
LOAD = os.environ.get("LOAD", "ab -q -n 400 -c 4 http://127.0.0.1:8000/")
WORKERS = 4
BASELINE = pathlib.Path(os.environ.get("BASELINE", "sharing.json"))
KEEP = os.environ.get("KEEP") == "1"

# A worker may have copied so much of what it inherited, and all of them together may have so much of their own.
COPIED = 0.20
OWN_BYTES = 200 << 20

missing = pytest.fail if os.environ.get("CI") else pytest.skip


class Looked:
    """What cowtop has said: `pool` and `workers` as cowtop(1) has them under JSON OUTPUT, after the load."""

    def __init__(self):
        compare = BASELINE.exists() and not KEEP
        command = [COWTOP, "--json", "--load", LOAD, *(["--baseline", BASELINE] if compare else []), "--", *POOL]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, errors="replace", check=False)
        self.status, self.said = done.returncode, done.stderr
        if self.status not in (0, 3):
            pytest.fail(f"cowtop ended with {self.status}:\n{self.said}", pytrace=False)
        self.line = done.stdout.splitlines()[-1]
        self.document = json.loads(self.line)
        self.pool = self.document["pool"]
        self.workers = [p for p in self.document["processes"] if p["role"] == "worker"]


@pytest.fixture(scope="module")
def looked():
    for program in (COWTOP, POOL[0]):
        if not shutil.which(program):
            missing(f"no {program} here")
    found = Looked()
    if KEEP:
        BASELINE.write_text(found.line + "\n", encoding="utf-8")
    return found


def know(looked, figure):
    """A figure that this user may not read is no reason to pass."""
    if figure is None:
        missing(f"not to be known here: {looked.document['accounting']['missing']}")
    return figure


def test_workers_are_there(looked):
    assert looked.pool["workers"] == WORKERS


def test_workers_share(looked):
    for worker in looked.workers:
        assert know(looked, worker["cow_broken_ratio"]) <= COPIED, f"worker {worker['pid']} has copied too much"


def test_pool_is_small(looked):
    own = know(looked, looked.pool["private_bytes"])
    assert own <= OWN_BYTES


def test_collector_is_frozen(looked):
    """gc.freeze() before the fork: of CPython, where it can be read."""
    known = [p["gc"] for p in looked.workers if p["gc"] and p["gc"].get("any_frozen") is not None]
    if not known:
        pytest.skip("no CPython collector that can be read")
    assert all(gc["any_frozen"] for gc in known)


def test_no_worse_than_baseline(looked):
    if KEEP or not BASELINE.exists():
        pytest.skip(f"there is no {BASELINE} to compare with: run once with KEEP=1")
    worse = [line for line in looked.said.splitlines() if line.startswith("FAIL")]
    assert looked.status == 0, "\n".join(worse)
