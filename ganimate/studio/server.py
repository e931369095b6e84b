"""The server: a socket that listens, and the loop that serves it until it is asked to stop."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from ganimate.errors import GanimateError, UsageError
from ganimate.studio.app import build_app
from ganimate.studio.guard import GuardRules
from ganimate.studio.live import ENDING
from ganimate.studio.settings import LEAVING, LeavingSettings
from ganimate.studio.stage import Stage

BACKLOG = 128
"""Connections that may wait to be accepted."""

MESSAGE_BYTES = 1 << 20
"""Bytes of the longest message of a page; its wishes have some hundreds."""


@dataclass(frozen=True)
class Place:
    """Where the studio is.

    Attributes:
        listener: the socket that listens.
        urls: what to open in a browser, here and on other machines, with the token where needed.
        rules: whom to answer.
        is_local: whether only this machine reaches it.
    """

    listener: socket.socket
    urls: tuple[str, ...]
    rules: GuardRules
    is_local: bool


def open_place(host: str, port: int) -> Place:
    """Begin to listen.

    Args:
        host: an address or a name of this machine.
        port: 0 takes any that is free.

    Raises:
        UsageError: there is no such host.
        GanimateError: the port is taken, or may not be used.
    """
    listener = _listen(host, port)
    bound, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(bound.split("%")[0])
    names = {host.lower(), bound, "localhost"}
    if address.is_loopback:
        rules = GuardRules(frozenset(names | {"127.0.0.1", "::1"}))
        return Place(listener, (_write_url(host, port),), rules, is_local=True)
    names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    token = secrets.token_urlsafe(16)
    everywhere = address.is_unspecified
    rules = GuardRules(frozenset(names), any_address=everywhere, token=token)
    hosts = ("127.0.0.1", _find_own_address()) if everywhere else (host,)
    urls = tuple(_write_url(one, port, token) for one in hosts if one)
    return Place(listener, urls, rules, is_local=False)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise UsageError(f"`host` {host!r} is no address or name of this machine") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _explain(error, host, port) from error
    return listener


def _explain(error: OSError, host: str, port: int) -> GanimateError:
    if error.errno == errno.EADDRINUSE:
        return GanimateError(
            f"port {port} is taken, perhaps by another studio ({_write_url(host, port)}): give "
            "`port` another number, or 0 for any that is free"
        )
    if error.errno == errno.EACCES:
        return GanimateError(f"port {port} is kept for the system: give `port` 1024 or more")
    if error.errno == errno.EADDRNOTAVAIL:
        return UsageError(f"`host` {host!r} is no address of this machine")
    return GanimateError(f"nothing can listen at {host}, port {port}: {error.strerror}")


def _write_url(host: str, port: int, token: str | None = None) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/" + (f"?token={token}" if token else "")


def _find_own_address() -> str | None:
    """The address by which other machines reach this one; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation (RFC 5737)
        except OSError:  # no network
            return None
        found: str = probe.getsockname()[0]
        return found


class Server(uvicorn.Server):
    """A server that leaves signals to who runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def serve(
    place: Place,
    stage: Stage,
    started: Callable[[], None],
    settings: LeavingSettings = LEAVING,
) -> None:
    """Serve until SIGINT or SIGTERM; all that tabs keep is deleted then.

    What is still drawing in a thread by then cannot be stopped, and is left to itself.

    Args:
        place: where.
        stage: what all requests share.
        started: called when the page can be opened.
        settings: how it ends.
    """
    config = uvicorn.Config(
        build_app(stage, place.rules),
        access_log=False,  # addresses of requests hold names of sessions
        log_level="critical",  # errors are logged once, by errors.py
        server_header=False,
        http="h11",
        ws="websockets-sansio",
        ws_max_size=MESSAGE_BYTES,
        ws_per_message_deflate=False,  # pictures are compressed
        timeout_graceful_shutdown=settings.graceful,
    )
    try:
        asyncio.run(_serve(Server(config), place.listener, stage, started))
    finally:
        stage.end()
        stage.workers.wait(settings.patience)


async def _serve(
    server: Server, listener: socket.socket, stage: Stage, started: Callable[[], None]
) -> None:
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()

    def stop(_number: int, _frame: object) -> None:
        server.force_exit = asked.is_set()  # asked again: nobody is waited for
        loop.call_soon_threadsafe(asked.set)

    async def leave() -> None:
        await asked.wait()
        await stage.sessions.say_goodbye(ENDING)
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    leaving = asyncio.create_task(leave())
    try:
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        started()
        await serving
    finally:
        leaving.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
