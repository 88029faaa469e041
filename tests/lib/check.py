"""A small harness for tests of cowtop on real processes: TAP, runners, and the kernel's own figures.

    from check import *

    @test
    def something():
        need_root()
        with Mkpool() as pool:
            ...
            equal("rows", got, wanted)

    main()

Binaries: $COWTOP (default build/cowtop), $MKPOOL (default build/mkpool). Nothing sleeps and hopes:
`until` polls with a deadline. Every process that a test starts ends with its `with` block.
"""
import array
import contextlib
import ctypes
import datetime
import functools
import json
import mmap
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COWTOP = os.environ.get("COWTOP") or os.path.join(ROOT, "build", "cowtop")
MKPOOL = os.environ.get("MKPOOL") or os.path.join(ROOT, "build", "mkpool")
PAGE = os.sysconf("SC_PAGE_SIZE")
HUGE = PAGE // 8        # pages in a huge one: as many as one page of page table has entries
SLOW = 4 if os.environ.get("SAN") else 1     # how much longer things may take under a sanitizer
CLASSES = ("shared", "orphaned", "cow_broken", "cow_file", "new", "file", "swapped")
RESIDENT = CLASSES[:-1]
# How long a condition may take that must come true: no measure of anything, only the end of a hang.
# A machine may be slow or busy. PATIENCE_FACTOR (0.2) shortens it where much is expected to fail.
PATIENCE = 120.0 * SLOW * float(os.environ.get("PATIENCE_FACTOR") or 1)

# Prefixes of commands: as a user without rights, and where /proc hides other users' processes.
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
HIDEPID = ("unshare", "--mount", "sh", "-c", 'mount -t proc -o hidepid=2 proc /proc && exec "$@"', "sh")


# ---- TAP

class Skip(Exception):
    pass


class Failed(Exception):
    pass


_tests = []


def test(function):
    """Register a test; its name is the first line of its docstring, or that of the function."""
    doc = (function.__doc__ or function.__name__.replace("_", " ")).strip()
    _tests.append((doc.splitlines()[0], function))
    return function


def add_test(name, function):
    _tests.append((name, function))


def main():
    """Run all tests, or those whose name holds a word of the command line; print TAP; exit."""
    # What a background job or nohup ignores stays without effect here, but a program that a test starts
    # has it as by default: exec resets handlers, not what is ignored.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    words = sys.argv[1:]
    chosen = [t for t in _tests if not words or any(w in t[0] for w in words)]
    failed = 0
    for number, (name, function) in enumerate(chosen, 1):
        try:
            function()
            line = f"ok {number} - {name}"
        except Skip as reason:
            line = f"ok {number} - {name} # SKIP {reason}"
        except Exception as error:  # a crash of a test is a failed test
            failed += 1
            line = f"not ok {number} - {name}"
            text = str(error) if isinstance(error, Failed) else traceback.format_exc()
            line += "".join(f"\n# {t}" for t in text.splitlines())
        print(line, flush=True)
    print(f"1..{len(chosen)}", flush=True)
    sys.exit(1 if failed else 0)


def fail(message):
    raise Failed(message)


def true(what, condition, detail=""):
    if not condition:
        fail(f"{what}: does not hold{': ' + str(detail) if detail != '' else ''}")


def equal(what, got, wanted):
    if got != wanted:
        fail(f"{what}: got {got!r}, expected {wanted!r}")


def near(what, got, wanted, slack):
    if got is None or abs(got - wanted) > slack:
        fail(f"{what}: got {got!r}, expected {wanted!r} within {slack!r}")


def need_root():
    if os.geteuid():
        raise Skip("needs root")


def need(*programs):
    """Skip unless each is a path that exists or a program in PATH."""
    for p in programs:
        if not (os.path.exists(p) if "/" in p else shutil.which(p)):
            raise Skip(f"{p} is not installed" if "/" not in p else f"no {p}")


