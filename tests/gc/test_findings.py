#!/usr/bin/python3
"""Findings on real pools: what was measured, in the words of the server; and none where it does not apply."""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from pools import first, gunicorn, MIB, obeying, QUIET, WORKERS
from run import COWTOP, cowtop, folder, NOBODY, readable_binaries, spawned, Stream, write_file
from tap import equal, main, near, need, need_root, test, true, until

LISTS = "data = [[str(i) * 5, str(i) * 7] for i in range(200000)]"
# Memory that is no object's: nothing for a collector to touch.
PLAIN = "data = bytearray(b'x') * (24 << 20)"


def findings(document):
    return {f["kind"]: f for f in document["pool"]["findings"]}


def look(master, **more):
    return findings(json.loads(cowtop("--json", master, **more)[1]))


def no_word_of_freezing(found):
    true("not a word of freezing", not any("freeze" in f["text"] for f in found.values()), found)


@test
def gunicorn_without_preload():
    """gunicorn without --preload: that is the cause, and in its words; with it there is no such finding"""
    need_root()
    with gunicorn(mib=40, more=()) as server:
        server.workers()
        found = look(server.master)
        true("not shared", "not_sharing" in found, found)
        true("its own words", "gunicorn: --preload" in found["not_sharing"]["text"], found)
        true("the figure", found["not_sharing"]["value"] > WORKERS * 36 * MIB, found)
        equal("its label", found["not_sharing"]["label"], "exact")
        no_word_of_freezing(found)
    with gunicorn(mib=40) as server:
        server.workers()
        found = look(server.master)
        true("shared", "not_sharing" not in found and "loaded_after_fork" not in found, found)


@test
def without_privileges():
    """gunicorn without --preload, without frame numbers: the same, as an estimate"""
    need_root()
    need("setpriv")
    with readable_binaries(), gunicorn(mib=40, more=(), prefix=NOBODY) as server:
        server.workers()
        found = look(server.master, prefix=NOBODY)
        true("not shared", "not_sharing" in found, found)
        true("no more certain than it is", found["not_sharing"]["label"] in ("estimate", "lower_bound"), found)


@test
def puma():
    """Puma with and without preload_app!"""
    need_root()
    need("puma")
    for preload in ("", "preload_app!"):
        with folder(0o777) as path:
            write_file(f"{path}/app.ru", "DATA = (0...200_000).map { |i| {id: i, name: \"record #{i}\"} }\n"
                       "run lambda { |env| [200, {}, ['ok']] }\n")
            config = write_file(f"{path}/puma.rb", f"workers 2\nthreads 1, 1\n{preload}\nbind 'unix://{path}/s'\n")
            with spawned(["puma", "-C", config, f"{path}/app.ru"], cwd=path, stderr=subprocess.DEVNULL,
                         **QUIET) as process:
                def loaded():
                    document = first(process.pid)
                    return document and len([p for p in document["processes"] if p["role"] == "worker" and
                                             p["memory"]["rss_bytes"] > 60 * MIB]) == 2 and document
                until("both workers have loaded it", loaded, step=0.2)
                found = until("it rests", lambda: (lambda a, b: a.keys() == b.keys() and b or {0: 0})(
                    look(process.pid), look(process.pid)), step=0.2)
                equal(f"not shared ({preload})", "not_sharing" in found, not preload)
                if not preload:
                    true("its own words", "preload_app!" in found["not_sharing"]["text"], found)


@test
def frozen_around_the_fork():
    """frozen right before each fork and unfrozen in the master after it: right usage, no finding"""
    need_root()
    with obeying(LISTS + "\nos.register_at_fork(before=gc.freeze, after_in_parent=gc.unfreeze)") as pool:
        pool.do("gc.collect()")
        equal("findings", look(pool.master), {})


@test
def frozen_by_the_workers():
    """frozen by the workers while one looks: that finding, with what they had copied"""
    need_root()
    with obeying(LISTS) as pool, Stream(pool.master) as watch:
        pool.do("gc.collect()")
        watch.fresh()
        pool.do("gc.freeze()")
        found = findings(watch.fresh())
        true("said", "frozen_after_fork" in found, found)
        true("its figure", found["frozen_after_fork"]["value"] > 3 * 4 * MIB, found)


