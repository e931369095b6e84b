"""`ganimate expressions`, `detect` and `sheet`: what there is, what is found, what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ganimate.cli.console import print_failure, print_result, show_progress
from ganimate.cli.options import (
    STEM,
    AsJson,
    Device,
    Model,
    OneFace,
    Overwrite,
    Quiet,
    name_options,
)
from ganimate.cli.outputs import check_picture, name_output, open_photo, open_target
from ganimate.errors import FaceError, PhotoError, UsageError


def expressions(as_json: AsJson = False) -> None:
    """List the expressions and the action units that --to understands."""
    from ganimate.cli.report import build_vocabulary_tables, list_vocabulary_facts

    print_result(list_vocabulary_facts(), build_vocabulary_tables(), as_json=as_json, indent=1)


def detect(
    context: typer.Context,
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTO", help="Photos; - is standard input.", show_default=False),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PNG",
            help="Draw what was found. Only what ganimate made is replaced." + STEM,
            show_default=False,
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show the faces of photos: boxes, head pose, and the action units they show."""
    targets = _list_pictures(photos, output, overwrite=overwrite)
    failed = False
    for photo, target in zip(photos, targets, strict=True):
        try:
            _detect_faces(
                photo, target, overwrite=overwrite, as_json=as_json, quiet=quiet,
                one=len(photos) == 1,
            )  # fmt: skip
        except (PhotoError, FaceError) as error:
            if len(photos) == 1:
                raise
            message = f"{photo}: {error}" if isinstance(error, FaceError) else str(error)
            message = name_options(message, context.command.params)
            print_failure({"photo": photo, "error": message}, as_json=as_json)
            failed = True
    if failed:
        raise typer.Exit(1)


def _list_pictures(
    photos: Sequence[str], output: str | None, *, overwrite: bool
) -> list[str | None]:
    """List where what is found in each photo is drawn, all of it checked before any work is done.

    Raises:
        UsageError: a name is none for a picture, or two pictures would have the same.
        OutputError: a picture cannot be written there.
    """
    if output is None:
        return [None] * len(photos)
    named = "{stem}" in output
    if len(photos) > 1 and not named:
        raise UsageError(f"{len(photos)} pictures cannot all be {output}: put {{stem}} into it")
    targets = [name_output(output, photo) for photo in photos]
    if len(set(targets)) < len(targets):
        raise UsageError("some photos have the same name: draw them one by one")
    for target in targets:
        for photo in photos:
            check_picture(target, photo, overwrite=overwrite, makes_folders=named)
    return [*targets]


def _detect_faces(
    photo: str, target: str | None, *, overwrite: bool, as_json: bool, quiet: bool, one: bool
) -> None:
    """Show the faces of a photo; unless it is the only one, its name and JSON on one line."""
    from ganimate.cli.report import build_face_bars, list_face_facts
    from ganimate.media.photo import read_photo
    from ganimate.portrait import find_portraits
    from ganimate.weights import load_face_models

    with (
        open_photo(photo) as path,
        show_progress(f"{Path(photo).name}: finding faces", quiet=quiet),
    ):
        pixels = read_photo(path)
        portraits = find_portraits(pixels, load_face_models(), "all", usable=False)
    if target:
        from ganimate.drawings.annotation import annotate
        from ganimate.media.video_writer import write_drawing

        with open_target(target) as place:
            write_drawing(annotate(pixels, portraits), place, overwrite=overwrite)
    found = [list_face_facts(index, portrait) for index, portrait in enumerate(portraits)]
    height, width = pixels.shape[:2]
    facts = {"photo": photo, "path": target, "width": width, "height": height, "faces": found}
    words = () if one else (photo,)
    bars = build_face_bars(portraits)
    print_result(facts, *words, bars, as_json=as_json, quiet=quiet, indent=1 if one else None)


def sheet(
    photo: Annotated[
        str,
        typer.Argument(
            metavar="PHOTO", help="A photo with a face; - is standard input.", show_default=False
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="PNG",
            help="The sheet. Only what ganimate made is replaced." + STEM,
        ),
    ] = "{stem}_sheet.png",
    aus: Annotated[
        str | None,
        typer.Option(metavar="1,2,12", help="Which action units.", show_default="all 17"),
    ] = None,
    masks: Annotated[
        bool, typer.Option("--masks", help="Add attention and colour masks under each result.")
    ] = False,
    face: OneFace = "largest",
    model: Model = "motion",
    device: Device = "auto",
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Draw a face with each action unit at four intensities, and what the network paints."""
    target, named = name_output(output, photo), "{stem}" in output
    check_picture(target, photo, overwrite=overwrite, makes_folders=named)
    if face == "all":
        raise UsageError("a sheet shows one face: give --face largest or a number")
    from ganimate.cli.report import describe_clip
    from ganimate.clip import open_animators
    from ganimate.drawings import sheet as sheets
    from ganimate.media.video_writer import write_frames
    from ganimate.weights import find_model, identify_model, load_face_models

    units = sheets.parse_aus(aus)
    name = Path(photo).name
    with (
        open_photo(photo) as path,
        show_progress(f"{name}: finding the face", quiet=quiet) as bar,
    ):
        models = load_face_models()
        (animator,) = open_animators(path, models, face, model=model, device=device)
        rows = sheets.draw_rows(animator, units, masks=masks)
        drawn = list(bar.track(rows, len(units), f"{name}: rendering"))
        with open_target(target) as place:
            picture = sheets.lay_out(drawn, animator.crop, name)
            made = replace(identify_model(find_model(model)), expression="sheet")
            written = write_frames([picture], place, fps=1, made=made, overwrite=overwrite)
    facts = {
        "photo": photo,
        "path": target,
        "width": written.width,
        "height": written.height,
        "bytes": written.bytes,
        "aus": [unit.number for unit in units],
    }
    print_result(facts, describe_clip(written), as_json=as_json, quiet=quiet)
