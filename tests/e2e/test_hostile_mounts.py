# SPDX-License-Identifier: Apache-2.0
"""Mounts below a root: named and not entered, unless the policy says so; and access times that stay
where they are."""

import os

import pytest
from hostile import (all_paths, by_path, codes, mounts, seal_words, traced,  # noqa: F401
                     verify_words)
from roots import (FINDINGS, PASS, UNCHECKED, agent, keys, make_file, needs_root,  # noqa: F401
                   nobody, small)

pytestmark = needs_root


def bind_directory(mounts, image, tmp_path):  # noqa: F811
    source = tmp_path / "source"
    make_file(source / "data", "other data\n")
    make_file(source / "hidden", "x", 0o4755)
    mounts.mount("--bind", source, image.root / "srv/place")


def bind_itself(mounts, image, tmp_path):  # noqa: F811
    """The same directory on itself: nothing else can be seen there, but it is a mount."""
    mounts.mount("--bind", image.root / "srv/place", image.root / "srv/place")


def memory(mounts, image, tmp_path):  # noqa: F811
    mounts.mount("-t", "tmpfs", "none", image.root / "srv/place")
    make_file(image.root / "srv/place/hidden", "x", 0o4755)


def disk(mounts, image, tmp_path):  # noqa: F811
    mounts.disk(image.root / "srv/place", 8 << 20, "mkfs.ext4", "-q")
    make_file(image.root / "srv/place/hidden", "x", 0o4755)


def overlay(mounts, image, tmp_path):  # noqa: F811
    for name in ("lower", "upper", "work"):
        (tmp_path / name).mkdir()
    make_file(tmp_path / "lower/hidden", "x", 0o4755)
    mounts.mount("-t", "overlay", "-o",
                 f"lowerdir={tmp_path}/lower,upperdir={tmp_path}/upper,workdir={tmp_path}/work",
                 "none", image.root / "srv/place")


def process_files(mounts, image, tmp_path):  # noqa: F811
    mounts.mount("-t", "proc", "none", image.root / "srv/place")


DIRECTORIES = (bind_directory, bind_itself, memory, disk, overlay, process_files)


@pytest.mark.parametrize("how", DIRECTORIES, ids=lambda f: f.__name__)
def test_mount_is_named_and_not_entered(small, mounts, tmp_path, how):  # noqa: F811
    """One finding says it; what it hides is not called missing, what it brings not unexpected."""
    for name in ("data", "deep/er"):
        make_file(small.root / "srv/place" / name, "sealed\n")
    small.seal("--quiet")
    how(mounts, small, tmp_path)
    trace = traced(verify_words(small), tmp_path / "trace")
    document = trace.expect(FINDINGS).json
    assert by_path(document) == [("coverage.mount", "/srv/place")]
    assert document["verdict"] == "warn"
    assert document["coverage"]["mounts"] == ["/srv/place"]
    assert document["coverage"]["unexamined"] == 3, "data, deep and deep/er"
    place = small.root / "srv/place"
    assert [p for p in trace.opened_below(place) if p != os.fsencode(place)] == []


@pytest.mark.parametrize("content", ("data\n", "other\n"), ids=("same content", "other content"))
def test_mounted_file(small, mounts, tmp_path, content):  # noqa: F811
    """A single file bound over another hides it, also when it is its very image."""
    small.seal("--quiet")
    source = make_file(tmp_path / "source", content)
    mounts.mount("--bind", source, small.root / "srv/data")
    document = small.verify(status=FINDINGS)
    assert ("coverage.mount", "/srv/data") in by_path(document)
    assert set(all_paths(document)) == {"/srv/data"}
    assert document["coverage"]["mounts"] == ["/srv/data"]


def test_mounts_in_ignored_places_are_named_with_the_others(small, mounts):  # noqa: F811
    """/proc, /sys, /dev and /run are mounts of every machine and no reason to warn."""
    small.seal("--quiet")
    for name in ("run", "dev"):
        mounts.mount("-t", "tmpfs", "none", small.root / name)
    document = small.verify(status=PASS)
    assert document["findings"] == []
    assert {"/run", "/dev"} <= set(document["coverage"]["ignored"])


def test_stacked_mounts(small, mounts):  # noqa: F811
    small.seal("--quiet")
    for _ in range(3):
        mounts.mount("-t", "tmpfs", "none", small.root / "srv/empty")
    assert by_path(small.verify(status=FINDINGS)) == [("coverage.mount", "/srv/empty")]


