#!/usr/bin/python3
"""The pages of report and diff in a real browser: chromium, headless, with no network to reach."""
import contextlib
import html
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from run import cowtop
from tap import equal, fail, main, need, PATIENCE, test, true
from made_recordings import path_of

# Every name leads nowhere, and a proxy that is not there would be asked for numbers.
OFFLINE = ["--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9"]


@contextlib.contextmanager
def page(*arguments):
    """A folder with out.html in it."""
    need("chromium")
    with tempfile.TemporaryDirectory() as folder:
        status, _, err = cowtop(*arguments[:1], "--html", f"{folder}/out.html", *arguments[1:])
        equal("status", (status, err), (0, ""))
        yield folder


def chromium(folder, *options):
    """One run on out.html: (stdout, what it logged, the addresses that it asked for)."""
    log = f"{folder}/net.json"
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run", "--no-default-browser-check", "--enable-logging=stderr",
         f"--user-data-dir={folder}/profile", f"--log-net-log={log}", *OFFLINE, *options,
         f"file://{folder}/out.html"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, cwd=folder,
        env={**os.environ, "HOME": folder})
    if done.returncode:
        fail(f"chromium: exit {done.returncode}: {done.stderr[-600:]!r}")
    with open(log, encoding="utf-8", errors="replace") as file:
        asked = set(re.findall(r'"url":\s*"([^"]+)"', file.read()))
    return done.stdout.decode(), done.stderr.decode("utf-8", "replace"), asked


def dom(folder):
    """The page as the browser has understood it; no message on the console, nothing asked for."""
    text, log, asked = chromium(folder, "--dump-dom")
    said = [line for line in log.splitlines() if "CONSOLE" in line]
    equal("console", said, [])
    foreign = [url for url in asked if "out.html" not in url and not is_browsers_own(url)]
    equal("requests", foreign, [])
    return text


def is_browsers_own(url):
    """What chromium asks for by itself, whatever the page: its maker's servers."""
    return re.match(r"https?://([a-z0-9-]+\.)*(google|googleapis|gvt1|gstatic)\.com/", url) is not None


def pixels(path):
    """(width, height, rows of RGB bytes) of a PNG of 8 bits a channel."""
    with open(path, "rb") as file:
        data = file.read()
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    equal("depth", depth, 8)
    step = {2: 3, 6: 4}[colour]
    raw, rows, before = zlib.decompress(packed), [], bytes(width * step)
    for y in range(height):
        kind, line = raw[y * (width * step + 1)], bytearray(raw[y * (width * step + 1) + 1:][:width * step])
        for x in range(width * step):
            a = line[x - step] if x >= step else 0
            b, c = before[x], before[x - step] if x >= step else 0
            p = a + b - c
            paeth = min((a, b, c), key=lambda v: abs(p - v))
            line[x] = (line[x] + (0, a, b, (a + b) // 2, paeth)[kind]) & 255
        rows.append([bytes(line[x:x + 3]) for x in range(0, width * step, step)])
        before = bytes(line)
    return width, height, rows


def colours(folder, *options, size="800,1000"):
    chromium(folder, f"--screenshot={folder}/shot.png", f"--window-size={size}", *options)
    width, height, rows = pixels(f"{folder}/shot.png")
    seen = {}
    for row in rows[::2]:
        for colour in row[::2]:
            seen[colour] = seen.get(colour, 0) + 1
    return width, seen, rows[2][2]


@test
def plots():
    """The plots are there, nothing on the console, no request"""
    with page("report", path_of("ordinary")) as folder:
        text = dom(folder)
        equal("drawings", len(re.findall(r"<svg ", text)), 8)
        true("paths are drawn", len(re.findall(r'<path class="(?:shared|cow|new)" d="M', text)) >= 15)
        equal("title", re.search("<title>(.*?)</title>", text).group(1),
              "gunicorn: shared memory of its workers")
        equal("scripts", text.count("<script"), 0)


@test
def hostile_names():
    """Names that try to get out of the page are text in it"""
    with page("report", path_of("hostile")) as folder:
        text = dom(folder)
        equal("scripts", text.count("<script"), 0)
        equal("images", text.count("<img"), 0)
        true("title", "hit" != re.search("<title>(.*?)</title>", text).group(1))
        true("as text", "</title></style><script>document.title='hit'" in html.unescape(text))
    with page("diff", path_of("hostile"), path_of("hostile")) as folder:
        equal("scripts", dom(folder).count("<script"), 0)


@test
def diff_page():
    """The page of diff: three plots, nothing on the console, no request"""
    with page("diff", path_of("ordinary"), path_of("better")) as folder:
        text = dom(folder)
        equal("drawings", len(re.findall(r"<svg ", text)), 3)
        true("verdict", "B better" in text)


@test
def light_and_dark():
    """The page is painted: light by default, dark for those who want it, colours of the bands in both"""
    with page("report", path_of("ordinary")) as folder:
        _, light, corner = colours(folder)
        true("light", min(corner) > 230, corner)
        true("shared", light.get(bytes.fromhex("4a8bc9"), 0) > 2000)
        true("copied", light.get(bytes.fromhex("e26a3a"), 0) > 2000)
        _, dark, corner = colours(folder, "--blink-settings=preferredColorScheme=0")
        true("dark", max(corner) < 60, corner)
        true("shared", dark.get(bytes.fromhex("4f8fcc"), 0) > 2000)


@test
def phone():
    """On a phone nothing is wider than the screen"""
    with page("report", path_of("ordinary")) as folder:
        # A window is not narrower than 500 pixels: the page goes into a frame of 390, which measures it.
        with open(f"{folder}/out.html", encoding="utf-8") as file:
            inner = file.read()
        frame = ("<!DOCTYPE html><body><iframe id=f style='width:390px;height:800px;border:0' "
                 f"srcdoc=\"{html.escape(inner)}\"></iframe><script>onload=()=>{{let d=f.contentDocument;"
                 "document.title=JSON.stringify([d.documentElement.scrollWidth,"
                 "d.querySelectorAll('svg').length])}</script>")
        with open(f"{folder}/out.html", "w", encoding="utf-8") as file:
            file.write(frame)
        text, _, _ = chromium(folder, "--dump-dom")
        width, drawings = json.loads(re.search(r"<title>(\[.*?\])</title>", text).group(1))
        equal("drawings", drawings, 8)
        true("as wide as the screen", width <= 390, width)


@test
def without_javascript():
    """The page has no script to run, so it is the same without"""
    with page("report", path_of("ordinary")) as folder:
        _, with_script, _ = colours(folder)
        _, without, _ = colours(folder, "--blink-settings=scriptEnabled=false")
        equal("pixels", without, with_script)


main()
