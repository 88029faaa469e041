#!/usr/bin/python3
"""What allocators hold, read from outside, against what they count themselves: glibc's malloc_info(3), CPython's
sys._debugmallocstats(), PHP's memory_get_usage(), Ruby's GC.stat.

$COWTOP_LIBCS names folders with other C libraries, separated by colons: tests/heap/debian-libcs unpacks Debian's.
$COWTOP_PYTHONS names more interpreters, as in tests/gc.
"""
import json
import os
import re
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "gc")]
from interpreters import BUILD, interpreters, number
from piped import Piped
from run import folder, spawned
from tap import add_test, equal, fail, main, must_be_built, near, need, PATIENCE, Skip, SLOW, test, true, until

INVENTORY = os.path.join(BUILD, "tests", "inventory")
MALLOCS = os.path.join(BUILD, "tests", "mallocs")
LIAR = os.path.join(BUILD, "tests", "heapliar")
SOURCE = os.path.join(HERE, "mallocs.c")
PAGE = os.sysconf("SC_PAGESIZE")


def read(pid, pages_max=0):
    must_be_built(INVENTORY)
    done = subprocess.run([INVENTORY], input=f"{pid} {pages_max}\n".encode(), stdout=subprocess.PIPE, timeout=120)
    equal("inventory: exit status", done.returncode, 0)
    answer = json.loads(done.stdout)
    if "error" in answer:
        fail(answer["error"])
    return answer


def allocator(answer, name):
    found = [a for a in answer["allocators"] if a["name"] == name]
    equal(f"allocators called {name}", len(found), 1)
    return found[0]


def names(answer):
    return [a["name"] for a in answer["allocators"]]


# ---- glibc

class Info:
    """malloc_info(3) of a whole process. It adds the bits beside a chunk's size to it: 1 or 5 a free chunk."""

    def __init__(self, text):
        whole = text[text.rindex("</heap>"):]

        def total(kind, key):
            found = re.search(rf'<total type="{kind}" count="(?P<count>\d+)" size="(?P<size>\d+)"', whole)
            return int(found[key]) if found else 0
        self.arenas = text.count("<heap ")
        self.free = total("fast", "size") + total("rest", "size")
        self.bits = 5 * (total("fast", "count") + total("rest", "count"))
        self.mapped, self.nmapped = total("mmap", "size"), total("mmap", "count")
        self.system = int(re.search(r'<system type="current" size="(\d+)"', whole)[1])


def mallocs(*arguments, prefix=(), program=MALLOCS, **popen):
    must_be_built(program)
    pool = Piped([*prefix, program, *map(str, arguments)], **popen)
    equal("mallocs", pool.answer(), "ready")
    return pool


def agrees(pool, pid=None):
    """What is read of it is what it says itself, to the byte but for the bits."""
    answer = read(pid or pool.process.pid)
    said = Info(pool.ask("info"))
    got = allocator(answer, "glibc")
    equal("why there are no amounts", got["why"], "")
    equal("guessed", got["guessed"], False)
    equal("sign", got["sign"], "state")
    equal("arenas", got["arenas"], said.arenas)
    equal("held", got["held"], said.system)
    free = got["free"] + got["top"]
    true("free", 0 <= said.free - free <= said.bits, (free, said.free, said.bits))
    equal("used, with what threads keep", got["used"] + got["cached"], said.system - free)
    # from 2.43 on the sum is of other parts than whole mappings, and the last bits of it are anything
    near("blocks with a mapping of their own", got["nmapped"], said.nmapped, 0)
    near("their bytes", got["mapped"], said.mapped, 0)
    mapped = sum(end - start for start, end, _, use, _ in answer["areas"] if use == "mapped")
    near("their areas", mapped, said.mapped, PAGE * said.nmapped)
    return got


def in_use(pool, got, arenas):
    """What is in use is what the program has, and little else: caches of threads, files, structures of arenas."""
    live = int(pool.ask("live"))
    true("in use", live <= got["used"] <= live + 100_000 + arenas * 8192, (live, got["used"]))


def one_thread():
    with mallocs(1, 0, 20000, 2000) as pool:
        got = agrees(pool)
        in_use(pool, got, 1)
        true("threads keep something", got["cached"] > 0)


add_test("glibc: one thread", one_thread)


def threads(**more):
    with mallocs(3, 4, 40000, 3000, 4, 10, **more) as pool:
        got = agrees(pool)
        equal("arenas", got["arenas"], 5)
        in_use(pool, got, 5)


add_test("glibc: threads have arenas, and blocks mappings of their own", threads)


