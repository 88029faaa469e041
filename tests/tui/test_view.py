#!/usr/bin/python3
"""What the live view shows and what its keys do, on real pools."""
import contextlib
import os
import re
import signal

from screen import Screen
from smallpool import SERVER, SmallPool
import kernel
import run
from kernel import running
from mkpool import filled, fork, MASTER, Mkpool, write
from run import NOBODY, rows, sample
from tap import equal, main, near, need_root, ROOT, test, true, until

HEAD = r"^ *PID ROLE"
# The manual's names of keys and tmux's.
TMUX = {"PgUp": "PageUp", "PgDn": "PageDown", "Esc": "Escape", "Backspace": "BSpace",
        "Shift-Tab": "BTab"}


@contextlib.contextmanager
def view(pool, *arguments, columns=120, rows=40, **more):
    with Screen(columns, rows) as screen:
        screen.cowtop(*arguments, pool.master, **more)
        screen.shows(HEAD, rf"^ *{pool.master} master", r"^. help")
        yield screen
        if screen.text().rstrip().split("\n")[-1].startswith("? help"):
            screen.keys("q")
            equal("exit", screen.left(), 0)


def table(screen):
    """{pid: {head: text}} of the process table, in the order of the screen."""
    lines = screen.text().split("\n")
    at = next(n for n, line in enumerate(lines) if re.match(HEAD, line))
    heads, result = lines[at].split(), {}
    for line in lines[at + 1:]:
        row = re.match(r"[-+* ]*(\d+) .*", line)
        if not row:
            break
        result[int(row.group(1))] = dict(zip(heads, line.lstrip("-+* ").split()))
    return result


def key_table():
    """[(keys, help)] of INTERACTIVE COMMANDS in cowtop(1)."""
    with open(f"{ROOT}/man/cowtop.1", encoding="utf-8") as file:
        section = file.read().split("\n.SH INTERACTIVE COMMANDS\n")[1].split("\n.SH ")[0]
    section = section.split(".SS Panes\n")[1].split(".SS Typing")[0].replace("\\-", "-").replace("\\e", "\\")
    return [(names.split(), text) for names, text in re.findall(r'^\.TP\n\.B "(.*)"\n(.*)\.$', section, re.M)]


@test
def manual_has_the_keys():
    """cowtop(1) and the help pane name the same keys, with the same words, in the same order"""
    with SmallPool(1) as pool, view(pool, columns=100, rows=170) as screen:
        screen.keys("?")
        text = screen.shows("^Program", "^Columns")
        screen.keys("q")
        program = text.index("\nProgram\n")
        block = text[text.index("\nPanes\n"):text.index("\n\n", program)]
        shown = [(line[2:16].strip().split(), line[16:].strip()) for line in block.split("\n")
                 if line.startswith("  ")]
        written = [(names, text[0].lower() + text[1:]) for names, text in key_table()]
        equal("keys", [names for names, _ in shown], [names for names, _ in written])
        lowered = [text[0].lower() + text[1:] for _, text in shown]
        equal("words", lowered, [text for _, text in written])


def legend():
    """[(name, sentence)] of the sections of cowtop(1) about what is on the screen, in their order there."""
    with open(f"{ROOT}/man/cowtop.1", encoding="utf-8") as file:
        section = file.read().split("\n.SS The screen\n")[1].split("\n.SS Panes\n")[0]
    for written, meant in (("\\-", "-"), ("\\(ti", "~"), ("\\(ha", "^"), ("\\(cq", "'"), ("\\e", "\\")):
        section = section.replace(written, meant)
    return [(name, " ".join(text.split()))
            for name, text in re.findall(r'^\.TP\n\.B "(.*)"\n([^.](?:.|\n)*?)\.$', section, re.M)]


