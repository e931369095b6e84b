"""`ganimate drive`: a photo by a video of another face."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ganimate.cli.console import progress
from ganimate.cli.options import AsJson, Device, Face, Model, Quiet, Size, clip_output
from ganimate.cli.outputs import check_folder, check_keeps
from ganimate.errors import UsageError


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
        str | None, clip_output("PHOTO_VIDEO.mp4", ".mp4 (with the video's sound)")
    ] = None,
    head: Annotated[
        bool, typer.Option("--head", help="Turn the head, too, up to 12 degrees.")
    ] = False,
    neutral_at: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help="When the face in the video is at rest.",
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
        typer.Option(min=1, max=120, help="Frames a second.", show_default="the video's"),
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
    from ganimate.media.video_reader import open_video
    from ganimate.media.video_writer import check_output

    target = output or f"{photo.stem}_{driver.stem}.mp4"
    check_output(target)
    _check_drive(photo, driver, target, save_timeline)
    footage = open_video(driver)
    rate = fps or footage.fps
    check_output(target, fps=rate)
    from ganimate.cli.report import clip_line, drive_facts
    from ganimate.clip import animate_performances, open_animators
    from ganimate.media.video_reader import read_frames
    from ganimate.media.video_writer import select_sound, write_frames
    from ganimate.performance.driver import measure_driver, transfer_performance
    from ganimate.performance.driver_timeline import document_performance
    from ganimate.performance.timeline_writer import write_document
    from ganimate.weights import load_face_models

    began = time.monotonic()
    models = load_face_models()
    with progress(f"{photo.name}: finding the face", quiet=quiet) as bar:
        # First, as what is wrong with a photo should be said before minutes of video are watched.
        animators = open_animators(photo, models, face, size=size, model=model, device=device)
        total = round(footage.seconds * rate) if footage.seconds else None
        frames = bar.over(read_frames(footage, rate), total, f"{driver.name}: following the face")
        watched = measure_driver(frames, rate, models)
        performances = [
            transfer_performance(watched, animator.portrait.aus, neutral_at=neutral_at, head=head)
            for animator in animators
        ]
        seen = watched.face_found
        del watched  # nothing else is needed of it, and that of a long video is large
        clip = animate_performances(animators, performances)
        drawn = bar.over(clip, len(seen), f"{photo.name}: rendering")
        sound = select_sound(footage.sound, driver, len(seen) / rate, target)
        written = write_frames(drawn, target, fps=rate, loop_forever=False, sound=sound)
        if save_timeline is not None:
            folder = save_timeline.parent
            names = os.path.relpath(photo, folder), os.path.relpath(target, folder)
            source = animators[0].portrait.aus
            document = document_performance(performances[0], source, rate, *names)
            write_document({**document, **_chosen(face, size)}, save_timeline)
    if as_json:
        facts = drive_facts(str(photo), str(driver), clip, written, seen, sound)
        typer.echo(json.dumps({**facts, "took_seconds": round(time.monotonic() - began, 2)}))
    elif not quiet:
        missed = int((~seen).sum())
        typer.echo(clip_line(written) + (f" ({missed} frames without a face)" if missed else ""))


def _check_drive(photo: Path, driver: Path, target: str, save_timeline: Path | None) -> None:
    """What is written must not replace what is read, nor each other."""
    written: list[str | Path] = [target]
    if save_timeline is not None:
        if save_timeline.suffix.lower() != ".json":
            raise UsageError(f"{save_timeline} is no name for a timeline: end it in .json")
        check_folder(save_timeline)
        written.append(save_timeline)
    for used in (photo, driver):
        check_keeps(used, *written)


def _chosen(face: str, size: int | None) -> dict[str, Any]:
    """What a timeline says of the face and the size, where they are not the usual."""
    chosen: dict[str, Any] = {} if size is None else {"size": size}
    if face != "largest":
        chosen["face"] = int(face) if face.isdecimal() else face
    return chosen
