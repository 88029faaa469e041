#!/usr/bin/python3
"""Where cowtop is put: namespaces and capabilities of the manifests (scripts/kubernetes), and the proxy of
cowtop-export(1), whose text is taken from the page."""
import json
import os
import re
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
import fleet
import run
from mkpool import filled, fork, MASTER, Mkpool, write
from tap import equal, fail, main, need, need_root, need_to_run, PATIENCE, ROOT, Skip, test, true, until

OTHERS = "8765"
MADE = (*filled(MASTER, 1000), fork(), fork(), write(worker=1, pages=300), write(worker=2, pages=200))
POOL = dict(prefix=("setpriv", f"--reuid={OTHERS}", f"--regid={OTHERS}", "--clear-groups"))
KEYS = {"exact": ("rss_bytes", "footprint_bytes", "uss_bytes", "cow_broken_bytes", "copied_bytes", "shared_bytes"),
        "estimate": ("rss_bytes", "uss_bytes"), "rollup": ("rss_bytes", "uss_bytes")}
# All that is mounted is read-only, and /proc the one of the PID namespace that one is in.
READ_ONLY = r"""
import ctypes, os, sys
class Attr(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]
if ctypes.CDLL(None).syscall(442, -100, b"/", 0x8000, ctypes.byref(Attr(1, 0, 0, 0)), 32):
    sys.exit("mount_setattr")
os.execvp(sys.argv[1], sys.argv[1:])
"""
CONTAINER = ("unshare", "--mount", "--net", "--ipc", "--uts", "--propagation", "private",
             sys.executable, "-c", READ_ONLY)


def named(level):
    """The capabilities of a level: what its manifest adds."""
    name = "exact/daemonset.yaml" if level == "exact" else f"{level}/kustomization.yaml"
    with open(f"{ROOT}/scripts/kubernetes/{name}", encoding="utf-8") as file:
        return re.search(r"^ *add: \[(.*)\]$", file.read(), re.M)[1].split(", ")


def only(capabilities):
    words = ",".join(["-all", *(f"+{name.lower()}" for name in capabilities)])
    return ("setpriv", "--no-new-privs", f"--inh-caps={words}", f"--bounding-set={words}")


def sampled(target, *prefix):
    status, out, err = run.cowtop("--json", target, prefix=prefix)
    equal(f"cowtop: {err}", status, 0)
    return json.loads(out)


@test
def containers_of_the_node():
    """As a pod of the DaemonSet, root with the capabilities of its level, nothing to write: the unconfined figures"""
    need_root()
    need("setpriv")
    need_to_run(*CONTAINER, "true")
    with run.readable_binaries(), Mkpool(*MADE, **POOL) as pool:
        free = sampled(pool.master)["pool"]
        for level, keys in KEYS.items():
            document = sampled(pool.master, *CONTAINER, *only(named(level)))
            equal("level", document["accounting"]["level"], level)
            equal(level, {key: document["pool"][key] for key in keys}, {key: free[key] for key in keys})
        copied = sampled(pool.master, *CONTAINER, *only(named("estimate")))["pool"]["cow_broken_bytes"]
        true(f"{copied} of an estimate", 500 * 4096 <= copied <= 1.1 * free["cow_broken_bytes"])


# kubernetes-models has the schemas of Kubernetes' own API, and says what is wrong with an object.
VALIDATE = r"""
const require = (await import("node:module")).createRequire(process.argv[1]);
const text = require("node:fs").readFileSync(0);
for (const object of JSON.parse(text)) {
    const [version, group] = object.apiVersion.split("/").reverse();
    const kinds = require(["kubernetes-models", group, version].filter(Boolean).join("/"));
    new kinds[object.kind](object).validate();
    console.log(object.kind);
}
"""


