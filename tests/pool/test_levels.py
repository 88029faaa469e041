#!/usr/bin/python3
"""Less privilege, less detail, and it is said: exact, estimate, rollup, or exit 4; namespaces."""
import json
from cases import FILLED, forks
from kernel import PAGE, rollup, running, stat_fields
from mkpool import fill, filled, fork, free, leave, MASTER, Mkpool, new_arena, read, RESIDENT, spawn, write
from run import cowtop, NOBODY, readable_binaries, rows, sample, Stream
from tap import add_test, equal, main, near, need, need_root, need_to_run, PATIENCE, test, true, until


def with_caps(*names):
    caps = ",".join(["-all", *(f"+{n}" for n in names)])
    return [*NOBODY, f"--inh-caps={caps}", f"--ambient-caps={caps}"]


def as_nobody(function):
    """Register a test that runs as root, with binaries that nobody may run."""
    def run():
        need_root()
        need("setpriv")
        with readable_binaries():
            function()
    add_test(function.__doc__.splitlines()[0], run)
    return function


def missing(document):
    return [(m["what"], m["needs"]) for m in document["accounting"]["missing"]]


def changes(document, base, pool, truth0):
    """{slot: change of cow_broken - its true change}"""
    got, was = rows(document), rows(base)
    return {s: (got[p["pid"]]["pages"]["cow_broken"] - was[p["pid"]]["pages"]["cow_broken"])
            - (p["pages"]["cow_broken"] - truth0[s]["pages"]["cow_broken"])
            for s, p in pool.truth.items()}


def estimate_case(setup, commands, late_error, history_error):
    """Errors of cow_broken of every worker, in pages, watched and at first sight."""
    with Mkpool(*setup, prefix=NOBODY) as pool:
        truth0 = pool.truth
        with Stream(pool.master, 0.02, prefix=NOBODY) as stream:
            watched, newcomer = stream.fresh(), sample(pool.master, prefix=NOBODY)
            equal("level", watched["accounting"]["level"], "estimate")
            pool.do(*commands)

            def settled():
                errors = changes(stream.fresh(), watched, pool, truth0)
                return all(abs(e) <= history_error for s, e in errors.items() if s)
            until(f"watched: cow_broken of the workers within {history_error} pages", settled)
        errors = changes(sample(pool.master, prefix=NOBODY), newcomer, pool, truth0)
        for slot, e in errors.items():
            if slot and late_error is not None:
                near(f"late: error of process {slot} in pages", e, 0, late_error)


ESTIMATES = [
    ("workers write, siblings exist", forks(3), [write(worker=1, pages=400),
                                                 write(worker=2, first=300, pages=400, stride=2)], 2, 2),
    ("workers write and allocate", forks(3),
     [write(worker=1, pages=400), *filled(worker=1, arena=1, pages=500)], 2, 2),
    ("the master writes, two workers", forks(2), [write(worker=MASTER, pages=400)], 6, 6),
    ("the master frees, two workers", forks(2), [free(worker=MASTER, pages=600), write(worker=1, pages=200)],
     None, 6),
    ("late attach", forks(3) + [write(worker=1, pages=200), write(worker=MASTER, first=200, pages=200)],
     [write(worker=1, first=400, pages=200)], 10, 6),
    ("nobody writes", forks(2), [read(worker=1, pages=2000)], 1, 1),
    ("zero pages are read", [new_arena(worker=MASTER, arena=1, kind="anon", pages=500), *forks(2)],
     [read(worker=1, arena=1, pages=500)], 1, 1),
]


def make_estimate(setup, *rest):
    def run():
        need_root()
        need("setpriv")
        with readable_binaries():
            estimate_case(FILLED + setup, *rest)
    return run


for name_, *rest_ in ESTIMATES:
    add_test(f"estimate: {name_}", make_estimate(*rest_))


