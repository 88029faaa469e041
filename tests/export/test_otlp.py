#!/usr/bin/python3
"""cowtop export --otlp: lines that OpenTelemetry's collector reads, with the figures of Prometheus' text, in a file
that others may move, fill up or cut."""
import json
import os
import re
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("lib", "cli")]
from run import COWTOP, cowtop, folder, spawned, write_file
from series import text_series
from smallpool import fails, PYTHON, SmallPool
from tap import equal, main, need, need_root, need_to_run, Skip, test, true, until

# opentelemetry-proto 1, of the messages that we write: field, and what it is in ProtoJSON; 64 bits are text, an enum
# is a number (OTLP's own rule).
KEY_VALUE = {"key": str, "value": {"stringValue": str}}
POINT = {"attributes": [KEY_VALUE], "startTimeUnixNano": int, "timeUnixNano": int, "asInt": int, "asDouble": float}
REQUEST = {"resourceMetrics": [{
    "resource": {"attributes": [KEY_VALUE]},
    "scopeMetrics": [{
        "scope": {"name": str, "version": str},
        "metrics": [{"name": str, "description": str, "unit": str, "gauge": {"dataPoints": [POINT]},
                     "sum": {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [POINT]}}]}]}]}
UNITS = {"By": "bytes", "s": "seconds", "1": "ratio"}
# Parses each line of standard input with the descriptors of the .proto files in argv[1], or of a package.
PARSER = r"""
import sys
sys.path[:0] = sys.argv[1:]
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
for line in sys.stdin:
    request = json_format.Parse(line, metrics_service_pb2.ExportMetricsServiceRequest())
    points = 0
    for resource in request.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                points += len(getattr(metric, metric.WhichOneof("data")).data_points)
    print(points)
"""


def check(where, value, wanted):
    """`value` has no other fields than `wanted`, and they are of its types."""
    if isinstance(wanted, dict):
        true(f"{where}: an object", isinstance(value, dict), repr(value)[:200])
        for key, inner in value.items():
            true(f"{where}: {key} is a field", key in wanted)
            check(f"{where}.{key}", inner, wanted[key])
    elif isinstance(wanted, list):
        true(f"{where}: a list", isinstance(value, list))
        for inner in value:
            check(where, inner, wanted[0])
    elif wanted is int:
        true(f"{where}: 64 bits as text", isinstance(value, str) and re.fullmatch(r"-?\d+", value), repr(value))
    elif wanted is float:
        true(f"{where}: a number", isinstance(value, (int, float)) and not isinstance(value, bool), repr(value))
    elif wanted is str:
        true(f"{where}: text", isinstance(value, str), repr(value))
    else:
        equal(where, value, wanted)


def read_lines(path):
    """The documents of a file, each of its lines whole."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    true("the last line is whole", text.endswith("\n") or not text, text[-100:])
    return [json.loads(line) for line in text.splitlines()]


def points_of(document):
    """(metric, point), of all resources and scopes."""
    for resource in document["resourceMetrics"]:
        for scope in resource["scopeMetrics"]:
            for metric in scope["metrics"]:
                for point in metric.get("sum", metric.get("gauge"))["dataPoints"]:
                    yield metric, point


def attributes(of):
    return {one["key"]: one["value"]["stringValue"] for one in of["attributes"]}


def value_of(point):
    equal("one value", ("asInt" in point) + ("asDouble" in point), 1)
    return float(point.get("asInt", point.get("asDouble")))


def prometheus_name(metric):
    """What the collector's exporters for Prometheus make of it."""
    name = metric["name"].replace(".", "_")
    unit = UNITS.get(metric["unit"])
    if unit and not name.endswith("_" + unit):
        name += "_" + unit
    return name + ("_total" if "sum" in metric else "")


def numbers(documents):
    """Of the samples that they are of, as the exporter counts them."""
    return [int(value_of(point)) for document in documents for metric, point in points_of(document)
            if metric["name"] == "cowtop.export.samples"]


def written(path, least):
    """Wait for so many whole lines."""
    def there():
        with open(path, "rb") as file:
            return file.read().count(b"\n") >= least
    until(f"{path} is there", lambda: os.path.exists(path))
    until(f"{least} lines", there)


def exporter(*words, **more):
    return spawned([COWTOP, "export", "-i", "0.05", *map(str, words)], **more)


