#!/usr/bin/python3
"""Recipes for systems that build and test (scripts/ci), run as these run them: the script, the steps of the workflows
and the tests of pytest, with a real pool under a real load; what would change the machine (packages, clones, make
install) is done by stand-ins. The files themselves are read by tools that know what each CI takes, where these are
installed: actionlint, and gitlab-ci-local, which has GitLab's own schema."""
import contextlib
import ctypes
import fcntl
import glob
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import example
from run import COWTOP, cowtop, folder, write_file
from tap import equal, fail, main, need, need_root, PATIENCE, ROOT, Skip, test, true

CI = f"{ROOT}/scripts/ci"
PORT = 8000
# Few requests: with the collector on they are enough for each worker to lose most of what it shares.
LOAD = " ".join(["ab", "-q", "-n", "120", "-c", "4", f"http://127.0.0.1:{PORT}/"])
POOL = ["gunicorn", "--preload", "-w", str(example.WORKERS), "app:app"]
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
# What they do is told to `calls`; what is cloned is this tree, with nothing to install.
STANDIN = """#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
case ${0##*/} in
sudo) exec "$@" ;;
git)
    for last; do :; done
    mkdir -p "$last/scripts"
    ln -sfn "$TREE/scripts/ci" "$last/scripts/ci"
    printf '#!/bin/sh\\nexec apt-get "$@"\\n' >"$last/scripts/install-deps"
    chmod +x "$last/scripts/install-deps"
    ;;
esac
"""


def loaded_yaml(name):
    try:
        import yaml
    except ImportError:
        raise Skip("python3-yaml is not installed") from None
    with open(f"{CI}/{name}", encoding="utf-8") as file:
        return yaml.safe_load(file)


