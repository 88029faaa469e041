#!/usr/bin/python3
"""cowtop replay on a terminal: the live view over a recording."""
import json
import os
import re
import shlex
import time

from screen import Pty, Screen
import run
import made_recordings
from kernel import running
from run import cowtop, folder
from tap import equal, main, PATIENCE, ROOT, test, true, until

RECORDINGS = os.path.join(ROOT, "tests", "recordings")
TMUX = {"Enter": "Enter", "Esc": "Escape", "Backspace": "BSpace", "Tab": "Tab", "Shift-Tab": "BTab", "Up": "Up",
        "Down": "Down", "Left": "Left", "Right": "Right", "PgUp": "PageUp", "PgDn": "PageDown", "Home": "Home",
        "End": "End", "Space": "Space"}


def started(screen, path, *arguments, **more):
    screen.cowtop("replay", *arguments, path, **more)
    return screen.shows("^ PAUSED +1x ", r"\? help|^kept from the last time: ")


def at(screen, number, of=1081, state=None):
    """Wait until this sample is shown; the screen."""
    return screen.shows(rf"^ {state or '[A-Z]+'} +[0-9/]+x +{number} of {of} ")


def go_to(screen, when):
    screen.keys("b")
    screen.shows("^time")
    screen.type(when)
    screen.keys("Enter")


@test
def begins():
    """It begins at the first sample, waits, has the whole view, and leaves with 0"""
    with Screen(80, 24) as screen:
        text = started(screen, made_recordings.path_of("ordinary"))
        at(screen, 1, state="PAUSED")
        true("the pool", text.startswith("gunicorn: master 100, 4 workers  "), text)
        true("the time of then", "2026-11-21 09:00:00 UTC" in text, text)
        true("its interval", "every 5s" in text, text)
        true("rows", re.search(r"^ 103 worker", text, re.M), text)
        true("a first sample has no rates", re.search(r"^FLT +minflt/s - ", text, re.M), text)
        screen.keys("q")
        equal("left", screen.left(), 0)


@test
def steps():
    """t and T: a sample on and back, also many at once; r to the beginning, Z to the end"""
    with Screen(100, 30) as screen:
        started(screen, made_recordings.path_of("ordinary"))
        screen.keys("T")
        screen.shows("^this is the beginning")
        screen.keys("t", "t", "t")
        at(screen, 4)
        screen.keys("T")
        at(screen, 3)
        screen.keys(*["t"] * 20)
        at(screen, 23)
        screen.keys(*["T"] * 12)
        at(screen, 11)
        screen.keys("Z")
        at(screen, 1081, state="END")
        screen.keys("t")
        screen.shows("^this is the end")
        screen.keys("Space")
        screen.shows("^this is the end: r")
        screen.keys("T")
        at(screen, 1080, state="PAUSED")
        screen.keys("r")
        at(screen, 1)
        screen.keys("q")
        equal("left", screen.left(), 0)


def flt(text):
    line = re.search(r"^FLT .*$", text, re.M).group()
    return {name: value for name, value in re.findall(r"(minflt/s|cow|new|file|other) ([\d.]+k?)(?: |$)", line)}


@test
def jumps_have_rates():
    """b: to a time; there the figures are those of the whole run, also back, also in a part"""
    run = [json.loads(line) for line in cowtop("replay", "--json", made_recordings.path_of("ordinary"))[1].splitlines()]
    with Screen(120, 40) as screen:
        started(screen, made_recordings.path_of("ordinary"))
        for when, number in (("09:45", 541), ("+10m", 121), ("-5m", 1021), ("2026-11-21 09:00:12", 3),
                             ("09:30:00", 361), ("+2h", 1081), ("-9h", 1)):
            go_to(screen, when)
            text = at(screen, number)
            wanted = run[number - 1]["pool"]["faults"]
            shown = flt(text)
            for name, key in (("minflt/s", "minor_per_s"), ("cow", "cow_per_s"), ("new", "new_per_s")):
                if wanted[key] is None:
                    true(f"{when}: {name} is not known", name not in shown, text)
                else:
                    value = float(shown[name].rstrip("k")) * (1000 if shown[name].endswith("k") else 1)
                    true(f"{when}: {name}", abs(value - wanted[key]) <= 0.051 + wanted[key] * 0.06,
                         (value, wanted[key]))
        go_to(screen, "soon")
        screen.shows("^no time: soon")
        at(screen, 1)
        go_to(screen, "+45m")
        # Trends are there at once: more than half of the line.
        text = at(screen, 541)
        true("trends", len(re.findall("[▁▂▃▄▅▆▇█]", re.search("^COW .*$", text, re.M).group())) > 50, text)
        screen.keys("q")


