"""`ganimate evaluate`: a model, measured."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ganimate.cli.console import print_result, show_progress
from ganimate.cli.options import AsJson, Device, Model, Quiet
from ganimate.errors import DataError


def evaluate(
    data: Annotated[
        list[Path],
        typer.Option(metavar="DATASET", help="What `ganimate prepare` wrote; may be repeated."),
    ],
    model: Model = "motion",
    held_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names of the faces to evaluate on, one a line.",
            show_default="the set's own test_ids.csv, or every fiftieth face",
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

    ganimate evaluate --data faces/ --held-out val_ids.txt --model run/generator.safetensors
    """
    from contextlib import nullcontext

    from ganimate.cli.report import build_evaluation_tables
    from ganimate.evaluation.clips import CLIPS, score_clips
    from ganimate.evaluation.evaluation import Evaluation, choose_held_out
    from ganimate.evaluation.expressions import find_portraits_in, score_expressions
    from ganimate.evaluation.judge import open_landmarker
    from ganimate.evaluation.round_trips import BATCH, run_round_trips, score_round_trips
    from ganimate.networks.device import choose_device
    from ganimate.networks.generators import load_generator
    from ganimate.training.data.dataset import load_faces, read_names, split
    from ganimate.weights import find_model, load_face_models

    chosen = choose_device(device)
    with show_progress("reading the faces", quiet=quiet) as bar:
        generator = load_generator(find_model(model)).to(chosen)
        models = load_face_models()
        faces = load_faces(data)
        unseen = choose_held_out(split(faces, read_names(held_out))[1], count)
        if not len(unseen):
            raise DataError("No face is held out: name some with --held-out, or prepare more.")
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
    found = Evaluation(model, round_trips, expressions, clips)
    tables = build_evaluation_tables(found)
    print_result(asdict(found), tables, as_json=as_json, quiet=quiet, indent=1)
