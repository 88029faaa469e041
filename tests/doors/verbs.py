"""What of cowtop is run: a verb in each of the ways in which it goes through doors of its own."""
from smallpool import server

# The name and the command line of the pool, by which `--match` knows it among those that other runs have started.
POOL = "pool-at-doors"
# A worker ends after a while, and another one comes.
CHANGES = """
import time
time.sleep(0.3)
os.kill(pids[0], 9)
os.waitpid(pids[0], 0)
pids[0] = os.fork()
if pids[0] == 0:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pause()
"""
RECORD = ["record", "-o", "{place}/pool.ct", "-n", "{n}", "-i", "0.01"]
VERBS = {
    "json": ["--json", "-n", "{n}", "-i", "0.01", "{master}"],
    "record": [*RECORD, "{master}"],
    "record why": [*RECORD, "--why", "{master}"],
    "record stacks": [*RECORD, "--stacks", "{master}"],
    "record rotate": ["record", "-o", "{place}/pool.ct", "--rotate", "1s", "--keep", "1", "-n", "6", "-i", "0.4",
                      "--fixed", "{master}"],
    "record all": ["record", "--all", "{place}/all", "-n", "{n}", "-i", "0.01"],
    "record event": ["record", "-o", "{place}/pool.ct", "-n", "4", "-i", "0.2", "--fixed", "--on-event",
                     "cat >/dev/null", "--wait=2", "--", *server(after=CHANGES)],
    "json why": ["--json", "--why", "-n", "{n}", "-i", "0.01", "{master}"],
    "why": ["why", "--json", "--watch", "0.1", "{master}"],
    "pools": ["pools", "--json"],
    "live": ["-n", "{n}", "-i", "0.01", "{master}"],
    "stacks": ["stacks", "-d", "0.02", "{master}"],
    "stacks push": ["stacks", "--push", "{collector}", "-i", "1", "-d", "1.2", "{master}"],
    "export": ["export", "--all", "--match", POOL],
    "export listen": ["export", "--listen", "127.0.0.1:{port}", "--textfile", "{place}/pools.prom",
                      "--otlp", "{place}/pools.otlp", "--why", "-i", "0.1", "{master}"],
    "doctor": ["doctor", "--json", "{master}"],
    "command": ["record", "-o", "{place}/pool.ct", "-n", "2", "-i", "0.01", "--wait=2", "--", *server()],
    "try": ["try", "--json", "--runs", "1", "--with", "gc.freeze", "-d", "0.1", "-i", "0.05", "--ready", "0.1",
            "--wait=5", "--", *server()],
    "mark": ["mark", "{copy}", "here"],
    "report": ["report", "--json", "{recording}"],
    "report page": ["report", "--html", "{place}/page.html", "{recording}"],
    "replay": ["replay", "--json", "{recording}"],
    "replay live": ["replay", "{recording}"],
    "why recorded": ["why", "--json", "{recording}"],
    "stacks recorded": ["stacks", "--json", "{recording}"],
    "diff": ["diff", "--json", "{recording}", "{copy}"],
}
# Those that ask nobody anything.
LEFT_OUT = {"help": "prints what is in the program"}
# Samples that a run takes, where it is not of one document.
SAMPLES = {"json": 2, "record": 2, "record why": 2, "record stacks": 2, "record all": 2, "live": 2}
# On a terminal; until they were asked for a page; what is printed is the pool, as a document or as metrics.
ON_TERMINAL, UNTIL_ASKED = ("live",), ("export listen",)
DOCUMENTS, METRICS = ("json", "json why", "pools"), ("export", "export listen")
# Says the same whenever it is asked.
SAME = ("report", "replay", "why recorded", "stacks recorded", "diff")
