#!/usr/bin/python3
"""scripts/install-deps with invented package managers: what is asked of them. Only apt is to be had here."""
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import equal, main, ROOT, test, true

SCRIPT = f"{ROOT}/scripts/install-deps"
TOOLS = ("bash", "env", "awk", "tr", "wc", "cat", "rm", "tee", "chmod")
# Says what it was asked for; what is installed, unknown or broken comes by the environment.
FAKE = """#!/bin/bash
name=${0##*/}
has() { [[ " $1 " == *" $2 "* ]]; }
case $name in
id) echo 0; exit ;;
dpkg-query) has "$INSTALLED" "${@: -1}" && echo "install ok installed"; exit ;;
rpm | pacman-T) has "$INSTALLED" "${@: -1}"; exit ;;
apt-cache) shift
	for p; do has "$UNKNOWN" "$p" && c="(none)" || c=1.0; printf '%s:\\n  Candidate: %s\\n' "$p" "$c"; done
	exit ;;
apk) [ "$1" = info ] && { has "$INSTALLED" "${@: -1}"; exit; } ;;
pacman) [ "$1" = -T ] && { has "$INSTALLED" "$2"; exit; } ;;
apt-get) [[ " $* " == *" --simulate "* ]] && exit ;;
esac
echo "$name $*" >>"$ASKED"
for p; do has "$UNKNOWN" "$p" && exit 1; done
exit 0
"""
# What each is asked with, and one package that has another name with each.
MANAGERS = {
    "dnf": ("dnf -y --setopt=install_weak_deps=False install", "cjson-devel", "procps-ng-devel"),
    "yum": ("yum -y install", "cjson-devel", "procps-ng-devel"),
    "apk": ("apk add", "cjson-dev", "procps-ng-dev"),
    "zypper": ("zypper --non-interactive install --no-recommends", "cJSON-devel", "procps-devel"),
    "pacman": ("pacman -S --needed --noconfirm", "cjson", "procps-ng"),
}


@contextlib.contextmanager
def world(*programs):
    """A PATH with these programs alone; yields a function that runs the script in it."""
    with tempfile.TemporaryDirectory() as folder:
        for tool in TOOLS:
            os.symlink(shutil.which(tool), f"{folder}/{tool}")
        for program in (*programs, "id"):
            with open(f"{folder}/{program}", "w", encoding="ascii") as file:
                file.write(FAKE)
            os.chmod(f"{folder}/{program}", 0o755)

        def run(*args, installed="", unknown=""):
            """(exit status, lines that the managers were asked, what was said)"""
            asked = f"{folder}/asked"
            with open(asked, "w", encoding="ascii"):
                pass
            done = subprocess.run([SCRIPT, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  check=False, env={"PATH": folder, "ASKED": asked, "INSTALLED": installed,
                                                    "UNKNOWN": unknown})
            with open(asked, encoding="ascii") as file:
                return done.returncode, file.read().splitlines(), done.stdout + done.stderr
        yield run


@test
def every_manager():
    """dnf, yum, apk, zypper, pacman: what must be there in one go, the rest one by one, and what is not tried"""
    for name, (command, cjson, procps) in MANAGERS.items():
        with world(name, *(["rpm"] if name in ("dnf", "yum", "zypper") else [])) as run:
            status, asked, said = run("-y")
            equal(f"{name}: status: {said}", status, 0)
            true(f"{name}: {asked}", asked[0].startswith(f"{command} gcc ") and cjson in asked[0].split())
            true(f"{name}: libproc2 by itself", f"{command} {procps}" in asked[1:], asked)
            true(f"{name}: said", "never tried" in said, said)


@test
def only_what_is_missing():
    """What is installed is not asked for; nothing missing: nothing asked"""
    for name, (command, cjson, _) in MANAGERS.items():
        with world(name, *(["rpm"] if name in ("dnf", "yum", "zypper") else [])) as run:
            all_of_it = run("--list")[2].replace("?", "").split()
            equal(f"{name}: twice", len(set(all_of_it)), len(all_of_it))
            rest = " ".join(p for p in all_of_it if p != cjson)
            equal(f"{name}: one", run("-y", installed=rest)[:2], (0, [f"{command} {cjson}"]))
            equal(f"{name}: none", run("-y", installed=" ".join(all_of_it)), (0, [], ""))
            rest = " ".join(p for p in all_of_it if not re.match("procps|binutils", p))
            equal(f"{name}: not again and again", run(installed=rest), (0, [], ""))


@test
def absent():
    """A package that may be absent is done without, one that must be there is a failure"""
    with world("dnf", "rpm") as run:
        status, _, said = run("-y", unknown="binutils-devel")
        equal("status", status, 0)
        true("said", "no binutils-devel: done without" in said, said)
        true("a failure", run("-y", unknown="cjson-devel")[0] != 0)


@test
def apt():
    """apt: one go, without what this release does not have"""
    with world("apt-get", "dpkg-query", "apt-cache") as run:
        status, asked, said = run("-y", unknown="libproc2-dev")
        equal(f"status: {said}", status, 0)
        true("said", "this release has no libproc2-dev" in said and "never tried" not in said, said)
        install = [line for line in asked if " install " in line]
        equal("in one go", len(install), 1)
        words = install[0].split()
        true("libiberty", "libiberty-dev" in words and "libcjson-dev" in words, install)
        true("not libproc2", "libproc2-dev" not in words, install)


@test
def nobody_to_ask():
    """No manager: what to see to; an unknown argument: exit 2"""
    with world() as run:
        status, _, said = run("-y")
        equal("status", status, 0)
        true("said", "libcjson-dev" in said, said)
        equal("usage", run("--frobnicate")[0], 2)


@test
def for_the_bench():
    """--bench: what the bench compares with; it goes on without what a release does not have"""
    with world("apt-get", "dpkg-query", "apt-cache") as run:
        status, asked, said = run("-y", "--bench", unknown="smemstat")
        install = [line.split() for line in asked if " install " in line]
        equal(f"status: {said}", (status, len(install)), (0, 1))
        true("smem", "smem" in install[0] and "smemstat" not in install[0], install)
        true("no tests", "libcmocka-dev" not in install[0], install)
        both = run("--bench", "--tests", "--list")[2]
        true("and the tests", "?smem\n" in both and "?libcmocka-dev\n" in both, both)


@test
def whole_lists():
    """Each need has a column for each manager"""
    with open(SCRIPT, encoding="utf-8") as file:
        lists = re.findall(r"^(?:build|tests|services|bench|bench_services)='\n(.*?)^'", file.read(), re.M | re.S)
    equal("lists", len(lists), 5)
    for line in "".join(lists).splitlines():
        equal(f"columns of {line}", len(line.split()), 5)


if __name__ == "__main__":
    main()
