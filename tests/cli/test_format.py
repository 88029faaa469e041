#!/usr/bin/python3
"""cowtop-record(5) is enough to read and to write a recording: see tests/lib/bythepage.py."""
import json
import os
import re
import resource
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import run
from run import cowtop
from tap import equal, main, ROOT, test, true
from bythepage import Bytes, Reader, Unzip, Writer, address_space, crc, head, records, table, text


def recording(name):
    with open(f"{ROOT}/tests/recordings/{name}", "rb") as file:
        return file.read()


@test
def the_page_lists_the_columns_of_the_program():
    """the page has the columns that the program writes"""
    kinds = {"FACT": "fact", "FOREIGN": "fact", "CODE": "code", "TIME": "", "WORD": "", "ID": ""}
    source = text("src/codec/sample_rows.c")
    source = re.sub(r"#define.*", "", source)
    found = {int(tag): "code" for tag in re.findall(r"P_CODE\((\d+)", source)}
    found.update((int(tag), "fact") for tag in re.findall(r"\bI(?:_FLAG)?\((\d+)", source))
    found.update((int(tag), kinds[kind]) for tag, kind in
                 re.findall(r"\b[SP]\((\d+), [\w.]+, COLUMN_(\w+)", source))
    found.update((int(tag), kinds[kind]) for tag, kind in
                 re.findall(r"\bCOLUMN\((\d+), struct \w+, [\w.]+, COLUMN_(\w+)", source))
    equal("columns", {tag: kind for tag, (_, kind) in table(text("man/cowtop-record.5")).items()},
          found)
    equal("how many there are", len(found), 24 + 65 + 31)


@test
def samples_by_the_page():
    """its samples, read by the page"""
    data = recording("v1-unknown-tags.ct")
    page_size, sections, at = head(data)
    equal("page size, creator", (page_size, sections[3].data), (4096, b"cowtop 9.9"))
    reader, samples = Reader(), 0
    for _, kind, flags, when, _, number, payload in records(data, at):
        if kind != 1:
            continue
        equal("number in the group", number, samples)
        reader.sample(flags & 1, payload)
        equal("time", reader.values[8], when)
        samples += 1
    equal("samples", samples, 5)
    # Worker 102 of sample 4, by tests/unit/test_recordings.c.
    worker = next(p for p in reader.processes if p["pid"] == 102)
    equal("pids", [p["pid"] for p in reader.processes], [100, 101, 102, 103])
    equal("start, command, threads", (worker["start"], worker["text 1"], worker[35]),
          (100000100, "gunicorn", 1))
    equal("minor faults", worker[47], 1000 + 31 * 4 + 1)
    equal("pages", [worker[tag] for tag in range(67, 74)], [9000 - 81, 0, 81, 8, 20, 1000, 0])
    equal("level, forked", (worker[51], worker[44]), (3, 1))
    equal("collector", [worker["interpreters"][0].get(tag, -1) for tag in (96, 97, 98, 106, 114)],
          [0, 0, 700, 0, 0])
    equal("cgroup without a limit", reader.values.get(22, -1), -1)


