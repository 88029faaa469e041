#!/usr/bin/python3
"""cowtop try on real servers under work: which variants take there, and what they do to the figures.

Each server that can be is run under one CPython here, the next one under the next; COWTOP_TRY_ALL runs each under all.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import servers
from interpreters import ordinary
from servers import PYTHON
from trying import by_name, MIB, row, trial_of, verdict, words_of
from run import cowtop
from tap import add_test, equal, main, need_root, true

COLLECTOR = ("gc.freeze", "gc.disable", "gc.threshold=0")
ALLOCATORS = ("pymalloc=off", "malloc=jemalloc")
# Seen in the environment, which a title of their own writes over.
ARENAS = "malloc.arenas=1"
FOUND = ordinary((3, 8))


def show(name, trial):
    base = trial["baseline"]["figures"]
    print(f"# {name}: a worker has copied {base['cow_broken_bytes']['mean'] / MIB:.1f} MiB, the pool costs "
          f"{base['footprint_bytes']['mean'] / MIB:.1f} MiB", flush=True)
    for v in trial["variants"]:
        took = {True: "took", False: "not applied", None: "nothing to be seen"}[v["applied"]]
        gave = f"{row(v, 'footprint_bytes')['difference'] / MIB:+.1f} MiB, {verdict(v)}" if v["runs"] else v["error"]
        print(f"#   {v['name']:24} {took:12} {gave}: {v['evidence']}", flush=True)
    print(f"#   {trial['text']}", flush=True)


def tried(start, *variants, runs=2):
    need_root()
    with start as server:
        trial = trial_of(server.command, server.load, server.ready, *variants, runs=runs, env=server.env)
    show(server.name, trial)
    for v in trial["variants"]:
        equal(f"runs of {v['name']}", v["runs"], runs)
    return trial


def took(trial, *names):
    for name in names:
        v = by_name(trial)[name]
        true(f"{name} took", v["applied"] is True, v["evidence"])


def copies_less(trial, *names):
    """What a worker copies is less by a third at least."""
    base = trial["baseline"]["figures"]["cow_broken_bytes"]["mean"]
    for name in names:
        copied = by_name(trial)[name]["figures"]["cow_broken_bytes"]["mean"]
        true(f"{name} gives something back", copied < 0.67 * base, (copied, base))


def forks_in_python(start):
    """All there is for CPython takes; what the collector alone copies is given back."""
    def run():
        trial = tried(start(), *COLLECTOR, "gc.collect+freeze", *ALLOCATORS, ARENAS)
        took(trial, *COLLECTOR, "gc.collect+freeze", *ALLOCATORS)
        true("arenas", by_name(trial)[ARENAS]["applied"] is not False, by_name(trial)[ARENAS]["evidence"])
        copies_less(trial, "gc.freeze", "gc.collect+freeze")
    return run


def under(interpreter, start):
    return lambda: start(interpreter.path)


for n, (title, begin) in enumerate((("gunicorn --preload", servers.gunicorn),
                                    ("multiprocessing.Pool", servers.multiprocessing),
                                    ("ProcessPoolExecutor", servers.executor))):
    chosen = FOUND if os.environ.get("COWTOP_TRY_ALL") else FOUND[n % len(FOUND):][:1]
    for i in chosen:
        add_test(f"{title} under {i.version}", forks_in_python(under(i, begin)))
add_test("gunicorn --preload of the distribution", forks_in_python(lambda: servers.gunicorn(PYTHON)))
add_test("Celery prefork", forks_in_python(servers.celery))


def uwsgi():
    trial = tried(servers.uwsgi(), *COLLECTOR, *ALLOCATORS, ARENAS)
    took(trial, *COLLECTOR, *ALLOCATORS, ARENAS)
    copies_less(trial, "gc.freeze")


add_test("uWSGI", uwsgi)


def cannot_be_had(start, variant, *words):
    """It says what to put where."""
    def run():
        with start() as server:
            status, out, err = cowtop("try", *words_of(variant), "--load", "true", "--", *server.command)
        equal(f"exit status: {err}", (status, out), (2, ""))
        for word in (variant, *words):
            true(f"{word} is named", word in err, err)
    return run


add_test("uWSGI: what cannot be had there", cannot_be_had(
    servers.uwsgi, "gc.collect+freeze", "gc.collect(); gc.freeze()", "module"))
add_test("uWSGI --no-site: what cannot be had there", cannot_be_had(
    lambda: servers.uwsgi(("--no-site",)), "gc.freeze", "--no-site", "import gc; gc.freeze()"))


def behind_a_shell():
    """Where it is not seen that nothing is loaded at the start, it is seen in the pool that nothing took."""
    need_root()
    with servers.uwsgi(("--no-site",)) as server:
        trial = trial_of(["sh", "-c", '"$@"; :', "sh", *server.command], server.load, server.ready, "gc.freeze",
                         runs=1, env=server.env)
    v = by_name(trial)["gc.freeze"]
    equal("applied", v["applied"], False)
    true("never as without effect", verdict(v) is None, v)


add_test("uWSGI --no-site behind a shell: not applied", behind_a_shell)


def puma():
    trial = tried(servers.puma(), "gc.start", "gc.compact", "gc.disable", "malloc=jemalloc", "malloc.arenas=1")
    took(trial, "gc.start", "gc.compact", "gc.disable", "malloc=jemalloc", "malloc.arenas=1")
    copies_less(trial, "gc.compact")


add_test("Puma", puma)


def php_fpm():
    """Debian's with all its extensions ends by itself where jemalloc is preloaded: that is said of the one variant, and
    the others go on."""
    with servers.php_fpm() as server:
        preload = f"opcache.preload={os.path.dirname(server.command[-1])}/library.php"
        trial = trial_of(server.command, server.load, server.ready, preload, "malloc.arenas=1", "malloc=jemalloc",
                         runs=2, env=server.env)
    show(server.name, trial)
    took(trial, preload, "malloc.arenas=1")
    jemalloc = by_name(trial)["malloc=jemalloc"]
    true("malloc=jemalloc took, or it is said what came of it", jemalloc["applied"] or "signal" in jemalloc["error"])


add_test("PHP-FPM", php_fpm)
main()
