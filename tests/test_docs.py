"""The documents: their links lead somewhere, the README is short, the API page is the code's."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent
GENERATOR = ROOT / "scripts" / "make_api_page.py"
README_LINES = 120  # at most: what a newcomer reads before trying the program

PAGES = [
    page
    for page in (
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "models" / "README.md",
        ROOT / "examples" / "README.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
    if page.is_file()
]


def tokens_of(page: Path) -> list[Token]:
    """The parts of a page, in order, those within paragraphs and cells too."""
    parsed = MarkdownIt().enable("table").parse(page.read_text(encoding="utf-8"))
    return [inner for token in parsed for inner in (token, *(token.children or ()))]


def links_of(page: Path) -> Iterator[str]:
    """Where the links and pictures of a page lead; those in code are none."""
    for token in tokens_of(page):
        for attribute in ("href", "src"):
            if (target := token.attrGet(attribute)) is not None:
                yield str(target)


def anchors_of(page: Path) -> set[str]:
    """The headings of a page as addresses, by GitHub's rule."""
    parsed = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    found: Counter[str] = Counter()
    anchors: set[str] = set()
    for opening, heading in pairwise(parsed):
        if opening.type != "heading_open":
            continue
        words = "".join(part.content for part in heading.children or ())
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        anchors.add(f"{anchor}-{found[anchor]}" if found[anchor] else anchor)
        found[anchor] += 1
    return anchors


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    broken = []
    anchors: dict[Path, set[str]] = {}
    for link in links_of(page):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not target.exists() or not target.is_relative_to(ROOT):
            broken.append(link)
        elif parts.fragment and target.suffix == ".md":
            if target not in anchors:
                anchors[target] = anchors_of(target)
            if unquote(parts.fragment) not in anchors[target]:
                broken.append(link)
    assert not broken


def test_the_api_page_is_the_code_s(tmp_path: Path) -> None:
    fresh = tmp_path / "api.md"
    subprocess.run([sys.executable, GENERATOR, fresh], check=True)
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert fresh.read_text(encoding="utf-8") == page, "docs/api.md is old: run scripts/docs.sh"


def test_the_api_page_imports_no_code() -> None:
    script = (
        "import sys\n"
        f"sys.path.insert(0, {str(GENERATOR.parent)!r})\n"
        "import make_api_page\n"
        "make_api_page.make_page()\n"
        "print(*{'torch', 'cv2', 'mediapipe', 'numpy', 'ganimate'} & set(sys.modules))"
    )
    said = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert not said.strip()
