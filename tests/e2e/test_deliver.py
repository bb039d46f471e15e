# SPDX-License-Identifier: Apache-2.0
"""goldseal deliver and report, against a collector that behaves and one that does not."""

import base64
import collections
import datetime
import email.utils
import hashlib
import http.server
import ipaddress
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
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


def test_all_is_well(agent, collector, certificates):
    for number in (3, 1, 2):
        agent.spool(number)
    agent.configure(collector, pin=certificates["good"][2], **trust(certificates))
    result = agent.run("deliver")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert collector.accepted == [make_id(n) for n in (1, 2, 3)]
    assert agent.waiting() == []
    receipt = json.loads((agent.state / "delivered" / f"{make_id(1)}.receipt").read_text())
    assert receipt == {"id": make_id(1), "verdict": "pass", "tier": "T0", "reasons": [],
                       "duplicate": False}
    # A challenge and a report each, all on one connection.
    assert [path for path, _, _ in collector.requests] == ["/v1/challenge", "/v1/evidence"] * 3
    assert len({peer for _, _, peer in collector.requests}) == 1


def test_the_collectors_verdict_is_shown_and_is_no_exit_code(agent, collector, certificates):
    agent.spool(1)
    collector.verdict = ("fail", [{"stage": "manifest", "code": "manifest.unknown",
                                   "text": "never\u001b[2Jpublished\ndelivered x: pass"}])
    agent.configure(collector, **trust(certificates))
    result = agent.run("deliver")
    assert result.returncode == 0
    assert result.stdout == (f"delivered {make_id(1)}: fail (T0)\n  manifest manifest.unknown: "
                             "never\\033[2Jpublished\\012delivered x: pass\n")


def test_quiet(agent, collector, certificates):
    agent.spool(1)
    agent.configure(collector, **trust(certificates))
    result = agent.run("deliver", "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert collector.accepted == [make_id(1)]


def test_known_already(agent, collector, certificates):
    agent.spool(1)
    collector.accepted.append(make_id(1))
    agent.configure(collector, **trust(certificates))
    result = agent.run("deliver")
    assert (result.returncode, result.stdout) == (
        0, f"delivered {make_id(1)}: pass (T0), known already\n")


def test_nothing_to_deliver_needs_no_collector(agent):
    agent.configure()
    result = agent.run("deliver")
    assert (result.returncode, result.stdout) == (0, "nothing to deliver\n")


def test_no_collector(agent, collector, certificates):
    agent.spool(1)
    agent.configure()
    fails(agent, "no collector is configured")
    check_kept_then_delivered(agent, collector, certificates)


def test_down(agent, collector, certificates):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{closed.getsockname()[1]}"
    agent.spool(1)
    agent.configure(url, attempts=2, **trust(certificates))
    fails(agent, "gave up after 2 attempts", "kept for later")
    check_kept_then_delivered(agent, collector, certificates)


def test_slow(agent, collector, certificates):
    agent.spool(1)
    collector.plan("/v1/challenge", lambda handler, body: time.sleep(4))
    agent.configure(collector, timeout=1, **trust(certificates))
    started = time.monotonic()
    fails(agent, "timed out")
    assert time.monotonic() - started < 3.5
    check_kept_then_delivered(agent, collector, certificates)


def test_slow_trickle(agent, collector, certificates):
    def trickle(handler, _):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(40):
            handler.wfile.write(b"X-A: b\r\n")
            time.sleep(0.1)

    agent.spool(1)
    collector.plan("/v1/evidence", trickle)
    agent.configure(collector, timeout=1, **trust(certificates))
    fails(agent, "timed out")
    check_kept_then_delivered(agent, collector, certificates)


@pytest.mark.parametrize("path", ["/v1/challenge", "/v1/evidence"])
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_trouble_then_well(agent, collector, certificates, path, status):
    agent.spool(1)
    collector.plan(path, lambda handler, body: handler.reply(status))
    agent.configure(collector, attempts=3, **trust(certificates))
    result = agent.run("deliver")
    assert result.returncode == 0, result.stderr
    assert collector.accepted == [make_id(1)]
    assert collector.count("/v1/challenge") == 2


@pytest.mark.parametrize("status, form", [(429, "seconds"), (503, "date")])
def test_retry_after(agent, collector, certificates, status, form):
    def refuse(handler, _):
        value = "2" if form == "seconds" else email.utils.format_datetime(
            datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3),
            usegmt=True)
        handler.reply(status, headers=[("Retry-After", value)])

    agent.spool(1)
    collector.plan("/v1/evidence", refuse)
    agent.configure(collector, attempts=2, **trust(certificates))
    started = time.monotonic()
    assert agent.run("deliver").returncode == 0
    assert 1.5 < time.monotonic() - started < 8
    assert collector.accepted == [make_id(1)]


