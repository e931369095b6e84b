"""Make the pictures of docs/tuning.md: python scripts/make_tuning_pictures.py [FOLDER [NAME ...]].

Each picture is one frame of a photo under examples/, drawn with one setting at different values.
Nothing else differs: every frame is driven by the intensities that it asks for, not calibrated,
which would make up for some settings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from ganimate.action_units import ROW_OF
from ganimate.appearance.creases import shade_creases
from ganimate.appearance.filling import fill_unknown
from ganimate.appearance.lashes import draw_lashes
from ganimate.appearance.light import compute_light
from ganimate.appearance.light_settings import MOUTH_LIGHT
from ganimate.appearance.lip_line import draw_lip_line
from ganimate.appearance.mouth_shade import shade_mouth
from ganimate.appearance.settings import (
    CREASES,
    INNER_MOUTH,
    LASHES,
    LIP_LINE,
    MOUTH_SHADE,
)
from ganimate.appearance.teeth import shape_mouth
from ganimate.arrays import AUVector, Photo
from ganimate.media.photo import read_photo
from ganimate.networks.generators import load_generator
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.drawn_out_skin import smooth_lid, smooth_lips
from ganimate.rendering.frame import prepare_face
from ganimate.rendering.settings import DRAWN_OUT_LIPS, FRAME, LIDS
from ganimate.rendering.warp_animator import WarpAnimator
from ganimate.warp.displacement import move_landmarks
from ganimate.warp.field import build_warp
from ganimate.warp.settings import DISPLACEMENT, WARP
from ganimate.weights import DEFAULT_MODEL, find_model, load_face_models

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "tuning"
SIDE, LABEL, GAP = 300, 22, 6  # px of a frame, of the strip under it, between frames
LARGEST = 60_000  # bytes of a picture
QUALITIES = (90, 82, 74, 66)  # of the JPEG, the first that is small enough

Functions = tuple[Callable[..., Any], ...]


@dataclass(frozen=True)
class Example:
    """A setting and a frame that shows what it does.

    Attributes:
        photo: a file under examples/.
        asked: action units by number, on both sides; the others stay as the photo has them.
        around: landmarks of the part of the face that is shown.
        margin: what is shown beyond them, as a share of their extent.
        settings: what the setting is part of, as it is.
        name: of the setting.
        values: that it takes, one a frame.
        users: the functions that take these settings.
    """

    photo: str
    asked: Mapping[int, float]
    around: tuple[int, ...]
    margin: float
    settings: Any
    name: str
    values: tuple[float, ...]
    users: Functions


LIPS, EYES, EYE = (61, 291, 0, 17), (33, 263, 105, 334, 230, 450), (33, 133, 159, 145)
CHEEKS = (50, 280, 6, 17)
LAUGH = {6: 0.8, 12: 1.0, 25: 1.0, 26: 0.6}

EXAMPLES = {
    "rim": Example(
        photo="grace_hopper.jpg",
        asked={25: 0.9, 26: 0.5},
        around=LIPS,
        margin=0.3,
        settings=WARP,
        name="rim",
        values=(0.0, 0.015, 0.045),
        users=(build_warp, fill_unknown),
    ),
    "lip_line": Example(
        photo="collins.png",
        asked={12: 0.0, 25: 0.0, 26: 0.0},
        around=LIPS,
        margin=0.0,
        settings=LIP_LINE,
        name="darkening",
        values=(0.0, 0.54, 0.9),
        users=(draw_lip_line,),
    ),
    "smooth_lids": Example(
        photo="grace_hopper.jpg",
        asked={45: 1.0},
        around=EYE,
        margin=0.3,
        settings=LIDS,
        name="across",
        values=(0.001, 0.15, 0.75),
        users=(smooth_lid,),
    ),
    "smooth_lips": Example(
        photo="collins.png",
        asked={10: 0.0, 12: 0.0, 15: 0.3, 25: 0.0, 26: 0.0},
        around=LIPS,
        margin=0.2,
        settings=DRAWN_OUT_LIPS,
        name="across",
        values=(0.001, 0.06, 0.2),
        users=(smooth_lips,),
    ),
    "lip_growth": Example(
        photo="collins.png",
        asked={10: 0.0, 12: 0.0, 15: 0.4, 25: 0.0, 26: 0.0},
        around=LIPS,
        margin=0.2,
        settings=DISPLACEMENT,
        name="lip_growth",
        values=(0.2, 0.75, 10.0),
        users=(move_landmarks,),
    ),
    "brows": Example(
        photo="collins.png",
        asked={1: 1.0, 2: 1.0, 4: 0.0, 5: 0.5},
        around=EYES,
        margin=0.2,
        settings=DISPLACEMENT,
        name="brow_lift",
        values=(0.05, 0.11, 10.0),
        users=(move_landmarks,),
    ),
    "frown": Example(
        photo="collins.png",
        asked={1: 0.0, 2: 0.0, 4: 1.5},
        around=EYES,
        margin=0.2,
        settings=DISPLACEMENT,
        name="brow_fall_bend",
        values=(1.0, 4.0, 100.0),
        users=(move_landmarks,),
    ),
    "lids": Example(
        photo="grace_hopper.jpg",
        asked={45: 1.0},
        around=EYE,
        margin=0.3,
        settings=FRAME,
        name="finest",
        values=(1.0, 12.0),
        users=(prepare_face,),
    ),
    "lashes": Example(
        photo="collins.png",
        asked={45: 1.0},
        around=EYES,
        margin=0.0,
        settings=LASHES,
        name="width",
        values=(0.002, 0.01, 0.03),
        users=(draw_lashes,),
    ),
    "creases": Example(
        photo="collins.png",
        asked={6: 0.0, 9: 0.0, 10: 0.0, 12: 0.0, 25: 0.0, 26: 0.0},
        around=CHEEKS,
        margin=0.1,
        settings=CREASES,
        name="lightest",
        values=(0.0, 0.05, 0.4),
        users=(shade_creases,),
    ),
    "darkening": Example(
        photo="grace_hopper.jpg",
        asked={1: 1.0, 2: 1.0, 5: 0.6, 25: 0.8, 26: 0.8},
        around=LIPS,
        margin=0.4,
        settings=INNER_MOUTH,
        name="darkening",
        values=(0.0, 4.5, 12.0),
        users=(shape_mouth,),
    ),
    "light": Example(
        photo="grace_hopper.jpg",
        asked=LAUGH,
        around=LIPS,
        margin=0.2,
        settings=MOUTH_LIGHT,
        name="drawn_teeth",
        values=((50.0, 0.4, 6.6), MOUTH_LIGHT.drawn_teeth, (80.0, 0.4, 6.6)),
        users=(compute_light,),
    ),
    "jaw": Example(
        photo="grace_hopper.jpg",
        asked=LAUGH,
        around=LIPS,
        margin=0.2,
        settings=INNER_MOUTH,
        name="jaw_follows",
        values=(0.3, 0.85, 1.4),
        users=(shape_mouth,),
    ),
    "shade": Example(
        photo="collins.png",
        asked={12: 1.0, 25: 1.0, 26: 1.0},
        around=LIPS,
        margin=0.2,
        settings=MOUTH_SHADE,
        name="smoothness",
        values=(0.5, 5.0, 30.0),
        users=(shade_mouth,),
    ),
}
"""Name of a picture -> what it shows."""


def main() -> None:
    """Make all pictures, or those that are named."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or EXAMPLES:
        save(make_picture(EXAMPLES[name]), folder / f"{name}.jpg")


