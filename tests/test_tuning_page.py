"""docs/tuning.md: its numbers are the code's, and what the code refers to stands there."""

from __future__ import annotations

import ast
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from ganimate.appearance import (
    eyeball_settings,
    glasses_settings,
    grain,
    hidden_lip_settings,
    lash_darkness,
    lid_lashes,
    light_settings,
    line_settings,
    teeth_settings,
)
from ganimate.appearance import settings as appearance
from ganimate.performance import (
    blinks,
    driver,
    driver_timeline,
    emotions,
    expressions,
    keypoints,
    neutral,
    performance,
    thinning,
)
from ganimate.rendering import settings as rendering
from ganimate.warp import settings as warp

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "tuning.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([A-Z_]+)\.(\w+)` \| ([^|]+) \|", re.MULTILINE)
REFERENCE = re.compile(r"\(docs/tuning\.md,\s+([^)]+)\)")

PERFORMANCE = (
    expressions,
    emotions,
    performance,
    blinks,
    driver,
    driver_timeline,
    keypoints,
    neutral,
    thinning,
)
SETTINGS = {
    name: value
    for module in (
        *PERFORMANCE,
        warp,
        appearance,
        eyeball_settings,
        grain,
        hidden_lip_settings,
        lash_darkness,
        lid_lashes,
        light_settings,
        line_settings,
        glasses_settings,
        teeth_settings,
        rendering,
    )
    for name, value in vars(module).items()
    if name.isupper() and name[0] != "_" and is_dataclass(value) and not isinstance(value, type)
}


def plain(value: Any) -> Any:
    """A value of a setting as the page writes it: a group of numbers is a tuple."""
    if is_dataclass(value):
        return tuple(getattr(value, one.name) for one in fields(value))
    return value


@pytest.mark.parametrize("name", SETTINGS)
def test_the_page_has_every_number_as_it_is(name: str) -> None:
    listed = {
        field: ast.literal_eval(value) for owner, field, value in ROW.findall(PAGE) if owner == name
    }
    assert listed == {
        one.name: plain(getattr(SETTINGS[name], one.name)) for one in fields(SETTINGS[name])
    }


def test_the_page_lists_no_other_settings() -> None:
    assert {owner for owner, _, _ in ROW.findall(PAGE)} == set(SETTINGS)


def test_headings_that_the_code_refers_to_are_there() -> None:
    headings = {line.lstrip("# ").lower() for line in PAGE.splitlines() if line.startswith("#")}
    wanted = {
        " ".join(heading.split()).lower()
        for module in (ROOT / "ganimate").rglob("*.py")
        for heading in REFERENCE.findall(module.read_text(encoding="utf-8"))
    }
    assert wanted
    assert wanted <= headings
