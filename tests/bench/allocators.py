"""What the inventory of allocators takes, beside a bare read of the same memory."""
import json
import os
import statistics
import subprocess
import sys
import time

from measure import MIB, PROGRAMS

PIPES = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
RUN = 256 << 10
# Small objects, of which some go: CPython's own allocator has them.
PYTHON = """
import sys
kept = [bytes(50 + i % 350) for i in range(int(sys.argv[1]) * 3500)]
del kept[::7]
print("ready", flush=True)
sys.stdin.read()
"""


def bare_ms(pid, areas):
    """CPU time of reading what lies there, where it can be read."""
    into = bytearray(RUN)
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        began = time.process_time()
        for start, end in areas:
            for at in range(start, end, RUN):
                try:
                    os.preadv(memory.fileno(), [memoryview(into)[:min(RUN, end - at)]], at)
                except OSError:
                    pass
        return 1000 * (time.process_time() - began)


def heap(table, name, allocator, command, args, limit):
    """One program, read as often as there are rounds."""
    held, whole, bare = 0, [], []
    target = subprocess.Popen(command, **PIPES)
    reader = subprocess.Popen([f"{PROGRAMS}/../tests/inventory"], **PIPES)
    try:
        if target.stdout.readline().strip() != "ready":
            sys.exit(f"bench: {name}: it does not stand")
        for _ in range(min(args.rounds, 5)):
            reader.stdin.write(f"{target.pid}\n")
            reader.stdin.flush()
            answer = json.loads(reader.stdout.readline())
            held = sum(a["held"] for a in answer["allocators"] if a["name"] == allocator)
            whole.append(answer["ms"])
            bare.append(bare_ms(target.pid, [area[:2] for area in answer["areas"] if area[2] == allocator]))
    finally:
        for process in (reader, target):
            process.stdin.close()
            process.wait()
            process.stdout.close()
    whole, bare = statistics.median(whole), statistics.median(bare)
    print(f"# {name}: {held / MIB:.0f} MiB, {whole:.0f} ms, bare {bare:.0f} ms; "
          f"{whole * 1024 * MIB / max(held, 1):.0f} ms a GiB")
    table.row(f"allocators / bare read, {name}", whole / max(bare, 0.1), limit)


def bench(table, args):
    mallocs = [f"{PROGRAMS}/../tests/mallocs", "1", "0", str(args.mib * 9000), "200", "8"]
    python = ["/usr/bin/python3", "-c", PYTHON, str(args.mib)]
    heap(table, "glibc, 100 B a block", "glibc", mallocs, args, 2.5)
    heap(table, "pymalloc", "pymalloc", python, args, 0.8)