def test_retry_after_too_long(agent, collector, certificates):
    agent.spool(1)
    collector.plan("/v1/challenge", lambda handler, body: handler.reply(
        503, headers=[("Retry-After", "3600")]))
    agent.configure(collector, attempts=5, **trust(certificates))
    fails(agent, "asks to wait 3600 s", "503")
    assert collector.count("/v1/challenge") == 1
    check_kept_then_delivered(agent, collector, certificates)


@pytest.mark.parametrize("path", ["/v1/challenge", "/v1/evidence"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_refused(agent, collector, certificates, path, status):
    elsewhere = Collector(certificates["good"])
    agent.spool(1)
    collector.plan(path, lambda handler, body: handler.reply(
        status, headers=[("Location", elsewhere.url + path)]))
    agent.configure(collector, attempts=3, **trust(certificates))
    fails(agent, "redirect")
    assert elsewhere.requests == []
    elsewhere.close()
    check_kept_then_delivered(agent, collector, certificates)


GOOD = {"id": make_id(1), "verdict": "pass", "tier": "T0", "reasons": []}
NONSENSE = {
    "empty": dict(body=b""),
    "text": dict(body=b"hello"),
    "html": dict(body=b"<html>log in</html>", kind="text/html"),
    "right-but-no-type": dict(body=GOOD, kind=None),
    "right-but-text": dict(body=GOOD, kind="text/plain"),
    "null": dict(body=b"null"),
    "array": dict(body=b"[]"),
    "no-members": dict(body={}),
    "no-id": dict(body={**GOOD, "id": None}),
    "other-id": dict(body={**GOOD, "id": make_id(2)}),
    "number-verdict": dict(body={**GOOD, "verdict": 1}),
    "other-verdict": dict(body={**GOOD, "verdict": "perfect"}),
    "reasons-text": dict(body={**GOOD, "reasons": "none"}),
    "reason-number": dict(body={**GOOD, "reasons": [1]}),
    "deep": dict(body=b"[" * 30000),
    "huge": dict(body=b" " * (1 << 20) + json.dumps(GOOD).encode()),
    "huge-headers": dict(body=GOOD, headers=[(f"X-{n}", "y" * 1000) for n in range(80)]),
    "204": dict(status=204),
    "206": dict(status=206, body=GOOD),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_receipt(agent, collector, certificates, name):
    answer = {"status": 202, **NONSENSE[name]}
    agent.spool(1)
    collector.plan("/v1/evidence", lambda handler, body: handler.reply(**answer))
    agent.configure(collector, attempts=3, **trust(certificates))
    fails(agent, "kept for later")
    assert collector.count("/v1/evidence") == 1
    check_kept_then_delivered(agent, collector, certificates)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"nonce":7}', b'{"nonce":""}',
                                  b'{"nonce":"' + b"n" * 1000 + b'"}', b'{"nonce":"a"',
                                  b'{"nonce":"a","nonce":"b"}'])
def test_nonsense_challenge(agent, collector, certificates, body):
    agent.spool(1)
    collector.plan("/v1/challenge", lambda handler, _: handler.reply(200, body))
    agent.configure(collector, attempts=3, **trust(certificates))
    fails(agent, "kept for later")
    assert collector.count("/v1/evidence") == 0
    check_kept_then_delivered(agent, collector, certificates)


