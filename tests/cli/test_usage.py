#!/usr/bin/python3
"""Options, help, version and usage errors: what the command line takes and what it says otherwise."""
import re

from smallpool import SmallPool, fails
from run import cowtop
from tap import equal, fail, main, test, true

VERBS = ("", "pools", "record", "mark", "replay", "report", "diff", "why", "try", "stacks", "export", "doctor")


def words(verb):
    return [verb] if verb else []


@test
def help_of_every_verb():
    """-h and --help of every verb: on stdout, exit 0, at most 80 columns"""
    for verb in VERBS:
        for option in ("-h", "--help"):
            status, out, err = cowtop(*words(verb), option)
            equal(f"status of {verb} {option}", (status, err), (0, ""))
            true("usage comes first", out.startswith(f"Usage: cowtop {verb}".rstrip()))
            long = [line for line in out.splitlines() if len(line) > 80]
            equal(f"lines of {verb} {option} above 80 columns", long, [])


@test
def help_lists_the_verbs():
    """--help lists every verb with a summary"""
    _, out, _ = cowtop("--help")
    listed = re.findall(r"^  ([a-z]+)  +\S", out.split("\nVerbs", 1)[1], re.M)
    equal("verbs", listed, [v for v in VERBS if v])


@test
def help_after_operands():
    """--help wins wherever it stands before --"""
    status, out, _ = cowtop("--json", "nosuchpool", "--help")
    equal("status", status, 0)
    true("help", out.startswith("Usage:"))


@test
def version():
    """-V and --version: version, compiler, libraries"""
    for verb in VERBS:
        for option in ("-V", "--version"):
            status, out, err = cowtop(*words(verb), option)
            equal("status", (status, err), (0, ""))
            true("version", re.match(r"cowtop \d+\.\d+\.\d+\n", out), out)
            true("libraries", re.search(r"^libraries:.* libcjson\.so", out, re.M), out)
            true("libproc2, or what stands in for it",
                 (" libproc2.so" in out) != ("\nwithout libproc2: " in out), out)


@test
def unknown_options():
    """An unknown option is exit 2 and names the option and the help"""
    for verb in VERBS:
        for option in ("--nosuch", "-x", "--json=yes", "--nosuch=3", "-5"):
            err = fails(2, *words(verb), option)
            true("it is named", option.split("=")[0] in err, err)
            true("so is the help", f"cowtop {verb}".rstrip() + " --help" in err, err)


@test
def missing_arguments():
    """An option without its argument is exit 2 and says what it needs"""
    for option, argument in (("-n", "N"), ("--count", "N"), ("-i", "SECONDS"), ("-d", "TIME"),
                             ("--fail-if", "EXPR"), ("--load", "CMD"), ("--budget", "PERCENT")):
        true("what it needs", f"needs {argument}" in fails(2, option), option)


@test
def bad_numbers():
    """Bad numbers, times and percentages are exit 2 and are quoted"""
    bad = {
        "-n": ("0", "-1", "1.5", "", "x", "3x", "99999999999999999999", "nan", " 1"),
        "-i": ("0", "-1", "", "x", "1y", "0.0001", "inf", "nan", "1e3", "400d", "1 s", "9" * 40),
        "-d": ("0", "-1s", "", "s", "10q", "1..5", "100000d", "0x10"),
        "--budget": ("0", "-1", "", "101", "5s", "5MiB", "%", "nan", "5%%", "1.2.3"),
    }
    for option, values in bad.items():
        for value in values:
            err = fails(2, option, value, "-n1" if option == "--budget" else "--json", "1")
            true("quoted", f"'{value}'" in err, err)


@test
def every_kind_of_value_says_what_it_takes():
    """What each kind of option says of a value that it does not take, to the letter"""
    count, time = "not a number from 1 on", "not a time between 1ms and 366d, such as 90, 1.5s, 10m, 2h"
    every, size = "not a number from 1 to 1000000", "not a size from 64KiB on, such as 10MiB, 1.5GB"
    percent, none = "not above 0 and up to 100 percent of one CPU", "not a percentage, nor none"
    wrong = {
        "": {"-n0": ("count", "0", count), "--count=2147483648": ("count", "2147483648", count),
             "-i0.9ms": ("interval", "0.9ms", time), "-d367d": ("duration", "367d", time),
             "--wait=0": ("wait", "0", time), "--budget=100.1%": ("budget", "100.1%", percent),
             "--budget=nil": ("budget", "nil", none)},
        "pools": {"-d0": ("duration", "0", time)},
        "record": {"--every=0": ("every", "0", every), "--every=1000001": ("every", "1000001", every),
                   "--max-size=65535": ("max-size", "65535", size), "--max-size=9EiB": ("max-size", "9EiB", size),
                   "--rotate=999ms": ("rotate", "999ms", "a second at least"), "--rotate=x": ("rotate", "x", time),
                   "--keep=0": ("keep", "0", count + ", nor a time such as 30d"), "-i1e3": ("interval", "1e3", time)},
        "replay": {"-n1.5": ("count", "1.5", count), "-i": None},
        "stacks": {"--every=1000001": ("every", "1000001", every), "--top=0": ("top", "0", count),
                   "--stack-bytes=127": ("stack-bytes", "127", "not a multiple of 8 from 128 to 65528"),
                   "--stack-bytes=132": ("stack-bytes", "132", "not a multiple of 8 from 128 to 65528"),
                   "--stack-bytes=65536": ("stack-bytes", "65536", "not a multiple of 8 from 128 to 65528")},
    }
    for verb, options in wrong.items():
        for option, said in options.items():
            text = "--{} '{}': {}".format(*said) if said else f"--interval needs SECONDS; see cowtop {verb} --help"
            equal(f"of {verb} {option}", fails(2, *words(verb), option), f"cowtop: {text}\n")
    equal("an empty name", fails(2, "record", "-o", ""), "cowtop: --output: the name is empty\n")
    for verb in ("", "replay"):
        for forms in (("--json", "--csv"), ("--csv", "--json")):
            equal("two forms", fails(2, *words(verb), *forms), "cowtop: --json or --csv, not both\n")
    for verb, option in (("replay", "-b"), ("report", "--map-at"), ("diff", "-e"), ("stacks", "--begin")):
        equal("no time of a recording", fails(2, verb, option, "25:00"),
              "cowtop: '25:00' is no time of a recording: HH:MM[:SS], 'YYYY-MM-DD HH:MM[:SS]', with Z for UTC, "
              "+10m (after its beginning), -10m (before its end)\n")


