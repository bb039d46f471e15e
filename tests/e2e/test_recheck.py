# SPDX-License-Identifier: Apache-2.0
"""Re-checks: a later attestation of the same boot reads only what may have changed since, and
nothing that anybody did to a file or to the notes makes it overlook a change."""

import base64
import json
import os
import shutil

import pytest
from hostile import measured, mounts  # noqa: F401
from roots import (AGENT, FINDINGS, PASS, Image, keys,  # noqa: F401
                   make_file, needs_root, run, small)

pytestmark = needs_root
LARGE = 32 << 20
OLD = 1_600_000_000
STATE = "measured.state"


@pytest.fixture
def image(small, mounts, tmp_path):  # noqa: F811
    """A root whose files changed long ago: squashfs keeps times, and an overlay can be written.
    What changed in the last minute is read again in any case."""
    make_file(small.root / "srv/large", os.urandom(1 << 20) * 32)
    run(["mksquashfs", small.root, tmp_path / "root.squashfs", "-quiet", "-no-progress", "-noI",
         "-noD", "-noF", "-all-time", str(OLD)]).expect(0)
    for name in ("lower", "upper", "work", "place"):
        (tmp_path / name).mkdir()
    mounts.mount("-t", "squashfs", "-o", "loop,ro", tmp_path / "root.squashfs", tmp_path / "lower")
    mounts.mount("-t", "overlay", "-o", f"lowerdir={tmp_path}/lower,upperdir={tmp_path}/upper,"
                 f"workdir={tmp_path}/work", "none", tmp_path / "place")
    found = Image(tmp_path / "place", (small.key, small.pub), small.out)
    found.seal("--quiet")
    found.files = sum(1 for line in found.lines if b" sha256digest=" in line)
    return found


def attest(image, *more, phase="boot", status=PASS):
    """Attests and gives the coverage, with the bytes that were read and the changed paths."""
    result = measured([AGENT, "attest", *image.arguments(), "--phase", phase, "--instance-id",
                       "i-test", "--no-deliver", "--quiet", *more])
    result.expect(status)
    envelope = json.loads((image.state / f"latest-{phase}.json").read_bytes())
    predicate = json.loads(base64.b64decode(envelope["payload"]))["predicate"]
    paths = [p for f in predicate["findings"] for p in (f["path"], *f["related"])]
    return {**predicate["coverage"], "read": result.read, "paths": paths,
            "fixed": predicate["fixed"]}


@pytest.fixture
def noted(image):
    """After a first run, which has read everything and noted it."""
    first = attest(image, phase="image")
    assert (first["mode"], first["hashed"], first["reused"]) == ("full", image.files, 0)
    image.fixed = first["fixed"]
    return image


def check_all_read(found, image):
    assert (found["mode"], found["reused"]) == ("full", 0)
    assert found["hashed"] == image.files
    assert found["read"] > LARGE


def test_second_run_reads_nothing(noted):
    found = attest(noted)
    assert (found["mode"], found["hashed"]) == ("recheck", 0)
    assert found["reused"] == noted.files
    assert found["read"] < LARGE
    assert found["fixed"] == noted.fixed, "the digest of what was measured is the same"


def test_third_run_builds_on_the_second(noted):
    attest(noted)
    assert attest(noted)["reused"] == noted.files


@pytest.mark.parametrize("how", ("--full", "image"))
def test_all_is_read_when_that_is_wanted(noted, how):
    found = attest(noted, "--full") if how == "--full" else attest(noted, phase="image")
    check_all_read(found, noted)


def rewrite(path):
    """Other content with the old size and the old times."""
    st, old = path.stat(), path.read_bytes()
    with open(path, "r+b") as file:
        file.write(old.swapcase())
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))


def replace(path):
    st, old = path.stat(), path.read_bytes()
    path.unlink()
    make_file(path, old.swapcase())
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))


def exchange_with_sibling(path):
    """Each of the two has long been there, with its size and its old times."""
    other = path.parent.parent / "etc/hosts"
    os.rename(path, path.with_suffix(".t"))
    shutil.copy2(other, path)
    path.with_suffix(".t").unlink()


def grow(path):
    with open(path, "ab") as file:
        file.write(b"more")


