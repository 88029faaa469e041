"""What a unit of systemd says of a service, applied without systemd: namespaces, mounts, capabilities, limits, system
calls. Every setting of the unit is applied here, or named as one that restricts nothing; another one is a failure."""
import json
import os
import re
import subprocess
import sys

from tap import fail, need, need_root, need_to_run, PATIENCE, ROOT, Skip, true

UNITS = f"{ROOT}/scripts/systemd"
USER = 65534
# They restrict nothing that a process can do, or (limits of a cgroup) only how much of it.
ASIDE = {"ExecStart", "Restart", "RestartSec", "StateDirectory", "StateDirectoryMode", "TasksMax", "MemoryMax"}
# What a switch of systemd.exec(5) takes of system calls, beside SystemCallFilter=.
DENIED_BY = {"ProtectClock": "@clock", "ProtectKernelModules": "@module", "PrivateDevices": "@raw-io",
             "ProtectKernelLogs": "syslog"}
NAMESPACES = {"PrivateNetwork": "--net", "PrivateIPC": "--ipc", "ProtectHostname": "--uts"}
HIDDEN_BY = {"ProtectKernelTunables": ("/proc/kallsyms", "/proc/kcore"), "ProtectKernelLogs": ("/proc/kmsg",),
             "ProtectKernelModules": ("/usr/lib/modules",)}
# All is read-only, which is what is said of single places too.
READ_ONLY = {"ProtectSystem": "strict", "ProtectHome": "read-only", "ProtectControlGroups": "yes"}
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")

# As root in namespaces of its own: mounts. Then setpriv.
PLACE = r"""
import ctypes, json, os, resource, subprocess, sys
how = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def mount(*words):
    subprocess.run(["mount", *words], check=True, pass_fds=list(fds.values()))
fds = {path: os.open(path, os.O_PATH) for path in (how["program"], how["state"]) if path}
fds.update((f"/dev/{name}", os.open(f"/dev/{name}", os.O_PATH)) for name in how["devices"])
class Attr(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]
if libc.syscall(442, -100, b"/", 0x8000, ctypes.byref(Attr(1, 0, 0, 0)), 32):
    raise OSError(ctypes.get_errno(), "mount_setattr")
for path in how["hidden"]:
    if os.path.isdir(path):
        mount("-t", "tmpfs", "-o", "mode=0,ro", "none", path)
    elif os.path.exists(path):
        mount("--bind", "/dev/null", path)
for path in ("/tmp", "/var/tmp"):
    mount("-t", "tmpfs", "-o", "mode=1777", "none", path)
if how["devices"]:
    mount("-t", "tmpfs", "-o", "mode=755,noexec", "none", "/dev")
    for name in how["devices"]:
        open(f"/dev/{name}", "w").close()
        mount("--bind", f"/proc/self/fd/{fds['/dev/' + name]}", f"/dev/{name}")
open("/tmp/cowtop", "w").close()
mount("--bind", f"/proc/self/fd/{fds[how['program']]}", "/tmp/cowtop")
if how["state"]:
    os.mkdir("/tmp/state")
    mount("--bind", f"/proc/self/fd/{fds[how['state']]}", "/tmp/state")
    mount("-o", "remount,bind,rw", "/tmp/state")
resource.setrlimit(resource.RLIMIT_NOFILE, (how["files"], how["files"]))
os.umask(how["umask"])
os.nice(how["nice"])
os.execvp(sys.argv[2], sys.argv[2:])
"""

# With the rights of the service already: system calls, the inherited socket, and the program.
FILTER = r"""
import errno, json, os, sys
import seccomp as s
how = json.loads(sys.argv[1])
NO = s.ERRNO(errno.EPERM)
some = s.SyscallFilter(s.ALLOW)
def deny(call, *args, action=NO):
    try:
        some.add_rule(action, call, *args)
    except RuntimeError:
        pass
families = how["families"]
if families is not None:
    import socket
    known = sorted(getattr(socket, name) for name in families)
    for number in range(64):
        if number not in known:
            deny("socket", s.Arg(0, s.EQ, number), action=s.ERRNO(errno.EAFNOSUPPORT))
if how["no_wx"]:
    deny("mmap", s.Arg(2, s.MASKED_EQ, 6, 6))
    for call in ("mprotect", "pkey_mprotect"):
        deny(call, s.Arg(2, s.MASKED_EQ, 4, 4))
    deny("shmat", s.Arg(2, s.MASKED_EQ, 0o100000, 0o100000))
if how["no_namespaces"]:
    for flag in (0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x2000000):
        deny("unshare", s.Arg(0, s.MASKED_EQ, flag, flag))
        deny("clone", s.Arg(0, s.MASKED_EQ, flag, flag))
    deny("setns")
    deny("clone3", action=s.ERRNO(errno.ENOSYS))
if how["no_realtime"]:
    for policy in (1, 2, 6):
        deny("sched_setscheduler", s.Arg(1, s.EQ, policy))
if how["no_setuid"]:
    for bit in (0o4000, 0o2000):
        deny("chmod", s.Arg(1, s.MASKED_EQ, bit, bit))
        deny("fchmod", s.Arg(1, s.MASKED_EQ, bit, bit))
        deny("fchmodat", s.Arg(2, s.MASKED_EQ, bit, bit))
if how["no_personality"]:
    deny("personality")
some.load()
calls = s.SyscallFilter(s.ERRNO(how["errno"]))
for name in how["calls"]:
    try:
        calls.add_rule(s.ALLOW, name)
    except RuntimeError:
        pass
os.environ["LISTEN_PID"] = str(os.getpid())
calls.load()
os.execv(sys.argv[2], sys.argv[2:])
"""


