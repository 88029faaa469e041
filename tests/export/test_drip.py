#!/usr/bin/python3
"""`cowtop export --listen` and clients that never stop, but never get done: requests and pages drop by drop, and floods
of connections. Others are answered meanwhile, and nothing is left. Part of `make export-check`."""
import contextlib
import os
import socket
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("lib", "cli")] + [HERE]
from exporter import Exporter
from smallpool import SmallPool
from tap import equal, main, SLOW, test, true, until

LONGEST_S = 30
SWEEP_S = 5
DRIPPING = 100      # with the others fewer than there are connections


class Dripping(threading.Thread):
    """Clients that give, or take, some bytes every half second, as long as the block goes."""

    def __init__(self, e, count, takes):
        super().__init__()
        self.clients = {e.connect(2048 if takes else None) for _ in range(count)}
        self.takes, self.over = takes, False
        for s in self.clients:
            s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + (b"\r\n" if takes else b"X-"))
            s.setblocking(False)

    def run(self):
        while not self.over:
            for s in self.clients:
                with contextlib.suppress(OSError):
                    if self.takes:
                        s.recv(600)
                    else:
                        s.send(b"a")
            time.sleep(0.5)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.join()
        for s in self.clients:
            s.close()


def waited(e):
    """Seconds that another one waits for the whole page."""
    began = time.monotonic()
    equal("status", e.get()[0], 200)
    return time.monotonic() - began


def held(e):
    """What is to be as before afterwards."""
    for _ in range(20):
        e.get()
    return e.sockets(), e.status("VmRSS"), e.figure("cowtop_export_samples_total")


def as_before(e, sockets, kib, samples):
    until("no connection is left", lambda: e.sockets() <= sockets)
    until("samples go on", lambda: e.figure("cowtop_export_samples_total") > samples + 5)
    grown = e.status("VmRSS") - kib
    true("memory", grown < 16384 * SLOW * SLOW, f"{kib} + {grown} KiB")
    return f"memory {kib} {grown:+} KiB"


@test
def requests():
    """Requests drop by drop: ended after 30 seconds, and others are answered meanwhile"""
    with SmallPool(2) as pool, Exporter(pool.master) as e:
        before, waits = held(e), []
        with Dripping(e, DRIPPING, False):
            until("they are connected", lambda: e.sockets() >= before[0] + DRIPPING)
            began = time.monotonic()
            while e.sockets() > before[0]:
                waits.append(waited(e))
                time.sleep(0.2)
            took = time.monotonic() - began
        true("they have lasted as is said", LONGEST_S - 10 < took < LONGEST_S + SWEEP_S + 10 * SLOW, took)
        print(f"# {DRIPPING} clients were sent away within {took:.0f} s, others waited {1e3 * max(waits):.0f} ms at "
              f"most; {as_before(e, *before)}", flush=True)


@test
def readers():
    """Pages that are read drop by drop: others are answered meanwhile, also with new samples"""
    with SmallPool(60) as pool, Exporter(pool.master) as e:
        before = held(e)
        with Dripping(e, DRIPPING, True):
            waits = [waited(e) for _ in range(20)]
            said = as_before(e, *before)
        print(f"# {DRIPPING} clients, others waited {1e3 * max(waits):.0f} ms at most; {said}", flush=True)


@test
def flood():
    """5000 clients one after the other and at once, some with half a request: nothing is left of them"""
    with SmallPool(2) as pool, Exporter(pool.master) as e:
        for _ in range(20):
            e.get()
        sockets, kib = e.sockets(), e.status("VmRSS")
        for turn in range(50):
            with contextlib.ExitStack() as held:
                for number in range(100):
                    s = held.enter_context(socket.socket())
                    s.setblocking(False)
                    with contextlib.suppress(OSError):
                        s.connect((e.host, e.port))
                    with contextlib.suppress(OSError):
                        s.send(b"GET /metrics HTTP/1.1\r\n" + (b"Host: x\r\n\r\n" if (turn + number) % 2 else b"Ho"))
        until("it answers", lambda: e.get("/healthz")[0] == 200)
        until("no connection is left", lambda: e.sockets() <= sockets)
        grown = e.status("VmRSS") - kib
        true("memory", grown < 4096 * SLOW * SLOW, f"{kib} + {grown} KiB")
        print(f"# memory {kib} {grown:+} KiB", flush=True)


main()
