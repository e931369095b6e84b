"""Photos to try the studio with, a click away where there is none at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ganimate.errors import UsageError


@dataclass(frozen=True)
class Example:
    """A photo that comes with the program.

    Attributes:
        name: what it is asked for by.
        title: who is on it.
        file: its name in the folder.
    """

    name: str
    title: str
    file: str


EXAMPLES = (
    Example("astronaut", "Eileen Collins", "astronaut.jpg"),
    Example("grace_hopper", "Grace Hopper", "grace_hopper.jpg"),
)
"""Both in the public domain: NASA, United States Navy."""


def find_example(name: str) -> Path:
    """Find the file of an example, in the installed package or at the top of a checkout.

    Raises:
        UsageError: there is no such example.
    """
    package = Path(__file__).resolve().parent
    for example in EXAMPLES:
        if example.name == name:
            folders = (package / "examples", package.parents[1] / "examples")
            for path in (folder / example.file for folder in folders):
                if path.is_file():
                    return path
    raise UsageError(f"there is no example {name!r}")
