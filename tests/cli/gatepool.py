"""A command that is a pool of which it is known what its workers copy, and what cowtop says of it as a gate."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from run import cowtop, write_file
from smallpool import PYTHON
from tap import equal

PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20

# Two workers inherit 4000 pages and write as many of them as the first argument says. SIGTERM ends it, and the alarm
# when a cowtop that crashed does not.
COPYING = r"""
import mmap, os, signal, sys
signal.alarm(120)
page = mmap.PAGESIZE
data = mmap.mmap(-1, 4000 * page, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
data.madvise(mmap.MADV_NOHUGEPAGE)
for n in range(4000):
    data[n * page] = 1
ready, mark = os.pipe()
go, start = os.pipe()
pids = []
for worker in range(2):  # one right after the other: then the first look knows what each inherited
    pid = os.fork()
    if pid == 0:
        signal.alarm(120)
        os.read(go, 1)
        for n in range(int(sys.argv[1])):
            data[n * page] = 2
        os.write(mark, b".")
        signal.pause()
    pids.append(pid)
for worker in pids:
    os.write(start, b".")
    os.read(ready, 1)
def stop(*_):
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
while True:
    signal.pause()
"""


def copying(pages):
    """The words of a command."""
    return [PYTHON, "-c", COPYING, str(pages)]


def stored(path, pages, prefix=()):
    """A sample of it as JSON, in a file; the document."""
    status, out, err = cowtop("--json", "--", *copying(pages), prefix=prefix)
    equal(f"status: {err}", status, 0)
    write_file(path, out)
    return json.loads(out)
