"""`ganimate render`: a photo from one expression to another."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from ganimate.cli.console import complain, print_result, show_progress
from ganimate.cli.notices import warn_of_size
from ganimate.cli.options import (
    AsJson,
    Device,
    Face,
    Model,
    Quiet,
    Size,
    make_clip_option,
    name_options,
)
from ganimate.cli.outputs import check_keeps
from ganimate.errors import FaceError, PhotoError, UsageError

MAX_SLUG = 40
"""Characters of an expression in a default file name, at most."""


def render(
    context: typer.Context,
    photos: Annotated[
        list[str], typer.Argument(metavar="PHOTO", help="Photos with a face.", show_default=False)
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="EXPRESSION",
            help="What the face shall show: a preset (smile, smile:0.6), AUs (AU12=0.9,AU45L=1), "
            "a sum (smile:0.7+AU1=0.4), or a photo whose expression is copied. "
            "`ganimate expressions` lists them.",
            show_default=False,
        ),
    ],
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="EXPRESSION",
            help="What the clip starts from.",
            show_default="what the photo shows",
        ),
    ] = None,
    output: Annotated[
        str | None,
        make_clip_option("{stem}_EXPRESSION.mp4", more=" {stem} stands for the photo's name."),
    ] = None,
    frames: Annotated[int | None, typer.Option(help="Length in frames.", show_default="30")] = None,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 30.0,
    duration: Annotated[
        float | None,
        typer.Option(help="Length in seconds, instead of --frames.", show_default=False),
    ] = None,
    ease: Annotated[
        Literal["linear", "smooth"], typer.Option(help="How the motion starts and stops.")
    ] = "smooth",
    loop: Annotated[
        Literal["once", "pingpong", "hold"],
        typer.Option(
            help="Play once; there and back, for ever; or get there early and stay a while."
        ),
    ] = "once",
    size: Size = None,
    face: Face = "largest",
    model: Model = "motion",
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Animate the face in a photo.

    A clip starts with the photo itself and ends with the expression asked for.

    ganimate render portrait.jpg --to smile -o smile.mp4
    """
    from ganimate.performance.performance import count_frames

    count = count_frames(frames, duration, fps)
    _check_expressions(to, start)
    outputs = _list_outputs(photos, output or f"{{stem}}_{_make_slug(to)}.mp4", copied=(to, start))
    if outputs[0].lower().endswith(".png"):
        count = 1  # the final frame, whatever the loop
    from ganimate.cli.report import describe_clip, list_clip_facts
    from ganimate.clip import animate
    from ganimate.media.video_writer import write_frames

    failed = False
    for photo, target in zip(photos, outputs, strict=True):
        began = time.monotonic()
        name = Path(photo).name
        try:
            with show_progress(f"{name}: finding the face", quiet=quiet) as bar:
                clip = animate(
                    photo, to, start=start, frames=count, ease=ease, loop=loop, face=face,
                    size=size, model=model, device=device,
                )  # fmt: skip
                warn_of_size(target, clip.courses[0].portrait.photo, fps)
                drawn = bar.track(clip, count, f"{name}: rendering")
                written = write_frames(drawn, target, fps=fps, loop_forever=loop != "once")
        except (PhotoError, FaceError) as error:
            if len(photos) == 1:
                raise
            # What is wrong with a file names it; what is wrong with a face does not.
            message = f"{photo}: {error}" if isinstance(error, FaceError) else str(error)
            complain(name_options(message, context.command.params))
            failed = True
            continue
        facts = list_clip_facts(photo, clip, written, time.monotonic() - began)
        print_result(facts, describe_clip(written), as_json=as_json, quiet=quiet)
    if failed:
        raise typer.Exit(1)


def _check_expressions(*texts: str | None) -> None:
    """Raise UsageError for typing errors, before anything slow is loaded."""
    from ganimate.performance.expressions import is_photo_name, parse_expression

    for text in texts:
        if text is not None and not is_photo_name(text):
            parse_expression(text)


def _make_slug(expression: str) -> str:
    """Make an expression a part of a file name: `smile:0.6` -> `smile-0.6`, `a/b.jpg` -> `b`."""
    from ganimate.performance.expressions import is_photo_name

    name = Path(expression).stem if is_photo_name(expression) else expression
    return re.sub(r"[^A-Za-z0-9.]+", "-", name)[:MAX_SLUG].strip("-.") or "clip"


def _list_outputs(photos: Sequence[str], pattern: str, copied: Sequence[str | None]) -> list[str]:
    """List where the clip of each photo goes, all of it checked before any work is done.

    Args:
        photos: their paths.
        pattern: a name, {stem} in which stands for that of a photo.
        copied: the expressions; those that are photos must not be overwritten either.

    Raises:
        UsageError: two clips would have one name, or something would be overwritten.
        OutputError: a clip cannot be written there.
    """
    from ganimate.media.video_writer import check_output

    if len(photos) > 1 and "{stem}" not in pattern:
        raise UsageError(
            f"{len(photos)} clips cannot all be written to {pattern}: "
            f"put {{stem}} into the name, as in -o {{stem}}{Path(pattern).suffix or '/'}"
        )
    outputs = [pattern.replace("{stem}", Path(photo).stem) for photo in photos]
    if len({Path(output).resolve() for output in outputs}) < len(outputs):
        raise UsageError(
            "some photos have the same name, so that a clip would replace another: "
            "render them one by one"
        )
    for output in outputs:
        check_output(output)
    for photo in (*photos, *filter(None, copied)):
        check_keeps(photo, *outputs)
    return outputs
