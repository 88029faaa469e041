"""Does a document say something that is not so? Compared with one of the same pool that nothing was in the way of."""

import os

PAGE = os.sysconf("SC_PAGE_SIZE")
# Which copies are those of a worker's start depends on when one looks.
WHY = "why"
# What is another one at every look, or when something else runs on the machine.
RESTLESS = {"time", "age_s", "elapsed_s", "cost_s", "host", "accounting", "unreadable", "bounds", "events",
            "findings", "findings_by_kind", "state", "start_time", "span_s", "user", "cpu_percent", "correlation",
            "saved_bytes", "footprint_bytes", "exactness", WHY}
# Who maps a library beside the pool changes these.
SHARED_WITH_OTHERS = {"pss_bytes", "pss_file_bytes", "uss_bytes", "shared_clean_bytes", "private_clean_bytes",
                      "shared_dirty_bytes", "private_dirty_bytes"}
# The kernel says of who has ended that nothing is there.
GONE = ("ESRCH", "ENOENT", "empty")


def flat(value, path=""):
    """{path: number or text} of everything below `value` that stands still."""
    found = {}
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in RESTLESS and key not in SHARED_WITH_OTHERS and not key.endswith("_per_s"):
                found.update(flat(inner, f"{path}.{key}" if path else key))
    elif not isinstance(value, list) and value is not None:
        found[path] = value
    return found


def parts(document):
    """{name: what is said of the pool or of one process}"""
    pools = document.get("pools") or [document.get("pool")]
    found = {f"pool {p['master_pid']}": p for p in pools if p}
    found.update({f"process {p['pid']}": p for p in document.get("processes", [])})
    return found


def stable(documents):
    """{name: {path: value}} of what was the same in all of them."""
    first, *others = [{name: flat(part) for name, part in parts(d).items()} for d in documents]
    return {name: {path: value for path, value in said.items()
                   if all(o.get(name, {}).get(path, value) == value for o in others)}
            for name, said in first.items()}


def interval(part, path):
    """(label, low, high) of a figure; an open end is an infinity, and no label is exact."""
    bound = part.get("bounds", {}).get(path)
    if not bound:
        return None, None, None
    low, high = bound.get("low"), bound.get("high")
    return (bound["label"], float("-inf") if low is None else low, float("inf") if high is None else high)


def overlooked(path, part):
    """What the ledger may be wrong by without a label, where something was not read (ledger/first_walk_doubt.h)."""
    pages = max(64 * max(part.get("workers", 1), 1), sum(flat(part.get("pages", {})).values()) / 100)
    if path.startswith("pages."):
        return pages
    if path.endswith("_ratio"):
        inherited = sum(part["pages"].get(key) or 0 for key in ("shared", "orphaned", "cow_broken"))
        return pages / max(inherited, 1)
    return pages * PAGE if path.endswith("_bytes") and not path.startswith("memory.") else 0


def is_true(was, path, true, part, admitted):
    """May this figure stand beside the true one? `admitted`: it is said that something was not read."""
    got = flat(part).get(path)
    if got is None or got == true:
        return True
    if path in ("cmdline", "command"):
        # the command goes by what the kernel calls it; who lists pools alone shows no more of it
        return "cmdline" not in part or (part["cmdline"] == "" and admitted)
    if admitted and isinstance(true, (int, float)) and abs(got - true) <= overlooked(path, part):
        return True
    if path == "memory.pss_anon_bytes" and abs(got - true) < 1024:
        return True     # smaps_rollup has whole KiB
    if not isinstance(true, (int, float)) or isinstance(true, bool):
        return False
    known, bottom, top = interval(was, path)
    label, low, high = interval(part, path)
    if label == "estimate" or part.get("exactness") == "estimate":
        return True
    if known:
        bottom, top = (true if edge in (float("inf"), float("-inf")) else edge for edge in (bottom, top))
    else:
        bottom = top = true
    if label == "upper_bound":
        return got >= bottom and high >= bottom
    if label == "lower_bound":
        return got <= top and low <= top
    return label is not None and low <= top and high >= bottom


def lies(plain, truth, document, fault, talk=""):
    """What a document, with the talk beside it, says that is not so, as lines; `truth`: stable() of some as `plain`."""
    was, said = parts(plain), parts(document)
    named = document.get("accounting", {})
    lower = named.get("level", "exact") != "exact"
    known = plain.get("accounting", {}).get("kernel")
    not_read = named.get("missing") or fault in GONE or named.get("kernel") != known
    found, missing = [], [name for name in was if name not in said]
    if missing and not not_read and not talk:
        found.append(f"{', '.join(missing)} not listed, and nothing is missing")
    for name, figures in truth.items():
        if name not in said or (missing and name.startswith("pool")):
            continue
        admitted = (not_read or said[name].get("unreadable")
                    or said[name].get("exactness") != was[name].get("exactness"))
        for path, true in figures.items():
            if not lower and not is_true(was[name], path, true, said[name], admitted):
                got = flat(said[name]).get(path)
                found.append(f"{name}: {path} {got!r} for {true!r}, {interval(said[name], path)[0] or 'exact'}")
    return found
