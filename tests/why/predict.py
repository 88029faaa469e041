"""One pool under one seeded load, as it is and with its objects frozen before the fork: what cowtop why foretells of
the difference, and what it is."""
import collections
import json

from asking import Asking, copied, Pool
from kernel import PAGE

Result = collections.namedtuple("Result", "variant copied gain why")


def copied_frozen(variant, **env):
    with Pool(variant, "frozen", **env) as p:
        p.ask("go 0")
        return copied(p.pid)


def predict(variant, *args, **env):
    """Of all workers, watched from their fork on."""
    with Pool(variant, "default", **env) as p:
        with Asking(p.pid, *(args or ["--json"])) as asking:
            asking.until_it_looks(p.workers)
            p.ask("go")
            out = asking.end()
        as_it_is = copied(p.pid)
    frozen = copied_frozen(variant, **env)
    return Result(variant, sum(as_it_is) / len(as_it_is), (sum(as_it_is) - sum(frozen)) / len(frozen),
                  out if args else json.loads(out))


def transfer(variant):
    """Of workers that had served when one looked, by one that is forked then."""
    with Pool(variant, "default") as p:
        p.ask("go 0")
        as_it_is = copied(p.pid)
        with Asking(p.pid, "--json") as asking:
            asking.until_it_looks(p.workers)
            young = int(p.ask("fork"))
            asking.until_it_looks([young])
            p.ask("serve")
            why = json.loads(asking.end())
    frozen = copied_frozen(variant)
    old = [w for w in why["workers"] if w["pid"] in p.workers]
    return Result(variant, sum(as_it_is) / len(as_it_is), (sum(as_it_is) - sum(frozen)) / len(frozen),
                  dict(why, workers=old))


def is_near(told, gain, all_copied):
    """As near as nine of ten have to be."""
    return abs(told - gain) <= max(0.15 * gain, 0.05 * all_copied)


def amount(causes, key):
    """Pages."""
    a = causes[key]
    return {k: v if v is None else v / PAGE for k, v in a.items()} if a else {}
