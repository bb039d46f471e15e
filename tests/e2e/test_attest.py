# SPDX-License-Identifier: Apache-2.0
"""Attest: the instance's key, evidence that others can verify, what is stored, what is shown."""

import base64
import hashlib
import json
import re
import shutil
import socket
import stat
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from roots import (AGENT, FINDINGS, PASS, UNCHECKED, USAGE, Image, agent,  # noqa: F401
                   check_result, keys, make_file, make_key, make_small_root, sealed, small, temporaries,
                   tree_digest)

MEMBERS = {"schema", "id", "phase", "created_at", "agent", "instance", "machine_id", "boot_id",
           "manifest", "fixed", "verdict", "findings", "coverage", "timing", "boot", "clocks"}
UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def latest(image, phase="image"):
    return json.loads((image.state / f"latest-{phase}.json").read_bytes())


def open_evidence(image, envelope=None):
    """The predicate, after its signature was checked with the instance's own key by another
    implementation."""
    envelope = envelope or latest(image)
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    payload = base64.b64decode(envelope["payload"], validate=True)
    kind = envelope["payloadType"].encode()
    private = serialization.load_pem_private_key(
        (image.state / "instance.key").read_bytes(), None)
    public = private.public_key()
    signature = envelope["signatures"][0]
    public.verify(base64.b64decode(signature["sig"], validate=True),
                  b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload),
                  ec.ECDSA(hashes.SHA256()))
    der = public.public_bytes(serialization.Encoding.DER,
                              serialization.PublicFormat.SubjectPublicKeyInfo)
    assert signature["keyid"] == hashlib.sha256(der).hexdigest()
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "urn:goldseal:evidence:1"
    predicate = statement["predicate"]
    assert predicate["instance"]["key_id"] == signature["keyid"]
    assert statement["subject"][0]["name"] == predicate["instance"]["id"]
    assert statement["subject"][0]["digest"] == {"sha256": predicate["fixed"]["sha256"]}
    return predicate


def test_evidence(sealed):
    result = sealed.attest().expect(PASS)
    assert "PASS" in result.out and "i-test" in result.out
    assert "no collector" in result.err
    evidence = open_evidence(sealed)
    assert set(evidence) == MEMBERS
    assert evidence["schema"] == 1
    assert re.fullmatch(UUID7, evidence["id"])
    assert evidence["phase"] == "image"
    assert evidence["verdict"] == "pass" and evidence["findings"] == []
    assert evidence["instance"]["id"] == "i-test"
    assert evidence["instance"]["source"] == "option"
    assert set(evidence["instance"]) == {"id", "source", "key_id", "cloud", "region", "image_id"}
    raw = (sealed.out / "manifest.json").read_bytes()
    assert evidence["manifest"] == {
        "sha256": hashlib.sha256(raw).hexdigest(),
        "signer": sealed.envelope["signatures"][0]["keyid"],
        "image": {"name": "small", "version": "7"}}
    assert evidence["fixed"] == sealed.predicate["fixed"], "a clean root measures as sealed"
    program = hashlib.sha256(AGENT.read_bytes()).hexdigest()
    assert evidence["agent"]["sha256"] == program
    assert set(evidence["clocks"]) == {"boottime_ms", "synchronized"}
    check_result({m: evidence[m] for m in ("verdict", "findings", "coverage", "timing")})


def test_state_directory(sealed):
    sealed.attest().expect(PASS)
    assert stat.S_IMODE(sealed.state.stat().st_mode) == 0o700
    for path in sealed.state.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE((sealed.state / "instance.key").stat().st_mode) == 0o600
    assert temporaries(sealed.state) == []


def test_key_is_made_once(sealed):
    sealed.attest().expect(PASS)
    key = (sealed.state / "instance.key").read_bytes()
    first = open_evidence(sealed)
    sealed.attest().expect(PASS)
    assert (sealed.state / "instance.key").read_bytes() == key
    second = open_evidence(sealed)
    assert second["id"] > first["id"]
    assert second["instance"] == first["instance"]