NESTED = [
    ("the same pages",
     forks(3) + [write(worker=w, pages=1200) for w in (1, 2, 3)] + [fork(worker=w) for w in (1, 2, 3)]),
    ("each its own pages", forks(2) + [write(worker=1, pages=900), write(worker=2, first=1000, pages=900),
                                       fork(worker=1), fork(worker=2)]),
    ("three generations", [fork(), write(worker=1, pages=1500), fork(worker=1),
                           write(worker=2, first=300, pages=1000), fork(worker=2)]),
    ("children that are gone", forks(2) + [write(worker=1, pages=900), write(worker=2, pages=900), fork(worker=1),
                                           fork(worker=2),
                                           leave(worker=3), leave(worker=4)]),
]


def nested_case(setup):
    """Who copied is who had the faults; what an ordinary user sees of it has a label, and passes no gate."""
    with Mkpool(*FILLED, *setup, prefix=NOBODY) as pool:
        document = sample(pool.master, prefix=NOBODY)
        for slot, p in pool.truth.items():
            r = rows(document)[p["pid"]]
            copied = r["pages"]["cow_broken"]
            true(f"process {slot}: no more copies than faults", copied <= int(stat_fields(p["pid"])[7]), copied)
            true(f"process {slot}: a label", r["exactness"] != "exact", r["exactness"])
            # outside of its arenas a process copies its data and its stack, and has some faults to spare
            near(f"copies of process {slot}", copied, p["pages"]["cow_broken"] + (100 if slot else 0), 200)
        rule = "worker.cow_broken_ratio > 30%"
        status, _, err = cowtop("--json", "--fail-if", rule, pool.master, prefix=NOBODY)
        # a bound alone decides nothing (1), but never lets it pass
        true(f"exit status {status} ({err.strip()})", status == 3 or (status == 1 and "bound alone" in err))


def make_nested(setup):
    def run():
        need_root()
        need("setpriv")
        with readable_binaries():
            nested_case(setup)
    return run


for name_, setup_ in NESTED:
    add_test(f"estimate: workers have children: {name_}", make_nested(setup_))


def busy_worker(prefix, slack):
    """A worker copies and allocates while walks fall in between; afterwards all of it is known."""
    for _ in range(8):
        with Mkpool(*FILLED, *forks(3), prefix=prefix) as pool:
            truth0 = pool.truth
            with Stream(pool.master, 0.003, prefix=prefix) as stream:
                before = stream.fresh()
                pool.do(write(worker=1, pages=400), *filled(worker=1, arena=1, pages=500),
                        write(worker=1, first=400, pages=800),
                        fill(worker=1, first=1200, pages=800))
                stream.fresh()
                errors = changes(stream.fresh(), before, pool, truth0)
                for slot, e in errors.items():
                    near(f"error of cow_broken of process {slot}, of 2000 copies", e, 0, slack)


@as_nobody
def busy_estimate():
    """estimate: copies made while a walk is under way are not lost"""
    busy_worker(NOBODY, 40)


@test
def busy_exact():
    """exact: copies made while a walk is under way are not lost"""
    need_root()
    busy_worker((), 0)


