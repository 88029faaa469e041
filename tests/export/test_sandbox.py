#!/usr/bin/python3
"""Under the restrictions of their units, read from these and applied by hand, cowtop export and cowtop record say of a
pool what an unconfined cowtop says."""
import glob
import json
import os
import re
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
import fleet
import run
from mkpool import filled, fork, MASTER, Mkpool, write
from sandbox import environment, mask, Sandbox, settings, status, USER
from tap import equal, main, PATIENCE, test, true, until

OTHERS = "8765"
POOL = dict(prefix=("setpriv", f"--reuid={OTHERS}", f"--regid={OTHERS}", "--clear-groups"))
MADE = (*filled(MASTER, 1000), fork(), fork(), write(worker=1, pages=300), write(worker=2, pages=200),
        write(worker=MASTER, first=500, pages=100))
# Metrics of a pool, and what of `cowtop --json` they are.
SAME = {"resident_memory_bytes": "rss_bytes", "footprint_bytes": "footprint_bytes", "saved_bytes": "saved_bytes",
        "unique_memory_bytes": "uss_bytes", "prefork_bytes": "prefork_bytes", "copied_bytes": "copied_bytes",
        "worker_copied_bytes": "cow_broken_bytes", "master_copied_bytes": "master_cow_broken_bytes"}
# What a service must not be able to do: a line for each that it can.
ESCAPES = r"""
import ctypes, mmap, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def tries(name, act):
    try:
        act()
        print(name)
    except OSError:
        pass
def refused(result):
    if result in (-1, 2**64 - 1):
        raise OSError(ctypes.get_errno(), "")
libc.mmap.restype = ctypes.c_void_p
tries("writes to the root", lambda: open("/etc/cowtop.test", "w"))
tries("writes to /proc/sys", lambda: open("/proc/sys/kernel/hostname", "w"))
tries("makes a socket of IPv4", lambda: socket.socket())
tries("makes a namespace", lambda: refused(libc.unshare(0x10000000)))
tries("mounts", lambda: refused(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)))
tries("traces", lambda: refused(libc.ptrace(16, os.getppid(), 0, 0)))
tries("maps what it writes to be run", lambda: mmap.mmap(-1, 4096, prot=7))
tries("reads kernel addresses", lambda: open("/proc/kallsyms").read(1) or refused(-1))
tries("asks for the clock's setting", lambda: refused(libc.adjtimex(ctypes.create_string_buffer(256))))
tries("becomes root", lambda: os.setuid(0))
print("tried")
"""


def figures(text, pool="mkpool"):
    """{metric without cowtop_pool_: value} of a pool."""
    rows = re.findall(rf'^cowtop_pool_(\w+)\{{pool="{pool}"\}} (\S+)$', text, re.M)
    return {name: float(value) for name, value in rows}


def is_confined(pid, sandbox):
    now = status(pid)
    equal("user", now["Uid"].split(), [str(USER)] * 4)
    equal("NoNewPrivs", now["NoNewPrivs"], "1")
    equal("Seccomp", now["Seccomp"], "2")
    equal("bounding set", int(now["CapBnd"], 16) & ~mask(sandbox.bounding), 0)
    for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        true(f"{name} {now[name]} is within the unit's", int(now[name], 16) & ~mask(sandbox.ambient) == 0)


@test
def nothing_else():
    """The restrictions are in force: what each forbids is tried, and refused"""
    for name in ("cowtop-export.service", "cowtop-record.service"):
        sandbox = Sandbox(name)
        done = subprocess.run(sandbox.words(sys.executable, "/tmp/cowtop", "-c", ESCAPES), capture_output=True,
                              text=True, timeout=PATIENCE, env=environment())
        equal(f"{name}: a program of it may", (done.returncode, done.stdout, done.stderr), (0, "tried\n", ""))


@test
def exporter():
    """cowtop export as its unit starts it, on a socket of systemd's: another user's pool, and the unconfined figures"""
    sandbox = Sandbox("cowtop-export.service")
    words = settings("cowtop-export.service")["ExecStart"][0].split()[1:]
    with run.readable_binaries(), socket.create_server(("127.0.0.1", 0)) as s, Mkpool(*MADE, **POOL) as pool:
        os.set_inheritable(s.fileno(), True)
        # Descriptor 3 is the socket, whatever it is here.
        start = ["sh", "-c", f'exec 3<&{s.fileno()}; exec "$@"', "sh",
                 *sandbox.words(run.COWTOP, "/tmp/cowtop", *words)]
        with fleet.running(*start, pass_fds=[s.fileno()], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           env=environment(LISTEN_FDS="1")) as process:
            port = s.getsockname()[1]
            fleet.answers(port, "/healthz")
            level = 'cowtop_pool_level{pool="mkpool"'
            text = until("the pool", lambda: level in (t := fleet.get(port, "/metrics")) and t)
            is_confined(process.pid, sandbox)
            true("it runs", process.poll() is None)
            process.terminate()
            equal("it ends", process.wait(PATIENCE), 0)
        # The next one is handed the same socket.
        s.settimeout(PATIENCE)
        with socket.create_connection(s.getsockname(), timeout=PATIENCE):
            s.accept()[0].close()
        document = run.sample(pool.master)
    true("exact", 'cowtop_pool_level{pool="mkpool",level="exact"} 1' in text, text[:600])
    equal("level", document["accounting"]["level"], "exact")
    found = figures(text)
    equal("figures", {name: found.get(name) for name in SAME},
          {name: document["pool"][key] for name, key in SAME.items()})
    true("pages are copied", found["worker_copied_bytes"] >= 500 * 4096, found)


@test
def recorder():
    """cowtop record as its unit starts it: the recording has the figures of an unconfined cowtop"""
    sandbox = Sandbox("cowtop-record.service")
    words = settings("cowtop-record.service")["ExecStart"][0].replace("/var/lib/cowtop", "/tmp/state").split()[1:]
    with run.readable_binaries(), run.folder(owner=USER) as place, Mkpool(*MADE, **POOL) as pool:
        done = subprocess.run(sandbox.words(run.COWTOP, "/tmp/cowtop", *words, "-i", "1", "-n", "2", state=place),
                              capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                              env=environment())
        equal(f"record: {done.stderr}", done.returncode, 0)
        document = run.sample(pool.master)
        files = glob.glob(f"{place}/mkpool-*.ct")
        equal("recordings", len(files), 1)
        code, out, err = run.cowtop("replay", "--json", files[0])
        equal(f"replay: {err}", code, 0)
        recorded = json.loads(out.splitlines()[0])
    equal("level", recorded["accounting"]["level"], "exact")
    keys = sorted(SAME.values())
    equal("figures", {key: recorded["pool"][key] for key in keys}, {key: document["pool"][key] for key in keys})


if __name__ == "__main__":
    main()
