"""Where expressions come from but the sliders: a second photo, or a driving video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ganimate.arrays import AUVector, Photo
from ganimate.errors import FaceError, GanimateError, VideoError
from ganimate.face_models import FaceModels
from ganimate.media.video_reader import VideoSource, open_video, read_frames
from ganimate.performance.driver import measure_driver, transfer_performance
from ganimate.performance.driver_timeline import document_performance
from ganimate.portrait import find_portraits
from ganimate.studio.jobs import Job
from ganimate.studio.settings import DRIVER_UPLOAD, DriverUploadSettings
from ganimate.studio.subject import Subject


def copy_expression(photo: Photo, name: str, models: FaceModels) -> AUVector:
    """Measure the largest face of another photo.

    Args:
        photo: (H, W, 3).
        name: what its owner calls it.
        models: what measures it.

    Returns:
        (17, 2) in [0, 1].

    Raises:
        FaceError: it shows no usable face.
    """
    try:
        return find_portraits(photo, models)[0].aus
    except FaceError as error:
        raise FaceError(f"{name}: {error}") from error


def follow_driver(
    video: Path, name: str, subject: Subject, job: Job, *, head: bool
) -> dict[str, Any]:
    """Watch a driving video and write down what it does as a timeline, as `ganimate drive` does.

    Args:
        video: the file, which is deleted when it has been watched.
        name: what its owner calls it.
        subject: the face that shall follow it.
        job: is told how far it is.
        head: whether the head turns, too.

    Returns:
        For the page: the document, what of the video was not as it should be, and in how many
        frames no face was found.

    Raises:
        VideoError: it is no video, too long, or shows no face that moves.
    """
    try:
        return _follow(video, name, subject, job, head=head)
    except GanimateError as error:
        raise VideoError(str(error).replace(str(video), name)) from error
    finally:
        video.unlink(missing_ok=True)


def _follow(video: Path, name: str, subject: Subject, job: Job, *, head: bool) -> dict[str, Any]:
    job.begin("reading the video")
    source = open_video(video)
    _check_length(source)
    total = round(source.seconds * source.fps) if source.seconds else 0
    frames = job.track(read_frames(source, source.fps), "following the face", total)
    motion = measure_driver(frames, source.fps, subject.engine.models)
    job.begin("writing down what it does")
    performance = transfer_performance(motion, subject.source, head=head)
    stem = Path(subject.name).stem
    document = document_performance(
        performance, subject.source, source.fps, subject.name, f"{stem}_{Path(name).stem}.mp4"
    )
    document["tracks"] = dict(document["tracks"])
    if subject.chosen:
        document["face"] = subject.chosen
    return {
        "document": document,
        "warnings": [warning.replace(str(video), name) for warning in source.warnings],
        "frames": len(motion.face_found),
        "frames_without_face": int((~motion.face_found).sum()),
    }


def _check_length(video: VideoSource, settings: DriverUploadSettings = DRIVER_UPLOAD) -> None:
    if video.seconds is not None and video.seconds > settings.most_seconds:
        raise VideoError(
            f"{video.path} lasts {video.seconds:.0f} s: cut it to {settings.most_seconds:.0f} s or "
            "less, or use `ganimate drive`, which takes longer ones"
        )
