"""Fit what the program knows of faces: mean shape, motion basis, mesh, AU estimator, shading.

Inputs: a prepared data set, blend-shape scores of its faces, and the ICT Face Model Light, whose
anatomy fills in where photos say little. The result is models/face.safetensors. (`prepare` aligns
faces by a fitted mean and measures them with a fitted estimator. Nothing of either is used here:
shapes come from the landmarks, action units from the scores.)
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.errors import DataError
from ganimate.estimator import Estimator, lip_gap
from ganimate.faces import N_MESH
from ganimate.motion import LIPS, OPENINGS, OVAL, RINGS, SKIN, MotionPrior, Opening
from ganimate.mouth import GUM, TEETH, Mouth
from ganimate.pose import Shape, fit_pose, mean_shape
from ganimate.shading import TEXTURE
from ganimate.training.dataset import FaceSet, split
from ganimate.training.shading import fit_shading, sharpest

Array = NDArray[np.float32]

MIRROR = np.array([-1, 1, 1], np.float32)

# Blend shapes whose mean over the listed names is an AU's raw signal; {} is Left or Right.
SIGNALS: Mapping[int, Sequence[str]] = {
    1: ("browInnerUp",),
    2: ("browOuterUp{}",),
    4: ("browDown{}",),
    5: ("eyeWide{}",),
    7: ("eyeSquint{}",),
    10: ("mouthUpperUp{}",),
    12: ("mouthSmile{}",),
    14: ("mouthDimple{}",),
    15: ("mouthFrown{}",),
    17: ("mouthShrugLower",),
    20: ("mouthStretch{}",),
    23: ("mouthPressLeft", "mouthPressRight", "mouthRollLower", "mouthRollUpper"),
    26: ("jawOpen",),
    45: ("eyeBlink{}",),
}
# Co-activations, for the units that the blend-shape model never reports.
TOGETHER: Mapping[int, tuple[str, str]] = {
    6: ("mouthSmile{}", "eyeSquint{}"),
    9: ("mouthUpperUp{}", "browDown{}"),
}
# Percentiles over the faces that become 0 and 1. Half of all faces smile, so that only the least
# smiling show none of it; the other units are at rest in most, and rest is what 0 shall mean.
SMILING = (6, 9, 10, 12, 25)
SMILING_PERCENTILES = (2.0, 99.5)
RESTING_PERCENTILES = (50.0, 98.5)

# ICT shape and how much of it an intensity of 1 shows, for the units rare in photos.
ANATOMY: Mapping[int, tuple[str, float]] = {
    5: ("eyeWide", 0.8),
    6: ("cheekSquint", 0.8),
    9: ("noseSneer", 0.8),
    14: ("mouthDimple", 0.8),
    15: ("mouthFrown", 0.8),
    20: ("mouthStretch", 0.6),
}
ANATOMY_WEIGHT = 150.0  # pseudo-observations of full intensity behind each of those
ALONE_WEIGHT = 2000.0  # ... behind AU6 and AU9, which no signal tells from those they go with
RIDGE = 20.0  # ... and behind zero motion for the others
# The detector underrates what moves: on a photo warped by the basis it finds a third to four fifths
# of the displacement again. The basis, fitted to what it finds, is too small by as much; these
# factors make up for it as far as faces stay plausible.
GAIN: Mapping[int, float] = {
    1: 1.6, 2: 1.5, 4: 1.6, 5: 1.6, 6: 1.3, 7: 1.4, 9: 1.1, 10: 1.6, 12: 1.2, 14: 1.4, 15: 1.6,
    17: 1.5, 20: 1.4, 23: 1.4, 25: 1.0, 26: 1.5, 45: 1.0,
}  # fmt: skip
SIDE_BLEND = 0.06  # of the face's width: how softly left fades into right

ESTIMATOR_STEPS = 12_000
OF_TWO_FACES = 0.35  # share of what the estimator learns from whose sides are two people's
SHUT_EYES_COUNT = 6.0  # what a face with shut eyes counts more: one in a hundred has them

# Multi-PIE's 68 points in MediaPipe's numbering.
LANDMARKS68 = np.array(
    [
        162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,
        71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305,
        33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
        61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
        78, 82, 13, 312, 308, 317, 14, 87,
    ]
)  # fmt: skip
FACE_VERTICES = 9409  # of the ICT model; the rest is head, socket, teeth
GUM_VERTICES = slice(14062, 17039)  # ... gums, palate and tongue
TEETH_VERTICES = slice(17039, 21451)
THROAT = 0.36  # of the face's width, behind the middle of the eyes: deeper, a mouth is dark
JAW_OPEN = "jawOpen"  # its displacement

FEWEST_FACES = 100  # with scores; of fewer, percentiles say nothing
MEAN_OF = 8  # every eighth face makes the mean shape; the others would change it by nothing
MOST_SHADED = 8_000  # faces that teach how creases look, the sharpest; others show none
PAIRING = 2e-5  # squared widths of a face: how sharply mirror_of tells landmarks apart


@dataclass(frozen=True)
class Scores:
    """Blend-shape scores of n faces."""

    categories: Sequence[str]
    values: Array  # (n, 52)

    def of(self, name: str) -> Array:
        """(n,) scores of one blend shape."""
        return self.values[:, list(self.categories).index(name)]


def action_units_from(scores: Scores, shapes: Array) -> Array:
    """AU intensities (n, 17, 2) in [0, 1] of faces with blend shapes and (n, 468, 3) shapes.

    Each is scaled so that a low percentile over the faces is 0 and a high one is 1.
    """
    raw = np.zeros((len(shapes), *SHAPE), np.float32)
    for column, side in ((LEFT, "Left"), (RIGHT, "Right")):
        for number, names in SIGNALS.items():
            signal = [scores.of(name.format(side)) for name in names]
            raw[:, ROW_OF[number], column] = np.mean(signal, axis=0)
        for number, (one, other) in TOGETHER.items():
            product = scores.of(one.format(side)) * scores.of(other.format(side))
            raw[:, ROW_OF[number], column] = np.sqrt(product)
        raw[:, ROW_OF[25], column] = lip_gap(shapes)
    smiling = np.array([unit.number in SMILING for unit in ACTION_UNITS])
    low, high = np.where(
        smiling,
        np.percentile(raw, SMILING_PERCENTILES, axis=(0, 2)),
        np.percentile(raw, RESTING_PERCENTILES, axis=(0, 2)),
    )  # (17,) each
    low[ROW_OF[25]] = 0  # closed lips are closed
    scaled = (raw - low[:, None]) / (high - low)[:, None]
    return np.asarray(np.clip(scaled, 0, 1), np.float32)


def mirror_of(mean: Shape) -> NDArray[np.int64]:
    """(468,) the landmark on the other side of the face, for each landmark.

    An assignment, in which each landmark is taken once (Sinkhorn and Knopp, 1967): the nearest
    one alone would confuse the corners of the lips, which lie closer than a mean is symmetric.
    """
    across = mean * MIRROR
    cost = ((mean[:, None] - across[None]) ** 2).sum(-1).astype(np.float64)
    cost -= np.minimum(cost.min(axis=0)[None], cost.min(axis=1)[:, None])
    share = np.exp(-cost / PAIRING)
    for _ in range(100):
        share /= share.sum(axis=1, keepdims=True)
        share /= share.sum(axis=0, keepdims=True)
    return np.asarray(share.argmax(axis=1))


def mirrored(shapes: Array, mirror: NDArray[np.int64]) -> Array:
    """Faces (n, 468, 3) seen in a mirror."""
    return shapes[:, mirror] * MIRROR


def symmetric(mean: Shape) -> Shape:
    """The mean of a shape (468, 3) and its mirror image."""
    return np.asarray((mean + mirrored(mean[None], mirror_of(mean))[0]) / 2, np.float32)


def fit_basis(shapes: Array, aus: Array, mean: Shape, anatomy: Mapping[int, Array]) -> Array:
    """Ridge regression of shape on AUs: (17, 2, 468, 3) displacement at full intensity.

    shapes: (n, 468, 3) pose-normalised; aus: (n, 17, 2); anatomy: AU number -> (468, 3), what the
    regression falls back on. Solves, for every landmark and axis,

        min_B |Q - q0 - Y B|^2 + sum_k w_k |B_k - P_k|^2.

    It is fitted on both sides together, made symmetric, and then split by side.
    """
    mirror = mirror_of(mean)
    both = aus.mean(axis=2)  # (n, 17)
    q = ((shapes + mirrored(shapes, mirror)) / 2).reshape(len(shapes), -1)  # (n, 1404)
    q = q - q.mean(axis=0)
    y = both - both.mean(axis=0)
    weight = np.full(len(ACTION_UNITS), RIDGE)
    fallback = np.zeros((len(ACTION_UNITS), q.shape[1]))
    for number, displacement in anatomy.items():
        weight[ROW_OF[number]] = ALONE_WEIGHT if number in TOGETHER else ANATOMY_WEIGHT
        fallback[ROW_OF[number]] = displacement.reshape(-1)
    lhs = y.T @ y + np.diag(weight)
    rhs = y.T @ q + weight[:, None] * fallback
    basis = np.linalg.solve(lhs.astype(np.float64), rhs.astype(np.float64))
    basis = basis.reshape(-1, N_MESH, 3) * _reach(mean)[:, :, None]
    basis *= np.array([GAIN[unit.number] for unit in ACTION_UNITS])[:, None, None]
    left = left_of(mean)
    sides = np.stack([left, 1 - left])[None, :, :, None]  # (1, 2, 468, 1)
    return np.asarray(basis[:, None] * sides, np.float32)


def _reach(mean: Shape) -> Array:
    """(17, 468) in [0, 1]: where on the face an AU can act.

    Regression alone credits units with what only goes with them in photos, such as a lowered
    chin with narrowed eyes.
    """
    y = mean[:, 1]
    above_mouth = _fade(y, mean[2, 1], mean[0, 1])  # 1 at the nose, 0 from the upper lip down
    above_chin = _fade(y, mean[14, 1], mean[17, 1])  # 1 down to the mouth, 0 below the lower lip
    below_brows = 1 - _fade(y, mean[223, 1], mean[145, 1])  # 0 from the upper lids up
    below_nose = 1 - _fade(y, mean[5, 1], mean[2, 1])  # 0 from the tip of the nose up
    reach = np.ones((len(ACTION_UNITS), N_MESH), np.float32)
    above_lids = _fade(y, mean[223, 1], mean[159, 1])  # 1 at the brows, 0 from the upper lids down
    for number in (1, 2):
        reach[ROW_OF[number]] = above_lids
    reach[ROW_OF[5]] = _fade(y, mean[159, 1], mean[145, 1])  # 0 from the lower lids down
    for number in (4, 7, 45):
        reach[ROW_OF[number]] = above_mouth
    for number in (6, 9):
        reach[ROW_OF[number]] = above_chin
    reach[ROW_OF[10]] = above_chin * below_brows
    for number in (12, 14, 20):
        reach[ROW_OF[number]] = below_brows
    for number in (15, 17, 23, 25, 26):
        reach[ROW_OF[number]] = below_nose
    return reach


def _fade(y: Array, start: float, end: float) -> Array:
    """1 above `start`, 0 below `end`, a smoothstep between (y points down)."""
    t = np.clip((y - start) / (end - start), 0, 1)
    return np.asarray(1 - t * t * (3 - 2 * t), np.float32)


def anatomy_from_ict(
    neutral: Array, displacements: Mapping[str, Array], landmarks68: NDArray[np.int64], mean: Shape
) -> dict[int, Array]:
    """AU number -> (468, 3) displacement, carried over from the ICT head to the mean shape.

    neutral: (v, 3) vertices, y up and z towards the viewer; displacements: name -> (v, 3).
    The head is aligned by a similarity on the 68 shared points and bent onto them by a thin-plate
    spline in three dimensions; each landmark then follows its nearest vertices.
    """
    flip = np.array([1, -1, -1], np.float32)  # ICT: y up, z to the viewer; ours: y down, z away
    head = neutral[:FACE_VERTICES] * flip
    shared, ours = neutral[landmarks68] * flip, mean[LANDMARKS68]
    rotation, scale = _align(shared, ours)
    turned = scale * (head - shared.mean(0)) @ rotation.T + ours.mean(0)
    pins = scale * (shared - shared.mean(0)) @ rotation.T + ours.mean(0)
    bent = turned + _spline(pins, ours - pins, turned)
    distance = ((mean[:, None] - bent[None]) ** 2).sum(-1)  # (468, v)
    nearest = np.argsort(distance, axis=1)[:, :4]
    result = {}
    for number, (name, share) in ANATOMY.items():
        moved = (displacements[f"{name}_L"] + displacements[f"{name}_R"])[:FACE_VERTICES] * flip
        moved = scale * moved.astype(np.float32) @ rotation.T
        result[number] = share * moved[nearest].mean(axis=1)
    return result


def mouth_from_ict(head: Head, mean: Shape) -> Mouth:
    """The mouth of the ICT head, placed in the mean face by a similarity on their shared points."""
    flip = np.array([1, -1, -1], np.float32)
    shared, ours = head.neutral[head.landmarks68] * flip, mean[LANDMARKS68]
    rotation, scale = _align(shared, ours)
    part_of = np.full(len(head.neutral), -1)
    part_of[GUM_VERTICES], part_of[TEETH_VERTICES] = GUM, TEETH
    placed = scale * (head.neutral * flip - shared.mean(0)) @ rotation.T + ours.mean(0)
    seen = (part_of >= 0) & (placed[:, 2] < THROAT)
    quads = head.quads[seen[head.quads].all(axis=1)]
    used, renumbered = np.unique(quads, return_inverse=True)
    jaw = scale * (head.displacements[JAW_OPEN][used] * flip) @ rotation.T
    return Mouth(
        placed[used].astype(np.float32),
        jaw.astype(np.float32),
        renumbered.reshape(quads.shape),
        part_of[quads[:, 0]].astype(np.uint8),
    )


def _align(points: Array, onto: Array) -> tuple[Array, float]:
    """Rotation and scale of the least-squares similarity (Umeyama, 1991)."""
    a, b = points - points.mean(0), onto - onto.mean(0)
    u, spread, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])
    return ((u * sign) @ vt).astype(np.float32), float((spread * sign).sum() / (a**2).sum())


def _spline(pins: Array, moved: Array, at: Array) -> Array:
    """Thin-plate spline in 3-D, kernel r: displacements `moved` of `pins`, (n, 3) at `at`."""
    n = len(pins)
    kernel = np.linalg.norm(pins[:, None] - pins[None], axis=-1) + 1e-3 * np.eye(n)
    affine = np.concatenate([np.ones((n, 1)), pins], 1)
    system = np.block([[kernel, affine], [affine.T, np.zeros((4, 4))]])
    solution = np.linalg.solve(system, np.concatenate([moved, np.zeros((4, 3))]))
    near = np.linalg.norm(at[:, None] - pins[None], axis=-1)
    bent = near @ solution[:n] + np.concatenate([np.ones((len(at), 1)), at], 1) @ solution[n:]
    return np.asarray(bent, np.float32)


def mesh(edges: Iterable[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Triangles (t, 3) and their regions (t,), openings first, then skin and rings.

    edges: MediaPipe's face tesselation.
    """
    triangles: list[tuple[int, ...]] = []
    regions: list[int] = []
    for opening in OPENINGS:
        inside = _fill(opening)
        triangles += inside
        regions += [opening.region] * len(inside)
    skin = _faces_of(edges) + _ring_triangles()
    return np.array(triangles + skin), np.array(regions + [SKIN] * len(skin))


