#!/usr/bin/python3
"""Which pool a name means: supervisors, generations of one server, and names that only resemble it."""
import contextlib
import json
import os
import signal
import subprocess
import tempfile

from namedpool import Named
from smallpool import PYTHON, SmallPool, fails
from kernel import running
from run import COWTOP, cowtop
from tap import equal, main, PATIENCE, test, true, until


def found(name):
    """(pool.master_pid, stderr)"""
    status, out, err = cowtop("--json", name)
    equal(f"status for {name}: {err}", status, 0)
    return json.loads(out)["pool"]["master_pid"], err


def word():
    return f"cowtest{os.getpid()}"


@test
def supervised_pools():
    """Two pools below a supervisor and its helper, all of one name: those two are listed, not the supervisor"""
    # The supervisor, its forked helper, and two masters with a worker each below the helper.
    with Named("supervisor", 6) as n:
        helper, = n.children(n.first.pid)
        masters = n.children(helper)
        said = fails(2, n.name)
        equal("masters", [f" {m} (" in said for m in masters], [True, True])
        true("no word of the supervisor", f" {n.first.pid} (" not in said, said)
        true("workers and memory", said.count("1 worker, RSS ") == 2, said)
        # The supervisor has no pool of its own to hide, and is still there by its pid.
        equal("by pid", json.loads(cowtop("--json", n.first.pid)[1])["pool"]["master_pid"], n.first.pid)
        worker, = n.children(masters[0])
        n.tell(worker, "end")
        n.tell(masters[0], "end")
        master, said = found(n.name)
        equal("the only one", master, masters[1])
        true("and whom it passed", f"{n.first.pid} (" in said and "no workers of its own" in said, said)


@test
def generations():
    """Two generations of a server: both are listed, the newest first; who serves alone is taken"""
    with Named("server", 2) as n:
        old = n.first.pid
        old_worker, = n.children(old)
        n.tell(old, "exec generation")
        n.wait(4)
        new, = [p for p in n.children(old) if p != old_worker]
        said = fails(2, n.name)
        true("generations", "2 generations" in said, said)
        true("the newest first", 0 < said.find(f" {new} (") < said.find(f" {old} ("), said)
        # The old worker only finishes what it has begun: its master would start others, it takes nothing new.
        n.tell(old_worker, "close")
        master, said = found(n.name)
        equal("who takes connections", master, new)
        true("the other one is named", f"{old} is another generation" in said, said)
        n.tell(old_worker, "end")
        master, said = found(n.name)
        equal("who has workers", master, new)
        true("the other one is named", f"{old} (" in said and "no workers of its own" in said, said)
        n.tell(old, "end")
        equal("who is left", found(n.name), (new, ""))


@test
def new_generation_that_fails():
    """The new generation's workers have gone: the old one is taken"""
    with Named("server", 2) as n:
        old_worker, = n.children(n.first.pid)
        n.tell(n.first.pid, "exec generation")
        n.wait(4)
        new, = [p for p in n.children(n.first.pid) if p != old_worker]
        worker, = n.children(new)
        n.tell(worker, "end")
        equal("master", found(n.name)[0], n.first.pid)


@test
def two_servers():
    """Two pools that share no socket are no generations"""
    name = word() + "b"
    with SmallPool(1, argv0=f"{name}: master"), SmallPool(2, argv0=f"{name}: master"):
        said = fails(2, name)
        true("pools", f"2 pools go by '{name}'" in said, said)


@test
def resembling_names():
    """Titles as servers have them, found by what people type"""
    at = word()
    for title, names in ((f"{at}-1.27.4: Forked 5108 at 1293311340", (at,)),
                         (f"{at}-pool-master[app]: managing [12, 13]", (f"{at}-pool-master", f"{at}-pool", at)),
                         (f"{at}swarm, managing 2 processes", (f"{at}swarm",)),
                         (f"{at.title()} AppPreloader: /srv/app", (at.title(), at)),
                         (f"{at}_rails master -c u.rb", (f"{at}_rails", at)),
                         (f"({at}:shop)        -k start", (at,)),
                         (f"/opt/{at}/bin/{at} -x", (at,))):
        with SmallPool(1, argv0=title) as pool:
            for name in names:
                equal(f"{name} for {title}", found(name), (pool.master, ""))
            fails(5, at[:-1] + "~")


@test
def exact_before_almost():
    """A name that is exactly that of one pool does not mean the one that only begins so"""
    at = word()
    with SmallPool(1, argv0=f"{at}_rails master"), SmallPool(1, argv0=f"{at} master") as pool:
        equal("master", found(at), (pool.master, ""))


