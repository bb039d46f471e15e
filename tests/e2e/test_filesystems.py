# SPDX-License-Identifier: Apache-2.0
"""The same tree on every filesystem that an image may have, and filesystems that are damaged.

What needs device-mapper, fs-verity or vfat is in tests/vm, which brings its own kernel."""

import errno
import hashlib
import os
import random
import re
import shutil
import stat
import time

import pytest
from loops import (MIB, Disk, command, find_bytes, need, overlay, overwrite, private_mounts,
                   squashfs_data)
from roots import (FINDINGS, PASS, UNCHECKED, Image, check_result, agent, keys,  # noqa: F401
                   make_file, make_odd_names, make_small_root, make_special_files, needs_root)

pytestmark = needs_root

LONG_AGO = 978307200  # 2001: older than anything that relatime would leave alone
SECONDS = 60


@pytest.fixture(autouse=True)
def mounts():
    with private_mounts():
        yield


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Every kind of object, odd names, larger files, a hole and hard links."""
    root = make_small_root(tmp_path_factory.mktemp("tree") / "root")
    make_special_files(root)
    make_odd_names(root / "srv/odd")
    make_file(root / "srv/large", random.Random(1).randbytes(3 * MIB + 17))
    with open(root / "srv/sparse", "wb") as file:
        file.seek(5 * MIB)
        file.write(b"after a hole")
    for name in ("one", "two", "three"):
        os.link(root / "srv/data", root / f"srv/{name}")
    return root


class Variants:
    """The tree as a filesystem can hold it, each with the body of its manifest, made when asked."""

    def __init__(self, tree, keys, base):
        self.tree, self.keys, self.base = tree, keys, base
        self.made = {}

    def without_acls(self, root):
        command("setfacl", "-R", "-P", "-b", "-k", root)

    def without_longest_names(self, root):
        for path in [p for p in root.rglob("*") if len(os.fsencode(p.name)) > 254]:
            path.unlink()

    # squashfs cannot store ACLs; mkfs.erofs of erofs-utils 1.5 fails on names of 255 bytes.
    CHANGES = {"squashfs": without_acls, "erofs": without_longest_names}

    def get(self, kind):
        name = kind if kind in self.CHANGES else "any"
        if name not in self.made:
            root = self.tree
            if name in self.CHANGES:
                root = self.base / name
                command("cp", "-a", self.tree, root)
                self.CHANGES[name](self, root)
            out = self.base / f"{name}-out"
            self.made[name] = root, sealed(root, self.keys, out).body
        return self.made[name]

    def tree_of(self, kind):
        return self.get(kind)[0]


@pytest.fixture(scope="module")
def variants(tree, keys, tmp_path_factory):
    return Variants(tree, keys, tmp_path_factory.mktemp("variants"))


def sealed(root, keys, out):
    out.mkdir(exist_ok=True)
    image = Image(root, keys, out)
    image.seal("--quiet", timeout=SECONDS)
    image.body = (out / "manifest.mtree").read_bytes()
    return image


def sealed_elsewhere(root, tree, keys, out):
    """The manifest is made from the tree where it was built, and holds for this root."""
    sealed(tree, keys, out)
    return Image(root, keys, out)


def found(document):
    return {(i["code"], i["path"]) for i in document["findings"]}


def change_content(root, name="srv/large", at=2 * MIB):
    """One byte of a file that has one name; size and times are kept."""
    path = root / name
    st = path.stat()
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))


@pytest.mark.parametrize("kind", Disk.KINDS)
def test_same_everywhere(kind, variants, keys, tmp_path):
    """Sealed anywhere, the body is the same to the byte, so each verifies all of the others."""
    tree, expected = variants.get(kind)
    disk = Disk(kind, tmp_path).fill(tree)
    image = sealed(disk.root, keys, tmp_path / "here")
    assert image.body == expected

    image = sealed_elsewhere(disk.root, tree, keys, tmp_path / "elsewhere")
    document = image.verify(status=PASS, timeout=SECONDS)
    assert document["findings"] == []
    assert document["coverage"]["unreadable"] == 0
    assert document["coverage"]["bytes"] > 3 * MIB


@pytest.mark.parametrize("kind", Disk.KINDS)
def test_one_change(kind, variants, keys, tmp_path):
    tree = variants.tree_of(kind)
    if kind in Disk.WRITABLE:
        disk = Disk(kind, tmp_path).fill(tree)
        change_content(disk.root)
    else:
        command("cp", "-a", tree, tmp_path / "changed")
        change_content(tmp_path / "changed")
        disk = Disk(kind, tmp_path).fill(tmp_path / "changed")
    image = sealed_elsewhere(disk.root, tree, keys, tmp_path / "out")
    document = image.verify(status=FINDINGS, timeout=SECONDS)
    assert found(document) == {("file.changed", "/srv/large")}


@pytest.mark.parametrize("kind", [k for k in Disk.KINDS if k != "squashfs"])
def test_attributes_travel(kind, variants, keys, tmp_path):
    """Capabilities and ACLs are in the manifest whatever the filesystem, and missed when gone."""
    tree = variants.tree_of(kind)
    disk = Disk(kind, tmp_path)
    changed = tmp_path / "changed"
    command("cp", "-a", tree, changed)
    command("setcap", "-r", changed / "usr/bin/assist")
    command("setfacl", "-b", changed / "etc/hosts")
    disk.fill(changed)
    image = sealed_elsewhere(disk.root, tree, keys, tmp_path / "out")
    document = image.verify(status=FINDINGS, timeout=SECONDS)
    assert {path for _, path in found(document)} == {"/usr/bin/assist", "/etc/hosts"}


def test_squashfs_drops_acls(tree, keys, tmp_path):
    """It has no place for them: each loss is a finding, and nothing else is."""
    disk = Disk("squashfs", tmp_path).fill(tree)
    image = sealed_elsewhere(disk.root, tree, keys, tmp_path / "out")
    document = image.verify(status=FINDINGS, timeout=SECONDS)
    assert {path for _, path in found(document)} == {"/etc/hosts", "/srv/empty"}


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs"])
def test_access_times_stay(kind, tree, keys, tmp_path):
    disk = Disk(kind, tmp_path, "" if kind == "tmpfs" else "strictatime").fill(tree)
    if kind == "tmpfs":
        command("mount", "-o", "remount,strictatime", disk.root)
    # Reading a link's target sets its time whatever one does; all else can be left as it is.
    paths = [p for p in [disk.root, *disk.root.rglob("*")]
             if stat.S_IFMT(p.lstat().st_mode) in (stat.S_IFREG, stat.S_IFDIR)]
    for path in paths:
        os.utime(path, (LONG_AGO, LONG_AGO))
    image = sealed(disk.root, keys, tmp_path / "out")
    image.verify(status=PASS, timeout=SECONDS)
    assert [p for p in paths if p.stat().st_atime != LONG_AGO] == []
    # The test can see a change: an ordinary read makes one.
    (disk.root / "srv/large").read_bytes()
    assert (disk.root / "srv/large").stat().st_atime != LONG_AGO


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "squashfs", "erofs"])
def test_read_only(kind, variants, keys, tmp_path):
    """Verify writes nothing; seal into the root says why it cannot."""
    tree = variants.tree_of(kind)
    disk = Disk(kind, tmp_path).fill(tree)
    disk.remount("ro")
    with pytest.raises(OSError) as error:
        (disk.root / "new").touch()
    assert error.value.errno == errno.EROFS
    image = sealed_elsewhere(disk.root, tree, keys, tmp_path / "out")
    assert image.verify(status=PASS, timeout=SECONDS)["findings"] == []

    result = agent("seal", "--root", disk.root, "--key", image.key, timeout=SECONDS)
    result.expect(UNCHECKED)
    assert re.search("read-only", result.err, re.IGNORECASE), result.err


# -- Filesystems in layers and parts ------------------------------------------------------------


@pytest.fixture
def layered(tree, keys, tmp_path):
    """An ext4 image below, a tmpfs above it, and the image's manifest."""
    lower = Disk("ext4", tmp_path).fill(tree)
    image = sealed(lower.root, keys, tmp_path / "out")
    lower.remount("ro")
    above = tmp_path / "above"
    above.mkdir()
    command("mount", "-t", "tmpfs", "tmpfs", above)
    for name in ("upper", "work"):
        (above / name).mkdir()
    (above / "upper").chmod(0o755)
    root = tmp_path / "merged"
    root.mkdir()
    overlay(root, [lower.root], above / "upper", above / "work")
    return Image(root, keys, image.out)


