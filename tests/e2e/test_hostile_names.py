# SPDX-License-Identifier: Apache-2.0
"""Names and shapes of trees: as long, deep, wide and odd as a kernel lets them be."""

import base64
import os
import subprocess

import pytest
from hostile import all_paths, by_path, chains, mounts  # noqa: F401
from roots import (FINDINGS, ODD_NAMES, PASS, UNCHECKED, agent, keys, make_file,  # noqa: F401
                   needs_root, sealed, small)


@pytest.fixture
def deep(small):
    """Makes chains of directories below /srv and takes them away, which Python cannot."""
    yield lambda names: chains(small.root / "srv", names)
    subprocess.run(["rm", "-rf", small.root / "srv"], check=True)


def inside(directory, names, act):
    """Does something in the innermost of a chain, whose path may be too long to be named."""
    here = os.getcwd()
    os.chdir(directory)
    try:
        for name in names:
            os.chdir(name)
        return act()
    finally:
        os.chdir(here)


def raw_path(finding):
    raw = finding.get("path_raw")
    return base64.b64decode(raw, validate=True) if raw else finding["path"].encode()


def write(name, content):
    with open(name, "wb") as file:
        file.write(content)


# Chains of names whose whole path is just below, at and above PATH_MAX, and far above.
CHAINS = [
    ("short of PATH_MAX", [b"a" * 255] * 15),
    ("PATH_MAX", [b"b" * 255] * 15 + [b"c" * 200]),
    ("above PATH_MAX", [b"d" * 255] * 40),
    ("newlines", [b"new\nline\n" * 28] * 20),
    ("control characters", [bytes(range(1, 32)) * 8] * 20),
    ("invalid UTF-8", [b"\xff\xfe\x80" * 85] * 20),
    ("UTF-8 that ends early", ["größe".encode()[:-3] * 40] * 20),
    ("blanks", [b" " * 255] * 20),
    ("escapes", [b"\\012\\" * 51] * 20),
    ("dots", [b"." * 255] * 20),
]


@pytest.mark.parametrize("chain", CHAINS, ids=lambda c: c[0])
def test_long_paths(small, deep, chain):
    """Sealed, verified, and a change at the far end named by its whole path."""
    _, names = chain
    srv = small.root / "srv"
    deep(names)
    inside(srv, names, lambda: write(b"end", b"sealed\n"))
    small.seal("--quiet")
    assert small.verify(status=PASS)["findings"] == []
    inside(srv, names, lambda: write(b"end", b"SEALED\n"))
    document = small.verify(status=FINDINGS)
    (finding,) = [f for f in document["findings"] if not f["code"].startswith("coverage.")]
    # Whose path no call can name is hashed all the same, but what it says is not looked into.
    assert {f["code"] for f in document["findings"]} <= {"file.changed", "coverage.unreadable"}
    assert finding["code"] == "file.changed"
    assert raw_path(finding) == b"/srv/" + b"/".join([*names, b"end"])
    text = agent("verify", *small.arguments()).expect(FINDINGS)
    assert b"\x1b" not in text.stdout and b"\x01" not in text.stdout


@pytest.mark.parametrize("form", ("text", "json", "sarif", "junit"))
@pytest.mark.parametrize("name", ODD_NAMES, ids=lambda n: repr(n)[2:20])
def test_no_report_repeats_raw_bytes(sealed, name, form):
    """A name must not steer a terminal, break a line, or end an element."""
    path = os.fsencode(sealed.root) + b"/srv/" + name
    with open(path, "wb"):
        pass
    result = agent("verify", *sealed.arguments(), "--format", form).expect(FINDINGS)
    result.stdout.decode("utf-8", "strict")
    forbidden = set(range(32)) - {10} | ({127} if form == "text" else set())
    assert not forbidden & set(result.stdout), result.stdout


def test_depth_within_the_limit(small, deep):
    deep(["d"] * 1000)
    small.seal("--quiet")
    inside(small.root / "srv", ["d"] * 1000, lambda: write(b"end", b"planted\n"))
    (finding,) = small.verify(status=FINDINGS)["findings"]
    assert finding["path"] == "/srv" + "/d" * 1000 + "/end"


