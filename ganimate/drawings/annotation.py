"""What the program sees in a photo, drawn on it: boxes, landmarks, and a bar for each AU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ganimate.action_units import ACTION_UNITS
from ganimate.arrays import AUVector, Photo, Points
from ganimate.drawings.palette import FAINT, INK, PAPER, TROUGH, Colour, choose_colour
from ganimate.face.landmarks import N_MESH, OPENINGS, OVAL, Face, Opening
from ganimate.numerics import FIXED_POINT_BITS, to_fixed_point
from ganimate.portrait import Portrait


@dataclass(frozen=True)
class MarkSettings:
    """How faces are marked in a photo; all by eye."""

    line: float = 1 / 220
    """Breadth of the outlines of face, lids and lips, widths of the face's box; 1 px at least."""

    dot: float = 1 / 300
    """Radius of a landmark, widths of the face's box."""

    least_dotted: float = 120.0
    """Pixels of the narrowest box with landmarks, which would hide a smaller face; larger leaves
    them out of more."""


@dataclass(frozen=True)
class CardSettings:
    """How numbers and cards are laid out; all by eye, so that all can be read beside the photo.

    Lengths and type are in units: a pixel of a photo whose longer side has `units_a_photo`.
    """

    units_a_photo: float = 1000.0
    """Units of the photo's longer side; larger makes cards smaller beside it."""

    least_unit: float = 0.8
    """Pixels of a unit at least; smaller makes words of tiny photos that cannot be read."""

    width: int = 340
    """Width of a card."""

    head: int = 38
    """Height of a card's head."""

    row: int = 19
    """Height of an action unit's row."""

    pad: int = 16
    """Blank at the left, the right and the bottom of a card."""

    name: int = 42
    """From a row's number to its name."""

    bar_left: int = 186
    """From a card's left to its bars."""

    bar_right: int = 290
    """From a card's left to the right end of its bars."""

    bar_inset: int = 3
    """Blank above a row's bars and below them."""

    bar_gap: int = 1
    """Between the bars of two sides."""

    box: float = 2.0
    """Breadth of the line around a face; a pixel at least."""

    tag: int = 24
    """Height of the tag with a face's number."""

    tag_pad: int = 12
    """Blank of a tag beside the number, both sides together."""

    large: float = 18.0
    """Type of a face's number."""

    small: float = 12.0
    """Type of a face's size."""

    row_type: float = 12.5
    """Type of the rows."""


MARKS = MarkSettings()
CARD = CardSettings()


def annotate(photo: Photo, portraits: Sequence[Portrait]) -> Photo:
    """Mark the faces of a photo, and draw beside it a card of AU bars for each of them.

    Args:
        photo: (H, W, 3).
        portraits: the faces, which are numbered in this order.

    Returns:
        A picture (H', W', 3) wider than the photo, and at least as high as a card.
    """
    unit = max(CARD.least_unit, max(photo.shape[:2]) / CARD.units_a_photo)
    marked = photo.copy()
    for index, portrait in enumerate(portraits):
        _draw_landmarks(marked, portrait.face, choose_colour(index))
    canvas = Image.fromarray(marked)
    for index, portrait in enumerate(portraits):
        _draw_box(canvas, portrait.face, index, unit)
    cards = [_draw_card(index, portrait, unit) for index, portrait in enumerate(portraits)]
    return np.asarray(_join_cards(canvas, cards))


def _draw_landmarks(photo: Photo, face: Face, colour: Colour) -> None:
    """Draw the mesh's points and the outlines of face, lids and lips, into the photo."""
    points = face.landmarks[:N_MESH, :2]
    thick = max(1, round(face.box.width * MARKS.line))
    for outline in (OVAL, *(_list_outline(opening) for opening in OPENINGS)):
        _draw_line(photo, points[outline], colour, thick)
    if face.box.width < MARKS.least_dotted:
        return
    radius = round(face.box.width * MARKS.dot * (1 << FIXED_POINT_BITS))
    for x, y in to_fixed_point(points).tolist():
        white, filled = (255, 255, 255), -1
        cv2.circle(photo, (x, y), radius, white, filled, cv2.LINE_AA, shift=FIXED_POINT_BITS)


def _list_outline(opening: Opening) -> NDArray[np.int64]:
    """The edge of an opening, once round."""
    start, end = opening.corners
    return np.array([start, *opening.upper[0], end, *opening.lower[0][::-1]])


