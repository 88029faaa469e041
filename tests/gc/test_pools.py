#!/usr/bin/python3
"""Collectors in real pools: settings, groups, events, findings, and what they do to the sharing."""
import contextlib
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "tui")]
from pools import copy, first, gunicorn, MIB, SERVERS, uwsgi, WORKERS
from kernel import running
from run import cowtop, folder, NOBODY, readable_binaries, rows, sample, spawned, Stream, write_file
from tap import (add_test, equal, fail, Failed, main, near, need, need_root, need_writable, PATIENCE, Skip, test,
                 true, until)
from screen import Screen

DEFAULT, ZERO = [700, 10, 10], [0, 10, 10]
# What a worker copies for its own requests, and less than what a collection of everything copies.
LITTLE, MUCH = 8 * MIB, 20 * MIB


class Expect:
    """A variant: the settings that its master and its workers have, and the finding about them."""

    def __init__(self, master, worker, finding=None, frozen=False, collects=False):
        self.master, self.worker, self.finding = master, worker, finding
        self.frozen, self.collects = frozen, collects


VARIANTS = {
    "default": Expect((True, DEFAULT), (True, DEFAULT), "never_frozen", collects=True),
    "disable": Expect((False, DEFAULT), (False, DEFAULT)),
    "threshold0": Expect((True, ZERO), (True, ZERO)),
    "freeze": Expect((True, ZERO), (True, DEFAULT), frozen=True),
    "rogue": Expect((False, DEFAULT), (False, DEFAULT)),
}
# A command for one worker, the event that it is, and the finding that follows.
CHANGES = {
    "default": ("gc.set_threshold(0)", "gc disabled: thresholds 700,10,10 -> 0,10,10", "never_frozen"),
    "disable": ("gc.set_threshold(500, 5, 5)", "gc thresholds 700,10,10 -> 500,5,5", None),
    "threshold0": ("gc.set_threshold(700, 10, 10)", "gc enabled: thresholds 0,10,10 -> 700,10,10",
                   "thresholds_differ"),
    "freeze": ("gc.unfreeze()", "gc unfroze", "thresholds_differ"),
    "rogue": ("gc.enable()", "gc enabled: thresholds 700,10,10", "reenabled"),
}


class Watch(Stream):
    """A running cowtop, with all events so far."""

    def __init__(self, pid, interval=0.1, **more):
        super().__init__(pid, interval, **more)
        self.events = []

    def next(self, seconds=PATIENCE):
        document = super().next(seconds)
        if document:
            self.events += document["events"]
        return document

    def event(self, kind, pid, text=""):
        """The first event of this kind with this text, as soon as it is there."""
        def seen():
            self.fresh()
            return next((e for e in self.events
                         if (e["type"], e["pid"]) == (kind, pid) and text in e["text"]), None)
        try:
            return until("event", seen, step=0)
        except Failed:
            fail(f"no event {kind} '{text}' of {pid}; there were: "
                 f"{[(e['type'], e['pid'], e['text']) for e in self.events]}")

    def rest(self):
        """A document of a pool that has nothing to do."""
        def still():
            document = self.fresh()
            rate = document["pool"]["faults"]["minor_per_s"]
            return document if rate is not None and rate < 50 else None
        return until("the pool rests", still, step=0)


def settings(p):
    return p["gc"]["enabled"], p["gc"]["thresholds"]


def check_reading(p, said):
    """What was read, against what the process says itself."""
    gc = p["gc"]
    equal(f"{p['role']}: runtime", gc["runtime"], "cpython")
    equal(f"{p['role']}: version", gc["version"], sys.version.split()[0])
    equal(f"{p['role']}: enabled, thresholds", settings(p), (said["enabled"], said["thresholds"]))
    equal(f"{p['role']}: counts", gc["counts"][1:], said["counts"][1:])
    equal(f"{p['role']}: full collections", gc["collections"][2], said["collections"][2])
    near(f"{p['role']}: frozen", gc["frozen"], said["frozen"], 2)
    equal(f"{p['role']}: gaps", [u for u in p["unreadable"] if u["what"] == "gc"], [])


