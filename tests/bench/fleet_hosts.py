#!/usr/bin/python3
"""fleet_hosts.py PAGES HOSTS: a web server on loopback that plays so many hosts, /host/0/metrics and so on. Each is
asked for the next page of the file with every scrape, beginning at another one, so that their figures move as those of
the recording that the pages are of (scrapes.c). Prints its port; ends with its standard input."""
import asyncio
import os
import sys

REQUEST_MOST = 16384
STEP = 7    # pages from where a host begins to where the next does


def read_pages(path):
    """[(bytes, nanoseconds, packed page)]"""
    pages = []
    with open(path, "rb") as file:
        while line := file.readline():
            plain, packed, took = map(int, line.split())
            pages.append((plain, took, file.read(packed)))
    return pages


def answers(pages):
    """What goes over the wire, of each page."""
    head = ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/openmetrics-text; version=1.0.0; "
            "charset=utf-8\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n")
    return [head.format(len(packed)).encode() + packed for _, _, packed in pages]


class Hosts:
    def __init__(self, pages, count):
        self.answers = answers(pages)
        # the second half of the pages is for later scrapes
        self.at = [host * STEP % max(1, len(pages) // 2) for host in range(count)]

    def next(self, host):
        at = self.at[host]
        self.at[host] = (at + 1) % len(self.answers)
        return self.answers[at]

    async def serve(self, reader, writer):
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            writer.write(self.next(int(request.split(b"/", 3)[2])))
            await writer.drain()
        except (OSError, ValueError, IndexError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass    # Prometheus sees it as a scrape that failed, and so does the bench
        finally:
            writer.close()


async def main():
    hosts = Hosts(read_pages(sys.argv[1]), int(sys.argv[2]))
    server = await asyncio.start_server(hosts.serve, "127.0.0.1", 0, limit=REQUEST_MOST, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_reader(0, lambda: ended.done() or os.read(0, 1) or ended.set_result(None))
    await ended


if __name__ == "__main__":
    asyncio.run(main())
