# SPDX-License-Identifier: Apache-2.0
"""goldseal deliver, against the real collector."""

import datetime
import json
import ssl
import subprocess
import urllib.request

import pytest
from delivering import BUILD, agent, fails, make_evidence, make_id  # noqa: F401


class RealCollector:
    """goldseal-collector on a free port of the loopback, with its own trial certificate."""

    def __init__(self, directory, *options):
        self.program = str(BUILD / "goldseal-collector")
        self.data = directory / "collector"
        made = subprocess.run([self.program, "init", "--data", str(self.data)],
                              capture_output=True, text=True, timeout=60, check=True)
        self.admin = made.stdout.strip()
        self.process = subprocess.Popen(
            [self.program, "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]
        assert self.url.startswith("https://127.0.0.1:"), self.url
        self.certificate = self.data / "tls.crt"

    def get(self, path):
        context = ssl.create_default_context(cafile=str(self.certificate))
        request = urllib.request.Request(self.url + path,
                                         headers={"Authorization": f"Bearer {self.admin}"})
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:
            return json.load(answer)

    def close(self):
        self.process.terminate()
        assert self.process.wait(20) == 0


@pytest.fixture
def real(tmp_path):
    assert (BUILD / "goldseal-collector").exists(), "make all builds it"
    collector = RealCollector(tmp_path)
    yield collector
    collector.close()


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_real_collector(agent, real):
    path = agent.spool(1)
    path.write_text(json.dumps({"evidence": make_evidence(agent.key, 1, created_at=now())}))
    kept = path.read_text()
    agent.configure(real, ca_file=real.certificate)
    result = agent.run("deliver")
    assert result.returncode == 0, result.stderr
    # It claims no manifest, so a collector that knows none can only say fail.
    assert result.stdout.startswith(f"delivered {make_id(1)}: fail (T0)\n  ")
    assert agent.waiting() == []
    assert real.get("/v1/summary")["evidence"] == 1
    stored = real.get(f"/v1/evidence/{make_id(1)}")
    assert stored["envelope"] == json.loads(kept)["evidence"]
    # Sent again it is the same report, told by a fresh nonce.
    path.write_text(kept)
    result = agent.run("deliver")
    assert result.returncode == 0, result.stderr
    assert "known already" in result.stdout.splitlines()[0]
    assert real.get("/v1/summary")["evidence"] == 1


def test_real_collector_other_evidence_of_one_id(agent, real):
    agent.configure(real, ca_file=real.certificate)
    for verdict in ("fail", "warn"):
        path = agent.spool(1)
        path.write_text(json.dumps({"evidence": make_evidence(
            agent.key, 1, created_at=now(), verdict=verdict)}))
        result = agent.run("deliver")
    assert result.returncode == 3
    assert "answered 409" in result.stderr
    assert agent.broken() == [f"{make_id(1)}.json"]


def test_real_collector_wants_a_token(agent, tmp_path):
    real = RealCollector(tmp_path, "--enrol", "token")
    agent.spool(1)
    agent.configure(real, ca_file=real.certificate)
    fails(agent, "answered 401", "kept for later")
    added = subprocess.run([real.program, "token", "add", "--data", str(real.data), "--name", "vm",
                            "--role", "agent"], capture_output=True, text=True, check=True)
    token = tmp_path / "token"
    token.write_text(added.stdout)
    token.chmod(0o600)
    agent.configure(real, ca_file=real.certificate, token_file=token)
    result = agent.run("deliver")
    real.close()
    assert result.returncode == 0, result.stderr
    assert agent.waiting() == []
