#!/usr/bin/python3
"""cowtop try as a gate: a suite and a series for each variant, and what it found as the baseline of later looks."""
import json
import os
import xml.etree.ElementTree as ElementTree

from gatepool import copying
from run import cowtop, folder
from tap import equal, main, need_root, test, true


@test
def a_trial():
    """Each variant has its case; the figures of each are there; the document is a baseline, of noise as well"""
    need_root()
    with folder() as place:
        paths = {form: os.path.join(place, form) for form in ("junit", "metrics", "benchmark")}
        words = [word for form, path in paths.items() for word in (f"--{form}", path)]
        summary = os.path.join(place, "summary.md")
        actions = dict(os.environ, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=summary)
        status, out, err = cowtop("try", "--with", "env:COWTOP_GATE=1", "--runs", "2", "-d", "0.4", "-i", "0.1",
                                  "--json", *words, "--", *copying(300), env=actions)
        equal(f"status: {err}", status, 0)
        with open(summary, encoding="utf-8") as file:
            text = file.read()
        order = [text.find(part) for part in ("| Variant |", "### cowtop: passed", "| Result |")]
        true("the summary has the table of variants, then what was judged", -1 not in order and order == sorted(order),
             text)
        root = ElementTree.parse(paths["junit"]).getroot()
        equal("suites", [suite.get("name") for suite in root], ["baseline", "env:COWTOP_GATE=1"])
        for suite in root:
            equal("ran", [case[0].text for case in suite if case.get("name") == "runs"], ["2 of 2 runs"])
        equal("took", [case[0].tag for case in root[1] if case.get("name") == "applied"], ["system-out"])
        with open(paths["metrics"], encoding="utf-8") as file:
            footprints = [line.split()[0] for line in file if line.startswith("cowtop_pool_footprint")]
        equal("a series each", footprints, [f'cowtop_pool_footprint_mebibytes{{pool="{name}"}}'
                                            for name in ("baseline", "env:COWTOP_GATE=1")])
        with open(paths["benchmark"], encoding="utf-8") as file:
            ranges = [row["range"] for row in json.load(file)]
        true("with what runs vary by", all(text.startswith("± ") for text in ranges), ranges)
        document = os.path.join(place, "try.json")
        with open(document, "w", encoding="utf-8") as file:
            file.write(out)
        for more in ((), ("--variant", "env:COWTOP_GATE=1")):
            status, _, err = cowtop("--baseline", document, *more, "--", *copying(300))
            equal(f"the same: {err}", status, 0)
        status, _, err = cowtop("--baseline", document, "--", *copying(2000))
        equal(f"more: {err}", status, 3)
        true("noise is said", ", noise " in err, err)
        status, _, err = cowtop("try", "--with", "env:COWTOP_GATE=1", "--runs", "2", "-d", "0.4", "-i", "0.1",
                                "--baseline", document, "--junit", paths["junit"], "--", *copying(2000))
        equal(f"a trial of what is worse: {err}", status, 3)
        root = ElementTree.parse(paths["junit"]).getroot()
        failed = [(suite.get("name"), case.get("name")) for suite in root for case in suite
                  if case[0].tag == "failure"]
        # of two runs a side one that is odd makes much of a figure noise
        true("named", {name for _, name in failed} & {"baseline: private_bytes", "baseline: footprint_bytes"}, failed)
        equal("the command as it is, and no variant", {name for name, _ in failed}, {"baseline"})


if __name__ == "__main__":
    main()
