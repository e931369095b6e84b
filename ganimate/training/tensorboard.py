"""A training run for TensorBoard: its figures and sheets, as RUN/tensorboard.

TensorBoard is an extra: what needs it is imported where it is used, once it is known to be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2

from ganimate.errors import GanimateError
from ganimate.training.loop import Progress
from ganimate.training.run_files import SHEET

FOLDER = "tensorboard"
VALIDATION = "val_"
"""What the names of figures of held-out faces begin with."""


def check_installed() -> None:
    """Check that TensorBoard is there and loads.

    Raises:
        GanimateError: it is not, or does not.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: F401
    except ImportError as error:
        raise GanimateError(
            f"the package tensorboard does not load ({error}): run "
            "`python -m pip install '.[tensorboard]'`, or train without it; log.jsonl has the same "
            "figures"
        ) from error


def record_progress(progress: Iterator[Progress], run: Path) -> Iterator[Progress]:
    """Write down each step of a run as it passes; of a resumed run, only once.

    Args:
        progress: of the run.
        run: its folder.

    Yields:
        The same progress.
    """
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
