"""Write the licences page: python scripts/make_licences.py [PAGE], docs/licences.md by default.

It lists what the wheel needs, what that needs in turn, what each extra adds, and the shipped
models. Ranges are those of pyproject.toml; versions and licences are what the packages of the
environment say of themselves, so make the page in one with all extras, by Python 3.11 or later.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

import imageio_ffmpeg
import tomllib
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
PACKAGE = "ganimate"
EXTRAS = ("heif", "studio", "tensorboard")  # what users install; dev is for those who work on it
OSI = "License :: OSI Approved :: "
LONGEST = 30  # characters of a licence's name; what is longer is its text
WITHOUT_WORDS = {"safetensors": "Apache-2.0"}  # name their licence in no metadata of every build

INTRODUCTION = """\
# Licences

What an installation consists of. `scripts/make_licences.py` writes this page from `pyproject.toml`
and from what installed packages say of themselves. Versions are those of one machine
({where}); ranges hold everywhere. NumPy and OpenCV are listed for older and newer Pythons, as
[install.md](install.md) has them; only one of each is installed. The code of ganimate is MIT, its
weights are not: see below.
"""

MODELS: Mapping[str, tuple[str, str]] = {
    "face.safetensors": ("CC BY-NC 4.0", "trained here: not for commercial use"),
    "motion.safetensors": ("CC BY-NC 4.0", "trained here: not for commercial use"),
    "expressions.safetensors": (
        "CC BY-NC 4.0",
        "measured here on UTKFace, which allows non-commercial research",
    ),
    "sight.safetensors": ("CC BY-NC 4.0", "trained here: not for commercial use"),
    "stargan.safetensors": ("CC BY-NC 4.0", "trained here: not for commercial use"),
    "reader.safetensors": ("Apache-2.0", "MediaPipe's, in another format"),
}
"""File of models/ -> its licence and where it comes from; models/README.md says more."""

NOTES = """
torch, NumPy, SciPy, OpenCV and Pillow ship libraries of others inside their wheels, under licences
of their own that lie beside them once installed (`*.dist-info`); the OpenCV wheels hold an ffmpeg
under the LGPL 2.1.

ganimate runs ffmpeg as a program of its own, never as a library. imageio-ffmpeg is BSD-2-Clause;
the ffmpeg in its wheel is {ffmpeg}.
Whoever passes that wheel on, in a container or an installer, passes on a program under that
licence.
"""


@dataclass(frozen=True)
class Package:
    """A package of the list.

    Attributes:
        name: as package registries have it.
        wanted: versions that pyproject.toml or another package asks for.
        version: that is installed; None where it is not.
        licence: what it says of itself.
    """

    name: str
    wanted: str
    version: str | None
    licence: str


def main() -> None:
    """Write the page, to the path that is given or to its place in docs/."""
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    page.write_text(make_page(), encoding="utf-8")


def make_page() -> str:
    """Make the page."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [Requirement(text) for text in project["dependencies"]]
    known = {normalise(one.name) for one in needed}
    python = ".".join(map(str, sys.version_info[:2]))
    parts = [INTRODUCTION.format(where=f"Python {python}, {sys.platform}")]
    parts += ["## What ganimate needs", *lay_out(map(describe, needed))]
    indirect = sorted(find_indirect(needed, known), key=lambda one: one.name)
    parts += ["## What that needs in turn", *lay_out(indirect)]
    for extra in EXTRAS:
        added = [Requirement(text) for text in project["optional-dependencies"][extra]]
        seen = set(known)
        more = [*map(describe, added), *find_indirect(added, seen)]
        parts += [f"## What `{PACKAGE}[{extra}]` adds", *lay_out(more)]
    parts += ["## What is inside them", NOTES.format(ffmpeg=describe_ffmpeg()).strip() + "\n"]
    return "\n".join([*parts, "## Models", *lay_out_models()])


def normalise(name: str) -> str:
    """Spell a package's name as registries do."""
    return re.sub(r"[-_.]+", "-", name).lower()


def find_indirect(wanted: Iterable[Requirement], known: set[str]) -> Iterator[Package]:
    """Find what packages need in turn, each once; `known` grows by what is found."""
    for one in wanted:
        known.add(normalise(one.name))
        try:
            texts = requires(one.name) or []
        except PackageNotFoundError:
            continue
        extras = [*one.extras, ""]
        for further in map(Requirement, texts):
            marker = further.marker
            if marker and not any(marker.evaluate({"extra": extra}) for extra in extras):
                continue
            if normalise(further.name) not in known:
                known.add(normalise(further.name))
                yield describe(further)
                yield from find_indirect([further], known)


def describe(wanted: Requirement) -> Package:
    """Look up what is installed of a requirement."""
    name, ranges = normalise(wanted.name), str(wanted.specifier)
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return Package(name, ranges, None, "not installed where this page was made")
    facts = found.metadata
    said = facts.get("License-Expression") or ""
    listed = [text.removeprefix(OSI) for text in facts.get_all("Classifier") or [] if OSI in text]
    field = (facts.get("License") or "").strip()
    short = field if 0 < len(field) <= LONGEST and "\n" not in field else ""
    licence = said or short or ", ".join(listed) or WITHOUT_WORDS.get(name, "see its own files")
    return Package(name, ranges, found.version, licence)


def describe_ffmpeg() -> str:
    """Say which licence the shipped ffmpeg is under, by how it was built."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    version = said.split()[2]
    third = "--enable-version3" in said
    if "--enable-gpl" in said:
        return (
            f"{version.split('-')[0].lstrip('n')}, under the GPL {'3' if third else '2'} or later"
        )
    return f"{version.split('-')[0].lstrip('n')}, under the LGPL {'3' if third else '2.1'} or later"


def lay_out(packages: Iterable[Package]) -> list[str]:
    """Lay out a table of packages."""
    rows = [
        f"| {one.name} | {one.wanted or 'any'} | {one.version or '-'} | {one.licence} |"
        for one in packages
    ]
    return ["", "| package | range | here | licence |", "| --- | --- | --- | --- |", *rows, ""]


def lay_out_models() -> list[str]:
    """Lay out the table of shipped models."""
    lines = ["", "| file | licence | origin | SHA-256 begins |", "| --- | --- | --- | --- |"]
    for path in sorted((ROOT / "models").glob("*.safetensors")):
        licence, origin = MODELS[path.name]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        lines.append(f"| {path.name} | {licence} | {origin} | {digest} |")
    more = [
        "[models/README.md](../models/README.md) says what they were trained on. The digits of",
        "motion.safetensors are what `ganimate inspect` prints of the clips that it made.",
    ]
    return [*lines, "", *more, ""]


if __name__ == "__main__":
    main()
