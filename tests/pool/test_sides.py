#!/usr/bin/python3
"""Who broke a page is the process that made the copy: of a pool whose master writes while its workers read, the
headline, pools, record, report, diff and gates say so. And what is private adds up on the screen."""
import json
import os
import re
import signal
import socket
import subprocess
import sys
from cases import FILLED, FIRST_SLACK, forks, sight_document
from kernel import flag_is_told, PAGE, rollup
from mkpool import MASTER, Mkpool, write
from run import COWTOP, cowtop, folder, free_port, NOBODY, readable_binaries, sample, Stream
from tap import equal, main, near, need, need_root, PATIENCE, Skip, test, true, until

J, K = 800, 100     # pages that the master and a worker write
MiB = 1 << 20


def columns(text, head):
    """The rows of the table whose first column is `head`, as dictionaries."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.split()[:1] == [head])
    names = lines[start].split()
    result = []
    for line in lines[start + 1:]:
        if not line.strip():
            break
        result.append(dict(zip(names, line.split())))
    return result


def figure(cell):
    return float(cell.lstrip("~<>"))


def headline(text):
    """The line of who copied what, joined where it is wrapped."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("cow-broken "))
    line = lines[start]
    for more in lines[start + 1:]:
        if not more.startswith("           "):
            break
        line += " " + more.strip()
    return line


def sides(document):
    pool = document["pool"]
    return {key: pool[key] for key in ("cow_broken_bytes", "master_cow_broken_bytes",
                                       "helper_cow_broken_bytes", "copied_bytes")}


def gained(now, before, what):
    return (now[what] - before[what]) // PAGE


def check_gains(now, before, pool, truth0, slack=0):
    """The pool's sums against the truth, per side and of both; nobody else has copied."""
    gains = {s: p["pages"]["cow_broken"] - truth0[s]["pages"]["cow_broken"] for s, p in pool.truth.items()}
    workers = sum(n for s, n in gains.items() if s)
    near("pages copied by the workers", gained(now, before, "cow_broken_bytes"), workers, slack)
    near("pages copied by the master", gained(now, before, "master_cow_broken_bytes"), gains[0], slack)
    near("pages copied by all", gained(now, before, "copied_bytes"), workers + gains[0], slack)
    equal("pages copied by helpers", now["helper_cow_broken_bytes"], 0)


