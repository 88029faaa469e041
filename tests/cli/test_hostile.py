#!/usr/bin/python3
"""Names and command lines that attack: escapes, newlines, broken UTF-8, 4 KiB, through every output."""
import functools
import json
import os
import signal
import subprocess

from smallpool import PYTHON, SmallPool, fails
from run import COWTOP, cowtop
from tap import add_test, equal, main, PATIENCE, test, true

ESCAPES = b"\x1b]0;owned\x07\x1b[2J\x1b[31mred\r\nfake: line\t\x00\x7f\x9b31m"
BROKEN = b"\xff\xfe\xc3\x28\xed\xa0\x80\xf5\x80\x80\x80\xc0\xaf"
HIDDEN = "\u202etxt.exe\u200b\u2028\u0085".encode()
QUOTES = b'"\\"}],"pool":{"x":"$(touch /tmp/owned)`id`%s%n</script>'
CASES = {
    "escapes": ESCAPES.replace(b"\0", b""),
    "broken UTF-8": BROKEN,
    "bidirectional and invisible": HIDDEN,
    "quotes": QUOTES,
    "4 KiB": b"A\xff" * 2048,
    "nothing but newlines": b"\n" * 15,
}


def hostile_pool(name):
    """A pool whose comm (by prctl) and arguments (argv[0] and one more) are the given bytes."""
    # PR_SET_NAME, before the forks: workers inherit it.
    before = (f"import ctypes; ctypes.CDLL(None).prctl(15, {name[:15]!r}, 0, 0, 0)\n")
    # Python does not start under a very long argv[0].
    return SmallPool(1, before=before, argv0=name[:200], arguments=(name,))


def clean(what, data):
    """Valid UTF-8, no control but newline (and tab, which JSON is indented with), nothing invisible."""
    text = data.decode("utf-8", "strict")
    bad = [c for c in text if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160
           or c in "\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
           or c == "\ufeff"]
    equal(f"{what}: characters that must not be there", bad, [])
    return text


def run(*arguments):
    done = subprocess.run([COWTOP, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=PATIENCE,
                          env=dict(os.environ, COLUMNS="200"))
    return done.returncode, done.stdout, done.stderr


def through_json(name):
    with hostile_pool(name) as pool:
        status, out, err = run("--json", "-n", 1, pool.master)
        equal("status", (status, err), (0, b""))
        equal("lines", out.count(b"\n"), 1)
        clean("JSON", out)
        rows = json.loads(out)["processes"]
        equal("pids", [p["pid"] for p in rows], [pool.master, *pool.workers])
        for p in rows:
            for key in ("command", "cmdline"):
                clean(key, p[key].encode())
                true(f"{key} is bounded", len(p[key]) <= 4 * 4096 + 64, len(p[key]))


def through_the_table(name):
    with hostile_pool(name) as pool:
        for words in ([pool.master], ["pools"]):
            status, out, _ = run(*words)
            equal("status", status, 0)
            text = clean(f"table of {words}", out)
            true("no line of its own", "\nfake" not in text, text)
            equal("long lines", [s for s in text.splitlines() if len(s) > 200], [])


def through_errors(name):
    with hostile_pool(name) as pool:
        # Two pools of one name are listed; a pid without forked children is described.
        with hostile_pool(name):
            status, out, err = run(name[:15].split(b"\0")[0])
            true("an error", status in (2, 5), status)
            clean("list of pools", err)
            equal("stdout", out, b"")
        status, out, err = run(pool.workers[0])
        equal("status of a worker's pid", status, 0)
        true("its note", err.startswith(b"cowtop: ") and err.count(b"\n") == 1, err)
        clean("note", err)
        os.kill(pool.workers[0], signal.SIGKILL)
    alone = subprocess.Popen([name[:200], "-c", "input()", name], executable=PYTHON, stdin=subprocess.PIPE)
    try:
        status, _, err = run(alone.pid)
        true("no pool", status in (5, 6), status)
        equal("lines", err.count(b"\n"), 1)
        clean("error about a process", err)
    finally:
        alone.stdin.close()
        alone.kill()
        alone.wait()


@test
def quotes_stay():
    """Quotes and backslashes come through JSON as they are"""
    with hostile_pool(QUOTES) as pool:
        master = json.loads(cowtop("--json", pool.master)[1])["processes"][0]
        true("cmdline", QUOTES.decode() in master["cmdline"], master["cmdline"])


@test
def own_arguments():
    """Hostile words on cowtop's own command line come out clean in its errors"""
    for word in (ESCAPES.replace(b"\0", b""), BROKEN, b"--" + ESCAPES.replace(b"\0", b""), b"/" + BROKEN):
        for status, words in ((None, [word]), (2, ["-n", word]), (2, ["--fail-if", word]),
                              (2, ["a", word]), (5, ["--", b"/nonexistent/" + word])):
            done = subprocess.run([COWTOP, *words], stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=PATIENCE)
            true("an error", done.returncode in ((2, 5) if status is None else (status, 2)), done.returncode)
            equal("one line", done.stderr.count(b"\n"), 1)
            clean("error", done.stderr)


@test
def long_words():
    """Words of 100 kB: an error of one bounded line"""
    for words in (["x" * 100000], ["-n", "9" * 100000], ["--fail-if", "pool." + "x" * 100000 + ">1"],
                  ["--" + "x" * 100000], ["pools", "x" * 100000]):
        err = fails(5 if len(words) == 1 and not words[0].startswith("--") else 2, *words)
        true("bounded", len(err) < 1500, len(err))


if __name__ == "__main__":
    for case, data in CASES.items():
        add_test(f"{case} through JSON", functools.partial(through_json, data))
        add_test(f"{case} through the tables", functools.partial(through_the_table, data))
        add_test(f"{case} through errors and notes", functools.partial(through_errors, data))
    main()
