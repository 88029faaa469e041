#!/usr/bin/python3
"""Asks a PHP-FPM for a page, so many times, one after the other: fastcgi.py SOCKET SCRIPT COUNT"""
import socket
import struct
import sys

BEGIN, PARAMS, STDIN, STDOUT, END = 1, 4, 5, 6, 3


def record(kind, body):
    return struct.pack("!BBHHBx", 1, kind, 1, len(body), 0) + body


def pair(name, value):
    return bytes([len(name), len(value)]) + name.encode() + value.encode()


def page(path, script):
    """What it answers."""
    params = dict(SCRIPT_FILENAME=script, REQUEST_METHOD="GET", SCRIPT_NAME="/page.php", QUERY_STRING="")
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(record(BEGIN, struct.pack("!HB5x", 1, 0)) +
                  record(PARAMS, b"".join(pair(*p) for p in params.items())) + record(PARAMS, b"") + record(STDIN, b""))
        said = b""
        with s.makefile("rb") as answer:
            while True:
                _, kind, _, length, padding = struct.unpack("!BBHHBx", answer.read(8))
                body = answer.read(length + padding)[:length]
                said += body if kind == STDOUT else b""
                if kind == END:
                    return said.decode()


def main(path, script, count):
    for _ in range(int(count)):
        said = page(path, script)
        if "served" not in said:
            sys.exit(f"fastcgi: {said[:200]}")


try:
    main(*sys.argv[1:])
except (OSError, struct.error) as e:
    sys.exit(f"fastcgi: {sys.argv[1]}: {e}")
