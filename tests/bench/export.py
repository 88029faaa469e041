"""What being scraped costs `cowtop export`: many clients at once, of a small pool and of a large one."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

from measure import COWTOP, cpu_of
from pools import pool

CLIENTS = 50
KIB = 1024
READY_S = 60


class Exporter:
    """`with`: it listens, and has answered; it samples every second."""

    def __init__(self, target):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{s.getsockname()[1]}/metrics"
        self.words = [COWTOP, "export", "--listen", self.url.split("/")[2], "-i", "1", target]

    def __enter__(self):
        self.child = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + READY_S
        while not self.page():
            if self.child.poll() is not None or time.monotonic() > until:
                sys.exit("bench: cowtop export does not answer")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def page(self):
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(self.url, timeout=READY_S) as answer:
                return answer.read().decode("utf-8")
        return ""

    def samples(self):
        return float(re.search(r"^cowtop_export_samples_total (\S+)$", self.page(), re.M)[1])

    def resident(self):
        with open(f"/proc/{self.child.pid}/status", encoding="ascii") as file:
            return KIB * int(re.search(r"^VmRSS:\s+(\d+)", file.read(), re.M)[1])

    def sockets(self):
        count = 0
        for name in os.listdir(f"/proc/{self.child.pid}/fd"):
            with contextlib.suppress(OSError):
                count += os.readlink(f"/proc/{self.child.pid}/fd/{name}").startswith("socket:")
        return count


def load(url, requests):
    """What ab says of so many scrapes as gzip: {"50%": ms, "99%": ms, "failed": n, "rate": a second, "bytes": n}"""
    said = subprocess.run(["ab", "-q", "-n", str(requests), "-c", str(CLIENTS), "-H", "Accept-Encoding: gzip", url],
                          check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    found = {name: float(ms) for name, ms in re.findall(r"^\s+(\d+%)\s+(\d+)", said, re.M)}
    for name, pattern in (("failed", "Failed requests"), ("rate", "Requests per second"), ("bytes", "Document Length")):
        found[name] = float(re.search(rf"^{pattern}:\s+([\d.]+)", said, re.M)[1])
    # A page that differs in its length is of another sample.
    for count in re.findall(r"Length: (\d+)", said):
        found["failed"] -= int(count)
    return found


def measure(table, workers, requests):
    with pool(workers=workers, mib=4, broken=10) as some, Exporter(some.master) as e:
        load(e.url, max(CLIENTS, requests // 10))
        held, sockets, samples, cpu = e.resident(), e.sockets(), e.samples(), cpu_of(e.child.pid)
        began = time.monotonic()
        ab = load(e.url, requests)
        took = time.monotonic() - began
        cpu = cpu_of(e.child.pid) - cpu
        samples = e.samples() - samples
        print(f"# {requests} scrapes of 1 + {workers} processes by {CLIENTS} clients: {ab['rate']:.0f} a second, "
              f"{ab['bytes'] / KIB:.1f} KiB each; {samples:.0f} samples meanwhile")
        name = f"export of 1 + {workers} processes"
        table.row(f"{name}: CPU of a scrape", 1e6 * cpu / requests, None, " us")
        table.row(f"{name}: median of a scrape, with {CLIENTS - 1} others", ab["50%"], None, " ms")
        table.row(f"{name}: p99 of them", ab["99%"], None, " ms")
        table.row(f"{name}: scrapes that failed", ab["failed"], 0)
        table.row(f"{name}: samples beyond one a second", max(0, samples - took - 2), 0)
        table.row(f"{name}: memory that they took", max(0, e.resident() - held) / KIB**2, 4, " MiB")
        table.row(f"{name}: connections that are left", max(0, e.sockets() - sockets), 0)


def bench(table, args):
    if not shutil.which("ab"):
        table.note("export: scrapes", "no ab here: scripts/install-deps")
        return
    for workers in (2, 8 if args.quick else 500):
        measure(table, workers, 200 if args.quick else 5000)