def settings(unit):
    """{key: [values]} of the unit's section Service."""
    with open(f"{UNITS}/{unit}", encoding="utf-8") as file:
        text = re.search(r"^\[Service\]\n(.*?)(?=^\[)", file.read(), re.M | re.S)[1]
    found = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.M):
        found.setdefault(key, []).append(value)
    return found


def group(name):
    """The system calls of an @group, as this systemd has it; or the name itself."""
    if not name.startswith("@"):
        return {name}
    done = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", name], capture_output=True, text=True,
                          timeout=PATIENCE)
    true(f"systemd-analyze knows {name}", done.returncode == 0, done.stderr)
    found = set()
    for line in done.stdout.splitlines()[1:]:
        word = line.strip()
        if word and not word.startswith("#"):
            found |= group(word)
    return found


def calls_of(unit):
    """The system calls that a service of the unit may make."""
    allowed = group("@default")
    for line in unit["SystemCallFilter"]:
        for word in line.lstrip("~").split():
            if line.startswith("~"):
                allowed -= group(word)
            else:
                allowed |= group(word)
    for key, word in DENIED_BY.items():
        if key in unit:
            allowed -= group(word)
    return sorted(allowed)


class Sandbox:
    """`Sandbox(unit).words(program, ...)`: a command that runs the program as the service; it is /tmp/cowtop there, and
    `state` /tmp/state. The environment of the program has LISTEN_PID."""

    def __init__(self, name):
        need_root()
        need("systemd-analyze", "setpriv", "mount")
        need_to_run("unshare", "--mount", *NAMESPACES.values(), "--propagation", "private")
        try:
            import seccomp  # noqa: F401
        except ImportError:
            raise Skip("python3-seccomp is not installed") from None
        self.unit = {key: values for key, values in settings(name).items() if key not in ASIDE}
        self.left = set(self.unit)
        self.unshare = ["--mount", *(word for key, word in NAMESPACES.items() if self.take(key))]
        self.hidden = [path for key, paths in HIDDEN_BY.items() if self.take(key) for path in paths]
        for key, value in READ_ONLY.items():
            true(f"{key}={value}", self.take(key, True) == value)
        self.take("PrivateTmp", True)
        self.devices = DEVICES if self.take("PrivateDevices") else ()
        families = self.take("RestrictAddressFamilies")
        self.filter = {
            "families": None if families is None else [] if families == "none" else families.split(),
            "no_wx": bool(self.take("MemoryDenyWriteExecute")),
            "no_namespaces": bool(self.take("RestrictNamespaces")),
            "no_realtime": bool(self.take("RestrictRealtime")),
            "no_setuid": bool(self.take("RestrictSUIDSGID")),
            "no_personality": bool(self.take("LockPersonality")),
            "calls": calls_of(self.unit),
            "errno": {"EPERM": 1}[self.take("SystemCallErrorNumber", True)],
        }
        for key in ("ProtectClock", "SystemCallFilter", "DynamicUser"):
            self.take(key, True)
        true("architectures", self.take("SystemCallArchitectures", True) == "native")
        self.bounding = self.take("CapabilityBoundingSet", True).split()
        self.ambient = self.take("AmbientCapabilities", True).split()
        true("no new privileges", self.take("NoNewPrivileges", True) == "yes")
        self.place = {"hidden": self.hidden, "devices": self.devices, "files": int(self.take("LimitNOFILE", True)),
                      "umask": int(self.take("UMask", True), 8), "nice": int(self.take("Nice", True))}
        if self.left:
            fail(f"settings of the unit that this test does not apply: {sorted(self.left)}")

    def take(self, key, must=False):
        """The value of a setting that is applied; None: it is not there, or no."""
        value = self.unit.get(key, [None])[-1]
        if must:
            true(f"{key}= is said", value is not None)
        self.left.discard(key)
        return None if value == "no" else value

    def words(self, program, *words, state=None):
        place = dict(self.place, program=program, state=state)

        def list_of(names):
            return ",".join(["-all", *(f"+{name.lower().removeprefix('cap_')}" for name in names)])
        return ["unshare", *self.unshare, "--propagation", "private", sys.executable, "-c", PLACE, json.dumps(place),
                "setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs",
                f"--inh-caps={list_of(self.ambient)}", f"--ambient-caps={list_of(self.ambient)}",
                f"--bounding-set={list_of(self.bounding)}",
                sys.executable, "-c", FILTER, json.dumps(self.filter), *words]


def mask(names):
    """Capabilities as /proc/PID/status has them."""
    numbers = {"CAP_DAC_READ_SEARCH": 2, "CAP_SYS_PTRACE": 19, "CAP_SYS_ADMIN": 21}
    return sum(1 << numbers[name] for name in names)


def status(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return dict(re.findall(r"^(\w+):\s*(.*)$", file.read(), re.M))


def environment(**more):
    return {**{k: v for k, v in os.environ.items() if not k.startswith("LISTEN_")}, **more}
