# SPDX-License-Identifier: Apache-2.0
"""kill -9 at any moment: whole files or none under their final names, and the next run succeeds.

Each run is killed after a random part of the time that an undisturbed one takes; the seed is fixed
by GOLDSEAL_SEED, else printed."""

import base64
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from roots import (AGENT, FINDINGS, PASS, TEMPORARY, UNCHECKED, Image, agent,  # noqa: F401
                   environment, keys, make_file, make_small_root, small, temporaries)

KILLS = 120
UUID_JSON = re.compile(r"[0-9a-f-]{36}\.json")


@pytest.fixture
def moments():
    seed = int(os.environ.get("GOLDSEAL_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"GOLDSEAL_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def large(small):
    for number in range(1500):
        make_file(small.root / f"usr/share/many/{number % 40}/{number}", f"{number}\n" * 50)
    return small


def kill_at(words, moment):
    """True when the process was still running and was killed."""
    process = subprocess.Popen([str(w) for w in words], env=environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(moment)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def duration_of(words, prepare=lambda: None):
    """The median of three undisturbed runs, each after `prepare`."""
    taken = []
    for _ in range(3):
        prepare()
        start = time.monotonic()
        subprocess.run([str(w) for w in words], env=environment(), stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        taken.append(time.monotonic() - start)
    return sorted(taken)[1]


def kill_often(words, moments, between, prepare=lambda: None):
    """Kills KILLS runs. `prepare` makes work for each, `between` looks at what it has left."""
    length = duration_of(words, prepare)
    killed = number = 0
    while killed < KILLS and number < 6 * KILLS:
        prepare()
        # Half of them near the end, where the files get their names.
        share = moments.uniform(0, 1) if number % 2 else moments.uniform(0.7, 1.1)
        was_killed = kill_at(words, length * share)
        killed += was_killed
        number += 1
        between(was_killed)
    assert killed >= 100, f"only {killed} of {number} runs were killed"


def open_envelope(path, public):
    """Parses and verifies an envelope with another implementation."""
    envelope = json.loads(path.read_bytes())
    payload = base64.b64decode(envelope["payload"], validate=True)
    kind = envelope["payloadType"].encode()
    signature = base64.b64decode(envelope["signatures"][0]["sig"], validate=True)
    public.verify(signature, b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload),
                  ec.ECDSA(hashes.SHA256()))
    return json.loads(payload)


def test_seal(large, moments):
    public = serialization.load_pem_public_key(large.pub.read_bytes())
    words = [AGENT, "seal", "--root", large.root, "--key", large.key, "--out", large.out, "--quiet"]
    large.seal("--quiet")
    body = large.out / "manifest.mtree"
    bodies = {hashlib.sha256(body.read_bytes()).hexdigest()}
    outcomes = {"old": 0, "new": 0, "refused": 0}
    changing = large.root / "srv/data"
    state = {"content": changing.read_text()}

    def look(was_killed):
        names = {p.name for p in large.out.iterdir() if not p.name.startswith(TEMPORARY)}
        assert names == {"manifest.json", "manifest.mtree"}
        text = body.read_bytes()
        assert text.startswith(b"#mtree v2.0\n") and text.endswith(b"\n")
        assert text.count(b"\n") == lines
        statement = open_envelope(large.out / "manifest.json", public)
        digest = hashlib.sha256(text).hexdigest()
        result = agent("verify", *large.arguments(), "--format", "json")
        if statement["subject"][0]["digest"]["sha256"] != digest:
            # Killed between the two names: refused with the reason, and made good by the next run.
            assert was_killed
            result.expect(UNCHECKED)
            assert "manifest.mtree" in result.err and str(large.out) in result.err
            outcomes["refused"] += 1
        elif result.status == PASS:
            outcomes["new"] += 1
        else:
            findings = result.expect(FINDINGS).json["findings"]
            assert [f["path"] for f in findings] == ["/srv/data"]
            outcomes["old"] += 1
        bodies.add(digest)
        # The next seal has something new to say.
        state["content"] = f"{moments.random()}\n"
        changing.write_text(state["content"])

    lines = body.read_bytes().count(b"\n")
    changing.write_text("first\n")
    kill_often(words, moments, look)
    print(outcomes)
    assert outcomes["old"] > 0 and outcomes["new"] > 0
    large.seal("--quiet")
    assert large.verify(status=PASS)["findings"] == []


def test_seal_inside_the_image(tmp_path, keys, moments):
    """What a killed seal leaves must not be in the image that the next one signs for."""
    image = Image(make_small_root(tmp_path / "root"), keys)
    for number in range(500):
        make_file(image.root / f"usr/share/many/{number}", f"{number}\n")
    image.out.mkdir(parents=True)
    words = [AGENT, "seal", "--root", image.root, "--key", image.key, "--quiet"]
    length = duration_of(words)
    for number in range(300):
        kill_at(words, length * moments.uniform(0.6, 1.05))
        if temporaries(image.out):
            break
    else:
        pytest.fail("no run was killed while it wrote")
    image.seal("--quiet")
    assert image.verify(status=PASS)["findings"] == []
    assert temporaries(image.out) == [], "a dead run's temporary file is sealed into the image"


def check_state(image):
    """Whole, verifiable files under every final name of the state directory."""
    state = image.state
    if not (state / "instance.key").exists():
        assert not list(state.glob("latest-*")) and not list(state.glob("spool/*.json"))
        return
    assert (state / "instance.key").stat().st_mode & 0o777 == 0o600
    key = serialization.load_pem_private_key((state / "instance.key").read_bytes(), None)
    for path in [*state.glob("latest-*.json")]:
        open_envelope(path, key.public_key())
    for path in [*state.glob("spool/*"), *state.glob("delivered/*")]:
        if path.name.startswith(TEMPORARY) or path.name == "broken":
            continue
        content = json.loads(path.read_bytes())
        if path.suffix == ".json":
            assert UUID_JSON.fullmatch(path.name)
            assert set(content) == {"evidence"}
    assert not list(state.glob("spool/broken/*"))


def attest_words(image, *more):
    return [AGENT, "attest", *image.arguments(), "--phase", "image", "--instance-id", "i-test",
            "--quiet", *more]


@pytest.mark.parametrize("spooled", (False, True), ids=("latest", "spool"))
def test_attest(small, moments, spooled):
    small.seal("--quiet")
    if spooled:
        small.configure("[collector]", "url = http://127.0.0.1:9", "attempts = 1", "timeout = 1")
    words = attest_words(small, "--no-deliver")
    count = {"runs": 0}

    def look(was_killed):
        if small.state.exists():
            check_state(small)
        count["runs"] += 1
        if count["runs"] % 10 == 0:
            # Begin again without a key, so that its making is hit, too.
            subprocess.run(["rm", "-rf", small.state], check=True)

    kill_often(words, moments, look)
    agent(*words[1:]).expect(PASS)
    check_state(small)
    assert agent("report", "--config", small.config).expect(PASS).out


def spool_one(image):
    agent(*attest_words(image, "--no-deliver")[1:]).expect(PASS)
    return max(p.stem for p in image.state.glob("spool/*.json"))


def test_deliver(small, moments, collector):
    """Nothing is lost and nothing is taken twice: whatever was spooled is at the collector once."""
    small.seal("--quiet")
    shutil.copy(small.pub, collector.data / "trust.d" / "golden.pem")
    collector.reload()
    small.configure("[collector]", f"url = {collector.url}", f"ca-file = {collector.ca}",
                    "attempts = 2", "timeout = 10")
    words = [AGENT, "deliver", "--config", small.config, "--quiet"]
    spooled = []

    def waiting():
        return {p.stem for p in small.state.glob("spool/*.json")}

    def fill():
        while len(waiting()) < 2:
            spooled.append(spool_one(small))

    kill_often(words, moments, lambda _: check_state(small), fill)
    print(len(spooled), "reports")
    assert len(spooled) > 10, "no killed run had delivered anything"
    agent("deliver", "--config", small.config).expect(PASS)
    assert waiting() == set()
    check_state(small)
    for number in spooled:
        assert collector.get(f"/v1/evidence/{number}").status_code == 200
    assert collector.get("/v1/summary").json()["evidence"] == len(spooled)
    (instance,) = collector.get("/v1/instances").json()["items"]
    assert instance["evidence"] in spooled
    assert collector.get(f"/v1/instances/{instance['uid']}").json()["incidents"] == []
    delivered = {p.stem for p in small.state.glob("delivered/*.json")}
    assert delivered and delivered <= set(spooled)
    assert {p.stem for p in small.state.glob("delivered/*.receipt")} >= delivered
