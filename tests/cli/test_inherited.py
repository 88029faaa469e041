#!/usr/bin/python3
"""What whoever starts cowtop hands down: signals, descriptors, limits, the environment."""
import contextlib
import fcntl
import json
import os
import resource
import signal
import socket
import subprocess
import time

from smallpool import fails, server, SmallPool
import run
from run import cowtop, folder
from tap import equal, main, must_be_built, near, PATIENCE, Skip, test, true, until

BLOCKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE, signal.SIGWINCH)


def ignore(*signals):
    def before():
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
    return before


def block():
    signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)


@test
def children_of_whom_nobody_asks():
    """SIGCHLD ignored: a load ends with its own status, and a command that fails is seen at once"""
    for before in (None, ignore(signal.SIGCHLD)):
        status, out, err = cowtop("--json", "--load", "exit 0", "--", *server(), preexec_fn=before)
        equal(f"status, {err}", status, 0)
        equal("samples", len(out.splitlines()), 2)
        status, _, err = cowtop("--json", "--load", "exit 7", "--", *server(), preexec_fn=before)
        equal(f"status, {err}", status, 1)
        true("the load's status", "the load ended with status 7" in err, err)
        began = time.monotonic()
        err = fails(5, "--json", "--", "false", preexec_fn=before)
        equal("why", err, "cowtop: false: ended with status 1 and left no pool\n")
        near("at once", time.monotonic() - began, 0, 20)


@contextlib.contextmanager
def pipe():
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    yield read, write


@contextlib.contextmanager
def fifo():
    with folder() as place:
        path = os.path.join(place, "fifo")
        os.mkfifo(path)
        read = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(read, True)
        write = os.open(path, os.O_WRONLY)
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
        yield read, write


@contextlib.contextmanager
def stream():
    one, other = socket.socketpair()
    other.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
    yield one.detach(), other.detach()


def read_slowly(kind, words):
    """(status, stdout, stderr) where a reader takes little, and no faster than it must."""
    must_be_built(run.COWTOP)
    with kind() as (read, write):
        os.set_blocking(write, False)
        process = subprocess.Popen([run.COWTOP, *map(str, words)], stdin=subprocess.DEVNULL, stdout=write,
                                   stderr=subprocess.PIPE)
        os.close(write)
        time.sleep(0.2)  # the pipe is full before the first byte of it is taken
        out = b""
        while piece := os.read(read, 1500):
            out += piece
            time.sleep(0.001)
        os.close(read)
        return process.wait(timeout=PATIENCE), out.decode(), process.communicate()[1].decode()


@test
def output_that_does_not_wait():
    """O_NONBLOCK on a pipe, a FIFO and a socket whose reader is slow: everything arrives"""
    with SmallPool(6) as pool, folder() as place:
        recording = os.path.join(place, "r.ct")
        equal("record", cowtop("record", "-o", recording, "-n", 30, "-i", 0.01, "--fixed", pool.master)[0], 0)
        for words in (["report", recording], ["report", "--json", recording], ["replay", "--json", recording],
                      ["replay", "--csv", recording], ["diff", recording, recording], ["--help"]):
            whole = cowtop(*words)
            equal(f"{words}: alone", (whole[0], whole[2]), (0, ""))
            for kind in (pipe, fifo, stream):
                status, out, err = read_slowly(kind, words)
                equal(f"{words}, {kind.__name__}: status, {err}", status, 0)
                true(f"{words}, {kind.__name__}: all of it", out == whole[1], (len(out), len(whole[1])))
        for kind in (pipe, fifo, stream):
            status, out, err = read_slowly(kind, ["--json", "-n", 3, "-i", 0.05, pool.master])
            equal(f"live, {kind.__name__}: status, {err}", status, 0)
            equal("documents", [len(json.loads(line)["processes"]) for line in out.splitlines()], [7, 7, 7])


@test
def reader_that_never_reads():
    """O_NONBLOCK and a reader that takes nothing: cowtop waits, and ends when it is told to"""
    with SmallPool(6) as pool, pipe() as (read, write):
        os.set_blocking(write, False)
        process = subprocess.Popen([run.COWTOP, "--json", "-i", "0.05", str(pool.master)], stdin=subprocess.DEVNULL,
                                   stdout=write, stderr=subprocess.PIPE)

        def waiting():
            with open(f"/proc/{process.pid}/syscall", encoding="ascii") as file:
                call = file.read().split()
            return call[0] == run.PPOLL[os.uname().machine] and call[2] == "0x1"
        until("it waits for its reader", waiting)
        process.send_signal(signal.SIGTERM)
        err = process.communicate(timeout=PATIENCE)[1].decode()
        equal("status", process.returncode, 1)
        true("why", err.startswith("cowtop: cannot write standard output"), err)
        os.close(read)
        os.close(write)


