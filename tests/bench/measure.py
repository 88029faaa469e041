"""The CPU time of programs, by the kernel's account."""
import os
import statistics
import subprocess
import sys

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
