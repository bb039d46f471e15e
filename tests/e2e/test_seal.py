# SPDX-License-Identifier: Apache-2.0
"""Seal: what the manifest says, the same twice, inside the image, and when it is refused."""

import base64
import hashlib
import json
import os
import re
import subprocess
import time

import pytest
from roots import (AGENT, EPOCH, FINDINGS, MANIFEST, PASS, UNCHECKED, Image, agent,  # noqa: F401
                   environment, full, full_original, keys, make_file, make_key, make_small_root,
                   needs_root, nobody, sealed, small, temporaries)

MEMBERS = {"schema", "image", "built_at", "expires_at", "tool", "entries", "bytes", "fixed",
           "policy", "xattrs", "append"}
KEYWORDS = "type mode uid gid size link device sha256digest ignore optional".split()


def words(line):
    path, *rest = line.decode("ascii").split(" ")
    return path, dict((w.split("=", 1) + [""])[:2] for w in rest)


def test_envelope_and_statement(sealed):
    raw = (sealed.out / "manifest.json").read_bytes()
    assert raw.count(b"\n") == raw.endswith(b"\n")
    envelope = sealed.envelope
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    assert len(envelope["signatures"]) == 1
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", sealed.pub, "-outform", "DER"],
                         check=True, stdout=subprocess.PIPE).stdout
    assert envelope["signatures"][0]["keyid"] == hashlib.sha256(der).hexdigest()
    statement = json.loads(sealed.payload)
    assert set(statement) == {"_type", "subject", "predicateType", "predicate"}
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "urn:goldseal:manifest:1"
    body = (sealed.out / "manifest.mtree").read_bytes()
    assert statement["subject"] == [
        {"name": "manifest.mtree", "digest": {"sha256": hashlib.sha256(body).hexdigest()}}]


