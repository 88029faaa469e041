"""The records of a recording, walked as cowtop-record(5) says: a second reader of the frame."""
import struct

HEAD = struct.Struct("<8sHHIIIII")
RECORD = struct.Struct("<4sBBHIIqQII")
SAMPLE, SPACE, MARK, INDEX, END, STACKS = range(1, 7)
KEY = 1


class Record:
    def __init__(self, at, fields, payload):
        (self.marker, self.type, self.flags, self.header, self.length, self.crc, self.time_ns, self.index,
         self.number, _) = fields
        self.at, self.payload = at, payload

    @property
    def key(self):
        return bool(self.flags & KEY)


def records(path):
    """All whole records; what is left over at the end is no record."""
    with open(path, "rb") as file:
        data = file.read()
    magic, *_, sections, _, _ = HEAD.unpack_from(data)
    assert magic == b"\x89COWTOP\n", magic
    at, found = HEAD.size + sections, []
    while at + RECORD.size <= len(data):
        record = Record(at, RECORD.unpack_from(data, at), b"")
        begin, end = at + record.header, at + record.header + record.length
        if record.marker != b"\xf1ctr" or end > len(data):
            break
        record.payload = data[begin:end]
        found.append(record)
        at = end
    return found, len(data) - at


def whole(path):
    """Its records; nothing may be left over, and the end must be there, once."""
    found, left = records(path)
    assert left == 0, f"{left} bytes behind the last record"
    kinds = [r.type for r in found if r.type != MARK]
    assert kinds[-1] == END and kinds.count(END) == 1 and kinds[-2] == INDEX, kinds
    return found


def samples(path):
    return [r for r in records(path)[0] if r.type == SAMPLE]


def marks(path):
    return [r.payload.decode() for r in records(path)[0] if r.type == MARK]