@test
def manual_has_the_legend():
    """cowtop(1) says of everything on the screen what the help pane says of it"""
    with SmallPool(1) as pool, view(pool, columns=130, rows=300) as screen:
        screen.keys("?")
        text = screen.shows("^Program", "^Columns", "^Other panes")
        screen.keys("q")
        help_ = text[text.index("\nColumns\n"):]
        flat, entries = " ".join(help_.split()), legend()
        for name, sentence in entries:
            lowered = sentence[0].lower() + sentence[1:]
            true(name, f" {name} {lowered}" in flat or f" {name} {sentence}" in flat, sentence)
        # Classes of pages and causes of faults are said elsewhere: seven and four.
        equal("entries", len(re.findall(r"^  \S", help_, re.M)), len(entries) + 7 + 4)


@test
def every_key():
    """Every key of the table is taken, in every pane, and the view goes on"""
    others = {"q", "F10", "Ctrl-Z", "Click", "Wheel-Up", "Wheel-Down"}  # they leave, or are the mouse's
    keys = [name for names, _ in key_table() for name in names if name not in others]
    true("there are many", len(keys) > 50, keys)
    with SmallPool(2) as pool, view(pool, "-i", "0.1") as screen:
        pid = screen.pid()
        for pane in ("m", "g", "v", "p", "f", "l", "?", "Enter", "s"):
            for name in keys:
                screen.keys(pane, re.sub("^Ctrl-(.)", lambda m: f"C-{m.group(1).lower()}",
                                         TMUX.get(name, name)))
                # Out of a line that is being typed.
                screen.keys("Escape")
            true(f"it lives after {pane}", running(pid))
            screen.keys("Z", "m")
            screen.shows(r"\? help", rf"^[-+* ]*{pool.master} ")


@test
def panes():
    """One key a pane: each shows its own"""
    with SmallPool(2) as pool, view(pool, rows=50) as screen:
        worker = pool.workers[0]
        screen.keys("/")
        screen.shows("^search:")
        screen.type(str(worker))
        screen.keys("Enter", "Enter")
        screen.shows(rf"^details of worker {worker}", "^Resident pages", r"shared .* MiB")
        screen.keys("v")
        screen.shows(rf"^regions of worker {worker}", r"^heap .*\[heap\]$", r"^stack ")
        screen.keys("p")
        screen.shows(rf"^page map of worker {worker}", "a cell is", r"heap +\S")
        screen.keys("+")
        screen.shows("a cell is")
        screen.keys("g")
        screen.shows(r"^ *\S+ GC +SHARED", rf"\b{worker}\b")
        screen.keys("f")
        screen.shows("^minor faults/s", "^copied MiB ")
        screen.keys("l")
        screen.shows("^TIME +PID")
        screen.keys("F1")
        screen.shows("^Panes")
        screen.keys("Escape")
        screen.shows("^TIME +PID")
        screen.keys("m")
        screen.shows(HEAD)


@test
def sorting():
    """Sort by column, inverted, by the next column; the head of the column is marked"""
    with SmallPool(4) as pool, view(pool) as screen:
        def order(what, wanted):
            until(what, lambda: list(table(screen)) == [pool.master, *wanted])
        screen.keys("P")
        order("by pid", sorted(pool.workers))
        screen.keys("I")
        order("by pid, downwards", sorted(pool.workers)[::-1])
        # Each worker reads more of the list than the one before it.
        screen.keys("C")
        order("by copies", pool.workers[::-1])
        screen.keys("I")
        order("by copies, upwards", pool.workers)
        screen.keys("P", "C")
        order("by copies again", pool.workers[::-1])
        screen.keys("<", "<", ">", ">")
        order("to the side and back", pool.workers[::-1])


