#!/usr/bin/python3
"""cowtop doctor: what can be read, found by trying, and what to grant for more."""
import contextlib
import json
import os
import shutil
import subprocess
import tempfile

from smallpool import SmallPool, fails
from run import COWTOP, cowtop, HIDEPID, NOBODY, write_file
from tap import equal, main, need, need_root, need_to_run, Skip, test, true

# What a reader without privileges finds closed on a process of another user.
CLOSED = ("stat addresses", "smaps_rollup", "maps", "pagemap", "frame numbers", "PAGEMAP_SCAN", "mem")
LEVELS = ("none", "rollup", "estimate", "exact")


def doctor(*arguments, **more):
    status, out, err = cowtop("doctor", "--json", *arguments, **more)
    equal("status", (status, err), (0, ""))
    document = json.loads(out)
    equal("schema", document["schema"], "cowtop.doctor/1")
    return document


def interfaces(process):
    return {i["what"]: i for i in process["interfaces"]}


def fixes(document):
    return "\n".join("\n".join(f["lines"]) for f in document["fixes"])


@test
def agrees_with_the_sample():
    """The level that doctor promises is the one that a sample has, as root and as nobody"""
    need_root()
    need("setpriv")
    for prefix in ((), NOBODY):
        with SmallPool(2, prefix=prefix) as pool:
            document = doctor(pool.master, prefix=prefix)
            status, out, err = cowtop("--json", pool.master, prefix=prefix)
            equal("status", (status, err), (0, ""))
            equal("level", document["level"], json.loads(out)["accounting"]["level"])
            equal("process", document["processes"][0]["pid"], pool.master)


@test
def reads_as_the_kernel_lets():
    """Each interface is readable exactly when its file opens here"""
    document = doctor()
    own = document["processes"][0]
    equal("whose", own["why"], "cowtop itself")
    for what, i in interfaces(own).items():
        equal(f"{what}: needs is null when readable", i["needs"] is None, i["readable"])
        if not i["readable"]:
            true(f"{what}: says what it needs", len(i["needs"]) > 3)
    for name in ("smaps_rollup", "maps", "pagemap", "mem"):
        equal(name, interfaces(own)[name]["readable"], os.access(f"/proc/self/{name}", os.R_OK))
    equal("kpageflags", interfaces(own)["kpageflags"]["readable"],
          os.access("/proc/kpageflags", os.R_OK))


@test
def root_has_all():
    """Root with everything: exact, and nothing to fix"""
    need_root()
    with SmallPool(1) as pool:
        document = doctor(pool.master)
        if document["level"] != "exact":
            raise Skip("this root may not read everything")
        closed = [w for w, i in interfaces(document["processes"][0]).items() if not i["readable"]]
        if closed in ([], ["PAGEMAP_SCAN"]):
            equal("fixes", document["fixes"], [])
        else:
            true("fixes", document["fixes"])


@test
def other_user():
    """Another user's process: every interface is closed with its error, the level is none"""
    need_root()
    need("setpriv")
    with SmallPool(1) as pool:
        document = doctor(pool.master, prefix=NOBODY)
        equal("level", document["level"], "none")
        found = interfaces(document["processes"][0])
        for what in CLOSED:
            equal(what, found[what]["readable"], False)
        # The file opens and shows zeros: that is no error of a call, and not readable either.
        equal("stat has no error", found["stat addresses"]["error"], None)
        equal("pagemap", found["pagemap"]["error"], "EACCES")
        true("a fix", document["fixes"])


@test
def own_process_of_a_user():
    """A user on its own pool: estimate, and what shows frames or the kernel is closed"""
    need_root()
    need("setpriv")
    with SmallPool(1, prefix=NOBODY) as pool:
        document = doctor(pool.master, prefix=NOBODY)
        equal("level", document["level"], "estimate")
        closed = {w for w, i in interfaces(document["processes"][0]).items() if not i["readable"]}
        closed -= {"PAGEMAP_SCAN"}
        equal("closed", closed, {"frame numbers", "kpageflags", "tracefs", "copy events"})


# Lines as they were printed, in a mount namespace in which /etc and /usr/local/bin are copies; `sudo` is nothing.
APART = r"""
set -e
mount --bind "$1/etc" /etc
mount --bind "$1/bin" /usr/local/bin
shift
exec "$@"
"""