def check_settings(server, pids, expect):
    """The documents of a pool at rest: its settings, its one group, its finding."""
    said = {pid: server.ask(pid) for pid in pids}
    document = sample(server.master)
    got = rows(document)
    equal("master", settings(got[server.master]), expect.master)
    for pid in pids:
        equal("worker", settings(got[pid]), expect.worker)
        check_reading(got[pid], said[pid])
        equal("any_frozen", got[pid]["gc"]["any_frozen"], expect.frozen)
    groups = document["pool"]["gc_groups"]
    equal("groups", [(g["runtime"], g["enabled"], g["thresholds"], g["frozen"], sorted(g["pids"]))
                     for g in groups], [("cpython", *expect.worker, expect.frozen, pids)])
    equal("findings", kinds(document), [expect.finding] if expect.finding else [])


def kinds(document):
    """Of the findings about collectors: one worker is given more to do than the other."""
    return [f["kind"] for f in document["pool"]["findings"] if f["kind"] not in ("workers_differ", "growth")]


def copied(document, pid):
    return rows(document)[pid]["cow_broken_bytes"]


def check_load(server, watch, pids, expect):
    """The same load in every variant: it makes a collector that is on walk everything."""
    before = watch.rest()
    for pid in pids:
        server.ask(pid, "serve(30)")
    server.ask(pids[0], "grow(120000)")
    after = watch.rest()
    grown = {pid: copied(after, pid) - copied(before, pid) for pid in pids}
    true("requests alone break little", grown[pids[1]] < LITTLE, grown)
    if not expect.collects:
        true("without the collector the preloaded memory stays shared", grown[pids[0]] < LITTLE, grown)
        true("and more than before the load is new",
             rows(after)[pids[0]]["pages"]["new"] > rows(before)[pids[0]]["pages"]["new"])
        return
    true("a full collection breaks it", MUCH < grown[pids[0]] < 50 * MIB, grown)
    event = watch.event("gc_collected", pids[0])
    near("its copies", event["cow_bytes"], grown[pids[0]], LITTLE)
    group = watch.fresh()["pool"]["gc_groups"][0]
    true("collections of the group", group["full_collections"] >= 1, group)
    true("bytes per collection", group["bytes_per_full_collection"] * group["full_collections"] >=
         event["cow_bytes"], group)


def check_change(server, watch, pids, mode):
    """One worker changes its settings: an event, a group of its own, a finding."""
    command, text, finding = CHANGES[mode]
    before = watch.rest()
    said = server.ask(pids[1], command)
    event = watch.event("gc_settings_changed", pids[1], text)
    true("the event names the worker", "worker" in event["text"], event)
    document = watch.rest()
    groups = document["pool"]["gc_groups"]
    equal("groups", sorted(g["pids"] for g in groups), [[pids[0]], [pids[1]]])
    mine = next(g for g in groups if g["pids"] == [pids[1]])
    equal("its group", (mine["enabled"], mine["thresholds"]), (said["enabled"], said["thresholds"]))
    equal("findings", kinds(document), [finding] if finding else [])
    if mode not in ("rogue", "threshold0"):
        return
    # its collector was off all the time: the first collection walks everything
    server.ask(pids[1], "serve(10)")
    server.ask(pids[1], "grow(120000)")
    document = watch.rest()
    grown = copied(document, pids[1]) - copied(before, pids[1])
    true("the step", grown > MUCH, grown)
    found = next(f for f in document["pool"]["findings"] if f["kind"] == finding)
    equal("the finding's figure", (found["pid"], found["value"]),
          (pids[1], rows(document)[pids[1]]["cow_broken_bytes"]))
    groups = {g["pids"][0]: g for g in document["pool"]["gc_groups"]}
    true("side by side", groups[pids[1]]["cow_broken_bytes_mean"] >
         groups[pids[0]]["cow_broken_bytes_mean"] + MUCH, groups)