@test
def shape():
    """A line is an ExportMetricsServiceRequest: fields and types, resource, scope, units, times"""
    with SmallPool(2) as pool, folder() as place:
        path = f"{place}/cowtop.jsonl"
        equal("exit", cowtop("export", "--otlp", path, pool.master), (0, "", ""))
        documents = read_lines(path)
        equal("lines", len(documents), 1)
        check("request", documents[0], REQUEST)
        resource, = documents[0]["resourceMetrics"]
        named = attributes(resource["resource"])
        equal("service", named["service.name"], "cowtop")
        equal("host", named["host.name"], os.uname().nodename)
        scope, = resource["scopeMetrics"]
        equal("scope", scope["scope"], {"name": "cowtop", "version": named["service.version"]})
        names = [metric["name"] for metric in scope["metrics"]]
        equal("each family once", len(names), len(set(names)))
        for metric in scope["metrics"]:
            true(f"{metric['name']}: one kind", ("sum" in metric) != ("gauge" in metric))
            true(f"{metric['name']} has a description", metric["description"])
            true(f"{metric['name']}: unit", metric["unit"] in ("", *UNITS))
        for metric, point in points_of(documents[0]):
            equal(f"{metric['name']}: start", "startTimeUnixNano" in point, "sum" in metric)
            true("it has begun", int(point.get("startTimeUnixNano", 0)) <= int(point["timeUnixNano"]))


@test
def same_as_text():
    """Series, labels and values are those of Prometheus' text, by the names that the collector makes of ours"""
    with SmallPool(3) as pool, folder() as place:
        equal("exit", cowtop("export", "--otlp", f"{place}/o", "--textfile", f"{place}/t.prom", pool.master),
              (0, "", ""))
        with open(f"{place}/t.prom", encoding="utf-8") as file:
            text = file.read()
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        wanted = sorted((name, sorted(labels.items()))
                        for name, all_of in text_series(text).items() for labels in all_of)
        values = sorted((line.split("{")[0].split(" ")[0], float(line.rsplit(" ", 1)[1])) for line in lines)
        document, = read_lines(f"{place}/o")
        points = list(points_of(document))
        equal("series", sorted((prometheus_name(m), sorted(attributes(p).items())) for m, p in points), wanted)
        equal("values", sorted((prometheus_name(m), value_of(p)) for m, p in points), values)


def parser():
    """The words of a parser that has the real descriptors."""
    base = os.environ.get("OTLP_PROTO", "")
    for module in ("google.protobuf", *([] if base else ["opentelemetry.proto.collector.metrics.v1"])):
        if subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True, check=False).returncode:
            raise Skip(f"{PYTHON} has no {module}" + ("" if base else ", and OTLP_PROTO is not set"))
    return base


@test
def real_descriptors():
    """OpenTelemetry's own descriptors take each line (OTLP_PROTO: where opentelemetry/proto/... is)"""
    base = parser()
    with SmallPool(2) as pool, folder() as place:
        if base:
            need("protoc")
            files = [os.path.relpath(os.path.join(path, name), base)
                     for path, _, names in os.walk(f"{base}/opentelemetry/proto") for name in names
                     if name.endswith(".proto")]
            subprocess.run(["protoc", f"-I{base}", f"--python_out={place}", *files], check=True)
        status, out, err = cowtop("export", "--otlp", "-", pool.master)
        equal(f"exit: {err}", status, 0)
        done = subprocess.run([PYTHON, "-c", PARSER, place], input=out, capture_output=True, text=True,
                              check=False)
        equal(done.stderr, done.returncode, 0)
        equal("points", [int(n) for n in done.stdout.split()],
              [sum(1 for _ in points_of(json.loads(line))) for line in out.splitlines()])


@test
def goes_on():
    """With -i a line after every sample: sums begin once and never fall, times go on"""
    with SmallPool(2) as pool, folder() as place:
        path = f"{place}/cowtop.jsonl"
        with exporter("--otlp", path, pool.master):
            written(path, 8)
        documents = read_lines(path)
        equal("samples", numbers(documents), list(range(1, len(documents) + 1)))
        last = {}
        for document in documents:
            for metric, point in points_of(document):
                key = metric["name"], *sorted(attributes(point).items())
                start, value, at = point.get("startTimeUnixNano"), value_of(point), int(point["timeUnixNano"])
                before = last.get(key, (start, value, 0))
                equal(f"{key}: start", start, before[0])
                true(f"{key}: time", at > before[2], f"{at} {before[2]}")
                true(f"{key} does not fall", "sum" not in metric or value >= before[1])
                last[key] = start, value, at


