"""The size of a recording, and what opening, seeking and reporting take."""
import fcntl
import json
import os
import pty
import select
import shutil
import statistics
import struct
import subprocess
import tempfile
import termios
import time

from measure import COWTOP, MIB, PROGRAMS, peak_of
from pools import busy_pool


def atop_size(path, seconds):
    """Bytes per process and sample in atop's raw file, which holds all processes of the machine."""
    subprocess.run(["atop", "-w", path, "1", str(seconds)], check=True, stdout=subprocess.DEVNULL)
    processes = sum(name.isdigit() for name in os.listdir("/proc"))
    return os.path.getsize(path) / processes / seconds


def bench_recording(table, args):
    seconds = 2 if args.quick else 60
    with tempfile.TemporaryDirectory() as folder, busy_pool(args.workers) as master:
        path = f"{folder}/busy.ct"
        subprocess.run([COWTOP, "record", "-o", path, "--fixed", "--no-maps", "-i", "1", "-d", str(seconds),
                        master], check=True, stderr=subprocess.DEVNULL)
        told = json.loads(subprocess.run([COWTOP, "report", "--json", path], check=True,
                                         stdout=subprocess.PIPE).stdout)
        table.row(f"a recording of {args.workers} busy workers at 1 s, a worker-sample",
                  os.path.getsize(path) / told["recording"]["samples"] / args.workers, 60, " B")
        what = "atop's raw file at 1 s, a process-sample"
        if shutil.which("atop"):
            table.row(what, atop_size(f"{folder}/atop", max(1, seconds // 3)), None, " B")
        else:
            table.note(what, "no atop here: scripts/install-deps --bench")


def read_until_quiet(screen, seconds):
    """When the last byte came: nothing more has for so long."""
    last = time.monotonic()
    while select.select([screen], [], [], seconds)[0]:
        os.read(screen, 1 << 16)
        last = time.monotonic()
    return last


def view_jumps(path, folder, seconds, count):
    """Milliseconds from the key that ends a time to the last byte drawn, on a terminal of 200 by 50."""
    screen, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    child = subprocess.Popen([COWTOP, "replay", path], stdin=slave, stdout=slave, stderr=subprocess.DEVNULL,
                             env=dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8", XDG_CONFIG_HOME=folder))
    os.close(slave)
    took = []
    try:
        read_until_quiet(screen, 1)
        for i in range(count):
            os.write(screen, b"b")
            read_until_quiet(screen, 0.05)
            os.write(screen, b"+%ds" % (seconds * (i * 37 % count + 1) // (count + 1)))
            read_until_quiet(screen, 0.05)
            began = time.monotonic()
            os.write(screen, b"\r")
            took.append(1000 * (read_until_quiet(screen, 0.15) - began))
    finally:
        child.kill()
        child.wait()
        os.close(screen)
    return took


def bench_replay(table, args):
    seconds = 2000 if args.quick else 86400
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run([f"{PROGRAMS}/day", f"{folder}/day.ct", str(seconds)],
                              check=True, text=True, stdout=subprocess.PIPE).stdout
        began = time.monotonic()
        subprocess.run([COWTOP, "report", f"{folder}/day.ct"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        report = time.monotonic() - began
        peak = peak_of([COWTOP, "report", f"{folder}/day.ct"])
        jumps = view_jumps(f"{folder}/day.ct", folder, seconds, 10 if args.quick else 50)
    day = {name: float(value) for name, value in map(str.split, said.splitlines())}
    table.row("a recording of 24 h, 64 workers, 1 s: to encode a sample", day["encode"], None, " ms")
    table.row("... to open it", day["open"], 300, " ms")
    table.row("... to open it when it was killed", day["open_killed"], 300, " ms")
    table.row("... a jump to any time, median", day["jump"], None, " ms")
    table.row("... the slowest of 200 jumps", day["jump_slowest"], 50, " ms")
    table.row("... a jump in the view, to the last byte drawn, median", statistics.median(jumps), 20, " ms")
    table.row("... the slowest of them", max(jumps), 20, " ms")
    table.row("... peak memory of a program that reads all of it", day["peak_kib"] / 1024, 8, " MiB")
    table.row("... to read all of it, and analyse none of it", day["read_all"] / 1000, None, " s")
    table.row("... cowtop report of it", report, 1, " s")
    table.row("... peak memory of that", peak / MIB, 24, " MiB")


def bench(table, args):
    bench_recording(table, args)
    bench_replay(table, args)
