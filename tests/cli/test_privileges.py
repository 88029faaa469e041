#!/usr/bin/python3
"""Which privileges cowtop keeps, and whose files it opens with them: as root, by file capabilities, setuid."""
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("lib", "tui")]
import kernel
import run
from privileged import (bits, capable_copy, DAC_OVERRIDE, full_pipe, HeldReading, KILL, PTRACE, running, sets_in,
                        status_of, table)
from screen import Pty
from smallpool import fails, server, server_line, SmallPool
from run import cowtop, folder, free_port, NOBODY, readable_binaries, write_file
from tap import equal, main, must_be_built, need, need_root, need_to_run, ROOT, Skip, test, true, until

DENY = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "deny")
DOORS = os.path.join(os.path.dirname(DENY), "doors")
NOT_PTRACE = ("setpriv", "--bounding-set", "-sys_ptrace")
# A pool that tells what it may do, and what its environment is.
TELLS = """
with open({path!r}, "w") as told:
    told.write(open("/proc/self/status").read())
    told.write("".join(f"environment {{name}}={{value}}\\n" for name, value in os.environ.items()))
os.rename({path!r}, {path!r} + ".whole")
"""


def own():
    """What this test may give to others."""
    return status_of("self")["CapPrm"]


def told_at(path):
    def whole():
        return os.path.exists(path + ".whole")
    until("the command tells", whole)
    with open(path + ".whole", encoding="utf-8") as file:
        return file.read()


def record(path, pool, *more, **how):
    equal("record", cowtop("record", "-n", 2, "-i", "0.05", *more, "-o", path, pool.master, **how)[0], 0)
    return path


def has_sets(pid, wanted):
    """All of its threads come to have these sets; one that reads no process may have none that is effective."""
    def sets(task):
        got = status_of(pid, task)
        idle = task != str(pid) and got["CapEff"] == 0
        return {name: wanted[name] if idle and name == "CapEff" else got[name] for name in wanted}
    until(f"{wanted} of {pid}",
          lambda: all(sets(task) == wanted for task in os.listdir(f"/proc/{pid}/task")), seconds=20)


def sets_of(verb, more):
    """What a process of that verb has, with or without the options that need more."""
    row = table()[verb]
    kept = own() & (row.kept | more * row.kept_more)
    # what --on-event starts may have what its recorder has
    bounding = own() & (row.kept | row.kept_more) if verb == "record" else 0
    lent = own() & (row.lent | more * row.lent_more)
    return {"CapEff": kept, "CapPrm": kept | lent, "CapInh": 0, "CapAmb": 0, "CapBnd": bounding, "NoNewPrivs": 1}


@test
def table_of_verbs():
    """The table of cowtop-security(7) has each verb"""
    listed = cowtop("--help")[1].partition("\nVerbs")[2]
    verbs = {line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2:3].isalpha()}
    equal("verbs", set(table()), verbs | {""})


@test
def verbs_that_sample():
    """A verb that looks at a pool keeps what the table says, in each thread, and what is lent; no exec adds to it"""
    need_root()
    with SmallPool(1) as pool, folder() as place, full_pipe() as full:
        for verb, more, arguments in (
                ("", False, ("--json",)), ("", False, ("--csv", "-i", "0.1")),
                ("pools", False, ("--json", "-d", 60)),
                ("record", False, ("-o", f"{place}/a.ct")), ("record", True, ("-o", f"{place}/b.ct", "--stacks")),
                ("record", False, ("--all", f"{place}/all")),
                ("stacks", False, ("-d", 60)), ("stacks", False, ("-d", 60, "--folded", "-")),
                ("stacks", True, ("-d", 60, "--pprof", f"{place}/a.pprof")),
                ("why", False, ("--watch", 60)), ("doctor", False, ()),
                ("export", False, ()), ("export", False, ("--listen", free_port())),
                ("export", True, ("--textfile", f"{place}/a.prom", "-i", "0.1")),
                ("export", True, ("--otlp", f"{place}/a.jsonl", "-i", "0.1"))):
            target = () if verb == "pools" or "--all" in arguments else (pool.master,)
            with running(run.COWTOP, *filter(None, (verb,)), *arguments, *target, output=full) as process:
                has_sets(process.pid, sets_of(verb, more))


