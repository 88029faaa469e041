#!/usr/bin/python3
"""TARGET in all its forms: from what the user typed to the master of one pool, or one line why not."""
import contextlib
import json
import os
import subprocess
import tempfile
import time

from smallpool import PYTHON, SmallPool, fails
from kernel import waits
from piped import Piped
from run import COWTOP, cowtop, HIDEPID, NOBODY, spawned
from tap import equal, fail, main, need, need_root, need_to_run, PATIENCE, Skip, test, true, until

# A program that says a word and waits for the end of its input.
WAITS = "import os, sys; print('ready', flush=True); os.read(0, 1)"


def master_of(*arguments, **more):
    """(pool.master_pid, stderr) of cowtop --json."""
    status, out, err = cowtop("--json", *arguments, **more)
    if status:
        fail(f"{arguments}: exit {status}: {err.strip()}")
    return json.loads(out)["pool"]["master_pid"], err


@contextlib.contextmanager
def waiting(program=WAITS, *arguments, prefix=()):
    """A Python program that has said its first line: (process, that line)."""
    with Piped([*prefix, PYTHON, "-c", program, *arguments]) as started:
        yield started.process, started.answer()


@contextlib.contextmanager
def scripts(count, name):
    """`count` pools of a script called `name`; their masters' pids."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        path = os.path.join(folder, name)
        with open(path, "w", encoding="ascii") as f:
            f.write("import os, sys\n"
                    "if os.fork() == 0:\n    os.read(0, 1); os._exit(0)\n"
                    "print('ready', flush=True)\nos.read(0, 1)\nos.wait()\n")
        masters = []
        for _ in range(count):
            master = stack.enter_context(Piped([PYTHON, path]))
            master.answer()
            masters.append(master.process.pid)
        yield masters


def unique(suffix=""):
    return f"cowtest{os.getpid()}x{time.monotonic_ns() % 1000000}{suffix}"


def one_line(text, *parts):
    for part in parts:
        true(f"says {part!r}", part in text, text)


# ---- by pid

@test
def pid_of_the_master():
    """A master's pid: that pool, without a word"""
    with SmallPool(2) as pool:
        equal("master", master_of(pool.master), (pool.master, ""))


@test
def pid_of_a_worker():
    """A worker's pid: its master, and a line that says so"""
    with SmallPool(2) as pool:
        master, err = master_of(pool.workers[1])
        equal("master", master, pool.master)
        equal("note", err, f"cowtop: {pool.workers[1]} is a worker; taking its master {pool.master}\n")


@test
def pid_of_a_grandchild():
    """A worker forked by a worker: the topmost master"""
    program = ("import os, sys\n"
               "if os.fork() == 0:\n"
               "    pid = os.fork()\n"
               "    if pid: print(pid, flush=True)\n"
               "    os.read(0, 1); os._exit(0)\n"
               "os.read(0, 1)\n")
    with waiting(program) as (process, line):
        equal("master", master_of(line.strip())[0], process.pid)


@test
def no_such_pid():
    """Pids that are none: exit 5"""
    child = subprocess.Popen(["true"])
    child.wait()
    one_line(fails(5, child.pid), str(child.pid), "no such process")
    fails(5, "0")
    fails(5, "99999999999999999999")


@test
def zombie():
    """A zombie is exit 5 and is called one"""
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    one_line(fails(5, child.pid), "zombie")
    child.wait()


@test
def thread():
    """The id of a thread: exit 5, and the process it belongs to"""
    program = ("import os, threading\n"
               "ready = threading.Event()\n"
               "def run():\n    print(threading.get_native_id(), flush=True); os.read(0, 1)\n"
               "t = threading.Thread(target=run); t.start(); t.join()\n")
    with waiting(program) as (process, line):
        one_line(fails(5, line.strip()), "thread", f"cowtop {process.pid}")


