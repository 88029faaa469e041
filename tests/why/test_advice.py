#!/usr/bin/python3
"""What cowtop why advises: of the example application's losses (scripts/example/app.py) the one first that its FIX=1
does, with an amount that this gives back; and of workers that load by themselves what loading before the fork would
give back, by pools whose truth is known.
"""
import contextlib
import os
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from asking import why
from example import environment, FOLDER, requests, server, WORKERS
from kernel import need_thp
from piped import Piped
from run import free_port, NOBODY, readable_binaries, sample
from tap import add_test, equal, main, need, need_root, Skip, test, true, until

MIB = 1 << 20
WATCH = "6"


def own(pid):
    """What a worker has of its own, a mean in bytes."""
    workers = [p for p in sample(pid)["processes"] if p["role"] == "worker"]
    return sum(w["private_bytes"] for w in workers) / len(workers)


def helpful(document):
    return [a for a in document["advice"] if a["helps"]]


def advice(document, kind):
    found = [a for a in document["advice"] if a["kind"] == kind]
    true(f"{kind} is there", len(found) == 1, document["advice"])
    return found[0]


# ---- the example application

def workers_of(pid):
    """Those that have begun: gunicorn's write to a file of their own when they are ready."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return f.read().split()


@contextlib.contextmanager
def runs(command, **popen):
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          **popen) as process:
        try:
            yield process
        finally:
            process.terminate()


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def looked_at(loss, fix):
    """What is said of it under requests, and what a worker has of its own then."""
    port = free_port()
    gunicorn, ab = server(port), requests(port, 400 if loss == "allocator" else 1000000)
    with runs(gunicorn, cwd=FOLDER, env=environment(loss, fix)) as app:
        until("it serves", lambda: answers(port) and len(workers_of(app.pid)) == WORKERS)
        with runs(ab) as load:
            # what a request needs and gives back again is there while it is served
            if loss == "allocator":
                load.wait()
            document = why(app.pid, "--watch", WATCH)
            return document, advice(document, "more_workers")["per_worker"]["bytes"]


def needs_huge_pages():
    need_thp()
    if os.uname().release < "6.1":
        raise Skip("no MADV_COLLAPSE here")


def names_the_fix(loss, kind):
    def run():
        need_root()
        if loss == "hugepages":
            needs_huge_pages()
        document, loses = looked_at(loss, False)
        fixed, keeps = looked_at(loss, True)
        first, gain = helpful(document)[0], loses - keeps
        print(f"# {loss}: gives back {gain / MIB:.1f} MiB, foretold {first['kind']} {first['per_worker']}", flush=True)
        equal("first", first["kind"], kind)
        amount = first["per_worker"]
        slack = 0.05 * loses
        true("within the bounds", amount["low"] - slack <= gain <= amount["high"] + slack, (amount, gain))
        true("a line to write, and what it rests on", first["how"] and first["rests_on"], first)
        true("the pool's", first["pool"]["high"] == WORKERS * amount["high"], first)
        still = [a for a in helpful(fixed) if a["kind"] == kind and a["per_worker"]["low"] > slack]
        equal("no more of it when it is done", still, [])
    return run


for a_loss, its_kind in (("collector", "freeze_before_fork"), ("refcount", "out_of_objects"),
                         ("hugepages", "huge_pages_off"), ("leak", "recycle"), ("allocator", "malloc_trim")):
    add_test(f"the example, {a_loss}: {its_kind} comes first", names_the_fix(a_loss, its_kind))


@test
def nothing_is_lost():
    """the example that loses nothing: nothing that helps but more workers, and what does not, each with its figure"""
    need_root()
    document = looked_at("none", False)[0]
    equal("helps", [a["kind"] for a in helpful(document)], ["more_workers"])
    for kind in ("freeze_before_fork", "preload"):
        a = advice(document, kind)
        true("nothing", not a["helps"] and a["per_worker"]["high"] < 4 * MIB and "nothing" in a["text"], a)
    more = advice(document, "more_workers")
    true("how many", more["workers"] == more["pool"]["bytes"] // more["per_worker"]["bytes"] > 0, more)


# ---- what each loads for itself

# Workers 0 to 2 load, and say so; the master loads before them where it is told to.
LOADER = r"""
import gc, mmap, os, random, signal, sys
gc.disable()
def anonymous(mib):
    return mmap.mmap(-1, mib << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
def filled(mib, seed):
    m = anonymous(mib)
    make = random.Random(seed)
    for i in range(mib):
        m[i << 20:(i + 1) << 20] = make.randbytes(1 << 20)
    return m
def zeros(mib, huge):
    m = anonymous(mib)
    if huge:
        m.madvise(mmap.MADV_HUGEPAGE)
    for at in range(0, len(m), 4096):
        m[at] = 0
    return m
def records(worker, seed):
    make, shift = random.Random(seed), [str(n) for n in range(7001 * worker)]
    return shift, [{"name": "name %d" % make.randrange(1 << 50), "value": make.random()} for _ in range(120000)]
def load(worker):
    return WHAT
kept = load(0) if sys.argv[1:] else None
r, w = os.pipe()
for worker in range(3):
    if os.fork() == 0:
        kept = kept or load(worker)
        os.write(w, b".")
        signal.pause()
for worker in range(3):
    os.read(r, 1)
print(os.getpid(), flush=True)
sys.stdin.readline()
os.killpg(0, 9)
"""


def loads(what, preload=False, user=()):
    return Piped([*user, "/usr/bin/python3", "-c", LOADER.replace("WHAT", what), *(["preload"] if preload else [])],
                 start_new_session=True)


def preload_of(what, user=()):
    """The advice, and what loading it before the fork gives back in truth."""
    with loads(what, user=user) as p:
        pid = p.answer()
        document, each = why(pid, "--watch", "0.5"), own(pid)
    with loads(what, True, user=user) as p:
        together = own(p.answer())
    a = advice(document, "preload")
    print(f"# {what}: gives back {(each - together) / MIB:.1f} MiB, foretold {a['per_worker']}", flush=True)
    return document, a, each - together


def is_worth(what, user=()):
    document, a, gain = preload_of(what, user)
    amount = a["per_worker"]
    equal("first", helpful(document)[0]["kind"], "preload")
    true("near", abs(amount["bytes"] - gain) < 0.1 * gain, (amount, gain))
    true("within the bounds", amount["low"] - 0.03 * gain <= gain <= amount["high"] + 0.03 * gain, (amount, gain))
    true("the master has one then", abs(a["pool"]["bytes"] - 2 * amount["bytes"]) <= 8192, a)


def is_worth_nothing(what):
    need_root()
    with loads(what) as p:
        pid = p.answer()
        a, each = advice(why(pid, "--watch", "0.5"), "preload"), own(pid)
    true("there is much", each > 45 * MIB, each)
    true("and nothing of it", not a["helps"] and a["per_worker"]["high"] < 4 * MIB, a)


@test
def same_bytes():
    """50 MiB of the same bytes in each worker: preload, as much as it gives back"""
    need_root()
    is_worth("filled(50, 1)")


@test
def same_bytes_by_a_user():
    """the same for the pool's own user"""
    need("setpriv")
    with readable_binaries(), loads("filled(50, 1)", user=NOBODY) as p:
        a = advice(why(p.answer(), "--watch", "0.5", prefix=NOBODY), "preload")
        true("as much", a["helps"] and 45 * MIB < a["per_worker"]["bytes"] < 56 * MIB, a)


@test
def same_records():
    """the same records in each worker, which lie elsewhere in each: preload, as much as it gives back"""
    need_root()
    is_worth("records(worker, 1)")


@test
def much_of_the_same():
    """more than is read of them: a sample tells"""
    need_root()
    is_worth("filled(230, 1)")


@test
def other_bytes():
    """50 MiB of other bytes in each worker: nothing to preload"""
    is_worth_nothing("filled(50, os.getpid())")


@test
def other_records():
    """other records of the same shape in each worker: next to nothing"""
    need_root()
    with loads("records(worker, os.getpid())") as p:
        pid = p.answer()
        a, each = advice(why(pid, "--watch", "0.5"), "preload"), own(pid)
    print(f"# other records: of {each / MIB:.1f} MiB {a['per_worker']}", flush=True)
    true("much less than there is", a["per_worker"]["bytes"] < 0.2 * each, (a, each))


@test
def zero_pages():
    """pages of zeros are nothing that was loaded"""
    is_worth_nothing("zeros(50, False)")


@test
def huge_zero_pages():
    """huge pages of zeros neither"""
    needs_huge_pages()
    is_worth_nothing("zeros(50, True)")


@test
def half_and_half():
    """some of it is the same, some is not: the part that is"""
    need_root()
    with loads("(filled(30, 1), filled(30, os.getpid()), zeros(20, False))") as p:
        a = advice(why(p.answer(), "--watch", "0.5"), "preload")
    true("thirty", a["helps"] and abs(a["per_worker"]["bytes"] - 30 * MIB) < 2 * MIB, a)


# ---- Ruby

RUBY = r"""
data = (0...200_000).map { |i| { name: "user #{i}", tags: ["tag #{i}"] } }
if ARGV[0]
  3.times { GC.start }
  GC.compact
end
r, w = IO.pipe
3.times do
  fork do
    4.times { GC.start; data[rand(data.size)].to_s }
    w.write(".")
    sleep
  end
end
r.read(3)
puts Process.pid
STDOUT.flush
STDIN.gets
Process.kill(:KILL, 0)
"""


@test
def ruby():
    """Ruby: GC.compact before the fork comes first, gives no more than is said, and then there is less to gain"""
    need_root()
    need("ruby")
    documents, copied = [], []
    for arguments in ([], ["compact"]):
        with Piped(["ruby", "-e", RUBY, *arguments], start_new_session=True) as p:
            pid = p.answer()
            documents.append(why(pid, "--watch", "0.5"))
            copied.append(own(pid))
    loses, keeps = (advice(d, "compact_before_fork") for d in documents)
    gain = copied[0] - copied[1]
    print(f"# Ruby: gives back {gain / MIB:.1f} MiB, foretold {loses['per_worker']}, then {keeps['per_worker']}",
          flush=True)
    equal("first", helpful(documents[0])[0]["kind"], "compact_before_fork")
    true("no more than said", MIB < gain <= loses["per_worker"]["high"], (gain, loses))
    true("and less then", keeps["per_worker"]["high"] < 0.5 * loses["per_worker"]["high"], (loses, keeps))


if __name__ == "__main__":
    main()
