"""Packages of Debian's suites, for scripts/vm-check: kernels and the userland of its machines.

Nothing is installed: apt keeps its lists in a folder of our own, one for each suite and architecture, and
what it fetches is unpacked. No root is needed, and no program of the other architecture is run.
"""
import glob
import os
import re
import shutil
import subprocess

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# What the tests of a machine run, and what cowtop is built against; Debian 12.
USERLAND = "bookworm"
PROGRAMS = """base-files base-passwd bash binutils busybox-static coreutils dash debianutils diffutils findutils
	grep gunicorn gzip hostname iproute2 kmod libc-bin libcap2-bin login mawk mount ncurses-base passwd
	procps python3 python3-setproctitle sed tar util-linux""".split()
LIBRARIES = """libc6-dev libcap-ng-dev libcjson-dev libcmocka-dev libiberty-dev libmicrohttpd-dev libncurses-dev
	libproc2-dev libpython3-dev libunwind-dev libzstd-dev zlib1g-dev""".split()
# Kernels by the names that one gives: suite and package.
KERNELS = {
    "5.10": ("bullseye", "linux-image-{arch}"),
    "6.1": ("bookworm", "linux-image-{arch}"),
    "6.12": ("trixie", "linux-image-{arch}"),
    "newest": ("sid", "linux-image-{arch}"),
    "16k": ("trixie", "linux-image-{arch}-16k"),
}


class Unfit(Exception):
    """Something that the user has to see to; the text says what."""


def machines_mirror():
    """The Debian mirror that this machine's apt uses."""
    files = sorted(glob.glob("/etc/apt/sources.list") + glob.glob("/etc/apt/sources.list.d/*"))
    for path in files:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = re.sub(r"#.*", "", file.read())
        for url in re.findall(r"https?://\S+", text):
            if re.search(r"/debian/?$", url):
                return url.rstrip("/")
    return "http://deb.debian.org/debian"


class Apt:
    """apt with a state of its own, for one suite and one architecture."""

    def __init__(self, place, mirror, suite, arch):
        self.place = f"{place}/apt/{suite}-{arch}"
        self.debs = f"{self.place}/debs"
        for name in ("etc/preferences.d", "etc/apt.conf.d", "etc/parts", "lists/partial",
                     "cache/archives/partial", "debs"):
            os.makedirs(f"{self.place}/{name}", exist_ok=True)
        with open(f"{self.place}/sources.list", "w", encoding="utf-8") as file:
            file.write(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n")
        with open(f"{self.place}/status", "w", encoding="utf-8"):
            pass
        with open(f"{self.place}/apt.conf", "w", encoding="utf-8") as file:
            file.write(f'''Dir "{self.place}";
Dir::State "{self.place}"; Dir::State::lists "lists"; Dir::State::status "{self.place}/status";
Dir::Cache "{self.place}/cache"; Dir::Etc "{self.place}/etc";
Dir::Etc::sourcelist "{self.place}/sources.list"; Dir::Etc::sourceparts "parts";
APT::Architecture "{arch}"; APT::Architectures {{ "{arch}"; }}; APT::Sandbox::User "";
Acquire::Languages "none"; Acquire::Check-Valid-Until "false";
''')

    def run(self, *words):
        done = subprocess.run(["apt-get", "-q", *words], cwd=self.debs, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                              env=dict(os.environ, APT_CONFIG=f"{self.place}/apt.conf", LC_ALL="C"))
        if done.returncode:
            raise Unfit(f"apt-get {' '.join(words[:3])}: {done.stderr.strip()[-600:]}")
        return done.stdout

    def fetch(self, packages, wanted=""):
        """Files of the packages and of what they depend on, as far as the names match `wanted`."""
        self.run("update")
        plan = self.run("install", "-s", "-y", "--no-install-recommends", *packages)
        names = sorted({n for n in re.findall(r"^Inst (\S+)", plan, re.M) if re.match(wanted, n)})
        self.run("download", *names)
        return [max(glob.glob(f"{self.debs}/{n.split(':')[0]}_*.deb"), key=os.path.getmtime) for n in names]

    def forget(self):
        """Lists and packages: what was unpacked is kept, and is fetched anew when somebody wants it newer."""
        shutil.rmtree(self.place, ignore_errors=True)


def unpack(deb, folder):
    """A package's files; what lies in /lib comes into /usr/lib where the one is a link to the other."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as packed:
        done = subprocess.run(["tar", "-C", folder, "-x", "--keep-directory-symlink", "--no-same-owner"],
                              stdin=packed.stdout, check=False)
    if done.returncode or packed.returncode:
        raise Unfit(f"{deb} could not be unpacked")


def whole(folder):
    """Was this folder finished by an earlier run?"""
    return os.path.exists(f"{folder}.whole")


def finish(folder):
    with open(f"{folder}.whole", "w", encoding="utf-8"):
        pass


def begin(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)


def kernel(place, mirror, arch, name):
    """The folder of one of Debian's kernels."""
    folder = f"{place}/kernels/{arch}-{name}"
    if not whole(folder):
        suite, package = KERNELS[name]
        begin(folder)
        apt = Apt(place, mirror, suite, arch)
        for deb in apt.fetch([package.format(arch=arch)], r"linux-(image|binary|modules)"):
            unpack(deb, folder)
        apt.forget()
        finish(folder)
    return folder


def userland(place, mirror, arch):
    """The folder of a userland that holds what a machine runs, and serves as a sysroot for its builds."""
    root = f"{place}/roots/{arch}"
    if whole(root):
        return root
    begin(root)
    for name in ("bin", "sbin", "lib", "lib64"):
        os.makedirs(f"{root}/usr/{name}")
        os.symlink(f"usr/{name}", f"{root}/{name}")
    apt = Apt(place, mirror, USERLAND, arch)
    for deb in apt.fetch(PROGRAMS + LIBRARIES):
        unpack(deb, root)
    apt.forget()
    settle(root)
    finish(root)
    return root


def settle(root):
    """What packages' own scripts would have done, as far as the tests need it; links that hold when the
    folder is looked at from outside."""
    for name in ("passwd", "group"):
        shutil.copy(f"{root}/usr/share/base-passwd/{name}.master", f"{root}/etc/{name}")
    for name, text in (("hosts", "127.0.0.1 localhost\n::1 localhost\n"), ("hostname", "vm\n"),
                       ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")):
        with open(f"{root}/etc/{name}", "w", encoding="utf-8") as file:
            file.write(text)
    for link, target in (("awk", "mawk"), ("which", "which.debianutils")):
        os.symlink(target, f"{root}/usr/bin/{link}")
    for name in ("proc", "sys", "dev", "run", "tmp", "mnt", "root", "tree", "out"):
        os.makedirs(f"{root}/{name}", exist_ok=True)
    for link in glob.glob(f"{root}/usr/lib/*/*.so"):
        if os.path.islink(link) and os.readlink(link).startswith("/"):
            target = os.path.relpath(root + "/usr" + os.readlink(link).removeprefix("/usr"), os.path.dirname(link))
            os.remove(link)
            os.symlink(target, link)
