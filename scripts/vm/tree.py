"""What a machine of scripts/vm-check gets besides its kernel: a userland, a build, the tests and their job."""
import json
import os
import shutil
import subprocess

import machine
import packages
from packages import Unfit

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}


def compiler(arch):
    """The compiler for a processor: this machine's own, or the cross compiler."""
    native = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine)
    return "gcc" if arch == native else f"{TRIPLETS[arch]}-gcc"


def targets(folder, tests):
    """What the chosen tests run, as make names it."""
    kinds = ["deny", "gc", "stacks"] + (["unit"] if any("*" in t["what"] for t in tests) else [])
    stems = [os.path.splitext(name)[0] for kind in kinds for name in sorted(os.listdir(f"{ROOT}/tests/{kind}"))
             if name.endswith(".c")]
    stems += [] if "test_sys_pidref" in stems else ["test_sys_pidref"]  # tests/deny/test_deny.py runs it
    return [f"{folder}/cowtop", f"{folder}/mkpool", *(f"{folder}/tests/{stem}" for stem in stems)]


def build(options, arch, root, tests):
    """The build for a processor, made against the userland of its machines."""
    if arch in options.builds:
        return os.path.abspath(options.builds[arch])
    gcc, folder = compiler(arch), f"{options.scratch}/build-{arch}"
    os.makedirs(folder, exist_ok=True)
    lib = f"{root}/usr/lib/{TRIPLETS[arch]}"
    env = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=root,
               PKG_CONFIG_LIBDIR=f"{lib}/pkgconfig:{root}/usr/share/pkgconfig")
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        env.pop(name, None)
    with open(f"{folder}/log", "wb") as log:
        done = subprocess.run(["make", "-C", ROOT, f"-j{os.cpu_count()}", f"B={folder}", f"CC={gcc} --sysroot={root}",
                               f"AR={gcc.removesuffix('gcc')}ar", *targets(folder, tests)], env=env, check=False,
                              stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    if done.returncode:
        raise Unfit(f"no build for {arch}: {folder}/log")
    return folder


def root_image(options, arch):
    """(folder, image) of the userland."""
    root = packages.userland(options.scratch, options.mirror, arch)
    image = f"{root}.img"
    if not os.path.exists(image) or os.path.getmtime(image) < os.path.getmtime(f"{root}.whole"):
        machine.disk(root, image, 2500)
    return root, image


def pythons(options, arch, tree):
    """Debian's newer CPythons into the tree; the value of COWTOP_PYTHONS there."""
    if not options.pythons or arch != "amd64":
        return ""
    folder = f"{options.scratch}/pythons"
    done = subprocess.run([f"{ROOT}/tests/gc/debian-pythons", folder], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, check=False, env=dict(os.environ, DEBIAN_MIRROR=options.mirror))
    if done.returncode:
        raise Unfit("tests/gc/debian-pythons found none")
    found = done.stdout.strip().split(":")
    for path in found:
        shutil.copytree(os.path.dirname(path), f"{tree}/pythons/{os.path.relpath(os.path.dirname(path), folder)}",
                        symlinks=True)
        place = f"{tree}/pythons/{os.path.relpath(path, folder)}"
        with open(place, encoding="utf-8") as file:
            text = file.read()
        with open(place, "w", encoding="utf-8") as file:
            file.write(text.replace(folder, "/tree/pythons"))
    return ":".join(f"/tree/pythons/{os.path.relpath(path, folder)}" for path in found)


def tree_disk(options, arch, built, tests, folder):
    """The disk with tests, scripts, the build and the job."""
    tree = f"{folder}/tree"
    image = f"{folder}/tree.img"
    skip = shutil.ignore_patterns("__pycache__", "obj", "*.a", "*.d", "fuzz_*")
    for name in ("tests", "scripts"):
        shutil.copytree(f"{ROOT}/{name}", f"{tree}/{name}", symlinks=True, ignore=skip)
    os.makedirs(f"{tree}/build")
    for name in ("cowtop", "mkpool"):
        shutil.copy(f"{built}/{name}", f"{tree}/build/{name}")
    shutil.copytree(f"{built}/tests", f"{tree}/build/tests", ignore=skip)
    environment = {"COWTOP_PYTHONS": pythons(options, arch, tree)}
    with open(f"{tree}/job.json", "w", encoding="utf-8") as file:
        json.dump({"tests": tests, "environment": environment}, file)
    size = int(subprocess.check_output(["du", "-sm", tree], text=True).split()[0])
    machine.disk(tree, image, size * 13 // 10 + 64)
    shutil.rmtree(tree)
    return image
