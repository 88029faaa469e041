#!/usr/bin/python3
"""The README, followed as printed: its commands run one after the other in one shell, in a network of its own, and what
they print has the shape that is shown. Numbers differ, words do not; "..." stands for any lines.
"""
import ctypes
import fcntl
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from run import COWTOP, cowtop, folder
from tap import equal, fail, Failed, main, must_be_built, need, need_root, PATIENCE, ROOT, Skip, test, true, until

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
END = "end of the command"
PORT = 8000
STARTS = r"gunicorn .*& sleep"


def blocks():
    """The lines of each fenced block."""
    with open(f"{ROOT}/README.md", encoding="utf-8") as f:
        return [block.splitlines() for block in re.findall(r"^```\n(.*?)^```$", f.read(), re.M | re.S)]


def commands():
    """Each command that is shown with a prompt, and the lines that are shown behind it."""
    found = []
    for lines in blocks():
        for line in lines if lines[0].startswith("$ ") else ():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found[-1][0].endswith("\\") and not found[-1][1]:
                found[-1] = (found[-1][0][:-1] + line.strip(), [])
            else:
                found[-1][1].append(line)
    return found


def words(lines):
    """What the shape is made of: words, and a # for every number, size, time, date or dash in its place."""
    text = re.sub(r"[~<>+-]*\d[\d.:]*[kMGsmh%]*", "#", " ".join(lines))
    text = re.sub(r"# (KiB|MiB|GiB|B|%)", "#", re.sub(r"#+", "#", text))
    return [re.sub(r"^[~<>+-]*[#-]$", "#", word) for word in text.split()]


def position(wanted, got, begin):
    """Where the words are, one after the other, or -1."""
    return next((at for at in range(begin, len(got) - len(wanted) + 1) if got[at:at + len(wanted)] == wanted), -1)


def check_shape(command, shown, printed):
    got, at = words(printed), 0
    parts = " \n".join(shown).split("...")
    for number, part in enumerate(parts):
        wanted = words(part.split("\n"))
        found = position(wanted, got, at)
        true(f"{command}: prints {' '.join(wanted)}", found >= 0, "\n".join(printed))
        if number == 0:
            equal(f"{command}: begins with it", found, 0)
        at = found + len(wanted)
    if parts[-1].strip():
        equal(f"{command}: ends with it", got[at:], [])


# One look at a pool that has a heartbeat: who moves meanwhile has estimates, and is looked at again.
AGAIN = ("cowtop gunicorn | cat",)

# On a busy machine the load's first collection may come before the first look, or not while one watches: then all is
# done once more, from the start of the pool, and watched for longer.
MISSED = ("came before there was anything to judge by", "no full collection yet")


def longer(command, times):
    return re.sub(r"(?<=--watch )\d+", lambda seconds: str(times * int(seconds[0])), command)


def from_the_start(shell, since, times):
    """What the last command prints when those since the pool's start are typed again."""
    shell.run("kill $(jobs -p) 2>/dev/null; wait; jobs >/dev/null 2>&1")  # their numbers are free again
    for command in since:
        printed = shell.run(longer(command, times))[1]
        shell.settle(command)
    return printed


def check_at_rest(command, shown, shell):
    """What it prints has the shape as soon as nothing in it is an estimate."""
    last = []

    def fits():
        status, last[:] = shell.run(command)
        equal(f"{command}: exit status ({last})", status, 0)
        return not any("~ estimate" in line for line in last)
    try:
        until(f"{command}: a look while nobody moves", fits)
    except Failed as error:
        fail("\n".join([str(error), *last]))
    check_shape(command, shown, last)


def own_network():
    """Before exec: the ports are nobody else's."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket() as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


# Who sleeps in the background before a load waits for the cowtop that is to see it as well.
SLEEP = r"""sleep() {
    command sleep "$@"
    [ $BASHPID = $$ ] || until grep -qs poll "/proc/$(pgrep -x -P $$ cowtop)/wchan"; do command sleep 0.1; done
}"""


class Shell:
    """A shell that somebody types into: what is in the background has begun to serve before the next line."""

    def __init__(self, place):
        tools = f"{place}/tools"
        os.mkdir(tools)
        os.symlink(os.path.abspath(COWTOP), f"{tools}/cowtop")
        env = dict(os.environ, PATH=f"{tools}:{os.environ['PATH']}", PYTHONDONTWRITEBYTECODE="1")
        for name in ("LOSS", "FIX", "COLUMNS"):
            env.pop(name, None)
        self.bash = subprocess.Popen(["bash", "--norc"], cwd=place, env=env, stdin=subprocess.PIPE, text=True,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=own_network)
        self.run(SLEEP)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bash.stdin.write("kill $(jobs -p) 2>/dev/null; wait\n")
        self.bash.stdin.close()
        try:
            self.bash.wait(PATIENCE)
        finally:
            self.bash.kill()
            self.bash.stdout.close()

    def run(self, command):
        """Its exit status and lines."""
        self.bash.stdin.write(f"{command}\necho '{END}' $?\n")
        self.bash.stdin.flush()
        lines = []
        while True:
            line = self.bash.stdout.readline()
            true(f"{command}: the shell goes on", line, lines)
            if line.startswith(END):
                return int(line.split()[-1]), lines
            lines.append(line.rstrip("\n"))

    def serves(self):
        return self.run(f": 2>/dev/null </dev/tcp/127.0.0.1/{PORT}")[0] == 0

    def settle(self, command):
        if command.startswith("kill"):
            # What has ended keeps its number until it was told of, which a prompt does.
            self.run("wait 2>/dev/null; jobs >/dev/null 2>&1")
        elif re.search(STARTS, command):
            until(f"{command}: it serves", self.serves)
            # It listens before it forks.
            workers = re.search(r" -w (\d+) ", command)[1]
            until(f"{command}: its workers are there", lambda: workers in self.run(
                "for p in $(jobs -p); do pgrep -c -P $p; done")[1])


@test
def commands_are_followed():
    need_root()
    need("gunicorn", "ab", "bash")
    must_be_built(COWTOP)
    with folder() as place:
        shutil.copytree(f"{ROOT}/scripts/example", f"{place}/scripts/example")
        true("there are commands", len(commands()) > 8, commands())
        with Shell(place) as shell:
            since = []
            for command, shown in commands():
                since = [command] if re.search(STARTS, command) else [*since, command]
                if command.startswith("cowtop stacks") and cowtop("stacks", "-d", "0.1", str(shell.bash.pid))[0] == 4:
                    raise Skip("no stacks here")
                status, printed = shell.run(command)
                equal(f"{command}: exit status ({printed})", status, 0)
                shell.settle(command)
                for times in (2, 4):
                    if any(text in line for line in printed for text in MISSED):
                        printed = from_the_start(shell, since, times)
                if command in AGAIN:
                    check_at_rest(command, shown, shell)
                elif shown:
                    check_shape(command, shown, printed)


def verb_of(line):
    """The words of the help that tells about a command: its verb, if it has one."""
    word = shlex.split(line, comments=True)[1:2]
    verbs = re.findall(r"^  ([a-z]+)  ", cowtop("--help")[1], re.M)
    return [w for w in word if w in verbs]


@test
def what_is_listed_exists():
    """Commands that are listed, without a prompt, have only options that there are"""
    listed = [line for lines in blocks() for line in lines if line.startswith("cowtop ")]
    true("there are some", len(listed) > 8, listed)
    for line in listed:
        told = cowtop(*verb_of(line), "--help")[1]
        for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", line):
            true(f"{line}: {option}", re.search(rf"(?<![\w-]){option}(?![\w-])", told), told)


main()
