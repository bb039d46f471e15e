# SPDX-License-Identifier: Apache-2.0
"""SARIF and JUnit: what other programs make of them, and that they say what the JSON says."""

import base64
import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote_to_bytes

import attr
import pytest
import sarif_om
from roots import (FINDINGS, ODD_NAMES, PASS, UNCHECKED, USAGE, agent, keys,  # noqa: F401
                   make_file, make_odd_names, needs_root, nobody, sealed, small)

# Names that XML or a message of SARIF could take for its own.
MARKUP_NAMES = (b"<a href=\"x\">&amp;]]>", b"'quoted'", b"not-xml-\xef\xbf\xbe\xef\xbf\xbf",
                b"[click](http:x){0}", b"%41")
OTHER_VERBS = (["attest", "--phase", "image"], ["report"], ["explain"], ["diff", "a", "b"])
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}

# Which object of the format stands in which member; the classes know their members and which of
# them are required. [X] is an array, {"": X} an object with free member names.
CHILDREN = {
    "SarifLog": {"runs": ["Run"]},
    "Run": {"tool": "Tool", "results": ["Result"], "invocations": ["Invocation"],
            "originalUriBaseIds": {"": "ArtifactLocation"}, "properties": "PropertyBag"},
    "Tool": {"driver": "ToolComponent"},
    "ToolComponent": {"rules": ["ReportingDescriptor"]},
    "ReportingDescriptor": {
        "shortDescription": "MultiformatMessageString",
        "fullDescription": "MultiformatMessageString", "help": "MultiformatMessageString",
        "defaultConfiguration": "ReportingConfiguration", "properties": "PropertyBag"},
    "Result": {"message": "Message", "locations": ["Location"], "relatedLocations": ["Location"],
               "suppressions": ["Suppression"], "properties": "PropertyBag"},
    "Location": {"physicalLocation": "PhysicalLocation", "message": "Message"},
    "PhysicalLocation": {"artifactLocation": "ArtifactLocation"},
    "ArtifactLocation": {"description": "Message"},
    "Invocation": {"toolExecutionNotifications": ["Notification"]},
    "Notification": {"message": "Message", "associatedRule": "ReportingDescriptorReference",
                     "locations": ["Location"]},
}
ENUMS = {("Result", "level"): ("none", "note", "warning", "error"),
         ("Notification", "level"): ("none", "note", "warning", "error"),
         ("ReportingConfiguration", "level"): ("none", "note", "warning", "error"),
         ("Suppression", "kind"): ("inSource", "external"),
         ("SarifLog", "version"): ("2.1.0",)}


def check_sarif(value, kind="SarifLog", where="$"):
    """Every member is one that the format knows there, and what it requires is there."""
    if isinstance(kind, list):
        assert isinstance(value, list), where
        for number, item in enumerate(value):
            check_sarif(item, kind[0], f"{where}[{number}]")
        return
    assert isinstance(value, dict), where
    if isinstance(kind, dict):
        for name, item in value.items():
            check_sarif(item, kind[""], f"{where}.{name}")
        return
    if kind == "PropertyBag":
        tags = value.get("tags", [])
        assert all(isinstance(tag, str) for tag in tags) and len(tags) == len(set(tags)), where
        return
    parts = getattr(sarif_om, kind).__attrs_attrs__
    known = {a.metadata["schema_property_name"]: a for a in parts}
    assert set(value) <= set(known), f"{where}: {set(value) - set(known)}"
    required = {name for name, a in known.items() if a.default is attr.NOTHING}
    assert required <= set(value), f"{where}: {required - set(value)} is missing"
    if kind == "Message":
        assert value.get("text"), where
    for name, item in value.items():
        allowed = ENUMS.get((kind, name))
        assert allowed is None or item in allowed, f"{where}.{name}: {item}"
        if name in CHILDREN.get(kind, {}):
            check_sarif(item, CHILDREN[kind][name], f"{where}.{name}")
        else:
            assert not isinstance(item, dict) or name == "partialFingerprints", f"{where}.{name}"


