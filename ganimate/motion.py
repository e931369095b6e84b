"""The motion prior: how each action unit moves a face, and the warp that moves a photo with it.

    action units --basis--> landmark displacement --mesh--> backward map W_t

The basis is the mean displacement of 468 landmarks at full intensity of each AU and side, fitted
by ridge regression (training/prior.py). The mesh is MediaPipe's own triangulation, with triangles
for the mouth and the eyes and three rings outside the face that fade its motion out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ROW_OF, AUVector
from ganimate.faces import N_MESH
from ganimate.mouth import Inside, Mouth, place
from ganimate.pose import Pose, Shape

Points = NDArray[np.float32]  # (n, 2) x right, y down

SKIN, MOUTH, LEFT_EYE, RIGHT_EYE = range(4)  # regions of the mesh; left and right as the person's

# The face's outline, from the middle of the forehead round by the person's left ear.
OVAL = np.array(
    [
        10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
    ]
)  # fmt: skip
RINGS = ((1.15, 0.6), (1.4, 0.12), (1.7, 0.0))  # (size over the oval, share of its motion)
# Shares of a turn of the head, by the forehead and by the chin: hair goes along, the neck less so.
TURNED_RINGS = ((1.0, 0.6, 0.0), (0.8, 0.25, 0.0))


@dataclass(frozen=True)
class Opening:
    """A slit of the face: the mouth or an eye. Rows of columns that face each other.

    upper, lower: (rings, columns) landmark indices; row 0 is the edge of the slit, the others
    the skin that follows it by the share in `follow`. `meets` is where the two edges meet when
    the slit closes: 0 at the lower edge, 1 at the upper one.
    """

    region: int
    corners: tuple[int, int]
    upper: NDArray[np.int64]
    lower: NDArray[np.int64]
    follow: tuple[float, ...]
    meets: float
    upper_insets: tuple[float, ...]  # how far the inner rings fold towards the next as it shuts
    lower_insets: tuple[float, ...]
    folds_by: float  # how soon: 1 when shut, 2 when half closed


LIPS = Opening(
    MOUTH,
    (78, 308),
    np.array(
        [
            [191, 80, 81, 82, 13, 312, 311, 310, 415],
            [183, 42, 41, 38, 12, 268, 271, 272, 407],
            [184, 74, 73, 72, 11, 302, 303, 304, 408],
            [185, 40, 39, 37, 0, 267, 269, 270, 409],
        ]
    ),
    np.array(
        [
            [95, 88, 178, 87, 14, 317, 402, 318, 324],
            [96, 89, 179, 86, 15, 316, 403, 319, 325],
            [77, 90, 180, 85, 16, 315, 404, 320, 307],
            [146, 91, 181, 84, 17, 314, 405, 321, 375],
        ]
    ),
    (1.0, 1.0, 0.95, 0.85),
    0.6,
    (0.75, 0.7),
    (0.75, 0.7),
    1.0,
)
RIGHT_LIDS = Opening(
    RIGHT_EYE,
    (33, 133),
    np.array(
        [
            [246, 161, 160, 159, 158, 157, 173],
            [247, 30, 29, 27, 28, 56, 190],
            [113, 225, 224, 223, 222, 221, 189],
        ]
    ),
    np.array(
        [
            [7, 163, 144, 145, 153, 154, 155],
            [25, 110, 24, 23, 22, 26, 112],
            [31, 228, 229, 230, 231, 232, 233],
        ]
    ),
    (1.0, 0.55, 0.15),
    0.15,
    (0.4,),
    (0.15,),
    2.0,
)
LEFT_LIDS = Opening(
    LEFT_EYE,
    (263, 362),
    np.array(
        [
            [466, 388, 387, 386, 385, 384, 398],
            [467, 260, 259, 257, 258, 286, 414],
            [342, 445, 444, 443, 442, 441, 413],
        ]
    ),
    np.array(
        [
            [249, 390, 373, 374, 380, 381, 382],
            [255, 339, 254, 253, 252, 256, 341],
            [261, 448, 449, 450, 451, 452, 453],
        ]
    ),
    (1.0, 0.55, 0.15),
    0.15,
    (0.4,),
    (0.15,),
    2.0,
)
OPENINGS = (LIPS, LEFT_LIDS, RIGHT_LIDS)
LIDS_OF_SIDE = (LEFT_LIDS, RIGHT_LIDS)  # in the order of the columns of an AU vector

BROWS = np.array(
    [
        46, 53, 52, 65, 55, 70, 63, 105, 66, 107,
        276, 283, 282, 295, 285, 300, 293, 334, 296, 336,
    ]
)  # fmt: skip
BROW_UNITS = [ROW_OF[number] for number in (1, 2, 4)]
BROW_LIFT = 0.11  # of the face's width, some 15 mm: brows come nearer to it, and never reach it
BROW_EDGES = np.array([[283, 282, 282, 295, 285], [53, 52, 52, 65, 55]])
"""The lower edge of each brow, in the order of LIDS_OF_SIDE, over the lids' third row."""
UNDER_BROWS = np.array([0.7, 1, 1, 1, 0.7])  # how far that row goes along
ON_BROW, OFF_BROW = 0.034, 0.05  # of the face's width: a row within lies on hair, beyond on skin

