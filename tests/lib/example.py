"""The example application (scripts/example/app.py) under a real gunicorn and a real load."""
import os

from tap import need, ROOT

FOLDER = os.path.join(ROOT, "scripts", "example")
WORKERS = 4


def environment(loss, fix):
    return dict(os.environ, LOSS=loss, FIX="1" if fix else "", PYTHONDONTWRITEBYTECODE="1")


def server(port, preload=True):
    """The command, to be run in its folder."""
    need("gunicorn")
    return ["gunicorn", *(["--preload"] if preload else []), "-w", str(WORKERS), "-b", f"127.0.0.1:{port}", "app:app"]


def requests(port, count):
    """The command of so many, one from each of four clients at a time."""
    need("ab")
    return ["ab", "-q", "-n", str(count), "-c", "4", f"http://127.0.0.1:{port}/"]
