#!/usr/bin/python3
"""scripts/check-comments: a header that speaks of names it does not have is found."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from run import folder, write_file
from tap import equal, main, ROOT, test, true

HEADER = """\
#include "base/buf.h"

/* Adds `%s` to `out`, a `struct buf`; `buf_add()` does it. The line of "full" has none. */
void put(struct buf *out, int value);
"""


def judged(name):
    """(exit status, output) of the guard over a header that speaks of `name`."""
    with folder() as place:
        path = write_file(f"{place}/planted.h", HEADER % name)
        done = subprocess.run([f"{ROOT}/scripts/check-comments", path], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=60, check=False)
    return done.returncode, done.stdout.decode()


@test
def of_a_parameter():
    """A parameter, and what an included header has, are known"""
    status, out = judged("value")
    equal(f"status: {out}", status, 0)


@test
def of_nothing():
    """A parameter that was renamed is told with its line"""
    status, out = judged("number")
    equal("status", status, 1)
    true("where", "planted.h:3: `number`" in out and out.startswith("not ok 1"), out)


if __name__ == "__main__":
    main()
