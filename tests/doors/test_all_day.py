#!/usr/bin/python3
"""What happens beside runs that go on: an exporter, a recorder and a stream of documents, all of one pool."""
import json
import os
import resource
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
import metrics
import records
from run import COWTOP, folder
from smallpool import SmallPool
from stage import DEADLINE, environment, SANITIZED
from tap import equal, fail, main, must_be_built, need_root, need_to_run, Skip, test, true, until
from watchers import series, Watchers

# Whoever names itself so wants a terminal, a page of metrics or a document to say something else.
HOSTILE = r"""
import ctypes, os, threading, time
def rename():
    libc, n = ctypes.CDLL(None), 0
    names = [b"a\nb 1\n", b'x"} 9\n', b"\x1b]0;t\x07", b"\xff\xfe\x80", b"\\\"{},", b") Z 1 (", b"", b"%s%n"]
    while True:
        libc.prctl(15, names[n % len(names)], 0, 0, 0)
        n += 1
        time.sleep(0.01)
threading.Thread(target=rename, daemon=True).start()
"""
# What who is hidden, or has no process table, is told.
ENDS = (0, 1, 4, 5, 6)


def prepared():
    need_root()
    must_be_built(COWTOP)


@test
def master_ends():
    """The master ends: the recording and the documents end, the exporter goes on without the pool and waits for it"""
    prepared()
    with SmallPool(2) as pool, folder() as place, Watchers(pool.master, place) as run:
        for pid in (*pool.workers, pool.master):
            os.kill(pid, signal.SIGKILL)
        until("the pool has no series", lambda: series(run.page(), "cowtop_export_missing_targets") == [1.0])
        equal("pools", series(run.page(), "cowtop_export_pools"), [0.0])
        equal("series of it", series(run.page(), "cowtop_pool_workers"), [])
        for name in ("record", "json"):
            run.started[name].wait(timeout=DEADLINE)
        documents, samples = run.stop(ENDS)
        true("documents", documents and samples)


@test
def workers_die_and_come():
    """All workers but one are killed: each says so, and the pool stays"""
    prepared()
    with SmallPool(4) as pool, folder() as place, Watchers(pool.master, place) as run:
        for pid in pool.workers[1:]:
            os.kill(pid, signal.SIGKILL)
        until("one is left", lambda: series(run.page(), "cowtop_pool_workers") == [1.0])
        run.go_on()
        documents, _ = run.stop()
        equal("workers", documents[-1]["pool"]["workers"], 1)


@test
def hostile_names():
    """A master that changes its name to hostile bytes all the time: pages, documents and recordings are whole"""
    prepared()
    with SmallPool(1, before=HOSTILE, argv0='\x1b]0;t\x07\n"} 9\n%s\udcff') as pool, folder() as place, \
            Watchers(pool.master, place) as run:
        for _ in range(10):
            run.go_on(1)
            equal("page", metrics.whole(run.page()), None)
        documents, _ = run.stop()
        said = run.page().decode() + run.said("export") + run.said("record") + run.said("json") + "".join(
            p[key] for d in documents for p in d["processes"] for key in ("command", "cmdline"))
        true("nothing to obey", not any(ord(c) < 32 and c != "\n" for c in said), said)


@test
def stopped():
    """All of the pool is stopped (SIGSTOP): looks go on and say the same"""
    prepared()
    with SmallPool(2) as pool, folder() as place, Watchers(pool.master, place) as run:
        everybody = (pool.master, *pool.workers)
        before = series(run.page(), "cowtop_process_copied_bytes")
        try:
            for pid in everybody:
                os.kill(pid, signal.SIGSTOP)
            run.go_on()
            equal("copied", series(run.page(), "cowtop_process_copied_bytes"), before)
        finally:
            for pid in everybody:
                os.kill(pid, signal.SIGCONT)
        run.go_on()
        run.stop()


@test
def few_descriptors():
    """The limit of descriptors is lowered below what is open, and raised again: no figure is wrong, all come back"""
    prepared()
    with SmallPool(2) as pool, folder() as place, Watchers(pool.master, place) as run:
        before = series(run.page(), "cowtop_process_copied_bytes")
        truth = run.documents()[0]["pool"]
        was = {}
        for name, process in run.started.items():
            was[name] = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (6, was[name][1]))
        seen = len(run.documents())
        until("looks meanwhile", lambda: len(run.documents()) > seen + 3 or run.started["json"].poll() is not None)
        for name, process in run.started.items():
            if process.poll() is None:
                resource.prlimit(process.pid, resource.RLIMIT_NOFILE, was[name])
        until("all is known again", lambda: series(run.page(), "cowtop_process_copied_bytes") == before)
        documents, _ = run.stop(ENDS)
        for document in documents:
            pages = document["pool"]["pages"]
            if pages["cow_broken"] is not None and document["pool"]["exactness"] == "exact":
                equal("copied", pages["cow_broken"], truth["pages"]["cow_broken"])