@test
def compressed_samples_by_the_page():
    """compressed ones, read by the page: each sample of two groups, texts, gaps, settings, page maps"""
    data = recording("v1.ct")
    reader, group, single, n, spaces = Reader(), Unzip(), Unzip(), 0, []
    for _, kind, flags, _, _, _, payload in records(data, head(data)[2]):
        if kind == 2:
            equal("flags of a page map", flags, 2)
            single.begin()
            spaces.append((n - 1, address_space(single.add(payload))))
        if kind != 1:
            continue
        equal("key frames are 60 samples apart", flags, 3 if n % 60 == 0 else 2)
        if flags & 1:
            group.begin()
        reader.sample(flags & 1, group.add(payload))
        # As tests/unit/test_recordings.c made it.
        workers = reader.processes[1:]
        equal("pids", [p["pid"] for p in workers], [101, 102, 103 if n < 70 else 104])
        for w, worker in enumerate(workers):
            equal("pages", [worker[tag] for tag in range(67, 74)],
                  [9000 - 20 * n - w, 0, 20 * n + w, 8, 5 * n, 1000, 0])
            equal("enabled, collections", [worker["interpreters"][0][tag] for tag in (97, 106)],
                  [int(n >= 40), n // 10])
            equal("settings", worker["settings"], [("PYTHONMALLOC", "malloc")])
            equal("gaps", worker.get("gaps", []), [("smaps_rollup", 13, "CAP_SYS_PTRACE")] if w == 1 else [])
        equal("footprint, pressure", (reader.values[14], reader.values[20]), (9500 + 9 * n, n % 7))
        if n == 90:
            equal("a name of any bytes", workers[0]["text 2"].encode("utf-8", "surrogateescape"),
                  b"gunicorn: \xff worker [shop]")
        n += 1
    equal("samples", n, 130)
    equal("page maps", spaces, [(i, (101, 100000000, [
        (0x400000, 0x500000, 3, "/usr/bin/python3", [0, 0, 0, 0, 0, 200, 0]),
        (0x1000000, 0x9000000, 0, "[heap]", [9000 - i, 0, i, 0, 0, 0, -1])],
        [(0x400, 200, 6), (0x1000, 9000 - i, 1), (0x1000 + 9000 - i, 1 + i, 3)])) for i in (0, 60, 120)])


@test
def records_and_index_by_the_page():
    """its records and its index, read by the page"""
    data = recording("v1.ct")
    found = list(records(data, head(data)[2]))
    keys = [(r[0], r[3]) for r in found if r[1] == 1 and r[2] & 1]
    marks = [(r[0], r[6]) for r in found if r[1] == 3]
    equal("samples, spaces, mark", (sum(r[1] == 1 for r in found),
                                    sum(r[1] == 2 for r in found), [m[1] for m in marks]),
          (130, 3, [b"deploy 41"]))
    equal("the last two", [r[1] for r in found[-2:]], [4, 5])
    equal("the end names the index", found[-1][4], found[-2][0])
    sections = dict(Bytes(found[-2][6]).sections())
    groups, at, when = [], 0, 0
    for _ in range(sections[1].varint()):
        at, when = at + sections[1].varint(), when + sections[1].svarint()
        groups.append((at, when))
        sections[1].varint()
    equal("groups of the index", groups, keys)
    equal("marks of the index", (sections[2].varint(), sections[2].varint()), (1, marks[0][0]))


BEGIN, SECOND = 1_800_000_000_000_000_000, 1_000_000_000
# The pool: a master and two workers with two interpreters each, of which every sample moves a page.
PIDS, STARTS = (700, 701, 702), (7_000, 7_100, 7_200)


def key_sample(w, page_size):
    """Everything that a sample can hold."""
    def column(tag, *after):
        empty = -1 if w.columns[tag][1] == "fact" else 0
        return w.column(tag, [empty] * len(after), after)

    members = w.varint(3) + b"".join(b"\0" + w.varint(pid) + w.varint(start)
                                     for pid, start in zip(PIDS, STARTS))
    texts = b"".join(w.varint(i) + w.varint(k) + w.string(value) for i in range(3) for k, value in
                     enumerate((b"www", b"gunicorn", b"gunicorn: \xff shop", b"3.11.2", b"release")))
    gap = w.varint(2) + w.varint(1) + w.string(b"pagemap") + w.svarint(13) + w.string(b"CAP_SYS_PTRACE")
    setting = w.varint(1) + w.varint(1) + w.string(b"PYTHONMALLOC") + w.string(b"malloc")
    parts = [w.section(1, members), w.section(2, w.string(b"bigbox") + w.string(b"6.12-s390x")),
             w.section(3, texts), w.section(4, gap), w.section(5, setting),
             w.section(6, w.varint(0) + w.varint(2) + w.varint(2))]
    host = {8: BEGIN, 9: SECOND, 10: 5_000_000, 11: 3, 12: 0, 13: 700, 14: 1300, 15: page_size,
            16: 1 << 40, 17: 1 << 39, 18: 1 << 38, 19: 4096, 20: 150, 21: 25, 22: 1 << 36, 23: 1 << 35}
    parts += [column(tag, host[tag]) for tag in sorted(host)]
    process = {32: (1, 700, 700), 33: tuple(BEGIN - n * SECOND for n in (60, 50, 40)),
               34: tuple(b"SRS"), 35: (1, 2, 3), 36: (33, 33, 33), 44: (1, 1, 1), 45: (0, 700, 700),
               47: (10, 1000, 2000), 48: (0, 1, 2), 49: (0, 0, 0), 50: (0, 0, 0), 51: (3, 3, 3),
               52: (1, 1, 1), 67: (900, 800, 700), 68: (0, 0, 0), 69: (0, 100, 200), 70: (0, 1, 2),
               71: (5, 6, 7), 72: (50, 60, 70), 73: (0, 0, 9), 74: (0, 101, 202), 75: (5, 6, 7),
               76: (1, 1, 1), 77: (1, 1, 1)}
    process.update((tag, tuple(page_size * (tag + i) for i in range(3))) for tag in range(53, 67))
    process.update((tag, (1 << 47, 1 << 48, 1 << 49)) for tag in range(37, 44))
    parts += [column(tag, *process[tag]) for tag in sorted(process)]
    inner = {96: (0, 1, 0, 1), 97: (1, 0, 1, 1), 98: (700,) * 4, 99: (10,) * 4, 100: (10,) * 4,
             113: (0, 0, 1, 0), 114: (0, 0, 90_000, 0), 115: (0,) * 4}
    inner.update((tag, (tag, 2 * tag, 3 * tag, 4 * tag)) for tag in range(101, 113))
    return b"".join(parts + [column(tag, *inner[tag]) for tag in sorted(inner)] +
                    [w.section(250, b"of a later version")])


def change(w, n):
    """Each worker copies n pages more than the one in front of it; nothing else moves."""
    return (w.column(8, [0], [SECOND]) + w.column(9, [0], [SECOND]) +
            w.column(47, [0] * 3, [0, n, 2 * n]) + w.column(67, [0] * 3, [0, -n, -2 * n]) +
            w.column(69, [0] * 3, [0, n, 2 * n]) + w.column(74, [0] * 3, [0, n, 2 * n]))


def written_by_the_page(page_size):
    w = Writer(page_size, BEGIN)
    at = w.record(1, key_sample(w, page_size), BEGIN, 0, 1)
    regions = w.varint(1) + w.varint(0x10000 * page_size) + w.varint(1000 * page_size) + w.varint(0) + \
        w.string(b"[heap]") + b"".join(w.varint(n + 1) for n in (800, 0, 100, 1, 6, 0, 0))
    stretches = w.varint(2) + w.varint(0x10000) + w.varint(800 * 8 + 1) + w.varint(3) + w.varint(100 * 8 + 3)
    w.record(2, w.section(1, w.varint(701) + w.varint(7_100)) + w.section(2, regions) +
             w.section(3, stretches), BEGIN, 701)
    for n in range(1, 6):
        w.record(1, change(w, n), BEGIN + n * SECOND, n, extra=b"later" if n % 2 else b"")
        if n == 2:
            w.marks.append(w.record(3, b"deploy", BEGIN + n * SECOND))
        w.record(77, b"of a later version", BEGIN)
    w.keys.append((at, BEGIN, 6))
    w.index()
    w.record(5, b"", BEGIN + 5 * SECOND)
    return w.data


def told(data, *options, verb="report"):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "by-the-page.ct")
        with open(path, "wb") as file:
            file.write(data)
        status, out, err = cowtop(verb, *options, path)
    equal("status", (status, err), (0, ""))
    return out


@test
def written_by_the_page_and_read_by_cowtop():
    """what is written by the page on a machine of any page size is read by cowtop"""
    for page_size in (4096, 16384, 65536):
        data = written_by_the_page(page_size)
        story = json.loads(told(data, "--json"))
        recording_ = story["recording"]
        equal("recording", [recording_[key] for key in ("samples", "host", "kernel", "page_size", "master_pid",
                                                        "level", "elapsed_s", "begin")],
              [6, "bigbox", "6.12-s390x", page_size, 700, "exact", 5, "2027-01-15T08:00:00.000Z"])
        pool = story["pool"]
        equal("pages are of that size", (pool["prefork_bytes"], pool["footprint_bytes_first"]),
              (900 * page_size, 1300 * page_size))
        worker = next(p for p in story["processes"] if p["pid"] == 702)
        copied = 200 + 2 * (1 + 2 + 3 + 4 + 5)
        last = worker["last"]
        equal("a worker's figures", (last["cow_broken_bytes"], last["shared_bytes"], worker["command"]),
              (copied * page_size, (900 - copied) * page_size, "gunicorn"))
        equal("marks", [(m["text"], m["at_s"]) for m in story["marks"]], [("deploy", 2)])
        played = told(data, "--json", verb="replay").splitlines()
        first = json.loads(played[0])
        equal("replayed", (len(played), first["host"]["page_size"], first["pool"]["cow_broken_bytes"]),
              (6, page_size, first["pool"]["pages"]["cow_broken"] * page_size))
        page = told(data, "--html", "-")
        true("its page map", "[heap]" in page and "as recorded at 08:00:00" in page)


@test
def versions_by_the_page():
    """a newer version is read while its least version is known; else it is refused, and so is a feature"""
    data = written_by_the_page(4096)

    def with_head(version, least, features):
        fixed = struct.pack("<8sHHIIII", data[:8], version, least, features, *struct.unpack_from("<III", data, 16))
        return fixed + struct.pack("<I", crc(fixed)) + data[32:]

    told(with_head(65535, 1, 0))
    for version, least, features in ((2, 2, 0), (1, 65535, 0), (1, 1, 1), (1, 1, 1 << 31)):
        with tempfile.NamedTemporaryFile(suffix=".ct") as file:
            file.write(with_head(version, least, features))
            file.flush()
            status, _, err = cowtop("report", file.name)
        equal("status", status, 1)
        true("says so", "needs a newer cowtop" in err, err)


def limit_memory():
    """What ASan reserves is beyond any limit."""
    with open(run.COWTOP, "rb") as file:
        if b"__asan_init" not in file.read():
            resource.setrlimit(resource.RLIMIT_AS, (256 << 20,) * 2)


@test
def lengths_that_are_lies():
    """a length or a count of any size costs no memory: damage, and what is sound is told"""
    good = Writer(4096, BEGIN)
    samples = written_by_the_page(4096)[len(good.data):]
    huge = [1 << 20, (1 << 32) - 1, (1 << 63) - 1, (1 << 64) - 1]
    for number in huge:
        w = Writer(4096, BEGIN)
        w.data += samples
        for tag in (*range(1, 7), 8, 34, 47, 97, 200):
            w.record(1, w.varint(tag) + w.varint(number) + b"x", BEGIN + 60 * SECOND, 0, 1)
            w.record(1, w.section(tag, w.varint(number) * 3), BEGIN + 60 * SECOND, 0, 1)
        for tag in (1, 2, 3):
            w.record(2, w.section(tag, w.varint(number) * 3), BEGIN + 60 * SECOND, 701)
            w.record(4, w.section(tag, w.varint(number) * 3), BEGIN + 60 * SECOND)
        fixed = bytes.fromhex("f1637472") + struct.pack("<BBHIIqQI", 1, 1, 40, number & 0xFFFFFFFF, 0, BEGIN,
                                                        number, 0)
        w.data += fixed + struct.pack("<I", crc(fixed))
        with tempfile.NamedTemporaryFile(suffix=".ct") as file:
            file.write(w.data)
            file.flush()
            status, out, err = cowtop("report", "--json", "--html", "/dev/null", file.name,
                                      preexec_fn=limit_memory)
        equal("status", (status, err if status else ""), (0, ""))
        equal("samples", json.loads(out)["recording"]["samples"], 6)
        true("a warning", "damaged" in err and len(err.splitlines()) == 1, err)


main()
