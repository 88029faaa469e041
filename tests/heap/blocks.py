"""Makes objects of many sizes, lets some go, and says what CPython's own allocator counts: sys._debugmallocstats()."""
import os
import random
import sys
import threading

SEED, COUNT = int(sys.argv[1]), int(sys.argv[2])


def make(seed):
    rng = random.Random(seed)
    held = [bytes(rng.randrange(1, 460)) for _ in range(COUNT)]
    # whole runs go now and then, so that pools and arenas become free
    return [b for i, b in enumerate(held) if (i // 3000) % 3 and (i // 20) % 4]


KEPT = [make(SEED)]
THREADS = [threading.Thread(target=lambda n=n: KEPT.append(make(SEED + n))) for n in range(1, 4)]
for thread in THREADS:
    thread.start()
for thread in THREADS:
    thread.join()

# what it says goes to its stderr, which is a file of ours
OUT = os.open(sys.argv[3], os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
os.dup2(OUT, 2)
sys.stdout.write("ready\n")
sys.stdout.flush()
while sys.stdin.readline():
    os.ftruncate(2, 0)
    os.lseek(2, 0, 0)
    sys._debugmallocstats()
    os.write(1, b"said\n")
