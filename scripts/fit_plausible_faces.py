"""Choose the faces that `ganimate studio` draws random ones from, and write what they show.

    python scripts/fit_plausible_faces.py DATASET ... --held-out val_ids.txt \
        -o models/expressions.safetensors

DATASET is what `ganimate prepare` wrote; faces that are held out are not used. Of the others a
sample is kept: 34 numbers each, the action units as the estimator measures them in the photo. Their
means and correlations beside those of all faces are printed, so that it is seen whether the sample
is large enough.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ganimate.action_units import ACTION_UNITS
from ganimate.arrays import Floats
from ganimate.performance.shown_faces import save_faces
from ganimate.studio.plausible import draw_aus
from ganimate.training.data.dataset import load_faces, read_names, split

COUNT = 1000  # faces that are kept; more make the file larger (34 bytes each) and hardly differ
SEED = 0


def main() -> None:
    """Read data sets, write the file, print how far the sample is from all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", nargs="+", type=Path, metavar="DATASET")
    parser.add_argument("--held-out", type=Path, metavar="FILE", help="names to leave out")
    parser.add_argument("--count", type=int, default=COUNT, help="faces that are kept")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    options = parser.parse_args()
    faces = load_faces(options.datasets)
    training, _ = split(faces, read_names(options.held_out))
    random = np.random.default_rng(SEED)
    kept = np.sort(random.choice(training, min(options.count, len(training)), replace=False))
    save_faces(options.output, faces.aus[kept])
    drawn = np.stack([draw_aus(faces.aus[kept], random) for _ in range(2000)])
    print(f"{options.output}: {len(kept)} of {len(training)} faces")
    _compare(faces.aus[training], faces.aus[kept], drawn)


def _compare(every: Floats, kept: Floats, drawn: Floats) -> None:
    """Print the means of each unit, and how far correlations of units are apart at most."""
    print(f"{'AU':>4}  all   kept  drawn  90th percentile of all and of drawn")
    for row, unit in enumerate(ACTION_UNITS):
        means = "  ".join(f"{one[:, row].mean():.2f}" for one in (every, kept, drawn))
        high, shown = (np.percentile(one[:, row], 90) for one in (every, drawn))
        print(f"{unit.number:>4}  {means}   {high:.2f} {shown:.2f}")
    wanted, got = (np.corrcoef(one.mean(axis=2).T) for one in (every, drawn))
    print(f"correlations of units differ by {np.nanmax(np.abs(wanted - got)):.2f} at most")


if __name__ == "__main__":
    main()
