"""Self-reenactment: made frames against the true ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ganimate.errors import FaceError, UsageError
from ganimate.evaluation.reenactment import (
    find_run_clips,
    read_clip_frames,
    repeat_first,
    score_reenactments,
)
from ganimate.media.photo import read_photo
from ganimate.training.data.clips import ClipSet


def test_scores_are_those_of_the_paper(astronaut: Path) -> None:
    """A face that slides 8 of 256 pixels a frame, made well, not at all, and as nothing."""
    photo = read_photo(astronaut)[:256, 96:352]
    slides = np.stack([np.roll(photo, 8 * step, axis=1) for step in range(3)])
    still = np.stack([photo, photo])
    clips = ClipSet(
        256, ("slides", "still"), (torch.from_numpy(slides), torch.from_numpy(still)), frozenset()
    )

    def refuse_still(frames):  # type: ignore[no-untyped-def]
        if np.array_equal(frames[0], frames[-1]):
            raise FaceError("no")
        return frames

    count, scores = score_reenactments(
        read_clip_frames(clips, [0, 1], most=3),
        {
            "true": refuse_still,
            "still": repeat_first,
            "black": lambda frames: [np.zeros_like(frame) for frame in frames],
        },
    )
    assert count == 1  # the other one is left out for all
    assert (scores["true"].frames, scores["true"].l1, scores["true"].akd) == (2, 0, 0)
    assert scores["true"].missing == 0
    l1 = np.mean([np.abs(photo.astype(float) - slide).mean() / 255 for slide in slides[1:]])
    assert scores["still"].l1 == pytest.approx(l1)
    assert scores["still"].akd == pytest.approx((8 + 16) / 2, abs=1)
    assert scores["still"].frame_milliseconds == 0
    assert (scores["black"].missing, scores["black"].akd) == (1, 0)


def test_a_run_without_clips_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give `data`"):
        find_run_clips(tmp_path / "generator.safetensors")
