"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

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
