#!/usr/bin/python3
"""What users type wrong, and what they are told: one line that says what, which, why and what to do."""
import os
import shutil

from smallpool import SmallPool, fails
from made_recordings import path_of
from run import cowtop, folder, write_file
from tap import add_test, equal, main, test, true

RATIO = "worker.cow_broken_ratio"
SEE = "; see cowtop{} --help"

# What the columns of the tables show.
HEADS = {
    "COW%": RATIO, "cow%": RATIO, "COW": "worker.cow_broken_bytes", "COW/s": "worker.faults.cow_per_s",
    "+COW/s": "worker.faults.cow_per_s", "SHARED": "worker.shared_bytes", "PRIVATE": "worker.private_bytes",
    "ORPH": "worker.pages.orphaned", "FILECOW": "worker.pages.cow_file", "NEW": "worker.pages.new",
    "RSS": "worker.memory.rss_bytes", "PSS": "worker.memory.pss_bytes", "FROZEN": "worker.gc.frozen",
    "MINFLT/s": "worker.faults.minor_per_s", "MAJFLT/s": "worker.faults.major_per_s", "AGE": "worker.age_s",
    "PGAGE": "worker.pages.age_s", "WORKERS": "pool.workers", "FOOTPRINT": "pool.footprint_bytes",
    "SAVED": "pool.saved_bytes", "COPIED": "pool.copied_bytes", "COPIED%": "pool.copied_ratio",
    "MCOW": "master.cow_broken_bytes", "MCOW%": "master.cow_broken_ratio",
}