def test_not_http(agent, collector, certificates):
    agent.spool(1)
    collector.plan("/v1/challenge", lambda handler, _: handler.wfile.write(b"SSH-2.0-x\r\n" * 9))
    agent.configure(collector, **trust(certificates))
    fails(agent, "kept for later")
    check_kept_then_delivered(agent, collector, certificates)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 202 Accepted\r\nContent-", b"HTTP/1.1 202 Accepted"
                                  b"\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"
                                  + json.dumps(GOOD).encode()])
def test_dropped_half_way(agent, collector, certificates, sent):
    def drop(handler, _):
        handler.wfile.write(sent)
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    agent.spool(1)
    collector.plan("/v1/evidence", drop)
    agent.configure(collector, **trust(certificates))
    fails(agent, "kept for later")
    # Not even the library may send it a second time with the same nonce.
    assert collector.count("/v1/evidence") == 1
    check_kept_then_delivered(agent, collector, certificates)


def test_answer_lost_after_the_report_was_stored(agent, collector, certificates):
    class Deaf:
        """Takes the report and says nothing."""

        @staticmethod
        def reply(*_):
            pass

    def store_and_drop(handler, body):
        collector.accept(Deaf, body)
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    agent.spool(1)
    collector.plan("/v1/evidence", store_and_drop)
    agent.configure(collector, attempts=2, **trust(certificates))
    result = agent.run("deliver")
    assert (result.returncode, result.stdout) == (
        0, f"delivered {make_id(1)}: pass (T0), known already\n")
    assert collector.accepted == [make_id(1)]


@pytest.mark.parametrize("server, trusted", [("good", "other"), ("misnamed", "misnamed"),
                                             ("expired", "expired"), ("good", None)])
def test_wrong_certificate(agent, collector, certificates, server, trusted):
    wrong = Collector(certificates[server])
    agent.spool(1)
    agent.configure(wrong, attempts=5, ca_file=trusted and certificates[trusted][0])
    started = time.monotonic()
    fails(agent, "ertificate")
    assert time.monotonic() - started < 5
    assert wrong.requests == []
    wrong.close()
    check_kept_then_delivered(agent, collector, certificates)


def test_ca_file_replaces_the_systems_authorities(agent, collector, certificates, tmp_path):
    """In a mount namespace of its own, where the system trusts the server and ca-file does not."""
    system = tmp_path / "system"
    system.mkdir()
    name = subprocess.run(["openssl", "x509", "-in", certificates["good"][0], "-noout", "-hash"],
                          capture_output=True, text=True, check=True).stdout.strip()
    for file in (f"{name}.0", "ca-certificates.crt"):
        (system / file).write_bytes(certificates["good"][0].read_bytes())
    inside = ["unshare", "--mount", "sh", "-c",
              'mount --bind "$0" /etc/ssl/certs && exec "$@"', str(system)]
    probe = subprocess.run([*inside, "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"no mount namespace here: {probe.stderr.strip()}")
    agent.spool(1)
    agent.configure(collector, ca_file=certificates["other"][0])
    result = subprocess.run([*inside, *agent.command("deliver")], capture_output=True, text=True,
                            timeout=60, check=False)
    assert result.returncode == 3
    assert "certificate" in result.stderr
    assert collector.requests == []
    # The namespace works: without ca-file the system's authorities count.
    agent.configure(collector)
    result = subprocess.run([*inside, *agent.command("deliver")], capture_output=True, text=True,
                            timeout=60, check=False)
    assert result.returncode == 0, result.stderr


def test_wrong_pin(agent, collector, certificates):
    agent.spool(1)
    agent.configure(collector, attempts=5, pin=certificates["other"][2], **trust(certificates))
    fails(agent, "public key")
    assert collector.requests == []
    check_kept_then_delivered(agent, collector, certificates, pin=certificates["good"][2])


def test_old_tls(agent, collector, certificates):
    old = Collector(certificates["good"], maximum_version=ssl.TLSVersion.TLSv1_1)
    agent.spool(1)
    agent.configure(old, **trust(certificates))
    fails(agent, "kept for later")
    assert old.requests == []
    old.close()
    check_kept_then_delivered(agent, collector, certificates)


def test_ipv6(agent, certificates):
    try:
        collector = Collector(certificates["good"], "::1")
    except OSError as error:
        pytest.skip(f"no IPv6 loopback here: {error}")
    agent.spool(1)
    agent.configure(collector, **trust(certificates))
    assert agent.run("deliver").returncode == 0
    assert collector.accepted == [make_id(1)]
    collector.close()


def test_plain_http_on_loopback(agent):
    collector = Collector()
    agent.spool(1)
    agent.configure(collector)
    assert agent.run("deliver").returncode == 0
    assert collector.accepted == [make_id(1)]
    collector.close()


def test_proxies_of_the_environment_are_ignored(agent, collector, certificates):
    proxies = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "ALL_PROXY")}
    agent.spool(1)
    agent.configure(collector, **trust(certificates))
    assert agent.run("deliver", env=proxies).returncode == 0
    assert collector.accepted == [make_id(1)]


