# SPDX-License-Identifier: Apache-2.0
"""A filesystem that passes another directory on and, when told, never answers again.

As a program: hanging.py SOURCE PLACE ORDER. While the file ORDER holds a line `CALL PATH`, that
call on that path waits; `slow PATH` makes each read of it take a while."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hostile import LIBC

PR_SET_PDEATHSIG = 1


def passes_on(fuse):
    class PassesOn(fuse.Operations):
        """Only what a measuring program asks for."""

        def __init__(self, source, order):
            self.source = source
            self.order = Path(order)

        def _wait(self, call, path):
            wanted = self.order.read_text().split("\n")
            if f"slow {path}" in wanted and call == "read":
                time.sleep(0.1)
            while f"{call} {path}" in self.order.read_text().split("\n"):
                time.sleep(0.05)

        def _real(self, call, path):
            self._wait(call, path)
            return self.source + path

        def getattr(self, path, fh=None):
            st = os.lstat(self._real("getattr", path))
            return {name: getattr(st, name) for name in (
                "st_mode", "st_uid", "st_gid", "st_size", "st_nlink", "st_atime", "st_mtime",
                "st_ctime")}

        def readdir(self, path, fh):
            return [".", "..", *os.listdir(self._real("readdir", path))]

        def readlink(self, path):
            return os.readlink(self._real("readlink", path))

        def open(self, path, flags):
            return os.open(self._real("open", path), os.O_RDONLY)

        def read(self, path, size, offset, fh):
            self._wait("read", path)
            return os.pread(fh, size, offset)

        def release(self, path, fh):
            os.close(fh)

        def getxattr(self, path, name, position=0):
            self._wait("getxattr", path)
            raise fuse.FuseOSError(errno.ENODATA)

        def listxattr(self, path):
            self._wait("listxattr", path)
            return []

        def access(self, path, mode):
            return 0

    return PassesOn


class Hanging:
    """Such a filesystem on `place`, with the content that `source` has."""

    def __init__(self, mounts, source, place):
        self.order = source.parent / "order"
        self.order.write_text("")
        self.place = place
        self.mounts = mounts
        self.server = subprocess.Popen(
            [sys.executable, __file__, source, place, self.order], stderr=subprocess.PIPE,
            preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        end = time.monotonic() + 20
        while not os.path.ismount(place):
            assert self.server.poll() is None, self.server.stderr.read().decode()
            assert time.monotonic() < end, "the filesystem was not mounted"
            time.sleep(0.02)
        mounts.places.append(place)

    def tell(self, *lines):
        """Replaces what it does to its readers; nothing lets all go on that wait."""
        fresh = self.order.with_name("order.new")
        fresh.write_text("\n".join(lines))
        fresh.rename(self.order)

    def close(self):
        self.tell()
        self.server.kill()
        self.server.wait(20)
        self.server.stderr.close()


@pytest.fixture
def hanging(mounts, tmp_path):
    """Makes one; ends it with the test, after which nobody waits for it any more."""
    made = []

    def make(source, place):
        made.append(Hanging(mounts, source, place))
        return made[-1]

    yield make
    for one in made:
        one.close()


def main():
    import fusepy as fuse  # its name in Debian
    source, place, order = sys.argv[1:]
    fuse.FUSE(passes_on(fuse)(source, order), place, foreground=True, allow_other=True,
              attr_timeout=0, entry_timeout=0, direct_io=True)


if __name__ == "__main__":
    main()
