# SPDX-License-Identifier: Apache-2.0
"""The collector as a whole: appraisal, over real TLS, of reports that goldseal's code had no part in
making."""

import base64
import copy
import json

import goldseal_py as gs
import pytest


@pytest.fixture
def signer():
    return gs.Key()


@pytest.fixture
def manifest(collector, signer):
    collector.trust(signer)
    collector.reload()
    result = gs.Manifest(signer)
    answer = collector.publish(result)
    assert answer.status_code == 201, answer.text
    return result


def codes(answer):
    return [reason["code"] for reason in answer.json()["reasons"]]


def uid_of(collector, instance, key):
    items = collector.get("/v1/instances", params={"q": instance}).json()["items"]
    (uid,) = [item["uid"] for item in items if item["key_id"] == key.id]
    return uid


def instance_of(collector, instance, key):
    answer = collector.get(f"/v1/instances/{uid_of(collector, instance, key)}")
    assert answer.status_code == 200
    return answer.json()


def assert_problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["status"] == status
    assert problem["title"] and len(problem["detail"]) > 10
    return problem["detail"]


@pytest.mark.parametrize("kind", ["p256", "ed25519"])
def test_pass(collector, manifest, kind):
    key = gs.Key(kind)
    predicate = gs.evidence("i-1", key, manifest)
    answer = collector.deliver(predicate, key)
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"id": predicate["id"], "verdict": "pass", "tier": "T0", "reasons": []}

    instance = instance_of(collector, "i-1", key)
    assert instance["verdict"] == "pass"
    assert instance["id"] == "i-1" and instance["key_id"] == key.id
    assert instance["image"] == {"name": "web", "version": "1"}
    assert instance["manifest"] == manifest.digest
    assert instance["evidence"] == predicate["id"]
    assert instance["findings"] == 0 and instance["findings_list"] == []
    assert [entry["id"] for entry in instance["history"]] == [predicate["id"]]
    assert instance["coverage"] == predicate["coverage"]
    assert instance["incidents"] == []

    summary = collector.get("/v1/summary").json()
    assert summary["instances"] == 1 and summary["evidence"] == 1 and summary["images"] == 1
    assert summary["verdicts"] == {"none": 0, "pass": 1, "warn": 0, "fail": 0}
    (image,) = collector.get("/v1/images").json()["items"]
    assert image["manifest"] == manifest.digest and image["signer"] == manifest.key.id
    assert image["instances"] == 1 and image["verdicts"]["pass"] == 1


def test_evidence_is_kept_as_it_was(collector, manifest):
    key = gs.Key()
    signed = gs.sign_evidence(gs.evidence("i-1", key, manifest), key)
    delivery = gs.delivery(collector.challenge(), signed, key)
    answer = collector.post(delivery)
    stored = collector.get(f"/v1/evidence/{answer.json()['id']}").json()
    assert stored["envelope"] == delivery["evidence"]
    assert stored["proof"] == delivery["proof"]
    assert stored["uid"] == uid_of(collector, "i-1", key)


def test_unknown_manifest(collector, manifest):
    key = gs.Key()
    other = gs.Manifest(manifest.key)
    answer = collector.deliver(gs.evidence("i-1", key, other), key)
    assert answer.status_code == 202 and answer.json()["verdict"] == "fail"
    assert codes(answer) == ["evidence.unknown-manifest"]
    assert instance_of(collector, "i-1", key)["verdict"] == "fail"


def test_no_manifest(collector):
    key = gs.Key()
    answer = collector.deliver(gs.evidence("i-1", key, None), key)
    assert answer.status_code == 202 and codes(answer) == ["evidence.no-manifest"]


def test_untrusted_signer(collector, manifest):
    assert_problem(collector.publish(gs.Manifest(gs.Key())), 422)

    # Trusted when it was published, and not any more.
    (collector.data / "trust.d" / f"{manifest.key.id}.pem").unlink()
    collector.reload()
    key = gs.Key()
    answer = collector.deliver(gs.evidence("i-1", key, manifest), key)
    assert answer.json()["verdict"] == "fail"
    assert codes(answer) == ["evidence.untrusted-signer"]


