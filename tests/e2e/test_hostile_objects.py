# SPDX-License-Identifier: Apache-2.0
"""Objects that a measuring program must not open, follow, or read without end."""

import hashlib
import os
import re
import shutil
import socket
import stat

import pytest
from hostile import (all_paths, by_path, measured, mounts, seal_words, traced,  # noqa: F401
                     verify_words)
from roots import (AGENT, FINDINGS, PASS, UNCHECKED, Image, agent,  # noqa: F401
                   keys, make_file, make_small_root, needs_root, sealed, small)

GIB = 1 << 30


# -- What must not be opened ---------------------------------------------------------------------

def bind_socket(path):
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(here)


def node(kind, device):
    return lambda path: os.mknod(path, kind | 0o600, device)


# Opening one of these blocks, rewinds a tape, starts a watchdog or takes a terminal.
SPECIAL = [
    ("fifo", os.mkfifo),
    ("socket", bind_socket),
]
ROOT_SPECIAL = [
    ("tty", node(stat.S_IFCHR, os.makedev(5, 0))),
    ("watchdog", node(stat.S_IFCHR, os.makedev(10, 130))),
    ("tape", node(stat.S_IFCHR, os.makedev(9, 0))),
    ("no driver", node(stat.S_IFCHR, os.makedev(4000, 1))),
    ("full", node(stat.S_IFCHR, os.makedev(1, 7))),
    ("memory", node(stat.S_IFCHR, os.makedev(1, 1))),
    ("zero", node(stat.S_IFCHR, os.makedev(1, 5))),
    ("disk", node(stat.S_IFBLK, os.makedev(254, 0))),
]


def check_special(image, tmp_path, make):
    special = image.root / "srv/special"
    make(special)
    for words in (seal_words(image), verify_words(image)):
        trace = traced(words, tmp_path / "trace")
        trace.expect(PASS)
        assert trace.opened_below(special) == []
        assert not [c for c in trace.calls if b'special"' in c], "opened, or tried"
    special.unlink()
    assert by_path(image.verify(status=FINDINGS)) == [("file.missing", "/srv/special")]


@pytest.mark.parametrize("kind", SPECIAL, ids=lambda k: k[0])
def test_special_file_is_never_opened(small, tmp_path, kind):
    check_special(small, tmp_path, kind[1])


@needs_root
@pytest.mark.parametrize("kind", ROOT_SPECIAL, ids=lambda k: k[0])
def test_device_is_never_opened(small, tmp_path, kind):
    check_special(small, tmp_path, kind[1])


@pytest.mark.parametrize("place", ("srv/pipe", "etc/os-release", "usr/lib/os-release",
                                   "etc/cron.d/pipe", "var/lib/dpkg/info/tool.list"))
@pytest.mark.parametrize("writer", (False, True), ids=("alone", "with a writer"))
def test_fifo_in_any_place(sealed, place, writer):
    """Also where the program looks for content: it neither waits nor takes what is in the pipe."""
    path = sealed.root / place
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR | os.O_NONBLOCK) if writer else None
    try:
        if writer:
            os.write(end, b"ID=other\n")
        document = sealed.verify(status=FINDINGS, timeout=30)
        assert f"/{place}" in all_paths(document)
        seal = agent("seal", "--root", sealed.root, "--key", sealed.key, "--out", sealed.out,
                     "--quiet", timeout=30)
        assert seal.status in (PASS, UNCHECKED)
        if writer:
            assert os.read(end, 100) == b"ID=other\n"
    finally:
        if writer:
            os.close(end)


# -- Links ---------------------------------------------------------------------------------------

SECRET = b"the measuring machine's own secret\n"
SECRET_DIGEST = hashlib.sha256(SECRET).hexdigest()


@pytest.fixture
def canary(tmp_path):
    """A directory outside of the root that a hostile image points at in every way."""
    outside = tmp_path / "outside"
    make_file(outside / "secret", SECRET, 0o600)
    for name in ("os-release", "lib/os-release"):
        make_file(outside / name, "IMAGE_ID=outside\nIMAGE_VERSION=outside-version\n")
    make_file(outside / "info/evil.list", "/srv/data\n")
    make_file(outside / "evil.service", "[Service]\nExecStart=/bin/outside-evil\n")
    for path in [outside, *outside.rglob("*")]:
        os.utime(path, ns=(1, path.stat().st_mtime_ns))
    return outside


def times(directory):
    return {str(p): (p.lstat().st_atime_ns, p.lstat().st_mtime_ns)
            for p in [directory, *directory.rglob("*")]}


def link_over(root, name, target):
    path = root / name
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


