#!/usr/bin/python3
"""TARGET as a unit of systemd, the path of a cgroup, the id of a container: by the cgroup of the processes alone.

Cgroups are made by hand, as systemd and the container runtimes name them, and taken away again.
"""
import contextlib
import json
import os
import subprocess

from smallpool import SmallPool, fails
from cgroups import cgroup, root_of, TOP
from run import cowtop, NOBODY, readable_binaries, spawned
from tap import equal, main, need, need_to_run, test, true, until

ID = "0123456789abcdef" * 4


@contextlib.contextmanager
def pool_in(name, workers=2):
    with cgroup(name) as put, SmallPool(workers) as pool:
        put(pool.master, *pool.workers)
        yield pool


def master_of(*arguments, **more):
    status, out, err = cowtop("--json", *arguments, **more)
    equal(f"status of {arguments}: {err}", status, 0)
    return json.loads(out)["pool"]["master_pid"]


@test
def by_unit():
    """A unit, with and without .service, whatever slice it is in; another unit's pool is not taken"""
    with pool_in("cowtest-web@1.service") as pool, pool_in("cowtest-other.service", 1) as other:
        for word in ("cowtest-web@1.service", "cowtest-web@1", f"/{TOP}/cowtest-web@1.service"):
            equal(word, master_of(word), pool.master)
        equal("the other", master_of("cowtest-other"), other.master)
        out = cowtop("doctor", "--json", "cowtest-other")[1]
        equal("every verb", json.loads(out)["processes"][0]["pid"], other.master)
        err = fails(2, TOP)
        true("all of a slice are listed", str(pool.master) in err and str(other.master) in err and
             f"2 pools are in unit '{TOP}'" in err, err)


@test
def by_path():
    """A path as in /proc/PID/cgroup, and below its mount; the root is nobody's"""
    with pool_in("app.service") as pool:
        for path in (f"/{TOP}/app.service", f"/{TOP}", f"{root_of()}/{TOP}/app.service", f"{root_of()}/{TOP}/"):
            equal(path, master_of(path), pool.master)
        true("a part of a name is none", "no processes are in" in fails(5, f"/{TOP}/app"))
        true("the root", "does not hold a pid" in fails(5, "/"))
        true("said as a cgroup", "no processes are in cgroup" in fails(5, f"{root_of()}/{TOP}/none"))


@test
def by_container():
    """An id as docker ps and crictl ps print it, whole, and with the runtime in front"""
    for name in (f"docker-{ID}.scope", ID, f"cri-containerd-{ID}.scope", f"crio-{ID}.scope", f"libpod-{ID}.scope"):
        with pool_in(name) as pool:
            for word in (ID[:12], ID[:13], ID, f"containerd://{ID}"):
                equal(f"{word} of {name}", master_of(word), pool.master)
            fails(5, ID[:11] + "0")
            fails(5, ID[1:13])
            fails(5, ID[:11])
    true("nobody's", "no processes are in container '123456789012'" in fails(5, "123456789012"))


@test
def several_pools():
    """Two pools in one: exit 2 and both"""
    with pool_in("two.service") as one, SmallPool(1) as two:
        with open(f"{root_of()}/{TOP}/two.service/cgroup.procs", "w", encoding="ascii") as f:
            f.write(str(two.master))
        err = fails(2, "two.service")
        true("both", f" {one.master} (" in err and f" {two.master} (" in err, err)


@test
def no_pool():
    """Processes and no forked pool: exit 6, how many and what they are; with --wait a pool may come"""
    with cgroup("none.service") as put, spawned(["sleep", "60"]) as a, spawned(["sh", "-c", "sleep 60; :"]) as b:
        until("the shell has started it", lambda: subprocess.run(
            ["pgrep", "-P", str(b.pid)], stdout=subprocess.PIPE, check=False).stdout)
        child = int(subprocess.run(["pgrep", "-P", str(b.pid)], stdout=subprocess.PIPE, check=True).stdout)
        put(a.pid, b.pid, child)
        err = fails(6, "none.service")
        true("how many", "3 processes are in unit 'none.service', none is a forked pool" in err, err)
        true("what", f"{a.pid} (sleep 60)" in err and f"{b.pid} (sh -c" in err, err)
        true("waited for", "no worker within" in fails_waiting("none.service"))
        os.kill(child, 9)


def fails_waiting(word):
    status, _, err = cowtop("--json", "--wait=0.3", word)
    equal("status", status, 6)
    return err


@test
def a_name_comes_first():
    """A name wins over a unit; without a pool of that name the unit's is taken; a container's id is asked about"""
    with SmallPool(1, argv0="cowtestname") as named, pool_in("cowtestname.service") as unit:
        equal("the name", master_of("cowtestname"), named.master)
        equal("the unit", master_of("cowtestname.service"), unit.master)
    with spawned(["cowtestname", "60"], executable="/bin/sleep"), pool_in("cowtestname.service") as unit:
        status, out, err = cowtop("--json", "cowtestname")
        equal("status", status, 0)
        equal("the unit's", json.loads(out)["pool"]["master_pid"], unit.master)
        true("said", "no pool goes by 'cowtestname'" in err, err)
    with SmallPool(1, argv0=ID[:12]) as named, pool_in(f"docker-{ID}.scope") as pool:
        err = fails(2, ID[:12])
        true("both", str(named.master) in err and "container" in err, err)
        equal("more of the id", master_of(ID[:13]), pool.master)


@test
def another_namespace():
    """In a cgroup namespace that is not around the pool: /.. in its path"""
    need_to_run("unshare", "-C", "true")
    with cgroup("inner.service"), pool_in(f"docker-{ID}.scope") as pool:
        # A namespace's root is the cgroup of who makes it.
        make = ["sh", "-c", f'echo $$ > {root_of()}/{TOP}/inner.service/cgroup.procs && exec unshare -C "$@"', "sh"]
        equal("its id", master_of(ID[:12], prefix=make), pool.master)
        equal("its path there", master_of(f"/../docker-{ID}.scope", prefix=make), pool.master)
        status, _, err = cowtop("--json", TOP, prefix=make)
        equal("what is above", status, 5)
        true("said", "cgroup namespace" in err, err)


@test
def ordinary_user():
    """An ordinary user's own pool by its unit; another's is exit 4 and says why"""
    need("setpriv")
    with readable_binaries(), cgroup("own.service") as put, SmallPool(1, prefix=NOBODY) as pool:
        put(pool.master, *pool.workers)
        equal("its own", master_of("own", prefix=NOBODY), pool.master)
        with pool_in("foreign.service"):
            status, _, err = cowtop("--json", "foreign", prefix=NOBODY)
            equal("another's", status, 4)
            true("said", "not allowed to see" in err, err)


if __name__ == "__main__":
    main()