class Proxy:
    """An HTTP proxy that knows CONNECT alone."""

    def __init__(self):
        self.asked = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        client, _ = self.socket.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        target = head.split()[1].decode()
        self.asked.append(target)
        host, port = target.rsplit(":", 1)
        server = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=self.pump, args=(server, client), daemon=True).start()
        self.pump(client, server)

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def test_configured_proxy(agent, collector, certificates):
    proxy = Proxy()
    agent.spool(1)
    agent.configure(collector, proxy=proxy.url, **trust(certificates))
    result = agent.run("deliver")
    assert result.returncode == 0, result.stderr
    assert proxy.asked == [collector.url.removeprefix("https://")]
    assert collector.accepted == [make_id(1)]


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_refused_for_good(agent, collector, certificates, status):
    agent.spool(1)
    agent.spool(2)
    collector.plan("/v1/evidence", lambda handler, body: handler.reply(
        status, {"type": "about:blank", "title": "No", "status": status, "detail": "bad\u001b[m"},
        PROBLEM))
    agent.configure(collector, attempts=3, **trust(certificates))
    result = agent.run("deliver")
    assert result.returncode == 3
    assert f"answered {status}: No: bad\\033[m" in result.stderr
    assert agent.broken() == [f"{make_id(1)}.json"]
    reason = agent.state / "spool" / "broken" / f"{make_id(1)}.json.reason"
    assert f"answered {status}" in reason.read_text()
    # The next report was not held up, and the refused one is not sent again.
    assert collector.accepted == [make_id(2)]
    assert agent.waiting() == []
    assert agent.run("deliver").returncode == 0


@pytest.mark.parametrize("path, status, kind", [
    ("/v1/evidence", 401, PROBLEM), ("/v1/evidence", 403, PROBLEM), ("/v1/evidence", 404, PROBLEM),
    ("/v1/challenge", 401, PROBLEM), ("/v1/challenge", 400, PROBLEM),
    ("/v1/evidence", 400, "text/html"), ("/v1/evidence", 413, "text/html")])
def test_refused_for_now(agent, collector, certificates, path, status, kind):
    agent.spool(1)
    collector.plan(path, lambda handler, body: handler.reply(status, {"title": "No"}, kind))
    agent.configure(collector, attempts=1, **trust(certificates))
    fails(agent, f"answered {status}", "kept for later")
    check_kept_then_delivered(agent, collector, certificates)


def test_one_report_in_trouble_does_not_hold_up_the_next(agent, collector, certificates):
    agent.spool(1)
    agent.spool(2)
    collector.plan("/v1/evidence", *[lambda handler, body: handler.reply(500)] * 2)
    agent.configure(collector, attempts=2, **trust(certificates))
    fails_with = agent.run("deliver")
    assert fails_with.returncode == 3
    assert collector.accepted == [make_id(2)]
    assert agent.waiting() == [f"{make_id(1)}.json"]