# Each is a place that the program reads by path, or walks.
LEADING_OUT = [
    ("file", "srv/data", "{}/secret"),
    ("directory", "srv/empty", "{}"),
    ("unit", "etc/systemd/system/app.service", "{}/evil.service"),
    ("directory of units", "etc/systemd/system", "{}"),
    ("os-release", "usr/lib/os-release", "{}/os-release"),
    ("os-release by a directory", "usr/lib", "{}/lib"),
    ("dpkg's lists", "var/lib/dpkg/info", "{}/info"),
    ("climbing", "etc/os-release", "../../../../../../../../../../../..{}/os-release"),
    ("process's own root", "etc/os-release", "/proc/self/root{}/os-release"),
    ("magic link", "etc/os-release", "/proc/self/cwd{}/os-release"),
]


@pytest.mark.parametrize("case", LEADING_OUT, ids=lambda c: c[0])
def test_nothing_outside_is_read(sealed, canary, tmp_path, case):
    _, name, target = case
    link_over(sealed.root, name, target.format(canary))
    before = times(canary)
    for words in (verify_words(sealed), seal_words(sealed, "--image-name", "a",
                                                   "--image-version", "1")):
        trace = traced(words, tmp_path / "trace")
        assert trace.status in (PASS, FINDINGS, UNCHECKED), trace.err
        assert trace.opened_below(canary) == []
        for word in ("outside-evil", "outside-version", SECRET_DIGEST):
            assert word not in trace.out + trace.err
    assert times(canary) == before
    assert SECRET_DIGEST not in (sealed.out / "manifest.mtree").read_text()


@pytest.fixture(params=("usr", "usr/lib", "usr/lib/goldseal"))
def led_out(request, tmp_path, keys, canary):
    """An image that is sealed in the default place, which is then a link out of it."""
    image = Image(make_small_root(tmp_path / "root"), keys)
    agent("seal", "--root", image.root, "--key", image.key, "--quiet").expect(PASS)
    (image.root / request.param).rename(canary / "moved")
    (image.root / request.param).symlink_to(canary / "moved")
    return image


def test_no_manifest_is_read_outside(led_out, canary, tmp_path):
    words = [AGENT, "verify", "--root", led_out.root, "--trust", led_out.pub, "--config",
             led_out.config]
    trace = traced(words, tmp_path / "trace")
    assert trace.opened_below(canary) == []
    assert trace.status in (FINDINGS, UNCHECKED), trace.out


def test_no_manifest_is_written_outside(led_out, canary, tmp_path):
    """Else an image would have files of the machine that seals it replaced, as root."""
    before = times(canary)
    words = [AGENT, "seal", "--root", led_out.root, "--key", led_out.key]
    trace = traced(words, tmp_path / "trace")
    trace.expect(UNCHECKED)
    assert trace.opened_below(canary) == []
    assert times(canary) == before


# Targets that exist, do not, or never end.
TARGETS = (
    "/etc/passwd", "../../../../../../../../etc/shadow", "/proc/self/root/etc/shadow",
    "/nowhere/at/all", "loop-b", ".", "..", "/", "//", "l" * 255, "x/" * 2000, "\t \n", "data/",
)


def test_links_are_compared_by_their_text(small):
    for number, target in enumerate(TARGETS):
        os.symlink(target, small.root / f"srv/link{number}")
    os.symlink("loop-a", small.root / "srv/loop-b")
    os.symlink("loop-b", small.root / "srv/loop-a")
    os.symlink("self", small.root / "srv/self")
    small.seal("--quiet")
    assert small.verify(status=PASS)["findings"] == []
    for number, target in enumerate(TARGETS):
        path = small.root / f"srv/link{number}"
        path.unlink()
        os.symlink("Y" + target[1:], path)
        assert by_path(small.verify(status=FINDINGS)) == [("file.changed", f"/srv/link{number}")]
        path.unlink()
        os.symlink(target, path)
    assert small.verify(status=PASS)["findings"] == []


# -- Sizes ---------------------------------------------------------------------------------------

def make_sparse(path, size, *islands):
    with open(path, "wb") as file:
        for offset in islands:
            file.seek(offset)
            file.write(b"island")
        file.truncate(size)
    return path


def zeros_and(size, *islands):
    """The digest of such a file, without making it."""
    digest, block, position = hashlib.sha256(), bytes(1 << 20), 0
    for end, text in [*((i, b"island") for i in islands), (size, b"")]:
        while position < end:
            step = min(len(block), end - position)
            digest.update(block[:step])
            position += step
        digest.update(text)
        position += len(text)
    return digest.hexdigest()


SPARSE_GIB = int(os.environ.get("GOLDSEAL_SPARSE_GIB") or 1)


