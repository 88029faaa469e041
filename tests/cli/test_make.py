#!/usr/bin/python3
"""The Makefile: where it builds, and what it builds again; the Debian package."""
import glob
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import equal, main, need, ROOT, test, true

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