@pytest.mark.parametrize("change", (rewrite, replace, exchange_with_sibling, grow),
                         ids=lambda f: f.__name__)
def test_change_is_found(noted, change):
    change(noted.root / "srv/data")
    found = attest(noted, status=FINDINGS)
    assert found["mode"] == "recheck"
    assert found["paths"] == ["/srv/data"]
    assert found["reused"] >= noted.files - 1
    assert found["read"] < LARGE
    assert attest(noted, status=FINDINGS)["paths"] == ["/srv/data"], "and the next time, too"


def test_new_and_missing_files(noted):
    make_file(noted.root / "etc/evil", "evil\n")
    (noted.root / "srv/data").unlink()
    assert sorted(attest(noted, status=FINDINGS)["paths"]) == ["/etc/evil", "/srv/data"]


def test_change_and_back(noted):
    rewrite(noted.root / "srv/data")
    attest(noted, status=FINDINGS)
    rewrite(noted.root / "srv/data")
    assert attest(noted)["paths"] == []


# -- The notes -----------------------------------------------------------------------------------

def test_notes_are_for_nobody_else(noted):
    assert (noted.state / STATE).stat().st_mode & 0o777 == 0o600


def test_another_boot(noted, mounts, tmp_path):  # noqa: F811
    place = "/proc/sys/kernel/random/boot_id"
    other = make_file(tmp_path / "id", "00000000-1111-4111-8111-000000000000\n")
    mounts.mount("--bind", other, place)
    check_all_read(attest(noted), noted)


def test_another_manifest(noted):
    noted.seal("--quiet")
    check_all_read(attest(noted), noted)


def test_another_root(noted, tmp_path):
    copy = noted.copy(tmp_path / "copy")
    copy.state, copy.files = noted.state, noted.files
    copy.configure()
    check_all_read(attest(copy), noted)


def damage(offset):
    def act(path):
        content = bytearray(path.read_bytes())
        content[offset] ^= 1
        path.write_bytes(content)
    return act


SPOILED = [
    ("first byte", damage(0)), ("scope", damage(30)), ("middle", damage(200)),
    ("last byte", damage(-1)),
    ("empty", lambda p: p.write_bytes(b"")),
    ("cut", lambda p: p.write_bytes(p.read_bytes()[:-1])),
    ("cut in half", lambda p: p.write_bytes(p.read_bytes()[:300])),
    ("longer", lambda p: p.write_bytes(p.read_bytes() + b"x")),
    ("absent", lambda p: p.unlink()),
    ("zeros", lambda p: p.write_bytes(bytes(10000))),
    ("readable by all", lambda p: p.chmod(0o644)),
    ("of another user", lambda p: os.chown(p, 1, 1)),
    ("fifo", lambda p: (p.unlink(), os.mkfifo(p, 0o600))),
    ("directory", lambda p: (p.unlink(), p.mkdir())),
    ("link", lambda p: (p.rename(p.with_name("x")), p.symlink_to("x"))),
]


@pytest.mark.parametrize("case", SPOILED, ids=lambda c: c[0])
def test_notes_that_are_not_as_they_were(noted, case):
    """They count for nothing, nothing waits for them, and a change is found without them."""
    case[1](noted.state / STATE)
    rewrite(noted.root / "srv/data")
    found = attest(noted, status=FINDINGS)
    assert found["paths"] == ["/srv/data"]
    assert (found["mode"], found["reused"]) == ("full", 0)


def test_no_place_for_the_notes(noted, mounts):  # noqa: F811
    """They are a help alone: the evidence is there without them."""
    state = noted.state / STATE
    state.unlink()
    state.mkdir()
    make_file(state / "occupied")
    check_all_read(attest(noted), noted)
    check_all_read(attest(noted), noted)


def test_part_of_a_run_is_not_noted(noted):
    """A run on the critical paths alone does not make the next one believe the rest."""
    (noted.state / STATE).unlink()
    attest(noted, "--tier", "critical")
    rewrite(noted.root / "srv/data")
    assert attest(noted, status=FINDINGS)["paths"] == ["/srv/data"]


def test_fresh_files_are_read_again(small):
    """Pages that were dirty may still be written with the old change time."""
    small.seal("--quiet")
    attest(small, phase="image")
    assert attest(small)["reused"] == 0
