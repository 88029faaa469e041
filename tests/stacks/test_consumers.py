#!/usr/bin/python3
"""What cowtop stacks writes, in the hands of those who read it: names of C++ and of 32-bit programs, pprof, scripts."""
import json
import shutil
import subprocess

from watching import tracepoints
from profiles import read_pprof
from kernel import PAGE
from run import cowtop, folder, write_file
from tap import equal, fail, main, need, need_root, PATIENCE, Skip, test, true

BODY = r"""
#include <cstdio>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
struct Cache; struct Session;
static const size_t N = 8 << 20;
template<class T> struct Op { __attribute__((noinline)) static void copies(char *p, size_t n) {
	for (size_t i = 0; i < n; i += 4096) p[i]++;
	asm volatile("" ::: "memory");
} };
int main() {
	char *p = (char *)mmap(0, N, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(p, N, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < N; i += 4096) p[i] = 1;
	if (!fork()) { prctl(PR_SET_PDEATHSIG, SIGKILL); for (;;) pause(); }
	printf("ready\n"); fflush(stdout);
	for (;;) {
		int c = fork();
		if (!c) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			usleep(100000);
			Op<Cache>::copies(p, N / 4 * 3);
			Op<Session>::copies(p + N / 4 * 3, N / 4);
			usleep(50000);
			_exit(0);
		}
		waitpid(c, 0, 0);
	}
}
"""
CACHE, SESSION = ("Op<Cache>::copies(char*, unsigned long)", "Op<Session>::copies(char*, unsigned long)")
OF_A_CHILD = (2 << 20) // PAGE     # pages by Session
MANGLED = {CACHE: "_ZN2OpI5CacheE6copiesEPcm", SESSION: "_ZN2OpI7SessionE6copiesEPcm"}


class Program:
    """`with Program(flags) as pid:` it runs, and copies 3 pages in the one function for each in the other."""

    def __init__(self, *flags):
        self.place, self.flags = folder(), flags

    def __enter__(self):
        path = self.place.__enter__()
        done = subprocess.run(["g++", "-O1", *self.flags, "-o", f"{path}/p", write_file(f"{path}/p.cc", BODY)],
                              capture_output=True, text=True)
        if done.returncode:
            self.place.__exit__(None, None, None)
            if "-m32" in self.flags:
                raise Skip("no compiler of 32-bit programs (g++-multilib)")
            fail(done.stderr[:500])
        self.process = subprocess.Popen([f"{path}/p"], stdout=subprocess.PIPE, text=True)
        equal("it runs", self.process.stdout.readline(), "ready\n")
        return self.process.pid

    def __exit__(self, *exc):
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)
        self.place.__exit__(*exc)


def enough(pid, profile):
    """How many seconds it has watched, longer where the machine is slow, until what one child copies of each is little
    of all, and how many pages by function."""
    for seconds in (1, 4, 16, 64):
        status, out, err = cowtop("stacks", "-d", seconds, "--folded", "--pprof", profile, pid, seconds=2 * PATIENCE)
        equal(f"stacks: {err}", status, 0)
        pages = {line.rsplit(" ", 1)[0].split(";")[-1]: int(line.rsplit(" ", 1)[1]) for line in out.splitlines()}
        if pages.get(SESSION, 0) > 4 * OF_A_CHILD:
            return seconds, pages
    fail(f"it copies next to nothing: {pages}")


@test
def two_of_a_template():
    """Two functions of a template are two rows for go tool pprof, from a watch and from a recording"""
    need_root()
    tracepoints()
    need("g++")
    with Program() as pid, folder() as place:
        live, late, recording = f"{place}/live.pb.gz", f"{place}/late.pb.gz", f"{place}/r.ct"
        seconds, pages = enough(pid, live)
        true("three to one", 2 < pages[CACHE] / pages[SESSION] < 4, pages)
        status, _, err = cowtop("record", "--stacks", "-o", recording, "-d", 2 * seconds, pid)
        equal(f"record: {err}", status, 0)
        status, _, err = cowtop("stacks", "--pprof", late, recording)
        equal(f"stacks of the recording: {err}", status, 0)
        for profile in (live, late):
            with open(profile, "rb") as f:
                systems = read_pprof(f.read())["systems"]
            for name, symbol in MANGLED.items():
                true(f"{profile}: {name}", name in systems, sorted(systems))
                equal(f"{profile}: {name}: the system's name", systems[name], symbol)
            true("no name is the system's as well", all(a != b for a, b in systems.items()), systems)
        if not shutil.which("go"):
            raise Skip("no go: pprof itself was not asked")
        for profile in (live, late):
            done = subprocess.run(["go", "tool", "pprof", "-top", "-sample_index=cow_pages", profile], text=True,
                                  capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
            rows = [line for line in done.stdout.splitlines() if "copies" in line]
            equal(f"{profile}: rows of pprof: {done.stdout} {done.stderr}", len(rows), 2)


@test
def narrow_programs():
    """A 32-bit program: what it copied is counted, and that it has no stacks is said"""
    need_root()
    tracepoints()
    need("g++")
    with Program("-m32") as pid:
        status, out, err = cowtop("stacks", "-d", "1", "--json", pid)
        equal(f"stacks: {err}", status, 0)
        document = json.loads(out)
        true("it is said", "stacks of 32-bit programs" in [m["what"] for m in document["method"]["missing"]],
             document["method"])
        status, out, err = cowtop("stacks", "-d", "1", pid)
        true("in the text as well", "without stacks of 32-bit programs" in out, out)
        document = json.loads(cowtop("--json", pid)[1])
        equal("level", document["accounting"]["level"], "exact")


main()