@test
def the_fix_works():
    """The lines for a group, run as printed: a member has the exact level on another user's pool, others may not"""
    need_root()
    need("setpriv", "setcap", "groupadd")
    need_to_run("unshare", "--mount", "true")
    with tempfile.TemporaryDirectory() as place, SmallPool(1) as pool:
        os.chmod(place, 0o755)
        os.mkdir(f"{place}/bin")
        os.chmod(write_file(f"{place}/bin/sudo", '#!/bin/sh\nexec "$@"\n'), 0o755)
        subprocess.run(["cp", "-a", "/etc", place], check=False, stderr=subprocess.DEVNULL)
        original = shutil.copy(COWTOP, f"{place}/cow top")
        os.chmod(original, 0o755)
        out = subprocess.run([*NOBODY, original, "doctor", "--json", str(pool.master)],
                             capture_output=True, check=True).stdout
        found = [f for f in json.loads(out)["fixes"] if "groupadd" in f["lines"][0]]
        if not found:
            raise Skip("file capabilities cannot help here")
        true("what it means", "become root" in found[0]["title"], found)
        lines = found[0]["lines"]
        equal("the last", lines[-1], f"cowtop-exact {pool.master}")

        def apart(*command):
            return subprocess.run(["unshare", "--mount", "sh", "-c", APART, "sh", place, *command],
                                  capture_output=True, encoding="utf-8", check=False,
                                  env=dict(os.environ, USER="nobody", PATH="/usr/local/bin:" + os.environ["PATH"]))
        done = apart("sh", "-e", "-c", "\n".join(lines[:-1]))
        if "setcap" in done.stderr or "Operation not supported" in done.stderr:
            raise Skip(f"setcap does not work on this file system: {done.stderr}")
        equal("as printed", (done.returncode, done.stderr), (0, ""))
        line = f"{lines[-1]} --json"
        done = apart("sh", "-c", f"exec setpriv --reuid=nobody --regid=nogroup --init-groups {line}")
        equal("a member", (done.returncode, done.stderr), (0, ""))
        equal("its level", json.loads(done.stdout)["accounting"]["level"], "exact")
        done = apart("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "sh", "-c",
                     f"/usr/local/bin/{line}")
        equal("another user", done.returncode, 126)
        true("refused", "Permission denied" in done.stderr, done.stderr)


@test
def levels_step_by_step():
    """Capability by capability: none, rollup, estimate, exact"""
    need_root()
    need("capsh", "setpriv")
    with SmallPool(1, prefix=NOBODY) as pool:
        def level(*dropped):
            drop = ("capsh", "--drop=" + ",".join(dropped), "--shell=/usr/bin/env", "--")
            return doctor(pool.master, prefix=drop)["level"]

        # CAP_PERFMON alone opens maps and smaps_rollup on newer kernels.
        got = [level("cap_perfmon", "cap_sys_ptrace", "cap_dac_override", "cap_dac_read_search", "cap_sys_admin"),
               level("cap_dac_override", "cap_dac_read_search", "cap_sys_admin"),
               level("cap_dac_override", "cap_sys_admin"),
               level("cap_dac_override")]
        equal("levels", got, list(LEVELS))


@test
def containers():
    """The lines to copy fit the kind of container; a host gets none of them"""
    need_root()
    need("capsh")
    drop = ("capsh", "--drop=cap_sys_ptrace,cap_sys_admin", "--shell=/usr/bin/env", "--")
    with SmallPool(1) as pool:
        env = dict(os.environ, KUBERNETES_SERVICE_HOST="10.0.0.1")
        lines = fixes(doctor(pool.master, prefix=drop, env=env))
        for words in ("kubectl debug", "shareProcessNamespace: true", '"SYS_PTRACE"', '"SYS_ADMIN"',
                      f"cowtop {pool.master}"):
            true(words, words in lines, lines)
        true("no docker", "docker" not in lines, lines)


@test
def user_namespace():
    """In a user namespace frame numbers are closed, whatever the capabilities, and it says so"""
    prefix = ("unshare", "--user", "--map-root-user")
    need_to_run(*prefix)
    document = doctor(prefix=prefix)
    equal("level of cowtop itself", document["processes"][0]["level"], "estimate")
    settings = {s["name"]: s["value"] for s in document["settings"]}
    equal("setting", settings["user namespace"], "a nested one")
    true("the way out", any("user namespace" in f["title"] for f in document["fixes"]))


@test
def kernel_thread():
    """A kernel thread is there, and no pool"""
    with contextlib.suppress(OSError):
        with open("/proc/2/status", encoding="ascii") as file:
            if "VmRSS" not in file.read():
                status, _, err = cowtop("doctor", "2")
                equal(err, status, 6)
                true("said", "kernel thread" in err, err)
                return
    raise Skip("pid 2 is no kernel thread here")


@test
def hidepid():
    """hidepid of the mount that is in force"""
    need_root()
    need("setpriv")
    need_to_run(*HIDEPID)
    settings = {s["name"]: s["value"] for s in doctor(prefix=HIDEPID)["settings"]}
    true("shown", settings["hidepid of /proc"] in ("2", "invisible"), settings)
    lines = fixes(doctor(prefix=(*HIDEPID, *NOBODY)))
    true("fix", "hidepid=0" in lines, lines)


@test
def text():
    """The text: 80 columns but for lines to copy, the same findings as the JSON"""
    need_root()
    need("setpriv")
    for prefix in ((), NOBODY):
        status, out, err = cowtop("doctor", prefix=prefix)
        equal("status", (status, err), (0, ""))
        long = [s for s in out.splitlines() if len(s) > 80 and not s.startswith("    ")]
        equal("long lines", long, [])
        document = doctor(prefix=prefix)
        for process in document["processes"]:
            true("level", f"level {process['level']}:" in out)
        for setting in document["settings"]:
            true(setting["name"], setting["name"] in out)
        for fix in document["fixes"]:
            true(fix["title"], fix["title"] in " ".join(out.split()))


@test
def hostile_name():
    """A process whose name holds escapes is shown clean"""
    with SmallPool(1, before="open('/proc/self/comm', 'wb').write(b'\\x1b[31m\\nx')\n") as pool:
        status, out, _ = cowtop("doctor", pool.master)
        equal("status", status, 0)
        true("no escape", "\x1b" not in out)


@test
def no_such_process():
    """doctor on a pid that is none: exit 5"""
    child = subprocess.Popen(["true"])
    child.wait()
    fails(5, "doctor", child.pid)


if __name__ == "__main__":
    main()
