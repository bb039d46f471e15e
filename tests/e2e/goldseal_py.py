# SPDX-License-Identifier: Apache-2.0
"""Manifests, evidence and proofs as docs/formats.md describes them, written without any of
goldseal's own code: what both sides agree on is the document."""

import base64
import datetime
import hashlib
import json
import os
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

INTOTO = "application/vnd.in-toto+json"
PROOF = "application/vnd.goldseal.proof+json"
STATEMENT = "https://in-toto.io/Statement/v1"


def now(offset=0):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def uuid7():
    value = (int(time.time() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (7 << 76)
    value = (value & ~(0x3 << 62)) | (2 << 62)
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class Key:
    def __init__(self, kind="p256"):
        if kind == "p256":
            self.private = ec.generate_private_key(ec.SECP256R1())
        else:
            self.private = ed25519.Ed25519PrivateKey.generate()

    @property
    def pem(self):
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    @property
    def id(self):
        return sha256(
            self.private.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def sign(self, data):
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(data, ec.ECDSA(hashes.SHA256()))
        return self.private.sign(data)


def pae(kind, payload):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def envelope(kind, payload, key):
    return {
        "payloadType": kind,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [
            {"keyid": key.id, "sig": base64.b64encode(key.sign(pae(kind, payload))).decode()}
        ],
    }


def statement(name, digest, predicate_type, predicate):
    return compact(
        {
            "_type": STATEMENT,
            "subject": [{"name": name, "digest": {"sha256": digest}}],
            "predicateType": predicate_type,
            "predicate": predicate,
        }
    )


class Manifest:
    """A signed manifest.json; .bytes is the file, .digest its name everywhere."""

    def __init__(self, key, name="web", version="1", policy="", expires_at=None, entries=3):
        self.key = key
        self.name = name
        self.version = version
        self.fixed = {"entries": entries, "sha256": sha256(os.urandom(16))}
        predicate = {
            "schema": 1,
            "image": {"name": name, "version": version, "serial": uuid7()},
            "built_at": now(-3600),
            "expires_at": expires_at,
            "tool": {"name": "goldseal", "version": "0.1"},
            "entries": entries + 1,
            "bytes": 4096,
            "fixed": self.fixed,
            "policy": policy,
            "xattrs": {},
            "append": {},
        }
        payload = statement(
            "manifest.mtree", sha256(os.urandom(16)), "urn:goldseal:manifest:1", predicate
        )
        self.bytes = compact(envelope(INTOTO, payload, key)) + b"\n"
        self.digest = sha256(self.bytes)


def finding(code="file.unexpected", severity="high", path="/usr/bin/x", **more):
    result = {
        "code": code,
        "severity": severity,
        "path": path,
        "title": "A file that is not in the manifest",
        "expected": "absent",
        "actual": "type=file mode=0755",
        "attack": ["T1204.003"],
        "package": None,
        "waived": None,
        "related": [],
    }
    result.update(more)
    return result


def evidence(instance, key, manifest, **more):
    """The predicate. Members can be replaced by name; "key_id" is the instance's."""
    result = {
        "schema": 1,
        "id": uuid7(),
        "phase": "image",
        "created_at": now(),
        "agent": {"version": "0.1", "sha256": sha256(b"agent")},
        "instance": {
            "id": instance,
            "source": "option",
            "key_id": key.id,
            "cloud": "aws",
            "region": "eu-central-1",
            "image_id": "ami-1",
        },
        "machine_id": "0" * 32,
        "boot_id": None,
        "manifest": None,
        "fixed": {"entries": 1, "sha256": sha256(b"nothing")},
        "verdict": "pass",
        "findings": [],
        "coverage": {
            "entries": 4,
            "bytes": 4096,
            "ignored": ["/proc"],
            "unreadable": 0,
            "checks": {"files": "ran"},
        },
        "timing": {"walk_ms": 1, "total_ms": 2},
        "boot": [],
        "clocks": {"boottime_ms": 1000, "synchronized": True},
    }
    if manifest:
        result["manifest"] = {
            "sha256": manifest.digest,
            "signer": manifest.key.id,
            "image": {"name": manifest.name, "version": manifest.version},
        }
        result["fixed"] = dict(manifest.fixed)
    result.update(more)
    return result


def sign_evidence(predicate, key):
    payload = statement(
        predicate["instance"]["id"],
        predicate["fixed"]["sha256"],
        "urn:goldseal:evidence:1",
        predicate,
    )
    return envelope(INTOTO, payload, key)


def sign_proof(nonce, evidence_envelope, key):
    payload = base64.b64decode(evidence_envelope["payload"])
    return envelope(PROOF, compact({"nonce": nonce, "sha256": sha256(payload)}), key)


def delivery(nonce, evidence_envelope, key):
    return {
        "evidence": evidence_envelope,
        "proof": sign_proof(nonce, evidence_envelope, key),
        "identity": {"key": key.pem},
    }
