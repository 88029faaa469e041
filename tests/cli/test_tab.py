#!/usr/bin/python3
"""What Tab offers in the real shells: pools by pid and name, keys of rules, recordings."""
import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

from smallpool import PYTHON, SmallPool  # noqa: E402 (it finds tests/lib)
from run import COWTOP, cowtop, folder
from tap import equal, fail, main, need, PATIENCE, ROOT, test, true

FOLDER = os.path.join(ROOT, "completions")
SETUP = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], f"source {FOLDER}/cowtop.bash"),
    "zsh": (["zsh", "-f", "-i"],
            f"fpath=({FOLDER} $fpath); autoload -Uz compinit; compinit -u -D; "
            "unsetopt beep; setopt noalwayslastprompt"),
}
# A program that knows some keys, whatever the real one has.
KEYED = f"""#!/bin/sh
case "$*" in
"--list-keys") printf '%s\\n' 'pool.workers number processes that serve' 'worker.one_key bytes of one' ;;
"diff --list-keys") printf '%s\\n' 'diff.only_key bytes of both' ;;
*) exec {COWTOP} "$@" ;;
esac
"""


class Shell:
    """An interactive shell in a folder with a cowtop of its own in PATH, on a terminal of its own."""

    def __init__(self, name, place, program):
        need(name)
        bins = os.path.join(place, "bin")
        os.makedirs(bins, exist_ok=True)
        with open(os.path.join(bins, "cowtop"), "w", encoding="utf-8") as file:
            file.write(program)
        os.chmod(os.path.join(bins, "cowtop"), 0o755)
        command, setup = SETUP[name]
        env = dict(os.environ, TERM="dumb", PS1="ready> ", HOME=place, LC_ALL="C.UTF-8", COLUMNS="200",
                   HISTFILE="/dev/null", PATH=f"{bins}:{os.environ['PATH']}")
        self.got = ""
        self.pid, self.fd = pty.fork()
        if not self.pid:
            with contextlib.suppress(OSError):
                os.chdir(place)
                os.execvpe(command[0], command, env)
            os._exit(127)
        self.shows("ready> ")
        self.type(f"{setup}; echo set''up\n")
        self.shows(r"setup\s+.*ready> ")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def type(self, text):
        self.got = ""
        os.write(self.fd, text.encode())

    def shows(self, *patterns):
        """Read until all of them are there, in what came since something was typed."""
        end = time.monotonic() + PATIENCE
        while not all(re.search(p, self.got, re.S) for p in patterns):
            if time.monotonic() > end:
                fail(f"no {patterns} in {self.got!r}")
            if select.select([self.fd], [], [], 0.2)[0]:
                self.got += os.read(self.fd, 65536).decode(errors="replace")
        return self.got

    def tab(self, line, *patterns):
        """Tab until there is what is waited for; then a new line."""
        self.type(line + "\t")
        end = time.monotonic() + PATIENCE
        while not all(re.search(p, self.got, re.S) for p in patterns):
            if time.monotonic() > end:
                fail(f"{line}: no {patterns} in {self.got!r}")
            if select.select([self.fd], [], [], 1)[0]:
                self.got += os.read(self.fd, 65536).decode(errors="replace")
            else:
                os.write(self.fd, b"\t")
        got = self.got
        self.type("\x15\n")
        self.shows(r"ready> (\x1b\S*)?$")
        return got


def calm(got):
    true("no message of the program", "cowtop:" not in got and "command not found" not in got, got)


