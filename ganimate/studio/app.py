"""The routes of the studio: the page, tabs, photos, pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path, PurePath

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from ganimate.errors import GanimateError, PhotoError, UsageError
from ganimate.media.photo import decode_photo
from ganimate.performance.expressions import PRESETS
from ganimate.studio.channels import Wish
from ganimate.studio.errors import respond_to_error
from ganimate.studio.examples import EXAMPLES, find_example
from ganimate.studio.guard import Guard, GuardRules
from ganimate.studio.live import serve_live
from ganimate.studio.plausible import draw_plausible
from ganimate.studio.settings import SESSION
from ganimate.studio.stage import Stage, get_session, get_stage
from ganimate.studio.subject import Subject, open_subject
from ganimate.studio.thumbnails import draw_thumbnail
from ganimate.studio.timeline_routes import TIMELINE_ROUTES
from ganimate.studio.uploads import read_body, read_json
from ganimate.studio.views import encode_exactly

PAGE = Path(__file__).parent / "page"
"""Folder of the page's files."""


def build_app(stage: Stage, rules: GuardRules) -> Starlette:
    """Build the application.

    Args:
        stage: what all requests share.
        rules: whom it answers.
    """

    @asynccontextmanager
    async def live(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            stage.end()

    routes: list[BaseRoute] = [
        Route("/", show_page),
        Route("/api/about", tell_about),
        Route("/api/random", draw_random),
        Route("/api/sessions", open_session, methods=["POST"]),
        Route("/api/sessions/{session}", describe_session, methods=["GET"]),
        Route("/api/sessions/{session}", close_session, methods=["DELETE"]),
        Route("/api/sessions/{session}/photo", show_photo, methods=["GET"]),
        Route("/api/sessions/{session}/photo", take_photo, methods=["POST"]),
        Route("/api/sessions/{session}/face", choose_face, methods=["POST"]),
        Route("/api/sessions/{session}/presets/{name}", show_preset),
        WebSocketRoute("/api/sessions/{session}/live", serve_live),
        *TIMELINE_ROUTES,
        Mount("/static", StaticFiles(directory=PAGE)),
    ]
    handlers = {GanimateError: respond_to_error, Exception: respond_to_error}
    app = Starlette(routes=routes, lifespan=live, exception_handlers=handlers)
    app.add_middleware(Guard, rules=rules)
    app.state.stage = stage
    return app


async def show_page(_request: Request) -> Response:
    """The page."""
    return FileResponse(PAGE / "index.html")


async def tell_about(request: Request) -> Response:
    """What the page should know before there is a photo."""
    stage = get_stage(request)
    return JSONResponse(
        {
            "examples": [{"id": one.name, "name": one.title} for one in EXAMPLES],
            "given": None if stage.given is None else stage.given.name,
            "most_bytes": SESSION.most_bytes,
            "grace": SESSION.grace,
            "size": stage.engine.size,
        }
    )


async def draw_random(request: Request) -> Response:
    """A plausible face: {"values": {...}} of sliders."""
    seed = request.query_params.get("seed")
    if seed is not None and not seed.isdecimal():
        raise UsageError(f"a seed is a whole number, not {seed!r}")
    return JSONResponse({"values": draw_plausible(None if seed is None else int(seed))})


async def open_session(request: Request) -> Response:
    """Begin a tab; with ?copy=ID it shows the photo of another one, as a duplicated tab does."""
    sessions = get_stage(request).sessions
    copied = request.query_params.get("copy")
    subject = None if copied is None else sessions.find(copied).subject
    session = sessions.open()
    session.subject = None if subject is None else subject.copy()
    return JSONResponse({"session": session.id})


async def describe_session(request: Request) -> Response:
    """The photo that a tab shows; `null` where it has none."""
    subject = get_session(request).subject
    return JSONResponse({"photo": None if subject is None else subject.describe()})


async def close_session(request: Request) -> Response:
    """End a tab and delete all of it."""
    get_stage(request).sessions.close(get_session(request))
    return Response(status_code=204)


async def show_photo(request: Request) -> Response:
    """The photo as it was read, as PNG: what results are compared with."""
    stage, subject = get_stage(request), get_session(request).require_subject()
    picture = await stage.workers.rest(lambda: encode_exactly(subject.photo))
    return Response(picture, media_type="image/png")


async def take_photo(request: Request) -> Response:
    """Take a photo: the body's, ?example=NAME, or with ?given=1 that of the command line."""
    stage, session = get_stage(request), get_session(request)
    if "given" in request.query_params:
        if stage.given is None:
            raise PhotoError("the program was started without a photo: choose one here")
        session.subject = stage.given.copy()
    else:
        example = request.query_params.get("example")
        if example is not None:
            path = find_example(example)
            data, name = BytesIO(path.read_bytes()), path.name
        else:
            data = BytesIO(await read_body(request))
            name = PurePath(request.query_params.get("name", "")).name or "the photo"

        def read() -> Subject:
            photo = decode_photo(data, name, SESSION.most_pixels)
            return open_subject(photo, name, stage.engine)

        session.subject = await stage.workers.rest(read)
    return JSONResponse(session.subject.describe())


async def choose_face(request: Request) -> Response:
    """Move another face of the photo: {"face": NUMBER} -> the photo's description."""
    stage, session = get_stage(request), get_session(request)
    index = (await read_json(request)).get("face")
    if not isinstance(index, int) or isinstance(index, bool):
        raise UsageError("the number of a face is a whole number")
    subject = session.require_subject()
    session.subject = await stage.workers.rest(lambda: subject.choose(index))
    return JSONResponse(session.subject.describe())


async def show_preset(request: Request) -> Response:
    """A small picture of this face with a preset."""
    stage, session = get_stage(request), get_session(request)
    preset = PRESETS.get(request.path_params["name"])
    if preset is None:
        raise UsageError(f"there is no preset {request.path_params['name']!r}")
    subject = session.require_subject()
    wish = Wish(preset.apply_to(subject.source))
    picture = await stage.workers.rest(lambda: draw_thumbnail(subject, wish))
    return Response(picture, media_type="image/jpeg")