@test
def little_is_kept():
    """glibc: long fast bins"""
    with mallocs(5, 1, 150000, 150, 2) as pool:
        agrees(pool)


@test
def many_heaps():
    """glibc: an arena of several heaps"""
    with mallocs(6, 1, 250000, 4000, 8) as pool:
        answer = read(pool.process.pid)
        agrees(pool)
        heaps = {start >> 26 for start, _, _, use, number in answer["areas"] if use == "arena" and number == 1}
        true("heaps of 64 MiB", len(heaps) > 1, heaps)


def after(pool, request):
    """What the inventory says when that has been done, which agrees with glibc's own."""
    equal(request, pool.ask(request), "ok")
    agrees(pool)
    return read(pool.process.pid)


@test
def foreign():
    """glibc: others move the break"""
    with mallocs(7, 0, 20000, 1000) as pool:
        answer = after(pool, "foreign")
        equal("pieces of the main arena", sum(use == "brk" for _, _, _, use, _ in answer["areas"]), 2)


@test
def no_break():
    """glibc: the break cannot be moved, and the main arena has mappings"""
    with mallocs(8, 1, 20000, 1000) as pool:
        answer = after(pool, "wall")
        uses = [use for _, _, _, use, number in answer["areas"] if number == 0 and use != "mapped"]
        true("pieces of the main arena", uses.count("brk") == 1 and uses.count("arena") >= 2, uses)


@test
def beside_an_arena():
    """glibc: mappings of the main arena lie right below the heap of another one, which is not looked at twice"""
    with mallocs(8, 1, 20000, 1000) as pool:
        answer = after(pool, "below")
        heap = min(start for start, _, _, use, number in answer["areas"] if number == 1)
        true("the main arena ends where that begins", any(
            end in (heap, heap - 16) and number == 0 for _, end, _, _, number in answer["areas"]), answer["areas"])


@test
def tunables():
    """glibc: without thread caches; with one arena; with none of their own mappings"""
    for tunable in ("tcache_count=0", "arena_max=1", "mmap_max=0", "hugetlb=1", "mmap_threshold=4000000"):
        env = dict(os.environ, GLIBC_TUNABLES=f"glibc.malloc.{tunable}")
        with mallocs(9, 2, 20000, 2000, 5, 3, env=env) as pool:
            got = agrees(pool)
            if tunable == "tcache_count=0":
                equal("threads keep nothing", got["cached"], 0)
            if tunable == "mmap_max=0":
                equal("own mappings", got["nmapped"], 0)


