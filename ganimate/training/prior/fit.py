"""Fit what the program knows of faces: mean shape, motion basis, mesh, AU estimator, shading.

Inputs: a prepared data set, blend-shape scores of its faces, and the ICT Face Model Light, whose
anatomy fills in where photos say little. The result is models/face.safetensors. (`prepare` aligns
faces by a fitted mean and measures them with a fitted estimator. Nothing of either is used here:
shapes come from the landmarks, action units from the scores.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION

from ganimate.arrays import FaceShape, Floats
from ganimate.errors import DataError
from ganimate.face.landmarks import N_MESH
from ganimate.face.pose import fit_mean_shape, fit_pose
from ganimate.face_models import FaceModels
from ganimate.training.data.dataset import FaceSet, split
from ganimate.training.prior.basis import fit_basis
from ganimate.training.prior.blend_shapes import Scores, scale_scores
from ganimate.training.prior.estimator import (
    ESTIMATOR_STEPS,
    Accuracy,
    fit_estimator,
    measure_accuracy,
)
from ganimate.training.prior.ict import IctHead, carry_anatomy, carry_mouth
from ganimate.training.prior.mesh import build_triangles
from ganimate.training.prior.mirror import find_mirror, symmetrise
from ganimate.training.prior.shading import fit_shading, select_sharpest
from ganimate.warp.prior import MotionPrior

FEWEST_FACES = 100  # with scores; of fewer, percentiles say nothing
MEAN_OF = 8  # every eighth face makes the mean shape; the others would change it by nothing
MOST_SHADED = 8_000  # faces that teach how creases look, the sharpest; others show none


def fit_motion(
    shapes: Floats, aus: Floats, mean: FaceShape, anatomy: Mapping[int, Floats]
) -> MotionPrior:
    """Fit the motion prior to (n, 468, 3) normalised shapes with their AUs (n, 17, 2)."""
    triangles, regions = build_triangles(FACEMESH_TESSELATION)
    basis = fit_basis(shapes, aus, mean, anatomy)
    return MotionPrior(mean=mean, basis=basis, triangles=triangles, regions=regions)


@dataclass(frozen=True)
class FittedModels:
    """All that is fitted to faces, and how well."""

    models: FaceModels
    faces: int  # fitted to
    held_out: int  # measured on
    accuracy: tuple[Accuracy, ...]


def fit_prior(
    faces: FaceSet,
    names: Sequence[str],
    scores: Scores,
    head: IctHead,
    held_out: frozenset[str],
    *,
    estimator_steps: int = ESTIMATOR_STEPS,
) -> FittedModels:
    """Fit everything to the faces that have scores; minutes for 20,000 of them.

    names: of the photos that `scores` are of. held_out: names of the faces to measure on and not
    to fit to; every fiftieth if empty. Raises DataError when too few faces have scores.
    """
    row_of = {name: row for row, name in enumerate(names)}
    scored = np.flatnonzero([name in row_of for name in faces.names])
    if len(scored) < FEWEST_FACES:
        raise DataError(
            f"Only {len(scored)} of the data set's {len(faces)} faces have blend-shape scores, and "
            f"{FEWEST_FACES} are needed: are the scores those of the photos that were prepared?"
        )
    scores = Scores(scores.categories, scores.values[[row_of[faces.names[i]] for i in scored]])
    landmarks = faces.landmarks[scored]
    mean = symmetrise(fit_mean_shape(landmarks[::MEAN_OF]))
    shapes = np.stack([fit_pose(face, mean).normalise(face[:N_MESH]) for face in landmarks])
    aus = scale_scores(scores, shapes)
    seen, unseen = (np.flatnonzero(np.isin(scored, part)) for part in split(faces, held_out))
    if not len(seen) or not len(unseen):
        raise DataError(
            f"Of the faces with scores, {len(seen)} are left to fit to and {len(unseen)} held out: "
            "both must be more than none."
        )
    anatomy = carry_anatomy(head.neutral, head.displacements, head.landmarks68, mean)
    prior = fit_motion(shapes[seen], aus[seen], mean, anatomy)
    mirror = find_mirror(mean)
    estimator = fit_estimator(shapes[seen], aus[seen], mirror, steps=estimator_steps)
    shaded = seen[select_sharpest(faces, scored[seen], MOST_SHADED)]
    crops = ((faces.crop(int(scored[i])), landmarks[i], aus[i]) for i in shaded)
    return FittedModels(
        models=FaceModels(prior, estimator, carry_mouth(head, mean), fit_shading(crops, prior)),
        faces=len(seen),
        held_out=len(unseen),
        accuracy=tuple(measure_accuracy(estimator.measure_all(shapes[unseen]), aus[unseen])),
    )
