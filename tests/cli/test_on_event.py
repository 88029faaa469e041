#!/usr/bin/python3
"""cowtop record --on-event: a command is told events while the recording goes on."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from recorder import Recorder, has
from kernel import running
from mkpool import fork, leave, Mkpool
from records import samples
from run import cowtop, folder, NOBODY, readable_binaries
from tap import equal, main, need, need_root, test, true, until


def told(path):
    """The objects that a command has put there, one a line."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.endswith("\n")]


@test
def one_object_an_event():
    """An event is one JSON object on the standard input, as in events[], with the pool's name and its master"""
    with folder() as place, Mkpool(fork(), fork()) as pool:
        out = f"{place}/events"
        with Recorder("-o", f"{place}/a.ct", "-i", "0.05", "--on-event", f"cat >> {out}", pool.master) as r:
            has(f"{place}/a.ct", 2)
            pid = pool.truth[2]["pid"]
            pool.do(leave(worker=2))
            until("the exit is told", lambda: [e for e in told(out) if e["type"] == "worker_exited"])
            equal("end", r.ended(signal.SIGINT)[0], 0)
        event = [e for e in told(out) if e["type"] == "worker_exited"][0]
        equal("who", (event["schema"], event["pid"], event["pool"]["master_pid"], event["pool"]["command"]),
              ("cowtop.event/1", pid, pool.master, "mkpool"))
        # as in the document of a sample
        status, text, _ = cowtop("replay", "--json", f"{place}/a.ct")
        equal("replay", status, 0)
        events = [e for line in text.splitlines() for e in json.loads(line)["events"]
                  if e["type"] == "worker_exited"]
        equal("events of that type", len(events), 1)
        equal("the event", {key: event[key] for key in events[0]}, events[0])


@test
def the_rest_at_the_end():
    """A recording whose time is over tells what is queued first"""
    with folder() as place, Mkpool(fork(), fork()) as pool:
        out = f"{place}/events"
        with Recorder("-o", f"{place}/a.ct", "-i", "0.05", "-d", "1s", "--on-event",
                      f"sleep 0.1; cat >> {out}", pool.master) as r:
            has(f"{place}/a.ct", 2)
            pool.do(leave(worker=1), leave(worker=2))
            equal("end", r.ended()[0], 0)
        equal("events", sorted(e["type"] for e in told(out))[-2:], ["worker_exited"] * 2)


@test
def one_at_a_time():
    """One command runs at a time; sampling does not wait for it, and it is killed at the end"""
    with folder() as place, Mkpool(fork(), fork()) as pool:
        pids = f"{place}/pids"
        with Recorder("-o", f"{place}/a.ct", "-i", "0.02", "--fixed", "--on-event",
                      f"echo $$ >> {pids}; exec sleep 600", pool.master) as r:
            has(f"{place}/a.ct", 2)
            pool.do(leave(worker=1), leave(worker=2))
            until("it runs", lambda: os.path.exists(pids))
            until("its pid is there", lambda: os.path.getsize(pids))
            has(f"{place}/a.ct", len(samples(f"{place}/a.ct")) + 10)
            with open(pids, encoding="utf-8") as f:
                found = [int(line) for line in f]
            equal("commands", len(found), 1)
            true("it still runs", running(found[0]))
            equal("end", r.ended(signal.SIGINT)[0], 0)
        until("it has ended", lambda: not running(found[0]))


@test
def too_long():
    """A command that takes longer than its limit is killed with what it has started, and the next one runs; the
    limit is said once"""
    with folder() as place, Mkpool(fork(), fork(), fork()) as pool:
        pids = f"{place}/pids"
        with Recorder("-o", f"{place}/a.ct", "-i", "0.05", "--on-event",
                      f"sleep 600 & echo $! >> {pids}; wait", pool.master) as r:
            has(f"{place}/a.ct", 2)
            pool.do(leave(worker=1), leave(worker=2), leave(worker=3))

            def lines():
                if not os.path.exists(pids):
                    return []
                with open(pids, encoding="utf-8") as f:
                    return [int(line) for line in f if line.endswith("\n")]
            until("a third", lambda: len(lines()) >= 3)
            true("the first ones have ended", not any(running(pid) for pid in lines()[:2]))
            status, err = r.ended(signal.SIGINT)
        equal("end", status, 0)
        equal(f"said: {err}", err.count("--on-event: killed after 10 s: sleep 600"), 1)


@test
def failures():
    """A command that fails is said once, and is no failure of the recording"""
    with folder() as place, Mkpool(fork(), fork(), fork()) as pool:
        runs = f"{place}/runs"
        with Recorder("-o", f"{place}/a.ct", "-i", "0.05", "--on-event",
                      f"echo >> {runs}; exit 7", pool.master) as r:
            has(f"{place}/a.ct", 2)
            pool.do(leave(worker=1), leave(worker=2), leave(worker=3))
            until("three", lambda: os.path.exists(runs) and os.path.getsize(runs) >= 3)
            status, err = r.ended(signal.SIGINT)
        equal("end", status, 0)
        equal(f"said: {err}", err.count("--on-event: ended with status 7: echo"), 1)


