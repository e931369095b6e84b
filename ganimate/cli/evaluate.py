"""`ganimate evaluate`: a model, measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganimate.cli.console import Bar, print_result, show_progress, warn
from ganimate.cli.options import AsJson, Device, Model, Quiet
from ganimate.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from rich.console import RenderableType

    from ganimate.networks.first_order.generator import FirstOrderGenerator
    from ganimate.networks.generators import ActionUnitGenerator
    from ganimate.networks.stargan import StarganGenerator
    from ganimate.training.data.dataset import NamedSet


def evaluate(
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DATASET",
            help="What `ganimate prepare` wrote; may be repeated. Of a StarGAN, pictures with its "
            "labels, of a first-order model videos, as `train` takes them.",
            show_default="RUN/data, beside the model",
        ),
    ] = None,
    model: Model = "motion",
    held_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names of the faces to evaluate on, one a line.",
            show_default="those that the model's training held out",
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many of them; each takes seconds.")] = 100,
    judge: Annotated[
        Path | None,
        typer.Option(
            metavar="TASK",
            help="MediaPipe's face_landmarker.task: a second judge of the AUs.",
            show_default=False,
        ),
    ] = None,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Measure a model on faces that it was not trained on.

    ganimate evaluate --model run/generator.safetensors

    ganimate evaluate --data faces/ --held-out val_ids.txt
    """
    from ganimate.networks.device import choose_device
    from ganimate.networks.generators import find_architecture, load_generator
    from ganimate.training.data.dataset import read_names
    from ganimate.weights import find_model

    chosen = choose_device(device)
    weights = find_model(model)
    generator = load_generator(weights).to(chosen)
    asked = _Asked(model, weights, tuple(data or ()), read_names(held_out), count, judge)
    with show_progress("reading the faces", quiet=quiet) as bar:
        measure = _EVALUATIONS[find_architecture(generator).name]
        facts, tables = measure(generator, asked, chosen, bar, quiet=quiet)
    print_result(facts, tables, as_json=as_json, quiet=quiet, indent=1)


@dataclass(frozen=True)
class _Asked:
    """What a model shall be measured on.

    Attributes:
        model: its name, as the user gave it.
        weights: its file.
        data: folders of data sets; none for those of its run.
        held_out: names of the faces; none for those that its training held out.
        count: how many of them.
        judge: file of a second judge.
    """

    model: str
    weights: Path
    data: tuple[Path, ...]
    held_out: frozenset[str]
    count: int
    judge: Path | None


def _choose_faces(faces: NamedSet, asked: _Asked, *, quiet: bool) -> NDArray[np.int64]:
    """Indices of the faces to measure on; what may be wrong with them is said."""
    from ganimate.evaluation.evaluation import choose_held_out
    from ganimate.evaluation.held_out import choose_unseen
    from ganimate.training.seen_faces import read_seen_faces

    found = choose_unseen(faces, asked.held_out, read_seen_faces(asked.weights))
    if found.caution and not quiet:
        warn(found.caution)
    return choose_held_out(found.indices, asked.count)


def _evaluate_expressions(
    generator: ActionUnitGenerator, asked: _Asked, device: torch.device, bar: Bar, *, quiet: bool
) -> tuple[dict[str, Any], RenderableType]:
    """Measure a generator of action units: facts for JSON, and tables of them."""
    from ganimate.cli.evaluation_report import build_evaluation_tables
    from ganimate.evaluation.clips import CLIPS, score_clips
    from ganimate.evaluation.evaluation import Evaluation
    from ganimate.evaluation.expressions import find_portraits_in, score_expressions
    from ganimate.evaluation.held_out import find_run_data
    from ganimate.evaluation.judge import open_landmarker
    from ganimate.evaluation.round_trips import BATCH, run_round_trips, score_round_trips
    from ganimate.training.data.dataset import load_faces
    from ganimate.weights import load_face_models

    models = load_face_models()
    faces = load_faces(asked.data or find_run_data(asked.weights))
    unseen = _choose_faces(faces, asked, quiet=quiet)
    judged_by = open_landmarker(asked.judge) if asked.judge else nullcontext()
    with judged_by as second:
        trips = run_round_trips(faces, unseen, generator, models, len(unseen), device)
        batches = -(-len(unseen) // BATCH)
        round_trips = score_round_trips(bar.track(trips, batches, "round trips"))
        found = find_portraits_in(faces, unseen.tolist(), models)
        portraits = list(bar.track(found, len(unseen), "finding faces"))
        clips = score_clips(
            bar.track(portraits, min(len(portraits), CLIPS), "playing clips"),
            generator, models, device,
        )  # fmt: skip
        expressions = score_expressions(
            bar.track(portraits, len(portraits), "expressions"),
            generator, models, device, second,
        )  # fmt: skip
    evaluation = Evaluation(asked.model, round_trips, expressions, clips)
    return asdict(evaluation), build_evaluation_tables(evaluation)


def _evaluate_emotions(
    generator: StarganGenerator, asked: _Asked, device: torch.device, bar: Bar, *, quiet: bool
) -> tuple[dict[str, Any], RenderableType]:
    """Measure a StarGAN: facts for JSON, and tables of them."""
    from ganimate.cli.evaluation_report import build_emotion_tables
    from ganimate.evaluation.emotions import score_emotions
    from ganimate.training.data.labelled_sources import read_pictures
    from ganimate.training.data.request import DataRequest
    from ganimate.training.options import TrainOptions
    from ganimate.weights import load_face_models

    if asked.judge:
        raise UsageError("a judge of action units says nothing of emotions: leave `judge` away")
    if not asked.data:
        raise UsageError("give `data`, pictures with the labels that the model was trained on")
    options = TrainOptions(labels=generator.config.labels)
    pictures = read_pictures(DataRequest(asked.data, asked.weights.parent, options, watch=bar))
    unseen = _choose_faces(pictures, asked, quiet=quiet)
    tracked = bar.track(unseen.tolist(), len(unseen), "painting emotions")
    models = load_face_models()
    scores = score_emotions(pictures, tracked, generator, models, device, asked.model)
    return asdict(scores), build_emotion_tables(scores)


def _evaluate_reenactment(
    generator: FirstOrderGenerator, asked: _Asked, device: torch.device, bar: Bar, *, quiet: bool
) -> tuple[dict[str, Any], RenderableType]:
    """Measure a first-order model: facts for JSON, and tables of them."""
    from ganimate.cli.evaluation_report import build_reenactment_table
    from ganimate.evaluation.reenactment import evaluate_reenactment, find_run_clips
    from ganimate.training.data.clip_request import read_clips
    from ganimate.training.data.request import DataRequest
    from ganimate.training.options import TrainOptions

    if asked.judge:
        raise UsageError("a judge of action units says nothing of motion: leave `judge` away")
    folders = asked.data or find_run_clips(asked.weights)
    request = DataRequest(folders, asked.weights.parent, TrainOptions(), watch=bar)
    clips = read_clips(request, generator.config.size)
    unseen = _choose_faces(clips, asked, quiet=quiet)
    tracked = bar.track(unseen.tolist(), len(unseen), "following clips")
    scores = evaluate_reenactment(clips, tracked, asked.model, device.type)
    return asdict(scores), build_reenactment_table(scores)


_EVALUATIONS: Mapping[str, Callable[..., tuple[dict[str, Any], RenderableType]]] = {
    "motion": _evaluate_expressions,
    "paper": _evaluate_expressions,
    "stargan": _evaluate_emotions,
    "first-order": _evaluate_reenactment,
}
"""Name of a generator's architecture -> what measures it."""