@test
def limits_of_numbers_belong_to_them():
    """What is just within the limits is taken: the next complaint is about something else"""
    taken = {
        "record": ("--every=1000000", "--every=1", "--max-size=64KiB", "--rotate=1s", "--rotate=366d", "--keep=1",
                   "--keep=2147483647", "-n2147483647", "-i1ms", "--budget=100", "--budget=none", "--wait=1ms"),
        "stacks": ("--every=1000000", "--stack-bytes=128", "--stack-bytes=65528", "--top=2147483647"),
        "replay": ("-n1", "-n2147483647", "-i366d", "-b+366d", "--fail-if=pool.workers > 1"),
    }
    for verb, options in taken.items():
        for option in options:
            err = fails(2, verb, option, "--nosuch")
            equal(f"of {verb} {option}", err, f"cowtop: unknown option --nosuch; see cowtop {verb} --help\n")


@test
def the_last_of_two_values_counts():
    """An option that is there twice has the value of the second; a flag that is there twice is set"""
    with SmallPool(1) as pool:
        status, out, err = cowtop("--json", "--json", "-n", 9, "-i", "9", "-i", "1ms", "-n", 2, pool.master)
    equal("status", (status, err), (0, ""))
    equal("documents", out.count("\n"), 2)


@test
def good_times():
    """Times with every unit are taken"""
    with SmallPool(1) as pool:
        for value in ("1", "0.5", "1.5s", "250ms", "10m", "2h", "1d"):
            status, _, err = cowtop("-n", 1, "-i", value, "-d", value, pool.master)
            equal(f"status of {value}", (status, err), (0, ""))


@test
def operands():
    """Too many words, both TARGET and COMMAND, an empty COMMAND: exit 2"""
    true("too many", "'beta'" in fails(2, "alpha", "beta"))
    true("both", "not both" in fails(2, "alpha", "--", "true"))
    true("empty", "COMMAND" in fails(2, "--"))
    fails(2, "pools", "1")
    fails(2, "pools", "--", "true")
    fails(2, "doctor", "--", "true")
    fails(2, "doctor", "1", "2")


@test
def verb_in_the_wrong_place():
    """A verb after options is exit 2 and is said to come first"""
    for verb in VERBS[1:]:
        true("hint", f"cowtop {verb}" in fails(2, "--json", verb))


@test
def options_without_effect():
    """Options that would do nothing are exit 2"""
    fails(2, "--budget", "5", "1")
    fails(2, "--load", "true", "1")
    for more in (("-n", "3"), ("-d", "3"), ("-i", "3"), ("--budget", "3")):
        fails(2, "--load", "true", *more, "--", "true")


@test
def no_such_target():
    """A word that names nothing is exit 5, quoted and cleaned"""
    true("quoted", "nosuchpool" in fails(5, "nosuchpool"))
    err = fails(5, "no\x1b[31msuch\npool")
    true("cleaned", "\\x1b[31m" in err and "\\n" in err, err)
    fails(5, b"\xff\xfe\x80")
    fails(5, "x" * 4096)
    fails(2, "")


@test
def not_a_pool():
    """A process without forked children is exit 6"""
    with SmallPool(0) as pool:
        fails(6, pool.master)


@test
def options_after_the_target():
    """Options may stand before and after TARGET"""
    with SmallPool(1) as pool:
        status, before, _ = cowtop("--json", "-n", 1, pool.master)
        equal("status", status, 0)
        status, after, _ = cowtop(pool.master, "-n", 1, "--json")
        equal("status", status, 0)
        if not before.startswith('{"schema"') or not after.startswith('{"schema"'):
            fail(f"not JSON: {before[:40]!r} {after[:40]!r}")


if __name__ == "__main__":
    main()
