"""A real Prometheus that scrapes the hosts of fleet_hosts.py, and what it says of itself."""
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from measure import cpu_of

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONFIG = """
global: {{scrape_interval: {interval}s, scrape_timeout: {timeout}s}}
scrape_configs:
  - job_name: cowtop
    static_configs:
      - targets: [{targets}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: instance}}
      - source_labels: [__address__]
        regex: 'host(\\d+):.*'
        target_label: __metrics_path__
        replacement: '/host/$1/metrics'
      - {{target_label: __address__, replacement: '127.0.0.1:{port}'}}
"""
# The series of single workers that no rule needs.
DROP = """
    metric_relabel_configs:
      - {source_labels: [__name__, worker], regex: 'cowtop_(process_.*|gc_threshold);.+', action: drop}
"""
READY_S = 60
QUIET_S = 300
QUIET = 0.02    # of a CPU


def config(hosts, port, interval, drop):
    targets = ", ".join(f"'host{host}:9835'" for host in range(hosts))
    text = CONFIG.format(interval=interval, timeout=min(10, interval), targets=targets, port=port)
    return text + DROP if drop else text


class Prometheus:
    """`with`: it runs, in a folder of its own, and has answered."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port

    def __enter__(self):
        words = ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}"]
        self.log = open(f"{self.folder}/log", "wb")
        self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        until = time.monotonic() + READY_S
        while not self.is_ready():
            if self.child.poll() is not None or time.monotonic() > until:
                sys.exit("fleet: prometheus does not start: " + " ".join(self.said()[-1:]))
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()
        self.log.close()

    def get(self, path, **query):
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=120) as answer:
            return answer.read().decode("utf-8")

    def is_ready(self):
        try:
            return bool(self.get("/-/ready"))
        except OSError:
            return False

    def ask(self, path, **query):
        return json.loads(self.get(f"/api/v1/{path}", **query))["data"]["result"]

    def value(self, query):
        result = self.ask("query", query=query)
        return float(result[0]["value"][1]) if result else float("nan")

    def itself(self):
        """{name with labels: value} of its own /metrics."""
        rows = re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", self.get("/metrics"), re.M)
        return {name: float(value) for name, value in rows}

    def stand_still(self):
        """It scrapes nothing any more; what it has taken in can be asked, at a time that was."""
        with open(f"{self.folder}/prometheus.yml", "w", encoding="utf-8") as file:
            file.write("scrape_configs: []\n")
        self.child.send_signal(signal.SIGHUP)
        until = time.monotonic() + QUIET_S
        while time.monotonic() < until:
            before = cpu_of(self.child.pid)
            time.sleep(2)
            if cpu_of(self.child.pid) - before < 2 * QUIET:
                return
        sys.exit("fleet: prometheus does not come to rest")

    def cost(self, path, **query):
        """CPU seconds that an answer takes it while it does nothing else."""
        before = cpu_of(self.child.pid)
        self.ask(path, **query)
        return cpu_of(self.child.pid) - before

    def said(self):
        """Its warnings and errors: what was refused of a scrape is among them."""
        with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as file:
            return [line.strip() for line in file if re.search(r"level=(warn|error)|^panic", line)]
