#!/usr/bin/python3
"""--fail-if: a gate that says what it found, and never passes what it could not check."""
import json
import os
import re
import signal
import tempfile

from smallpool import SmallPool, fails, server
from mkpool import filled, fork, leave, MASTER, Mkpool
from records import samples
from recorder import has, Recorder
from run import cowtop, folder, NOBODY, readable_binaries
from tap import equal, main, near, need, need_root, test, true


def gate(pool, *rules, more=()):
    words = [w for rule in rules for w in ("--fail-if", rule)]
    return cowtop("--json", *more, *words, pool.master)


@test
def holds_and_clears():
    """A rule that holds is exit 3 and FAIL with worker, value and limit; one that does not is exit 0 and PASS"""
    with SmallPool(2) as pool:
        status, out, err = gate(pool, "worker.pages.file >= 1")
        equal("status", status, 3)
        found = re.fullmatch(r"FAIL worker (\d+): pages\.file (\d+) pages \(must be below 1 pages\), "
                             r"2 of 2 workers\n", err)
        true("the line", found, err)
        rows = {p["pid"]: p for p in json.loads(out)["processes"]}
        pid = int(found[1])
        true("a worker", pid in pool.workers)
        near("value", int(found[2]), rows[pid]["pages"]["file"], rows[pid]["pages"]["file"] / 1e5)
        status, out, err = gate(pool, "worker.pages.file < 1")
        equal("status", status, 0)
        true("the line", re.fullmatch(r"PASS worker \d+: pages\.file \d+ pages \(minimum 1 pages\), "
                                      r"the nearest of 2 workers\n", err), err)
        equal("the document is there all the same", json.loads(out)["pool"]["master_pid"], pool.master)


@test
def in_the_unit_of_the_rule():
    """Value and limit are told in the unit of the rule, and what is not the limit does not look like it"""
    with SmallPool(2) as pool:
        rss = json.loads(cowtop("--json", pool.master)[1])["pool"]["rss_bytes"]
        for rule, line in (("pool.rss_bytes > 1 MiB", r"FAIL pool: rss_bytes (\d+\.\d) MiB \(limit 1 MiB\)\n"),
                           ("pool.rss_bytes < 1GB", r"FAIL pool: rss_bytes (\d+\.\d+) MB \(minimum 1 GB\)\n"),
                           ("pool.rss_bytes > 4096", r"FAIL pool: rss_bytes (\d+) bytes \(limit 4096 bytes\)\n"),
                           ("pool.workers == 2", r"FAIL pool: workers (2) \(must not be 2\)\n"),
                           ("pool.workers != 2", r"PASS pool: workers (2) \(must be 2\)\n"),
                           ("master.age_s < 1d", r"FAIL master \d+: age_s (\S+) d \(minimum 1 d\)\n"),
                           ("pool.cow_broken_ratio <= 100%",
                            r"FAIL pool: copied [~<]?(\d+\.\d+) % of the inherited \(minimum above 100 %\)\n"),
                           ("pool.cow_broken_ratio > 0.9999",
                            r"PASS pool: copied [~<]?(0\.\d{3}) of the inherited \(limit 0\.9999\)\n")):
            line = line.replace("MB", "GB")
            err = gate(pool, rule)[2]
            found = re.fullmatch(line, err)
            true(rule, found, err)
            if "rss" in rule and "GB" not in rule:
                near(rule, float(found[1]) * (1 << 20 if "MiB" in rule else 1), rss, rss / 4)


@test
def scopes():
    """pool, master and worker are told apart"""
    with SmallPool(2) as pool:
        status, _, err = gate(pool, "pool.workers == 2")
        equal("pool", status, 3)
        true("no pid", err.startswith("FAIL pool: "), err)
        status, _, err = gate(pool, "master.threads == 1")
        equal("master", status, 3)
        true("its pid", err.startswith(f"FAIL master {pool.master}: "), err)
        equal("others", gate(pool, "pool.workers != 2", "master.threads > 1", "worker.threads > 1")[0], 0)


@test
def any_worker():
    """A worker rule holds if it holds for any worker"""
    with SmallPool(3) as pool:
        document = json.loads(cowtop("--json", pool.master)[1])
        sizes = {p["pid"]: p["memory"]["uss_bytes"] for p in document["processes"]
                 if p["role"] == "worker" and p["memory"]["uss_bytes"] is not None}
        equal("workers", len(sizes), 3)
        worst = max(sizes, key=sizes.get)
        others = sorted(sizes.values())[1]
        status, _, err = gate(pool, f"worker.memory.uss_bytes > {(sizes[worst] + others) // 2}")
        equal("status", status, 3)
        true("the one", err.startswith(f"FAIL worker {worst}: ") and "1 of 3 workers" in err, err)


