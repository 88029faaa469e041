#!/usr/bin/python3
"""What cannot be read is not gone: fewer descriptors than processes, and each error of the kernel as itself."""
import json
import os
import re
import resource
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
import run
from run import as_both, cowtop, folder, rows, sample, spawned, through
from smallpool import PYTHON, SmallPool
from tap import equal, main, need, need_root, ROOT, test, true

SHIM = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "fault.so")
FILES = 48      # at most
WORKERS = 60
SAID = {"EMFILE": "Too many open files", "ENFILE": "Too many open files in system", "EIO": "Input/output error",
        "ENOMEM": "Cannot allocate memory"}


def few():
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


@as_both
def few_files(prefix):
    """fewer files than processes: every verb says what it says with many"""
    with SmallPool(WORKERS, prefix=prefix) as pool:
        many, less = (sample(pool.master, prefix=prefix, preexec_fn=limit) for limit in (None, few))
        equal("workers", less["pool"]["workers"], WORKERS)
        equal("level and gaps", less["accounting"]["missing"], many["accounting"]["missing"])
        for pid, p in rows(many).items():
            equal(f"pages of {pid}", rows(less)[pid]["pages"]["cow_broken"], p["pages"]["cow_broken"])
            equal(f"collector of {pid}", rows(less)[pid]["gc"], p["gc"])
        listed = json.loads(cowtop("pools", "--json", prefix=prefix, preexec_fn=few)[1])["pools"]
        equal("pools", [p["workers"] for p in listed if p["master_pid"] == pool.master], [WORKERS])
        equal("doctor", cowtop("doctor", pool.master, prefix=prefix, preexec_fn=few)[0], 0)
        status, out, err = cowtop("stacks", "--json", "-d", "0.1", pool.master, prefix=prefix, preexec_fn=few)
        said = json.loads(out)["method"]["missing"] if status == 0 else err
        true("stacks say that files were too few", "EMFILE" in json.dumps(said) or "ulimit -n" in str(said), said)


