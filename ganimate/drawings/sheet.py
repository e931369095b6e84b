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
from PIL import Image, ImageDraw, ImageFont

from ganimate.action_units import ACTION_UNITS, ROW_OF, ActionUnit
from ganimate.arrays import Map, Photo
from ganimate.drawings.palette import BORDER, FAINT, INK, PAPER
from ganimate.errors import UsageError

if TYPE_CHECKING:
    from ganimate.rendering.animator import Animator

INTENSITIES = (0.0, 0.33, 0.66, 1.0)
"""What each AU is driven to, from left to right: those of the paper's figure 4."""

EXPLANATION = ("One action unit a row, the others as in the photo (left).",)
EXPLANATION_OF_MASKS = (
    "Under each result its attention mask, white where the moved photo is kept,",
    "and its colour mask, what is painted elsewhere.",
)


@dataclass(frozen=True)
class SheetSettings:
    """How a sheet is laid out; all by eye. Lengths and type are in sides of a picture."""

    gap: float = 0.03
    """Between two pictures."""

    margin: float = 0.14
    """Around everything and between two blocks; half of it is between two rows with masks."""

    labels: float = 0.55
    """Width of the column of names."""

    scale: float = 0.2
    """Height of the scale of intensities."""

    title: float = 0.175
    """Type of the title."""

    large: float = 0.125
    """Type of AUs and intensities."""

    small: float = 0.082
    """Type of names and explanations."""

    first_line: float = 0.28
    """From the top of the title to that of the explanation."""

    line: float = 0.13
    """From a line of the explanation to the next."""

    word: float = 0.11
    """From a word of a name to the next."""

    first_word: float = 0.15
    """From an AU to the first word of its name."""

    rise: float = 0.08
    """From the middle of a picture up to its AU, if it had no name."""

    rise_of_word: float = 0.055
    """How much higher the AU stands for each word of its name."""

    longest_block: int = 9
    """Rows of one block at most; all 17 AUs stand in two blocks side by side."""


SHEET = SheetSettings()


@dataclass(frozen=True)
class Row:
    """One AU of a sheet.

    Attributes:
        unit: the AU.
        lines: one picture (s, s, 3) for each of INTENSITIES: the results and, with masks, attention
            and colour.
    """

    unit: ActionUnit
    lines: tuple[tuple[Photo, ...], ...]


def parse_aus(text: str | None) -> list[ActionUnit]:
    """Read AU numbers as people write them.

    Args:
        text: `1,2,12` or `AU1 AU2 AU12`; None means all 17.

    Raises:
        UsageError: the text is anything else.
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

    Args:
        animator: the face.
        units: which AUs, a row each.
        masks: whether rows have the masks, too.

    Returns:
        An iterator of rows, as each takes a while.
    """
    source = animator.portrait.aus
    for unit in units:
        drawn = []
        for intensity in INTENSITIES:
            target = source.copy()
            target[ROW_OF[unit.number]] = intensity
            drawn.append(animator.masks(target))
        results = tuple(mask.result for mask in drawn)
        attention = tuple(_to_grey(mask.attention) for mask in drawn)
        colour = tuple(mask.colour for mask in drawn)
        yield Row(unit, (results, attention, colour) if masks else (results,))


