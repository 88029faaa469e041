"""The table of figures beside their limits that a bench prints."""

WIDTH = 66


class Table:
    def __init__(self):
        self.late = 0
        print(f"{'what':<{WIDTH}} {'measured':>10} {'limit':>10}  verdict")

    def row(self, what, value, limit, unit=""):
        over = limit is not None and value > limit
        self.late += over
        shown = "-" if limit is None else f"{limit:.2f}{unit}"
        verdict = "" if limit is None else "over" if over else "ok"
        print(f"{what:<{WIDTH}} {f'{value:.2f}{unit}':>10} {shown:>10}  {verdict}".rstrip(), flush=True)

    def note(self, what, why):
        print(f"{what:<{WIDTH}} {'-':>10} {'-':>10}  {why}", flush=True)
