"""What tests of privileges have in common: sets of capabilities, and programs that have them or stand still."""
import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import typing

import run
from run import folder, must_be_built, NOBODY, through, write_file
from tap import need, need_root, ROOT, Skip, until

# Numbers of linux/capability.h, by the words of cowtop-security(7).
WORDS = {"ptrace": (19,), "read": (2,), "admin": (21,), "stacks": (38, 34, 14, 23), "write": (1,)}
PTRACE, DAC_OVERRIDE, KILL = 19, 1, 5
FILE_CAPABILITIES = "cap_sys_ptrace,cap_dac_read_search,cap_sys_admin+ep"
SHIM = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "fault.so")


def bits(*numbers):
    return sum(1 << number for number in numbers)


def status_of(pid, task=None):
    """The sets of a process, or of one of its threads, by their names in status(5): CapEff, CapPrm, ..."""
    path = f"/proc/{pid}/task/{task}/status" if task else f"/proc/{pid}/status"
    with open(path, encoding="utf-8", errors="replace") as file:
        return sets_in(file.read())


def sets_in(text):
    return {name: int(value, 16) for name, value in re.findall(r"^(Cap\w+|NoNewPrivs):\s*(\w+)$", text, re.M)}


class Row(typing.NamedTuple):
    """What a verb keeps, what is lent to it, and what comes to each of them with some options only."""
    kept: int
    lent: int
    kept_more: int
    lent_more: int


def table():
    """{verb: Row} of cowtop-security(7), as bits."""
    with open(f"{ROOT}/man/cowtop-security.7", encoding="utf-8") as file:
        rows = file.read().partition("\n_\n")[2].partition("\n.TE")[0].splitlines()

    def sets(words):
        return bits(*(n for word in words.replace(r"\-", "").split() for n in WORDS[word]))
    found = {}
    for row in rows:
        verb, kept, lent, more = row.split("\t")
        more = sets(more.split()[0])
        write = bits(DAC_OVERRIDE)
        found[verb.replace(r"\fRcowtop\fR", "")] = Row(sets(kept), sets(lent), more & ~write, more & write)
    return found


@contextlib.contextmanager
def running(*command, output=subprocess.DEVNULL, **more):
    """A program that is killed at the end of the block."""
    with subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL, stdout=output,
                          stderr=subprocess.PIPE, **more) as process:
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def full_pipe():
    """The end to write to of a pipe that nobody reads: who writes into it stands still."""
    reader, writer = os.pipe()
    try:
        flags = fcntl.fcntl(writer, fcntl.F_GETFL)
        fcntl.fcntl(writer, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, bytes(4096))
        fcntl.fcntl(writer, fcntl.F_SETFL, flags)
        yield writer
    finally:
        os.close(reader)
        os.close(writer)


class HeldReading:
    """The environment of a cowtop that stands still when it has opened a file of this name and reads it."""

    def __init__(self, place, name):
        must_be_built(SHIM)
        self.log = write_file(f"{place}/log", "")
        held = write_file(f"{place}/held", "")
        self.environment = through(SHIM, FAULT=f"read:held:/{name}", FAULT_HELD=held, FAULT_LOG=self.log)

    def begin(self):
        write_file(self.log, "")

    def wait(self):
        until("it reads the file", lambda: os.path.getsize(self.log))


@contextlib.contextmanager
def capable_copy():
    """A copy of cowtop with the capabilities that cowtop-doctor(1) names, for `NOBODY`; its path."""
    need_root()
    need("setpriv", "setcap")
    with folder() as place:
        if os.statvfs(place).f_flag & os.ST_NOSUID:
            raise Skip(f"{place} is mounted with nosuid")
        path = shutil.copy(run.COWTOP, f"{place}/cowtop-exact")
        os.chmod(path, 0o755)
        done = subprocess.run(["setcap", FILE_CAPABILITIES, path], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        if done.returncode:
            raise Skip(f"setcap does not work here: {done.stderr.strip()}")
        if subprocess.run([*NOBODY, path, "--version"], stdin=subprocess.DEVNULL, capture_output=True,
                          check=False).returncode:
            raise Skip("the bounding set lacks a capability of the copy")
        yield path
