"""What went wrong, in a sentence for the page; what nobody foresaw is logged, too."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ganimate.errors import GanimateError
from ganimate.studio.sessions import SessionError

LOG = logging.getLogger(__name__)


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
    if isinstance(error, SessionError):
        code = 404
    else:
        code = 400 if isinstance(error, GanimateError) else 500
    return JSONResponse({"error": explain(error)}, code)