@test
def trim():
    """glibc: what malloc_trim(3) gives back"""
    for arguments in ((10, 0, 60000, 4000, 3), (11, 3, 150000, 3000, 3), (12, 2, 400000, 300, 1)):
        with mallocs(*arguments) as pool:
            got = agrees(pool)
            told = got["trimmable"]
            true("the rest is pinned, or was given back", told <= got["free"] + got["top"] - got["pinned"], got)
            given = int(pool.ask("trim"))
            true("there is something", told > 1 << 20, told)
            near("given back", given, told, 16 * PAGE + told // 100)
            after = agrees(pool)
            true("then next to nothing is left", after["trimmable"] <= 16 * PAGE)
            near("what is pinned stays", after["pinned"], got["pinned"], 64 * PAGE + got["pinned"] // 100)


@test
def forked():
    """glibc: a child holds what the threads of its parent had"""
    with mallocs(13, 3, 30000, 2000, 5, 4) as pool:
        before = agrees(pool)
        child = int(pool.ask("fork"))
        after = agrees(pool, child)
        near("in use", after["used"], before["used"], 65536)
        near("kept by threads", after["cached"], before["cached"], 65536)
        os.kill(child, 9)


@test
def churning():
    """glibc: a process that allocates and frees without end"""
    with mallocs(14, 2, 60000, 2000, 5) as pool:
        equal("churn", pool.ask("churn"), "ok")
        for _ in range(10):
            answer = read(pool.process.pid)
            said = Info(pool.ask("info"))
            got = allocator(answer, "glibc")
            equal("why there are no amounts", got["why"], "")
            near("held", got["held"], said.system, 1 << 20)
            near("free", got["free"] + got["top"], said.free, said.system // 50)


@test
def bounded():
    """glibc: more memory than may be read has no amounts, and says so"""
    with mallocs(17, 0, 60000, 2000) as pool:
        answer = read(pool.process.pid, 2000)
        got = allocator(answer, "glibc")
        true("more than that", got["held"] > 10 << 20, got["held"])
        equal("amounts", (got["used"], got["free"], got["trimmable"]), (None, None, None))
        equal("why", got["why"], "it is more memory than may be read")
        true("pages read", answer["pages"] <= 4000, answer["pages"])


@test
def static():
    """glibc: a static program, and one that lies where it was linked to"""
    need("gcc")
    with folder() as place:
        for flags in (["-static"], ["-no-pie"]):
            program = os.path.join(place, "mallocs")
            done = subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O0", "-pthread", *flags, "-o", program,
                                   SOURCE], capture_output=True)
            if done.returncode:
                raise Skip(f"gcc {flags[0]}: {done.stderr.decode()[:100]}")
            threads(program=program)


def other_libc(place):
    """The same program with another C library: a folder that has been unpacked."""
    def run():
        loaders = [os.path.join(place, part, "x86_64-linux-gnu") for part in ("lib", "usr/lib")]
        libs = [d for d in loaders if os.path.exists(os.path.join(d, "libc.so.6"))]
        true("a C library there", libs, place)
        program = os.path.join(place, "mallocs")
        loader = os.path.join(libs[0], "ld-linux-x86-64.so.2")
        prefix = (loader, "--library-path", libs[0])
        threads(prefix=prefix, program=program)
        with mallocs(10, 2, 40000, 4000, 3, prefix=prefix, program=program) as pool:
            told = agrees(pool)["trimmable"]
            near("given back", int(pool.ask("trim")), told, 32 * PAGE + told // 100)
    return run


for path in filter(None, os.environ.get("COWTOP_LIBCS", "").split(":")):
    add_test(f"glibc: {os.path.basename(path)}", other_libc(path))


NOTICED = ("sizes", "broken", "system", "ring", "heaps")


def lying(name):
    """What is told is bounded, and so is what it costs: far above what is measured on a quiet machine."""
    def run():
        with mallocs(name, program=LIAR) as pool:
            answer = read(pool.process.pid)
            pool.process.kill()
        true("CPU time, ms", answer["ms"] < 3000 * SLOW, answer["ms"])
        for got in answer["allocators"]:
            true("held is the sum", got["used"] is None or got["held"] >= 0 and
                 sum(got[k] for k in ("used", "own", "cached", "free", "top")) == got["held"], got)
            if name in NOTICED:
                true("guessed or not told", got["used"] is None or got["guessed"], got)
    return run


for lie in ("none", "fences", "caches", *NOTICED):
    add_test(f"a liar: {lie}", lying(lie))


# ---- pymalloc

def stats(text):
    """What sys._debugmallocstats() says: bytes in use, free, in pools that are not in use; arenas; by size."""
    def figure(words):
        return int(re.search(words + r"[^\n]*=\s*([\d,]+)\n", text)[1].replace(",", ""))
    pools, size = re.search(r"(\d+) unused pools \* (\d+) bytes", text).groups()
    classes = {int(row[1]): (int(row[2]), int(row[3]), int(row[4])) for row in
               re.finditer(r"^\s*\d+\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$", text, re.M)}
    return (figure("bytes in allocated blocks"), figure("bytes in available blocks"), int(pools) * int(size),
            figure("# arenas allocated current"), classes)


def pymalloc(interpreter):
    def run():
        with folder() as place:
            said = os.path.join(place, "said")
            with Piped([interpreter.path, os.path.join(HERE, "blocks.py"), "7", "40000", said]) as python:
                equal("it stands", python.answer(), "ready")
                python.ask("say")
                answer = read(python.process.pid)
                with open(said, encoding="utf-8") as f:
                    used, free, unused, arenas, classes = stats(f.read())
        got = allocator(answer, "pymalloc")
        equal("guessed, why", (got["guessed"], got["why"]), (False, ""))
        equal("arenas", got["arenas"], arenas)
        true("arenas", arenas > 10, arenas)
        # some blocks are there only to say it
        near("in use", got["used"], used, 4096)
        near("free", got["free"], free, 4096)
        near("unused pools", got["top"], unused, 32768)
        equal("the sum", sum(got[k] for k in ("used", "free", "top", "own")), got["held"])
        sizes = {c["size"]: (c["pools"], c["used"], c["free"]) for c in answer["classes"]}
        equal("sizes", sorted(sizes), sorted(classes))
        for size, (npools, nused, nfree) in classes.items():
            near(f"pools of {size}", sizes[size][0], npools, 1)
            near(f"blocks of {size} in use", sizes[size][1], nused, 8)
            near(f"blocks of {size} free", sizes[size][2], nfree, 8 + 1024 * (sizes[size][0] != npools))
        allocator(answer, "glibc")
    return run


for one in interpreters():
    if number(one.version) >= (3, 6) and not one.free_threaded:
        add_test(f"pymalloc: {one.version}{' debug' if one.debug else ''}", pymalloc(one))


@test
def no_pymalloc():
    """pymalloc is not there where it is switched off"""
    env = dict(os.environ, PYTHONMALLOC="malloc")
    program = "import sys; print('ready', flush=True); sys.stdin.readline()"
    with Piped([sys.executable, "-c", program], env=env) as python:
        python.answer()
        equal("allocators", names(read(python.process.pid)), ["glibc"])


def request(path):
    """The pid of the worker that answers; None: nobody does yet."""
    with socket.socket(socket.AF_UNIX) as s:
        try:
            s.connect(path)
        except OSError:
            return None
        s.settimeout(PATIENCE)
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b""
        while got := s.recv(4096):
            answer += got
    return int(answer.rsplit(b"\r\n", 1)[1])


@test
def gunicorn():
    """a real pool with threads: gunicorn"""
    need("/usr/bin/gunicorn")
    with folder() as place:
        path, said = os.path.join(place, "socket"), os.path.join(place, "said.")
        command = ["/usr/bin/gunicorn", "--preload", "-w", "2", "--threads", "4", "-b", f"unix:{path}", "said_app:app"]
        with spawned(command, cwd=HERE, env=dict(os.environ, SAID=said, PYTHONDONTWRITEBYTECODE="1"),
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as master:
            until("it answers", lambda: request(path))
            for _ in range(20):
                worker = request(path)
            # the threads are done with the request
            time.sleep(0.3)
            answer, before = read(worker), read(master.pid)
            with open(f"{said}{worker}.pymalloc", encoding="utf-8") as f:
                used, free, _, arenas, _ = stats(f.read())
            with open(f"{said}{worker}.glibc", encoding="utf-8") as f:
                info = Info(f.read())
        got = allocator(answer, "pymalloc")
        equal("pymalloc's arenas", got["arenas"], arenas)
        near("pymalloc: in use", got["used"], used, used // 100)
        near("pymalloc: free", got["free"], free, max(free // 100, used // 100))
        got = allocator(answer, "glibc")
        equal("why", got["why"], "")
        equal("glibc's arenas", got["arenas"], info.arenas)
        true("some", info.arenas > 1, info.arenas)
        near("glibc: in use", got["used"] + got["cached"], info.system - info.free, info.system // 100)
        near("glibc: free", got["free"] + got["top"], info.free, info.system // 100)
        # what the worker inherited lies where it lay in the master
        mine = {(start, end) for start, end, kind, _, _ in answer["areas"] if kind == "pymalloc"}
        its = {(start, end) for start, end, kind, _, _ in before["areas"] if kind == "pymalloc"}
        true("arenas of the master", len(mine & its) > len(its) // 2, (len(mine), len(its)))


# ---- others

def library(name):
    """Where a library of this name is, by the linker's cache."""
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, check=False).stdout.decode()
    found = re.search(rf"^\s*{name}\S*.*=> (.*)$", listed, re.M)
    if not found:
        raise Skip(f"no {name} here")
    return found[1]


def preloaded(name):
    def run():
        env = dict(os.environ, LD_PRELOAD=library(f"lib{name}"))
        with mallocs(1, 2, 5000, 2000, env=env) as pool:
            answer = read(pool.process.pid)
        equal("allocators", names(answer), [name])
        got = allocator(answer, name)
        equal("sign", got["sign"], "file")
        equal("no amounts", (got["held"], got["used"], got["free"]), (None, None, None))
        true("and why", got["why"])
    return run


for one in ("jemalloc", "tcmalloc", "mimalloc"):
    add_test(f"{one} is recognised by its library", preloaded(one))


@test
def linked():
    """jemalloc is recognised by its symbols where a program has it in itself"""
    need("gcc")
    with folder() as place:
        program = os.path.join(place, "mallocs")
        with open(os.path.join(place, "je.c"), "w", encoding="utf-8") as f:
            f.write("const char *je_malloc_conf = 0;\n")
        done = subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O0", "-pthread", "-o", program, SOURCE,
                               f.name], capture_output=True)
        equal("gcc", done.returncode, 0)
        with mallocs(1, 0, 100, 100, program=program) as pool:
            answer = read(pool.process.pid)
            equal("sign", allocator(answer, "jemalloc")["sign"], "symbol")
            allocator(answer, "glibc")


PHP = """$a = []; for ($i = 0; $i < 300000; $i++) $a[] = str_repeat("x", $i % 300);
for ($i = 0; $i < 300000; $i++) if ($i % 3 == 0 || intdiv($i, 20000) % 2) unset($a[$i]);
echo memory_get_usage(), " ", memory_get_usage(true), "\n"; fgets(STDIN);"""


@test
def php():
    """PHP's memory manager"""
    need("php")
    with Piped(["php", "-d", "memory_limit=-1", "-r", PHP]) as pool:
        used, held = map(int, pool.answer().split())
        answer = read(pool.process.pid)
    got = allocator(answer, "php")
    equal("guessed, why", (got["guessed"], got["why"]), (False, ""))
    equal("held", got["held"], held)
    near("in use", got["used"], used, 65536)
    equal("the sum", sum(got[k] for k in ("used", "free", "top", "own")), got["held"])
    true("chunks", sum(kind == "php" for _, _, kind, _, _ in answer["areas"]) >= got["arenas"])


RUBY = """a = (0...200000).map { |i| "x" * (i % 100) }; 100000.times { |i| a[i * 2] = nil }; GC.start
s = GC.stat; puts [s[:heap_allocated_pages], s[:heap_live_slots], s[:heap_free_slots]].join(" ")
$stdout.flush; $stdin.gets"""


@test
def ruby():
    """Ruby's heap"""
    need("ruby")
    with Piped(["ruby", "-e", RUBY]) as pool:
        pages, live, free = map(int, pool.answer().split())
        answer = read(pool.process.pid)
    got = allocator(answer, "ruby")
    equal("why", got["why"], "")
    equal("pages", got["arenas"], pages)
    # of one size in 3.1, of five later; objects are made after the sweep
    if got["own"] + got["used"] + got["free"] == got["held"] and pages * 408 <= live + free <= pages * 410:
        near("live", got["used"], live * 40, live * 40 // 50)
        near("free", got["free"], free * 40, free * 40 // 50)
    allocator(answer, "glibc")


@test
def unknown():
    """a program whose allocator nobody knows"""
    need("musl-gcc")
    with folder() as place:
        program = os.path.join(place, "waits")
        with open(f"{program}.c", "w", encoding="utf-8") as f:
            f.write("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void)\n{\n"
                    "\tmemset(malloc(1 << 20), 1, 1 << 20);\n\tputs(\"ready\");\n\tfflush(stdout);\n"
                    "\tgetchar();\n\treturn 0;\n}\n")
        done = subprocess.run(["musl-gcc", "-O0", "-o", program, f.name], capture_output=True)
        equal("musl-gcc", done.returncode, 0)
        with Piped([program]) as pool:
            pool.answer()
            answer = read(pool.process.pid)
    got = allocator(answer, "unknown")
    true("its memory is told", got["held"] >= 1 << 20, got["held"])
    true("and why", got["why"])


# ---- what memory is used for

def anonymous(pid):
    """Bytes of anonymous memory that are resident, and all, by the kernel's count."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        text = f.read()
    return [int(re.search(rf"^{key}:\s+(\d+) kB", text, re.M)[1]) << 10 for key in ("Anonymous", "Rss")]


@test
def uses():
    """each resident page belongs to one use"""
    with mallocs(3, 4, 40000, 3000, 4, 10) as pool:
        answer = read(pool.process.pid)
        anon, rss = anonymous(pool.process.pid)
    got = {}
    for kind, _, resident in answer["uses"]:
        got[kind] = got.get(kind, 0) + resident
    near("resident", sum(got.values()), rss, 4 * PAGE)
    near("anonymous", sum(got.get(k, 0) for k in ("heap", "arena", "mapped", "anon", "stack")), anon, 512 << 10)
    areas = {use: 0 for use in ("arena", "mapped", "brk")}
    for start, end, _, use, _ in answer["areas"]:
        areas[use] += end - start
    bytes_of = {kind: size for kind, size, _ in answer["uses"]}
    near("arenas", bytes_of["arena"], areas["arena"], PAGE)
    near("own mappings", bytes_of["mapped"], areas["mapped"], PAGE)
    true("they are written", got["mapped"] > areas["mapped"] - 50 * 2 * PAGE and got["arena"] > 1 << 20, got)


@test
def touched():
    """nothing of the process changes by it: faults, resident and shared pages"""
    with mallocs(15, 3, 30000, 2000, 5, 4) as pool:
        child = int(pool.ask("fork"))

        def state(pid):
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                sums = [line for line in f if not line.startswith("Pss") and "Referenced" not in line]
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            return sums, fields[7], fields[9]

        def both():
            return state(child), state(pool.process.pid)

        def stands():
            was = both()
            time.sleep(0.2)
            return was == both()
        until("both wait for input", stands)
        before = both()
        for pid in (child, pool.process.pid):
            allocator(read(pid), "glibc")
        equal("state", both(), before)
        os.kill(child, 9)


main()
