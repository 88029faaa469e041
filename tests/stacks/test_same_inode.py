#!/usr/bin/python3
"""Files of one device and inode: layers, and what a mount hides. Names of one are never told of another."""
import contextlib
import os
import subprocess
import sys

from watching import tracepoints
from run import as_both, cowtop, folder, readable_binaries, write_file
from tap import equal, fail, main, need, PATIENCE, Skip, true

LIBRARY = r"""
__attribute__((noinline)) void %s(char *p, unsigned long n) { for (unsigned long i = 0; i < n; i += 4096) p[i]++; }
void (*work)(char *, unsigned long) = %s;
"""
# Another one of the same shape, so that its names would fit.
OTHER = LIBRARY % ("nobody_calls_this", "nobody_calls_this")
LIBRARY = LIBRARY % ("library_copies", "library_copies")
PROGRAM = r"""
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#define N (4UL << 20)
extern void (*work)(char *, unsigned long);
__attribute__((noinline)) void program_serves(char *p) { work(p, N / 2); __asm__ volatile("" ::: "memory"); }
int main(void) {
	char *p = mmap(0, N, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(p, N, MADV_NOHUGEPAGE);
	for (unsigned long i = 0; i < N; i += 4096) p[i] = 1;
	if (!fork()) { prctl(PR_SET_PDEATHSIG, SIGKILL); for (;;) pause(); }
	printf("ready\n"); fflush(stdout); getchar();
	for (;;) {
		int c = fork();
		if (!c) { prctl(PR_SET_PDEATHSIG, SIGKILL); usleep(100000); program_serves(p); usleep(50000); _exit(0); }
		waitpid(c, 0, 0);
	}
}
"""


def sh(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        fail(f"{words}: {done.stderr.strip()}")


def alone():
    """A namespace of mounts of our own; the program is run again in it."""
    if os.environ.get("COWTOP_ALONE"):
        return
    done = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    if done.returncode:
        raise Skip("no namespaces of mounts")
    os.environ["COWTOP_ALONE"] = "1"
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])


class Place:
    """A folder with the program and both libraries, and what is mounted in it."""

    def __init__(self, path):
        self.path, self.mounts = path, []
        for name, text in ("library", LIBRARY), ("other", OTHER):
            sh("gcc", "-O1", "-fPIC", "-shared", "-o", f"{path}/{name}.so", write_file(f"{path}/{name}.c", text))
        sh("gcc", "-w", "-O1", "-o", f"{path}/program", write_file(f"{path}/program.c", PROGRAM), f"{path}/library.so")

    def mount(self, where, kind, *options):
        os.makedirs(where, exist_ok=True)
        sh("mount", "-t", kind, *options, "x", where)
        self.mounts.append(where)
        return where

    def put(self, name, folder_, called):
        sh("cp", f"{self.path}/{name}", f"{folder_}/{called}")
        os.chmod(f"{folder_}/{called}", 0o755)

    def layers(self, *names):
        """Each file in a file system of its own, in which it is the first, and all of them in one folder."""
        low = [self.mount(f"{self.path}/layer{i}", "tmpfs", "-o", "mode=755") for i in range(len(names))]
        for where, (name, called) in zip(low, names):
            self.put(name, where, called)
        return self.mount(f"{self.path}/all", "overlay", "-o", "xino=off,lowerdir=" + ":".join(low))

    def close(self):
        for where in reversed(self.mounts):
            subprocess.run(["umount", "-l", where], check=False)


def ids(pid, *names):
    """(device, inode) of mappings."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as f:
        rows = [line.split() for line in f]
    return [next(tuple(row[3:5]) for row in rows if len(row) > 5 and row[5].endswith(name)) for name in names]


def stacks_of(program, libraries, prefix, meanwhile=lambda pid: None):
    process = subprocess.Popen([*prefix, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               env=dict(os.environ, LD_LIBRARY_PATH=libraries))
    try:
        equal("it runs", process.stdout.readline(), "ready\n")
        meanwhile(process.pid)
        process.stdin.write("\n")
        process.stdin.flush()
        status, out, err = cowtop("stacks", "-d", "1", "--folded", "-", process.pid, prefix=prefix)
        equal(f"status, {err}", status, 0)
        rows = [line.rsplit(" ", 1) for line in out.splitlines() if not line.startswith("[unattributed")]
        return max(rows, key=lambda row: int(row[1]))[0]
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


@contextlib.contextmanager
def built():
    """A place whose program has to find the library by its file's name alone."""
    tracepoints()
    need("gcc")
    with folder() as path, readable_binaries():
        place = Place(path)
        sh("gcc", "-w", "-O1", "-o", f"{path}/program", f"{path}/program.c", f"-L{path}", "-l:library.so")
        try:
            yield place
        finally:
            place.close()


@as_both
def layers(prefix):
    """overlayfs, program and library with one device and inode: each has its own names"""
    alone()
    with built() as place:
        everything = place.layers(("program", "program"), ("library.so", "library.so"))

        def one_inode(pid):
            first, second = ids(pid, "program", "library.so")
            equal("device and inode", first, second)
        top = stacks_of(f"{everything}/program", everything, prefix, one_inode)
        true(top, top.endswith("main;program_serves;library_copies"))


def not_told(top, prefix):
    true(top, "nobody_calls_this" not in top)
    if not prefix:
        true(f"the mapping's own file is still read: {top}", top.endswith(";library_copies"))


@as_both
def hidden_by_a_mount(prefix):
    """what a path leads to now has the inode of what was mapped, and is another file: its names are not told"""
    alone()
    with built() as place:
        where = place.mount(f"{place.path}/lib", "tmpfs", "-o", "mode=755")
        place.put("library.so", where, "library.so")
        inode = os.stat(f"{where}/library.so").st_ino

        def hide(pid):
            place.mount(where, "tmpfs", "-o", "mode=755")
            place.put("other.so", where, "library.so")
            equal("inode", os.stat(f"{where}/library.so").st_ino, inode)
        not_told(stacks_of(f"{place.path}/program", where, prefix, hide), prefix)


@as_both
def replaced(prefix):
    """a library that was replaced while it is mapped keeps its own names"""
    alone()
    with built() as place:
        where = f"{place.path}/lib"
        os.mkdir(where)
        place.put("library.so", where, "library.so")

        def replace(pid):
            place.put("other.so", where, "new")
            os.rename(f"{where}/new", f"{where}/library.so")
        not_told(stacks_of(f"{place.path}/program", where, prefix, replace), prefix)


@as_both
def newline_in_its_path(prefix):
    """a path with a newline, a blank, a tab and letters: names are found"""
    with built() as place:
        odd = f"{place.path}/My\nlibs\t ü (deleted)"
        os.mkdir(odd)
        place.put("library.so", odd, "library.so")
        top = stacks_of(f"{place.path}/program", odd, prefix)
        true(top, top.endswith("main;program_serves;library_copies"))


if __name__ == "__main__":
    main()
