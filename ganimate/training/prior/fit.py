"""Fit what the program knows of faces: mean shape, motion basis, mesh, AU estimator, shading.

Inputs: a prepared data set, blend-shape scores of its faces, and the ICT Face Model Light, whose
anatomy fills in where photos say little. The result is models/face.safetensors. (`prepare` aligns
faces by a fitted mean and measures them with a fitted estimator. Nothing of either is used here:
shapes come from the landmarks, action units from the scores.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ganimate.appearance.creases import TEXTURE
from ganimate.appearance.mouth import Mouth
from ganimate.errors import DataError
from ganimate.face.estimator import Estimator
from ganimate.face.landmarks import LIPS, N_MESH
from ganimate.face.pose import Shape, fit_pose, mean_shape
from ganimate.performance.expressions import ACTION_UNITS, ROW_OF
from ganimate.training.data.dataset import FaceSet, split
from ganimate.training.prior.basis import fit_basis
from ganimate.training.prior.blend_shapes import Array, Scores, action_units_from
from ganimate.training.prior.estimator import ESTIMATOR_STEPS, Accuracy, accuracy, fit_estimator
from ganimate.training.prior.ict import Head, anatomy_from_ict, mouth_from_ict
from ganimate.training.prior.mesh import mesh
from ganimate.training.prior.mirror import mirror_of, symmetric
from ganimate.training.prior.shading import fit_shading, sharpest
from ganimate.warp.prior import MotionPrior

FEWEST_FACES = 100  # with scores; of fewer, percentiles say nothing
MEAN_OF = 8  # every eighth face makes the mean shape; the others would change it by nothing
MOST_SHADED = 8_000  # faces that teach how creases look, the sharpest; others show none


def fit_motion(
    shapes: Array, aus: Array, mean: Shape, anatomy: Mapping[int, Array], mouth: Mouth
) -> MotionPrior:
    """The motion prior, its shading still none, of (n, 468, 3) normalised shapes with their AUs."""
    from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION

    triangles, regions = mesh(FACEMESH_TESSELATION)
    parted = aus[:, ROW_OF[25], 0]
    gap = np.linalg.norm(shapes[:, LIPS.lower[0][4]] - shapes[:, LIPS.upper[0][4]], axis=1)
    clear = (parted > 0.2) & (parted < 1)
    return MotionPrior(
        mean=mean,
        basis=fit_basis(shapes, aus, mean, anatomy),
        mouth_gap=float(np.median(gap[clear] / parted[clear])),
        triangles=triangles,
        regions=regions,
        mouth=mouth,
        shading=np.zeros((len(ACTION_UNITS), TEXTURE, TEXTURE), np.float32),
    )


@dataclass(frozen=True)
class FaceModels:
    """All that is fitted to faces, and how well."""

    prior: MotionPrior
    estimator: Estimator
    faces: int  # fitted to
    held_out: int  # measured on
    accuracy: tuple[Accuracy, ...]


def fit_prior(
    faces: FaceSet,
    names: Sequence[str],
    scores: Scores,
    head: Head,
    held_out: frozenset[str],
    *,
    estimator_steps: int = ESTIMATOR_STEPS,
) -> FaceModels:
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
    mean = symmetric(mean_shape(landmarks[::MEAN_OF]))
    shapes = np.stack([fit_pose(face, mean).normalise(face[:N_MESH]) for face in landmarks])
    aus = action_units_from(scores, shapes)
    seen, unseen = (np.flatnonzero(np.isin(scored, part)) for part in split(faces, held_out))
    if not len(seen) or not len(unseen):
        raise DataError(
            f"Of the faces with scores, {len(seen)} are left to fit to and {len(unseen)} held out: "
            "both must be more than none."
        )
    anatomy = anatomy_from_ict(head.neutral, head.displacements, head.landmarks68, mean)
    prior = fit_motion(shapes[seen], aus[seen], mean, anatomy, mouth_from_ict(head, mean))
    mirror = mirror_of(mean)
    estimator = fit_estimator(shapes[seen], aus[seen], mirror, steps=estimator_steps)
    shaded = seen[sharpest(faces, scored[seen], MOST_SHADED)]
    crops = ((faces.crop(int(scored[i])), landmarks[i], aus[i]) for i in shaded)
    return FaceModels(
        replace(prior, shading=fit_shading(crops, prior, mirror).maps),
        estimator,
        len(seen),
        len(unseen),
        tuple(accuracy(estimator.measure_all(shapes[unseen]), aus[unseen])),
    )