@test
def units():
    """Limits have units"""
    with SmallPool(1) as pool:
        for rule in ("pool.rss_bytes > 1MiB", "pool.rss_bytes < 1TB", "master.age_s < 1d",
                     "pool.cow_broken_ratio <= 100%", "pool.rss_bytes>4096"):
            equal(rule, gate(pool, rule)[0], 3)


@test
def several():
    """Each rule has its line, in the order of the command line"""
    with SmallPool(1) as pool:
        status, _, err = gate(pool, "pool.workers > 0", "pool.workers > 5", "pool.helpers == 0")
        equal("status", status, 3)
        equal("lines", [line.split(" (")[0] for line in err.splitlines()],
              ["FAIL pool: workers 1", "PASS pool: workers 1", "FAIL pool: helpers 0"])


@test
def last_sample_decides():
    """Of several samples the last one is checked, and has rates"""
    with SmallPool(1) as pool:
        status, _, err = gate(pool, "pool.faults.minor_per_s >= 0", more=("-n", 2, "-i", "0.05"))
        equal("status", (status, err.count("\n")), (3, 1))


def counted(document, what, name):
    return document["pool"][what][name]


@test
def findings():
    """pool.findings.KIND: there or not; FAIL says what it says, and what could not be looked for is an error"""
    with SmallPool(2) as pool:
        status, out, err = gate(pool, "pool.findings.never_frozen == true", "pool.findings.reenabled > 0")
        equal("status", status, 3)
        found = json.loads(out)
        text = next(f["text"] for f in found["pool"]["findings"] if f["kind"] == "never_frozen")
        equal("the lines", err, f"FAIL pool: findings.never_frozen true (must not be true): {text}\n"
              "PASS pool: findings.reenabled false (limit false)\n")
        equal("in the document", (counted(found, "findings_by_kind", "never_frozen"),
                                  counted(found, "findings_by_kind", "reenabled"),
                                  counted(found, "findings_by_kind", "growth")), (True, False, None))
        equal("each kind is there", len(found["pool"]["findings_by_kind"]) >= 14, True)
        status, out, err = gate(pool, "pool.findings.growth > 0")
        equal("growth of one sample", status, 1)
        true("what it takes", "eight samples" in err, err)
        status, _, err = gate(pool, "pool.findings.growth > 0", more=("-n", 12, "-i", "0.2"))
        equal("of twelve", (status, err), (0, "PASS pool: findings.growth false (limit false)\n"))


@test
def findings_that_are_denied():
    """Where collectors may not be read, a rule on a finding about them passes nothing"""
    need_root()
    need("setpriv")
    with SmallPool(1) as pool, readable_binaries():
        status, out, err = cowtop("--json", "--fail-if", "pool.findings.reenabled > 0", "--fail-if",
                                  "pool.findings.growth > 0", pool.master,
                                  prefix=[*NOBODY, "--inh-caps=+sys_ptrace", "--ambient-caps=+sys_ptrace"])
        equal("status", status, 1)
        equal("two errors", [line.split(" cannot")[0] for line in err.splitlines() if line.startswith("ERROR")],
              ["ERROR pool: findings.reenabled", "ERROR pool: findings.growth"])
        true("what would give it", "no pagemap: Permission denied; it needs CAP_" in err, err)
        equal("in the document", counted(json.loads(out), "findings_by_kind", "reenabled"), None)
    # another one's runtimes that have no such collector are no gap
    with Mkpool(*filled(worker=MASTER, pages=64), fork()) as pool:
        status, _, err = gate(pool, "pool.findings.never_frozen > 0")
        equal("no interpreter", (status, err), (0, "PASS pool: findings.never_frozen false (limit false)\n"))


