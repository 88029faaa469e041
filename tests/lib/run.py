"""Running cowtop and other programs: to their end, or as long as a `with` block goes.

Binaries: $COWTOP (default build/cowtop), $MKPOOL (default build/mkpool). A test that changes them, or runs as
another user, says run.COWTOP and run.MKPOOL: readable_binaries() replaces both.
"""
import contextlib
import datetime
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from tap import add_test, equal, fail, must_be_built, need, need_root, need_to_run, PATIENCE, ROOT, true

COWTOP = os.environ.get("COWTOP") or os.path.join(ROOT, "build", "cowtop")
MKPOOL = os.environ.get("MKPOOL") or os.path.join(ROOT, "build", "mkpool")
# Prefixes of commands: as a user without rights, and where /proc hides other users' processes.
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
HIDEPID = ("unshare", "--mount", "sh", "-c", 'mount -t proc -o hidepid=2 proc /proc && exec "$@"', "sh")
PPOLL = {"x86_64": "271", "aarch64": "73"}


@contextlib.contextmanager
def folder(mode=0o755, owner=None):
    """A folder of the test's own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cowtop.") as path:
        os.chmod(path, mode)
        if owner:
            shutil.chown(path, owner, owner)
        yield path


def write_file(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def free_port():
    """Of TCP, on this machine."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def through(shim, **more):
    """The environment in which a program runs through a preloaded shim. AddressSanitizer wants to be the
    first library; it works behind this one."""
    options = [o for o in (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0") if o]
    return dict(os.environ, LD_PRELOAD=shim, ASAN_OPTIONS=":".join(options), **more)


@contextlib.contextmanager
def readable_binaries():
    """Copies of cowtop and mkpool that every user may run, wherever this tree is."""
    global COWTOP, MKPOOL
    was = COWTOP, MKPOOL
    must_be_built(*was)
    with folder() as place:
        COWTOP, MKPOOL = (shutil.copy(path, place) for path in was)
        for path in (COWTOP, MKPOOL):
            # Its pages do not turn from dirty to clean in the midst of a test.
            with open(path, "rb") as f:
                os.fsync(f.fileno())
        try:
            yield
        finally:
            COWTOP, MKPOOL = was


def as_both(function, needs=()):
    """Register a test for root and one for an ordinary user; it gets the prefix of commands. Root must be able to
    run the command `needs`."""
    name = function.__doc__.splitlines()[0]

    def as_root(prefix=()):
        need_root()
        if needs:
            need_to_run(*needs)
        function(prefix)

    def as_nobody():
        need("setpriv")
        with readable_binaries():
            as_root(NOBODY)
    add_test(f"{name}, as root", as_root)
    add_test(f"{name}, as an ordinary user", as_nobody)
    return function


def cowtop(*args, prefix=(), seconds=PATIENCE, **popen):
    """Run it to its end; (status, stdout, stderr) as text."""
    done = subprocess.run([*prefix, COWTOP, *map(str, args)], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=seconds, **popen)
    return done.returncode, done.stdout.decode("utf-8", "strict"), done.stderr.decode("utf-8", "replace")


def samples(target, n=1, *args, **more):
    """`cowtop --json -n N TARGET` as a list of documents."""
    status, out, err = cowtop("--json", "-n", n, *args, target, **more)
    if status:
        fail(f"cowtop --json {target}: exit {status}: {err.strip()[:600]}")
    if n == 1:
        return [json.loads(out)]
    documents = [json.loads(line) for line in out.splitlines()]
    equal("documents", len(documents), n)
    return documents


def sample(target, *args, **more):
    return samples(target, 1, *args, **more)[0]


def rows(document):
    """The processes of a document by pid; a pid twice is a failure."""
    result = {}
    for p in document["processes"]:
        true(f"pid {p['pid']} is listed once", p["pid"] not in result)
        result[p["pid"]] = p
    return result


class Held:
    """`with`: the end of the block is the end of self.process, whether it has ended by itself or not."""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.communicate()


class Stream(Held):
    """A cowtop that keeps sampling, so that its ledger has a history."""

    def __init__(self, target, interval=0.05, prefix=(), more=()):
        command = [*prefix, COWTOP, "--json", "-n", "1000000", "-i", str(interval), *more, str(target)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.left = b""

    def next(self, seconds=PATIENCE):
        """The next document, or None at the end."""
        deadline = time.monotonic() + seconds
        fd = self.process.stdout.fileno()
        while b"\n" not in self.left:
            if not select.select([fd], [], [], max(0, deadline - time.monotonic()))[0]:
                fail(f"cowtop gave no document within {seconds} s")
            got = os.read(fd, 1 << 16)
            if not got:
                return None
            self.left += got
        line, self.left = self.left.split(b"\n", 1)
        return json.loads(line)

    def ended(self):
        """(status, stderr) of a cowtop that has said its last document."""
        err = self.process.stderr.read().decode("utf-8", "replace")
        return self.process.wait(timeout=PATIENCE), err[:600]

    def fresh(self, seconds=PATIENCE):
        """The first document whose sample was begun after this call."""
        return self.after(time.time(), seconds)

    def after(self, moment, seconds=PATIENCE):
        """The first document begun after `moment`: a document's time is when its sample was done, so
        it is the one behind the first that is later."""
        late = 0
        while True:
            document = self.next(seconds)
            if document is None:
                fail("cowtop ended: exit %d: %s" % self.ended())
            if late:
                return document
            late = seconds_of(document["time"]) > moment + 0.001


def perf_events(pid):
    """How many perf events a process has open; files come and go while one looks."""
    count = 0
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                count += "perf_event" in os.readlink(f"/proc/{pid}/fd/{name}")
    return count


def watching(pid):
    """Has this cowtop attached to all of the pool: does its first thread wait for the end?"""
    try:
        with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
            waits = file.read().split()[0] == PPOLL.get(os.uname().machine)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return waits and perf_events(pid) > 0


def seconds_of(stamp):
    return datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def shown(text):
    """What a terminal shows of the last line of `text`, which has no escapes: each \\r begins the line anew."""
    seen = b""
    for part in text.split(b"\n")[-1].split(b"\r"):
        seen = part + seen[len(part):]
    return seen


@contextlib.contextmanager
def spawned(command, **popen):
    """A process in a session of its own; the whole session's group is ended afterwards."""
    process = subprocess.Popen(command, start_new_session=True, **popen)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