PLACED = np.concatenate([LIPS.upper.ravel(), LIPS.lower.ravel(), LIPS.corners])
"""Vertices of the lips, which are moved to where they shut or open."""
CHIN_FROM = 17  # the landmark below which the chin begins
UNFOLDS = 6  # rounds
HOLDS = 12  # rounds
EDGE_ON, HELD = 1.5, 2.5  # times a triangle's area: from where, and how firmly, a turn is held back
SLIVER = 2e-4  # of the face's width, squared: so much is added to areas, as slivers have none
FLAT = 0.5  # of a triangle's area: pressed below it, its vertices go along with their neighbours
SPECK = 3e-5  # of the face's width, squared: triangles that may turn over unseen

GRID = 128  # px of a warp's grid for the side of an aligned crop
STRETCH_KNOWN = 1.25  # an opening stretched by less still shows what the photo showed
STRETCH_UNKNOWN = 2.0  # ... by more than this shows nothing of it
NARROW_KNOWN = 1.15  # a mouth narrowed by less keeps the photo's teeth, a little narrower
NARROW_UNKNOWN = 1.4  # ... by more than this gets others: teeth do not narrow
SEAM = 0.012  # of the face's width: how wide the line between shut lips is painted
TOUCHING = 0.01  # of the face's width: lips nearer to each other have met
RIM = 0.015  # of the face's width: how far what opened lips do not show reaches into them
LIDS_UNKNOWN = 1.15  # lids that open by more than this uncover what the photo does not show
LASHES = 0.01  # of the face's width: how broad the line of the lashes is
LASHES_DARKEN = 0.65  # of the light that is taken there
LASHES_SEEN = 0.6  # by how much an eye has shut when they are seen in full
SHUT = 0.004  # of the face's width: openings below are closed (half a pixel of a 128 px crop)


@dataclass(frozen=True)
class Loose:
    """Skin whose vertices may go along with their neighbours (_along_with_neighbours)."""

    triangles: NDArray[np.int64]  # (k, 3)
    free: NDArray[np.bool_]  # (468,) the vertices that may
    facing: NDArray[np.float32]  # (k,) 1 or -1, the sign of the triangles' areas in the mean face


@dataclass(frozen=True)
class MotionPrior:
    """What action units do to faces; lengths in units of the face's width (temple to temple)."""

    mean: Shape  # (468, 3) mean shape, the frame of every pose
    basis: NDArray[np.float32]  # (17, 2, 468, 3) displacement of each AU and side at intensity 1
    mouth_gap: float  # between the inner lips (13 to 14) at AU25 = 1
    triangles: NDArray[np.int64]  # (t, 3) vertices, openings first
    regions: NDArray[np.int64]  # (t,) SKIN, MOUTH, LEFT_EYE or RIGHT_EYE
    mouth: Mouth  # what is behind the lips
    # (17, s, s) change of log luminance on the mean face, both sides at intensity 1 (shading.py)
    shading: NDArray[np.float32]

    # Found once, for every frame asks for them.

    @cached_property
    def areas(self) -> NDArray[np.float32]:
        """(t,) signed areas of the triangles in the mean face."""
        mean = self.mean[:, :2]
        return _signed_areas(np.concatenate([mean, _rings(mean)]), self.triangles)

    @cached_property
    def chin(self) -> Loose:
        """The skin of the chin; lips stay where they are put."""
        chin = self.mean[:, 1] > self.mean[CHIN_FROM, 1]
        free = chin.copy()
        free[PLACED] = False
        return self._loose(chin, free)

    @cached_property
    def border(self) -> Loose:
        """The skin along the face's outline, three triangles deep."""
        border = np.isin(np.arange(N_MESH), OVAL)
        for _ in range(2):
            border[self._loose(border, border).triangles.ravel()] = True
        return self._loose(border, border)

    def _loose(self, vertices: NDArray[np.bool_], free: NDArray[np.bool_]) -> Loose:
        """The skin that has some of these vertices (468,)."""
        chosen = (self.regions == SKIN) & (self.triangles < N_MESH).all(axis=1)
        chosen[chosen] = vertices[self.triangles[chosen]].any(axis=1)
        return Loose(self.triangles[chosen], free, np.sign(self.areas[chosen]))