def _draw_line(photo: Photo, points: Points, colour: Colour, thick: int) -> None:
    corners = to_fixed_point(points)[:, None]
    cv2.polylines(photo, [corners], True, colour, thick, cv2.LINE_AA, shift=FIXED_POINT_BITS)


def _draw_box(canvas: Image.Image, face: Face, index: int, unit: float) -> None:
    """Draw a face's box, and its number on a tag that stays inside the photo."""
    draw = ImageDraw.Draw(canvas)
    colour = choose_colour(index)
    left, top = face.box.left, face.box.top
    right, bottom = left + face.box.width, top + face.box.height
    thick = max(1, round(CARD.box * unit))
    draw.rectangle((left, top, right, bottom), outline=colour, width=thick)
    font = ImageFont.load_default(CARD.large * unit)
    tag_width = draw.textlength(str(index), font) + CARD.tag_pad * unit
    tag_height = CARD.tag * unit
    x = min(max(0, left), canvas.width - tag_width)
    y = min(max(0, top - tag_height), canvas.height - tag_height)
    draw.rectangle((x, y, x + tag_width, y + tag_height), fill=colour)
    middle = (x + tag_width / 2, y + tag_height / 2)
    draw.text(middle, str(index), fill="white", font=font, anchor="mm")


def _draw_card(index: int, portrait: Portrait, unit: float) -> Image.Image:
    """Draw one face's AUs: a bar each, or two thin ones, the person's left over the right."""
    height = CARD.head + CARD.row * len(ACTION_UNITS) + CARD.pad
    card = Image.new("RGB", (round(CARD.width * unit), round(height * unit)), PAPER)
    draw = ImageDraw.Draw(card)
    colour = choose_colour(index)
    left, right = CARD.pad * unit, (CARD.width - CARD.pad) * unit
    middle = CARD.head / 2 * unit
    large, small = (ImageFont.load_default(size * unit) for size in (CARD.large, CARD.small))
    size = f"{portrait.face.box.width:.0f} x {portrait.face.box.height:.0f} px"
    draw.text((left, middle), f"face {index}", colour, large, anchor="lm")
    draw.text((right, middle), size, FAINT, small, anchor="rm")
    _draw_bars(draw, portrait.aus, colour, unit)
    return card


def _draw_bars(draw: ImageDraw.ImageDraw, aus: AUVector, colour: Colour, unit: float) -> None:
    words = ImageFont.load_default(CARD.row_type * unit)
    for row, (au, sides) in enumerate(zip(ACTION_UNITS, aus.tolist(), strict=True)):
        top = CARD.head + CARD.row * row
        middle = (top + CARD.row / 2) * unit
        draw.text((CARD.pad * unit, middle), f"AU{au.number}", INK, words, anchor="lm")
        draw.text(((CARD.pad + CARD.name) * unit, middle), au.name, FAINT, words, anchor="lm")
        shown = sides if au.sided else sides[:1]
        thickness = (CARD.row - 2 * CARD.bar_inset) / len(shown)
        gap = CARD.bar_gap if len(shown) > 1 else 0
        for place, intensity in enumerate(shown):
            y = top + CARD.bar_inset + place * thickness
            end = CARD.bar_left + (CARD.bar_right - CARD.bar_left) * intensity
            for x, fill in ((CARD.bar_right, TROUGH), (end, colour)):
                box = (CARD.bar_left * unit, y * unit, x * unit, (y + thickness - gap) * unit)
                draw.rectangle(box, fill=fill)
        strongest = f"{max(sides):.2f}"
        draw.text(((CARD.width - CARD.pad) * unit, middle), strongest, INK, words, anchor="rm")


def _join_cards(photo: Image.Image, cards: Sequence[Image.Image]) -> Image.Image:
    """Put cards in columns to the right of a photo, as many in a column as fit its height."""
    if not cards:
        return photo
    width, height = cards[0].size
    in_column = max(1, photo.height // height)
    columns = -(-len(cards) // in_column)
    size = (photo.width + columns * width, max(photo.height, min(in_column, len(cards)) * height))
    sheet = Image.new("RGB", size, PAPER)
    sheet.paste(photo, (0, 0))
    for index, card in enumerate(cards):
        column, row = divmod(index, in_column)
        sheet.paste(card, (photo.width + column * width, row * height))
    return sheet