@test
def views():
    """The live view and the live list keep beside it what call stacks need, which a key asks for"""
    need_root()
    with SmallPool(1) as pool:
        for verb, arguments in (("", (pool.master,)), ("pools", ("pools",))):
            with Pty(*arguments) as pty:
                has_sets(pty.process.pid, sets_of(verb, True))


@test
def verbs_that_read():
    """A verb that reads a recording has no privilege when it reads the first byte; stacks and why of one have none"""
    need_root()
    none = {"CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapBnd": 0, "CapAmb": 0, "NoNewPrivs": 1}
    with SmallPool(1) as pool, folder() as place, full_pipe() as full:
        path = record(f"{place}/some.ct", pool)
        held = HeldReading(place, "some.ct")
        for words in (("replay", path), ("report", path), ("report", path, "--html", f"{place}/a.html"),
                      ("diff", path, path), ("mark", path, "text")):
            held.begin()
            with running(run.COWTOP, *words, env=held.environment) as process:
                held.wait()
                equal(" ".join(words), status_of(process.pid), none)
        record(path, pool, "-f", "--stacks", "--why")
        for words in (("stacks", "--json", path), ("why", "--json", path)):
            with running(run.COWTOP, *words, output=full) as process:
                has_sets(process.pid, {name: none[name] for name in none if name != "CapBnd"})


@test
def confined():
    """A verb that reads a recording can open, write and start nothing else: it has confined itself before it reads"""
    need_root()
    must_be_built(DOORS)
    if os.environ.get("SAN"):
        raise Skip("a sanitizer writes its reports")
    with SmallPool(1) as pool, folder() as place:
        path = record(f"{place}/some.ct", pool, "--stacks", "--why")
        log = f"{place}/log"
        for words in (("replay", "--json", path), ("report", path), ("report", path, "--html", f"{place}/a.html"),
                      ("report", path, "--perfetto", f"{place}/a.trace"), ("diff", path, path),
                      ("stacks", path), ("why", path), ("mark", path, "text")):
            done = subprocess.run([DOORS, "-l", log, "--", run.COWTOP, *words], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, check=False, timeout=60)
            if done.returncode == 77:
                raise Skip("nobody may be traced here")
            equal(words, (done.returncode, done.stderr), (0, ""))
            with open(log, encoding="utf-8") as file:
                doors = {line.split("\t")[1] for line in file if line.startswith("door\t")}
            true(words, "landlock_restrict_self" in doors or not landlock_is_there(), doors)


def landlock_is_there():
    """Does this kernel have it (landlock_create_ruleset(2), LANDLOCK_CREATE_RULESET_VERSION)?"""
    return ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) > 0


@test
def command():
    """-- COMMAND has all that its user has, as if cowtop was not there, and cowtop has CAP_KILL beside its own"""
    need_root()
    kept = table()[""][0] & own() | bits(KILL)
    with folder() as place:
        path = f"{place}/told"
        with running(run.COWTOP, "--json", "-i", "0.1", "--", *server(before=TELLS.format(path=path)),
                     start_new_session=True) as process:
            has = sets_in(told_at(path))
            wanted = status_of("self")
            equal("its sets", has, wanted)
            has_sets(process.pid, {"CapEff": kept, "CapPrm": own(), "CapBnd": wanted["CapBnd"], "NoNewPrivs": 0})
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


@test
def command_of_another_user():
    """A COMMAND that only its owner may execute, another user, is started by root all the same"""
    need_root()
    with folder(0o700) as place:
        path = write_file(f"{place}/serve", f"#!/bin/sh\nexec {server_line()}\n")
        os.chmod(path, 0o700)
        for name in (path, place):
            os.chown(name, 65534, 65534)
        equal("status", cowtop("--json", "--", path)[::2], (0, ""))


@test
def load():
    """--load has all that its user has"""
    need_root()
    with folder() as place:
        status, _, err = cowtop("--json", "--load", f"cat /proc/self/status >{place}/told", "--", *server())
        equal("status", (status, err), (0, ""))
        with open(f"{place}/told", encoding="utf-8") as file:
            equal("its sets", sets_in(file.read()), status_of("self"))


