"""What the program sees in a photo, drawn on it: boxes, landmarks, and a bar for each AU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ganimate.action_units import ACTION_UNITS
from ganimate.arrays import AUVector, Photo
from ganimate.face.landmarks import N_MESH, OPENINGS, OVAL, Face, Opening
from ganimate.numerics import FIXED_POINT_BITS, to_fixed_point
from ganimate.portrait import Portrait

Colour: TypeAlias = tuple[int, int, int]  # RGB

COLOURS: tuple[Colour, ...] = (  # one a face; bright enough for skin, dark enough for white text
    (14, 132, 196), (214, 92, 20), (24, 148, 92), (176, 64, 152), (150, 118, 16), (96, 96, 208),
)  # fmt: skip
PAPER: Colour = (250, 250, 248)
INK: Colour = (32, 34, 38)
FAINT: Colour = (120, 124, 130)
TROUGH: Colour = (228, 229, 230)  # of an empty bar

# Lengths in units; a unit is a pixel of a photo of UNITS_A_PHOTO pixels
UNITS_A_PHOTO = 1000
SMALLEST_DOTTED = 120  # px; on a narrower face the mesh's points would hide it
SMALLEST_UNIT = 0.8  # px; below, the words of a tiny photo could not be read
CARD_WIDTH, CARD_HEAD, ROW, PAD = 340, 38, 19, 16
BAR_LEFT, BAR_RIGHT = 186, 290


def annotate(photo: Photo, portraits: Sequence[Portrait]) -> Photo:
    """The photo (H, W, 3) with its faces marked, beside it a card of AU bars for each of them.

    Portraits are numbered in their order, which is that of `--face`. The result is wider than the
    photo, and at least as high as a card.
    """
    unit = max(SMALLEST_UNIT, max(photo.shape[:2]) / UNITS_A_PHOTO)
    marked = photo.copy()
    for index, portrait in enumerate(portraits):
        _draw_landmarks(marked, portrait.face, COLOURS[index % len(COLOURS)])
    canvas = Image.fromarray(marked)
    for index, portrait in enumerate(portraits):
        _draw_box(canvas, portrait.face, index, unit)
    cards = [_card(index, portrait, unit) for index, portrait in enumerate(portraits)]
    return np.asarray(_beside(canvas, cards))


def _draw_landmarks(photo: Photo, face: Face, colour: Colour) -> None:
    """Draw the mesh's points and the outlines of face, lids and lips, into the photo."""
    points = face.landmarks[:N_MESH, :2]
    thick = max(1, round(face.box.width / 220))
    for outline in (OVAL, *(_outline(opening) for opening in OPENINGS)):
        _draw_line(photo, points[outline], colour, thick)
    if face.box.width < SMALLEST_DOTTED:
        return
    for x, y in np.round(points * 16).astype(int):
        radius = round(face.box.width / 300 * 16)
        cv2.circle(
            photo,
            (int(x), int(y)),
            radius,
            (255, 255, 255),
            -1,
            cv2.LINE_AA,
            shift=FIXED_POINT_BITS,
        )


def _outline(opening: Opening) -> NDArray[np.int64]:
    """The edge of an opening, once round."""
    start, end = opening.corners
    return np.array([start, *opening.upper[0], end, *opening.lower[0][::-1]])


def _draw_line(photo: Photo, points: NDArray[np.float32], colour: Colour, thick: int) -> None:
    corners = to_fixed_point(points)[:, None]
    cv2.polylines(photo, [corners], True, colour, thick, cv2.LINE_AA, shift=FIXED_POINT_BITS)


def _draw_box(canvas: Image.Image, face: Face, index: int, unit: float) -> None:
    """Draw a face's box, and its number on a tag that stays inside the photo."""
    draw = ImageDraw.Draw(canvas)
    colour = COLOURS[index % len(COLOURS)]
    left, top = face.box.left, face.box.top
    right, bottom = left + face.box.width, top + face.box.height
    draw.rectangle((left, top, right, bottom), outline=colour, width=max(1, round(2 * unit)))
    font = ImageFont.load_default(18 * unit)
    tag_width = draw.textlength(str(index), font) + 12 * unit
    tag_height = 24 * unit
    x = min(max(0, left), canvas.width - tag_width)
    y = min(max(0, top - tag_height), canvas.height - tag_height)
    draw.rectangle((x, y, x + tag_width, y + tag_height), fill=colour)
    middle = (x + tag_width / 2, y + tag_height / 2)
    draw.text(middle, str(index), fill="white", font=font, anchor="mm")


def _card(index: int, portrait: Portrait, unit: float) -> Image.Image:
    """One face's AUs: a bar each, or two thin ones, the person's left over the right."""
    height = CARD_HEAD + ROW * len(ACTION_UNITS) + PAD
    card = Image.new("RGB", (round(CARD_WIDTH * unit), round(height * unit)), PAPER)
    draw = ImageDraw.Draw(card)
    colour = COLOURS[index % len(COLOURS)]
    size = f"{portrait.face.box.width:.0f} x {portrait.face.box.height:.0f} px"
    head = (PAD * unit, CARD_HEAD / 2 * unit)
    draw.text(head, f"face {index}", colour, ImageFont.load_default(18 * unit), anchor="lm")
    right = ((CARD_WIDTH - PAD) * unit, CARD_HEAD / 2 * unit)
    draw.text(right, size, FAINT, ImageFont.load_default(12 * unit), anchor="rm")
    _draw_bars(draw, portrait.aus, colour, unit)
    return card


def _draw_bars(draw: ImageDraw.ImageDraw, aus: AUVector, colour: Colour, unit: float) -> None:
    words = ImageFont.load_default(12.5 * unit)
    for row, (au, sides) in enumerate(zip(ACTION_UNITS, aus.tolist(), strict=True)):
        top = CARD_HEAD + ROW * row
        middle = (top + ROW / 2) * unit
        draw.text((PAD * unit, middle), f"AU{au.number}", INK, words, anchor="lm")
        draw.text(((PAD + 42) * unit, middle), au.name, FAINT, words, anchor="lm")
        shown = sides if au.sided else sides[:1]
        thickness = (ROW - 6) / len(shown)
        for place, intensity in enumerate(shown):
            y = top + 3 + place * thickness
            end = BAR_LEFT + (BAR_RIGHT - BAR_LEFT) * intensity
            gap = 1 if len(shown) > 1 else 0
            spans = ((BAR_RIGHT, TROUGH), (end, colour))
            for x, fill in spans:
                box = (BAR_LEFT * unit, y * unit, x * unit, (y + thickness - gap) * unit)
                draw.rectangle(box, fill=fill)
        strongest = f"{max(sides):.2f}"
        draw.text(((CARD_WIDTH - PAD) * unit, middle), strongest, INK, words, anchor="rm")


def _beside(photo: Image.Image, cards: Sequence[Image.Image]) -> Image.Image:
    """Cards in columns to the right of a photo, as many in a column as fit its height."""
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
