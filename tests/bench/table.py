"""The table of figures beside their limits that a bench prints."""

WIDTH = 66


class Table:
    def __init__(self):
        self.late = []      # what is over its limit, or could not be measured
        self.unmeasured = 0
        self.about = ""     # the last row that was not a part of another
        print(f"{'what':<{WIDTH}} {'measured':>10} {'limit':>10}  verdict")

    def named(self, what):
        """The row as a name of its own: one that begins with dots belongs to the row above."""
        if what.startswith("..."):
            return f"{self.about} {what}"
        self.about = what
        return what

    def row(self, what, value, limit, unit=""):
        name, over = self.named(what), limit is not None and value > limit
        shown = "-" if limit is None else f"{limit:.2f}{unit}"
        verdict = "" if limit is None else "over" if over else "ok"
        if over:
            self.late.append(f"{name}: {value:.2f}{unit}, limit {shown}")
        print(f"{what:<{WIDTH}} {f'{value:.2f}{unit}':>10} {shown:>10}  {verdict}".rstrip(), flush=True)

    def note(self, what, why):
        """A row without a figure, that is missed by nobody."""
        self.named(what)
        print(f"{what:<{WIDTH}} {'-':>10} {'-':>10}  {why}", flush=True)

    def failed(self, what, why):
        """What has limits and could not be measured: no limit was kept."""
        self.unmeasured += 1
        self.late.append(f"{what}: {why}")
        print(f"# {what}: {why}", flush=True)

    def verdict(self):
        """Which limits were not kept, a line each. True: none."""
        print(f"# {len(self.late)} over their limit" if self.late else "# all within their limits")
        for line in self.late:
            print(f"#   {line}")
        return not self.late