@test
def workers_of_another_user():
    """Workers that have become another user are ended with the rest"""
    need_root()
    before = """
fork = os.fork
def become():
    pid = fork()
    if pid == 0:
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
    return pid
os.fork = become
"""
    status, out, err = cowtop("--json", "--", *server(before=before, after="signal.signal(15, lambda *_: os._exit(0))"))
    equal("status", (status, err), (0, ""))
    pids = [row["pid"] for row in json.loads(out)["processes"]]
    true("there were some", len(pids) >= 3, out)
    equal("left", [pid for pid in pids if os.path.exists(f"/proc/{pid}")], [])


@test
def killed():
    """COMMAND is ended also when cowtop is killed"""
    with folder() as place:
        path = f"{place}/told"
        with running(run.COWTOP, "--json", "-i", "0.1", "--", *server(before=TELLS.format(path=path))) as process:
            text = told_at(path)
            pid = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pid:"))
            process.kill()
            until("the command is ended", lambda: not kernel.running(pid))


@test
def talk_of_a_command():
    """What COMMAND writes on its standard error comes as it is"""
    before = r"os.write(2, b'\x1b[31mred\x1b[0m\n')"
    status, _, err = cowtop("--json", "--", *server(before=before))
    equal("status", status, 0)
    equal("said", err, "\x1b[31mred\x1b[0m\n")


@test
def without_ptrace():
    """A root without CAP_SYS_PTRACE keeps all: it has the same level on its own pools as before"""
    need_root()
    need_to_run(*NOT_PTRACE)
    with SmallPool(1, prefix=NOT_PTRACE) as pool, full_pipe() as full, folder() as place:
        got = run.sample(pool.master, prefix=NOT_PTRACE)["accounting"]
        equal("level", got["level"], run.sample(pool.master)["accounting"]["level"])
        with running(*NOT_PTRACE, run.COWTOP, "--json", pool.master, output=full) as process:
            has_sets(process.pid, {"CapEff": own() & ~bits(PTRACE), "NoNewPrivs": 1})
        path = record(f"{place}/a.ct", pool)
        with running(*NOT_PTRACE, run.COWTOP, "replay", path, output=full) as process:
            has_sets(process.pid, {"CapEff": 0, "CapPrm": 0, "NoNewPrivs": 1})


@test
def not_given_up():
    """A kernel that does not take capabilities back: exit 1 with one line, before anything is read"""
    need_root()
    must_be_built(DENY)
    with SmallPool(1) as pool, folder() as place:
        path = record(f"{place}/a.ct", pool)
        prefix = (DENY, "capset=EPERM", "--")
        for words in (("report", path), ("--json", pool.master)):
            true("what", "capset" in fails(1, *words, prefix=prefix))


@test
def root_and_others_folders():
    """root reads and writes in the folder of another user, and has for it what the manual says and no more"""
    need_root()
    with SmallPool(1) as pool, folder(0o700) as place, folder() as logs:
        os.chown(place, 65534, 65534)
        path = record(f"{place}/some.ct", pool, "--rotate", 60)
        record(path, pool, "--rotate", 60, "--keep", 1)
        equal("a file was moved aside", len(os.listdir(place)), 2)
        os.chown(path, 65534, 65534)
        os.chmod(path, 0o600)
        equal("mark", cowtop("mark", path, "text")[0], 0)
        held = HeldReading(logs, "some.ct")
        with running(run.COWTOP, "report", path, "--html", f"{place}/a.html", env=held.environment) as process:
            held.wait()
            equal("while it reads", [status_of(process.pid)[name] for name in ("CapEff", "CapPrm")],
                  [0, bits(DAC_OVERRIDE)])
        for words in (("report", path, "--html", f"{place}/a.html"), ("diff", path, path, "--html", f"{place}/b.html")):
            equal(words[0], cowtop(*words)[::2], (0, ""))
            true("is there", os.path.getsize(words[-1]))


