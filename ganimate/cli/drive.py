"""`ganimate drive`: a photo by a video of another face."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ganimate.cli.console import print_result, show_progress, warn
from ganimate.cli.notices import describe_neutral, warn_of_faces, warn_of_size
from ganimate.cli.options import (
    STEM,
    AsJson,
    Device,
    Face,
    Label,
    Model,
    MoveCovered,
    Overwrite,
    Quiet,
    Size,
    make_clip_option,
)
from ganimate.cli.outputs import (
    STREAM,
    check_folder,
    check_keeps,
    check_target,
    get_stem,
    is_stream,
    name_output,
    open_photo,
    open_target,
    weigh_gif,
)
from ganimate.errors import OutputError, UsageError
from ganimate.limits import MAX_FPS, MIN_FPS

if TYPE_CHECKING:
    from ganimate.arrays import Photo
    from ganimate.drawings.reenactment import Shown
    from ganimate.frames import DrivenClip
    from ganimate.performance.neutral import NeutralLike
    from ganimate.pixels import PhotoLike


def drive(
    photo: Annotated[
        Path,
        typer.Argument(
            metavar="PHOTO", help="A photo with a face; - is standard input.", show_default=False
        ),
    ],
    film: Annotated[
        Path | None,
        typer.Argument(
            metavar="VIDEO",
            help="A video of a face, whose expressions go over.",
            show_default=False,
        ),
    ] = None,
    driver: Annotated[
        Path | None,
        typer.Option(
            metavar="VIDEO", help="The video, if it is not named above.", show_default=False
        ),
    ] = None,
    output: Annotated[
        str | None,
        make_clip_option("PHOTO_VIDEO.mp4", ".mp4 (with the video's sound)", more=STEM),
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
    neutral: Annotated[
        str,
        typer.Option(
            metavar="auto|absolute|SECONDS",
            help="What the face's expressions are counted from: its rest, which is found in the "
            "video; nothing, so that what it shows counts as it is, as auto does where it never "
            "rests; or a moment of rest. first-order: the frame most like the photo; nothing; or a "
            "moment.",
        ),
    ] = "auto",
    neutral_at: Annotated[
        float | None, typer.Option(min=0, hidden=True, help="--neutral, of seconds.")
    ] = None,
    show: Annotated[
        Literal["keypoints", "occlusion", "deformation"] | None,
        typer.Option(
            help="first-order: write a figure of this instead, beside photo, driver and result.",
            show_default=False,
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
    move_covered: MoveCovered = False,
    label: Label = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Animate a photo by a video of another face.

    What goes over is how far that face is from its own rest; the video need not start with the
    photo's expression. A face that never rests goes over as it is.

    ganimate drive portrait.jpg me.mp4 -o talking.mp4
    """
    driver = _choose_driver(film, driver)
    target = name_output(output, photo) if output else f"{get_stem(photo)}_{driver.stem}.mp4"
    named = output is not None and "{stem}" in output
    _check_files(photo, driver, target, save_timeline, overwrite=overwrite)
    check_target(target, overwrite=overwrite, makes_folders=named, as_json=as_json)
    from ganimate.media.video_reader import cut_video, open_video, read_frames
    from ganimate.media.video_writer import fit_rate, select_sound, write_frames

    video = cut_video(open_video(driver), start, end)
    for warning in video.warnings:
        warn(warning)
    rate = fps or fit_rate(video.fps, target)
    check_target(target, fps=rate, overwrite=overwrite, makes_folders=named)
    from ganimate.cli.report import (
        describe_driven_clip,
        list_drive_facts,
        list_neutral_facts,
    )
    from ganimate.performance.neutral import place_neutral

    asked = _read_neutral(neutral, neutral_at)
    placed = place_neutral(asked, start, end)
    began = time.monotonic()
    with (
        open_photo(str(photo)) as path,
        show_progress(f"{photo.name}: finding the face", quiet=quiet) as bar,
    ):
        total = round(video.seconds * rate) if video.seconds else None
        frames = bar.track(read_frames(video, rate), total, f"{driver.name}: following the face")
        chosen = {"neutral": placed, "face": face, "size": size, "model": model, "device": device}
        clip = _make_clip(
            path, frames, rate, show, head=head, move_covered=move_covered, chosen=chosen
        )
        if save_timeline is not None and not clip.performances:
            raise UsageError(
                "keypoints move the photo, which no timeline has: leave `save_timeline` away, or "
                "give a `model` of action units"
            )
        if not quiet:
            bar.say(f"note: {describe_neutral(clip.neutral, asked, video.start)}")
        count = len(clip.face_found)
        if not quiet:
            warn_of_faces(photo.name, clip)
        warn_of_size(target, clip.courses[0].portrait.photo, rate)
        weigh_gif(clip, target, count, bar, quiet=quiet)
        drawn = bar.track(clip, count, f"{photo.name}: rendering", f"{photo.name}: calibrating")
        with open_target(target) as place:
            sound = select_sound(
                video.sound, driver, count / rate, place, start=video.start, seek=video.seek
            )
            written = write_frames(
                drawn, place, fps=rate, sound=sound, made=clip.made, label=label,
                overwrite=overwrite,
            )  # fmt: skip
        if save_timeline is not None:
            choices = _list_choices(face, size)
            _write_timeline(save_timeline, clip, rate, photo, target, choices)
    written = replace(written, path=Path(target))
    facts = list_drive_facts(str(photo), str(driver), clip, written, sound)
    facts["neutral"] = list_neutral_facts(clip.neutral, asked, video.start)
    facts["took_seconds"] = round(time.monotonic() - began, 2)
    words = describe_driven_clip(written, clip)
    print_result(facts, words, as_json=as_json, quiet=quiet, aside=is_stream(target))


