"""Servers of jobs for the tests of cowtop why: what they have loaded, a job that reads of it, and who has them done.

    jobs.py pool|executor MODE

A multiprocessing.Pool or a ProcessPoolExecutor of two workers, which says its pids, then obeys "go RATE" (answered
when all is done). MODE is default or freeze: gc.freeze() before the fork. With COWTOP_BROKER, a folder, it is an
application of Celery as well (COWTOP_GC is the mode then), and

    jobs.py send RATE

gives that work. How much each worker is to do, and when it has a full collection, JOBS, FIRST and EVERY say.
"""
import gc
import json
import os
import random
import sys
import time

WORKERS = 2
JOBS, FIRST, EVERY = 400, 120, 130
BROKER = os.environ.get("COWTOP_BROKER")
# Of two jobs that come at once each worker takes one.
BUSY_S = 0.004


class Record(object):
    def __init__(self, i):
        self.title = "record number %d of what was loaded before the fork" % i
        self.tags = [["tag-%d" % (7 * i + k), k / 7] for k in range(3)]
        self.attributes = {"colour": "c%d" % (i % 97), "body": "x%d" % i * 40}


CATALOGUE, SESSION = [], []
CHOICE = random.Random(11)


def warm():
    time.sleep(0.3)
    return os.getpid()


def job():
    n = len(SESSION)
    for k in range(5):
        record = CATALOGUE[int(len(CATALOGUE) * CHOICE.random() ** 2)]
        len([record.title, record.tags[1][0], record.attributes["body"]])
    SESSION.append([n, {"n": n}])
    if n >= FIRST and (n - FIRST) % EVERY == 0:
        gc.collect()
    time.sleep(BUSY_S)
    if BROKER:
        with open("%s/done" % BROKER, "ab", 0) as f:
            f.write(b"x")


def give(one, rate):
    """As many to each: `one` gives a job, and returns who waits for its end."""
    begun = time.time()
    for n in range(JOBS):
        time.sleep(max(0, begun + n / rate - time.time()) if rate else 0)
        for end in [one() for k in range(WORKERS)]:
            end()


def prepare(mode):
    CATALOGUE.extend(Record(i) for i in range(22000))
    gc.collect()
    gc.disable()
    if mode == "freeze":
        gc.freeze()


def serve(submit):
    pids = [end() for end in [submit(warm) for k in range(WORKERS)]]
    sys.stdout.write(json.dumps({"pid": os.getpid(), "workers": sorted(pids)}) + "\n")
    sys.stdout.flush()
    for line in iter(sys.stdin.readline, ""):
        give(lambda: submit(job), float(line.split()[1]))
        sys.stdout.write("done\n")
        sys.stdout.flush()


def main(kind, mode):
    import multiprocessing
    context = multiprocessing.get_context("fork")
    if kind == "pool":
        prepare(mode)
        with context.Pool(WORKERS) as pool:
            serve(lambda what: pool.apply_async(what).get)
    else:
        from concurrent.futures import ProcessPoolExecutor
        prepare(mode)
        with ProcessPoolExecutor(WORKERS, mp_context=context) as executor:
            serve(lambda what: executor.submit(what).result)


if BROKER:
    from celery import Celery
    app = Celery("jobs", broker="redis+socket://%s/redis.sock" % BROKER)
    app.conf.update(worker_prefetch_multiplier=1, task_ignore_result=True)
    job = app.task(job, name="jobs.job")
    if os.environ.get("COWTOP_GC"):
        prepare("default")
        if os.environ["COWTOP_GC"] == "freeze":
            os.register_at_fork(before=gc.freeze)


if __name__ == "__main__":
    if sys.argv[1] == "send":
        def sent():
            job.delay()
            return int
        give(sent, float(sys.argv[2]))
    else:
        main(*sys.argv[1:])
