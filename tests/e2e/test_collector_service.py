# SPDX-License-Identifier: Apache-2.0
"""The collector as a service: load, hostile clients, crashes, stops, roles, pages."""

import concurrent.futures
import http.client
import json
import os
import random
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import threading
import time

import goldseal_py as gs
import pytest
import requests
from test_collector import assert_problem, manifest, signer  # noqa: F401

CLIENTS = 16


def tls(collector):
    context = ssl.create_default_context(cafile=collector.ca)
    plain = socket.create_connection(("127.0.0.1", collector.port), timeout=30)
    return context.wrap_socket(plain, server_hostname="localhost")


def raw(collector, data):
    """Sends bytes; returns all that comes back until the other side closes or says no more."""
    with tls(collector) as connection:
        connection.settimeout(5)
        connection.sendall(data)
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
                head, found, body = answer.partition(b"\r\n\r\n")
                if found and b"content-length: %d\r\n" % len(body) in head.lower() + b"\r\n":
                    break
        except (TimeoutError, ssl.SSLError, ConnectionError):
            pass
    return answer


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def all_evidence(collector, instances):
    """The ids of the stored reports of every instance."""
    found = set()
    for item in instances:
        detail = collector.get(f"/v1/instances/{item['uid']}").json()
        found |= {entry["id"] for entry in detail["history"]}
    return found


def all_items(collector, path, **filters):
    items, cursor = [], None
    with collector.session(collector.token) as session:
        while True:
            query = dict(filters, **({"cursor": cursor} if cursor else {}))
            answer = session.get(collector.url + path, params=query, timeout=30)
            assert answer.status_code == 200, answer.text
            items += answer.json()["items"]
            cursor = answer.json()["next"]
            if cursor is None:
                return items


# -- Load --


def deliver_many(collector, manifest, number, count):  # noqa: F811
    key = gs.Key()
    results = []
    with collector.session() as session:
        for n in range(count):
            predicate = gs.evidence(f"i-{number}-{n}", key, manifest)
            signed = gs.sign_evidence(predicate, key)
            nonce = session.post(collector.url + "/v1/challenge", timeout=60).json()["nonce"]
            answer = session.post(
                collector.url + "/v1/evidence", json=gs.delivery(nonce, signed, key), timeout=60
            )
            results.append((predicate["id"], answer.status_code, answer.json()["verdict"]))
    return results


def test_thousand_deliveries(collector, manifest):  # noqa: F811
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        parts = pool.map(
            lambda number: deliver_many(collector, manifest, number, 63), range(CLIENTS)
        )
        results = [result for part in parts for result in part]
    assert len(results) == 63 * CLIENTS >= 1000
    assert {(code, verdict) for _, code, verdict in results} == {(202, "pass")}
    summary = collector.get("/v1/summary").json()
    assert summary["instances"] == summary["evidence"] == len(results)
    items = all_items(collector, "/v1/instances", limit=100)
    assert {item["evidence"] for item in items} == {result[0] for result in results}
    assert len(items) == len({item["uid"] for item in items}) == len(results)


def malform(rng, good):
    choice = rng.randrange(8)
    if choice == 0:
        return good[: rng.randrange(len(good))]
    if choice == 1:
        at = rng.randrange(len(good))
        return good[:at] + bytes([good[at] ^ (1 << rng.randrange(7))]) + good[at + 1 :]
    if choice == 2:
        return b"[" * rng.randrange(1, 100000)
    if choice == 3:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(500)))
    if choice == 4:
        return b"[" + b"0," * rng.randrange(100000) + b"0]"
    if choice == 5:
        return good[:-1] + b',"evidence":{}}'
    if choice == 6:
        return b'{"evidence":{},"proof":{},"identity":{"key":"' + b"A" * 10000 + b'"}}'
    return good + b"x"