@test
def zones():
    """The view shows the reader's time with its zone, and b takes it; outside it names what the recording has"""
    with Screen(100, 30, TZ="Europe/Berlin") as screen:
        text = started(screen, made_recordings.path_of("ordinary"))
        true("local", "2026-11-21 10:00:00 CET, every" in text, text)
        for when, number in (("10:45", 541), ("10:30:00 CET", 361), ("09:45Z", 541), ("10:30+02:00", 1)):
            go_to(screen, when)
            at(screen, number)
        screen.shows("^the recording has 2026-11-21 10:00:00 to 11:30:00 CET")
        go_to(screen, "10:30 CEST")
        screen.shows("^no time: 10:30 CEST")
        screen.keys("q")
        equal("it leaves", screen.left(), 0)
        text = started(screen, made_recordings.path_of("ordinary"), "--utc")
        true("UTC", "2026-11-21 09:00:00 UTC, every" in text, text)
        go_to(screen, "09:45")
        at(screen, 541)
        screen.keys("q")


@test
def plays():
    """Space plays at the pace of the recording, ] and [ change it, Space and z pause; the end is the end"""
    with Screen(100, 30) as screen:
        started(screen, f"{RECORDINGS}/v1.ct")
        began = time.monotonic()
        screen.keys("Space")
        # Whoever looks too late for the third sees a later one.
        text = screen.shows(r"^ PLAYING +1x +([3-9]|\d\d+) of 130 ")
        took = time.monotonic() - began
        seconds = int(re.search(r" (\d+) of 130 ", text).group(1)) - 1
        true("a second for a sample", took > seconds - 0.1, (took, seconds))
        screen.keys("z")
        screen.shows("^ PAUSED")
        screen.keys("]", "]", "]", "]")
        screen.shows("^ PAUSED +16x ")
        screen.keys("[")
        screen.shows("^ PAUSED +8x ")
        screen.keys(*["]"] * 9)
        screen.shows("^it goes no faster", "^ PAUSED +1024x ")
        screen.keys("r", "Space")
        at(screen, 130, of=130, state="END")
        screen.keys(*["["] * 15)
        screen.shows("^it goes no slower", "^ END +1/8x ")
        screen.keys("q")
        equal("left", screen.left(), 0)


@test
def marks():
    """} and { go to marks; they are in the log and on the line"""
    with Screen(100, 30) as screen:
        text = started(screen, made_recordings.path_of("ordinary"))
        true("on the line", re.search("^ PAUSED .*─┼─", text, re.M), text)
        screen.keys("{")
        screen.shows("^there is no mark before")
        screen.keys("}")
        at(screen, 361)
        screen.keys("l")
        screen.shows(r"^09:30:00 UTC +mark: deploy$")
        screen.keys("}")
        screen.shows("^there is no mark behind")
        screen.keys("t", "t")
        at(screen, 363)
        screen.keys("{")
        at(screen, 361)
        screen.keys("T")
        at(screen, 360)
        # One that is to come is there as well.
        screen.shows(r"^09:30:00 UTC +mark: deploy$")
        screen.keys("q")


@test
def life_of_workers():
    """Starts, exits and changed settings of the recording are in the table and in the log"""
    with Screen(120, 40) as screen:
        started(screen, f"{RECORDINGS}/v1.ct")
        go_to(screen, "+72")
        at(screen, 73, of=130)
        screen.shows(r"^-103 worker +gone", r"^\+104 worker")
        screen.keys("l")
        screen.shows("^09:01:10 UTC +103 .*exited", "^09:01:10 UTC +104 .*started", "^09:00:40 UTC +101 .*gc")
        screen.keys("q")


