"""`ganimate import` and `fit-prior`: weights that others trained, and what is known of faces."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ganimate.cli.console import print_result, show_progress, warn
from ganimate.cli.options import AsJson, Overwrite, Quiet, name_options, split_names
from ganimate.cli.outputs import check_keeps, check_weights
from ganimate.errors import UsageError


def import_generator(
    context: typer.Context,
    checkpoint: Annotated[
        Path,
        typer.Argument(
            metavar="PTH",
            help="The generator's state_dict, as torch.save wrote it.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="SAFETENSORS",
            help="The file to write. Only what was imported before is replaced.",
            show_default="PTH.safetensors",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="What the labels of a StarGAN are called, in order, as happy,sad: its file does "
            "not say.",
            show_default="five of CelebA, or eight of RaFD",
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Turn a generator of a public code into one that --model takes.

    GANimation: albertpumarola/GANimation, vipermu/ganimation, donydchen/ganimation_replicate.
    StarGAN: yunjey/stargan.

    ganimate import 30_net_gen.pth -o celeba.safetensors

    ganimate render photo.jpg --to smile --model celeba.safetensors
    """
    output = output or Path(f"{checkpoint.stem}.safetensors")
    if output.suffix != ".safetensors":
        raise UsageError(f"{output} must end in .safetensors")
    check_keeps(checkpoint, output)
    check_weights(output, lambda metadata: "imported_from" in metadata, overwrite=overwrite)
    from ganimate.networks.checkpoint import read_checkpoint
    from ganimate.networks.generators import save_generator

    with show_progress(f"reading {checkpoint.name}", quiet=quiet):
        found = read_checkpoint(checkpoint, split_names(labels))
        state, config = found.generator.state_dict(), found.generator.config
        notes = {"imported_from": found.repository}
        save_generator(output, state, config, notes, halves=False)
    if found.caution and not quiet:
        warn(name_options(found.caution, context.command.params))
    count = sum(tensor.numel() for tensor in state.values())
    facts = {
        "path": str(output),
        "layout": found.repository,
        "parameters": count,
        "config": asdict(config),
    }
    words = f"{output}: {count:,} parameters, the layout of {found.repository}"
    print_result(facts, words, as_json=as_json, quiet=quiet)


def fit_prior(
    data: Annotated[Path, typer.Argument(metavar="DATASET", help="What `ganimate prepare` wrote.")],
    blendshapes: Annotated[
        Path, typer.Option(metavar="NPZ", help="Blend-shape scores of the photos, by name.")
    ],
    ict: Annotated[
        Path, typer.Option(metavar="NPZ", help="Head and expressions of the ICT Face Model Light.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="SAFETENSORS",
            help="The file to write. Only what was fitted before is replaced.",
        ),
    ],
    held_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names of faces to measure on and never to fit to, one a line.",
            show_default="every fiftieth face",
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fit what is known of faces: motion, action units, creases (models/face.safetensors).

    ganimate fit-prior faces/ --blendshapes scores.npz --ict ict.npz -o face.safetensors
    """
    check_weights(output, lambda metadata: metadata.get("kind") == "face", overwrite=overwrite)
    from ganimate.cli.report import build_accuracy_table
    from ganimate.training.data.dataset import load_faces, read_names
    from ganimate.training.prior.blend_shapes import read_scores
    from ganimate.training.prior.fit import fit_prior as fit_to
    from ganimate.training.prior.ict import read_head
    from ganimate.weights import save_face_models

    with show_progress("fitting to the faces", quiet=quiet):
        faces = load_faces([data])
        scores = read_scores(blendshapes)
        fitted = fit_to(faces, *scores, read_head(ict), read_names(held_out))
        save_face_models(output, fitted.models)
    facts = {
        "path": str(output),
        "faces": fitted.faces,
        "held_out": fitted.held_out,
        "accuracy": [asdict(accuracy) for accuracy in fitted.accuracy],
    }
    table = build_accuracy_table(fitted.accuracy)
    words = f"{output}: fitted to {fitted.faces} faces, held out {fitted.held_out}"
    print_result(facts, table, words, as_json=as_json, quiet=quiet)
