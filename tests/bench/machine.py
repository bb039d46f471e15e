# SPDX-License-Identifier: Apache-2.0
"""What the figures were measured with: the machine, and the version of each program."""
import os
import subprocess
from pathlib import Path

from programs import CORES
from roots import SOURCE

# A package where a program does not tell its version.
PACKAGES = ["aide", "mtree-netbsd", "coreutils", "findutils", "openssl", "libssl3", "libc6",
            "valgrind"]


def version() -> str:
    return (SOURCE / "VERSION").read_text().strip()


def field_of(path: str, name: str, separator: str) -> str:
    for line in Path(path).read_text().splitlines():
        key, found, value = line.partition(separator)
        if found and key.strip() == name:
            return value.strip().strip('"')
    return "unknown"


def package_version(name: str) -> str:
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Version}", name],
                           capture_output=True, text=True)
    if asked.returncode != 0 or not asked.stdout.startswith("ii"):
        return "not installed"
    return asked.stdout[2:].strip()


def filesystem(path: Path) -> str:
    asked = subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "-T", path], check=True,
                           capture_output=True, text=True)
    return asked.stdout.strip()


def describe(path: Path) -> str:
    """A list in Markdown; `path` is where the roots are."""
    flags = field_of("/proc/cpuinfo", "flags", ":").split()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kernel = os.uname().release.partition("-")[0]
    packages = ", ".join(f"{name} {package_version(name)}" for name in PACKAGES)
    return "\n".join([
        f"- goldseal {version()}",
        f"- {CORES} cores, {field_of('/proc/cpuinfo', 'model name', ':')}, "
        f"SHA extensions: {'yes' if 'sha_ni' in flags or 'sha2' in flags else 'no'}, "
        f"{memory:.0f} GiB of memory",
        f"- {field_of('/etc/os-release', 'PRETTY_NAME', '=')}, Linux {kernel}, "
        f"{filesystem(path)}",
        f"- {packages}",
    ])