def sarif_of(result):
    log = result.json
    check_sarif(log)
    assert result.stdout.isascii() and b"\x7f" not in result.stdout
    assert log["$schema"].endswith("/schemas/sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert {rule["id"] for rule in rules} == {r["ruleId"] for r in run["results"]}
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        assert isinstance(one["suppressions"], list)
    return run


def junit_of(result, tmp_path):
    """Two readers take it, and the counts are those of the elements."""
    path = tmp_path / "junit.xml"
    path.write_bytes(result.stdout)
    subprocess.run(["xmllint", "--noout", "--nonet", path], check=True)
    suites = ElementTree.fromstring(result.stdout)
    assert suites.tag == "testsuites"
    (suite,) = suites.findall("testsuite")
    cases = suite.findall("testcase")
    for counted in (suites, suite):
        assert int(counted.get("tests")) == len(cases) > 0
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(counted.get(name)) == len(suite.findall(f"testcase/{tag}"))
    assert all(case.get("classname") and case.get("name") for case in cases)
    return suite


def raw_path(finding):
    raw = finding.get("path_raw")
    return base64.b64decode(raw) if raw else finding["path"].encode()


def verify(image, form, status):
    return agent("verify", *image.arguments(), "--format", form).expect(status)


def doctor(image):
    make_file(image.root / "etc/cron.d/job", "* * * * * root true\n")
    make_file(image.root / "etc/systemd/system/x.service", "[Service]\nExecStart=/bin/[a](b){0}\n")
    make_odd_names(image.root / "srv/odd")
    for name in MARKUP_NAMES:
        with open(os.path.join(os.fsencode(image.root), b"srv/odd", name), "wb"):
            pass
    (image.root / "srv/data").write_text("other\n")
    (image.root / "usr/bin/tool").unlink()


def test_pass(sealed, tmp_path):
    run = sarif_of(verify(sealed, "sarif", PASS))
    assert run["results"] == [] and run["properties"]["verdict"] == "pass"
    assert run["invocations"][0]["executionSuccessful"] is True
    (case,) = junit_of(verify(sealed, "junit", PASS), tmp_path).findall("testcase")
    assert case.get("name") == "tree" and len(case) == 0


def test_sarif_agrees_with_json(sealed):
    doctor(sealed)
    document = sealed.verify(status=FINDINGS)
    run = sarif_of(verify(sealed, "sarif", FINDINGS))
    assert len(run["results"]) == len(document["findings"]) > 3
    assert run["properties"]["verdict"] == document["verdict"]
    assert run["properties"]["coverage"] == document["coverage"]
    base = run["originalUriBaseIds"]["ROOT"]["uri"]
    assert base.startswith("file:///") and base.endswith("/")
    assert unquote_to_bytes(base[len("file://"):-1]) == os.fsencode(sealed.root)
    for one, finding in zip(run["results"], document["findings"]):
        assert one["ruleId"] == finding["code"]
        assert one["level"] == LEVELS[finding["severity"]]
        assert one["properties"]["severity"] == finding["severity"]
        assert one["properties"]["attack"] == finding["attack"]
        (location,) = one["locations"]
        artifact = location["physicalLocation"]["artifactLocation"]
        assert artifact["uriBaseId"] == "ROOT"
        assert not artifact["uri"].startswith("/") and ":" not in artifact["uri"]
        assert b"/" + unquote_to_bytes(artifact["uri"]) == raw_path(finding)
        assert len(one["relatedLocations"]) == len(finding["related"])
        assert "](" not in one["message"]["text"]
        assert not set("{}") & set(one["message"]["text"].replace("{{", "").replace("}}", ""))


def test_sarif_names_are_found_on_disk(sealed):
    """A reader that resolves the URIs reaches the very file, whatever its name."""
    doctor(sealed)
    run = sarif_of(verify(sealed, "sarif", FINDINGS))
    base = unquote_to_bytes(run["originalUriBaseIds"]["ROOT"]["uri"][len("file://"):])
    paths = {base + unquote_to_bytes(place["physicalLocation"]["artifactLocation"]["uri"])
             for one in run["results"] for place in one["locations"] + one["relatedLocations"]}
    odd = os.path.join(os.fsencode(sealed.root), b"srv/odd/")
    assert {odd + name for name in (*ODD_NAMES, *MARKUP_NAMES)} <= paths
    assert all(os.path.lexists(path) for path in paths
               if not path.endswith(b"/usr/bin/tool"))


def test_fingerprints_stay(sealed):
    doctor(sealed)
    prints = [[one["partialFingerprints"] for one in
               sarif_of(verify(sealed, "sarif", FINDINGS))["results"]] for _ in range(2)]
    assert prints[0] == prints[1]


def test_junit_agrees_with_json(sealed, tmp_path):
    doctor(sealed)
    findings = sealed.verify(status=FINDINGS)["findings"]
    suite = junit_of(verify(sealed, "junit", FINDINGS), tmp_path)
    cases = suite.findall("testcase")
    assert [case.get("classname") for case in cases] == [f["code"] for f in findings]
    for case, finding in zip(cases, findings):
        kind = finding["severity"] if finding["severity"] in ("high", "critical") else "warning"
        failure = case.find("failure")
        assert (failure is None) == (finding["severity"] == "info")
        if failure is not None:
            assert failure.get("type") == kind
            assert f"severity: {finding['severity']}\n" in failure.text
    by_name = {case.get("name") for case in cases}
    assert "/etc/cron.d/job" in by_name
    properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert properties["verdict"] == "fail" and properties["root"] == str(sealed.root)
    assert "check tree: ran" in suite.find("system-out").text


def test_waived(small, tmp_path):
    policy = make_file(tmp_path / "policy", "waive cron.* /etc/cron.d/* owner=platform "
                       "until=9999-12-31 reason=The <nightly> & \"other\" job\ninclude default\n")
    small.seal("--quiet", "--policy", policy)
    make_file(small.root / "etc/cron.d/job", "* * * * * root true\n")
    (one,) = sarif_of(verify(small, "sarif", PASS))["results"]
    (suppression,) = one["suppressions"]
    assert suppression["kind"] == "external"
    assert 'The <nightly> & "other" job' in suppression["justification"]
    suite = junit_of(verify(small, "junit", PASS), tmp_path)
    assert 'The <nightly> & "other" job' in suite.find("testcase/skipped").get("message")
    assert suite.get("skipped") == suite.get("tests") == "1"


def test_seal(small, tmp_path):
    run = sarif_of(small.seal("--format", "sarif"))
    assert run["results"] == []
    assert run["properties"]["image"] == {"name": "small", "version": "7"}
    assert small.verify(status=PASS)["findings"] == []
    (case,) = junit_of(small.seal("--format", "junit"), tmp_path).findall("testcase")
    assert case.get("name") == "tree" and len(case) == 0


def test_refused_seal(small, tmp_path):
    make_file(small.root / "var/lib/goldseal/instance.key", "secret\n", 0o600)
    results = sarif_of(small.seal("--format", "sarif", status=FINDINGS))["results"]
    assert [one["level"] for one in results] == ["error"]
    suite = junit_of(small.seal("--format", "junit", status=FINDINGS), tmp_path)
    assert suite.get("failures") == suite.get("tests") == "1"
    assert list(small.out.iterdir()) == []


@needs_root
def test_what_could_not_be_read(nobody, tmp_path):
    """Neither format takes it for a pass; SARIF tells it to those who read notifications, too."""
    image = nobody.image
    nobody.agent("seal", "--root", image.root, "--key", image.key, "--out", image.out).expect(PASS)
    (image.root / "srv/data").chmod(0)
    words = ["verify", *image.arguments(), "--format"]
    run = sarif_of(nobody.agent(*words, "sarif").expect(FINDINGS))
    told = run["invocations"][0]["toolExecutionNotifications"]
    results = [one for one in run["results"] if one["ruleId"].startswith("coverage.")]
    assert len(told) == len(results) > 0
    assert [n["message"] for n in told] == [one["message"] for one in results]
    suite = junit_of(nobody.agent(*words, "junit").expect(FINDINGS), tmp_path)
    assert int(suite.get("failures")) >= len(results)


@pytest.mark.parametrize("form", ("sarif", "junit"))
def test_not_checked_writes_no_report(sealed, form):
    """A reader that finds no document cannot take it for a pass."""
    (sealed.out / "manifest.json").unlink()
    assert verify(sealed, form, UNCHECKED).stdout == b""


@pytest.mark.parametrize("form", ("sarif", "junit"))
@pytest.mark.parametrize("words", OTHER_VERBS, ids=lambda words: words[0])
def test_other_verbs_refuse(words, form):
    result = agent(*words, "--format", form).expect(USAGE)
    assert result.out == "" and form in result.err
    assert "expected text or json" in result.err


def test_json_stays(small):
    assert set(small.seal("--format", "json").json) == {
        "verdict", "findings", "coverage", "timing", "manifest"}
    assert json.loads(verify(small, "json", PASS).stdout)["verdict"] == "pass"
