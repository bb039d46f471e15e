# SPDX-License-Identifier: Apache-2.0
"""goldseal keygen, diff and explain."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("GOLDSEAL_BUILD", Path(__file__).resolve().parents[2] / "build"))


def goldseal(*arguments):
    return subprocess.run([str(BUILD / "goldseal"), *map(str, arguments)], capture_output=True,
                          text=True, timeout=60, check=False)


def files(directory):
    return {p.name: p.read_bytes() for p in directory.iterdir()}


# -- keygen -------------------------------------------------------------------------------------

@pytest.mark.parametrize("algorithm, text", [("p256", "prime256v1"), ("ed25519", "ED25519")])
def test_keygen(tmp_path, algorithm, text):
    result = goldseal("keygen", "--out", tmp_path / "k", "--algorithm", algorithm)
    assert result.returncode == 0, result.stderr
    assert stat.S_IMODE((tmp_path / "k.key").stat().st_mode) == 0o600
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", tmp_path / "k.pub", "-outform", "DER"],
                         capture_output=True, check=True).stdout
    digest = subprocess.run(["sha256sum"], input=der, capture_output=True, check=True).stdout
    assert result.stdout.split() == [digest.decode().split()[0]]
    shown = subprocess.run(["openssl", "pkey", "-in", tmp_path / "k.key", "-noout", "-text"],
                           capture_output=True, text=True, check=True).stdout
    assert text in shown
    public = subprocess.run(["openssl", "pkey", "-in", tmp_path / "k.key", "-pubout"],
                            capture_output=True, check=True).stdout
    assert public == (tmp_path / "k.pub").read_bytes()


@pytest.mark.parametrize("existing", ["k.key", "k.pub"])
def test_keygen_never_overwrites(tmp_path, existing):
    (tmp_path / existing).write_text("precious")
    result = goldseal("keygen", "--out", tmp_path / "k")
    assert result.returncode == 3
    assert existing in result.stderr
    assert files(tmp_path) == {existing: b"precious"}


@pytest.mark.parametrize("arguments", [[], ["--out", ""], ["--out", "k", "--algorithm", "rsa"]])
def test_keygen_usage(tmp_path, arguments):
    assert goldseal("keygen", *arguments).returncode == 2


def test_keygen_where_nothing_can_be_written(tmp_path):
    result = goldseal("keygen", "--out", tmp_path / "missing" / "k")
    assert result.returncode == 3
    assert "missing" in result.stderr


# -- diff ---------------------------------------------------------------------------------------

class Images:
    """Two sealed versions of an image."""

    def __init__(self, directory):
        self.directory = directory
        self.key = directory / "k"
        assert goldseal("keygen", "--out", self.key, "--quiet").returncode == 0
        for version in (1, 2):
            root = self.root(version)
            (root / "etc").mkdir(parents=True)
            (root / "usr/bin").mkdir(parents=True)
            (root / "etc/issue").write_text("the same")
            (root / "etc/motd").write_text("mode")
            (root / "usr/bin/tool").write_text(f"tool{version}")
            (root / "link").symlink_to(f"target{version}")
        (self.root(1) / "etc/old\nname").write_text("old")
        (self.root(2) / "etc/new").write_text("new")
        (self.root(2) / "etc/motd").chmod(0o600)

    def root(self, version):
        return self.directory / f"root{version}"

    def manifest(self, version):
        return self.directory / f"manifest{version}"

    def seal(self, version, *more):
        result = goldseal("seal", "--root", self.root(version), "--key", f"{self.key}.key",
                          "--image-name", "test", "--image-version", version,
                          "--out", self.manifest(version), *more)
        assert result.returncode == 0, result.stderr
        return self.manifest(version)

    def diff(self, *arguments):
        return goldseal("diff", *arguments, "--trust", f"{self.key}.pub")


@pytest.fixture
def images(tmp_path):
    return Images(tmp_path)


def test_diff_text(images):
    result = images.diff(images.seal(1), images.seal(2))
    assert result.returncode == 1, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "test 1 -> test 2: 1 added, 1 removed, 3 changed, 5 the same"
    assert "- /etc/old\\012name (file)" in lines
    assert "+ /etc/new (file)" in lines
    at = lines.index("~ /link (link)")
    assert lines[at + 1] == "    link: target1 -> target2"
    at = lines.index("~ /etc/motd (file)")
    assert lines[at + 1] == "    mode: 0644 -> 0600"


def test_diff_json(images):
    result = images.diff(images.seal(1), images.seal(2), "--format", "json")
    assert result.returncode == 1
    answer = json.loads(result.stdout)
    assert [e["path"] for e in answer["added"]] == ["/etc/new"]
    assert [e["path"] for e in answer["removed"]] == ["/etc/old\nname"]
    changes = {e["path"]: e["changes"] for e in answer["changed"]}
    assert set(changes) == {"/etc/motd", "/link", "/usr/bin/tool"}
    assert changes["/etc/motd"] == {"mode": {"old": "0644", "new": "0600"}}
    assert set(changes["/usr/bin/tool"]) == {"sha256"}
    assert answer["policy_changed"] is False


def test_diff_same(images):
    manifest = images.seal(1)
    for other in (manifest, manifest / "manifest.json"):
        result = images.diff(manifest, other)
        assert result.returncode == 0, result.stderr
        assert "0 added, 0 removed, 0 changed" in result.stdout
    quiet = images.diff(manifest, manifest, "--quiet")
    assert (quiet.returncode, quiet.stdout) == (0, "")


def test_diff_tells_of_another_policy(images):
    one = images.seal(1)
    shutil.rmtree(images.root(2))
    shutil.copytree(images.root(1), images.root(2), symlinks=True)
    policy = images.directory / "policy"
    policy.write_text("fixed /nothing/here\ninclude default\n")
    result = images.diff(one, images.seal(2, "--policy", policy))
    assert result.returncode == 1
    assert result.stdout.endswith("the policy changed\n")


def test_diff_needs_trust(images, tmp_path):
    one, two = images.seal(1), images.seal(2)
    config = tmp_path / "goldseal.conf"
    config.write_text(f"[trust]\nanchors = {tmp_path}/none\n")
    result = goldseal("diff", one, two, "--config", config)
    assert result.returncode == 3
    assert "--trust" in result.stderr
    config.write_text(f"[trust]\nanchors = {images.key}.pub\n")
    assert goldseal("diff", one, two, "--config", config).returncode == 1
    other = tmp_path / "other"
    assert goldseal("keygen", "--out", other).returncode == 0
    result = goldseal("diff", one, two, "--trust", f"{other}.pub")
    assert result.returncode == 3
    assert result.stdout == ""


@pytest.mark.parametrize("side", [0, 1])
def test_diff_of_a_doctored_body(images, side):
    manifests = [images.seal(1), images.seal(2)]
    body = manifests[side] / "manifest.mtree"
    body.write_bytes(body.read_bytes().replace(b"mode=0755", b"mode=0777", 1))
    result = images.diff(*manifests)
    assert result.returncode == 3
    assert str(body) in result.stderr
    assert result.stdout == ""


def test_diff_of_nothing(images, tmp_path):
    result = images.diff(images.seal(1), tmp_path / "missing")
    assert result.returncode == 3
    assert "missing" in result.stderr


def test_diff_usage(images):
    assert images.diff("one").returncode == 2
    assert images.diff("one", "two", "three").returncode == 2
    assert images.diff("one", "two", "--format", "xml").returncode == 2


# -- explain ------------------------------------------------------------------------------------

def test_explain_every_code():
    entries = json.loads(goldseal("explain", "--format", "json").stdout)
    listed = goldseal("explain").stdout.splitlines()
    assert [line.split()[0] for line in listed] == [entry["code"] for entry in entries]
    assert len(entries) > 10
    for entry in entries:
        result = goldseal("explain", entry["code"])
        assert result.returncode == 0
        assert result.stdout.startswith(f"{entry['code']}: {entry['summary']}\n")
        for heading in ("Why it matters", "How to confirm it", "What to do"):
            assert f"\n{heading}\n  " in result.stdout
        assert json.loads(goldseal("explain", entry["code"], "--format", "json").stdout) == entry


def test_explain_unknown_code():
    result = goldseal("explain", "service.unexpcted")
    assert result.returncode == 2
    assert result.stdout == ""
    assert "service.unexpected" in result.stderr.splitlines()[1]
    assert goldseal("explain", "x" * 100000).returncode == 2
    assert goldseal("explain", "").returncode == 2
    assert goldseal("explain", "a", "b").returncode == 2


def test_full_output():
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run([str(BUILD / "goldseal"), "explain"], stdout=full,
                                stderr=subprocess.PIPE, check=False)
    assert result.returncode == 3
