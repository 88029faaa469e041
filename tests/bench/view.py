"""What the live view of an idle pool costs, and what it draws."""
import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import tempfile
import termios
import time

from measure import COWTOP, PROGRAMS, cpu, cpu_of
from pools import pool

FIRST_SECONDS = 5  # in which the view's first walk is over


def view_cost(pid, seconds):
    """The live view on a terminal of 200 by 50 that shows an idle pool every second: its CPU share between
    two whole walks, CPU seconds of a whole walk, bytes drawn a second."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.Popen([COWTOP, "-i", "1", pid], stdin=slave, stdout=slave,
                                 stderr=subprocess.DEVNULL,
                                 env=dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8",
                                          XDG_CONFIG_HOME=folder))
        os.close(slave)

        def drain(until):
            """Read what it draws; its CPU seconds in that time, and the bytes."""
            before, count = cpu_of(child.pid), 0
            while time.monotonic() < until:
                if select.select([master], [], [], max(0, until - time.monotonic()))[0]:
                    count += len(os.read(master, 1 << 16))
            return cpu_of(child.pid) - before, count

        try:
            first, _ = drain(time.monotonic() + FIRST_SECONDS)
            used, count = drain(time.monotonic() + seconds)
        finally:
            child.kill()
            child.wait()
            os.close(master)
    share = used / seconds
    return share, first - FIRST_SECONDS * share, count / seconds


def bench(table, args):
    with pool(args.workers, args.mib, 10) as pids:
        bare = statistics.median(cpu([f"{PROGRAMS}/bare", *pids]) for _ in range(3))
        between, whole, count = view_cost(pids[0], args.view)
    every = min(max(30, 300 * whole), 600)  # as source/gate.h has it
    print(f"# a whole walk of the view takes {1000 * whole:.0f} ms and comes every {every:.0f} s; "
          f"a bare read of all pages {1000 * bare:.0f} ms")
    table.row(f"the live view of {args.workers} idle workers every second, of a core",
              100 * (between + whole / every), 1, " %")
    table.row("... between two whole walks", 100 * between, None, " %")
    table.row("... bytes to the terminal a refresh", count, 1000)
