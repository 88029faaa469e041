"""Runs that go on: an exporter, a recorder and a stream of documents, all of one pool."""
import json
import signal
import subprocess

import metrics
import records
from run import COWTOP, free_port
from stage import DEADLINE
from tap import equal, true, until
from visit import scrape


def series(page, name):
    return [value for (n, _), value in metrics.parse(page).items() if n == name]


class Watchers:
    """`with`: they run; stop() ends them and looks at all that they have said."""

    def __init__(self, target, place):
        self.place, self.port = place, free_port()
        words = {"export": ["export", "--listen", f"127.0.0.1:{self.port}", "--textfile", f"{place}/pools.prom",
                            "-i", "0.1", target],
                 "record": ["record", "-o", f"{place}/pool.ct", "-i", "0.1", "--fixed", target],
                 "json": ["--json", "-n", "1000000", "-i", "0.1", target]}
        self.started = {}
        for name, line in words.items():
            with open(f"{place}/{name}.out", "wb") as out, open(f"{place}/{name}.err", "wb") as err:
                self.started[name] = subprocess.Popen([COWTOP, *map(str, line)], stdin=subprocess.DEVNULL, stdout=out,
                                                      stderr=err)

    def __enter__(self):
        until("the first looks", lambda: self.count() > 1 and self.documents())
        return self

    def __exit__(self, *exc):
        for process in self.started.values():
            process.kill()
            process.wait()

    def page(self):
        try:
            return scrape(self.port, DEADLINE) or b""
        except ConnectionRefusedError:
            return b""

    def count(self):
        return metrics.looks(self.page())

    def go_on(self, looks=3):
        """So many looks more of the exporter."""
        wanted = self.count() + looks
        until("they go on", lambda: self.count() >= wanted)

    def documents(self):
        with open(f"{self.place}/json.out", "rb") as file:
            return [json.loads(line) for line in file.read().split(b"\n")[:-1]]

    def said(self, name):
        with open(f"{self.place}/{name}.err", encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self, statuses=(0,)):
        """All of them end, with one of these statuses, and what they have written is whole."""
        wrong = metrics.whole(self.page())
        equal("the page", wrong, None)
        for name, process in self.started.items():
            process.send_signal(signal.SIGTERM)
            status = process.wait(timeout=DEADLINE)
            true(f"{name} ends: {status}: {self.said(name)}", status in statuses or (name == "json" and status == -15))
        with open(f"{self.place}/pools.prom", "rb") as file:
            equal("the textfile", metrics.whole(file.read()), None)
        return self.documents(), records.samples(f"{self.place}/pool.ct")
