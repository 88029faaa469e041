#!/usr/bin/python3
"""What an application sees of cowtop try: its words, output, exit status and environment are its own, and what was
loaded at the start of its interpreter before is loaded still."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from left import NAME, watched
from trying import by_name, pool, verdict, words_of
from run import cowtop, folder, write_file
from tap import equal, main, test, true

# What is added to where it is a list; nothing else of an environment is another one.
LISTS = {"PYTHONPATH", "RUBYOPT", "LD_PRELOAD"}


def outputs(of, *variants, command=None, **env):
    """What it printed with each variant, the baseline first, and the trial."""
    with folder(0o777) as log, watched() as begin:
        status, out, err = begin(
            "--json", *words_of(*variants), "--runs", 1, "--log", log, "--load", of.load(10, 1), "--ready", of.ready,
            "--", *(command or of.command), **env).ended()
        equal(f"exit status: {err[-600:]}", status, 0)
        trial = json.loads(out)
        texts = {}
        for name in sorted(n for n in os.listdir(log) if not n.endswith(".load.log")):
            with open(os.path.join(log, name), encoding="utf-8") as f:
                texts[name] = f.read()
    return trial, texts


def said(text):
    """The JSON that a pool that says something has said."""
    return json.loads(next(line for line in text.splitlines() if line.startswith("{")))


def both(texts):
    """Of the baseline, of the variant."""
    names = sorted(texts, key=lambda n: "baseline" not in n)
    return texts[names[0]], texts[names[-1]]


def differences(a, b):
    return {k: (a.get(k), b.get(k)) for k in sorted({*a, *b}) if a.get(k) != b.get(k)}


@test
def words_and_environment():
    """arguments and the module search path are the same, the environment but for the lists that are added to"""
    with pool("leak", "says") as of:
        trial, texts = outputs(of, "gc.freeze", PYTHONPATH="/nonexistent/a:/nonexistent/b")
    true("it took", by_name(trial)["gc.freeze"]["applied"], trial)
    was, now = map(said, both(texts))
    equal("arguments", now["argv"], was["argv"])
    equal("search path", now["path"], was["path"])
    changed = differences(was["env"], now["env"])
    true("nothing else is changed", set(changed) <= LISTS, changed)
    for before, after in changed.values():
        true("it is added to", after.endswith(before), (before, after))
    true("it is there", NAME in now["env"])


@test
def exit_status():
    """what it prints at its end, and its exit status"""
    with pool("leak", "says") as of:
        shell = ["sh", "-c", '"$@"; echo "ended with $?"', "sh", *of.command]
        _, texts = outputs(of, "gc.freeze", command=shell)
    for text in both(texts):
        true("its status", "ended with 7" in text, text[-300:])
        equal("lines", len(text.strip().splitlines()), 2)


@test
def users_own():
    """the user's sitecustomize is still run, and finds itself under its name"""
    with pool("leak", "says") as of, folder(0o755) as path:
        write_file(f"{path}/sitecustomize.py",
                   "import sys\nprint('mine', sys.modules[__name__].__file__, flush=True)\n")
        trial, texts = outputs(of, "gc.freeze", PYTHONPATH=path)
        for text in both(texts):
            true("it is run once", text.count(f"mine {path}/sitecustomize.py") == 1, text[:300])
            true("it is the one in sys.modules", f"{path}/sitecustomize.py" in said(text)["site"], said(text)["site"])
    true("it took", by_name(trial)["gc.freeze"]["applied"], trial)


@test
def users_own_fails():
    """a sitecustomize of the user's that fails says what it says without the variant"""
    with pool("leak", "says") as of, folder(0o755) as path:
        write_file(f"{path}/sitecustomize.py", "raise ValueError('no good')\n")
        _, texts = outputs(of, "gc.freeze", PYTHONPATH=path)
    for text in both(texts):
        true("it is said", "no good" in text and "ValueError" in text, text[:600])


@test
def told_to_load_nothing():
    """python -S, -I and -E load nothing at their start: it says what to do; where that is not seen it is not applied"""
    for option in ("-S", "-I", "-E"):
        with pool("leak") as of:
            of.command.insert(1, option)
            status, out, err = cowtop("try", *words_of("gc.freeze"), "--load", "true", "--", *of.command)
            equal(f"{option}: exit status: {err}", (status, out), (2, ""))
            true(f"{option}: what to do", option in err and "gc.freeze()" in err, err)
            trial, _ = outputs(of, "gc.freeze", command=["sh", "-c", '"$@"; :', "sh", *of.command])
        v = by_name(trial)["gc.freeze"]
        equal(f"{option}: applied", v["applied"], False)
        true(f"{option}: why", v["evidence"], v)
        true(f"{option}: no verdict", verdict(v) is None, v)


@test
def many_words():
    """a pool that prints a lot is not held up, and its output is kept"""
    with pool("leak") as of:
        shell = ["sh", "-c", 'seq 400000; exec "$@"', "sh", *of.command]
        _, texts = outputs(of, "gc.freeze", command=shell)
    for text in both(texts):
        true("all of it", re.search(r"^400000$", text, re.M), len(text))


main()