def variant(name, mode):
    def run():
        need_root()
        with SERVERS[name](mode) as server:
            pids = server.workers()
            check_settings(server, pids, VARIANTS[mode])
            with Watch(server.master) as watch:
                check_load(server, watch, pids, VARIANTS[mode])
                check_change(server, watch, pids, mode)
    return run


for server_name in SERVERS:
    for variant_name in VARIANTS:
        add_test(f"{server_name}, {variant_name}", variant(server_name, variant_name))


@test
def lazy_apps():
    """uWSGI with lazy-apps: loaded after the fork, so there is nothing to share"""
    need_root()
    with folder() as path:
        app = copy("gcapp.py", path)
        with uwsgi(more=["--lazy-apps", "--wsgi-file", app]) as server:
            pids = server.workers()
            document = sample(server.master)
            equal("findings", kinds(document), ["not_sharing"])
            true("with its figure", document["pool"]["findings"][0]["value"] > WORKERS * 50 * MIB)
            for pid in pids:
                equal("a worker's own state", rows(document)[pid]["gc"]["enabled"], True)


def see_off(server, end):
    """Ask a worker to end as `end` says, and watch it go."""
    pids = server.workers()
    with Watch(server.master, 0.05) as watch:
        past_s = 0  # what is usual is known after one and a half seconds
        while past_s < 2:
            past_s += watch.rest()["elapsed_s"] or 0
        server.ask(pids[0], "serve(30)")
        held = copied(watch.rest(), pids[0])
        end(pids[0])
        gone = watch.event("worker_exited", pids[0])
        # its last sample may lie in the middle of its end: at least what it had before
        true("with what it had copied", gone["cow_bytes"] >= held, (gone, held))
        true("in words", "having copied" in gone["text"], gone)
        new = until("a new worker", lambda: [p["pid"] for p in watch.fresh()["processes"]
                                             if p["role"] == "worker" and p["pid"] not in pids])
        watch.event("worker_started", new[0])
        return watch, pids


@test
def finalize_gunicorn():
    """gunicorn: a worker that ends through Py_Finalize takes a burst of faults"""
    need_root()
    with gunicorn() as server:
        watch, pids = see_off(server, lambda pid: os.kill(pid, signal.SIGTERM))
        burst = [e for e in watch.events if e["type"] == "fault_burst"
                 and e["pid"] in (pids[0], server.master)]
        true("a burst", burst, watch.events)


@test
def killed():
    """uWSGI: a worker that is killed takes none"""
    need_root()
    with uwsgi("threshold0") as server:
        watch, pids = see_off(server, lambda pid: os.kill(pid, signal.SIGKILL))
        equal("bursts", [e for e in watch.events if e["type"] == "fault_burst" and e["pid"] == pids[0]],
              [])


@test
def who_stands_still():
    """uWSGI: a walk of the view that leaves everybody out keeps what was known of their collectors"""
    need_root()
    with uwsgi("threshold0", 20) as server, Screen(200, 30) as screen:
        pids = [server.master, *server.workers()]
        screen.cowtop("-i", "0.2", server.master)
        text = screen.shows(r"^COST .*walked 0 .*skipped 3", r"\+0 B in ([2-9]|\d\d)s")
        for pid in pids:
            true(f"thresholds of {pid}", re.search(rf"^ *{pid} .* on +0,10,10 ", text, re.M), text)
        screen.keys("q")
        equal("exit", screen.left(), 0)


