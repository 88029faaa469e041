#!/usr/bin/python3
"""Two workers that have jobs done, and who gives them work.

    jobs.py pool|executor FOLDER    a multiprocessing.Pool or a ProcessPoolExecutor; it listens at FOLDER/jobs
    jobs.py give FOLDER COUNT       has so many done, and waits
    jobs.py send FOLDER COUNT       the same of a worker of Celery, whose broker is a Redis at FOLDER/redis.sock
"""
import os
import signal
import socket
import sys
import time

WORKERS = 2
# Of two jobs that come at once each worker takes one.
BUSY_S = 0.003
FOLDER = os.environ.get("COWTOP_JOBS") or sys.argv[2]
if sys.argv[1] not in ("give", "send"):
    import catalogue  # before the fork


def job():
    time.sleep(BUSY_S)
    return catalogue.request()


def serve(submit):
    path = os.path.join(FOLDER, "jobs")
    if os.path.exists(path):
        os.unlink(path)
    for end in [submit() for _ in range(WORKERS)]:
        end()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(4)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        connection = listener.accept()[0]
        with connection, connection.makefile("rw") as talk:
            for _ in range(int(talk.readline()) // WORKERS):
                for end in [submit() for _ in range(WORKERS)]:
                    end()
            talk.write("done\n")


def pool():
    import multiprocessing
    with multiprocessing.get_context("fork").Pool(WORKERS) as workers:
        serve(lambda: workers.apply_async(job).get)


def executor():
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("fork")) as workers:
        serve(lambda: workers.submit(job).result)


def give(count):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(os.path.join(FOLDER, "jobs"))
        with s.makefile("rw") as talk:
            talk.write("%s\n" % count)
            talk.flush()
            sys.exit(0 if talk.readline() == "done\n" else "jobs: no answer")


def done():
    path = os.path.join(FOLDER, "done")
    return os.path.getsize(path) if os.path.exists(path) else 0


def send(count):
    before = done()
    for _ in range(count):
        task.delay()
    deadline = time.monotonic() + 60
    while done() < before + count:
        if time.monotonic() > deadline:
            sys.exit("jobs: not done")
        time.sleep(0.02)


if os.environ.get("COWTOP_JOBS"):
    from celery import Celery
    app = Celery("jobs", broker="redis+socket://%s/redis.sock" % FOLDER)
    app.conf.update(worker_prefetch_multiplier=1, task_ignore_result=True)

    def counted():
        job()
        with open(os.path.join(FOLDER, "done"), "ab", 0) as f:
            f.write(b"x")
    task = app.task(counted, name="jobs.job")

if __name__ == "__main__":
    if sys.argv[1] == "give":
        give(sys.argv[3])
    elif sys.argv[1] == "send":
        send(int(sys.argv[3]))
    else:
        {"pool": pool, "executor": executor}[sys.argv[1]]()
