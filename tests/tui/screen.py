"""A real terminal for the tests of the live view: tmux on a private socket, of a fixed size, with a
shell in it. Nothing sleeps: what the screen shows is polled with a deadline."""
import os
import re
import shutil
import shlex
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "cli")]
import run
import tap
from tap import fail, Failed, need, PATIENCE, until

PROMPT = "ready> "


class Screen:
    """`with Screen(80, 24) as s:` gives a shell; `s.cowtop(pid)` runs cowtop in it."""

    def __init__(self, columns=100, rows=30, term="screen-256color", **env):
        need("tmux")
        tap.must_be_built(run.COWTOP)
        self.folder = tempfile.TemporaryDirectory()
        self.config = os.path.join(self.folder.name, "cowtop", "config")
        settings = {"LC_ALL": "C.UTF-8", "HISTFILE": "/dev/null",
                    "XDG_CONFIG_HOME": self.folder.name, **env}
        words = [w for name, value in settings.items() for w in ("-e", f"{name}={value}")]
        clean = {k: v for k, v in os.environ.items() if k not in ("TMUX", "NO_COLOR", "COLUMNS", "LINES")}
        clean["LC_ALL"] = "C.UTF-8"
        self.env = clean
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), *words,
                  f"TERM={term} PS1='{PROMPT}' exec bash --norc --noprofile -i")
        try:
            self.shows(re.escape(PROMPT.strip()))
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        # The server ends with its only session; its programs get SIGHUP, and keep their settings before they end.
        subprocess.run(["tmux", "-S", f"{self.folder.name}/tmux", "kill-server"], check=False,
                       capture_output=True, env=self.env)
        until("the folder is gone", self.remove, PATIENCE)
        self.folder.cleanup()

    def remove(self):
        shutil.rmtree(self.folder.name, ignore_errors=True)
        return not os.path.exists(self.folder.name)

    def tmux(self, *words):
        done = subprocess.run(["tmux", "-S", f"{self.folder.name}/tmux", *words], env=self.env,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode:
            fail(f"tmux {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def lines(self, escapes=False):
        """What is on the screen, a string a row, without blanks at the end; of the view, a whole frame.

        A frame arrives in pieces: behind the last of them the view's hidden cursor is in the corner.
        """
        def whole():
            out = self.tmux("capture-pane", "-p", *(["-e"] if escapes else []), ";", "display-message", "-p",
                            "#{cursor_flag} #{cursor_x} #{cursor_y} #{pane_width} #{pane_height} "
                            "#{pane_current_command}")
            *lines, state = out.split("\n")[:-1]
            cursor, x, y, columns, rows, program = state.split(maxsplit=5)
            corner = int(x) >= int(columns) - 1 and int(y) == int(rows) - 1
            return lines if program != "cowtop" or cursor == "1" or corner else None
        return until("a whole frame", whole, PATIENCE)

    def text(self, escapes=False):
        return "\n".join(line.rstrip() for line in self.lines(escapes)).rstrip("\n")

    def shows(self, *patterns, seconds=PATIENCE):
        """Wait until the screen matches every pattern; return its text."""
        last = ""

        def matches():
            nonlocal last
            last = self.text()
            return all(re.search(p, last, re.M) for p in patterns)
        try:
            until("", matches, seconds)
        except tap.Failed:
            fail(f"the screen does not show {' and '.join(patterns)} within {seconds} s:\n{last}")
        return last

    def lacks(self, pattern, seconds=PATIENCE):
        """Wait until nothing on the screen matches."""
        last = ""

        def gone():
            nonlocal last
            last = self.text()
            return not re.search(pattern, last, re.M)
        try:
            until("", gone, seconds)
        except tap.Failed:
            fail(f"the screen still shows {pattern} after {seconds} s:\n{last}")
        return last

    def keys(self, *names):
        """tmux's names of keys: "q", "Enter", "C-z", "F1", "PageUp"."""
        for name in names:
            # A lone ";" would end tmux's command; a lone Escape must not join the key behind it.
            self.tmux("send-keys", name if name != ";" else "\\;")

    def type(self, text):
        self.tmux("send-keys", "-l", "--", text)

    def click(self, row, column, button=0):
        """Press and release a button there, counted from 0, as xterm reports it; 64 and 65 are the wheel."""
        at = f"{button};{column + 1};{row + 1}"
        self.type(f"\x1b[<{at}M" + (f"\x1b[<{at}m" if button < 64 else ""))

    def where(self, text):
        """(row, column) of a text on the screen."""
        def found():
            lines = self.lines()
            return next(((row, line.index(text)) for row, line in enumerate(lines) if text in line), None)
        return until(f"{text} on the screen", found, PATIENCE)

    def shell(self, command):
        """Type a command line for the shell."""
        self.type(command)
        self.keys("Enter")

    def cowtop(self, *arguments, before="", after="; echo left=$?"):
        self.shell(f"{before} {shlex.quote(run.COWTOP)} {shlex.join(map(str, arguments))} {after}".strip())

    def left(self, seconds=PATIENCE):
        """The exit status that the shell echoes when cowtop has left."""
        text = self.shows(r"^left=\d+$", seconds=seconds)
        return int(re.findall(r"^left=(\d+)$", text, re.M)[-1])

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def pid(self):
        """Of the cowtop that runs in the shell."""
        shell = self.tmux("list-panes", "-F", "#{pane_pid}").strip()

        def child():
            done = subprocess.run(["pgrep", "-P", shell, "-x", "cowtop"], capture_output=True,
                                  text=True, check=False)
            return done.stdout.split()
        return int(until("cowtop runs", child)[0])


class Pty:
    """cowtop on a pseudo-terminal of our own: for what is too fine for tmux, bytes and milliseconds."""

    def __init__(self, *arguments, columns=100, rows=30, waits=True, **env):
        import fcntl
        import struct
        import termios
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.set_blocking(slave, waits)
        self.folder = tempfile.TemporaryDirectory()
        wanted = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
                  "XDG_CONFIG_HOME": self.folder.name, **env}
        # The terminal becomes the controlling one of a session of its own.

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen([run.COWTOP, *map(str, arguments)], stdin=slave,
                                        stdout=slave, stderr=slave, env=dict(os.environ, **wanted),
                                        preexec_fn=own_terminal)
        os.close(slave)
        os.set_blocking(self.master, False)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.master >= 0:
            os.close(self.master)
        self.folder.cleanup()

    def hang_up(self):
        os.close(self.master)
        self.master = -1

    def read(self):
        """What has come since the last time."""
        data = b""
        while True:
            try:
                got = os.read(self.master, 1 << 16)
            except (BlockingIOError, OSError):
                return data
            if not got:
                return data
            data += got

    def until(self, what, seconds=PATIENCE, step=0.002):
        """Read until `what` has come; everything that came."""
        data = b""

        def there():
            nonlocal data
            ended = self.process.poll() is not None
            data += self.read()
            if ended and what not in data:
                fail(f"cowtop ended ({self.process.returncode}) before {what!r}: {data[-400:]!r}")
            return what in data
        try:
            return until(f"{what!r} on the terminal", there, seconds, step) and data
        except Failed as late:
            with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
                state = [line.strip() for line in status if line.startswith(("State", "Sig", "Shd"))]
            fail(f"{late}; {state}; came: {data[:1500]!r}")

    def send(self, data):
        os.write(self.master, data)
