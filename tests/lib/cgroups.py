"""Cgroups of version 2 that a test makes, named as systemd and the container runtimes name theirs, and takes away."""
import contextlib
import os

from tap import need_root, Skip, until

MOUNTS = "/sys/fs/cgroup/unified", "/sys/fs/cgroup"
TOP = f"cowtest{os.getpid()}.slice"


def root_of():
    """Where version 2 is mounted and folders may be made."""
    need_root()
    for mount in MOUNTS:
        if os.path.exists(f"{mount}/cgroup.procs") and os.access(mount, os.W_OK):
            return mount
    raise Skip("no cgroup2 that may be written to")


def move(folder, pid):
    with open(f"{folder}/cgroup.procs", "w", encoding="ascii") as f:
        f.write(str(pid))


@contextlib.contextmanager
def cgroup(name):
    """A cgroup TOP/NAME, below which processes are put by the function that this yields."""
    top = f"{root_of()}/{TOP}"
    path = f"{top}/{name}"
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as e:
        raise Skip(f"no cgroup can be made here: {e}") from e

    def put(*pids):
        for pid in pids:
            move(path, pid)
    try:
        yield put
    finally:
        until("the cgroup is empty", lambda: not open(f"{path}/cgroup.procs", encoding="ascii").read())
        os.rmdir(path)
        if not [e for e in os.scandir(top) if e.is_dir()]:
            os.rmdir(top)
