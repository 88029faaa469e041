#!/usr/bin/python3
"""Limits of cgroups: of the master's own, of one above it, of version 1. The trees are written by the test, in a
mount namespace: what is read there is known."""
import json
import os
import sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mkpool import fork, Mkpool
from run import cowtop
from tap import add_test, equal, main, need_root, need_to_run, Skip, true

LIMIT, NEAR, FAR = 125829120, 123000000, 60000000
V1_NO_LIMIT = 9223372036854771712


def path_in(pid, wanted):
    """The master's cgroup in version 2's hierarchy ("") or in that of a controller of version 1."""
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as f:
        for line in f:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            if wanted in controllers.split(","):
                return path
    raise Skip(f"no cgroup hierarchy for {wanted or 'version 2'} here")


def low(files):
    """The texts of memory_low, where /sys/fs/cgroup has just these files."""
    commands = ["mount -t tmpfs none /sys/fs/cgroup"]
    for path, value in files.items():
        commands += [f"mkdir -p '/sys/fs/cgroup{os.path.dirname(path)}'",
                     f"echo {value} >'/sys/fs/cgroup{path}'"]
    status, out, err = cowtop("--json", "-n", 2, "-i", 0.1, files.master, prefix=(
        "unshare", "--mount", "sh", "-c", " && ".join(commands) + ' && exec "$@"', "sh"))
    equal(f"status ({err})", status, 0)
    return [e["text"] for line in out.splitlines() for e in json.loads(line)["events"]
            if e["type"] == "memory_low"]


class Files(dict):
    """Files of a cgroup tree by their path below /sys/fs/cgroup, for the pool with this master."""

    def __init__(self, master):
        super().__init__()
        self.master = master

    def v2(self, path, limit, used, mount=""):
        self[f"{mount}{path}/memory.max"] = limit
        self[f"{mount}{path}/memory.current"] = used
        return self

    def v1(self, path, limit, used):
        self[f"/memory{path}/memory.limit_in_bytes"] = limit
        self[f"/memory{path}/memory.usage_in_bytes"] = used
        return self


def tell(name, wanted, make):
    """`make` fills in files; `wanted`: is memory low there?"""
    def run():
        need_root()
        need_to_run("unshare", "--mount")
        with Mkpool(fork()) as pool:
            texts = low(make(Files(pool.master)))
            equal("memory_low", len(texts), 1 if wanted else 0)
            if wanted:
                true("what is left of what", "2.7 MiB of 120.0 MiB left" in texts[0], texts)
    add_test(name, run)


def near_limit(version):
    return lambda files: getattr(files, version)(
        path_in(files.master, "" if version == "v2" else "memory").rstrip("/"), LIMIT, NEAR)


def ancestor(version, none):
    """No limit for the cgroup itself; the hierarchy's root, a container's own, has it."""
    def make(files):
        path = path_in(files.master, "" if version == "v2" else "memory").rstrip("/")
        if path:
            getattr(files, version)(path, none, NEAR)
        return getattr(files, version)("", LIMIT, NEAR)
    return make


tell("version 2: the cgroup itself", True, near_limit("v2"))
tell("version 2: one above it", True, ancestor("v2", "max"))
tell("version 1: the cgroup itself", True, near_limit("v1"))
tell("version 1: one above it", True, ancestor("v1", V1_NO_LIMIT))
tell("both: version 2 beside version 1, mounted at unified", True,
     lambda files: files.v2(path_in(files.master, "").rstrip("/"), LIMIT, NEAR, mount="/unified"))
tell("no limit at all", False, lambda files: files.v2(path_in(files.master, "").rstrip("/"), "max", NEAR))
tell("a limit that is far away", False, lambda files: files.v2("", LIMIT, FAR))

if __name__ == "__main__":
    main()
