#!/usr/bin/python3
"""cowtop stacks from outside: what it counts, its outputs, its ends and its errors."""
import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
import xml.dom.minidom

from smallpool import SmallPool, fails, server
from stackpool import StackPool, by_chain, need_tracepoints, row, stacks_add_up
import run
from kernel import PAGE, running
from mkpool import filled, fork, MASTER, Mkpool, new_arena, write
from run import cowtop, folder, Held, NOBODY, readable_binaries, rows, shown, Stream, watching, write_file
from tap import equal, fail, main, near, need_root, PATIENCE, ROOT, test, true, until
from profiles import check_speedscope, read_folded, read_pprof


class Watch(Held):
    """A cowtop stacks that watches while its block runs; .ended() stops it and gives its output."""

    def __init__(self, *arguments, stderr=subprocess.PIPE, prefix=()):
        self.process = subprocess.Popen([*prefix, run.COWTOP, "stacks", *map(str, arguments)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)
        try:
            until("it watches", lambda: watching(self.process.pid) or self.process.poll() is not None)
        except BaseException:
            self.process.kill()
            self.process.communicate()
            raise

    def ended(self, number=signal.SIGINT, status=0):
        """(stdout, stderr) after this signal; None: after it has ended by itself."""
        if number:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        err = (err or b"").decode("utf-8", "replace")
        if self.process.returncode != status:
            fail(f"exit {self.process.returncode}, expected {status}: {err[:600]}")
        return out, err


def watched(pool, steps, *arguments):
    """The JSON of a watch during which the pool took these steps."""
    with Watch("-d", 600, "--json", *arguments, pool.master) as watch:
        for step in steps:
            pool.do(*step)
        return json.loads(watch.ended()[0])


@contextlib.contextmanager
def ledger_of(pool, pid):
    """A function that says what the process has copied by the ledger, which keeps watching: only its
    own history tells whether worker or master has made a copy."""
    with Stream(pool.master) as stream:
        def copies():
            pages = rows(stream.fresh())[pid]["pages"]
            return pages["cow_broken"] + pages["cow_file"]
        copies()
        yield copies


def chains(every, slack):
    """Pages of each chain against the truth; reuse and first touch are in none."""
    need_tracepoints()
    with Mkpool(*filled(worker=MASTER, pages=15000), *filled(worker=MASTER, arena=1, pages=3000),
                fork(), write(worker=MASTER, arena=1, pages=3000)) as pool:
        with Watch("-d", 600, "--json", "--every", every, pool.master) as watch:
            truth = pool.do(write(worker=1, pages=8000, how="chain_a"),
                            write(worker=1, first=8000, pages=4500, how="chain_b"),
                            write(worker=1, first=12500, pages=2500, how="chain_read"),
                            write(worker=1, arena=1, pages=3000, how="chain_reuse"),
                            new_arena(worker=1, arena=2, kind="anon", pages=4000),
                            write(worker=1, arena=2, pages=4000, how="chain_first"))
            document = json.loads(watch.ended()[0])
        stacks_add_up(document)
        equal("lost", document["pool"]["lost_samples"], 0)
        wanted = {how: pages for how, pages in truth[1]["copies"].items() if pages}
        equal("the truth", wanted, {"chain_a": 8000, "chain_b": 4500, "chain_read": 2500})
        found = by_chain(document, pool.pid(1))
        equal("chains", set(found), set(wanted))
        for how, pages in wanted.items():
            near(how, found[how], pages, slack * pages)


@test
def chains_all():
    """Pages of each chain of calls within 1 %, none lost, every copy sampled"""
    chains(1, 0.01)


@test
def chains_one_in_ten():
    """Pages of each chain of calls within 5 %, one copy in ten sampled"""
    chains(10, 0.05)


@test
def roles_and_ledger():
    """Collections and reference counts by stack agree with the ledger's growth, within 5 %"""
    need_tracepoints()
    with StackPool() as pool:
        worker = pool.workers[0]
        with ledger_of(pool, worker) as copies, \
                Watch("-d", 600, "--json", "--every", 1, pool.master) as watch:
            before = copies()
            pool.do("iterate")
            after_texts = copies()
            pool.do("collect")
            after_lists = copies()
            document = json.loads(watch.ended()[0])
        stacks_add_up(document)
        texts, lists = after_texts - before, after_lists - after_texts
        true("both broke pages", min(texts, lists) > 300, (texts, lists))
        found = row(document, worker)
        near("copies", found["copied_pages"], texts + lists, 0.05 * (texts + lists))
        near("by reference counts", found["roles"]["refcount"], texts, 0.05 * texts)
        near("by the collector", found["roles"]["collector"], lists, 0.05 * lists)
        equal("lost", document["pool"]["lost_samples"], 0)


@test
def one_in_ten():
    """One stack in ten says the same within 5 % of all pages, and the sum is exact"""
    need_tracepoints()
    with StackPool(size=100000) as pool:
        worker = pool.workers[0]
        with ledger_of(pool, worker) as copies, \
                Watch("-d", 600, "--json", "--every", 10, pool.master) as watch:
            before = copies()
            pool.do("iterate")
            texts = copies() - before
            pool.do("collect")
            all_pages = copies() - before
            document = json.loads(watch.ended()[0])
        stacks_add_up(document)
        found = row(document, worker)
        near("reference counts", found["roles"]["refcount"] / found["copied_pages"],
             texts / found["copied_pages"], 0.05)
        near("copies", found["copied_pages"], all_pages, 5)
        equal("exactness", found["exactness"], "exact")


@test
def kernel_writes():
    """What the kernel writes into inherited memory for recv(2) is seen, with the stack that called"""
    need_tracepoints()
    with StackPool() as pool:
        document = watched(pool, [("receive",)], "--every", 1)
        stacks_add_up(document)
        wanted = 40000 // 100
        near("pages", row(document, pool.workers[0])["roles"]["kernel_write"], wanted, 0.05 * wanted + 2)
        stack = next(s for s in document["stacks"] if s["role"] == "kernel_write")
        true("kernel", stack["kernel"])
        names = [document["functions"][f]["label"] for f in stack["frames"]]
        true("the caller", any("recv" in name for name in names), names)


@test
def exit_storm():
    """A worker that ends is caught whole, though it is gone before the next look"""
    need_tracepoints()
    with StackPool(workers=2, size=200000) as pool:
        document = watched(pool, [("exit", 0)], "--every", 1)
        stacks_add_up(document)
        gone = row(document, pool.workers[0])
        true("it broke pages", gone["copied_pages"] > 3000, gone["copied_pages"])
        near("all in its end", gone["roles"]["exit"], gone["copied_pages"], 0.02 * gone["copied_pages"])
        equal("lost", document["pool"]["lost_samples"], 0)
        equal("unattributed", gone["unattributed_pages"], 0)


@test
def counts():
    """--count: the exact number of copies, and no stacks"""
    need_tracepoints()
    with StackPool() as pool:
        with ledger_of(pool, pool.workers[0]) as copies, \
                Watch("-d", 600, "--count", "--json", pool.master) as watch:
            before = copies()
            pool.do("iterate")
            grown = copies() - before
            document = json.loads(watch.ended()[0])
        found = row(document, pool.workers[0])
        near("copies", found["copied_pages"], grown, 5)
        equal("stacks", document["stacks"], [])
        equal("null", (found["unattributed_pages"], document["method"]["every"]), (None, None))
        with Watch("-d", 600, "--count", pool.master) as watch:
            pool.do("collect")
            text = watch.ended()[0].decode()
        true("text", "counted only" in text and "ROLE" not in text, text)


@test
def outputs_agree():
    """All outputs of one run say the same sum"""
    need_tracepoints()
    with StackPool() as pool, folder() as place:
        with Watch("-d", 600, "--json", "--every", 1, "--flamegraph", f"{place}/f.svg", "--speedscope",
                   f"{place}/s.json", "--pprof", f"{place}/p.pb.gz", pool.master) as watch:
            pool.do("iterate")
            document = json.loads(watch.ended()[0])
        pages = document["pool"]["copied_pages"]
        true("pages", pages > 300, pages)
        with open(f"{place}/s.json", encoding="utf-8") as file:
            profiles = check_speedscope(json.load(file))
        equal("speedscope", profiles["pool"]["endValue"], pages * PAGE)
        equal("its workers", sum(p["endValue"] for p in profiles.values()), 2 * pages * PAGE)
        with open(f"{place}/p.pb.gz", "rb") as file:
            profile = read_pprof(file.read())
        equal("pprof", [sum(s["values"][i] for s in profile["samples"]) for i in (0, 1)],
              [pages, pages * PAGE])
        equal("pids", {s["labels"]["pid"] for s in profile["samples"]} - {pool.master},
              {pool.workers[0]})
        titles = [t.firstChild.data for t in
                  xml.dom.minidom.parse(f"{place}/f.svg").getElementsByTagName("title")]
        true("flame graph", any(t.startswith(f"all\n{pages} pages") for t in titles), titles[:3])
        equal("nothing else is left", sorted(os.listdir(place)), ["f.svg", "p.pb.gz", "s.json"])
        equal("mode", os.stat(f"{place}/f.svg").st_mode & 0o777, 0o666 & ~current_umask())


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


@test
def folded():
    """--folded: lines that flamegraph.pl reads, whose sum is what the kernel counted"""
    need_tracepoints()
    with StackPool() as pool:
        with ledger_of(pool, pool.workers[0]) as copies, \
                Watch("-d", 600, "--folded", "--every", 1, pool.master) as watch:
            before = copies()
            pool.do("iterate")
            grown = copies() - before
            stacks = read_folded(watch.ended()[0].decode())
        near("sum, the master's too", sum(stacks.values()), grown, 30)
        true("from the root", all(s[0] in ("_start", "[truncated]", "[unattributed]") for s in stacks),
             sorted({s[0] for s in stacks}))


@test
def folded_into_a_file():
    """--folded OUT is a file, - stdout; without OUT, as scripts of before have it, it is stdout too"""
    need_tracepoints()
    with SmallPool(1) as pool, folder() as place:
        path = os.path.join(place, "out")
        for words, file, stdout in (
                (["--folded", path, pool.master], True, "text"), (["--folded=" + path, pool.master], True, "text"),
                (["--folded", "-", pool.master], False, "lines"), ([pool.master, "--folded"], False, "lines"),
                (["--folded", "-d", "0.01", pool.master], False, "lines"),
                (["--folded", "--every", "1", pool.master], False, "lines"),
                (["--folded", pool.master], False, "lines"),
                (["--folded", path, "--json", pool.master], True, "json"),
                (["--folded", "--", pool.master], False, None)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            status, out, err = cowtop("stacks", "-d", "0.02", *words)
            if stdout is None:  # a COMMAND of that name there is not
                equal(f"{words}", (status, out), (5, ""))
                continue
            equal(f"{words}", (status, err), (0, ""))
            equal(f"{words}: the file", os.path.exists(path), file)
            true(f"{words}: stdout", {"text": "copied in" in out, "json": out.startswith("{"),
                                      "lines": "copied in" not in out}[stdout], out)
        for words in (["--flamegraph"], ["--folded="]):
            equal(f"{words}", cowtop("stacks", pool.master, *words)[0] != 0, True)


@test
def manual_has_each_key():
    """cowtop-stacks(1) names each key of the JSON"""
    need_tracepoints()

    def keys(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key
                yield from keys(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from keys(inner)

    with StackPool() as pool:
        document = watched(pool, [("iterate",)], "--every", 1)
    with open(f"{ROOT}/man/cowtop-stacks.1", encoding="utf-8") as file:
        page = file.read()
    words = set(re.findall(r"\w+", page.partition("\n.SH JSON")[2].partition("\n.SH COSTS")[0]))
    words |= set(re.findall(r"\w+", page.partition("\n.SH ROLES")[2].partition("\n.SH WHAT")[0]))
    equal("missing", sorted(set(keys(document)) - words), [])


@test
def software():
    """Without privilege on one's own pool: an estimate that says what it cannot see"""
    need_root()
    with readable_binaries(), StackPool(prefix=NOBODY) as pool:
        with Watch("-d", 600, "--json", "--every", 1, pool.master, prefix=NOBODY) as watch:
            pool.do("iterate")
            document = json.loads(watch.ended()[0])
        equal("events", document["method"]["events"], "software")
        true("says what is missing", document["method"]["missing"])
        found = row(document, pool.workers[0])
        equal("exactness", found["exactness"], "estimate")
        near("every fault is a sample, or a lost one", found["samples"] + found["lost_samples"],
             found["minor_faults"], 0.1 * found["minor_faults"])
        true("reference counts", found["roles"]["refcount"] > 0.8 * found["samples"], found)
        equal("no count", found["unattributed_pages"], None)
        with Watch("-d", 600, "--every", 1, "--software", pool.master) as watch:
            pool.do("iterate")
            text = watch.ended()[0].decode()
        true("by option", "software, every fault" in text and "REUSED" in text, text)


@test
def denied():
    """Another user's pool: exit 4, and what to grant"""
    need_root()
    with readable_binaries(), SmallPool(1) as pool:
        err = fails(4, "stacks", "-d", "1", str(pool.master), prefix=NOBODY)
        true("what to grant", "CAP_" in err, err)


@test
def duration():
    """-d is how long it watches; without it and without a terminal it is 10 seconds"""
    need_root()
    with SmallPool(1) as pool:
        begin = time.monotonic()
        status, out, err = cowtop("stacks", "-d", "2s", "--json", pool.master)
        took = time.monotonic() - begin
        equal("status", (status, err), (0, ""))
        elapsed = json.loads(out)["elapsed_s"]
        # Two seconds, and how late a busy machine wakes it up.
        true("seconds", 1.99 < elapsed < min(3.5, took), (elapsed, took))
        status, out, err = cowtop("stacks", "--count", "--json", pool.master)
        elapsed = json.loads(out)["elapsed_s"]
        true("unattended", 9.99 < elapsed < 12, elapsed)


@test
def signals():
    """SIGINT, SIGTERM and SIGHUP end the watch, which then writes what it has"""
    need_root()
    with SmallPool(1) as pool:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with Watch("-d", 600, pool.master) as watch:
                out, err = watch.ended(number)
                equal(f"signal {number}", (out.splitlines()[0].split(b":")[0], err), (b"python3", ""))


@test
def master_ends():
    """A master that ends, ends the watch: exit 0, what there is, and a line that says so"""
    need_tracepoints()
    with StackPool() as pool:
        with Watch("-d", 600, "--json", "--every", 1, pool.master) as watch:
            pool.do("iterate")
            pool.end()
            out, err = watch.ended(None)
        equal("stderr", err, f"cowtop: process {pool.master} is gone\n")
        true("what it did", row(json.loads(out), pool.workers[0])["copied_pages"] > 300)


@test
def new_workers():
    """A worker that is forked during the watch is in it"""
    need_tracepoints()
    program = ("import os, signal, sys\ndata = ['%d' % n for n in range(100000)]\n"
               "first = os.fork()\n"
               "if first == 0: signal.pause()\n"
               "print(os.getpid(), flush=True)\nsys.stdin.readline()\n"
               "pid = os.fork()\n"
               "if pid == 0:\n"
               "    for text in data: pass\n"
               "    os._exit(0)\n"
               "os.waitpid(pid, 0)\nprint(pid, flush=True)\nsys.stdin.read()\n")
    for every in (1, 10):
        with run.spawned(["/usr/bin/python3", "-c", program], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE) as pool:
            master = int(pool.stdout.readline())
            with Watch("-d", 600, "--json", "--every", every, master) as watch:
                pool.stdin.write(b"go\n")
                pool.stdin.flush()
                late = int(pool.stdout.readline())
                document = json.loads(watch.ended()[0])
        found = row(document, late)
        true("its pages", found["copied_pages"] > 1000, found)
        true("by stack", found["pages"]["copied"] > 0.99 * found["copied_pages"], found)
        # It has one counter with its master.
        equal("exactness", [p["exactness"] for p in document["processes"] if p["pid"] in (master, late)],
              ["exact" if every == 1 else "estimate"] * 2)
        equal("of the pool", document["pool"]["exactness"], "exact")


@test
def command():
    """-- COMMAND starts a pool, watches it, and stops it"""
    need_root()
    status, out, err = cowtop("stacks", "-d", "0.3", "--json", "--", *server())
    equal("status", (status, err), (0, ""))
    document = json.loads(out)
    equal("workers", [p["role"] for p in document["processes"]], ["master", "worker", "worker"])
    until("all have gone", lambda: not any(running(p["pid"]) for p in document["processes"]))


@test
def progress():
    """On a terminal a line tells how long it has watched, and goes away at the end"""
    need_root()
    ours, theirs = pty.openpty()
    said = b""

    def more():
        nonlocal said
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while select.select([ours], [], [], 0)[0]:
                said += os.read(ours, 4096)
        return b"ends it" in said
    with SmallPool(1) as pool, Watch("-d", 600, "--folded", "-", pool.master, stderr=theirs) as watch:
        until("it tells", more)
        watch.ended()
        more()
        os.close(theirs)
    os.close(ours)
    true("told", re.search(rb"watching 2 processes: \d+s of 10m00s, 0 stacks; Ctrl-C ends it", said), said)
    equal("what is left of it on the screen", shown(said).strip(), b"")


@test
def hostile_name():
    """A process's name does nothing to a terminal, a browser or a parser"""
    need_tracepoints()
    with StackPool(name="\033[2J\n</title>&") as pool, folder() as place:
        with Watch("-d", 600, "--every", 1, "--flamegraph", f"{place}/f.svg", "--speedscope",
                   f"{place}/s.json", pool.master) as watch:
            pool.do("iterate")
            out, _ = watch.ended()
        true("cleaned", b"\033" not in out and out.startswith(rb"\x1b[2J\n</title>"), out[:80])
        title = xml.dom.minidom.parse(f"{place}/f.svg").getElementsByTagName("title")[0]
        true("title", title.firstChild.data.startswith(r"\x1b[2J\n</title>&"), title.toxml())
        with open(f"{place}/s.json", encoding="utf-8") as file:
            check_speedscope(json.load(file))


@test
def files():
    """An output that cannot be written is told at once; one that was there stays until the new one is whole"""
    need_root()
    with SmallPool(1) as pool, folder() as place:
        # At once: a watch of an hour is never over in time.
        err = fails(1, "stacks", "-d", "1h", "--flamegraph", f"{place}/none/f.svg", str(pool.master))
        true("which", "none/f.svg: No such file or directory" in err, err)
        kept = write_file(f"{place}/kept.svg", "old")
        with Watch("-d", 600, "--flamegraph", kept, pool.master) as watch:
            with open(kept, encoding="utf-8") as file:
                equal("during the watch", file.read(), "old")
            watch.ended()
        with open(kept, encoding="utf-8") as file:
            true("then", file.read().startswith("<?xml"))
        os.symlink(kept, f"{place}/link.svg")
        equal("status", cowtop("stacks", "-d", "0.05", "--flamegraph", f"{place}/link.svg",
                               pool.master)[0], 0)
        true("a link stays one", os.path.islink(f"{place}/link.svg"))
        fails(1, "stacks", "-d", "0.05", "--folded", "--pprof", "/dev/full", str(pool.master))
        equal("nothing is left", sorted(os.listdir(place)), ["kept.svg", "link.svg"])
        status, out, _ = cowtop("stacks", "-d", "0.05", "--flamegraph", "-", pool.master)
        equal("stdout is the picture", (status, out[:5], out[-7:]), (0, "<?xml", "</svg>\n"))


@test
def full_disk():
    """A standard output that is full: exit 1 for every form"""
    need_root()
    with SmallPool(1) as pool, open("/dev/full", "wb", buffering=0) as full:
        for words in ([], ["--json"], ["--flamegraph", "-"], ["--speedscope", "-"], ["--pprof", "-"]):
            done = subprocess.run([run.COWTOP, "stacks", "-d", "0.02", *words, str(pool.master)],
                                  stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                                  timeout=PATIENCE)
            equal(f"{words}", (done.returncode, done.stderr),
                  (1, b"cowtop: cannot write standard output: No space left on device\n"))


@test
def usage():
    """Options that are wrong, or contradict each other: exit 2"""
    for words in (["--every", "0"], ["--every", "x"], ["--stack-bytes", "100"], ["--top", "0"],
                  ["--stack-bytes", "8191"], ["--stack-bytes", "65536"], ["-d", "0"], ["-d", "x"],
                  ["--json", "--folded"], ["--json", "--pprof", "-"], ["--top", "3", "--folded"],
                  ["--flamegraph", "-", "--speedscope", "-"], ["--count", "--every", "3"],
                  ["--count", "--folded"], ["--count", "--folded", "f.txt"],
                  ["--top", "3", "--folded", "-"],
                  ["--folded", "f.out", "--pprof", "f.out"], ["--json", "--folded", "-"],
                  ["--count", "--flamegraph", "f.svg"], ["1", "2"],
                  ["--flamegraph", "f.out", "--pprof", "f.out"]):
        fails(2, "stacks", *words)


@test
def too_few_files():
    """No file left for rings or events: exit 4 and what to raise"""
    need_root()
    with SmallPool(1) as pool:
        for most in range(7, 12):
            done = subprocess.run(["sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", run.COWTOP,
                                   "stacks", "-d", "0.05", str(pool.master)],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
            equal(f"{most} files", (done.returncode, b"ulimit -n" in done.stderr), (4, True))


@test
def no_target():
    """No such process: exit 5; no pool: exit 6; neither leaves a file"""
    need_root()
    with folder() as place:
        fails(5, "stacks", "--flamegraph", f"{place}/f.svg", "4194000")
        fails(6, "stacks", "--flamegraph", f"{place}/f.svg", str(os.getpid()))
        equal("files", os.listdir(place), [])


main()
