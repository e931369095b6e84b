"""`ganimate timeline`: a face by keyframes."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganimate.cli.console import print_result, show_progress
from ganimate.cli.notices import warn_of_faces, warn_of_size
from ganimate.cli.options import (
    AsJson,
    Device,
    Label,
    Model,
    MoveCovered,
    Overwrite,
    Quiet,
    make_clip_option,
)
from ganimate.cli.outputs import (
    check_folder,
    check_keeps,
    check_picture,
    check_target,
    is_stream,
    name_output,
    open_target,
    weigh_gif,
)
from ganimate.errors import MissingFileError, PhotoError, UsageError

if TYPE_CHECKING:
    from ganimate.performance.timeline import Timeline


def timeline(
    keys: Annotated[
        Path | None,
        typer.Argument(metavar="KEYS.json", help="What the face shows when.", show_default=False),
    ] = None,
    output: Annotated[
        str | None,
        make_clip_option(
            "what the file says, else KEYS.mp4",
            more=" {stem} stands for the file's name; folders before it are made.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the file is right.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="PNG", help="Draw the curves instead of the clip.", show_default=False
        ),
    ] = None,
    init: Annotated[
        Path | None,
        typer.Option(
            metavar="PHOTO",
            help="Write a file to start from, for this photo.",
            show_default=False,
        ),
    ] = None,
    model: Model = "motion",
    device: Device = "auto",
    move_covered: MoveCovered = False,
    label: Label = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Animate a face by keyframes.

    ganimate timeline --init portrait.jpg

    ganimate timeline portrait.json -o portrait.mp4
    """
    if init is not None:
        _start_timeline(init, keys, as_json=as_json, quiet=quiet)
        return
    if keys is None:
        raise UsageError("no file given: name one, or let --init PHOTO write a starter")
    from ganimate.performance.timeline_reader import read_timeline

    if not keys.exists():
        raise MissingFileError(
            f"{keys} does not exist: check its name, or let --init PHOTO write a starter"
        )
    asked = read_timeline(keys)
    target = name_output(output, keys) if output else _choose_target(keys, asked)
    for used in (keys, asked.photo):
        check_keeps(used, plot or target)
    if check:
        _report_check(keys, asked, as_json=as_json, quiet=quiet)
        return
    if plot is not None:
        check_picture(str(plot), str(asked.photo), overwrite=overwrite)
        _plot_timeline(asked, plot, overwrite=overwrite, as_json=as_json, quiet=quiet)
        return
    named = output is not None and "{stem}" in output
    check_target(target, fps=asked.fps, overwrite=overwrite, makes_folders=named, as_json=as_json)
    _render_timeline(
        asked, target, model, device, move_covered=move_covered, label=label, overwrite=overwrite,
        as_json=as_json, quiet=quiet,
    )  # fmt: skip


def _choose_target(keys: Path, asked: Timeline) -> str:
    """Find where a file says that its clip goes.

    A file may come from anybody: it can only name what lies in its own folder or below.
    """
    if asked.output is None:
        return f"{keys.stem}.mp4"
    folder = keys.parent.resolve()
    if not asked.output.resolve().is_relative_to(folder) or asked.output.resolve() == folder:
        raise UsageError(
            f"{keys} says that its clip goes to {asked.output}, which is not within the folder of "
            "the file: change it, or say so yourself by -o"
        )
    return str(asked.output)


def _start_timeline(photo: Path, keys: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Write a starter to where the command runs, or to where it is asked for."""
    from ganimate.performance.timeline_writer import make_starter, write_document

    if not photo.is_file():
        raise PhotoError(f"{photo} does not exist: check the name of the photo")
    path = keys or Path(f"{photo.stem}.json")
    if path.exists():
        raise UsageError(f"{path} exists and would be overwritten: name another, KEYS.json")
    check_folder(path)
    write_document(make_starter(os.path.relpath(photo, path.parent)), path)
    facts = {"path": str(path), "photo": str(photo)}
    words = f"{path}: edit it, then run `ganimate timeline {path}`"
    print_result(facts, words, as_json=as_json, quiet=quiet)


def _report_check(keys: Path, asked: Timeline, *, as_json: bool, quiet: bool) -> None:
    seconds = asked.frames / asked.fps
    facts = {
        "path": str(keys),
        "photo": str(asked.photo),
        "frames": asked.frames,
        "fps": asked.fps,
        "seconds": seconds,
        "loop": asked.loop,
    }
    words = f"{keys}: right, {asked.frames} frames, {seconds:.3g} s at {asked.fps:g} fps"
    print_result(facts, words, as_json=as_json, quiet=quiet)


def _plot_timeline(
    asked: Timeline, picture: Path, *, overwrite: bool, as_json: bool, quiet: bool
) -> None:
    # Of a home that cannot be written to; it then works from a temporary folder.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from ganimate.drawings.plot import draw_curves
    from ganimate.media.photo import read_photo
    from ganimate.media.video_writer import write_drawing
    from ganimate.performance.performance import perform
    from ganimate.portrait import find_portraits
    from ganimate.weights import load_face_models

    with show_progress(f"{asked.photo.name}: finding the face", quiet=quiet):
        portraits = find_portraits(read_photo(asked.photo), load_face_models(), asked.face)
        drawn = draw_curves(asked, perform(asked, portraits[0].aus))
        write_drawing(drawn, picture, overwrite=overwrite)
    height, width = drawn.shape[:2]
    facts = {"path": str(picture), "width": width, "height": height}
    words = f"{picture}: {asked.frames} frames, {asked.frames / asked.fps:.3g} s"
    print_result(facts, words, as_json=as_json, quiet=quiet)


def _render_timeline(
    asked: Timeline,
    target: str,
    model: str,
    device: str,
    *,
    move_covered: bool,
    label: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    from ganimate.cli.report import describe_clip, list_clip_facts
    from ganimate.clip import animate_timeline
    from ganimate.media.video_writer import write_frames

    began = time.monotonic()
    name = asked.photo.name
    with show_progress(f"{name}: finding the face", quiet=quiet) as bar:
        clip = animate_timeline(asked, model=model, device=device, move_covered=move_covered)
        photo = clip.courses[0].portrait.photo
        if not quiet:
            warn_of_faces(name, clip)
        warn_of_size(target, photo, asked.fps, 'the keys a "size" of {}')
        weigh_gif(clip, target, asked.frames, bar, quiet=quiet)
        drawn = bar.track(clip, asked.frames, f"{name}: rendering", f"{name}: calibrating")
        with open_target(target) as place:
            written = write_frames(
                drawn, place, fps=asked.fps, loop_forever=asked.repeats, made=clip.made,
                label=label, overwrite=overwrite,
            )  # fmt: skip
    written = replace(written, path=Path(target))
    facts = list_clip_facts(str(asked.photo), clip, written, time.monotonic() - began)
    words = describe_clip(written)
    print_result(facts, words, as_json=as_json, quiet=quiet, aside=is_stream(target))