@test
def manifests_are_valid():
    """Every object of every level is one by Kubernetes' own schemas, as kubernetes-models has them"""
    need("kubectl", "node", "npm")
    done = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, timeout=PATIENCE)
    modules = os.environ.get("KUBERNETES_MODELS") or done.stdout.strip()
    if not os.path.isdir(f"{modules}/kubernetes-models"):
        raise Skip("no kubernetes-models: npm install -g kubernetes-models @kubernetes-models/validate")
    try:
        import yaml
    except ImportError:
        raise Skip("python3-yaml is not installed") from None
    for level in KEYS:
        rendered = subprocess.run(["kubectl", "kustomize", f"{ROOT}/scripts/kubernetes/{level}"], capture_output=True,
                                  text=True, timeout=PATIENCE, check=True).stdout
        objects = list(yaml.safe_load_all(rendered))
        node = ["node", "--input-type=module", "-e", VALIDATE, f"{modules}/x.js"]
        done = subprocess.run(node, input=json.dumps(objects), capture_output=True, text=True, timeout=PATIENCE)
        equal(f"{level}: {done.stderr[-600:]}", (done.returncode, done.stdout.split()),
              (0, ["DaemonSet", "NetworkPolicy"]))
        pod = objects[0]["spec"]["template"]["spec"]
        pod["hostPID"] = "yes"
        done = subprocess.run(node, input=json.dumps(objects), capture_output=True, text=True, timeout=PATIENCE)
        true("and one that is none is told", done.returncode and "hostPID must be boolean" in done.stderr, done.stderr)