def test_two_at_once_make_one_key(sealed):
    words = [AGENT, "attest", *sealed.arguments(), "--phase", "image",
             "--instance-id", "i-test", "--quiet"]
    started = [subprocess.Popen(words) for _ in range(6)]
    assert [p.wait(60) for p in started] == [PASS] * 6
    assert open_evidence(sealed)["verdict"] == "pass"
    assert temporaries(sealed.state) == []


def test_lax_instance_key_is_refused(sealed):
    sealed.attest().expect(PASS)
    (sealed.state / "instance.key").chmod(0o644)
    before = tree_digest(sealed.state)
    result = sealed.attest().expect(UNCHECKED)
    assert str(sealed.state / "instance.key") in result.err and "chmod 600" in result.err
    assert tree_digest(sealed.state) == before


def test_lax_state_directory_is_refused(sealed):
    sealed.attest().expect(PASS)
    sealed.state.chmod(0o777)
    result = sealed.attest().expect(UNCHECKED)
    assert str(sealed.state) in result.err and "chmod" in result.err


def test_tampered_root(sealed):
    make_file(sealed.root / "etc/cron.d/job", "* * * * * root true\n")
    result = sealed.attest("--format", "json").expect(FINDINGS)
    evidence = open_evidence(sealed)
    assert evidence["verdict"] == "fail"
    assert [f["code"] for f in evidence["findings"]] == ["cron.unexpected"]
    assert evidence["findings"] == check_result(result.json)["findings"]
    assert evidence["fixed"] != sealed.predicate["fixed"], "the digest tells, too"


def test_untrusted_manifest(sealed, tmp_path):
    """Exactly what the collector must hear about, so evidence is made, and it does not pass."""
    stranger = Image(sealed.root, make_key(tmp_path, "stranger"), sealed.out)
    stranger.seal("--quiet")
    result = sealed.attest().expect(UNCHECKED)
    assert "no trusted key" in result.err
    evidence = open_evidence(sealed)
    assert evidence["verdict"] in ("none", "fail")
    assert [f["code"] for f in evidence["findings"]] == ["manifest.untrusted"]
    assert evidence["manifest"] is None
    assert evidence["coverage"]["checks"] == {"tree": "could not run"}


def test_missing_manifest(sealed):
    (sealed.out / "manifest.json").unlink()
    sealed.attest().expect(UNCHECKED)
    evidence = open_evidence(sealed)
    assert evidence["verdict"] in ("none", "fail")
    assert [f["code"] for f in evidence["findings"]] == ["coverage.check-failed"]


def test_changed_manifest(sealed):
    with open(sealed.out / "manifest.mtree", "a") as file:
        file.write("./zzz type=file mode=0644 uid=0 gid=0\n")
    sealed.attest().expect(UNCHECKED)
    evidence = open_evidence(sealed)
    assert evidence["verdict"] in ("none", "fail")
    assert [f["code"] for f in evidence["findings"]] == ["manifest.mismatch"]


def test_phases_are_stored_apart(sealed):
    sealed.attest().expect(PASS)
    words = ["attest", *sealed.arguments(), "--phase", "boot", "--instance-id", "i-test"]
    agent(*words).expect(PASS)
    assert open_evidence(sealed, latest(sealed, "image"))["phase"] == "image"
    assert open_evidence(sealed, latest(sealed, "boot"))["phase"] == "boot"


def test_report_shows_it(sealed):
    make_file(sealed.root / "etc/cron.d/job", "* * * * * root true\n")
    sealed.attest().expect(FINDINGS)
    result = agent("report", "--config", sealed.config).expect(FINDINGS)
    for word in ("FAIL", "small 7", "i-test", "cron.unexpected", "/etc/cron.d/job",
                 open_evidence(sealed)["id"], "checked with this instance's key"):
        assert word in result.out
    document = agent("report", "--config", sealed.config, "--format", "json").expect(FINDINGS).json
    assert check_result(document)["findings"] == open_evidence(sealed)["findings"]
    agent("report", "--config", sealed.config, "--phase", "boot").expect(UNCHECKED)


def test_report_of_a_clean_instance(sealed):
    sealed.attest().expect(PASS)
    assert "PASS" in agent("report", "--config", sealed.config).expect(PASS).out