def test_depth_beyond_the_limit(sealed, deep):
    """What is not looked at is told, once, and a seal that cannot sign for it signs nothing."""
    before = (sealed.out / "manifest.json").read_bytes()
    deep(["d"] * 10000)
    document = sealed.verify(status=FINDINGS, timeout=60)
    assert sorted(c for c, _ in by_path(document)) == ["coverage.limit", "file.unexpected"]
    seal = agent("seal", "--root", sealed.root, "--key", sealed.key, "--out", sealed.out,
                 timeout=60).expect(UNCHECKED)
    assert "too deep" in seal.out + seal.err
    assert (sealed.out / "manifest.json").read_bytes() == before


@needs_root
def test_width(small, mounts):
    """A hundred thousand entries in one directory, and one of them is wrong."""
    image = small.copy(mounts.memory("memory") / "root")
    wide = os.fsencode(image.root) + b"/srv/"
    for number in range(100000):
        os.close(os.open(wide + b"%d" % number, os.O_CREAT | os.O_WRONLY, 0o644))
    image.seal("--quiet")
    document = image.verify(status=PASS)
    assert document["coverage"]["entries"] > 100000
    os.unlink(wide + b"77777")
    os.symlink("x", wide + b"77777")
    with open(wide + b"12345", "w") as file:
        file.write("x")
    assert by_path(image.verify(status=FINDINGS)) == [
        ("file.changed", "/srv/12345"), ("file.changed", "/srv/77777")]


def names_in_order():
    """Names around '/', '.', and '-' sort differently as names and as paths."""
    return [b"a", b"a-", b"a-b", b"a.b", b"a b", b"a0", b"a\x01", b"a\xff", b"a,b", b"A", b"a~"]


def test_order_of_paths(small):
    """Directories, and files beside them whose names begin with theirs, all in their places."""
    base = os.fsencode(small.root / "srv")
    for name in names_in_order():
        os.makedirs(os.path.join(base, name))
        write(os.path.join(base, name, b"x"), b"1")
        write(os.path.join(base, name + b"!"), b"2")
    small.seal("--quiet")
    paths = [line.split()[0] for line in small.lines[1:]]
    assert paths == sorted(paths)
    assert small.verify(status=PASS)["findings"] == []
    for name in names_in_order():
        path = os.path.join(base, name, b"x")
        write(path, b"3")
        (finding,) = small.verify(status=FINDINGS)["findings"]
        assert raw_path(finding) == b"/srv/" + name + b"/x"
        write(path, b"1")
        os.rename(os.path.join(base, name), os.path.join(base, b"moved"))
        found = small.verify(status=FINDINGS)["findings"]
        assert sorted(f["code"] for f in found) == ["file.missing", "file.unexpected"]
        os.rename(os.path.join(base, b"moved"), os.path.join(base, name))
    assert small.verify(status=PASS)["findings"] == []


def normal_forms():
    """Pairs that many programs take for one: composed and decomposed, cases, confusables."""
    return [("é", "e\u0301"), ("K", "\u212a"), ("a", "\u0430"), ("name", "NAME"),
            ("x", "x\u200b"), ("fi", "\ufb01"), ("l", "I"), ("tool", "tool\u202e")]


@pytest.mark.parametrize("pair", normal_forms(), ids=ascii)
def test_names_that_look_alike_are_two(small, pair):
    sealed_name, other = pair
    make_file(small.root / "srv" / sealed_name, "1")
    small.seal("--quiet")
    os.rename(small.root / "srv" / sealed_name, small.root / "srv" / other)
    assert sorted(all_paths(small.verify(status=FINDINGS))) == sorted(
        [f"/srv/{sealed_name}", f"/srv/{other}"])


def test_file_and_directory_in_each_others_place(small):
    """Children of a directory that became a file, and of a file that became one."""
    make_file(small.root / "srv/d/x/y", "1")
    make_file(small.root / "srv/f", "1")
    small.seal("--quiet")
    os.rename(small.root / "srv/d", small.root / "srv/t")
    os.rename(small.root / "srv/f", small.root / "srv/d")
    os.rename(small.root / "srv/t", small.root / "srv/f")
    assert sorted(all_paths(small.verify(status=FINDINGS))) == [
        "/srv/d", "/srv/d/x", "/srv/d/x/y", "/srv/f", "/srv/f/x", "/srv/f/x/y"]
