"""`ganimate expressions`, `detect` and `sheet`: what there is, what is found, what is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganimate.cli.console import print_result, show_progress
from ganimate.cli.options import AsJson, Device, Model, OneFace, Quiet
from ganimate.cli.outputs import check_picture
from ganimate.errors import UsageError


def expressions(as_json: AsJson = False) -> None:
    """List the expressions and the action units that --to understands."""
    from ganimate.cli.report import build_vocabulary_tables, list_vocabulary_facts

    print_result(list_vocabulary_facts(), build_vocabulary_tables(), as_json=as_json, indent=1)


def detect(
    photo: Annotated[str, typer.Argument(metavar="PHOTO", show_default=False)],
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="PNG", help="Draw what was found.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show the faces of a photo: boxes, head pose, and the action units they show."""
    if output:
        check_picture(output, photo)
    from ganimate.cli.report import build_face_bars, list_face_facts
    from ganimate.media.photo import read_photo
    from ganimate.portrait import find_portraits
    from ganimate.weights import load_face_models

    with show_progress(f"{Path(photo).name}: finding faces", quiet=quiet):
        pixels = read_photo(photo)
        portraits = find_portraits(pixels, load_face_models(), "all", usable=False)
    if output:
        from ganimate.drawings.annotation import annotate
        from ganimate.media.video_writer import write_drawing

        write_drawing(annotate(pixels, portraits), output)
    found = [list_face_facts(index, portrait) for index, portrait in enumerate(portraits)]
    height, width = pixels.shape[:2]
    facts = {"photo": photo, "path": output, "width": width, "height": height, "faces": found}
    print_result(facts, build_face_bars(portraits), as_json=as_json, quiet=quiet, indent=1)


def sheet(
    photo: Annotated[str, typer.Argument(metavar="PHOTO", show_default=False)],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="PNG", help="The sheet.", show_default=False)
    ],
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
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Draw a face with each action unit at four intensities, and what the network paints."""
    check_picture(output, photo)
    if face == "all":
        raise UsageError("a sheet shows one face: give --face largest or a number")
    from ganimate.cli.report import describe_clip
    from ganimate.clip import open_animators
    from ganimate.drawings import sheet as sheets
    from ganimate.media.video_writer import write_frames
    from ganimate.weights import load_face_models

    units = sheets.parse_aus(aus)
    name = Path(photo).name
    with show_progress(f"{name}: finding the face", quiet=quiet) as bar:
        models = load_face_models()
        (animator,) = open_animators(photo, models, face, model=model, device=device)
        rows = sheets.draw_rows(animator, units, masks=masks)
        drawn = list(bar.track(rows, len(units), f"{name}: rendering"))
        written = write_frames([sheets.lay_out(drawn, animator.crop, name)], output, fps=1)
    facts = {
        "photo": photo,
        "path": output,
        "width": written.width,
        "height": written.height,
        "bytes": written.bytes,
        "aus": [unit.number for unit in units],
    }
    print_result(facts, describe_clip(written), as_json=as_json, quiet=quiet)