@test
def several_interpreters():
    """uWSGI with two applications: each interpreter of a worker with its own settings"""
    need_root()
    with folder() as path:
        apps = []
        for name, line in (("one", "gc.set_threshold(111, 2, 3)"), ("two", "gc.disable()")):
            text = (f"import gc\n{line}\n"
                    "def application(environ, start_response):\n"
                    "    start_response('200 OK', [])\n"
                    "    return [b'{\"pid\": %d}' % __import__('os').getpid()]\n")
            apps += ["--mount", f"/{name}={write_file(f'{path}/{name}.py', text)}"]
        with uwsgi(more=apps) as server:
            pids = server.workers()
            document = sample(server.master)
            for pid in (server.master, *pids):
                gc = rows(document)[pid]["gc"]
                states = gc["interpreter_states"]
                equal("interpreters", (gc["interpreters"], len(states)), (len(states), len(states)))
                equal("the main one first", states[0]["id"], 0)
                got = [(s["enabled"], s["thresholds"]) for s in states]
                true("application one", (True, [111, 2, 3]) in got, got)
                true("application two", (False, DEFAULT) in got, got)


@test
def another_user():
    """uWSGI with uid: as root all of it; as the pool's user the reason, never a wrong state"""
    need_root()
    need("setpriv")
    with folder() as path, readable_binaries():
        app = copy("gcapp.py", path)
        with uwsgi("disable", 20, ["--uid", "65534", "--gid", "65534", "--wsgi-file", app]) as server:
            pids = server.workers()
            for p in sample(server.master)["processes"]:
                equal("as root", settings(p), (False, DEFAULT))
            status, out, err = cowtop("--json", server.master, prefix=NOBODY)
            if status == 0:
                for p in json.loads(out)["processes"]:
                    true("as the user: null, and why", p["gc"] is None or p["gc"]["enabled"] is None and
                         p["unreadable"], p)
            else:
                true("one line says why", status in (4, 6) and err.startswith("cowtop: "), (status, err))
            true("the pool is untouched", all(running(pid) for pid in pids))


@test
def as_nobody():
    """without privileges on one's own pool: settings, events and groups as for root"""
    need_root()
    need("setpriv")
    with readable_binaries(), gunicorn("freeze", 20, prefix=NOBODY) as server:
        pids = server.workers()
        with Watch(server.master, prefix=NOBODY) as watch:
            document = watch.rest()
            equal("level", document["accounting"]["level"], "estimate")
            for pid in pids:
                check_reading(rows(sample(server.master, prefix=NOBODY))[pid], server.ask(pid))
            server.ask(pids[0], "gc.set_threshold(0)")
            watch.event("gc_settings_changed", pids[0], "thresholds 700,10,10 -> 0,10,10")
            equal("groups", len(watch.fresh()["pool"]["gc_groups"]), 2)


# ---- multiprocessing