def refused(path, prefix=()):
    done = subprocess.run([*prefix, path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    equal("exit", (done.returncode, done.stdout), (4, ""))
    true("one line", done.stderr.startswith("cowtop: ") and done.stderr.count("\n") == 1, done.stderr)
    true("what it is about", "setuid" in done.stderr, done.stderr)


@test
def setuid():
    """setuid and setgid copies, of root and of another user: exit 4 with one line"""
    need_root()
    need("setpriv")
    with folder() as place:
        if os.statvfs(place).f_flag & os.ST_NOSUID:
            raise Skip(f"{place} is mounted with nosuid")
        path = shutil.copy(run.COWTOP, f"{place}/cowtop")
        for owner, mode, prefix in ((0, 0o4755, NOBODY), (0, 0o2755, NOBODY), (65534, 0o4755, ()),
                                    (65534, 0o2755, ())):
            os.chown(path, owner, owner)
            os.chmod(path, mode)
            refused(path, prefix)
        os.chown(path, 0, 0)
        os.chmod(path, 0o755)
        equal("without", subprocess.run([*NOBODY, path, "--version"], stdout=subprocess.DEVNULL,
                                        check=False).returncode, 0)


@test
def file_capabilities():
    """A copy with file capabilities: a user has the exact level on root's pool, and the copy those three and no more"""
    with capable_copy() as copy, SmallPool(1) as pool, full_pipe() as full:
        prefix = (*NOBODY, copy)
        out = subprocess.run([*prefix, "--json", str(pool.master)], stdin=subprocess.DEVNULL, capture_output=True,
                             check=True).stdout
        equal("level", json.loads(out)["accounting"]["level"], "exact")
        three = table()["why"][0]
        with running(*prefix, "record", "-o", "-", pool.master, output=full) as process:
            has_sets(process.pid, {"CapEff": three, "CapPrm": three, "CapInh": 0, "CapAmb": 0, "NoNewPrivs": 1})


@test
def command_of_file_capabilities():
    """A command that such a copy starts has no capability, and the environment that its user gave, but LD_PRELOAD"""
    with capable_copy() as copy, folder(0o777) as place:
        path = f"{place}/told"
        environment = dict(os.environ, TERMINFO="/nowhere", SOME="thing", LD_PRELOAD="libm.so.6")
        with running(*NOBODY, copy, "--json", "-i", "0.1", "--", "env", "LD_PRELOAD=libdl.so.2",
                     *server(before=TELLS.format(path=path)), env=environment) as process:
            text = told_at(path)
            has = sets_in(text)
            equal("its sets", [has[name] for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")], [0, 0, 0, 0])
            for variable in ("SOME=thing", "TERMINFO=/nowhere", "LD_PRELOAD=libdl.so.2"):
                true(variable, f"environment {variable}\n" in text, text)
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def refused_to(copy, status, *words):
    """A user's copy ends with that status because the user may not."""
    done = subprocess.run([*NOBODY, copy, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    equal(words, (done.returncode, done.stdout), (status, ""))
    true(words, "Permission denied" in done.stderr, done.stderr)


@test
def files_of_file_capabilities():
    """What its user may not read or write such a copy does not: recordings, pid files, outputs; and reads a recording
    without a capability"""
    with capable_copy() as copy, SmallPool(1) as pool, folder() as place, full_pipe() as full:
        path = record(f"{place}/some.ct", pool)
        with running(*NOBODY, copy, "replay", path, output=full) as process:
            has_sets(process.pid, {"CapEff": 0, "CapPrm": 0, "NoNewPrivs": 1})
        os.chmod(path, 0o600)
        pid_file = write_file(f"{place}/some.pid", f"{pool.master}\n")
        os.chmod(pid_file, 0o600)
        for words in (("replay", path), ("report", path), ("diff", path, path), ("mark", path, "text"),
                      ("stacks", path), ("why", path), ("--json", pid_file),
                      ("record", "-n", "1", "-o", f"{place}/b.ct", str(pool.master))):
            refused_to(copy, 4, *words)
        for words in (("record", "-d", "0.1", "--all", f"{place}/all"), ("record", "-d", "0.1", "--all", place),
                      ("stacks", "-d", "0.1", "--pprof", f"{place}/a.pb.gz", str(pool.master)),
                      ("export", "--textfile", f"{place}/a.prom", str(pool.master)),
                      ("export", "--otlp", f"{place}/a.jsonl", str(pool.master))):
            refused_to(copy, 1, *words)
        equal("nothing was written", sorted(os.listdir(place)), ["some.ct", "some.pid"])


def on_terminal(program, *arguments, until_seen, **more):
    """What it shows on a terminal as `nobody` until these bytes have come, and to its end, which `q` is."""
    was, run.COWTOP = run.COWTOP, NOBODY[0]
    try:
        with Pty(*NOBODY[1:], program, *arguments, **more) as pty:
            seen = pty.until(until_seen)
            pty.send(b"q")
            pty.process.wait(timeout=60)
            return seen + pty.read()
    finally:
        run.COWTOP = was


@test
def settings():
    """Such a copy reads the settings of its user, and none that its user may not read"""
    with capable_copy() as copy, folder() as place, SmallPool(1) as pool:
        os.mkdir(f"{place}/cowtop")
        write_file(f"{place}/cowtop/config", "tree = yes\n")
        for mode in (0o755, 0o700):
            os.chmod(place, mode)
            seen = on_terminal(copy, pool.master, until_seen=b"COST", XDG_CONFIG_HOME=place)
            equal(f"mode {mode:o}", b"kept from the last time" in seen, mode == 0o755)


@test
def environment():
    """Such a copy does not let the environment say where a terminal is described; without capabilities it does"""
    need("setpriv", "tic", "infocmp")
    with capable_copy() as copy, readable_binaries(), folder() as place, SmallPool(1, prefix=NOBODY) as pool:
        described = subprocess.run(["infocmp", "xterm-256color"], capture_output=True, text=True, check=True).stdout
        lines = ["strange|of this test,", *[line for line in described.splitlines() if line[:1].isspace()]]
        source = write_file(f"{place}/source", "\n".join(lines) + "\n")
        subprocess.run(["tic", "-o", f"{place}/terminfo", source], capture_output=True, check=True)
        subprocess.run(["chmod", "-R", "a+rX", place], check=True)
        said = b"a plain table instead of the live view"
        for program, first in ((run.COWTOP, b"COST"), (copy, said)):
            seen = on_terminal(program, pool.master, until_seen=first, TERM="strange", TERMINFO=f"{place}/terminfo")
            equal("is it said", said in seen, program == copy)


@test
def links_of_strangers():
    """In a folder where everybody may write nothing goes through another user's link; one's own link is followed"""
    need_root()
    with SmallPool(1) as pool, folder() as place, folder(0o1777) as shared:
        path = record(f"{place}/some.ct", pool)
        target = write_file(f"{place}/precious", "as it was\n")
        for link, to in (("page", target), ("tape", path), ("a.prom", target), ("a.jsonl", target),
                         ("folder", place)):
            os.symlink(to, f"{shared}/{link}")
            os.lchown(f"{shared}/{link}", 65534, 65534)
        size = os.path.getsize(path)
        for words in (("report", path, "--html", f"{shared}/page"), ("diff", path, path, "--html", f"{shared}/page"),
                      ("stacks", path, "--flamegraph", f"{shared}/page"), ("mark", f"{shared}/tape", "text"),
                      ("export", "--textfile", f"{shared}/a.prom", pool.master),
                      ("export", "--otlp", f"{shared}/a.jsonl", pool.master),
                      ("record", "-d", "0.1", "--all", f"{shared}/folder"),
                      ("record", "-d", "0.1", "--all", f"{shared}/folder/")):
            true(words, "another user's" in fails(4, *words))
        for words in (("record", "-n", 1, "-o", f"{shared}/page", pool.master),
                      ("record", "-f", "-n", 1, "-o", f"{shared}/tape", pool.master)):
            fails(1, *words)
        with open(target, encoding="utf-8") as file:
            equal("what they lead to", (file.read(), os.path.getsize(path)), ("as it was\n", size))
        os.symlink(target, f"{shared}/own")
        equal("one's own", cowtop("report", path, "--html", f"{shared}/own")[0], 0)
        true("is written through", os.path.getsize(target) > 1000)


@test
def names_beside():
    """A file that stands where one is to be made is replaced, not written to: another link to it stays as it was"""
    with SmallPool(1) as pool, folder() as place:
        path = record(f"{place}/some.ct", pool)
        page = write_file(f"{place}/page", "as it was\n")
        os.link(page, f"{place}/other")
        equal("report", cowtop("report", path, "--html", page)[0], 0)
        with open(f"{place}/other", encoding="utf-8") as file:
            equal("the other link", file.read(), "as it was\n")
        equal("nothing else is left", sorted(os.listdir(place)), ["other", "page", "some.ct"])


main()