# What is typed, the exit status, and what cowtop says behind its name.
MISTAKES = [
    # a rule that decides nothing
    (["--fail-if", f"{RATIO} > 20", "x"], 2,
     f"rule '{RATIO} > 20' can never hold: a ratio is 0 to 1; did you mean 20% (0.2)?"),
    (["--fail-if", f"{RATIO} > 110%", "x"], 2, f"rule '{RATIO} > 110%' can never hold: a ratio is 0 to 1"),
    (["--fail-if", f"{RATIO} < 20", "x"], 2,
     f"rule '{RATIO} < 20' always holds: a ratio is 0 to 1; did you mean 20% (0.2)?"),
    (["--fail-if", "worker.gc.enabled == 2", "x"], 2,
     "rule 'worker.gc.enabled == 2' can never hold: a flag is 0 or 1"),
    (["--fail-if", "pool.footprint_bytes < 0", "x"], 2,
     "rule 'pool.footprint_bytes < 0' can never hold: it is never below 0"),
    (["diff", "--fail-if", "diff.cow_broken_ratio > 5", "a", "b"], 2,
     "rule 'diff.cow_broken_ratio > 5' can never hold: a difference of ratios is -1 to 1; did you mean 5% (0.05)?"),
    # a rule as it is written elsewhere
    (["--fail-if", f"{RATIO} > 20% and pool.workers > 4", "x"], 2,
     f"rule '{RATIO} > 20% and pool.workers > 4': one condition a rule; --fail-if may be repeated, and the run fails "
     "when any of them holds"),
    (["--fail-if", f"{RATIO} = 20%", "x"], 2, f"rule '{RATIO} = 20%': '=' is written =="),
    (["--fail-if", f"{RATIO} \u2265 20%", "x"], 2, f"rule '{RATIO} \u2265 20%': '\u2265' is written >="),
    (["--fail-if", f"'{RATIO} > 20%'", "x"], 2,
     f"rule '{RATIO} > 20%' begins with a quote: one pair of quotes is enough, which the shell takes away"),
    (["--fail-if", RATIO, "x"], 2,
     f"rule '{RATIO}': after the figure comes one of < <= > >= == !=, and a number; put the rule in quotes, or the "
     "shell takes < and > for files"),
    (["--fail-if", f"{RATIO} > 0,2", "x"], 2,
     f"rule '{RATIO} > 0,2': in a number there is no comma; fractions have a point: 0.2"),
    (["--fail-if", "pool.rss_bytes > 20%", "x"], 2,
     "rule 'pool.rss_bytes > 20%': 'rss_bytes' is compared with a size: 4096, 200MiB"),
    # a figure that is not there
    (["--fail-if", "worker.rss > 1GiB", "x"], 2,
     "rule 'worker.rss > 1GiB': no figure 'worker.rss'; nearest: worker.memory.rss_bytes; all: cowtop --list-keys"),
    (["--fail-if", "cow_broken_ratio > 20%", "x"], 2,
     "rule 'cow_broken_ratio > 20%': begins with none of pool.KEY, master.KEY, worker.KEY; did you mean "
     "worker.cow_broken_ratio?"),
    (["--fail-if", "worker.workers > 4", "x"], 2,
     "rule 'worker.workers > 4': no figure 'worker.workers', but there is pool.workers"),
    (["--fail-if", "pool.leak > 0", "x"], 2,
     "rule 'pool.leak > 0': no figure 'pool.leak'; nearest: pool.findings.growth; all: cowtop --list-keys"),
    (["--fail-if", "diff.cow_broken_ratio > 5%", "x"], 2,
     "rule 'diff.cow_broken_ratio > 5%': diff.KEY is of two recordings: cowtop diff --fail-if ... A B"),
    # the head of a column for its figure
    *((["--fail-if", f"{head} > 2", "x"], 2,
       f"rule '{head} > 2': begins with none of pool.KEY, master.KEY, worker.KEY; did you mean {key}?")
      for head, key in HEADS.items()),
    # a command without the -- in front
    (["gunicorn", "--preload", "-w", "4", "app:app"], 2,
     "unknown option --preload; to start a command: cowtop -- gunicorn --preload" + SEE.format("")),
    (["record", "-o", "a.ct", "gunicorn", "-w", "4"], 2,
     "unknown option -w; to start a command: cowtop record -- gunicorn -w" + SEE.format(" record")),
    (["python3", "--jsn"], 2, "unknown option --jsn: did you mean --json?" + SEE.format("")),
    (["doctor", "gunicorn", "--preload"], 2, "unknown option --preload" + SEE.format(" doctor")),
    # a verb that is none
    (["reocrd"], 5, "no verb and no process is called 'reocrd': did you mean 'cowtop record'?"),
    (["stack"], 5, "no verb and no process is called 'stack': did you mean 'cowtop stacks'?"),
    (["dif", "a.ct", "b.ct"], 2,
     "no verb is called 'dif': did you mean 'cowtop diff'? (one TARGET at most: 'a.ct' is one too many"
     + SEE.format("") + ")"),
    (["help", "reprot"], 2, "no verb is called 'reprot': did you mean 'cowtop report'?"),
    (["version", "2"], 2, "cowtop version: '2' is one too many" + SEE.format("")),
    # an option that is none, or took what was meant for another
    (["--jsn", "x"], 2, "unknown option --jsn: did you mean --json?" + SEE.format("")),
    (["-json", "x"], 2, "unknown option -json: did you mean --json?" + SEE.format("")),
    (["-duration", "5s"], 2, "option -duration has two dashes: --duration" + SEE.format("")),
    (["--html", "out.html", "x"], 2,
     "unknown option --html: cowtop report, cowtop diff, cowtop try have it" + SEE.format("")),
    (["why", "--csv", "x"], 2, "unknown option --csv: cowtop, cowtop replay have it" + SEE.format(" why")),
    (["try", "-n", "3"], 2, "unknown option -n: cowtop, cowtop record, cowtop replay have it" + SEE.format(" try")),
    (["report", "--junit", "a.xml", "a.ct"], 2,
     "unknown option --junit: cowtop, cowtop record, cowtop replay, cowtop diff, cowtop try have it"
     + SEE.format(" report")),
    # too many words
    (["a", "b"], 2, "one TARGET at most: 'b' is one too many" + SEE.format("")),
    (["replay", "a.ct", "b.ct"], 2, "one FILE at most: 'b.ct' is one too many" + SEE.format(" replay")),
    (["report", "a.ct", "b.ct"], 2, "one FILE at most: 'b.ct' is one too many" + SEE.format(" report")),
    (["mark", "a.ct", "deploy", "4711"], 2,
     "a TEXT of several words stands in quotes: '4711' is one too many" + SEE.format(" mark")),
    (["record", "-o", "a.ct", "--on-event", " ", "x"], 2, "--on-event: a command is needed, which is told events"),
    (["report", "--html", "a.ct"], 2,
     "a recording is needed: FILE, or - for stdin; 'a.ct' was taken as OUT of --html" + SEE.format(" report")),
    (["diff", "--html", "a.ct", "b.ct"], 2,
     "two recordings are needed: A B; 'a.ct' was taken as OUT of --html" + SEE.format(" diff")),
    (["stacks", "--flamegraph", "504"], 2,
     "'504' was taken as OUT of --flamegraph, and TARGET is missing: cowtop stacks --flamegraph OUT 504; a file of "
     "that name is ./504" + SEE.format(" stacks")),
    (["record", "-o", "504"], 2,
     "'504' was taken as FILE of --output, and TARGET is missing: cowtop record --output FILE 504; a file of that "
     "name is ./504" + SEE.format(" record")),
]