@test
def kernel_thread():
    """A kernel thread is no pool"""
    try:
        with open("/proc/2/comm", encoding="ascii") as f:
            name = f.read().strip()
    except FileNotFoundError:
        raise Skip("no kernel threads here") from None
    if name != "kthreadd":
        raise Skip("pid 2 is no kernel thread here")
    one_line(fails(6, 2), "kernel thread")


@test
def lone_process():
    """A process without children: exit 6, and what it lacks"""
    with waiting() as (process, _):
        one_line(fails(6, process.pid), str(process.pid), "not a forked pool", "no child process")


@test
def execed_children():
    """A process whose children were all exec'ed: exit 6, and why that shares nothing"""
    program = ("import os, subprocess\n"
               "p = subprocess.Popen(['cat'], stdin=subprocess.PIPE)\n"
               "print(p.pid, flush=True); os.read(0, 1); p.stdin.close(); p.wait()\n")
    with waiting(program) as (process, line):
        until("the child runs cat", lambda: waits(int(line), "cat"))
        one_line(fails(6, process.pid), "exec")


@test
def pool_below():
    """A process whose exec'ed child is a master: exit 6, and the child's pid"""
    inner = ("import os\n"
             "if os.fork() == 0: os.read(0, 1); os._exit(0)\n"
             "print('x', flush=True); os.read(0, 1)\n")
    program = ("import subprocess, sys\n"
               "p = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdout=subprocess.PIPE)\n"
               "p.stdout.readline(); print(p.pid, flush=True); p.wait()\n")
    with waiting(program, inner) as (process, line):
        one_line(fails(6, process.pid), f"cowtop {line.strip()}")
        equal("that one works", master_of(line.strip())[0], int(line))


@contextlib.contextmanager
def multiprocessing_pool(method):
    """A pool of two workers of that start method; (master, worker)."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pool.py")
        with open(path, "w", encoding="ascii") as f:
            f.write("import multiprocessing, os, sys\n"
                    "if __name__ == '__main__':\n"
                    f"    multiprocessing.set_start_method('{method}')\n"
                    "    with multiprocessing.Pool(2) as pool:\n"
                    "        print(pool.apply(os.getpid), flush=True)\n"
                    "        sys.stdin.read(1)\n")
        p = subprocess.Popen([PYTHON, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            yield p.pid, int(p.stdout.readline())
        finally:
            p.stdin.close()
            p.wait(timeout=PATIENCE)
            p.stdout.close()


@test
def forkserver():
    """A forkserver's client: exit 6 and the forkserver's pid, which is a pool"""
    with multiprocessing_pool("forkserver") as (master, worker):
        said = fails(6, master)
        server = int(said.rsplit("cowtop ", 1)[1])
        one_line(said, "forkserver (start method forkserver)")
        equal("from the server", master_of(server), (server, ""))
        equal("from a worker", master_of(worker)[0], server)


@test
def spawn():
    """A spawn pool: exit 6, from the master and from a worker, and nothing is shared"""
    with multiprocessing_pool("spawn") as (master, worker):
        one_line(fails(6, master), "spawn (multiprocessing)", "share no memory", "set_forkserver_preload()")
        one_line(fails(6, worker), "spawn", str(master))


# ---- by name

@test
def script_name():
    """The name of a script that an interpreter runs"""
    name = unique(".py")
    with scripts(1, name) as (master,):
        equal("master", master_of(name), (master, ""))


@test
def several_of_a_name():
    """Two pools of one name: exit 2, both pids and commands"""
    name = unique(".py")
    with scripts(2, name) as masters:
        one_line(fails(2, name), *map(str, masters), PYTHON)


@test
def title():
    """A title, and a name that only the workers have"""
    name = unique()[-14:]
    before = f"open('/proc/self/comm', 'w').write('{name}')\n"
    with SmallPool(2, before=before) as pool:
        equal("comm", master_of(name)[0], pool.master)
    with SmallPool(2, argv0=f"{name}: master [app]") as pool:
        equal("argv[0]", master_of(name)[0], pool.master)


@test
def prefers_the_pool():
    """A lone process of the same name does not get in the way"""
    name = unique(": x")
    with SmallPool(0, argv0=name), SmallPool(1, argv0=name) as pool:
        equal("master", master_of(name.split(":", 1)[0])[0], pool.master)


@test
def not_oneself():
    """No process of that name: exit 5, though cowtop's own arguments hold it"""
    name = unique()
    one_line(fails(5, name), name)
    fails(2, "")


