#!/usr/bin/python3
"""There is no memory: one allocation is refused, or all from one on. All of them are refused by `make doors-check`."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import doors    # noqa: F401, which has the paths of the others
import memory
from run import COWTOP
from stage import BLOCKS, DOORS, SANITIZED
from tap import fail, main, must_be_built, need_root, Skip, test, true

VERBS, EACH = ("json", "report", "report page", "replay", "export", "record", "mark"), 5


@test
def refused():
    """Allocations by lot of what is run most: an end with one line and a true status, nothing half made, no lie"""
    need_root()
    must_be_built(COWTOP, DOORS, BLOCKS)
    if SANITIZED:
        raise Skip("a sanitizer has allocations of its own")
    count, wrong = memory.sweep(EACH, VERBS)
    if wrong:
        fail("\n".join(wrong))
    true("allocations were refused", count == 2 * EACH * len(VERBS), count)


if __name__ == "__main__":
    main()
