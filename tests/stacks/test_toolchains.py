#!/usr/bin/python3
"""Programs as linkers and compilers make them: where their unwind tables lie, or that they have others."""
import shutil
import subprocess

from watching import tracepoints
from run import cowtop, folder, write_file
from tap import equal, main, need, need_root, PATIENCE, test, true

PROGRAM = r"""
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#define N (4UL << 20)
#define KEEP __asm__ volatile("" ::: "memory")
EMPTY
__attribute__((noinline)) void copies_pages_here(char *p)
{ for (unsigned long i = 0; i < N / 2; i += 4096) p[i]++; KEEP; }
__attribute__((noinline)) void middle_function(char *p) { copies_pages_here(p); KEEP; }
__attribute__((noinline)) void outer_function(char *p) { middle_function(p); KEEP; }
int main(void) {
	char *p = mmap(0, N, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(p, N, MADV_NOHUGEPAGE);
	for (unsigned long i = 0; i < N; i += 4096) p[i] = 1;
	if (!fork()) { prctl(PR_SET_PDEATHSIG, SIGKILL); for (;;) pause(); }
	printf("ready\n"); fflush(stdout);
	for (;;) {
		int c = fork();
		if (!c) { prctl(PR_SET_PDEATHSIG, SIGKILL); usleep(100000); outer_function(p); usleep(50000); _exit(0); }
		waitpid(c, 0, 0);
	}
}
"""

# FDEs of no length: where a function begins, in the midst of nothing, and at its end.
EMPTY = r"""
__asm__(".text\n.globl before\nbefore:\n.cfi_startproc\n.cfi_endproc\n");
"""
BETWEEN = r"""
__asm__(".text\n.cfi_startproc\n.cfi_endproc\n");
"""

CHAIN = "main;outer_function;middle_function;copies_pages_here"
NO_TABLES = ["-g", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fomit-frame-pointer"]
# What it is, flags, what is changed in the source, what has to be there, what comes behind the linker.
BUILDS = [
    ("bfd", ["-fuse-ld=bfd"], "", None, None),
    ("gold", ["-fuse-ld=gold"], "", "ld.gold", None),
    ("mold", ["-fuse-ld=mold"], "", "mold", None),
    ("lld", ["-fuse-ld=lld"], "", "ld.lld", None),
    ("gold, no PIE", ["-fuse-ld=gold", "-no-pie"], "", "ld.gold", None),
    ("mold, no PIE", ["-fuse-ld=mold", "-no-pie"], "", "mold", None),
    ("gold, static", ["-fuse-ld=gold", "-static"], "", "ld.gold", None),
    ("lld, one segment", ["-fuse-ld=lld", "-Wl,--no-rosegment"], "", "ld.lld", None),
    ("bfd, one segment", ["-fuse-ld=bfd", "-Wl,-z,noseparate-code"], "", None, None),
    ("static", ["-static"], "", None, None),
    ("static PIE", ["-static-pie"], "", None, None),
    ("no header", ["-Wl,--no-eh-frame-hdr"], "", None, None),
    ("no header, gold", ["-fuse-ld=gold", "-Wl,--no-eh-frame-hdr"], "", "ld.gold", None),
    ("FDEs of no length", [], EMPTY + BETWEEN * 3, None, None),
    ("FDEs of no length, gold", ["-fuse-ld=gold"], EMPTY + BETWEEN * 3, "ld.gold", None),
    ("FDEs of no length, no header", ["-Wl,--no-eh-frame-hdr"], EMPTY + BETWEEN * 3, None, None),
    ("only .debug_frame", NO_TABLES, "", None, None),
    ("only .debug_frame, no PIE", [*NO_TABLES, "-no-pie"], "", None, None),
    ("only .debug_frame, DWARF 2", [*NO_TABLES, "-gdwarf-2"], "", None, None),
    ("only .debug_frame, DWARF 4", [*NO_TABLES, "-gdwarf-4"], "", None, None),
    ("only .debug_frame, gold", [*NO_TABLES, "-fuse-ld=gold"], "", "ld.gold", None),
    ("only .debug_frame, clang", NO_TABLES, "", "clang", "clang"),
    ("compressed .debug_frame", [*NO_TABLES, "-Wl,--compress-debug-sections=zlib"], "", None, None),
    ("compressed .zdebug_frame", [*NO_TABLES, "-Wl,--compress-debug-sections=zlib-gnu"], "", None, None),
    ("compressed .debug_frame, mold", [*NO_TABLES, "-fuse-ld=mold", "-Wl,--compress-debug-sections=zlib"], "",
     "mold", None),
]


def chain_of(program):
    """The stack that copies most, as cowtop finds it."""
    process = subprocess.Popen([program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        equal("it runs", process.stdout.readline(), "ready\n")
        status, out, err = cowtop("stacks", "-d", "1", "--folded", "-", process.pid)
        equal(f"status, {err}", status, 0)
        rows = [line.rsplit(" ", 1) for line in out.splitlines() if not line.startswith("[unattributed")]
        return max(rows, key=lambda row: int(row[1]))[0]
    finally:
        process.kill()
        process.wait(timeout=PATIENCE)


@test
def every_linker():
    """The whole stack, whichever linker and flags the program was built with"""
    need_root()
    tracepoints()
    need("gcc")
    wrong, left_out = [], []
    with folder() as place:
        for name, flags, empty, needs, compiler in BUILDS:
            source = write_file(f"{place}/p.c", PROGRAM.replace("EMPTY", empty))
            if needs and not shutil.which(needs):
                left_out.append(name)
                continue
            built = subprocess.run([compiler or "gcc", "-w", "-O1", *flags, "-o", f"{place}/p", source],
                                   capture_output=True, text=True)
            if built.returncode:
                left_out.append(f"{name}: {built.stderr.strip()[:200]}")
                continue
            chain = chain_of(f"{place}/p")
            if CHAIN not in chain:
                wrong.append(f"{name}: {chain}")
    true("all of them", not wrong, "\n".join(wrong))
    true("the compiler's own linker was tried", "bfd" not in left_out and "static" not in left_out, left_out)
    if left_out:
        print("# not tried:", "; ".join(left_out))


if __name__ == "__main__":
    main()
