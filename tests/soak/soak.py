#!/usr/bin/python3
"""cowtop for a long time beside a pool that never stands still (churning.py): does anything grow?

usage: soak.py [SECONDS]

The live view, a recording, one with stacks and causes, one of every pool whose files are rotated, a stream of JSON,
and an exporter that is scraped each second (scraper.py) run at once for SECONDS (3600). Each second their memory,
descriptors and processor time are noted; at the end they are drawn, a line a program, and judged: memory and
descriptors flat, within the budget, what is not accounted for as little at the end as at the beginning, recordings
whole, as many series as before. Then the pool is stopped, and each process's pages must be what the kernel counts.
"""
import contextlib
import glob
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
import records
from kernel import PAGE, stat_fields
from run import COWTOP, cowtop, folder, free_port, seconds_of, spawned, Stream
from scraper import pages_by_process, Scraper
from tap import PATIENCE, until

WORKERS = 4
BUDGET = 2          # percent of a processor, as it is by itself
TICK = os.sysconf("SC_CLK_TCK")
BARS = "▁▂▃▄▅▆▇█"
COLUMNS = 60
# Beyond the budget, which is for the pages: a sample's other files, and the screen.
BESIDE = 3
# The live view keeps the last 3600 samples (tui/timeline.h), of a pool like this one 8 KiB each at most: in an hour its
# memory is full before the time at which it is looked at first.
LIVE_S, KEPT, KEPT_MIB = 0.25, 3600, 8 / 1024
# Finished files that a recording of every pool keeps; it begins so many in the time of a soak.
KEEP, FILES = 3, 10
PROGRAMS = {
    "record": ("record", "-o", "{place}/plain.ct", "--fixed", "-i", "1", "{master}"),
    "causes": ("record", "-o", "{place}/causes.ct", "--stacks", "--why", "--fixed", "-i", "1", "{master}"),
    "record all": ("record", "--all", "{place}/all", "--rotate", "{rotate}", "--keep", str(KEEP), "-i", "1",
                   "--on-event", "cat >/dev/null"),
    "export": ("export", "--listen", ":{port}", "--textfile", "{place}/pool.prom", "-i", "1", "{master}"),
    "live": ("-i", str(LIVE_S), "{master}"),
}


class Noted:
    """What one program took, a note a second."""

    def __init__(self, name, pid):
        self.name, self.pid, self.rss, self.fds, self.cpu, self.times = name, pid, [], [], [], []

    def note(self):
        fields = stat_fields(self.pid)
        self.times.append(time.monotonic())
        self.rss.append(int(fields[21]) * PAGE / (1 << 20))
        self.cpu.append((int(fields[11]) + int(fields[12])) / TICK)
        self.fds.append(len(os.listdir(f"/proc/{self.pid}/fd")))

    def percent(self):
        """Of a processor, between one note and the next."""
        return [100 * (b - a) / (t - s) for a, b, s, t in
                zip(self.cpu, self.cpu[1:], self.times, self.times[1:])]

    def mean_percent(self):
        """Without the beginning, where the kernel is tried out."""
        first = len(self.cpu) // 4
        return 100 * (self.cpu[-1] - self.cpu[first]) / (self.times[-1] - self.times[first])


