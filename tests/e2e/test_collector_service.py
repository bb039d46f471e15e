# SPDX-License-Identifier: Apache-2.0
"""The collector as a service: crashes, stops, sockets, systemd."""

import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time

import goldseal_py as gs
import pytest
import requests
from collector_calls import HOST, is_served, tls, wait_until
from test_collector import assert_problem, manifest, signer  # noqa: F401


class Deliverers:
    """Clients that deliver until they are told to end; `acknowledged` is what was answered 202."""

    def __init__(self, collector, manifest, clients):  # noqa: F811
        self.acknowledged = set()
        self.failed = []
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.arguments = (collector.url, collector.ca, manifest)
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        url, ca, manifest = self.arguments  # noqa: F811
        key = gs.Key()
        with requests.Session() as session:
            session.trust_env = False
            session.verify = ca
            while not self.ending.is_set():
                predicate = gs.evidence(f"i-{number}", key, manifest)
                signed = gs.sign_evidence(predicate, key)
                try:
                    answer = session.post(url + "/v1/challenge", timeout=10)
                    if answer.status_code != 200:
                        self.refuse(answer)
                        return
                    nonce = answer.json()["nonce"]
                    answer = session.post(
                        url + "/v1/evidence", json=gs.delivery(nonce, signed, key), timeout=10
                    )
                except requests.RequestException:
                    return
                if answer.status_code != 202:
                    self.refuse(answer)
                    return
                with self.lock:
                    self.acknowledged.add(predicate["id"])

    def refuse(self, answer):
        with self.lock:
            self.failed.append(answer.text)

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()


def stored_ids(collector):
    """Asks for each report by itself: history shows the newest hundred only."""
    import sqlite3

    with sqlite3.connect(f"file:{collector.data}/collector.db?mode=ro", uri=True) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = db.execute("SELECT id, envelope FROM evidence JOIN envelopes USING (seq)")
        return {row[0] for row in rows if json.loads(row[1])["payload"]}


def test_kill_loses_nothing_acknowledged(stopped_collector, signer):  # noqa: F811
    collector = stopped_collector
    collector.trust(signer)
    rng = random.Random(7)
    acknowledged = set()
    collector.start()
    published = gs.Manifest(signer)
    assert collector.publish(published).status_code == 201
    for _ in range(5):
        clients = Deliverers(collector, published, 8)
        time.sleep(0.3 + rng.random() * 0.7)
        assert collector.stop(signal.SIGKILL) == -signal.SIGKILL
        clients.end()
        assert not clients.failed
        assert clients.acknowledged
        acknowledged |= clients.acknowledged
        collector.start()
        assert acknowledged <= stored_ids(collector)
    for identifier in list(acknowledged)[:20]:
        assert collector.get(f"/v1/evidence/{identifier}").status_code == 200
    assert collector.get("/v1/summary").json()["evidence"] == len(stored_ids(collector))


def test_sigterm_is_graceful(stopped_collector, signer):  # noqa: F811
    collector = stopped_collector
    collector.trust(signer)
    collector.start()
    published = gs.Manifest(signer)
    assert collector.publish(published).status_code == 201
    clients = Deliverers(collector, published, 8)
    wait_until(lambda: len(clients.acknowledged) > 50, 30)
    assert collector.stop(signal.SIGTERM) == 0
    clients.end()
    assert all(json.loads(text)["status"] == 503 for text in clients.failed)
    # Not only nothing lost: nothing stored that was not told.
    assert stored_ids(collector) == clients.acknowledged


def test_request_under_way_is_ended(collector):
    body = b"{}" + b" " * 500
    with tls(collector) as connection:
        connection.sendall(
            b"POST /v1/challenge HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(body)
        )
        connection.sendall(body[:100])
        time.sleep(0.3)
        collector.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        # Who comes now is sent away at once, and the one that was there is served.
        assert_problem(requests.post(collector.url + "/v1/challenge", verify=collector.ca), 503)
        connection.sendall(body[100:])
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert collector.process.wait(20) == 0
    collector.process.stdout.close()
    collector.process = None


def test_sigint(collector):
    assert collector.stop(signal.SIGINT) == 0


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="needs prlimit of util-linux")
def test_disk_full(collector, manifest):  # noqa: F811
    """Nothing is acknowledged that is not written, and the service comes back by itself."""
    key = gs.Key()
    assert collector.deliver(gs.evidence("i-0", key, manifest), key).status_code == 202
    limit = ["prlimit", f"--pid={collector.process.pid}"]
    # Files may not grow beyond this: the write-ahead log is larger already.
    subprocess.run([*limit, "--fsize=4096:unlimited"], check=True)
    refused = [collector.deliver(gs.evidence(f"i-{n}", key, manifest), key) for n in range(1, 6)]
    for answer in refused:
        assert_problem(answer, 503)
        assert int(answer.headers["Retry-After"]) > 0
    assert collector.get("/healthz").status_code == 200
    assert collector.get("/v1/summary").json()["evidence"] == 1
    subprocess.run([*limit, "--fsize=unlimited:unlimited"], check=True)
    assert collector.deliver(gs.evidence("i-9", key, manifest), key).status_code == 202
    assert collector.get("/v1/summary").json()["evidence"] == 2


def test_socket_activation(stopped_collector):
    activate = shutil.which("systemd-socket-activate")
    if activate is None:
        pytest.skip("needs systemd-socket-activate")
    collector = stopped_collector
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            activate,
            f"--listen=127.0.0.1:{port}",
            str(collector.program),
            "serve",
            "--data",
            str(collector.data),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        collector.url = f"https://127.0.0.1:{port}"
        wait_until(lambda: is_served(collector))
        assert process.stdout.readline() == b"listening on https://127.0.0.1:%d\n" % port
        assert collector.challenge()
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        process.stdout.close()
    assert code == 0


def test_notifies_systemd(stopped_collector, tmp_path):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(path)
        notify.settimeout(20)
        os.environ["NOTIFY_SOCKET"] = path
        try:
            stopped_collector.start()
        finally:
            del os.environ["NOTIFY_SOCKET"]
        assert notify.recv(4096).startswith(b"READY=1")
        assert stopped_collector.stop() == 0
        assert notify.recv(4096).startswith(b"STOPPING=1")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def test_unix_socket(stopped_collector, tmp_path):
    path = str(tmp_path / "socket")
    process = subprocess.Popen(
        [
            str(stopped_collector.program),
            "serve",
            "--data",
            str(stopped_collector.data),
            "--no-tls",
            "--listen",
            f"unix:{path}",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout.readline() == f"listening on unix:{path}\n".encode()
        connection = UnixConnection(path)
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b'{"status":"ok"}'
        connection.close()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        process.stdout.close()
