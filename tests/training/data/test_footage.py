"""Frames that are taken of videos, and videos prepared beside photos."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from labelled_sets import (
    LABELLED_OPTIONS,
)

from ganimate.errors import DataError
from ganimate.training.data.dataset import load_faces
from ganimate.training.data.footage import select_frames
from ganimate.training.data.prepare import prepare, read_report


def test_frames_that_differ(videos: Path) -> None:
    found = list(select_frames(videos / "moving.mp4"))
    numbers = [number for number, _ in found]
    assert numbers[0] == 0
    assert 10 <= len(numbers) <= 20
    assert numbers == sorted(set(numbers))
    for (_, one), (_, other) in pairwise(found):
        assert one.shape == (256, 256, 3)
        assert np.abs(one.astype(int) - other).mean() > 1


@pytest.mark.parametrize(
    ("name", "said"), [("still.mp4", "all the same"), ("broken.mp4", "broken"), ("text.avi", "bro")]
)
def test_videos_that_teach_nothing(videos: Path, name: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        next(select_frames(videos / name))


def test_videos_are_prepared_beside_photos(videos: Path, tmp_path: Path, prepared: Path) -> None:
    assert list(prepare(videos, tmp_path, LABELLED_OPTIONS, workers=1)) == [0, 1, 5]
    report, faces = read_report(tmp_path), load_faces([tmp_path])
    assert report.dropped["broken video"] == 2
    assert report.examples["video whose frames are all the same"] == ["still.mp4"]
    assert faces.names[:2] == ("b.jpg", "moving.mp4/00000")
    assert len(faces) >= 10
    assert faces.labels is None
    assert list(prepare(videos, tmp_path, LABELLED_OPTIONS, workers=1)) == [5]
    two = load_faces([tmp_path, prepared])
    assert two.labels is not None
    assert np.isnan(two.labels[:-2]).all()
    assert not np.isnan(two.labels[-2:]).any()
    assert two.held_out == {"imgs/b.jpg"}
