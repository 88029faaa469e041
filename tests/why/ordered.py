"""A master with one worker that does what a line says, and answers with how many pages it has named."""
import json

from asking import Asking
from piped import Piped

BEGIN = """
import gc, os, sys, time
class Point(object):
    __slots__ = ("one", "two")
    def __init__(self):
        self.one, self.two = 1, 2
"""
# An order names pages in `pages`.
OBEY = """
gc.collect()
gc.disable()
if "frozen" in sys.argv:
    gc.freeze()
down, up = os.pipe(), os.pipe()
if os.fork() == 0:
    os.close(down[1])  # the end of the master is its own
    pages, n = set(), 0
    for line in os.fdopen(down[0]):
        exec(line)
        os.write(up[1], b"%d\\n" % len(pages))
    os._exit(0)
back = os.fdopen(up[0])
print(os.getpid(), flush=True)
for line in sys.stdin:
    os.write(down[1], line.encode())
    print(back.readline().strip(), flush=True)
"""


class Ordered(Piped):
    """`load` is what it runs before the fork; its words are in sys.argv, and "frozen" among them freezes."""

    def __init__(self, interpreter, load, *words):
        super().__init__([interpreter.path, "-c", BEGIN + load + OBEY, *map(str, words)])
        self.pid = int(self.answer())

    def does(self, *orders):
        """How many pages the last order has named, and what cowtop why says of all of them."""
        with Asking(self.pid, "--json") as asking:
            asking.until_it_looks()
            named = [int(self.ask(order)) for order in orders][-1]
            return named, json.loads(asking.end())