def test_sealed_sparse_file(small):
    """Its digest is that of all its bytes, but its holes are not read. GOLDSEAL_SPARSE_GIB=64
    takes the size for which it was written; hashing alone takes a minute then."""
    size = SPARSE_GIB * GIB + 12345
    islands = (0, 1 << 20, size // 2 + 777, size - 6)
    sparse = make_sparse(small.root / "srv/sparse", size, *islands)
    sealing = measured(seal_words(small, "--quiet"), timeout=600)
    sealing.expect(PASS)
    line = [i for i in small.lines if i.startswith(b"./srv/sparse ")]
    assert line[0].endswith(b"sha256digest=" + zeros_and(size, *islands).encode())
    verifying = measured(verify_words(small), timeout=600)
    assert verifying.expect(PASS).json["findings"] == []
    assert max(sealing.read, verifying.read) < 64 << 20, "the holes were read"
    with open(sparse, "r+b") as file:
        file.seek(size // 3)
        file.write(b"i")
    document = small.verify(status=FINDINGS, timeout=600)
    assert by_path(document) == [("file.changed", "/srv/sparse")]
    assert "content" in document["findings"][0]["title"]


@pytest.mark.parametrize("how", ("unexpected", "grown"))
@pytest.mark.parametrize("size", (64 * GIB, 16384 * GIB - 4096), ids=("64 GiB", "16 TiB"))
def test_sparse_file_that_nobody_sealed(sealed, how, size):
    """It differs before its content is looked at, so nobody waits for that."""
    path = sealed.root / ("srv/sparse" if how == "unexpected" else "srv/data")
    try:
        make_sparse(path, size, 0)
    except OSError as error:
        pytest.skip(f"this filesystem has no files of this size: {error}")
    result = measured(verify_words(sealed), timeout=30)
    (finding,) = result.expect(FINDINGS).json["findings"]
    assert finding["path"] == f"/{path.relative_to(sealed.root)}"
    assert finding["code"] == ("file.unexpected" if how == "unexpected" else "file.changed")
    assert f"content not read size={size}" in finding["actual"]
    assert result.read < 64 << 20


@needs_root
def test_largest_file_of_all(small, mounts):
    """8 EiB less one byte, which only memory and XFS have. No seal can hash that: it says so."""
    image = small.copy(mounts.memory("memory") / "root")
    image.seal("--quiet")
    make_sparse(image.root / "srv/sparse", (1 << 63) - 1, 0)
    result = measured(verify_words(image), timeout=30)
    (finding,) = result.expect(FINDINGS).json["findings"]
    assert (finding["code"], finding["path"]) == ("file.unexpected", "/srv/sparse")
    assert f"content not read size={(1 << 63) - 1}" in finding["actual"]
    assert result.read < 64 << 20
    seal = measured(seal_words(image), timeout=30)
    seal.expect(UNCHECKED)
    assert "/srv/sparse" in seal.out and "not read" in seal.out


@pytest.mark.parametrize("links", (10000,))
def test_hard_link_farm(small, links):
    """Ten thousand names of 64 MiB are read once, and each is in the manifest."""
    farm = small.root / "srv/farm"
    farm.mkdir()
    first = make_file(farm / "0", os.urandom(1 << 20) * 64)
    size = first.stat().st_size
    for number in range(1, links):
        os.link(first, farm / str(number))
    digest = hashlib.sha256(first.read_bytes()).hexdigest().encode()
    sealing = measured(seal_words(small, "--quiet"), timeout=30)
    sealing.expect(PASS)
    lines = [i for i in small.lines if i.startswith(b"./srv/farm/")]
    assert len(lines) == links
    assert all(i.endswith(digest) for i in lines)
    verifying = measured(verify_words(small), timeout=30)
    document = verifying.expect(PASS).json
    assert document["findings"] == []
    assert document["coverage"]["linked"] == links - 1
    assert max(sealing.read, verifying.read) < size * 2, "read more than once"


def test_one_link_of_a_farm_is_changed(small):
    """Hashing once must not vouch for another inode of the same size and times."""
    farm = small.root / "srv/farm"
    farm.mkdir()
    first = make_file(farm / "a", b"content\n")
    for name in "bcdefgh":
        os.link(first, farm / name)
    small.seal("--quiet")
    st = first.stat()
    (farm / "e").unlink()
    make_file(farm / "e", b"CONTENT\n")
    os.utime(farm / "e", ns=(st.st_atime_ns, st.st_mtime_ns))
    assert by_path(small.verify(status=FINDINGS)) == [("file.changed", "/srv/farm/e")]


def test_all_links_change_together(small):
    farm = small.root / "srv/farm"
    farm.mkdir()
    first = make_file(farm / "a", b"content\n")
    for name in "bcd":
        os.link(first, farm / name)
    small.seal("--quiet")
    first.write_bytes(b"CONTENT\n")
    assert sorted(all_paths(small.verify(status=FINDINGS))) == [
        f"/srv/farm/{name}" for name in "abcd"]


def test_a_scan_loads_no_network_library(small, tmp_path):
    """What runs as root on a hostile disk has no business with TLS, Kerberos or LDAP."""
    small.seal("--quiet")
    trace = traced(verify_words(small), tmp_path / "trace").expect(PASS)
    assert any(b"libcrypto" in path for path in trace.opened), "the trace has no libraries"
    assert not [p for p in trace.opened if re.search(rb"lib(curl|gnutls|ldap|krb5)", p)]
