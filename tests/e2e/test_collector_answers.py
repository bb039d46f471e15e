# SPDX-License-Identifier: Apache-2.0
"""What the collector answers: roles, lists, the page and the rest."""

import goldseal_py as gs
import requests
from collector_calls import HOST, all_items, raw, status
from test_collector import assert_problem, manifest, signer  # noqa: F401


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
