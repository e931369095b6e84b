"""`ganimate expressions`, `detect` and `sheet`: what there is, what is found, what is drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganimate.cli.console import print_table, show_progress
from ganimate.cli.options import AsJson, Device, Model, OneFace, Quiet
from ganimate.cli.outputs import check_picture
from ganimate.errors import UsageError

if TYPE_CHECKING:
    from ganimate.rendering.animator import Animator


def expressions(as_json: AsJson = False) -> None:
    """List the expressions and the action units that --to understands."""
    from ganimate.cli.report import build_vocabulary_tables, list_vocabulary_facts

    if as_json:
        typer.echo(json.dumps(list_vocabulary_facts(), indent=1))
    else:
        print_table(build_vocabulary_tables())


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
    if as_json:
        found = [list_face_facts(index, portrait) for index, portrait in enumerate(portraits)]
        height, width = pixels.shape[:2]
        report = {"photo": photo, "path": output, "width": width, "height": height, "faces": found}
        typer.echo(json.dumps(report, indent=1))
    elif not quiet:
        print_table(build_face_bars(portraits))


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
    from ganimate.drawings import sheet as sheets
    from ganimate.media.video_writer import write_frames

    units = sheets.parse_aus(aus)
    name = Path(photo).name
    with show_progress(f"{name}: finding the face", quiet=quiet) as bar:
        animator = _open_animator(photo, face, model, device)
        rows = sheets.draw_rows(animator, units, masks=masks)
        drawn = list(bar.track(rows, len(units), f"{name}: rendering"))
        written = write_frames([sheets.lay_out(drawn, animator.crop, name)], output, fps=1)
    if as_json:
        report = {"photo": photo, "path": output, "width": written.width, "height": written.height}
        typer.echo(json.dumps({**report, "bytes": written.bytes, "aus": [u.number for u in units]}))
    elif not quiet:
        typer.echo(describe_clip(written))


def _open_animator(photo: str, face: str, model: str, device: str) -> Animator:
    """One face of a photo, ready to be driven."""
    from ganimate.media.photo import read_photo
    from ganimate.networks.device import choose_device
    from ganimate.networks.generators import load_generator
    from ganimate.portrait import find_portraits
    from ganimate.rendering.kinds import open_animator
    from ganimate.weights import load_face_models, model_path

    chosen = choose_device(device)
    pixels = read_photo(photo)
    models = load_face_models()
    generator = load_generator(model_path(model)).to(chosen)
    portrait = find_portraits(pixels, models, face)[0]
    return open_animator(portrait, generator, models, chosen)
