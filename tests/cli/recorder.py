"""A cowtop record that is under way, and what other readers find in its file."""
import json
import os
import subprocess

from records import samples
import sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mkpool import filled, MASTER
import run
from run import cowtop, Held
from tap import equal, PATIENCE, until

LINE = r"cowtop: (.*: )?(\d+) samples?, ([\d.]+ \w+) in (.*)\n"
# Of mkpool: a master with memory of its own.
FILLED = filled(worker=MASTER, pages=2000)


def report(path):
    """The document of cowtop report, and what it had to say on stderr."""
    status, out, err = cowtop("report", "--json", path)
    equal(f"report of {os.path.basename(path)}: {err}", status, 0)
    return json.loads(out), err


def recorded(path):
    """How many samples cowtop reads in it; it must be whole."""
    document, err = report(path)
    equal("warnings", err, "")
    return document["recording"]["samples"]


class Recorder(Held):
    """A cowtop record that is under way."""

    def __init__(self, *arguments, prefix=(), **popen):
        popen.setdefault("stderr", subprocess.PIPE)
        self.process = subprocess.Popen([*prefix, run.COWTOP, "record", *map(str, arguments)],
                                        stdin=subprocess.DEVNULL, **popen)

    def ended(self, number=None):
        """(status, stderr), after this signal."""
        if number:
            self.process.send_signal(number)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err.decode() if err is not None else None


def has(path, wanted):
    """Wait until there are so many samples in the file."""
    until(f"{wanted} samples", lambda: os.path.exists(path) and len(samples(path)) >= wanted)
