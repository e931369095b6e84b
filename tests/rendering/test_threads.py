"""How many threads libraries use must not be seen in a frame."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

DRAW = """
import sys
import numpy as np
from ganimate.clip import load
photo = load(sys.argv[1])
frames = [list(photo.animate(to, frames=2))[-1] for to in ("neutral", "laugh")]
keys = [{"t": 0, "expression": "source"}, {"t": 0.6, "expression": "anger"}]
head = [{"t": 0, "yaw": 0}, {"t": 0.6, "yaw": 8, "roll": 4}]
frames += photo.timeline({"fps": 5, "keys": keys, "head": head})
frames += photo.drive(sys.argv[2], 5, end=0.6, head=True)
np.save(sys.argv[3], np.stack(frames))
"""


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core has no second thread")
def test_threads_move_no_pixel_by_more_than_one_level(tmp_path: Path, grace_hopper: Path) -> None:
    """Calibration measures what it draws, and made a picture of the last digit of a sum."""
    drawn = []
    for threads in ("1", "2"):
        counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        root = str(Path(__file__).parents[2])
        environment = {**os.environ, **dict.fromkeys(counts, threads), "PYTHONPATH": root}
        path = tmp_path / f"{threads}.npy"
        driver = f"{root}/examples/driver.mp4"
        command = [sys.executable, "-c", DRAW, str(grace_hopper), driver, str(path)]
        subprocess.run(command, check=True, env=environment)
        drawn.append(np.load(path).astype(int))
    assert np.abs(drawn[0] - drawn[1]).max() <= 1
