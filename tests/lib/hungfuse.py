"""A FUSE file system with one program on it, whose server can stop to answer: Mount. Root only."""
import contextlib
import ctypes
import errno
import os
import signal
import stat
import struct

from tap import fail, need, Skip, until

# include/uapi/linux/fuse.h, protocol 7.31
LOOKUP, FORGET, GETATTR, OPEN, READ, RELEASE, FLUSH, INIT, INTERRUPT, BATCH_FORGET = 1, 2, 3, 14, 15, 18, 25, 26, 36, 42
ROOT, PROGRAM = 1, 2
MNT_DETACH = 2


def attributes(node, size):
    mode = stat.S_IFDIR | 0o755 if node == ROOT else stat.S_IFREG | 0o755
    return struct.pack("<6Q10I", node, size, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer(opcode, node, body, name, data):
    """What is sent back; None: nothing. Nothing may be kept: every question comes again."""
    if opcode == INIT:
        return 0, struct.pack("<4I2H2I2H8I", 7, 31, 65536, 0, 12, 8, 65536, 1, 0, 0, *[0] * 8)
    if opcode == LOOKUP:
        if body.rstrip(b"\0") != name:
            return -errno.ENOENT, b""
        return 0, struct.pack("<4Q2I", PROGRAM, 0, 0, 0, 0, 0) + attributes(PROGRAM, len(data))
    if opcode == GETATTR:
        return 0, struct.pack("<Q2I", 0, 0, 0) + attributes(node, len(data) if node == PROGRAM else 0)
    if opcode == OPEN:
        return 0, struct.pack("<Q2I", 0, 0, 0)
    if opcode == READ:
        _, at, size = struct.unpack_from("<QQI", body)
        return 0, data[at:at + size]
    if opcode in (FLUSH, RELEASE):
        return 0, b""
    return None if opcode in (FORGET, INTERRUPT, BATCH_FORGET) else (-errno.ENOSYS, b"")


def serve(device, name, data):
    while True:
        try:
            request = os.read(device, 1 << 18)
        except OSError:
            os._exit(0)   # unmounted
        _, opcode, unique, node = struct.unpack_from("<IIQQ", request)
        said = answer(opcode, node, request[40:], name, data)
        if said:
            with contextlib.suppress(OSError):
                os.write(device, struct.pack("<IiQ", 16 + len(said[1]), said[0], unique) + said[1])


class Mount:
    """`with`: `program` is copied onto it as `.path`. hang() stops the server until the end of the block."""

    def __init__(self, place, program):
        need("/dev/fuse")
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.folder, self.path = place, os.path.join(place, os.path.basename(program))
        with open(program, "rb") as f:
            data = f.read()
        device = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other"
        if self.libc.mount(b"hung", place.encode(), b"fuse", 0, options.encode()):
            os.close(device)
            raise Skip(f"no FUSE here: {os.strerror(ctypes.get_errno())}")
        self.server = os.fork()
        if not self.server:
            try:
                serve(device, os.path.basename(program).encode(), data)
            finally:
                os._exit(1)
        os.close(device)

    def hang(self):
        os.kill(self.server, signal.SIGSTOP)
        until("the server stands still", lambda: self._state() == "T")

    def _state(self):
        with open(f"/proc/{self.server}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        os.kill(self.server, signal.SIGCONT)
        self.libc.umount2(self.folder.encode(), MNT_DETACH)
        os.kill(self.server, signal.SIGKILL)
        os.waitpid(self.server, 0)
        if exc[0] is None and os.path.exists(self.path):
            fail("the mount is still there")
