# SPDX-License-Identifier: Apache-2.0
"""What hostile disks are made of: mounts that vanish with the test, races, limits, and the record
of everything that a program opened and read."""

import ctypes
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from roots import AGENT, Result, environment, run

AT_FDCWD = -100
RENAME_EXCHANGE = 2
CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE = 1 << 14, 1 << 18
LIBC = ctypes.CDLL(None, use_errno=True)


def called(result, name):
    if result != 0:
        raise OSError(ctypes.get_errno(), name)


class Mounts:
    """Mounts that nobody else sees: with the first, this process gets a namespace of its own.
    They are undone with the test, or, with their loop devices, at the end of the process."""

    private = False

    def __init__(self, base):
        self.base = Path(base)
        self.places = []
        if not Mounts.private:
            called(LIBC.unshare(CLONE_NEWNS), "unshare")
            called(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "mount")
            Mounts.private = True

    def mount(self, *words):
        """mount(8); the last word is the place."""
        run(["mount", *words]).expect(0)
        self.places.append(words[-1])
        return words[-1]

    def memory(self, name, *options):
        """A fresh tmpfs below the test's own directory."""
        place = self.base / name
        place.mkdir(exist_ok=True)
        return self.mount("-t", "tmpfs", "-o", ",".join(("mode=755", *options)), "none", place)

    def disk(self, place, size, *make):
        """A filesystem on a loop device; the words make it."""
        image = self.base / f"{len(self.places)}.disk"
        with open(image, "wb") as file:
            file.truncate(size)
        run([*make, image]).expect(0)
        return self.mount("-o", "loop", image, place)

    def unmount(self, place):
        run(["umount", place]).expect(0)
        self.places.remove(place)

    def close(self):
        for place in reversed(self.places):
            run(["umount", "--lazy", place]).expect(0)


@pytest.fixture
def mounts(tmp_path):
    held = Mounts(tmp_path)
    yield held
    held.close()


def by_path(document):
    return sorted((f["code"], f["path"]) for f in document["findings"])


def all_paths(document):
    return [p for f in document["findings"] for p in (f["path"], *f["related"])]


def codes(document):
    return {f["code"] for f in document["findings"]}


class Measured(Result):
    """A result, and how many bytes the program asked read() for and got."""

    def __init__(self, completed, read):
        super().__init__(completed)
        self.read = read


def measured(words, timeout=120, env=None):
    """Runs a program and takes its account of reads before the kernel forgets it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([str(w) for w in words], stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=err, env=env or environment())
        try:
            end = time.monotonic() + timeout
            while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
                if time.monotonic() > end:
                    raise subprocess.TimeoutExpired(words, timeout)
                time.sleep(0.005)
            account = Path(f"/proc/{process.pid}/io").read_text()
        finally:
            process.kill()
            status = process.wait()
        out.seek(0)
        err.seek(0)
        completed = subprocess.CompletedProcess(words, status, out.read(), err.read())
    return Measured(completed, int(re.search(r"^rchar: (\d+)$", account, re.MULTILINE)[1]))


OPENED = re.compile(rb" = \d+<(.*)>(?:<.*>)?$")


class Trace(Result):
    """What strace saw of a program: the real paths of all that it opened, and every call."""

    def __init__(self, completed, log):
        super().__init__(completed)
        self.calls = log.read_bytes().splitlines()
        self.opened = [m[1] for c in self.calls if b"open" in c and (m := OPENED.search(c))]

    def opened_below(self, directory):
        prefix = os.fsencode(directory)
        return [p for p in self.opened if p == prefix or p.startswith(prefix + b"/")]


def traced(words, log, calls="open,openat,openat2"):
    completed = run(
        ["strace", "-f", "-qq", "-y", "-s", "4096", "-e", f"trace={calls}", "-e", "signal=none",
         "-o", log, *words], env=environment(ASAN_OPTIONS="detect_leaks=0"))
    trace = Trace(subprocess.CompletedProcess(words, completed.status, completed.stdout,
                                              completed.stderr), Path(log))
    assert trace.opened, "the trace is empty"
    return trace



def exchange(a, b):
    """Two names change their objects in one step."""
    called(LIBC.renameat2(AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), RENAME_EXCHANGE),
           "renameat2")


class Racer:
    """A process that does something again and again as fast as it can, at most for a minute."""

    def __init__(self, act):
        self.act = act
        self.pid = None

    def _loop(self):
        signal.alarm(60)
        while True:
            for _ in range(1000):
                self.act()

    def __enter__(self):
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._loop()
            finally:
                os._exit(1)
        return self

    def __exit__(self, kind, *_):
        ended, status = os.waitpid(self.pid, os.WNOHANG)
        if not ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        elif kind is None:
            pytest.fail(f"the racing process ended by itself: {status}")


def clean_refusal(result, *words):
    """Could not check, said in at most three lines, with nothing of a crash in it."""
    result.expect(3)
    assert result.err.strip(), "no reason was given"
    assert len(result.err.splitlines()) <= 3, result.err
    for word in words:
        assert str(word) in result.err, result.err
    for word in ("Sanitizer", "runtime error", "Success", "abort"):
        assert word not in result.err, result.err


def chains(directory, names):
    """Directories each in the one before; no path to the innermost need fit into PATH_MAX."""
    here = os.getcwd()
    os.chdir(directory)
    try:
        for name in names:
            os.mkdir(name)
            os.chdir(name)
    finally:
        os.chdir(here)


def seal_words(image, *more):
    return [AGENT, "seal", "--root", image.root, "--key", image.key, "--out", image.out, *more]


def verify_words(image, *more):
    return [AGENT, "verify", *image.arguments(), "--format", "json", *more]
