# SPDX-License-Identifier: Apache-2.0
"""An agent with reports to deliver, and a collector that does what a test tells it."""

import base64
import collections
import datetime
import hashlib
import http.server
import ipaddress
import json
import os
import socket
import ssl
import subprocess
import threading
import uuid
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BUILD = Path(os.environ.get("GOLDSEAL_BUILD", Path(__file__).resolve().parents[2] / "build"))
GOLDSEAL = BUILD / "goldseal"
INTOTO = "application/vnd.in-toto+json"
PROOF = "application/vnd.goldseal.proof+json"
JSON = "application/json"
PROBLEM = "application/problem+json"


def pae(kind, payload):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def spki(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def sign(key, kind, payload):
    signature = key.sign(pae(kind, payload), ec.ECDSA(hashes.SHA256()))
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [{"keyid": hashlib.sha256(spki(key)).hexdigest(),
                        "sig": base64.b64encode(signature).decode()}],
    }


def opened(envelope, kind, public):
    """The verified payload of an envelope; raises when the signature is wrong."""
    assert envelope["payloadType"] == kind
    payload = base64.b64decode(envelope["payload"], validate=True)
    signature = base64.b64decode(envelope["signatures"][0]["sig"], validate=True)
    public.verify(signature, pae(kind, payload), ec.ECDSA(hashes.SHA256()))
    return payload


def make_id(number):
    return f"01930000-0000-7000-8000-{number:012x}"


def make_evidence(key, number, **changes):
    """Evidence as docs/formats.md describes it."""
    fixed = hashlib.sha256(b"").hexdigest()
    predicate = {
        "schema": 1,
        "id": make_id(number),
        "phase": "image",
        "created_at": "2026-11-23T20:19:00Z",
        "agent": {"version": "0.1.0", "sha256": "0" * 64},
        "instance": {"id": "i-0abc", "source": "option",
                     "key_id": hashlib.sha256(spki(key)).hexdigest(),
                     "cloud": None, "region": None, "image_id": None},
        "machine_id": None,
        "boot_id": None,
        "manifest": None,
        "fixed": {"entries": 0, "sha256": fixed},
        "verdict": "fail",
        "findings": [{
            "code": "service.unexpected", "severity": "high",
            "path": "/etc/systemd/system/x.service", "title": "Unit x.service is enabled",
            "expected": "absent", "actual": "ExecStart=/x \u001b[2J", "attack": ["T1543.002"],
            "package": None, "waived": None, "related": []}],
        "coverage": {"entries": 7, "bytes": 9, "ignored": ["/var/cache/**"], "unreadable": 0,
                     "checks": {"tree": "ran"}},
        "timing": {"walk_ms": 1, "total_ms": 20},
        "boot": [],
        "clocks": {"boottime_ms": 1000, "synchronized": False},
    }
    predicate.update(changes)
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": predicate["instance"]["id"], "digest": {"sha256": fixed}}],
        "predicateType": "urn:goldseal:evidence:1",
        "predicate": predicate,
    }
    return sign(key, INTOTO, json.dumps(statement).encode())


