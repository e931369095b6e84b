"""Options that several commands share, and their names in what errors say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import typer

from ganimate.media.suffixes import CLIP_SUFFIXES, STILL_SUFFIX


def name_options(message: str, parameters: Iterable[Any]) -> str:
    """Put options where an error of the library names arguments in backquotes.

    Args:
        message: what the error says.
        parameters: those of the command, as Typer has them; other arguments stay as they are.
    """
    options = {parameter.name: parameter.opts[-1] for parameter in parameters}
    return re.sub("`([a-z_]+)`", lambda named: options.get(named[1], named[0]), message)


def make_clip_option(default: str, mp4: str = CLIP_SUFFIXES[0], more: str = "") -> Any:
    """Make the option that says where a clip goes.

    Args:
        default: where it goes without the option.
        mp4: what the help calls an .mp4 clip.
        more: what else the help says.
    """
    *others, last = CLIP_SUFFIXES[1:]
    return typer.Option(
        "-o",
        "--output",
        metavar="PATH",
        help=f"An {', '.join([mp4, *others])} or {last} clip; a {STILL_SUFFIX} of the final frame; "
        f"or a folder for all frames as {STILL_SUFFIX}.{more}",
        show_default=default,
    )


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
    Literal["auto", "cpu", "cuda", "mps"], typer.Option(help="Where the network runs.")
]
Model = Annotated[
    str, typer.Option(metavar="NAME|FILE", help="A shipped model, or a .safetensors file.")
]
Size = Annotated[
    int | None, typer.Option(help="Longest side in pixels.", show_default="the photo's own")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, for other programs.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing, unless something fails.")]