@test
def blocked_signals():
    """Signals that were blocked from the start: SIGINT, SIGTERM, SIGHUP end a run, a closed pipe a series"""
    with SmallPool(1) as pool:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = subprocess.Popen([run.COWTOP, "--json", "-i", "0.05", str(pool.master)], preexec_fn=block,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            json.loads(process.stdout.readline())
            process.send_signal(number)
            process.communicate(timeout=PATIENCE)
            equal(f"status after {number.name}", process.returncode, 0)
        # A verb that does not wait for anything is ended by the signal itself.
        with folder() as place:
            path = os.path.join(place, "fifo")
            os.mkfifo(path)
            process = subprocess.Popen([run.COWTOP, "report", "-"], preexec_fn=block, stdin=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            process.send_signal(signal.SIGTERM)
            true("report is ended", process.wait(timeout=PATIENCE) != 0)
            process.stdin.close()
        status, _, err = cowtop("--json", "--load", "exit 0", "--", *server(), preexec_fn=block)
        equal(f"a load, {err}", status, 0)


ODD = {
    "POSIXLY_CORRECT": "1", "GETOPT_COMPATIBLE": "1", "COLUMNS": "junk", "LINES": "-1", "TERM": "no-such",
    "TZ": "Nowhere/../../x,M99", "LC_ALL": "xx_YY.junk", "LANG": "\x80", "LANGUAGE": "de:fr", "COWTOP": "/junk",
    "NCURSES_NO_UTF8_ACS": "junk", "ESCDELAY": "-5", "TMPDIR": "/nowhere", "HOME": "relative",
    "XDG_CONFIG_HOME": "relative", "UNW_DEBUG_LEVEL": "9", "LIBPROC_HIDE_KERNEL": "1",
}


@test
def odd_environment():
    """Variables of getopt, ncurses, the C library: junk in them changes no figure, nor where options may stand"""
    with SmallPool(2) as pool:
        plain = json.loads(cowtop("--json", pool.master)[1])
        for names in ([name] for name in ODD), [[*ODD]]:
            for chosen in names:
                env = dict(os.environ, **{name: ODD[name] for name in chosen})
                status, out, err = cowtop(pool.master, "--json", "-n", 1, env=env)
                equal(f"{chosen}: status, {err}", (status, err), (0, ""))
                equal(f"{chosen}: figures", json.loads(out)["pool"]["pages"], plain["pool"]["pages"])
        status, out, err = cowtop(pool.master, env={})
        equal(f"no environment at all: {err}", status, 0)
        true("the table", f"master {pool.master}" in out, out)


@test
def odd_umask():
    """A umask that takes everything: the pool is sampled, and a recording has the mode that was asked for"""
    with SmallPool(1) as pool, folder() as place:
        for mask, mode in ((0o777, 0o000), (0o077, 0o600), (0o000, 0o666)):
            path = os.path.join(place, f"{mask:o}.ct")
            status, _, err = cowtop("record", "-o", path, "-n", 2, "-i", 0.01, pool.master,
                                    preexec_fn=lambda mask=mask: os.umask(mask))
            equal(f"status, {err}", status, 0)
            equal("mode", os.stat(path).st_mode & 0o777, mode)


@test
def closed_descriptors():
    """0, 1 and 2 closed, in every combination: nothing foreign is written into, and the status says how it went"""
    with SmallPool(1) as pool, folder() as place:
        for closed in range(1, 8):
            def before(closed=closed):
                for fd in range(3):
                    if closed & 1 << fd:
                        os.close(fd)
            path = os.path.join(place, f"{closed}.ct")
            out = os.path.join(place, f"{closed}.json")
            with open(out, "wb") as file:
                process = subprocess.Popen([run.COWTOP, "--json", str(pool.master)], stdin=subprocess.DEVNULL,
                                           stdout=file, stderr=subprocess.DEVNULL, preexec_fn=before)
                status = process.wait(timeout=PATIENCE)
            equal(f"closed {closed:03b}", status, 1 if closed & 2 else 0)
            process = subprocess.Popen([run.COWTOP, "record", "-o", path, "-n", "2", "-i", "0.01", str(pool.master)],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, preexec_fn=before)
            equal(f"record, closed {closed:03b}", process.wait(timeout=PATIENCE), 0)
            status, text, err = cowtop("replay", "--json", path)
            equal(f"replay, {err}", (status, len(text.splitlines())), (0, 2))


def limit(which, value):
    return lambda: resource.setrlimit(which, (value, value))


@test
def file_size_limit():
    """RLIMIT_FSIZE: a recording that does not fit is a failed run that says so, not a silent death"""
    with SmallPool(2) as pool, folder() as place:
        path = os.path.join(place, "r.ct")
        err = fails(1, "record", "-o", path, "-n", 50, "-i", 0.01, pool.master,
                    preexec_fn=limit(resource.RLIMIT_FSIZE, 3000))
        true("why", "File too large" in err, err)


@test
def address_space_limit():
    """RLIMIT_AS: it works, or one line says that there is no memory"""
    if os.environ.get("SAN"):
        raise Skip("a sanitizer reserves terabytes")
    with SmallPool(2) as pool:
        for mib in (8, 16, 32, 64, 256, 1024):
            done = subprocess.run([run.COWTOP, "--json", str(pool.master)], stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=PATIENCE,
                                  preexec_fn=limit(resource.RLIMIT_AS, mib << 20))
            true(f"{mib} MiB: status {done.returncode}, {done.stderr[:300]!r}",
                 done.returncode == 0 or (done.returncode in (1, 127) and done.stderr.count(b"\n") == 1))
        equal("with a GiB", done.returncode, 0)


if __name__ == "__main__":
    main()
