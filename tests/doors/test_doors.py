#!/usr/bin/python3
"""Faults at every door at which cowtop asks the kernel: see doors.py, which prints the table of them."""
import functools
import glob
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import doors
import verbs
import wrappers
from faults import faults_at
from run import COWTOP, cowtop, folder
from smallpool import SmallPool
from stage import DEADLINE, Door, DOORS, environment, Stage
from tap import equal, fail, main, must_be_built, need, need_root, ROOT, Skip, test, true


@functools.lru_cache
def matrix():
    need_root()
    return doors.Matrix()


def watched(*words):
    """(status, doors, kinds left open, how often struck, how it ended) of a command of the test's own."""
    must_be_built(DOORS)
    with folder() as place:
        done = subprocess.run([DOORS, "-l", f"{place}/log", *words], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=DEADLINE, env=environment())
        if done.returncode == 77:
            raise Skip("nobody may be traced here")
        return (done, *Stage.read(f"{place}/log"))


def python(code):
    return "/usr/bin/python3", "-c", code


@test
def sees():
    """The watcher sees calls of a program, of its threads and children, what it leaves open and how it ends"""
    _, seen, left, _, end = watched("--", *python("import os; os.open('/proc/self/stat', os.O_RDONLY); os._exit(3)"))
    equal("end", end, 3)
    equal("door", seen.get(Door("openat", "/proc/SELF/stat")), 1)
    equal("left", dict(left), {"/proc/SELF/stat": 1})
    _, seen, _, _, _ = watched("--", *python("import os; os.fork() or open('/proc/1/limits').read()"))
    equal("a child's door", seen.get(Door("openat", "/proc/PID/limits")), 1)
    _, _, _, _, end = watched("--", *python("import os; os.kill(os.getpid(), 11)"))
    equal("end by a signal", end, -11)


@test
def strikes():
    """Faults happen when they shall: at one call, at every second, always; short and empty reads"""
    code = "import os; f = os.open('/proc/1/limits', 0); print([len(os.pread(f, 100, 0)) for i in range(4)])"
    for fault, said in (("short,2", b"[100, 64, 100, 100]"), ("short,0", b"[64, 64, 64, 64]"),
                        ("empty,-2", b"[0, 100, 0, 100]"), ("EIO,3", b"OSError: [Errno 5]")):
        done, _, _, struck, _ = watched("-f", f"pread64,/proc/PID/limits,{fault}", "--", *python(code))
        true(fault, said in done.stdout + done.stderr, (done.stdout, done.stderr))
        true("counted", struck > 0)
    equal("not at others", watched("-f", "pread64,/proc/PID/stat,EIO,0", "--", *python(code))[3], 0)


@test
def unread_is_not_gone():
    """A stat that cannot be read is no process that has gone; one that can be read the next time is nothing"""
    with SmallPool(2) as pool:
        for fault in ("EIO", "EMFILE"):
            done, *_, end = watched("-f", f"openat,pid:{pool.master},{fault},0", "--", COWTOP, "doctor",
                                    str(pool.master))
            said = done.stderr.decode()
            equal(f"{fault}: {said}", end, 1)
            true(f"{fault}: {said}", "cannot read" in said and said.count("\n") == 1)
        for turn in (1, 2, 3, 4):
            done, *_, end = watched("-f", f"openat,pid:{pool.master},EIO,{turn}", "--", COWTOP, "doctor",
                                    str(pool.master))
            equal(f"at its {turn}. file: {done.stderr}", end, 0)


@test
def rows():
    """A call that no table has is a door without a row"""
    equal("faults", faults_at("no_such_call", "/proc/PID/stat"), None)
    true("others have some", faults_at("openat", "/proc/PID/stat"))


@test
def slices():
    """The parts of a whole sweep are all of it, and each fault is in one of them"""
    faults_ = list(range(100))
    parts = [doors.slice_of(faults_, doors.part_of(f"{i}/7")) for i in range(1, 8)]
    equal("all of them", sorted(sum(parts, [])), faults_)
    true("alike", max(map(len, parts)) - min(map(len, parts)) <= 1, parts)
    equal("the whole", doors.slice_of(faults_, doors.WHOLE), faults_)
    for text in ("0/3", "4/3", "3", "a/b"):
        try:
            fail(f"{text} is {doors.part_of(text)}")
        except ValueError:
            pass


@test
def every_verb():
    """Every verb that cowtop has is run at its doors, or it is said why not"""
    must_be_built(COWTOP)
    status, out, err = cowtop("--help")
    equal(f"help: {err}", status, 0)
    listed = re.findall(r"^  ([a-z]+) ", out.split("Verbs,")[1].split("Exit status")[0], re.M)
    run = {words[0] for words in verbs.VERBS.values()}
    true("verbs", len(listed) > 8, listed)
    equal("verbs that nobody has thought of", sorted(set(listed) - run - set(verbs.LEFT_OUT)), [])
    equal("neither", sorted(set(verbs.LEFT_OUT) & run), [])


@test
def every_door_has_a_row():
    """Every call that any verb makes has its faults in the table"""
    equal("doors without a row", matrix().rowless, [])
    true("doors", len({t.door for t in matrix().trials}) > 100, len(matrix().trials))


def functions():
    """The functions of libraries that sys/, recording/ and the recorder's files use."""
    build = os.path.dirname(os.path.dirname(DOORS))
    need("nm")
    using = [f"{build}/libsys.a", f"{build}/librecording.a", f"{build}/obj/cmd/atomic_file.o",
             *glob.glob(f"{build}/obj/cmd/record*.o")]
    must_be_built(f"{build}/cowtop")

    def symbols(option, files, place):
        lines = subprocess.run(["nm", option, *files], capture_output=True, text=True, check=True).stdout.splitlines()
        return {words[place] for words in map(str.split, lines) if len(words) == place + 1 and words[0] != ""}
    own = symbols("--defined-only", glob.glob(f"{build}/lib*.a") + glob.glob(f"{build}/obj/cmd/*.o"), 2)
    return symbols("-u", using, 1) - own


@test
def functions_are_known():
    """Every function of a library that sys/ and the recorder call is known to ask nobody, or by which call it asks"""
    unknown = sorted(f for f in functions() if f not in wrappers.WRAPPERS and not wrappers.QUIET.fullmatch(f))
    equal("functions that nobody has thought of", unknown, [])


@test
def calls_are_gone_through():
    """Every call that they make is among the doors, or said to be tried elsewhere"""
    seen = {door.call.split(":")[0] for verb in matrix().verbs for door in verb.plain.seen}
    calls = {wrappers.WRAPPERS[f].split(":")[0] for f in functions() if f in wrappers.WRAPPERS}
    equal("calls through no door", sorted(calls - seen - set(wrappers.ELSEWHERE)), [])
    for call, path in wrappers.ELSEWHERE.items():
        true(f"{call}: {path}", os.path.exists(os.path.join(ROOT, path.split(":")[0])))


@test
def faults():
    """A fault at each door: an end in time with a true status, one line, nothing left open, no figure that is wrong"""
    wrong = matrix().wrong()
    if wrong:
        fail("\n".join(wrong))
    happened = sum(came != "-" for _, came, _ in matrix().results)
    true("faults happened", happened > 800, happened)


@test
def table():
    """The table has every door"""
    lines = list(matrix().table())
    for door in {t.door for t in matrix().trials}:
        true(f"{door}", any(line.startswith(f"{door.call} {door.kind} ") for line in lines))


if __name__ == "__main__":
    main()