def test_predicate(sealed):
    predicate = sealed.predicate
    assert set(predicate) == MEMBERS
    assert predicate["schema"] == 1
    assert predicate["image"]["name"] == "small"
    assert predicate["image"]["version"] == "7"
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                        predicate["image"]["serial"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", predicate["built_at"])
    assert predicate["expires_at"] is None
    assert predicate["tool"]["name"] == "goldseal"
    assert predicate["entries"] == len(sealed.lines) - 1
    assert "ignored /proc" in predicate["policy"]


def test_fixed_digest(full):
    """Recomputed from docs/formats.md alone; the default policy's other classes match nothing here
    but the ignored directories and the manifest's own lines."""
    digest, entries = hashlib.sha256(), 0
    xattrs = full.predicate["xattrs"]
    for line in full.lines[1:]:
        path, attributes = words(line)
        if "ignore" in attributes or "mode" not in attributes and "link" not in attributes:
            continue
        extra = "".join(f" xattr.{n}={v}" for n, v in xattrs.get(path, {}).items())
        digest.update(line + extra.encode() + b"\n")
        entries += 1
    assert full.predicate["fixed"] == {"entries": entries, "sha256": digest.hexdigest()}


def test_body_lines(full):
    assert full.lines[0] == b"#mtree v2.0"
    paths = []
    for line in full.lines[1:]:
        path, attributes = words(line)
        paths.append(path)
        assert path == "." or path.startswith("./")
        order = [KEYWORDS.index(k) for k in attributes]
        assert order == sorted(order)
        own = path.startswith(f"./{MANIFEST}")
        assert own or ("mode" in attributes) == (attributes["type"] != "link")
        assert own or re.fullmatch(r"[0-7]{4,5}", attributes.get("mode", "0755"))
    assert paths == sorted(paths, key=lambda p: p.encode())
    for keyword in ("ignore", "optional"):
        assert any(keyword in words(line)[1] for line in full.lines[1:])


def test_entries_are_those_of_the_root(full):
    """Against a walk of Python's own."""
    expected = {"."}
    for directory, names, files in os.walk(os.fsencode(full.root)):
        relative = os.path.relpath(directory, os.fsencode(full.root))
        for name in names + files:
            expected.add("./" + os.path.normpath(os.path.join(relative, name)).decode())
    found = {words(line)[0] for line in full.lines[1:]}
    assert {p for p in found if not p.startswith(f"./{MANIFEST}")} == expected


def test_content_digests(sealed):
    for line in sealed.lines[1:]:
        path, attributes = words(line)
        if "sha256digest" not in attributes:
            continue
        content = (sealed.root / path).read_bytes()
        assert attributes["sha256digest"] == hashlib.sha256(content).hexdigest()
        assert int(attributes["size"]) == len(content)


@needs_root
def test_special_entries(full):
    by_path = dict(words(line) for line in full.lines[1:])
    assert by_path["./srv/null"]["type"] == "char"
    assert by_path["./srv/null"]["device"] == "linux,1,3"
    assert by_path["./srv/loop"]["device"] == "linux,7,3"
    assert by_path["./srv/fifo"]["type"] == "fifo"
    assert by_path["./srv/socket"]["type"] == "socket"
    assert (by_path["./srv/data"]["uid"], by_path["./srv/data"]["gid"]) == ("1234", "5678")
    xattrs = full.predicate["xattrs"]
    assert set(xattrs) == {"./usr/bin/assist", "./etc/hosts", "./srv/empty"}
    value = os.getxattr(full.root / "usr/bin/assist", "security.capability")
    assert base64.b64decode(xattrs["./usr/bin/assist"]["security.capability"]) == value
    assert set(xattrs["./etc/hosts"]) == {"system.posix_acl_access"}
    assert set(xattrs["./srv/empty"]) == {"system.posix_acl_default"}


def seal_to(image, out, *arguments, **env):
    out.mkdir(exist_ok=True)
    image = Image(image.root, (image.key, image.pub), out)
    image.seal("--quiet", *arguments, env=environment(**env))
    return image


def test_reproducible_with_ed25519(small, tmp_path):
    pair = make_key(tmp_path, "ed", "ed25519")
    image = Image(small.root, pair, small.out)
    first = seal_to(image, tmp_path / "a", SOURCE_DATE_EPOCH=EPOCH)
    time.sleep(1.1)
    second = seal_to(image, tmp_path / "b", SOURCE_DATE_EPOCH=EPOCH)
    for name in ("manifest.json", "manifest.mtree"):
        assert (first.out / name).read_bytes() == (second.out / name).read_bytes()
    assert first.predicate["built_at"] == "2023-11-14T22:13:20Z"
    assert first.verify(status=PASS)["findings"] == []


def test_reproducible_payload_with_p256(small, tmp_path):
    first = seal_to(small, tmp_path / "a", SOURCE_DATE_EPOCH=EPOCH)
    second = seal_to(small, tmp_path / "b", SOURCE_DATE_EPOCH=EPOCH)
    assert first.payload == second.payload
    assert first.envelope["signatures"] != second.envelope["signatures"]


def test_serials_differ_without_a_date(small, tmp_path):
    first, second = seal_to(small, tmp_path / "a"), seal_to(small, tmp_path / "b")
    assert first.predicate["image"]["serial"] != second.predicate["image"]["serial"]


def test_parallel_seals_and_verifies(small, tmp_path):
    started = []
    for number in range(2):
        out = tmp_path / f"out{number}"
        out.mkdir()
        started.append(subprocess.Popen(
            [AGENT, "seal", "--root", small.root, "--key", small.key, "--out", out, "--quiet"],
            env=environment(SOURCE_DATE_EPOCH=EPOCH)))
    assert [p.wait(60) for p in started] == [PASS, PASS]
    images = [Image(small.root, (small.key, small.pub), tmp_path / f"out{n}") for n in range(2)]
    assert images[0].payload == images[1].payload
    started = [subprocess.Popen([AGENT, "verify", *i.arguments(), "--quiet"], env=environment())
               for i in images]
    assert [p.wait(60) for p in started] == [PASS, PASS]


def test_parallel_seals_to_one_directory(small):
    """Whichever wins, both files are whole; a mixed pair is refused, never half-read."""
    command = [AGENT, "seal", "--root", small.root, "--key", small.key, "--out", small.out,
               "--quiet"]
    started = [subprocess.Popen(command, env=environment()) for _ in range(4)]
    assert [p.wait(60) for p in started] == [PASS] * 4
    assert small.verify(status=PASS)["findings"] == []
    assert temporaries(small.out) == []


def test_inside_the_image(tmp_path, keys):
    image = Image(make_small_root(tmp_path / "root"), keys)
    agent("seal", "--root", image.root, "--key", image.key, "--quiet").expect(PASS)
    assert image.verify(status=PASS)["findings"] == []
    assert image.predicate["entries"] == len(image.lines) - 1
    before = (image.out / "manifest.mtree").read_bytes()
    agent("seal", "--root", image.root, "--key", image.key, "--quiet").expect(PASS)
    assert (image.out / "manifest.mtree").read_bytes() == before, "sealing must not change the root"
    own = [line for line in image.lines if b"goldseal/manifest" in line]
    assert own == [b"./usr/lib/goldseal/manifest.json type=file optional",
                   b"./usr/lib/goldseal/manifest.mtree type=file optional"]


@pytest.mark.parametrize("spelling", ("root", "root/", "./root//", "link", "link/"))
def test_spellings_of_the_root(tmp_path, keys, spelling):
    make_small_root(tmp_path / "root")
    (tmp_path / "link").symlink_to("root")
    agent("seal", "--root", spelling, "--key", keys[0], "--quiet", cwd=tmp_path).expect(PASS)
    agent("verify", "--root", spelling, "--trust", keys[1], "--quiet", cwd=tmp_path).expect(PASS)
    assert Image(tmp_path / "root", keys).verify(status=PASS)["findings"] == []


def test_another_place_inside_the_image(tmp_path, keys):
    image = Image(make_small_root(tmp_path / "root"), keys, tmp_path / "root/opt/seal")
    image.seal("--quiet")
    assert image.verify(status=PASS)["findings"] == []
    make_file(image.out / "more", "x")
    assert len(image.verify(status=FINDINGS)["findings"]) == 1


def test_the_root_itself_as_the_place(tmp_path, keys):
    image = Image(make_small_root(tmp_path / "root"), keys, tmp_path / "root")
    image.seal("--quiet")
    assert image.verify(status=PASS)["findings"] == []


@pytest.mark.parametrize("option, value, said", (
    ("--expires", "2020-01-01", "before the image is built"),
    ("--expires", "soon", "YYYY-MM-DD"),
    ("--image-name", os.fsdecode(b"web\xff"), "UTF-8"),
    ("--image-version", "", "not empty"),
))
def test_options_that_cannot_be_meant(small, option, value, said):
    result = small.seal(option, value, status=2)
    assert said in result.err
    assert not (small.out / "manifest.json").exists()


@pytest.mark.parametrize("how", ("cp", "tar"))
def test_image_travels(tmp_path, keys, how):
    image = Image(make_small_root(tmp_path / "root"), keys)
    image.seal("--quiet")
    moved = tmp_path / "moved"
    if how == "cp":
        subprocess.run(["cp", "-a", image.root, moved], check=True)
    else:
        tar = tmp_path / "image.tar"
        flags = ["--xattrs", "--xattrs-include=*", "--acls", "--numeric-owner"]
        subprocess.run(["tar", *flags, "-C", image.root, "-cf", tar, "."], check=True)
        moved.mkdir()
        subprocess.run(["tar", *flags, "-p", "-C", moved, "-xf", tar], check=True)
    assert Image(moved, keys).verify(status=PASS)["findings"] == []
    make_file(moved / MANIFEST / "extra", "x")
    assert len(Image(moved, keys).verify(status=FINDINGS)["findings"]) == 1


def test_manifest_is_moved_in_later(small):
    """Sealed from outside, then installed where the agent looks for it."""
    small.seal("--quiet")
    inside = small.root / MANIFEST
    inside.mkdir(mode=0o755)
    for name in ("manifest.json", "manifest.mtree"):
        (small.out / name).rename(inside / name)
    image = Image(small.root, (small.key, small.pub))
    assert image.verify(status=PASS)["findings"] == []


def test_the_manifests_place_hides_nothing(small):
    small.seal("--quiet")
    inside = small.root / MANIFEST
    make_file(inside / "manifest.json.sh", "#!/bin/sh\n", 0o755)
    assert len(small.verify(status=FINDINGS)["findings"]) == 1
    (inside / "manifest.json.sh").unlink()
    (inside / "manifest.json").mkdir()
    assert len(small.verify(status=FINDINGS)["findings"]) == 1


def test_options_name_the_image(small):
    small.seal("--image-name", "web", "--image-version", "2026.11", "--expires", "30")
    predicate = small.predicate
    assert (predicate["image"]["name"], predicate["image"]["version"]) == ("web", "2026.11")
    assert predicate["expires_at"] > predicate["built_at"]
    small.seal("--expires", "2031-01-02")
    assert small.predicate["expires_at"] == "2031-01-02T00:00:00Z"


def test_json_of_seal(small):
    document = small.seal("--format", "json").json
    assert set(document) == {"verdict", "findings", "coverage", "timing", "manifest"}
    manifest = document["manifest"]
    raw = (small.out / "manifest.json").read_bytes()
    assert manifest["sha256"] == hashlib.sha256(raw).hexdigest()
    assert manifest["directory"] == str(small.out)
    assert manifest["entries"] == small.predicate["entries"]


def test_instance_key_is_refused(small):
    """Though /var/lib/goldseal is ignored, every instance would share that key."""
    make_file(small.root / "var/lib/goldseal/instance.key", "secret\n", 0o600)
    result = small.seal("--format", "json", status=FINDINGS)
    assert [f["code"] for f in result.json["findings"]] == ["keys.instance-key"]
    assert result.json["manifest"] is None
    assert list(small.out.iterdir()) == [], "no manifest for a refused image"


def test_baked_in_host_key_is_told(small):
    make_file(small.root / "etc/ssh/ssh_host_ed25519_key", "secret\n", 0o600)
    result = small.seal("--format", "json", status=PASS)
    assert [f["code"] for f in result.json["findings"]] == ["generated.baked-in"]


@needs_root
def test_unreadable_is_not_sealed(nobody):
    """What the agent cannot read it must not sign for."""
    image = nobody.image
    (image.root / "srv/data").chmod(0)
    result = nobody.agent("seal", "--root", image.root, "--key", image.key, "--out", image.out)
    result.expect(UNCHECKED)
    assert "coverage.unreadable" in result.out and "/srv/data" in result.out
    assert "not sealed" in result.err
    assert list(image.out.iterdir()) == []