@test
def moved_away():
    """A file that is renamed or removed, as logrotate does it, is followed by a new one; no line is lost or cut"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/cowtop.jsonl"
        with exporter("--otlp", path, pool.master):
            written(path, 3)
            os.rename(path, f"{path}.old")
            written(path, 3)
            os.rename(path, f"{path}.new")
            written(path, 1)
            both = read_lines(f"{path}.old") + read_lines(f"{path}.new")
            equal("samples", numbers(both), list(range(1, len(both) + 1)))
            os.unlink(path)
            written(path, 1)


@test
def size():
    """--max-size: the file becomes FILE.1 before it would pass it, and the next one begins with the next line"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/cowtop.jsonl"
        with exporter("--otlp", path, "--max-size", "64KiB", pool.master) as process:
            until("the second of them", lambda: os.path.exists(f"{path}.1"))
            first = os.stat(f"{path}.1").st_ino
            until("the third of them", lambda: os.stat(f"{path}.1").st_ino != first)
            process.send_signal(signal.SIGTERM)
            process.wait()
        equal("files", sorted(os.listdir(place)), ["cowtop.jsonl", "cowtop.jsonl.1"])
        for name in (path, f"{path}.1"):
            true("size", os.stat(name).st_size <= 64 << 10, os.stat(name).st_size)
        found = numbers(read_lines(f"{path}.1") + read_lines(path))
        equal("samples", found, list(range(found[0], found[0] + len(found))))


@test
def cut_line():
    """Behind a line that was cut by others the next one begins anew"""
    with SmallPool(1) as pool, folder() as place:
        path = f"{place}/cowtop.jsonl"
        for _ in range(2):
            equal("exit", cowtop("export", "--otlp", path, pool.master)[0], 0)
        os.truncate(path, os.stat(path).st_size - 100)
        equal("exit", cowtop("export", "--otlp", path, pool.master)[0], 0)
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        equal("lines", len(lines), 3)
        for line in (lines[0], lines[2]):
            check("request", json.loads(line), REQUEST)


@test
def others_files():
    """What is no file of OTLP stays as it is; what does not go together is refused"""
    with SmallPool(1) as pool, folder() as place:
        for text in ("x", "root:x:0:0\n", '{"resourceSpans":[]}\n'):
            path = write_file(f"{place}/other", text)
            fails(1, "export", "--otlp", path, pool.master)
            with open(path, encoding="utf-8") as file:
                equal("as it was", file.read(), text)
        fails(1, "export", "--otlp", "/dev/full", pool.master)
        fails(1, "export", "--otlp", place, pool.master)
        fails(1, "export", "--otlp", f"{place}/no/such", pool.master)
        for words in (["--max-size", "1MiB"], ["--otlp", f"{place}/o", "--max-size", "1"]):
            equal(f"{words}", cowtop("export", *words, pool.master)[0], 2)


FULL = 'mount -t tmpfs -o size=128k none "$1" && head -c 100000 /dev/zero > "$1/ballast" && shift && exec "$@"'


@test
def full_disk():
    """A full disk is told once; measuring goes on, the file has whole lines only, and grows again when there is room"""
    need_root()
    need_to_run("unshare", "-m")
    with SmallPool(1) as pool, folder() as place:
        words = ["unshare", "-m", "sh", "-c", FULL, "sh", place, COWTOP, "export", "-i", "0.05", "--otlp",
                 f"{place}/o", "--textfile", f"{place}/../cowtop.{os.getpid()}.prom", str(pool.master)]
        text = words[-2]
        try:
            with spawned(words, stderr=subprocess.PIPE) as process:
                inside = f"/proc/{process.pid}/root{place}"

                def samples():
                    with open(text, encoding="utf-8") as file:
                        return int(re.search(r"^cowtop_export_samples_total (\d+)", file.read(), re.M)[1])
                until("it writes", lambda: os.path.exists(text))
                # So many lines do not fit.
                until("it goes on", lambda: samples() >= 10)
                with open(f"{inside}/o", "rb") as file:
                    before = file.read().count(b"\n")
                true("some lines", 1 <= before < 8, before)
                os.unlink(f"{inside}/ballast")
                written(f"{inside}/o", before + 1)
                with open(f"{inside}/o", encoding="utf-8") as file:
                    for line in file.read().split("\n")[:before + 1]:
                        check("request", json.loads(line), REQUEST)
                process.send_signal(signal.SIGTERM)
                err = process.communicate()[1].decode()
                equal("said once", err.count("No space left on device"), 1)
        finally:
            os.unlink(text)


main()