@test
def events():
    """pool.events.TYPE: so many in the whole run: of one sample an error, of a series, a recording, a load"""
    rule = "pool.events.worker_exited >= 2"
    with Mkpool(*filled(worker=MASTER, pages=64), *(fork() for _ in range(3))) as pool:
        status, _, err = gate(pool, rule)
        equal("one sample", status, 1)
        true("what is missing", "add -n 2" in err, err)
        with folder() as place:
            path = f"{place}/a.cow"
            with Recorder("-o", path, "-i", "0.02", pool.master) as r:
                for n, step in enumerate((leave(worker=1), leave(worker=2), None)):
                    has(path, len(samples(path)) + 2 if n else 2)
                    if step:
                        pool.do(step)
                equal("end of the recording", r.ended(signal.SIGINT)[0], 0)
            for more in ((), ("--json",), ("-n", 10000)):
                status, out, err = cowtop("replay", *more, "--fail-if", rule, path)
                equal(f"replay {more}", (status, err), (3, "FAIL pool: events.worker_exited 2 (must be below 2)\n"))
            last = json.loads(cowtop("replay", "--json", path)[1].splitlines()[-1])
            equal("in the document", [counted(last, "events", f"{who}_exited") for who in ("worker", "master")], [2, 0])
            status, _, err = cowtop("replay", "--fail-if", "pool.events.worker_exited > 2", path)
            equal("no more than two", (status, err), (0, "PASS pool: events.worker_exited 2 (limit 2)\n"))


@test
def events_under_a_load():
    """--load: what happened between the two samples counts"""
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "pids")
        words = server(before="signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
                       after=f"open({path!r}, 'w').write(' '.join(map(str, pids)))")
        line = f"pid=$(cut -d' ' -f1 {path}); kill -9 $pid; while kill -0 $pid 2>/dev/null; do sleep 0.02; done"
        status, _, err = cowtop("--json", "--fail-if", "pool.events.worker_exited == 1", "--load", line, "--", *words)
        equal("the load", status, 3)
        true("the line", "FAIL pool: events.worker_exited 1 (must not be 1)\n" in err, err)


@test
def unknown_is_an_error():
    """A rate of a single sample is exit 1, says what is missing, and outweighs a rule that held"""
    with SmallPool(1) as pool:
        status, out, err = gate(pool, "pool.faults.minor_per_s > 1000000")
        equal("status", status, 1)
        equal("why", err, "ERROR pool: faults.minor_per_s cannot be checked (limit 1000000/s): a rate needs two "
              "samples: add -n 2\n")
        true("the document is there all the same", json.loads(out))
        status, _, err = gate(pool, "pool.workers == 1", "worker.faults.cow_per_s > 1")
        equal("status", (status, err.count("\n")), (1, 2))


@test
def unreadable_is_an_error():
    """A figure that this user may not read is exit 1, with what would give it"""
    need_root()
    need("setpriv")
    # As nobody on nobody's own pool there are no frame numbers, and so no footprint.
    with SmallPool(1, prefix=NOBODY) as pool:
        status, _, err = cowtop("--json", "--fail-if", "pool.footprint_bytes > 1TiB", pool.master,
                                prefix=NOBODY)
        equal("status", status, 1)
        true("what would give it", "CAP_SYS_ADMIN" in err, err)


@test
def says_what_is_missing():
    """Why a rule cannot be checked is what that figure is missing by, not anything else that is missing"""
    need_root()
    need("setpriv")
    wanted = (("pool.footprint_bytes > 1TiB", (), "no frame numbers: Operation not permitted; it needs CAP_SYS_ADMIN"),
              ("worker.faults.correlation > 0.9", ("-n", 2, "-i", "0.01"),
               "a correlation needs four samples, and faults that vary: add -n 4"),
              ("pool.copied_per_s > 5", (), "a rate needs two samples: add -n 2"),
              ("pool.findings.growth > 0", (),
               "that takes eight samples of a worker, over two seconds, at least: add -d 10"),
              ("pool.events.gc_collected > 0", (), "that is seen from one sample to the next: add -n 2"))
    with readable_binaries(), SmallPool(1, prefix=NOBODY) as pool:
        for rule, more, why in wanted:
            status, _, err = cowtop("--json", *more, "--fail-if", rule, pool.master, prefix=NOBODY)
            equal(f"status of {rule}", status, 1)
            true(f"why of {rule}", err.startswith("ERROR ") and err.endswith(f"): {why}\n"), err)
    with Mkpool(*filled(worker=MASTER, pages=64), fork()) as pool:
        status, _, err = gate(pool, "worker.gc.enabled == true")
        equal("status of another runtime", status, 1)
        true("why", err.endswith("(must not be true): what it runs has no such collector\n"), err)


