"""Machines for scripts/vm-check: a kernel's image and modules, an initramfs, disks, qemu."""
import contextlib
import fcntl
import glob
import gzip
import io
import lzma
import os
import re
import shutil
import stat
import subprocess
import tarfile
import time

from packages import Unfit

HERE = os.path.dirname(os.path.abspath(__file__))
# In this order, with what they need; what a kernel has built in or has not at all is left out.
MODULES = ["virtio_pci", "virtio_mmio", "virtio_blk", "virtio_rng", "crc32c_generic", "ext4", "lzo", "lzo_rle",
           "lz4", "zstd", "zram"]
QEMU = {
    "amd64": ("qemu-system-x86_64", ["-machine", "pc"], "max,la57=off", "ttyS0"),
    "arm64": ("qemu-system-aarch64", ["-machine", "virt"], "max,pauth-impdef=on,sve=off", "ttyAMA0"),
}
INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys
for m in /modules/*; do [ -e $m ] && insmod $m; done
i=0; while [ ! -b /dev/vda ] && [ $i -lt 50 ]; do sleep 0.2; i=$((i+1)); done
mount -t ext4 /dev/vda /new || { echo "vm: no disk"; poweroff -f; }
mount -t tmpfs run /new/run; cp /vminit /new/run/vminit
umount /proc /sys; mount --move /dev /new/dev
exec switch_root /new /run/vminit
"""


def read(path):
    with open(path, "rb") as file:
        return file.read()


def kernel_image(folder):
    """The path of the kernel in an unpacked package, or in a folder that holds little else."""
    for pattern in ("boot/vmlinu*", "usr/lib/modules/*/vmlinu*", "lib/modules/*/vmlinu*", "vmlinu*", "bzImage",
                    "Image"):
        found = sorted(glob.glob(f"{folder}/{pattern}"))
        if found:
            return found[0]
    raise Unfit(f"{folder}: no kernel in it (boot/vmlinuz-*, lib/modules/*/vmlinuz or vmlinuz)")


def processor(image):
    """Debian's name of the architecture that this kernel is for, and the image as qemu takes it."""
    data = read(image)
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[0x38:0x3c] == b"ARM\x64":
        return "arm64", data
    if data[0x202:0x206] == b"HdrS":
        return "amd64", data
    raise Unfit(f"{image}: neither a bzImage nor an arm64 Image")


def unpacked(path):
    if path.endswith(".xz"):
        return lzma.decompress(read(path))
    if path.endswith(".gz"):
        return gzip.decompress(read(path))
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-qdc", path], stdout=subprocess.PIPE, check=True).stdout
    return read(path)