@test
def filtering():
    """The filter narrows the table and says so; a search selects; Escape drops both"""
    with SmallPool(4) as pool, view(pool) as screen:
        third = pool.workers[2]
        screen.keys("\\")
        screen.shows("^show only:")
        screen.type(str(third))
        screen.keys("Enter")
        until("one row", lambda: list(table(screen)) == [third])
        screen.shows(rf"^ only {third}")
        screen.keys("Escape")
        until("all rows", lambda: len(table(screen)) == 5)
        screen.keys("\\")
        screen.type("no such thing")
        screen.keys("Enter")
        until("none", lambda: not table(screen))
        screen.keys("F4")
        for _ in "no such thing":
            screen.keys("BSpace")
        screen.type("wörker")
        screen.shows("^show only: wörker")
        screen.keys("Escape", "Escape")
        until("all again", lambda: len(table(screen)) == 5)


@test
def hidden_columns():
    """H hides the column that is sorted by, * brings all back"""
    with SmallPool(1) as pool, view(pool) as screen:
        screen.keys("M")
        screen.shows(rf"{HEAD}.* RSS ")
        screen.keys("H")
        screen.lacks(rf"{HEAD}.* RSS ")
        screen.keys("*")
        screen.shows(rf"{HEAD}.* RSS ")


@test
def time_goes_on():
    """Pause and the past stand still while measuring goes on; Z comes back"""
    with SmallPool(2) as pool, view(pool, "-i", "0.2") as screen:
        screen.keys("z")
        screen.shows("PAUSED")
        first = screen.shows("PAUSED .* [1-9]s ago")
        os.kill(pool.workers[0], signal.SIGKILL)
        true("the worker is still shown", pool.workers[0] in table(screen), first)
        screen.keys("z")
        screen.lacks("PAUSED")
        screen.shows(", 1 worker ")
        # One instant back from now.
        screen.keys("T")
        screen.shows(" PAST ")
        screen.keys("r")
        screen.shows(" PAST .*", ", 2 workers ")
        screen.keys("Z")
        screen.shows(", 1 worker ")
        screen.keys("b")
        screen.shows("^time")
        screen.type("-1s")
        screen.keys("Enter")
        screen.shows(" PAST ")
        screen.keys("b")
        screen.type("25:99")
        screen.keys("Enter")
        screen.shows("no time: 25:99")


@test
def interval():
    """i changes the interval at once; one out of range is refused"""
    with SmallPool(1) as pool, view(pool, "-i", "1h") as screen:
        screen.shows(r"^FLT +minflt/s -")
        screen.keys("i")
        screen.shows("^interval")
        screen.type("0.2")
        screen.keys("Enter")
        screen.shows("every 0.2s", r"^FLT +minflt/s \d")
        for bad in ("0", "x", "5h", "-1"):
            screen.keys("i")
            screen.type(bad)
            screen.keys("Enter")
            screen.shows(f"no interval from .*: {bad}$")


@test
def sample_now():
    """t takes a sample before its time"""
    with SmallPool(1) as pool, view(pool, "-i", "1h") as screen:
        screen.shows(r"^FLT +minflt/s -")
        screen.keys("t")
        screen.shows(r"^FLT +minflt/s \d")


@test
def worker_vanishes_while_selected():
    """The selection moves on, also in a pane about the process that has gone"""
    with SmallPool(3) as pool, view(pool, "-i", "0.1") as screen:
        for n, pane in enumerate(("m", "v", "Enter")):
            victim = pool.workers[n]
            screen.keys("m", "/")
            screen.type(str(victim))
            screen.keys("Enter", pane)
            if pane != "m":
                screen.shows(rf" of worker {victim}")
            os.kill(victim, signal.SIGKILL)
            if pane != "m":
                screen.lacks(rf" of worker {victim}")
            screen.shows(rf", {2 - n} workers?")
            screen.keys("Escape", "m")
            screen.shows(HEAD)
        screen.keys("Enter")
        screen.shows("^details of master")


