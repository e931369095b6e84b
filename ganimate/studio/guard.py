"""Whom the studio answers: its own page, and nobody else.

A page of another site may point its own name at this machine (DNS rebinding), or send requests
here from a visitor's browser. The first has a foreign Host, the second a foreign Origin: both are
refused before anything is read. Off loopback a token is needed, too.
"""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-ganimate-token"
"""Header, and `token` the parameter, that carry the token."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content security policy: nothing from elsewhere, nothing inline, in nobody's frame."""

HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""What every answer says."""


@dataclass(frozen=True)
class GuardRules:
    """Whom to answer.

    Attributes:
        hosts: names and addresses of this program, in lower case, without a port.
        any_address: whether it is reached by any address, too, as when it listens on all of them:
            an address, unlike a name, cannot be pointed elsewhere.
        token: what requests have to know; None on loopback.
    """

    hosts: frozenset[str]
    any_address: bool = False
    token: str | None = None


class Guard:
    """Middleware that refuses foreign requests and adds HEADERS to all answers."""

    def __init__(self, app: ASGIApp, rules: GuardRules) -> None:
        """Guard an application by rules."""
        self.app, self.rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        why_not = find_objection(scope, self.rules)
        if why_not is not None:
            await _refuse(scope, receive, send, why_not)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message)
            await send(message)

        await self.app(scope, receive, send_guarded)


def find_objection(scope: Scope, rules: GuardRules) -> str | None:
    """Find what is wrong with a request; None where nothing is.

    Args:
        scope: of an HTTP request or a WebSocket.
        rules: whom to answer.
    """
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if not _is_known_host(host, rules):
        return "this address is not the studio's: open the one that the program printed"
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
        return "a page of another site may not ask the studio for anything"
    inner = scope["path"].startswith("/api/")
    if inner and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "a page of another site may not ask the studio for anything"
    if scope["path"].startswith("/static/") or rules.token is None:
        return None
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    shown = headers.get(TOKEN_HEADER) or next(iter(query.get("token", [])), "")
    if not secrets.compare_digest(shown.encode(), rules.token.encode()):
        return "the token is missing or wrong: open the whole address that the program printed"
    return None


def _is_known_host(host: str, rules: GuardRules) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    if name is None:
        return False
    return name in rules.hosts or (rules.any_address and is_address(name))


def is_address(name: str) -> bool:
    """Whether a host is an address rather than a name."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _add_headers(message: Message) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers[name] = value


async def _refuse(scope: Scope, receive: Receive, send: Send, why_not: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4403, "reason": ""})
        return
    words: Response = PlainTextResponse(f"{why_not}\n", 403, headers=HEADERS)
    if scope["path"].startswith("/api/"):
        words = JSONResponse({"error": why_not}, 403, headers=HEADERS)
    await words(scope, receive, send)