def own_network():
    """Ports of the recipes are those that they name: in a network of its own they are free."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        os._exit(77)
    with socket.socket() as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


@contextlib.contextmanager
def project():
    """A project that has the example application, and what its jobs run with: (folder, environment)."""
    need_root()
    need("gunicorn", "ab")
    with folder() as place:
        shutil.copy(f"{example.FOLDER}/app.py", place)
        programs = os.path.join(place, ".programs")
        os.mkdir(programs)
        os.symlink(COWTOP, f"{programs}/cowtop")
        for name in ("apt-get", "git", "make", "sudo", "setcap", "pip"):
            write_file(f"{programs}/{name}", STANDIN)
            os.chmod(f"{programs}/{name}", 0o755)
        yield place, dict(os.environ, PATH=f"{programs}:/usr/bin:/bin:/usr/sbin:/sbin", CALLS=f"{place}/.calls",
                          TREE=ROOT, LOAD=LOAD, RUNS="1", PYTHONDONTWRITEBYTECODE="1", FIX="", COWTOP="cowtop", CI="")


def run(words, place, environment, **more):
    """(status, what was said): stdout and stderr, as a log has them."""
    done = subprocess.run(words, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=PATIENCE, preexec_fn=own_network, **more)
    if done.returncode == 77:
        raise Skip("no network namespace to be had here")
    return done.returncode, done.stdout.decode("utf-8", "replace")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def failures(place):
    """Of the JUnit file: the names of the test cases that failed, and how many cases there are."""
    root = ET.parse(os.path.join(place, "cowtop-out", "junit.xml")).getroot()
    cases = root.findall(".//testcase")
    return {c.get("name") for c in cases if c.find("failure") is not None}, len(cases)


def check_results(place):
    """All that a gate leaves behind can be read by who reads it."""
    out = os.path.join(place, "cowtop-out")
    for name in ("report.html", "summary.md"):
        true(name, os.path.getsize(os.path.join(out, name)) > 100)
    figures = json.loads(read(out, "benchmark.json"))
    true("figures", figures and all(isinstance(f["value"], (int, float)) and f["name"] and f["unit"] for f in figures))
    metrics = read(out, "metrics.txt").splitlines()
    true("metrics", metrics and all(re.fullmatch(r"#.*|\w+(\{.*\})? [-+.\de]+", line) for line in metrics))
    for path in glob.glob(f"{out}/pool*.ct"):
        equal(f"{path} is a recording", cowtop("report", "--json", path)[0], 0)


# ---- the script

GATE = ["sh", f"{CI}/gate.sh", *POOL]
RULES = "worker.cow_broken_ratio > 20%\n\npool.workers < 4"


@test
def script():
    """gate.sh: passes and keeps a baseline, passes against it, fails by a rule and by the baseline"""
    with project() as (place, environment):
        status, said = run(GATE, place, {**environment, "RULES": RULES, "FIX": "1", "KEEP": "1", "RUNS": "2"})
        equal(f"first: {said}", status, 0)
        check_results(place)
        equal("failures", failures(place)[0], set())
        kept = sorted(os.listdir(f"{place}/cowtop-baseline"))
        equal("kept", kept, ["pool.1.ct", "pool.2.ct"])
        true("nothing to compare", not os.path.exists(f"{place}/cowtop-out/diff.txt"))
        status, said = run(GATE, place, {**environment, "RULES": RULES, "FIX": "1", "TOLERANCE": "40%", "RUNS": "2"})
        equal(f"the same: {said}", status, 0)
        true("compared", "baseline:" in said)
        status, said = run(GATE, place, {**environment, "RULES": RULES, "KEEP": "1", "RUNS": "2"})
        equal(f"worse: {said}", status, 3)
        check_results(place)
        failed, _ = failures(place)
        true("the rule", "worker.cow_broken_ratio > 20%" in failed, failed)
        true("the baseline", any(name.startswith("baseline: ") for name in failed), failed)
        true("not the other rule", "pool.workers < 4" not in failed, failed)
        true("compared", "per worker" in read(place, "cowtop-out", "diff.txt"))
        equal("what failed is not kept", sorted(os.listdir(f"{place}/cowtop-baseline")), kept)
        true("nor written over", "FAIL" in said and "PASS" in said)
        run(GATE, place, {**environment, "RULES": "worker.nonsense > 1"})
        equal("nothing of an earlier run is left as the verdict", os.listdir(f"{place}/cowtop-out"), [])
        status, said = run(GATE, place, {**environment, "FIX": "1", "TOLERANCE": "40%", "RUNS": "1"})
        equal(f"one run against two: {said}", status, 0)
        true("compared", "per worker" in read(place, "cowtop-out", "diff.txt"))


@test
def script_fails():
    """gate.sh: what it lacks is usage; a pool that does not start, and a rule that is none, fail as cowtop does"""
    with project() as (place, environment):
        for words, more in ((GATE[:2], {}), (GATE, {"LOAD": ""})):
            status, said = run(words, place, {**environment, **more})
            equal("usage", (status, said.startswith("usage: ")), (2, True))
        status, said = run([*GATE[:2], "/nonexistent"], place, environment)
        true(f"no such program: {said}", status not in (0, 3))
        status, said = run(GATE, place, {**environment, "RULES": "worker.nonsense > 1"})
        equal(f"no such figure: {said}", status, 2)


@test
def script_is_posix():
    """gate.sh is what it says, a script for any sh"""
    need("shellcheck")
    done = subprocess.run(["shellcheck", "-s", "sh", f"{CI}/gate.sh"], capture_output=True, text=True, timeout=PATIENCE)
    equal("shellcheck", done.stdout, "")


# ---- pytest

@test
def pytest_recipe():
    """test_sharing.py: all pass where the application does what helps, and those about it fail where it does not"""
    with project() as (place, environment):
        python = "/usr/bin/python3"
        if subprocess.run([python, "-c", "import pytest"], stderr=subprocess.DEVNULL, check=False).returncode:
            raise Skip("python3-pytest is not installed")
        shutil.copy(f"{CI}/test_sharing.py", place)

        def outcomes(**more):
            status, said = run([python, "-m", "pytest", "-v", "-p", "no:cacheprovider", "test_sharing.py"], place,
                               {**environment, **more})
            return status, {name: how for name, how in re.findall(r"::(test_\w+) ([A-Z]+)", said)}
        status, first = outcomes(FIX="1", KEEP="1")
        equal(f"first: {first}", status, 0)
        equal("no baseline", first.pop("test_no_worse_than_baseline"), "SKIPPED")
        equal("all others", set(first.values()), {"PASSED"})
        equal("schema", json.loads(read(place, "sharing.json"))["schema"], "cowtop.sample/1")
        status, worse = outcomes()
        equal("worse", (status, worse), (1, {**{name: "FAILED" for name in worse}, "test_workers_are_there": "PASSED"}))
        equal("tests", len(worse), 5)
        status, none = outcomes(COWTOP="/nonexistent/cowtop")
        equal("without cowtop", (status, set(none.values())), (0, {"SKIPPED"}))
        status, none = outcomes(COWTOP="/nonexistent/cowtop", CI="true")
        equal("without cowtop, in CI", (status, set(none.values())), (1, {"ERROR"}))
        # a load is a line for the shell: its first word need be no program
        for load in ("exit 7", "TIMES=1 /nonexistent/load"):
            status, none = outcomes(LOAD=load)
            equal(f"{load}: {none}", (status, set(none.values())), (1, {"ERROR"}))


# ---- GitHub

def github_value(text, on_main):
    """An expression of the workflow, those that it has."""
    known = {"${{ github.ref == 'refs/heads/main' && '1' || '' }}": "1" if on_main else "",
             "${{ github.run_id }}": "4711"}
    for expression, value in known.items():
        text = text.replace(expression, value)
    true("no other expression", "${{" not in text, text)
    return text


def github_job(name, place, environment, on_main):
    """Run its steps as the runner does. (status, said, the names of steps that were run)."""
    workflow, done = loaded_yaml("github.yml"), []
    environment = {**environment, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": f"{place}/.summary"}
    for key, value in workflow["env"].items():
        environment.setdefault(key, str(value))
    log, status = "", 0
    for step in workflow["jobs"][name]["steps"]:
        condition = step.get("if", "")
        if "COWTOP_CHART" in condition or ("refs/heads/main" in condition and not on_main) or \
                (status and condition != "always()"):
            continue
        done.append(step.get("name", step.get("uses")))
        if "uses" in step:
            true("a version", re.fullmatch(r"[\w.-]+/[\w/.-]+@v\d+", step["uses"]), step["uses"])
            if "upload" in step["uses"]:
                true("is there to be kept", os.listdir(os.path.join(place, step["with"]["path"])))
            continue
        script = write_file(f"{place}/.step", step["run"])
        own = {key: github_value(value, on_main) for key, value in step.get("env", {}).items()}
        status, said = run(["bash", "--noprofile", "--norc", "-eo", "pipefail", script], place, {**environment, **own})
        log += said
    return status, log, done


@test
def github():
    """github.yml: the main branch keeps a baseline, a pull request is held against it, and says so in its own way"""
    with project() as (place, environment):
        status, said, steps = github_job("gate", place, {**environment, "FIX": "1"}, on_main=True)
        equal(f"main: {said}", status, 0)
        true("kept", "Keep it for the next one" in steps and os.listdir(f"{place}/cowtop-baseline"), steps)
        calls = read(place, ".calls")
        true("installed", "make -C cowtop install" in calls and "setcap cap_sys_ptrace" in calls, calls)
        true("no annotation", "::error" not in said, said)
        open(f"{place}/.summary", "w", encoding="utf-8").close()
        status, said, steps = github_job("gate", place, environment, on_main=False)
        equal(f"pull request: {said}", status, 3)
        true("results are kept", steps[-1] == "Results", steps)
        annotations = re.findall(r"^::error .*$", said, re.M)
        true("annotations", 2 <= len(annotations) <= 10, said)
        true("summary", "cow" in read(place, ".summary"))
        check_results(place)


# ---- GitLab

def gitlab_job(name):
    """A job with what it extends, as GitLab merges: lists are replaced, maps are not."""
    def merged(base, over):
        result = dict(base)
        for key, value in over.items():
            result[key] = merged(base[key], value) if isinstance(value, dict) and key in base else value
        return result
    pipeline = loaded_yaml("gitlab-ci.yml")
    return merged(pipeline[pipeline[name]["extends"]], pipeline[name]), pipeline["variables"]


def gitlab_run(name, place, environment, variables):
    """(status, said) of before_script and script, as a runner's shell has them."""
    job, everywhere = gitlab_job(name)
    lines = ["set -eo pipefail", *job["before_script"], *job["script"]]
    script = write_file(f"{place}/.script", "\n".join(lines) + "\n")
    return run(["bash", script], place, {**everywhere, **job.get("variables", {}), **variables, **environment})


