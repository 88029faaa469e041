#!/usr/bin/python3
"""What `cowtop try` has interpreters load: it does what the variant says, and the application does not see it."""
import json
import os
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "gc")]
from interpreters import interpreters, number
from run import folder, write_file
from tap import add_test, equal, main, need, PATIENCE, test, true

SETUP = os.path.join(os.environ.get("B") or "build", "tests", "setup")
# A full collection of the child would freeze as well, so it is asked before one, but in the case without os.fork().
FORK = """
import gc, os, sys
keep = [[n] for n in range(20000)]
pid = os.fork()
if not pid:
    print(gc.get_freeze_count() > 20000, flush=True)
    os._exit(0)
os.waitpid(pid, 0)
"""
C_FORK = """
import ctypes, gc, os
begun = gc.get_freeze_count()     # 3.12 has some by itself
keep = [[n] for n in range(20000)]
gc.collect()
fork = ctypes.PyDLL(None).fork
pid = fork()
if not pid:
    before = gc.get_freeze_count() - begun
    gc.collect()
    print(before, gc.get_freeze_count() > 20000, flush=True)
    os._exit(0)
os.waitpid(pid, 0)
print(gc.get_freeze_count() - begun, flush=True)
"""
FORKSERVER = """
import gc, multiprocessing
def frozen(_):
    return gc.get_freeze_count() > 1000
if __name__ == "__main__":
    with multiprocessing.get_context("forkserver").Pool(2) as pool:
        print(pool.map(frozen, range(2)), flush=True)
"""
# All that an application can see of how it was started.
SEEN = """
import os, sys
print(sys.path, sorted(os.environ.items()), sys.argv, sys.flags)
module = sys.modules.get("sitecustomize")
print(getattr(module, "__file__", None), getattr(module, "MARK", None))
try:
    import sitecustomize
    print("there is one")
except ImportError:
    print("there is none")
print("to stderr", file=sys.stderr)
sys.exit(7)
"""


def run(variant, *command, env=None):
    return plain(SETUP, "run", variant, *command, env=env)


def plain(*command, env=None):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, env=env,
                          check=False)


def clean(**more):
    """The environment without what would name folders of Python's; no byte code is left behind."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RUBY"))}
    return dict(env, PYTHONDONTWRITEBYTECODE="1", **more)


def same(what, variant, *command, env):
    """With a variant it says and ends as without."""
    with_it, without = run(variant, *command, env=env), plain(*command, env=env)
    equal(f"{what}: output", with_it.stdout, without.stdout)
    equal(f"{what}: errors", with_it.stderr, without.stderr)
    equal(f"{what}: status", with_it.returncode, without.returncode)
    return without


def untouched(python, version):
    """Output, status, sys.path, environment and modules, with nothing there, a path, and another sitecustomize."""
    with folder() as place:
        os.mkdir(f"{place}/other")
        write_file(f"{place}/other/sitecustomize.py", "MARK = __name__\n")
        os.mkdir(f"{place}/broken")
        write_file(f"{place}/broken/sitecustomize.py", "raise ValueError('its own')\n")
        script = write_file(f"{place}/seen.py", "from __future__ import print_function\n" + SEEN)
        for variant in ("gc.disable", "gc.threshold=900,5"):
            same("nothing there", variant, python, script, env=clean())
            if version >= (3,):  # before, an empty one was the current folder
                same("an empty path", variant, python, script, env=clean(PYTHONPATH=""))
            same("a path", variant, python, script, env=clean(PYTHONPATH=f"/nowhere:{place}"))
            other = same("another one", variant, python, script, env=clean(PYTHONPATH=f"{place}/other"))
            true("the other one was run", "sitecustomize\n" in other.stdout, other.stdout)
            broken = same("a broken one", variant, python, script, env=clean(PYTHONPATH=f"{place}/broken"))
            true("the broken one is told of", "its own" in broken.stderr or "failed" in broken.stderr, broken.stderr)
            same("warnings are errors", variant, python, "-W", "error", script,
                 env=clean(PYTHONWARNDEFAULTENCODING="1"))
        done = run("gc.disable", python, "-c", "import os; os.kill(os.getpid(), 9)", env=clean())
        equal("a signal", (done.stdout, done.stderr, done.returncode), ("", "", 128 + 9))


def private(python):
    """The folder is its owner's alone, and gone afterwards, with what Python has put there."""
    script = ("import os; path = open('/proc/self/environ').read().split('PYTHONPATH=')[1].split('\\0')[0]; "
              "print('%o %s' % (os.stat(path).st_mode & 0o7777, path))")
    done = run("gc.disable", python, "-c", script,
               env={k: v for k, v in clean().items() if k != "PYTHONDONTWRITEBYTECODE"})
    mode, path = done.stdout.split()
    equal("mode", mode, "700")
    true(f"{path} is gone", not os.path.exists(path))


