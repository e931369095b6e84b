"""A contact sheet of one face: a row for each AU, its intensity rising from left to right.

Laid out like figure 4 of the GANimation paper (Pumarola et al., ECCV 2018) and, with the masks
under each result, like its figure 5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ganimate.action_units import ACTION_UNITS, ROW_OF, ActionUnit
from ganimate.arrays import Photo
from ganimate.errors import UsageError

if TYPE_CHECKING:
    from ganimate.rendering.animator import Animator


INTENSITIES = (0.0, 0.33, 0.66, 1.0)

PAPER = (250, 250, 248)
INK = (32, 34, 38)
FAINT = (120, 124, 130)
FRAME = (216, 217, 218)  # a mask that keeps all is as white as paper

# Lengths as shares of the side of a cell
GAP, MARGIN, LABEL, SCALE = 0.03, 0.14, 0.55, 0.2
BIG, SMALL = 0.125, 0.082  # type
LONGEST_BLOCK = 9  # rows; all 17 AUs stand in two blocks side by side


@dataclass(frozen=True)
class Row:
    """One AU of a sheet."""

    unit: ActionUnit
    lines: tuple[tuple[Photo, ...], ...]  # results, and with masks attention and colour: (s, s, 3)


def parse_aus(text: str | None) -> list[ActionUnit]:
    """Read AU numbers as people write them, `1,2,12` or `AU1 AU2 AU12`; None means all 17.

    Raises UsageError for anything else.
    """
    if text is None:
        return list(ACTION_UNITS)
    known = ", ".join(map(str, ROW_OF))
    units = []
    for word in re.split(r"[,\s]+", text.strip()):
        number = re.fullmatch(r"(?:AU)?([0-9]{1,3})", word, re.IGNORECASE)
        if number is None or int(number[1]) not in ROW_OF:
            raise UsageError(f"{word!r} is none of the AUs that can be driven: {known}")
        units.append(ACTION_UNITS[ROW_OF[int(number[1])]])
    return units


def draw_rows(animator: Animator, units: Sequence[ActionUnit], *, masks: bool) -> Iterator[Row]:
    """Drive each AU, on both sides, through INTENSITIES; the others stay as the photo shows them.

    Rows come lazily, as each takes a while.
    """
    source = animator.portrait.aus
    for unit in units:
        drawn = []
        for intensity in INTENSITIES:
            target = source.copy()
            target[ROW_OF[unit.number]] = intensity
            drawn.append(animator.masks(target))
        results = tuple(mask.result for mask in drawn)
        attention = tuple(_grey(mask.attention) for mask in drawn)
        colour = tuple(mask.colour for mask in drawn)
        yield Row(unit, (results, attention, colour) if masks else (results,))


def lay_out(rows: Sequence[Row], crop: Photo, title: str) -> Photo:
    """The sheet (H, W, 3): the photo's crop (s, s, 3) at the top left, and the rows below it."""
    cell = crop.shape[0]
    blocks = _blocks(rows)
    gap, margin = round(GAP * cell), round(MARGIN * cell)
    label, scale = round(LABEL * cell), round(SCALE * cell)
    row_height = len(rows[0].lines) * (cell + gap) + (margin // 2 if len(rows[0].lines) > 1 else 0)
    block_width = label + len(INTENSITIES) * (cell + gap)
    top = margin + cell + margin
    size = (
        margin + len(blocks) * (block_width + margin),
        top + scale + len(blocks[0]) * row_height + margin,
    )
    sheet = Image.new("RGB", size, PAPER)
    sheet.paste(Image.fromarray(crop), (margin, margin))
    _draw_heading(sheet, (2 * margin + cell, margin), cell, title, len(rows[0].lines) > 1)
    for number, block in enumerate(blocks):
        left = margin + number * (block_width + margin)
        _draw_scale(sheet, left + label, top, cell, gap)
        for place, row in enumerate(block):
            _draw_row(sheet, row, (left, top + scale + place * row_height), cell)
    return np.asarray(sheet)


def _grey(attention: NDArray[np.float32]) -> Photo:
    """(s, s) in [0, 1] to a picture: white keeps the photo, dark is painted, as in the paper."""
    levels = np.rint(attention * 255).astype(np.uint8)
    return np.repeat(levels[:, :, None], 3, axis=2)


def _blocks(rows: Sequence[Row]) -> list[Sequence[Row]]:
    if len(rows) <= LONGEST_BLOCK:
        return [rows]
    half = -(-len(rows) // 2)
    return [rows[:half], rows[half:]]


def _draw_heading(
    sheet: Image.Image, corner: tuple[int, int], cell: int, title: str, masks: bool
) -> None:
    draw = ImageDraw.Draw(sheet)
    big, small = ImageFont.load_default(1.4 * BIG * cell), ImageFont.load_default(SMALL * cell)
    x, y = corner
    lines = ["One action unit a row, the others as in the photo (left)."]
    if masks:
        lines += ["Under each result its attention mask, white where the moved photo is kept,"]
        lines += ["and its colour mask, what is painted elsewhere."]
    draw.text((x, y), title, INK, big)
    for number, line in enumerate(lines):
        draw.text((x, y + (0.28 + 0.13 * number) * cell), line, FAINT, small)


def _draw_scale(sheet: Image.Image, left: int, top: int, cell: int, gap: int) -> None:
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(BIG * cell)
    for column, intensity in enumerate(INTENSITIES):
        x = left + column * (cell + gap) + cell / 2
        draw.text((x, top + SCALE * cell / 2), f"{intensity:g}", INK, font, anchor="mm")


def _draw_row(sheet: Image.Image, row: Row, corner: tuple[int, int], cell: int) -> None:
    draw = ImageDraw.Draw(sheet)
    left, top = corner
    gap, label = round(GAP * cell), round(LABEL * cell)
    for line, pictures in enumerate(row.lines):
        y = top + line * (cell + gap)
        for column, picture in enumerate(pictures):
            x = left + label + column * (cell + gap)
            sheet.paste(Image.fromarray(picture), (x, y))
            draw.rectangle((x, y, x + cell - 1, y + cell - 1), outline=FRAME)
        heading = f"AU{row.unit.number}" if line == 0 else ("attention", "colour")[line - 1]
        _draw_label(sheet, (left, y), cell, heading, row.unit.name if line == 0 else "")


def _draw_label(
    sheet: Image.Image, corner: tuple[int, int], cell: int, heading: str, name: str
) -> None:
    """Write a row's label beside it: its AU, and under that the name, a word a line."""
    draw = ImageDraw.Draw(sheet)
    small = ImageFont.load_default(SMALL * cell)
    x, middle = corner[0], corner[1] + cell / 2
    words = name.split()
    if not words:
        draw.text((x, middle), heading, FAINT, small, anchor="lm")
        return
    y = middle - (0.08 + 0.055 * len(words)) * cell
    draw.text((x, y), heading, INK, ImageFont.load_default(BIG * cell), anchor="lm")
    for number, word in enumerate(words, start=1):
        draw.text((x, y + (0.04 + 0.11 * number) * cell), word, FAINT, small, anchor="lm")
