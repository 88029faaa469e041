"""`cowtop export` that listens, and what is said to it byte by byte."""
import contextlib
import os
import re
import socket
import subprocess

from run import COWTOP, cowtop, free_port, spawned
from tap import equal, fail, PATIENCE, Skip, until


class Exporter:
    """`with Exporter(TARGET) as e:` listens at `host`, "" for a port alone, and has answered once. It may take
    `seconds` for that, and for an answer."""

    def __init__(self, *arguments, interval="0.2", host="127.0.0.1", seconds=PATIENCE):
        self.host, self.port, self.seconds = host or "127.0.0.1", free_port(), seconds
        where = f"[{host}]" if ":" in host else host
        self.words = [COWTOP, "export", "--listen", f"{where}:{self.port}" if host else str(self.port),
                      "-i", interval, *map(str, arguments)]

    def __enter__(self):
        if "libmicrohttpd: export does not listen" in cowtop("-V")[1]:
            raise Skip("this build has no libmicrohttpd")
        self.stack = contextlib.ExitStack()
        # AddressSanitizer keeps what was freed, 256 MiB of it if it is let.
        options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=1")))
        self.process = self.stack.enter_context(spawned(self.words, stderr=subprocess.DEVNULL,
                                                        env=dict(os.environ, ASAN_OPTIONS=options)))
        self.pid = self.process.pid
        until("it answers", self.answers, self.seconds)
        return self

    def __exit__(self, *how):
        self.stack.close()

    def answers(self):
        if self.process.poll() is not None:
            fail(f"cowtop export has ended: {self.process.returncode}")
        with contextlib.suppress(OSError):
            return self.get("/healthz")[0] == 200
        return False

    def connect(self, receive=None):
        """`receive`: bytes that are taken in before somebody reads them."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        s = socket.socket(family)
        if receive:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        s.settimeout(self.seconds)
        s.connect((self.host, self.port))
        return s

    def raw(self, request):
        """All that is answered until the connection ends."""
        with self.connect() as s:
            with contextlib.suppress(ConnectionError):
                s.sendall(request)
            return read_all(s)

    def get(self, path="/metrics", method="GET", version="1.1", headers=(), body=b""):
        """(status, {header: value}, body) of one answer; headers are lines."""
        length = [f"Content-Length: {len(body)}"] if body else []
        lines = [f"{method} {path} HTTP/{version}", "Host: x", *headers, *length, "", ""]
        return parsed(self.raw("\r\n".join(lines).encode() + body))

    def text(self, path="/metrics"):
        status, _, body = self.get(path)
        equal(path, status, 200)
        return body.decode()

    def figure(self, name):
        """Of the exporter itself: a series without a label."""
        return float(re.search(rf"^{name} (\S+)$", self.text(), re.M).group(1))

    # ---- what it holds

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def sockets(self):
        count = 0
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            with contextlib.suppress(OSError):
                count += os.readlink(f"/proc/{self.pid}/fd/{name}").startswith("socket:")
        return count

    def status(self, name):
        """A number of /proc/PID/status."""
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as file:
            return int(re.search(rf"^{name}:\s+(\d+)", file.read(), re.M).group(1))

    def reads(self):
        """Calls that read a file, until now; those of sockets are not among them."""
        with open(f"/proc/{self.pid}/io", encoding="ascii") as file:
            return int(re.search(r"^syscr: (\d+)", file.read(), re.M).group(1))


def read_all(s):
    out = b""
    with contextlib.suppress(ConnectionError):
        while got := s.recv(1 << 16):
            out += got
    return out


def parsed(answer):
    """Of one answer; (None, {}, b"") where it is none."""
    head, found, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not found or not re.match(r"HTTP/1\.[01] \d{3} ", lines[0]):
        return None, {}, b""
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), headers, body


def whole(answer):
    """One answer, of which nothing is missing and behind which nothing comes."""
    status, headers, body = parsed(answer)
    equal("bytes of the body", len(body), int(headers.get("content-length", -1)))
    return status
