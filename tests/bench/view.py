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


class View:
    """The live view on a terminal of 200 by 50, a sample a second."""

    def __init__(self, pid, *options):
        self.screen, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.folder = tempfile.TemporaryDirectory()
        self.child = subprocess.Popen([COWTOP, "-i", "1", *options, pid], stdin=slave, stdout=slave,
                                      stderr=subprocess.DEVNULL,
                                      env=dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8",
                                               XDG_CONFIG_HOME=self.folder.name))
        os.close(slave)
        self.drawn = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        os.close(self.screen)
        self.folder.cleanup()

    def spend(self, seconds):
        """Let it go on for so long, and read what it draws: its CPU seconds in that time."""
        before, until = cpu_of(self.child.pid), time.monotonic() + seconds
        while time.monotonic() < until:
            if select.select([self.screen], [], [], max(0, until - time.monotonic()))[0]:
                self.drawn += len(os.read(self.screen, 1 << 16))
        return cpu_of(self.child.pid) - before


def whole_every(cost):
    """Seconds between two walks that leave nobody out, as pool/walk_skip.h has it."""
    return min(max(30, 500 * cost), 600)


def bench(table, args):
    first_seconds = 0.5 if args.quick else 5      # in which the first walk is over
    with pool(workers=args.workers, mib=args.mib, broken=10) as big:
        bare = statistics.median(cpu([f"{PROGRAMS}/bare", *big.pids]) for _ in range(3))
        with View(big.master) as view:
            first, before = view.spend(first_seconds), view.drawn
            between = view.spend(args.view) / args.view
            count = (view.drawn - before) / args.view
    whole = first - first_seconds * between
    every = whole_every(whole)
    print(f"# a whole walk of the view takes {1000 * whole:.0f} ms and comes every {every:.0f} s; "
          f"a bare read of all pages {1000 * bare:.0f} ms")
    table.row(f"the live view of {args.workers} idle workers every second, of a core",
              100 * (between + whole / every), 0.5, " %")
    table.row("... between two whole walks", 100 * between, None, " %")
    table.row("... bytes to the terminal a refresh", count, 1000)
