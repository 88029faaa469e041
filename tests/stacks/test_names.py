#!/usr/bin/python3
"""What functions are called: stripped and gone programs, containers, Python's own functions."""
import os
import shutil
import subprocess
import sys
from pythonpool import forks, PythonPool
from watching import tracepoints, Watch
from mkpool import filled, fork, MASTER, write
from piped import Piped
from run import folder, MKPOOL
from tap import equal, main, near, need, need_to_run, ROOT, Skip, SLOW, test, true

sys.path.insert(0, os.path.join(ROOT, "tests", "gc"))
from interpreters import interpreters, number

POOL = '''
import gc, os, sys
gc.disable()
class Node: pass
keep = []
for i in range(40000):
    n = Node()
    n.a, n.b = [i], {"n": n}
    keep.append(n)
def inner():
    gc.collect()
def outer():
    inner()
''' + forks("late()", first="def late():\n    outer()")


def collected(python, *options):
    """The stacks of one collection in a worker."""
    with PythonPool(python, *options, "-c", POOL) as pool, Watch(pool.process.pid, "period=1") as w:
        pool.work()
        got = w.take()
        copies = got.copies(pool.worker)
        true("it broke pages", copies > 1000, copies)
        equal("lost", got.lost, 0)
        return got, copies


@test
def the_collector_has_its_name_in_every_interpreter():
    tracepoints()
    tried = 0
    for python in interpreters():
        if number(python.version) < (3, 6) or python.free_threaded or python.debug:
            continue
        got, copies = collected(python.path)
        found = [s for s in got.stacks if {"gc_collect_main", "collect"} & set(s["frames"])]
        near(f"{python.version}: by the collector", sum(s["copied"] for s in found), copies,
             0.02 * copies)
        true(f"{python.version}: whole", not any(s["truncated"] for s in found))
        true(f"{python.version}: to the start", all(s["frames"][-1] == "_start" for s in found))
        tried += 1
    if not tried:
        raise Skip("no interpreter that is known")


@test
def python_functions_under_X_perf():
    tracepoints()
    able = [p for p in interpreters() if number(p.version) >= (3, 12) and not p.free_threaded]
    if not able:
        raise Skip("no Python that has -X perf (3.12)")
    for python in able:
        got, copies = collected(python.path, "-X", "perf")
        # `late` is known only to the map that the worker itself has written
        for function in ("inner", "outer", "late", "<module>"):
            near(f"{python.version}: {function}", got.by(function), copies, 0.02 * copies)


# What works twice does little at first, a collection of what is young: until the watch has read the interpreter's
# tables, a short collection is over before it can look for names.
CALLERS = '''import gc, os, sys
gc.disable()
def objects(n):
    return [[i] for i in range(n)]
first = objects(150000)
gc.freeze()
second = objects(150000)
gc.collect()
young = objects(10000)
def c():
    gc.collect()
def b(x):
    c()
def left():
    list(map(b, [1]))
def right():
    gc.unfreeze()
    list(map(b, [1]))
work = [(left, right), (lambda: gc.collect(0),)]
''' + forks("for f in work.pop():\n    f()")


ENDING = '''import atexit, gc, os, sys
gc.disable()
keep = [[i] for i in range(150000)]
gc.collect()
young = [[i] for i in range(10000)]
def bye():
    gc.collect()
    os.write(1, b"done\\n")
def soon():
    gc.collect(0)
    os.write(1, b"done\\n")
go, ask = os.pipe()
pid = os.fork()
if not pid:
    os.close(ask)
    os.read(go, 1)
    soon()
    os.read(go, 1)
    atexit.register(bye)
    sys.exit()
os.write(1, b"%d\\n" % pid)
for _ in range(2):
    sys.stdin.readline()
    os.write(ask, b"x")
os.close(ask)
os.waitpid(pid, 0)
sys.stdin.read()
'''


class Script(PythonPool):
    """A pool that a file has the program of."""

    def __init__(self, python, path, program):
        with open(path, "w", encoding="ascii") as f:
            f.write(program)
        super().__init__(python, path)


def able():
    tracepoints()
    if SLOW > 1:
        raise Skip("with a sanitizer the first look comes when the collection is over")
    found = [p for p in interpreters()
             if (3, 11) <= number(p.version) < (3, 15) and not p.free_threaded and not p.debug]
    if not found:
        raise Skip("no Python from 3.11 to 3.14")
    return found


def collecting(python, program):
    """The path of the program, and the stacks of what it collected."""
    with folder() as f:
        path = os.path.join(f, "program.py")
        with Script(python, path, program) as pool, Watch(pool.process.pid, "period=1") as w:
            pool.work()
            w.take()
            pool.work()
            got = w.take()
    return path, [s for s in got.stacks if "gc_collect_main" in s["frames"]]


@test
def python_functions_that_wait_for_the_collector():
    # two collections, one right after the other: none has the other's functions
    for python in able():
        for _ in range(20):  # one that is over before the watch gets the processor has no names
            by, total = callers_of(python.version, *collecting(python.path, CALLERS))
            print(f"# {python.version}: of {total} pages {by}")
            if min(by.values()) > total / 10:
                break
        true(f"{python.version}: left", total / 10 < by["left"] < 0.5 * total, (by, total))
        true(f"{python.version}: right", total / 10 < by["right"] < 0.57 * total, (by, total))


@test
def python_functions_that_run_at_the_end():
    # A collection that is over before the watch gets the processor has no names: then another one is tried.
    for python in able():
        for _ in range(20):
            at_end, total = named_at_end(python)
            print(f"# {python.version}: of {total} pages {at_end}")
            if at_end > total / 10:
                break
        true(f"{python.version}: named", at_end > total / 10, (at_end, total))


