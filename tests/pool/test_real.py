#!/usr/bin/python3
"""Real pre-forked servers: who is master, worker, helper; counts; level. What is not installed is skipped."""
import contextlib
import glob
import json
import os
import shutil
import subprocess
import sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from kernel import asleep, PAGE, rollup
from mkpool import RESIDENT
from run import COWTOP, cowtop, folder, free_port, rows, sample, spawned, Stream, write_file
from tap import equal, fail, Failed, main, near, need, need_root, PATIENCE, Skip, test, true, until

PRELOAD = "data = [[str(i) * 3] for i in range(60000)]\n"


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(x) for x in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def count(document, role):
    return sum(p["role"] == role for p in document["processes"])


def wait_pool(target, workers, seconds=PATIENCE):
    """The document of a pool that has come to have so many workers, and to rest."""
    last = {}

    def there():
        status, out, err = cowtop("--json", "-n", 2, "-i", 0.2, target)
        if status:
            last["said"] = err.strip()[:600]
            return None
        document = json.loads(out.splitlines()[-1])
        faults = [p["faults"]["minor_per_s"] for p in document["processes"]]
        last["said"] = f"{document['pool']['workers']} workers, minor faults/s {faults}"
        if document["pool"]["workers"] == workers and all(f is not None and f < 50 for f in faults):
            return document
        return None
    try:
        return until("pool", there, seconds, 0.2)
    except Failed:
        fail(f"no pool of {workers} workers within {seconds} s; last: {last['said']}")


