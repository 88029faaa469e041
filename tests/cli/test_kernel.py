#!/usr/bin/python3
"""What this kernel tells about pages: cowtop's trial against a second one, and the same in every place."""
import json
import os
import subprocess
import tempfile

from smallpool import PYTHON, SmallPool
from kernel import kernel_setting
from run import cowtop, NOBODY, readable_binaries, sample
from tap import equal, main, need, need_root, need_to_run, ROOT, Skip, test, true, until

# What the probe does not try.
NOT_PROBED = {"exclusive_flag_hugetlb", "last_owner_reuses"}


def answers(prefix=()):
    """{property: True, False or None} as doctor says it."""
    status, out, err = cowtop("doctor", "--json", prefix=prefix)
    equal("status", (status, err), (0, ""))
    return {row["property"]: row["answer"] for row in json.loads(out)["kernel"]}


def probe(prefix=()):
    with open(f"{ROOT}/tests/lib/kernelprobe.py", encoding="utf-8") as file:
        text = file.read()
    done = subprocess.run([*prefix, PYTHON, "-c", text], capture_output=True, text=True, check=True,
                          stdin=subprocess.DEVNULL)
    return json.loads(done.stdout)


def agree(prefix=()):
    said, wanted = answers(prefix), probe(prefix)
    equal("properties", set(said) - NOT_PROBED, set(wanted))
    for key, answer in wanted.items():
        if answer is not None:
            equal(key, said[key], answer)
    return said


@test
def second_source():
    """Each answer is that of a second trial in another language, as this user"""
    need(PYTHON)
    agree()


@test
def as_a_user():
    """So it is as nobody, and what nobody can try is unknown and not missing"""
    need_root()
    need("setpriv", PYTHON)
    with readable_binaries():
        said = agree(NOBODY)
        equal("frame numbers", said["frame_numbers"], False)
        equal("mapped once", said["exclusive_bit"], True)
        for key in ("exclusive_flag", "exclusive_flag_huge", "exclusive_flag_tail", "exclusive_flag_hugetlb",
                    "zero_page", "map_count", "map_count_each", "last_owner_reuses", "merged_flag"):
            equal(key, said[key], None)


@test
def hugetlb():
    """The last free hugetlb page is left alone; of two one is tried, and none is kept"""
    need_root()
    need("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size")
    with open("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", encoding="ascii") as file:
        size = int(file.read()) // 1024
    folder = f"/sys/kernel/mm/hugepages/hugepages-{size}kB"

    def free():
        with open(f"{folder}/free_hugepages", encoding="ascii") as file:
            return int(file.read())
    for pages in (1, 2):
        with kernel_setting(f"{folder}/nr_hugepages", pages):
            if free() != pages:
                raise Skip("no free hugetlb pages")
            said = answers()
            if not said["frame_numbers"]:
                raise Skip("no frame numbers")
            wanted = said["exclusive_flag"] if pages > 1 else None
            if pages == 1:
                equal("of 1", said["exclusive_flag_hugetlb"], wanted)
            else:  # any other cowtop of this host has one of the two for a moment, as it begins
                until(f"of 2: {wanted}", lambda: answers()["exclusive_flag_hugetlb"] == wanted)
            until("all are given back", lambda: free() == pages)


@test
def in_a_user_namespace():
    """In a user namespace there are no frame numbers, and nothing that rests on them"""
    prefix = ("unshare", "--user", "--map-root-user")
    need_to_run(*prefix)
    said = answers(prefix)
    equal("frame numbers", said["frame_numbers"], False)
    equal("flag", said["exclusive_flag"], None)


@test
def the_same_everywhere():
    """doctor, a sample, its recording, the replay and the report say the same"""
    with SmallPool(1) as pool, tempfile.TemporaryDirectory() as folder:
        said = answers()
        equal("sample", sample(pool.master)["accounting"]["kernel"], said)
        path = os.path.join(folder, "pool.ct")
        status, _, err = cowtop("record", "-n", 2, "-i", "0.1", "-o", path, pool.master)
        equal("recorded", status, 0)
        status, out, err = cowtop("replay", "--json", path)
        equal("replayed", status, 0)
        for line in out.splitlines():
            equal("replay", json.loads(line)["accounting"]["kernel"], said)
        status, out, err = cowtop("report", "--json", path)
        equal("report", json.loads(out)["recording"]["kernel_properties"], said)


@test
def an_old_recording():
    """What was recorded before is not known"""
    status, out, err = cowtop("replay", "--json", f"{ROOT}/tests/recordings/v1.ct")
    equal("status", (status, err), (0, ""))
    lines = out.splitlines()
    true("samples", len(lines) > 100)
    for line in lines:
        found = json.loads(line)["accounting"]
        equal("level", found["level"], "exact")
        true("properties", len(found["kernel"]) >= 15)
        equal("answers", set(found["kernel"].values()), {None})


if __name__ == "__main__":
    main()