def moved(
    prior: MotionPrior,
    landmarks: NDArray[np.float32],
    pose: Pose,
    source: AUVector,
    target: AUVector,
) -> NDArray[np.float32]:
    """Landmarks (468, 3) of the same face, in photo pixels, with its AUs at `target`.

    landmarks: (>= 468, 3) of the photo, whose AUs are `source`. A zero change moves nothing.
    Lids and lips close exactly at AU45 = 1 and AU25 = 0, whoever's they are, and never cross.
    """
    before = pose.normalise(landmarks[:N_MESH])
    change = target - source
    if not change.any():
        return landmarks[:N_MESH].copy()
    blink, part = ROW_OF[45], ROW_OF[25]
    after = before + _displaced(prior, before, change)
    for side, lids in enumerate(LIDS_OF_SIDE):
        # A blink takes away its share of the aperture that the other units leave.
        without = after - change[blink, side] * prior.basis[blink, side]
        aperture = np.maximum(_gap(without, lids), 0)
        if change[blink, side] >= 0:
            still_open = (1 - min(1.0, target[blink, side])) / max(1e-3, 1 - source[blink, side])
            aperture = aperture * still_open
        else:
            aperture = np.maximum(_gap(after, lids), aperture)
        after = _with_gap(after, lids, aperture, _gap(before, lids))
    gap = np.maximum(_gap(after, LIPS), 0)
    middle = len(gap) // 2
    closed_to = float(target[part].mean()) / max(1e-3, float(source[part].mean()))
    still_apart = max(0.0, closed_to) * max(0.0, float(_gap(before, LIPS)[middle]))
    if change[part].any() and closed_to < 1 and gap[middle] > still_apart:
        gap = gap * (still_apart / gap[middle])
    after = _with_gap(after, LIPS, gap, _gap(before, LIPS))
    return landmarks[:N_MESH] + _unfolded(prior, landmarks, pose.rotate(after - before))


def _unfolded(
    prior: MotionPrior, landmarks: NDArray[np.float32], moved_by: NDArray[np.float32]
) -> NDArray[np.float32]:
    """A displacement (468, 3) that turns less skin of the chin over.

    Where it would (a lower lip that is drawn down past the chin's first row), vertices go along
    with their neighbours, the more the flatter a triangle of theirs is pressed, so that nothing
    jumps as it comes about. Lips stay where they were put: they may fold.
    """
    triangles = prior.chin.triangles
    before = _signed_areas(landmarks[:, :2], triangles)
    large = np.abs(before) > SPECK * _width(landmarks[:, :2]) ** 2
    triangles, before = triangles[large], before[large]
    for _ in range(UNFOLDS):
        after = _signed_areas(landmarks[:N_MESH, :2] + moved_by[:, :2], triangles)
        pressed = np.clip(1 - after / (FLAT * before), 0, 1)
        if not pressed.any():
            break
        moved_by = _along_with_neighbours(moved_by, triangles, prior.chin.free, pressed)
    return moved_by