def view(folder, place, version):
    """depmod and modprobe look in lib/modules and write there: a view of the folder of our own."""
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(f"{place}/lib/modules/{version}")
    for entry in glob.glob(f"{folder}/*"):
        if os.path.basename(entry) == "kernel" or ".builtin" in entry or entry.endswith(".order"):
            os.symlink(os.path.abspath(entry), f"{place}/lib/modules/{version}/{os.path.basename(entry)}")
    done = subprocess.run(["depmod", "-b", place, version], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode:
        raise Unfit(f"depmod: {done.stdout.strip()[-600:]}")


def modules(folder, place):
    """Paths of the modules that a machine needs, in the order in which they are loaded."""
    found = glob.glob(f"{folder}/lib/modules/*/kernel") + glob.glob(f"{folder}/usr/lib/modules/*/kernel")
    if not found:
        return []
    version = os.path.basename(os.path.dirname(found[0]))
    if not os.path.exists(f"{place}/lib/modules/{version}/modules.dep"):
        view(os.path.dirname(found[0]), place, version)
    paths = []
    for name in MODULES:
        told = subprocess.run(["modprobe", "-d", place, "-S", version, "--show-depends", name], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        paths += [p for p in re.findall(r"^insmod (\S+)", told, re.M) if p not in paths]
    return paths


class Archive:
    """An initramfs in the format "newc" (Documentation/driver-api/early-userspace/buffer-format.rst)."""

    def __init__(self):
        self.bytes, self.number = io.BytesIO(), 0

    def add(self, name, mode, data=b""):
        self.number += 1
        fields = [self.number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
        self.bytes.write(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))

    def done(self):
        self.add("TRAILER!!!", 0)
        return gzip.compress(self.bytes.getvalue(), 1)


def initramfs(folder, place, busybox):
    """What loads a few modules and goes over to the first disk."""
    archive = Archive()
    for name in ("bin", "modules", "proc", "sys", "dev", "new"):
        archive.add(name, stat.S_IFDIR | 0o755)
    archive.add("bin/busybox", stat.S_IFREG | 0o755, read(busybox))
    archive.add("bin/sh", stat.S_IFLNK | 0o777, b"busybox")
    archive.add("init", stat.S_IFREG | 0o755, INIT.encode())
    archive.add("vminit", stat.S_IFREG | 0o755, read(f"{HERE}/init"))
    for number, path in enumerate(modules(folder, place)):
        name = f"{number:03}-{os.path.basename(path).partition('.ko')[0]}.ko"
        archive.add(f"modules/{name}", stat.S_IFREG | 0o644, unpacked(path))
    return archive.done()


def disk(folder, image, megabytes):
    """An ext4 with what is in the folder, all of it root's."""
    make = ["mke2fs", "-q", "-F", "-t", "ext4", "-O", "^metadata_csum", "-E", "root_owner=0:0", "-d", folder,
            f"{image}.part", f"{megabytes}M"]
    if os.geteuid():
        make = ["unshare", "--map-root-user", *make]
    with contextlib.suppress(FileNotFoundError):
        os.remove(f"{image}.part")
    done = subprocess.run(make, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Unfit(f"mke2fs: {done.stderr.strip()}")
    os.replace(f"{image}.part", image)


def has_kvm(arch):
    """Can this machine run that processor's programs at full speed?"""
    if os.uname().machine != {"amd64": "x86_64", "arm64": "aarch64"}[arch]:
        return False
    if arch == "amd64" and not re.search(rb"\b(vmx|svm)\b", read("/proc/cpuinfo")):
        return False
    return os.access("/dev/kvm", os.R_OK | os.W_OK)


class Machine:
    """One boot. `folder` keeps the console and what the machine leaves behind."""

    def __init__(self, arch, kernel, root, options):
        self.arch, self.kernel, self.root, self.options = arch, kernel, root, options

    def command(self, folder, tree, cpus):
        program, machine, cpu, console = QEMU[self.arch]
        accel = self.options.accel or ("kvm" if has_kvm(self.arch) else "tcg")
        words = f"console={console} quiet panic=-1 random.trust_cpu=on mitigations=off " \
                f"transparent_hugepage={self.options.thp}"
        command = [program, *machine, "-accel", "kvm" if accel == "kvm" else "tcg,thread=multi",
                   "-cpu", "host" if accel == "kvm" else cpu, "-smp", str(cpus), "-m", self.options.memory,
                   "-display", "none", "-nodefaults", "-no-reboot", "-serial", f"file:{folder}/console",
                   "-kernel", f"{folder}/kernel", "-initrd", f"{folder}/initramfs", "-append", words,
                   "-device", "virtio-rng-pci"]
        for name, path, kept in (("a", self.root, False), ("b", tree, False), ("c", f"{folder}/left", True)):
            command += ["-drive", f"file={path},format=raw,if=none,id={name},snapshot={'off' if kept else 'on'}",
                        "-device", f"virtio-blk-pci,drive={name}"]
        return command

    def boot(self, folder, tree, cpus, seconds, say):
        """Boot and wait for the end; lines for the user go to say(). True: it went down by itself."""
        image, initrd = self.kernel
        for name, data in (("kernel", image), ("initramfs", initrd), ("console", b"")):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(data)
        with open(f"{folder}/left", "wb") as file:
            file.truncate(64 << 20)
        try:
            with open(self.options.lock, "w", encoding="utf-8") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                over = self.run(self.command(folder, tree, cpus), folder, seconds, say)
            with contextlib.suppress(tarfile.TarError), tarfile.open(f"{folder}/left") as left:
                left.extractall(folder)
        finally:
            for name in ("kernel", "initramfs", "left"):
                os.remove(f"{folder}/{name}")
        return over

    @staticmethod
    def run(command, folder, seconds, say):
        deadline = time.monotonic() + seconds
        with open(f"{folder}/console", "rb") as console, \
                open(f"{folder}/qemu", "wb") as talk, \
                subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=talk, stderr=talk) as qemu:
            try:
                line = b""
                while time.monotonic() < deadline:
                    ended = qemu.poll() is not None
                    for piece in console.read().splitlines(keepends=True):
                        line += piece
                        if line.endswith((b"\n", b"\r")):
                            if line.startswith(b"vm: "):
                                say(line.decode("utf-8", "replace").strip())
                            line = b""
                    if ended:
                        return qemu.returncode == 0
                    time.sleep(0.3)
                return False
            finally:
                qemu.kill()
