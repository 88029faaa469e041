#!/usr/bin/python3
"""A process that has its own interpreter mapped more than once, as whoever reads symbols at run time does."""
import json
import subprocess

from interpreters import interpreters
from run import cowtop, folder
from tap import equal, main, need_root, PATIENCE, Skip, test, true

# Maps the file that holds the interpreter in the ways that are named, sets thresholds, forks two workers.
POOL = r"""
import ctypes, gc, mmap, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
SHARED, PRIVATE, FIXED = 1, 2, 0x100000
R, RW, RX, RWX = 1, 3, 5, 7
lib = next((l.split(None, 5)[-1].strip() for l in open("/proc/self/maps") if "libpython" in l),
           os.readlink("/proc/self/exe"))

def put(path=lib, rights=R, flags=PRIVATE, where=0, size=0):
    fd = os.open(path, os.O_RDONLY)
    size = size or os.fstat(fd).st_size
    at = libc.mmap(where, size, rights, flags, fd, 0)
    assert at not in (None, ctypes.c_void_p(-1).value), os.strerror(ctypes.get_errno())
    os.close(fd)
    return at, size

# Above a program that is loaded at 4 MiB and the GiB in which its heap begins somewhere; below one loaded anywhere.
LOW, HIGH = 0x100000000, 0x7fff00000000 >> 1
def pieces():
    at, size = put(where=LOW, flags=PRIVATE | FIXED)
    libc.mprotect(at + 4096, 4096, RW)
    libc.mprotect(at + 3 * 4096, 4096, R)
def read(where):
    at, size = put(where=where, flags=PRIVATE | FIXED)
    ctypes.string_at(at, size)
def many():
    for i in range(400):
        path = os.path.join(sys.argv[2], str(i))
        with open(path, "wb") as f: f.write(b"\x7fELF" + b"\0" * 5000)
        put(path, where=LOW + i * 0x10000, flags=PRIVATE | FIXED)

{"nothing": lambda: None,
 "read only": lambda: put(),
 "low": lambda: read(LOW),
 "high": lambda: read(HIGH),
 "code": lambda: put(rights=RX, where=LOW, flags=PRIVATE | FIXED),
 "data": lambda: put(rights=RW, where=LOW, flags=PRIVATE | FIXED),
 "all rights": lambda: put(rights=RWX, where=LOW, flags=PRIVATE | FIXED),
 "first page": lambda: put(size=4096, where=LOW, flags=PRIVATE | FIXED),
 "shared": lambda: put(flags=SHARED | FIXED, where=LOW),
 "in pieces": pieces,
 "three times": lambda: (read(LOW), read(LOW * 2), read(HIGH)),
 "other files": many,
}[sys.argv[1]]()
gc.set_threshold(701, 11, 12)
for i in range(2):
    if not os.fork():
        sys.stdin.read()
        os._exit(0)
print("ready", flush=True)
sys.stdin.read()
"""

WAYS = ["nothing", "read only", "low", "high", "code", "data", "all rights", "first page", "shared", "in pieces",
        "three times", "other files"]


def thresholds(python, way, place):
    pool = subprocess.Popen([python, "-c", POOL, way, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        equal(f"{python}, {way}: it runs", pool.stdout.readline(), "ready\n")
        status, out, err = cowtop("--json", pool.pid)
        equal(f"{python}, {way}: {err}", status, 0)
        return [p["gc"] and p["gc"]["thresholds"] for p in json.loads(out)["processes"]]
    finally:
        pool.communicate(timeout=PATIENCE)


def chosen():
    """Debian's, which is one file, and the oldest and the newest with a shared libpython."""
    def libraries(program):
        return subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout

    shared = [i.path for i in interpreters() if i.version >= "3" and "libpython" in libraries(i.path)]
    return ["/usr/bin/python3", *shared[:1], *shared[1:][-1:]]


@test
def mapped_again():
    """However it is mapped again, and among hundreds of other files: the collector is that of the loaded object"""
    need_root()
    pythons = chosen()
    wrong = []
    with folder() as place:
        for python in pythons:
            for way in WAYS:
                got = thresholds(python, way, place)
                if got != [[701, 11, 12]] * 3:
                    wrong.append(f"{python}, {way}: {got}")
    true("all of them", not wrong, "\n".join(wrong))
    if len(pythons) < 2:
        raise Skip("no interpreter with a shared libpython")


main()