# ---- by pid file

def write(folder, text, name="x.pid"):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="latin-1") as f:
        f.write(text)
    return path


@test
def pid_file():
    """A pid file, by path, and without a '/' when it is there; more lines after the pid are fine"""
    with SmallPool(1) as pool, tempfile.TemporaryDirectory() as folder:
        path = write(folder, f"{pool.master}\n")
        equal("path", master_of(path), (pool.master, ""))
        write(folder, f" {pool.master}\n/var/lib/x\n12345\n", "name")
        equal("bare name", master_of("name", cwd=folder), (pool.master, ""))
        write(folder, str(pool.workers[0]))
        equal("of a worker", master_of(path)[0], pool.master)


@test
def bad_pid_files():
    """A pid file that is empty, text, a folder, or not there: exit 5 and its path"""
    with tempfile.TemporaryDirectory() as folder:
        for text in ("", "\n", "x", "-5", "12x", "99999999999999999999", "0"):
            path = write(folder, text)
            one_line(fails(5, path), path)
        one_line(fails(5, folder + "/"), folder)
        one_line(fails(5, folder + "/none.pid"), "none.pid", "No such file")
        os.mkfifo(folder + "/fifo")
        one_line(fails(5, folder + "/fifo"), "fifo")


@test
def stale_pid_file():
    """A pid file of a process that is gone: exit 5 and both explanations"""
    child = subprocess.Popen(["true"])
    child.wait()
    with tempfile.TemporaryDirectory() as folder:
        one_line(fails(5, write(folder, f"{child.pid}\n")), str(child.pid), "stale", "container")


@test
def reused_pid_file():
    """A pid file that is older than the process of that pid: exit 5"""
    with SmallPool(1) as pool, tempfile.TemporaryDirectory() as folder:
        path = write(folder, f"{pool.master}\n")
        os.utime(path, (time.time() - 3600,) * 2)
        one_line(fails(5, path), "younger")


@test
def closed_pid_file():
    """A pid file that may not be read: exit 4"""
    need_root()
    need("setpriv")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = write(folder, "1\n")
        os.chmod(path, 0o600)
        one_line(fails(4, path, prefix=NOBODY), path)


# ---- without TARGET, and in namespaces

INSIDE = r"""
import os, subprocess, sys
pools = []
for _ in range(int(sys.argv[1])):
    p = subprocess.Popen([sys.executable, "-c", '''
import os
if os.fork() == 0:
    os.read(0, 1); os._exit(0)
print("x", flush=True)
os.read(0, 1)
'''], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdout.readline()
    pools.append(p)
print(*[p.pid for p in pools], flush=True)
status = subprocess.run(sys.argv[2:]).returncode
for p in pools:
    p.stdin.close(); p.wait()
sys.exit(status)
"""

NAMESPACE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


