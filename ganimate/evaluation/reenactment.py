"""How well a model moves faces as videos do: a clip's first frame, moved as its others are.

Self-reenactment, as the first-order paper measures it (Siarohin et al., NeurIPS 2019, section 4):
the driver is the same person, so that each made frame has a true one to be held against. Any model
that `ganimate drive` takes is measured so, through the same functions that render. Motion counts
from the first frame. Identity, which the paper measures by a network of its own, is judged outside
the program, by tests/bench_first_order.py.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ganimate.arrays import Floats, Photo
from ganimate.clip import load
from ganimate.errors import DataError, FaceError, UsageError, VideoError
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import N_MESH, Face
from ganimate.training.data.clips import CLIPS_SUMMARY, ClipSet

CLIP_FPS = 5.0
"""Frames a second that prepared clips count as: they are looked at so, and some are left out."""

PAPER_SIZE = 256
"""Side of the frames, pixels, in which the paper gives distances of keypoints."""

MOST_FRAMES = 24
"""Frames of a clip that are measured, its first ones: more take longer and say little more."""

BESIDE, STILL = "motion", "still"
"""The model that others stand beside, and what is no model."""

Reenact: TypeAlias = Callable[[Sequence[Photo]], Sequence[Photo]]
"""Frames of a clip -> as many that are made from the first one alone."""


@dataclass(frozen=True)
class ReenactmentScores:
    """How like the true frames the made ones are; the first frame of each clip is left out.

    Attributes:
        frames: made.
        l1: mean absolute difference of pixels, of [0, 1].
        akd: average keypoint distance, of 468 landmarks, pixels of frames of 256.
        missing: share of the frames in whose true ones a face is found, and in them none.
        frame_milliseconds: to watch and draw a frame; 0 where nothing is drawn.
    """

    frames: int
    l1: float
    akd: float
    missing: float
    frame_milliseconds: float


@dataclass(frozen=True)
class ReenactmentEvaluation:
    """A model's reenactment, beside that of another and beside no motion at all.

    Attributes:
        model: its name or file.
        clips: that every one of them was measured on.
        own: of the model.
        beside: of the other models, by name; "still" is the first frame, repeated.
    """

    model: str
    clips: int
    own: ReenactmentScores
    beside: dict[str, ReenactmentScores]


@dataclass
class _Sums:
    """What is summed over the frames of a model."""

    absolute: float = 0.0
    frames: int = 0
    distances: list[float] = field(default_factory=list)
    faces: int = 0
    seconds: float = 0.0

    def add(self, made: Photo, true: Photo, found: Face | None, wanted: Face | None) -> None:
        """Hold a made frame against the true one, and the faces found in both."""
        self.frames += 1
        self.absolute += float(np.abs(made.astype(np.float32) - true).mean()) / 255
        if wanted is None:
            return
        self.faces += 1
        if found is not None:
            away: Floats = found.landmarks[:N_MESH, :2] - wanted.landmarks[:N_MESH, :2]
            pixels = float(np.linalg.norm(away, axis=1).mean())
            self.distances.append(pixels * PAPER_SIZE / len(true))

    def score(self) -> ReenactmentScores:
        return ReenactmentScores(
            frames=self.frames,
            l1=self.absolute / max(1, self.frames),
            akd=float(np.mean(self.distances)) if self.distances else 0.0,
            missing=1 - len(self.distances) / max(1, self.faces),
            frame_milliseconds=1000 * self.seconds / max(1, self.frames),
        )


def find_run_clips(weights: Path) -> Sequence[Path]:
    """Find the sets of clips that a run prepared for itself, beside its weights.

    Raises:
        UsageError: there are none.
    """
    folder = weights.parent / "data"
    found = sorted(path.parent for path in folder.glob(f"*/{CLIPS_SUMMARY}"))
    if not found:
        raise UsageError(f"{folder} holds no clips that a run prepared: give `data`, videos")
    return found


def evaluate_reenactment(
    clips: ClipSet, indices: Iterable[int], model: str, device: str
) -> ReenactmentEvaluation:
    """Measure a model on clips, with `motion` beside it and no motion at all.

    Args:
        clips: a prepared set.
        indices: of clips that the model was never trained on.
        model: its name or file.
        device: where it runs.

    Raises:
        DataError: no clip has a face that all of them can animate.
    """
    models = {
        model: open_reenactment(model, device),
        BESIDE: open_reenactment(BESIDE, device),
        STILL: repeat_first,
    }
    count, scores = score_reenactments(read_clip_frames(clips, indices), models)
    if not count:
        raise DataError("no clip to measure on shows a face that can be animated: give others")
    return ReenactmentEvaluation(model, count, scores.pop(model), scores)


def open_reenactment(model: str | os.PathLike[str], device: str) -> Reenact:
    """Open a model to reenact clips with: what `ganimate drive` draws, the head turning, too.

    Args:
        model: a shipped model's name, or a weights file.
        device: "auto", "cpu", "cuda" or "mps".
    """

    def reenact(frames: Sequence[Photo]) -> Sequence[Photo]:
        loaded = load(frames[0], model=model, device=device)
        return list(loaded.drive(frames, CLIP_FPS, neutral=0.0, head=True))

    return reenact


def repeat_first(frames: Sequence[Photo]) -> Sequence[Photo]:
    """Make no motion: the first frame, as often as there are frames."""
    return [frames[0]] * len(frames)


def read_clip_frames(
    clips: ClipSet, indices: Iterable[int], most: int = MOST_FRAMES
) -> Iterator[list[Photo]]:
    """Read clips of a prepared set.

    Args:
        clips: the set.
        indices: of the clips.
        most: frames of each at most, its first ones.

    Yields:
        The frames of a clip.
    """
    for index in indices:
        count = min(most, len(clips.clips[index]))
        yield [clips.read_frame(index, frame) for frame in range(count)]


def score_reenactments(
    clips: Iterator[list[Photo]], models: dict[str, Reenact]
) -> tuple[int, dict[str, ReenactmentScores]]:
    """Measure models on clips that each of them can follow.

    Args:
        clips: frames of each, two or more.
        models: by name.

    Returns:
        How many clips were measured, and each model's scores. Those of which a model finds no face
        that it can animate are left out for all.
    """
    sums = {name: _Sums() for name in models}
    measured = 0
    with open_finder() as find:
        for frames in clips:
            made: dict[str, Sequence[Photo]] = {}
            took: dict[str, float] = {}
            try:
                for name, reenact in models.items():
                    began = time.monotonic()
                    made[name] = reenact(frames)
                    took[name] = time.monotonic() - began
            except (FaceError, VideoError):
                continue
            measured += 1
            for number in range(1, len(frames)):
                wanted = _find_face(find, frames[number])
                for name, pictures in made.items():
                    found = _find_face(find, pictures[number])
                    sums[name].add(pictures[number], frames[number], found, wanted)
            for name, seconds in took.items():
                sums[name].seconds += seconds if models[name] is not repeat_first else 0.0
    return measured, {name: one.score() for name, one in sums.items()}


def _find_face(find: Callable[..., list[Face]], picture: Photo) -> Face | None:
    """The largest face of a picture; None where there is none."""
    found = find(picture, False)
    return found[0] if found else None
