"""A training run for TensorBoard: its figures and sheets, as RUN/tensorboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2

from ganimate.errors import GanimateError
from ganimate.training.loop import SHEET, Progress

FOLDER = "tensorboard"
VALIDATION = "val_"  # what figures of held-out faces are named after


def check_installed() -> None:
    """Raise GanimateError where TensorBoard, which is an extra, is missing or does not load."""
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: F401
    except ImportError as error:
        raise GanimateError(
            f"TensorBoard's log needs the package tensorboard, which does not load ({error}): run "
            "`python -m pip install '.[tensorboard]'`, or do without it; log.jsonl has the same "
            "figures"
        ) from error


def recorded(progress: Iterator[Progress], run: Path) -> Iterator[Progress]:
    """The same progress, each step of which is written down; of a resumed run, only once."""
    from torch.utils.tensorboard import SummaryWriter

    writer = None
    try:
        for done in progress:
            if writer is None:  # what an interrupted run wrote of this step and later ones is void
                writer = SummaryWriter(str(run / FOLDER), purge_step=done.step)
            for name, value in done.terms.items():
                group = "validation" if name.startswith(VALIDATION) else "loss"
                writer.add_scalar(f"{group}/{name.removeprefix(VALIDATION)}", value, done.step)
            sheet = run / SHEET.format(done.step)
            if sheet.exists():
                picture = cv2.imread(str(sheet))
                writer.add_image("sheet", picture[:, :, ::-1], done.step, dataformats="HWC")
            yield done
    finally:
        if writer is not None:
            writer.close()
