# SPDX-License-Identifier: Apache-2.0
"""A root that changes while it is measured: no lie, no hang, and never a look outside."""

import hashlib
import os
import signal
import subprocess
import time

import pytest
from hostile import (Racer, all_paths, codes, exchange, seal_words, traced,  # noqa: F401
                     verify_words)
from roots import (FINDINGS, PASS, UNCHECKED, Image, agent, environment, keys,  # noqa: F401
                   make_file, small, temporaries)

RUNS = 25
# What a program may say of something that does not hold still.
UNSURE = {"coverage.changed-while-read", "coverage.vanished", "coverage.unreadable"}


@pytest.fixture
def outside(tmp_path):
    """What must never be measured: its digest appears nowhere."""
    directory = tmp_path / "outside"
    content = os.urandom(5000)
    make_file(directory / "data", content)
    make_file(directory / "more/data", content)
    return directory


def digest_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def swap_with_link(root, name, target):
    """The path, an object there, and a link that takes its place again and again."""
    path, link = root / name, root.parent / "link"
    link.symlink_to(target)
    return lambda: exchange(path, link)


CASES = [
    ("file", "srv/data", "data"),
    ("directory", "srv/more", "more"),
    ("directory with a name of the walk's beginning", "etc", "more"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c[0])
def test_object_swapped_with_a_link_out(small, outside, tmp_path, case):
    _, name, target = case
    make_file(small.root / "srv/more/data", "inside\n")
    small.seal("--quiet")
    racing = Image(small.root, (small.key, small.pub), tmp_path / "racing")
    secret = digest_of(outside / "data")
    met = 0
    with Racer(swap_with_link(small.root, name, outside / target)):
        for number in range(RUNS):
            verify = agent(*verify_words(small)[1:], timeout=20)
            assert verify.status in (PASS, FINDINGS), verify.err
            assert secret not in verify.out
            met += verify.status != PASS
            seal = agent(*seal_words(racing, "--quiet")[1:], timeout=20)
            assert seal.status in (PASS, UNCHECKED)
            assert seal.status == UNCHECKED or not any(secret.encode() in i for i in racing.lines)
            if number % 10 == 0:
                trace = traced(verify_words(small), tmp_path / "trace")
                assert trace.opened_below(outside) == []
    assert met > 0, "the race never met the program"


def test_file_swapped_with_another(small, tmp_path):
    """Each result is that of one of the two, or unsure: never a mixture that passes."""
    size = 1 << 20
    good, bad = b"g" * size, b"g" * (size - 1) + b"b"
    make_file(small.root / "srv/data", good)
    small.seal("--quiet")
    other = make_file(tmp_path / "other", bad)
    digests = {hashlib.sha256(c).hexdigest() for c in (good, bad)}
    seen = set()
    with Racer(lambda: exchange(small.root / "srv/data", other)):
        for _ in range(RUNS * 2):
            document = small.verify(timeout=20)
            seen |= codes(document) or {"pass"}
            for finding in document["findings"]:
                if finding["code"] == "file.changed":
                    assert finding["actual"].removeprefix("sha256:").strip() in digests
    assert seen <= {"pass", "file.changed"} | UNSURE
    assert seen != {"pass"}, "the race never met the program"


def growing(path):
    def act():
        with open(path, "ab") as file:
            file.write(b"more" * 1000)
        if os.path.getsize(path) > 64 << 20:
            os.truncate(path, 5)
    return act


def shrinking(path):
    def act():
        os.truncate(path, 8 << 20)
        os.truncate(path, 5)
    return act


def rewritten(path):
    """Half of the time the first content is there, and the file's times are always put back."""
    def act():
        for content in (b"data\n" * 200000, b"DATA\n" * 200000):
            with open(path, "r+b") as file:
                file.write(content)
            os.utime(path, ns=(0, 0))
    return act


def replaced(path):
    other = path.parents[2] / "other"

    def act():
        other.write_bytes(b"other\n")
        os.rename(other, path)
    return act


@pytest.mark.parametrize("how", (growing, shrinking, rewritten, replaced))
def test_file_that_changes_while_read(small, how):
    """Whatever was read, it is a difference or an uncertainty, and the run ends."""
    path = make_file(small.root / "srv/data", b"sealed\n" * 100000)
    make_file(small.root / "srv/steady", "steady\n")
    small.seal("--quiet")
    with Racer(how(path)):
        time.sleep(0.02)
        for _ in range(RUNS):
            document = small.verify(status=FINDINGS, timeout=20)
            assert codes(document) <= {"file.changed", "file.missing"} | UNSURE
            assert set(all_paths(document)) == {"/srv/data"}


def test_file_that_is_written_in_place_again_and_again(small):
    """Half of the time it is as sealed, its times always are: that it changes is noticed."""
    good = b"data\n" * 200000
    path = make_file(small.root / "srv/data", good)
    os.utime(path, ns=(0, 0))
    small.seal("--quiet")
    seen = set()
    with Racer(rewritten(path)):
        for _ in range(RUNS * 2):
            seen |= codes(small.verify(timeout=20))
    assert seen <= {"file.changed"} | UNSURE
    assert "coverage.changed-while-read" in seen


def test_no_mixture_is_sealed(small, tmp_path):
    """A digest that is signed is that of one of the two files that stood there."""
    contents = (b"a" * (1 << 20), b"b" * (1 << 20))
    path, other = make_file(small.root / "srv/data", contents[0]), tmp_path / "other"
    make_file(other, contents[1])
    digests = {hashlib.sha256(c).hexdigest() for c in contents}
    succeeded = 0
    with Racer(lambda: exchange(path, other)):
        for _ in range(RUNS):
            result = agent(*seal_words(small, "--quiet")[1:], timeout=20)
            assert result.status in (PASS, UNCHECKED)
            assert temporaries(small.out) == []
            if result.status == PASS:
                (line,) = [i for i in small.lines if i.startswith(b"./srv/data ")]
                assert line.rpartition(b"=")[2].decode() in digests
                succeeded += 1
    print(succeeded, "of", RUNS, "seals succeeded")


def test_directory_renamed_under_the_walk(small):
    """What was in it is found at its old place or its new one, or is told as gone."""
    for number in range(60):
        make_file(small.root / f"srv/a/{number}", f"{number}\n")
    small.seal("--quiet")
    a, b = small.root / "srv/a", small.root / "srv/b"

    def act():
        os.rename(a, b)
        os.rename(b, a)

    with Racer(act):
        for _ in range(RUNS):
            document = small.verify(timeout=20)
            assert codes(document) <= {"file.missing", "file.unexpected"} | UNSURE
            others = [p for p in all_paths(document) if not p.startswith(("/srv/a", "/srv/b"))]
            assert others == [], document["findings"]


def test_directory_moved_out_of_the_root(small, tmp_path):
    """A walk that stands in a directory that leaves the root does not climb out after it."""
    for number in range(60):
        make_file(small.root / f"srv/a/b/{number}", f"{number}\n")
    make_file(tmp_path / "outside/secret", os.urandom(100))
    small.seal("--quiet")
    inside, outside = small.root / "srv/a", tmp_path / "outside/a"

    def act():
        os.rename(inside, outside)
        os.rename(outside, inside)

    with Racer(act):
        for _ in range(RUNS):
            result = agent(*verify_words(small)[1:], timeout=20)
            assert result.status in (PASS, FINDINGS), result.err
            assert digest_of(tmp_path / "outside/secret") not in result.out
            others = [p for p in all_paths(result.json) if not p.startswith("/srv/a")]
            assert others == [], result.json["findings"]


def test_manifest_swapped_while_read(small, tmp_path):
    """Two good manifests of two states change places: what passes is one of them, whole."""
    small.seal("--quiet")
    other = tmp_path / "other"
    (small.root / "srv/data").write_text("OTHER\n")
    agent("seal", "--root", small.root, "--key", small.key, "--out", other, "--quiet").expect(PASS)
    seen = set()
    with Racer(lambda: exchange(small.out, other)):
        for _ in range(RUNS * 2):
            result = agent(*verify_words(small)[1:], timeout=20)
            seen.add(result.status)
            if result.status == FINDINGS:
                assert all_paths(result.json) == ["/srv/data"]
            elif result.status == UNCHECKED:
                assert "manifest.mtree" in result.err, result.err
    assert PASS in seen or FINDINGS in seen


@pytest.mark.parametrize("verb", ("seal", "verify"))
def test_stopped_and_continued(small, verb):
    """SIGSTOP and SIGCONT interrupt every wait and read of a program; it goes on all the same."""
    for number in range(400):
        make_file(small.root / f"srv/{number}", os.urandom(20000))
    small.seal("--quiet")
    words = verify_words(small) if verb == "verify" else seal_words(small, "--quiet")
    stops = 0
    for _ in range(5):
        process = subprocess.Popen([str(w) for w in words], env=environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        end = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < end:
            process.send_signal(signal.SIGSTOP)
            process.send_signal(signal.SIGCONT)
            stops += 1
            time.sleep(0.0002)
        out, err = process.communicate(timeout=20)
        assert process.returncode == PASS, (out, err)
        assert err == b""
    assert stops > 50
    assert small.verify(status=PASS)["findings"] == []


@pytest.mark.parametrize("name", ("SIGTERM", "SIGINT", "SIGHUP", "SIGPIPE"))
def test_ended_by_a_signal(small, name):
    """It ends by that signal at once and leaves no half of anything behind."""
    make_file(small.root / "srv/large", bytes(64 << 20))
    small.seal("--quiet")
    before = (small.out / "manifest.json").read_bytes()
    for words in (seal_words(small, "--quiet"), verify_words(small)):
        process = subprocess.Popen([str(w) for w in words], env=environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.02)
        process.send_signal(getattr(signal, name))
        out, _ = process.communicate(timeout=10)
        assert process.returncode == -getattr(signal, name), out
        assert out == b""
    assert (small.out / "manifest.json").read_bytes() == before
    assert small.verify(status=PASS)["findings"] == []
