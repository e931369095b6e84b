"""Fit how a face's proportions tell an infant, whose teeth have not come.

    python scripts/fit_infants.py DATASET ... --held-out val_ids.txt

DATASET is what `ganimate prepare` wrote of UTKFace, whose names tell ages; faces that are held out
are not used. Logistic regression tells faces below three years from those of four and beyond, by
the lengths that ganimate/appearance/teeth.py looks at. Printed are TeethSettings.infant_by, and by
age the share of faces whose odds are beyond those of TeethSettings.infancy.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.teeth import measure_infancy_lengths
from ganimate.appearance.teeth_settings import TEETH
from ganimate.face.landmarks import N_MESH
from ganimate.face.pose import fit_pose
from ganimate.training.data.dataset import FaceSet, load_faces, read_names, split
from ganimate.warp.displacement import move_landmarks
from ganimate.warp.prior import MotionPrior
from ganimate.weights import load_face_models

INFANT, CHILD = 2, 4  # years, up to which and from which; between them it may be either
GROWN_SHARE = 0.08  # of faces beyond 12 years that are looked at: most of UTKFace are adults
STEPS = 30  # of Newton's method; it has converged after ten
AGES = ((1, 1), (2, 2), (3, 3), (4, 6), (7, 12), (13, 30), (31, 116))


def measure(faces: FaceSet, index: int, prior: MotionPrior) -> NDArray[np.float64]:
    """The lengths of one face at rest."""
    landmarks, aus = faces.landmarks[index, :N_MESH], faces.aus[index]
    pose = fit_pose(landmarks, prior.mean)
    rest = move_landmarks(prior, landmarks, pose, aus, np.zeros_like(aus))
    return np.asarray(measure_infancy_lengths(pose.normalise(rest)), np.float64)


def fit(lengths: NDArray[np.float64], infants: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logistic regression: what 1 and lengths (n, k) count in the log odds of an infant."""
    deviation = lengths.std(axis=0)
    rows = np.column_stack([np.ones(len(lengths)), (lengths - lengths.mean(axis=0)) / deviation])
    found = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-rows @ found))
        curvature = (rows * (likely * (1 - likely))[:, None]).T @ rows
        found += np.linalg.solve(curvature, rows.T @ (infants - likely))
    by_length = found[1:] / deviation
    return np.concatenate([[found[0] - by_length @ lengths.mean(axis=0)], by_length])


def main() -> None:
    """Print the values."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", nargs="+", type=Path, metavar="DATASET")
    parser.add_argument("--held-out", type=Path, metavar="FILE", help="names to leave out")
    options = parser.parse_args()
    faces = load_faces(options.datasets)
    training, _ = split(faces, read_names(options.held_out))
    ages = np.array([int(faces.names[index].split("_")[0]) for index in training])
    rng = np.random.default_rng(0)
    looked_at = (ages <= AGES[4][1]) | (rng.random(len(ages)) < GROWN_SHARE)
    ages = ages[looked_at]
    prior = load_face_models().prior
    lengths = np.array([measure(faces, int(index), prior) for index in training[looked_at]])
    told = (ages <= INFANT) | (ages >= CHILD)
    found = fit(lengths[told], ages[told] <= INFANT)
    print(f"{len(lengths)} faces; infant_by = {np.round(found, 2).tolist()}")
    odds = found[0] + lengths @ found[1:]
    for low, high in AGES:
        of = odds[(ages >= low) & (ages <= high)]
        shares = ", ".join(f"{(of > limit).mean():.3f} beyond {limit}" for limit in TEETH.infancy)
        print(f"{low} to {high} years: {len(of)} faces, {shares}")


if __name__ == "__main__":
    main()
