# SPDX-License-Identifier: Apache-2.0
"""Random small trees, and random changes to them, all from one generator of random numbers."""

import os
import shutil
import stat
import struct

ROOT = os.geteuid() == 0
NAMES = ("a", "b", "c", "data", "tool", "lib.so.1", ".hidden", "a b", "new\nline", "x-y", "x.y",
         "größe", "star*", "[ab]", "back\\slash", "control\x01\x1b", "l" * 255, "#hash", "~", "-")
DIRECTORIES = ("etc", "etc/ssh", "usr", "usr/bin", "srv", "srv/deep", "srv/deep/er", "home/user",
               "tmp", "var/log", "var/lib/systemd", "var/lib/chrony", "var/cache/debconf",
               "var/lib/logrotate", "etc/systemd/system", "etc/cron.d")
ALWAYS = ("proc", "sys", "dev", "run")
# Paths of each class but fixed, with the mode that the default policy states.
CLASSED = (
    ("etc/machine-id", 0o444), ("var/lib/systemd/random-seed", 0o600),
    ("etc/ssh/ssh_host_rsa_key", 0o600), ("etc/ssh/ssh_host_rsa_key.pub", 0o644),
    ("etc/.pwd.lock", 0o600), ("var/log/wtmp", 0o664), ("var/log/dpkg.log", 0o644),
    ("var/log/lastlog", 0o664), ("var/cache/debconf/config.dat", 0o644),
    ("var/lib/chrony/chrony.drift", 0o644), ("var/lib/logrotate/status", 0o644),
    ("run/ignored", 0o644), ("proc/ignored", 0o644),
)
CLASSED_DIRECTORIES = (("tmp/.X11-unix", 0o1777), ("lost+found", 0o700),
                       ("var/lib/goldseal", 0o700))
FILE_MODES = (0o644, 0o600, 0o755, 0o444, 0o664) + ((0o4755, 0o2755, 0o000) if ROOT else ())
DIRECTORY_MODES = (0o755, 0o700, 0o1777, 0o2755, 0o750) + ((0o000,) if ROOT else ())
TARGETS = ("data", "../tool", "/etc/passwd", "/nowhere", "..", "loop", "x y\nz", "/proc/self/exe")
DEVICES = (os.makedev(1, 3), os.makedev(1, 5), os.makedev(7, 3), os.makedev(300, 70000))
CAPABILITIES = (1 << 13, 1 << 21)


