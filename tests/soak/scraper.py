"""Who scrapes `cowtop export` once a second, as Prometheus does, and reads what it wrote for node_exporter."""
import contextlib
import gzip
import http.client
import re
import threading
import time

from kernel import PAGE
from tap import PATIENCE

LINE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
ACCEPTED = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.3"
# Of the states of pages these are what the ledger says; the rest is not accounted for.
RESIDENT = ("shared", "orphaned", "copied", "file_copied", "new", "file")


def parsed(text):
    """{(name, labels as they are written): value}"""
    rows = (LINE.match(line).groups() for line in text.splitlines() if not line.startswith("#"))
    return {(name, labels or ""): float(value) for name, labels, value in rows}


def figure(found, name):
    """That of the one pool."""
    return next((value for (n, _), value in found.items() if n == name), None)


def pages_by_process(found):
    """Pages that the ledger counts of the master and each worker, the fewest first."""
    sums = {}
    for (name, labels), value in found.items():
        pairs = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        if name == "cowtop_process_memory_bytes" and pairs["state"] in RESIDENT and pairs["role"] != "helper":
            key = pairs["role"], pairs.get("worker")
            sums[key] = sums.get(key, 0) + value
    return sorted(int(value) // PAGE for value in sums.values())


class Scraper:
    """A thread; what it found wrong is in `wrong`, how many series each scrape had in `series`."""

    def __init__(self, port, textfile):
        self.port, self.textfile, self.wrong, self.series, self.last = port, textfile, set(), [], {}
        self.written = set()
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.follow, daemon=True)

    def scrape(self):
        """A connection, an answer, as a rule compressed."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as c:
            c.request("GET", "/metrics", headers={"Accept": ACCEPTED, "Accept-Encoding": "gzip"})
            answer = c.getresponse()
            body = answer.read()
        if answer.status != 200:
            raise OSError(f"status {answer.status}")
        text = (gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body).decode()
        if not text.endswith("# EOF\n"):
            raise OSError("an answer without its end")
        return parsed(text)

    def answers(self):
        with contextlib.suppress(OSError):
            return self.scrape()
        return None

    def look(self):
        found = self.scrape()
        self.series.append(len(found))
        for key, value in found.items():
            if key[0].endswith("_total") and value < self.last.get(key, 0):
                self.wrong.add(f"{key[0]} fell")
        self.last.update(found)
        with contextlib.suppress(FileNotFoundError), open(self.textfile, encoding="utf-8") as file:
            stamp = figure(parsed(file.read()), "cowtop_pool_sample_timestamp_seconds")
            if stamp is None:
                self.wrong.add("a text file without the pool")
            self.written.add(stamp)

    def follow(self):
        while not self.end.wait(1):
            try:
                self.look()
            except (OSError, ValueError, AttributeError, http.client.HTTPException) as error:
                self.wrong.add(f"{type(error).__name__}: {error}")

    def stop(self):
        self.end.set()
        self.thread.join()

    def judged(self):
        """What was wrong, as lines."""
        yield from sorted(self.wrong)
        if not self.series:
            yield "no scrape"
        if len(self.written) < 2:
            yield f"the text file was written {len(self.written)} times"

    def standing(self, moment):
        """Of a pool that stands still: the first figures that were all read after that moment."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = self.scrape()
            begun = figure(found, "cowtop_pool_sample_timestamp_seconds") - figure(
                found, "cowtop_export_sample_duration_seconds")
            if begun > moment and not figure(found, "cowtop_pool_age_seconds"):
                return found
            time.sleep(0.1)
        raise TimeoutError("no figures of the pool that stands still")