def test_broken_files_do_not_hold_up_others(agent, collector, certificates):
    agent.spool(1).write_text('{"evidence":{"payl')
    agent.spool(2, key=ec.generate_private_key(ec.SECP256R1()))
    tampered = agent.spool(3)
    message = json.loads(tampered.read_text())
    payload = base64.b64decode(message["evidence"]["payload"]).replace(b'"fail"', b'"pass"')
    message["evidence"]["payload"] = base64.b64encode(payload).decode()
    tampered.write_text(json.dumps(message))
    agent.spool(4)
    agent.configure(collector, **trust(certificates))
    result = agent.run("deliver")
    assert result.returncode == 3
    assert result.stderr.count("moved to spool/broken") == 3
    assert agent.broken() == [f"{make_id(n)}.json" for n in (1, 2, 3)]
    assert agent.waiting() == []
    assert collector.accepted == [make_id(4)]
    assert agent.run("deliver").returncode == 0


def test_reports_without_their_key(agent, collector, certificates):
    agent.spool(1)
    (agent.state / "instance.key").unlink()
    agent.configure(collector, **trust(certificates))
    fails(agent, "instance.key")
    assert agent.waiting() == [f"{make_id(1)}.json"]
    # A new key would not fit the reports: none is made here.
    assert not (agent.state / "instance.key").exists()


TOKEN = "gs_test-token_0123456789"


def bearers(collector):
    return {headers.get("Authorization") for _, headers, _ in collector.requests}


def test_token_file(agent, collector, certificates, tmp_path):
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    agent.spool(1)
    agent.configure(collector, token_file=token, **trust(certificates))
    result = agent.run("deliver", "--debug")
    assert result.returncode == 0, result.stderr
    assert bearers(collector) == {f"Bearer {TOKEN}"}
    assert TOKEN not in result.stdout + result.stderr


def test_token_credential(agent, collector, certificates, tmp_path):
    (tmp_path / "goldseal.token").write_text(TOKEN)
    agent.spool(1)
    agent.configure(collector, token_credential="goldseal.token", **trust(certificates))
    fails(agent, "CREDENTIALS_DIRECTORY")
    result = agent.run("deliver", env={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert result.returncode == 0, result.stderr
    assert bearers(collector) == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("text, mode", [(TOKEN, 0o644), ("", 0o600), ("a b", 0o600),
                                        (f"{TOKEN}\r\nX-Evil: 1", 0o600), ("x" * 600, 0o600)])
def test_bad_token_file(agent, collector, certificates, tmp_path, text, mode):
    token = tmp_path / "token"
    token.write_text(text)
    token.chmod(mode)
    agent.spool(1)
    agent.configure(collector, token_file=token, **trust(certificates))
    result = fails(agent, str(token))
    assert collector.requests == []
    assert not text or text not in result.stderr


def test_two_at_once(agent, collector, certificates):
    entered, go_on = threading.Event(), threading.Event()

    def hold(handler, body):
        entered.set()
        go_on.wait(20)
        collector.accept(handler, body)

    agent.spool(1)
    collector.plan("/v1/evidence", hold)
    agent.configure(collector, timeout=30, **trust(certificates))
    with subprocess.Popen(agent.command("deliver"), stdout=subprocess.PIPE, text=True) as first:
        assert entered.wait(20)
        fails(agent, "another goldseal delivers")
        go_on.set()
        assert first.wait(20) == 0
    assert collector.accepted == [make_id(1)]
    assert collector.count("/v1/evidence") == 1


def test_killed_while_delivering(agent, collector, certificates):
    entered, go_on = threading.Event(), threading.Event()

    def hold(handler, _):
        entered.set()
        go_on.wait(20)
        handler.close_connection = True

    agent.spool(1)
    collector.plan("/v1/evidence", hold)
    agent.configure(collector, timeout=30, **trust(certificates))
    with subprocess.Popen(agent.command("deliver")) as process:
        assert entered.wait(20)
        process.send_signal(signal.SIGKILL)
        assert process.wait(20) == -signal.SIGKILL
    go_on.set()
    check_kept_then_delivered(agent, collector, certificates)


def test_bad_configuration(agent):
    agent.configure("http://collector.example")
    result = agent.run("deliver")
    assert result.returncode == 3
    assert f"{agent.config}:6: url" in result.stderr
    assert "expected https://" in result.stderr


# -- the real collector ---------------------------------------------------------------------------

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


# -- report -------------------------------------------------------------------------------------

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
