#!/usr/bin/python3
"""What is asked of `cowtop export --listen`, byte by byte: requests that are odd, broken or hostile are answered or
refused, whatever a connection does it ends, and a scrape reads nothing of the pool."""
import contextlib
import gzip
import os
import random
import socket
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("lib", "cli")] + [HERE]
from exporter import Exporter, parsed, read_all, whole
from run import cowtop, folder, free_port, write_file
from smallpool import fails, SmallPool
from tap import equal, main, Skip, SLOW, test, true, until

HOST = b"Host: x\r\n"
OPEN, PLAIN = "application/openmetrics-text", "text/plain"
CONNECTIONS = 128
FLAT_KIB = 16384 * SLOW * SLOW      # what malloc and a sanitizer keep


def request(path=b"/healthz", method=b"GET", version=b"1.1", more=b""):
    return method + b" " + path + b" HTTP/" + version + b"\r\n" + HOST + more + b"\r\n"


# What is asked, and the statuses that it may have.
ODD = {
    "HTTP/1.0": (request(version=b"1.0"), {200}),
    "HTTP/1.0 that wants to go on": (request(version=b"1.0", more=b"Connection: keep-alive\r\n"), {200}),
    "HTTP/0.9": (b"GET /healthz\r\n\r\n", {400}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    "an upgrade": (request(more=b"Connection: Upgrade\r\nUpgrade: h2c\r\n"), {200}),
    "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", {200, 400}),
    "lines without a return": (b"GET /healthz HTTP/1.1\nHost: x\n\n", {200, 400}),
    "a folded header": (request(more=b"A: b\r\n c\r\n"), {200, 400}),
    "a header without a colon": (request(more=b"hello\r\n"), {200, 400}),
    "a method in small letters": (request(method=b"get"), {405}),
    "TRACE": (request(method=b"TRACE"), {405}),
    "CONNECT": (b"CONNECT x:1 HTTP/1.1\r\n" + HOST + b"\r\n", {400, 405}),
    "OPTIONS *": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", {405}),
    "a chunked body": (request(more=b"Transfer-Encoding: chunked\r\n") + b"5\r\nhello\r\n0\r\n\r\n", {200}),
    "chunks that are none": (request(more=b"Transfer-Encoding: chunked\r\n") + b"zz\r\nhello\r\n", {400}),
    "a chunk without an end": (request(more=b"Transfer-Encoding: chunked\r\n") + b"f" * 40 + b"\r\n", {400, 413}),
    "a length below 0": (request(more=b"Content-Length: -5\r\n"), {400}),
    "a length without an end": (request(more=b"Content-Length: " + b"9" * 40 + b"\r\n"), {400, 413}),
    "a POST that would be large": (request(method=b"POST", more=b"Content-Length: 999999999\r\n") + b"abc", {405}),
    "a POST that asks first": (request(method=b"POST", more=b"Content-Length: 5\r\nExpect: 100-continue\r\n"), {405}),
    "a long path": (request(b"/" + b"a" * 12000), {404}),
    "a longer path": (request(b"/" + b"a" * 100000), {414}),
    "a long query": (request(b"/healthz?" + b"a" * 12000), {200}),
    "a query with a NUL": (request(b"/healthz?a=b&c[]=%00"), {200}),
    "400 headers": (request(more=b"".join(b"H%d: x\r\n" % i for i in range(400))), {200, 431}),
    "4000 headers": (request(more=b"".join(b"H%d: x\r\n" % i for i in range(4000))), {431}),
    "a large header": (request(more=b"Accept: " + b"a/b," * 30000 + b"\r\n"), {431}),
    "a NUL escaped": (request(b"/healthz%00"), {404}),
    "a NUL escaped, and more": (request(b"/healthz%00.html"), {404}),
    "half an escape": (request(b"/healthz%"), {404}),
    "a NUL": (request(b"/healthz\0"), {200, 400, 404}),
    "a NUL in a header": (request(more=b"A\0ccept: x\0y\r\n"), {200, 400}),
    "a path with dots": (request(b"/../healthz"), {404}),
    "a path twice": (request(b"//healthz"), {404}),
    "a whole address": (request(b"http://x/healthz"), {200, 404}),
    "no path": (b"GET  HTTP/1.1\r\n" + HOST + b"\r\n", {400, 404}),
    "all bytes": (bytes(range(256)) * 8, {400, 405}),
    "20000 spaces": (b" " * 20000, {400, 414}),
    "10000 empty lines": (b"\r\n" * 10000, {400, 414}),
}
# They are never at an end: nothing is answered, and after a time they are sent away.
UNENDED = (b"", b"G", b"GET /metr", b"GET /metrics HTTP/1.1\r\nHost: x\r\n", b"\r\n" * 100,
           b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500,
           request(more=b"Content-Length: 100\r\n") + b"half")