def child(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return int(file.read())


@test
def pods_of_their_own_users():
    """A pod with hostUsers: false: exact from the node's namespace; an estimate from inside, with every capability"""
    need_root()
    inside = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc")
    need_to_run(*inside, "true")
    with run.readable_binaries(), Mkpool(*MADE, prefix=inside) as pool:
        # What mkpool says of itself are pids of its own namespace: nobody is to wait for them here. It is unshare's
        # child, and its master its own.
        inner, pool.truth = pool.master, {}
        master = child(child(pool.process.pid))
        outside = sampled(master, *CONTAINER, *only(named("exact")))
        equal("level from outside", outside["accounting"]["level"], "exact")
        document = sampled(inner, "nsenter", f"--target={master}", "--user", "--pid", "--mount",
                           "--preserve-credentials")
        equal("level from inside", document["accounting"]["level"], "estimate")
        for key in KEYS["estimate"]:
            equal(key, document["pool"][key], outside["pool"][key])
        copied = outside["pool"]["cow_broken_bytes"]
        true(f"{copied} copied", copied >= 500 * 4096)
        true("and estimated", 500 * 4096 <= document["pool"]["cow_broken_bytes"] <= 1.1 * copied)


# What a runtime gives every container, and what kubectl debug adds to it by profile, as (user, capabilities); a target
# that is root has what the runtime gives, another user none.
RUNTIME = ("CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT "
           "KILL AUDIT_WRITE").split()
PROFILES = {"general": (0, [*RUNTIME, "SYS_PTRACE"]), "baseline": (0, RUNTIME), "restricted": (int(OTHERS), []),
            "netadmin": (0, [*RUNTIME, "NET_ADMIN", "NET_RAW"]), "sysadmin": (0, None)}


def as_user(user, capabilities):
    if capabilities is None:
        return ()
    ids = () if user == 0 else (f"--reuid={user}", f"--regid={user}", "--clear-groups")
    return (*only(capabilities), *ids)


def page_of_profiles():
    """{profile: (level of a target that is root, of one that is another user)} of cowtop-export(1)."""
    with open(f"{ROOT}/man/cowtop-export.1", encoding="utf-8") as file:
        rows = re.findall(r"^(general|baseline|restricted|netadmin|sysadmin)\t(\w+)\t(\w+)$", file.read(), re.M)
    return {name: levels for name, *levels in rows}


@test
def profiles_of_kubectl_debug():
    """What each profile of kubectl debug can see of a pool that is root, and of another user's, is as the page says"""
    need_root()
    need("setpriv")
    seen = {}
    with run.readable_binaries():
        for user in (0, int(OTHERS)):
            with Mkpool(*MADE, prefix=as_user(user, RUNTIME if user == 0 else [])) as pool:
                for name, who in PROFILES.items():
                    status, out, _ = run.cowtop("--json", pool.master, prefix=as_user(*who))
                    level = json.loads(out)["accounting"]["level"] if status == 0 else "nothing"
                    seen.setdefault(name, []).append("nothing" if level == "none" else level)
    equal("levels", page_of_profiles(), seen)


# ---- the proxy

def example():
    """nginx's part of the manual page."""
    with open(f"{ROOT}/man/cowtop-export.1", encoding="utf-8") as file:
        return re.search(r"^\.EX\n(server \{.*?^\}\n)\.EE", file.read(), re.M | re.S)[1].replace("\\-", "-")


@test
def behind_a_proxy():
    """nginx as cowtop-export(1) has it: with TLS and the password the metrics, without it, and elsewhere, nothing"""
    fleet.own_network()
    need("nginx", "openssl")
    text = example()
    port = int(re.search(r"listen (\d+) ssl;", text)[1])
    with run.folder() as place, Mkpool(*MADE) as pool:
        for path in ("/etc/ssl/certs/metrics.pem", "/etc/ssl/private/metrics.key", "/etc/nginx/metrics.htpasswd"):
            true(f"{path} is in the example", path in text)
            text = text.replace(path, f"{place}/{os.path.basename(path)}")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{place}/metrics.key",
                        "-out", f"{place}/metrics.pem"], check=True, capture_output=True, timeout=PATIENCE)
        hashed = subprocess.run(["openssl", "passwd", "-apr1", "secret"], check=True, capture_output=True, text=True,
                                timeout=PATIENCE).stdout
        run.write_file(f"{place}/metrics.htpasswd", f"prometheus:{hashed}")
        run.write_file(f"{place}/nginx.conf", f"user root; pid {place}/pid; daemon off; worker_processes 1;\n"
                       f"error_log {place}/error; events {{}}\nhttp {{ access_log off; client_body_temp_path {place};\n"
                       f"proxy_temp_path {place}/p; fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u;\n"
                       f"scgi_temp_path {place}/s;\n{text}}}\n")
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with fleet.running(run.COWTOP, "export", "--listen", f"127.0.0.1:{fleet.EXPORT}", str(pool.master), **quiet):
            fleet.answers(fleet.EXPORT, "/metrics")
            with fleet.running("nginx", "-c", f"{place}/nginx.conf", **quiet) as proxy:
                until("nginx answers", lambda: proxy.poll() is not None or ask(place, port, "/metrics")[0])
                if proxy.poll() is not None:
                    fail(open(f"{place}/error", encoding="utf-8").read()[-600:])
                status, body = ask(place, port, "/metrics", "prometheus", "secret")
                equal("with the password", status, 200)
                true("metrics", 'cowtop_pool_up{pool="mkpool"} 1' in body, body[:300])
                equal("without one", ask(place, port, "/metrics")[0], 401)
                equal("with a wrong one", ask(place, port, "/metrics", "prometheus", "wrong")[0], 401)
                equal("elsewhere, without one", ask(place, port, "/healthz")[0], 401)
                equal("elsewhere", ask(place, port, "/healthz", "prometheus", "secret")[0], 404)
                proxy.terminate()
                proxy.wait(PATIENCE)


def ask(place, port, path, user=None, password=None):
    """(status, text) over TLS that is verified; (0, reason) where there is no answer."""
    request = urllib.request.Request(f"https://127.0.0.1:{port}{path}")
    context = ssl.create_default_context(cafile=f"{place}/metrics.pem")
    handlers = [urllib.request.HTTPSHandler(context=context)]
    if user:
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, request.full_url, user, password)
        handlers.append(urllib.request.HTTPBasicAuthHandler(passwords))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=10) as answer:
            return answer.status, answer.read().decode("utf-8")
    except urllib.error.HTTPError as error:
        return error.code, str(error)
    except OSError as error:
        return 0, str(error)


if __name__ == "__main__":
    main()
