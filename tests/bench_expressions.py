"""Does the face show what was asked? python tests/bench_expressions.py PHOTOS [--names FILE]

What `ganimate evaluate` says of expressions, on photos of any size instead of a prepared set: every
preset on every photo of a folder (FILE lists the names to use, such as a validation split).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from ganimate.cli.evaluation_report import build_expression_tables
from ganimate.errors import GanimateError
from ganimate.evaluation.expressions import score_expressions
from ganimate.evaluation.judge import open_landmarker
from ganimate.face.detection import open_finder
from ganimate.media.photo import read_photo
from ganimate.networks.generators import load_generator
from ganimate.portrait import Portrait, check_usable, measure_portrait
from ganimate.weights import DEFAULT_MODEL, find_model, load_face_models


def portraits(folder: Path, names: list[str], count: int) -> Iterator[Portrait]:
    """The first `count` usable faces of the named photos."""
    models = load_face_models()
    with open_finder() as find:
        for name in names:
            try:
                photo = read_photo(folder / name)
                portrait = measure_portrait(photo, find(photo, False)[0], models)
                check_usable(portrait)
            except (GanimateError, IndexError):
                continue
            yield portrait
            count -= 1
            if not count:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--names", type=Path, help="a text file of names, one a line")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--landmarker", type=Path, help="face_landmarker.task")
    options = parser.parse_args()
    names = (
        options.names.read_text().split()
        if options.names
        else sorted(path.name for path in options.photos.iterdir())
    )
    names = list(np.random.default_rng(0).permutation(names))  # names often sort by age
    generator = load_generator(find_model(options.model))
    judged_by = open_landmarker(options.landmarker) if options.landmarker else nullcontext()
    with judged_by as judge:
        faces = portraits(options.photos, names, options.count)
        shown = score_expressions(faces, generator, load_face_models(), torch.device("cpu"), judge)
    Console().print(build_expression_tables(shown))


if __name__ == "__main__":
    main()
