"""Make the driven sheet of docs/three-systems.md: make_driven_picture.py NAME.jpg WORD=MODEL ... .

The first row is examples/driver.mp4 at some moments; each other row is a photo under examples/ that
one model, a name or file, drives by it, its head and all. The word before each model stands below.
WORD=MODEL=absolute gives the photo the driver's keypoints as they are:

    make_driven_picture.py faults.jpg relative=first.safetensors absolute=first.safetensors=absolute
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import ganimate
from ganimate.arrays import Photo
from ganimate.face.alignment import sample_crop
from ganimate.face.detection import find_faces
from ganimate.face.square import fit_square
from ganimate.media.video_reader import open_video, read_frames

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "three-systems"
DRIVER = ROOT / "examples" / "driver.mp4"
PHOTOS = ("grace_hopper.jpg", "collins.png")
FPS, COLUMNS = 5.0, 6
SIDE, LABEL = 160, 18  # px of a frame, of the strip under a row
QUALITY = 85  # of the JPEG


def draw_row(frames: list[Photo], still: Photo, name: str) -> Photo:
    """Frames in a row, cut about the face of `still`, and a name under them."""
    to_square = fit_square([find_faces(still)[0].box], SIDE)
    places = np.linspace(0, len(frames) - 1, COLUMNS).round().astype(int)
    row = np.hstack([sample_crop(frames[place], to_square, SIDE) for place in places])
    tile = Image.new("RGB", (row.shape[1], SIDE + LABEL), "white")
    tile.paste(Image.fromarray(row))
    ImageDraw.Draw(tile).text((4, SIDE), name, "black", ImageFont.load_default(13))
    return np.asarray(tile)


def main() -> None:
    """Draw the driver's row, and one for each photo and model."""
    name, *models = sys.argv[1:]
    FOLDER.mkdir(exist_ok=True)
    driver = list(read_frames(open_video(DRIVER), FPS))
    rows = [draw_row(driver, driver[0], "the driver")]
    for photo in PHOTOS:
        for word, model, *absolute in (one.split("=") for one in models):
            loaded = ganimate.load(ROOT / "examples" / photo, model=model)
            neutral = "absolute" if absolute else 0.0
            frames = list(loaded.drive(driver, FPS, neutral=neutral, head=True))
            rows.append(draw_row(frames, loaded.photo, word))
    Image.fromarray(np.vstack(rows)).save(FOLDER / name, quality=QUALITY)
    print(FOLDER / name, (FOLDER / name).stat().st_size)


if __name__ == "__main__":
    main()
