"""Make a sheet of a StarGAN's progress: make_progress_picture.py NAME.jpg RUN STEP ... .

A row is a sheet that `ganimate train --preset stargan` left in RUN after so many steps: some
held-out pictures, and beside each what the generator makes of it for each of its labels. By default
the steps are six, from the first sheet to the last, ever further apart:

    make_progress_picture.py progress.jpg RUN/ 2000 8000 16000 30000
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganimate.arrays import Photo
from ganimate.networks.generators import load_generator
from ganimate.networks.stargan import StarganGenerator

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "three-systems"
PICTURES, ROWS = 3, 6
SIDE, LABEL, GAP = 96, 70, 4  # px of a tile, of the strip left of a row, between pictures
QUALITY = 85  # of the JPEG


def list_steps(run: Path) -> list[int]:
    """Steps of some sheets of a run, from its first one to its last."""
    steps = sorted(int(path.stem.split("-")[1]) for path in run.glob("sheet-*.png"))
    places = np.geomspace(1, len(steps), ROWS).round().astype(int) - 1
    return [steps[place] for place in np.unique(places)]


def draw_row(sheet: Photo, size: int, labels: int, step: int) -> Photo:
    """The first pictures of a sheet, each beside what is made of it, and the step before them."""
    height = len(sheet) // ((1 + labels) * size) * (1 + labels) * size
    tiles = sheet[:height].reshape(height // size, size, -1, size, 3).swapaxes(1, 2)
    row = Image.new("RGB", (LABEL, SIDE), "white")
    font = ImageFont.load_default(13)
    ImageDraw.Draw(row).text((LABEL / 2, SIDE / 2), f"{step:,}", "black", font, anchor="mm")
    parts = [np.asarray(row)]
    for picture in range(PICTURES):
        for tile in tiles[: 1 + labels, picture]:
            parts.append(np.asarray(Image.fromarray(tile).resize((SIDE, SIDE))))
        parts.append(np.full((SIDE, GAP, 3), 255, np.uint8))
    return np.hstack(parts[:-1])


def main() -> None:
    """Draw a row for each step."""
    name, run = sys.argv[1], Path(sys.argv[2])
    generator = load_generator(run / "generator.safetensors")
    assert isinstance(generator, StarganGenerator)
    size, labels = generator.config.size, len(generator.config.labels)
    rows = []
    for step in [int(one) for one in sys.argv[3:]] or list_steps(run):
        with Image.open(run / f"sheet-{step:06d}.png") as sheet:
            rows.append(draw_row(np.asarray(sheet.convert("RGB")), size, labels, step))
    FOLDER.mkdir(exist_ok=True)
    Image.fromarray(np.vstack(rows)).save(FOLDER / name, quality=QUALITY)
    print(FOLDER / name, (FOLDER / name).stat().st_size)


if __name__ == "__main__":
    main()