@test
def gitlab():
    """gitlab-ci.yml: the default branch keeps a baseline, a merge request is held against it; its reports are there"""
    with project() as (place, environment):
        job, _ = gitlab_job("cowtop")
        on_default = [rule.get("variables") for rule in job["rules"] if "CI_DEFAULT_BRANCH" in rule["if"]]
        equal("the default branch writes the cache", on_default, [{"KEEP": "1", "CACHE": "pull-push"}])
        status, said = gitlab_run("cowtop", place, {**environment, "FIX": "1"}, on_default[0])
        equal(f"default branch: {said}", status, 0)
        true("cached", all(os.listdir(os.path.join(place, path)) for path in job["cache"]["paths"]))
        status, said = gitlab_run("cowtop", place, environment, {})
        equal(f"merge request: {said}", status, 3)
        for path in [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]:
            true(f"{path} is there", os.path.exists(os.path.join(place, path)))
        check_results(place)
        true("the rule", "worker.cow_broken_ratio > 20%" in failures(place)[0])


# ---- what helps

@test
def tried():
    """Both workflows: what cowtop try is told, it takes, and it leaves what is kept"""
    if "try" not in cowtop("--help")[1].split("Verbs", 1)[1]:
        raise Skip("this cowtop has no try")
    with project() as (place, environment):
        status, said, _ = github_job("try", place, environment, on_main=False)
        equal(f"GitHub: {said}", status, 0)
        equal("the summary has the tables once", read(place, ".summary").count("| Variant | Pool |"), 1)
        shutil.rmtree(f"{place}/cowtop-tried")
        status, said = gitlab_run("cowtop-try", place, environment, {})
        equal(f"GitLab: {said}", status, 0)
        for path in gitlab_job("cowtop-try")[0]["artifacts"]["paths"]:
            true(f"{path} is there", os.path.exists(os.path.join(place, path)))


