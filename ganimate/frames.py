"""A clip: frames that are drawn as they are asked for, and as often as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import AUVector, Photo, Series
from ganimate.errors import UsageError
from ganimate.media.encoders import Sound
from ganimate.media.provenance import UNKNOWN, Provenance
from ganimate.media.video_reader import VideoSource
from ganimate.media.video_writer import WrittenClip, select_sound, write_frames
from ganimate.performance.expressions import name_aus
from ganimate.performance.neutral import Neutral
from ganimate.performance.performance import Performance
from ganimate.performance.timeline import DEFAULT_FPS, Timeline
from ganimate.pixels import describe_type, read_number
from ganimate.portrait import Portrait
from ganimate.rendering.animator import Animator, draw_frames
from ganimate.rendering.calibration import STRETCH, Correction, fit_correction
from ganimate.rendering.layer import Layer


@dataclass(frozen=True)
class Course:
    """Where a face starts and ends.

    Attributes:
        portrait: the face.
        source: (17, 2) in [0, 1], the action units that it starts from.
        target: (17, 2) in [0, 1], the action units that it ends with.
    """

    portrait: Portrait
    source: AUVector
    target: AUVector

    def list_facts(self) -> dict[str, Any]:
        """List both ends for programs: each side's intensity of each action unit."""
        return {"source": name_aus(self.source), "target": name_aus(self.target)}


@dataclass(frozen=True, kw_only=True)
class EmotionCourse:
    """Where a face starts and ends that is painted with labels.

    Attributes:
        portrait: the face.
        labels: names of the generator's k labels.
        source: (k,) in [0, 1], the condition that it starts from.
        target: (k,) in [0, 1], the condition that it ends with.
        from_photo: whether the first frame is the photo itself.
        to_photo: whether the last frame is the photo itself.
    """

    portrait: Portrait
    labels: Sequence[str]
    source: Series
    target: Series
    from_photo: bool
    to_photo: bool

    def list_facts(self) -> dict[str, Any]:
        """List both ends for programs: how much of each label, and what lies between them."""
        ends = {"source": self.source, "target": self.target}
        return {
            **{
                name: {
                    label: round(share, 3)
                    for label, share in zip(self.labels, end.tolist(), strict=True)
                }
                for name, end in ends.items()
            },
            "between": "cross-fade of conditions",
        }


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Clip(Iterator[Photo]):
    """Frames (H, W, 3) uint8 RGB, drawn as they are asked for.

    One thread at a time may ask for them. Iterating goes through them once; save() and draw()
    begin anew.

    Attributes:
        courses: what was asked of each face.
        draw: starts an iterator of all frames.
        count: how many they are.
        fps: frames a second at which they are meant to be played.
        loops: whether they are meant to be played again at their end.
        made: what a file of them says of how they were made.
        frames: the pictures still to come.
    """

    courses: Sequence[Course | EmotionCourse]
    draw: Callable[[], Iterator[Photo]]
    count: int
    fps: float = DEFAULT_FPS
    loops: bool = False
    made: Provenance = UNKNOWN
    frames: Iterator[Photo] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "frames", self.draw())

    def __next__(self) -> Photo:
        """Draw the next frame."""
        return next(self.frames)

    def __len__(self) -> int:
        """All frames, whether they were asked for or not."""
        return self.count

    def __repr__(self) -> str:
        """A clip's frames, size and rate in a line."""
        height, width = self.courses[0].portrait.photo.shape[:2]
        frames = "frame" if self.count == 1 else "frames"
        return (
            f"{type(self).__name__}({self.count} {frames}, {width} x {height} px, "
            f"{self.fps:g} frames a second)"
        )

    def save(
        self,
        output: str | Path,
        *,
        fps: float | None = None,
        loop: bool | None = None,
        label: bool = False,
        overwrite: bool = False,
    ) -> WrittenClip:
        """Write all frames to a file or folder, whole or not at all.

        Args:
            output: its name, which says the format: see write_frames().
            fps: frames a second; those of the clip by default.
            loop: whether a gif or webp starts again at its end; by default as the clip is meant.
            label: whether a small label in each frame says that it is synthesised.
            overwrite: whether what another program made may be replaced, too.

        Returns:
            What was written.

        Raises:
            UsageError: the name or the rate is that of no clip.
            OutputError: the place or the disk refuses.
        """
        target, rate = _check_target(output), self._read_rate(fps)
        return write_frames(
            self.draw(),
            target,
            fps=rate,
            loop_forever=self.loops if loop is None else bool(loop),
            sound=self._select_sound(target, rate),
            made=self.made,
            label=bool(label),
            overwrite=overwrite,
        )

    def _read_rate(self, fps: float | None) -> float:
        return self.fps if fps is None else read_number(fps, "`fps`")

    def _select_sound(self, output: str | Path, fps: float) -> Sound | None:
        """What the clip sounds like: nothing, unless it has a driver that does."""
        return None


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class DrivenClip(Clip):
    """A clip of faces that follow the face of a video.

    Attributes:
        performances: what each face does.
        face_found: (n,) whether the driver's face was found in each frame.
        neutral: what the driver's expressions were counted from.
        driver: the video's file, whose sound goes with the clip; None where frames were given.
    """

    performances: Sequence[Performance]
    face_found: NDArray[np.bool_]
    neutral: Neutral
    driver: VideoSource | None = None

    def _select_sound(self, output: str | Path, fps: float) -> Sound | None:
        """The driver's sound, which would not fit frames that are played at another rate."""
        if self.driver is None or fps != self.fps:
            return None
        driver = self.driver
        return select_sound(
            driver.sound,
            driver.path,
            self.count / fps,
            output,
            start=driver.start,
            seek=driver.seek,
        )


