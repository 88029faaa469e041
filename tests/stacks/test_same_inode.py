#!/usr/bin/python3
"""Files of one device and inode: layers, and what a mount hides. Names of one are never told of another."""
import os
import subprocess
import sys

from watching import tracepoints
from run import cowtop, folder, NOBODY, readable_binaries, write_file
from tap import equal, fail, main, need, need_root, PATIENCE, Skip, test, true

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
    """A namespace of mounts of our own; the test is run again in it."""
    need_root()
    if os.environ.get("COWTOP_ALONE"):
        return
    done = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    if done.returncode:
        raise Skip("no namespaces of mounts")
    os.environ["COWTOP_ALONE"] = "1"
    os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])


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
        status, out, err = cowtop("stacks", "-d", "1", "--folded", process.pid, prefix=prefix)
        equal(f"status, {err}", status, 0)
        rows = [line.rsplit(" ", 1) for line in out.splitlines() if not line.startswith("[unattributed")]
        return max(rows, key=lambda row: int(row[1]))[0]
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


def built(place):
    """The library has to be found by its file's name alone."""
    sh("gcc", "-w", "-O1", "-o", f"{place.path}/program", f"{place.path}/program.c", f"-L{place.path}", "-l:library.so")


@test
def layers():
    """overlayfs, program and library with one device and inode: each has its own names, for root and for nobody"""
    alone()
    tracepoints()
    need("gcc")
    sh("mount", "--make-rprivate", "/")
    for prefix in ((), NOBODY):
        with folder() as path, readable_binaries():
            place = Place(path)
            try:
                built(place)
                everything = place.layers(("program", "program"), ("library.so", "library.so"))

                def one_inode(pid):
                    first, second = ids(pid, "program", "library.so")
                    equal("device and inode", first, second)
                top = stacks_of(f"{everything}/program", everything, prefix, one_inode)
                true(f"{prefix}: {top}", top.endswith("main;program_serves;library_copies"))
            finally:
                place.close()


@test
def hidden_by_a_mount():
    """What a path leads to now has the inode of what was mapped, and is another file: its names are not told"""
    alone()
    tracepoints()
    need("gcc")
    sh("mount", "--make-rprivate", "/")
    for prefix in ((), NOBODY):
        with folder() as path, readable_binaries():
            place = Place(path)
            try:
                built(place)
                where = place.mount(f"{path}/lib", "tmpfs", "-o", "mode=755")
                place.put("library.so", where, "library.so")
                inode = os.stat(f"{where}/library.so").st_ino

                def hide(pid):
                    place.mount(where, "tmpfs", "-o", "mode=755")
                    place.put("other.so", where, "library.so")
                    equal("inode", os.stat(f"{where}/library.so").st_ino, inode)
                top = stacks_of(f"{path}/program", where, prefix, hide)
                true(f"{prefix}: {top}", "nobody_calls_this" not in top)
                if not prefix:
                    true(f"the mapping's own file is still read: {top}", top.endswith(";library_copies"))
            finally:
                place.close()


@test
def replaced():
    """A library that was replaced while it is mapped keeps its own names"""
    alone()
    tracepoints()
    need("gcc")
    for prefix in ((), NOBODY):
        with folder() as path, readable_binaries():
            place = Place(path)
            built(place)
            os.mkdir(f"{path}/lib")
            place.put("library.so", f"{path}/lib", "library.so")

            def replace(pid):
                place.put("other.so", f"{path}/lib", "new")
                os.rename(f"{path}/lib/new", f"{path}/lib/library.so")
            top = stacks_of(f"{path}/program", f"{path}/lib", prefix, replace)
            true(f"{prefix}: {top}", "nobody_calls_this" not in top)
            if not prefix:
                true(f"the mapping's own file is still read: {top}", top.endswith(";library_copies"))


@test
def newline_in_its_path():
    """A path with a newline, a blank, a tab and letters: names are found, for root and for nobody"""
    need_root()
    tracepoints()
    need("gcc")
    for prefix in ((), NOBODY):
        with folder() as path, readable_binaries():
            place = Place(path)
            built(place)
            odd = f"{path}/My\nlibs\t ü (deleted)"
            os.mkdir(odd)
            place.put("library.so", odd, "library.so")
            top = stacks_of(f"{path}/program", odd, prefix)
            true(f"{prefix}: {top}", top.endswith("main;program_serves;library_copies"))


if __name__ == "__main__":
    main()
