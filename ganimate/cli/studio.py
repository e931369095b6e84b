"""`ganimate studio`: a face in a browser, with sliders."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganimate.cli.console import show_progress, warn
from ganimate.cli.options import Model, Quiet
from ganimate.errors import GanimateError

if TYPE_CHECKING:
    from ganimate.studio.server import Place

PORT = 8421
"""Where the page is unless another port is asked for: one that no usual program takes."""

EXTRA = ("starlette", "uvicorn", "websockets")
"""What the extra `studio` installs."""


def studio(
    photo: Annotated[
        Path | None,
        typer.Argument(
            metavar="PHOTO",
            help="A photo with a face.",
            show_default="the page asks for one",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the page is; 0 takes any port.")
    ] = PORT,
    host: Annotated[
        str,
        typer.Option(help="Who reaches it: 0.0.0.0 lets other machines in, who need a token."),
    ] = "127.0.0.1",
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Open no browser; only say where the page is.")
    ] = False,
    model: Model = "motion",
    size: Annotated[
        int,
        typer.Option(
            min=64, max=4096, help="Longest side in pixels while a slider moves; then all of them."
        ),
    ] = 512,
    quiet: Quiet = False,
) -> None:
    """Open a page with a slider for everything that moves a face.

    Ctrl-C ends it. Nothing leaves this machine.

    ganimate studio portrait.jpg
    """
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise GanimateError(
            f"the studio needs {', '.join(missing)}, not installed here: "
            "pip install 'ganimate[studio]'"
        )
    from ganimate.media.photo import read_photo
    from ganimate.studio.server import open_place, serve
    from ganimate.studio.settings import SESSION
    from ganimate.studio.stage import Stage, open_engine
    from ganimate.studio.subject import open_subject

    place = open_place(host, port)
    with place.listener:
        pixels = None if photo is None else read_photo(photo, SESSION.most_pixels)
        with show_progress("loading the model", quiet=quiet):
            engine = open_engine(model, size=size)
        given = None
        if photo is not None and pixels is not None:
            with show_progress(f"{photo.name}: finding the face", quiet=quiet):
                given = open_subject(pixels, photo.name, engine)
        serve(place, Stage(engine, given), lambda: _announce(place, no_browser, quiet=quiet))
    # Nothing is left to be done. The interpreter would wait for threads that draw, which nothing
    # can stop, and then take a second to unload torch.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _announce(place: Place, no_browser: bool, *, quiet: bool) -> None:
    """Say where the page is, and open it."""
    if not place.is_local:
        warn(
            "whoever reaches this machine and knows the token in these addresses can use the "
            "studio, and see what is sent: the connection is not encrypted"
        )
    for url in place.urls:
        typer.echo(url)
    if not quiet and sys.stderr.isatty():
        typer.echo("Ctrl-C ends it.", err=True)
    if not no_browser and _has_screen():
        import webbrowser

        webbrowser.open(place.urls[0])


def _has_screen() -> bool:
    """Whether a browser would have a window: elsewhere one may start in the terminal."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True
