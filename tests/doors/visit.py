"""Who comes to cowtop, and to whom it goes: a scraper, and a collector of profiles."""
import contextlib
import http.client
import http.server
import os
import signal
import subprocess
import threading
import time

import metrics

# A scraper waits as long for an answer, and comes so often where there is none.
ANSWER, VISITS = 1.5, 2


def scrape(port, seconds):
    """The page, or None where none came; ConnectionRefusedError: nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", "/metrics", headers={"Accept": metrics.OPENMETRICS})
        answer = connection.getresponse()
        return answer.read() if answer.status == 200 else None
    except ConnectionRefusedError:
        raise
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def asked(process, port, deadline, seconds):
    """The page of a second look, or the last one that came; nothing where nobody answers, or the process ends."""
    end, in_vain, page = time.monotonic() + deadline, 0, b""
    while process.poll() is None and time.monotonic() < end and in_vain < VISITS:
        try:
            got = scrape(port, seconds)
        except ConnectionRefusedError:
            time.sleep(0.02)
            continue
        in_vain += got is None
        page = got or page
        if metrics.looks(page) >= 2:
            break
        time.sleep(0.02)
    return page


def child_of(pid):
    """The only one that it has."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return int(file.read().split()[0])


def visited(command, port, deadline, environment, patient, traced):
    """(status, what was scraped, stderr) of a cowtop that goes on until it is stopped; `traced`: a child's of doors."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment) as process:
        try:
            page = asked(process, port, deadline, deadline if patient else ANSWER)
            with contextlib.suppress(OSError, IndexError):
                os.kill(child_of(process.pid) if traced else process.pid, signal.SIGTERM)
            _, err = process.communicate(timeout=deadline)
        finally:
            process.kill()
    return process.returncode, page, err


class Collector:
    """Takes every profile that is pushed to it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

        def handle(self):
            with contextlib.suppress(OSError):      # who calls may be in trouble
                super().handle()

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *exc):
        self.server.shutdown()
        self.server.server_close()
