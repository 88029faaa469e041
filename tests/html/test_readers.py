#!/usr/bin/python3
"""What cowtop stacks writes in the hands of those who read it: go tool pprof of Debian's golang-go, and the importer
of speedscope, which no distribution has: `npm install -g speedscope`, or SPEEDSCOPE=FOLDER where it was unpacked."""
import base64
import itertools
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from browser import Browser
from profiles import read_pprof
from run import folder, write_file
from tap import equal, main, must_be_built, need, PATIENCE, ROOT, Skip, test, true, until

FLAME = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "flame")
SCENES = ("server", "hostile")


def flame(scene, form):
    must_be_built(FLAME)
    return subprocess.run([FLAME, scene, form], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                          check=True).stdout


def pprof(path, *words):
    """What go tool pprof says of a file."""
    done = subprocess.run(["go", "tool", "pprof", *words, path], text=True, capture_output=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, env={**os.environ, "PPROF_TMPDIR": os.path.dirname(path)})
    equal(f"pprof {words}: {done.stderr}", done.returncode, 0)
    return done.stdout


@test
def go_tool_pprof():
    """go tool pprof reads our profiles: sample types, sums, functions and labels"""
    need("go")
    with folder() as place:
        for scene in SCENES:
            for form in ("pprof", "pprof-series"):
                content = flame(scene, form)
                profile = read_pprof(content)
                path = f"{place}/{scene}-{form}.pb.gz"
                with open(path, "wb") as file:
                    file.write(content)
                raw = pprof(path, "-raw")
                true("types", "cow_pages/count cow_space/bytes[dflt]" in raw, raw[:400])
                samples = re.search(r"^Samples:\n.*?\n(.*?)^Locations$", raw, re.M | re.S)[1]
                rows = [[int(v) for v in m] for m in re.findall(r"^ +(\d+) +(\d+): ", samples, re.M)]
                equal("values", sorted(rows), sorted(s["values"] for s in profile["samples"]))
                equal("pids", bool(re.search(r"^ +pid:", samples, re.M)), form == "pprof")
                top = pprof(path, "-top", "-nodecount=1000000", "-nodefraction=0", "-sample_index=cow_pages")
                total = sum(s["values"][0] for s in profile["samples"])
                true(f"{total} in all", re.search(rf"\b{total} total$", top, re.M), top[:400])
        true("a Python function", "py::handle (/srv/shop/views.py:41)" in pprof(f"{place}/server-pprof.pb.gz", "-raw"))


# ---- speedscope

def speedscope():
    """The folder of the package's page."""
    places = [os.environ.get("SPEEDSCOPE", "")]
    need("chromium")
    if not places[0]:
        need("npm")
        done = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, timeout=PATIENCE)
        places = [os.path.join(done.stdout.strip(), "speedscope")]
    place = os.path.join(places[0], "dist", "release")
    if not os.path.exists(f"{place}/index.html"):
        raise Skip("no speedscope: npm install -g speedscope")
    return place


@test
def schema_of_speedscope():
    """Our file is valid by the schema that speedscope ships"""
    place = speedscope()
    try:
        import jsonschema
    except ImportError:
        raise Skip("python3-jsonschema is not installed") from None
    with open(f"{place}/file-format-schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    for scene in SCENES:
        jsonschema.validate(json.loads(flame(scene, "speedscope")), schema)


@test
def importer_of_speedscope():
    """speedscope imports what we write for it, folded lines and pprof's profiles, without a complaint"""
    place = speedscope()
    forms = (("speedscope", "out.speedscope.json"), ("folded", "out.folded"), ("pprof", "out.pb.gz"))
    with folder() as at:
        for scene, (form, name) in itertools.product(SCENES, forms):
            content = base64.b64encode(flame(scene, form)).decode()
            # As its own command hands a file to the page.
            script = write_file(f"{at}/{scene}-{form}.js", "window.said = []; window.alert = t => window.said.push(t);"
                                "console.error = (...words) => window.said.push(words.join(' '));"
                                f"speedscope.loadFileFromBase64({json.dumps(name)}, {json.dumps(content)})")
            with Browser(f"file://{place}/index.html#localProfilePath={script}") as page:
                title = until("it is loaded", lambda: page.run("window.said && window.said.join() || document.title != "
                                                               "'speedscope' && document.title"))
                equal(f"{scene}, {form}: complaints", page.run("window.said"), [])
                true(f"{scene}, {form}: {title}", title.endswith(" - speedscope"))


if __name__ == "__main__":
    main()
