# SPDX-License-Identifier: Apache-2.0
"""goldseal deliver, against a collector that behaves and one that does not."""

import base64
import datetime
import email.utils
import json
import signal
import socket
import subprocess
import threading
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from delivering import (Collector, PROBLEM, agent, certificates,  # noqa: F401
                        check_kept_then_delivered, collector, fails, make_id, trust)


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
