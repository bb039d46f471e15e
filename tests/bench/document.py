# SPDX-License-Identifier: Apache-2.0
"""docs/benchmarks.md: what is measured stands between marks; what people write stays as it is."""
import os
import tempfile
from pathlib import Path

from programs import Failure
from roots import SOURCE

PATH = SOURCE / "docs/benchmarks.md"
PICTURE = SOURCE / "docs/growth.svg"


def marks(name: str) -> tuple[str, str]:
    return f"<!-- measured: {name} -->\n", f"<!-- end: {name} -->\n"


def section(text: str, name: str) -> str:
    """What stands between the marks of one section."""
    _, begin, rest = text.partition(marks(name)[0])
    inside, end, _ = rest.partition(marks(name)[1])
    if not begin or not end:
        raise Failure(f"{PATH}: the lines {marks(name)[0].strip()} and {marks(name)[1].strip()} "
                      f"must stand around the section; put them back")
    return inside


def replace(text: str, name: str, inside: str) -> str:
    begin, end = marks(name)
    old = begin + section(text, name) + end
    return text.replace(old, f"{begin}{inside.strip()}\n{end}")


def write_whole(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=path.name, delete=False) as out:
        out.write(text)
        os.fchmod(out.fileno(), 0o644)
    os.replace(out.name, path)


def write(sections: dict[str, str]) -> None:
    text = PATH.read_text()
    for name, inside in sections.items():
        text = replace(text, name, inside)
    write_whole(PATH, text)