def make_picture(example: Example) -> Image.Image:
    """Draw the frames of an example side by side, each over its value."""
    models, generator = load_face_models(), load_generator(find_model(DEFAULT_MODEL))
    (portrait,) = find_portraits(read_photo(ROOT / "examples" / example.photo), models)
    current = getattr(example.settings, example.name)
    frames, labels = [], []
    for value in example.values:
        settings = replace(example.settings, **{example.name: value})
        with ExitStack() as stack:
            for user in example.users:
                stack.enter_context(use_settings(user, settings))
            animator = WarpAnimator(portrait, generator, models, torch.device("cpu"))
            frame = draw_frame(animator, next(animator.layers([ask(portrait.aus, example.asked)])))
        frames.append(cut_out(frame, portrait, example))
        first = value[0] if isinstance(value, tuple) else value
        labels.append(f"{example.name} = {first:g}" + " (as it is)" * (value == current))
    return join(frames, labels)


@contextmanager
def use_settings(function: Callable[..., Any], settings: Any) -> Iterator[None]:
    """Let every module that imports a function call it with these settings."""
    changed = partial(function, settings=settings)
    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.startswith("ganimate.") and getattr(module, function.__name__, 0) is function:
                stack.enter_context(mock.patch.object(module, function.__name__, changed))
        yield


def ask(aus: AUVector, asked: Mapping[int, float]) -> AUVector:
    """Copy action units (17, 2) with some of them set on both sides."""
    wanted = aus.copy()
    for number, intensity in asked.items():
        wanted[ROW_OF[number]] = intensity
    return wanted


def cut_out(frame: Photo, portrait: Portrait, example: Example) -> Image.Image:
    """Cut a square around some landmarks out of a frame, and enlarge it."""
    points = portrait.face.landmarks[list(example.around), :2]
    centre, extent = (points.min(axis=0) + points.max(axis=0)) / 2, np.ptp(points, axis=0).max()
    half = extent * (0.5 + example.margin)
    left, top, right, bottom = np.round([*(centre - half), *(centre + half)]).astype(int).tolist()
    part = Image.fromarray(frame).crop((left, top, right, bottom))
    return part.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def join(frames: list[Image.Image], labels: list[str]) -> Image.Image:
    """Put frames in a row, each over its label."""
    picture = Image.new("RGB", (len(frames) * (SIDE + GAP) - GAP, SIDE + LABEL), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    for place, (frame, label) in enumerate(zip(frames, labels, strict=True)):
        left = place * (SIDE + GAP)
        picture.paste(frame, (left, 0))
        draw.text((left + SIDE / 2, SIDE + LABEL / 2), label, "black", font, anchor="mm")
    return picture


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture as the best JPEG that is small enough."""
    for quality in QUALITIES:
        picture.save(path, quality=quality)
        if path.stat().st_size <= LARGEST:
            return
    raise SystemExit(f"{path} has more than {LARGEST} bytes.")


if __name__ == "__main__":
    main()
