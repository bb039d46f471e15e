# SPDX-License-Identifier: Apache-2.0
"""The programs that are measured over the same files, and what one run of them costs."""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

CORES = len(os.sched_getaffinity(0))
DROP_CACHES = Path("/proc/sys/vm/drop_caches")

FLOOR, SEAL, VERIFY, CAT = "floor", "seal", "verify", "cat"
OPENSSL, SHA256SUM, MTREE, AIDE = "openssl", "sha256sum", "mtree", "aide"


class Failure(Exception):
    """A program that was measured failed, so there is nothing to compare."""


@dataclass
class Program:
    """One program over one root. `slow` ones get fewer rounds on a large root."""

    key: str
    name: str
    command: list[str]
    needs: str
    slow: bool = False


@dataclass
class Series:
    """What the runs of one program cost: CPU and wall in seconds, the peak of memory in KiB."""

    program: Program
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    peak: list[int] = field(default_factory=list)

    def add(self, cpu: float, wall: float, peak: int) -> None:
        self.cpu.append(cpu)
        self.wall.append(wall)
        self.peak.append(peak)

    @property
    def median_cpu(self) -> float:
        return statistics.median(self.cpu)

    @property
    def median_wall(self) -> float:
        return statistics.median(self.wall)

    @property
    def peak_mb(self) -> float:
        return max(self.peak) / 1024


def run_once(program: Program) -> tuple[float, float, int]:
    """CPU seconds of the program and all its children, wall seconds, peak KiB of the largest."""
    # A child of this interpreter would begin with the interpreter's own peak, so time(1) asks.
    with tempfile.NamedTemporaryFile("r") as told:
        command = ["/usr/bin/time", "-o", told.name, "-f", "%M", *program.command]
        start = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - start
            child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise Failure(f"{program.name} ended with status {child.returncode}")
        return usage.ru_utime + usage.ru_stime, wall, int(told.read())


def drop_caches() -> None:
    os.sync()
    DROP_CACHES.write_text("3\n")


def why_not_cold() -> str:
    """Why nothing can be measured cold here, or nothing."""
    try:
        drop_caches()
    except OSError as error:
        return f"the page cache cannot be dropped: {DROP_CACHES}: {error.strerror}"
    return ""


def measure(programs: list[Program], rounds: dict[str, int], cold: bool = False) -> list[Series]:
    """The programs take turns, so that what else the machine does falls on all of them."""
    series = {program.key: Series(program) for program in programs}
    for number in range(max(rounds.values())):
        for program in programs:
            if number >= rounds[program.key]:
                continue
            say(f"{'cold' if cold else 'warm'}, round {number + 1}: {program.name}")
            if cold:
                drop_caches()
            series[program.key].add(*run_once(program))
    return list(series.values())


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def aide_workers() -> list[int]:
    """Every number of workers on a small machine, powers of two and all cores on a large one."""
    if CORES <= 4:
        return list(range(1, CORES + 1))
    return sorted({2 ** n for n in range(CORES.bit_length()) if 2 ** n < CORES} | {CORES})


def shell_over_files(command: str, root: Path) -> list[str]:
    text = f'find "$1" -xdev -type f -print0 | xargs -0 -P "$2" -n 64 {command}'
    return ["/bin/sh", "-c", text, "sh", str(root), str(CORES)]


def goldseal_programs(goldseal: Path, root: Path, work: Path) -> list[Program]:
    manifest, key, program = str(work / "manifest"), str(work / "bench"), str(goldseal)
    image = ["--image-name", "bench", "--image-version", "1"]
    return [
        Program(SEAL, "goldseal seal",
                [program, "seal", "--quiet", "--root", str(root), "--key", key + ".key",
                 "--out", manifest, *image], program),
        Program(VERIFY, "goldseal verify",
                [program, "verify", "--quiet", "--root", str(root), "--manifest", manifest,
                 "--trust", key + ".pub"], program),
    ]


def floor_program(floor: Path, root: Path) -> Program:
    return Program(FLOOR, "floor (walk, open, fstat, read, SHA-256)",
                   [str(floor), str(root), str(CORES)], str(floor))


def peers(root: Path, work: Path) -> list[Program]:
    aide = [Program(f"{AIDE}-{workers}", f"AIDE --check, {workers} worker{'s'[:workers - 1]}",
                    ["aide", "--config", str(work / f"aide-{workers}.conf"), "--check"],
                    "aide", slow=True) for workers in aide_workers()]
    return [
        Program(CAT, f"plain read (cat), {CORES} at once", shell_over_files("cat", root), "cat"),
        Program(OPENSSL, f"openssl dgst -sha256, {CORES} at once",
                shell_over_files("openssl dgst -sha256", root), "openssl"),
        Program(SHA256SUM, f"sha256sum, {CORES} at once", shell_over_files("sha256sum", root),
                "sha256sum", slow=True),
        Program(MTREE, "mtree (NetBSD)",
                ["mtree", "-p", str(root), "-f", str(work / "manifest/manifest.mtree")],
                "mtree", slow=True),
        *aide,
    ]


def is_there(program: Program) -> bool:
    return shutil.which(program.needs) is not None


def prepare_aide(root: Path, work: Path) -> None:
    """A database of what our manifest holds too, and a configuration for each count of workers."""
    for workers in aide_workers():
        (work / f"aide-{workers}.conf").write_text(f"""database_in=file:{work}/aide.db
database_out=file:{work}/aide.db
root_prefix={root}
num_workers={workers}
gzip_dbout=no
Full = ftype+p+u+g+s+l+sha256+acl+xattrs
/ Full
""")
    say("AIDE makes its database")
    subprocess.run(["aide", "--config", work / f"aide-{CORES}.conf", "--init"], check=True,
                   stdout=subprocess.DEVNULL)
