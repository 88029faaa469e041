#!/usr/bin/python3
"""Less of /proc than there could be: what is not essential is a gap with the right words, not a failure."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from run import as_both, cowtop, folder, NOBODY, readable_binaries, sample
from smallpool import SmallPool
from tap import equal, main, need, need_root, need_to_run, test, true

PERMISSION = ("CAP_", "root")


def behind(setup):
    """The prefix of a command that sees another /proc."""
    return ("unshare", "--mount", "sh", "-c", f'{setup} && exec "$@"', "sh")


def masked(*names):
    return " && ".join(f"{{ [ ! -e /proc/{n} ] || mount --bind /dev/null /proc/{n}; }}" for n in names)


SUBSET = "mount -t proc -o subset=pid proc /proc"
MEMINFO = masked("meminfo")
WORDS = masked("kpageflags", "kpagecount", "pressure/memory", "vmstat", "loadavg", "kallsyms")


def both(function):
    return as_both(function, needs=behind("true"))


def gaps(document):
    return {g["what"]: (g["error"], g["needs"]) for g in document["accounting"]["missing"]}


def look(pool, setup, user):
    whole, less = (sample(pool.master, prefix=(*behind(s), *user)) for s in ("true", setup))
    equal("workers", less["pool"]["workers"], whole["pool"]["workers"])
    equal("level", less["accounting"]["level"], whole["accounting"]["level"])
    return gaps(whole), gaps(less), less


def doctor(pool, setup, user):
    status, out, err = cowtop("doctor", "--json", pool.master, prefix=(*behind(setup), *user))
    equal(f"doctor: {err}", status, 0)
    return json.loads(out)


def without_host_memory(setup, error, user):
    with SmallPool(2, prefix=user) as pool:
        before, after, less = look(pool, setup, user)
        for key in ("memory_bytes", "available_bytes", "cached_bytes", "swap_used_bytes"):
            equal(key, less["host"][key], None)
        true("it was there before", "host memory" not in before, before)
        equal("error", after["host memory"][0], error)
        true("no permission is asked for", not any(p in after["host memory"][1] for p in PERMISSION), after)
        with folder(0o777) as place:
            equal("record", cowtop("record", "-n", "2", "-i", "0.1", "-o", f"{place}/r.ct", pool.master,
                                   prefix=(*behind(setup), *user))[0], 0)
            status, out, _ = cowtop("replay", "--json", "-n", "1", f"{place}/r.ct")
            equal("replay", (status, gaps(json.loads(out.splitlines()[0])).get("host memory")),
                  (0, after["host memory"]))
        status, out, err = cowtop("pools", "--json", prefix=(*behind(setup), *user))
        true(f"pools: {err}", [p["workers"] for p in json.loads(out)["pools"] if p["master_pid"] == pool.master]
             == [2], out[:300])


@both
def subset(user):
    """subset=pid: a sample without the host's memory, and doctor names the mount option"""
    without_host_memory(SUBSET, "ENOENT", user)
    with SmallPool(2, prefix=user) as pool:
        told = doctor(pool, SUBSET, user)
        flags = next(r for r in told["processes"][0]["interfaces"] if r["what"] == "kpageflags")
        equal("kpageflags", (flags["readable"], flags["error"]), (False, "ENOENT"))
        true("a file that is not there needs no permission", not any(p in flags["needs"] for p in PERMISSION), flags)
        settings = {s["name"]: s["value"] for s in told["settings"]}
        equal("setting", settings.get("subset of /proc"), "pid")
        equal("Yama", settings["ptrace_scope"], "unknown")
        status, out, _ = cowtop("doctor", pool.master, prefix=(*behind(SUBSET), *user))
        true("the way out is another mount", "mount -t proc proc /proc" in out, out)
        if not user:
            true("nothing else is advised to who may do all", "--cap-add" not in out and "As root" not in out, out)


@both
def meminfo(user):
    """a masked meminfo: a sample without the host's memory"""
    without_host_memory(MEMINFO, "EIO", user)


@both
def words(user):
    """masked kpageflags, kpagecount, pressure, vmstat, loadavg, kallsyms: a sample with gaps"""
    with SmallPool(2, prefix=user) as pool:
        _, after, less = look(pool, WORDS, user)
        equal("pressure", less["host"].get("pressure_some"), None)
        if not user:
            equal("page flags", after["page flags"][0], "EIO")
            true("no permission is asked for", not any(p in after["page flags"][1] for p in PERMISSION), after)
        told = doctor(pool, WORDS, user)
        flags = next(r for r in told["processes"][0]["interfaces"] if r["what"] == "kpageflags")
        equal("doctor", flags["error"], "EIO")
        true("no permission", not any(p in flags["needs"] for p in PERMISSION), flags)
        equal("stacks", cowtop("stacks", "-d", "0.2", pool.master, prefix=(*behind(WORDS), *user))[0], 0)


@test
def closed_to_this_user():
    """hidepid: what would open another user's pool, and who is of the mount's group sees it"""
    need_root()
    need("setpriv")
    need_to_run(*behind("true"))
    member = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=4242")
    with readable_binaries(), SmallPool(2) as pool:
        for options, sees in (("hidepid=1", ()), ("hidepid=2", ()), ("hidepid=4,gid=4242", ()),
                              ("hidepid=1,gid=4242", member), ("hidepid=2,gid=4242", member)):
            setup = f"mount -t proc -o {options} proc /proc"
            for user in (NOBODY, member):
                for verb in (("--json", pool.master), ("doctor", pool.master)):
                    status, out, err = cowtop(*verb, prefix=(*behind(setup), *user))
                    name = f"{options}, {user[-1]}, {verb[0]}: {err}"
                    if user == sees:
                        equal(name, status, 4 if verb[0] == "--json" else 0)
                        true("not hidden", "hidepid" not in err and "hidepid=0" not in out, (err, out))
                    else:
                        equal(name, status, 4)
                        true("what opens it", "hidepid" in err and "CAP_SYS_PTRACE" in err and "gid" not in err, err)


@both
def nothing(user):
    """no procfs, or another namespace's: each verb says which it is"""
    for setup, said in (("mount -t tmpfs none /proc", "no procfs is mounted at /proc"),
                        ("true", "belongs to another PID namespace")):
        prefix = behind(setup)
        if setup == "true":
            prefix = ("unshare", "--pid", "--fork", *prefix)
        for args in (("--json", "1"), ("pools",), ("doctor",), ("record", "-n", "1", "-o", "-", "1"),
                     ("stacks", "-d", "0.1", "1")):
            status, _, err = cowtop(*args, prefix=(*prefix, *user))
            equal(f"{args[0]}: {err}", (status, said in err), (1, True))


main()
