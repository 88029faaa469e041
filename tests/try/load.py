#!/usr/bin/python3
"""Work for a pool of known.py: each of its workers is asked for as many requests as the other.

    load.py FOLDER REQUESTS [SEED]      without a seed each time others
    load.py FOLDER                      exit 0 if it listens
"""
import os
import random
import socket
import sys


def talks(folder):
    found = []
    for name in ("0", "1"):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(os.path.join(folder, name))
        found.append(connection.makefile("rw"))
    return found


def main(folder, requests="0", seed=None):
    asked = talks(folder)
    for talk in asked:
        talk.write(f"{requests} {seed or random.random()}\n")
        talk.flush()
    sys.exit(0 if all(talk.readline() == "done\n" for talk in asked) else "a worker did not answer")


try:
    main(*sys.argv[1:])
except OSError as e:
    sys.exit(f"load: {sys.argv[1]}: {e.strerror}")
