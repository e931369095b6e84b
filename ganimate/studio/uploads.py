"""What a page sends: read up to a limit, into memory or into a private file."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.requests import Request

from ganimate.errors import PhotoError, UsageError
from ganimate.media.files import explain_disk_errors
from ganimate.studio.settings import SESSION


async def read_body(request: Request, most: int = SESSION.most_bytes) -> bytes:
    """Read what is uploaded.

    Raises:
        PhotoError: it is longer than `most` bytes, or empty.
    """
    return b"".join([piece async for piece in _receive(request, most)])


async def read_text(request: Request) -> str:
    """Read a text that is sent.

    Raises:
        UsageError: it is no text.
    """
    try:
        return (await read_body(request)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"this is no text file: {error}") from error


async def read_json(request: Request) -> dict[str, Any]:
    """Read an object that is sent as JSON.

    Raises:
        UsageError: it is none.
    """
    try:
        asked = json.loads(await read_text(request))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"what the page sent is no JSON: {error}") from error
    if not isinstance(asked, dict):
        raise UsageError("what the page sent is no object")
    return asked


async def receive_file(request: Request, path: Path, most: int) -> None:
    """Write what is uploaded into a file, which is deleted if not all of it comes.

    Raises:
        PhotoError: it is longer than `most` bytes, or empty.
        OutputError: the disk refuses.
    """
    try:
        with explain_disk_errors(path), path.open("xb") as file:
            async for piece in _receive(request, most):
                file.write(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


async def _receive(request: Request, most: int) -> AsyncIterator[bytes]:
    """Yield the pieces of a body of 1 to `most` bytes."""
    count = 0
    async for piece in request.stream():
        count += len(piece)
        if count > most:
            raise PhotoError(f"the file is larger than {most >> 20} MiB: make it smaller")
        yield piece
    if not count:
        raise PhotoError("the file is empty: copy or download it again")
