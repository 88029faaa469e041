#!/usr/bin/python3
"""The flame graph in a real browser, and profiles as their formats have them: `flame` writes them from
scenes with known truth (tests/lib/stacks_scene.h)."""
import json
import os
import subprocess
import sys
import xml.dom.minidom

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import Browser
from kernel import PAGE
from run import folder
from tap import equal, main, must_be_built, near, PATIENCE, ROOT, test, true
from profiles import check_speedscope, read_folded, read_pprof

FLAME = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests", "flame")
COPIES = {100: 60, 101: 14406, 102: 7210}


def flame(scene, form):
    must_be_built(FLAME)
    return subprocess.run([FLAME, scene, form], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=PATIENCE, check=True).stdout


class Graph(Browser):
    """The flame graph of a scene, as the browser has it."""

    def __init__(self, scene):
        self.place = folder()
        path = os.path.join(self.place.__enter__(), "out.svg")
        with open(path, "wb") as file:
            file.write(flame(scene, "svg"))
        super().__init__(path)

    def close(self):
        super().close()
        self.place.__exit__(None, None, None)

    def frames(self):
        """[(label, shown, class, width)] of all frames."""
        return self.run("""Array.from(document.querySelectorAll('.f g')).map(g => [
            g.querySelector('title').textContent.split('\\n')[0], g.style.display !== 'none',
            g.getAttribute('class') || '', +g.querySelector('rect').getAttribute('width')])""")

    def click(self, label):
        self.run(f"""Array.from(document.querySelectorAll('.f g')).find(g =>
            g.querySelector('title').textContent.startsWith({json.dumps(label)} + '\\n'))
            .querySelector('rect').dispatchEvent(new MouseEvent('click', {{bubbles: true}}))""")

    def search(self, text):
        """What is found, as the page says it."""
        return self.run(f"""(() => {{ const i = document.querySelector('input');
            i.value = {json.dumps(text)}; i.dispatchEvent(new Event('input', {{bubbles: true}}));
            return document.getElementById('found').textContent; }})()""")


@test
def well_formed():
    """The pictures are well-formed XML, with a title on each frame"""
    for scene in ("server", "hostile"):
        document = xml.dom.minidom.parseString(flame(scene, "svg"))
        groups = [g for g in document.getElementsByTagName("g") if g.getElementsByTagName("rect")]
        frames = [g for g in groups if g.getElementsByTagName("title")]
        true("frames", len(frames) >= 10, len(frames))
        equal("scripts", len(document.getElementsByTagName("script")), 1)
        for attribute in ("href", "src", "onload"):
            true(f"no {attribute}", not any(n.hasAttribute(attribute)
                                            for n in document.getElementsByTagName("*")))


@test
def widths():
    """A frame is as wide as its pages, and nothing is said on the console"""
    with Graph("server") as graph:
        frames = {label: width for label, _, _, width in graph.frames()}
        whole = sum(COPIES.values())
        near("all", frames["all"], 1180, 0.01)
        near("the collector", frames["gc_collect_main"], 1180 * 12169 / whole, 1)
        near("what nothing accounts for", frames["[unattributed]"], 1180 * 1360 / whole, 1)
        equal("console", graph.log, [])


@test
def zoom():
    """A click widens a frame and hides what is beside it; Escape and "whole" lead back"""
    with Graph("server") as graph:
        before = graph.frames()
        graph.click("Py_FinalizeEx")
        shown = {label: (cls, width) for label, there, cls, width in graph.frames() if there}
        equal("shown", set(shown), {"all", "_start", "Py_RunMain", "Py_FinalizeEx",
                                    "python3.11!fn_50a500"})
        for label, (cls, width) in shown.items():
            near(f"{label} is as wide as the picture", width, 1180, 0.01)
            equal(f"{label} is above", "far" in cls, label in ("all", "_start", "Py_RunMain"))
        equal("the label has room now", graph.run("""Array.from(document.querySelectorAll('.f text'))
            .map(t => t.textContent).includes('python3.11!fn_50a500')"""), True)
        graph.run("document.getElementById('whole').dispatchEvent("
                  "new MouseEvent('click', {bubbles: true}))")
        equal("whole", [f[1] for f in graph.frames()], [True] * len(before))
        graph.click("gc_collect_main")
        graph.run("document.documentElement.dispatchEvent("
                  "new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}))")
        for was, now in zip(before, graph.frames()):
            near(f"{was[0]} is as it was", now[3], was[3], 0.01)
        equal("console", graph.log, [])


