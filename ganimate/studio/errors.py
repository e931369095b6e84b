"""What went wrong, in a sentence for the page; what nobody foresaw is logged, too."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ganimate.errors import GanimateError
from ganimate.studio.sessions import FullError, SessionError

LOG = logging.getLogger(__name__)

CODES: Mapping[type[Exception], int] = MappingProxyType(
    {SessionError: 404, FullError: 503, GanimateError: 400}
)
"""Kind of error -> HTTP status; the first that fits counts, and 500 where none does."""


def explain(error: Exception) -> str:
    """Say what went wrong in a sentence; a bug's traceback goes to the log."""
    if isinstance(error, GanimateError):
        return str(error)
    if isinstance(error, MemoryError):
        return "out of memory: try a smaller photo"
    LOG.error("a request failed", exc_info=error)
    return "something went wrong in the program: its window says more"


async def respond_to_error(request: Request, error: Exception) -> Response:
    """Answer a request that failed."""
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), 500)
    return JSONResponse({"error": explain(error)}, code)