def named_at_end(python):
    """Pages that one ending process copied with Python functions, and all that it copied while it collected."""
    path, stacks = collecting(python.path, ENDING)
    named = [s for s in stacks if s["python"]]
    for s in named:  # the module is over
        equal(python.version, s["python"], [["bye", path, 6]])
    return sum(s["copied"] for s in named), sum(s["copied"] for s in stacks)


def callers_of(version, path, stacks):
    """Pages by the function that began the collection, and all of them; no other function is named."""
    chains = {caller: [["c", path, 10], ["b", path, 12], [caller, path, line], ["<module>", path, 1]]
              for caller, line in (("left", 14), ("right", 16))}
    total = sum(s["copied"] for s in stacks)
    by = {caller: sum(s["copied"] for s in stacks if s["python"] == chain)
          for caller, chain in chains.items()}
    others = [s["python"] for s in stacks if s["python"] not in (*chains.values(), [])]
    equal(f"{version}: other functions", others, [])
    for s in stacks:
        loops = [i for i, name in enumerate(s["frames"]) if name == "_PyEval_EvalFrameDefault"]
        names = s["frames"]
        if s["python"]:
            # each loop has its own in front of it
            equal(f"{version}: loops", len(loops), 2)
            equal(f"{version}: inner", names[loops[0] - 2:loops[0]], ["c", "b"])
            equal(f"{version}: outer", names[loops[1] - 1], "<module>")
    return by, total


RUBY = '''
$stdout.sync = true
GC.disable
keep = Array.new(120000) { |i| ["%08d" % i] }
keep = (0...keep.size).step(2).map { |i| keep[i] }
go, ask = IO.pipe
pid = fork do
  ask.close
  while go.read(1)
    GC.enable
    GC.start
    puts "done"
  end
  exit!
end
puts pid
while $stdin.gets
  ask.write("x")
end
ask.close
Process.wait(pid)
'''

EXITING = '''import os, sys
import ctypes, decimal, hashlib, sqlite3, ssl
go, ask = os.pipe()
pid = os.fork()
if not pid:
    os.close(ask)
    os.read(go, 1)
    sys.exit()
os.write(1, b"%d\\n" % pid)
os.write(ask, sys.stdin.readline().encode())
os.close(ask)
os.waitpid(pid, 0)
os.write(1, b"done\\n")
sys.stdin.read()
'''


@test
def the_collector_of_a_stripped_ruby():
    tracepoints()
    need("ruby")
    with folder() as f, Script("ruby", os.path.join(f, "program.rb"), RUBY) as pool, \
            Watch(pool.process.pid, "period=1") as w:
        pool.work()
        got = w.take()
    copies = got.copies(pool.worker)
    true("it broke pages", copies > 500, copies)
    near("by the collector", got.by("garbage_collect", pid=pool.worker), copies, 0.1 * copies)
    near("that has started", got.by("gc_start", pid=pool.worker), copies, 0.1 * copies)


@test
def the_end_of_every_library():
    # the one function that writes and has no unwind table
    tracepoints()
    with folder() as f, Script(sys.executable, os.path.join(f, "program.py"), EXITING) as pool, \
            Watch(pool.process.pid, "period=1") as w:
        pool.work()
        got = w.take()
    last = [s for s in got.stacks if s["frames"][0] == "__do_global_dtors_aux"]
    true("libraries", sum(s["copied"] for s in last) > 5, last)
    for s in last:
        true("in an exit handler", "exit" in s["frames"], s)
        equal("to the start", (s["frames"][-1], s["truncated"]), ("_start", False))


def chain_pages(command, prepare):
    """Pages of chain_a in a pool that `command` runs, after prepare() has had its way with it."""
    with Piped(command) as pool:
        pool.answer()
        for order in (*filled(worker=MASTER, pages=1000), fork()):
            pool.ask(order)
        prepare()
        with Watch(master_of(pool.process.pid), "period=1") as w:
            pool.ask(write(worker=1, pages=1000, how="chain_a"))
            got = w.take()
        return got.by("chain_a"), got.by("chain_leaf"), got.by("_start")


def master_of(pid):
    """The pool's master: the first process below those that only start and drive it."""
    while not is_pool(pid):
        pid = child_of(pid)
    return child_of(pid)


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return int(f.read().split()[0])


def is_pool(pid):
    return os.path.basename(os.readlink(f"/proc/{pid}/exe")).split()[0] == "pool"


@test
def a_program_that_was_deleted_or_replaced():
    tracepoints()
    with folder() as f:
        path = os.path.join(f, "pool")
        shutil.copy(MKPOOL, path)
        equal("deleted", chain_pages([path], lambda: os.unlink(path)), (1000, 1000, 1000))

        def replace():
            shutil.copy("/bin/true", path + ".new")
            os.rename(path + ".new", path)
        shutil.copy(MKPOOL, path)
        equal("replaced", chain_pages([path], replace), (1000, 1000, 1000))


@test
def a_program_in_a_container():
    tracepoints()
    need_to_run("unshare", "--mount", "--pid", "--fork", "true")
    with folder() as f:
        for library in libraries(MKPOOL):
            os.makedirs(f + os.path.dirname(library), exist_ok=True)
            shutil.copy(library, f + library)
        os.makedirs(f"{f}/proc")
        shutil.copy(MKPOOL, f"{f}/pool")
        command = ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={f}/proc", "chroot", f,
                   "/pool"]
        equal("its chain", chain_pages(command, lambda: None), (1000, 1000, 1000))


def libraries(program):
    out = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [word for word in out.split() if word.startswith("/")]


if __name__ == "__main__":
    main()