def watched_case(workers):
    need_root()
    with Mkpool(*FILLED, *forks(workers)) as pool, Stream(pool.master) as stream:
        truth0, before = pool.truth, stream.fresh()
        pool.do(write(worker=MASTER, pages=J), write(worker=1, first=J, pages=K))
        until("the copies are counted", lambda: gained(sides(stream.fresh()), sides(before), "copied_bytes") >= J + K)
        now = stream.fresh()
        check_gains(sides(now), sides(before), pool, truth0)
        # What copies cost is that the footprint grows by them, while each original is still in use.
        equal("growth of the footprint in pages",
              (now["pool"]["footprint_bytes"] - before["pool"]["footprint_bytes"]) // PAGE, J + K)


def late_slack(document, workers):
    """By how many pages a first look may be off: where the kernel does not tell exclusive pages, with a label."""
    if flag_is_told():
        return 0
    for key in ("cow_broken_bytes", "master_cow_broken_bytes", "copied_bytes"):
        true(f"{key} is labelled", key in document["pool"]["bounds"], document["pool"]["bounds"])
    return FIRST_SLACK * workers


@test
def watched_one():
    """the master writes while one looks: both sides, to the page (one worker)"""
    watched_case(1)


@test
def watched_three():
    """the master writes while one looks: both sides, to the page (three workers)"""
    watched_case(3)


@test
def at_first_sight():
    """the master wrote before one looked: both sides, to the page"""
    need_root()
    for workers in (1, 3):
        with Mkpool(*FILLED, *forks(workers)) as pool:
            truth0, before = pool.truth, sides(sight_document(pool))
            pool.do(write(worker=MASTER, pages=J), write(worker=1, first=J, pages=K))
            document = sight_document(pool)
            check_gains(sides(document), before, pool, truth0, late_slack(document, workers))


@test
def said_first():
    """the headline and pools name the master, and a gate sees it"""
    need_root()
    with Mkpool(*FILLED, *forks(1), write(worker=MASTER, pages=J)) as pool:
        status, out, err = cowtop(pool.master)
        equal(f"exit status ({err.strip()})", status, 0)
        line = headline(out)
        true("the first said is the master's", re.match(r"cow-broken \S+ \S+ by the master, \S+% of the inherited; "
                                                        r"\S+ \S+ by the worker", line), line)
        status, out, err = cowtop("pools")
        rows_ = [r for r in columns(out, "MASTER") if r["MASTER"] == str(pool.master)]
        equal("rows of the pool", len(rows_), 1)
        near("MCOW", figure(rows_[0]["MCOW"]), J * PAGE / MiB, 0.3)
        near("COW", figure(rows_[0]["COW"]), 0, 0.3 if flag_is_told() else 0.5)
        document = json.loads(cowtop("pools", "--json")[1])
        one = next(p for p in document["pools"] if p["master_pid"] == pool.master)
        near("master_cow_broken_bytes in pools", one["master_cow_broken_bytes"], J * PAGE, 64 * PAGE)
        half = f"{J * PAGE // 2}"
        for rule, wanted in ((f"pool.copied_bytes > {half}", 3), (f"pool.master_cow_broken_bytes > {half}", 3),
                             ("pool.copied_ratio > 10%", 3), (f"pool.cow_broken_bytes > {half}", 0)):
            status, out, err = cowtop("--json", "--fail-if", rule, pool.master)
            equal(f"exit status of {rule} ({err.strip()})", status, wanted)


def recording(path, *commands):
    """A recording over these commands; the pool's truth before and after."""
    with Mkpool(*FILLED, *forks(1)) as pool:
        truth0 = pool.truth
        recorder = subprocess.Popen([COWTOP, "record", "-o", path, "-i", "0.05", "--budget", "none", str(pool.master)],
                                    stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            # The first sample is in the file: then the rest of it is history.
            until("samples before", lambda: told(path) >= 3)
            if commands:
                pool.do(*commands)
            seen = told(path)
            until("samples after", lambda: told(path) >= seen + 6)
        finally:
            recorder.send_signal(signal.SIGINT)
            err = recorder.communicate(timeout=PATIENCE)[1]
        equal(f"record ({err.decode().strip()})", recorder.returncode, 0)
        return truth0, pool.truth


def told(path):
    status, out, _ = cowtop("report", "--json", path)
    return json.loads(out)["recording"]["samples"] if status == 0 else 0


@test
def story():
    """record, report, replay and diff tell the master's side"""
    need_root()
    with folder() as place:
        quiet, loud = f"{place}/quiet.ct", f"{place}/loud.ct"
        recording(quiet)
        recording(loud, write(worker=MASTER, pages=J), write(worker=1, first=J, pages=K))
        document = json.loads(cowtop("report", "--json", loud)[1])
        master, worker = document["master_loss"], document["loss"]
        equal("the master's loss in pages",
              (master["cow_broken_bytes_last"] - master["cow_broken_bytes_first"]) // PAGE, J)
        equal("a worker's loss in pages",
              (worker["cow_broken_bytes_last"] - worker["cow_broken_bytes_first"]) // PAGE, K)
        pool = document["pool"]
        equal("all copies in pages", (pool["copied_bytes_last"] - pool["copied_bytes_first"]) // PAGE, J + K)
        equal("growth of the footprint in pages",
              (pool["footprint_bytes_last"] - pool["footprint_bytes_first"]) // PAGE, J + K)
        near("faults of the master that copied", pool["master_faults"]["cow"], J, 0)
        near("faults of the worker that copied", pool["faults"]["cow"], K, 0)
        curve = document["curve"]
        equal("the curve in pages", (curve[-1]["copied_bytes"] - curve[0]["copied_bytes"]) // PAGE, J + K)

        text = cowtop("report", loud)[1]
        true("lost: the master first", re.search(r"^lost +~?\+\S+ \S+ copied by the master", text, re.M), text)
        true("its faults are told", "of the master;" in " ".join(text.split()), text)
        true("it has a chart", re.search(r"^the master: \. shared", text, re.M), text)
        true("the page has it", "<h2>The master</h2>" in cowtop("report", "--html", "-", loud)[1])

        shown = [json.loads(line) for line in cowtop("replay", "--json", loud)[1].splitlines()]
        equal("a replay's copies in pages", gained(sides(shown[-1]), sides(shown[0]), "copied_bytes"), J + K)
        csv = cowtop("replay", "--csv", loud)[1].splitlines()
        true("a row of the master", any(",master," in line for line in csv))
        true("a column of the master's copies", "master_cow_broken_bytes" in csv[0].split(","))

        half = J * PAGE // 2
        for rule, wanted in ((f"diff.copied_bytes > {half}", 3), (f"diff.master_cow_broken_bytes > {half}", 3),
                             (f"diff.cow_broken_bytes > {half}", 0)):
            status, out, err = cowtop("diff", "--fail-if", rule, quiet, loud)
            equal(f"exit status of {rule} ({err.strip()})", status, wanted)


@test
def nobody():
    """an ordinary user: the master's copies, as an estimate"""
    need_root()
    need("setpriv")
    with readable_binaries():
        for workers in (1, 2, 3):
            with Mkpool(*FILLED, *forks(workers), prefix=NOBODY) as pool:
                with Stream(pool.master, prefix=NOBODY) as stream:
                    before = sides(stream.fresh())
                    pool.do(write(worker=MASTER, pages=J))
                    until("the copies are counted", lambda: abs(
                        gained(sides(stream.fresh()), before, "master_cow_broken_bytes") - J) <= 8)
                    document = stream.fresh()
                    near("pages copied by all", gained(sides(document), before, "copied_bytes"), J, 8)
                    true("it is labelled", document["pool"]["bounds"]["copied_bytes"]["label"] != "exact")


def adds_up(row):
    parts = sum(figure(row[c]) for c in ("ORPH", "COW", "FILECOW", "NEW"))
    near(f"PRIVATE of {row}", figure(row["PRIVATE"]), parts, 0.25)


WEIGHTS = """
import mmap, os, signal, sys, tempfile
f = tempfile.NamedTemporaryFile(); f.write(os.urandom(%(pages)d * %(page)d)); f.flush()
m = mmap.mmap(f.fileno(), %(pages)d * %(page)d, access=mmap.ACCESS_COPY)
sum(m[i * %(page)d] for i in range(%(pages)d))
def write(n):
    for i in range(n): m[i * %(page)d] = (m[i * %(page)d] + 1) & 255
write(%(before)d)
r, w = os.pipe()
for k in range(2):
    if os.fork() == 0:
        write(%(after)d); os.write(w, b"x"); signal.pause()
n = 0
while n < 2: n += len(os.read(r, 2))
print("ready", flush=True)
sys.stdin.readline()
"""


def weights(before, after):
    """Pages of a file mapped privately: those that the master wrote before the fork are inherited, the others
    of what a worker writes are its own copies of the file's."""
    need_root()
    script = WEIGHTS % {"pages": 4000, "page": PAGE, "before": before, "after": after}
    process = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               start_new_session=True)
    try:
        equal("it is ready", process.stdout.readline(), b"ready\n")
        document = sample(process.pid)
        inherited = min(before, after)
        told = flag_is_told()  # else nobody can tell who of them copied
        for p in document["processes"]:
            true("it is labelled", told or p["exactness"] != "exact", p["exactness"])
            pages = p["pages"]
            if p["role"] == "worker":
                near("pages.cow_file", pages["cow_file"], after - inherited, 64)
                copied = pages["cow_broken"] + (0 if told else pages["orphaned"])
                true("copies of what was inherited", copied >= inherited, pages)
            else:
                own = pages["orphaned"] + (0 if told else pages["cow_broken"])
                true("the master's are nobody else's any more", own >= inherited, pages)
        for width in (80, 120):
            out = cowtop(process.pid, env=dict(os.environ, COLUMNS=str(width)))[1]
            table = columns(out, "PID")
            equal("rows", len(table), 3)
            for row in table:
                adds_up(row)
                if row["ROLE"] == "worker":
                    near("FILECOW", figure(row["FILECOW"]), (after - inherited) * PAGE / MiB, 0.3)
        out = cowtop("pools", env=dict(os.environ, COLUMNS="140"))[1]
        adds_up(next(r for r in columns(out, "MASTER") if r["MASTER"] == str(process.pid)))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@test
def weights_of_a_file():
    """pages of a file that workers wrote have a column, and PRIVATE adds up"""
    weights(0, 1500)


@test
def weights_written_before():
    """those that the master wrote before the fork are inherited pages"""
    weights(500, 1500)


class Redis:
    """A server whose children save slowly."""

    def __init__(self, place):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", place,
             "--rdb-key-save-delay", "1000", "--rdbcompression", "no", "--enable-debug-command", "yes",
             "--activedefrag", "no"], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def __enter__(self):
        until("redis answers", lambda: self.ask("PING").startswith("+PONG"), step=0.1)
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()

    def ask(self, *lines):
        """Replies of one line each. A child that saves inherits the connection: its end tells nothing."""
        got = b""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as s:
                s.sendall("".join(f"{line}\r\n" for line in lines).encode())
                while got.count(b"\r\n") < len(lines):
                    more = s.recv(1 << 16)
                    if not more:
                        break
                    got += more
        except OSError:
            pass
        return got.decode()

    def child(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
            return next((int(x) for x in f.read().split()), None)


@test
def redis():
    """Redis during BGSAVE: what the master copied, by the kernel's own figure of the child"""
    need_root()
    need("redis-server")
    with folder() as place, Redis(place) as server:
        if "unknown" in server.ask("DEBUG POPULATE 60000 key 1000"):
            raise Skip("this redis has no DEBUG POPULATE")
        true("it saves", "started" in server.ask("BGSAVE"))
        child = until("its child", server.child)
        with Stream(server.process.pid) as stream:
            before = stream.fresh()
            equal("the child is the worker", [p["pid"] for p in before["processes"] if p["role"] == "worker"],
                  [child])
            server.ask(*(f"SETRANGE key:{i} 0 {'y' * 900}" for i in range(20000)))
            now = stream.fresh()
            until("it rests", lambda: stream.fresh()["pool"]["copied_per_s"] == 0)
            now = stream.fresh()
            truth = rollup(child)["Private_Dirty"]
        got, was = sides(now), sides(before)
        true("much was copied", truth > 12 * MiB, truth)
        near("copied, by the child's Private_Dirty", got["copied_bytes"], truth, 0.05 * truth)
        true("by the master", got["master_cow_broken_bytes"] > 0.9 * got["copied_bytes"], got)
        grown = now["pool"]["footprint_bytes"] - before["pool"]["footprint_bytes"]
        near("growth of the footprint", got["copied_bytes"] - was["copied_bytes"], grown, 0.05 * grown)
        out = cowtop(server.process.pid)[1]
        true("the headline begins with it", re.match(r"cow-broken \S+ MiB by the master", headline(out)), out)


main()
