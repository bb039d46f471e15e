# SPDX-License-Identifier: Apache-2.0
"""How many instructions seal and verify take, by callgrind: the same however loaded the machine is.

Valgrind's processor has no SHA extensions, so what libcrypto takes there says nothing of a real
one; it stands apart, and what counts is the rest.
"""
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from programs import SEAL, VERIFY, Failure, Program, say

OBJECT = re.compile(r"ob=\((\d+)\)(?: (.*))?")
COST = re.compile(r"(?:[+-]?\d+|\*) (\d+)")
KEPT_ROW = re.compile(r"\| (seal|verify) \| ([^|]+) \| ([\d,]+) \| ([\d,]+) \|")

# What valgrind says where a program uses openat2(2), which its version 3.19 does not know.
UNKNOWN_CALL = "unhandled amd64-linux syscall: 437"

HASHING = "libcrypto (hashing, on valgrind's processor)"
REST = "all but libcrypto"


@dataclass
class Counts:
    """Instructions of one program by part, over so many entries."""

    entries: int
    parts: Counter = field(default_factory=Counter)

    def per_entry(self, part: str) -> int:
        return round(self.parts[part] / self.entries)


def part_of(path: str) -> str:
    name = Path(path).name
    if name.startswith("libcrypto"):
        return HASHING
    for known in ("goldseal", "libjansson", "libc"):
        if re.match(known + r"($|\.)", name):
            return known
    return "other libraries"


def parse(text: str) -> Counter:
    """Own instructions by part, of a file that callgrind wrote."""
    names: dict[str, str] = {}
    parts: Counter = Counter()
    current, skip = "", False
    for line in text.splitlines():
        if match := OBJECT.match(line):
            number, name = match.groups()
            names.setdefault(number, name or "")
            current = part_of(names[number])
        elif line.startswith("cob="):
            number, name = OBJECT.match(line[1:]).groups()
            names.setdefault(number, name or "")
        elif line.startswith("calls="):
            skip = True  # the next line is what the called function took
        elif match := COST.match(line):
            if not skip:
                parts[current] += int(match[1])
            skip = False
    return parts


def count(program: Program, entries: int, work: Path) -> Counts | None:
    """None where this valgrind cannot run the program."""
    say(f"counting the instructions of {program.name}")
    out = work / f"callgrind.{program.key}"
    run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                          *program.command], capture_output=True, text=True)
    if run.returncode != 0 and UNKNOWN_CALL in run.stderr:
        return None
    if run.returncode != 0:
        raise Failure(f"{program.name} under valgrind ended with status {run.returncode}:\n"
                      f"{run.stderr}")
    parts = parse(out.read_text())
    if not parts["goldseal"]:
        raise Failure(f"{out}: no instructions of goldseal in it")
    parts[REST] = sum(count for part, count in parts.items() if part != HASHING)
    return Counts(entries, parts)


def kept(text: str) -> dict[tuple[str, str], int]:
    """Instructions an entry, by program and part, from what an earlier run wrote."""
    return {(program, part): int(each.replace(",", ""))
            for program, part, _, each in KEPT_ROW.findall(text)}


def change(now: int, before: int | None) -> str:
    return f"{(now - before) / before * 100:+.1f} %" if before else "new"


def table(counted: dict[str, Counts | None]) -> str:
    lines = ["| program | part | instructions | an entry |", "|---|---|--:|--:|"]
    for program, counts in counted.items():
        if not counts:
            lines.append(f"| {program} | not counted: this valgrind has no openat2(2) | | |")
            continue
        for part, number in counts.parts.most_common():
            lines.append(f"| {program} | {part} | {number:,} | {counts.per_entry(part):,} |")
    return "\n".join(lines)


def comparison(counted: dict[str, Counts | None], before: dict[tuple[str, str], int]) -> str:
    """One line a part: what it takes an entry now, and the change since it was written down."""
    lines = []
    for program, counts in counted.items():
        for part, _ in counts.parts.most_common() if counts else []:
            now, then = counts.per_entry(part), before.get((program, part))
            lines.append(f"{program:7} {part:45} {now:>9,} an entry  {change(now, then)}")
    return "\n".join(lines)


def count_all(programs: list[Program], entries: int, work: Path) -> dict[str, Counts | None]:
    return {program.key: count(program, entries, work)
            for program in programs if program.key in (SEAL, VERIFY)}
