"""Processes that make shards, one a core, and end as soon as nobody waits for them."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event

import cv2

from ganimate.concurrency import end_with_parent, keep_signals
from ganimate.errors import GanimateError
from ganimate.streams import discard_stderr
from ganimate.training.data.shard import Job, make_shard

_stop: Event | None = None
"""In a worker: set when nobody waits for it any more. An event reaches another process while that
one starts and never as the argument of a job, so the worker's module is where it has to stay."""


def run_jobs(jobs: Sequence[Job], workers: int) -> Iterator[int]:
    """Make shards in processes of their own.

    Whoever stops iterating waits for no more than a photo.

    Args:
        jobs: a shard each.
        workers: processes, 1 or more.

    Yields:
        The number of photos and videos of each job as it is done.

    Raises:
        GanimateError: a worker died, or what it raised itself.
    """
    if not jobs:
        return
    context = multiprocessing.get_context("spawn")
    with keep_signals():  # first, as it starts the process that cleans up after the others
        stop = context.Event()
    pool = ProcessPoolExecutor(workers, context, _start_worker, (stop,))
    try:
        with keep_signals():
            futures = [pool.submit(_run_job, job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise GanimateError(
            "A worker process died, perhaps for want of memory. The shards that were done are "
            "kept: run the same command again, with fewer workers."
        ) from error
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _start_worker(stop: Event) -> None:
    """Make a process a worker: one core, silent, stopped by its parent and never by Ctrl-C."""
    global _stop
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    # Decoders write to file descriptor 2 what they think of damaged files. Errors do not go there:
    # they are exceptions, which reach the parent.
    discard_stderr()
    cv2.setNumThreads(1)  # there is a process for every core already


def _run_job(job: Job) -> int:
    return make_shard(job, _is_stopped)


def _is_stopped() -> bool:
    return _stop is not None and _stop.is_set()
