"""Tabs of the page: what each of them keeps, and until when.

Nothing is shared between two of them but what draws. All of this runs in the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from starlette.websockets import WebSocket

from ganimate.errors import GanimateError, UsageError
from ganimate.media.files import open_work_folder
from ganimate.studio.settings import SESSION, SessionSettings
from ganimate.studio.subject import Subject

LOG = logging.getLogger(__name__)


class SessionError(GanimateError):
    """There is no such session, or it has ended."""


class FullError(GanimateError):
    """There is no room for another session."""


class Session:
    """One tab.

    Attributes:
        id: what nobody can guess; it is in no log.
        subject: who sits; None until there is a photo.
        socket: where pictures go; None while the tab is loaded again.
        ended: set when all of it is to stop: what runs long looks at it.
        belongings: what other modules keep for this tab, by their name.
    """

    def __init__(self) -> None:
        """Begin with no photo."""
        self.id = secrets.token_urlsafe(24)
        self.subject: Subject | None = None
        self.socket: WebSocket | None = None
        self.ended = threading.Event()
        self.belongings: dict[str, Any] = {}
        self.timer: asyncio.TimerHandle | None = None
        self._folder: Path | None = None
        self._held = ExitStack()
        self._sending = asyncio.Lock()

    @property
    def folder(self) -> Path:
        """A private folder for what does not fit in memory; deleted with the session.

        Should this program be killed, the next one deletes it.
        """
        if self._folder is None:
            place = Path(tempfile.gettempdir()) / "studio"
            self._folder = self._held.enter_context(open_work_folder(place))
        return self._folder

    def require_subject(self) -> Subject:
        """Return who sits.

        Raises:
            UsageError: there is no photo yet.
        """
        if self.subject is None:
            raise UsageError("there is no photo yet: choose one first")
        return self.subject

    async def send(self, message: dict[str, Any] | bytes) -> None:
        """Send a message to the page, if it is there."""
        socket = self.socket
        if socket is None:
            return
        async with self._sending:
            try:
                if isinstance(message, bytes):
                    await socket.send_bytes(message)
                else:
                    await socket.send_json(message)
            except (RuntimeError, OSError) as error:  # it went meanwhile, as its reader will find
                LOG.debug("a page was gone: %s", type(error).__name__)

    def end(self) -> None:
        """Forget the photo and delete the folder."""
        self.ended.set()
        if self.timer is not None:
            self.timer.cancel()
        self.subject = None
        self.belongings.clear()
        self._held.close()
        self._folder = None


class Sessions:
    """All tabs."""

    def __init__(self, settings: SessionSettings = SESSION) -> None:
        """Begin with none."""
        self.settings = settings
        self._by_id: dict[str, Session] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._by_id)

    def open(self) -> Session:
        """Begin a session, which waits for its socket for a time of grace.

        Where there is no room, the one that was left first has had its grace.

        Raises:
            FullError: there are as many as there may be.
        """
        if len(self._by_id) >= self.settings.sessions:
            for left in [one for one in self._by_id.values() if one.socket is None][:1]:
                self.close(left)
        if len(self._by_id) >= self.settings.sessions:
            raise FullError(
                f"{self.settings.sessions} pages are open, which is all that there may be: "
                "close another one, wait a little, and load this page again"
            )
        session = Session()
        self._by_id[session.id] = session
        self._wait(session)
        return session

    def find(self, name: str) -> Session:
        """Find a session.

        Raises:
            SessionError: there is none of this name, or it has ended.
        """
        session = self._by_id.get(name)
        if session is None:
            raise SessionError("this page was closed and its photo is gone: load the page again")
        return session

    async def wait_for_leave(self, session: Session) -> bool:
        """Wait a moment for a page that is loaded again to leave; whether it has left."""
        for _ in range(10):
            if session.socket is None:
                break
            await asyncio.sleep(self.settings.leave / 10)
        return session.socket is None

    def attach(self, session: Session, socket: WebSocket) -> None:
        """Let a session live for as long as its socket does."""
        if session.timer is not None:
            session.timer.cancel()
            session.timer = None
        session.socket = socket

    def detach(self, session: Session, socket: WebSocket) -> None:
        """Let a session that lost its socket wait for another for a time of grace."""
        if session.socket is not socket:
            return
        session.socket = None
        if not session.ended.is_set():
            self._wait(session)

    def close(self, session: Session) -> None:
        """End a session and delete all of it."""
        self._by_id.pop(session.id, None)
        session.end()

    async def say_goodbye(self, code: int) -> None:
        """Close the sockets of all tabs, which are told that the program ends."""
        for session in list(self._by_id.values()):
            session.ended.set()
            if session.socket is not None:
                with suppress(RuntimeError, OSError):
                    await session.socket.close(code)

    def close_all(self) -> None:
        """End every session."""
        for session in list(self._by_id.values()):
            self.close(session)

    def _wait(self, session: Session) -> None:
        close: Callable[[Session], None] = self.close
        loop = asyncio.get_running_loop()
        session.timer = loop.call_later(self.settings.grace, close, session)