def test_overlay_clean(layered):
    assert layered.verify(status=PASS, timeout=SECONDS)["findings"] == []


def test_overlay_touched(layered):
    """Copied up but not changed: still the same tree."""
    for path in sorted(layered.root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            os.utime(path)
    assert layered.verify(status=PASS, timeout=SECONDS)["findings"] == []


def test_overlay_whiteout(layered):
    (layered.root / "etc/hosts").unlink()
    shutil.rmtree(layered.root / "srv/odd")
    (layered.root / "srv/odd").mkdir()  # opaque: nothing of the lower one shows
    (layered.root / "srv/new").write_text("new\n")
    document = layered.verify(status=FINDINGS, timeout=SECONDS)
    seen = [p for i in document["findings"] for p in [i["path"], *i["related"]]]
    assert "/etc/hosts" in seen and "/srv/new" in seen
    # Whatever lay in the opaque directory is gone, and nothing else is reported.
    assert all(p in ("/etc/hosts", "/srv/new", "...") or p.startswith("/srv/odd/") for p in seen)
    assert sum(p.startswith("/srv/odd/") for p in seen) >= 20


def test_overlay_breaks_hard_links(layered):
    """Writing one name of a lower file copies that name alone; the others keep the content."""
    path = layered.root / "srv/two"
    path.write_text("DATA\n")
    assert (layered.root / "srv/one").read_text() == "data\n"
    document = layered.verify(status=FINDINGS, timeout=SECONDS)
    assert found(document) == {("file.changed", "/srv/two")}


@pytest.fixture
def volume(tree, keys, tmp_path):
    """A btrfs with the tree in a subvolume."""
    disk = Disk("btrfs", tmp_path)
    disk.make()
    disk.mount()
    command("btrfs", "subvolume", "create", disk.root / "@")
    command("cp", "-a", f"{tree}/.", disk.root / "@")
    return Image(disk.root / "@", keys, tmp_path / "out")


def test_btrfs_subvolume_inside(volume):
    """A subvolume that took a directory's place is entered, or named as left out."""
    inside = volume.root / "srv/volume"
    inside.mkdir(mode=0o755)
    sealed(volume.root, (volume.key, volume.pub), volume.out)
    inside.rmdir()
    command("btrfs", "subvolume", "create", inside)
    make_file(inside / "planted", "planted\n", 0o755)
    seen = found(volume.verify(status=FINDINGS, timeout=SECONDS))
    assert ({path for _, path in seen} == {"/srv/volume/planted"} or
            seen == {("coverage.mount", "/srv/volume")})


def test_btrfs_subvolume_sealed(volume):
    """Sealed with what is in it, or not at all."""
    command("btrfs", "subvolume", "create", volume.root / "srv/volume")
    make_file(volume.root / "srv/volume/inside", "inside\n")
    volume.out.mkdir()
    result = agent("seal", "--root", volume.root, "--key", volume.key, "--out", volume.out)
    if result.status == PASS:
        assert b"./srv/volume/inside " in (volume.out / "manifest.mtree").read_bytes()
        change_content(volume.root, "srv/volume/inside", 1)
        assert found(volume.verify(status=FINDINGS)) == {("file.changed", "/srv/volume/inside")}
    else:
        result.expect(UNCHECKED)
        assert "/srv/volume" in result.out + result.err
        assert list(volume.out.iterdir()) == []


def test_btrfs_snapshot(volume, keys):
    """A snapshot holds what it was made of, and goes on doing so when the original changes."""
    sealed(volume.root, keys, volume.out)
    to = volume.root.parent / "snapshot"
    command("btrfs", "subvolume", "snapshot", "-r", volume.root, to)
    change_content(volume.root)
    snapshot = Image(to, keys, volume.out)
    assert snapshot.verify(status=PASS, timeout=SECONDS)["findings"] == []
    assert found(volume.verify(status=FINDINGS)) == {("file.changed", "/srv/large")}


def test_mount_inside(tree, keys, tmp_path):
    """A filesystem mounted over a directory of the root is named, and not read."""
    disk = Disk("ext4", tmp_path).fill(tree)
    image = sealed(disk.root, keys, tmp_path / "out")
    command("mount", "-t", "tmpfs", "tmpfs", disk.root / "usr/share/doc")
    make_file(disk.root / "usr/share/doc/planted", "planted\n")
    document = image.verify(status=FINDINGS, timeout=SECONDS)
    assert ("coverage.mount", "/usr/share/doc") in found(document)
    assert "/usr/share/doc/planted" not in {path for _, path in found(document)}


# -- Damage -------------------------------------------------------------------------------------


def expect_unreadable(image, path):
    """A finding that names the file, no pass, and an end in time."""
    started = time.monotonic()
    document = image.verify(status=FINDINGS, timeout=SECONDS)
    assert time.monotonic() - started < SECONDS
    assert document["verdict"] in ("warn", "fail")
    assert document["coverage"]["unreadable"] >= 1
    assert ("coverage.unreadable", path) in found(document)
    return document


def expect_seal_refuses(image, out):
    """A manifest cannot state what could not be read."""
    out.mkdir()
    result = agent("seal", "--root", image.root, "--key", image.key, "--out", out, timeout=SECONDS)
    assert result.status in (FINDINGS, UNCHECKED), result.out + result.err
    assert list(out.iterdir()) == []


def test_btrfs_bad_checksum(tree, keys, tmp_path):
    """Blocks that do not agree with their checksum are EIO: unreadable, not changed."""
    disk = Disk("btrfs", tmp_path).fill(tree)
    marker = random.Random(2).randbytes(4096)
    make_file(disk.root / "srv/damaged", marker + random.Random(3).randbytes(MIB))
    image = sealed(disk.root, keys, tmp_path / "out")
    disk.unmount()
    overwrite(disk.image, find_bytes(disk.image, marker), b"\0" * 512)
    disk.mount()
    with pytest.raises(OSError) as error:
        (disk.root / "srv/damaged").read_bytes()
    assert error.value.errno == errno.EIO
    assert found(expect_unreadable(image, "/srv/damaged")) == {
        ("coverage.unreadable", "/srv/damaged")}
    expect_seal_refuses(image, tmp_path / "again")


def test_disk_ends_early(tree, keys, tmp_path):
    """The device has lost its second half: what lies there is unreadable, all else is compared."""
    disk = Disk("ext4", tmp_path).fill(tree)
    command("fallocate", "-l", 24 * MIB, disk.root / "srv/first")
    markers = {}
    for number in range(8):
        name = f"srv/damaged{number}"
        markers[name] = random.Random(10 + number).randbytes(2 * MIB)
        make_file(disk.root / name, markers[name])
    image = sealed(disk.root, keys, tmp_path / "out")
    disk.unmount()
    places = {name: find_bytes(disk.image, data[:4096]) for name, data in markers.items()}
    last = max(places, key=places.get)
    disk.mount("ro,noload")
    os.truncate(disk.image, places[last] + MIB)
    document = expect_unreadable(image, f"/{last}")
    assert {code for code, _ in found(document)} == {"coverage.unreadable"}
    expect_seal_refuses(image, tmp_path / "again")


def test_ext4_bad_directory(tree, keys, tmp_path):
    """A directory block with a wrong checksum cannot be listed: the directory is unreadable."""
    disk = Disk("ext4", tmp_path).fill(tree)
    need("debugfs")
    image = sealed(disk.root, keys, tmp_path / "out")
    disk.unmount()
    block = int(command("debugfs", "-R", "blocks /srv/odd", disk.image).split()[0])
    block_size = int(re.search(rb"Block size:\s+(\d+)",
                               command("dumpe2fs", "-h", disk.image))[1])
    overwrite(disk.image, block * block_size + 24, b"\xff" * 64)
    disk.mount("ro,noload")
    with pytest.raises(OSError):
        os.listdir(disk.root / "srv/odd")
    # Nobody knows what is in it, so nothing there is called missing.
    assert found(expect_unreadable(image, "/srv/odd")) == {("coverage.unreadable", "/srv/odd")}
    expect_seal_refuses(image, tmp_path / "again")


def facts(root):
    """What a manifest states of a tree, found without goldseal; None where it cannot be read."""
    result = {}
    for directory, directories, files in os.walk(os.fsencode(root)):
        for name in directories + files:
            path = os.path.join(directory, name)
            st = os.lstat(path)
            try:
                content = read(path, st)
            except OSError:
                content = None
            result[path] = (st.st_mode, st.st_uid, st.st_gid, st.st_rdev, content)
    return result


def read(path, st):
    if stat.S_ISLNK(st.st_mode):
        return os.readlink(path)
    if stat.S_ISREG(st.st_mode):
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).digest()
    return b""


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["squashfs", "erofs"])
def test_flipped_bytes(kind, seed, variants, keys, tmp_path):
    """Damage in an image's data: each file that reads otherwise, or not at all, and no other."""
    disk = Disk(kind, tmp_path).fill(variants.tree_of(kind))
    image = sealed(disk.root, keys, tmp_path / "out")
    before = facts(disk.root)
    disk.unmount()
    chance = random.Random(seed)
    if kind == "squashfs":
        first, end = squashfs_data(disk.image)
    else:  # the large file's own blocks: erofs keeps its inodes in the same area
        first = find_bytes(disk.image, random.Random(1).randbytes(3 * MIB)[4096:8192])
        end = first + 2 * MIB
    for _ in range(3):
        overwrite(disk.image, chance.randrange(first, end - 16), chance.randbytes(16))
    disk.mount()
    after = facts(disk.root)
    damaged = {os.fsdecode(p)[len(str(disk.root)):] for p in before if before[p] != after.get(p)}
    assert damaged, "the bytes that were overwritten belong to some file"

    document = image.verify(status=FINDINGS, timeout=SECONDS)
    check_result(document)
    seen = {p for i in document["findings"] for p in [i["path"], *i["related"]]}
    assert seen == damaged
    unreadable = {os.fsdecode(p)[len(str(disk.root)):] for p in after if after[p][4] is None}
    assert {p for c, p in found(document) if c == "coverage.unreadable"} == unreadable
