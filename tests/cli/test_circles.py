#!/usr/bin/python3
"""The guard against circles of files: planted ones are caught, and told by their files and symbols."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from run import folder
from tap import equal, main, need, ROOT, test, true

COMPILER = os.environ.get("CC") or "cc"


def judged(**sources):
    """(exit status, lines) of the guard on object files: `room_file="C text"`."""
    need(COMPILER, "nm")
    with folder() as place:
        for name, text in sources.items():
            room, file = name.split("_")
            os.makedirs(f"{place}/{room}", exist_ok=True)
            subprocess.run([COMPILER, "-x", "c", "-c", "-o", f"{place}/{room}/{file}.o", "-"], input=text, text=True,
                           check=True, timeout=60)
        done = subprocess.run([f"{ROOT}/scripts/check-circles", place], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60)
    equal("what it complains about by itself", done.stderr, "")
    return done.returncode, done.stdout.splitlines()


def calls(name, *others):
    """A C file with a function that calls others."""
    return "".join(f"int {other}(void);" for other in others) + \
        f"int {name}(void) {{ return 0{''.join(f' + {other}()' for other in others)}; }}"


@test
def two_files_that_need_each_other_are_a_circle():
    status, lines = judged(cellar_egg=calls("egg", "hen"), cellar_hen=calls("hen", "egg"),
                           attic_fox=calls("fox", "hen"))
    equal("status", status, 1)
    equal("what it says", [line for line in lines if not line.startswith("ok ")], [
        "not ok 3 - cellar has no circle",
        "# 2 files need one another: cellar/egg, cellar/hen",
        "#     cellar/egg needs cellar/hen: hen",
        "#     cellar/hen needs cellar/egg: egg",
        "1..4"])


@test
def a_circle_may_be_long_and_of_variables():
    status, lines = judged(cellar_a=calls("a", "b"), cellar_b="extern int c; int b(void) { return c; }",
                           cellar_c="int a(void); int c; int *d(void) { a(); return &c; }", cellar_e=calls("e", "a"))
    equal("status", status, 1)
    true("it names the three", "# 3 files need one another: cellar/a, cellar/b, cellar/c" in lines, lines)
    true("and the variable", "#     cellar/b needs cellar/c: c" in lines, lines)


@test
def a_circle_through_two_rooms_is_one():
    status, lines = judged(attic_egg=calls("egg", "hen"), cellar_hen=calls("hen", "egg"))
    equal("status", status, 1)
    equal("what fails", [line for line in lines if line.startswith("not ok ")],
          ["not ok 4 - no circle goes through several rooms"])


@test
def files_that_need_one_another_one_way_are_none():
    status, lines = judged(attic_egg=calls("egg", "hen", "fox"), attic_hen=calls("hen", "fox"),
                           cellar_fox="static int hen(void) { return 1; }" + "int fox(void) { return hen(); }")
    equal("status, and what fails", (status, [line for line in lines if line.startswith("not ok ")]), (0, []))


@test
def an_empty_folder_is_no_good_sign():
    with folder() as place:
        done = subprocess.run([f"{ROOT}/scripts/check-circles", place], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60)
    equal("status", done.returncode, 1)


main()
