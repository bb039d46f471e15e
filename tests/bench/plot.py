# SPDX-License-Identifier: Apache-2.0
"""Line charts as SVG: panels side by side, a logarithmic x axis, one legend."""
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 460, 300  # of a panel's plot area
LEFT, TOP, GAP, BOTTOM = 62, 96, 84, 64
INK, PALE, LIMIT = "#1f2937", "#e5e7eb", "#b91c1c"
FONT = "font-family='Helvetica, Arial, sans-serif'"

Point = tuple[float, float]


@dataclass
class Curve:
    name: str
    colour: str
    points: list[Point]
    width: int = 2
    marks: list[Point] = field(default_factory=list)  # hollow, on no line


@dataclass
class Panel:
    title: str
    curves: list[Curve]
    logarithmic: bool = False  # the y axis
    limit: float | None = None
    limit_name: str = ""

    def all_points(self) -> list[Point]:
        return [point for curve in self.curves for point in curve.points + curve.marks]


@dataclass
class Axis:
    """From figures to pixels."""

    low: float
    high: float
    ticks: list[float]
    place: Callable[[float], float]


def text(x: float, y: float, words: str, size: int = 12, anchor: str = "middle",
         colour: str = INK, weight: str = "normal") -> str:
    return (f"<text x='{x:.1f}' y='{y:.1f}' {FONT} font-size='{size}' text-anchor='{anchor}' "
            f"fill='{colour}' font-weight='{weight}'>{escape(words)}</text>")


def line(x1: float, y1: float, x2: float, y2: float, colour: str = PALE, extra: str = "") -> str:
    return (f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}' "
            f"{extra}/>")


def nice_step(span: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that divides the span into four to ten."""
    power = 10 ** math.floor(math.log10(span / 4))
    return max(step * power for step in (1, 2, 5) if step * power <= span / 4)


def linear_axis(values: list[float], length: float) -> Axis:
    step = nice_step(max(values))
    high = math.ceil(max(values) * 1.05 / step) * step
    ticks = [step * n for n in range(round(high / step) + 1)]
    return Axis(0, high, ticks, lambda value: value / high * length)


def log_axis(values: list[float], length: float, steps: tuple[int, ...]) -> Axis:
    """Ticks at the steps of each decade; the axis ends at ticks."""
    decades = range(math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))) + 1)
    every = [step * 10.0 ** decade for decade in decades for step in steps]
    low = max(tick for tick in every if tick <= min(values))
    high = min(tick for tick in every if tick >= max(values))
    if low == high:
        high = low * 10
    ticks = [tick for tick in every if low <= tick <= high]
    span = math.log(high / low)
    return Axis(low, high, ticks, lambda value: math.log(value / low) / span * length)


def number(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:g} M"
    if value >= 1e4:
        return f"{value / 1e3:g} k"
    return f"{value:g}"


def grid(x: Axis, y: Axis, left: float) -> list[str]:
    floor, out = TOP + HEIGHT, []
    for tick in y.ticks:
        height = floor - y.place(tick)
        out.append(line(left, height, left + WIDTH, height))
        out.append(text(left - 8, height + 4, number(tick), anchor="end"))
    for tick in x.ticks:
        across = left + x.place(tick)
        out.append(line(across, TOP, across, floor))
        out.append(text(across, floor + 19, number(tick)))
    out.append(line(left, floor, left + WIDTH, floor, INK))
    out.append(line(left, TOP, left, floor, INK))
    return out


def mark(x: float, y: float, colour: str, hollow: bool) -> str:
    fill = "white" if hollow else colour
    return (f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4' fill='{fill}' stroke='{colour}' "
            f"stroke-width='2'/>")


def draw_curve(curve: Curve, x: Axis, y: Axis, left: float) -> list[str]:
    def place(point: Point) -> Point:
        return left + x.place(point[0]), TOP + HEIGHT - y.place(point[1])

    path = " ".join(f"{across:.1f},{height:.1f}" for across, height in map(place, curve.points))
    out = [f"<polyline points='{path}' fill='none' stroke='{curve.colour}' "
           f"stroke-width='{curve.width}'/>"]
    out += [mark(*place(point), curve.colour, False) for point in curve.points]
    return out + [mark(*place(point), curve.colour, True) for point in curve.marks]


def draw_limit(panel: Panel, y: Axis, left: float) -> list[str]:
    if panel.limit is None:
        return []
    height = TOP + HEIGHT - y.place(panel.limit)
    return [line(left, height, left + WIDTH, height, LIMIT, "stroke-dasharray='6 4'"),
            text(left + 8, height - 6, panel.limit_name, anchor="start", colour=LIMIT)]


def draw_panel(panel: Panel, x_name: str, left: float) -> list[str]:
    points = panel.all_points()
    heights = [height for _, height in points] + ([panel.limit] if panel.limit else [])
    x = log_axis([across for across, _ in points], WIDTH, (1, 3))
    y = log_axis(heights, HEIGHT, (1, 2, 5)) if panel.logarithmic else linear_axis(heights, HEIGHT)
    out = [text(left, TOP - 14, panel.title, 14, "start", weight="bold")]
    out += grid(x, y, left) + draw_limit(panel, y, left)
    for curve in panel.curves:
        out += draw_curve(curve, x, y, left)
    out.append(text(left + WIDTH / 2, TOP + HEIGHT + 42, f"{x_name} (log scale)"))
    return out


def draw_legend(curves: list[Curve], note: str) -> list[str]:
    out, left = [], float(LEFT)
    for curve in curves:
        out.append(line(left, 52, left + 26, 52, curve.colour, "stroke-width='2'"))
        out.append(mark(left + 13, 52, curve.colour, False))
        out.append(text(left + 34, 56, curve.name, 13, "start"))
        left += 58 + 7.4 * len(curve.name)
    out.append(mark(left + 6, 52, INK, True))
    out.append(text(left + 18, 56, note, 13, "start"))
    return out


def draw(title: str, x_name: str, note: str, panels: list[Panel]) -> str:
    width = LEFT + len(panels) * (WIDTH + GAP) - GAP + 28
    height = TOP + HEIGHT + BOTTOM
    out = [f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
           f"width='{width}' height='{height}' role='img' aria-label='{escape(title)}'>",
           f"<rect width='{width}' height='{height}' fill='white'/>",
           text(LEFT, 28, title, 17, "start", weight="bold")]
    out += draw_legend(panels[0].curves, note)
    for index, panel in enumerate(panels):
        out += draw_panel(panel, x_name, LEFT + index * (WIDTH + GAP))
    return "\n".join(out + ["</svg>", ""])
