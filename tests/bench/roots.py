# SPDX-License-Identifier: Apache-2.0
"""The roots that are measured, and the small programs that measuring needs."""
import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from programs import Failure, say

SOURCE = Path(__file__).resolve().parents[2]
BENCH = Path(__file__).resolve().parent


@dataclass
class Root:
    name: str
    path: Path
    entries: int
    files: int
    size: int

    def __str__(self) -> str:
        return f"{self.files:,} files, {self.size / 1e9:.2f} GB, {self.entries:,} entries"


def compile_own(name: str, directory: Path) -> Path:
    """One of our C programs beside this file."""
    program = directory / name
    subprocess.run(["cc", "-O2", "-std=gnu17", "-D_GNU_SOURCE", BENCH / f"{name}.c", "-o", program,
                    "-lcrypto", "-pthread"], check=True)
    return program


def make_archive(name: str) -> Path:
    """The tar of the root, built now or taken from the cache of demo/make-root."""
    made = subprocess.run(
        [SOURCE / "demo/make-root", "--with", BENCH / f"roots/{name}.packages"],
        stdout=subprocess.PIPE, text=True)
    if made.returncode != 0:
        raise Failure("demo/make-root failed; its messages stand above")
    return Path(made.stdout.strip())


def unpack(name: str, directory: Path) -> Path:
    """The root, unpacked; it is kept in the build directory for the next run."""
    archive, root = make_archive(name), directory / name
    facts = archive.stat()
    wanted = f"{facts.st_ino} {facts.st_size} {facts.st_mtime_ns}\n"
    stamp = directory / f"{name}.stamp"
    if stamp.exists() and stamp.read_text() == wanted and root.is_dir():
        return root
    say(f"unpacking the {name} root")
    stamp.unlink(missing_ok=True)
    if root.exists():
        shutil.rmtree(root)
    root.mkdir(parents=True)
    subprocess.run(["tar", "--extract", "--file", archive, "--directory", root,
                    "--numeric-owner", "--xattrs", "--xattrs-include=*"], check=True)
    os.sync()
    stamp.write_text(wanted)
    return root


def count(name: str, path: Path) -> Root:
    root = Root(name, path, 0, 0, 0)
    for directory, directories, files in os.walk(path):
        root.entries += len(directories) + len(files)
        for file in files:
            facts = os.lstat(os.path.join(directory, file))
            if stat.S_ISREG(facts.st_mode):
                root.files += 1
                root.size += facts.st_size
    return root


def available_memory() -> int:
    """Bytes that the page cache may take."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise Failure("/proc/meminfo has no line MemAvailable")