def make_certificate(directory, name, hosts=("127.0.0.1",), expired=False):
    """A self-signed P-256 certificate: (certificate file, key file, pin)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    names = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=10))
        .not_valid_after(now + datetime.timedelta(days=-1 if expired else 10))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256()))
    certificate_file = directory / f"{name}.pem"
    key_file = directory / f"{name}.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(private_pem(key))
    pin = "sha256//" + base64.b64encode(hashlib.sha256(spki(key)).digest()).decode()
    return certificate_file, key_file, pin


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificates")
    return {
        "good": make_certificate(directory, "good", ("127.0.0.1", "::1")),
        "other": make_certificate(directory, "other"),
        "misnamed": make_certificate(directory, "misnamed", ("collector.example",)),
        "expired": make_certificate(directory, "expired", expired=True),
    }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", kind=JSON, headers=()):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        collector = self.server.collector
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with collector.lock:
            collector.requests.append((self.path, dict(self.headers), self.client_address))
            plan = collector.plans[self.path]
            action = plan.popleft() if plan else None
        if action is None:
            action = {"/v1/challenge": collector.challenge,
                      "/v1/evidence": collector.accept}.get(self.path)
        if action is None:
            self.reply(404)
            return
        try:
            action(self, body)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True


class Collector:
    """A collector that checks all that a real one would, unless a plan says otherwise."""

    def __init__(self, certificate=None, address="127.0.0.1", maximum_version=None):
        self.lock = threading.Lock()
        self.plans = collections.defaultdict(collections.deque)
        self.requests = []
        self.nonces = set()
        self.accepted = []
        self.verdict = ("pass", [])

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_):
                pass

        self.server = Server((address, 0), Handler)
        self.server.collector = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate[0], certificate[1])
            if maximum_version:
                context.set_ciphers("ALL:@SECLEVEL=0")
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = maximum_version
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        host = f"[{address}]" if ":" in address else address
        self.url = f"{'https' if certificate else 'http'}://{host}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def plan(self, path, *actions):
        self.plans[path].extend(actions)

    def count(self, path):
        return sum(1 for request in self.requests if request[0] == path)

    def challenge(self, handler, _):
        nonce = uuid.uuid4().hex
        self.nonces.add(nonce)
        handler.reply(200, {"nonce": nonce, "expires_in": 60})

    def accept(self, handler, body):
        message = json.loads(body)
        assert set(message) == {"evidence", "proof", "identity"}
        public = serialization.load_pem_public_key(message["identity"]["key"].encode())
        payload = opened(message["evidence"], INTOTO, public)
        proof = json.loads(opened(message["proof"], PROOF, public))
        assert set(proof) == {"nonce", "sha256"}
        assert proof["sha256"] == hashlib.sha256(payload).hexdigest()
        self.nonces.remove(proof["nonce"])
        number = json.loads(payload)["predicate"]["id"]
        known = number in self.accepted
        if not known:
            self.accepted.append(number)
        verdict, reasons = self.verdict
        handler.reply(200 if known else 202, {"id": number, "verdict": verdict, "tier": "T0",
                                              "reasons": reasons})

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def collector(certificates):
    collector = Collector(certificates["good"])
    yield collector
    collector.close()


class Agent:
    """One machine: a state directory, its key and its configuration."""

    def __init__(self, directory):
        self.state = directory / "state"
        self.config = directory / "goldseal.conf"
        self.key = ec.generate_private_key(ec.SECP256R1())
        (self.state / "spool").mkdir(parents=True)
        self.state.chmod(0o700)
        key_file = self.state / "instance.key"
        key_file.write_bytes(private_pem(self.key))
        key_file.chmod(0o600)

    def configure(self, collector=None, **keys):
        lines = ["[agent]", f"state-directory = {self.state}", "[collector]"]
        settings = {"attempts": 1, "timeout": 5}
        if collector:
            settings["url"] = collector if isinstance(collector, str) else collector.url
        settings.update(keys)
        lines += [f"{name.replace('_', '-')} = {value}" for name, value in settings.items()
                  if value is not None]
        self.config.write_text("\n".join(lines) + "\n")

    def spool(self, number, key=None):
        path = self.state / "spool" / f"{make_id(number)}.json"
        path.write_text(json.dumps({"evidence": make_evidence(key or self.key, number)}))
        return path

    def command(self, *arguments):
        return [str(GOLDSEAL), *arguments, "--config", str(self.config)]

    def run(self, *arguments, env=None):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=60,
                              env={**os.environ, **(env or {})}, check=False)

    def waiting(self):
        return sorted(p.name for p in (self.state / "spool").glob("*.json"))

    def delivered(self):
        return sorted(p.name for p in (self.state / "delivered").glob("*.json"))

    def broken(self):
        return sorted(p.name for p in (self.state / "spool" / "broken").glob("*.json"))


@pytest.fixture
def agent(tmp_path):
    return Agent(tmp_path)


def trust(certificates):
    return {"ca_file": certificates["good"][0]}


def check_kept_then_delivered(agent, collector, certificates, **keys):
    """The report is still there, and goes out once when all is well again."""
    assert agent.waiting() == [f"{make_id(1)}.json"]
    assert not agent.broken()
    agent.configure(collector, **{**trust(certificates), **keys})
    result = agent.run("deliver")
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"delivered {make_id(1)}: pass (T0)\n"
    assert agent.waiting() == []
    assert agent.delivered() == [f"{make_id(1)}.json"]
    assert collector.accepted == [make_id(1)]
    again = agent.run("deliver")
    assert (again.returncode, again.stdout) == (0, "nothing to deliver\n")
    assert collector.accepted == [make_id(1)]


def fails(agent, *words):
    result = agent.run("deliver")
    assert result.returncode == 3, (result.stdout, result.stderr)
    assert "delivered 0" not in result.stdout
    for word in words:
        assert word in result.stderr, result.stderr
    return result