# ---- the files

@test
def yaml_is_tidy():
    """Both workflows are YAML as yamllint wants it"""
    need("yamllint")
    rules = "{extends: default, rules: {line-length: {max: 120}, document-start: disable, truthy: {check-keys: false}}}"
    done = subprocess.run(["yamllint", "-s", "-d", rules, f"{CI}/github.yml", f"{CI}/gitlab-ci.yml"],
                          capture_output=True, text=True, timeout=PATIENCE)
    equal("yamllint", done.stdout + done.stderr, "")


@test
def github_knows_it():
    """actionlint takes the workflow of GitHub: its keys, its expressions, its steps"""
    need("actionlint")
    done = subprocess.run(["actionlint", "-no-color", f"{CI}/github.yml"], capture_output=True, text=True,
                          timeout=PATIENCE)
    equal("actionlint", (done.returncode, done.stdout + done.stderr), (0, ""))


@test
def gitlab_knows_it():
    """gitlab-ci-local takes the pipeline of GitLab, by GitLab's own schema, and finds both jobs"""
    need("gitlab-ci-local", "git")
    with folder() as place:
        shutil.copy(f"{CI}/gitlab-ci.yml", f"{place}/.gitlab-ci.yml")
        for words in (("init", "-q", "-b", "main"), ("add", "-A"),
                      ("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "a"),
                      ("remote", "add", "origin", "https://gitlab.example.com/group/project.git")):
            subprocess.run(["git", "-C", place, *words], check=True, capture_output=True, timeout=PATIENCE)
        done = subprocess.run(["gitlab-ci-local", "--list"], cwd=place, capture_output=True, text=True,
                              timeout=PATIENCE)
        if done.returncode or "cowtop-try" not in done.stdout:
            fail(f"exit {done.returncode}: {done.stdout}{done.stderr}")


main()
