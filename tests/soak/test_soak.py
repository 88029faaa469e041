#!/usr/bin/python3
"""A short soak: `make soak` has the long one, see soak.py."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import soak
from tap import equal, fail, main, need_root, test, true

SECONDS = 20


@test
def grows():
    """What grows is seen: memory and descriptors; what is as it was is not"""
    flat = soak.Noted("flat", 0)
    flat.rss, flat.fds = [10.0] * 40, [12] * 40
    equal("flat", list(soak.grown(flat)), [])
    more = soak.Noted("more", 0)
    more.rss, more.fds = [10 + i * 0.3 for i in range(40)], list(range(10, 50))
    equal("found", len(list(soak.grown(more))), 2)


@test
def drawn():
    """A plot has a column a note, from the least to the most"""
    equal("bar", soak.bar([1, 2, 8, 1]), "▁▂█▁")
    true("as wide as it may be", len(soak.bar(list(range(1000)))) <= soak.COLUMNS)


@test
def short_soak():
    """Live view, recordings, JSON, exports beside a pool that never stands still: flat, within the budget, no drift"""
    need_root()
    lines, wrong = soak.soak(SECONDS)
    print("\n".join(f"# {line}" for line in lines))
    if wrong:
        fail("\n".join(wrong))


if __name__ == "__main__":
    main()
