# SPDX-License-Identifier: Apache-2.0
"""What came of the guest's steps (tests/vm/guest): fs-verity, dm-verity, devices that fail, dawdle
or stop, vfat, overlay and damaged filesystems, on a stock Debian kernel.

GOLDSEAL_BUILD (or BUILD) names the build directory, in which `make vm-programs` has been run."""

import base64
import json
import os
import pathlib
import shutil
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(
    os.environ.get("GOLDSEAL_BUILD") or os.environ.get("BUILD") or TOP / "build"
).resolve()
BOOT_SECONDS = 900  # a loaded machine; a quiet one takes a tenth
PASS, FINDINGS, UNCHECKED = 0, 1, 3
MARKED = "/srv/marked"


class Step:
    def __init__(self, name, status, centiseconds, out, err):
        self.name = name
        self.status = None if status == "hung" else int(status)
        self.seconds = int(centiseconds) / 100
        self.out, self.err = (base64.b64decode(i[1:]).decode(errors="replace") for i in (out, err))

    def __repr__(self):
        status = "hung" if self.status is None else f"exit {self.status}"
        return f"{self.name}: {status} after {self.seconds} s\n{self.out[-3000:]}{self.err}"

    def expect(self, *statuses):
        assert self.status in statuses, self
        return self

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def found(self):
        return {(i["code"], i["path"]) for i in self.json["findings"]}

    @property
    def digests(self):
        """PATH: DIGEST, of "DIGEST PATH" lines with or without the algorithm's name."""
        pairs = [line.split(" ", 1) for line in self.out.splitlines()]
        return {path: digest.removeprefix("sha256:") for digest, path in pairs}


@pytest.fixture(scope="session")
def guest(tmp_path_factory):
    """The steps by name. One boot serves all tests."""
    if os.geteuid() != 0:
        pytest.skip("only root can make the guest's disks")
    out = tmp_path_factory.mktemp("guest")
    environment = {**os.environ, "BUILD": str(BUILD)}
    subprocess.run([TOP / "tests/vm/make-guest", out], check=True, env=environment, timeout=600)
    booted = subprocess.run([TOP / "tests/vm/boot", out, str(BOOT_SECONDS)], check=False)
    console = (out / "console").read_text(errors="replace")
    assert booted.returncode == 0, f"boot: exit {booted.returncode}\n{console[-4000:]}"
    lines = (out / "report").read_text().splitlines()
    assert lines and lines[-1] == "end", f"the guest did not get to its end\n{console[-4000:]}"
    steps = [Step(*line.split(" ")[1:]) for line in lines[:-1]]
    assert len({i.name for i in steps}) == len(steps)
    print(f"{len(steps)} steps by {(out / 'accelerator').read_text().strip()}")
    for directory in ("guest", "kernel"):
        shutil.rmtree(out / directory)
    for large in [*out.glob("*.img"), out / "initrd.cpio", out / "vmlinuz"]:
        large.unlink()
    return {i.name: i for i in steps}


def test_kernel(guest):
    assert guest["guest.kernel"].expect(PASS).out.strip().endswith("-amd64")


def test_nothing_hangs(guest):
    assert [i for i in guest.values() if i.status is None] == []


def expect_unreadable(step):
    """The marked file alone, and never a pass."""
    step.expect(FINDINGS)
    assert step.found == {("coverage.unreadable", MARKED)}
    assert step.json["verdict"] == "warn"
    assert step.json["coverage"]["unreadable"] == 1


# -- fs-verity ----------------------------------------------------------------------------------


def test_fs_verity_possible(guest):
    lines = guest["fsverity.possible"].expect(PASS).out.splitlines()
    assert [i.split()[0] for i in lines] == ["yes", "yes"]
    lines = guest["fsverity.impossible"].expect(PASS).out.splitlines()
    assert [i.split()[0] for i in lines] == ["no", "no", "no"]


def test_fs_verity_none(guest):
    """Without fs-verity, and with an algorithm that is not ours, there is no digest."""
    for name in ("fsverity.before", "fsverity.others"):
        if name == "fsverity.others":
            guest["fsverity.enable-512"].expect(PASS)
        assert list(guest[name].expect(PASS).digests.values()) == ["none", "none"]


