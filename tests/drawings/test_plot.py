"""Plotted curves: a lane for all that moves, colours for sides, dots, and no trace elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ganimate.action_units import LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.arrays import Photo
from ganimate.drawings.palette import COLOURS, FAINT, PAPER, TROUGH, Colour
from ganimate.drawings.plot import PLOT, draw_curves
from ganimate.performance.performance import perform
from ganimate.performance.timeline import Mark, Timeline

SOURCE = np.full(SHAPE, 0.2, np.float32)
UP = (Mark(0, None), Mark(1, 0.9), Mark(2, 0.9))
LANE = PLOT.lane + PLOT.gap


def draw(**more: object) -> Photo:
    timeline = Timeline(Path("photo.jpg"), fps=20, duration=2, **more)  # type: ignore[arg-type]
    return draw_curves(timeline, perform(timeline, SOURCE))


def count(picture: Photo, colour: Colour) -> int:
    return int((picture == colour).all(axis=2).sum())


def find_rows(picture: Photo, colour: Colour) -> np.ndarray:
    """The rows that hold a colour."""
    return np.flatnonzero((picture == colour).all(axis=2).any(axis=1))


def test_a_lane_for_each_unit_that_moves_and_for_each_axis() -> None:
    one = draw(cells={(ROW_OF[12], LEFT): UP, (ROW_OF[12], RIGHT): UP})
    assert one.dtype == np.uint8
    assert one.shape == (2 * PLOT.margin + LANE + PLOT.foot, PLOT.width, 3)
    assert (one[0] == PAPER).all()
    more = draw(
        cells={(ROW_OF[number], LEFT): UP for number in (1, 12)},
        head={"yaw": (Mark(0, 0.0), Mark(1, 8.0)), "roll": (Mark(0, 3.0), Mark(1, 3.0))},
    )
    assert more.shape[0] - one.shape[0] == 2 * LANE  # roll does not move
    assert count(more, COLOURS[2]) > 100


def test_sides_have_a_colour_each_where_they_differ() -> None:
    alike = draw(cells={(ROW_OF[12], LEFT): UP, (ROW_OF[12], RIGHT): UP})
    apart = draw(cells={(ROW_OF[12], LEFT): UP})
    for picture, right in ((alike, False), (apart, True)):
        assert count(picture, COLOURS[0]) > 100
        assert (count(picture, COLOURS[1]) > 100) == right


def test_nothing_moves() -> None:
    still = draw(keys=(0.5,))
    assert still.shape[0] == 2 * PLOT.margin + LANE + PLOT.foot
    assert count(still, COLOURS[0]) == count(still, COLOURS[1]) == 0
    assert count(still, TROUGH) > 10_000


def test_dots_are_where_the_file_sets_a_value() -> None:
    def find_paper(marks: tuple[Mark, ...]) -> np.ndarray:
        """The columns with paper within the lane, which has none but in dots."""
        picture = draw(cells={(ROW_OF[26], LEFT): marks, (ROW_OF[26], RIGHT): marks})
        right = PLOT.width - PLOT.margin - PLOT.right
        lane = picture[PLOT.margin + 3 : PLOT.margin + PLOT.lane - 3, PLOT.labels + 3 : right - 3]
        return np.flatnonzero((lane == PAPER).all(axis=2).any(axis=0)) / lane.shape[1]

    ends = (Mark(0.5, 0.1, "linear"), Mark(1.5, 0.9))
    three = (ends[0], Mark(1, 0.5, "linear"), ends[1])
    for marks, times in ((ends, (0.5, 1.5)), (three, (0.5, 1.0, 1.5))):
        found = find_paper(marks)
        away = np.abs(found[:, None] - np.array(times) / 2)
        assert away.min(axis=0).max() < 0.005  # each dot is there
        assert away.min(axis=1).max() < 0.005  # and nothing else


def test_curves_reach_from_the_bottom_to_the_top() -> None:
    rise = (Mark(0, 0.0, "linear"), Mark(1.9, 1.0))
    picture = draw(cells={(ROW_OF[26], LEFT): rise, (ROW_OF[26], RIGHT): rise})
    rows = find_rows(picture, COLOURS[0])
    assert abs(rows.min() - PLOT.margin) <= 5
    assert abs(rows.max() - (PLOT.margin + PLOT.lane)) <= 5


def test_keys_have_a_dotted_line() -> None:
    cells = {(ROW_OF[26], LEFT): UP}
    lane = slice(PLOT.margin + 5, PLOT.margin + PLOT.lane - 5)
    without, with_key = draw(cells=cells)[lane], draw(cells=cells, keys=(0.5,))[lane]
    columns = np.flatnonzero((without != with_key).any(axis=(0, 2)))
    assert 1 <= len(columns) <= 3
    rows = (without != with_key).any(axis=(1, 2)).mean()
    assert 0.2 < rows < 0.8  # dots, and space between them
    assert np.abs(with_key[:, columns].astype(int) - FAINT).min() < 60


@pytest.mark.parametrize("seconds", [0.05, 1, 3600])
def test_short_and_long_clips(seconds: float) -> None:
    timeline = Timeline(
        Path("photo.jpg"), fps=20 if seconds < 100 else 1, duration=seconds,
        cells={(ROW_OF[26], LEFT): (Mark(0, 0.0), Mark(seconds, 1.0))},
    )  # fmt: skip
    picture = draw_curves(timeline, perform(timeline, SOURCE))
    assert picture.shape[1] == PLOT.width
    right = picture[:, -PLOT.margin // 2 :]
    assert (right == PAPER).all()  # no label is cut off


def test_pyplot_and_its_windows_are_left_alone() -> None:
    script = "import sys, ganimate.drawings.plot; print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "False"