def animate_performances(
    animators: Sequence[Animator],
    performances: Sequence[Performance],
    *,
    fps: float = DEFAULT_FPS,
    loops: bool = False,
    made: Provenance = UNKNOWN,
) -> Clip:
    """Set up a clip in which each face of a photo does its own performance, all equally long."""
    pairs = list(zip(animators, performances, strict=True))
    courses = [
        Course(portrait=animator.portrait, source=acts.aus[0], target=acts.aus[-1])
        for animator, acts in pairs
    ]
    return Clip(
        courses=courses,
        draw=lambda: draw_frames(animators, [_perform(*pair) for pair in pairs]),
        count=len(performances[0].aus),
        fps=fps,
        loops=loops,
        made=made,
    )


def record_timeline(model: Provenance, timeline: Timeline) -> Provenance:
    """Say how a timeline's clip was made.

    Args:
        model: by what.
        timeline: whose blinks are drawn by chance, if there are any.
    """
    seed = timeline.seed if timeline.blink else None
    return replace(model, expression="timeline", seed=seed)


def fit_performance(animator: Animator, performance: Performance) -> Correction:
    """Calibrate a face for all that it does in a performance."""
    targets = performance.calibration_targets
    return fit_correction(animator, performance.aus if targets is None else targets)


def drive_performance(performance: Performance, correction: Correction) -> Iterator[AUVector]:
    """Compute what drives each frame, a stretch at a time: a long clip needs no more memory.

    Args:
        performance: what a face does.
        correction: how that face has to be driven, of fit_performance().

    Yields:
        (17, 2) for each frame, its blinks among them.
    """
    for start in range(0, len(performance.aus), STRETCH):
        stretch = performance.cut(start, start + STRETCH)
        yield from stretch.add_blinks(correction.drive(stretch.aus))


def _perform(animator: Animator, performance: Performance) -> Iterator[Layer]:
    """Make the layers of one face through its performance."""
    correction = fit_performance(animator, performance)
    shown = performance.add_blinks(performance.aus)
    drives = drive_performance(performance, correction)
    yield from animator.layers(shown, drives, performance.heads)


def save(
    frames: Clip | Iterable[Photo] | Photo,
    output: str | Path,
    *,
    fps: float | None = None,
    loop: bool | None = None,
    label: bool = False,
    overwrite: bool = False,
) -> WrittenClip:
    """Write a clip, or frames of any origin, to a file or folder, whole or not at all.

    Each file says in its metadata that it is synthesised.

    Args:
        frames: a clip, which is written from its start; frames (H, W, 3) uint8 RGB, all of one
            size; or one such frame.
        output: its name, which says the format: see write_frames().
        fps: frames a second; those of the clip by default, 30 of other frames.
        loop: whether a gif or webp starts again at its end; by default as the clip is meant, and
            other frames do.
        label: whether a small label in each frame says that it is synthesised.
        overwrite: whether what another program made may be replaced, too.

    Returns:
        What was written.

    Raises:
        UsageError: the name or the rate is that of no clip, or there are no frames.
        OutputError: the place or the disk refuses, or the frames differ in shape.
    """
    if isinstance(frames, Clip):
        return frames.save(output, fps=fps, loop=loop, label=label, overwrite=overwrite)
    if isinstance(frames, np.ndarray) and frames.ndim == 3:
        frames = [frames]
    if not isinstance(frames, Iterable) or isinstance(frames, (str, bytes)):
        raise UsageError(f"frames are a clip or arrays one by one, not {describe_type(frames)}")
    rate = DEFAULT_FPS if fps is None else read_number(fps, "`fps`")
    return write_frames(
        map(_check_frame, frames),
        _check_target(output),
        fps=rate,
        loop_forever=loop is not False,
        label=bool(label),
        overwrite=overwrite,
    )


def _check_frame(frame: object) -> Photo:
    if not isinstance(frame, np.ndarray):
        raise UsageError(f"a frame is an (H, W, 3) uint8 array, not {describe_type(frame)}")
    return frame


def _check_target(output: str | Path) -> str | Path:
    if not isinstance(output, (str, Path)) or not str(output) or "\0" in str(output):
        raise UsageError(f"a clip goes to a file or folder, not to {output!r}")
    return output
