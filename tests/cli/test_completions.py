#!/usr/bin/python3
"""The completions, asked as the shells ask them; the manual as man shows it."""
import os
import pty
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import add_test, equal, main, need, PATIENCE, ROOT, test, true, until

VERBS = {"pools", "record", "mark", "replay", "report", "diff", "why", "try", "export", "doctor"}
FOLDER = os.path.join(ROOT, "completions")


def run(*command, text="", **more):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=PATIENCE, **more)
    return done.returncode, done.stdout, done.stderr


def bash(*words, **more):
    """What bash offers for the last of the words."""
    script = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_cowtop
printf '%s\\n' "${COMPREPLY[@]}"
"""
    status, out, err = run("bash", "--norc", "-c", script, "bash", f"{FOLDER}/cowtop.bash", *words, **more)
    equal("bash", (status, err), (0, ""))
    return out.split()


@test
def bash_offers():
    """bash: verbs, options and running processes"""
    need("bash")
    first = bash("cowtop", "")
    true("verbs", VERBS <= set(first), first)
    true("this process's pid", str(os.getpid()) in first)
    equal("verb", bash("cowtop", "doc"), ["doctor"])
    equal("option", bash("cowtop", "--inter"), ["--interval"])
    equal("options of a verb", sorted(bash("cowtop", "doctor", "--")), ["--help", "--json", "--version"])
    equal("no target for pools", bash("cowtop", "pools", ""), [])
    equal("no verb in the middle", bash("cowtop", "--json", "doct"), [])
    equal("scopes of a rule", bash("cowtop", "--fail-if", "wor"), ["worker."])
    equal("options of report", sorted(bash("cowtop", "report", "--")),
          ["--begin", "--end", "--help", "--html", "--json", "--map-at", "--perfetto", "--utc", "--version"])
    options = bash("cowtop", "record", "--")
    true("options of record", {"--output", "--rotate", "--keep", "--fixed"} <= set(options), options)
    true("and none that it has not", not {"--json", "--csv"} & set(options), options)
    equal("options of replay", sorted(bash("cowtop", "replay", "--")),
          ["--baseline", "--begin", "--benchmark", "--count", "--csv", "--end", "--fail-if", "--help", "--interval",
           "--json", "--junit", "--list-keys", "--markdown", "--metrics", "--no-color", "--no-mouse", "--tolerance",
           "--utc", "--variant", "--version"])
    files = {"--junit", "--markdown", "--metrics", "--benchmark"}
    equal("of diff files and no baseline", set(bash("cowtop", "diff", "--")) & (files | {"--baseline"}), files)
    equal("options of mark", sorted(bash("cowtop", "mark", "--")), ["--help", "--version"])
    equal("options of why", sorted(bash("cowtop", "why", "--")),
          ["--budget", "--help", "--json", "--pid", "--version", "--wait", "--watch"])
    equal("options of try", sorted(bash("cowtop", "try", "--")),
          ["--baseline", "--benchmark", "--duration", "--help", "--html", "--interval", "--json", "--junit", "--load",
           "--log", "--markdown", "--metrics", "--output", "--ready", "--requests", "--runs", "--stacks", "--tolerance",
           "--variant", "--version", "--wait", "--with"])
    equal("variants", bash("cowtop", "try", "--with", "gc.f"), ["gc.freeze"])
    equal("no target for try", bash("cowtop", "try", ""), [])
    equal("scope of diff", bash("cowtop", "diff", "--fail-if", "d"), ["diff."])
    equal("no command behind -- of a verb that starts none", bash("cowtop", "diff", "--", "setpri"), [])


@test
def zsh_loads():
    """zsh: compinit takes the file and binds it to cowtop"""
    need("zsh")
    with tempfile.TemporaryDirectory() as home:
        script = ("fpath=($1 $fpath); autoload -Uz compinit; compinit -u -d $2/dump; "
                  "print -r -- $_comps[cowtop]; autoload +X _cowtop && print loaded")
        status, out, err = run("zsh", "-f", "-c", script, "zsh", FOLDER, home,
                               env=dict(os.environ, HOME=home))
        equal("zsh", (status, out.split(), err), (0, ["_cowtop", "loaded"], ""))


def fish(line, **more):
    with tempfile.TemporaryDirectory() as home:
        script = f'source $argv[1]; complete -C "{line}"'
        status, out, err = run("fish", "--no-config", "-c", script, f"{FOLDER}/cowtop.fish",
                               env=dict(os.environ, HOME=home, XDG_CONFIG_HOME=home,
                                        XDG_DATA_HOME=home), **more)
        equal("fish", (status, err), (0, ""))
        return {row.split("\t")[0] for row in out.splitlines()}


@test
def fish_offers():
    """fish: verbs, options and running processes"""
    need("fish")
    true("verbs", VERBS <= fish("cowtop "))
    true("this process's pid", str(os.getpid()) in fish("cowtop "))
    equal("option", {o for o in fish("cowtop --inter") if o.startswith("-")}, {"--interval"})
    true("options of a verb", "--interval" in fish("cowtop pools --") and "--interval" not in fish("cowtop doctor --"))
    for verb in ("record", "mark", "export"):
        true(f"{verb} has no --json", "--json" not in fish(f"cowtop {verb} --"))


def zsh(line, **more):
    """What zsh offers for the last word of a line, typed into a terminal."""
    script = f"""
