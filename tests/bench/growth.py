# SPDX-License-Identifier: Apache-2.0
"""What an entry costs, and how much memory it takes, from 10,000 entries to a million."""
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import plot
from programs import FLOOR, SEAL, VERIFY, Series, floor_program, goldseal_programs, measure, say
from verdicts import PEAK_MB, met

SEED = 20
FLAT = 1.25
ROUNDS = 3


@dataclass
class Tree:
    entries: int
    one: bool = False

    def __str__(self) -> str:
        return f"{self.entries:,}" + (" in one directory" if self.one else "")


TREES = [Tree(10_000), Tree(30_000), Tree(100_000), Tree(300_000), Tree(1_000_000),
         Tree(100_000, one=True), Tree(1_000_000, one=True)]
QUICK_TREES = [Tree(10_000), Tree(30_000), Tree(30_000, one=True)]


@dataclass
class Point:
    """What the programs cost over one tree."""

    tree: Tree
    series: dict[str, Series]

    def each(self, key: str) -> float:
        """Microseconds of CPU an entry."""
        return self.series[key].median_cpu / self.tree.entries * 1e6

    def peak(self, key: str) -> float:
        return self.series[key].peak_mb


def measure_tree(tree: Tree, tools: dict[str, Path], work: Path, rounds: int) -> Point:
    root = work / "tree"
    say(f"making a tree of {tree}")
    subprocess.run([tools["grow"], root, str(tree.entries), str(SEED), *["one"][:tree.one]],
                   check=True)
    programs = [floor_program(tools[FLOOR], root),
                *goldseal_programs(tools["goldseal"], root, work)]
    once = {program.key: 1 for program in programs}
    measure(programs, once)  # it warms the cache and makes the manifest
    measured = measure(programs, {key: rounds for key in once})
    shutil.rmtree(root)
    return Point(tree, {series.program.key: series for series in measured})


def measure_all(tools: dict[str, Path], work: Path, quick: bool) -> list[Point]:
    rounds = 1 if quick else ROUNDS
    return [measure_tree(tree, tools, work, rounds)
            for tree in (QUICK_TREES if quick else TREES)]


def table(points: list[Point]) -> str:
    lines = ["| entries | floor µs | seal µs | verify µs | floor MB | seal MB | verify MB |",
             "|--:|--:|--:|--:|--:|--:|--:|"]
    for point in points:
        cells = [f"{point.each(key):.1f}" for key in (FLOOR, SEAL, VERIFY)]
        cells += [f"{point.peak(key):.1f}" for key in (FLOOR, SEAL, VERIFY)]
        lines.append(f"| {point.tree} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def judge(points: list[Point]) -> list[tuple[str, str, str, str]]:
    """Flat: no tree costs more an entry than the smallest, but for a margin; memory is bounded."""
    rows = []
    for key in (SEAL, VERIFY):
        least = points[0].each(key)
        worst = max(points, key=lambda point: point.each(key))
        ratio = worst.each(key) / least
        rows.append((f"CPU of {key} an entry, dearest tree / {points[0].tree}",
                     f"{worst.tree}: {worst.each(key):.1f} µs / {least:.1f} µs = {ratio:.2f}",
                     f"≤ {FLAT:.2f}", met(ratio, FLAT)))
    for key in (SEAL, VERIFY):
        worst = max(points, key=lambda point: point.peak(key))
        rows.append((f"peak memory of {key}", f"{worst.tree}: {worst.peak(key):.1f} MB",
                     f"≤ {PEAK_MB:.0f} MB", met(worst.peak(key), PEAK_MB)))
    return rows


def curves(points: list[Point], figure: str) -> list[plot.Curve]:
    """A line a program over the trees, and hollow marks for those in one directory."""
    colours = {FLOOR: "#6b7280", SEAL: "#2563eb", VERIFY: "#ea580c"}
    made = []
    for key, colour in colours.items():
        many = [(p.tree.entries, getattr(p, figure)(key)) for p in points if not p.tree.one]
        one = [(p.tree.entries, getattr(p, figure)(key)) for p in points if p.tree.one]
        name = key if key == FLOOR else f"goldseal {key}"
        # Seal's line is the wider one, so that it shows where verify's covers it.
        made.append(plot.Curve(name, colour, many, 5 if key == SEAL else 2, one))
    return made


def draw(points: list[Point]) -> str:
    cost = plot.Panel("CPU time per entry (µs)", curves(points, "each"))
    memory = plot.Panel("Peak resident memory (MB, log scale)", curves(points, "peak"),
                        logarithmic=True, limit=PEAK_MB, limit_name=f"limit {PEAK_MB:.0f} MB")
    return plot.draw("Cost against the number of entries", "entries in the tree",
                     "hollow: all entries in one directory", [cost, memory])
