"""`ganimate render`: a photo from one expression to another."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from ganimate.cli.completion import complete_eases, complete_expressions
from ganimate.cli.console import print_failure, print_result, show_progress
from ganimate.cli.notices import warn_of_faces, warn_of_size
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
    name_options,
)
from ganimate.cli.outputs import (
    check_keeps,
    check_target,
    is_stream,
    name_output,
    open_photo,
    open_target,
    weigh_gif,
)
from ganimate.errors import FaceError, PhotoError, UsageError

MAX_SLUG = 40
"""Characters of an expression in a default file name, at most."""


def render(
    context: typer.Context,
    photos: Annotated[
        list[str],
        typer.Argument(
            metavar="PHOTO",
            help="Photos with a face; - is standard input.",
            show_default=False,
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="EXPRESSION",
            help="What the face shall show: a preset (smile, smile:0.6), AUs (AU12=0.9,AU45L=1), "
            "a sum (smile:0.7+AU1=0.4), source (as in the photo), or a photo whose expression is "
            "copied. `ganimate expressions` lists them. Of a StarGAN: an emotion (happy).",
            show_default=False,
            autocompletion=complete_expressions,
        ),
    ],
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="EXPRESSION",
            help="What the clip starts from.",
            show_default="what the photo shows",
            autocompletion=complete_expressions,
        ),
    ] = None,
    output: Annotated[
        str | None,
        make_clip_option("{stem}_EXPRESSION.mp4", more=STEM),
    ] = None,
    frames: Annotated[int | None, typer.Option(help="Length in frames.", show_default="30")] = None,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 30.0,
    duration: Annotated[
        float | None,
        typer.Option(help="Length in seconds, instead of --frames.", show_default=False),
    ] = None,
    ease: Annotated[
        str,
        typer.Option(
            metavar="EASE",
            help="How the motion starts and stops: smooth, linear, in, out, in-out, step, or four "
            "numbers of a cubic-bezier.",
            autocompletion=complete_eases,
        ),
    ] = "smooth",
    loop: Annotated[
        Literal["once", "pingpong", "hold", "seamless"] | None,
        typer.Option(
            help="Play once; there and back, for ever (seamless is the same here); or get there "
            "early and stay a while.",
            show_default="once, a .gif or .webp for ever",
        ),
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
    """Animate the face in a photo.

    A clip starts with the photo itself and ends with the expression asked for.

    ganimate render portrait.jpg --to smile -o smile.mp4
    """
    from ganimate.performance.performance import count_frames, parse_ease

    count = count_frames(frames, duration, fps)
    eased = parse_ease(ease)
    _check_expressions(model, to, start)
    pattern = output or f"{{stem}}_{_make_slug(to)}.mp4"
    outputs = _list_outputs(photos, pattern, (to, start), overwrite=overwrite, as_json=as_json)
    from ganimate.cli.report import describe_clip, list_clip_facts
    from ganimate.clip import animate
    from ganimate.media.video_writer import is_moving_picture, is_still, write_frames

    count = 1 if is_still(outputs[0]) else count  # the final frame, whatever the loop
    failed = False
    for photo, target in zip(photos, outputs, strict=True):
        began = time.monotonic()
        name = Path(photo).name
        again = is_moving_picture(target) if loop is None else loop != "once"
        try:
            with (
                open_photo(photo) as path,
                show_progress(f"{name}: finding the face", quiet=quiet) as bar,
            ):
                clip = animate(
                    path, to, start=start, frames=count, ease=eased, loop=loop or "once",
                    face=face, size=size, model=model, device=device, move_covered=move_covered,
                )  # fmt: skip
                if not quiet:
                    warn_of_faces(name, clip)
                warn_of_size(target, clip.courses[0].portrait.photo, fps)
                weigh_gif(clip, target, count, bar, quiet=quiet)
                drawn = bar.track(clip, count, f"{name}: rendering", f"{name}: calibrating")
                with open_target(target) as place:
                    written = write_frames(
                        drawn, place, fps=fps, loop_forever=again, made=clip.made, label=label,
                        overwrite=overwrite,
                    )  # fmt: skip
        except (PhotoError, FaceError) as error:
            if len(photos) == 1:
                raise
            # What is wrong with a file names it; what is wrong with a face does not.
            message = f"{photo}: {error}" if isinstance(error, FaceError) else str(error)
            message = name_options(message, context.command.params)
            print_failure({"photo": photo, "error": message}, as_json=as_json)
            failed = True
            continue
        written = replace(written, path=Path(target))
        facts = list_clip_facts(photo, clip, written, time.monotonic() - began)
        words = describe_clip(written)
        print_result(facts, words, as_json=as_json, quiet=quiet, aside=is_stream(target))
    if failed:
        raise typer.Exit(1)


def _check_expressions(model: str, *texts: str | None) -> None:
    """Raise UsageError for typing errors, before anything slow is loaded.

    Raises:
        ModelError: the model is none that can be read.
    """
    from ganimate.performance.expressions import is_photo_name, parse_expression

    if _paints_labels(model):
        return  # the model says what it knows
    for text in texts:
        if text is not None and not is_photo_name(text):
            parse_expression(text)


def _paints_labels(model: str) -> bool:
    """Whether a model is told labels, not action units; told without loading it."""
    from ganimate.weights import DEFAULT_MODEL, find_model, read_labels

    return model != DEFAULT_MODEL and read_labels(find_model(model)) is not None


def _make_slug(expression: str) -> str:
    """Make an expression a part of a file name: `smile:0.6` -> `smile-0.6`, `a/b.jpg` -> `b`."""
    from ganimate.performance.expressions import is_photo_name

    name = Path(expression).stem if is_photo_name(expression) else expression
    return re.sub(r"[^A-Za-z0-9.]+", "-", name)[:MAX_SLUG].strip("-.") or "clip"


def _list_outputs(
    photos: Sequence[str],
    pattern: str,
    copied: Sequence[str | None],
    *,
    overwrite: bool,
    as_json: bool,
) -> list[str]:
    """List where the clip of each photo goes, all of it checked before any work is done.

    Args:
        photos: their paths.
        pattern: a name, {stem} in which stands for that of a photo.
        copied: the expressions; those that are photos must not be overwritten either.
        overwrite: whether files may be replaced that this program did not make.
        as_json: whether facts are printed to standard output.

    Raises:
        UsageError: two clips would have one name, or something would be overwritten.
        OutputError: a clip cannot be written there.
    """
    named = "{stem}" in pattern
    if len(photos) > 1 and not named:
        raise UsageError(
            f"{len(photos)} clips cannot all be written to {pattern}: "
            f"put {{stem}} into the name, as in -o {{stem}}{Path(pattern).suffix or '/'}"
        )
    outputs = [name_output(pattern, photo) for photo in photos]
    if len({Path(output).resolve() for output in outputs}) < len(outputs):
        raise UsageError(
            "some photos have the same name, so that a clip would replace another: "
            "render them one by one"
        )
    for photo in (*photos, *filter(None, copied)):
        check_keeps(photo, *outputs)
    for output in outputs:
        check_target(output, overwrite=overwrite, makes_folders=named, as_json=as_json)
    return outputs