def test_thousand_malformed(collector, manifest):  # noqa: F811
    rng = random.Random(20261123)
    key = gs.Key()
    signed = gs.sign_evidence(gs.evidence("i-1", key, manifest), key)
    good = json.dumps(gs.delivery(collector.challenge(), signed, key)).encode()
    # A flipped bit can leave the meaning as it was: in white space, or in the unsigned key id.
    bodies = [malform(rng, good) for _ in range(1000)]
    headers = {"Content-Type": "application/json"}

    def send(part):
        with collector.session() as session:
            return [
                session.post(
                    collector.url + "/v1/evidence", data=body, headers=headers, timeout=60
                )
                for body in part
            ]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = [a for part in pool.map(send, [bodies[n::8] for n in range(8)]) for a in part]
    assert len(answers) == 1000
    accepted = [a for a in answers if a.status_code in (200, 202)]
    for answer in answers:
        if answer not in accepted:
            assert answer.status_code in (400, 422), answer.text
            assert_problem(answer, answer.status_code)
    assert len(accepted) < 20
    assert collector.get("/v1/summary").json()["evidence"] == (1 if accepted else 0)
    assert collector.get("/healthz").json() == {"status": "ok"}
    # The process is the same one and serves on.
    assert collector.process.poll() is None
    other = gs.Key()
    assert collector.deliver(gs.evidence("i-2", other, manifest), other).json()["verdict"] == "pass"


# -- Hostile clients --


@pytest.mark.parametrize("where", ["tls", "headers", "body", "idle"])
def test_slow_client_is_closed(stopped_collector, where):
    collector = stopped_collector.start("--deadline", "2")
    start = time.monotonic()
    if where == "tls":
        connection = socket.create_connection(("127.0.0.1", collector.port), timeout=30)
        drip = b"\x16\x03\x01\x02\x00\x01\x00"
    else:
        connection = tls(collector)
        drip = b"x" * 100
        head = b"POST /v1/evidence HTTP/1.1\r\nHost: x\r\n"
        if where == "headers":
            connection.sendall(head + b"X-Drip: ")
        elif where == "body":
            connection.sendall(head + b"Content-Length: 1000\r\n\r\n")
    connection.settimeout(0.4)
    closed = False
    for byte in drip if where != "idle" else b"\0" * 100:
        try:
            if where != "idle":
                connection.sendall(bytes([byte]))
            closed = connection.recv(1) == b""
        except TimeoutError:
            pass
        except (ssl.SSLError, ConnectionError):
            closed = True
        if closed:
            break
    connection.close()
    assert closed
    assert 1.5 < time.monotonic() - start < 6
    # Others were served all the time.
    assert collector.get("/healthz").status_code == 200
    assert "goldseal_reaped_total 1\n" in collector.get("/metrics").text


HOST = b"Host: localhost\r\n"
LENGTH = b"Content-Length: 2\r\n"


@pytest.mark.parametrize(
    "head",
    [
        HOST + b"Transfer-Encoding: chunked\r\n" + LENGTH,
        HOST + b"Transfer-Encoding: chunked\r\n",
        HOST + b"transfer-encoding: identity\r\n" + LENGTH,
        HOST + b"Transfer-Encoding : chunked\r\n" + LENGTH,
        HOST + LENGTH + b"Content-Length: 3\r\n",
        HOST + LENGTH + LENGTH,
        HOST + b"Content-Length: \r\n 2\r\n",
        HOST + LENGTH + b"X-Fold: a\r\n b\r\n",
        HOST + LENGTH + b"X-Fold: a\r\n\tContent-Length: 5\r\n",
        # A fold adds three bytes; these leave out as many.
        HOST + b"X-A:\r\nX-B:\r\nX-C:\r\nX-Fold: a\r\n b\r\n" + LENGTH,
        HOST + b"X-A:1\r\nX-B:1\r\nX-C:1\r\nX-Fold: a\r\n b\r\n" + LENGTH,
        HOST + b"X-A: 1\nX-B: 1\nX-C: 1\nContent-Length: \r\n 2\r\n",
        b"Host: localhost\n" + LENGTH,
        HOST + b"Content-Length:  2\r\n",
        HOST + b"Content-Length:2\r\n",
        HOST + b"Content-Length : 2\r\n",
        HOST + b"X Y: 1\r\n" + LENGTH,
        HOST + b"X-Lf: 1\n" + LENGTH,
        HOST + HOST + LENGTH,
        LENGTH,
    ],
)
def test_smuggling_is_refused(collector, head):
    answer = raw(collector, b"POST /v1/challenge HTTP/1.1\r\n" + head + b"\r\n{}")
    assert status(answer) == 400, answer
    assert b"application/problem+json" in answer
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("length", [b"+2", b"-2", b"0x2", b"2 2", b"2, 2", b"2 ", b"99999999999999999999999"])
def test_odd_lengths_are_refused(collector, length):
    # The library itself closes on some of these without an answer; none may be served.
    answer = raw(
        collector,
        b"POST /v1/challenge HTTP/1.1\r\n" + HOST + b"Content-Length: " + length + b"\r\n\r\n{}",
    )
    assert status(answer) in (None, 400, 413), answer
    assert collector.get("/healthz").status_code == 200


