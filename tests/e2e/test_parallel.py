# SPDX-License-Identifier: Apache-2.0
"""Many runs at once on one root, one manifest and one state directory, some of them killed: what
stands there is always whole, old or new, and the next run works."""

import concurrent.futures
import hashlib
import json
import os
import random
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from hostile import seal_words, verify_words
from roots import (AGENT, FINDINGS, PASS, TEMPORARY, UNCHECKED, Image, agent,  # noqa: F401
                   environment, keys, make_file, run, small, temporaries)
from test_kill import check_state, kill_at, open_envelope

AT_ONCE = 8
ROUNDS = 3

# What a verify may tell of a seal that writes at the same time: its temporary files in the image,
# and that the manifest's own two were replaced while they were looked at.
ALLOWED = {("hidden.unexpected", "/usr/lib/goldseal/"), ("coverage.vanished", "/usr/lib/goldseal/"),
           ("coverage.changed-while-read", "/usr/lib/goldseal/"),
           ("coverage.changed-while-read", "/usr/lib/goldseal"),
           ("coverage.vanished", "/usr/lib/goldseal")}


def at_once(commands):
    """Runs all of them at the same time and gives their results in order."""
    with concurrent.futures.ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(run, commands))


@pytest.fixture
def many(small):
    for number in range(800):
        make_file(small.root / f"usr/share/many/{number % 20}/{number}", f"{number}\n" * 50)
    return small


def attest_words(image, *more):
    return [AGENT, "attest", *image.arguments(), "--phase", "image", "--instance-id", "i-test",
            "--no-deliver", "--quiet", *more]


def names(directory):
    return sorted(p.name for p in Path(directory).iterdir())


def test_seals_of_one_root(many, tmp_path):
    """Each has its own place and all say the same of the root."""
    images = [Image(many.root, (many.key, many.pub), tmp_path / f"out{n}") for n in range(AT_ONCE)]
    for result in at_once([seal_words(i, "--quiet") for i in images]):
        result.expect(PASS)
    bodies = {hashlib.sha256((i.out / "manifest.mtree").read_bytes()).digest() for i in images}
    assert len(bodies) == 1
    for result in at_once([verify_words(i) for i in images]):
        assert result.expect(PASS).json["findings"] == []