def inside(pools, *arguments):
    """cowtop in a PID namespace of its own with so many pools: (status, masters, stdout, stderr)."""
    need_root()
    need_to_run(*NAMESPACE)
    done = subprocess.run([*NAMESPACE, PYTHON, "-c", INSIDE, str(pools), COWTOP, *arguments],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
    first, _, rest = done.stdout.decode().partition("\n")
    return done.returncode, [int(w) for w in first.split()], rest, done.stderr.decode()


@test
def the_only_pool():
    """No TARGET: the one pool that there is (in a PID namespace, with its own pids)"""
    status, masters, out, err = inside(1, "--json")
    equal("status", (status, err), (0, ""))
    equal("master", json.loads(out)["pool"]["master_pid"], masters[0])


@test
def no_pool_at_all():
    """No TARGET and no pool: exit 5"""
    status, _, out, err = inside(0)
    equal("status", (status, out), (5, ""))
    one_line(err, "no forked pool")


@test
def several_pools():
    """No TARGET and two pools: exit 2 and the choice"""
    status, masters, out, err = inside(2)
    equal("status", (status, out), (2, ""))
    one_line(err, *map(str, masters))


@test
def foreign_proc():
    """A /proc of another PID namespace: one clear line, no wrong process"""
    need_root()
    unshare = ("unshare", "--pid", "--fork")
    need_to_run(*unshare)
    with SmallPool(1) as pool:
        one_line(fails(1, pool.master, prefix=unshare), "PID namespace", "/proc")
        fails(1, "pools", prefix=unshare)


@test
def container_pid_file():
    """A pool in another PID namespace: by its outer pid, and by a pid file with its inner pid"""
    need_root()
    unshare = ("unshare", "--pid", "--fork", "--kill-child")
    need_to_run(*unshare)
    # pid 2 inside: its parent is the namespace's first process.
    program = ("import os, signal, sys\n"
               "pid = os.fork()\n"
               "if pid == 0:\n"
               "    if os.fork() == 0: signal.pause()\n"
               "    print(os.getpid(), flush=True)\n"
               "    signal.pause()\n"
               "sys.stdin.read(1)\n")
    command = [*unshare, PYTHON, "-c", program]
    with tempfile.TemporaryDirectory() as folder, \
            spawned(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        inner = process.stdout.readline().strip().decode()
        first = int(until("the first process", lambda: open(
            f"/proc/{process.pid}/task/{process.pid}/children").read().split())[0])
        equal("outer pid", master_of(first)[0], first)
        # All of this namespace is forked from its pid 1, and that is the master.
        path = f"/proc/{first}/root{write(folder, inner)}"
        master, err = master_of(path)
        equal("master", master, first)
        one_line(err, inner, "container", str(first))
        process.stdin.close()


# ---- what this user may not know

@test
def other_user():
    """Another user's pool: exit 4 and the capability, by pid and by name; never 'not a pool'"""
    need_root()
    need("setpriv")
    name = unique(": master")
    with SmallPool(1, argv0=name) as pool:
        for target in (pool.master, pool.workers[0], name.split(":", 1)[0]):
            one_line(fails(4, target, prefix=NOBODY), "CAP_SYS_PTRACE", "doctor")


@test
def own_pool():
    """One's own pool needs no privilege"""
    need_root()
    need("setpriv")
    with SmallPool(2, prefix=NOBODY) as pool:
        equal("master", master_of(pool.master, prefix=NOBODY), (pool.master, ""))
        equal("from a worker", master_of(pool.workers[0], prefix=NOBODY)[0], pool.master)


@test
def workers_of_another_user():
    """Workers that changed user, seen by a root without CAP_SYS_PTRACE: exit 4, as in a container"""
    need_root()
    need("capsh")
    program = ("import os\n"
               "r, w = os.pipe()\n"
               "if os.fork() == 0:\n"
               "    os.setgid(65534); os.setuid(65534); os.write(w, b'x'); os.read(0, 1); os._exit(0)\n"
               "os.read(r, 1); print('ready', flush=True); os.read(0, 1)\n")
    drop = ("capsh", "--drop=cap_sys_ptrace", "--shell=/usr/bin/env", "--")
    with waiting(program, prefix=drop) as (process, _):
        # As in Docker the master has the same capabilities as cowtop: it is open, its worker is not.
        one_line(fails(4, process.pid, prefix=drop), "CAP_SYS_PTRACE")
        equal("with it", master_of(process.pid)[0], process.pid)


@test
def hidden():
    """hidepid: hidden is not gone"""
    need_root()
    need("setpriv")
    mount = (*HIDEPID, *NOBODY)
    need_to_run(*mount)
    with SmallPool(1) as pool:
        one_line(fails(4, pool.master, prefix=mount), "hidepid")
        child = subprocess.Popen(["true"])
        child.wait()
        one_line(fails(5, child.pid, prefix=mount), "no such process")


if __name__ == "__main__":
    main()
