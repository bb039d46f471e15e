# SPDX-License-Identifier: Apache-2.0
"""goldseal deliver: certificates, pins, proxies and tokens."""

import socket
import ssl
import subprocess
import threading
import time

import pytest
from delivering import (Collector, agent, certificates, check_kept_then_delivered,  # noqa: F401
                        collector, fails, make_id, trust)


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
