"""A reader and a writer of recordings, made from cowtop-record(5) and from nothing else."""
import ctypes
import re
import struct

from tap import equal, ROOT


def text(path):
    with open(f"{ROOT}/{path}", encoding="utf-8") as file:
        return file.read()


def crc(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def __bool__(self):
        return self.at < len(self.data)

    def take(self, size):
        assert self.at + size <= len(self.data)
        self.at += size
        return self.data[self.at - size:self.at]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def svarint(self):
        value = self.varint()
        return -(value + 1) // 2 if value & 1 else value // 2

    def string(self):
        return self.take(self.varint()).decode("utf-8", "surrogateescape")

    def sections(self):
        while self:
            tag = self.varint()
            yield tag, Bytes(self.take(self.varint()))


def head(data):
    magic, version, least, features, page_size, size, check, own = struct.unpack_from("<8sHHIIIII", data)
    equal("magic, version, least version, features", (magic.hex(), version, least, features),
          ("89434f57544f500a", 1, 1, 0))
    equal("checksum of the head", own, crc(data[:28]))
    equal("checksum of its sections", check, crc(data[32:32 + size]))
    return page_size, dict(Bytes(data[32:32 + size]).sections()), 32 + size


def records(data, at):
    """(offset, type, flags, time, index, number, payload) of each, up to the end of the file."""
    while at < len(data):
        marker, kind, flags, size, length, check, when, index, number, own = \
            struct.unpack_from("<4sBBHIIqQII", data, at)
        assert marker.hex() == "f1637472" and own == crc(data[at:at + 36])
        payload = data[at + size:at + size + length]
        assert check == crc(payload)
        yield at, kind, flags, when, index, number, payload
        at += size + length


def table(page):
    """What the page says of columns: {tag: (text, "fact", "code" or "")}."""
    rows = {}
    samples = page[page.index(".SH SAMPLES"):page.index(".SH ADDRESS SPACES")]
    samples = re.sub(r"T\{\n(.*?)\nT\}", r"\1", samples, flags=re.S)
    for tags, what, kind in re.findall(r"^([\d, ]+)\|([^|]+)\|(\w*)$", samples, re.M):
        rows.update((int(tag), (what, kind)) for tag in tags.split(", "))
    return rows


class Unzip:
    """RFC 8878 by the library itself, a piece of a frame at a time."""

    class Piece(ctypes.Structure):
        _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t), ("done", ctypes.c_size_t)]

    def __init__(self):
        self.library = ctypes.CDLL("libzstd.so.1")
        for name, result in (("createDStream", ctypes.c_void_p), ("initDStream", ctypes.c_size_t),
                             ("decompressStream", ctypes.c_size_t), ("isError", ctypes.c_uint)):
            getattr(self.library, f"ZSTD_{name}").restype = result
        self.stream = ctypes.c_void_p(self.library.ZSTD_createDStream())

    def begin(self):
        self.library.ZSTD_initDStream(self.stream)

    def add(self, data):
        room = ctypes.create_string_buffer(1 << 20)
        source = self.Piece(ctypes.cast(data, ctypes.c_void_p), len(data), 0)
        to = self.Piece(ctypes.cast(room, ctypes.c_void_p), len(room), 0)
        while source.done < source.size:
            left = self.library.ZSTD_decompressStream(self.stream, ctypes.byref(to), ctypes.byref(source))
            assert not self.library.ZSTD_isError(ctypes.c_size_t(left))
        return room.raw[:to.done]


