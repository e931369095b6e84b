"""Options that several commands share, and their names in what errors say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import typer

from ganimate.cli.completion import complete_models
from ganimate.limits import MIN_SIZE
from ganimate.media.suffixes import CLIP_SUFFIXES, STILL_SUFFIXES


def name_options(message: str, parameters: Iterable[Any]) -> str:
    """Put options where an error of the library names arguments in backquotes.

    Args:
        message: what the error says.
        parameters: those of the command, as Typer has them; other arguments stay as they are.
    """
    options = {parameter.name: parameter.opts[-1] for parameter in parameters}
    return re.sub("`([a-z_]+)`", lambda named: options.get(named[1], named[0]), message)


def split_names(names: str | None) -> tuple[str, ...]:
    """Split the names of an option that takes several with commas between them."""
    return tuple(filter(None, map(str.strip, (names or "").split(","))))


def make_clip_option(default: str, mp4: str = CLIP_SUFFIXES[0], more: str = "") -> Any:
    """Make the option that says where a clip goes.

    Args:
        default: where it goes without the option.
        mp4: what the help calls an .mp4 clip.
        more: what else the help says.
    """
    *others, last = CLIP_SUFFIXES[1:]
    png, jpg, *_ = STILL_SUFFIXES
    return typer.Option(
        "-o",
        "--output",
        metavar="PATH",
        help=f"An {', '.join([mp4, *others])} or {last} clip; a {png} or {jpg} of the final frame; "
        f"or a folder for all frames as {png}. - is standard output, as .mp4; -.gif, as .gif. "
        f"Only what ganimate made is replaced.{more}",
        show_default=default,
    )


STEM = " {stem} stands for the photo's name; folders before it are made."
"""What the help of an output says where its name can be a pattern."""

Face = Annotated[
    str,
    typer.Option(
        metavar="largest|all|INDEX",
        help="Which face of the photo; `ganimate detect` shows their numbers.",
    ),
]
OneFace = Annotated[
    str,
    typer.Option(
        metavar="largest|INDEX",
        help="Which face of the photo; `ganimate detect` shows their numbers.",
    ),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"],
    typer.Option(envvar="GANIMATE_DEVICE", help="Where the network runs."),
]
Model = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE",
        envvar="GANIMATE_MODEL",
        help="A shipped model, a .safetensors file, or the folder of a training run.",
        autocompletion=complete_models,
    ),
]
Size = Annotated[
    int | None,
    typer.Option(min=MIN_SIZE, help="Longest side in pixels.", show_default="the photo's own"),
]
MoveCovered = Annotated[
    bool,
    typer.Option(
        "--move-covered",
        help="Move a mouth and eyes, too, that something lies before; they are held still else.",
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace what is there, even if ganimate did not make it."),
]
Label = Annotated[
    bool,
    typer.Option("--label", help="Draw a small label that says synthesised, for all to see."),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print the result as JSON, for other programs; an error, too."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing, unless something fails.")]