def test_report_without_evidence(sealed):
    result = agent("report", "--config", sealed.config).expect(UNCHECKED)
    assert "attest" in result.err and str(sealed.state) in result.err


def test_report_of_forged_evidence(sealed):
    """A pass that somebody wrote over a fail."""
    make_file(sealed.root / "etc/cron.d/job", "* * * * * root true\n")
    sealed.attest().expect(FINDINGS)
    envelope = latest(sealed)
    statement = json.loads(base64.b64decode(envelope["payload"]))
    statement["predicate"].update(verdict="pass", findings=[])
    envelope["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    (sealed.state / "latest-image.json").write_text(json.dumps(envelope))
    result = agent("report", "--config", sealed.config).expect(UNCHECKED)
    assert "PASS" not in result.out
    elsewhere = make_file(sealed.state.parent / "evidence.json", json.dumps(envelope))
    agent("report", "--config", sealed.config, "--evidence", elsewhere).expect(UNCHECKED)


def test_instance_id(sealed):
    """A mounted root has none of its own: the measuring machine's would be a lie."""
    words = ["attest", *sealed.arguments(), "--phase", "image"]
    result = agent(*words).expect(UNCHECKED)
    assert "--instance-id" in result.err
    for bad in ("", "a b", "x" * 129, "a\nb", "ü"):
        agent(*words, f"--instance-id={bad}").expect(UNCHECKED)
    sealed.configure("instance-id = i-configured")
    agent(*words).expect(PASS)
    assert open_evidence(sealed)["instance"]["id"] == "i-configured"
    agent(*words, "--instance-id", "i-option").expect(PASS)
    assert open_evidence(sealed)["instance"]["id"] == "i-option"


def test_phase_is_needed(sealed):
    agent("attest", *sealed.arguments()).expect(USAGE)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configure_collector(image, url):
    image.configure("[collector]", f"url = {url}", "timeout = 5", "attempts = 1")


def test_no_deliver_spools(sealed):
    configure_collector(sealed, f"http://127.0.0.1:{free_port()}")
    sealed.attest("--no-deliver").expect(PASS)
    spooled = sorted((sealed.state / "spool").glob("*.json"))
    assert [p.stem for p in spooled] == [open_evidence(sealed)["id"]]
    assert json.loads(spooled[0].read_text()) == {"evidence": latest(sealed)}


def test_collector_out_of_reach(sealed):
    """Nothing is lost, and what was found decides the exit status."""
    configure_collector(sealed, f"http://127.0.0.1:{free_port()}")
    result = sealed.attest().expect(PASS)
    assert "goldseal deliver" in result.err
    assert len(list((sealed.state / "spool").glob("*.json"))) == 1
    make_file(sealed.root / "srv/new", "x")
    sealed.attest().expect(FINDINGS)
    assert len(list((sealed.state / "spool").glob("*.json"))) == 2
    agent("deliver", "--config", sealed.config).expect(UNCHECKED)
    assert len(list((sealed.state / "spool").glob("*.json"))) == 2


# -- With the real collector ---------------------------------------------------------------------

@pytest.fixture
def fleet(collector, sealed):
    """A collector that knows the image and its signer, and an instance that reports to it."""
    shutil.copy(sealed.pub, collector.data / "trust.d" / "golden.pem")
    collector.reload()
    with collector.session(collector.token) as session:
        answer = session.put(collector.url + "/v1/manifests",
                             data=(sealed.out / "manifest.json").read_bytes(), timeout=30)
    assert answer.status_code == 201, answer.text
    sealed.configure("[collector]", f"url = {collector.url}", f"ca-file = {collector.ca}",
                     "attempts = 2", "timeout = 10")
    return collector


def instance_of(collector):
    (item,) = collector.get("/v1/instances").json()["items"]
    return item, collector.get(f"/v1/instances/{item['uid']}").json()


def test_clean_instance_passes(fleet, sealed):
    result = sealed.attest().expect(PASS)
    assert result.err == ""
    assert list((sealed.state / "spool").glob("*.json")) == []
    evidence = open_evidence(sealed)
    item, detail = instance_of(fleet)
    assert (item["id"], item["verdict"], item["tier"]) == ("i-test", "pass", "T0")
    assert item["image"] == {"name": "small", "version": "7"}
    assert item["manifest"] == evidence["manifest"]["sha256"]
    assert item["key_id"] == evidence["instance"]["key_id"]
    assert item["evidence"] == evidence["id"]
    assert detail["findings_list"] == [] and detail["reasons"] == []
    assert detail["coverage"] == evidence["coverage"]
    stored = fleet.get(f"/v1/evidence/{evidence['id']}").json()
    assert stored["envelope"] == latest(sealed)
    receipts = list((sealed.state / "delivered").glob("*.receipt"))
    assert [p.stem for p in receipts] == [evidence["id"]]
    assert json.loads(receipts[0].read_text())["verdict"] == "pass"


def test_tampered_instance_fails(fleet, sealed):
    make_file(sealed.root / "etc/cron.d/job", "* * * * * root true\n")
    sealed.attest().expect(FINDINGS)
    item, detail = instance_of(fleet)
    assert item["verdict"] == "fail" and item["findings"] == 1
    (finding,) = detail["findings_list"]
    assert finding["code"] == "cron.unexpected" and finding["path"] == "/etc/cron.d/job"
    assert finding["remedy"] and finding["summary"]
    assert "T1053.003" in finding["attack"]
    listed = fleet.get("/v1/findings").json()["items"]
    assert [(f["instance"], f["code"]) for f in listed] == [("i-test", "cron.unexpected")]
    summary = fleet.get("/v1/summary").json()
    assert summary["verdicts"] == {"none": 0, "pass": 0, "warn": 0, "fail": 1}


def test_instance_that_turns_bad(fleet, sealed):
    sealed.attest().expect(PASS)
    make_file(sealed.root / "etc/sudoers.d/x", "x ALL=(ALL) ALL\n", 0o440)
    sealed.attest().expect(FINDINGS)
    item, detail = instance_of(fleet)
    assert item["verdict"] == "fail"
    assert sorted(h["verdict"] for h in detail["history"]) == ["fail", "pass"]


def test_stranger_signs_the_image(fleet, sealed, tmp_path):
    """The whole image is somebody else's, with their anchor in it: the agent is content, and the
    collector is not."""
    stranger = Image(sealed.root, make_key(tmp_path, "stranger"), sealed.out)
    stranger.configure("[collector]", f"url = {fleet.url}", f"ca-file = {fleet.ca}")
    stranger.seal("--quiet")
    stranger.attest().expect(PASS)
    item, detail = instance_of(fleet)
    assert item["verdict"] == "fail"
    assert any("manifest" in reason["code"] for reason in detail["reasons"])


def test_unaccepted_manifest_is_no_pass_at_the_collector(fleet, sealed):
    with open(sealed.out / "manifest.mtree", "a") as file:
        file.write("./zzz type=file mode=0644 uid=0 gid=0\n")
    sealed.attest().expect(UNCHECKED)
    item, _ = instance_of(fleet)
    assert item["verdict"] == "fail"


def test_spooled_evidence_is_delivered_later(fleet, sealed):
    sealed.attest("--no-deliver").expect(PASS)
    assert fleet.get("/v1/instances").json()["items"] == []
    result = agent("deliver", "--config", sealed.config).expect(PASS)
    assert "pass" in result.out
    item, _ = instance_of(fleet)
    assert item["verdict"] == "pass"
    agent("deliver", "--config", sealed.config).expect(PASS)
    assert fleet.get("/v1/summary").json()["evidence"] == 1


def test_wrong_certificate_is_refused(fleet, sealed):
    """Without the collector's CA nothing is sent, and nothing is lost."""
    sealed.configure("[collector]", f"url = {fleet.url}", "attempts = 1", "timeout = 5")
    result = sealed.attest().expect(PASS)
    assert "ertificate" in result.err
    assert len(list((sealed.state / "spool").glob("*.json"))) == 1
    assert fleet.get("/v1/instances").json()["items"] == []