@test
def hardly_any():
    """so few files that no process can be read: that is said, whatever was asked for, and not that nobody is there"""
    def limited(most, *words):
        done = subprocess.run(["sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", run.COWTOP, *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    with SmallPool(2) as pool:
        for most in range(4, 7):    # with 3 the loader finds no library
            for words in ([], ["no-such-pool"], [str(pool.master)], ["pools"]):
                status, said = limited(most, *words)
                true(f"{most} files, {words}: {said}", "ulimit -n" in said or SAID["EMFILE"] in said)
                # a pool that was found in the table and not read is in the list, as a gap
                true(f"{most} files, {words}: exit status {status}", status == 1 or (words, status) == (["pools"], 0))


GROWS = r"""
import os, sys, time
data = [str(i) for i in range(10000)]
def add(n):
    for _ in range(n):
        if not os.fork():
            while os.getppid() == master: time.sleep(0.05)
            os._exit(0)
master = os.getpid()
add(5)
print("ready", flush=True)
sys.stdin.readline()
add(int(sys.argv[1]))
print("grown", flush=True)
sys.stdin.read()
"""


@as_both
def a_pool_that_grows(prefix):
    """a recording goes on when the pool grows beyond what files there are"""
    with folder(0o777) as place, spawned([*prefix, PYTHON, "-c", GROWS, str(WORKERS)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE) as pool:
        pool.stdout.readline()
        path = f"{place}/r.ct"
        with subprocess.Popen([*prefix, run.COWTOP, "record", "-n", "12", "-i", "0.2", "-o", path, str(pool.pid)],
                              stderr=subprocess.PIPE, preexec_fn=few) as record:
            pool.stdin.write(b"\n")
            pool.stdin.flush()
            pool.stdout.readline()
            _, err = record.communicate()
        equal(f"record: {err}", record.returncode, 0)
        status, out, _ = cowtop("replay", "--json", "-n", "100", path)
        last = json.loads(out.splitlines()[-1])
        equal("samples", (status, len(out.splitlines())), (0, 12))
        equal("workers at the end", last["pool"]["workers"], WORKERS + 5)
        pool.stdin.close()


def injected(fault, *arguments):
    need(SHIM)
    return cowtop(*arguments, env=through(SHIM, FAULT=fault))


@test
def errors_are_themselves():
    """EMFILE, ENFILE, EACCES, EIO, ENOMEM: a gap that names it, or a failure that does; nobody is gone"""
    need_root()
    with SmallPool(3) as pool:
        for pid in (pool.workers[1], pool.master):
            for error in ("EMFILE", "ENFILE", "EACCES", "EIO", "ENOMEM"):
                for name in ("pagemap", "maps", "statm", "cmdline", "mem"):
                    status, out, err = injected(f"open:{error}:{pid}/{name}", "--json", pool.master)
                    equal(f"{name} {error}: {err}", status, 0)
                    document = json.loads(out)
                    equal(f"{name} {error}: workers", document["pool"]["workers"], 3)
                    gaps = {g["what"]: g["error"] for g in document["accounting"]["missing"]}
                    true(f"{name} {error} is told", gaps.get(name) == error or (name == "mem" and "gc" in gaps), gaps)
            for error, words in SAID.items():
                for verb in (("--json", pool.master), ("pools",), ("doctor", pool.master)):
                    status, out, err = injected(f"open:{error}:{pid}/stat", *verb)
                    equal(f"stat {error} {verb[0]}: {err}", status, 1)
                    true(f"stat {error}: said", words in err and not re.search("gone|no such", err), err)


@test
def a_stranger_that_cannot_be_read():
    """the stat of a process that is not of the pool fails: every verb says what it says without that"""
    need_root()
    with SmallPool(3) as pool, spawned(["sleep", "1000"]) as stranger, folder() as place:
        for error in ("EMFILE", "EACCES", "EPERM", "EIO", "ENOMEM"):
            fault = f"read:{error}:/{stranger.pid}/stat"
            status, out, err = injected(fault, "--json", pool.master)
            equal(f"{error}: {err}", status, 0)
            document = json.loads(out)
            equal(error, (document["pool"]["workers"], document["accounting"]["missing"]), (3, []))
            status, out, err = injected(fault, "pools", "--json")
            equal(f"pools, {error}: {err}", [p["workers"] for p in json.loads(out)["pools"]
                                             if p["master_pid"] == pool.master], [3])
            equal(f"doctor, {error}", injected(fault, "doctor", pool.master)[0], 0)
            equal(f"record, {error}", injected(fault, "record", "-n", "2", "-i", "0.1", "-o", f"{place}/{error}.ct",
                                               pool.master)[0], 0)


@test
def a_worker_that_is_refused():
    """the stat of a worker is refused: it is a worker with a gap, and no sum is without it"""
    need_root()
    with SmallPool(3) as pool:
        for error in ("EACCES", "EPERM"):
            fault = f"read:{error}:/{pool.workers[1]}/stat"
            status, out, err = injected(fault, "--json", pool.master)
            equal(f"{error}: {err}", status, 0)
            document = json.loads(out)
            equal("processes", sorted(rows(document)), sorted((pool.master, *pool.workers)))
            equal("workers and footprint", (document["pool"]["workers"], document["pool"]["footprint_bytes"]),
                  (3, None))
            equal("copies", document["pool"]["pages"]["cow_broken"], None)
            equal("gap", [(g["what"], g["error"]) for g in document["accounting"]["missing"]], [("stat", error)])
            equal("faults of it", rows(document)[pool.workers[1]]["faults"]["minor"], None)
            status, _, err = injected(f"read:{error}:/{pool.master}/stat", "--json", pool.master)
            equal(f"the master: {err}", status, 4)
            equal("hidepid is named where it says so", "hidepid" in err, error == "EPERM")


@test
def reads_that_fail_in_a_walk():
    """a pagemap that fails in the midst of a walk is a gap"""
    need_root()
    with SmallPool(3) as pool:
        for error in ("EIO", "ENOMEM"):
            status, out, err = injected(f"read:{error}:{pool.workers[1]}/pagemap", "--json", pool.master)
            equal(f"{error}: {err}", status, 0)
            gaps = {g["what"]: g["error"] for g in json.loads(out)["accounting"]["missing"]}
            equal(error, (json.loads(out)["pool"]["workers"], gaps.get("pagemap")), (3, error))


main()
