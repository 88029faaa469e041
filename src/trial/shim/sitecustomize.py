"""What `cowtop try` has CPython load at its start: it sets the collector as the file `variant` beside it says.

It stands first on PYTHONPATH. The application finds sys.path and os.environ as if it did not, and another
sitecustomize is run as ever. Programs that it starts have it as well where they inherit the environment as the
process has it (multiprocessing's forkserver does), as only Python's view of that is put right.
It says nothing and raises nothing: what goes wrong here is seen from outside, as a variant that did not take.
"""
import os
import sys


def _words():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "variant")
    with open(path, "rb") as file:
        text = file.read().decode("ascii")
    return dict(line.partition("=")[::2] for line in text.split("\n") if line)


def _leave_no_trace(words):
    """Out of sys.path and os.environ, not out of what a program inherits by exec. `empty`: so PYTHONPATH was."""
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if entry != own]
    sys.path_importer_cache.pop(own, None)
    others = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry != own]
    if sys.version_info >= (3,):
        data, key, value = os.environ._data, os.fsencode("PYTHONPATH"), os.fsencode(os.pathsep.join(others))
    else:
        data, key, value = os.environ.data, "PYTHONPATH", os.pathsep.join(others)
    if others or "empty" in words:
        data[key] = value
    else:
        data.pop(key, None)


def _freeze_at_forks(gc, collect):
    """In front of each fork; where a program forks without Python's knowing, in its child, when that first collects."""
    state = {"pid": os.getpid(), "frozen": False}

    def before():
        if collect:
            gc.collect()
        gc.freeze()
        state["frozen"] = True

    def in_parent():
        state["frozen"] = False

    def in_child():
        if not state["frozen"]:
            gc.freeze()
        state.update(pid=os.getpid(), frozen=False)

    def at_collection(phase, info):
        if phase == "start" and os.getpid() != state["pid"]:
            in_child()

    os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)
    gc.callbacks.append(at_collection)


def _apply(words):
    import gc
    if "disable" in words:
        gc.disable()
    if "threshold" in words:
        gc.set_threshold(*[int(number) for number in words["threshold"].split(",")])
    if "freeze" in words and hasattr(gc, "freeze"):
        _freeze_at_forks(gc, "collect" in words)


try:
    _chosen = _words()
    _leave_no_trace(_chosen)
    if sys.version_info >= (3,):
        _apply(_chosen)
except Exception:
    pass

# The next one of this name takes this one's place, or there is none: then the import fails, as it does without this.
del sys.modules["sitecustomize"]
import sitecustomize  # noqa: E402,F401