class Mutator:
    """A tree below `root`. `log` tells what was done to it, for whoever has to look into it."""

    def __init__(self, root, random):
        self.root = root
        self.random = random
        self.log = []

    # -- Picking --

    def entries(self, wanted=lambda st: True):
        """Paths below the root whose lstat() is as wanted, in a stable order."""
        found = []
        for directory, names, files in os.walk(self.root):
            names.sort()
            found += [os.path.join(directory, n) for n in sorted(names + files)]
        return [p for p in found if wanted(os.lstat(p))]

    def pick(self, *kinds):
        """An entry of one of the kinds, or None."""
        found = self.entries(lambda st: not kinds or stat.S_IFMT(st.st_mode) in kinds)
        return self.random.choice(found) if found else None

    def directory(self):
        return self.pick(stat.S_IFDIR) or self.root

    def free_name(self):
        """A path where nothing is; sometimes one that a class of the policy is about."""
        if self.random.random() < 0.25:
            path = os.path.join(self.root, self.random.choice(CLASSED + CLASSED_DIRECTORIES)[0])
            if os.path.isdir(os.path.dirname(path)) and not os.path.lexists(path):
                return path
        while True:
            path = os.path.join(self.directory(), self.random.choice(NAMES))
            if not os.path.lexists(path):
                return path
            path += str(self.random.randrange(1000))
            if len(os.path.basename(path)) <= 64 and not os.path.lexists(path):
                return path

    def content(self):
        return self.random.randbytes(self.random.choice((0, 1, 5, 5, 100, 3000)))

    # -- Making --

    def make(self, path, kind):
        random = self.random
        if kind == stat.S_IFREG:
            with open(path, "wb") as file:
                file.write(self.content())
            os.chmod(path, random.choice(FILE_MODES))
        elif kind == stat.S_IFDIR:
            os.mkdir(path)
            os.chmod(path, random.choice(DIRECTORY_MODES))
        elif kind == stat.S_IFLNK:
            os.symlink(random.choice(TARGETS), path)
        else:
            os.mknod(path, kind | 0o600, random.choice(DEVICES))

    def kind(self):
        kinds = [stat.S_IFREG] * 4 + [stat.S_IFDIR] * 2 + [stat.S_IFLNK] * 2
        kinds += [stat.S_IFIFO, stat.S_IFSOCK]
        return self.random.choice(kinds + ([stat.S_IFCHR, stat.S_IFBLK] if ROOT else []))

    def build(self):
        random = self.random
        for name in ALWAYS:
            os.makedirs(os.path.join(self.root, name))
        for name in random.sample(DIRECTORIES, random.randrange(2, len(DIRECTORIES))):
            os.makedirs(os.path.join(self.root, name), exist_ok=True)
        for name, mode in CLASSED_DIRECTORIES:
            path = os.path.join(self.root, name)
            if os.path.isdir(os.path.dirname(path)) and random.random() < 0.5:
                os.mkdir(path)
                os.chmod(path, mode)
        for name, mode in CLASSED:
            path = os.path.join(self.root, name)
            if os.path.isdir(os.path.dirname(path)) and random.random() < 0.6:
                with open(path, "wb") as file:
                    file.write(self.content())
                os.chmod(path, mode)
        for _ in range(random.randrange(2, 30)):
            self.make(self.free_name(), self.kind())
        for _ in range(random.randrange(4)):
            random.choice((self.hard_link, self.acl, self.capability, self.chown))()

    # -- Changing; each returns what it did, or None when there was nothing to do it to --

    def add(self):
        path = self.free_name()
        self.make(path, self.kind())
        return path

    def add_stated(self):
        """What a class lets appear, just as its rule states it."""
        name, mode = self.random.choice(CLASSED)
        path = os.path.join(self.root, name)
        if os.path.lexists(path) or not os.path.isdir(os.path.dirname(path)):
            return None
        with open(path, "wb") as file:
            file.write(self.content())
        os.chmod(path, mode)
        return path

    def remove(self):
        path = self.pick()
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
        return path

    def rewrite(self, change):
        """New content with the old times."""
        path = self.pick(stat.S_IFREG)
        if path is None:
            return None
        st = os.lstat(path)
        with open(path, "r+b") as file:
            change(file, file.read())
        os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
        return path

    def same_size(self):
        def change(file, old):
            file.seek(0)
            file.write(self.random.randbytes(len(old)))
        return self.rewrite(change)

    def one_bit(self):
        def change(file, old):
            if old:
                at = self.random.randrange(len(old))
                file.seek(at)
                file.write(bytes([old[at] ^ 1 << self.random.randrange(8)]))
        return self.rewrite(change)

    def append(self):
        return self.rewrite(lambda file, old: file.write(b"more"))

    def truncate(self):
        return self.rewrite(lambda file, old: file.truncate(len(old) // 2))

    def change_and_back(self):
        def change(file, old):
            file.truncate(0)
            file.seek(0)
            file.write(old)
        return self.rewrite(change)

    def chmod(self):
        path = self.pick(stat.S_IFREG, stat.S_IFDIR, stat.S_IFIFO)
        if path is None:
            return None
        os.chmod(path, self.random.choice(
            DIRECTORY_MODES if os.path.isdir(path) else FILE_MODES))
        return path

    def chown(self):
        path = self.pick()
        if not ROOT or path is None:
            return None
        os.lchown(path, *self.random.choice(((0, 0), (1, 0), (0, 1), (4000000000, 65534))))
        return path

    def retarget(self):
        path = self.pick(stat.S_IFLNK)
        if path is None:
            return None
        st = os.lstat(path)
        os.unlink(path)
        os.symlink(self.random.choice(TARGETS), path)
        if ROOT:
            os.lchown(path, st.st_uid, st.st_gid)
        return path

    def retype(self):
        path = self.remove()
        self.make(path, self.kind())
        return path

    def rename(self):
        path, to = self.pick(), self.free_name()
        if to.startswith(path + "/") or path == to:
            return None
        os.rename(path, to)
        return f"{path} to {to}"

    def swap(self):
        """Two files change their names: same names, sizes perhaps, other content."""
        a, b = self.pick(stat.S_IFREG), self.pick(stat.S_IFREG)
        if a is None or a == b:
            return None
        os.rename(a, a + ".swap" if len(a) < 200 else self.root + "/swap")
        os.rename(b, a)
        os.rename(a + ".swap" if len(a) < 200 else self.root + "/swap", b)
        return f"{a} with {b}"

    def hard_link(self):
        path = self.pick(stat.S_IFREG, stat.S_IFLNK)
        if path is None:
            return None
        to = self.free_name()
        os.link(path, to, follow_symlinks=False)
        return f"{path} as {to}"

    def xattr(self, path, name, value):
        """Sets it, or takes it away when it is there and chance says so."""
        if path is None:
            return None
        if name in os.listxattr(path, follow_symlinks=False) and self.random.random() < 0.5:
            os.removexattr(path, name, follow_symlinks=False)
        else:
            os.setxattr(path, name, value, follow_symlinks=False)
        return f"{path} {name}"

    def capability(self):
        if not ROOT:
            return None
        value = struct.pack("<5I", 0x02000001, self.random.choice(CAPABILITIES), 0, 0, 0)
        return self.xattr(self.pick(stat.S_IFREG), "security.capability", value)

    def acl(self):
        """user::rwx user:N:PERM group::r-x mask::rwx other::r-x"""
        entries = ((1, 7, 0xffffffff), (2, self.random.choice((4, 6)), self.random.choice((9, 99))),
                   (4, 5, 0xffffffff), (16, 7, 0xffffffff), (32, 5, 0xffffffff))
        value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)
        path = self.pick(stat.S_IFREG, stat.S_IFDIR)
        default = path and os.path.isdir(path) and self.random.random() < 0.3
        return self.xattr(path, f"system.posix_acl_{'default' if default else 'access'}", value)

    def renumber(self):
        path = self.pick(stat.S_IFCHR, stat.S_IFBLK)
        if path is None:
            return None
        st = os.lstat(path)
        os.unlink(path)
        os.mknod(path, st.st_mode, self.random.choice(DEVICES))
        os.chmod(path, stat.S_IMODE(st.st_mode))
        os.chown(path, st.st_uid, st.st_gid)
        return path

    def touch(self):
        path = self.pick()
        os.utime(path, ns=(1, self.random.randrange(1 << 60)), follow_symlinks=False)
        return path

    def root_itself(self):
        os.chmod(self.root, self.random.choice((0o755, 0o700, 0o750)))
        return self.root

    def nothing(self):
        return "nothing"

    CHANGES = (add, add, add_stated, remove, same_size, one_bit, append, append, truncate,
               change_and_back, chmod, chmod, chown, retarget, retype, rename, swap, hard_link,
               capability, acl, renumber, touch, root_itself, nothing)

    def mutate(self):
        for _ in range(self.random.randrange(7)):
            change = self.random.choice(self.CHANGES)
            done = change(self)
            if done is not None:
                self.log.append(f"{change.__name__}: {done}")
