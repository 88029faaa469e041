"""Recordings with known truth, made once a run by tests/html/make_recordings."""
import atexit
import os
import shutil
import subprocess
import tempfile

from tap import must_be_built, PATIENCE, ROOT

_made = []


def path_of(name):
    """The path of one of them: ordinary better hostile little none estimate flag noflag late."""
    if not _made:
        program = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "make_recordings")
        must_be_built(program)
        _made.append(tempfile.mkdtemp())
        atexit.register(shutil.rmtree, _made[0], True)
        subprocess.run([program, _made[0]], check=True, timeout=PATIENCE)
    return os.path.join(_made[0], f"{name}.cow")


def golden(name):
    with open(os.path.join(ROOT, "tests", "golden", name), encoding="utf-8") as file:
        return file.read()