def test_seals_and_verifies_inside_one_image(many):
    """All write to and read from the image that they measure. A verify reads a pair or says that
    the two files are not one. Of the seals it may see what they are writing, and nothing else;
    when they have ended nothing of it is left."""
    many.out = many.root / "usr/lib/goldseal"
    many.seal("--quiet")
    for _ in range(ROUNDS):
        results = at_once([seal_words(many, "--quiet"), verify_words(many)] * (AT_ONCE // 2))
        for result in results[0::2]:
            assert result.status in (PASS, UNCHECKED), result.err
        assert PASS in {r.status for r in results[0::2]}
        for result in results[1::2]:
            if result.status == UNCHECKED:
                assert "manifest" in result.err, result.err
                continue
            told = {(f["code"], f["path"].replace(TEMPORARY, "/").rpartition("/")[0])
                    for f in result.json["findings"]}
            assert told <= ALLOWED, result.json["findings"]
        assert names(many.out) == ["manifest.json", "manifest.mtree"]
    many.seal("--quiet")
    assert many.verify(status=PASS)["findings"] == []


def test_verify_while_the_manifest_is_renewed(many):
    """The root changes with each seal; a verify says pass, or names that change, or refuses the
    pair. It never names anything else."""
    changing = many.root / "srv/data"
    many.seal("--quiet")
    ended = threading.Event()
    seen = set()

    def renew():
        for number in range(40):
            changing.write_text(f"{number}\n")
            agent(*seal_words(many, "--quiet")[1:])
        ended.set()

    thread = threading.Thread(target=renew)
    thread.start()
    try:
        while not ended.is_set():
            result = agent(*verify_words(many)[1:])
            seen.add(result.status)
            if result.status == UNCHECKED:
                assert "manifest.mtree" in result.err, result.err
                continue
            assert {f["path"] for f in result.json["findings"]} <= {"/srv/data"}
    finally:
        thread.join()
    assert PASS in seen or FINDINGS in seen
    many.seal("--quiet")
    assert many.verify(status=PASS)["findings"] == []


def evidence_of(image):
    return json.loads((image.state / "latest-image.json").read_bytes())


@pytest.mark.parametrize("spooled", (False, True), ids=("latest", "spool"))
def test_attests_on_one_state_directory(small, spooled):
    """One key is made, whoever is first; every report is whole, and none is lost from the spool."""
    small.seal("--quiet")
    if spooled:
        small.configure("[collector]", "url = http://127.0.0.1:9", "attempts = 1", "timeout = 1")
    for number in range(ROUNDS):
        if number == 0:
            shutil.rmtree(small.state, ignore_errors=True)
        for result in at_once([attest_words(small)] * AT_ONCE):
            result.expect(PASS)
        check_state(small)
        assert not [p for p in small.state.rglob("*") if p.name.startswith(TEMPORARY)]
        if spooled:
            waiting = list((small.state / "spool").glob("*.json"))
            assert len(waiting) == AT_ONCE * (number + 1)
            signers = {json.loads(p.read_bytes())["evidence"]["signatures"][0]["keyid"]
                       for p in waiting}
            assert len(signers) == 1, "two keys were made"


def options_of(verb):
    """The ways to run a verb that exist here."""
    known = agent(verb, "--help").expect(PASS).out
    wanted = [(), ("--tier=critical",), ("--deadline=1",), ("--full",)]
    return [list(o) for o in wanted if not o or o[0].partition("=")[0] in known]


@pytest.fixture
def moments():
    seed = int(os.environ.get("GOLDSEAL_SEED") or 1)
    print(f"GOLDSEAL_SEED={seed}")
    return random.Random(seed)


def length_of(words):
    start = time.monotonic()
    run(words)
    return time.monotonic() - start


def test_killed_verifies_leave_nothing(many, moments):
    many.seal("--quiet")
    before = {p: p.lstat().st_mtime_ns for p in [many.root, *many.root.rglob("*")]}
    places = [Path("/tmp"), Path("/var/tmp"), many.out, many.root.parent]
    listed = [set(os.listdir(p)) for p in places]
    killed = 0
    for options in options_of("verify"):
        words = verify_words(many, *options)
        length = length_of(words)
        for _ in range(12):
            killed += kill_at(words, length * moments.uniform(0.1, 0.95))
    assert killed > 10
    assert {p: p.lstat().st_mtime_ns for p in [many.root, *many.root.rglob("*")]} == before
    for place, names_before in zip(places, listed):
        left = [n for n in set(os.listdir(place)) - names_before if n.startswith(TEMPORARY)]
        assert left == []
    assert many.verify(status=PASS)["findings"] == []


def test_killed_attests_with_every_option(many, moments):
    """The state of an earlier run, too, is whole or of no account: a killed run never makes the
    next one overlook a change."""
    many.seal("--quiet")
    agent(*attest_words(many)[1:]).expect(PASS)
    changing = many.root / "usr/share/many/7/7"
    sealed = changing.read_bytes()
    killed = 0
    for options in options_of("attest"):
        words = attest_words(many, *options)
        length = length_of(words)
        for number in range(12):
            changing.write_bytes(sealed if number % 2 else sealed.swapcase().replace(b"7", b"8"))
            killed += kill_at(words, length * moments.uniform(0.3, 1.0))
            check_state(many)
            result = agent(*attest_words(many)[1:])
            result.expect(PASS if number % 2 else FINDINGS)
            check_state(many)
    assert killed > 10
    changing.write_bytes(sealed)
    agent(*attest_words(many)[1:]).expect(PASS)
    assert not [p for p in many.state.rglob("*") if p.name.startswith(TEMPORARY)]


def test_killed_seals_beside_living_ones(many, moments):
    """Four seal into one directory and two of them are killed: the pair there is whole."""
    public = serialization.load_pem_public_key(many.pub.read_bytes())
    many.seal("--quiet")
    words = [str(w) for w in seal_words(many, "--quiet")]
    length = length_of(words)
    for _ in range(15):
        running = [subprocess.Popen(words, env=environment(), stderr=subprocess.DEVNULL)
                   for _ in range(4)]
        for process in running[:2]:
            time.sleep(length * moments.uniform(0.1, 1.2))
            process.kill()
        for process in running:
            process.wait(60)
        open_envelope(many.out / "manifest.json", public)
        shown = [n for n in names(many.out) if not n.startswith(TEMPORARY)]
        assert shown == ["manifest.json", "manifest.mtree"]
        result = agent(*verify_words(many)[1:])
        assert result.status in (PASS, UNCHECKED), result.out
    many.seal("--quiet")
    assert many.verify(status=PASS)["findings"] == []
    assert temporaries(many.out) == []