def freezes(python):
    with folder() as place:
        for name, text in (("fork", FORK), ("c_fork", C_FORK), ("forkserver", FORKSERVER)):
            write_file(f"{place}/{name}.py", text)
        for variant in ("gc.freeze", "gc.collect+freeze"):
            done = run(variant, python, f"{place}/fork.py", env=clean())
            equal(f"{variant}: os.fork", (done.stdout, done.stderr), ("True\n", ""))
        done = run("gc.freeze", python, f"{place}/c_fork.py", env=clean())
        equal("fork(2): before and after the child's first collection, and in the parent",
              (done.stdout, done.stderr), ("0 True\n0\n", ""))
        done = run("gc.freeze", python, f"{place}/forkserver.py", env=clean())
        equal("forkserver", (done.stdout, done.stderr), ("[True, True]\n", ""))


def settings(python):
    script = "import gc; print(gc.isenabled(), gc.get_threshold()[:2])"
    equal("gc.disable", run("gc.disable", python, "-c", script, env=clean()).stdout.split()[0], "False")
    done = run("gc.threshold=123,4", python, "-c", script, env=clean())
    equal("gc.threshold", done.stdout, "True (123, 4)\n")


def old(python):
    """CPython 2 has nothing that is set: no error, and nothing seen."""
    script = "import gc; print(gc.isenabled())"
    done = run("gc.disable", python, "-c", script, env=clean())
    equal("output", (done.stdout, done.stderr, done.returncode), ("True\n", "", 0))


for found in interpreters():
    title = f"CPython {found.version}{' debug' if found.debug else ''} ({found.path})"
    add_test(f"{title}: what an application sees", lambda p=found.path, v=found.version: untouched(p, number(v)))
    add_test(f"{title}: the folder", lambda p=found.path: private(p))
    if number(found.version) < (3,):
        add_test(f"{title}: nothing is set", lambda p=found.path: old(p))
        continue
    add_test(f"{title}: disabled, thresholds", lambda p=found.path: settings(p))
    if number(found.version) >= (3, 7):
        add_test(f"{title}: frozen", lambda p=found.path: freezes(p))


@test
def ruby():
    """Ruby: done once before the first fork, and the application sees nothing of it"""
    need("ruby")
    script = """

puts ENV["RUBYOPT"].inspect, $LOADED_FEATURES.grep(/hook.rb/).size
2.times { Process.wait(fork { puts "child" }) }
$stderr.puts "to stderr"
exit 7
"""
    for options in ({}, {"RUBYOPT": "-W1 -rset"}):
        without = plain("ruby", "-e", script, env=clean(**options))
        with_it = run("gc.start+gc.compact", "ruby", "-e", script, env=clean(**options))
        lines = without.stdout.splitlines()
        lines[1] = "1"
        equal("output", (with_it.stdout.splitlines(), with_it.stderr, with_it.returncode),
              (lines, without.stderr, without.returncode))
    count = "b = GC.stat(:compact_count); 2.times { Process.wait(fork {}) }; puts GC.stat(:compact_count) - b"
    equal("once", run("gc.compact", "ruby", "-e", count, env=clean()).stdout, "1\n")
    off = "Process.wait(fork { puts GC.disable }); puts GC.disable"
    equal("disabled", run("gc.disable", "ruby", "-e", off, env=clean()).stdout, "true\ntrue\n")
    on = "GC.enable; Process.wait(fork { puts GC.disable }); puts GC.disable"
    equal("enabled by the application", run("gc.disable", "ruby", "-e", on, env=clean()).stdout, "false\nfalse\n")


@test
def php():
    """PHP: the file is preloaded, and the settings of others are read as ever"""
    need("php")
    listed = "echo json_encode([function_exists('kept'), php_ini_scanned_files(), ini_get('opcache.preload_user')]);"
    with folder() as place:
        script = write_file(f"{place}/preload.php", "<?php function kept() {}")
        os.chmod(place, 0o755)
        write_file(f"{place}/own.ini", "opcache.preload_user=nobody\n")
        before = json.loads(plain("php", "-r", listed, env=clean()).stdout)
        done = run(f"opcache.preload={script}", "php", "-r", listed, env=clean())
        kept, files, _ = json.loads(done.stdout)
        true("preloaded", kept, done.stderr)
        named = [f.strip() for f in files.split(",")]
        equal("the others, in between", named[1:-1],
              [f.strip() for f in before[1].split(",")])
        done = run(f"opcache.preload={script}", "php", "-r", listed, env=clean(PHP_INI_SCAN_DIR=f":{place}"))
        equal("the user's own word", json.loads(done.stdout)[2], "nobody")
        done = run(f"opcache.preload={place}/none.php", "php", "-r", listed, env=clean())
        equal("no such file", done.returncode, 1)


main()
