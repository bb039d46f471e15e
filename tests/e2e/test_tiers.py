# SPDX-License-Identifier: Apache-2.0
"""Tiers: the paths that the policy calls critical, alone or before the rest."""

import os

import pytest
from hostile import all_paths, by_path, measured, verify_words
from roots import (FINDINGS, PASS, USAGE, agent, check_result, keys, make_file,  # noqa: F401
                   small)

LARGE = 32 << 20


@pytest.fixture
def image(small):
    """With a file beside the critical paths whose reading shows in the account of bytes."""
    make_file(small.root / "srv/large", os.urandom(1 << 20) * 32)
    make_file(small.root / "boot/vmlinuz", "kernel\n")
    make_file(small.root / "srv/setuid", "#!/bin/sh\n", 0o4755)
    small.seal("--quiet")
    return small


# -- Tiers ---------------------------------------------------------------------------------------

def test_critical_alone(image):
    """The verdict is of these paths, the coverage says so, and nothing else was read."""
    result = measured(verify_words(image, "--tier", "critical"))
    document = check_result(result.expect(PASS).json)
    assert document["coverage"]["tier"] == "critical"
    assert 0 < document["coverage"]["entries"] < image.predicate["entries"]
    assert result.read < LARGE


CRITICAL = ("boot/vmlinuz", "etc/passwd", "etc/shadow", "etc/pam.d/sshd", "etc/ssh/sshd_config",
            "etc/systemd/system/app.service")


@pytest.mark.parametrize("tier", ("critical", "all"))
@pytest.mark.parametrize("name", CRITICAL)
def test_change_of_a_critical_path(image, name, tier):
    path = image.root / name
    path.write_text(path.read_text().swapcase())
    document = image.verify("--tier", tier, status=FINDINGS)
    assert all_paths(document) == [f"/{name}"]


@pytest.mark.parametrize("name, content", (
    ("etc/sudoers.d/evil", "ALL ALL=(ALL) NOPASSWD: ALL\n"),
    ("etc/cron.d/evil", "* * * * * root evil\n"),
    ("etc/ld.so.preload", "/usr/lib/evil.so\n"),
    ("etc/systemd/system/evil.service", "[Service]\nExecStart=/evil\n"),
    ("root/.ssh/authorized_keys", "ssh-ed25519 AAAA evil\n"),
    ("boot/evil", "evil\n"),
))
def test_new_in_a_critical_place(image, name, content):
    make_file(image.root / name, content)
    document = image.verify("--tier", "critical", status=FINDINGS)
    assert f"/{name}" in all_paths(document)


def test_change_elsewhere_is_for_the_tier_all(image):
    (image.root / "srv/data").write_text("other\n")
    assert image.verify("--tier", "critical", status=PASS)["findings"] == []
    document = image.verify("--tier", "all", status=FINDINGS)
    assert by_path(document) == [("file.changed", "/srv/data")]
    assert document["coverage"]["tier"] == "all"


def write_policy(image, *lines):
    path = image.root.parent / "policy"
    path.write_text("".join(f"{i}\n" for i in lines))
    return path


def test_policy_names_more(image):
    image.seal("--quiet", "--policy", write_policy(image, "critical /srv/data", "include default"))
    (image.root / "srv/data").write_text("other\n")
    assert by_path(image.verify("--tier", "critical", status=FINDINGS)) == [
        ("file.changed", "/srv/data")]


@pytest.mark.parametrize("value", ("", "most", "Critical", "all,critical"))
def test_broken_tier(image, value):
    result = agent("verify", *image.arguments(), f"--tier={value}").expect(USAGE)
    assert "--tier" in result.err and "critical" in result.err
