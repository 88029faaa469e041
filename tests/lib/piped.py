"""A program on two pipes: it is told lines, says lines, and ends when its input does."""
import subprocess

from tap import fail, PATIENCE


class Piped:
    """`with Piped([PYTHON, "-c", PROGRAM]) as pool:` pool.process, pool.answer(), pool.ask("fork")."""

    def __init__(self, command, **popen):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **popen)

    def answer(self):
        """The next line that it says, without its end."""
        line = self.process.stdout.readline()
        if not line:
            fail(f"no answer, and the end of {' '.join(map(str, self.process.args))[:200]}")
        return line.decode().rstrip("\n")

    def tell(self, line=""):
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def ask(self, line=""):
        self.tell(line)
        return self.answer()

    def end(self):
        """Its input ends; wait until it has. Its exit status."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
            try:
                self.process.wait(timeout=PATIENCE)
            finally:
                self.process.kill()
                self.process.wait()
                self.process.stdout.close()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.end()
