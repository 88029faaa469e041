"""A web application that holds objects, and at a request writes into a file what its allocators count themselves."""
import ctypes
import os
import random
import sys

libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
libc.fopen.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fclose.argtypes = [ctypes.c_void_p]

rng = random.Random(5)
HELD = [bytes(rng.randrange(1, 3000)) for _ in range(30000)]
HELD = [b for i, b in enumerate(HELD) if i % 3 and (i // 500) % 2]


def say(path):
    with open(path + ".pymalloc", "wb") as f:
        was = os.dup(2)
        os.dup2(f.fileno(), 2)
        sys._debugmallocstats()
        os.dup2(was, 2)
        os.close(was)
    to = libc.fopen((path + ".glibc").encode(), b"w")
    libc.malloc_info(0, to)
    libc.fclose(to)


def app(environ, start_response):
    own = [bytes(rng.randrange(1, 5000)) for _ in range(2000)]
    HELD.extend(own[::3])
    del own
    say(os.environ["SAID"] + str(os.getpid()))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