def _make_clip(
    photo: PhotoLike,
    frames: Iterable[Photo],
    rate: float,
    show: Shown | None,
    *,
    head: bool,
    move_covered: bool,
    chosen: Mapping[str, Any],
) -> DrivenClip:
    """Follow a video, to its end; the frames of the clip are the photo's, or figures of it.

    Args:
        photo: as the library takes it.
        frames: of the video.
        rate: frames a second.
        show: what figures explain; None for the photo's own frames.
        head: whether the head turns, too.
        move_covered: whether covered parts of the face move, too.
        chosen: other arguments of the library's functions.
    """
    if show is not None:
        from ganimate.drawings.reenactment import animate_figures

        return animate_figures(photo, frames, rate, show, **chosen)
    from ganimate.clip import animate_by_video

    return animate_by_video(photo, frames, rate, head=head, move_covered=move_covered, **chosen)


def _choose_driver(film: Path | None, driver: Path | None) -> Path:
    """Take the video from where it was named.

    Raises:
        UsageError: it was named nowhere or twice, or would come through a pipe.
    """
    chosen = film or driver
    if chosen is None or (film and driver):
        raise UsageError("give one video: ganimate drive PHOTO VIDEO")
    if str(chosen) == STREAM:
        raise UsageError("a video cannot come through standard input: save it and give its name")
    return chosen


def _read_neutral(neutral: str, neutral_at: float | None) -> NeutralLike:
    """Read what the driver's expressions are counted from.

    Raises:
        UsageError: it is no name and no number, or given twice.
    """
    from ganimate.requests import read_neutral

    try:
        return read_neutral(float(neutral), neutral_at)
    except ValueError:
        return read_neutral(neutral, neutral_at)  # type: ignore[arg-type]


def _write_timeline(
    path: Path, clip: DrivenClip, fps: float, photo: Path, target: str, choices: Mapping[str, Any]
) -> None:
    """Write what the first face does as a timeline, relative to whose folder its paths are.

    It names the clip only where the timeline may write it again: in its folder or below.
    """
    from ganimate.performance.driver_timeline import document_performance
    from ganimate.performance.timeline_writer import write_document

    names = os.path.relpath(photo, path.parent), os.path.relpath(target, path.parent)
    source = clip.courses[0].portrait.aus
    document = document_performance(clip.performances[0], source, fps, *names)
    if is_stream(target) or not Path(target).resolve().is_relative_to(path.parent.resolve()):
        del document["output"]
    write_document({**document, **choices}, path)


def _check_files(
    photo: Path, driver: Path, target: str, save_timeline: Path | None, *, overwrite: bool
) -> None:
    """Raise UsageError if what is written would replace what is read, or has no place.

    Raises:
        OutputError: a timeline is there, which somebody may have edited.
    """
    written: list[str | Path] = [target]
    if save_timeline is not None:
        if str(photo) == STREAM:
            raise UsageError("a timeline names its photo: give that as a file, not through a pipe")
        if save_timeline.suffix.lower() != ".json":
            raise UsageError(f"{save_timeline} is no name for a timeline: end it in .json")
        check_folder(save_timeline)
        if save_timeline.exists() and not overwrite:
            raise OutputError(
                f"{save_timeline} is there already, and may have been edited: give another name, "
                "or `overwrite` if it may be lost"
            )
        written.append(save_timeline)
    for used in (photo, driver):
        check_keeps(used, *written)


def _list_choices(face: str, size: int | None) -> dict[str, Any]:
    """List what a timeline says of the face and the size, where they are not the usual."""
    chosen: dict[str, Any] = {} if size is None else {"size": size}
    if face != "largest":
        chosen["face"] = int(face) if face.isdecimal() else face
    return chosen