def test_plain_request_is_served(collector):
    answer = raw(collector, b"POST /v1/challenge HTTP/1.1\r\n" + HOST + LENGTH + b"\r\n{}")
    assert status(answer) == 200, answer


@pytest.mark.parametrize("target", [b"/v1/challenge%00", b"*", b"http://x/v1/challenge", b"//"])
def test_odd_targets_are_refused(collector, target):
    answer = raw(collector, b"POST " + target + b" HTTP/1.1\r\n" + HOST + LENGTH + b"\r\n{}")
    assert status(answer) in (400, 404), answer


def test_plain_http_to_tls(collector):
    with socket.create_connection(("127.0.0.1", collector.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert not connection.recv(100).startswith(b"HTTP/1.1 200")
    assert collector.get("/healthz").status_code == 200


def test_rate_limit(stopped_collector):
    collector = stopped_collector.start("--rate", "2")
    with collector.session() as session:
        answers = [session.get(collector.url + "/healthz", timeout=30) for _ in range(40)]
    refused = [a for a in answers if a.status_code == 429]
    assert 10 < len(refused) < 25
    for answer in refused:
        assert_problem(answer, 429)
        assert int(answer.headers["Retry-After"]) > 0


def test_connections_of_one_address(stopped_collector):
    collector = stopped_collector.start("--connections-per-ip", "4")
    held = [tls(collector) for _ in range(4)]
    with pytest.raises((ssl.SSLError, ConnectionError, OSError)):
        tls(collector)
    for connection in held:
        connection.close()
    wait_until(lambda: is_served(collector))


def is_served(collector):
    try:
        return collector.get("/healthz").status_code == 200
    except requests.ConnectionError:
        return False


# -- Errors --


def test_http_errors(collector):
    with collector.session(collector.token) as session:
        url = collector.url
        assert_problem(session.get(url + "/v1/nothing", timeout=30), 404)
        assert_problem(session.get(url + "/v1/instances/" + "0" * 32, timeout=30), 404)
        assert_problem(session.get(url + "/v1/instances/x", timeout=30), 404)
        assert_problem(session.get(url + "/v1/evidence/x", timeout=30), 404)
        answer = session.get(url + "/v1/challenge", timeout=30)
        assert_problem(answer, 405)
        assert answer.headers["Allow"] == "POST"
        answer = session.delete(url + "/v1/instances", timeout=30)
        assert_problem(answer, 405)
        assert answer.headers["Allow"] == "GET, HEAD"
        for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/jsonp"}):
            answer = session.post(url + "/v1/evidence", data="{}", headers=headers, timeout=30)
            assert_problem(answer, 415)
        answer = session.post(
            url + "/v1/evidence", data="{}", headers={"Content-Encoding": "gzip"}, timeout=30
        )
        assert_problem(answer, 415)
        answer = session.post(url + "/v1/evidence", data=b" " * (13 << 20), timeout=60)
        assert_problem(answer, 413)
        for query in ("limit=0", "limit=501", "limit=x", "cursor=x", "verdict=good"):
            assert_problem(session.get(url + "/v1/instances?" + query, timeout=30), 400)
        assert_problem(session.get(url + "/v1/findings?severity=bad", timeout=30), 400)


def test_announced_size_is_refused_at_once(collector):
    start = time.monotonic()
    answer = raw(
        collector,
        b"POST /v1/evidence HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000000\r\n\r\n",
    )
    assert status(answer) == 413 and time.monotonic() - start < 4


def test_expect_continue(collector):
    head = b"POST /v1/evidence HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\n"
    assert status(raw(collector, head + b"Content-Length: 1000000000\r\n\r\n")) == 413


# -- Roles --


def test_roles(collector, manifest):  # noqa: F811
    tokens = {role: collector.add_token(role, role) for role in ("agent", "viewer", "operator")}
    tokens["admin"] = collector.token
    other = gs.Manifest(manifest.key)
    reading = ("/v1/summary", "/v1/instances", "/v1/images", "/v1/findings", "/metrics")
    for path in reading:
        assert_problem(requests.get(collector.url + path, verify=collector.ca, timeout=30), 401)
        assert_problem(collector.get(path, token=tokens["agent"]), 403)
        assert collector.get(path, token=tokens["viewer"]).status_code == 200
        assert collector.get(path, token=tokens["operator"]).status_code == 200
    for role in ("agent", "viewer"):
        assert_problem(collector.publish(other, token=tokens[role]), 403)
    assert collector.publish(other, token=tokens["operator"]).status_code == 201
    assert collector.publish(gs.Manifest(manifest.key), token=tokens["admin"]).status_code == 201
    for wrong in ("gs_" + "A" * 43, "gs_", "x", tokens["viewer"][:-1]):
        answer = collector.get("/v1/summary", token=wrong)
        assert_problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    basic = requests.get(
        collector.url + "/v1/summary", auth=("a", tokens["viewer"]), verify=collector.ca, timeout=30
    )
    assert_problem(basic, 401)
    # Withdrawn while the service runs.
    assert collector.run("token", "revoke", "--name", "viewer").returncode == 0
    assert_problem(collector.get("/v1/summary", token=tokens["viewer"]), 401)


def test_enrolment_by_token(stopped_collector):
    collector = stopped_collector.start("--enrol", "token")
    agent, viewer = collector.add_token("agent", "a"), collector.add_token("viewer", "v")
    with collector.session() as session:
        url = collector.url + "/v1/challenge"
        assert_problem(session.post(url, timeout=30), 401)
        for token, code in ((viewer, 403), (agent, 200), (collector.token, 200)):
            headers = {"Authorization": f"Bearer {token}"}
            assert session.post(url, headers=headers, timeout=30).status_code == code
        assert_problem(session.post(collector.url + "/v1/evidence", data="{}", timeout=30), 401)


def test_tokens_are_not_stored(collector):
    viewer = collector.add_token("viewer", "v")
    collector.get("/v1/summary", token=viewer)
    assert collector.stop() == 0
    for path in collector.data.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert viewer.encode() not in data and collector.token.encode() not in data, path
    listed = collector.run("token", "list").stdout
    assert "viewer" in listed and viewer not in listed


# -- Lists --


def test_cursor_pages(collector, manifest):  # noqa: F811
    key = gs.Key()
    for number in range(23):
        bad = [gs.finding(severity=("low", "high")[number % 2])]
        collector.deliver(gs.evidence(f"i-{number}", key, manifest, findings=bad), key)
    whole = collector.get("/v1/instances", params={"limit": 500}).json()
    assert whole["next"] is None and len(whole["items"]) == 23
    seen = [item["last_seen"] for item in whole["items"]]
    assert seen == sorted(seen, reverse=True)
    for limit in (1, 7, 22, 23):
        assert all_items(collector, "/v1/instances", limit=limit) == whole["items"]
    failing = all_items(collector, "/v1/instances", limit=5, verdict="fail")
    assert [i["id"] for i in failing] == [
        i["id"] for i in whole["items"] if i["verdict"] == "fail"
    ]
    assert len(failing) == 11
    findings = all_items(collector, "/v1/findings", limit=4)
    assert [f["severity"] for f in findings] == ["high"] * 11 + ["low"] * 12
    assert len({f["evidence"] for f in findings}) == 23
    assert len(all_items(collector, "/v1/findings", severity="low", limit=5)) == 12
    assert len(all_items(collector, "/v1/findings", instance="i-3")) == 1
    # One list's cursor is none of another's.
    cursor = collector.get("/v1/instances", params={"limit": 1}).json()["next"]
    assert_problem(collector.get("/v1/findings", params={"cursor": cursor}), 400)
    images = [gs.Manifest(manifest.key, version=str(n)) for n in range(2, 7)]
    for image in images:
        assert collector.publish(image).status_code == 201
    listed = all_items(collector, "/v1/images", limit=2)
    assert [i["manifest"] for i in listed] == [
        image.digest for image in [manifest, *images][::-1]
    ]
    for name in ("web", "web/1", manifest.digest):
        assert len(all_items(collector, "/v1/instances", image=name)) == 23
    assert all_items(collector, "/v1/instances", image="web/2") == []


# -- The page and the rest --


def test_page(collector):
    answer = requests.get(collector.url + "/", verify=collector.ca, timeout=30)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    policy = answer.headers["Content-Security-Policy"]
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ):
        assert part in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    again = requests.get(
        collector.url + "/",
        headers={"If-None-Match": answer.headers["ETag"]},
        verify=collector.ca,
        timeout=30,
    )
    assert again.status_code == 304 and not again.content
    for path in ("/assets/nothing.js", "/assets/../etc/passwd", "/assets/%2e%2e/x", "/index.html"):
        assert status(raw(collector, b"GET %s HTTP/1.1\r\n%s\r\n" % (path.encode(), HOST))) == 404
    head = requests.head(collector.url + "/", verify=collector.ca, timeout=30)
    assert head.status_code == 200 and not head.content


def test_openapi_has_every_route(collector):
    document = requests.get(collector.url + "/openapi.json", verify=collector.ca, timeout=30).json()
    assert document["openapi"].startswith("3.")
    for path, item in document["paths"].items():
        for method in item:
            concrete = path.replace("{uid}", "0" * 32).replace("{digest}", "0" * 64)
            answer = requests.request(
                method,
                collector.url + concrete.replace("{id}", "0"),
                verify=collector.ca,
                timeout=30,
            )
            # There, if only for those with a token: neither 404 of the router nor 405.
            assert answer.status_code in (200, 400, 401), (method, path, answer.text)


def test_metrics(collector, manifest):  # noqa: F811
    key = gs.Key()
    collector.deliver(gs.evidence("i-1", key, manifest), key)
    answer = collector.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    values = {}
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert name not in values
            values[name] = float(value)
    assert values['goldseal_deliveries_total{verdict="pass"}'] == 1
    assert values['goldseal_instances{verdict="pass"}'] == 1
    assert values["goldseal_evidence"] == 1
    assert values["goldseal_commits_total"] >= 2
    assert values["goldseal_queue_depth"] == 0
    assert values["goldseal_trusted_signers"] == 1


# -- Crashes and stops --


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


# -- What does not start, and says why --


def refuses(collector, *arguments, says):
    done = collector.run("serve", *arguments)
    assert done.returncode == 3, (done.returncode, done.stderr)
    assert done.stdout == ""
    assert says in done.stderr
    return done.stderr


def test_data_directory_is_private(stopped_collector):
    data = stopped_collector.data
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    for name in ("collector.db", "nonce.key", "tls.key"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    again = stopped_collector.run("init")
    assert again.returncode == 3 and "nothing was changed" in again.stderr
    assert again.stdout == ""


def test_second_serve(collector):
    refuses(collector, "--listen", "127.0.0.1:0", says="another goldseal-collector serves")


def test_missing_data(stopped_collector, tmp_path):
    stopped_collector.data = tmp_path / "nothing"
    refuses(stopped_collector, says="init")


def test_missing_database(stopped_collector):
    (stopped_collector.data / "collector.db").unlink()
    refuses(stopped_collector, "--listen", "127.0.0.1:0", says="restore it from a backup")


@pytest.mark.parametrize("damage", ["text", "empty", "header", "middle"])
def test_corrupt_database(stopped_collector, damage):
    path = stopped_collector.data / "collector.db"
    data = bytearray(path.read_bytes())
    if damage == "text":
        data = b"this is no database\n" * 100
    elif damage == "empty":
        data = b""
    elif damage == "header":
        data[:100] = bytes(100)
    else:
        data[16384 : 16384 * 4] = b"\xff" * (16384 * 3)
    path.write_bytes(data)
    refuses(stopped_collector, "--listen", "127.0.0.1:0", says="collector.db")


def test_newer_schema(stopped_collector):
    import sqlite3

    with sqlite3.connect(stopped_collector.data / "collector.db") as db:
        db.execute("PRAGMA user_version = 99")
    refuses(stopped_collector, "--listen", "127.0.0.1:0", says="newer")


def test_plain_http_needs_loopback(stopped_collector):
    refuses(stopped_collector, "--no-tls", "--listen", "0.0.0.0:0", says="--no-tls is for loopback")
    collector = stopped_collector.start("--no-tls")
    assert collector.url.startswith("http://")
    assert requests.get(collector.url + "/healthz", timeout=30).status_code == 200


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.mark.parametrize(
    "kind, says",
    [
        (["-newkey", "rsa:2048"], "RSA"),
        (["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"], "P-256 only"),
        (["-newkey", "ed25519"], "P-256 only"),
    ],
)
def test_only_p256_certificates(stopped_collector, kind, says):
    data = stopped_collector.data
    openssl(
        "req", "-x509", *kind, "-nodes", "-subj", "/CN=x", "-keyout", str(data / "tls.key"),
        "-out", str(data / "tls.crt"),
    )  # fmt: skip
    refuses(stopped_collector, "--listen", "127.0.0.1:0", says=says)


def test_certificate_and_key_must_match(stopped_collector):
    data = stopped_collector.data
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
            str(data / "tls.key"))  # fmt: skip
    refuses(stopped_collector, "--listen", "127.0.0.1:0", says="not that of the certificate")


@pytest.mark.parametrize(
    "listen", ["nowhere", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "::1:80", "unix:x", ":1"]
)
def test_listen_addresses(stopped_collector, listen):
    refuses(stopped_collector, "--listen", listen, says="expected")


def test_port_in_use(stopped_collector):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refuses(
            stopped_collector,
            "--listen",
            f"127.0.0.1:{taken.getsockname()[1]}",
            says="cannot listen",
        )


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["token", "add"],
        ["token", "add", "--name", "x"],
        ["token", "add", "--name", "x", "--role", "king"],
        ["token", "add", "--name", "x y", "--role", "viewer"],
        ["token", "lose"],
        ["trust", "add"],
        ["trust"],
        ["serve", "--enrol", "no", "--data", "x"],
        ["serve", "--deadline", "x", "--data", "x"],
        ["nothing"],
        [],
    ],
)
def test_usage(build_dir, arguments):
    needs_data = arguments[:1] == ["token"] or arguments[:1] == ["trust"]
    done = subprocess.run(
        [str(build_dir / "goldseal-collector"), *arguments, *(["--data", "/nowhere"] * needs_data)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == "" and done.stderr


def test_trust_verb(stopped_collector, tmp_path):
    key = gs.Key()
    path = tmp_path / "signer.pub"
    path.write_text(key.pem)
    assert stopped_collector.run("trust", "list").stdout == ""
    assert stopped_collector.run("trust", "add", str(path)).stdout.strip() == key.id
    assert stopped_collector.run("trust", "list").stdout.strip() == key.id
    again = stopped_collector.run("trust", "add", str(path))
    assert again.returncode == 3 and "already" in again.stderr
    path.write_text("no key")
    assert stopped_collector.run("trust", "add", str(path)).returncode == 3
    assert stopped_collector.start().publish(gs.Manifest(key)).status_code == 201