def test_revoked_signer(collector, manifest):
    (collector.data / "trust.d" / "revoked").write_text(manifest.key.id + "\n")
    collector.trust(gs.Key())
    collector.reload()
    key = gs.Key()
    answer = collector.deliver(gs.evidence("i-1", key, manifest), key)
    assert codes(answer) == ["evidence.untrusted-signer"]


def test_broken_trust_keeps_the_old(collector, manifest):
    (collector.data / "trust.d" / "broken.pem").write_text("no key\n")
    collector.process.send_signal(1)
    key = gs.Key()
    for _ in range(100):
        if "broken.pem" in collector.errors():
            break
        collector.challenge()
    assert "broken.pem" in collector.errors()
    assert collector.deliver(gs.evidence("i-1", key, manifest), key).json()["verdict"] == "pass"


def test_expired_manifest(collector, manifest):
    key = gs.Key()
    old = gs.Manifest(manifest.key, expires_at=gs.now(-60))
    assert collector.publish(old).status_code == 201
    answer = collector.deliver(gs.evidence("i-1", key, old), key)
    assert answer.json()["verdict"] == "fail" and codes(answer) == ["evidence.expired-manifest"]


def test_revoked_manifest(collector, manifest):
    before, after = gs.Key(), gs.Key()
    assert collector.deliver(gs.evidence("i-1", before, manifest), before).json()["verdict"] == "pass"
    with collector.session(collector.token) as session:
        url = f"{collector.url}/v1/manifests/{manifest.digest}/revoke"
        assert session.post(url, timeout=30).status_code == 200
        assert session.post(url, timeout=30).status_code == 200
        missing = f"{collector.url}/v1/manifests/{'0' * 64}/revoke"
        assert_problem(session.post(missing, timeout=30), 404)
    answer = collector.deliver(gs.evidence("i-2", after, manifest), after)
    assert answer.json()["verdict"] == "fail" and codes(answer) == ["evidence.revoked-manifest"]
    # What passed on it before does not pass any more.
    instance = instance_of(collector, "i-1", before)
    assert instance["verdict"] == "fail"
    assert [r["code"] for r in instance["reasons"]] == ["evidence.revoked-manifest"]
    (image,) = collector.get("/v1/images").json()["items"]
    assert image["revoked_at"] is not None and image["verdicts"]["fail"] == 2
    # Publishing it again does not bring it back.
    assert collector.publish(manifest).status_code == 200
    assert codes(collector.deliver(gs.evidence("i-3", after, manifest), after)) == [
        "evidence.revoked-manifest"
    ]


def test_wrong_nonce(collector, manifest):
    key = gs.Key()
    foreign = base64.urlsafe_b64encode(b"\0" * 56).decode().rstrip("=")
    for number, nonce in enumerate([foreign, "x", collector.challenge()[:-1] + "!"]):
        predicate = gs.evidence(f"i-{number}", key, manifest)
        answer = collector.deliver(predicate, key, nonce=nonce)
        assert answer.status_code == 202 and answer.json()["verdict"] == "fail"
        assert codes(answer) == ["evidence.wrong-nonce"]
        assert instance_of(collector, f"i-{number}", key)["verdict"] == "fail"
        # Sent again properly, it is appraised anew.
        answer = collector.deliver(predicate, key)
        assert answer.status_code == 200 and answer.json()["verdict"] == "pass"
        assert instance_of(collector, f"i-{number}", key)["verdict"] == "pass"


def test_stale_nonce_leaves_a_healthy_instance(collector, manifest):
    key = gs.Key()
    assert collector.deliver(gs.evidence("i-1", key, manifest), key).json()["verdict"] == "pass"
    answer = collector.deliver(gs.evidence("i-1", key, manifest), key, nonce="x")
    assert answer.json()["verdict"] == "fail"
    instance = instance_of(collector, "i-1", key)
    assert instance["verdict"] == "pass"
    assert [i["code"] for i in instance["incidents"]] == ["evidence.wrong-nonce"]
    assert len(instance["history"]) == 2