@test
def copied_by_references():
    """copies without a full collection: not the collector's, and freezing is no advice"""
    need_root()
    with obeying(LISTS + "\ngc.collect()") as pool:
        pool.do("kept.extend(x for row in data for x in row)")
        found = look(pool.master)
        true("said", "not_by_collector" in found and "never_frozen" not in found, found)
        true("its figure", found["not_by_collector"]["value"] > 3 * 8 * MIB, found)
        pool.do("gc.collect()")
        true("a collection that nobody saw", "not_by_collector" not in look(pool.master))


@test
def copied_though_frozen():
    """the same of what is frozen, with full collections as well: it is said, and where to look for who wrote"""
    need_root()
    with obeying(LISTS + "\ngc.freeze()") as pool:
        pool.do("gc.collect()")
        true("frozen, and nothing copied", "not_by_collector" not in look(pool.master))
        pool.do("kept.extend(x for row in data for x in row)")
        found = look(pool.master)
        true("said", "not_by_collector" in found and "never_frozen" not in found, found)
        true("its figure", found["not_by_collector"]["value"] > 3 * 8 * MIB, found)
        true("where to look", "cowtop stacks" in found["not_by_collector"]["text"], found)


@test
def measured_collections():
    """collections that are seen: what each copied; and those that cost nothing have no ceiling beside them"""
    need_root()
    with obeying(LISTS) as pool:
        with Stream(pool.master) as watch:
            watch.fresh()
            pool.do("gc.collect()")
            found = findings(watch.fresh())
            text = found["never_frozen"]["text"]
            true("measured", "3 full collections copied at most" in text and "before the first" in text, text)
            true("its figure", found["never_frozen"]["value"] > 3 * 4 * MIB, found)
            equal("its label", found["never_frozen"]["label"], "upper_bound")
        with Stream(pool.master) as watch:
            watch.fresh()
            for _ in range(9):
                pool.do("gc.collect()")
            text = findings(watch.fresh())["never_frozen"]["text"]
            true("the first came before", "3 full collections before cowtop looked copied at most" in text, text)
            true("since then", "since then 27 full collections copied at most" in text, text)
            true("no ceiling", "can break" not in text, text)


@test
def leak_and_cache():
    """what only grows is a leak or a cache as long as it grows, and is forgotten when it is full"""
    need_root()
    with obeying(PLAIN) as pool, Stream(pool.master, 0.1) as watch:
        def growing():
            pool.do("kept.append(bytearray(b'x') * 200000)", "1")
            document = watch.fresh()
            return "growth" in findings(document) and document
        document = until("growth is named", growing, step=0.05)
        found = findings(document)["growth"]
        worker = next(p for p in document["processes"] if p["slot"] == 2)
        equal("who", found["pid"], worker["pid"])
        true("its rate", found["value"] > MIB and found["unit"] == "bytes/min", found)
        until("it is over", lambda: "growth" not in findings(watch.fresh()), step=0.05)
        watch.fresh()
        true("and stays so", "growth" not in findings(watch.fresh()))


@test
def in_a_report():
    """the same in a recording's report, text and JSON"""
    need_root()
    with folder() as path, obeying(PLAIN) as pool:
        recorder = subprocess.Popen([COWTOP, "record", "-o", f"{path}/r", "-i", "0.1", "--fixed", "-d", "4",
                                     "--budget", "none", str(pool.master)],
                                    stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while recorder.poll() is None:
            pool.do("kept.append(bytearray(b'x') * 200000)")
            time.sleep(0.02)
        equal("recorded", recorder.wait(), 0)
        status, out, _ = cowtop("report", "--json", f"{path}/r")
        equal("status", status, 0)
        kinds = [f["kind"] for f in json.loads(out)["findings"]]
        true("growth", "growth" in kinds, kinds)
        true("in the text", "only grows in 3 of 3 workers" in
             " ".join(cowtop("report", f"{path}/r")[1].split()))


@test
def loaded_by_each():
    """a model that each worker loads after the fork: that, and how much at most could be shared"""
    need_root()
    with obeying(PLAIN) as pool:
        true("not yet", "loaded_after_fork" not in look(pool.master))
        pool.do("kept.append(bytearray(b'x') * (20 << 20))")
        found = look(pool.master)
        true("said", "loaded_after_fork" in found, found)
        near("its figure", found["loaded_after_fork"]["value"], 40 * MIB, MIB)
        equal("its label", found["loaded_after_fork"]["label"], "upper_bound")
        pool.do("kept.append(bytearray(b'x') * (40 << 20))", "2")
        found = look(pool.master)
        true("they are not alike now", "loaded_after_fork" not in found, found)
        true("they differ", found.get("workers_differ", {}).get("value", 0) > 39 * MIB, found)


if __name__ == "__main__":
    main()