@test
def page_maps():
    """Regions and page map come from the recording; where it has none, that is said"""
    with Screen(100, 40) as screen:
        started(screen, made_recordings.path_of("ordinary"))
        screen.keys("/")
        screen.shows("^search:")
        screen.type("103")
        screen.keys("Enter", "v")
        screen.shows("^regions of worker 103", r"^heap .*\[heap\]$")
        screen.keys("p", "Z")
        screen.shows("^page map of worker 103", "a cell is", "heap +[░▒▓█▞·]")
        screen.keys("m", "Up", "p")
        screen.shows("the recording has no page map of process")
        screen.keys("q")


@test
def parts():
    """-b and -e: nothing else is there"""
    with Screen(100, 30) as screen:
        screen.cowtop("replay", "-b", "+30m", "-e", "+40m", made_recordings.path_of("ordinary"))
        text = at(screen, 1, of=121, state="PAUSED")
        true("begins there", "09:30:00 UTC" in text and "minflt/s -" in text, text)
        screen.keys("T")
        screen.shows("^this is the beginning")
        screen.keys("Z")
        text = at(screen, 121, of=121, state="END")
        true("ends there", "09:40:00 UTC" in text, text)
        go_to(screen, "09:00")
        at(screen, 1, of=121)
        screen.keys("q")
        equal("left", screen.left(), 0)


@test
def follows():
    """A file that is still written: Z goes to its end and stays there, until it has its own"""
    with open(f"{RECORDINGS}/v1.ct", "rb") as file:
        data = file.read()
    with folder() as place, Screen(100, 30) as screen:
        path = f"{place}/grows.ct"
        with open(path, "wb") as file:
            file.write(data[:4000])
        started(screen, path)
        first = int(re.search(r" of (\d+) ", screen.text()).group(1))
        true("a part of it", 10 < first < 60, first)
        screen.keys("Z")
        at(screen, first, of=first, state="FOLLOWING")
        with open(path, "ab") as file:
            file.write(data[4000:8000])
        text = screen.shows(rf"^ (PLAYING|FOLLOWING) +1x +(?!{first} of )\d+ of ")
        shown, second = map(int, re.search(r" (\d+) of (\d+) ", text).groups())
        true("more of it", first < shown <= second < 130, (shown, second))
        # Paused, it still notices.
        screen.keys("z")
        screen.shows("^ PAUSED")
        with open(path, "ab") as file:
            file.write(data[8000:])
        screen.shows("^ PAUSED .* of 130 ")
        screen.keys("Z")
        at(screen, 130, of=130, state="END")
        screen.keys("q")
        equal("left", screen.left(), 0)


@test
def through_a_pipe():
    """-: the recording comes through stdin, the keys from the terminal"""
    with Screen(100, 30) as screen:
        path = shlex.quote(made_recordings.path_of("ordinary"))
        screen.shell(f"cat {path} | {shlex.quote(run.COWTOP)} replay -; echo left=$?")
        at(screen, 1)
        screen.keys("Z")
        at(screen, 1081, state="END")
        screen.keys("T", "q")
        equal("left", screen.left(), 0)


@test
def damaged():
    """Damage is shown, and said afterwards; what is lost is passed"""
    with Screen(120, 30) as screen:
        started(screen, f"{RECORDINGS}/v1-flipped.ct", after="2>err; echo left=$?; cat err",
                before=f"cd {screen.folder.name};")
        screen.keys("Z")
        at(screen, 130, of=130, state="END")
        screen.keys("r", "]", "]", "]", "]", "]", "]", "]", "]", "Space")
        screen.shows("^ END .*  damaged ")
        screen.keys("T")
        at(screen, 129, of=130)
        screen.keys("q")
        equal("left", screen.left(), 0)
        screen.shows("damaged place")


@test
def nothing_to_show():
    """Without a sample, or with nothing that is a recording, the terminal is given back, and why is said"""
    with Screen(100, 30) as screen:
        screen.cowtop("replay", made_recordings.path_of("none"))
        equal("left", screen.left(), 1)
        screen.shows("there is no sample in it")
        screen.shell("clear")
        screen.cowtop("replay", "/dev/null/none")
        screen.shows("^left=5$")


def keys_of_manual():
    with open(f"{ROOT}/man/cowtop-replay.1", encoding="utf-8") as file:
        section = file.read().split("\n.SH KEYS\n")[1].split("\n.SH ")[0].replace("\\-", "-")
    return [(names.split(), text) for names, text in re.findall(r'^\.TP\n\.B "(.*)"\n(.*)\.$', section, re.M)]


