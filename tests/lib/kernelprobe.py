"""What this kernel tells about pages, found once more and in another way: prints JSON.

Run as a program of its own, by `python3 -c`, so that any user may. None: could not be tried here.
"""
import ctypes
import fcntl
import json
import mmap
import os
import struct

PAGE = os.sysconf("SC_PAGE_SIZE")
MADV_HUGEPAGE, MADV_NOHUGEPAGE = 14, 15
PRESENT, EXCLUSIVE, FRAME = 1 << 63, 1 << 56, (1 << 55) - 1
OWN = 1 << 34
libc = ctypes.CDLL(None, use_errno=True)


class Area:
    """Anonymous private memory, aligned."""

    def __init__(self, size, advice, align=PAGE):
        self.map = mmap.mmap(-1, size + align, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        self.at = (start + align - 1) // align * align
        libc.madvise(ctypes.c_void_p(self.at), ctypes.c_size_t(size), advice)

    def write(self, page=0):
        ctypes.memset(self.at + page * PAGE, 1 + os.getpid() % 100, 1)

    def read(self, page=0):
        return ctypes.string_at(self.at + page * PAGE, 1)

    def entry(self, page=0, pid="self"):
        return word(f"/proc/{pid}/pagemap", self.at // PAGE + page) or 0

    def frame(self, page=0, pid="self"):
        return self.entry(page, pid) & FRAME

    def flags(self, page=0):
        return self.frame(page) and word("/proc/kpageflags", self.frame(page))

    def count(self, page=0):
        return self.frame(page) and word("/proc/kpagecount", self.frame(page))


def word(path, index):
    try:
        with open(path, "rb", buffering=0) as file:
            return struct.unpack("Q", os.pread(file.fileno(), 8, index * 8))[0]
    except (OSError, struct.error):
        return None


def own(area, page=0):
    """Bit 34, or None."""
    flags = area.flags(page)
    return bool(flags & OWN) if flags else None


def merged(area, page=0):
    """Does its flag say that KSM merged it only where it did? It is of one process alone."""
    flags = area.flags(page)
    return not flags & 1 << 21 if flags else None


def exclusive(area, page=0):
    return bool(area.entry(page) & EXCLUSIVE)


def huge_page():
    """(area, small pages in it), or None."""
    def anon_huge():
        with open("/proc/self/smaps_rollup", encoding="ascii") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("AnonHugePages:"))
    try:
        with open("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", encoding="ascii") as file:
            size = int(file.read())
    except OSError:
        return None
    if size > 64 << 20:
        return None
    before, area = anon_huge(), Area(size, MADV_HUGEPAGE, size)
    area.write()
    return (area, size // PAGE) if anon_huge() - before >= size // 1024 else None


def scan(area, pages, category):
    """Ranges of pages that PAGEMAP_SCAN finds, or None: there is no such call."""
    regions = (ctypes.c_uint64 * 30)()
    argument = struct.pack("12Q", 96, 0, area.at, area.at + pages * PAGE, 0, ctypes.addressof(regions), 10, 0,
                           0, category, 0, category)
    with open("/proc/self/pagemap", "rb", buffering=0) as file:
        try:
            n = fcntl.ioctl(file, 0xC0606610, bytearray(argument))
        except OSError:
            return None
    return [((regions[3 * i] - area.at) // PAGE, (regions[3 * i + 1] - area.at) // PAGE) for i in range(n)]


def main():
    small, unread = Area(2 * PAGE, MADV_NOHUGEPAGE), Area(3 * PAGE, MADV_NOHUGEPAGE)
    small.write(0)
    small.write(1)
    unread.read(0)
    unread.read(2)
    huge = huge_page()
    said = {"frame_numbers": small.frame() != 0,
            "zero_page": unread.frame(0) == unread.frame(2) if unread.frame(0) else None,
            "pagemap_scan": scan(unread, 3, 1 << 3) == [(0, 1), (2, 3)],
            "pagemap_scan_zero": scan(unread, 3, 1 << 5) == [(0, 1), (2, 3)],
            "exclusive_flag": own(small), "merged_flag": merged(small), "exclusive_flag_huge": None,
            "exclusive_flag_tail": None,
            "exclusive_bit_each": None, "map_count_each": None, "huge_copy_one": None}
    if huge:
        area, pages = huge
        said["exclusive_flag_huge"] = own(area)
        if own(area):
            said["exclusive_flag_tail"] = own(area, pages // 2)
    ready, done = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        small.write(0)
        if huge:
            area.write(0)
        os.write(ready[1], b"r")
        os.close(done[1])
        os.read(done[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    said["exclusive_bit"] = exclusive(small, 0) and not exclusive(small, 1)
    if said["exclusive_flag"]:
        said["exclusive_flag"] = not own(small, 1)
    said["map_count"] = small.count(1) == 2 if small.count(1) is not None and small.frame(1) else None
    if huge:
        said["huge_copy_one"] = area.frame(pages // 2) == area.frame(pages // 2, child) if area.frame() \
            else not area.entry(pages // 2, child) & EXCLUSIVE
        if said["huge_copy_one"]:
            said["exclusive_bit_each"] = exclusive(area, 0) and not exclusive(area, pages // 2)
            if area.frame() and area.count() is not None:
                said["map_count_each"] = (area.count(0), area.count(pages // 2)) == (1, 2)
    os.close(done[1])
    os.waitpid(child, 0)
    print(json.dumps(said))


main()
