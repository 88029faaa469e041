#!/usr/bin/python3
"""cowtop report: the story of a recording, as text, JSON and HTML."""
import json
import os
import re
import resource
import subprocess
import sys
import tempfile

from smallpool import fails
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import run
import tap
from run import cowtop
from tap import equal, main, near, PATIENCE, test, true
from made_recordings import golden, path_of


def report(*arguments):
    status, out, err = cowtop("report", *arguments)
    equal("stderr", err, "")
    equal("status", status, 0)
    return out


@test
def text():
    """The page of text is the one of the same samples without a recording"""
    equal("page", report(path_of("ordinary")), golden("report.txt"))
    equal("little", report(path_of("little")), golden("report-little.txt"))


@test
def html():
    """So is the HTML page, into a file and to stdout; text and page do not mix"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.html")
        equal("nothing on stdout", report("--html", path, path_of("ordinary")), "")
        with open(path, encoding="utf-8") as file:
            equal("page", file.read(), golden("report.html"))
    equal("stdout", report("--html", "-", path_of("ordinary")), golden("report.html"))


@test
def document():
    """--json: one document that says what the recording was made of"""
    story = json.loads(report("--json", path_of("ordinary")))
    equal("schema", story["schema"], "cowtop.report/1")
    equal("samples", story["recording"]["samples"], 1081)
    equal("ceiling", story["pool"]["prefork_bytes"], 28000 * 4096)
    near("half-life", story["erosion"]["half_life_s"], 900, 20)
    near("asymptote", story["erosion"]["asymptote_bytes"], 9000 * 4096, 800_000)
    equal("collections", story["pool"]["full_collections"], 1)
    equal("marks", [m["text"] for m in story["marks"]], ["deploy"])
    equal("intervals", [i["mark"] for i in story["intervals"]], [None, "deploy"])
    equal("their samples", [i["seen_s"] for i in story["intervals"]], [1800, 3600])
    equal("collections are known for", story["processes"][3]["full_collections_known_s"], 5400)
    equal("roles", [p["role"] for p in story["processes"]], ["master"] + ["worker"] * 4)
    equal("collector of worker 3", story["processes"][3]["gc"]["enabled"], 1)
    little = json.loads(report("--json", path_of("little")))
    equal("unknown", little["pool"]["prefork_bytes"], None)
    equal("loss", little["loss"]["cow_broken_bytes_last"], None)


@test
def late_mark():
    """A mark after the last sample stretches no row, is listed, and is whole in the document"""
    story = json.loads(report("--json", path_of("late")))
    equal("marks", story["marks"], [{"at_s": 640, "text": "é" * 500}])
    equal("rows", [(i["from_s"], i["to_s"], i["mark"]) for i in story["intervals"]], [(0, 600, None)])
    found = re.search(r"\nmarks after the last sample\n  09:10:40 UTC (é+)\+\n", report(path_of("late")))
    true("listed", found)


@test
def map_at():
    """--map-at shows the page map of that time, and says of when it is"""
    def of(*arguments):
        page = report("--html", "-", *arguments, path_of("ordinary"))
        return re.findall(r"as recorded at ([\d:]+) UTC, a cell is", page)

    equal("last", of(), ["10:30:00"])
    equal("chosen", of("--map-at", "+10m"), ["09:10:00"])
    equal("a time of day, between two maps", of("--map-at", "09:12:34Z"), ["09:10:00"])
    equal("of the part", of("-e", "+10m"), ["09:10:00"])


def part(*arguments, path=None, zone="UTC"):
    """Where the part begins and ends, in seconds since the recording began, and how many samples it has."""
    env = {**os.environ, "TZ": zone}
    status, out, err = cowtop("report", "--json", *arguments, path or path_of("ordinary"), env=env)
    equal("stderr", (status, err), (0, ""))
    told = json.loads(out)["recording"]
    hours, minutes, seconds = map(float, told["begin"][11:-1].split(":"))
    begin = round(hours * 3600 + minutes * 60 + seconds - 9 * 3600, 3)
    return begin, begin + told["elapsed_s"], told["samples"]


@test
def windows():
    """-b and -e tell a part, both ends included, by time of day, date, or from an end of the recording"""
    # From 09:00:00 to 10:30:00, every 5 seconds.
    equal("all", part(), (0, 5400, 1081))
    equal("after the beginning", part("-b", "+10m", "-e", "+20m"), (600, 1200, 121))
    equal("before the end", part("--begin", "-10m"), (4800, 5400, 121))
    equal("clock", part("-b", "09:10", "-e", "09:10:05"), (600, 605, 2))
    equal("date", part("-b", "2026-11-21 10:00", "-e", "2026-11-21T10:00:10.000Z"), (3600, 3610, 3))
    equal("between samples", part("-b", "09:00:01", "-e", "09:00:14.999"), (5, 10, 2))
    equal("the second of the end", part("-b", "+1s", "-e", "09:00:05"), (5, 5, 1))
    equal("local time", part("-b", "11:00", "-e", "11:01", zone="Europe/Berlin"), (3600, 3660, 13))
    equal("UTC there", part("-b", "10:00Z", "-e", "11:01", zone="Europe/Berlin"), (3600, 3660, 13))
    equal("wider than it", part("-b", "-3h", "-e", "2026-11-22 00:00"), (0, 5400, 1081))
    true("none", "no sample in this part of it; the recording has 2026-11-21 09:00:00 to 10:30:00 UTC\n"
         in fails(1, "report", "-b", "11:00", path_of("ordinary")))


@test
def zones():
    """Times are those of the reader, with the name of the zone; --utc, an unknown zone and one without data: UTC; what
    programs read is always UTC"""
    path = path_of("ordinary")
    for zone, options, span in (("Europe/Berlin", (), "10:00:00 to 11:30:00 CET"),
                                ("UTC", (), "09:00:00 to 10:30:00 UTC"),
                                ("Asia/Kolkata", (), "14:30:00 to 16:00:00 IST"),
                                ("America/Sao_Paulo", (), "06:00:00 to 07:30:00 -03"),
                                ("Europe/Berlin", ("--utc",), "09:00:00 to 10:30:00 UTC"),
                                ("Nowhere/Land", (), "09:00:00 to 10:30:00 UTC"),
                                (None, (), "09:00:00 to 10:30:00 UTC"), ("", (), "09:00:00 to 10:30:00 UTC")):
        env = {**os.environ, "TZ": zone} if zone is not None else \
            {**os.environ, "TZ": "Europe/Berlin", "TZDIR": "/nowhere"}
        name = span.split()[-1]
        status, text, err = cowtop("report", *options, path, env=env)
        equal("report", (status, err), (0, ""))
        true(f"TZ={zone} {options}: text", f"\n2026-11-21 {span}, 1h30m," in text, text)
        begin, _, end = span.split()[:3]
        true("its chart", re.search(rf"\+{begin} {re.escape(name)} +{end} {re.escape(name)}\n", text), text)
        page = cowtop("report", "--html", "-", *options, path, env=env)[1]
        utc = "2026-11-21T09:00:00Z"
        true("page", f'<time datetime="{utc}" title="{utc}">2026-11-21 {span}</time>' in page)
        bare = re.findall(rf"\d\d:\d\d:\d\d(?! (?:to|{re.escape(name)})|Z|</span>).{{20}}", page)
        true("no time of it without a zone", not bare, bare[:9])
        compared = " ".join(cowtop("diff", *options, path, path, env=env)[1].split())
        true("diff", f"2026-11-21 {begin} {name}" in compared, compared)
        told = json.loads(cowtop("report", "--json", *options, path, env=env)[1])["recording"]
        equal("JSON", (told["begin"], told["end"]), ("2026-11-21T09:00:00.000Z", "2026-11-21T10:30:00.000Z"))
        status, _, err = cowtop("report", *options, "-e", f"2026-11-21 00:10 {name}", path, env=env)
        equal("the range of the recording", (status, err),
              (1, f"cowtop: {path}: there is no sample in this part of it; the recording has 2026-11-21 {span}\n"))


@test
def part_is_a_recording():
    """A part is told as a recording of its own would be: nothing of what was before counts"""
    told = json.loads(report("--json", "-b", "+40m", path_of("ordinary")))
    equal("marks before are left out", told["marks"], [])
    before = json.loads(report("--json", "-e", "+40m", path_of("ordinary")))
    equal("copied at the beginning", told["loss"]["cow_broken_bytes_first"],
          before["loss"]["cow_broken_bytes_last"])
    equal("no interval in front of it", told["pool"]["faults"]["known_s"], 4 * 50 * 60)
    # The workers of a decay are wherever one looks.
    near("half-life", told["erosion"]["half_life_s"], 900, 45)
    with_mark = json.loads(report("--json", "-b", "+20m", "-e", "+40m", path_of("ordinary")))
    equal("mark", [(m["text"], m["at_s"]) for m in with_mark["marks"]], [("deploy", 600)])


@test
def windows_through_a_pipe():
    """The same through a pipe, whose end has to be awaited"""
    with open(path_of("ordinary"), "rb") as file:
        feed = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
        done = subprocess.run([run.COWTOP, "report", "--json", "-b", "-10m", "-"], stdin=feed.stdout,
                              capture_output=True, timeout=PATIENCE)
        feed.stdout.close()
        feed.wait()
    equal("status", done.returncode, 0)
    equal("samples", json.loads(done.stdout)["recording"]["samples"], 121)


@test
def from_a_pipe():
    """A recording from standard input"""
    with open(path_of("ordinary"), "rb") as file:
        feed = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
        done = subprocess.run([run.COWTOP, "report", "-"], stdin=feed.stdout, capture_output=True,
                              timeout=PATIENCE)
        feed.stdout.close()
        feed.wait()
    equal("status", done.returncode, 0)
    equal("page", done.stdout.decode(), golden("report.txt"))


@test
def from_a_named_pipe():
    """A recording through a FIFO, a few bytes at a time"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "fifo")
        os.mkfifo(path)
        with open(path_of("ordinary"), "rb") as file:
            data = file.read()
        feed = subprocess.Popen([sys.executable, "-c", "import sys\n"
                                 "data = open(sys.argv[1], 'rb').read()\n"
                                 "with open(sys.argv[2], 'wb', 0) as out:\n"
                                 "    for at in range(0, len(data), 997): out.write(data[at:at + 997])",
                                 path_of("ordinary"), path])
        equal("page", report(path), golden("report.txt"))
        equal("all was read", (feed.wait(60), len(data) > 10 * 997), (0, True))