@test
def little_address_space():
    """The address space is limited: an end with one line, or all that there is"""
    if SANITIZED:
        raise Skip("a sanitizer's shadow takes more address space than is left")
    prepared()
    with SmallPool(2) as pool, folder() as place:
        for verb in (["--json"], ["export"], ["record", "-n", "2", "-i", "0.01", "-o", "{path}"], ["pools", "--json"],
                     ["stacks", "-d", "0.1"], ["doctor"]):
            for size in (8, 12, 16, 24, 32, 48, 64):
                path = f"{place}/{verb[0]}.{size}.ct"
                words = [w.format(path=path) for w in verb] + ([] if verb[0] == "pools" else [str(pool.master)])
                done = subprocess.run(["prlimit", f"--as={size << 20}", COWTOP, *words], stdin=subprocess.DEVNULL,
                                      capture_output=True, text=True, timeout=DEADLINE)
                # Below some size the loader has no room for libraries, which is told by it.
                loader = done.returncode == 127 and "shared libraries" in done.stderr
                true(f"{words} in {size} MiB: {done.returncode}: {done.stderr[-300:]}",
                     done.returncode in (0, 1, 4) or loader)
                lines = [line for line in done.stderr.splitlines() if not line.startswith("cowtop: 2 samples")]
                true(f"{words} in {size} MiB: {lines}", loader or len(lines) <= 1)


def in_proc(options, *words, seconds=DEADLINE):
    """cowtop where /proc is mounted with these options; as an ordinary user where they say nothing."""
    need_to_run("unshare", "--mount")
    script = f'mount -t proc {options} proc /proc || exit 77; exec "$@"'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=seconds, env=environment())
    if done.returncode == 77:
        raise Skip("no /proc can be mounted here")
    return done.returncode, done.stdout, done.stderr


@test
def other_procs():
    """/proc with subset=pid, with hidepid for others, or of another PID namespace: a true status and one line"""
    prepared()
    need_to_run("setpriv", "--version")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    with SmallPool(2) as pool, folder() as place:
        os.chmod(place, 0o777)
        for verb in (["--json", str(pool.master)], ["export", str(pool.master)], ["doctor", str(pool.master)],
                     ["record", "-n", "1", "-o", "{path}", str(pool.master)], ["stacks", "-d", "0.1", str(pool.master)],
                     ["why", "--watch", "0.1", str(pool.master)], ["pools", "--json"], ["export", "--all"]):
            for name, options, before in (("subset", "-o subset=pid", []), ("hidden", "-o hidepid=2", nobody)):
                words = [w.format(path=f"{place}/{name}.ct") for w in verb]
                status, out, err = in_proc(options, *before, COWTOP, *words)
                true(f"{name}: {words}: {status}: {err}", status in ENDS)
                true(f"{name}: {words}: says nobody is there: {err}", name != "subset" or status != 5)
                if status and name == "subset":
                    lines = [line for line in err.splitlines() if line.startswith("cowtop: ")]
                    true(f"{name}: {words}: {err}", len(lines) >= 1)
            done = subprocess.run(["unshare", "--pid", "--fork", "--kill-child", COWTOP, *words],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE)
            true(f"another namespace's: {words}: {done.returncode}: {done.stderr}",
                 done.returncode in (1, 4) and done.stderr.startswith("cowtop: ") and done.stderr.count("\n") == 1)


@test
def proc_is_taken_away():
    """/proc is unmounted while they run: they go on by what is open, or end with one line; nobody hangs or crashes"""
    prepared()
    need_to_run("unshare", "--mount")
    with SmallPool(2) as pool, folder() as place:
        script = f"""{COWTOP} --json -n 20 -i 0.1 {pool.master} >{place}/json.out 2>{place}/json.err & a=$!
            {COWTOP} record -n 20 -i 0.1 --fixed -o {place}/pool.ct {pool.master} 2>{place}/record.err & b=$!
            {COWTOP} stacks -d 2 {pool.master} >/dev/null 2>{place}/stacks.err & c=$!
            n=0
            until [ $(wc -l <{place}/json.out) -gt 3 ]; do n=$((n + 1)); [ $n -lt 3000 ] || exit 78; sleep 0.02; done
            umount -l /proc
            wait $a; echo $?; wait $b; echo $?; wait $c; echo $?"""
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=DEADLINE)
        statuses = [int(word) for word in done.stdout.split()]
        equal(f"all ended: {done.stderr}", len(statuses), 3)
        for name, status in zip(("json", "record", "stacks"), statuses):
            with open(f"{place}/{name}.err", encoding="utf-8", errors="replace") as file:
                err = file.read()
            true(f"{name}: {status}: {err}", status in ENDS and (status == 0 or err.startswith("cowtop: ")))
        true("samples", len(records.samples(f"{place}/pool.ct")) > 1)
        with open(f"{place}/json.out", encoding="utf-8") as file:
            if not [json.loads(line) for line in file]:
                fail("no document")


if __name__ == "__main__":
    main()