@as_nobody
def own_pool():
    """nobody on its own pool: estimate, and what is missing"""
    with Mkpool(*FILLED, *forks(2), prefix=NOBODY) as pool:
        document = sample(pool.master, prefix=NOBODY)
        equal("level", document["accounting"]["level"], "estimate")
        true("frame numbers are named as missing",
             any("frame" in what and "CAP_SYS_ADMIN" in needs for what, needs in missing(document)),
             missing(document))
        equal("footprint_bytes", document["pool"]["footprint_bytes"], None)
        equal("saved_bytes", document["pool"]["saved_bytes"], None)
        for p in document["processes"]:
            true(f"exactness of pid {p['pid']}", p["exactness"] in ("estimate", "upper_bound"),
                 p["exactness"])
            total = sum(p["pages"][c] for c in RESIDENT)
            near("pages of the ledger", total, rollup(p["pid"])["Rss"] // PAGE, 64)


@as_nobody
def foreign_pool():
    """nobody on root's pool: exit 4 with the fix, and no figures"""
    with Mkpool(*FILLED, *forks(2)) as pool:
        for words in (["--json", pool.master], [pool.master]):
            status, out, err = cowtop(*words, prefix=NOBODY)
            equal(f"exit status of cowtop {words[0]} ({err.strip()})", status, 4)
            equal("stdout", out, "")
            true("one line that begins with cowtop:", err.startswith("cowtop: ")
                 and err.count("\n") == 1, err)
            true("it says what to grant", "SYS_PTRACE" in err.upper() or "sudo" in err, err)


@as_nobody
def ptrace_only():
    """CAP_SYS_PTRACE alone on root's pool: rollup"""
    prefix = with_caps("sys_ptrace")
    with Mkpool(*FILLED, *forks(2), write(worker=1, pages=211)) as pool:
        document = sample(pool.master, prefix=prefix)
        equal("level", document["accounting"]["level"], "rollup")
        for p in document["processes"]:
            equal("pages.cow_broken", p["pages"]["cow_broken"], None)
            equal("pages.shared", p["pages"]["shared"], None)
            equal("cow_broken_ratio", p["cow_broken_ratio"], None)
            true("nothing claims to be exact", p["exactness"] in (None, "upper_bound"), p["exactness"])
            kernel = rollup(p["pid"])
            equal("uss_bytes", p["memory"]["uss_bytes"],
                  kernel["Private_Clean"] + kernel["Private_Dirty"])
        equal("pool.cow_broken_bytes", document["pool"]["cow_broken_bytes"], None)
        true("pagemap is named as missing", any("pagemap" in what for what, _ in missing(document)),
             missing(document))
        status, _, err = cowtop("--json", "--fail-if", "pool.cow_broken_ratio > 0.9", pool.master,
                                prefix=prefix)
        equal(f"a rule over a null ({err.strip()})", status, 1)


@as_nobody
def three_capabilities():
    """SYS_PTRACE, SYS_ADMIN and DAC_READ_SEARCH on root's pool: exact"""
    prefix = with_caps("sys_ptrace", "sys_admin", "dac_read_search")
    with Mkpool(*FILLED, *forks(2), write(worker=1, pages=211)) as pool:
        before = sample(pool.master, prefix=prefix)
        equal("level", before["accounting"]["level"], "exact")
        truth0 = pool.truth
        pool.do(write(worker=2, first=100, pages=307), write(worker=MASTER, first=500, pages=100))
        equal("errors of cow_broken", changes(sample(pool.master, prefix=prefix), before, pool,
                                              truth0), {0: 0, 1: 0, 2: 0})


def no_page_flags(prefix, own):
    with Mkpool(*FILLED, *forks(2), prefix=NOBODY if own else ()) as pool:
        truth0 = pool.truth
        with Stream(pool.master, 0.02, prefix=prefix) as stream:
            before = stream.fresh()
            true("page flags are named as missing",
                 any("flags" in what for what, _ in missing(before)), missing(before))
            true("the pool is walked", before["accounting"]["level"] in ("exact", "estimate"))
            pool.do(write(worker=1, pages=211), write(worker=2, first=100, pages=307))
            until("cow_broken is right without page flags",
                  lambda: set(changes(stream.fresh(), before, pool, truth0).values()) == {0})


@as_nobody
def frames_without_flags():
    """frame numbers without page flags (SYS_ADMIN on one's own pool)"""
    no_page_flags(with_caps("sys_admin"), True)


@test
def flags_hidden():
    """root, but kpageflags cannot be read"""
    need_root()
    hidden = ["unshare", "--mount", "sh", "-c",
              'mount --bind /dev/null /proc/kpageflags && exec "$@"', "sh"]
    need_to_run(*hidden)
    no_page_flags(hidden, False)


@as_nobody
def user_namespace():
    """a pool in a user namespace of nobody's, seen from outside and from inside"""
    need("nsenter")
    unshare = [*NOBODY, "unshare", "--user", "--map-root-user"]
    need_to_run(*unshare)
    with Mkpool(*FILLED, *forks(2), write(worker=1, pages=211), prefix=unshare) as pool:
        inside = [*NOBODY, "nsenter", "-U", "--preserve-credentials", "-t", str(pool.master)]
        for where, prefix in (("outside", NOBODY), ("inside", inside)):
            document = sample(pool.master, prefix=prefix)
            equal(f"level {where}", document["accounting"]["level"], "estimate")
            equal(f"workers {where}", document["pool"]["workers"], 2)
            got = rows(document)
            near(f"cow_broken {where}", got[pool.pid(1)]["pages"]["cow_broken"]
                 - got[pool.pid(2)]["pages"]["cow_broken"], 211, 6)


def outer_pids(top):
    """{pid inside its PID namespace: pid here} of all descendants of `top`."""
    result, todo = {}, [top]
    while todo:
        pid = todo.pop()
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            todo += map(int, f.read().split())
        for line in open(f"/proc/{pid}/status", encoding="ascii"):
            if line.startswith("NSpid:") and len(line.split()) > 2:
                result[int(line.split()[-1])] = pid
    return result


@test
def pid_namespace():
    """a pool in a PID namespace, seen from outside and from inside: the same figures"""
    need_root()
    need("nsenter")
    need_to_run(*PID_NAMESPACE)
    with PidNamespacePool(*FILLED, *forks(2), write(worker=1, pages=211), spawn(worker=2)) as pool:
        outer = outer_pids(pool.process.pid)
        outside = sample(outer[pool.master])
        # -r: in a chroot, entering a namespace of mounts would end in the machine's own root.
        enter = ["nsenter", "-p", "-m", "-r", "-w", "-t", str(outer[pool.master])]
        inside = sample(pool.master, prefix=enter)
        for document, pid in ((outside, outer[pool.master]), (inside, pool.master)):
            equal("master_pid", document["pool"]["master_pid"], pid)
            equal("workers", document["pool"]["workers"], 2)
            equal("level", document["accounting"]["level"], "exact")
        got_out, got_in = rows(outside), rows(inside)
        for p in pool.truth.values():
            equal(f"pages of process {p['slot']}", got_out[outer[p["pid"]]]["pages"],
                  got_in[p["pid"]]["pages"])
        equal("footprint", outside["pool"]["footprint_bytes"], inside["pool"]["footprint_bytes"])
        # A worker's pid leads to the master, in both.
        equal("from a worker outside", sample(outer[pool.pid(1)])["pool"]["master_pid"],
              outer[pool.master])
        equal("from a worker inside", sample(pool.pid(1), prefix=enter)["pool"]["master_pid"],
              pool.master)


PID_NAMESPACE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


class PidNamespacePool(Mkpool):
    """Its pids are those of its own namespace."""

    def __init__(self, *commands):
        super().__init__(*commands, prefix=PID_NAMESPACE)

    def __exit__(self, *exc):
        outer = list(outer_pids(self.process.pid).values())
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()
        until("the pool goes away", lambda: not any(running(pid) for pid in outer))


@test
def proc_of_another_namespace():
    """inside a PID namespace with the /proc of another: right figures or a clean refusal"""
    need_root()
    need("nsenter")
    need_to_run(*PID_NAMESPACE)
    with PidNamespacePool(*FILLED, *forks(2)) as pool:
        outer = outer_pids(pool.process.pid)
        status, out, err = cowtop("--json", outer[pool.master],
                                  prefix=["nsenter", "-p", "-t", str(outer[pool.master])])
        if status == 0:
            equal("workers", json.loads(out)["pool"]["workers"], 2)
        else:
            true(f"exit status {status}", status in (1, 4, 5))
            true("one line that begins with cowtop:", err.startswith("cowtop: ")
                 and err.count("\n") == 1, err)


if __name__ == "__main__":
    main()
