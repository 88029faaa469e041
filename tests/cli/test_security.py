#!/usr/bin/python3
"""cowtop-security(7): each of its lines has tests here, which are there; and one that no other program has."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("lib", "tui")]
from screen import Pty
from smallpool import SmallPool
from tap import equal, main, ROOT, test, true

# Section and tag of the page, then files of tests with words of what holds it: the names of tests, or of functions.
HELD_BY = {
    ("PRIVILEGES", "Recordings are read without any"): (
        "cli/test_privileges.py: A verb that reads a recording has no privilege",
        "cli/test_privileges.py: root reads and writes in the folder of another user"),
    ("PRIVILEGES", "What reads a recording is confined"): (
        "cli/test_privileges.py: A verb that reads a recording can open, write and start nothing else",
        "unit/test_sys_confine.c: test_files", "unit/test_sys_confine.c: test_others",
        "unit/test_sys_confine.c: test_allowed", "tui/test_view.py: settings"),
    ("PRIVILEGES", "A command for events has what is kept"): (
        "cli/test_on_event.py: The command has no more capabilities than the recorder",
        "cli/test_on_event.py: Of capabilities that a unit has given"),
    ("PRIVILEGES", "A command has what its user has"): (
        "cli/test_privileges.py: -- COMMAND has all that its user has",
        "cli/test_privileges.py: A COMMAND that only its owner may execute",
        "cli/test_privileges.py: --load has all that its user has",
        "cli/test_privileges.py: Workers that have become another user are ended"),
    ("PRIVILEGES", "Without CAP_SYS_PTRACE nothing is given up"): (
        "cli/test_privileges.py: A root without CAP_SYS_PTRACE keeps all",
        "cli/test_target.py: Workers that changed user, seen by a root without CAP_SYS_PTRACE"),
    ("PRIVILEGES", "What is not taken back is not used"): (
        "cli/test_privileges.py: A kernel that does not take capabilities back",),
    ("PRIVILEGES", "setuid and setgid are refused"): (
        "cli/test_privileges.py: setuid and setgid copies",),
    ("PRIVILEGES", "Named files are opened as the user"): (
        "cli/test_privileges.py: What its user may not read or write such a copy does not",
        "cli/test_privileges.py: Such a copy reads the settings of its user"),
    ("PRIVILEGES", "A command does not inherit them"): (
        "cli/test_privileges.py: A command that such a copy starts has no capability",),
    ("PRIVILEGES", "The environment is not trusted"): (
        "cli/test_privileges.py: Such a copy does not let the environment say",
        "cli/test_privileges.py: A command that such a copy starts has no capability"),
    ("A HOSTILE TARGET", "It cannot write to the terminal"): (
        "cli/test_hostile.py: {case} through JSON",
        "cli/test_hostile.py: {case} through the tables",
        "cli/test_hostile.py: {case} through errors and notes",
        "cli/test_security.py: The live view shows no byte of a name",
        "unit/test_tui_stacks.c: test_stacks__hostile_names"),
    ("A HOSTILE TARGET", "It cannot get into a page"): (
        "html/test_html.py: Names that try to get out of the page",
        "html/test_html.py: The page has no script to run",
        "html/test_html.py: The plots are there, nothing on the console, no request",
        "html/test_flamegraph.py: Names that try to get out of the picture"),
    ("A HOSTILE TARGET", "It cannot crash or bloat it by its memory or its files"): (
        "gc/test_hostile.py: a liar: {name}",
        "heap/test_allocators.py: a liar",
        "fuzz/fuzz_python_frames.c: LLVMFuzzerTestOneInput",
        "fuzz/fuzz_eh_frame.c: LLVMFuzzerTestOneInput",
        "fuzz/fuzz_elf.c: LLVMFuzzerTestOneInput",
        "fuzz/fuzz_perf_map.c: LLVMFuzzerTestOneInput"),
    ("A HOSTILE TARGET", "It cannot hold it up"): (
        "fault/test_hung.py: another pool runs a program from it",
        "fault/test_hung.py: the pool itself runs from it",
        "fault/test_hung.py: A file that does not answer when it is opened or read"),
    ("A HOSTILE TARGET", "It cannot lead it to another file"): (
        "stacks/test_same_inode.py: Names of one are never told of another",
        "unit/test_unwind_code.c: test_a_map_that_is_a_link_is_not_read"),
    ("A HOSTILE TARGET", "It is not touched"): (
        "pool/test_look_never_touch.py: a thousand samples of one cowtop",
        "pool/test_look_never_touch.py: a recording of five hundred samples"),
    ("A HOSTILE TARGET", "It can lie about itself"): (
        "gc/test_hostile.py: a liar: {name}",
        "cli/test_target.py: Two pools of one name"),
    ("A HOSTILE TARGET", "It can cost time"): (
        "cli/test_output.py: --budget: the interval grows",),
    ("A HOSTILE RECORDING", "It cannot crash or bloat its reader"): (
        "cli/test_replay.py: Cut at any length, or with a byte flipped anywhere",
        "unit/test_recording_hostile.c: test_hostile__huge_counts_are_not_believed",
        "unit/test_recording_hostile.c: test_hostile__every_byte",
        "fuzz/fuzz_replay.c: LLVMFuzzerTestOneInput"),
    ("A HOSTILE RECORDING", "It cannot use a privilege"): (
        "cli/test_privileges.py: A verb that reads a recording has no privilege",
        "cli/test_privileges.py: A verb that reads a recording can open, write and start nothing else"),
    ("A HOSTILE RECORDING", "It cannot write to the terminal or into a page"): (
        "cli/test_replay.py: Hostile names come out clean in every form",
        "cli/test_mark.py: Escapes, newlines, broken UTF-8",
        "html/test_html.py: Names that try to get out of the page"),
    ("A HOSTILE RECORDING", "It can claim anything"): (
        "unit/test_recording_hostile.c: test_hostile__facts_take_anything",),
    ("A HOSTILE LOAD", "It cannot get into the data"): (
        "cli/test_command.py: What the command prints goes to stderr",),
    ("A HOSTILE LOAD", "It cannot outlive the run"): (
        "cli/test_command.py: A command that puts itself into the background is followed and stopped",
        "cli/test_command.py: Workers that ignore SIGTERM are gone all the same",
        "cli/test_command.py: SIGTERM under the load: the load and the pool are stopped",
        "cli/test_privileges.py: COMMAND is ended also when cowtop is killed"),
    ("A HOSTILE LOAD", "It can write to the terminal"): (
        "cli/test_privileges.py: What COMMAND writes on its standard error comes as it is",),
    ("A HOSTILE LOAD", "It cannot get into what a variant adds"): (
        "cli/test_outside.py: What try gives interpreters to load lies in folders",
        "try/test_untouched.py: the environment but for the lists that are added to"),
    ("A HOSTILE SCRAPER", "It is not reached from elsewhere by itself"): (
        "cli/test_outside.py: A port without an address",),
    ("A HOSTILE SCRAPER", "It learns figures and names"): (
        "cli/test_outside.py: A scraper learns no pid, no command line",),
    ("A HOSTILE SCRAPER", "It cannot say anything"): (
        "cli/test_outside.py: What is no GET or HEAD is refused",
        "export/test_export.py: /metrics by Accept and Accept-Encoding"),
    ("A HOSTILE SCRAPER", "No name gets out of its place"): (
        "cli/test_outside.py: A hostile name is one label of the metrics",
        "export/test_figures.py: A name with quotes, newlines and escapes is one label"),
    ("A HOSTILE RECEIVER", "A file for a collector holds whole lines"): (
        "cli/test_privileges.py: What its user may not read or write such a copy does not",
        "cli/test_privileges.py: In a folder where everybody may write nothing goes through",
        "export/test_otlp.py: Series, labels and values are those of Prometheus' text",
        "export/test_otlp.py: A full disk is told once",
        "export/test_otlp.py: What is no file of OTLP stays as it is"),
    ("A HOSTILE RECEIVER", "A server for profiles learns names and counts"): (
        "cli/test_outside.py: stacks --push sends names of functions",),
    ("A HOSTILE RECEIVER", "A server for profiles cannot hold it up"): (
        "stacks/test_push.py: A server that never answers holds nothing up",
        "stacks/test_push.py: Without a server each profile is dropped"),
    ("A HOSTILE RECEIVER", "A hostile name is no word of a command"): (
        "cli/test_outside.py: A hostile name is no word of --on-event's command",),
    ("A HOSTILE SCRAPER", "It cannot make it look"): (
        "export/test_export.py: A scrape takes no sample",),
    ("A HOSTILE SCRAPER", "It cannot bloat or stop it"): (
        "export/test_export.py: Half requests, large headers, a thousand connections",
        "export/test_export.py: Who says nothing is sent away"),
    ("A HOSTILE SCRAPER", "It cannot use a privilege"): (
        "export/test_export.py: The thread that answers has no capability",),
    ("ANOTHER USER", "A link is not followed"): (
        "cli/test_privileges.py: In a folder where everybody may write nothing goes through",),
    ("ANOTHER USER", "A name cannot be taken beforehand"): (
        "cli/test_privileges.py: A file that stands where one is to be made is replaced",),
    ("ANOTHER USER", "Settings of another user stay"): (
        "tui/test_view.py: root does not write into another user's folder",),
}


def read(path):
    with open(f"{ROOT}/{path}", encoding="utf-8") as file:
        return file.read()


def lines_of_page():
    """(section, tag) of each paragraph with a tag."""
    section, found, tag_next = "", [], False
    for line in read("man/cowtop-security.7").splitlines():
        if line.startswith(".SH "):
            section = line[4:]
        elif tag_next:
            found.append((section, re.sub(r"^\.\w+ ", "", line)))
        tag_next = line == ".TP"
    return found


@test
def each_line_has_a_test():
    """Each line of the page has tests, and no others are told of"""
    lines = lines_of_page()
    true("there are some", len(lines) > 20)
    equal("lines", sorted(lines), sorted(HELD_BY))


@test
def each_test_is_there():
    """Each of these tests is there"""
    missing = []
    for tests in HELD_BY.values():
        for one in tests:
            path, _, words = one.partition(": ")
            if not os.path.exists(f"{ROOT}/tests/{path}") or words not in read(f"tests/{path}"):
                missing.append(one)
    equal("missing", missing, [])


@test
def live_view():
    """The live view shows no byte of a name as a terminal would obey it"""
    with SmallPool(1, argv0="\x1b]0;titled\x07\x9b31m\x1b[2J") as pool, Pty(pool.master) as pty:
        seen = pty.until(b"COST")
        pty.send(b"q")
        pty.process.wait(timeout=60)
        seen += pty.read()
        true("the name is there", b"titled" in seen, seen)
        for escape in (b"\x1b]", b"\x07", b"\x9b31m", b"\xc2\x9b", b"\x1b[31m"):
            true(repr(escape), escape not in seen, seen)


main()