PS1=; fpath=({FOLDER} $fpath); autoload -Uz compinit; compinit -u -D; setopt no_auto_menu no_beep
compadd() {{ local -a found; builtin compadd -O found "$@"; print -rl -- $found >>$HOME/offered; builtin compadd "$@" }}
finished() {{ print >$HOME/finished }}
zle -N finished; bindkey '^I' complete-word '^Xf' finished; print ready >$HOME/ready
"""
    with tempfile.TemporaryDirectory() as home:
        terminal, end = pty.openpty()
        environment = dict(os.environ, HOME=home, ZDOTDIR=home, TERM="dumb", LC_ALL="C.UTF-8")
        with open(f"{home}/.zshrc", "w", encoding="utf-8") as file:
            file.write(script)
        with subprocess.Popen(["zsh", "-i", "-d"], stdin=end, stdout=end, stderr=end, env=environment,
                              start_new_session=True, **more) as shell:
            reader = threading.Thread(target=drain, args=(terminal,), daemon=True)
            reader.start()
            try:
                until("zsh is ready", lambda: os.path.exists(f"{home}/ready"))
                os.write(terminal, f"{line}\t\x18f".encode())
                until("zsh has completed", lambda: os.path.exists(f"{home}/finished"))
            finally:
                shell.kill()
        os.close(end)
        reader.join()
        os.close(terminal)
        with open(f"{home}/offered", "a+", encoding="utf-8") as file:
            file.seek(0)
            return set(file.read().split("\n")) - {""}


def drain(terminal):
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        pass


def same_in(shell, offers):
    def run_it():
        need(shell)
        true("the first word is a verb, help or version", VERBS | {"help", "version"} <= offers("cowtop "))
        true("help", "help" in offers("cowtop hel"))
        equal("help VERB", offers("cowtop help "), VERBS | {"stacks"})
        equal("a part of it", offers("cowtop help rep"), {"replay", "report"})
        equal("and no more", offers("cowtop help report "), set())
        for start in ("cowtop -- ", "cowtop -i 1 -- ", "cowtop record -o a.ct -- ", "cowtop stacks -- ",
                      "cowtop try --with gc.freeze -- "):
            found = offers(start + "setpri")
            true(f"{start}: a command", "setpriv" in found, found)
        found = offers("cowtop try --with ")
        true("variants", {"all", "gc.freeze", "malloc=jemalloc", "thp=never", "gc.threshold=", "env:"} <= found, found)
        with tempfile.TemporaryDirectory() as place:
            os.makedirs(f"{place}/folder")
            for name in ("a.ct", "a.txt", "b"):
                with open(f"{place}/{name}", "w", encoding="utf-8"):
                    pass
            for verb in ("report", "replay", "diff", "mark"):
                found = {word.rstrip("/") for word in offers(f"cowtop {verb} ", cwd=place)}
                equal(f"{verb}: recordings and folders", found, {"a.ct", "folder"})
            os.unlink(f"{place}/a.ct")
            found = {word.rstrip("/") for word in offers("cowtop report ", cwd=place)}
            equal("no recording", found, {"folder"})
    add_test(f"{shell}: help and its verbs, commands behind --, recordings and folders", run_it)


same_in("bash", lambda line, **more: set(bash(*line.split(" "), **more)))
same_in("zsh", zsh)
same_in("fish", fish)


@test
def manual():
    """man formats every page without a warning, and no page is empty"""
    need("man")
    folder = os.path.join(ROOT, "man")
    pages = sorted(os.listdir(folder))
    true("there is one for each verb", {"cowtop.1", *(f"cowtop-{v}.1" for v in VERBS)} <= set(pages))
    for page in pages:
        status, out, err = run("man", "--warnings", "-l", os.path.join(folder, page),
                               env=dict(os.environ, MANWIDTH="80", LC_ALL="C.UTF-8"))
        equal(page, (status, err), (0, ""))
        command = ("SYNOPSIS", "OPTIONS", "EXIT STATUS") if page.endswith(".1") else ()
        for section in ("NAME", "DESCRIPTION", *command, "SEE ALSO"):
            true(f"{page} has {section}", f"\n{section}\n" in out)


if __name__ == "__main__":
    main()
