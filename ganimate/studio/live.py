"""The socket of a tab: wishes in, pictures out, and of the wishes only the newest.

A page sends an object for each step of a drag: `id` (a number that rises), `view`, `rest`, and what
to draw: `values` of the sliders, or what another source of DIRECTIONS reads. While one picture is
drawn, later wishes replace each other, so that no picture is late by more than the one before it.

A picture is a message of bytes: HEADER, then a JPEG at the size of a drag or a PNG at the photo's.
All else is JSON with a `type`.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from starlette.websockets import WebSocket, WebSocketDisconnect

from ganimate.arrays import AUVector, Photo
from ganimate.errors import UsageError
from ganimate.studio.channels import list_values, read_wish
from ganimate.studio.errors import explain
from ganimate.studio.sessions import Session, SessionError
from ganimate.studio.stage import Stage, get_session, get_stage
from ganimate.studio.subject import Stance, Subject
from ganimate.studio.timeline_routes import direct_by_time
from ganimate.studio.views import VIEWS, draw_result, encode_exactly, encode_quickly

HEADER = struct.Struct("<IBBH")
"""Number of the wish, kind of the picture, number of its view in VIEWS, milliseconds it took."""

DRAGGED, RESTING = 0, 1
"""Kinds of pictures: a JPEG at the size of a drag, a PNG at the photo's."""

TAKEN, GONE, ENDING = 4409, 4404, 1001
"""Codes with which a socket is closed: the tab is shown elsewhere, it is gone, the program ends."""

Director: TypeAlias = Callable[[Session, Mapping[str, Any], bool], Stance]
"""(session, wish, whether it rests) -> what to draw. Raises GanimateError. Runs in a worker."""


@dataclass(frozen=True)
class Order:
    """One wish of a page.

    Attributes:
        number: the page's own, which rises.
        view: a name in VIEWS.
        rest: whether the hand rests.
        wish: what to draw, as the page says it.
    """

    number: int
    view: str
    rest: bool
    wish: Mapping[str, Any]

    @property
    def content(self) -> Mapping[str, Any]:
        """What is to be seen, by whatever number and at whatever size."""
        return {name: value for name, value in self.wish.items() if name not in ("id", "rest")}


def direct_by_values(session: Session, wish: Mapping[str, Any], rest: bool) -> Stance:
    """Draw what the sliders ask for."""
    subject = session.require_subject()
    asked = read_wish(wish["values"], subject.source)
    return subject.settle(asked) if rest else subject.follow(asked)


DIRECTIONS: Mapping[str, Director] = MappingProxyType(
    {"values": direct_by_values, "at": direct_by_time}
)
"""Name in a wish -> what reads it; the first that a wish has counts."""


