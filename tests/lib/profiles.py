"""Readers of what cowtop stacks writes, written from the formats' own descriptions: pprof's
profile.proto, speedscope's file-format-schema.json, folded stacks."""
import email.parser
import email.policy
import gzip
import re

from tap import equal, fail, true


# ---- Protocol Buffers

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """[(field, value)]: numbers, or bytes."""
    found, at = [], 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
            equal("a field is whole", len(value), size)
        else:
            fail(f"wire type {tag & 7}")
        found.append((tag >> 3, value))
    return found


def numbers(packed):
    values, at = [], 0
    while at < len(packed):
        value, at = varint(packed, at)
        values.append(value)
    return values


def message(data, *names):
    """A message as a dictionary of lists; names: "number:name"."""
    known = dict(name.split(":") for name in names)
    result = {name: [] for name in known.values()}
    for field, value in fields(data):
        true(f"field {field} is known", str(field) in known)
        result[known[str(field)]].append(value)
    return result


def read_pprof(data):
    """{"types", "samples": [{"stack" (leaf first), "values", "labels"}], ...} of a .pb.gz."""
    top = message(gzip.decompress(data), "1:type", "2:sample", "3:mapping", "4:location", "5:function",
                  "6:string", "9:time", "10:duration", "11:period_type", "12:period", "14:default")
    strings = [s.decode("utf-8", "strict") for s in top["string"]]
    equal("the first string", strings[0], "")

    def text(value):
        return strings[value[0]] if value else ""

    def one(value):
        return value[0] if value else 0

    functions, systems, locations, mappings = {}, {}, {}, {}
    for data in top["mapping"]:
        m = message(data, "1:id", "5:file", "7:has_functions")
        mappings[one(m["id"])] = text(m["file"])
    for data in top["function"]:
        f = message(data, "1:id", "2:name", "3:system", "4:file", "5:line")
        functions[one(f["id"])] = (text(f["name"]), text(f["file"]), one(f["line"]))
        systems[text(f["name"])] = text(f["system"])
    for data in top["location"]:
        place = message(data, "1:id", "2:mapping", "3:address", "4:line")
        line = message(place["line"][0], "1:function", "2:line")
        true("the mapping is there", not place["mapping"] or one(place["mapping"]) in mappings)
        locations[one(place["id"])] = functions[one(line["function"])]
    true("ids are not 0", 0 not in functions and 0 not in locations and 0 not in mappings)

    samples = []
    for data in top["sample"]:
        s = message(data, "1:location", "2:value", "3:label")
        labels = {}
        for label in s["label"]:
            pair = message(label, "1:key", "2:text", "3:number")
            labels[text(pair["key"])] = text(pair["text"]) or one(pair["number"])
        samples.append({"stack": [locations[i][0] for i in numbers(b"".join(s["location"]))],
                        "values": numbers(b"".join(s["value"])), "labels": labels})
    types = [message(t, "1:type", "2:unit") for t in top["type"]]
    return {"types": [(text(t["type"]), text(t["unit"])) for t in types], "samples": samples,
            "functions": functions, "systems": systems, "mappings": mappings, "period": one(top["period"]),
            "time": one(top["time"]), "duration": one(top["duration"]),
            "default": text(top["default"])}


# ---- speedscope

def check_speedscope(document):
    """What the schema demands of a file with sampled profiles; its profiles by name."""
    equal("$schema", document["$schema"], "https://www.speedscope.app/file-format-schema.json")
    true("nothing the schema does not know", set(document) <= {
        "$schema", "shared", "profiles", "name", "activeProfileIndex", "exporter"})
    frames = document["shared"]["frames"]
    for frame in frames:
        true("a frame", isinstance(frame["name"], str) and set(frame) <= {"name", "file", "line", "col"})
        true("a line is a number", isinstance(frame.get("line", 1), int))
    profiles = {}
    for p in document["profiles"]:
        equal("keys", set(p), {"type", "name", "unit", "startValue", "endValue", "samples", "weights"})
        equal("type", p["type"], "sampled")
        true("unit", p["unit"] in ("none", "nanoseconds", "microseconds", "milliseconds", "seconds",
                                   "bytes"))
        equal("a weight each", len(p["samples"]), len(p["weights"]))
        equal("the sum", sum(p["weights"]), p["endValue"] - p["startValue"])
        true("indices", all(0 <= i < len(frames) for s in p["samples"] for i in s))
        true("one of each name", p["name"] not in profiles)
        profiles[p["name"]] = p
    return profiles


# ---- folded

def read_folded(text):
    """{(root, ..., leaf): pages}; no two lines alike, sorted."""
    stacks = {}
    lines = text.splitlines()
    equal("newlines", text.count("\n"), len(lines))
    for line in lines:
        match = re.fullmatch(r"(.+) ([1-9][0-9]*)", line)
        true("a line is a stack and pages", match, line)
        stack = tuple(match.group(1).split(";"))
        true("no frame is empty", all(stack), line)
        true("no stack is there twice", stack not in stacks, line)
        stacks[stack] = int(match.group(2))
    return stacks


def form(headers, body):
    """{name: (file name, bytes)} of a form, by Python's own reader."""
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    parts = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    return {part.get_param("name", header="content-disposition"): (part.get_filename(), part.get_payload(decode=True))
            for part in parts.iter_parts()}
