"""What the kernel says, read here a second time."""
import array
import contextlib
import ctypes
import functools
import mmap
import os
import sys

from tap import need, need_writable, Skip

PAGE = os.sysconf("SC_PAGE_SIZE")
HUGE = PAGE // 8        # pages in a huge one: as many as one page of page table has entries
PRESENT, SWAPPED, FILE, EXCLUSIVE = 1 << 63, 1 << 62, 1 << 61, 1 << 56
FRAME = (1 << 55) - 1
THP = "/sys/kernel/mm/transparent_hugepage"
KPF_KSM, KPF_ZERO, KPF_THP, KPF_AE = 1 << 21, 1 << 24, 1 << 22, 1 << 34


def need_thp():
    need(THP)
    with open(f"{THP}/enabled", encoding="ascii") as f:
        if "[never]" in f.read():
            raise Skip("transparent huge pages are off")


def running(pid):
    """A process that is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return f.read().rsplit(b")", 1)[1].split()[0] not in b"ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def asleep(*pids):
    """All of them sleep: who reads commands and does nothing else has come to its next read."""
    return all(stat_fields(pid)[0] == b"S" for pid in pids)


def waits(pid, name):
    """Its exec of `name` is over, and it sleeps: in the midst of an exec it has the new name already."""
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as f:
            return f.read() == f"{name}\n" and asleep(pid)
    except (FileNotFoundError, ProcessLookupError):
        return False


def pagemap(pid, start, pages):
    words = array.array("Q")
    with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as f:
        data = os.pread(f.fileno(), pages * 8, start // PAGE * 8)
    words.frombytes(data)
    return words


def arena_words(process):
    """pagemap of all arenas of a process of the truth, in order."""
    words = array.array("Q")
    for a in process["arenas"]:
        words.extend(pagemap(process["pid"], a["base"], a["pages"]))
    return words


def page_words(name, frames):
    """/proc/kpageflags or /proc/kpagecount of frames: {frame: word}."""
    with open(f"/proc/{name}", "rb", buffering=0) as f:
        return {n: int.from_bytes(os.pread(f.fileno(), 8, n * 8), sys.byteorder) for n in frames}


@functools.lru_cache
def fresh_page_flags():
    """Bits of kpageflags of a page that only this process has and just wrote."""
    with mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as page:
        page[0] = 1
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        frame = pagemap(os.getpid(), address, 1)[0] & FRAME
        return page_words("kpageflags", [frame])[frame]


def flag_is_told():
    """Does this kernel tell exclusive pages (bit 34 of kpageflags)?"""
    return bool(fresh_page_flags() & KPF_AE)


def has_zero_page():
    """Untouched memory that is read maps the zero page, which nobody has alone; not so where a host lets its guests
    have none."""
    with mmap.mmap(-1, PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as area:
        at = ctypes.addressof(ctypes.c_char.from_buffer(area))
        _ = area[0]
        return not pagemap("self", at, 1)[0] & EXCLUSIVE


def need_zero_page():
    if not has_zero_page():
        raise Skip("this kernel has no zero page")


def mappings(pid):
    """[(start, end, perms, name)] without what the kernel does not count."""
    result = []
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as f:
        for line in f:
            words = line.split(None, 5)
            start, end = (int(w, 16) for w in words[0].split("-"))
            name = words[5].strip() if len(words) > 5 else ""
            if name != "[vsyscall]":
                result.append((start, end, words[1], name))
    return result


def mapped_frames(pid):
    """The set of frames that a process maps, the zero page left out."""
    frames = set()
    for start, end, _, _ in mappings(pid):
        for word in pagemap(pid, start, (end - start) // PAGE):
            if word & PRESENT:
                frames.add(word & FRAME)
    flags = page_words("kpageflags", frames)
    return {n for n in frames if not flags[n] & KPF_ZERO}


def distinct_frames(*pids):
    """How many frames processes that stand still map. Read again while the kernel moves pages from frame to frame:
    one that is moved between two processes would be two."""
    while True:
        frames = [mapped_frames(pid) for pid in pids]
        if frames == [mapped_frames(pid) for pid in pids]:
            return len(set().union(*frames))


def rollup(pid):
    """/proc/PID/smaps_rollup in bytes."""
    result = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        for line in f.readlines()[1:]:
            key, value = line.split(":")
            result[key] = int(value.split()[0]) * 1024
    return result


def stat_fields(pid):
    """/proc/PID/stat from field 3 (state) on; proc(5)'s field n is [n - 3]."""
    with open(f"/proc/{pid}/stat", "rb") as f:
        return f.read().rsplit(b")", 1)[1].split()


def minflt(pid):
    return int(stat_fields(pid)[7])


@contextlib.contextmanager
def kernel_setting(path, value):
    """Write a kernel setting and put the old one back."""
    need_writable(path)
    with open(path, encoding="ascii") as f:
        old = f.read().strip()
    if "[" in old:  # "always [madvise] never"
        old = old.split("[")[1].split("]")[0]
    try:
        with open(path, "w", encoding="ascii") as f:
            f.write(str(value))
    except OSError as error:
        raise Skip(f"{path}: {error.strerror}") from None
    try:
        yield
    finally:
        with open(path, "w", encoding="ascii") as f:
            f.write(old)