@contextlib.contextmanager
def multiprocess(method, freeze=False):
    """A pool of multiprocessing, with 30 MiB of lists. A line on its input: every worker collects."""
    text = f"""
import gc, multiprocessing, os, sys
def work(command):
    exec(command)
    barrier.wait()
def init(b):
    global barrier
    barrier = b
if __name__ == "__main__":
    multiprocessing.set_start_method({method!r})
    data = [[str(i) * 3] for i in range(200000)]
    if {freeze}:
        gc.disable()
        gc.freeze()
    barrier = multiprocessing.Barrier({WORKERS})
    with multiprocessing.Pool({WORKERS}, init, (barrier,)) as pool:
        print("ready", flush=True)
        for line in sys.stdin:
            pool.map(work, [line] * {WORKERS}, 1)
            print("done", flush=True)
"""
    with folder() as path:
        script = write_file(f"{path}/pool.py", text)
        with spawned(["/usr/bin/python3", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                     stderr=subprocess.DEVNULL) as p:
            equal("the pool", p.stdout.readline(), b"ready\n")
            yield p


def tell(process, command):
    process.stdin.write(command.encode() + b"\n")
    process.stdin.flush()
    equal("the workers", process.stdout.readline(), b"done\n")


@test
def freeze_loop():
    """a worker that freezes and unfreezes all the time: a finding, and no count but the true one"""
    need_root()
    need_writable("/dev/shm")
    with multiprocess("fork") as process:
        tell(process, "gc.disable(); gc.freeze()")
        documents = [sample(process.pid) for _ in range(2)]
        truth = [{p["pid"]: p["gc"]["frozen"] for p in d["processes"]} for d in documents]
        equal("a quiet count", truth[0], truth[1])
        pids = [p["pid"] for p in documents[0]["processes"] if p["role"] == "worker"]
        process.stdin.write(b"while 1: gc.freeze(); gc.unfreeze()\n")
        process.stdin.flush()
        with Watch(process.pid, 0.02) as watch:
            until("the finding", lambda: "freeze_loop" in kinds(watch.fresh()), step=0)
            for pid in pids:
                watch.event("gc_settings_changed", pid, "froze")
        for _ in range(20):
            got = rows(sample(process.pid))
            for pid in pids:
                frozen, any_frozen = got[pid]["gc"]["frozen"], got[pid]["gc"]["any_frozen"]
                true("unfrozen, the true count, or none", frozen in (0, None) or
                     abs(frozen - truth[0][pid]) < truth[0][pid] / 10, (frozen, truth[0][pid]))
                equal("the two agree", frozen == 0, any_frozen is False)


def multiprocessing_fork(freeze):
    def run():
        need_root()
        need_writable("/dev/shm")
        with multiprocess("fork", freeze) as process, Watch(process.pid) as watch:
            tell(process, "gc.enable()")
            before = watch.rest()
            pids = [p["pid"] for p in before["processes"] if p["role"] == "worker"]
            tell(process, "gc.collect()")
            for pid in pids:
                event = watch.event("gc_collected", pid)
                if freeze:
                    true("a collection costs little", event["cow_bytes"] < 2 * MIB, event)
                else:
                    true("a collection costs much", event["cow_bytes"] > 10 * MIB, event)
            document = watch.rest()
            equal("groups", [g["frozen"] for g in document["pool"]["gc_groups"]], [freeze])
            equal("findings", kinds(document), [] if freeze else ["never_frozen"])
    return run


add_test("multiprocessing, fork", multiprocessing_fork(False))
add_test("multiprocessing, fork, frozen and disabled before it", multiprocessing_fork(True))


@test
def multiprocessing_spawn():
    """multiprocessing, spawn: not a forked pool, and a sentence"""
    with multiprocess("spawn") as process:
        status, _, err = cowtop("--json", process.pid)
        equal("exit status", status, 6)
        true("it names the method", "spawn" in err, err)


@test
def multiprocessing_forkserver():
    """multiprocessing, forkserver: it points at the forkserver, whose workers have a state each"""
    need_root()
    with multiprocess("forkserver") as process:
        status, _, err = cowtop("--json", process.pid)
        equal("exit status", status, 6)
        true("it names the forkserver", "forkserver" in err, err)
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as f:
            documents = [d for d in map(first, f.read().split()) if d]
        equal("pools below it", len(documents), 1)
        tell(process, "gc.set_threshold(77)")
        document = first(documents[0]["pool"]["master_pid"])
        equal("groups", [(g["thresholds"][0], g["workers"]) for g in document["pool"]["gc_groups"]],
              [(77, WORKERS)])


# ---- images that are hard to read

FORKS = ("import gc, os, sys\\n"
         "gc.set_threshold(321, 5, 6)\\n"
         "for n in range(2):\\n"
         "    if os.fork() == 0:\\n"
         "        gc.disable()\\n"
         "        os.write(1, b'ready\\\\n')\\n"
         "        os.read(0, 1)\\n"
         "        os._exit(0)\\n"
         "os.read(0, 1)\\n")


def check_forks(process, version=None):
    for _ in range(2):
        equal("a worker", process.stdout.readline(), b"ready\n")
    document = sample(process.pid)
    for p in document["processes"]:
        equal("settings", settings(p), (p["role"] == "master", [321, 5, 6]))
        if version:
            equal("version", p["gc"]["version"], version)
    return document


def python_source():
    return FORKS.encode().decode("unicode_escape")


def static_library():
    """(libpython*.a, include folder, version) of an interpreter that can be linked into a program."""
    homes = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.1*"))) + ["/usr"]
    for home in homes:
        for library in glob.glob(f"{home}/lib/python3.1?/config-*/libpython3.1?.a"):
            minor = os.path.basename(library)[len("lib"):-len(".a")]
            if os.path.exists(f"{home}/include/{minor}/Python.h"):
                return library, home, minor
    raise Skip("no libpython*.a with its headers")


@test
def embedded_without_exports():
    """an interpreter linked into a stripped program that exports nothing"""
    need_root()
    need("gcc", "strip")
    library, home, minor = static_library()
    source = f"""
#include <Python.h>
int main(void)
{{
	Py_InitializeEx(0);
	return PyRun_SimpleString("{FORKS.replace(chr(34), chr(92) + chr(34))}");
}}
"""
    with folder() as path:
        write_file(f"{path}/main.c", source)
        built = subprocess.run(["gcc", "-o", f"{path}/server", f"{path}/main.c", f"-I{home}/include/{minor}",
                                library, "-Wl,--exclude-libs,ALL", "-lm", "-ldl", "-lutil", "-lpthread",
                                "-lz", "-lexpat"],
                               capture_output=True)
        if built.returncode:
            raise Skip(f"{library} cannot be linked: {built.stderr.decode()[-200:]}")
        subprocess.run(["strip", f"{path}/server"], check=True)
        env = dict(os.environ, PYTHONHOME=home)
        with spawned([f"{path}/server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as p:
            check_forks(p)


@test
def deleted_program():
    """a program that was deleted after its start"""
    need_root()
    with folder() as path:
        program = shutil.copy(os.path.realpath("/usr/bin/python3"), f"{path}/server")
        command = [program, "-S", "-c", python_source()]
        with spawned(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
            until("it runs", lambda: os.path.exists(f"/proc/{p.pid}/exe"))
            os.unlink(program)
            check_forks(p, sys.version.split()[0])


@test
def in_a_chroot():
    """a pool in a chroot"""
    need_root()
    need("ldd", "chroot")
    python = os.path.realpath("/usr/bin/python3")
    libraries = [w for w in subprocess.run(["ldd", python], capture_output=True, check=True)
                 .stdout.decode().split() if w.startswith("/")]
    with folder() as path:
        for name in (python, *libraries):
            os.makedirs(path + os.path.dirname(name), exist_ok=True)
            shutil.copy(name, path + name)
        library = os.path.dirname(os.__file__)
        os.makedirs(path + library)
        for name in os.listdir(library):
            if name.endswith(".py"):
                shutil.copy(f"{library}/{name}", path + library)
        for name in ("encodings", "collections"):
            shutil.copytree(f"{library}/{name}", f"{path}{library}/{name}")
        command = ["chroot", path, python, "-S", "-c", python_source()]
        with spawned(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                     stderr=subprocess.DEVNULL) as p:
            check_forks(p, sys.version.split()[0])


@test
def exec_in_the_middle():
    """a worker that becomes another program loses its state, one that ends takes nothing along"""
    need_root()
    with multiprocess("fork") as process, Watch(process.pid, 0.02) as watch:
        before = watch.rest()
        pids = [p["pid"] for p in before["processes"] if p["role"] == "worker"]
        true("two workers", len(pids) == WORKERS)
        process.stdin.write(b"os.execv('/bin/sleep', ['sleep', '60'])\n")
        process.stdin.flush()
        for pid in pids:
            watch.event("worker_exited", pid)
        for p in watch.fresh()["processes"]:
            if p["pid"] in pids:
                equal("sleep has no collector", p["gc"], None)


main()