def _fill(opening: Opening) -> list[tuple[int, ...]]:
    """A strip of triangles between the edges of an opening."""
    first, last = opening.corners
    upper, lower = opening.upper[0].tolist(), opening.lower[0].tolist()
    strip: list[tuple[int, ...]] = [(first, upper[0], lower[0]), (last, upper[-1], lower[-1])]
    for i in range(len(upper) - 1):
        strip += [(upper[i], upper[i + 1], lower[i]), (upper[i + 1], lower[i + 1], lower[i])]
    return strip


def _faces_of(edges: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """The triangles of a triangulated graph: its 3-cliques that hold no vertex inside."""
    near: dict[int, set[int]] = {}
    for a, b in edges:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    cliques = {tuple(sorted((a, b, c))) for a in near for b in near[a] for c in near[a] & near[b]}
    around_a_vertex = {tuple(sorted(ring)) for ring in near.values() if len(ring) == 3}
    return sorted(cliques - around_a_vertex)


def _ring_triangles() -> list[tuple[int, ...]]:
    columns = np.arange(len(OVAL))
    rings = [OVAL.tolist()]
    rings += [(N_MESH + k * len(OVAL) + columns).tolist() for k in range(len(RINGS))]
    triangles: list[tuple[int, ...]] = []
    for inner, outer in pairwise(rings):
        for i in range(len(OVAL)):
            j = (i + 1) % len(OVAL)
            triangles += [(inner[i], inner[j], outer[i]), (inner[j], outer[j], outer[i])]
    return triangles


def fit_estimator(
    shapes: Array,
    aus: Array,
    mirror: NDArray[np.int64],
    *,
    steps: int = ESTIMATOR_STEPS,
    seed: int = 0,
) -> Estimator:
    """Train the AU estimator: (n, 468, 3) pose-normalised shapes to (n, 17, 2) intensities.

    Half of every batch is mirrored, with its sides exchanged, and landmarks carry noise of about
    their own error, so that the estimate does not hang on single points. A part of it is made of
    two faces: photos seldom wink, and from faces that do the same on both sides nothing is learnt
    of which side does it.
    """
    import torch
    from torch import nn

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    both = np.concatenate([shapes, mirrored(shapes, mirror)])
    shown = np.concatenate([aus, aus[:, :, ::-1]])
    left = left_of(both.mean(axis=0))
    mean = both.mean(axis=0).reshape(-1)
    chances = np.cumsum(1 + SHUT_EYES_COUNT * shown[:, ROW_OF[45]].mean(axis=1) ** 2)
    width, batch = 224, 512
    network = nn.Sequential(
        nn.Linear(len(mean), width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(),
        nn.Linear(width, shown[0].size),
    )  # fmt: skip
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    for _ in range(steps):
        rows = np.searchsorted(chances, rng.random(batch) * chances[-1]).clip(max=len(both) - 1)
        x, y = both[rows], shown[rows]
        halved = round(OF_TWO_FACES * batch)
        others = rng.permutation(halved)
        x[:halved], y[:halved] = of_two_faces(x[:halved], y[:halved], others, left)
        x = x.reshape(batch, -1) - mean + rng.normal(0, 0.002, (batch, len(mean)))
        wanted = torch.from_numpy(y.reshape(batch, -1))
        loss = nn.functional.smooth_l1_loss(
            network(torch.from_numpy(x.astype(np.float32))), wanted, beta=0.1
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    return even_handed(
        Estimator(
            mean.astype(np.float32),
            tuple(layer.weight.detach().numpy().T.copy() for layer in layers),
            tuple(layer.bias.detach().numpy().copy() for layer in layers),
        ),
        mirror,
    )


def even_handed(estimator: Estimator, mirror: NDArray[np.int64]) -> Estimator:
    """The mean of what an estimator reads in a face and in its mirror image, as one network.

    What the two sides show is then exactly exchanged when a face is mirrored. The estimator's mean
    must be symmetric.
    """
    first, *inner, last = estimator.weights
    points = first.reshape(N_MESH, 3, -1)
    turned = np.empty_like(points)
    turned[mirror] = points * MIRROR[:, None]  # W(Mx) = (M'W)x
    weights = [np.concatenate([first, turned.reshape(first.shape)], axis=1)]
    for weight in inner:
        apart = np.zeros_like(weight)
        weights.append(np.block([[weight, apart], [apart, weight]]))
    sides = last.reshape(-1, *SHAPE)
    exchanged = sides[:, :, ::-1].reshape(last.shape)
    weights.append(np.concatenate([last, exchanged]) / 2)
    biases = [np.tile(bias, 2) for bias in estimator.biases[:-1]]
    final = estimator.biases[-1].reshape(SHAPE)
    biases.append(((final + final[:, ::-1]) / 2).ravel())
    return Estimator(estimator.mean, tuple(weights), tuple(biases))


def of_two_faces(
    shapes: Array, aus: Array, others: NDArray[np.int64], left: Array
) -> tuple[Array, Array]:
    """Faces whose left sides are their own and whose right sides are those of `others`.

    shapes: (n, 468, 3); aus: (n, 17, 2); others: (n,) of these faces; left: (468,) as left_of has
    it. An AU without sides is the mean of both.
    """
    own = left[None, :, None]
    joined = own * shapes + (1 - own) * shapes[others]
    shown = np.stack([aus[:, :, LEFT], aus[others][:, :, RIGHT]], axis=2)
    whole = [row for row, unit in enumerate(ACTION_UNITS) if not unit.sided]
    shown[:, whole] = shown[:, whole].mean(axis=2, keepdims=True)
    return joined, shown


def left_of(mean: Shape) -> Array:
    """(468,) from 0 on the person's right side of a face to 1 on the left (x > 0), softly."""
    return np.asarray(1 / (1 + np.exp(-mean[:, 0] / (SIDE_BLEND / 2))), np.float32)


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
class Head:
    """The ICT Face Model Light: a neutral head and what its expressions move."""

    neutral: Array  # (v, 3) vertices, y up and z towards the viewer
    quads: NDArray[np.int64]  # (f, 4) vertices
    displacements: Mapping[str, Array]  # name -> (v, 3) at full intensity
    landmarks68: NDArray[np.int64]  # (68,) vertices of Multi-PIE's points


@dataclass(frozen=True)
class Accuracy:
    """How well the estimator finds one AU again on faces it never saw, both sides together."""

    action_unit: int
    error: float  # mean absolute, of intensities in [0, 1]
    correlation: float  # 0 where the faces do not differ


@dataclass(frozen=True)
class FaceModels:
    """All that is fitted to faces, and how well."""

    prior: MotionPrior
    estimator: Estimator
    faces: int  # fitted to
    held_out: int  # measured on
    accuracy: tuple[Accuracy, ...]


def read_scores(path: Path) -> tuple[list[str], Scores]:
    """Names of photos, and their blend-shape scores, from an .npz file.

    It holds `names` (n,), `categories` (52,) and `scores` (n, 52) in [0, 1]. Raises DataError.
    """
    with _npz(path, "names, categories and scores") as arrays:
        scores = Scores(arrays["categories"].tolist(), arrays["scores"].astype(np.float32))
        patterns = (name for listed in SIGNALS.values() for name in listed)
        needed = {name.format(side) for name in patterns for side in ("Left", "Right")}
        if missing := needed - set(scores.categories):
            raise ValueError(f"no blend shape {', '.join(sorted(missing))}")
        names = arrays["names"].tolist()
        if scores.values.shape != (len(names), len(scores.categories)):
            raise ValueError(f"scores of shape {scores.values.shape} for {len(names)} names")
        return names, scores


def read_head(path: Path) -> Head:
    """The ICT head from an .npz file. Raises DataError.

    It holds `neutral` (v, 3), `faces` (f, 4), `names` (k,), `displacements` (k, v, 3) and
    `landmarks68` (68,).
    """
    with _npz(path, "neutral, faces, names, displacements and landmarks68") as arrays:
        row_of = {name: row for row, name in enumerate(arrays["names"].tolist())}
        displacements = arrays["displacements"]
        moved = {
            f"{name}_{side}": displacements[row_of[f"{name}_{side}"]].astype(np.float32)
            for name, _ in ANATOMY.values()
            for side in "LR"
        }
        moved[JAW_OPEN] = displacements[row_of[JAW_OPEN]].astype(np.float32)
        return Head(
            arrays["neutral"].astype(np.float32),
            arrays["faces"].astype(np.int64),
            moved,
            arrays["landmarks68"],
        )


@contextmanager
def _npz(path: Path, holds: str) -> Iterator[Mapping[str, NDArray[Any]]]:
    """The arrays of an .npz file; what is wrong with them or what is read as a DataError."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise ValueError("a single array")
            yield arrays
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is no .npz file with {holds}: {error}") from error


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


def accuracy(measured: Array, true: Array) -> Iterator[Accuracy]:
    """Compare (n, 17, 2) intensities with the true ones, AU by AU."""
    for row, unit in enumerate(ACTION_UNITS):
        found, wanted = measured[:, row].ravel(), true[:, row].ravel()
        differ = len(found) > 0 and found.std() > 0 and wanted.std() > 0
        correlation = np.corrcoef(found, wanted)[0, 1] if differ else 0.0
        yield Accuracy(unit.number, float(np.abs(found - wanted).mean()), float(correlation))
