#!/usr/bin/python3
"""cowtop report --perfetto: a recording as a trace, against the format's description, against what cowtop replay
says of the same samples, and in the parser of Chrome's own developer tools."""
import json
import os
import subprocess
import sys
import tempfile

from smallpool import fails, SmallPool
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import run
import tap
from browser import Browser
from made_recordings import path_of
from recorder import has, Recorder
from run import cowtop, folder, seconds_of
from tap import equal, main, near, PATIENCE, Skip, test, true
from trace_format import TRACE

# Reads a trace as the Performance panel does.
DEVTOOLS = "devtools://devtools/bundled/"
READ = """import('%smodels/trace/trace.js').then(async module => {
    const trace = %s, model = module.TraceModel.Model.createWithAllHandlers();
    await model.parse(trace.traceEvents, {metadata: trace.metadata, isFreshRecording: false});
    const parsed = model.parsedTrace(0), data = parsed.data || parsed;
    return {
        names: [...data.Meta.processNames].map(([pid, event]) => [pid, event.args.name]),
        slices: [...data.Renderer.processes].flatMap(([pid, process]) =>
            [...process.threads].flatMap(([tid, thread]) =>
                thread.entries.map(e => [pid, tid, thread.name, e.name, e.ts, e.dur])))};
})"""


def trace(*arguments):
    status, out, err = cowtop("report", "--perfetto", "-", *arguments)
    equal("stderr", err, "")
    equal("status", status, 0)
    return json.loads(out)


def replay(path, *options):
    status, out, err = cowtop("replay", "--json", "-n", 100000, *options, path)
    equal(f"replay: {err}", status, 0)
    return [json.loads(line) for line in out.splitlines()]


def named(document, phase, name, pid=None):
    return [e for e in document["traceEvents"]
            if e["ph"] == phase and e["name"] == name and pid in (None, e["pid"])]


def held(document, pid, name, key):
    """(instant, value) of a counter, in order of time; what comes last of one instant counts."""
    return sorted((e["ts"], e["args"][key]) for e in named(document, "C", name, pid) if key in e["args"])


def value_at(values, microseconds):
    before = [value for at, value in values if at <= microseconds]
    return before[-1] if before else None


def check_format(document):
    try:
        import jsonschema
    except ImportError:
        raise Skip("python3-jsonschema is not installed") from None
    validator = jsonschema.Draft7Validator(TRACE)
    for error in validator.iter_errors(document):
        tap.fail(f"{list(error.path)}: {error.message[:300]}")


@test
def format_of_traces():
    """Each event is one that the format's description knows: an ordinary pool, a hostile one, one not readable"""
    for name in ("ordinary", "hostile", "little"):
        check_format(trace(path_of(name)))
    with open(os.path.join(tap.ROOT, "tests", "golden", "perfetto.json"), encoding="utf-8") as file:
        check_format(json.load(file))


