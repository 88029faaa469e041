"""Where the CPU of a `cowtop --json` goes, by perf's clock: the first of these that is in a stack."""
import shutil
import subprocess
import tempfile

from measure import COWTOP
from pools import pool

HZ = 5000
# A part, and functions of the kernel below which it is.
PARTS = {
    "pagemap": {"pagemap_read"},
    "pagemap_scan": {"do_pagemap_cmd", "do_pagemap_scan"},
    "smaps_rollup": {"show_smaps_rollup"},
    "page flags": {"kpageflags_read", "stable_page_flags"},
    "map counts": {"kpagecount_read"},
    "/proc/PID/maps": {"show_map", "show_map_vma", "m_start", "m_next"},
    "memory of the pool": {"mem_rw", "__access_remote_vm"},
    "start and end": {"do_execveat_common", "bprm_execve", "begin_new_exec", "load_elf_binary", "do_exit"},
    "cowtop's page faults": {"asm_exc_page_fault", "exc_page_fault"},
    "cowtop's copies of itself": {"kernel_clone"},
}


def part_of(frames):
    """`frames`: (function, object) of a stack, the innermost first."""
    names = {name for name, _ in frames}
    for part, functions in PARTS.items():
        if names & functions:
            return part
    return "other system calls" if "kernel" in frames[0][1] else "own code"


def stacks_of(text):
    """The stacks of perf script: a line a frame, an empty one between two."""
    for block in text.split("\n\n"):
        frames = []
        for line in block.splitlines():
            words = line.split()
            if len(words) >= 3 and line.startswith("\t"):
                frames.append((words[1].split("+")[0], words[-1]))
        if frames:
            yield frames


def bench(table, args):
    if not shutil.which("perf"):
        table.note("where the CPU of cowtop --json goes", "no perf here: scripts/install-deps --bench")
        return
    with tempfile.TemporaryDirectory() as folder, \
            pool(workers=args.workers, mib=args.mib, broken=10) as big:
        data = f"{folder}/perf.data"
        counts = {}
        for _ in range(max(1, args.rounds // 2)):
            subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", str(HZ), "-g", "-o", data,
                            COWTOP, "--json", big.master], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            said = subprocess.run(["perf", "script", "-i", data, "-F", "ip,sym,dso"], check=True,
                                  capture_output=True, text=True, errors="replace").stdout
            for frames in stacks_of(said):
                part = part_of(frames)
                counts[part] = counts.get(part, 0) + 1
    total = sum(counts.values()) or 1
    for part, count in sorted(counts.items(), key=lambda item: -item[1]):
        table.row(f"of the CPU of cowtop --json: {part}", 100 * count / total, None, " %")
