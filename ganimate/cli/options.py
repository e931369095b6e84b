"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer


def clip_output(default: str, mp4: str = ".mp4", more: str = "") -> Any:
    """The option of a command that makes a clip; `default` says where it goes without."""
    return typer.Option(
        "-o",
        "--output",
        metavar="PATH",
        help=f"An {mp4}, .gif or .webp clip; a .png of the final frame; or a folder for all frames "
        f"as .png.{more}",
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
