#!/usr/bin/python3
"""The page of a trial in a real browser, and its Markdown as GitHub reads it: `trial` writes both of scenes with known
truth, `markdown` a table of any text."""
import html
import html.parser
import json
import os
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import Browser
from run import cowtop, folder
from tap import equal, main, must_be_built, need, PATIENCE, ROOT, test, true

BUILT = os.path.join(os.environ.get("B") or os.path.join(ROOT, "build"), "tests")
# What GitHub has, but for what it looks for in the page that comes out: mentions, references.
EXTENSIONS = [word for name in ("table", "autolink", "strikethrough", "tasklist") for word in ("-e", name)]
SPACE = "\u200b"


def written(program, *words, given=""):
    path = os.path.join(BUILT, program)
    must_be_built(path)
    return subprocess.run([path, *words], input=given, capture_output=True, text=True, check=True,
                          timeout=PATIENCE).stdout


def page(scene):
    """The file of a scene's page; the folder is gone with the process."""
    folder = tempfile.TemporaryDirectory(prefix="cowtop.")
    path = os.path.join(folder.name, "trial.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(written("trial", scene, "html"))
    return folder, path


class Shown(html.parser.HTMLParser):
    """Which elements there are, and what cells and all of it read."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells, self.text, self.cell = [], [], "", None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cell = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.cells.append(self.cell)
            self.cell = None

    def handle_data(self, data):
        self.text += data
        if self.cell is not None:
            self.cell += data


def github(markdown):
    need("cmark-gfm")
    done = subprocess.run(["cmark-gfm", *EXTENSIONS, "--unsafe"], input=markdown, capture_output=True, text=True,
                          check=True, timeout=PATIENCE)
    return Shown(done.stdout)


# ---- the page

@test
def curves():
    """Each variant has a line of its own in both drawings, whose colour and dashes no other one has"""
    folder, path = page("five")
    with folder, Browser(path) as browser:
        styles = browser.run("""[...document.querySelectorAll('.curves')].map(plot =>
            [...plot.querySelectorAll('figure path.v')].map(line => {
                let s = getComputedStyle(line); return s.stroke + ' ' + s.strokeDasharray}))""")
        equal("drawings", len(styles), 2)
        for lines in styles:
            equal("lines", len(lines), 7)  # one variant has not run
            equal("told apart", len(set(lines)), 7)
        dashes = [line.split(" ", 3)[-1] for line in styles[0]]
        equal("unbroken", [line.endswith("none") for line in dashes], [True] + 6 * [False])
        ends = browser.run("[...document.querySelectorAll('.curves')].map(c => "
                           "[...c.querySelectorAll('.ends b')].map(b => b.textContent).sort().join(' '))")
        equal("numbers at the ends", ends, ["0 1 2 3 4 5 7"] * 2)
        equal("log", browser.log, [])


@test
def numbers_do_not_hide_one_another():
    """The numbers at the ends of lines lie beside or below one another"""
    folder, path = page("five")
    with folder, Browser(path) as browser:
        boxes = browser.run("""[...document.querySelectorAll('.curves')].map(c =>
            [...c.querySelectorAll('.ends b')].map(b => {
                let r = b.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]}))""")
        for drawing in boxes:
            for i, (left, top, right, bottom) in enumerate(drawing):
                for other in drawing[:i]:
                    apart = (left >= other[2] - 1 or right <= other[0] + 1 or top >= other[3] - 1 or
                             bottom <= other[1] + 1)
                    true("apart", apart, (drawing[i], other))


@test
def intervals():
    """An interval stands where its figures say: left of zero what is better, right of it what is worse"""
    folder, path = page("five")
    with folder, Browser(path) as browser:
        rows = browser.run("""[...document.querySelectorAll('.ranges svg')].map(svg => {
            let at = svg.querySelector('.at'), zero = svg.querySelector('.zero');
            let x = e => { let r = e.getBoundingClientRect(); return (r.left + r.right) / 2 };
            return at && [Math.round(x(at) - x(zero)), svg.querySelector('.ci').getAttribute('class'),
                          svg.nextElementSibling.firstChild.textContent]})""")
        equal("failed", rows[5], None)
        equal("words", [row[2] for row in rows if row],
              ["better", "better", "worse", "the same", "not applied", "within noise"])
        equal("classes", [row[1] for row in rows if row],
              ["ci good", "ci good", "ci bad", "ci open", "ci open", "ci open"])
        true("left", rows[0][0] < rows[1][0] < -20, rows)
        true("right", rows[2][0] > 20, rows)
        true("at zero", abs(rows[4][0]) <= 1, rows)


@test
def light_and_dark():
    """Lines and words can be seen in the light and in the dark: 3 to 1 against what is behind them"""
    folder, path = page("five")
    with folder, Browser(path) as browser:
        for dark in (False, True):
            if dark:
                browser.dark()
            seen = browser.run("""(() => {
                let of = (e, name) => getComputedStyle(e)[name];
                let behind = of(document.querySelector('section'), 'backgroundColor');
                let lines = [...document.querySelectorAll('figure path.v')].map(e => of(e, 'stroke'));
                let words = [...document.querySelectorAll('.said, td.good, td.bad, em.void')].map(e => of(e, 'color'));
                return [behind, lines.concat(words)]})()""")
            for colour in set(seen[1]):
                true("contrast", contrast(seen[0], colour) >= 3, (dark, seen[0], colour))
        true("dark", luminance(seen[0]) < 0.05, seen[0])


def luminance(colour):
    parts = [int(n) / 255 for n in re.findall(r"\d+", colour)[:3]]
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@test
def hostile_names():
    """Names that try to get out of the page are text in it, in tables, drawings and read-outs"""
    folder, path = page("hostile")
    with folder, Browser(path) as browser:
        equal("scripts", browser.run("document.querySelectorAll('script, img').length"), 0)
        true("title", browser.run("document.title") != "hit")
        true("as text", browser.run("document.querySelector('.hits b').textContent.includes('<script>')"))
        equal("log", browser.log, [])


@test
def unknown_figures():
    """Where no memory could be read there are dashes and words, no drawing"""
    folder, path = page("unknown")
    with folder, Browser(path) as browser:
        equal("drawings", browser.run("document.querySelectorAll('figure').length"), 0)
        text = browser.run("document.body.innerText")
        true("words", "is not known of the baseline and of a variant" in text, text)
        equal("log", browser.log, [])


@test
def phone():
    """On a phone nothing is wider than the screen"""
    for scene in ("five", "one", "hostile"):
        folder, path = page(scene)
        with folder, Browser(path, (1200, 800)) as browser:
            browser.call("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=True)
            width = browser.run("document.documentElement.scrollWidth")
            true("as wide as the screen", width <= 390, (scene, width))


# ---- a trial of a real pool

POOL = """
import os, signal
signal.alarm(120)
for n in range(2):
    if os.fork() == 0:
        signal.alarm(120)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pause()
