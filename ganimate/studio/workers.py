"""The threads that work while the event loop listens.

What follows a drag has a thread of its own, so that it waits neither for a picture at rest, which
is calibrated and measured, nor for a clip that is exported.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Workers:
    """Three threads: one draws what is dragged, one what rests, one what is exported."""

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._drawing = ThreadPoolExecutor(1, "drawing")
        self._resting = ThreadPoolExecutor(1, "resting")
        self._exporting = ThreadPoolExecutor(1, "exporting")

    async def draw(self, work: Callable[[], T]) -> T:
        """Do what takes milliseconds and is waited for at each step of a drag."""
        return await asyncio.get_running_loop().run_in_executor(self._drawing, work)

    async def rest(self, work: Callable[[], T]) -> T:
        """Do what takes a second: read and measure a photo, calibrate, draw at full size."""
        return await asyncio.get_running_loop().run_in_executor(self._resting, work)

    async def export(self, work: Callable[[], T]) -> T:
        """Do what takes long; it should look at its session's `ended` often."""
        return await asyncio.get_running_loop().run_in_executor(self._exporting, work)

    def stop(self) -> None:
        """Begin nothing more. What runs is not waited for."""
        for pool in (self._drawing, self._resting, self._exporting):
            pool.shutdown(wait=False, cancel_futures=True)