@test
def none_is_a_pool():
    """Several processes of a name, none of them a pool: each is named and judged"""
    name = word() + "n"
    with SmallPool(0, argv0=f"{name}: a") as a, SmallPool(0, argv0=f"{name}: b") as b:
        said = fails(6, name)
        equal("both", [f" {p.master} ({name}" in said for p in (a, b)], [True, True])
        equal("why", said.count("has no child process"), 2)
        with SmallPool(1, argv0=f"{name}: c") as pool:
            equal("the one that is", found(name), (pool.master, ""))


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(word) for word in f.read().split()]


def has_child(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return bool(children(pid))
    return False


# ---- a recording over a change of generations

def masters(path):
    """Whose samples a recording has, in order."""
    status, out, _ = cowtop("replay", "--json", path)
    found = []
    for line in out.splitlines() if status == 0 else []:
        pid = json.loads(line)["pool"]["master_pid"]
        if pid not in found[-1:]:
            found.append(pid)
    return found


@contextlib.contextmanager
def recording(*target):
    """(path, cowtop that records; it has begun)."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "r.ct")
        process = subprocess.Popen([COWTOP, "record", "-o", path, "-i", "0.1", *map(str, target)],
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            until("there is a sample", lambda: masters(path))
            yield path, process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()


def ended(process):
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    equal(f"status: {err}", process.returncode, 0)
    return err.decode()


@test
def recorded_over_an_upgrade():
    """record NAME goes on with the next generation when the old one's workers leave, or its master"""
    with Named("server", 2) as n, recording(n.name) as (path, process):
        old = n.first.pid
        worker, = n.children(old)
        n.tell(old, "exec generation")
        n.wait(4)
        second, = [p for p in n.children(old) if p != worker]
        n.tell(worker, "end")
        until("the second one is recorded", lambda: masters(path) == [old, second])
        n.tell(second, "exec generation")
        n.wait(5)
        third, = [p for p in n.children(second) if n.children(p)]
        n.tell(second, "end")
        until("the third one is recorded", lambda: masters(path)[-1] == third)
        true("in order", [pid for pid in masters(path) if pid] == [old, second, third], masters(path))
        said = ended(process)
        true("said", f"{old} has no workers any more: going on with {second}" in said and
             f"{second} is gone: going on with {third}" in said, said)
        equal("report", cowtop("report", path)[0], 0)


@test
def recorded_by_pid():
    """record PID ends with that process and its workers: a pid means no other pool"""
    with Named("server", 2) as n, recording(n.first.pid) as (path, process):
        old = n.first.pid
        worker, = n.children(old)
        n.tell(old, "exec generation")
        n.wait(4)
        n.tell(worker, "end")
        n.tell(old, "end")
        _, err = process.communicate(timeout=PATIENCE)
        equal("status", process.returncode, 0)
        true("why", f"process {old} is gone" in err.decode(), err)
        equal("masters", masters(path), [old])


@test
def command_that_hands_over():
    """record -- COMMAND goes on with the pool that the first one left behind, and stops it"""
    program = ("import os, signal, subprocess, sys, time\n"
               "signal.alarm(240)\n"
               "pid = os.fork()\n"
               "if pid == 0 or not sys.argv[1]: signal.pause()\n"
               "while not os.path.exists(sys.argv[1]): time.sleep(0.05)\n"
               "line = open('/proc/self/cmdline').read().split('\\0')[2]\n"
               "subprocess.Popen([sys.executable, '-c', line, ''])\n"
               "while not os.path.exists(sys.argv[1] + '2'): time.sleep(0.05)\n"
               "os.kill(pid, 9)\n")
    with tempfile.TemporaryDirectory() as folder, \
            recording("--", PYTHON, "-c", program, folder + "/mark") as (path, process):
        first, = masters(path)
        open(folder + "/mark", "w", encoding="ascii").close()
        until("it has started the second pool", lambda: any(has_child(pid) for pid in children(first)))
        open(folder + "/mark2", "w", encoding="ascii").close()
        until("the second pool is recorded", lambda: len(masters(path)) == 2)
        said = ended(process)
        first, second = masters(path)
        true("said", f"{first} is gone: going on with {second}" in said or
             f"{first} has no workers any more: going on with {second}" in said, said)
        until("it was stopped", lambda: not running(second))


if __name__ == "__main__":
    main()
