"""Tests that print TAP, and what they say of what they find.

    @test
    def something():
        need_root()
        equal("rows", got, wanted)

    main()

Nothing sleeps and hopes: `until` polls with a deadline.
"""
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SLOW = 4 if os.environ.get("SAN") else 1     # how much longer things may take under a sanitizer
# How long a condition may take that must come true: no measure of anything, only the end of a hang.
# A machine may be slow or busy. PATIENCE_FACTOR (0.2) shortens it where much is expected to fail.
PATIENCE = 120.0 * SLOW * float(os.environ.get("PATIENCE_FACTOR") or 1)
# What is printed has the same times wherever the tests run; who tests zones says another one.
os.environ["TZ"] = "UTC"
_tests = []


class Skip(Exception):
    pass


class Failed(Exception):
    pass


def test(function):
    """Register a test; its name is the first line of its docstring, or that of the function."""
    doc = (function.__doc__ or function.__name__.replace("_", " ")).strip()
    _tests.append((doc.splitlines()[0], function))
    return function


def add_test(name, function):
    _tests.append((name, function))


def main():
    """Run all tests, or those whose name holds a word of the command line; print TAP; exit."""
    # What a background job or nohup ignores stays without effect here, but a program that a test starts
    # has it as by default: exec resets handlers, not what is ignored.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    words = sys.argv[1:]
    chosen = [t for t in _tests if not words or any(w in t[0] for w in words)]
    failed = 0
    for number, (name, function) in enumerate(chosen, 1):
        try:
            function()
            line = f"ok {number} - {name}"
        except Skip as reason:
            line = f"ok {number} - {name} # SKIP {reason}"
        except Exception as error:  # a crash of a test is a failed test
            failed += 1
            line = f"not ok {number} - {name}"
            text = str(error) if isinstance(error, Failed) else traceback.format_exc()
            line += "".join(f"\n# {t}" for t in text.splitlines())
        print(line, flush=True)
    print(f"1..{len(chosen)}", flush=True)
    sys.exit(1 if failed else 0)


def fail(message):
    raise Failed(message)


def true(what, condition, detail=""):
    if not condition:
        fail(f"{what}: does not hold{': ' + str(detail) if detail != '' else ''}")


def equal(what, got, wanted):
    if got != wanted:
        fail(f"{what}: got {got!r}, expected {wanted!r}")


def near(what, got, wanted, slack):
    if got is None or abs(got - wanted) > slack:
        fail(f"{what}: got {got!r}, expected {wanted!r} within {slack!r}")


def need_root():
    if os.geteuid():
        raise Skip("needs root")


def need(*programs):
    """Skip unless each is a path that exists or a program in PATH."""
    for p in programs:
        if not (os.path.exists(p) if "/" in p else shutil.which(p)):
            raise Skip(f"{p} is not installed" if "/" not in p else f"no {p}")


def need_to_run(*prefix):
    """Skip unless programs can be run behind this prefix: a container may forbid namespaces."""
    need(prefix[0])
    done = subprocess.run([*prefix, "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    if done.returncode:
        raise Skip(done.stderr.decode("utf-8", "replace").strip().split("\n")[0] or f"no {prefix[0]} here")


def must_be_built(*binaries):
    for path in binaries:
        if not os.access(path, os.X_OK):
            fail(f"{path} is not built")


def need_writable(path):
    if not os.access(path, os.W_OK):
        raise Skip(f"{path} is not writable")


def until(what, condition, seconds=PATIENCE, step=0.02):
    """Poll until condition() is true and return what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            fail(f"{what}: not within {seconds} s")
        time.sleep(step)
