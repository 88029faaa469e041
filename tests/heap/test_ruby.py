#!/usr/bin/python3
"""How old a Ruby's objects are and which pages they lie on, against what it says of each of them itself
(ObjectSpace.dump_all, GC.stat), and what its workers then copy.

$COWTOP_RUBIES names more of them, separated by colons: tests/heap/debian-rubies unpacks Debian's.
"""
import collections
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib")]
from piped import Piped
from kernel import FRAME, PAGE, pagemap, PRESENT
from run import cowtop, folder
from tap import add_test, equal, fail, main, must_be_built, near, need_root, PATIENCE, ROOT, Skip, test, true

INVENTORY = os.path.join(ROOT, os.environ.get("B", "build"), "tests", "inventory")

# Garbage among what is kept, so that pages have room; then as told: a line is a number of collections, "compact",
# "warmup", "make" (young ones beside the old), "dump FILE", or "fork".
PROGRAM = """
require "objspace"
$stdout.sync = true
GC.disable
$kept = (0...20000).map { |i| [i, "text %d" % i, {i => "x" * (i % 60)}] }
$kept = $kept.each_with_index.reject { |_, i| i / 500 % 4 == 1 }.map(&:first)
while (line = $stdin.gets)
  word, name = line.split
  case word
  when /\\A\\d/ then word.to_i.times { GC.start }
  when "compact" then GC.compact
  when "warmup" then Process.warmup
  when "make" then $kept += (0...10000).map { |i| ["young %d" % i] }
  when "dump" then File.open(name, "w") { |f| ObjectSpace.dump_all(output: f) }
  when "fork"
    reader, writer = IO.pipe
    $child = fork { 4.times { GC.start }; writer.puts "aged"; sleep }
    reader.gets
  end
  puts [GC.stat(:old_objects), GC.stat(:heap_live_slots), $child.to_i].join(" ")
end
Process.kill(:KILL, $child) if $child
"""


def rubies():
    paths = ["/usr/bin/ruby", *filter(None, os.environ.get("COWTOP_RUBIES", "").split(":"))]
    found = []
    for path in paths:
        done = subprocess.run([path, "-e", "print RUBY_VERSION"], capture_output=True, check=False) \
            if os.path.exists(path) else None
        if done and not done.returncode:
            found.append((done.stdout.decode(), path))
    return found


FOUND = rubies()


def read(pid):
    must_be_built(INVENTORY)
    done = subprocess.run([INVENTORY], input=f"{pid}\n".encode(), stdout=subprocess.PIPE, timeout=PATIENCE, check=True)
    answer = json.loads(done.stdout)
    if "error" in answer:
        fail(answer["error"])
    return answer