@test
def schema_bites():
    """What the format does not know is found"""
    good = trace("-e", "+10s", path_of("ordinary"))
    check_format(good)
    for spoil in ({"ph": "C", "name": "a", "pid": 1, "ts": 0, "args": {"x": "1"}},
                  {"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 0}, {"ph": "Q", "name": "a", "pid": 1, "ts": 0},
                  {"ph": "i", "name": "a", "pid": 1, "ts": -1, "s": "p"}):
        bad = {**good, "traceEvents": [*good["traceEvents"], spoil]}
        try:
            check_format(bad)
        except tap.Failed:
            continue
        tap.fail(f"{spoil} is taken for good")


@test
def what_samples_say():
    """Counters hold, at each sample, what cowtop replay --json says of it; a rate holds for the time it is of"""
    path = path_of("ordinary")
    document, samples = trace("-e", "+20m", path), replay(path, "-e", "+20m")
    keys = {"shared_bytes": ("memory", lambda p: p["shared_bytes"]),
            "copied_bytes": ("memory", lambda p: p["cow_broken_bytes"]),
            "new_bytes": ("memory", lambda p: p["pages"]["new"] * 4096),
            "private_bytes": ("private", lambda p: p["private_bytes"])}
    begin = seconds_of(samples[0]["time"])
    for pid in [p["pid"] for p in samples[0]["processes"]]:
        values = {key: held(document, pid, name, key) for key, (name, _) in keys.items()}
        rates, before = held(document, pid, "faults", "minor_per_s"), None
        for s in samples:
            process, at = run.rows(s)[pid], round((seconds_of(s["time"]) - begin) * 1e6)
            for key, (_, of) in keys.items():
                equal(f"{key} of {pid} at {at}", value_at(values[key], at), of(process))
            if before is not None:
                near(f"faults of {pid} from {before}", value_at(rates, before), process["faults"]["minor_per_s"],
                     0.001)
            before = at
    equal("samples", document["otherData"]["samples"], len(samples))
    last = samples[-1]["pool"]
    for key in ("footprint_bytes", "saved_bytes"):
        equal(key, held(document, samples[0]["pool"]["master_pid"], "pool", key)[-1][1], last[key])


@test
def names_and_order():
    """Processes have their role and slot as their name, the master comes first"""
    document = trace(path_of("ordinary"))
    names = {e["pid"]: e["args"]["name"] for e in named(document, "M", "process_name")}
    order = {e["pid"]: e["args"]["sort_index"] for e in named(document, "M", "process_sort_index")}
    equal("names", [names[pid] for pid in sorted(names, key=order.get)],
          ["master", "worker 1", "worker 2", "worker 3", "worker 4"])
    labels = [e["args"]["labels"] for e in named(document, "M", "process_labels")]
    equal("labels", labels, ["gunicorn: master [shop]"] + ["gunicorn: worker [shop]"] * 4)


@test
def about():
    """otherData says what the recording is of, with the labels of the figures; Perfetto finds the same in metadata"""
    document = trace(path_of("ordinary"))
    other = document["otherData"]
    equal("metadata", document["metadata"], other)
    for key, wanted in (("host", "web1"), ("kernel", "6.1.0"), ("level", "exact"), ("elapsed_s", 5400),
                        ("label_copied_bytes", "exact"), ("samples_per_value", 1)):
        equal(key, other[key], wanted)
    true("version", other["version"].startswith("cowtop "))
    equal("an estimate", trace(path_of("estimate"))["otherData"]["label_copied_bytes"], "estimate")
    little = trace(path_of("little"))
    equal("not known", little["otherData"]["label_copied_bytes"], None)
    equal("no counters", named(little, "C", "memory"), [])


@test
def marks_and_events():
    """A mark is an instant of the trace with its text, an event one of its process; a collection is a slice"""
    document, samples = trace(path_of("ordinary")), replay(path_of("ordinary"))
    mark, = named(document, "i", "deploy")
    equal("mark", (mark["ts"], mark["s"], mark["args"]["text"]), (1800 * 1000000, "g", "deploy"))
    begin = seconds_of(samples[0]["time"])
    for s in samples:
        for event in s["events"]:
            if event["type"] == "gc_collected":
                found, = named(document, "e", "full collection within", event["pid"])
            else:
                found, = [e for e in named(document, "i", event["type"], event["pid"])
                          if e["args"]["text"] == event["text"]]
            near("at", found["ts"], (seconds_of(event["time"]) - begin) * 1e6, 1)
            equal("text", found["args"]["text"], event["text"])
    equal("as many", document["otherData"]["events"] + document["otherData"]["collections"],
          1 + sum(len(s["events"]) for s in samples))
    begun, = named(document, "b", "full collection within")
    near("how long", (found_end(document) - begun["ts"]) / 1e6, begun["args"]["within_s"], 0.001)


def found_end(document):
    return named(document, "e", "full collection within")[0]["ts"]


@test
def parts():
    """-b and -e tell a part as a recording of its own, from zero on"""
    whole, part = trace(path_of("ordinary")), trace("-b", "+40m", "-e", "+41m", path_of("ordinary"))
    equal("elapsed", part["otherData"]["elapsed_s"], 60)
    first, values = held(part, 101, "memory", "copied_bytes")[0], held(whole, 101, "memory", "copied_bytes")
    equal("first", first, (0, value_at(values, 2400 * 1000000)))
    equal("no mark", named(part, "i", "deploy"), [])
    true("none in it", "no sample" in fails(1, "report", "--perfetto", "-", "-b", "+3h", path_of("ordinary")))


@test
def hostile():
    """Foreign bytes stay within their strings, and nothing of them is an escape"""
    status, out, _ = cowtop("report", "--perfetto", "-", path_of("hostile"))
    equal("status", status, 0)
    true("no control bytes", all(c >= " " or c == "\n" for c in out))
    names = {e["args"]["name"] for e in named(json.loads(out), "M", "process_name")}
    equal("names", names, {"master", "worker 1", "worker 2", "worker 3", "worker 4"})


@test
def in_chrome():
    """The developer tools of Chrome read it: names of processes, and collections that have times"""
    path = os.path.join(tap.ROOT, "tests", "golden", "perfetto.json")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    slices = named(json.loads(text), "X", "full collection")
    equal("there is one", len(slices), 1)
    with Browser(DEVTOOLS + "devtools_app.html") as browser:
        if browser.run("location.protocol") != "devtools:":
            raise Skip("this chromium shows no developer tools")
        for document in (text, json.dumps(trace(path_of("hostile")))):
            read = browser.run(READ % (DEVTOOLS, document))
            equal("names", {pid: name for pid, name in read["names"]},
                  {e["pid"]: e["args"]["name"] for e in named(json.loads(document), "M", "process_name")})
            equal("slices", read["slices"],
                  [[e["pid"], e["tid"], "collections", e["name"], e["ts"], e["dur"]]
                   for e in named(json.loads(document), "X", "full collection")])


@test
def of_a_pool():
    """A pool recorded, marked, one worker ended: the trace has them all"""
    with folder() as place, SmallPool(2) as pool:
        path = os.path.join(place, "a.ct")
        with Recorder("-o", path, "-i", "0.05", "--fixed", pool.master) as recorder:
            has(path, 3)
            equal("mark", cowtop("mark", path, "one ends")[0], 0)
            os.kill(pool.workers[1], 9)
            tap.until("it is gone", lambda: "worker_exited" in cowtop("replay", "--json", "-i", "0.01", path)[1])
            recorder.ended(2)
        document, samples = trace(path), replay(path)
        check_format(document)
        mark, = named(document, "i", "one ends")
        gone, = named(document, "i", "worker_exited", pool.workers[1])
        true("in order", mark["ts"] <= gone["ts"], (mark, gone))
        names = {e["pid"]: e["args"]["name"] for e in named(document, "M", "process_name")}
        equal("names", names, {pool.master: "master", pool.workers[0]: "worker 1", pool.workers[1]: "worker 2"})
        equal("who is gone has nothing", held(document, pool.workers[1], "private", "private_bytes")[-1][1], 0)
        equal("who is not", held(document, pool.workers[0], "private", "private_bytes")[-1][1],
              run.rows(samples[-1])[pool.workers[0]]["private_bytes"])


@test
def from_a_pipe():
    """From standard input, which is gone through twice"""
    with open(path_of("ordinary"), "rb") as file:
        feed = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
        done = subprocess.run([run.COWTOP, "report", "--perfetto", "-", "-"], stdin=feed.stdout,
                              capture_output=True, timeout=PATIENCE)
        feed.stdout.close()
        feed.wait()
    equal("stderr", done.stderr.decode(), "")
    equal("trace", json.loads(done.stdout), trace(path_of("ordinary")))


@test
def beside_others():
    """Into a file, with the page and the document of the same recording; the text is not printed then"""
    with folder() as place:
        out, page = os.path.join(place, "out.json"), os.path.join(place, "out.html")
        equal("alone", cowtop("report", "--perfetto", out, path_of("ordinary")), (0, "", ""))
        with open(out, encoding="utf-8") as file:
            equal("trace", json.load(file), trace(path_of("ordinary")))
        status, document, _ = cowtop("report", "--json", "--html", page, "--perfetto", out, path_of("ordinary"))
        equal("status", status, 0)
        equal("schema", json.loads(document)["schema"], "cowtop.report/1")
        equal("files", sorted(os.listdir(place)), ["out.html", "out.json"])


@test
def mistakes():
    """Two on standard output, standard input twice, no place to write, a recording in the way: one line each"""
    path = path_of("ordinary")
    fails(2, "report", "--json", "--perfetto", "-", path)
    fails(2, "report", "--html", "-", "--perfetto", "-", path)
    fails(2, "report", "--json", "--perfetto", "out.json", "-")
    fails(5, "report", "--perfetto", "-", "/nonexistent.ct")
    with folder() as place:
        true("named", "nowhere" in fails(1, "report", "--perfetto", os.path.join(place, "nowhere", "a"), path))
        with tempfile.NamedTemporaryFile(dir=place) as copy, open(path, "rb") as file:
            copy.write(file.read())
            copy.flush()
            true("recording", "is a recording" in fails(1, "report", "--perfetto", copy.name, path))
    if os.path.exists("/dev/full"):
        true("full", "No space" in fails(1, "report", "--perfetto", "/dev/full", path))


main()
