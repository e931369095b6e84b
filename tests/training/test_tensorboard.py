"""A run as TensorBoard has it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from training_runs import (
    TINY_PAPER,
    ganimate,
    log_of,
    run_of,
)

from ganimate.training import tensorboard
from ganimate.training.data.dataset import FaceSet

pytestmark = pytest.mark.usefixtures("one_thread")


def test_tensorboard_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)  # what an import finds missing
    for name in [name for name in sys.modules if name.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    text = ganimate("train", "--data", tmp_path, "-o", tmp_path / "run", "--tensorboard", code=1)
    assert "[tensorboard]" in text


def test_tensorboard_has_what_the_log_has(few_faces: FaceSet, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    stopped = tensorboard.record_progress(run_of(few_faces, tmp_path, TINY_PAPER), tmp_path)
    assert [next(stopped).step for _ in range(4)] == [1, 2, 3, 4]
    stopped.close()  # type: ignore[attr-defined]
    resumed = tensorboard.record_progress(run_of(few_faces, tmp_path, TINY_PAPER), tmp_path)
    assert len(list(resumed)) == 3
    events = EventAccumulator(str(tmp_path / tensorboard.FOLDER))
    events.Reload()
    critic = events.Scalars("loss/critic")
    assert [event.step for event in critic] == [1, 2, 3, 4, 5, 6]
    assert [event.value for event in critic] == pytest.approx(
        [line["critic"] for line in log_of(tmp_path)]
    )
    assert [event.step for event in events.Scalars("validation/cycle")] == [3, 6]
    assert [event.step for event in events.Images("sheet")] == [6]