def dumped(path):
    """The pages that objects begin on, each with the ages there, and how many objects there are of each."""
    pages, counts = collections.defaultdict(set), collections.Counter()
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            o = json.loads(line)
            if "address" not in o:
                continue
            flags = o.get("flags", {})
            age = "old" if flags.get("old") else "young" if flags.get("wb_protected") else "unprotected"
            counts[age] += 1
            pages[int(o["address"], 16) // PAGE].add(age)
    return pages, counts


def agrees(got, path):
    """Within what the dump itself has made."""
    pages, counts = dumped(path)
    equal("why", got["why"], "")
    for age in ("young", "old", "unprotected"):
        near(f"{age} objects", got[f"{age}_objects"], counts[age], max(300, counts[age] // 100))
    ages = [frozenset(p & {"young", "old"}) for p in pages.values()]
    for name, wanted in (("young", {"young"}), ("old", {"old"}), ("mixed", {"young", "old"})):
        n = ages.count(frozenset(wanted))
        near(f"{name} pages", got[f"{name}_pages"], n, max(12, n // 100))
    equal("the sum", sum(got[f"{k}_pages"] for k in ("young", "old", "mixed", "other")), got["pages"])
    true("roomy ones", got["roomy_pages"] <= got["pages"], got)


def of(version, path):
    def run():
        with folder() as place, Piped([path, "-e", PROGRAM]) as pool:
            dump = os.path.join(place, "dump")
            seen = []
            for commands in ([], ["1"], ["1"], ["1"], ["make"], ["3", "compact"]):
                for command in [*commands, f"dump {dump}"]:
                    old, live, _ = map(int, pool.ask(command).split())
                got = read(pool.process.pid)["ruby"]
                equal("version", got["version"], version)
                agrees(got, dump)
                true("no more than live", got["young_objects"] + got["old_objects"] + got["unprotected_objects"]
                     <= live + 500, (got, live))
                if commands == ["1"] and len(seen) == 3:
                    near("old ones as it counts them", got["old_objects"], old, old // 100)
                seen.append(got)
            true("young at first", seen[0]["young_pages"] > seen[0]["old_pages"], seen[0])
            true("then old", seen[3]["old_pages"] > 10 * (seen[3]["young_pages"] + seen[3]["mixed_pages"]), seen[3])
            true("young ones again", seen[4]["young_pages"] + seen[4]["mixed_pages"] >= 10000 * 80 // PAGE, seen[4])
            shared = [g["roomy_pages"] - g["other_pages"] for g in seen]
            true("compacted: free slots have pages of their own", shared[5] < shared[3] // 10, seen)
    add_test(f"ruby {version} ({path}): ages of objects by page", run)


def copies(master, worker, areas):
    """Pages of Ruby's heap that the two no longer have in one frame."""
    n = 0
    for start, end, kind, _, _ in areas:
        if kind == "ruby":
            pair = (pagemap(pid, start, (end - start) // PAGE) for pid in (master, worker))
            n += sum(1 for a, b in zip(*pair) if a & PRESENT and b & PRESENT and (a ^ b) & FRAME)
    return n


def bound(version, path):
    """What a worker copies of Ruby's heap that collects four times: of young objects what was foretold, of old ones
    nothing."""
    def run():
        need_root()
        found = []
        advice = ["3", "compact"] if version < "3.3" else ["warmup"]
        for before in (["0"], advice):
            with Piped([path, "-e", PROGRAM]) as pool:
                for command in before:
                    pool.ask(command)
                answer = read(pool.process.pid)
                got = answer["ruby"]
                worker = int(pool.ask("fork").split()[2])
                found.append((copies(pool.process.pid, worker, answer["areas"]),
                              got["young_pages"] + got["mixed_pages"], got["pages"]))
        (many, ageing, pages), (few, none, _) = found
        true("all are young", ageing > pages * 0.9, found)
        true("none is", none < ageing // 20, found)
        true("foretold", ageing * 0.9 <= many <= ageing * 1.05, found)
        true("nothing", few < ageing // 20, found)
    add_test(f"ruby {version} ({path}): copies of a worker whose objects age", run)


@test
def no_ruby():
    """what is no Ruby says so; and there is one here"""
    with Piped([sys.executable, "-c", "import sys; print(1, flush=True); sys.stdin.read()"]) as other:
        other.answer()
        equal("ruby", read(other.process.pid)["ruby"], None)
    if not FOUND:
        raise Skip("no ruby here")


def why(version, path):
    """cowtop why says it of the pool's master, beside what its worker has copied of that memory."""
    def run():
        need_root()
        with Piped([path, "-e", PROGRAM]) as pool:
            pool.ask("fork")
            got = read(pool.process.pid)["ruby"]
            document = json.loads(cowtop("why", "--json", "--watch", "0.5s", str(pool.process.pid))[1])
            text = cowtop("why", "--watch", "0.5s", str(pool.process.pid))[1]
        said = document["ruby"]
        for key in ("version", "pages", "young_pages", "old_pages", "mixed_pages", "other_pages", "young_objects",
                    "old_objects", "unprotected_objects", "free_slots"):
            equal(key, said[key], got[key])
        equal("the bound", (said["ageing_bytes"], said["ageing_label"]),
              ((got["young_pages"] + got["mixed_pages"]) * PAGE, "upper_bound"))
        equal("where ages are", said["ages_in"], "objects" if version < "3.3" else "bitmaps")
        region, = (r for r in document["regions"] if r["name"] == "ruby" or r["kind"] == "ruby")
        true("what was copied of it", said["ageing_bytes"] * 0.9 <= region["copied_bytes"], (said, region))
        true("its lines", "\nruby: " in text and "because they age" in text, text)
    add_test(f"ruby {version} ({path}): cowtop why", run)


for one in FOUND:
    of(*one)
    bound(*one)
    why(*one)
main()
