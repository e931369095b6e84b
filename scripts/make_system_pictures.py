"""Make a sheet of docs/three-systems.md: make_system_pictures.py NAME.jpg WORD=MODEL ... .

A row is a photo under examples/ and one model, a name or file: the photo, and what the model makes
of it for angry, happy, sad and surprise. The word before each model stands below the photo:

    make_system_pictures.py all.jpg StarGAN=star.safetensors paper=paper.safetensors motion=motion
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import ganimate
from ganimate.arrays import Photo
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.networks.stargan import Framing
from ganimate.portrait import Portrait
from ganimate.rendering.emotion_animator import frame_crop

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "three-systems"
PHOTOS = ("astronaut.jpg", "grace_hopper.jpg")
EMOTIONS = ("angry", "happy", "sad", "surprise")
SIDE, LABEL, GAP = 180, 20, 4  # px of a frame, of the strip under it, between frames
CUT = Framing(scale=1.35, y=-0.03)
QUALITY = 85  # of the JPEG


def cut_face(frame: Photo, portrait: Portrait) -> Photo:
    """The face of a frame with some of its surroundings, (SIDE, SIDE, 3)."""
    to_crop = frame_crop(fit_crop(portrait.face.landmarks, SIDE), CUT, SIDE)
    return sample_crop(frame, to_crop, SIDE)


def label_frame(frame: Photo, text: str) -> Photo:
    """A frame with a word under it."""
    tile = Image.new("RGB", (SIDE, SIDE + LABEL), "white")
    tile.paste(Image.fromarray(frame))
    font = ImageFont.load_default(13)
    ImageDraw.Draw(tile).text((SIDE / 2, SIDE + LABEL / 2), text, "black", font, anchor="mm")
    return np.asarray(tile)


def draw_row(photo: Path, name: str, model: str) -> Photo:
    """The photo, and what a model makes of it for each emotion."""
    loaded = ganimate.load(photo, model=model)
    portrait = loaded.portraits[0]
    tiles = [label_frame(cut_face(loaded.photo, portrait), name)]
    for emotion in EMOTIONS:
        (frame,) = loaded.animate(emotion, frames=1)
        tiles.append(label_frame(cut_face(frame, portrait), emotion))
    gap = np.full((SIDE + LABEL, GAP, 3), 255, np.uint8)
    return np.hstack([part for tile in tiles for part in (tile, gap)][:-1])


def main() -> None:
    """Draw a row for each photo and model."""
    name, *models = sys.argv[1:]
    FOLDER.mkdir(exist_ok=True)
    pairs = [model.split("=", 1) for model in models]
    rows = [
        draw_row(ROOT / "examples" / photo, word, model)
        for photo in PHOTOS
        for word, model in pairs
    ]
    Image.fromarray(np.vstack(rows)).save(FOLDER / name, quality=QUALITY)
    print(FOLDER / name, (FOLDER / name).stat().st_size)


if __name__ == "__main__":
    main()