def need_to_run(*prefix):
    """Skip unless programs can be run behind this prefix: a container may forbid namespaces."""
    need(prefix[0])
    done = subprocess.run([*prefix, "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    if done.returncode:
        raise Skip(done.stderr.decode("utf-8", "replace").strip().split("\n")[0] or f"no {prefix[0]} here")


def must_be_built(*binaries):
    for path in binaries:
        if not os.access(path, os.X_OK):
            fail(f"{path} is not built")


def need_writable(path):
    if not os.access(path, os.W_OK):
        raise Skip(f"{path} is not writable")


def until(what, condition, seconds=PATIENCE, step=0.02):
    """Poll until condition() is true and return what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            fail(f"{what}: not within {seconds} s")
        time.sleep(step)


@contextlib.contextmanager
def folder(mode=0o755, owner=None):
    """A folder of the test's own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cowtop.") as path:
        os.chmod(path, mode)
        if owner:
            shutil.chown(path, owner, owner)
        yield path


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


# ---- cowtop

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


PPOLL = {"x86_64": "271", "aarch64": "73"}


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


# ---- a pool with known truth

class Mkpool:
    """tests/pool/mkpool; every command gives what is then true, also kept as .truth (by slot)."""

    def __init__(self, *commands, prefix=(), env=None):
        must_be_built(MKPOOL)
        self.process = subprocess.Popen([*prefix, MKPOOL], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=env)
        self._answer("start")
        for c in commands:
            self.do(c)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        gone = [p["pid"] for p in self.truth.values()]
        until("the pool goes away", lambda: not any(running(pid) for pid in gone))

    def _answer(self, command):
        line = self.process.stdout.readline()
        if not line:
            fail(f"mkpool ended at: {command}")
        answer = json.loads(line)
        if "error" in answer:
            raise MkpoolError(f"mkpool: {command}: {answer['error']}")
        self.truth = {p["slot"]: p for p in answer["processes"]}
        return self.truth

    def do(self, *commands):
        for c in commands:
            self.process.stdin.write(c.encode() + b"\n")
            self.process.stdin.flush()
            self._answer(c)
        return self.truth

    @property
    def master(self):
        return self.truth[0]["pid"]

    def pid(self, slot):
        return self.truth[slot]["pid"]

    def pages(self):
        """{pid: {class: pages}} inside the arenas."""
        return {p["pid"]: p["pages"] for p in self.truth.values()}


class MkpoolError(Failed):
    pass


# ---- what the kernel says, read here a second time

PRESENT, SWAPPED, FILE, EXCLUSIVE = 1 << 63, 1 << 62, 1 << 61, 1 << 56
FRAME = (1 << 55) - 1
KPF_KSM, KPF_ZERO, KPF_THP, KPF_AE = 1 << 21, 1 << 24, 1 << 22, 1 << 34


def running(pid):
    """A process that is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return f.read().rsplit(b")", 1)[1].split()[0] not in b"ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def asleep(*pids):
    """All of them sleep: who reads commands and does nothing else has come to its next read."""
    return all(stat_fields(pid)[0] == b"S" for pid in pids)


def waits(pid, name):
    """Its exec of `name` is over, and it sleeps: in the midst of an exec it has the new name already."""
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as f:
            return f.read() == f"{name}\n" and asleep(pid)
    except (FileNotFoundError, ProcessLookupError):
        return False


def pagemap(pid, start, pages):
    words = array.array("Q")
    with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as f:
        data = os.pread(f.fileno(), pages * 8, start // PAGE * 8)
    words.frombytes(data)
    return words


def arena_words(process):
    """pagemap of all arenas of a process of the truth, in order."""
    words = array.array("Q")
    for a in process["arenas"]:
        words.extend(pagemap(process["pid"], a["base"], a["pages"]))
    return words


def page_words(name, frames):
    """/proc/kpageflags or /proc/kpagecount of frames: {frame: word}."""
    with open(f"/proc/{name}", "rb", buffering=0) as f:
        return {n: int.from_bytes(os.pread(f.fileno(), 8, n * 8), sys.byteorder) for n in frames}


@functools.lru_cache
def fresh_page_flags():
    """Bits of kpageflags of a page that only this process has and just wrote."""
    with mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as page:
        page[0] = 1
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        frame = pagemap(os.getpid(), address, 1)[0] & FRAME
        return page_words("kpageflags", [frame])[frame]


def flag_is_told():
    """Does this kernel tell exclusive pages (bit 34 of kpageflags)?"""
    return bool(fresh_page_flags() & KPF_AE)


def mappings(pid):
    """[(start, end, perms, name)] without what the kernel does not count."""
    result = []
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as f:
        for line in f:
            words = line.split(None, 5)
            start, end = (int(w, 16) for w in words[0].split("-"))
            name = words[5].strip() if len(words) > 5 else ""
            if not name.startswith(("[vvar", "[vsyscall")):
                result.append((start, end, words[1], name))
    return result


def mapped_frames(pid):
    """The set of frames that a process maps, the zero page left out."""
    frames = set()
    for start, end, _, _ in mappings(pid):
        for word in pagemap(pid, start, (end - start) // PAGE):
            if word & PRESENT:
                frames.add(word & FRAME)
    flags = page_words("kpageflags", frames)
    return {n for n in frames if not flags[n] & KPF_ZERO}


def rollup(pid):
    """/proc/PID/smaps_rollup in bytes."""
    result = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        for line in f.readlines()[1:]:
            key, value = line.split(":")
            result[key] = int(value.split()[0]) * 1024
    return result


def stat_fields(pid):
    """/proc/PID/stat from field 3 (state) on; proc(5)'s field n is [n - 3]."""
    with open(f"/proc/{pid}/stat", "rb") as f:
        return f.read().rsplit(b")", 1)[1].split()


def minflt(pid):
    return int(stat_fields(pid)[7])


@contextlib.contextmanager
def kernel_setting(path, value):
    """Write a kernel setting and put the old one back."""
    need_writable(path)
    with open(path, encoding="ascii") as f:
        old = f.read().strip()
    if "[" in old:  # "always [madvise] never"
        old = old.split("[")[1].split("]")[0]
    try:
        with open(path, "w", encoding="ascii") as f:
            f.write(str(value))
    except OSError as error:
        raise Skip(f"{path}: {error.strerror}") from None
    try:
        yield
    finally:
        with open(path, "w", encoding="ascii") as f:
            f.write(old)


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