def stop(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
while True:
    signal.pause()
"""


def tried(*options):
    """A trial with one run of each, of a second; (status, stdout, stderr)."""
    return cowtop("try", "--runs", "1", "-d", "1", "--with", "env:TRIED=1", *options,
                  "--", "/usr/bin/python3", "-c", POOL)


@test
def page_and_comment_of_a_pool():
    """try --html and --markdown write both, with the tables or without"""
    with folder() as place:
        status, out, err = tried("--html", f"{place}/try.html", "--markdown", f"{place}/try.md")
        equal("status", status, 0)
        true("tables too", "VARIANT" in out, (out, err))
        with open(f"{place}/try.md", encoding="utf-8") as file:
            rows = github(file.read()).cells
            true("rows", {"baseline", "env:TRIED=1"} <= set(rows), rows)
        with Browser(f"{place}/try.html") as browser:
            equal("rows", browser.run("document.querySelectorAll('.variants tbody tr').length"), 2)
            true("one run", "One run of each does not tell" in browser.run("document.body.innerText"))
            equal("log", browser.log, [])
        status, out, err = tried("--markdown", "-")
        equal("status", status, 0)
        true("nothing but Markdown", out.startswith("**") and "VARIANT" not in out, (out, err))


@test
def what_cannot_be_written_is_known_before():
    """A file that cannot be written, or two for standard output: said before anything is started"""
    status, out, err = tried("--html", "/nowhere/try.html")
    equal("status", (status, out), (1, ""))
    true("says which", "/nowhere/try.html" in err and "run 1" not in err, err)
    for options in (("--json", "--markdown", "-"), ("--html", "-", "--markdown", "-")):
        status, out, err = tried(*options)
        equal("usage", (status, out), (2, ""))
        true("says it", "standard output" in err, err)


# ---- Markdown

@test
def comment():
    """A comment has the sentence, one table with a row for each variant, and what went wrong in a list"""
    shown = github(written("trial", "five", "markdown"))
    equal("tables", shown.tags.count("table"), 1)
    equal("rows", shown.tags.count("tr"), 9)
    equal("names", [cell for cell in shown.cells[8:] if cell][::8],
          ["baseline", "gc.freeze", "gc.disable", "pymalloc=off", "malloc.arenas=1", "gc.threshold=0",
           "malloc=jemalloc", "thp=never"])
    true("best", "gc.freeze is best: the pool costs" in shown.text)
    equal("links", shown.tags.count("a"), 0)
    true("failed", "malloc=jemalloc failed: libjemalloc.so.2 is not there" in shown.text, shown.text)


@test
def hostile_comment():
    """Names that try to get out of a comment are text in it"""
    shown = github(written("trial", "hostile", "markdown"))
    equal("elements", sorted(set(shown.tags) - {"code", "details", "li", "p", "strong", "summary", "table", "tbody",
                                                "td", "th", "thead", "tr", "ul"}), [])
    equal("rows", shown.tags.count("tr"), 6)
    true("as text", "</title></style><script>document.title='hit'" in shown.text)


PIECES = list("|\\`*_{}[]()<>#+-.!~&$^:@=\"'?/%;, 7x") + [
    "\\|", "``", "<b>", "</code>", "&amp;", "&#124;", "http://a.bc", "www.a.bc", "a@b.cd", "xmpp:a@b.cd",
    "mailto:a@b.cd", "@user", "#1", "GH-1", "[x](y)", "![x](y)", "<!--", "-->", "~~x~~", "**x**", "word", "é", "$$",
    "[[_TOC_]]", "ftp://x.yz", "https://x.yz/1", "- [ ] x", ":smile:", "[^1]", "<https://x.yz>", "\t"]


@test
def any_text_reads_as_it_is():
    """Of 2000 random texts each reads as it was given, with no markup and no link"""
    chosen = random.Random(17)
    lines = ["".join(chosen.choice(PIECES) for _ in range(chosen.randint(1, 12))).strip(" ") or "x"
             for _ in range(2000)]
    shown = github(written("markdown", given="\n".join(lines) + "\n"))
    equal("elements", sorted(set(shown.tags)), ["code", "table", "tbody", "td", "th", "thead", "tr"])
    for i, line in enumerate(lines):
        wanted = re.sub(" +", " ", line.replace("\t", "\\t"))
        for cell in shown.cells[2 + 2 * i:4 + 2 * i]:
            equal("reads", re.sub(" +", " ", cell.replace(SPACE, "")), wanted)


@test
def nothing_is_referred_to():
    """What a forge looks for in the text that comes out is not there: a mention, an issue, an address"""
    shown = github(written("markdown", given="by @user, see #12, !3 and $4 or GH-5: https://x.yz/6 u@x.yz www.x.yz\n"))
    text = shown.cells[3]
    for pattern in (r"@\w", r"#\d", r"!\d", r"\$\d", r"GH-\d", r"://", r"www\.\w"):
        true(pattern, not re.search(pattern, text), json.dumps(text))


main()
