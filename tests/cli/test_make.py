#!/usr/bin/python3
"""The Makefile: where it builds, and what it builds again; the Debian package."""
import glob
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from run import folder, write_file
from tap import equal, main, need, ROOT, Skip, test, true

BUILD = os.path.join(ROOT, os.environ.get("B") or "build")


def would_remove(*args, **environment):
    """What `make clean` would remove: the build folder."""
    need("make")
    env = {name: value for name, value in os.environ.items() if name not in ("B", "SAN", "MAKEFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "-n", "clean", *args], cwd=ROOT, env={**env, **environment},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    equal(f"exit status of make -n clean ({done.stderr.strip()})", done.returncode, 0)
    return done.stdout.strip()


@test
def a_variable_b_of_the_environment_does_not_move_the_build():
    equal("without any", would_remove(), "rm -rf build")
    equal("with one", would_remove(B="/nowhere"), "rm -rf build")
    equal("with one that make -e would prefer", would_remove("-e", B="/nowhere"), "rm -rf build")
    equal("with one beside SAN", would_remove(B="/nowhere", SAN="address"), "rm -rf build-san")


@test
def the_command_line_moves_the_build():
    equal("B=", would_remove("B=/nowhere", B="/elsewhere"), "rm -rf /nowhere")


@test
def every_c_file_of_the_tests_has_a_dependency_file():
    need("make")
    made_from = set()
    for path in glob.glob(f"{BUILD}/**/*.d", recursive=True):
        with open(path, encoding="utf-8") as file:
            made_from.update(file.read().split())
    sources = {os.path.relpath(path, ROOT) for path in glob.glob(f"{ROOT}/tests/*/*.c")}
    true("there are sources", sources)
    equal("without one", sorted(sources - made_from), [])


FUZZER = """#!/bin/sh
echo "$@" >&2
%s
"""


@test
def a_fuzzer_that_finds_something_does_not_end_the_others():
    """One crashes, one does not run, one finds nothing: all are in the sum."""
    with folder() as path:
        os.mkdir(f"{path}/fuzz")
        for name, does in (("fuzz_a", f"echo ==1== ERROR; : >{path}/fuzz_a-crash-1; exit 77"),
                           ("fuzz_b", "echo no such library; exit 127"),
                           ("fuzz_c", "echo '#9\tDONE   cov: 12 ft: 34 corp: 5/6b lim: 7'; "
                                      "echo stat::number_of_executed_units: 90; "
                                      "echo COVERED_FUNC: hits: 2 edges: 1/4 f ./src/parse/a.c:1; "
                                      "echo COVERED_FUNC: hits: 2 edges: 2/4 g ./src/base/b.c:1; "
                                      "echo COVERED_FUNC: hits: 2 edges: 7/9 h ./tests/fuzz/c.c:1; "
                                      "echo UNCOVERED_FUNC: hits: 0 edges: 0/4 k ./src/codec/d.c:1")):
            write_file(f"{path}/fuzz/{name}", FUZZER % does)
            os.chmod(f"{path}/fuzz/{name}", 0o755)
        done = subprocess.run([f"{ROOT}/scripts/fuzz", path, "1", "fuzz_a", "fuzz_b", "fuzz_c"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        rows = [line.split(None, 7) for line in done.stdout.splitlines()]
        equal("exit status", done.returncode, 1)
        equal("the one that crashed", rows[2], ["a", "0", "-", "-", "-", "-", "-", f"{path}/fuzz_a-crash-1"])
        equal("the one that did not run", rows[3][0], "b")
        true("why", "exit status 127" in rows[3][7] and f"{path}/fuzz_b.log" in rows[3][7], rows[3])
        equal("the one that found nothing", rows[4], ["c", "0", "90", "12", "34", "5", "3/8", "nothing"])
        equal("what none entered", rows[5:7], [["not", "entered:", "src/codec/d.c", "k"],
                                               ["2", "functions", "of", "parse/", "and", "codec/"]])
        equal("the last line", done.stdout.splitlines()[-1], "2 of 3 fuzzers found something")


@test
def the_program_is_hardened():
    """Position independent, relocations read-only, nothing bound late, checked calls and stacks"""
    need("readelf")
    if os.environ.get("SAN"):
        raise Skip("sanitizers have checks of their own")
    program = os.environ["COWTOP"]

    def says(*args):
        return subprocess.run(["readelf", "-W", *args, program], stdin=subprocess.DEVNULL, check=True,
                              capture_output=True, text=True, timeout=60).stdout
    true("PIE", re.search(r"Flags:.*\bNOW\b.*\bPIE\b", says("-d")), says("-d"))
    headers = says("-l")
    true("RELRO", "GNU_RELRO" in headers, headers)
    true("no stack with code", re.search(r"GNU_STACK .* RW +0x", headers), headers)
    symbols = says("--dyn-syms")
    true("stack protector", "__stack_chk_fail" in symbols, symbols)
    true("fortified", "_chk@" in symbols.replace("__stack_chk_fail", ""), symbols)


@test
def every_object_says_where_its_branches_may_go():
    """Every object says where branches may go: CET (x86-64), BTI and PAC (arm64)"""
    # The linker says so of the program where all objects do; Debian's crt1.o does not.
    need("readelf")
    if os.environ.get("SAN"):
        raise Skip("sanitizers have checks of their own")
    wanted = {"x86_64": "IBT, SHSTK", "aarch64": "BTI, PAC"}[os.uname().machine]
    objects = sorted(glob.glob(f"{BUILD}/obj/*/*.o"))
    said = subprocess.run(["readelf", "-nW", *objects], stdin=subprocess.DEVNULL, check=True, capture_output=True,
                          text=True, timeout=60).stdout
    files = said.split("File: ")[1:]
    true("there are objects", len(files) > 100, len(files))
    equal("without it", [file.split("\n")[0] for file in files if wanted not in file], [])


@test
def the_same_sources_give_the_same_bytes_in_any_folder():
    """The same sources give the same bytes in any folder: those of base/, with COWTOP_SAME_ALL all"""
    need("make")
    archives = []
    whole = bool(os.environ.get("COWTOP_SAME_ALL"))
    parts, made = ("src", "build/cowtop") if whole else ("src/base", "build/libbase.a")
    with folder() as path:
        for name in ("one", "another-place"):
            shutil.copytree(f"{ROOT}/{parts}", f"{path}/{name}/{parts}")
            shutil.copy(f"{ROOT}/Makefile", f"{path}/{name}")
            env = {k: v for k, v in os.environ.items() if k not in ("B", "SAN", "MAKEFLAGS", "MAKELEVEL")}
            subprocess.run(["make", "-s", "-j2", made], cwd=f"{path}/{name}", env=env, check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=1800 if whole else 300)
            with open(f"{path}/{name}/{made}", "rb") as file:
                archives.append(file.read())
    true("an archive", len(archives[0]) > 1000)
    true("the same bytes", archives[0] == archives[1])


@test
def the_debian_package_is_built_from_what_install_deps_installs():
    need("apt-get")
    listed = subprocess.run([f"{ROOT}/scripts/install-deps", "--list"], stdin=subprocess.DEVNULL, check=True,
                            capture_output=True, text=True, timeout=60).stdout.split()
    with open(f"{ROOT}/scripts/debian/control", encoding="utf-8") as file:
        depends = re.search(r"^Build-Depends:((?:.*\n)(?: .*\n)*)", file.read(), re.M).group(1)
    # Every Debian that builds packages has libc6-dev.
    equal("packages of libraries", {name for name in re.findall(r"[\w-]+-dev\b", depends)},
          {name.lstrip("?") for name in listed if name.endswith("-dev")} - {"libc6-dev"})


main()