@test
def search():
    """Found frames are marked, with their share, counted once where one is in another"""
    with Graph("server") as graph:
        equal("share", graph.search("gc_collect"), "56.1% of pages")
        hits = [label for label, _, cls, _ in graph.frames() if "hit" in cls]
        equal("marked", sorted(hits), ["gc_collect_main", "gc_collect_with_callback"])
        equal("an expression", graph.search("^py::.*views"), "21.7% of pages")
        equal("no expression: the text", graph.search("["), "9.9% of pages")
        equal("nothing", graph.search(""), "")
        equal("unmarked", [f for f in graph.frames() if "hit" in f[2]], [])
        equal("console", graph.log, [])


@test
def hostile():
    """Names that try to get out of the picture are text in it, also after zoom and search"""
    with Graph("hostile") as graph:
        graph.run("window.hit = () => { window.was_hit = true; }")
        graph.click("<script>hit()</script>")
        graph.search("script")
        equal("run", graph.run("window.was_hit || false"), False)
        equal("scripts", graph.run("document.querySelectorAll('script').length"), 1)
        true("as text", any(f[0] == "]]></script><script>hit()</script>" for f in graph.frames()))
        equal("console", graph.log, [])


@test
def light_and_dark():
    """The ground is light, and dark for those who want it"""
    with Graph("server") as graph:
        ground = "getComputedStyle(document.documentElement).backgroundColor"
        light = graph.run(ground)
        graph.dark()
        true("two grounds", light != graph.run(ground), light)
        true("a picture", graph.screenshot().startswith(b"\x89PNG"))


@test
def without_script():
    """Without its script the picture is whole: labels and titles are there, controls are not shown"""
    text = flame("server", "svg").decode()
    head, rest = text.split("<script>")
    true("labels", ">gc_collect_with_callback</text>" in head)
    true("titles", "<title>gc_collect_main\n12169 pages, 47.5 MiB, 56.1%, collector</title>" in head)
    true("controls wait for the script", "foreignObject{display:none}" in head and
         rest.rstrip().endswith("</script>\n</svg>"))


@test
def folded():
    """The folded lines add up to what was counted"""
    stacks = read_folded(flame("server", "folded").decode())
    equal("sum", sum(stacks.values()), sum(COPIES.values()))
    equal("the collector", stacks[("_start", "Py_RunMain", "_PyEval_EvalFrameDefault",
                                   "gc_collect_with_callback", "gc_collect_main")], 12169)
    read_folded(flame("hostile", "folded").decode())


@test
def speedscope():
    """speedscope's file has what its schema demands, a profile of the pool and of each process"""
    profiles = check_speedscope(json.loads(flame("server", "speedscope")))
    equal("names", list(profiles), ["pool", "master 100", "worker 101", "worker 102"])
    equal("pool", profiles["pool"]["endValue"], sum(COPIES.values()) * PAGE)
    for name, pid in (("master 100", 100), ("worker 101", 101), ("worker 102", 102)):
        equal(name, profiles[name]["endValue"], COPIES[pid] * PAGE)
    check_speedscope(json.loads(flame("hostile", "speedscope")))


@test
def pprof():
    """The profile is read by an independent decoder, and says the same"""
    profile = read_pprof(flame("server", "pprof"))
    equal("types", profile["types"], [("cow_pages", "count"), ("cow_space", "bytes")])
    equal("default", profile["default"], "cow_space")
    equal("period", profile["period"], 10)
    equal("duration", profile["duration"], 10 * 10**9)
    for pid, copies in COPIES.items():
        values = [s["values"] for s in profile["samples"] if s["labels"]["pid"] == pid]
        equal(f"pages of {pid}", sum(v[0] for v in values), copies)
        equal(f"bytes of {pid}", sum(v[1] for v in values), copies * PAGE)
    leaf = [s for s in profile["samples"] if s["stack"][0] == "gc_collect_main"]
    equal("the collector", [(s["labels"]["role"], s["stack"][-1]) for s in leaf],
          [("collector", "_start")] * 2)
    true("a Python function", ("py::handle (/srv/shop/views.py:41)", "/srv/shop/views.py", 41)
         in profile["functions"].values())
    true("objects", "python3.11" in profile["mappings"].values())
    read_pprof(flame("hostile", "pprof"))


@test
def pprof_of_a_series():
    """What a server is sent has the same pages by stack, without a pid anywhere"""
    file, series = (read_pprof(flame("server", form)) for form in ("pprof", "pprof-series"))
    by_stack = [{}, {}]
    for sums, profile in zip(by_stack, (file, series)):
        for s in profile["samples"]:
            key = (*s["stack"], s["labels"].get("role"))
            sums[key] = sums.get(key, 0) + s["values"][0]
    equal("pages by stack and role", by_stack[1], by_stack[0])
    equal("one sample a stack", len(series["samples"]), len(by_stack[1]))
    equal("labels", {key for s in series["samples"] for key in s["labels"]}, {"role"})


main()