@test
def odd_requests():
    """Odd, broken and hostile requests: one whole answer each, then the end of the connection"""
    with SmallPool(1) as pool, Exporter(pool.master, interval="1h") as e:
        for name, (asked, statuses) in ODD.items():
            answer = e.raw(asked)
            status = parsed(answer)[0]
            # Who has sent more than was read may see the connection reset before the answer.
            if not (len(asked) > 16384 and not answer):
                true(f"{name}: {status}", status in statuses, answer[:200])
                # libmicrohttpd says the head of some refusals twice
                true(f"{name}: one answer", answer.count(b"HTTP/1.1 ") == 1 or status in (400, 413), answer)
        equal("and then", e.get("/healthz")[::2], (200, b"ok\n"))


@test
def one_answer():
    """A connection is for one answer: of two requests in a row, or one in the body of the other, one is answered"""
    with SmallPool(1) as pool, Exporter(pool.master, interval="1h") as e:
        two = request() + request(b"/metrics")
        smuggling = request(more=b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")
        within = smuggling + b"0\r\n\r\n" + request(b"/metrics")
        for asked in (two, within, request() * 100):
            answer = e.raw(asked)
            equal("the status", whole(answer), 200)
            true("the first", answer.endswith(b"ok\n"), answer)
            equal("it says so", parsed(answer)[1]["connection"], "close")


@test
def head():
    """HEAD has the headers of GET, and no body"""
    with SmallPool(1) as pool, Exporter(pool.master, interval="1h") as e:
        for path in ("/metrics", "/healthz", "/", "/nothing"):
            for headers in ((), ("Accept-Encoding: gzip",)):
                status, had, body = e.get(path, headers=headers)
                got = e.get(path, "HEAD", headers=headers)
                equal(f"HEAD {path}", (got[0], got[2]), (status, b""))
                for name in ("content-length", "content-type", "content-encoding"):
                    equal(f"{name} of {path}", got[1].get(name), had.get(name))
                equal("the length", int(had["content-length"]), len(body))


@test
def kinds():
    """Accept: the format of the greatest weight, whatever is said of others; without one Prometheus' text"""
    wanted = {
        None: PLAIN, "*/*": PLAIN, "text/html": PLAIN, "": PLAIN,
        OPEN: OPEN, f"{OPEN};q=0.2,{PLAIN};q=0.1": OPEN, f"{OPEN};q=0.1,{PLAIN};q=0.2": PLAIN,
        f"{OPEN};q=0,*/*": PLAIN, f"{OPEN}; q=0.5, */*; q=0.4": OPEN, f"{PLAIN};q=0,{OPEN};q=0.001": OPEN,
        f"{OPEN};version=1.0.0;q=0.8,{OPEN};version=0.0.1;q=0.75,{PLAIN};version=0.0.4;q=0.5,*/*;q=0.1": OPEN,
        f"{OPEN.upper()}": OPEN, "application/*": OPEN, "text/*;q=0.1,application/*;q=0.9": OPEN,
        ",,;;q=,;q": PLAIN, f"{OPEN};q=junk,{PLAIN}": PLAIN,
    }
    with SmallPool(1) as pool, Exporter(pool.master, interval="1h") as e:
        for accept, kind in wanted.items():
            status, had, body = e.get(headers=[] if accept is None else [f"Accept: {accept}"])
            equal(f"Accept: {accept}", (status, had["content-type"].split(";")[0]), (200, kind))
            equal("the end of OpenMetrics", body.endswith(b"# EOF\n"), kind == OPEN)
            equal("Vary", had["vary"], "accept, accept-encoding")


@test
def codings():
    """Accept-Encoding: gzip where it is accepted, and the same text as without it"""
    packed = ("gzip", "deflate, gzip", "gzip;q=0.1", "*", "br;q=1.0, gzip;q=0.8, *;q=0.1", "GZIP", "identity;q=0, *")
    plain = (None, "", "identity", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "deflate", "xgzip", "gzipx")
    with SmallPool(1) as pool, Exporter(pool.master, interval="1h") as e:
        text = e.get()[2]
        for accept in packed + plain:
            status, had, body = e.get(headers=[] if accept is None else [f"Accept-Encoding: {accept}"])
            equal(f"Accept-Encoding: {accept}", (status, had.get("content-encoding")),
                  (200, "gzip" if accept in packed else None))
            equal("the text", gzip.decompress(body) if accept in packed else body, text)


@test
def six():
    """It listens at an address of IPv6"""
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
    except OSError as error:
        raise Skip(f"no ::1 here: {error.strerror}") from None
    with SmallPool(1) as pool, Exporter(pool.master, host="::1") as e:
        equal("healthz", e.get("/healthz")[::2], (200, b"ok\n"))


@test
def scrapes_read_nothing():
    """Ten who scrape at once: not one file is read for them, and all have the same sample"""
    with SmallPool(2) as pool, Exporter(pool.master, interval="1h") as e:
        before, texts = e.reads(), set()

        def scrape():
            for _ in range(20):
                texts.add(e.get()[2])
        threads = [threading.Thread(target=scrape) for _ in range(10)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        equal("calls that read", e.reads() - before, 0)
        equal("texts", len(texts), 1)
        true("of the first sample", b"\ncowtop_export_samples_total 1\n" in texts.pop())


@test
def cut_off():
    """Who resets the connection, before or in the midst of an answer, harms nobody"""
    with SmallPool(40) as pool, Exporter(pool.master, interval="1h") as e:
        for asked in (b"", b"GET", request(b"/metrics")):
            for read in (0, 10):
                for _ in range(30):
                    with e.connect(receive=2048) as s:
                        s.sendall(asked)
                        if read and asked.endswith(b"\r\n\r\n"):
                            s.recv(read)
                        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        equal("and then", e.get("/healthz")[0], 200)
        equal("it lives", e.process.poll(), None)


@test
def noise():
    """Requests with bytes changed by lot: answered or refused, and it goes on"""
    lot = random.Random(18)
    with SmallPool(1) as pool, Exporter(pool.master) as e:
        for _ in range(400):
            asked = bytearray(request(b"/metrics", more=b"Accept: " + OPEN.encode() + b";q=0.5\r\n"
                                      b"Accept-Encoding: gzip, *;q=0\r\nContent-Length: 0\r\n"))
            for _ in range(lot.randrange(1, 8)):
                at = lot.randrange(len(asked))
                asked[at:at + lot.randrange(3)] = lot.randbytes(lot.randrange(3))
            with e.connect() as s:
                with contextlib.suppress(ConnectionError, TimeoutError):
                    s.sendall(asked)
                    s.shutdown(socket.SHUT_WR)
                    s.settimeout(0.02)
                    s.recv(1 << 16)
        equal("and then", e.get("/healthz")[0], 200)


@test
def nothing_whole():
    """Who never comes to the end of a request is sent away; nobody else waits for them"""
    with SmallPool(1) as pool, Exporter(pool.master) as e, contextlib.ExitStack() as held:
        clients = [held.enter_context(e.connect()) for _ in UNENDED]
        for s, asked in zip(clients, UNENDED):
            s.sendall(asked)
        began = time.monotonic()
        equal("another one", e.get("/healthz")[0], 200)
        true("at once", time.monotonic() - began < 4 * SLOW)
        for s, asked in zip(clients, UNENDED):
            with contextlib.suppress(ConnectionError):
                true(f"sent away: {asked[:20]}", parsed(read_all(s))[0] in (None, 400, 408))


@test
def slow_readers():
    """More who read a byte a second of a large page than there are connections: samples go on, then all is as before"""
    with SmallPool(60) as pool, folder() as place, Exporter(pool.master, "--textfile", f"{place}/it.prom") as e:
        page = len(e.get()[2])
        true("a large page", page > 50000, page)
        for _ in range(20):
            e.get()
        before, kib, samples = e.sockets(), e.status("VmRSS"), e.figure("cowtop_export_samples_total")
        with contextlib.ExitStack() as held:
            clients = []
            for _ in range(CONNECTIONS + 40):
                s = held.enter_context(socket.socket())
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                s.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    s.connect((e.host, e.port))
                clients.append(s)
            until("all are served that can be", lambda: e.sockets() >= before + CONNECTIONS - 2)
            for s in clients:
                with contextlib.suppress(OSError):
                    s.sendall(request(b"/metrics"))
            for _ in range(3):
                taken(place, clients)
                true("connections", e.sockets() <= before + CONNECTIONS, f"{before} {e.sockets()}")
            equal("another one", e.get("/healthz")[0], 200)
        until("samples went on", lambda: e.figure("cowtop_export_samples_total") > samples + 2)
        until("no connection is left", lambda: e.sockets() <= before)
        true("memory", e.status("VmRSS") < kib + FLAT_KIB + CONNECTIONS * page // 1024,
             f"{kib} {e.status('VmRSS')}")


def taken(place, clients):
    """The next sample, while each of them reads one byte: it is in the text file."""
    def written():
        with contextlib.suppress(FileNotFoundError):
            return os.stat(f"{place}/it.prom").st_ino
        return None
    at = written()
    for s in clients:
        with contextlib.suppress(OSError):
            s.recv(1)
    until("the next sample", lambda: written() != at)


@test
def no_library():
    """Without libmicrohttpd it says in a line what to install, and needs none of it otherwise"""
    if "libmicrohttpd: export does not listen" in cowtop("-V")[1]:
        said = fails(1, "export", "--listen", free_port())
        true("what there is instead", "--textfile" in said and "libmicrohttpd-dev" in said, said)
        return
    with folder() as place, SmallPool(1) as pool:
        write_file(f"{place}/libmicrohttpd.so.12", "")
        # It is looked for there first, and is no library.
        env = dict(os.environ, LD_LIBRARY_PATH=place)
        said = fails(1, "export", "--listen", free_port(), pool.master, env=env)
        true("what to install", "libmicrohttpd12" in said, said)
        equal("a text file", cowtop("export", "--textfile", f"{place}/it.prom", pool.master, env=env)[0], 0)
        equal("-V", cowtop("-V", env=env)[0], 0)


main()
