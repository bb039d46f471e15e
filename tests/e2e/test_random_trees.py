# SPDX-License-Identifier: Apache-2.0
"""A thousand random trees: what is found is what was changed, no more and no less.

Each tree is sealed, changed at random and verified once. GOLDSEAL_SEED repeats a run, GOLDSEAL_TREE
one tree of it."""

import collections
import multiprocessing
import os
import random
import traceback
from pathlib import Path

from hostile import Mounts
from mutator import Mutator
from oracle import differences, rule_of, snapshot
from roots import Image, agent, keys  # noqa: F401

TREES = 1000
WORKERS = 2
DIFFERS = " differs from the manifest: "
ATTRIBUTES = {"type", "content", "size", "link target", "mode", "owner", "group", "device numbers",
              "capabilities", "ACL", "sealed beginning"}


def check_findings(document, told):
    """Each difference once, as a finding or as one that belongs to it, and nothing else."""
    paths = []
    for finding in document["findings"]:
        paths += [finding["path"], *finding["related"]]
        kind, attributes = told.get(finding["path"], ("nothing", set()))
        assert finding["code"].partition(".")[2] == kind, finding
        if kind == "changed":
            named = finding["title"].rpartition(DIFFERS)[2].split(", ")
            assert set(named) == attributes and len(named) == len(attributes), finding
        assert finding["waived"] is None and "path_raw" not in finding
    assert sorted(paths) == sorted(told), (
        f"made up: {set(paths) - set(told)}, missed: {set(told) - set(paths)}")
    assert document["verdict"] == ("pass" if not told else document["verdict"])
    assert (document["verdict"] == "pass") == (not told)


def seal(image, number):
    agent("seal", "--root", image.root, "--key", image.key, "--out", image.out, "--quiet",
          "--image-name", "random", "--image-version", str(number)).expect(0)


def check_tree(base, keys, seed, number):  # noqa: F811
    """Returns what was seen, to see that all of it was tried."""
    root = base / "root"
    root.mkdir()
    root.chmod(0o755)
    (base / "manifest").mkdir()
    mutator = Mutator(str(root), random.Random(f"{seed}/{number}"))
    mutator.build()
    image = Image(root, keys, base / "manifest")
    before = snapshot(str(root))
    seal(image, number)
    try:
        mutator.mutate()
        after = snapshot(str(root))
        told = differences(before, after)
        document = image.verify()
        check_findings(document, told)
        assert document["coverage"]["entries"] == len(after)
    except Exception:
        return [], f"tree {number}\n" + "\n".join(mutator.log) + "\n" + traceback.format_exc()
    seen = [f"{rule_of(p).name} {kind}" for p, (kind, _) in told.items()]
    seen += [a for _, attributes in told.values() for a in attributes]
    seen += [f"{rule_of(p).name} silent" for p in before.keys() ^ after.keys() if p not in told]
    return seen + ["clean"] * (not told), None


def work(directory, keys, seed, numbers):  # noqa: F811
    """One worker: its trees one after the other, in memory where that is allowed."""
    os.umask(0o022)
    held = Mounts(directory) if os.geteuid() == 0 else None
    base = Path(held.memory("trees") if held else directory)
    seen, failures = collections.Counter(), []
    for number in numbers:
        place = base / str(number)
        place.mkdir()
        more, failure = check_tree(place, keys, seed, number)
        seen.update(more)
        if failure:
            failures.append(failure)
        if len(failures) == 3:
            break
    return seen, failures


def run_all(tmp_path, keys, seed, numbers):  # noqa: F811
    tasks = []
    for worker in range(WORKERS):
        directory = tmp_path / f"worker{worker}"
        directory.mkdir()
        tasks.append((directory, keys, seed, numbers[worker::WORKERS]))
    # Of its own process each, because of the mounts.
    with multiprocessing.get_context("fork").Pool(WORKERS, maxtasksperchild=1) as pool:
        return pool.starmap(work, tasks, chunksize=1)


def test_what_is_found_is_what_was_changed(tmp_path, keys):  # noqa: F811
    seed = int(os.environ.get("GOLDSEAL_SEED") or 1)
    one = os.environ.get("GOLDSEAL_TREE")
    print(f"GOLDSEAL_SEED={seed}")
    seen, failures = collections.Counter(), []
    for more, failed in run_all(tmp_path, keys, seed, [int(one)] if one else list(range(TREES))):
        seen.update(more)
        failures += failed
    print(dict(seen))
    assert not failures, f"GOLDSEAL_SEED={seed}\n" + "\n".join(failures)
    if one:
        return
    expected = {f"{name} {kind}" for name in ("fixed", "mutable", "append", "generated")
                for kind in ("changed", "unexpected")}
    expected |= {f"{name} silent" for name in ("mutable", "append", "generated", "ignored")}
    expected |= {"fixed missing", "ignored changed", "clean", *ATTRIBUTES}
    if os.geteuid() == 0:
        assert expected <= set(seen), f"never tried: {expected - set(seen)}"
    assert seen["clean"] < TREES / 2