def check_pool(document, master, workers, helpers=0):
    equal("master_pid", document["pool"]["master_pid"], master)
    equal("workers", document["pool"]["workers"], workers)
    equal("rows of workers", count(document, "worker"), workers)
    equal("helpers", document["pool"]["helpers"], helpers)
    equal("level", document["accounting"]["level"], "exact")
    got = rows(document)
    for p in got.values():
        if p["role"] == "worker":
            true(f"pid {p['pid']}: forked", p["forked"])
            true(f"pid {p['pid']}: shares pages", p["pages"]["shared"] > 0)
            total = sum(p["pages"][c] for c in RESIDENT)
            rss = p["memory"]["rss_bytes"] // PAGE
            near(f"pid {p['pid']}: pages of the ledger", total, rss, max(64, rss // 100))
    check_shares(master)
    return got


SHARES = {"pss_bytes": "Pss", "pss_anon_bytes": "Pss_Anon", "uss_bytes": "Uss"}


@contextlib.contextmanager
def looking(master):
    """The rows of a cowtop that goes on: it maps the libraries itself, and so has a share of the pool's pages."""
    with spawned([COWTOP, "--json", "-n", "2", "-i", "100", str(master)], stdin=subprocess.DEVNULL,
                 stdout=subprocess.PIPE) as process:
        yield rows(json.loads(process.stdout.readline()))


def kernel_shares(pids):
    """What smaps_rollup says of each process, by cowtop's key; of "all" the sum."""
    said = {pid: rollup(pid) for pid in pids}
    for kernel in said.values():
        kernel["Uss"] = kernel["Private_Clean"] + kernel["Private_Dirty"]
    said["all"] = {name: sum(kernel[name] for kernel in said.values()) for name in SHARES.values()}
    return {who: {key: kernel[name] for key, name in SHARES.items()} for who, kernel in said.items()}


def check_shares(master):
    """PSS and USS are the kernel's, of each process and of their sum: between what it said before and after cowtop
    looked. Even in a pool that rests somebody comes to write a page or leaves, and all that had it have another
    share."""
    with looking(master) as got:
        before = kernel_shares(got)
    with looking(master) as got:
        after = kernel_shares(got)
    equal("processes", set(after), set(before))
    for key in SHARES:
        slack = {pid: max(64 * PAGE, after[pid][key] // 100) for pid in got}
        slack["all"] = sum(slack.values())
        said = {pid: p["memory"][key] for pid, p in got.items()}
        said["all"] = sum(said.values())
        for who, allowed in slack.items():
            least, most = sorted((before[who][key], after[who][key]))
            true(f"{key} of {who}: from {least} to {most}, within {allowed}",
                 least - allowed <= said[who] <= most + allowed, said[who])


def quiet(**more):
    return dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)


@contextlib.contextmanager
def python_script(text):
    """A Python program that prints a line when it is ready."""
    with folder() as path:
        script = write_file(f"{path}/pool.py", text)
        with spawned(["/usr/bin/python3", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                     stderr=subprocess.DEVNULL) as process:
            true("the script is ready", process.stdout.readline() == b"ready\n")
            until("it stands still", lambda: asleep(process.pid, *children(process.pid)))
            yield process


def multiprocessing_pool(method):
    return f"""
import multiprocessing, os, sys, time
{PRELOAD}
def work(x):
    time.sleep(0.05)
    return os.getpid()
if __name__ == "__main__":
    multiprocessing.set_start_method({method!r})
    with multiprocessing.Pool(3) as pool:
        while len(set(pool.map(work, range(6), 1))) < 3:
            pass
        print("ready", flush=True)
        sys.stdin.read()
"""


@test
def multiprocessing_fork():
    """multiprocessing.Pool, fork"""
    need_root()
    with python_script(multiprocessing_pool("fork")) as process:
        got = check_pool(sample(process.pid), process.pid, 3)
        for p in got.values():
            if p["role"] == "worker":
                true("most of the preloaded data is shared", p["pages"]["shared"] > 1000)
        equal("threads of the master are not processes", len(got), 4)


@test
def multiprocessing_spawn():
    """multiprocessing.Pool, spawn: no forked pool, exit 6"""
    with python_script(multiprocessing_pool("spawn")) as process:
        status, out, err = cowtop("--json", process.pid)
        equal(f"exit status ({err.strip()})", status, 6)
        equal("stdout", out, "")


@test
def multiprocessing_forkserver():
    """multiprocessing.Pool, forkserver: the forkserver's pool"""
    need_root()
    with python_script(multiprocessing_pool("forkserver")) as process:
        server = next(c for c in children(process.pid) if len(children(c)) == 3)
        check_pool(sample(server), server, 3)
        status, _, err = cowtop("--json", process.pid)
        equal(f"exit status for its client ({err.strip()})", status, 6)
        true("the error names the forkserver", str(server) in err, err)


@test
def collection_in_one_worker():
    """an os.fork pool: gc.collect() in one worker, seen in that worker alone"""
    need_root()
    script = f"""
import gc, os, sys, signal
gc.disable()
{PRELOAD}
pipes = []
for i in range(2):
    r, w = os.pipe()
    pipes.append(w)
    if os.fork() == 0:
        for p in pipes:
            os.close(p)
        print("ready", flush=True) if i else None
        while os.read(r, 1):
            gc.collect()
        os._exit(0)
sys.stdin.readline()
os.write(pipes[0], b"x")
sys.stdin.read()
"""
    with python_script(script) as process:
        with Stream(process.pid, 0.05) as stream:
            before = rows(stream.fresh())
            true("two workers", len(before) == 3)
            first, second = sorted(pid for pid in before if pid != process.pid)
            process.stdin.write(b"\n")
            process.stdin.flush()

            def broken():
                now = rows(stream.fresh())
                grown = {pid: now[pid]["pages"]["cow_broken"] - before[pid]["pages"]["cow_broken"]
                         for pid in now}
                return grown if grown[first] > 1000 else None
            grown = until("the collecting worker breaks more than 1000 pages", broken)
            until("and then stands still", lambda: stream.fresh()["pool"]["faults"]["minor_per_s"] == 0)
            grown = broken()
            true("the other worker breaks next to nothing", grown[second] < 20, grown)
            true("the master breaks next to nothing", grown[process.pid] < 40, grown)


WSGI = PRELOAD + """
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
application = app
"""


@test
def gunicorn():
    """gunicorn --preload"""
    need_root()
    need("gunicorn")
    with folder() as path:
        write_file(f"{path}/app.py", WSGI)
        command = ["gunicorn", "--preload", "--workers", "2", "--bind", f"unix:{path}/s",
                   "--chdir", path, "--pid", f"{path}/pid", "app:app"]
        with spawned(command, **quiet()) as process:
            got = check_pool(wait_pool(process.pid, 2), process.pid, 2)
            worker = next(p["pid"] for p in got.values() if p["role"] == "worker")
            equal("from a worker's pid", sample(worker)["pool"]["master_pid"], process.pid)
            equal("from its pid file", sample(f"{path}/pid")["pool"]["master_pid"], process.pid)


def uwsgi(*more):
    need_root()
    need("uwsgi", "/usr/lib/uwsgi/plugins/python3_plugin.so")
    return ["uwsgi", "--plugins", "python3", "--master", "--workers", "2", "--need-app",
            "--die-on-term", *more]


@test
def uwsgi_plain():
    """uWSGI without titles"""
    command = uwsgi()
    with folder() as path:
        write_file(f"{path}/app.py", WSGI)
        with spawned([*command, "--socket", f"{path}/s", "--wsgi-file", f"{path}/app.py"],
                     **quiet()) as process:
            check_pool(wait_pool(process.pid, 2), process.pid, 2)


@test
def uwsgi_emperor():
    """uWSGI's Emperor: its name means the vassals, whose masters it starts, and not it and its helper"""
    uwsgi()
    name = f"cowtest{os.getpid()}e"
    with folder() as path:
        write_file(f"{path}/app.py", WSGI)
        os.mkdir(f"{path}/v")
        shutil.copy(os.path.realpath(shutil.which("uwsgi")), f"{path}/{name}")
        for vassal in "ab":
            write_file(f"{path}/v/{vassal}.ini", f"[uwsgi]\nplugins=python3\nmaster=true\nprocesses=2\nneed-app=true\n"
                                                 f"socket={path}/{vassal}\nwsgi-file={path}/app.py\n")
        with spawned([f"{path}/{name}", "--master", "--emperor", f"{path}/v", "--die-on-term"],
                     **quiet()) as process:
            def vassals():
                found = [pid for child in children(process.pid) for pid in children(child)]
                return len(found) == 2 and all(len(children(pid)) == 2 for pid in found) and found
            masters = until("both vassals have workers", vassals)
            status, out, err = cowtop("--json", name)
            equal("status", (status, out), (2, ""))
            equal("listed", [f" {pid} (" in err for pid in (*masters, process.pid)], [True, True, False])
            for master in masters:
                check_pool(wait_pool(master, 2), master, 2)


@test
def uwsgi_procname():
    """uWSGI with auto-procname: the spooler is a helper"""
    command = uwsgi("--auto-procname")
    with folder() as path:
        write_file(f"{path}/app.py", WSGI)
        os.mkdir(f"{path}/spool")
        with spawned([*command, "--socket", f"{path}/s", "--wsgi-file", f"{path}/app.py",
                      "--spooler", f"{path}/spool"], **quiet()) as process:
            got = check_pool(wait_pool(process.pid, 2), process.pid, 2, helpers=1)
            spooler = next(p for p in got.values() if p["role"] == "helper")
            true("the spooler was forked", spooler["forked"])
            true("and has a ledger", spooler["pages"]["shared"] > 0)


@test
def celery():
    """Celery, prefork"""
    need_root()
    need("/usr/bin/celery")
    with folder() as path:
        os.mkdir(f"{path}/q")
        write_file(f"{path}/tasks.py", PRELOAD + f"""
from celery import Celery
app = Celery("tasks", broker="filesystem://")
app.conf.broker_transport_options = dict.fromkeys(("data_folder_in", "data_folder_out"), {path + "/q"!r})
""")
        command = ["/usr/bin/python3", "/usr/bin/celery", "-A", "tasks", "worker", "-P", "prefork",
                   "-c", "2", "--without-gossip", "--without-mingle", "--without-heartbeat",
                   "--pidfile", f"{path}/pid"]
        env = {**os.environ, "C_FORCE_ROOT": "1", "PYTHONPATH": path}
        with spawned(command, **quiet(cwd=path, env=env)) as process:
            check_pool(wait_pool(process.pid, 2), process.pid, 2)


@test
def puma():
    """Puma, preload_app"""
    need_root()
    need("puma")
    with folder() as path:
        write_file(f"{path}/config.ru", """
DATA = (0...60000).map { |i| i.to_s * 3 }
run ->(env) { [200, {}, ["ok"]] }
""")
        command = ["puma", "--workers", "2", "--preload", "--bind", f"unix://{path}/s"]
        with spawned(command, **quiet(cwd=path)) as process:
            check_pool(wait_pool(process.pid, 2), process.pid, 2)


@test
def postgresql():
    """PostgreSQL: backends are workers, the checkpointer and its like are helpers"""
    need_root()
    need("setpriv")
    places = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
    if not places:
        raise Skip("postgres is not installed")
    bin_ = os.path.dirname(places[-1])
    with folder(owner="postgres") as path:
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        subprocess.run([*user, f"{bin_}/initdb", "-D", f"{path}/d", "-A", "trust", "--no-sync"],
                       check=True, capture_output=True, cwd=path)
        command = [*user, f"{bin_}/postgres", "-D", f"{path}/d", "-k", path, "-h", "",
                   "-c", "shared_buffers=8MB", "-c", "fsync=off"]
        with spawned(command, **quiet(cwd=path)) as process:
            ready = [f"{bin_}/pg_isready", "--quiet", "--host", path]
            until("it takes connections", lambda: subprocess.run(ready).returncode == 0)
            query = [*user, f"{bin_}/psql", "-h", path, "-d", "postgres", "-c", "select pg_sleep(60)"]
            with spawned(query, **quiet(cwd=path)), spawned(query, **quiet(cwd=path)):
                document = wait_pool(process.pid, 2)
                got = check_pool(document, process.pid, 2, document["pool"]["helpers"])
                true("at least checkpointer, writers and launchers are helpers",
                     document["pool"]["helpers"] >= 4, document["pool"]["helpers"])
                for p in got.values():
                    true(f"pid {p['pid']} was forked", p["forked"])
                    backend = "pg_sleep" in p["cmdline"] or "SELECT" in p["cmdline"]
                    equal(f"role of {p['cmdline']}", p["role"] == "worker", backend)


@test
def php_fpm():
    """PHP-FPM"""
    need_root()
    names = sorted(glob.glob("/usr/sbin/php-fpm*"))
    if not names:
        raise Skip("php-fpm is not installed")
    with folder() as path:
        config = write_file(f"{path}/fpm.conf", f"""
[global]
error_log = {path}/log
daemonize = no
[www]
user = www-data
group = www-data
listen = {path}/s
pm = static
pm.max_children = 3
""")
        with spawned([names[-1], "-n", "-y", config], **quiet()) as process:
            check_pool(wait_pool(process.pid, 3), process.pid, 3)


@test
def apache():
    """Apache, prefork"""
    need_root()
    need("apache2", "/usr/lib/apache2/modules/mod_mpm_prefork.so")
    with folder() as path:
        config = write_file(f"{path}/conf", f"""
LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
ServerRoot {path}
DefaultRuntimeDir {path}
PidFile {path}/pid
ErrorLog {path}/log
ServerName localhost
Listen 127.0.0.1:{free_port()}
User www-data
Group www-data
StartServers 2
MinSpareServers 2
MaxSpareServers 2
""")
        with spawned(["apache2", "-D", "FOREGROUND", "-f", config], **quiet()) as process:
            check_pool(wait_pool(process.pid, 2), process.pid, 2)


if __name__ == "__main__":
    main()
