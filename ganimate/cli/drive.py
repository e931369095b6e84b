"""`ganimate drive`: a photo by a video of another face."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganimate.cli.console import print_result, show_progress, warn
from ganimate.cli.notices import warn_of_size
from ganimate.cli.options import AsJson, Device, Face, Model, Quiet, Size, make_clip_option
from ganimate.cli.outputs import check_folder, check_keeps
from ganimate.errors import UsageError
from ganimate.limits import MAX_FPS, MIN_FPS

if TYPE_CHECKING:
    from ganimate.frames import DrivenClip


def drive(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", show_default=False)],
    driver: Annotated[
        Path,
        typer.Option(
            metavar="VIDEO",
            help="A video of a face, whose expressions go over.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str | None, make_clip_option("PHOTO_VIDEO.mp4", ".mp4 (with the video's sound)")
    ] = None,
    head: Annotated[
        bool, typer.Option("--head", help="Turn the head, too, up to 12 degrees.")
    ] = False,
    start: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, help="Where in the video to begin."),
    ] = 0.0,
    end: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", min=0, help="Where in it to end.", show_default="its own end"
        ),
    ] = None,
    neutral_at: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help="When in the video the face is at rest.",
            show_default="found in the video",
        ),
    ] = None,
    save_timeline: Annotated[
        Path | None,
        typer.Option(
            metavar="KEYS.json",
            help="Write what was transferred as a file for `ganimate timeline`.",
            show_default=False,
        ),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(min=MIN_FPS, max=MAX_FPS, help="Frames a second.", show_default="the video's"),
    ] = None,
    size: Size = None,
    face: Face = "largest",
    model: Model = "motion",
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Animate a photo by a video of another face.

    What goes over is how far that face is from its own rest; the video need not start with the
    photo's expression.

    ganimate drive portrait.jpg --driver me.mp4 -o talking.mp4
    """
    from ganimate.media.video_reader import cut_video, open_video
    from ganimate.media.video_writer import check_output

    target = output or f"{photo.stem}_{driver.stem}.mp4"
    check_output(target)
    _check_files(photo, driver, target, save_timeline)
    video = cut_video(open_video(driver), start, end)
    for warning in video.warnings:
        warn(warning)
    rate = fps or video.fps
    check_output(target, fps=rate)
    from ganimate.cli.report import describe_driven_clip, list_drive_facts
    from ganimate.clip import animate_by_video
    from ganimate.media.video_reader import read_frames
    from ganimate.media.video_writer import select_sound, write_frames
    from ganimate.performance.driver import place_rest

    began = time.monotonic()
    rest = place_rest(neutral_at, start, end)
    with show_progress(f"{photo.name}: finding the face", quiet=quiet) as bar:
        total = round(video.seconds * rate) if video.seconds else None
        frames = bar.track(read_frames(video, rate), total, f"{driver.name}: following the face")
        clip = animate_by_video(
            photo, frames, rate, neutral_at=rest, head=head, face=face, size=size,
            model=model, device=device,
        )  # fmt: skip
        count = len(clip.face_found)
        warn_of_size(target, clip.courses[0].portrait.photo, rate)
        drawn = bar.track(clip, count, f"{photo.name}: rendering")
        sound = select_sound(
            video.sound, driver, count / rate, target, start=video.start, seek=video.seek
        )
        written = write_frames(drawn, target, fps=rate, loop_forever=False, sound=sound)
        if save_timeline is not None:
            choices = _list_choices(face, size)
            _write_timeline(save_timeline, clip, rate, photo, target, choices)
    facts = list_drive_facts(str(photo), str(driver), clip, written, sound)
    facts["took_seconds"] = round(time.monotonic() - began, 2)
    print_result(facts, describe_driven_clip(written, clip), as_json=as_json, quiet=quiet)


def _write_timeline(
    path: Path, clip: DrivenClip, fps: float, photo: Path, target: str, choices: Mapping[str, Any]
) -> None:
    """Write what the first face does as a timeline, relative to whose folder its paths are."""
    from ganimate.performance.driver_timeline import document_performance
    from ganimate.performance.timeline_writer import write_document

    names = os.path.relpath(photo, path.parent), os.path.relpath(target, path.parent)
    source = clip.courses[0].portrait.aus
    document = document_performance(clip.performances[0], source, fps, *names)
    write_document({**document, **choices}, path)


def _check_files(photo: Path, driver: Path, target: str, save_timeline: Path | None) -> None:
    """Raise UsageError if what is written would replace what is read, or has no place."""
    written: list[str | Path] = [target]
    if save_timeline is not None:
        if save_timeline.suffix.lower() != ".json":
            raise UsageError(f"{save_timeline} is no name for a timeline: end it in .json")
        check_folder(save_timeline)
        written.append(save_timeline)
    for used in (photo, driver):
        check_keeps(used, *written)


def _list_choices(face: str, size: int | None) -> dict[str, Any]:
    """List what a timeline says of the face and the size, where they are not the usual."""
    chosen: dict[str, Any] = {} if size is None else {"size": size}
    if face != "largest":
        chosen["face"] = int(face) if face.isdecimal() else face
    return chosen