def mistake(words, status, said):
    def run():
        with folder() as place:
            err = fails(status, *words, cwd=place)
            equal("what is said", err, f"cowtop: {said}\n")
            equal("nothing is written", os.listdir(place), [])
    add_test(f"cowtop {' '.join(words)}", run)


for row in MISTAKES:
    mistake(*row)


@test
def name_of_a_process_as_output():
    """An output that is called as a running pool is, without TARGET: the option took it; ./NAME is a file"""
    with SmallPool(1, arguments=("eaten-by-option",), argv0="eaten") as pool, folder() as place:
        for words in (("stacks", "-d", "0.1", "--pprof", "eaten"), ("record", "-n", 1, "-o", "eaten")):
            err = fails(2, *words, cwd=place)
            true("what was taken", err.startswith("cowtop: 'eaten' was taken as "), err)
            equal("nothing is written", os.listdir(place), [])
        status, _, err = cowtop("record", "-n", 1, "-o", "./eaten", pool.master, cwd=place)
        equal(f"a file of that name ({err})", (status, os.listdir(place)), (0, ["eaten"]))


@test
def recording_as_output():
    """A recording is never overwritten by a page, a graph or a profile, whatever stands where"""
    with SmallPool(1) as pool, folder() as place:
        with open(path_of("little"), "rb") as file:
            bytes_ = file.read()
        path = f"{place}/a.ct"
        for words in (("report", "--html", path, path), ("diff", "--html", path, path, path),
                      ("stacks", "--flamegraph", path), ("stacks", "--speedscope", path, path),
                      ("stacks", "--pprof", path, pool.master), ("report", "--html", path),
                      ("record", "-n", 1, "-o", path)):
            with open(path, "wb") as file:
                file.write(bytes_)
            status, _, err = cowtop(*words)
            true(f"{words}: an error that names it", status in (1, 2, 5) and "a.ct" in err, (status, err))
            with open(path, "rb") as file:
                equal(f"{words}: untouched", file.read() == bytes_, True)


@test
def heads_are_figures():
    """Each figure that is suggested for the head of a column is one"""
    keys = {line.split()[0] for line in cowtop("--list-keys")[1].splitlines() if "." in line.split()[0]}
    equal("no figures", sorted(set(HEADS.values()) - keys), [])


@test
def recording_as_target():
    """A recording in the place of a pool: what replays it, at once, with --wait as well"""
    with folder() as place, open(path_of("little"), "rb") as file:
        with open(f"{place}/a.ct", "wb") as copy:
            shutil.copyfileobj(file, copy)
        for word in ("a.ct", "./a.ct", f"{place}/a.ct"):
            for words in ([word], ["--json", "--wait", word], ["doctor", word]):
                err = fails(2, *words, cwd=place)
                equal(f"{words}", err, f"cowtop: {word} is a recording: cowtop replay {word}\n")


@test
def close_to_a_pool():
    """A name that is nearly that of a pool: which one; of another one, and of a path, nothing is said"""
    with SmallPool(1, argv0="cowtestserver"):
        for word in ("cowtestservre", "cowtestserver:", "cowtstserver"):
            for verb in ((), ("doctor",)):
                err = fails(5, *verb, word)
                true(f"{word}: the pool ({err})", err.endswith(": did you mean cowtestserver?\n"))
        for word in ("cowtestclientel", "./cowtestservre"):
            err = fails(5, word)
            true(f"{word}: nothing ({err})", "did you mean" not in err)


@test
def close_to_a_verb_and_there():
    """A pool that is called nearly as a verb is found; the verb is not suggested"""
    with SmallPool(1, argv0="repor") as pool:
        status, out, err = cowtop("--json", "repor")
        equal(f"status ({err})", status, 0)
        true("the pool", f'"master_pid":\t{pool.master}' in out, out[:300])


@test
def words_that_are_help():
    """cowtop help, help VERB, version: what --help and --version print"""
    equal("help", cowtop("help"), cowtop("--help"))
    equal("help of a verb", cowtop("help", "record"), cowtop("record", "--help"))
    equal("version", cowtop("version"), cowtop("--version"))


@test
def old_output_is_replaced():
    """An output that exists and is no recording is written, be its name a number"""
    with folder() as place:
        write_file(f"{place}/504", "an old page")
        status, _, err = cowtop("report", "--html", "504", path_of("little"), cwd=place)
        equal(f"report ({err})", status, 0)
        with open(f"{place}/504", encoding="utf-8") as file:
            true("the page", file.read().startswith("<!DOCTYPE html>"))


if __name__ == "__main__":
    main()