def test_idempotent(collector, manifest):
    key = gs.Key()
    predicate = gs.evidence("i-1", key, manifest)
    first = collector.deliver(predicate, key)
    # ECDSA signatures differ each time; the payload, which counts, does not.
    second = collector.deliver(predicate, key)
    assert first.status_code == 202 and second.status_code == 200
    assert first.json() == second.json()
    assert collector.get("/v1/summary").json()["evidence"] == 1


def test_replay(collector, manifest):
    key = gs.Key()
    signed = gs.sign_evidence(gs.evidence("i-1", key, manifest), key)
    delivery = gs.delivery(collector.challenge(), signed, key)
    assert collector.post(delivery).json()["verdict"] == "pass"
    for _ in range(3):
        answer = collector.post(delivery)
        assert answer.status_code == 202 and answer.json()["verdict"] == "fail"
        assert codes(answer) == ["evidence.replay"]
    instance = instance_of(collector, "i-1", key)
    assert instance["verdict"] == "pass" and instance["reasons"] == []
    (incident,) = instance["incidents"]
    assert incident["code"] == "evidence.replay" and incident["count"] == 3


def test_nonce_is_for_one_report(collector, manifest):
    key = gs.Key()
    nonce = collector.challenge()
    assert collector.deliver(gs.evidence("i-1", key, manifest), key, nonce).json()["verdict"] == "pass"
    answer = collector.deliver(gs.evidence("i-1", key, manifest), key, nonce)
    assert answer.json()["verdict"] == "fail" and codes(answer) == ["evidence.replay"]
    assert instance_of(collector, "i-1", key)["verdict"] == "pass"


def test_same_id_other_digest(collector, manifest):
    key = gs.Key()
    predicate = gs.evidence("i-1", key, manifest)
    assert collector.deliver(predicate, key).status_code == 202
    predicate["created_at"] = gs.now(-5)
    assert_problem(collector.deliver(predicate, key), 409)
    (incident,) = instance_of(collector, "i-1", key)["incidents"]
    assert incident["code"] == "evidence.id-reuse"
    # Another instance may have the id: it cannot block this one's reports.
    other = gs.Key()
    assert collector.deliver(gs.evidence("i-2", other, manifest, id=predicate["id"]), other).ok


def test_key_change(collector, manifest):
    first, second = gs.Key(), gs.Key()
    assert collector.deliver(gs.evidence("i-1", first, manifest), first).json()["verdict"] == "pass"
    answer = collector.deliver(gs.evidence("i-1", second, manifest), second)
    assert answer.status_code == 202 and answer.json()["verdict"] == "fail"
    assert codes(answer) == ["evidence.key-change"]
    assert collector.get("/v1/summary").json()["instances"] == 2
    old, new = instance_of(collector, "i-1", first), instance_of(collector, "i-1", second)
    assert old["uid"] != new["uid"]
    assert old["verdict"] == "pass" and new["verdict"] == "fail"
    assert [r["code"] for r in old["reasons"]] == ["evidence.key-change"]
    assert [i["code"] for i in old["incidents"]] == ["evidence.key-change"]
    # The first goes on as before.
    assert collector.deliver(gs.evidence("i-1", first, manifest), first).json()["verdict"] == "pass"


def test_digest_mismatch(collector, manifest):
    key = gs.Key()
    for fixed in (
        {"entries": manifest.fixed["entries"], "sha256": "0" * 64},
        {"entries": manifest.fixed["entries"] + 1, "sha256": manifest.fixed["sha256"]},
    ):
        answer = collector.deliver(gs.evidence("i-1", key, manifest, fixed=fixed), key)
        assert answer.json()["verdict"] == "fail"
        assert codes(answer) == ["evidence.digest-mismatch"]


OTHER = {"entries": 4, "sha256": "1" * 64}