def held_back(
    prior: MotionPrior, landmarks: NDArray[np.float32], turned: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What to add to turned landmarks (468, 3) so that skin seen edge-on stays so, (468, 3).

    landmarks: (468, 3) of the photo. A turn would unfold the slivers at the near side of the face;
    the photo shows nothing of them but the pixels at its outline, hair and background mixed, which
    would be drawn out over the cheek. The border goes along with what is inside of it instead.
    """
    skirt, facing = prior.border.triangles, prior.border.facing
    moved_by = start = (turned - landmarks).astype(np.float32)
    least = SLIVER * _width(landmarks[:, :2]) ** 2
    before = np.maximum(facing * _signed_areas(landmarks[:, :2], skirt), 0) + least
    for _ in range(HOLDS):
        there = landmarks[:, :2] + moved_by[:, :2]
        after = np.maximum(facing * _signed_areas(there, skirt), 0) + least
        stretched = np.clip((after / before - EDGE_ON) / (HELD - EDGE_ON), 0, 1)
        if not stretched.any():
            break
        moved_by = _along_with_neighbours(moved_by, skirt, prior.border.free, stretched)
    return moved_by - start


def _along_with_neighbours(
    moved_by: NDArray[np.float32],
    triangles: NDArray[np.int64],
    free: NDArray[np.bool_],
    shares: NDArray[np.floating[Any]],
) -> NDArray[np.float32]:
    """A displacement (468, 3), half the way to that of the neighbours where a triangle asks for it.

    triangles: (t, 3); shares: (t,) in [0, 1] how much each asks; free: (468,) whether vertices may.
    """
    along = np.zeros(N_MESH)
    np.maximum.at(along, triangles.ravel(), np.repeat(shares, 3))
    here, there = (
        triangles[:, order].ravel() for order in ([0, 0, 1, 1, 2, 2], [1, 2, 0, 2, 0, 1])
    )
    count = np.maximum(np.bincount(here, minlength=N_MESH), 1)
    sums = [np.bincount(here, moved_by[there, axis], N_MESH) for axis in range(3)]
    apart = np.stack(sums, 1) / count[:, None] - moved_by
    return np.asarray(moved_by + 0.5 * (along * free)[:, None] * apart, np.float32)


def _displaced(prior: MotionPrior, before: Shape, change: AUVector) -> Shape:
    """(468, 3) how a change of AUs moves the landmarks `before`, which brows do softly.

    Low brows that are asked to rise and stop frowning at once would rise beyond what skin can do.
    Small rises stay as they are, larger ones come ever less: none stops short, or brows that are
    driven would stand still near the limit.
    """
    # Not np.tensordot: threads of a BLAS would cost more than so small a sum.
    moved_by = np.einsum("ij,ijkl->kl", change, prior.basis)
    of_brows = np.einsum("ij,ijkl->kl", change[BROW_UNITS], prior.basis[BROW_UNITS])
    lift = max(1e-6, -float(moved_by[BROWS, 1].min())) / BROW_LIFT
    softly = _with_skin_under_brows(before, np.tanh(lift) / lift * of_brows)
    return np.asarray(moved_by - of_brows + softly, np.float32)


def _with_skin_under_brows(before: Shape, of_brows: Shape) -> Shape:
    """A displacement (468, 3) by the brows' units with the skin under them rising as they do.

    On low or bushy brows the detector's row under the brow lies on its hair: left behind, it would
    draw the hair out over the lid.
    """
    moved_by = of_brows.copy()
    for lids, edge in zip(LIDS_OF_SIDE, BROW_EDGES, strict=True):
        below, under = lids.upper[1:, 1:6]
        gap = float((before[under, 1] - before[edge, 1])[1:4].mean())
        near = np.clip((OFF_BROW - gap) / (OFF_BROW - ON_BROW), 0, 1)
        rise = near * UNDER_BROWS * np.minimum(of_brows[edge, 1] - of_brows[under, 1], 0)
        moved_by[under, 1] += rise
        moved_by[below, 1] += rise / 3  # the lid unfolds evenly
    return moved_by


def _gap(shape: Shape, opening: Opening) -> NDArray[np.float32]:
    """Height of an opening at each of its columns, negative where its edges cross. (columns,)"""
    gap: NDArray[np.float32] = shape[opening.lower[0], 1] - shape[opening.upper[0], 1]
    return gap


def _with_gap(
    shape: Shape, opening: Opening, gap: NDArray[np.float32], was: NDArray[np.float32]
) -> Shape:
    """Move the edges of an opening, and the skin that follows them, until it has this height.

    gap, was: (columns,) the height that it shall have and that it has in the photo. Edges that
    shut come together sideways and in depth, too: facing landmarks are not quite opposite, and
    would leave a slit in a tilted face.
    """
    apart = shape[opening.lower[0]] - shape[opening.upper[0]]  # (columns, 3)
    left = np.where(was > SHUT, np.clip(gap / np.maximum(was, SHUT), 0, 1), 1)
    wanted = apart * left[:, None]
    wanted[:, 1] = gap
    missing = (wanted - apart).astype(np.float32)
    shape = shape.copy()
    for ring, follow in enumerate(opening.follow):
        shape[opening.upper[ring]] -= missing * (1 - opening.meets) * follow
        shape[opening.lower[ring]] += missing * opening.meets * follow
    return shape


@dataclass(frozen=True)
class Warp:
    """A backward map on a pixel grid: where in the source each target pixel comes from."""

    field: NDArray[np.float32]  # (h, w, 2) source minus target position, pixels of the grid
    unknown: NDArray[np.float32]  # (h, w) in [0, 1]: 1 where the source does not say what is there


@dataclass(frozen=True)
class Mesh:
    """The mesh before and after, on one pixel grid."""

    source: Points  # (v, 2) landmarks and rings; where lids and lips shut, folded
    target: Points  # (v, 2)
    unmoved: Points  # (468, 2) landmarks of the source
    turned: Points  # (468, 2) where they come to lie by a turn of the head alone

    def on(self, to_grid: NDArray[np.float64]) -> Mesh:
        """The same mesh on another grid, to which a similarity (2, 3) leads."""
        matrix, offset = to_grid[:, :2].T.astype(np.float32), to_grid[:, 2].astype(np.float32)
        points = (self.source, self.target, self.unmoved, self.turned)
        return Mesh(*(one @ matrix + offset for one in points))


def mesh_between(source: Points, target: Points, turned: Points | None = None) -> Mesh:
    """The mesh that takes a face whose landmarks are `source` to one with `target`.

    source, target: (>= 468, 2) pixels of a grid, pixel centres at integers; turned: where
    `source` comes to lie by the turn of the head alone, if it turns.
    """
    source, target = source[:N_MESH, :2], target[:N_MESH, :2]
    turned = source if turned is None else turned[:N_MESH, :2]
    moved_by = target - turned
    rings = _rings(source)
    rings_moved = np.concatenate([share * moved_by[OVAL] for _, share in RINGS])
    if turned is not source:
        rings_moved = rings_moved + _turned_shares() * (_rings(turned) - rings)
    return Mesh(
        np.concatenate([_folded(source, turned, target), rings]),
        np.concatenate([target, rings + rings_moved]),
        source,
        turned,
    )


def warp_between(prior: MotionPrior, mesh: Mesh, shape: tuple[int, int]) -> Warp:
    """The warp of a mesh on its grid of `shape` (height, width).

    Pixels outside the outer ring stay where they are.
    """
    field, region = _field_and_region(prior, mesh, shape)
    unknown = np.zeros(shape, np.float32)
    turned, target = mesh.turned, mesh.target
    stretched = (_opened(turned, target, LIPS) - STRETCH_KNOWN) / (STRETCH_UNKNOWN - STRETCH_KNOWN)
    narrowed = (_narrowed(turned, target) - NARROW_KNOWN) / (NARROW_UNKNOWN - NARROW_KNOWN)
    newly_seen = max(stretched, narrowed)
    if newly_seen > 0:
        # With the rim: lips that were pressed together do not show where they turn inwards, and
        # what a coarse grid leaves there of teeth, in training, would give the answer away.
        rim = cv2.getStructuringElement(
            cv2.MORPH_ELLIPSE, (2 * round(RIM * _width(target)) + 1,) * 2
        )
        mouth = cv2.dilate((region == MOUTH).astype(np.float32), rim)
        mouth = cv2.blur(mouth, (3, 3))  # a mask with stairs would be painted with stairs
        unknown = np.asarray(mouth * min(newly_seen, 1.0), np.float32)
    for lids in LIDS_OF_SIDE:
        # Lids stretch nothing: what they uncover is all that the photo does not show.
        newly_seen = (_opened(turned, target, lids) - 1) / (LIDS_UNKNOWN - 1)
        if newly_seen > 0:
            uncovered = (region == lids.region) & ~_inside(turned, lids, shape)
            unknown[uncovered] = min(newly_seen, 1.0)
    _mark_seam(unknown, turned, target)
    return Warp(field, unknown)


def field_between(prior: MotionPrior, mesh: Mesh, shape: tuple[int, int]) -> NDArray[np.float32]:
    """The field alone of the warp of a mesh, (h, w, 2)."""
    return _field_and_region(prior, mesh, shape)[0]


def _field_and_region(
    prior: MotionPrior, mesh: Mesh, shape: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The field of a mesh, (h, w, 2), and the region of each pixel, -1 outside the mesh."""
    drawn, ids = _rasterise(prior, mesh.source, mesh.target, shape)
    field = _affine_field(mesh.source, mesh.target, prior.triangles, drawn, ids)
    region = np.append(prior.regions, -1)[ids]
    slits = OPENINGS if shutting(mesh.turned, mesh.target) else LIDS_OF_SIDE
    field = _smoothed_skin(field, region, _edges(mesh.target, slits, shape))
    for lids in LIDS_OF_SIDE:
        # The lids slide over an eyeball that stays in the head.
        inside = region == lids.region
        still = mesh.turned is mesh.unmoved or np.array_equal(mesh.turned, mesh.unmoved)
        field[inside] = 0 if still else _rigid_field(mesh.turned, mesh.unmoved, lids, inside)
    return field, region


def _rigid_field(
    turned: Points, source: Points, opening: Opening, inside: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """(pixels inside, 2) displacement turned -> source, affine, least squares over the outline."""
    outline = [*opening.corners, *opening.upper.ravel(), *opening.lower.ravel()]
    ones = np.ones((len(outline), 1), np.float32)
    way = source[outline] - turned[outline]
    affine = np.linalg.lstsq(np.concatenate([turned[outline], ones], 1), way, rcond=None)[0]
    y, x = np.nonzero(inside)
    return np.asarray(np.stack([x, y, np.ones_like(x)], 1) @ affine, np.float32)


def _folded(source: Points, turned: Points, target: Points) -> Points:
    """Source points whose edges lie deeper in the lip or lid the more an opening shuts.

    The detector's contours run a few pixels inside the openings; without this a shut eye would
    drag along a strip of iris, and closed lips would show a seam of teeth.
    """
    folded = source.copy()
    for opening in OPENINGS:
        closing = float(np.clip(opening.folds_by * (1 - _opened(turned, target, opening)), 0, 1))
        for edge, insets in (
            (opening.upper, opening.upper_insets),
            (opening.lower, opening.lower_insets),
        ):
            for ring, inset in enumerate(insets):
                towards = source[edge[len(insets)]] - source[edge[ring]]
                folded[edge[ring]] += np.float32(closing * inset) * towards
    return folded


def _rings(source: Points) -> Points:
    """(3 * 36, 2) vertices around the face's oval."""
    oval = source[OVAL]
    centre = oval.mean(axis=0)
    rings = [centre + size * (oval - centre) for size, _ in RINGS]
    return np.asarray(np.concatenate(rings), np.float32)


def _turned_shares() -> NDArray[np.float32]:
    """(3 * 36, 1) how far each vertex of the rings goes along with a turn of the head."""
    lower = (1 - np.cos(np.linspace(0, 2 * np.pi, len(OVAL), endpoint=False))) / 2  # 1 at the chin
    upper_shares, lower_shares = np.array(TURNED_RINGS)[:, :, None]
    return np.float32(upper_shares + (lower_shares - upper_shares) * lower).reshape(-1, 1)


def _opened(source: Points, target: Points, opening: Opening) -> float:
    """How many times higher an opening has become."""
    return (_height(target, opening) + SHUT) / (_height(source, opening) + SHUT)


def _narrowed(source: Points, target: Points) -> float:
    """How many times narrower the mouth has become."""
    before, after = (
        float(np.linalg.norm(np.subtract(*points[list(LIPS.corners)]))) / _width(points)
        for points in (source, target)
    )
    return before / max(after, SHUT)


def shutting(source: Points, target: Points) -> bool:
    """Whether lips are nearer to each other than in the source; landmarks (>= 468, >= 2)."""
    return _height(target[:, :2], LIPS) < _height(source[:, :2], LIPS)


def _inside(points: Points, opening: Opening, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(h, w) the pixels within an opening."""
    first, last = opening.corners
    outline = [first, *opening.upper[0], last, *opening.lower[0][::-1]]
    mask = np.zeros(shape, np.uint8)
    corners = np.round(points[outline] * 16).astype(np.int32)  # 1/16 px
    cv2.fillPoly(mask, [corners], (1,), cv2.LINE_8, 4)
    return mask > 0


def _mark_seam(unknown: NDArray[np.float32], source: Points, target: Points) -> None:
    """Mark where lips that were apart now meet: no photo shows the line between them.

    Lids need none: they bring their lashes along.
    """
    closing = min(1.0, 2 * (1 - _opened(source, target, LIPS)))
    if closing <= 0:
        return
    width = _width(target)
    upper, lower = target[LIPS.upper[0]], target[LIPS.lower[0]]
    touching = np.linalg.norm(upper - lower, axis=1) < TOUCHING * width
    middle = np.round((upper + lower) / 2 * 16).astype(np.int32)
    for column in np.flatnonzero(touching[:-1] & touching[1:]):
        one, other = middle[column].tolist(), middle[column + 1].tolist()
        cv2.line(unknown, one, other, (closing,), max(1, round(SEAM * width)), cv2.LINE_8, 4)


def lash_line(
    turned: Points, target: Points, lids: Opening, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """(h, w) in [0, 1]: how much darker a pixel is for the lashes of an upper lid that shuts.

    turned, target: (>= 468, 2) landmarks before and after, pixels. An open lid hides its lashes
    before the dark of the eye; on a shut one they are the only line, for people and detectors.
    """
    line = np.zeros(shape, np.float32)
    t = float(np.clip((1 - _opened(turned, target, lids)) / LASHES_SEEN, 0, 1))
    if t <= 0:
        return line
    first, last = lids.corners
    width = max(1, round(LASHES * _width(target)))
    edge = np.round(target[[first, *lids.upper[0], last]] * 16).astype(np.int32)  # 1/16 px
    cv2.polylines(line, [edge], False, (LASHES_DARKEN,), width, cv2.LINE_8, 4)
    soft = np.asarray(cv2.GaussianBlur(line, (0, 0), 0.6 * width), np.float32)
    return t * t * (3 - 2 * t) * soft


def _height(points: Points, opening: Opening) -> float:
    """Mean height of an opening over the face's width, pose aside."""
    heights = np.linalg.norm(points[opening.upper[0]] - points[opening.lower[0]], axis=1)
    return float(heights.mean()) / _width(points)


def _width(points: Points) -> float:
    """The face's width, temple to temple."""
    return float(np.linalg.norm(points[234] - points[454]))


def _signed_areas(points: Points, triangles: NDArray[np.int64]) -> NDArray[np.float32]:
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    u, v = b - a, c - a
    areas: NDArray[np.float32] = (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2
    return areas


def _rasterise(
    prior: MotionPrior, source: Points, target: Points, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Draw the triangles in the target, openings first and skin over them.

    Returns the triangles drawn, (k,), and for each pixel its triangle, -1 outside the mesh. Skin
    that the motion turned over (a fold) is left out; what is around it closes the hole. Skin that a
    broad smile had turned over in the photo, and that lies again as it does in the mean face, is
    drawn under all else: beside the corners of the lips nothing else would cover it. The triangles
    of an opening may come from a shut one, which has no area.
    """
    before = _signed_areas(source, prior.triangles)
    after = _signed_areas(target, prior.triangles)
    turned = (before * after <= 0) & (prior.regions == SKIN)
    folded = turned & (prior.areas * after <= 0)
    corners = target[prior.triangles]  # (t, 3, 2)
    size = np.array([shape[1], shape[0]], np.float32)
    seen = ((corners.max(axis=1) > -1) & (corners.min(axis=1) < size)).all(axis=1)
    drawn = np.flatnonzero(seen & ~folded & (np.abs(after) > 0.05))
    drawn = np.concatenate([drawn[turned[drawn]], drawn[~turned[drawn]]])
    ids = np.full(shape, -1, np.int32)
    polygons = np.round(corners[drawn] * 16).astype(np.int32)  # 1/16 px
    for triangle, polygon in zip(drawn.tolist(), polygons, strict=True):
        cv2.fillConvexPoly(ids, polygon, triangle, lineType=cv2.LINE_8, shift=4)
    return drawn, ids


def _affine_field(
    source: Points,
    target: Points,
    triangles: NDArray[np.int64],
    drawn: NDArray[np.int64],
    ids: NDArray[np.int32],
) -> NDArray[np.float32]:
    """(h, w, 2) displacement target -> source, affine over each triangle, 0 outside the mesh."""
    a, b, c = (target[triangles[drawn, corner]].astype(np.float64) for corner in range(3))
    moved_by = (source - target).astype(np.float64)
    ma, mb, mc = (moved_by[triangles[drawn, corner]] for corner in range(3))
    # Each component of the displacement is g . (p - a) + ma, its gradient g by Cramer's rule.
    u, v, mu, mv = b - a, c - a, mb - ma, mc - ma
    twice_area = (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])[:, None]
    along_x = (mu * v[:, 1:] - mv * u[:, 1:]) / twice_area  # (k, 2)
    along_y = (mv * u[:, :1] - mu * v[:, :1]) / twice_area
    constant = ma - along_x * a[:, :1] - along_y * a[:, 1:]
    height, width = ids.shape
    x = np.arange(width, dtype=np.float32)[None, :, None]
    y = np.arange(height, dtype=np.float32)[:, None, None]

    def of_each_pixel(per_triangle: NDArray[np.float64]) -> NDArray[np.float32]:
        table = np.zeros((len(triangles) + 1, 2), np.float32)  # the last row serves id -1
        table[drawn] = per_triangle
        # as complex numbers, both components are fetched at once, in half the time
        pixels: NDArray[np.float32] = table.view(np.complex64)[ids, 0].view(np.float32)
        return pixels.reshape(height, width, 2)

    return of_each_pixel(along_x) * x + of_each_pixel(along_y) * y + of_each_pixel(constant)


def _edges(points: Points, slits: tuple[Opening, ...], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(h, w) the pixels about the edges of lids, or lips."""
    mask = np.zeros(shape, np.uint8)
    for slit in slits:
        first, last = slit.corners
        for edge in (slit.upper[0], slit.lower[0]):
            corners = np.round(points[[first, *edge, last]] * 16).astype(np.int32)  # 1/16 px
            cv2.polylines(mask, [corners], False, (1,), 3, cv2.LINE_8, 4)
    return mask > 0


def _smoothed_skin(
    field: NDArray[np.float32], region: NDArray[np.int64], kept: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Average the field over 3 x 3 pixels of skin: no facets, no torn pixels at folds.

    kept: (h, w) where it stays as it is, lest shut lids mix across their edge and show the eye, or
    shut lips the teeth.
    """
    inside = region > SKIN
    skin = (~inside).astype(np.float32)
    skin_field = field.copy()
    skin_field[inside] = 0
    weight = np.maximum(cv2.blur(skin, (3, 3)), 1e-6)
    smooth = np.asarray(cv2.blur(skin_field, (3, 3)) / weight[:, :, None], np.float32)
    exact = inside | kept
    smooth[exact] = field[exact]
    return smooth


def apply_warp(
    image: NDArray[np.uint8], warp: Warp, interpolation: int = cv2.INTER_LINEAR
) -> NDArray[np.uint8]:
    """Warp an (h, w, c) image by a field on the same grid."""
    height, width = warp.field.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :] + warp.field[:, :, 0]
    y = np.arange(height, dtype=np.float32)[:, None] + warp.field[:, :, 1]
    warped = cv2.remap(image, x, y, interpolation, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def filled(
    warped: NDArray[np.uint8], unknown: NDArray[np.float32], landmarks: Points, mouth: Inside
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """What the generator is given of a warped crop (s, s, 3): a mouth, drawn where it is unknown.

    unknown: (s, s) in [0, 1]; landmarks: (468, >= 2) of the face as it shall be, in crop pixels.
    Elsewhere than between the lips what is unknown becomes grey. Returns the share of each pixel
    that is drawn, (s, s) in [0, 1], with it.
    """
    drawn = np.zeros_like(unknown)
    rows, columns = (np.flatnonzero(unknown.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return warped, drawn
    top, bottom, left, right = (
        int(rows[0]),
        int(rows[-1]) + 1,
        int(columns[0]),
        int(columns[-1]) + 1,
    )
    known, share = warped[top:bottom, left:right], unknown[top:bottom, left:right, None]
    shape = bottom - top, right - left
    filling = np.full((*shape, 3), 127.5, np.float32)
    between = _between_lips(landmarks[:, :2] - np.array([left, top], np.float32), shape)
    if between.any():
        filling += between * (place(mouth, (left, top), shape) - filling)
    result = warped.copy()
    result[top:bottom, left:right] = np.rint(known + share * (filling - known)).clip(0, 255)
    drawn[top:bottom, left:right] = (share * between)[:, :, 0]
    return result, drawn


def _between_lips(landmarks: Points, shape: tuple[int, int]) -> NDArray[np.float32]:
    """(h, w, 1) in [0, 1]: what is between the lips, and a little under them; 0 for shut ones."""
    if _height(landmarks, LIPS) < TOUCHING / 2:
        return np.zeros((*shape, 1), np.float32)
    side = 2 * round(RIM * _width(landmarks)) + 1
    mask = cv2.dilate(
        _inside(landmarks, LIPS, shape).astype(np.float32), np.ones((side, side), np.uint8)
    )
    return np.asarray(cv2.blur(mask, (3, 3)), np.float32)[:, :, None]


def enlarged(warp: Warp, shape: tuple[int, int]) -> Warp:
    """The same warp on a grid of another (height, width), bilinear."""
    height, width = warp.unknown.shape
    size = (shape[1], shape[0])
    scale = np.array([shape[1] / width, shape[0] / height], np.float32)
    field = cv2.resize(warp.field, size, interpolation=cv2.INTER_LINEAR) * scale
    unknown = cv2.resize(warp.unknown, size, interpolation=cv2.INTER_LINEAR)
    return Warp(np.asarray(field, np.float32), np.asarray(unknown, np.float32))
