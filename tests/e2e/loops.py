# SPDX-License-Identifier: Apache-2.0
"""Real filesystems in files, mounted over loop devices in a mount namespace of their own."""

import contextlib
import ctypes
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

SBIN = ":/usr/sbin:/sbin"
CLONE_NEWNS = 0x00020000
MIB = 1 << 20
libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@contextlib.contextmanager
def private_mounts():
    """Nothing that is mounted inside is seen outside, and at the end the kernel unmounts it all."""
    here = os.getcwd()
    root = os.open("/", os.O_PATH | os.O_CLOEXEC)
    outside = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            check(libc.unshare(CLONE_NEWNS))
        except PermissionError:
            pytest.skip("this root may not mount: it has no CAP_SYS_ADMIN")
        try:
            command("mount", "--make-rprivate", "/")
            yield
        finally:
            check(libc.setns(outside, CLONE_NEWNS))
            # It also takes the process out of a chroot that the tests may run in.
            os.fchdir(root)
            os.chroot(".")
            os.chdir(here)
    finally:
        os.close(outside)
        os.close(root)


def command(*words, **options):
    done = subprocess.run([str(w) for w in words], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=120, **options)
    assert done.returncode == 0, f"{words}: {(done.stdout + done.stderr).decode(errors='replace')}"
    return done.stdout


def need(*programs):
    for program in programs:
        if not shutil.which(program, path=os.environ.get("PATH", "") + SBIN):
            pytest.skip(f"{program} is not installed")


def need_kernel(filesystem):
    """Skips where the kernel has no such filesystem; it may be a module."""
    modprobe = shutil.which("modprobe", path=os.environ.get("PATH", "") + SBIN)
    if modprobe:
        subprocess.run([modprobe, "-q", filesystem], capture_output=True, check=False)
    names = [line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()]
    if filesystem not in names:
        pytest.skip(f"this kernel has no {filesystem}")


class Disk:
    """One filesystem of a kind, made in a file and mounted below a directory."""

    # What makes an empty one in a file, or one of a tree; and the smallest size in MiB.
    EMPTY = {
        "ext4": (["mkfs.ext4", "-q", "-F", "-O", "metadata_csum"], 64),
        "xfs": (["mkfs.xfs", "-q", "-f"], 320),
        "btrfs": (["mkfs.btrfs", "-q", "-f", "-d", "single", "-m", "dup"], 160),
    }
    OF_TREE = {
        "squashfs": lambda image, tree: ["mksquashfs", tree, image, "-noappend", "-quiet",
                                         "-no-progress"],
        "erofs": lambda image, tree: ["mkfs.erofs", "--quiet", image, tree],
    }
    KINDS = [*EMPTY, *OF_TREE, "overlay", "tmpfs"]
    WRITABLE = [*EMPTY, "overlay", "tmpfs"]

    def __init__(self, kind, directory, options=""):
        need_kernel(kind)
        if kind in (*self.EMPTY, *self.OF_TREE) and not Path("/dev/loop-control").exists():
            pytest.skip("there are no loop devices here")
        self.kind = kind
        self.base = Path(directory) / kind
        self.base.mkdir()
        self.image = self.base / "image"
        self.root = self.base / "root"
        self.root.mkdir()
        self.options = options

    def fill(self, tree):
        """Makes it with the content of a tree, and mounts it."""
        if self.kind in self.OF_TREE:
            words = self.OF_TREE[self.kind](self.image, tree)
            need(words[0])
            command(*words)
            return self.mount()
        self.make()
        self.mount()
        if self.kind == "ext4":
            (self.root / "lost+found").rmdir()
        command("cp", "-a", f"{tree}/.", self.root)
        return self

    def make(self):
        if self.kind in self.EMPTY:
            words, size = self.EMPTY[self.kind]
            need(words[0])
            with open(self.image, "wb") as file:
                file.truncate(size * MIB)
            command(*words, self.image)

    def mount(self, options=None):
        options = self.options if options is None else options
        more = ["-o", options] if options else []
        if self.kind == "tmpfs":
            command("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", self.root)
        elif self.kind == "overlay":
            self.mount_overlay()
        else:
            loop = ",".join(["loop", *more[1:]])
            command("mount", "-t", self.kind, "-o", loop, self.image, self.root)
        return self

    def mount_overlay(self):
        """Lower and upper on filesystems of their own, as a live system has them."""
        layers = self.base / "layers"
        layers.mkdir()
        command("mount", "-t", "tmpfs", "tmpfs", layers)
        for name in ("lower", "upper", "work"):
            (layers / name).mkdir()
        overlay(self.root, [layers / "lower"], layers / "upper", layers / "work")

    def unmount(self):
        command("umount", self.root)

    def remount(self, options=None):
        """From the device again: nothing is left in the page cache."""
        self.unmount()
        return self.mount(options)


def overlay(root, lowers, upper=None, work=None):
    options = "lowerdir=" + ":".join(str(i) for i in lowers)
    if upper:
        options += f",upperdir={upper},workdir={work}"
    command("mount", "-t", "overlay", "-o", options, "overlay", root)


def find_bytes(image, marker):
    """The one place in an image where the marker stands."""
    data = Path(image).read_bytes()
    at = data.find(marker)
    assert at >= 0 and data.find(marker, at + 1) < 0, "the marker stands in the image once"
    return at


def overwrite(image, offset, data):
    with open(image, "r+b") as file:
        file.seek(offset)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def squashfs_data(image):
    """Where the data blocks of a squashfs image lie: from after the superblock to the inodes."""
    with open(image, "rb") as file:
        superblock = file.read(96)
    assert superblock[:4] == b"hsqs"
    return 96, struct.unpack_from("<Q", superblock, 64)[0]