@pytest.mark.parametrize(
    "findings, phase, verdict, expected",
    [
        ([gs.finding()], "image", "fail", ["evidence.findings"]),
        ([gs.finding(severity="medium")], "image", "warn", ["evidence.findings"]),
        (
            [gs.finding(severity="info")],
            "image",
            "fail",
            ["evidence.digest-mismatch"],
        ),
        ([gs.finding(severity="info")], "boot", "pass", []),
        (
            [gs.finding("coverage.unreadable", "low", "/x")],
            "image",
            "fail",
            ["evidence.digest-mismatch", "evidence.findings"],
        ),
    ],
)
def test_findings(collector, manifest, findings, phase, verdict, expected):
    key = gs.Key()
    predicate = gs.evidence("i-1", key, manifest, findings=findings, fixed=OTHER, phase=phase)
    answer = collector.deliver(predicate, key)
    assert answer.status_code == 202, answer.text
    assert answer.json()["verdict"] == verdict
    assert codes(answer) == expected
    (shown,) = instance_of(collector, "i-1", key)["findings_list"]
    assert {name: shown[name] for name in findings[0]} == findings[0]
    assert shown["remedy"] and shown["summary"]


def test_agents_waiver_is_not_believed(collector, manifest):
    key = gs.Key()
    waived = gs.finding(waived="nobody until 2099-01-01: trust me")
    answer = collector.deliver(gs.evidence("i-1", key, manifest, findings=[waived], fixed=OTHER), key)
    assert answer.json()["verdict"] == "fail"
    (shown,) = collector.get("/v1/findings").json()["items"]
    assert shown["waived"] is None


def test_waivers_of_the_manifest(collector, manifest):
    key = gs.Key()
    policy = (
        "waive file.* /usr/bin/x owner=ops until=2099-12-31 reason=known\n"
        "waive file.* /usr/bin/old owner=ops until=2001-01-01 reason=over\n"
    )
    waiving = gs.Manifest(manifest.key, policy=policy)
    assert collector.publish(waiving).status_code == 201
    answer = collector.deliver(
        gs.evidence("i-1", key, waiving, findings=[gs.finding()], fixed=OTHER), key
    )
    assert answer.json()["verdict"] == "pass", answer.text
    (shown,) = collector.get("/v1/findings").json()["items"]
    assert "ops" in shown["waived"] and "2099-12-31" in shown["waived"]
    answer = collector.deliver(
        gs.evidence("i-1", key, waiving, findings=[gs.finding(path="/usr/bin/old")], fixed=OTHER),
        key,
    )
    assert answer.json()["verdict"] == "fail"


def test_agents_verdict_is_not_believed(collector, manifest):
    key = gs.Key()
    bad = gs.evidence("i-1", key, manifest, findings=[gs.finding()], verdict="pass")
    assert collector.deliver(bad, key).json()["verdict"] == "fail"
    none = gs.evidence("i-2", key, manifest, verdict="none")
    answer = collector.deliver(none, key)
    assert answer.json()["verdict"] == "warn" and codes(answer) == ["evidence.not-evaluated"]


def test_phases_together(collector, manifest):
    key = gs.Key()
    bad = gs.evidence("i-1", key, manifest, findings=[gs.finding()])
    assert collector.deliver(bad, key).json()["verdict"] == "fail"
    good = gs.evidence("i-1", key, manifest, phase="boot")
    assert collector.deliver(good, key).json()["verdict"] == "pass"
    instance = instance_of(collector, "i-1", key)
    assert instance["verdict"] == "fail" and instance["findings"] == 1
    assert instance["phase"] == "boot" and instance["evidence"] == good["id"]
    assert collector.deliver(gs.evidence("i-1", key, manifest), key).json()["verdict"] == "pass"
    instance = instance_of(collector, "i-1", key)
    assert instance["verdict"] == "pass" and instance["findings"] == 0


# -- What cannot be verified is refused and not stored --