@test
def damage():
    """A recording that was cut off is told up to there; garbage and an empty file are one error"""
    with open(path_of("ordinary"), "rb") as file:
        whole = file.read()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bad.cow")

        def put(content):
            with open(path, "wb") as file:
                file.write(content)
            return path

        status, out, err = cowtop("report", "--json", put(whole[: len(whole) // 2]))
        equal("status", status, 0)
        samples = json.loads(out)["recording"]["samples"]
        true("half of the samples", 300 < samples < 800, samples)
        fails(1, "report", put(b""))
        fails(1, "report", put(b"garbage" * 1000))
        true("no sample", "no sample" in fails(1, "report", path_of("none")))


@test
def usage():
    """No FILE, a missing one, both outputs on stdout, a page that cannot be written"""
    true("no file", "FILE" in fails(2, "report"))
    fails(2, "report", path_of("ordinary"), "another")
    fails(2, "report", "--json", "--html", "-", path_of("ordinary"))
    for form in ([], ["--json"], ["--perfetto", "-"]):
        true("maps are of a page", "--html" in fails(2, "report", "--map-at", "+10m", *form, path_of("ordinary")))
    for option in ("-b", "--begin", "-e", "--end", "--map-at"):
        true("time", "HH:MM" in fails(2, "report", option, "noon", path_of("ordinary")))
    fails(2, "report", "-b", "+10m", "-e", "+5m", path_of("ordinary"))
    fails(5, "report", "/nonexistent/file")
    fails(1, "report", "--html", "/nonexistent/out.html", path_of("ordinary"))
    fails(1, "report", "--html", "/dev/full", path_of("ordinary"))


@test
def page_stays():
    """A page that cannot be written leaves the one before as it is, and nothing beside it"""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.html")
        for words in (("report",), ("diff", path_of("little"))):
            with open(path, "w", encoding="utf-8") as file:
                file.write("before")
            status, _, err = cowtop(*words, "--html", path, path_of("little"), preexec_fn=limit)
            equal("status", (status, err), (1, f"cowtop: cannot write {path}: File too large\n"))
            with open(path, encoding="utf-8") as file:
                equal("page", file.read(), "before")
            equal("folder", os.listdir(folder), ["out.html"])


@test
def recording_stays():
    """Words in the wrong order: a page does not replace a recording"""
    with open(path_of("little"), "rb") as file:
        whole = file.read()
    stacks = os.path.join(tap.ROOT, "tests", "recordings", "v1-stacks.ct")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.cow")
        with open(path, "wb") as file:
            file.write(whole)
        for words in (("report", "--html", path, path), ("diff", "--html", path, path, path_of("little")),
                      ("stacks", "--flamegraph", path, stacks)):
            true("why", "is a recording" in fails(1, *words))
        with open(path, "rb") as file:
            true("it is what it was", file.read() == whole)


@test
def recording_that_cannot_be_read_stays():
    """Nor what begins like a recording and cannot be read as one: its head is cut off"""
    with open(path_of("little"), "rb") as file:
        cut = file.read(12)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.ct")
        with open(path, "wb") as file:
            file.write(cut)
        fails(1, "report", path)
        equal("what is said", fails(1, "report", "--html", path, path_of("little")),
              f"cowtop: {path} is a recording: it is not overwritten\n")
        with open(path, "rb") as file:
            true("it is what it was", file.read() == cut)


main()