class Reader:
    """Samples, from what is in the payloads of their records."""

    def __init__(self):
        self.columns = table(text("man/cowtop-record.5"))
        self.processes, self.values, self.host = [], {}, None

    def members(self, body):
        old, self.processes = self.processes, []
        for _ in range(body.varint()):
            k = body.varint()
            self.processes.append(old[k - 1] if k else {"pid": body.varint(),
                                                        "start": body.varint()})

    def column(self, tag, body, rows):
        kind = self.columns[tag][1]
        shift = 0 if kind == "code" else body.take(1)[0]
        for row in rows:
            if not body:
                return
            if kind == "code":
                row[tag] = body.take(1)[0]
            else:
                before = row.get(tag, -1 if kind == "fact" else 0)
                after = (before + (body.svarint() << shift)) % (1 << 64)
                row[tag] = after - (1 << 64) if after >= 1 << 63 else after

    def sample(self, key, payload):
        if key:
            self.processes, self.values = [], {}
        for tag, body in Bytes(payload).sections():
            interpreters = [i for p in self.processes for i in p.get("interpreters", [])]
            if tag == 1:
                self.members(body)
            elif tag == 2:
                self.host = body.string(), body.string()
            elif tag == 3:
                while body:
                    process, which = body.varint(), body.varint()
                    self.processes[process][f"text {which}"] = body.string()
            elif tag == 4:
                while body:
                    process, many = body.varint(), body.varint()
                    self.processes[process]["gaps"] = [
                        (body.string(), body.svarint(), body.string()) for _ in range(many)]
            elif tag == 5:
                while body:
                    process, many = body.varint(), body.varint()
                    self.processes[process]["settings"] = [
                        (body.string(), body.string()) for _ in range(many)]
            elif tag == 6:
                for process in self.processes:
                    had = process.get("interpreters", [])
                    process["interpreters"] = (had + [{} for _ in range(9)])[:body.varint()]
            elif tag in self.columns:
                self.column(tag, body, [self.values] if tag < 32 else
                            self.processes if tag < 96 else interpreters)


def address_space(payload):
    """(pid, start time, mappings, stretches) of a SPACE."""
    sections = dict(Bytes(payload).sections())
    mappings, end = [], 0
    for _ in range(sections[2].varint()):
        start = end + sections[2].varint()
        end = start + sections[2].varint()
        mappings.append((start, end, sections[2].varint(), sections[2].string(),
                         [sections[2].varint() - 1 for _ in range(7)]))
    stretches, end = [], 0
    for _ in range(sections[3].varint()):
        start = end + sections[3].varint()
        pages, kind = divmod(sections[3].varint(), 8)
        end = start + pages
        stretches.append((start, pages, kind))
    return sections[1].varint(), sections[1].varint(), mappings, stretches


class Writer:
    """The other way round, from the same page: no compression, every kind of record and section."""

    def __init__(self, page_size, begin, texts=(b"another program", b"somewhere else")):
        sections = self.section(1, self.svarint(begin)) + self.section(2, self.svarint(1_000_000_000)) + \
            self.section(3, texts[0]) + self.section(4, texts[1]) + self.section(99, b"of a later version")
        fixed = bytes.fromhex("89434f57544f500a") + struct.pack("<HHIIII", 7, 1, 0, page_size, len(sections),
                                                                crc(sections))
        self.data = fixed + struct.pack("<I", crc(fixed)) + sections
        self.index_at, self.keys, self.marks = 0, [], []
        self.columns = table(text("man/cowtop-record.5"))

    @staticmethod
    def varint(value):
        out = b""
        while value >= 0x80:
            out += bytes([value & 0x7F | 0x80])
            value >>= 7
        return out + bytes([value])

    @classmethod
    def svarint(cls, value):
        return cls.varint(2 * value if value >= 0 else -2 * value - 1)

    @classmethod
    def string(cls, value):
        return cls.varint(len(value)) + value

    @classmethod
    def section(cls, tag, body):
        return cls.varint(tag) + cls.varint(len(body)) + body

    def record(self, kind, payload, when=0, number=0, flags=0, extra=b""):
        """`extra`: a header that is longer than today's."""
        at = len(self.data)
        fixed = bytes.fromhex("f1637472") + struct.pack("<BBHIIqQI", kind, flags, 40 + len(extra), len(payload),
                                                        crc(payload), when, self.index_at, number)
        self.data += fixed + struct.pack("<I", crc(fixed)) + extra + payload
        return at

    def column(self, tag, before, after):
        if self.columns[tag][1] == "code":
            return self.section(tag, bytes(after))
        steps = [b - a for a, b in zip(before, after)]
        shift = 0
        while any(steps) and not any(step >> shift & 1 for step in steps):
            shift += 1
        return self.section(tag, bytes([shift]) + b"".join(self.svarint(step >> shift) for step in steps))

    def index(self):
        groups, at, when = b"", 0, 0
        for key, time, samples in self.keys:
            groups += self.varint(key - at) + self.svarint(time - when) + self.varint(samples)
            at, when = key, time
        marks, at = b"", 0
        for mark in self.marks:
            marks, at = marks + self.varint(mark - at), mark
        body = self.section(1, self.varint(len(self.keys)) + groups) + \
            self.section(2, self.varint(len(self.marks)) + marks)
        self.index_at = self.record(4, body)
