"""Chrome's trace event format as a JSON schema: what its description ("Trace Event Format", 2013 on) asks of the
events that a trace may have, and of what stands around them. Written from that description, not from cowtop."""

STRING, NUMBER, INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer"}
# Times are microseconds; viewers drop what lies before zero.
TIME = {"type": "number", "minimum": 0}
ID = {"type": ["string", "integer"]}


def _event(phase, required, **properties):
    """An event of this phase: nothing in it that the description does not name."""
    known = {"ph": {"const": phase}, "name": {"type": "string", "minLength": 1}, "pid": INTEGER, "tid": INTEGER,
             "ts": TIME, "cat": STRING, "args": {"type": "object"}, "cname": STRING, **properties}
    return {"type": "object", "required": ["ph", "name", "pid", *required], "properties": known,
            "additionalProperties": False}


_METADATA = {
    "process_name": {"name": STRING},
    "process_labels": {"labels": STRING},
    "process_sort_index": {"sort_index": INTEGER},
    "thread_name": {"name": STRING},
    "thread_sort_index": {"sort_index": INTEGER},
}


def _metadata(name, args):
    required = ["args", "tid"] if name.startswith("thread") else ["args"]
    return _event("M", required, name={"const": name},
                  args={"type": "object", "required": list(args), "properties": args, "additionalProperties": False})


EVENT = {"anyOf": [
    # A counter: each argument is a series, a number.
    _event("C", ["ts", "args"], id=ID, args={"type": "object", "minProperties": 1, "additionalProperties": NUMBER}),
    # A complete event lies in a thread.
    _event("X", ["ts", "tid", "dur"], dur=TIME, tdur=TIME, tts=TIME),
    # Nestable asynchronous events are matched by category and id.
    _event("b", ["ts", "cat", "id"], id=ID, scope=STRING),
    _event("e", ["ts", "cat", "id"], id=ID, scope=STRING),
    # An instant of a thread, which is the default, says which.
    _event("i", ["ts", "s"], s={"enum": ["g", "p"]}),
    _event("i", ["ts", "tid"], s={"const": "t"}),
    *(_metadata(name, args) for name, args in _METADATA.items()),
]}

# The object form: other members are metadata of whatever kind.
TRACE = {
    "type": "object",
    "required": ["traceEvents"],
    "properties": {
        "traceEvents": {"type": "array", "items": EVENT},
        "displayTimeUnit": {"enum": ["ms", "ns"]},
        "otherData": {"type": "object"},
        "systemTraceEvents": STRING,
        "stackFrames": {"type": "object"},
        "samples": {"type": "array"},
    },
}
