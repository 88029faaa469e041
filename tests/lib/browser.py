"""A headless chromium that is spoken to through pipes (--remote-debugging-pipe): load a file, run a
script in it, and hear what it has logged."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from tap import fail, need, PATIENCE

# Every name leads nowhere, and a proxy that is not there would be asked for numbers.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9",
         "--remote-debugging-pipe"]


class Browser:
    """`with Browser(path) as b:` has loaded the page, a path or an address; b.log is what it said and what failed."""

    def __init__(self, path, size=(1200, 800)):
        need("chromium")
        self.folder = tempfile.mkdtemp(prefix="cowtop.")
        self.log, self.left, self.number = [], b"", 0
        theirs_in, self.out = os.pipe()
        self.input, theirs_out = os.pipe()
        program = ["sh", "-c", f'exec 3<&{theirs_in} 4>&{theirs_out}; exec "$@"', "sh", "chromium"]
        self.process = subprocess.Popen(
            [*program, *FLAGS, f"--window-size={size[0]},{size[1]}",
             f"--user-data-dir={self.folder}", "about:blank"], pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=self.folder, env={**os.environ, "HOME": self.folder})
        os.close(theirs_in)
        os.close(theirs_out)
        self.session = None
        try:
            self.load(path)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.out)
        os.close(self.input)
        # Its children write there until they notice.
        shutil.rmtree(self.folder, ignore_errors=True)

    def receive(self, deadline):
        while b"\0" not in self.left:
            if not select.select([self.input], [], [], max(0, deadline - time.monotonic()))[0]:
                fail("the browser does not answer")
            got = os.read(self.input, 1 << 16)
            if not got:
                fail("the browser has gone")
            self.left += got
        line, self.left = self.left.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, seconds=PATIENCE, until=None, **parameters):
        """The result of a command; with `until`, wait for that event as well."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        result, happened, deadline = None, until is None, time.monotonic() + seconds
        while result is None or not happened:
            answer = self.receive(deadline)
            if answer.get("id") == self.number:
                if "error" in answer:
                    fail(f"{method}: {answer['error']}")
                result = answer["result"]
            elif answer.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown",
                                          "Log.entryAdded"):
                self.log.append(json.dumps(answer["params"])[:600])
            happened = happened or answer.get("method") == until
        return result

    def load(self, path):
        page = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"],
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", until="Page.loadEventFired", url=path if "://" in path else f"file://{path}")

    def run(self, script):
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            fail(f"{script[:80]}: {json.dumps(answer['exceptionDetails'])[:400]}")
        return answer["result"].get("value")

    def dark(self):
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark"}])

    def screenshot(self):
        """A PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])