@test
def master_dies():
    """The last screen stays, with a line that says so; keys still work; q leaves with exit 0"""
    pool = SmallPool(2)
    with pool, Screen(120, 40) as screen:
        screen.cowtop("-i", "0.1", pool.master)
        screen.shows(HEAD, rf"^ *{pool.workers[1]} worker")
        pool.end()
        screen.shows(rf"MASTER {pool.master} IS GONE", rf"^[-+ ]*{pool.workers[1]} worker")
        screen.keys("?")
        screen.shows("^Panes")
        screen.keys("Escape", "P")
        screen.shows(rf"^[-+ ]*{pool.workers[0]} worker")
        screen.keys("q")
        equal("exit", screen.left(), 0)
        true("it is said again", re.search(rf"^cowtop: .*{pool.master}", screen.text(), re.M))


@test
def gone_before_the_first_sample():
    """A pool that is no more: one line, exit 5, no screen"""
    with SmallPool(1) as pool:
        gone = pool.master
    with Screen(120, 30) as screen:
        screen.cowtop(gone)
        equal("exit", screen.left(), 5)
        screen.shows(rf"^cowtop: .*{gone}")


def shown_as(text):
    """(value, half a unit of its last digit)"""
    digits, suffix = re.match(r"[~<>]?([\d.]+)(.*)$", text).groups()
    scale = {"": 1, "%": 1, "k": 1e3, "M": 1e6}[suffix]
    places = len(digits.partition(".")[2])
    return float(digits) * scale, 0.5 * 10 ** -places * scale


MARKS = {None: "", "estimate": "~", "upper_bound": "<", "lower_bound": ">"}


@test
def figures_of_json():
    """The figures on the screen are those of --json on a pool that stands still"""
    need_root()
    with Mkpool(*filled(worker=MASTER, pages=3000), fork(), fork(), fork(),
                write(worker=1, pages=700), write(worker=2, first=100, pages=1500),
                *filled(worker=2, arena=1, pages=900), write(worker=MASTER, first=2000, pages=300)) as pool:
        with view(pool, columns=260, rows=40) as screen:
            # All who share its libraries are there.
            document, shown = sample(pool.master), table(screen)
            wanted = rows(document)
            equal("rows", sorted(shown), sorted(wanted))
            for pid, p in wanted.items():
                row, mib = shown[pid], 1 << 20
                equal("role", row["ROLE"], p["role"])
                for head, key, value in (
                        ("RSS", "memory.rss_bytes", p["memory"]["rss_bytes"] / mib),
                        ("PSS", "memory.pss_bytes", p["memory"]["pss_bytes"] / mib),
                        ("SHARED", "shared_bytes", p["shared_bytes"] / mib),
                        ("PRIVATE", "private_bytes", p["private_bytes"] / mib),
                        ("ORPH", "pages.orphaned", p["pages"]["orphaned"] * kernel.PAGE / mib),
                        ("COW", "cow_broken_bytes", p["cow_broken_bytes"] / mib),
                        ("COW%", "cow_broken_ratio", 100 * p["cow_broken_ratio"]),
                        ("FILECOW", "pages.cow_file", p["pages"]["cow_file"] * kernel.PAGE / mib),
                        ("NEW", "pages.new", p["pages"]["new"] * kernel.PAGE / mib)):
                    got, slack = shown_as(row[head])
                    mark = MARKS[p["bounds"].get(key, {}).get("label")]
                    equal(f"mark of {head} of {pid}", row[head][:1] if row[head][:1] in "~<>" else "", mark)
                    # other programs that map the same libraries come and go
                    near(f"{head} of {pid}", got, value, slack * 1.01 + 0.1 * (head == "PSS"))
            pool_line = next(line for line in screen.text().split("\n") if line.startswith("POOL"))
            for name, key in (("footprint", "footprint_bytes"), ("saved", "saved_bytes"),
                              ("private", "private_bytes"), ("copied", "cow_broken_bytes")):
                got = re.search(rf"{name} [~<>]?([\d.]+) (\S+)", pool_line)
                scale = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[got.group(2)]
                near(name, float(got.group(1)) * scale, document["pool"][key], 0.0501 * scale)
            near("shared by a worker", float(re.search(r"shared [~<>]?([\d.]+)", pool_line).group(1)),
                 document["pool"]["shared_bytes"] / 3 / (1 << 20), 0.0501)


