# SPDX-License-Identifier: Apache-2.0
"""goldseal report: evidence for people."""

import json

from cryptography.hazmat.primitives.asymmetric import ec
from delivering import agent, make_evidence  # noqa: F401


def test_report_of_a_file(agent, tmp_path):
    agent.configure()
    evidence = tmp_path / "evidence.json"
    evidence.write_text(json.dumps(make_evidence(agent.key, 1)))
    result = agent.run("report", "--evidence", str(evidence))
    assert result.returncode == 1, result.stderr
    assert result.stdout.startswith("FAIL  unknown image: 1 finding (1 high); 7 entries in 0.02 s\n")
    assert "signature checked with this instance's key" in result.stdout
    assert "actual    ExecStart=/x \\033[2J" in result.stdout
    assert "\x1b" not in result.stdout
    assert "what to do: " in result.stdout


def test_report_without_a_key_says_so(agent, tmp_path):
    agent.configure()
    evidence = tmp_path / "evidence.json"
    evidence.write_text(json.dumps(make_evidence(agent.key, 1)))
    (agent.state / "instance.key").unlink()
    result = agent.run("report", "--evidence", str(evidence))
    assert result.returncode == 1
    assert "signature not checked: no instance key at hand" in result.stdout
    result = agent.run("report", "--evidence", str(evidence), "--format", "json")
    assert json.loads(result.stdout)["verdict"] == "fail"
    assert "not checked" in result.stderr


def test_report_of_somebody_elses_evidence(agent, tmp_path):
    agent.configure()
    evidence = tmp_path / "evidence.json"
    other = ec.generate_private_key(ec.SECP256R1())
    evidence.write_text(json.dumps(make_evidence(other, 1, verdict="pass", findings=[])))
    result = agent.run("report", "--evidence", str(evidence))
    assert result.returncode == 3
    assert result.stdout == ""


def test_report_of_the_latest(agent):
    agent.configure()
    result = agent.run("report")
    assert result.returncode == 3
    assert "no evidence here yet" in result.stderr
    for phase, created in (("image", "2026-11-23T20:19:00Z"), ("boot", "2026-11-23T20:20:00Z")):
        evidence = make_evidence(agent.key, 1, phase=phase, created_at=created)
        (agent.state / f"latest-{phase}.json").write_text(json.dumps(evidence))
    assert "phase     boot" in agent.run("report").stdout
    assert "phase     image" in agent.run("report", "--phase", "image").stdout
    assert agent.run("report", "--phase", "later").returncode == 2
    report = json.loads(agent.run("report", "--format", "json").stdout)
    assert set(report) == {"verdict", "findings", "coverage", "timing"}
    assert report["findings"][0]["code"] == "service.unexpected"
