"""The server: a socket that listens, and the loop that serves it until it is asked to stop."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from ganimate.errors import UsageError
from ganimate.studio.app import build_app
from ganimate.studio.guard import GuardRules
from ganimate.studio.stage import Stage

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that only this machine reaches."""


@dataclass(frozen=True)
class Place:
    """Where the studio is.

    Attributes:
        listener: the socket that listens.
        url: what to open in a browser, with the token where one is needed.
        rules: whom to answer.
        is_local: whether only this machine reaches it.
    """

    listener: socket.socket
    url: str
    rules: GuardRules
    is_local: bool


def open_place(host: str, port: int) -> Place:
    """Begin to listen.

    Args:
        host: an address or a name of this machine.
        port: 0 takes any that is free.

    Raises:
        UsageError: there is no such host.
        OSError: the port is taken or may not be used.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise UsageError(f"`host` {host!r} is no address of this machine") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    bound = listener.getsockname()
    is_local = host in LOOPBACK
    token = None if is_local else secrets.token_urlsafe(16)
    everywhere = bound[0] in ("0.0.0.0", "::")
    names = {host.lower(), bound[0], "localhost", "127.0.0.1", "::1"}
    if not is_local:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    shown = "127.0.0.1" if everywhere else host
    shown = f"[{shown}]" if ":" in shown else shown
    url = f"http://{shown}:{bound[1]}/" + (f"?token={token}" if token else "")
    rules = GuardRules(frozenset(names), any_address=everywhere, token=token)
    return Place(listener=listener, url=url, rules=rules, is_local=is_local)


class Server(uvicorn.Server):
    """A server that leaves signals to who runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def serve(place: Place, stage: Stage, started: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; all that tabs keep is deleted then.

    Args:
        place: where.
        stage: what all requests share.
        started: called when the page can be opened.
    """
    config = uvicorn.Config(
        build_app(stage, place.rules),
        access_log=False,
        log_level="error",
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=1 << 20,
        timeout_graceful_shutdown=1,
    )
    asyncio.run(_serve(Server(config), place.listener, started))


async def _serve(server: Server, listener: socket.socket, started: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()

    def stop(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(setattr, server, "should_exit", True)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        started()
        await serving
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
