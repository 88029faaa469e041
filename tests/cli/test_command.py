#!/usr/bin/python3
"""-- COMMAND: pools that cowtop starts, finds and stops itself; and --load."""
import json
import os
import re
import signal
import subprocess
import tempfile

from smallpool import DAEMON, PYTHON, fails, server
from kernel import running
from run import COWTOP, cowtop
from tap import equal, main, need, PATIENCE, test, true, until


def pids(document):
    return [p["pid"] for p in document["processes"]]


def all_gone(found):
    until("everything that was started is gone", lambda: not any(map(running, found)))


@test
def started_and_stopped():
    """-- COMMAND: one sample of the pool, which is gone afterwards"""
    status, out, err = cowtop("--json", "--", *server())
    equal("status", (status, err), (0, ""))
    document = json.loads(out)
    equal("workers", document["pool"]["workers"], 2)
    all_gone(pids(document))


@test
def several_samples():
    """-n with -- COMMAND: the same pool each time"""
    status, out, _ = cowtop("--json", "-n", 3, "-i", "0.05", "--", *server())
    equal("status", status, 0)
    documents = [json.loads(line) for line in out.splitlines()]
    equal("documents", len(documents), 3)
    equal("pids", pids(documents[0]), pids(documents[2]))
    all_gone(pids(documents[0]))


@test
def daemon():
    """A command that puts itself into the background is followed and stopped"""
    status, out, err = cowtop("--json", "--", *server(before=DAEMON))
    equal("status", (status, err), (0, ""))
    document = json.loads(out)
    equal("workers", document["pool"]["workers"], 2)
    all_gone(pids(document))


@test
def behind_a_shell():
    """A shell in between is not the pool, and has its last words"""
    need("sh")
    status, out, err = cowtop("--json", "--", "sh", "-c", '"$@"; sleep 0.2; echo "it has ended"', "sh", *server())
    equal("status", status, 0)
    true("its last words", "it has ended" in err, err)
    document = json.loads(out)
    equal("workers", document["pool"]["workers"], 2)
    true("the master is the server", "python" in document["processes"][0]["cmdline"])
    all_gone(pids(document))


@test
def data_stays_clean():
    """What the command prints goes to stderr, stdout is the document alone"""
    status, out, err = cowtop("--json", "--", *server(before="print('hello from the pool', flush=True)"))
    equal("status", status, 0)
    true("stderr", "hello from the pool" in err, err)
    json.loads(out)


@test
def stubborn():
    """Workers that ignore SIGTERM are gone all the same"""
    status, out, _ = cowtop("--json", "--", *server(before="signal.signal(signal.SIGTERM, signal.SIG_IGN)",
                                                    after="signal.signal(signal.SIGTERM, signal.SIG_IGN)"))
    equal("status", status, 0)
    all_gone(pids(json.loads(out)))


@test
def no_such_command():
    """A command that does not exist is exit 5 and is named"""
    true("named", "/nonexistent/server" in fails(5, "--", "/nonexistent/server", "--json"))


@test
def command_that_ends():
    """A command that ends without a pool is exit 5"""
    true("status of it", "status 7" in fails(5, "--", "sh", "-c", "exit 7"))
    fails(5, "--", "true")


@test
def load():
    """--load: two documents, the load in between"""
    with tempfile.TemporaryDirectory() as folder:
        mark = os.path.join(folder, "mark")
        status, out, err = cowtop("--json", "--load", f"echo loaded; echo x >{mark}", "--", *server())
        equal("status", status, 0)
        true("the load's output is talk", "loaded" in err, err)
        equal("the load ran", os.path.exists(mark), True)
    documents = [json.loads(line) for line in out.splitlines()]
    equal("documents", len(documents), 2)
    equal("first", documents[0]["elapsed_s"], None)
    true("second", documents[1]["elapsed_s"] > 0)
    all_gone(pids(documents[0]))


@test
def load_that_breaks_pages():
    """--load with --fail-if: what the load made the workers copy breaks the rule"""
    # SIGUSR1 makes a worker write to every page of what it inherited.
    before = """
arena = bytearray(8 << 20)
def touch(*_):
    for at in range(0, len(arena), 4096):
        arena[at] = 1
signal.signal(signal.SIGUSR1, touch)
"""
    after = "open({0!r}, 'w').write(' '.join(map(str, pids)))"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pids")
        words = server(before=before, after=after.format(path))
        rule = ("--fail-if", "worker.cow_broken_bytes > 6MiB")
        status, out, err = cowtop("--json", *rule, "--load", "true", "--", *words)
        equal("without writes", status, 0)
        all_gone(pids(json.loads(out.splitlines()[0])))
        # The write is done when the figure has grown; the load waits for it.
        line = (f"{PYTHON} -c \"import os,signal,time\n"
                f"for pid in map(int, open('{path}').read().split()):\n"
                f"    faults = lambda: int(open(f'/proc/{{pid}}/stat').read().rsplit(')', 1)[1].split()[7])\n"
                f"    start = faults(); os.kill(pid, signal.SIGUSR1)\n"
                f"    while faults() < start + 2000: time.sleep(0.01)\"")
        status, out, err = cowtop("--json", *rule, "--load", line, "--", *words)
        equal("with writes", status, 3)
        true("the rule", re.search(r"^FAIL worker \d+: copied <?\d+\.\d MiB.* \(limit 6 MiB\)", err, re.M), err)
        all_gone(pids(json.loads(out.splitlines()[0])))


@test
def load_that_fails():
    """A load that fails is exit 1 and says its status; the pool is gone"""
    status, out, err = cowtop("--json", "--load", "exit 9", "--", *server())
    equal("status", status, 1)
    true("why", "status 9" in err, err)
    equal("the first sample is out", out.count("\n"), 1)
    all_gone(pids(json.loads(out)))


@test
def interrupted():
    """SIGINT in the middle of a run: the command is stopped, exit 0"""
    process = subprocess.Popen([COWTOP, "--json", "-n", "1000", "-i", "0.05", "--", *server()],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    document = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    equal("status", process.returncode, 0)
    all_gone(pids(document))


@test
def interrupted_while_waiting():
    """SIGTERM while the pool is being waited for: exit 1 soon, and nothing is left behind"""
    with tempfile.TemporaryDirectory() as folder:
        mark = os.path.join(folder, "pid")
        process = subprocess.Popen([COWTOP, "--", "sh", "-c", f"echo $$ >{mark}; exec sleep 300"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        pid = int(until("the command runs", lambda: os.path.exists(mark) and open(mark).read()))
        process.terminate()
        _, err = process.communicate(timeout=PATIENCE)
        equal("status", process.returncode, 1)
        true("why", b"interrupted" in err, err)
        all_gone([pid])


@test
def interrupted_under_load():
    """SIGTERM under the load: the load and the pool are stopped"""
    with tempfile.TemporaryDirectory() as folder:
        mark = os.path.join(folder, "pid")
        process = subprocess.Popen([COWTOP, "--json", "--load", f"echo $$ >{mark}; exec sleep 300",
                                    "--", *server()], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        document = json.loads(process.stdout.readline())
        pid = int(until("the load runs", lambda: os.path.exists(mark) and open(mark).read()))
        process.terminate()
        process.communicate(timeout=PATIENCE)
        equal("status", process.returncode, 1)
        all_gone([pid, *pids(document)])


if __name__ == "__main__":
    main()