def pool_named(place, name):
    """A pool whose master goes by that name."""
    path = os.path.join(place, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("import os, signal\nsignal.alarm(240)\ndata = [str(n) for n in range(9999)]\nr, w = os.pipe()\n"
                   "if not os.fork():\n    os.close(w)\n    os.read(r, 1)\n    os._exit(0)\n"
                   "print('ready', flush=True)\nos.read(0, 1)\n")
    process = subprocess.Popen([PYTHON, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    equal("pool", process.stdout.readline(), "ready\n")
    return process


@contextlib.contextmanager
def named_pool():
    with folder() as place:
        process = pool_named(place, "tabbed-app.py")
        try:
            yield place, process.pid
        finally:
            process.stdin.close()
            process.wait()
            process.stdout.close()


@test
def names():
    """cowtop pools --names: a pool is a line of its pid and the name that finds it; no figures go with it"""
    with named_pool() as (_, pid):
        status, out, err = cowtop("pools", "--names")
        equal("it works", (status, err), (0, ""))
        true("a line each", f"{pid}\ttabbed-app.py\n" in out, out)
        true("nothing else", all(re.fullmatch(r"\d+\t[^\t]+", line) for line in out.splitlines()), out)
        status, out, err = cowtop("--json", "tabbed-app.py")
        true("the name is a TARGET", status == 0 and f'"master_pid":\t{pid}' in out, err)
    with SmallPool(1) as pool:
        true("a program without a script", f"{pool.master}\t" in cowtop("pools", "--names")[1])
    for other in (["--json"], ["-d", "1"]):
        status, _, err = cowtop("pools", "--names", *other)
        true(f"not with {other}", status == 2 and "--names looks at no figures" in err, err)


@test
def pools():
    """bash, zsh: Tab offers pools by name and by pid, and the verbs"""
    for name in SETUP:
        with named_pool() as (place, pid), Shell(name, place, KEYED) as shell:
            calm(shell.tab("cowtop doctor tabbe", "tabbed-app.py"))
            calm(shell.tab(f"cowtop record -o x.ct {str(pid)[:-1]}", rf"{pid}"))
            calm(shell.tab("cowtop ", r"record", r"doctor", r"tabbed-app\.py", rf"\b{pid}\b"))
            calm(shell.tab("cowtop pools --na", "--names"))


@test
def keys():
    """bash, zsh: Tab offers the keys that the program lists, also behind a quote; scopes when it lists none"""
    for name in SETUP:
        with folder() as place, Shell(name, place, KEYED) as shell:
            calm(shell.tab("cowtop --fail-if worker.", "worker.one_key"))
            calm(shell.tab("cowtop replay --fail-if 'pool.w", "pool.workers"))
            calm(shell.tab('cowtop diff --fail-if "di', "diff.only_key"))
        with folder() as place, Shell(name, place, "#!/bin/sh\necho cowtop: unknown option >&2\nexit 2\n") as shell:
            calm(shell.tab("cowtop --fail-if wor", r"worker\."))
            calm(shell.tab("cowtop diff --fail-if d", r"diff\."))


@test
def recordings():
    """bash, zsh: Tab offers recordings and folders, no other file; the page of --html may be any file"""
    for name in SETUP:
        with folder() as place:
            os.makedirs(f"{place}/deep/inner")
            for path in ("night.ct", "nights.txt", "night.html", "deep/other.dat"):
                with open(f"{place}/{path}", "w", encoding="ascii"):
                    pass
            with Shell(name, place, KEYED) as shell:
                for verb in ("replay", "report", "diff", "mark", "stacks"):
                    got = shell.tab(f"cowtop {verb} nig", r"night\.ct")
                    # stacks takes pid files, too
                    true(f"{verb}: nothing else", verb == "stacks" or not re.search("nights|night.html", got), got)
                    calm(got)
                got = shell.tab("cowtop report deep/", "deep/inner/?")
                true("no other file", "other" not in got, got)
                calm(got)
                calm(shell.tab("cowtop report --html night.h", "night.html"))


def fish(place, line):
    script = 'source $argv[1]; complete -C "$argv[2]"'
    env = dict(os.environ, HOME=place, XDG_CONFIG_HOME=place, XDG_DATA_HOME=place,
               PATH=f"{place}/bin:{os.environ['PATH']}")
    done = subprocess.run(["fish", "--no-config", "-c", script, f"{FOLDER}/cowtop.fish", line], cwd=place, env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    equal(f"{line}: stderr", done.stderr, "")
    return dict((row.split("\t", 1) + [""])[:2] for row in done.stdout.splitlines())


@test
def fish_offers():
    """fish: pools with their names, keys with their unit and help, recordings first"""
    need("fish")
    with named_pool() as (place, pid):
        os.mkdir(f"{place}/bin")
        with open(f"{place}/bin/cowtop", "w", encoding="utf-8") as file:
            file.write(KEYED)
        os.chmod(f"{place}/bin/cowtop", 0o755)
        with open(f"{place}/night.ct", "w", encoding="ascii"):
            pass
        offered = fish(place, "cowtop doctor ")
        equal("pid", offered.get(str(pid)), "tabbed-app.py")
        equal("name", offered.get("tabbed-app.py"), f"pool {pid}")
        equal("key", fish(place, "cowtop --fail-if worker."), {"worker.one_key": "bytes of one"})
        equal("key of diff", fish(place, "cowtop diff --fail-if diff."), {"diff.only_key": "bytes of both"})
        for verb in ("replay", "report", "diff", "mark", "stacks"):
            true(f"recordings of {verb}", "night.ct" in fish(place, f"cowtop {verb} "))
        with open(f"{place}/bin/cowtop", "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 2\n")
        equal("scopes", set(fish(place, "cowtop --fail-if ")), {"pool.", "master.", "worker."})
        true("any process", str(os.getpid()) in fish(place, "cowtop doctor "))


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")
    main()
