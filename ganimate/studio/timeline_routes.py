"""The routes of the timeline: files opened and saved, keys, exports, and sources of expressions."""

from __future__ import annotations

import asyncio
import json
import math
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePath
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from ganimate.errors import UsageError
from ganimate.media.photo import decode_photo
from ganimate.studio.channels import list_values, read_wish
from ganimate.studio.driving import copy_expression, follow_driver
from ganimate.studio.exports import SUFFIXES, check_export, export_timeline, write_command
from ganimate.studio.jobs import Job, JobError, Jobs
from ganimate.studio.scenes import Scene
from ganimate.studio.sessions import Session
from ganimate.studio.settings import DRIVER_UPLOAD, SESSION
from ganimate.studio.stage import Stage, get_session, get_stage
from ganimate.studio.subject import Stance, Subject
from ganimate.studio.timeline import (
    OpenedTimeline,
    describe_timeline,
    open_timeline,
    write_timeline,
)
from ganimate.studio.timeline_edits import put_key, start_document
from ganimate.studio.uploads import read_body, read_json, read_text, receive_file


@dataclass
class TabTimeline:
    """What a tab keeps for its timeline.

    Attributes:
        jobs: exports, and videos that are watched.
        scene: the newest timeline, performed; None before there is one.
        fitting: what calibrates that scene meanwhile.
    """

    jobs: Jobs
    scene: Scene | None = None
    fitting: asyncio.Task[None] | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


def get_tab_timeline(session: Session) -> TabTimeline:
    """Return what a tab keeps for its timeline."""
    kept: TabTimeline = session.belongings.setdefault("timeline", TabTimeline(Jobs(session.ended)))
    return kept


def direct_by_time(session: Session, wish: Mapping[str, Any], rest: bool) -> Stance:
    """Draw a moment of the newest timeline: {"at": seconds}.

    Raises:
        UsageError: there is no timeline, or this is no time.
    """
    at, kept = wish["at"], get_tab_timeline(session)
    if isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at):
        raise UsageError("a moment of a timeline is a number of seconds")
    subject, scene = session.require_subject(), kept.scene
    if scene is None:
        raise UsageError("there is no timeline yet: add a key, or open a file")
    if scene.animator is not subject.full:  # another face was chosen meanwhile
        scene = kept.scene = Scene(scene.opened, subject.full, scene.version)
    return scene.settle(at) if rest else scene.follow(at)


# Documents


async def show_timeline(request: Request) -> Response:
    """Read a keys.json, let the live socket show it, and describe it for the strip."""
    stage, session = get_stage(request), get_session(request)
    subject, kept = session.require_subject(), get_tab_timeline(session)
    text = await read_text(request)
    opened = await run_in_threadpool(open_timeline, text)
    version = 1 if kept.scene is None else kept.scene.version + 1
    scene = await run_in_threadpool(Scene, opened, subject.full, version)
    described = await run_in_threadpool(describe_timeline, opened, scene.performance)
    kept.scene = scene
    _fit_meanwhile(stage, session, scene)
    name = PurePath(request.query_params.get("name", "")).stem or PurePath(subject.name).stem
    commands = {
        suffix: write_command(opened.timeline, name, suffix, stage.engine.model)
        for suffix in SUFFIXES
    }
    about = {
        "version": version,
        "commands": commands,
        "differs": _find_differences(opened, subject),
    }
    return JSONResponse(described | about)


def _find_differences(opened: OpenedTimeline, subject: Subject) -> dict[str, Any]:
    """What the file says of photo and face that is not what the page shows: what to write there."""
    differs: dict[str, Any] = {}
    photo = PurePath(subject.name).name
    if PurePath(opened.given["photo"]).name != photo:
        differs["photo"] = photo
    number = "0" if opened.timeline.face == "largest" else opened.timeline.face
    if number not in (str(subject.chosen), "all"):
        differs["face"] = subject.chosen
    return differs


def _fit_meanwhile(stage: Stage, session: Session, scene: Scene) -> None:
    """Calibrate a scene, an expression at a time, until it is done or there is a newer one."""
    kept = get_tab_timeline(session)
    if kept.fitting is not None:
        kept.fitting.cancel()

    async def fit() -> None:
        for anchor in scene.anchors:
            await stage.workers.rest(lambda anchor=anchor: scene.calibrate(anchor))  # type: ignore[misc]

    kept.fitting = asyncio.create_task(fit())