@test
def bounded():
    """-n and -d bound the view; --fail-if decides at its end"""
    with SmallPool(2) as pool, Screen(120, 30) as screen:
        for bound in (("-n", "2", "-i", "0.1"), ("-d", "0.3", "-i", "0.1"), ("-d", "200ms", "-i", "1h")):
            screen.shell("clear")
            screen.lacks("left=")
            screen.cowtop(*bound, pool.master)
            equal(f"exit of {bound}", screen.left(), 0)
        for rule, status in (("pool.workers == 2", 3), ("pool.workers > 2", 0)):
            screen.shell("clear")
            screen.lacks("left=")
            screen.cowtop("-n", "1", "-i", "0.1", "--fail-if", rule, pool.master)
            equal(f"exit of {rule}", screen.left(), status)
            true("it is said", ("FAIL" if status else "PASS") + " pool: workers 2 (" in screen.text(), screen.text())


@test
def command():
    """-- COMMAND: what the pool says comes out after the view, not into it, and the pool is stopped"""
    program = SERVER.format(before="", after="""
import threading
def talk():
    n = 0
    while True:
        n += 1
        os.write(2, b"the pool says %d\\n" % n)
        time.sleep(0.02)
threading.Thread(target=talk, daemon=True).start()
""")
    with Screen(120, 40) as screen:
        path = f"{screen.folder.name}/server.py"
        with open(path, "w", encoding="utf-8") as file:
            file.write(program)
        screen.cowtop("-i", "0.1", "--", "/usr/bin/python3", path)
        screen.shows(HEAD, r"^COST", r"every 0.1s")
        master = int(re.search(r"(\d+) master", screen.text()).group(1))
        true("the view is clean", "the pool says" not in screen.text(), screen.text())
        screen.keys("q")
        equal("exit", screen.left(), 0)
        screen.shows("^the pool says [0-9]+$")
        until("the pool is stopped", lambda: not running(master))


# ---- settings

@test
def remembers():
    """Sort, hidden columns and interval come back in the next run; W writes at once"""
    with SmallPool(2) as pool:
        with view(pool) as screen:
            screen.keys("M", "H", "P")
            screen.lacks(rf"{HEAD}.* RSS ")
            screen.keys("i")
            screen.type("500ms")
            screen.keys("Enter")
            screen.shows("every 0.5s")
            true("nothing is written yet", not os.path.exists(screen.config))
            screen.keys("W")
            screen.shows("settings saved")
            with open(screen.config, encoding="utf-8") as file:
                text = file.read()
            equal("settings", re.findall(r"^(?!#).+$", text, re.M),
                  ["sort = pid", "hide = rss", "interval = 500ms"])
            screen.keys("C", "q")
            equal("exit", screen.left(), 0)
            with open(screen.config, encoding="utf-8") as file:
                true("written on the way out", "sort = -cow\n" in file.read())
            screen.shell("clear")
            screen.lacks("left=")
            screen.cowtop(pool.master)
            screen.shows(HEAD, "every 0.5s")
            true("hidden again", not re.search(rf"{HEAD}.* RSS ", screen.text(), re.M))
            screen.keys("q")
            screen.left()
            # What the command line says wins, and is not remembered.
            screen.shell("clear")
            screen.lacks("left=")
            screen.cowtop("-i", "0.2", pool.master)
            screen.shows("every 0.2s")
            screen.keys("P", "q")
            screen.left()
            with open(screen.config, encoding="utf-8") as file:
                text = file.read()
            true("the interval stays", "interval = 500ms\n" in text and "sort = pid\n" in text, text)
            equal("no other file", os.listdir(os.path.dirname(screen.config)), ["config"])