def test_many_mounts(small, mounts):  # noqa: F811
    for number in range(40):
        (small.root / f"srv/m{number:02}").mkdir()
    small.seal("--quiet")
    places = [f"/srv/m{number:02}" for number in range(40)]
    for place in places:
        mounts.mount("--bind", small.root / "srv/empty", f"{small.root}{place}")
    document = small.verify(status=FINDINGS)
    assert sorted(all_paths(document)) == places
    assert document["coverage"]["mounts"] == places


def test_seal_does_not_sign_for_what_is_mounted(small, mounts):  # noqa: F811
    mounts.mount("-t", "tmpfs", "none", small.root / "srv/empty")
    make_file(small.root / "srv/empty/hidden", "x")
    seal = agent(*seal_words(small)[1:]).expect(UNCHECKED)
    assert "/srv/empty" in seal.out + seal.err
    assert list(small.out.iterdir()) == []


def write_policy(image, *lines):
    path = image.root.parent / "policy"
    path.write_text("".join(f"{i}\n" for i in lines))
    return path


@pytest.mark.parametrize("how", (bind_directory, memory, disk), ids=lambda f: f.__name__)
def test_followed_mount(small, mounts, tmp_path, how):  # noqa: F811
    """`follow GLOB`: what is mounted there belongs to the image and is measured like the rest."""
    (small.root / "srv/place").mkdir()
    how(mounts, small, tmp_path)
    make_file(small.root / "srv/place/data", "on the other filesystem\n")
    small.seal("--quiet", "--policy", write_policy(small, "follow /srv/place", "include default"))
    document = small.verify(status=PASS)
    assert document["findings"] == [] and document["coverage"]["mounts"] == []
    make_file(small.root / "srv/place/data", "On the other filesystem\n")
    assert by_path(small.verify(status=FINDINGS)) == [("file.changed", "/srv/place/data")]
    # Another one, which nobody spoke of, inside the followed one.
    (small.root / "srv/place/inner").mkdir()
    mounts.mount("-t", "tmpfs", "none", small.root / "srv/place/inner")
    document = small.verify(status=FINDINGS)
    assert "/srv/place/inner" in document["coverage"]["mounts"]
    assert "coverage.mount" in codes(document)


def test_the_root_may_be_a_mount_itself(small, mounts):  # noqa: F811
    image = small.copy(mounts.memory("memory") / "root")
    image.seal("--quiet")
    mounts.mount("--bind", image.root, image.root)
    assert image.verify(status=PASS)["findings"] == []


# -- Access times --------------------------------------------------------------------------------

def access_times(root):
    """Of files and directories. A link's is moved by readlink(), and nothing can be done about it."""
    found = {}
    for directory, names, files in os.walk(root):
        for path in [directory, *(os.path.join(directory, n) for n in files)]:
            if not os.path.islink(path):
                found[path] = os.lstat(path).st_atime_ns
    return found


@pytest.mark.parametrize("how", ("strictatime", "relatime"))
def test_access_times_stay(small, mounts, how):  # noqa: F811
    """Also where each read would move them, and also of the root's own directory."""
    image = small.copy(mounts.memory("memory", how) / "root")
    make_file(image.root / "etc/cron.d/job", "* * * * * root true\n")
    image.seal("--quiet")
    make_file(image.root / "etc/cron.d/job", "* * * * * root /srv/data\n")
    for path in access_times(image.root):
        os.utime(path, ns=(1000, os.lstat(path).st_mtime_ns))
    before = access_times(image.root)
    # Looking at directories has moved theirs already, where it does.
    for path in before:
        os.utime(path, ns=(1000, os.lstat(path).st_mtime_ns))
    image.verify(status=FINDINGS)
    image.attest("--quiet").expect(FINDINGS)
    agent(*seal_words(image, "--quiet")[1:]).expect(PASS)
    moved = [path for path in before if os.lstat(path).st_atime_ns != 1000]
    assert moved == []


def test_files_of_others(nobody):  # noqa: F811
    """O_NOATIME is for the owner; without that right they are read all the same."""
    nobody.image.seal("--quiet")
    os.chown(nobody.image.root / "srv/data", 0, 0)
    nobody.image.seal("--quiet")
    nobody.image.out.chmod(0o755)
    result = nobody.agent(*verify_words(nobody.image)[1:]).expect(PASS)
    assert result.json["coverage"]["unreadable"] == 0
