#!/usr/bin/python3
"""What master and workers each loaded after the fork, alike and at the same addresses: no figure hides that it is
a bound, the truth lies between the bounds, and a gate decides by both of them."""
import contextlib
import json
import sys
from cases import ends, FIRST_SLACK, forks, outside
from kernel import flag_is_told, HUGE, PAGE
from mkpool import fill, MASTER, Mkpool, new_arena, write
from piped import Piped
from run import cowtop, folder, NOBODY, readable_binaries, rows, sample
from tap import add_test, equal, main, near, need, need_root, Skip, test, true

PAGES = 3000        # of the arena
OLD = 500           # of them filled before the fork, at its beginning
OUTSIDE = 400       # pages of a process outside the arena, at the most: program, libraries, stack

ARENA = [new_arena(worker=MASTER, kind="anon", pages=PAGES), fill(worker=MASTER, pages=OLD, how="pairs")]


def loads(slots, begin=OLD, n=PAGES - OLD):
    """A model: whoever loads it has the same bytes at the same addresses."""
    return [fill(worker=slot, first=begin, pages=n, how="pairs") for slot in slots]


# name, set-up, are the copies in doubt: always, never, or for who sees no frame numbers
BLIND = "for who sees no frame numbers"
BOTH = ("master and workers load after the fork", ARENA + forks(3) + loads((0, 1, 2, 3)), True)
POOLS = [
    BOTH,
    ("only the workers load", ARENA + forks(3) + loads((1, 2, 3)), False),
    ("only the master and one worker load", ARENA + forks(3) + loads((0, 2)), True),
    ("a part was there, all of it is written by all",
     ARENA + forks(3) + loads((0, 1, 2, 3)) + [write(worker=slot, pages=OLD, how="same") for slot in (1, 2, 3, 0)],
     True),
    ("all was there, and all write all of it",
     [new_arena(worker=MASTER, kind="anon", pages=PAGES), fill(worker=MASTER, pages=PAGES, how="pairs")] + forks(3)
     + [write(worker=slot, pages=PAGES, how="same") for slot in (1, 2, 3, 0)], True),
    ("master and workers load the same, in huge pages that their faults bring",
     [new_arena(worker=MASTER, kind="thp", pages=4 * HUGE)] + forks(3) + loads((0, 1, 2, 3), 0, 4 * HUGE), True),
    ("master and workers load other bytes each, in huge pages that their faults bring",
     [new_arena(worker=MASTER, kind="thp", pages=4 * HUGE)] + forks(3)
     + [fill(worker=slot, pages=4 * HUGE) for slot in (0, 1, 2, 3)], BLIND),
    ("workers load at different times, one of them other bytes, one a part",
     ARENA + forks(4) + loads((1,)) + loads((0,)) + loads((2,)) + [fill(worker=3, first=OLD, pages=PAGES - OLD)]
     + loads((4,), OLD, 900) + [write(worker=2, pages=50)], True),
]


@contextlib.contextmanager
def played(setup, prefix):
    """The pool, and what a cowtop says that comes when all is over."""
    with readable_binaries() if prefix else contextlib.nullcontext():
        with Mkpool(*setup, prefix=prefix) as pool:
            yield pool, sample(pool.master, prefix=prefix)


def between(what, p, key, truth, slack):
    low, high = ends(p, key)
    true(f"{what}: {key}", low - slack <= truth <= high + slack, (low, truth, high))


def check_worker(slot, p, truth, outside, slack):
    """The truth of the arena lies between the bounds, less what there is outside of it."""
    pages = truth["pages"]
    for key in ("cow_broken", "new"):
        between(f"process {slot}", p, f"pages.{key}", pages[key] + outside[key], slack)
    inherited = sum(pages[c] + outside[c] for c in ("cow_broken", "shared", "orphaned"))
    between(f"process {slot}", p, "cow_broken_ratio", (pages["cow_broken"] + outside["cow_broken"]) / inherited, 0.03)
    near(f"process {slot}: private", p["private_bytes"] / PAGE,
         sum(pages[c] + outside[c] for c in ("orphaned", "cow_broken", "cow_file", "new")), slack)


def labels_of(p):
    return {key: bound["label"] for key, bound in p["bounds"].items()}