def test_fs_verity_digests(guest):
    """The kernel's digests as we ask for them, as fsverity-utils does, and as computed by us."""
    guest["fsverity.enable"].expect(PASS)
    stock = guest["fsverity.stock"].expect(PASS).digests
    assert len(stock) > 40 and all(len(i) == 64 for i in stock.values())
    assert guest["fsverity.measured"].expect(PASS).digests == stock
    assert guest["fsverity.computed"].expect(PASS).digests == stock


def test_fs_verity_verifies(guest):
    assert guest["fsverity.write"].status != 0
    step = guest["fsverity.verify"].expect(PASS)
    assert step.found == set()


def test_fs_verity_vouches(guest):
    """Sealed with the kernel's digests, those files need not be read again."""
    if "fsverity.seal" not in guest:
        pytest.skip("seal has no --fs-verity in this build")
    guest["fsverity.seal"].expect(PASS)
    coverage = guest["fsverity.vouched"].expect(PASS).json["coverage"]
    enabled = len(guest["fsverity.stock"].digests)
    assert coverage["vouched"]["fs-verity"] == enabled
    assert coverage["bytes"] < 1000, "only what has no fs-verity is read"


def test_fs_verity_full(guest):
    if "fsverity.full" not in guest:
        pytest.skip("seal has no --fs-verity in this build")
    step = guest["fsverity.full"].expect(PASS)
    assert step.json["coverage"]["bytes"] > 2 << 20
    assert not step.json["coverage"]["vouched"].get("fs-verity")


def test_fs_verity_exchanged(guest):
    """Only the sealed digest vouches; everything else is read, and then the content counts."""
    if "fsverity.exchanged" not in guest:
        pytest.skip("seal has no --fs-verity in this build")
    step = guest["fsverity.exchanged"].expect(FINDINGS)
    assert {path for _, path in step.found} == {"/srv/file1", "/srv/file3"}
    enabled = len(guest["fsverity.stock"].digests)
    assert step.json["coverage"]["vouched"]["fs-verity"] == enabled - 4


def test_fs_verity_spoiled(guest):
    """A block that no longer agrees is an error of reading."""
    assert guest["fsverity.spoiled-read"].status != 0
    expect_unreadable(guest["fsverity.spoiled"])


# -- dm-verity ----------------------------------------------------------------------------------


def root_hash(guest):
    return guest["verity.root-hash"].expect(PASS).out.strip()


def test_dm_verity(guest):
    lines = guest["verity.dm"].expect(PASS).out.splitlines()
    expected = f"verity sha256 {root_hash(guest)} enforced read-only"
    # The mounted directory, its device, and the device below, which is nothing of the kind.
    assert lines[0] == f"{expected} erofs"
    assert lines[1].startswith(expected)
    assert lines[2].startswith("none")
    assert guest["verity.verify"].expect(PASS).found == set()


def test_dm_verity_in_coverage(guest):
    """What a root is checked against by the kernel is told, not only used."""
    coverage = guest["verity.verify"].expect(PASS).json["coverage"]
    if "dm-verity" not in json.dumps(coverage):
        pytest.skip("coverage does not tell of dm-verity in this build")
    assert root_hash(guest) in json.dumps(coverage)
    assert root_hash(guest) not in json.dumps(guest["overlay.verify"].json["coverage"])


def test_dm_verity_worthless(guest):
    """A mapping that hands out what does not agree is known for what it is."""
    words = guest["verity.worthless"].expect(PASS).out.split()
    assert words[:2] == ["verity", "sha256"]
    assert "worthless" in words and "ignores-corruption" in words and "enforced" not in words


def test_dm_other(guest):
    assert guest["verity.linear"].expect(PASS).out.startswith("none")
    assert guest["vfat.fs"].expect(PASS).out.strip() == "none vfat"


def test_dm_verity_spoiled(guest):
    assert guest["verity.spoiled-read"].status != 0
    expect_unreadable(guest["verity.spoiled"])
    assert "corrupted" in guest["verity.spoiled-dm"].expect(PASS).out.split()


