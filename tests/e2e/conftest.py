# SPDX-License-Identifier: Apache-2.0
"""Fixtures for the tests of whole programs. GOLDSEAL_BUILD (or BUILD) names the build directory, by
default ./build."""

import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import time

import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import goldseal_py as gs  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parents[2]



@pytest.fixture(scope="session")
def build_dir():
    named = os.environ.get("GOLDSEAL_BUILD") or os.environ.get("BUILD") or TOP / "build"
    path = pathlib.Path(named).resolve()
    assert path.is_dir(), f"{path}: build first, or set BUILD"
    return path


class Collector:
    """A goldseal-collector of one's own: real program, real TLS, its own data directory."""

    def __init__(self, program, data):
        self.program = program
        self.data = pathlib.Path(data)
        self.ca = str(self.data / "tls.crt")
        self.process = None
        self.url = None
        self.port = None
        made = self.run("init")
        assert made.returncode == 0, made.stderr
        self.token = made.stdout.strip()
        assert re.fullmatch(r"gs_[A-Za-z0-9_-]{43}", self.token)

    def run(self, *arguments, **options):
        return subprocess.run(
            [str(self.program), *arguments, "--data", str(self.data)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **options,
        )

    def add_token(self, role, name):
        made = self.run("token", "add", "--role", role, "--name", name)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def trust(self, key):
        path = self.data / "trust.d" / f"{key.id}.pem"
        path.write_text(key.pem)
        return path

    def start(self, *arguments, port=0):
        self.log = open(self.data / "stderr.log", "ab")
        self.process = subprocess.Popen(
            [
                str(self.program),
                "serve",
                "--data",
                str(self.data),
                "--listen",
                f"127.0.0.1:{port}",
                *arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline().decode() if ready else ""
        match = re.fullmatch(r"listening on (https?://127\.0\.0\.1:(\d+))\n", line)
        assert match, f"no listening line but {line!r}: {self.errors()}"
        self.url = match[1]
        self.port = int(match[2])
        return self

    def errors(self):
        return (self.data / "stderr.log").read_text(errors="replace")

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return None
        self.process.send_signal(how)
        try:
            code = self.process.wait(timeout=30)
        finally:
            self.process.stdout.close()
            self.log.close()
            self.process = None
        return code

    def reload(self):
        """SIGHUP, and wait until the log tells that it was heeded."""
        before = self.errors().count("keys are trusted")
        self.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 10
        while self.errors().count("keys are trusted") == before:
            assert time.monotonic() < end, self.errors()
            time.sleep(0.02)

    def session(self, token=None):
        session = requests.Session()
        session.trust_env = False
        session.verify = self.ca
        if token:
            session.headers["Authorization"] = f"Bearer {token}"
        return session

    def get(self, path, token=None, **options):
        with self.session(token or self.token) as session:
            return session.get(self.url + path, timeout=30, **options)

    def publish(self, manifest, token=None):
        with self.session(token or self.token) as session:
            return session.put(self.url + "/v1/manifests", data=manifest.bytes, timeout=30)

    def challenge(self, session=None):
        with session or self.session() as used:
            answer = used.post(self.url + "/v1/challenge", timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()["nonce"]

    def post(self, delivery):
        with self.session() as session:
            return session.post(self.url + "/v1/evidence", json=delivery, timeout=30)

    def deliver(self, predicate, key, nonce=None):
        signed = gs.sign_evidence(predicate, key)
        return self.post(gs.delivery(nonce or self.challenge(), signed, key))


@pytest.fixture
def stopped_collector(build_dir, tmp_path):
    """Initialised and not started; stopped at the end whatever happened."""
    collector = Collector(build_dir / "goldseal-collector", tmp_path / "data")
    yield collector
    if collector.process is not None:
        code = collector.stop()
        assert code == 0, f"exit {code}: {collector.errors()}"


@pytest.fixture
def collector(stopped_collector):
    """Started. .url, .token (an admin's) and .ca are what a client needs."""
    return stopped_collector.start()
