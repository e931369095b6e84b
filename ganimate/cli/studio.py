"""`ganimate studio`: a face in a browser, with sliders."""

from __future__ import annotations

from typing import Annotated

import typer

from ganimate.cli.console import show_progress, warn
from ganimate.cli.options import Model, Quiet
from ganimate.errors import GanimateError

PORT = 8421
"""Where the page is unless another port is asked for: one that no usual program takes."""


def studio(
    photo: Annotated[
        str | None,
        typer.Argument(metavar="[PHOTO]", help="A photo with a face.", show_default=False),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where; 0 takes a free one.")] = PORT,
    host: Annotated[
        str, typer.Option(help="Who reaches it; other machines do by 0.0.0.0, with a token.")
    ] = "127.0.0.1",
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    model: Model = "motion",
    size: Annotated[
        int, typer.Option(min=64, max=4096, help="Longest side of what follows a drag, pixels.")
    ] = 512,
    quiet: Quiet = False,
) -> None:
    """Open a page with a slider for everything that moves the face.

    ganimate studio portrait.jpg
    """
    try:
        from ganimate.studio.server import open_place, serve
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in ("starlette", "uvicorn", "websockets"):
            raise
        raise GanimateError(
            f"the studio needs {error.name}, which is not installed: pip install 'ganimate[studio]'"
        ) from error
    from ganimate.media.photo import read_photo
    from ganimate.studio.stage import Stage, open_engine
    from ganimate.studio.subject import open_subject

    place = open_place(host, port)
    with show_progress("loading", quiet=quiet):
        engine = open_engine(model, size=size)
        given = None if photo is None else open_subject(read_photo(photo), photo, engine)
    serve(place, Stage(engine, given), lambda: typer.echo(place.url))