def lay_out(rows: Sequence[Row], crop: Photo, title: str, settings: SheetSettings = SHEET) -> Photo:
    """Lay out a sheet: the photo's crop at the top left, and the rows below it.

    Args:
        rows: one or more, all with as many lines.
        crop: (s, s, 3), as large as the rows' pictures.
        title: what stands beside the crop.
        settings: how the sheet is laid out.

    Returns:
        (H, W, 3).
    """
    cell = crop.shape[0]
    blocks = _split_rows(rows, settings.longest_block)
    gap, margin = round(settings.gap * cell), round(settings.margin * cell)
    labels, scale = round(settings.labels * cell), round(settings.scale * cell)
    masks = len(rows[0].lines) > 1
    row_height = len(rows[0].lines) * (cell + gap) + (margin // 2 if masks else 0)
    block_width = labels + len(INTENSITIES) * (cell + gap)
    top = margin + cell + margin
    size = (
        margin + len(blocks) * (block_width + margin),
        top + scale + len(blocks[0]) * row_height + margin,
    )
    sheet = Image.new("RGB", size, PAPER)
    sheet.paste(Image.fromarray(crop), (margin, margin))
    explanation = EXPLANATION + (EXPLANATION_OF_MASKS if masks else ())
    _draw_heading(sheet, (2 * margin + cell, margin), cell, title, explanation, settings)
    for number, block in enumerate(blocks):
        left = margin + number * (block_width + margin)
        _draw_scale(sheet, (left + labels, top), cell, settings)
        for place, row in enumerate(block):
            corner = (left, top + scale + place * row_height)
            _draw_row(sheet, row, corner, cell, settings)
    return np.asarray(sheet)


def _to_grey(attention: Map) -> Photo:
    """(s, s) in [0, 1] to a picture: white keeps the photo, dark is painted, as in the paper."""
    levels = np.rint(attention * 255).astype(np.uint8)
    return np.repeat(levels[:, :, None], 3, axis=2)


def _split_rows(rows: Sequence[Row], longest: int) -> list[Sequence[Row]]:
    if len(rows) <= longest:
        return [rows]
    half = -(-len(rows) // 2)
    return [rows[:half], rows[half:]]


def _draw_heading(
    sheet: Image.Image,
    corner: tuple[int, int],
    cell: int,
    title: str,
    explanation: Sequence[str],
    settings: SheetSettings,
) -> None:
    draw = ImageDraw.Draw(sheet)
    large, small = (
        ImageFont.load_default(size * cell) for size in (settings.title, settings.small)
    )
    x, y = corner
    draw.text((x, y), title, INK, large)
    for number, line in enumerate(explanation):
        down = settings.first_line + settings.line * number
        draw.text((x, y + down * cell), line, FAINT, small)


def _draw_scale(
    sheet: Image.Image, corner: tuple[int, int], cell: int, settings: SheetSettings
) -> None:
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(settings.large * cell)
    left, top = corner
    for column, intensity in enumerate(INTENSITIES):
        x = left + column * (cell + round(settings.gap * cell)) + cell / 2
        middle = (x, top + settings.scale * cell / 2)
        draw.text(middle, f"{intensity:g}", INK, font, anchor="mm")


def _draw_row(
    sheet: Image.Image, row: Row, corner: tuple[int, int], cell: int, settings: SheetSettings
) -> None:
    draw = ImageDraw.Draw(sheet)
    left, top = corner
    gap, labels = round(settings.gap * cell), round(settings.labels * cell)
    for line, pictures in enumerate(row.lines):
        y = top + line * (cell + gap)
        for column, picture in enumerate(pictures):
            x = left + labels + column * (cell + gap)
            sheet.paste(Image.fromarray(picture), (x, y))
            draw.rectangle((x, y, x + cell - 1, y + cell - 1), outline=BORDER)
        if line == 0:
            _draw_unit(draw, row.unit, (left, y + cell / 2), cell, settings)
        else:
            small = ImageFont.load_default(settings.small * cell)
            mask = ("attention", "colour")[line - 1]
            draw.text((left, y + cell / 2), mask, FAINT, small, anchor="lm")


def _draw_unit(
    draw: ImageDraw.ImageDraw,
    unit: ActionUnit,
    middle: tuple[float, float],
    cell: int,
    settings: SheetSettings,
) -> None:
    """Write an AU and under it its name, a word a line."""
    large, small = (
        ImageFont.load_default(size * cell) for size in (settings.large, settings.small)
    )
    words = unit.name.split()
    x = middle[0]
    y = middle[1] - (settings.rise + settings.rise_of_word * len(words)) * cell
    draw.text((x, y), f"AU{unit.number}", INK, large, anchor="lm")
    for number, word in enumerate(words):
        down = settings.first_word + settings.word * number
        draw.text((x, y + down * cell), word, FAINT, small, anchor="lm")
