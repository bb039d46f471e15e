# SPDX-License-Identifier: Apache-2.0
"""The collector under load, and against clients that mean it no good."""

import concurrent.futures
import json
import random
import socket
import ssl
import time

import goldseal_py as gs
import pytest
import requests
from collector_calls import CLIENTS, all_items, raw, status, tls, wait_until
from test_collector import assert_problem, manifest, signer  # noqa: F401


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
