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
last = [list(photo.animate(to, frames=2))[-1] for to in ("neutral", "laugh")]
np.save(sys.argv[2], np.stack(last))
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
        command = [sys.executable, "-c", DRAW, str(grace_hopper), str(path)]
        subprocess.run(command, check=True, env=environment)
        drawn.append(np.load(path).astype(int))
    assert np.abs(drawn[0] - drawn[1]).max() <= 1