@test
def help_and_manual():
    """? lists the keys of a replay, and cowtop-replay(1) has those that differ, with the same words"""
    with Screen(100, 170) as screen:
        started(screen, made_recordings.path_of("ordinary"))
        screen.keys("?")
        text = screen.shows("^Program", "^Columns")
        block = text[text.index("\nTime\n"):text.index("\nTable\n")]
        shown = [(line[2:16].strip().split(), line[16:].strip()) for line in block.split("\n")
                 if line.startswith("  ")]
        written = [(names, text[0].lower() + text[1:]) for names, text in keys_of_manual()]
        equal("of time", shown, written[:-1])
        true("of tags", re.search(rf"^  {written[-1][0][0]} +{written[-1][1]}$", text, re.M), text)
        true("none of a pool's", "measuring goes on" not in text and "interval" not in block, text)
        screen.keys("q")


@test
def every_key():
    """Every key is taken in every pane, and the view goes on"""
    others = ["m", "g", "v", "p", "f", "l", "h", "Enter", "Tab", "BTab", "Escape", "Up", "Down", "PageUp",
              "PageDown", "Home", "End", "Left", "Right", "+", "-", "C", "M", "D", "N", "P", ">", "<", "I", "a",
              "H", "*", "n", "B", "F", "U", "x", "W", "C-l", "s", "o", "0"]
    keys = [TMUX.get(name, name) for names, _ in keys_of_manual() for name in names] + others
    with Screen(100, 30) as screen:
        started(screen, made_recordings.path_of("ordinary"))
        pid = screen.pid()
        for pane in ("m", "g", "v", "p", "f", "l", "?", "Enter", "s"):
            for name in keys:
                screen.keys(pane, name, "Escape")
            true(f"it lives after {pane}", running(pid))
        screen.keys("z", "r", "m")
        at(screen, 1)
        screen.keys("q")
        equal("left", screen.left(), 0)


@test
def settings_of_a_pool():
    """W keeps the interval of the settings: that of a recording is no wish"""
    with Screen(100, 30) as screen:
        os.makedirs(os.path.dirname(screen.config))
        with open(screen.config, "w", encoding="utf-8") as file:
            file.write("interval = 3s\nsort = -rss\n")
        started(screen, made_recordings.path_of("ordinary"))
        screen.keys("P", "W")
        screen.shows("^settings saved")
        screen.keys("q")
        equal("left", screen.left(), 0)
        with open(screen.config, encoding="utf-8") as file:
            text = file.read()
        true("the interval", re.search("^interval = 3(s|000ms)$", text, re.M), text)
        true("the sort", re.search("^sort = pid$", text, re.M), text)


@test
def any_size():
    """Any size at any moment, also while it plays as fast as it can"""
    with Screen(100, 30) as screen:
        started(screen, made_recordings.path_of("ordinary"))
        screen.keys(*["]"] * 4, "Space")
        for size in ((40, 10), (1, 1), (200, 50), (20, 5), (160, 50), (80, 24)):
            screen.resize(*size)
            screen.keys("t", "T")
        # What is typed is seen.
        screen.resize(40, 10)
        screen.keys("b")
        screen.type("+10m30s")
        screen.shows(r"^time \+10m30s")
        screen.resize(100, 30)
        screen.shows(r"-5m\): \+10m30s")
        screen.keys("Enter")
        screen.shows("of 1081")
        screen.keys("q")
        equal("left", screen.left(), 0)


@test
def signals():
    """SIGTERM, and a terminal that goes away, end it while it plays"""
    with Pty("replay", made_recordings.path_of("ordinary")) as terminal:
        terminal.until(b"PAUSED")
        terminal.send(b"]]]]]]]]]] ")
        terminal.until(b"PLAYING")
        terminal.process.terminate()
        equal("SIGTERM", terminal.process.wait(timeout=PATIENCE), 0)
    with Pty("replay", made_recordings.path_of("ordinary")) as terminal:
        terminal.until(b"PAUSED")
        terminal.send(b" ")
        terminal.until(b"PLAYING")
        terminal.hang_up()
        until("it ends", lambda: terminal.process.poll() is not None)


if __name__ == "__main__":
    main()
