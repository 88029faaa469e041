#!/usr/bin/python3
"""Run the tests of job.json inside a machine that scripts/vm-check has booted. Each leaves NAME.tap in
/out, and all of them results.json; the tar on the third disk is renewed after every test, so that what was
done is not lost with a machine that dies.

A test whose complaint may be that of a slow machine is run again, alone and with its whole patience, before
it counts as failed. What was not done when a program's time was over is slow, not failed.
"""
import contextlib
import glob
import importlib.machinery
import importlib.util
import json
import os
import re
import subprocess
import sys
import time

TREE = os.getcwd()
OUT = "/out"
# What tests/lib/tap.py says when something did not come true, or did not end, in time.
IMPATIENT = re.compile(r"not within [\d.]+ s|no document within|TimeoutExpired|says nothing|no answer to")


def run_tests():
    """scripts/run-tests as a module: it knows how TAP is read and what makes a program fail."""
    loader = importlib.machinery.SourceFileLoader("run_tests", "scripts/run-tests")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_tests", loader))
    loader.exec_module(module)
    return module


RUN = run_tests()


def environment(factor):
    build = f"{TREE}/build"
    return dict(os.environ, B=build, COWTOP=f"{build}/cowtop", MKPOOL=f"{build}/mkpool", OUT=OUT,
                CMOCKA_MESSAGE_OUTPUT="TAP", PYTHONDONTWRITEBYTECODE="", PATIENCE_FACTOR=str(factor))


def programs(test):
    """Command lines of a test: one python program, or all programs that fit a pattern."""
    if "*" in test["what"]:
        return [[p] for p in sorted(glob.glob(test["what"])) if "." not in os.path.basename(p)]
    return [["/usr/bin/python3", test["what"]]]


def reasons(output):
    """{name of a failed test: its comment}"""
    found, name = {}, None
    for line in output.splitlines():
        failed = re.match(r"\s*not ok \d+ - (.*)", line)
        if failed:
            name = failed.group(1)
            found[name] = ""
        elif line.startswith("#") and name:
            found[name] += line[2:] + "\n"
        elif line.strip():
            name = None
    return found


def once(program, left, factor, log):
    """(tally, reasons, whether time was over) of one run."""
    output, status = RUN.run(program, max(left, 1), environment(factor))
    log.write(output)
    log.flush()
    if status is None:
        tally = RUN.Tally()
        RUN.read_tap(output.splitlines(), tally)
    else:
        tally = RUN.judge(output, status, left)
    return tally, reasons(output), status is None


def run(test):
    """One test of the job: what passed, failed, was skipped, was too slow."""
    result = {"passed": 0, "failed": [], "skipped": [], "slow": []}
    began = time.monotonic()

    def left():
        return test["limit"] - (time.monotonic() - began)

    with open(f"{OUT}/{test['name']}.tap", "w", encoding="utf-8") as log:
        again = []
        for program in programs(test):
            short = os.path.basename(program[-1])
            if left() <= 0:
                result["slow"].append(f"{short}: not begun")
                continue
            tally, why, over = once(program, left(), test["factor"], log)
            result["passed"] += tally.passed
            result["skipped"] += tally.skipped
            if over:
                result["slow"].append(f"{short}: not done after {test['limit']} s")
            for name in tally.failed:
                if IMPATIENT.search(why.get(name, "")) and program[0] == "/usr/bin/python3":
                    again.append((program, name, why[name]))
                else:
                    result["failed"].append((name, why.get(name, "")))
        for program, name, was in again:
            if left() < 10:
                result["slow"].append(f"{name}: no time to try it with more patience\n{was}")
                continue
            tally, why, over = once([*program, name], left(), 1, log)
            if over:
                result["slow"].append(f"{name}: not done with more patience\n{was}")
            elif tally.failed:
                result["failed"].append((name, why.get(name, was)))
            else:
                result["passed"] += 1
    result["seconds"] = round(time.monotonic() - began)
    return result


def leave(results):
    with open(f"{OUT}/results.json", "w", encoding="utf-8") as file:
        json.dump(results, file)
    subprocess.run(["tar", "-C", OUT, "-cf", "/dev/vdc", "."], check=False)


def doctor():
    """What cowtop has found out about this kernel, with hugetlb pages to try it on."""
    def hugetlb(pages):
        with contextlib.suppress(OSError), open("/proc/sys/vm/nr_hugepages", "w", encoding="ascii") as file:
            file.write(str(pages))
    hugetlb(4)
    with open(f"{OUT}/doctor.json", "wb") as file:
        subprocess.run(["build/cowtop", "doctor", "--json"], stdin=subprocess.DEVNULL, stdout=file,
                       timeout=120, check=False)
    hugetlb(0)


def main():
    with open("job.json", encoding="utf-8") as file:
        job = json.load(file)
    os.environ.update(job["environment"])
    doctor()
    results = {}
    for test in job["tests"]:
        results[test["name"]] = got = run(test)
        print(f"vm: {test['name']}: {got['passed']} passed, {len(got['failed'])} failed, "
              f"{len(got['skipped'])} skipped, {len(got['slow'])} slow, {got['seconds']} s", flush=True)
        leave(results)


if __name__ == "__main__":
    sys.exit(main())
