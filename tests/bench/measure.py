"""What programs take: CPU time by the kernel's account, peak memory, time to the first line."""
import os
import statistics
import subprocess
import sys
import time

COWTOP = os.environ.get("COWTOP", "build/cowtop")
PROGRAMS = os.environ.get("BENCH", "build/bench")
MIB = 1 << 20


def cpu(command):
    """CPU seconds of one run."""
    with open(os.devnull, "r+b") as null:
        child = subprocess.Popen(command, stdin=null, stdout=null, stderr=subprocess.PIPE)
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode != 0:
        sys.exit(f"bench: {' '.join(command[:4])}: exit {child.returncode}: "
                 f"{said.decode('utf-8', 'replace').strip()}")
    return usage.ru_utime + usage.ru_stime


def rounds(commands, count):
    """Medians, by name. The programs take turns, so that a busy moment hits all of them."""
    times = {name: [] for name in commands}
    for turn in range(count + 1):
        for name, command in commands.items():
            seconds = cpu(command)
            if turn:  # the first round warms up
                times[name].append(seconds)
    return {name: statistics.median(values) for name, values in times.items()}


def cpu_of(pid):
    """CPU seconds of all threads until now, by the nanosecond."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def peak_bytes(pid):
    """VmHWM: what was resident at most, until now."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def peak_of(command):
    """peak_bytes() of one run: ru_maxrss begins with what its starter had."""
    most = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        while child.poll() is None:
            try:
                most = max(most, peak_bytes(child.pid))
            except (OSError, StopIteration):
                pass  # it is ending
            time.sleep(0.005)
    return most


def first_line(command):
    """Seconds from the start to the first line of output."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    said = child.stdout.readline()
    took = time.monotonic() - began
    child.stdout.read()
    child.stdout.close()
    if child.wait() != 0 or not said:
        sys.exit(f"bench: {' '.join(command[:4])}: exit {child.returncode}")
    return took


class Child:
    """`with`: the end of the block is that of self.child."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.stdout.close()
        self.child.wait()


class Samples(Child):
    """A `cowtop --json` that goes on, one sample after the other."""

    def __init__(self, pid, count, interval):
        self.child = subprocess.Popen([COWTOP, "--json", "-n", str(count), "-i", str(interval), pid],
                                      stdout=subprocess.PIPE)

    def next(self):
        """Wait for a sample. CPU seconds until then."""
        if not self.child.stdout.readline():
            sys.exit("bench: cowtop has ended")
        return cpu_of(self.child.pid)

    def costs(self, count):
        """CPU seconds of each of the next samples."""
        taken = [self.next() for _ in range(count + 1)]
        return [after - before for before, after in zip(taken, taken[1:])]

    def peak(self):
        return peak_bytes(self.child.pid)