def check_pool(name, setup, doubt, prefix):
    with played(setup, prefix) as (pool, document):
        got = rows(document)
        outside_pages = outside()[1]
        for slot, p in pool.truth.items():
            if slot:
                check_worker(slot, got[p["pid"]], p, outside_pages, 2 * FIRST_SLACK if prefix else FIRST_SLACK)
        loaded = max(p["pages"]["new"] for slot, p in pool.truth.items() if slot)
        found = labels_of(document["pool"])
        if doubt is True or (doubt is BLIND and prefix):
            for key, label in (("pages.cow_broken", "upper_bound"), ("cow_broken_bytes", "upper_bound"),
                               ("cow_broken_ratio", "upper_bound"), ("pages.new", "lower_bound")):
                equal(key, found.get(key), label)
            if loaded:
                equal("ceiling", found.get("prefork_bytes"), "upper_bound")
        else:
            low, high = ends(document["pool"], "pages.cow_broken")
            true("hardly a doubt", high - low <= OUTSIDE, (low, high))
        equal("the kernel collapsed nothing",
              [f["text"] for f in document["pool"]["findings"] if f["kind"] == "collapsed"], [])
        equal("exact without a bound", [k for k in found if k.startswith(("memory.", "footprint"))], [])


for name, setup, doubt in POOLS:
    add_test(f"{name}: the truth is between the bounds",
             lambda n=name, s=setup, d=doubt: (need_root(), check_pool(n, s, d, ())))
    add_test(f"{name}: the same for an ordinary user",
             lambda n=name, s=setup, d=doubt: (need_root(), need("setpriv"), check_pool(n, s, d, NOBODY)))


def gate(pool, rule, prefix=()):
    status, _, err = cowtop("--json", "--fail-if", rule, pool.master, prefix=prefix)
    return status, err


@test
def gates():
    """A gate that holds at both bounds is 3, at none 0, at one of them 1, and each says on what it rests"""
    need_root()
    with Mkpool(*BOTH[1]) as pool:
        workers = [p for p in sample(pool.master)["processes"] if p["role"] == "worker"]
        low, high = (max(end) for end in zip(*(ends(p, "cow_broken_ratio") for p in workers)))
        status, err = gate(pool, f"worker.cow_broken_ratio > {(low + high) / 2:.6f}")
        equal("open", status, 1)
        true("says why", "the bound alone would decide" in err and err.startswith("ERROR worker "), err)
        status, err = gate(pool, "worker.cow_broken_ratio > 99.9%")
        equal("clear", status, 0)
        true("by a bound", err.startswith("PASS worker ") and ": copied <" in err and ", at least " in err, err)
        status, err = gate(pool, "worker.cow_broken_ratio >= 0")
        equal("holds", status, 3)
        true("at both", err.startswith("FAIL worker ") and ": copied <" in err and ", at least " in err, err)
        low, high = (max(end) for end in zip(*(ends(p, "pages.new") for p in workers)))
        equal("new", gate(pool, f"worker.pages.new > {(low + high) // 2}")[0], 1)
        equal("what is in no doubt", gate(pool, "worker.private_bytes > 8MiB")[0], 3)
        status, err = gate(pool, "worker.private_bytes > 8GiB")
        true("without a label, or an estimate", status == 0 and (": private_bytes ~" not in err or not flag_is_told()),
             (status, err))
    with Mkpool(*POOLS[1][1]) as pool:
        equal("hardly a doubt", gate(pool, "worker.cow_broken_ratio > 50%")[0], 0)


def record(pool, path):
    status, _, err = cowtop("record", "-o", path, "-i", "0.05", "-n", "4", "--budget", "none", pool.master)
    true("recorded", status == 0, err)


