"""Real servers for cowtop try: how each is started, when it is ready, and what gives it work. What they serve is in
apps/: objects that are loaded before the fork, of which requests read a few."""
import collections
import contextlib
import glob
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", name) for name in ("lib", "gc")]
from pools import PLUGIN
from run import folder, free_port, spawned, write_file
from tap import need, Skip, until

PYTHON = "/usr/bin/python3"
REQUESTS = 600
GUNICORN = "/usr/lib/python3/dist-packages/gunicorn"

# A name; the words; the lines of shell that are its load and that succeed when it listens; its environment
Server = collections.namedtuple("Server", "name command load ready env")


def environment(**more):
    return dict(os.environ, PYTHONDONTWRITEBYTECODE="1", **more)


@contextlib.contextmanager
def apps():
    """A folder with what they serve, that every user may read."""
    with folder(0o777) as path:
        for name in os.listdir(f"{HERE}/apps"):
            shutil.copy(f"{HERE}/apps/{name}", path)
        yield path


def over_http(port):
    need("ab")
    return f"ab -q -n {REQUESTS} -c 2 http://127.0.0.1:{port}/"


def url(port):
    return f"http://127.0.0.1:{port}/"


@contextlib.contextmanager
def gunicorn(python=PYTHON, more=("--preload",)):
    """Under another CPython its modules are Debian's, which are pure Python."""
    need(GUNICORN)
    port = free_port()
    with apps() as path:
        if python != PYTHON:
            os.mkdir(f"{path}/modules")
            os.symlink(GUNICORN, f"{path}/modules/gunicorn")
            # imported, and used for workers of other packages only
            write_file(f"{path}/modules/pkg_resources.py", "")
        command = [python, "-m", "gunicorn", *more, "-w", "2", "-b", f"127.0.0.1:{port}", "--chdir", path, "wsgi"]
        yield Server("gunicorn --preload", command, over_http(port), url(port),
                     environment(**({} if python == PYTHON else {"PYTHONPATH": f"{path}/modules"})))


@contextlib.contextmanager
def uwsgi(more=()):
    need("uwsgi", PLUGIN)
    port = free_port()
    with apps() as path:
        command = ["uwsgi", "--plugins", "python3", "--master", "--workers", "2", "--need-app", "--http-socket",
                   f"127.0.0.1:{port}", "--pythonpath", path, "--module", "wsgi", *more]
        yield Server("uWSGI", command, over_http(port), url(port), environment())


@contextlib.contextmanager
def celery():
    need("redis-server")
    if subprocess.run([PYTHON, "-c", "import celery, redis"], stderr=subprocess.DEVNULL, check=False).returncode:
        raise Skip("no celery here")
    with apps() as path, \
            spawned(["redis-server", "--port", "0", "--unixsocket", f"{path}/redis.sock", "--dir", path, "--save", ""],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
        until("the broker listens", lambda: os.path.exists(f"{path}/redis.sock"))
        command = [PYTHON, "-m", "celery", "--workdir", path, "-A", "jobs", "worker", "-c", "2", "-P", "prefork",
                   "--without-gossip", "--without-mingle", "--without-heartbeat"]
        work = f"{PYTHON} {path}/jobs.py send {path}"
        yield Server("Celery prefork", command, f"{work} {REQUESTS}", f"{work} 1",
                     environment(COWTOP_JOBS=path, PYTHONPATH=path))


def jobs(kind, name):
    @contextlib.contextmanager
    def server(python=PYTHON):
        with apps() as path:
            work = f"{PYTHON} {path}/jobs.py give {path}"
            yield Server(name, [python, f"{path}/jobs.py", kind, path], f"{work} {REQUESTS}", f"{work} 0",
                         environment())
    return server


@contextlib.contextmanager
def puma():
    need("puma")
    port = free_port()
    with apps() as path:
        config = write_file(f"{path}/puma.rb", f"""
workers 2
threads 1, 1
preload_app!
bind "tcp://127.0.0.1:{port}"
rackup "{path}/config.ru"
""")
        yield Server("Puma", ["puma", "-C", config], over_http(port), url(port), environment())


@contextlib.contextmanager
def php_fpm():
    found = sorted(glob.glob("/usr/sbin/php-fpm*"))
    if not found:
        raise Skip("php-fpm is not installed")
    with apps() as path:
        config = write_file(f"{path}/fpm.conf", f"""
[global]
error_log = {path}/log
daemonize = no
[www]
{"user = www-data" if not os.geteuid() else ""}
{"group = www-data" if not os.geteuid() else ""}
listen = {path}/s
listen.mode = 0666
pm = static
pm.max_children = 2
""")
        words = [found[-1], "-y", config]
        work = f"{PYTHON} {HERE}/fastcgi.py {path}/s {path}/page.php"
        yield Server("PHP-FPM", words, f"{work} {REQUESTS}", f"{work} 1", environment())


multiprocessing = jobs("pool", "multiprocessing.Pool")
executor = jobs("executor", "ProcessPoolExecutor")
SERVERS = {"gunicorn": gunicorn, "uwsgi": uwsgi, "celery": celery, "pool": multiprocessing, "executor": executor,
           "puma": puma, "php-fpm": php_fpm}
