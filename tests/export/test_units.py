#!/usr/bin/python3
"""Units of systemd (scripts/systemd) and what places cowtop in Kubernetes (scripts/kubernetes): taken by the programs
that read them, and true: the capabilities that each names give the level that it names, and cowtop export answers under
the restrictions of its unit, on a socket that it inherits."""
import glob
import json
import os
import re
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
import fleet
import run
from mkpool import filled, fork, MASTER, Mkpool
from tap import equal, main, need, need_root, need_to_run, PATIENCE, ROOT, Skip, test, true, until

UNITS, KUBERNETES = f"{ROOT}/scripts/systemd", f"{ROOT}/scripts/kubernetes"
LEVELS = ("exact", "estimate", "rollup")
# Descriptor 3 is the socket, for whatever follows.
INHERIT = """import os, sys
os.dup2(int(sys.argv[1]), 3, inheritable=True)
os.execvp(sys.argv[2], sys.argv[2:])"""
OTHERS = "8765"
USER = [f"--reuid={OTHERS}", f"--regid={OTHERS}", "--clear-groups"]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def settings(name):
    """{key: [values]} of a unit."""
    found = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", read(f"{UNITS}/{name}"), re.M):
        found.setdefault(key, []).append(value)
    return found


def only(capabilities):
    """Words for setpriv: no others, as a service or a container has them."""
    words = ",".join(["-all", *(f"+{c.lower().removeprefix('cap_')}" for c in capabilities)])
    return ["--no-new-privs", f"--inh-caps={words}", f"--bounding-set={words}"], words


# ---- systemd

@test
def units_are_taken():
    """systemd-analyze takes the units, and calls the exposure of services low"""
    need("systemd-analyze")
    with run.folder() as place:
        for path in glob.glob(f"{UNITS}/*"):
            text = read(path).replace("/usr/bin/cowtop", "/bin/true")
            run.write_file(os.path.join(place, os.path.basename(path)), text)
        paths = sorted(glob.glob(f"{place}/*"))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True,
                              timeout=PATIENCE)
        equal("systemd-analyze verify", (done.returncode, done.stdout + done.stderr), (0, ""))
        for path in glob.glob(f"{place}/*.service"):
            done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=20", path],
                                  capture_output=True, text=True, timeout=PATIENCE)
            equal(f"exposure of {os.path.basename(path)} of at most 2.0", done.returncode, 0)


@test
def commands_are_taken():
    """The services' commands have options that cowtop has, and the socket's address is what the service names"""
    for verb in ("export", "record"):
        words = settings(f"cowtop-{verb}.service")["ExecStart"][0].split()
        usage = run.cowtop(verb, "--help")[1]
        equal("program", words[:2], ["/usr/bin/cowtop", verb])
        for word in words[2:]:
            true(f"{word} is an option", not word.startswith("-") or re.search(rf"^ .*{word}\b", usage, re.M))
    words = settings("cowtop-export.service")["ExecStart"][0].split()
    equal("address", words[words.index("--listen") + 1], settings("cowtop-export.socket")["ListenStream"][0])


@test
def service_sees_all():
    """With the unit's rights, in a network of its own, on a socket that it inherits: another user's pool, exact"""
    need_root()
    need("setpriv")
    need_to_run("unshare", "--net", "--mount")
    capabilities = settings("cowtop-export.service")["CapabilityBoundingSet"][0].split()
    equal("capabilities", settings("cowtop-export.service")["AmbientCapabilities"][0].split(), capabilities)
    bounds, words = only(capabilities)
    with run.readable_binaries(), socket.socket() as s, Mkpool(*filled(MASTER, 64), fork(), fork(),
                                                               prefix=("setpriv", *USER)) as pool:
        s.bind(("127.0.0.1", 0))
        s.listen()
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *bounds, f"--ambient-caps={words}"]
        program = f"export LISTEN_PID=$$ LISTEN_FDS=1; exec {run.COWTOP} export -i 1 --listen 127.0.0.1:1 {pool.master}"
        start = ["unshare", "--net", "--mount", "sh", "-c", 'mount -o remount,bind,ro / && exec "$@"', "sh",
                 sys.executable, "-c", INHERIT, str(s.fileno()), *words, "sh", "-c", program]
        with fleet.running(*start, pass_fds=[s.fileno()], stdin=subprocess.DEVNULL) as process:
            port = s.getsockname()[1]
            fleet.answers(port, "/metrics")
            text = until("a sample", lambda: "cowtop_pool_level" in (t := fleet.get(port, "/metrics")) and t)
            true("it runs", process.poll() is None)
    true("exact", re.search(r'^cowtop_pool_level\{.*level="exact"\} 1$', text, re.M), text[:600])
    true("a footprint", re.search(r"^cowtop_pool_footprint_bytes\{.*\} [1-9]", text, re.M))


