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
from numpy.typing import NDArray

from ganimate.arrays import FaceShape, Floats
from ganimate.errors import DataError
from ganimate.face.landmarks import N_MESH
from ganimate.face.networks import read_mesh_edges
from ganimate.face.pose import fit_mean_shape, fit_pose
from ganimate.face_models import FaceModels
from ganimate.training.data.dataset import FaceSet, split
from ganimate.training.mirror import symmetrise
from ganimate.training.prior.basis import fit_basis
from ganimate.training.prior.blend_shapes import Scores, scale_scores
from ganimate.training.prior.estimator import (
    ESTIMATOR,
    Accuracy,
    EstimatorSettings,
    fit_estimator,
    measure_accuracy,
)
from ganimate.training.prior.ict import IctHead, carry_anatomy, carry_mouth
from ganimate.training.prior.mesh import build_triangles
from ganimate.training.prior.shading import ShadedFace, fit_shading, select_sharpest
from ganimate.warp.prior import MotionPrior


@dataclass(frozen=True)
class FitSettings:
    """Which faces of a set are fitted to."""

    fewest: int = 100
    """Faces with scores that are needed; of fewer, percentiles say nothing."""

    mean_of_every: int = 8
    """Every which face makes the mean shape; measured: all of them change it by nothing."""

    most_shaded: int = 8_000
    """Faces that teach how creases look, the sharpest; blurred ones show none. Larger blurs the
    creases, and takes memory."""


FIT = FitSettings()


def fit_motion(
    shapes: Floats, aus: Floats, mean: FaceShape, anatomy: Mapping[int, Floats]
) -> MotionPrior:
    """Fit the motion prior.

    Args:
        shapes: (n, 468, 3) pose-normalised faces.
        aus: (n, 17, 2) what they show, in [0, 1].
        mean: (468, 3) the mean face.
        anatomy: AU number -> (468, 3) displacement for what photos show too seldom.
    """
    triangles, regions = build_triangles(read_mesh_edges())
    basis = fit_basis(shapes, aus, mean, anatomy)
    return MotionPrior(mean=mean, basis=basis, triangles=triangles, regions=regions)


@dataclass(frozen=True)
class FittedModels:
    """All that is fitted to faces, and how well.

    Attributes:
        models: of faces.
        faces: how many they were fitted to.
        held_out: how many they were measured on.
        accuracy: of the estimator, by action unit.
    """

    models: FaceModels
    faces: int
    held_out: int
    accuracy: tuple[Accuracy, ...]


def fit_prior(
    faces: FaceSet,
    names: Sequence[str],
    scores: Scores,
    head: IctHead,
    held_out: frozenset[str],
    settings: FitSettings = FIT,
    estimator_settings: EstimatorSettings = ESTIMATOR,
) -> FittedModels:
    """Fit everything to the faces that have scores; minutes for 20,000 of them.

    Args:
        faces: a prepared data set.
        names: of the photos that `scores` are of.
        scores: blend shapes.
        head: the ICT head.
        held_out: names of the faces to measure on and not to fit to; every fiftieth if empty.
        settings: which faces are fitted to.
        estimator_settings: how the estimator is trained.

    Raises:
        DataError: too few faces have scores, or none is left to fit to or to measure on.
    """
    scored, scores = _match_scores(faces, names, scores, settings)
    landmarks = faces.landmarks[scored]
    mean = symmetrise(fit_mean_shape(landmarks[:: settings.mean_of_every]))
    shapes = np.stack([fit_pose(face, mean).normalise(face[:N_MESH]) for face in landmarks])
    aus = scale_scores(scores, shapes)
    seen, unseen = (np.flatnonzero(np.isin(scored, part)) for part in split(faces, held_out))
    if not len(seen) or not len(unseen):
        raise DataError(
            f"Of the faces with scores, {len(seen)} are left to fit to and {len(unseen)} held out: "
            "both must be more than none."
        )
    prior = fit_motion(shapes[seen], aus[seen], mean, carry_anatomy(head, mean))
    estimator = fit_estimator(shapes[seen], aus[seen], estimator_settings)
    shaded = seen[select_sharpest(faces, scored[seen], settings.most_shaded)]
    crops = (ShadedFace(faces.crop(int(scored[i])), landmarks[i], aus[i]) for i in shaded)
    return FittedModels(
        models=FaceModels(prior, estimator, carry_mouth(head, mean), fit_shading(crops, prior)),
        faces=len(seen),
        held_out=len(unseen),
        accuracy=tuple(measure_accuracy(estimator.measure_all(shapes[unseen]), aus[unseen])),
    )


def _match_scores(
    faces: FaceSet, names: Sequence[str], scores: Scores, settings: FitSettings
) -> tuple[NDArray[np.int64], Scores]:
    """The faces (n,) that have scores, and their scores in the same order."""
    row_of = {name: row for row, name in enumerate(names)}
    scored = np.flatnonzero([name in row_of for name in faces.names])
    if len(scored) < settings.fewest:
        raise DataError(
            f"Only {len(scored)} of the data set's {len(faces)} faces have blend-shape scores, and "
            f"{settings.fewest} are needed: are the scores those of the photos that were prepared?"
        )
    rows = [row_of[faces.names[i]] for i in scored]
    return scored, Scores(scores.categories, scores.values[rows])
