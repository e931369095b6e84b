"""`ganimate evaluate`: a model, measured."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ganimate.cli.console import print_result, show_progress, warn
from ganimate.cli.options import AsJson, Device, Model, Quiet


def evaluate(
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DATASET",
            help="What `ganimate prepare` wrote; may be repeated.",
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
    from contextlib import nullcontext

    from ganimate.cli.report import build_evaluation_tables
    from ganimate.evaluation.clips import CLIPS, score_clips
    from ganimate.evaluation.evaluation import Evaluation, choose_held_out
    from ganimate.evaluation.expressions import find_portraits_in, score_expressions
    from ganimate.evaluation.held_out import choose_unseen, find_run_data
    from ganimate.evaluation.judge import open_landmarker
    from ganimate.evaluation.round_trips import BATCH, run_round_trips, score_round_trips
    from ganimate.networks.device import choose_device
    from ganimate.networks.generators import load_action_unit_generator
    from ganimate.training.data.dataset import load_faces, read_names
    from ganimate.training.seen_faces import read_seen_faces
    from ganimate.weights import find_model, load_face_models

    chosen = choose_device(device)
    with show_progress("reading the faces", quiet=quiet) as bar:
        weights = find_model(model)
        generator = load_action_unit_generator(weights).to(chosen)
        models = load_face_models()
        faces = load_faces(data or find_run_data(weights))
        found = choose_unseen(faces, read_names(held_out), read_seen_faces(weights))
        if found.caution and not quiet:
            warn(found.caution)
        unseen = choose_held_out(found.indices, count)
        judged_by = open_landmarker(judge) if judge else nullcontext()
        with judged_by as second:
            trips = run_round_trips(faces, unseen, generator, models, len(unseen), chosen)
            batches = -(-len(unseen) // BATCH)
            round_trips = score_round_trips(bar.track(trips, batches, "round trips"))
            portraits = list(
                bar.track(
                    find_portraits_in(faces, unseen.tolist(), models),
                    len(unseen),
                    "finding faces",
                )
            )
            clips = score_clips(
                bar.track(portraits, min(len(portraits), CLIPS), "playing clips"),
                generator, models, chosen,
            )  # fmt: skip
            expressions = score_expressions(
                bar.track(portraits, len(portraits), "expressions"),
                generator, models, chosen, second,
            )  # fmt: skip
    evaluation = Evaluation(model, round_trips, expressions, clips)
    tables = build_evaluation_tables(evaluation)
    print_result(asdict(evaluation), tables, as_json=as_json, quiet=quiet, indent=1)