@test
def recorder_records():
    """With the rights of its unit the recorder records another user's pool, exactly, into a folder of its user"""
    need_root()
    need("setpriv")
    capabilities = settings("cowtop-record.service")["CapabilityBoundingSet"][0].split()
    bounds, words = only(capabilities)
    with run.readable_binaries(), run.folder(owner=65534) as place, \
            Mkpool(*filled(MASTER, 64), fork(), fork(), prefix=("setpriv", *USER)):
        status, _, err = run.cowtop("record", "--all", place, "-i", "1", "-n", "3", prefix=(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *bounds, f"--ambient-caps={words}"))
        equal("cowtop record --all", (status, [line for line in err.splitlines() if "not" in line]), (0, []))
        files = glob.glob(f"{place}/mkpool-*.ct")
        equal("recordings", len(files), 1)
        story = json.loads(run.cowtop("report", "--json", files[0])[1])
        true("it is exact", '"exact"' in json.dumps(story))


# ---- Kubernetes

def manifest(level):
    need("kubectl")
    try:
        import yaml
    except ImportError:
        raise Skip("python3-yaml is not installed") from None
    done = subprocess.run(["kubectl", "kustomize", f"{KUBERNETES}/{level}"], capture_output=True, text=True,
                          timeout=PATIENCE)
    equal(f"kubectl kustomize {level}", (done.returncode, done.stderr), (0, ""))
    return list(yaml.safe_load_all(done.stdout))


def named_capabilities(level):
    """Of the table on top of the manifest."""
    return re.search(rf"^#   {level} +((?:[A-Z_]+ )+)", read(f"{KUBERNETES}/exact/daemonset.yaml"), re.M)[1].split()


def container(level):
    return next(d for d in manifest(level) if d["kind"] == "DaemonSet")["spec"]["template"]["spec"]["containers"][0]


@test
def manifests_are_whole():
    """Each level is rendered with the capabilities that the manifest names for it, and nothing else may be written"""
    for level in LEVELS:
        c = container(level)
        context = c["securityContext"]
        equal(f"capabilities of {level}", context["capabilities"], {"add": named_capabilities(level), "drop": ["ALL"]})
        true(f"{level} reads its root only", context["readOnlyRootFilesystem"])
        true(f"{level} is not privileged", not context.get("privileged"))
        # Kubernetes' own rule.
        equal(f"allowPrivilegeEscalation of {level}", context.get("allowPrivilegeEscalation"),
              None if level == "exact" else False)
        pod = next(d for d in manifest(level) if d["kind"] == "DaemonSet")["spec"]["template"]
        equal("labels", pod["metadata"]["labels"]["app.kubernetes.io/name"], "cowtop")
        equal("port", str(c["ports"][0]["containerPort"]), c["args"][c["args"].index("--listen") + 1].split(":")[1])
        usage = run.cowtop("export", "--help")[1]
        for word in c["args"]:
            true(f"{word} is an option", not word.startswith("-") or word in usage)


@test
def levels_are_true():
    """Another user's pool, seen by a root that has the capabilities of a level and no others, is seen at that level"""
    need_root()
    need("setpriv")
    with run.readable_binaries(), Mkpool(*filled(MASTER, 64), fork(), fork(), prefix=("setpriv", *USER)) as pool:
        for level in LEVELS:
            bounds, _ = only(named_capabilities(level))
            status, out, err = run.cowtop("--json", pool.master, prefix=("setpriv", *bounds))
            equal(f"cowtop at {level}", (status, err), (0, ""))
            equal("level", json.loads(out)["accounting"]["level"], level)


@test
def container_has_its_libraries():
    """What cowtop is linked with are packages that the container file installs, or that these need"""
    need("ldd", "dpkg-query")
    if not os.path.exists("/etc/debian_version") or not read("/etc/debian_version").startswith("12"):
        raise Skip("not the release of the container file")
    if os.environ.get("SAN"):
        raise Skip("a sanitizer's own libraries are none of the container's")
    listed = re.search(r"--no-install-recommends (.*?) && rm", read(f"{KUBERNETES}/Containerfile").replace("\\\n", " "))
    packages = listed[1].split()
    needed = subprocess.run(["readelf", "-d", run.COWTOP], capture_output=True, text=True, timeout=60)
    if needed.returncode:
        raise Skip("no readelf")
    for name in re.findall(r"NEEDED.*\[(.*)\]", needed.stdout):
        done = subprocess.run(["dpkg-query", "-S", f"*/{name}"], capture_output=True, text=True, timeout=60)
        owners = {line.split(":")[0] for line in done.stdout.splitlines()}
        true(f"{name} of {owners} is installed", owners & {*packages, "libc6", "libgcc-s1"})


@test
def yaml_is_clean():
    """Rules and manifests are YAML as yamllint wants it"""
    need("yamllint")
    rules = "{extends: default, rules: {line-length: {max: 130}, document-start: disable}}"
    done = subprocess.run(["yamllint", "-s", "-d", rules, f"{ROOT}/scripts/prometheus", KUBERNETES],
                          capture_output=True, text=True, timeout=PATIENCE)
    equal("yamllint", done.stdout + done.stderr, "")


if __name__ == "__main__":
    main()