async def add_key(request: Request) -> Response:
    """Put the expression of the sliders into a document, or begin one."""
    subject = get_session(request).require_subject()
    asked = await read_json(request)
    wish = read_wish(asked.get("values"), subject.source)
    at = asked.get("at")
    if isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at) or at < 0:
        raise UsageError("a key has a time of 0 seconds or more")
    given = asked.get("document")
    if given is None:
        given = start_document(PurePath(subject.name).name, subject.chosen)
        duration = float(given["duration"])
    else:
        opened = await run_in_threadpool(open_timeline, json.dumps(given))
        duration = opened.timeline.duration
    made = put_key(given, min(at, duration), wish, subject.source, duration)
    return JSONResponse({"document": made})


async def lay_out(request: Request) -> Response:
    """Write a document as the text of a file for people to edit."""
    opened = await run_in_threadpool(open_timeline, await read_text(request))
    text = await run_in_threadpool(write_timeline, opened.given)
    return JSONResponse({"text": text.decode()})


# Jobs


async def start_export(request: Request) -> Response:
    """Begin to export a document: {"document", "suffix"} -> {"job"}."""
    stage, session = get_stage(request), get_session(request)
    subject = session.require_subject()
    asked = await read_json(request)
    opened = await run_in_threadpool(open_timeline, json.dumps(asked.get("document")))
    suffix, folder = str(asked.get("suffix")), session.folder
    check_export(opened.timeline, suffix, folder)
    return _start(
        stage, session, lambda job: export_timeline(opened.timeline, subject, suffix, folder, job)
    )


async def start_driver(request: Request) -> Response:
    """Begin to watch a driving video, the body: ?name=, ?head=1 -> {"job"}."""
    stage, session = get_stage(request), get_session(request)
    subject = session.require_subject()
    name = PurePath(request.query_params.get("name", "")).name or "the video"
    head = request.query_params.get("head") == "1"
    video = session.folder / f"driver-{secrets.token_hex(8)}"
    await receive_file(request, video, DRIVER_UPLOAD.most_bytes)
    return _start(stage, session, lambda job: follow_driver(video, name, subject, job, head=head))


def _start(stage: Stage, session: Session, work: Callable[[Job], Any]) -> Response:
    kept, folder = get_tab_timeline(session), session.folder
    job = kept.jobs.open()

    def run() -> None:
        job.run(work)
        if session.ended.is_set():  # what was written since the session was deleted
            shutil.rmtree(folder, ignore_errors=True)

    task = asyncio.create_task(stage.workers.export(run))
    kept.tasks.add(task)
    task.add_done_callback(kept.tasks.discard)
    return JSONResponse({"job": job.name}, 202)


async def describe_job(request: Request) -> Response:
    """How a job stands."""
    return JSONResponse(_find_job(request).describe())


async def remove_job(request: Request) -> Response:
    """Break a job off, or delete what it made."""
    job = _find_job(request)
    get_tab_timeline(get_session(request)).jobs.remove(job.name)
    return JSONResponse(job.describe())


async def send_file(request: Request) -> Response:
    """The file of a job that is done: ?name= is what it is saved as."""
    job = _find_job(request)
    if job.state != "done" or job.file is None:
        raise JobError("this export has no file: start it again")
    name = PurePath(request.query_params.get("name", "")).stem or "ganimate"
    return FileResponse(job.file, filename=name + job.file.suffix)


def _find_job(request: Request) -> Job:
    return get_tab_timeline(get_session(request)).jobs.find(request.path_params["job"])


# A second photo


async def copy_photo(request: Request) -> Response:
    """The expression of another photo, the body: {"values": {...}} of sliders."""
    stage, session = get_stage(request), get_session(request)
    subject = session.require_subject()
    name = PurePath(request.query_params.get("name", "")).name or "the photo"
    data = BytesIO(await read_body(request))

    def copy() -> dict[str, float]:
        photo = decode_photo(data, name, SESSION.most_pixels)
        return list_values(copy_expression(photo, name, subject.engine.models), subject.source)

    return JSONResponse({"values": await stage.workers.rest(copy)})


def _route(path: str, answer: Callable[..., Any], method: str) -> Route:
    return Route(f"/api/sessions/{{session}}{path}", answer, methods=[method])


TIMELINE_ROUTES = (
    _route("/timeline", show_timeline, "POST"),
    _route("/timeline/key", add_key, "POST"),
    _route("/timeline/text", lay_out, "POST"),
    _route("/exports", start_export, "POST"),
    _route("/driver", start_driver, "POST"),
    _route("/expression", copy_photo, "POST"),
    _route("/jobs/{job}", describe_job, "GET"),
    _route("/jobs/{job}", remove_job, "DELETE"),
    _route("/jobs/{job}/file", send_file, "GET"),
)
"""For the application."""
