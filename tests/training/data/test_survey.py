"""What a survey says of a set."""

from __future__ import annotations

from pathlib import Path

import pytest
from labelled_sets import (
    LABELLED_OPTIONS,
    surveyed,
)

from ganimate.errors import DataError
from ganimate.training.data.prepare import prepare


def test_a_survey_of_a_labelled_set(labelled: Path) -> None:
    found = surveyed(labelled)
    assert (found.kind, found.photos, found.labelled, found.held_out) == ("pickle", 2, 3, 1)
    assert found.sizes == {"400 x 400": 2}
    assert found.problems == {
        "photo without a label": ["imgs/d.jpg"],
        "unreadable": ["imgs/c.jpg"],
    }
    assert found.labels["AU1"] == [2, *[0] * 8, 1]
    assert found.labels["AU45"] == [1, *[0] * 8, 2]
    assert found.measured == {}


def test_a_survey_of_videos(videos: Path) -> None:
    found = surveyed(videos)
    assert (found.photos, found.videos, found.labelled) == (1, 1, 0)
    assert sorted(map(len, found.problems.values())) == [1, 2]


def test_a_survey_of_a_prepared_set(prepared: Path, tmp_path: Path) -> None:
    found = surveyed(prepared)
    assert (found.kind, found.photos, found.labelled, found.held_out) == ("prepared", 2, 2, 1)
    assert found.sizes == {"64 x 64": 2}
    assert sum(found.measured["AU12"]) == sum(found.labels["AU12"]) == 2
    with pytest.raises(DataError, match="is prepared"):
        next(prepare(prepared, tmp_path, LABELLED_OPTIONS))
