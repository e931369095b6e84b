"""The threads that work while the event loop listens.

What follows a drag has a thread of its own, so that it waits neither for a picture at rest, which
is calibrated and measured, nor for a clip that is exported.
"""

from __future__ import annotations

import asyncio
import threading
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
        self._pools = (self._drawing, self._resting, self._exporting)
        self._running, self._idle = 0, threading.Condition()

    async def draw(self, work: Callable[[], T]) -> T:
        """Do what takes milliseconds and is waited for at each step of a drag."""
        return await self._run(self._drawing, work)

    async def rest(self, work: Callable[[], T]) -> T:
        """Do what takes a second: read and measure a photo, calibrate, draw at full size."""
        return await self._run(self._resting, work)

    async def export(self, work: Callable[[], T]) -> T:
        """Do what takes long; it should look at its session's `ended` often."""
        return await self._run(self._exporting, work)

    def stop(self) -> None:
        """Begin nothing more. What runs is not waited for."""
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)

    def wait(self, seconds: float) -> bool:
        """Wait for what still runs after stop(), a while at most; whether it has."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._running, seconds)

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, self._count, work)

    def _count(self, work: Callable[[], T]) -> T:
        """Do something, which is counted as running meanwhile."""
        with self._idle:
            self._running += 1
        try:
            return work()
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()