def corrupt(delivery, what, key, other):
    evidence, proof = delivery["evidence"], delivery["proof"]
    payload = json.loads(base64.b64decode(evidence["payload"]))
    if what == "signature of another":
        evidence["signatures"] = gs.envelope(gs.INTOTO, b"x", key)["signatures"]
    elif what == "payload changed":
        payload["predicate"]["verdict"] = "warn"
        evidence["payload"] = base64.b64encode(gs.compact(payload)).decode()
    elif what == "another's key":
        delivery["identity"]["key"] = other.pem
    elif what == "proof by another":
        delivery["proof"] = gs.sign_proof("x", evidence, other)
    elif what == "proof for other evidence":
        delivery["proof"] = gs.envelope(
            gs.PROOF, gs.compact({"nonce": "x", "sha256": "0" * 64}), key
        )
    elif what == "proof of another type":
        body = base64.b64decode(proof["payload"])
        delivery["proof"] = gs.envelope(gs.INTOTO, body, key)
    elif what == "bad base64":
        evidence["payload"] += "*"
    elif what == "no signature":
        evidence["signatures"] = []
    elif what == "two signatures":
        evidence["signatures"] *= 2
    elif what == "private key":
        delivery["identity"]["key"] = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
    else:
        predicate = payload["predicate"]
        {
            "unknown member": lambda: predicate.update(extra=1),
            "member missing": lambda: predicate.pop("clocks"),
            "schema 2": lambda: predicate.update(schema=2),
            "phase": lambda: predicate.update(phase="lunch"),
            "id no uuid": lambda: predicate.update(id="../../etc/passwd"),
            "findings no list": lambda: predicate.update(findings={}),
            "severity": lambda: predicate.update(findings=[gs.finding(severity="awful")]),
            "key id": lambda: predicate["instance"].update(key_id="0" * 64),
            "subject": lambda: payload["subject"][0]["digest"].update(sha256="2" * 64),
            "predicate type": lambda: payload.update(predicateType="urn:goldseal:manifest:1"),
        }[what]()
        signed = gs.envelope(gs.INTOTO, gs.compact(payload), key)
        delivery["evidence"] = signed
        delivery["proof"] = gs.sign_proof("x", signed, key)
    return delivery


@pytest.mark.parametrize(
    "what",
    [
        "signature of another",
        "payload changed",
        "another's key",
        "proof by another",
        "proof for other evidence",
        "proof of another type",
        "bad base64",
        "no signature",
        "two signatures",
        "private key",
        "unknown member",
        "member missing",
        "schema 2",
        "phase",
        "id no uuid",
        "findings no list",
        "severity",
        "key id",
        "subject",
        "predicate type",
    ],
)
def test_unverifiable(collector, manifest, what):
    key = gs.Key()
    signed = gs.sign_evidence(gs.evidence("i-1", key, manifest), key)
    good = gs.delivery(collector.challenge(), signed, key)
    answer = collector.post(corrupt(copy.deepcopy(good), what, key, gs.Key()))
    assert_problem(answer, 422)
    assert collector.get("/v1/summary").json()["evidence"] == 0
    # It was that change alone.
    assert collector.post(good).json()["verdict"] == "pass"


def test_hostile_strings_come_back_as_data(collector, manifest):
    key = gs.Key()
    texts = [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "'; DROP TABLE instances; --",
        '" OR 1=1 /* \\ %_ {} $(id) `id`',
        "\u202egpj.exe \u2028 \U0001f480 ä",
    ]
    findings = [gs.finding(path="/" + text, title=text, actual=text) for text in texts]
    predicate = gs.evidence("i-'\"<b>%_", key, manifest, findings=findings)
    assert collector.deliver(predicate, key).status_code == 202
    instance = instance_of(collector, "i-'\"<b>%_", key)
    assert instance["id"] == "i-'\"<b>%_"
    shown = {(f["path"], f["title"], f["actual"]) for f in instance["findings_list"]}
    assert shown == {("/" + text, text, text) for text in texts}
    for text in texts:
        assert collector.get("/v1/instances", params={"q": text}).json()["items"] == []
        assert collector.get("/v1/findings", params={"code": text}).json()["items"] == []
        assert collector.get("/v1/instances", params={"image": text}).json()["items"] == []
    # "_" and "%" are no wildcards.
    assert collector.get("/v1/instances", params={"q": "i_"}).json()["items"] == []
    assert len(collector.get("/v1/instances", params={"q": "%_"}).json()["items"]) == 1