@test
def rights():
    """The command has no more capabilities than the recorder has kept, and no exec gives it others"""
    need_root()
    with folder() as place, Mkpool(fork()) as pool:
        out = f"{place}/status"
        with Recorder("-o", f"{place}/a.ct", "-i", "0.05", "--on-event", f"cp /proc/self/status {out}",
                      pool.master) as r:
            has(f"{place}/a.ct", 2)
            with open(f"/proc/{r.process.pid}/status", encoding="utf-8") as f:
                recorder = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
            pool.do(leave(worker=1))
            until("it has run", lambda: os.path.exists(out) and "nonvoluntary" in read_text(out))
            equal("end", r.ended(signal.SIGINT)[0], 0)
        command = dict(line.split(":\t", 1) for line in read_text(out).splitlines() if ":\t" in line)
        # the bounding set gives nobody anything without an exec that may add to what is permitted
        for key, bound in (("CapPrm", "CapPrm"), ("CapEff", "CapPrm"), ("CapBnd", "CapBnd")):
            equal(f"{key} beyond the recorder's", int(command[key], 16) & ~int(recorder[bound], 16), 0)
        equal("NoNewPrivs", command["NoNewPrivs"], "1")


@test
def ambient():
    """Of capabilities that a unit has given the recorder (AmbientCapabilities=) the command has none"""
    need("setpriv")
    need_root()
    some = "-all,+sys_ptrace,+sys_admin,+dac_read_search"
    given = (*NOBODY, f"--inh-caps={some}", f"--ambient-caps={some}", f"--bounding-set={some}")
    with readable_binaries(), folder(mode=0o777) as place, Mkpool(fork()) as pool:
        out = f"{place}/status"
        with Recorder("-o", f"{place}/a.ct", "-i", "0.05", "--on-event", f"cat /proc/self/status > {out}", pool.master,
                      prefix=given) as r:
            has(f"{place}/a.ct", 2)
            pool.do(leave(worker=1))
            until("it has run", lambda: os.path.exists(out) and "nonvoluntary" in read_text(out))
            equal("end", r.ended(signal.SIGINT)[0], 0)
        command = dict(line.split(":\t", 1) for line in read_text(out).splitlines() if ":\t" in line)
        equal("user", command["Uid"].split()[0], "65534")
        for key in ("CapPrm", "CapEff", "CapAmb"):
            equal(key, int(command[key], 16), 0)


@test
def left_behind():
    """What a command starts in a session of its own is not waited for, and holds nobody up"""
    with folder() as place, Mkpool(fork(), fork(), fork()) as pool:
        pids = f"{place}/pids"
        with Recorder("-o", f"{place}/a.ct", "-i", "0.05", "--on-event",
                      f"setsid sh -c 'echo $$ >> {pids}; exec sleep 600' > /dev/null 2>&1 & cat > /dev/null; "
                      f"until grep -qx $! {pids}; do sleep 0.02; done 2> /dev/null",
                      pool.master) as r:
            has(f"{place}/a.ct", 2)
            pool.do(leave(worker=1), leave(worker=2), leave(worker=3))
            until("three", lambda: os.path.exists(pids) and read_text(pids).count("\n") >= 3)
            status, err = r.ended(signal.SIGINT)
        found = [int(pid) for pid in read_text(pids).split()]
        try:
            equal(f"end: {err}", status, 0)
            equal("said", err.count("--on-event"), 0)
            true("they live", all(map(running, found)))
        finally:
            for pid in found:
                os.kill(pid, signal.SIGKILL)


@test
def of_every_pool():
    """With --all the events of every pool are told, one behind the other, and each says which pool it is of"""
    with folder() as place, Mkpool(fork(), fork()) as first, Mkpool(fork(), fork()) as second:
        out = f"{place}/events"
        with Recorder("--all", f"{place}/d", "-i", "0.05", "--on-event", f"cat >> {out}") as r:
            for pool in (first, second):
                has(f"{place}/d/mkpool-{pool.master}.ct", 2)
            gone = {(pool.master, pool.truth[1]["pid"]) for pool in (first, second)}
            for pool in (first, second):
                pool.do(leave(worker=1))
            until("both are told", lambda: gone <= {
                (e["pool"]["master_pid"], e["pid"]) for e in told(out) if e["type"] == "worker_exited"})
            equal("end", r.ended(signal.SIGINT)[0], 0)


def read_text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


@test
def rate():
    """Ten commands may start at once, and then one a second; nothing is lost"""
    with folder() as place, Mkpool(*[fork() for _ in range(13)]) as pool:
        out = f"{place}/events"
        stamp = f"date +%s.%N >> {out}"
        with Recorder("-o", f"{place}/a.ct", "-i", "0.05", "--on-event", stamp, pool.master) as r:
            has(f"{place}/a.ct", 2)
            pool.do(*[leave(worker=n) for n in range(1, 14)])

            def times():
                if not os.path.exists(out):
                    return []
                with open(out, encoding="utf-8") as f:
                    return [float(line) for line in f if line.endswith("\n")]
            until("13", lambda: len(times()) >= 13)
            equal("end", r.ended(signal.SIGINT)[0], 0)
        found = times()
        true("the last ones have waited", found[12] - found[0] > 2, found)


main()