def hostile_files():
    yield "noise", bytes(range(256)) * 64
    yield "long lines", b"hide = " + b"a," * 100000 + b"\nsort = " + b"x" * 100000
    yield "out of range", b"interval = 0\ninterval = -1\ninterval = 9999d\nsort = nosuch\nhide = nosuch,,,%%n\n"
    yield "huge", b"# comment\n" * 300000
    yield "escapes", b"sort = \x1b[31m\nhide = \x1b]0;x\x07\n"
    yield "no values", b"sort\nhide=\ninterval=\n=\n= =\n"


@test
def hostile_settings():
    """Settings of any content, a pipe, a folder, a loop of links: the view starts all the same"""
    with SmallPool(1) as pool, Screen(120, 30) as screen:
        folder = os.path.dirname(screen.config)
        os.mkdir(folder)

        def starts(what):
            screen.shell("clear")
            screen.lacks("left=")
            screen.cowtop(pool.master)
            screen.shows(HEAD, "every 1s")
            screen.keys("q")
            equal(f"exit with {what}", screen.left(), 0)
        for what, content in hostile_files():
            with open(screen.config, "wb") as file:
                file.write(content)
            starts(what)
        os.unlink(screen.config)
        os.mkfifo(screen.config)
        starts("a pipe")
        os.unlink(screen.config)
        os.mkdir(screen.config)
        starts("a folder")
        os.rmdir(screen.config)
        os.symlink("config", screen.config)
        starts("a loop")


@test
def settings_cannot_be_written():
    """A folder that cannot be written: one line, exit 0; nothing is left behind"""
    with SmallPool(1) as pool, Screen(120, 30) as screen:
        for what, value in (("a file", "/dev/null"), ("proc", "/proc"), ("nothing", "")):
            screen.shell("clear")
            screen.lacks("left=")
            screen.cowtop(pool.master, before=f"HOME= XDG_CONFIG_HOME={value}")
            screen.shows(HEAD)
            screen.keys("W")
            screen.shows("^settings not saved")
            screen.keys("P", "q")
            equal(f"exit with {what}", screen.left(), 0)
            screen.shows("^cowtop: settings not saved")


@test
def settings_of_another_user():
    """root does not write into another user's folder"""
    need_root()
    with SmallPool(1) as pool, Screen(120, 30) as screen:
        folder = os.path.dirname(screen.config)
        os.mkdir(folder)
        os.chown(folder, 65534, 65534)
        screen.cowtop(pool.master)
        screen.shows(HEAD)
        screen.keys("W")
        screen.shows("^settings not saved: .* belongs to another user")
        screen.keys("q")
        equal("exit", screen.left(), 0)
        equal("nothing is there", os.listdir(folder), [])


@test
def without_rights():
    """An unprivileged user's own pool: a lower level, and the view says what is missing"""
    need_root()
    with run.readable_binaries(), SmallPool(2, prefix=NOBODY) as pool:
        with Screen(120, 30) as screen:
            os.chmod(screen.folder.name, 0o755)
            screen.cowtop(pool.master, before=" ".join(NOBODY))
            screen.shows(HEAD, r"^COST .*level estimate", "missing")
            screen.keys("q")
            equal("exit", screen.left(), 0)


@test
def sharing_is_left_alone():
    """Ten seconds' worth of refreshes, and every pane, break no page of the pool"""
    need_root()
    with SmallPool(2) as pool:
        before = {p: v["pages"] for p, v in rows(sample(pool.master)).items()}
        with view(pool, "-n", "100", "-i", "0.02") as screen:
            for key in ("v", "p", "g", "Enter"):
                screen.keys(key, "Down")
            screen.keys("m")
            screen.left()
        after = {p: v["pages"] for p, v in rows(sample(pool.master)).items()}
        equal("pages", after, before)


if __name__ == "__main__":
    main()
