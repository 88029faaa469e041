#!/usr/bin/python3
"""Other runtimes are named, with their settings; and CPython inside a server."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from interpreters import agree, Gcread, HERE, obeying, Obeys, state
from run import cowtop, sample, spawned
from tap import add_test, equal, main, need, need_root, test, true, until

# How to wait on standard input in each language.
WAIT = {
    "ruby": ["ruby", "-e", "$stdin.read"],
    "php": ["php", "-d", "zend.enable_gc=0", "-r", "fgets(STDIN);"],
    "perl": ["perl", "-e", "<STDIN>"],
    "node": ["node", "--max-old-space-size=64", "-e", "process.stdin.resume()"],
}


def ask_when(gcread, pid, condition):
    """The answer, as soon as the process is what it is to become."""
    last = {}

    def ready():
        last.update(gcread.read(pid))
        return condition(last)
    until("the runtime is seen", ready)
    return last


def named(runtime, settings):
    def run():
        need(WAIT[runtime][0])
        env = dict(os.environ, MALLOC_ARENA_MAX="2", RUBY_GC_HEAP_GROWTH_FACTOR="1.1",
                   SECRET_KEY="hush", LD_PRELOAD="")
        with spawned(WAIT[runtime], stdin=subprocess.PIPE, env=env) as process, \
                Gcread() as gcread:
            # Asked in the midst of its exec, the answer has the words of the program before.
            answer = ask_when(gcread, process.pid, lambda a: a["runtime"] == runtime and
                              a["settings"] and set(settings) <= set(a["settings"]))
            equal("result", answer["result"], 0)
            equal("state", answer["interpreters"], [])
            got = dict(answer["settings"])
            got.pop("allocator", None)
            equal("settings", got, dict({"MALLOC_ARENA_MAX": "2",
                                         "RUBY_GC_HEAP_GROWTH_FACTOR": "1.1"}, **settings))
    return run


add_test("ruby is named", named("ruby", {}))
add_test("php is named", named("php", {"zend.enable_gc": "0"}))
add_test("perl is named", named("perl", {}))
add_test("node is named", named("node", {"--max-old-space-size": "64"}))


# Forks two workers, which wait as their master does.
POOLS = {
    "ruby": ["ruby", "-e", "keep = Array.new(20000) { |i| i.to_s }; 2.times { fork { $stdin.read } }; $stdin.read"],
    "perl": ["perl", "-e", "my @k = map { qq(x$_) } 1 .. 20000; fork or last for 1 .. 2; <STDIN>"],
}


def told(runtime):
    """Everywhere that it has no counters is said in a sentence, and no permission is asked for."""
    def run():
        need_root()
        need(POOLS[runtime][0])
        with spawned(POOLS[runtime], stdin=subprocess.PIPE) as process:
            until("it has workers", lambda: len(children(process.pid)) == 2)
            document = sample(process.pid)
            for p in document["processes"]:
                equal("runtime", p["gc"]["runtime"], runtime)
                equal("gaps", [(u["what"], u["error"], u["needs"]) for u in p["unreadable"]], [("gc", None, None)])
                true("why", p["unreadable"][0]["why"].startswith(runtime + " "), p["unreadable"])
            why = document["processes"][0]["unreadable"][0]["why"]
            status, out, err = cowtop(process.pid, env=dict(os.environ, COLUMNS="200"))
            equal(f"the table: {err}", status, 0)
            true("the sentence", f"gc: {why}" in out, out)
            true("the group", f"{runtime}: no counters" in out, out)
            true("no permission", "needs" not in out and "CAP_" not in out, out)
    return run


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return f.read().split()


add_test("what ruby has not is a sentence", told("ruby"))
add_test("what perl has not is a sentence", told("perl"))


@test
def java():
    """java is named"""
    need("java")
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "Wait.java")
        with open(source, "w", encoding="ascii") as f:
            f.write("class Wait { public static void main(String[] a) throws Exception {"
                    " System.in.read(); } }")
        command = ["java", "-Xmx64m", "-XX:+UseSerialGC", source]
        with spawned(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL) as process, Gcread() as gcread:
            answer = ask_when(gcread, process.pid, lambda a: a["runtime"] == "java" and a["settings"])
            true("settings", {"-Xmx64m", "-XX:+UseSerialGC"} <= set(answer["settings"]),
                 answer["settings"])


@test
def no_runtime():
    """a program without a runtime is none"""
    with spawned(["sleep", "60"]) as process, Gcread() as gcread:
        answer = gcread.read(process.pid)
        equal("answer", (answer["result"], answer["runtime"], answer["interpreters"]), (0, "none", []))


@test
def python_settings():
    """the settings that a Python was started with"""
    need("/usr/bin/python3")
    env = dict(os.environ, PYTHONMALLOC="malloc", LD_PRELOAD="")
    with obeying("/usr/bin/python3", env=env) as child, Gcread() as gcread:
        equal("settings", gcread.read(child.said.pid)["settings"], {"PYTHONMALLOC": "malloc"})


@test
def uwsgi():
    """uWSGI's plugin: the master through random settings, then its workers"""
    need_root()
    need("uwsgi", "/usr/lib/uwsgi/plugins/python3_plugin.so")
    with tempfile.TemporaryDirectory() as folder:
        to, back = os.path.join(folder, "to"), os.path.join(folder, "back")
        os.mkfifo(to)
        os.mkfifo(back)
        with open(os.path.join(folder, "app.py"), "w", encoding="utf-8") as f:
            f.write(f"import os, sys\nsys.path.insert(0, {HERE!r})\nimport gcchild\n"
                    f"sys.dont_write_bytecode = True\n"
                    f"gcchild.run(os.open({to!r}, os.O_RDONLY), os.open({back!r}, os.O_WRONLY))\n"
                    "def application(env, start):\n    start('200 OK', [])\n    return [b'']\n")
        command = ["uwsgi", "--plugin", "python3", "--master", "--processes", "2", "--need-app",
                   "--socket", os.path.join(folder, "s"), "--chdir", folder, "--wsgi-file", "app.py",
                   "--die-on-term"]
        with spawned(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL) as process, Gcread() as gcread:
            child = Obeys(os.open(to, os.O_WRONLY), os.open(back, os.O_RDONLY))
            for n in range(20):
                before = child.do(("gc.disable()", f"gc.set_threshold(300, {n + 1}, 7)",
                                   "gc.freeze()", "gc.collect(1)", "gc.enable()",
                                   "gc.unfreeze()", "gc.freeze()")[n % 7])
                got = state(gcread.read(before.pid, "count"))
                agree(before, got, child.do())
            last = child.do("gc.disable(); gc.freeze()")
            os.write(child.fd_in, b"end\n")
            path = f"/proc/{process.pid}/task/{process.pid}/children"

            def workers():
                with open(path, encoding="ascii") as f:
                    pids = [int(p) for p in f.read().split()]
                return pids if len(pids) == 2 else None
            for pid in until("two workers", workers):
                answer = gcread.read(pid, "base", last.pid)
                got = state(answer)
                equal("version", answer["version"], last.version)
                equal("settings", (got["enabled"], got["thresholds"], got["any_frozen"]),
                      (0, list(last.thresholds), 1))


main()