def read_order(message: Any) -> Order:
    """Read a wish of a page.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(message, Mapping):
        raise UsageError("a message of the page is no object")
    number, view = message.get("id"), message.get("view", "result")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 1 << 32:
        raise UsageError("a message of the page has no number")
    if view not in VIEWS:
        raise UsageError(f"there is no view {view!r}: it is {', '.join(VIEWS)}")
    if not message.keys() & DIRECTIONS.keys():
        raise UsageError("a message of the page does not say what to draw")
    return Order(number=number, view=view, rest=message.get("rest") is True, wish=message)


async def serve_live(socket: WebSocket) -> None:
    """Serve the socket of a tab for as long as it is open."""
    stage = get_stage(socket)
    await socket.accept()
    try:
        session = get_session(socket)
    except SessionError:
        await socket.close(GONE)
        return
    if not await stage.sessions.wait_for_leave(session):
        await socket.close(TAKEN)
        return
    stage.sessions.attach(session, socket)
    line = Line(stage, session)
    drawing = asyncio.create_task(line.draw_newest())
    try:
        while True:
            await line.accept(await socket.receive_json())
    except (WebSocketDisconnect, ValueError, KeyError):
        pass
    finally:
        drawing.cancel()
        line.stop()
        stage.sessions.detach(session, socket)


class Line:
    """The wishes of one socket, of which the newest is kept."""

    def __init__(self, stage: Stage, session: Session) -> None:
        """Wait for a first wish."""
        self.stage, self.session = stage, session
        self._newest: Order | None = None
        self._last = -1
        self._came = asyncio.Event()
        self._resting: asyncio.Task[None] | None = None
        self._shown: Mapping[str, Any] | None = None

    async def accept(self, message: Any) -> None:
        """Take a wish in place of the one before it."""
        try:
            order = read_order(message)
        except UsageError as error:
            await self.session.send({"type": "error", "id": None, "error": str(error)})
            return
        self._newest, self._last = order, order.number
        self._came.set()

    def stop(self) -> None:
        """Draw nothing more."""
        if self._resting is not None:
            self._resting.cancel()

    async def draw_newest(self) -> None:
        """Draw the newest wish, and when that is done the newest by then."""
        while True:
            await self._came.wait()
            self._came.clear()
            order, self._newest = self._newest, None
            if order is None:
                continue
            # A hand that comes to rest sees what it saw last, until all of the photo is drawn.
            if not order.rest or order.content != self._shown:
                await self._draw(order)
            if order.rest:
                self.stop()
                self._resting = asyncio.create_task(self._draw_at_rest(order))

    async def _draw(self, order: Order) -> None:
        """Draw a wish at the size of a drag."""
        try:
            picture = await self.stage.workers.draw(lambda: draw_dragged(self.session, order))
        except Exception as error:
            await self._explain(order, error)
        else:
            self._shown = order.content
            await self.session.send(picture)

    async def _draw_at_rest(self, order: Order) -> None:
        """Draw a wish as a clip would have it, unless there is a newer one by then."""

        def draw() -> Rested | None:
            return draw_rested(self.session, order) if order.number == self._last else None

        try:
            rested = await self.stage.workers.rest(draw)
        except Exception as error:
            await self._explain(order, error)
            return
        if rested is None or order.number != self._last:
            return
        await self.session.send(rested.picture)
        await self.session.send(rested.report)

    async def _explain(self, order: Order, error: Exception) -> None:
        if order.number == self._last:
            words = explain(error)
            await self.session.send({"type": "error", "id": order.number, "error": words})


@dataclass(frozen=True)
class Rested:
    """A wish drawn at the photo's size.

    Attributes:
        picture: the message with it.
        report: what was asked, and what was measured in it.
    """

    picture: bytes
    report: dict[str, Any]


def draw_dragged(session: Session, order: Order) -> bytes:
    """Draw a wish at the size of a drag, as a message."""
    began = time.perf_counter()
    animator = session.require_subject().preview
    stance = _direct(session, order, rest=False)
    picture = encode_quickly(VIEWS[order.view](animator, stance))
    return _pack(order, DRAGGED, began) + picture


def draw_rested(session: Session, order: Order) -> Rested:
    """Draw a wish at the photo's size, as a clip would have it, and measure what it shows."""
    began = time.perf_counter()
    subject = session.require_subject()
    stance = _direct(session, order, rest=True)
    result = draw_result(subject.full, stance)
    seen = result if order.view == "result" else VIEWS[order.view](subject.full, stance)
    picture = encode_exactly(seen)
    header = _pack(order, RESTING, began)
    return Rested(header + picture, _report(subject, order, stance, result))


def _direct(session: Session, order: Order, *, rest: bool) -> Stance:
    name = next(name for name in DIRECTIONS if name in order.wish)
    return DIRECTIONS[name](session, order.wish, rest)


def _pack(order: Order, kind: int, began: float) -> bytes:
    took = min(round(1000 * (time.perf_counter() - began)), (1 << 16) - 1)
    return HEADER.pack(order.number, kind, list(VIEWS).index(order.view), took)


def _report(subject: Subject, order: Order, stance: Stance, frame: Photo) -> dict[str, Any]:
    measured: AUVector | None = subject.measure(frame)
    return {
        "type": "measured",
        "id": order.number,
        "asked": name_cells(stance.aus),
        "measured": None if measured is None else name_cells(measured),
    }


def name_cells(aus: AUVector) -> dict[str, float]:
    """Name all intensities of AUs (17, 2) as their sliders are."""
    return list_values(aus, aus - 1)