def bar(values):
    """Values over time, the largest of each column's."""
    low, high = min(values), max(values)
    per = max(1, -(-len(values) // COLUMNS))
    tops = [max(values[i:i + per]) for i in range(0, len(values), per)]
    return "".join(BARS[int((v - low) / (high - low) * 7) if high > low else 0] for v in tops)


def plot(noted):
    """Lines of text: what each took over time, and from what to what."""
    for n in noted:
        for what, values, unit in (("memory", n.rss, "MiB"), ("files", n.fds, ""), ("processor", n.percent(), "%")):
            yield (f"{n.name:<11} {what:<10} {bar(values):<{COLUMNS}} {min(values):.1f} to {max(values):.1f} {unit}"
                   .rstrip())


def quarter(values, which):
    """The middle of the second or the last quarter: what a program takes when it has begun, and at its end."""
    n = len(values)
    return statistics.median(values[which * n // 4:(which + 1) * n // 4])


def filled(n):
    """MiB of history that the live view has filled between those two times."""
    early, late = (min(KEPT, (n.times[len(n.times) * part // 8] - n.times[0]) / LIVE_S) for part in (3, 7))
    return (late - early) * KEPT_MIB


def grown(n):
    """What grew, as lines."""
    if quarter(n.rss, 3) > quarter(n.rss, 1) * 1.1 + 2 + (filled(n) if n.name == "live" else 0):
        yield f"{n.name}: memory grew from {quarter(n.rss, 1):.1f} to {quarter(n.rss, 3):.1f} MiB"
    # As many as the pool has processes, for which files are kept open.
    if quarter(n.fds, 3) > quarter(n.fds, 1) * 1.2 + 4:
        yield f"{n.name}: descriptors grew from {quarter(n.fds, 1)} to {quarter(n.fds, 3)}"


class Accounts:
    """What `cowtop --json` says meanwhile: the pages that nobody has accounted for."""

    def __init__(self, stream):
        self.stream, self.unaccounted, self.documents = stream, [], 0
        self.thread = threading.Thread(target=self.follow)
        self.end = threading.Event()

    def follow(self):
        while not self.end.is_set() and (document := self.stream.next()) is not None:
            self.documents += 1
            shares = [abs(p["pages"]["unaccounted"]) * PAGE / p["memory"]["rss_bytes"]
                      for p in document["processes"]
                      if p["pages"]["unaccounted"] is not None and p["memory"]["rss_bytes"]]
            self.unaccounted.append(max(shares, default=0))


def rollup_pages(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Rss:")) * 1024 // PAGE


def listed(master):
    """The processes of the pool."""
    return [p["pid"] for p in json.loads(cowtop("--json", master)[1])["processes"]]


def against_the_kernel(stream, scraper, master):
    """The pool is stopped: each one's pages, by ledgers that saw it all, are the kernel's; wrong ones as lines."""
    os.kill(master, signal.SIGSTOP)
    pids = listed(master)
    try:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        until("the pool stands still", lambda: all(stat_fields(pid)[0] in (b"T", b"Z") for pid in pids
                                                   if os.path.exists(f"/proc/{pid}")))
        moment, document = time.time(), None
        while document is None or seconds_of(document["time"]) < moment + 1 or any(
                p["pages"]["age_s"] for p in document["processes"]):
            document = stream.next()
        for p in document["processes"]:
            resident = sum(p["pages"][key] or 0 for key in ("shared", "orphaned", "cow_broken", "cow_file", "new",
                                                            "file"))
            if p["forked"] and p["state"] == "T" and abs(resident - rollup_pages(p["pid"])) > 1:
                yield f"pid {p['pid']}: {resident} pages in the ledger, {rollup_pages(p['pid'])} in smaps_rollup"
        said = pages_by_process(scraper.standing(moment))
        kernel = sorted(rollup_pages(p["pid"]) for p in document["processes"]
                        if p["role"] != "helper" and p["state"] == "T")
        if len(said) != len(kernel) or any(abs(a - b) > 1 for a, b in zip(said, kernel)):
            yield f"export: {said} pages in the ledger, {kernel} in smaps_rollup"
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


class Terminal:
    """One for the live view, which swallows what it shows."""

    def __init__(self):
        self.master, self.slave = os.openpty()
        threading.Thread(target=self.swallow, daemon=True).start()

    def swallow(self):
        with contextlib.suppress(OSError):
            while os.read(self.master, 1 << 16):
                pass


def said_by(place, name):
    """Where its standard error goes."""
    return os.path.join(place, f"{name}.err")


@contextlib.contextmanager
def programs(**words_of):
    """The programs that are under way, by name."""
    with contextlib.ExitStack() as stack:
        started = {}
        for name, words in PROGRAMS.items():
            command = [COWTOP, *(w.format(**words_of) for w in words)]
            terminal = Terminal().slave if name == "live" else subprocess.DEVNULL
            said = stack.enter_context(open(said_by(words_of["place"], name), "w", encoding="utf-8"))
            started[name] = stack.enter_context(spawned(
                command, stdin=terminal, stdout=terminal, stderr=said,
                env=dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8")))
        yield started


def ended(started, place):
    """End all; what was wrong with that, as lines."""
    for name, process in started.items():
        process.send_signal(signal.SIGINT)
        status = process.wait(timeout=PATIENCE)
        if status not in (0, 130, -signal.SIGINT):
            with open(said_by(place, name), encoding="utf-8", errors="replace") as file:
                yield f"{name}: exit {status}: {file.read()[-2000:]}"
    for path in glob.glob(f"{place}/**/*.ct", recursive=True):
        name = os.path.relpath(path, place)
        if not any(r.type == records.SAMPLE for r in records.whole(path)):
            yield f"{name}: no sample"
        if cowtop("report", path)[0]:
            yield f"{name}: no report"


def kept(place):
    """Finished files, of this pool and of others here, which are as many as may be kept."""
    count = len(glob.glob(f"{place}/all/*Z.ct"))
    if not 1 <= count <= KEEP:
        yield f"record all: {count} files kept, {KEEP} are allowed"


def judged(noted, accounts, scraper):
    """What was wrong while the pool went on, as lines."""
    yield from (line for n in noted for line in grown(n))
    yield from (f"{n.name}: {n.mean_percent():.1f} % of a processor, {BUDGET + BESIDE} % are allowed"
                for n in noted if n.mean_percent() > BUDGET + BESIDE and not os.environ.get("SAN"))
    late, early = quarter(accounts.unaccounted, 3), quarter(accounts.unaccounted, 1)
    if late > max(2 * early, 0.02):
        yield f"not accounted for: {100 * early:.2f} % at first, {100 * late:.2f} % at the end"
    yield from (f"export: {line}" for line in scraper.judged())
    # Helpers come and go, and with them what says how many there are.
    if scraper.series and quarter(scraper.series, 3) > quarter(scraper.series, 1) * 1.2 + 20:
        yield f"export: {quarter(scraper.series, 1)} series at first, {quarter(scraper.series, 3)} at the end"


def without_quarantine():
    """AddressSanitizer holds back what was freed, by default 256 MiB of it, which looks like growth."""
    if os.environ.get("SAN"):
        options = filter(None, (os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=1"))
        os.environ["ASAN_OPTIONS"] = ":".join(options)


def soak(seconds):
    """(lines of the plot, lines of what was wrong)"""
    without_quarantine()
    pool = [sys.executable, os.path.join(HERE, "churning.py"), str(WORKERS)]
    with folder() as place, spawned(pool, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        master = int(process.stdout.readline())
        until("there are workers", lambda: cowtop("--json", master)[0] == 0)
        port = free_port()
        with Stream(master, 1, more=("--budget", str(BUDGET))) as stream, programs(
                place=place, master=master, port=port, rotate=seconds / FILES) as started:
            accounts, scraper = Accounts(stream), Scraper(port, f"{place}/pool.prom")
            until("it can be scraped", scraper.answers)
            noted = [Noted(name, p.pid) for name, p in {**started, "json": stream.process}.items()]
            accounts.thread.start()
            scraper.thread.start()
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                for n in noted:
                    n.note()
                time.sleep(1)
            accounts.end.set()
            accounts.thread.join()
            scraper.stop()
            wrong = [*judged(noted, accounts, scraper), *kept(place),
                     *against_the_kernel(stream, scraper, master), *ended(started, place)]
        process.stdin.close()
        process.wait(timeout=PATIENCE)
        lines = [*plot(noted),
                 f"{'export':<11} {'series':<10} {bar(scraper.series):<{COLUMNS}} "
                 f"{min(scraper.series)} to {max(scraper.series)}",
                 f"{'json':<11} {'of no class':<10} {bar(accounts.unaccounted):<{COLUMNS}} "
                 f"to {100 * max(accounts.unaccounted):.2f} % of a process"]
        return lines, wrong


def main():
    lines, wrong = soak(float(sys.argv[1]) if len(sys.argv) > 1 else 3600)
    print("\n".join(lines))
    print("".join(f"wrong: {line}\n" for line in wrong), end="")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