# -- Devices that fail, dawdle or stop ----------------------------------------------------------


def test_bad_block(guest):
    assert guest["error.read"].status != 0
    expect_unreadable(guest["error.verify"])


def test_bad_block_is_not_sealed(guest):
    guest["error.seal"].expect(FINDINGS, UNCHECKED)
    assert guest["error.sealed-files"].expect(PASS).out == ""


def test_device_ends_early(guest):
    step = guest["error.gone"].expect(FINDINGS, UNCHECKED)
    if step.status == FINDINGS:
        assert any(code == "coverage.unreadable" for code, _ in step.found)


def test_unlistable_is_not_missing(guest):
    """Nobody knows what is in a directory that cannot be listed."""
    step = guest["error.gone"].expect(FINDINGS)
    unreadable = [path for code, path in step.found if code == "coverage.unreadable"]
    missing = [path for code, path in step.found if code.endswith(".missing")]
    assert [m for m in missing if any(m.startswith(f"{u}/") for u in unreadable)] == []


def test_slow_device(guest):
    step = guest["slow.verify"].expect(PASS)
    assert step.seconds > 1, "the device was not slow"


def expect_deadline(step, seconds):
    step.expect(FINDINGS)
    assert step.json["verdict"] in ("warn", "fail")
    assert any(code == "coverage.deadline" for code, _ in step.found)
    assert step.json["coverage"]["unexamined"] > 0
    assert step.seconds < seconds


def test_slow_device_with_deadline(guest):
    if "slow.deadline" not in guest:
        pytest.skip("verify has no --deadline in this build")
    expect_deadline(guest["slow.deadline"], 2 + 10)


@pytest.mark.parametrize("what", ["content", "names"])
def test_stopped_device_with_deadline(guest, what):
    """Reads that do not come back; of names and inodes the kernel lets nothing interrupt them."""
    if f"stopped.{what}" not in guest:
        pytest.skip("verify has no --deadline in this build")
    step = guest[f"stopped.{what}"].expect(FINDINGS, UNCHECKED)
    assert step.seconds < 3 + 20
    if step.status == FINDINGS:
        expect_deadline(step, 3 + 20)
    else:
        assert what == "names" and step.err


# -- vfat and overlay ---------------------------------------------------------------------------


def test_vfat(guest):
    guest["vfat.seal"].expect(PASS)
    assert guest["vfat.verify"].expect(PASS).found == set()
    changed = guest["vfat.changed"].expect(FINDINGS).found
    assert {path for _, path in changed} == {"/EFI/BOOT/BOOTX64.EFI"}


def test_vfat_esp_in_a_root(guest):
    """Another filesystem than the root's: named, not read."""
    assert guest["vfat.esp"].expect(FINDINGS).found == {("coverage.mount", "/boot/efi")}


def test_overlay(guest):
    assert guest["overlay.verify"].expect(PASS).found == set()
    changed = guest["overlay.changed"].expect(FINDINGS).found
    assert {path for _, path in changed} == {"/etc/passwd", "/srv/file1"}


# -- Damaged filesystems ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["erofs", "squashfs", "plain"])
def test_damaged(guest, kind):
    """Wherever some bytes are overwritten: it reads the same by other programs, or no pass."""
    clean = guest[f"damage.{kind}.none.facts"].expect(PASS)
    guest[f"damage.{kind}.none.verify"].expect(PASS)
    tried = [guest[f"damage.{kind}.{i}.mount"] for i in range(6)]
    mounted = [i for i in tried if i.status == 0]
    differing = 0
    for step in mounted:
        name = step.name.removesuffix(".mount")
        verify, facts = guest[f"{name}.verify"], guest[f"{name}.facts"]
        verify.expect(PASS, FINDINGS, UNCHECKED)
        differs = facts.status != 0 or facts.out != clean.out
        differing += differs
        if verify.status == PASS:
            assert not differs, (verify, facts, clean)
    assert mounted, tried
    assert differing or kind == "plain", "none of the places mattered"