@test
def outputs():
    """The mark stands in the table, in pools, in CSV, in a recording's replay, report and diff, and on their pages"""
    need_root()
    with folder() as at, Mkpool(*BOTH[1]) as pool, Mkpool(*POOLS[1][1]) as other:
        text = cowtop(pool.master)[1]
        true("headline", "cow-broken <" in text and "by workers, <" in text and "ceiling <" in text, text)
        workers = [line.split() for line in text.splitlines() if line.split()[1:2] == ["worker"]]
        head = next(line.split() for line in text.splitlines() if line.split()[:2] == ["PID", "ROLE"])
        for line in workers:
            true("COW, COW%, NEW", [line[head.index(c)][0] for c in ("COW", "COW%", "NEW")] == ["<", "<", ">"], line)
        row = [line for line in cowtop("pools")[1].splitlines() if line.split()[:1] == [str(pool.master)]]
        true("pools", len(row) == 1 and row[0].count("<") == 2, row)
        record(pool, f"{at}/both")
        record(other, f"{at}/other")
        live, again = sample(pool.master), json.loads(cowtop("replay", "--json", "-n", 1, f"{at}/both")[1])
        equal("replay", again["pool"]["bounds"], live["pool"]["bounds"])
        cell = cowtop("--csv", pool.master)[1].splitlines()[1].rpartition(",")[2]
        true("csv", "pages.cow_broken=upper_bound:" in cell and "pages.new=lower_bound:" in cell, cell)
        report = cowtop("report", f"{at}/both")[1]
        true("report", "ceiling    <" in report and "at most copied" in report, report)
        told = json.loads(cowtop("report", "--json", f"{at}/both")[1])
        equal("report's ceiling", told["pool"]["bounds"]["prefork_bytes"]["label"], "upper_bound")
        equal("report's curve", labels_of(told["curve"][-1])["cow_broken_bytes"], "upper_bound")
        page = cowtop("report", "--html", "-", f"{at}/both")[1]
        true("report's page", "<strong>&lt;" in page and "at most copied" in page)
        both = cowtop("diff", f"{at}/other", f"{at}/both")[1]
        line = [entry for entry in both.splitlines() if entry.startswith("copied")][0]
        true("diff", line.count("<") == 2 and line.endswith("cannot be told"), line)
        page = cowtop("diff", "--html", "-", f"{at}/other", f"{at}/both")[1]
        line = [entry for entry in page.splitlines() if '"name">copied<' in entry][0]
        equal("diff's page", line.count("<td>&lt;"), 2)
        row = [r for r in json.loads(cowtop("diff", "--json", f"{at}/other", f"{at}/both")[1])["rows"]
               if r["key"] == "cow_broken_bytes"][0]
        limit = (row["b"]["low"] + row["b"]["high"]) / 2 - row["a"]["mean"]
        status, _, err = cowtop("diff", "--fail-if", f"diff.cow_broken_bytes > {limit:.0f}", f"{at}/other",
                                f"{at}/both")
        equal("diff's gate", status, 1)
        true("says why", "the bound alone would decide" in err, err)


# As large as a model, by a program that exec'ed and has no huge pages: argv[1] says who loads when.
MODEL = """
import ctypes, mmap, os, signal, sys
ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)  # PR_SET_THP_DISABLE
size, when = 24 << 20, sys.argv[1]
at = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
block = bytes(i * 7 % 251 for i in range(1 << 20))
def load():
    for i in range(0, size, 1 << 20): at[i:i + (1 << 20)] = block
    touch()
def touch():
    for i in range(0, size, 4096): at[i:i + 4] = os.getpid().to_bytes(4, "little")
if when == "before": load()
down, up = os.pipe()
for i in range(2):
    if not os.fork():
        touch() if when == "before" else load()
        os.write(up, b"x")
        signal.pause()
touch() if when == "before" else load()
n = 0
while n < 2: n += len(os.read(down, 2))
print("ready", flush=True)
sys.stdin.read()
os.killpg(0, 9)
"""


def model(when):
    """pages that the first worker has copied at the least and at the most, of 24 MiB"""
    with Piped([sys.executable, "-c", MODEL, when], start_new_session=True) as pool:
        equal("said", pool.answer(), "ready")
        document = sample(pool.process.pid)
        worker = next(p for p in document["processes"] if p["role"] == "worker")
        return ends(worker, "pages.cow_broken")


@test
def faults_of_the_master():
    """The master's own faults say of most pages that both loaded that they cannot be copies, and of copies nothing"""
    need_root()
    if not flag_is_told():
        raise Skip("no exclusive flag")
    whole = (24 << 20) // PAGE
    low, high = model("after")
    true("loaded by both: hardly a copy", low < OUTSIDE and high < whole * 3 // 4, (low, high, whole))
    low, high = model("before")
    true("copied by all: copies", high >= whole, (low, high, whole))


if __name__ == "__main__":
    main()
