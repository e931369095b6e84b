"""A timeline as a file: the very clip that `ganimate timeline` makes of the same keys.json."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ganimate.arrays import Photo
from ganimate.errors import UsageError
from ganimate.frames import animate_performances, record_timeline
from ganimate.media.photo import resize_longest
from ganimate.media.suffixes import CLIP_SUFFIXES, STILL_SUFFIXES
from ganimate.media.video_writer import check_output, write_frames
from ganimate.performance.performance import Performance, perform
from ganimate.performance.timeline import Timeline
from ganimate.portrait import find_portraits
from ganimate.quality import hold_covered
from ganimate.rendering.animator import Animator
from ganimate.rendering.calibration import select_anchors
from ganimate.studio.jobs import Job
from ganimate.studio.subject import Subject
from ganimate.weights import DEFAULT_MODEL

SUFFIXES = (*CLIP_SUFFIXES, *STILL_SUFFIXES)
"""What exports end in."""


def check_export(timeline: Timeline, suffix: str, folder: Path) -> None:
    """Raise, before any work is done, if a timeline cannot be exported.

    Raises:
        UsageError: there is no such format, or it cannot have so many frames a second.
        OutputError: the folder cannot be written to.
    """
    if suffix not in SUFFIXES:
        raise UsageError(f"there is no export {suffix!r}: it is {', '.join(SUFFIXES)}")
    check_output(folder / f"export{suffix}", fps=timeline.fps)


def export_timeline(
    timeline: Timeline, subject: Subject, suffix: str, folder: Path, job: Job
) -> dict[str, Any]:
    """Write the clip of a timeline, as `ganimate timeline` does.

    Args:
        timeline: what the faces show when.
        subject: the photo, and the face on the stage.
        suffix: the format, one of SUFFIXES.
        folder: where the file goes.
        job: is told how far it is, and gets the file.

    Returns:
        What was written, for the page.

    Raises:
        GanimateError: the photo has no such face, or the disk refuses.
    """
    job.begin("finding the face")
    animators = open_actors(timeline, subject)
    performances = [perform(timeline, animator.portrait.aus) for animator in animators]
    calibrate_all(animators, performances, job)
    made = record_timeline(subject.engine.made, timeline)
    clip = animate_performances(animators, performances)
    frames = job.track(clip, "drawing", timeline.frames)
    target = folder / f"{job.name}{suffix}"
    job.file = target
    written = write_frames(
        frames, target, fps=timeline.fps, loop_forever=timeline.repeats, made=made
    )
    return {
        "frames": written.frames,
        "width": written.width,
        "height": written.height,
        "fps": written.fps,
        "bytes": written.bytes,
    }


def open_actors(timeline: Timeline, subject: Subject) -> list[Animator]:
    """Make the faces that a timeline moves ready, as `ganimate timeline` finds them."""
    photo: Photo = subject.photo
    if timeline.size is not None:
        photo = resize_longest(photo, timeline.size)
    number = "0" if timeline.face == "largest" else timeline.face
    if photo is subject.photo and number == str(subject.chosen):
        return [subject.full]
    engine = subject.engine
    portraits = find_portraits(photo, engine.models, timeline.face)
    return [engine.open_animator(hold_covered(portrait)) for portrait in portraits]


def calibrate_all(
    animators: Sequence[Animator], performances: Sequence[Performance], job: Job
) -> None:
    """Calibrate what performances need, one expression after the other, so that a job can end.

    What is not remembered by its animator is left for the clip to calibrate.
    """
    for animator, performance in zip(animators, performances, strict=True):
        targets = performance.calibration_targets
        shown = performance.aus if targets is None else targets
        anchors = select_anchors(shown, animator.portrait.aus)
        for anchor in job.track(anchors, "fitting the expressions", len(anchors)):
            animator.calibrate([anchor], bounded=True)


def write_command(timeline: Timeline, name: str, suffix: str, model: str) -> str:
    """Write the command line that makes the same clip.

    Args:
        timeline: whose file is called `name`.json.
        name: of the file, without its suffix.
        suffix: the format.
        model: a shipped model's name, or a weights file.
    """
    words = ["ganimate", "timeline", f"{name}.json", "-o", f"{name}{suffix}"]
    if model != DEFAULT_MODEL:
        words += ["--model", model]
    return shlex.join(words)
