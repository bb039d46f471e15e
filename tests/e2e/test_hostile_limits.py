# SPDX-License-Identifier: Apache-2.0
"""Too little of everything: memory, descriptors, threads, space, rights. A run is right, or it says
what it lacked; it never crashes, hangs, or passes on less than it was asked for."""

import os
import resource
import signal

import pytest
from hostile import (all_paths, by_path, clean_refusal, codes, mounts,  # noqa: F401
                     seal_words, verify_words)
from roots import (AGENT, FINDINGS, PASS, SANITIZED, UNCHECKED, agent, environment,  # noqa: F401
                   keys, make_file, needs_root, nobody, run, sealed, small, temporaries, tree_digest)

MIB = 1 << 20


def limited(kind, value):
    return lambda: resource.setrlimit(kind, (value, value))


# -- Memory --------------------------------------------------------------------------------------

def starts(value):
    """Whether the program gets as far as its own code in so much address space."""
    return agent("--version", preexec_fn=limited(resource.RLIMIT_AS, value)).status == PASS


@pytest.fixture
def many(small):
    for number in range(3000):
        make_file(small.root / f"srv/{number % 7}/{number}", f"{number}\n")
    small.seal("--quiet")
    return small


@pytest.mark.skipif(SANITIZED, reason="sanitizers reserve terabytes of address space")
@pytest.mark.parametrize("verb", ("verify", "seal", "attest"))
def test_memory(many, verb):
    """From just enough to start to plenty, in small steps."""
    changed = many.root / "srv/1/1"
    changed.write_text("other\n")
    words = {
        "verify": verify_words(many), "seal": seal_words(many, "--quiet"),
        "attest": [AGENT, "attest", *many.arguments(), "--phase", "image", "--instance-id", "i",
                   "--quiet"],
    }[verb]
    many.attest("--quiet").expect(FINDINGS)  # its key is made before memory is short
    first = next(v for v in range(4 * MIB, 64 * MIB, MIB // 2) if starts(v))
    statuses = []
    for step in range(40):
        value = first + step * (MIB // 2 if step < 30 else 12 * MIB)
        before = (many.out / "manifest.json").read_bytes()
        result = run(words, preexec_fn=limited(resource.RLIMIT_AS, value), timeout=30)
        statuses.append(result.status)
        if result.status == UNCHECKED:
            clean_refusal(result)
            assert (many.out / "manifest.json").read_bytes() == before
        elif verb == "verify":
            result.expect(FINDINGS)
            assert by_path(result.json) == [("file.changed", "/srv/1/1")]
        else:
            result.expect(PASS if verb == "seal" else FINDINGS)
        assert temporaries(many.out) == []
    assert statuses[-1] != UNCHECKED, "never enough"
    print(first, statuses)


# -- Descriptors, threads, time, size -------------------------------------------------------------

@pytest.mark.parametrize("verb", ("verify", "seal"))
def test_descriptors(small, verb):
    """Each directory of a chain needs one; what cannot be opened is told."""
    make_file(small.root / ("srv/" + "d/" * 30 + "end"), "sealed\n")
    small.seal("--quiet")
    (small.root / "srv/data").write_text("other\n")
    body = (small.out / "manifest.mtree").read_bytes()
    statuses = {}
    for value in [*range(3, 48), 64, 128, 256]:
        if agent("--version", preexec_fn=limited(resource.RLIMIT_NOFILE, value)).status != PASS:
            continue
        words = verify_words(small) if verb == "verify" else seal_words(small, "--quiet")
        result = run(words, preexec_fn=limited(resource.RLIMIT_NOFILE, value), timeout=30)
        statuses[value] = result.status
        assert temporaries(small.out) == []
        if result.status == UNCHECKED:
            assert result.err.strip() and "Success" not in result.err
            assert verb != "seal" or (small.out / "manifest.mtree").read_bytes() == body
        elif verb == "verify":
            result.expect(FINDINGS)
            found = by_path(result.json)
            unread = [f for f in found if f[0].startswith("coverage.")]
            assert set(found) - set(unread) <= {("file.changed", "/srv/data")}
            assert unread or ("file.changed", "/srv/data") in found
        else:
            result.expect(PASS)
            assert b"./srv/" + b"d/" * 30 + b"end " in (small.out / "manifest.mtree").read_bytes()
            (small.out / "manifest.mtree").write_bytes(body)
    assert statuses[256] == (PASS if verb == "seal" else FINDINGS)


@needs_root
@pytest.mark.skipif(SANITIZED, reason="the leak checker needs a thread of its own")
def test_no_threads(nobody):
    """Without a single further process it still measures, or says that it cannot."""
    nobody.agent(*seal_words(nobody.image, "--quiet")[1:]).expect(PASS)

    def alone():
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))

    # The sanitizer looks for leaks in a thread of its own.
    env = environment(ASAN_OPTIONS="detect_leaks=0")
    result = nobody.agent(*verify_words(nobody.image)[1:], preexec_fn=alone, env=env)
    if result.status == UNCHECKED:
        clean_refusal(result, "workers")
    else:
        assert result.expect(PASS).json["findings"] == []


def test_file_size_limit(sealed):
    """RLIMIT_FSIZE comes with a signal; the old manifest outlives it."""
    for number in range(500):
        make_file(sealed.root / f"srv/more/{number}", f"{number}")
    before = tree_digest(sealed.out)
    result = run(seal_words(sealed, "--quiet"), preexec_fn=limited(resource.RLIMIT_FSIZE, 8192))
    if result.status != -signal.SIGXFSZ:
        clean_refusal(result, "File too large")
    assert tree_digest(sealed.out) == before


# -- Space ---------------------------------------------------------------------------------------

def fill(place, leave=0):
    """Takes all the space of a small filesystem but `leave` bytes."""
    filler = place / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    os.truncate(filler, max(0, os.path.getsize(filler) - leave))
    return filler


@needs_root
@pytest.mark.parametrize("leave", (0, 4096, 16384))
def test_no_space_for_the_manifest(small, mounts, leave):
    """Nothing is there, or all of it, and the place is named."""
    for number in range(600):
        make_file(small.root / f"srv/more/{number}", f"{number}")
    small.out = mounts.memory("out", "size=64k")
    fill(small.out, leave)
    result = run(seal_words(small, "--quiet"))
    clean_refusal(result, small.out, "No space left")
    assert os.listdir(small.out) == ["filler"]


@needs_root
def test_no_inodes_for_the_manifest(small, mounts):
    small.out = mounts.memory("out", "nr_inodes=2")
    make_file(small.out / "filler")
    clean_refusal(run(seal_words(small, "--quiet")), small.out, "No space left")
    assert os.listdir(small.out) == ["filler"]


@needs_root
@pytest.mark.parametrize("leave", (0, 4096))
def test_no_space_for_the_state(sealed, mounts, leave):
    """Evidence is whole or not there; a later run with space goes on as if nothing had been."""
    for number in range(400):
        make_file(sealed.root / f"srv/more/{number}", f"{number}")
    sealed.state.mkdir(mode=0o700)
    mounts.mount("-t", "tmpfs", "-o", "size=64k,mode=700", "none", sealed.state)
    filler = fill(sealed.state, leave)
    result = sealed.attest("--quiet")
    clean_refusal(result, sealed.state, "No space left")
    names = {p.name for p in sealed.state.rglob("*") if p.is_file()}
    assert names <= {"filler", "instance.key", "latest-image.json"} and len(names) <= 2, names
    filler.unlink()
    mounts.mount("-o", "remount,size=4m", sealed.state)
    mounts.places.pop()
    sealed.attest("--quiet").expect(FINDINGS)
    assert not [p for p in sealed.state.rglob("*") if ".tmp-" in p.name]


@needs_root
@pytest.mark.parametrize("variable", (None, "TMPDIR"))
def test_no_space_for_temporary_files(small, mounts, tmp_path, variable):
    """A huge file holds up thousands behind it; their results are kept somewhere, or it waits."""
    with open(small.root / "aaa", "wb") as file:
        file.truncate(192 << 20)
        for offset in range(0, 192 << 20, 1 << 16):
            os.pwrite(file.fileno(), b"x", offset)
    for number in range(6000):
        make_file(small.root / f"srv/{number % 50}/{number}", "")
    small.seal("--quiet")
    place = mounts.memory("full", "size=4k")
    fill(place)
    env = None
    if variable:
        env = {**os.environ, variable: str(place)}
        result = run(verify_words(small), env=env, timeout=60)
    else:
        script = 'mount --bind "$1" /var/tmp && shift && exec "$@"'
        result = run(["unshare", "-m", "sh", "-c", script, "sh", place, *verify_words(small)],
                     timeout=60)
    if result.status == UNCHECKED:
        clean_refusal(result, "No space left")
    else:
        document = result.expect(PASS).json
        assert document["findings"] == [] and document["coverage"]["hashed"] > 6000


# -- Rights --------------------------------------------------------------------------------------

@needs_root
def test_directory_that_must_not_be_read(nobody):
    """What is below it is neither missing nor fine; it was not examined, and that is said."""
    image = nobody.image
    for name in ("a", "b/c"):
        make_file(image.root / "srv/closed" / name, "sealed\n")
    (image.root / "srv/closed").chmod(0o700)
    nobody.own()
    os.chown(image.root / "srv/closed", 0, 0)
    image.seal("--quiet")
    image.out.chmod(0o755)
    document = nobody.agent(*verify_words(image)[1:]).expect(FINDINGS).json
    assert by_path(document) == [("coverage.unreadable", "/srv/closed")]
    assert document["verdict"] == "warn"
    assert document["coverage"]["unreadable"] == 1
    assert document["coverage"]["unexamined"] == 3


@needs_root
def test_directory_that_can_be_listed_but_not_entered(nobody):
    """Mode r--: the names are known, and nothing else of them is."""
    image = nobody.image
    for name in ("a", "b"):
        make_file(image.root / "srv/closed" / name, "sealed\n")
    (image.root / "srv/closed").chmod(0o744)
    nobody.own()
    os.chown(image.root / "srv/closed", 0, 0)
    image.seal("--quiet")
    image.out.chmod(0o755)
    document = nobody.agent(*verify_words(image)[1:]).expect(FINDINGS).json
    assert codes(document) == {"coverage.unreadable"}
    assert {"/srv/closed/a", "/srv/closed/b"} & set(all_paths(document)) or (
        document["coverage"]["unexamined"] == 2)


@needs_root
def test_immutable_files(small, mounts, tmp_path):
    """They can be measured like any others; a manifest cannot be put among them."""
    (tmp_path / "disk").mkdir()
    disk = mounts.disk(tmp_path / "disk", 32 * MIB, "mkfs.ext4", "-q")
    image = small.copy(disk / "root")
    for name in ("srv/data", "usr/bin/tool", "srv/empty"):
        run(["chattr", "+i", image.root / name]).expect(PASS)
    run(["chattr", "+a", image.root / "etc/hosts"]).expect(PASS)
    image.seal("--quiet")
    assert image.verify(status=PASS)["findings"] == []
    image.out = disk / "out"
    image.out.mkdir()
    run(["chattr", "+i", image.out]).expect(PASS)
    clean_refusal(run(seal_words(image, "--quiet")), image.out, "not permitted")
    assert list(image.out.iterdir()) == []


@needs_root
def test_immutable_manifest(small, mounts, tmp_path):
    """Neither of the two files is replaced when one of them cannot be."""
    (tmp_path / "disk").mkdir()
    disk = mounts.disk(tmp_path / "disk", 32 * MIB, "mkfs.ext4", "-q")
    small.out = disk / "out"
    small.out.mkdir()
    small.seal("--quiet")
    run(["chattr", "+i", small.out / "manifest.json"]).expect(PASS)
    make_file(small.root / "srv/new", "x")
    clean_refusal(run(seal_words(small, "--quiet")), "manifest.json", "not permitted")
    assert sorted(os.listdir(small.out)) == ["manifest.json", "manifest.mtree"]
    (small.root / "srv/new").unlink()
    assert small.verify(status=PASS)["findings"] == []
