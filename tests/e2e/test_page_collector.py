# SPDX-License-Identifier: Apache-2.0
"""The fleet page as the collector itself serves it, with evidence that came the agents' way."""

import hashlib
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import page_server
import pytest

pytest.importorskip("selenium", reason="python3-selenium is not installed")
import page_browser  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GOLDSEAL_BUILD", ROOT / "build")).resolve()
COLLECTOR = BUILD / "goldseal-collector"
INSTANCES = 60

pytestmark = pytest.mark.skipif(
    not (page_browser.CHROMIUM.exists() and page_browser.DRIVER.exists()),
    reason="chromium and chromium-driver are not installed",
)

# A report cannot hold a zero byte: JSON readers refuse it.
HOSTILE = [name.replace("\0", "\1") for name in page_server.HOSTILE]


class Collector:
    """A collector of its own on a port of the kernel's choice, without TLS on loopback."""

    def __init__(self, directory):
        self.data = Path(directory) / "data"
        made = subprocess.run([COLLECTOR, "init", "--data", self.data, "--name", "localhost"],
                              check=True, capture_output=True, text=True, timeout=60)
        self.token = made.stdout.strip()
        self.log = open(Path(directory) / "log", "w")
        self.process = subprocess.Popen(
            [COLLECTOR, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--no-tls"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.url = None

    def find_address(self):
        """Where it says it listens; an empty line means that it has ended."""
        told = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
        if not told:
            pytest.fail("the collector did not start: " + Path(self.log.name).read_text())
        self.url = told[0]

    def post(self, path, body):
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            pytest.fail("%s: %d %s" % (path, error.code, error.read().decode()))

    def deliver(self, signer, statement):
        envelope = signer.envelope("application/vnd.in-toto+json", statement)
        payload = json.dumps(statement).encode()
        proof = signer.envelope("application/vnd.goldseal.proof+json", {
            "nonce": self.post("/v1/challenge", {})["nonce"],
            "sha256": hashlib.sha256(payload).hexdigest(),
        })
        return self.post("/v1/evidence", {"evidence": envelope, "proof": proof,
                                          "identity": {"key": signer.public.read_text()}})

    def stop(self):
        self.process.terminate()
        try:
            status = self.process.wait(timeout=30)
        finally:
            self.process.kill()
            self.process.stdout.close()
        self.log.close()
        return status


def finding(text):
    return {"code": "service.unexpected", "severity": "critical", "path": "/" + text,
            "title": text, "expected": text, "actual": text, "attack": ["T1543.002"],
            "package": None, "waived": None, "related": ["/" + text]}


def statement(signer, instance, findings):
    digest = hashlib.sha256(b"").hexdigest()
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": instance, "digest": {"sha256": digest}}],
        "predicateType": "urn:goldseal:evidence:1",
        "predicate": {
            "schema": 1, "id": page_server.uuid(instance), "phase": "image",
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "agent": {"version": "0.1.0", "sha256": digest},
            "instance": {"id": instance, "source": "option", "key_id": signer.key_id,
                         "cloud": None, "region": None, "image_id": None},
            "machine_id": None, "boot_id": None, "manifest": None,
            "fixed": {"entries": 0, "sha256": digest}, "verdict": "pass", "findings": findings,
            "coverage": {"entries": 7, "bytes": 4096, "ignored": [HOSTILE[0]], "unreadable": 1,
                         "checks": {"services": "ran"}},
            "timing": {"walk_ms": 1, "total_ms": 2}, "boot": [],
            "clocks": {"boottime_ms": 1, "synchronized": True},
        },
    }


@pytest.fixture(scope="module")
def collector(tmp_path_factory):
    if not COLLECTOR.is_file():
        pytest.fail(f"{COLLECTOR} is missing: run make BUILD={BUILD} all")
    directory = tmp_path_factory.mktemp("collector")
    collector = Collector(directory)
    try:
        collector.find_address()
        collector.signer = page_server.Signer(directory)
        for n in range(INSTANCES):
            findings = [finding(name) for name in HOSTILE] if n == INSTANCES - 1 else []
            collector.deliver(collector.signer,
                              statement(collector.signer, "i-%03d" % n, findings))
        yield collector
    finally:
        status = collector.stop()
    assert status == 0


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = page_browser.start_browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@pytest.fixture
def page(browser, collector):
    page = page_browser.Page(browser, collector)
    page.open("#token=" + collector.token)
    page.complaints()
    return page


def asked(collector, path):
    request = urllib.request.Request(
        collector.url + path, headers={"Authorization": "Bearer " + collector.token})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_policy_and_files(collector):
    with urllib.request.urlopen(collector.url + "/", timeout=30) as answer:
        assert answer.headers["Content-Security-Policy"] == page_server.CSP
        assert answer.headers["Content-Type"] == page_server.TYPES[".html"]
        body = answer.read()
        etag = answer.headers["ETag"]
    assert body == (ROOT / "dashboard" / "index.html").read_bytes()
    request = urllib.request.Request(collector.url + "/", headers={"If-None-Match": etag})
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(request, timeout=30)
    assert told.value.code == 304


def test_without_a_token_there_is_the_form(browser, collector):
    page = page_browser.Page(browser, collector)
    page.open("#/instances")
    page.run("sessionStorage.clear()")
    page.open("#/instances")
    assert page.all("#token") and not page.all("table")


def test_overview(page, collector):
    summary = asked(collector, "/v1/summary")
    assert summary["instances"] == INSTANCES
    assert page.find("#tile-instances .value").text == str(INSTANCES)
    for verdict in ("pass", "warn", "fail"):
        assert page.find("#tile-%s .value" % verdict).text == str(summary["verdicts"][verdict])
    assert page.find("#tile-findings .value").text == str(len(HOSTILE))
    assert page.complaints() == []


def test_instances_page_by_page(page):
    page.go("#/instances")
    page.until(lambda: len(page.rows()) == 50, "the first page is not full")
    page.find("#next-page").click()
    page.until(lambda: len(page.rows()) == INSTANCES - 50, "the second page is not the rest")
    page.browser.refresh()
    page.settle()
    assert len(page.rows()) == INSTANCES - 50
    page.go("#/instances?q=i-007")
    page.until(lambda: len(page.rows()) == 1, "the filter did not filter")
    assert "i-007" in page.rows()[0]
    assert page.complaints() == []


def test_hostile_report_is_text(page, collector):
    row = asked(collector, "/v1/instances?q=i-%03d" % (INSTANCES - 1))["items"][0]
    for fragment in ("#/instances/" + row["uid"], "#/findings?instance=" + row["id"]):
        page.go(fragment)
        page.until(lambda: len(page.all(".finding, tbody tr")) >= len(HOSTILE), "no findings")
        text = page.text()
        assert HOSTILE[0] in text and HOSTILE[1] in text and HOSTILE[4] in text
        assert "\\u{202e}" in text and "\u202e" not in text and "\\x1b" in text
        assert page.run("return window.pwned === undefined")
        assert page.all("main img, main script, main [onerror]") == []
    page.go("#/instances/" + row["uid"])
    page.until(lambda: page.all(".reasons li"), "no reasons")
    for reason in row["reasons"]:
        assert reason["text"] in page.text()
    assert "7 entries" in page.text() and "1 entry" in page.text()
    assert page.complaints() == []


def test_no_image_says_what_to_do(page):
    page.go("#/images")
    page.until(lambda: "No image is published." in page.text(), "nothing is said")
    assert page.complaints() == []


def test_downloaded_envelope_verifies(page, collector, tmp_path):
    row = asked(collector, "/v1/instances?q=i-000")["items"][0]
    page.browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    page.go("#/instances/" + row["uid"])
    page.until(lambda: page.all(".actions button"), "no button")
    page.find(".actions button").click()
    page.until(lambda: list(tmp_path.glob("evidence-*.json")), "nothing was downloaded")
    (tmp_path / "instance.pub").write_text(collector.signer.public.read_text())
    commands = page.run("return document.querySelector('.verify pre').textContent")
    result = subprocess.run(["sh", "-ec", commands], cwd=tmp_path, text=True,
                            capture_output=True, timeout=30)
    key_id = collector.signer.key_id
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["Signature Verified Successfully", key_id, key_id]