@test
def too_short_in_a_load():
    """What to do about too few samples is what can be done: around a load, in a recorded one, in a recording"""
    rule = ("--fail-if", "pool.findings.growth > 0")
    begins = "ERROR pool: findings.growth cannot be checked (limit false): that takes eight samples of a worker, " \
             "over two seconds, at least"
    status, _, err = cowtop("--json", *rule, "--load", "true", "--", *server())
    equal("around it", (status, err), (1, f"{begins}, and --load takes two: cowtop record -o FILE --load ... "
                                       "--fail-if ... samples all the while\n"))
    with folder() as at:
        status, _, err = cowtop("record", "-o", f"{at}/brief.ct", *rule, "--load", "true", "--", *server())
        equal("status in it", status, 1)
        true("why", err.endswith(f"{begins}: add -i 0.2, or let the load last\n"), err)
        status, _, err = cowtop("replay", "--json", *rule, f"{at}/brief.ct")
        equal("of a recording", (status, err), (1, f"{begins}: the recording has too few up to here\n"))
        status, _, err = cowtop("record", "-o", f"{at}/long.ct", "-i", "0.2", "--budget", "none", *rule,
                                "--load", "sleep 4", "--", *server())
        equal("status of what it says", status, 0)
        true("judged", err.endswith("PASS pool: findings.growth false (limit false)\n"), err)


@test
def bad_rules():
    """A bad rule is exit 2 before anything is looked for"""
    for rule in ("", "x", "pool", "pool.", "pool.workers", "pool.workers >", "pool.workers > x",
                 "pool.workers = 1", "pool.workers >> 1", "host.page_size > 1",
                 "pool.workers > nan", "pool.workers > 1 2", "pool.rss_bytes > 1 .5", "pool.rss_bytes > 1s",
                 "pool.workers > 5MiB", "pool.master_pid > 1",
                 "worker.footprint_bytes > 1", "pool.\x1b[31m > 1", "pool." + "x" * 4000 + " > 1"):
        fails(2, "--fail-if", rule, "nosuchpool")


def listed(*verb):
    """--list-keys as {key: (unit, help)}"""
    status, out, err = cowtop(*verb, "--list-keys")
    equal(f"{verb}", (status, err), (0, ""))
    rows = [re.split(r" {2,}", line) for line in out.splitlines()]
    equal("columns", {len(row) for row in rows}, {3})
    keys = {row[0]: (row[1], row[2]) for row in rows}
    equal("each once", len(keys), len(rows))
    return keys


def at(document, path):
    for name in path.split("."):
        document = document[name]
    return document


@test
def lists_its_keys():
    """--list-keys: what is listed is what a rule may be about, has a unit and a sentence, and is in the JSON"""
    keys = listed()
    equal("replay and record", (listed("replay"), listed("record")), (keys, keys))
    equal("units", {unit for unit, _ in keys.values()},
          {"bytes", "pages", "number", "/s", "ratio", "seconds", "flag"})
    with SmallPool(1) as pool:
        document = json.loads(cowtop("--json", "--why", pool.master)[1])
    roles = {p["role"]: p for p in document["processes"]}
    for key, (unit, said) in keys.items():
        scope, path = key.split(".", 1)
        true(f"a sentence about {key}", len(said) >= 7 and not said.endswith("."), said)
        place = document["pool"] if scope == "pool" else roles[scope]
        value = at(place, path.replace("findings.", "findings_by_kind."))
        true(f"{key} is in the document", value is None or isinstance(value, (bool, int, float)), value)
        true(f"{key} is a flag or not", value is None or isinstance(value, bool) == (unit == "flag"), (value, unit))
        # in a rule it is known: the next complaint is another one
        err = fails(2, "--fail-if", f"{key} >= 0", "--nosuch")
        true("taken", "unknown option" in err, err)
    true("all of the pool", {f"pool.{key}" for key in ("workers", "copied_ratio", "findings.growth",
                                                       "events.memory_low")} <= set(keys))
    differences = listed("diff")
    for key in differences:
        true("taken", "unknown option" in fails(2, "diff", "--fail-if", f"{key} >= 0", "--nosuch", "a", "b"), key)
    true("of diff", "diff.cow_broken_ratio" in differences and not set(differences) & set(keys))


@test
def bad_key_names_its_neighbours():
    """A mistyped key names the nearest ones"""
    true("pool", "pool.cow_broken_ratio" in fails(2, "--fail-if", "pool.cow_broken_rati > 1", "1"))
    true("worker", "worker.faults.minor" in fails(2, "--fail-if", "worker.fault.minor > 1", "1"))


if __name__ == "__main__":
    main()
