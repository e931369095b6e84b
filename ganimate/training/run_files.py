"""What a run leaves in its folder: log, sheets, generator and checkpoint.

    RUN/checkpoint.pt           networks and optimisers, from which a stopped run goes on
    RUN/generator.safetensors   the averaged generator
    RUN/log.jsonl               a line a step: seconds so far, loss terms, figures of validation
    RUN/sheet-000400.png        pictures of faces never trained on

Each is written whole or not at all, but for the log, which is appended to. The checkpoint comes
after the log and the sheet: what it says is done is on the disk. The generator comes after it, and
follows from it should a run be killed between the two.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from ganimate.errors import ModelError, OutputError
from ganimate.media.files import write_whole
from ganimate.media.tensors import read_metadata
from ganimate.networks.checkpoint_file import check_packing
from ganimate.networks.generators import save_generator
from ganimate.training.config import TrainConfig
from ganimate.training.seen_faces import SeenFaces, find_faces_in
from ganimate.training.updates import AnyNetworks, Networks
from ganimate.weights import RUN_FILE

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
GENERATOR = RUN_FILE
SHEET = "sheet-{:06d}.png"
SHEETS = "sheet-??????.png"

UNNAMED_PRESET = "motion"
"""The preset of checkpoints that name none: it was the only one when those were written."""


@contextmanager
def explain_write_errors(run: Path) -> Iterator[None]:
    """Say from where a run goes on when the disk refuses what is written within.

    Raises:
        OutputError: the disk refused something.
    """
    try:
        yield
    except (OutputError, OSError) as error:
        words = str(error)
        if isinstance(error, OSError):
            words = f"{run} cannot be written to ({error.strerror or error}): free some space"
        kept = "nothing had been saved before"
        if (run / CHECKPOINT).exists():
            kept = "the last checkpoint is kept, and the same command goes on from it"
        raise OutputError(f"{words}; {kept}") from error


def check_run(run: Path) -> None:
    """Raise OutputError if a run would replace files that it cannot go on from.

    A checkpoint is looked at by resume_run().
    """
    if (run / CHECKPOINT).exists():
        return
    generator, log = run / GENERATOR, run / LOG
    if generator.exists():
        raise OutputError(
            f"{generator} is there already, and no {CHECKPOINT} to go on from: give another "
            "folder, or `overwrite` if it may be lost"
        )
    steps = _read_log(run)
    others = [log] if log.exists() and log.stat().st_size and not steps else []
    if others or (others := [] if steps else sorted(run.glob(SHEETS))):
        raise OutputError(
            f"{others[0]} is there already, and of no run of ganimate: give another folder, or "
            "`overwrite` if it may be lost"
        )


def append_line(run: Path, line: Mapping[str, float]) -> None:
    """Append what a step says to the log."""
    with (run / LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps(dict(line)) + "\n")


def trim_log(run: Path, start: int) -> float:
    """Drop what the log says of steps after `start`, which will be run again.

    Returns:
        The seconds that the run had taken until then.
    """
    lines = [line for line in _read_log(run) if line["step"] <= start]
    if (run / LOG).exists():
        write_whole(run / LOG, "".join(json.dumps(line) + "\n" for line in lines).encode())
    return float(lines[-1]["seconds"]) if lines else 0.0


def read_latest_terms(run: Path) -> dict[str, float]:
    """Read the last value of each term and validation figure in the log of a run."""
    terms: dict[str, float] = {}
    for line in _read_log(run):
        terms |= {name: value for name, value in line.items() if name not in ("step", "seconds")}
    return terms


def _read_log(run: Path) -> list[dict[str, float]]:
    """The lines of a log, but for those that no step wrote whole: a kill may cut one short."""
    path = run / LOG
    lines = []
    content = path.read_bytes() if path.exists() else b""
    for text in content.decode(errors="replace").splitlines():
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if _is_step(line):
            lines.append(line)
    return lines


def _is_step(line: object) -> bool:
    """Whether a line says of a step its number, the seconds so far, and other numbers."""
    if not isinstance(line, dict) or not line.keys() >= {"step", "seconds"}:
        return False
    exact = 1 << 53  # beyond it, an int need not be a float
    numbers = all(
        type(value) is float or (type(value) is int and abs(value) < exact)
        for value in line.values()
    )
    return numbers and type(line["step"]) is int and math.isfinite(line["seconds"])


def write_sheet(run: Path, step: int, picture: Tensor) -> None:
    """Write a picture (3, h, w) in [-1, 1] as the sheet of a step."""
    sheet = picture.permute(1, 2, 0).cpu().numpy()
    pixels = np.clip((sheet + 1) * 127.5, 0, 255).astype(np.uint8)
    _, png = cv2.imencode(".png", pixels[:, :, ::-1])
    write_whole(run / SHEET.format(step), png.tobytes())


def save_run(
    run: Path,
    preset: str,
    networks: AnyNetworks,
    step: int,
    config: TrainConfig,
    seen: SeenFaces | None = None,
) -> None:
    """Write the checkpoint and then the averaged generator, each whole or not at all.

    Args:
        run: the folder.
        preset: name of the run's preset.
        networks: as the step left them.
        step: steps done.
        config: of the preset.
        seen: whom the generator was trained on; None where that is not known.

    Raises:
        OutputError: the disk refuses.
    """
    notes = seen.list_notes() if seen else {}
    state = {
        "preset": preset,
        "step": step,
        "config": json.dumps(asdict(config)),
        "seen": notes,
        **{name: module.state_dict() for name, module in _list_parts(networks).items()},
    }
    checkpoint = io.BytesIO()  # torch's own writer aborts on a full disk
    torch.save(state, checkpoint)
    write_whole(run / CHECKPOINT, checkpoint.getbuffer())
    _save_generator(run, networks, step, config, notes)


def complete_generator(
    run: Path, networks: AnyNetworks, step: int, config: TrainConfig, seen: SeenFaces | None
) -> None:
    """Write the generator of a checkpoint after which the run was killed before it was written.

    Args:
        run: the folder.
        networks: as the checkpoint has them.
        step: of the checkpoint.
        config: of the preset.
        seen: whom the checkpoint's generator was trained on; None where that is not known.

    Raises:
        OutputError: the disk refuses.
    """
    try:
        written = read_metadata(run / GENERATOR).get("step")
    except ModelError:  # there is none, or none that can be read
        written = None
    if written != str(step):
        _save_generator(run, networks, step, config, seen.list_notes() if seen else {})


def _save_generator(
    run: Path, networks: AnyNetworks, step: int, config: TrainConfig, notes: Mapping[str, str]
) -> None:
    state = networks.ema.state_dict()
    save_generator(run / GENERATOR, state, config.generator, {"step": str(step), **notes})


@dataclass(frozen=True)
class Resumed:
    """Where a run goes on.

    Attributes:
        steps: steps done.
        seen: whom its networks were trained on so far; None where the checkpoint does not say.
    """

    steps: int
    seen: SeenFaces | None


def resume_run(
    run: Path, preset: str, networks: AnyNetworks, config: TrainConfig
) -> Resumed | None:
    """Load the checkpoint of a run.

    Returns:
        Where the run goes on; None where it has no checkpoint.

    Raises:
        ModelError: the checkpoint is damaged, of another preset, or its networks are built
            otherwise. The other settings may differ: a run goes on with those that it is given.
    """
    path = run / CHECKPOINT
    if not path.exists():
        return None
    state = _read_checkpoint(path)
    trained_as = state.get("preset", UNNAMED_PRESET)
    if trained_as != preset:
        raise ModelError(
            f"{path} is of the {trained_as} preset, this run of the {preset} one: choose another "
            f"folder to start afresh, or the {trained_as} preset to go on with it."
        )
    differences = [
        *_list_differences("generator", config, state["config"]),
        *_list_differences("critic", config, state["config"]),
    ]
    try:
        if not differences:
            for name, module in _list_parts(networks).items():
                module.load_state_dict(state[name])
    except (RuntimeError, LookupError, TypeError, ValueError) as error:
        differences = [str(error)]
    if differences:
        raise ModelError(
            f"{path} is of another network ({'; '.join(differences)}): choose another folder to "
            "start afresh, or give the options of that run."
        )
    return Resumed(steps=int(state["step"]), seen=find_faces_in(state["seen"]))


def _read_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint with its configuration as a dict; nothing in it is run."""
    try:
        check_packing(path, path.stat().st_size)  # a run's own may be of any size
        state = torch.load(path, map_location="cpu", weights_only=True)
        return {
            **state,
            "step": int(state["step"]),
            "config": json.loads(state["config"]),
            "seen": dict(state.get("seen", {})),  # older ones say nothing of it
        }
    except Exception as error:  # a damaged file makes torch raise nearly anything
        raise ModelError(
            f"{path} is no checkpoint of a training run, or is damaged: delete it, or choose "
            "another folder to start afresh."
        ) from error


def _list_differences(network: str, config: TrainConfig, built: dict[str, Any]) -> Iterator[str]:
    """In which settings a network differs from the one that a checkpoint was built with."""
    wanted = json.loads(json.dumps(asdict(config)))[network]
    for name, value in built.get(network, {}).items():
        if name in wanted and wanted[name] != value:
            yield f"its {network} has {name} {value}, this one {wanted[name]}"


def _list_parts(networks: AnyNetworks) -> dict[str, Any]:
    return {name: getattr(networks, name) for name in Networks.__dataclass_fields__}
