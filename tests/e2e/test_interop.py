# SPDX-License-Identifier: Apache-2.0
"""Other people's tools read our manifests and verify our signatures; none knows goldseal."""

import base64
import hashlib
import json
import os
import subprocess

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from roots import (ODD_NAMES, PASS, SOURCE, Image, agent, full, full_original, keys,  # noqa: F401
                   make_file, make_key, make_odd_names, make_small_root, needs_root, sealed, small)
from securesystemslib import exceptions
from securesystemslib.signer import Signature, SSlibKey

PAYLOAD_TYPE = b"application/vnd.in-toto+json"


def mtree(image):
    """What NetBSD's mtree finds; its exit status alone would not tell of extra files."""
    done = subprocess.run(["mtree", "-p", image.root, "-f", image.out / "manifest.mtree"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def test_mtree_on_a_clean_root(full):
    assert mtree(full) == ""


@pytest.mark.parametrize("change, word", [
    (lambda r: (r / "srv/data").write_text("DATA\n"), "srv/data"),
    (lambda r: (r / "usr/bin/tool").chmod(0o4755), "usr/bin/tool"),
    (lambda r: (r / "usr/bin/tool").unlink(), "usr/bin/tool"),
    (lambda r: make_file(r / "srv/extra", "x"), "srv/extra"),
    (lambda r: ((r / "bin").unlink(), (r / "bin").symlink_to("srv")), "bin"),
], ids=("content", "mode", "missing", "extra", "link"))
def test_mtree_on_a_changed_root(sealed, change, word):
    change(sealed.root)
    assert word in mtree(sealed)


def test_mtree_leaves_out_what_is_ignored(sealed):
    make_file(sealed.root / "run/x", "x")
    assert mtree(sealed) == ""


def test_mtree_reads_odd_names(small):
    make_odd_names(small.root / "srv/odd")
    small.seal("--quiet")
    # mtree compares a name that is a pattern as one; it must still find nothing wrong.
    assert mtree(small) == ""
    (small.root / "srv/odd/in the middle").write_text("other")
    assert "middle" in mtree(small)


def bsdtar_list(image):
    done = subprocess.run(["bsdtar", "-tf", image.out / "manifest.mtree"], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=image.root,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}, timeout=60)
    assert done.stderr == b""
    return done.stdout.splitlines()


def test_bsdtar_lists_every_entry(full, tmp_path):
    """All types but sockets, a word of mtree(5) that libarchive does not know."""
    full.out = tmp_path / "manifest"
    full.out.mkdir()
    if (full.root / "srv/socket").exists():
        (full.root / "srv/socket").unlink()
    full.seal("--quiet")
    assert len(bsdtar_list(full)) == full.predicate["entries"]


def test_bsdtar_lists_odd_names(small):
    make_odd_names(small.root / "srv/odd")
    small.seal("--quiet")
    listed = bsdtar_list(small)
    assert len(listed) == small.predicate["entries"]
    assert b"./srv/odd/in the middle" in listed


def test_sorted_bytewise(small):
    make_odd_names(small.root / "srv/odd")
    for name in ("a", "a-b", "a/b", "a.b", "A", "a0", "a_", "a+"):
        path = small.root / "srv/sort" / name
        path.mkdir(parents=True, exist_ok=True)
    small.seal("--quiet")
    body = b"\n".join(small.lines[1:]) + b"\n"
    subprocess.run(["sort", "-c"], input=body, check=True, env={**os.environ, "LC_ALL": "C"})
    paths = [line.split(b" ")[0] for line in small.lines[1:]]
    assert paths.index(b"./srv/sort/a-b") < paths.index(b"./srv/sort/a/b")


def unescape(path):
    out, i = bytearray(), 0
    while i < len(path):
        if path[i:i + 1] == b"\\":
            out.append(int(path[i + 1:i + 4], 8))
            i += 4
        else:
            out.append(path[i])
            i += 1
    return bytes(out)


def test_odd_names_survive(small):
    make_odd_names(small.root / "srv/odd")
    small.seal("--quiet")
    body = (small.out / "manifest.mtree").read_bytes()
    assert all(b in b"\n" or 0x20 <= b < 0x7f for b in body), "the body is printable ASCII"
    fields = [line.split(b" ") for line in small.lines[1:]]
    found = {unescape(f[0]): f for f in fields}
    for number, name in enumerate(ODD_NAMES):
        digest = hashlib.sha256(b"%d\n" % number).hexdigest().encode()
        assert b"sha256digest=" + digest in found[b"./srv/odd/" + name]
    link = found[b"./srv/odd/odd link \\"]
    assert unescape(link[-1]) == b"link=target with\nnewline \xff"
    assert small.verify(status=PASS)["findings"] == []


@needs_root
def test_odd_names_keep_their_xattrs(small):
    make_odd_names(small.root / "srv/odd")
    path = small.root / "srv/odd/new\nline"
    subprocess.run(["setcap", "cap_net_raw+ep", path], check=True)
    small.seal("--quiet")
    assert "./srv/odd/new\\012line" in small.predicate["xattrs"]
    assert small.verify(status=PASS)["findings"] == []
    subprocess.run(["setcap", "-r", path], check=True)
    assert len(small.verify()["findings"]) == 1


OTHERS = {"p256": "pkeyutl", "ed25519": "dgst"}


def commands_of_the_page(algorithm):
    """The manifest's part of docs/verify-by-hand.md, less the other algorithm's command."""
    page = (SOURCE / "docs/verify-by-hand.md").read_text()
    part = page[page.index("## A manifest"):page.index("## Evidence")]
    lines = [line.strip() for line in part.split("\n") if line.startswith("    ")]
    assert len(lines) == 7, "a command came or went: look at this test again"
    return [line for line in lines if OTHERS[algorithm] not in line]


@pytest.mark.parametrize("algorithm", OTHERS)
def test_the_page_on_checking_by_hand(tmp_path, algorithm):
    image = Image(make_small_root(tmp_path / "root"), make_key(tmp_path, "k", algorithm),
                  tmp_path / "manifest")
    image.out.mkdir()
    image.seal("--quiet")
    (image.out / "release.pub").write_bytes(image.pub.read_bytes())
    script = "\n".join(commands_of_the_page(algorithm)).replace("/mnt/image", str(image.root))
    done = subprocess.run(["sh", "-ec", script], cwd=image.out, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stdout
    told = done.stdout.strip().split("\n")
    assert told[0] in ("Verified OK", "Signature Verified Successfully")
    assert told[1:] == ["manifest.mtree: OK"], "and nothing from mtree"
    (image.root / "usr/bin/tool").write_text("changed")
    envelope = json.loads((image.out / "manifest.json").read_bytes())
    payload = bytearray(base64.b64decode(envelope["payload"]))
    payload[-2:-1] = b" "
    envelope["payload"] = base64.b64encode(payload).decode()
    (image.out / "manifest.json").write_text(json.dumps(envelope))
    done = subprocess.run(["sh", "-ec", script], cwd=image.out, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0, "a changed payload must not verify"


def pae(payload):
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE, len(payload), payload)


def test_securesystemslib_verifies(sealed):
    """Debian 12's release has the keys of TUF and in-toto, but not the envelope itself."""
    signature = sealed.envelope["signatures"][0]
    key = SSlibKey(signature["keyid"], "ecdsa", "ecdsa-sha2-nistp256",
                   {"public": sealed.pub.read_text()})
    raw = base64.b64decode(signature["sig"], validate=True)
    key.verify_signature(Signature(signature["keyid"], raw.hex()), pae(sealed.payload))
    with pytest.raises((exceptions.UnverifiedSignatureError, exceptions.VerificationError)):
        key.verify_signature(Signature(signature["keyid"], raw.hex()), pae(sealed.payload + b" "))


@pytest.mark.parametrize("algorithm", OTHERS)
def test_cryptography_verifies(tmp_path, algorithm):
    image = Image(make_small_root(tmp_path / "root"), make_key(tmp_path, "k", algorithm),
                  tmp_path / "manifest")
    image.out.mkdir()
    image.seal("--quiet")
    key = serialization.load_pem_public_key(image.pub.read_bytes())
    more = [ec.ECDSA(hashes.SHA256())] if algorithm == "p256" else []
    assert isinstance(key, ec.EllipticCurvePublicKey if more else ed25519.Ed25519PublicKey)
    signature = base64.b64decode(image.envelope["signatures"][0]["sig"], validate=True)
    key.verify(signature, pae(image.payload), *more)
    with pytest.raises(InvalidSignature):
        key.verify(signature, pae(image.payload + b" "), *more)


@pytest.mark.parametrize("url_safe", (False, True), ids=("standard", "url-safe"))
def test_a_manifest_signed_elsewhere_is_accepted(sealed, url_safe):
    """The other way round: an envelope that another implementation writes, in the order and with
    the unknown members that DSSE lets it have."""
    key = serialization.load_pem_private_key(sealed.key.read_bytes(), None)
    signature = key.sign(pae(sealed.payload), ec.ECDSA(hashes.SHA256()))
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    envelope = {"signatures": [{"sig": encode(signature).decode(), "extra": 1}], "more": {},
                "payloadType": PAYLOAD_TYPE.decode(), "payload": encode(sealed.payload).decode()}
    (sealed.out / "manifest.json").write_text(json.dumps(envelope, indent=2) + "\n")
    assert sealed.verify(status=PASS)["findings"] == []


def test_keys_of_openssl_are_accepted(tmp_path):
    for number, options in enumerate((["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["ED25519"])):
        key, pub = tmp_path / f"{number}.key", tmp_path / f"{number}.pub"
        subprocess.run(["openssl", "genpkey", "-algorithm", *options, "-out", key], check=True,
                       stderr=subprocess.DEVNULL)
        key.chmod(0o600)
        subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", pub], check=True)
        image = Image(make_small_root(tmp_path / f"root{number}"), (key, pub),
                      tmp_path / f"manifest{number}")
        image.out.mkdir()
        image.seal("--quiet")
        assert image.verify(status=PASS)["findings"] == []


def test_our_keys_are_read_by_openssl(tmp_path):
    for algorithm in OTHERS:
        key, pub = make_key(tmp_path, algorithm, algorithm)
        derived = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], check=True,
                                 stdout=subprocess.PIPE).stdout
        assert derived == pub.read_bytes()
        assert key.stat().st_mode & 0o777 == 0o600
        assert key.read_text().startswith("-----BEGIN PRIVATE KEY-----")
        again = agent("keygen", "--out", tmp_path / algorithm)
        assert again.status != PASS, "keys are never overwritten"
        assert pub.read_bytes() == derived
