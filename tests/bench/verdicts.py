# SPDX-License-Identifier: Apache-2.0
"""The bars that seal and verify must clear, and the tables of what was measured."""
from dataclasses import dataclass

from programs import AIDE, FLOOR, MTREE, OPENSSL, SEAL, VERIFY, Program, Series

PEAK_MB = 24.0


@dataclass
class Bar:
    """`what` of ours over `what` of the peer is at most `limit`."""

    ours: str
    peer: str
    what: str
    limit: float


WARM = [
    *(Bar(ours, FLOOR, "cpu", 1.10) for ours in (SEAL, VERIFY)),
    *(Bar(ours, FLOOR, "wall", 1.15) for ours in (SEAL, VERIFY)),
    Bar(VERIFY, OPENSSL, "cpu", 0.75),
    Bar(VERIFY, MTREE, "cpu", 0.25),
    Bar(VERIFY, AIDE, "cpu", 0.10),
]
COLD = [Bar(ours, FLOOR, what, 1.10) for ours in (SEAL, VERIFY) for what in ("cpu", "wall")]


def best(measured: list[Series], key: str, what: str) -> Series | None:
    """The series of a program; of AIDE that with the count of workers that did best."""
    found = [series for series in measured
             if series.program.key == key or series.program.key.startswith(key + "-")]
    return min(found, key=lambda series: value(series, what), default=None)


def value(series: Series, what: str) -> float:
    return series.median_cpu if what == "cpu" else series.median_wall


def judge(bar: Bar, measured: list[Series]) -> tuple[str, str, str, str]:
    """What was asked, the figures, the limit, and met or missed."""
    ours, peer = best(measured, bar.ours, bar.what), best(measured, bar.peer, bar.what)
    limit = f"≤ {bar.limit:.2f}"
    if not ours or not peer:
        return f"{bar.what} of {bar.ours} / {bar.peer}", "not measured", limit, "not measured"
    name = f"{bar.what} of {bar.ours} / {peer.program.name.partition(' (')[0]}"
    mine, theirs = value(ours, bar.what), value(peer, bar.what)
    figures = f"{mine:.2f} s / {theirs:.2f} s = {mine / theirs:.3f}"
    floor = best(measured, FLOOR, bar.what)
    if bar.peer != FLOOR and floor:
        figures += f" (the floor: {value(floor, bar.what) / theirs:.3f})"
    return name, figures, limit, met(mine / theirs, bar.limit)


def met(figure: float, limit: float) -> str:
    return "met" if figure <= limit else "**missed**"


def judge_peak(series: Series) -> tuple[str, str, str, str]:
    return (f"peak memory of {series.program.key}", f"{series.peak_mb:.1f} MB",
            f"≤ {PEAK_MB:.0f} MB", met(series.peak_mb, PEAK_MB))


def judge_all(bars: list[Bar], measured: list[Series]) -> list[tuple[str, str, str, str]]:
    own = [series for series in measured if series.program.key in (SEAL, VERIFY)]
    return [judge(bar, measured) for bar in bars] + [judge_peak(series) for series in own]


def verdict_table(rows: list[tuple[str, str, str, str]]) -> str:
    lines = ["| bar | figures | limit | |", "|---|---|---|---|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def figures_table(measured: list[Series], absent: list[Program]) -> str:
    floor = measured[0]
    lines = ["| program | rounds | CPU s | wall s | CPU / floor | wall / floor | peak MB |",
             "|---|--:|--:|--:|--:|--:|--:|"]
    for series in measured:
        lines.append(
            f"| {series.program.name} | {len(series.cpu)} | {series.median_cpu:.2f} | "
            f"{series.median_wall:.2f} | {series.median_cpu / floor.median_cpu:.2f} | "
            f"{series.median_wall / floor.median_wall:.2f} | {series.peak_mb:.1f} |")
    lines += [f"| {program.name} | not installed | | | | | |" for program in absent]
    return "\n".join(lines)
