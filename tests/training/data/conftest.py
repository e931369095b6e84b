"""Labelled photos and videos, as they come and prepared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labelled_sets import (
    LABELLED_OPTIONS,
    VALUES,
    write_ids,
    write_pickle,
)
from PIL import Image

from ganimate.media.photo import read_photo
from ganimate.media.video_writer import write_frames
from ganimate.training.data.prepare import prepare


@pytest.fixture
def folder(tmp_path: Path, astronaut: Path, grace_hopper: Path) -> Path:
    """A folder with a.jpg and b.jpg in imgs/, two women of 400 px."""
    folder = tmp_path / "set"
    (folder / "imgs").mkdir(parents=True)
    for name, path in (("a", astronaut), ("b", grace_hopper)):
        small = Image.fromarray(read_photo(path)).resize((400, 400))
        small.save(folder / "imgs" / f"{name}.jpg")
    return folder


@pytest.fixture
def labelled(folder: Path) -> Path:
    """The original layout: b held out, c unreadable, d without a label."""
    (folder / "imgs" / "c.jpg").write_text("no picture")
    (folder / "imgs" / "d.jpg").write_bytes((folder / "imgs" / "a.jpg").read_bytes())
    write_pickle(folder, {"a": VALUES, "b": VALUES[::-1], "c": VALUES})
    write_ids(folder, train="a c", test="b")
    return folder


@pytest.fixture
def prepared(labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, prepared; made once."""
    output = tmp_path_factory.getbasetemp() / "prepared"
    list(prepare(labelled, output, LABELLED_OPTIONS, workers=1))
    return output


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory, astronaut: Path, serious: Any) -> Path:
    """A film of a woman who slides through the picture, a still one, a broken one, a photo."""
    folder = tmp_path_factory.mktemp("videos")
    photo = read_photo(astronaut)[:256, 96:352]  # her face is 92 px wide
    slides = (np.roll(photo, 3 * step, axis=1) for step in range(20))
    write_frames(slides, folder / "moving.mp4", fps=5)
    write_frames((photo for _ in range(15)), folder / "still.mp4", fps=5)
    whole = (folder / "moving.mp4").read_bytes()
    (folder / "broken.mp4").write_bytes(b"\0" * 2000 + whole[2000:4000])
    (folder / "text.avi").write_text("no film")
    Image.fromarray(serious.photo).resize((256, 303)).save(folder / "b.jpg")
    return folder
