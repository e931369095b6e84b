"""The upper teeth that a photo shows between its lips: where they are, and where they end.

Upper teeth stand in the head. Lips that move bare or cover them, and neither stretch nor squeeze
them: what a photo shows of them stays where it is as far as moved lips leave it free.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.light import FaceColours
from ganimate.appearance.mouth_anatomy import Mouth, find_teeth
from ganimate.appearance.teeth_settings import OWN_TEETH, OwnTeethSettings
from ganimate.appearance.teeth_width import measure_tooth_width
from ganimate.arrays import Floats, Map, Photo, Points
from ganimate.face.landmarks import LIPS, measure_width
from ganimate.face.pose import Pose
from ganimate.numerics import FIXED_POINT_BITS, fall, rise, to_fixed_point
from ganimate.warp.mesh import measure_height
from ganimate.warp.unknown import mask_opening

ANTIALIASED = 255
"""What OpenCV draws a full pixel with."""


@dataclass(frozen=True)
class OwnTeeth:
    """The upper teeth that a crop shows.

    Attributes:
        share: (s, s) in [0, 1], how surely each pixel is one of theirs or of the lines between.
        drop: how far their edges lie below those of the mean face's teeth, as a share of the face's
            width; None where the lower lip hides them.
        hidden_below: the same of the lower lip: hidden edges lie lower.
        edge: (2,) crop pixels, where they end, or the lip hides them, in the middle.
        width: times as broad as the mean face's that they are; None where nobody can tell.
    """

    share: Map
    drop: float | None
    hidden_below: float
    edge: Floats
    width: float | None


def find_own_teeth(
    crop: Photo,
    landmarks: Points,
    pose: Pose,
    colours: FaceColours,
    mouth: Mouth,
    settings: OwnTeethSettings = OWN_TEETH,
) -> OwnTeeth | None:
    """Find the upper teeth that a face shows.

    Args:
        crop: (s, s, 3) an aligned crop of the photo.
        landmarks: (468, 2 or more) in its pixels.
        pose: of the head, in its pixels.
        colours: what the face shows of the light.
        mouth: the mean face's.
        settings: what counts as teeth.

    Returns:
        None where it shows none.
    """
    if colours.teeth is None:
        return None
    points = np.asarray(landmarks[:, :2], np.float32)
    width = measure_width(points)
    shape = (crop.shape[0], crop.shape[1])
    opening = mask_opening(points, LIPS, shape)
    lab = np.asarray(cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    pale = _measure_paleness(lab, opening, points, settings)
    dark, bright = np.percentile(lab[opening][:, 0], [settings.dark, settings.bright])
    light = np.clip((lab[:, :, 0] - dark) / max(float(bright - dark), 1.0), 0, 1)
    arch = _trace_edges(mouth, pose, shape[1], settings)
    middle = float(points[list(LIPS.upper[0][3:6]), 0].mean())
    columns = np.arange(
        max(0, round(middle - settings.looked_at * width)),
        min(shape[1], round(middle + settings.looked_at * width) + 1),
    )
    score = light if pale is None else light * pale
    profile, drops = _measure_profile(score, opening, arch, columns)
    if len(profile) < settings.fewest_rows:
        return None
    drop = _find_edge(profile, drops, settings)
    lip = int(drops[profile >= settings.gone * profile.max()].max()) + 1
    region = _mask_teeth(light, pale, opening, width, settings)
    soft = settings.soft * width
    share = np.asarray(cv2.GaussianBlur(region, (0, 0), max(soft, 0.5)), np.float32)
    if drop is not None:
        rows = np.arange(shape[0], dtype=np.float32)[:, None]
        share = share * fall(rows - arch - drop, -soft, 2 * soft)
    return OwnTeeth(
        share=share,
        drop=None if drop is None else drop / width,
        hidden_below=lip / width,
        edge=np.array([middle, arch[round(middle)] + (lip if drop is None else drop)]),
        width=measure_tooth_width(lab[:, :, 0], share, mouth, pose),
    )


def cover_with_lips(share: Map, landmarks: Points, settings: OwnTeethSettings = OWN_TEETH) -> Map:
    """What moved lips leave free of teeth.

    Args:
        share: (h, w) in [0, 1] of the teeth.
        landmarks: (468, 2 or more) of the moved face, in pixels of the same grid.
        settings: how soft the edges of lips are, and when lips count as shut.
    """
    points = np.asarray(landmarks[:, :2], np.float32)
    first, last = LIPS.corners
    outline = to_fixed_point(points[[first, *LIPS.upper[0], last, *LIPS.lower[0][::-1]]])
    free = np.zeros(share.shape, np.uint8)
    cv2.fillPoly(free, [outline], (ANTIALIASED,), cv2.LINE_AA, FIXED_POINT_BITS)
    # Its border is filled, too: of lips that are shut a bright line would be left.
    cv2.polylines(free, [outline], True, (0,), 1, cv2.LINE_8, FIXED_POINT_BITS)
    width, height = measure_width(points), measure_height(points, LIPS)
    share = share * float(rise(height, *settings.parted))
    softened = cv2.GaussianBlur(free, (0, 0), max(settings.soft * width, 0.5))
    return np.asarray(share * (softened.astype(np.float32) / ANTIALIASED), np.float32)


def _measure_paleness(
    lab: Floats, opening: NDArray[np.bool_], points: Points, settings: OwnTeethSettings
) -> Map | None:
    """(h, w) in [0, 1]: 1 as pale as teeth, 0 as red as lips; None where lips are as pale."""
    lightness, red = lab[:, :, 0], lab[:, :, 1]
    bright = opening & (lightness >= np.median(lightness[opening]))
    lips = points[np.concatenate([LIPS.upper[2], LIPS.lower[2]])]
    x, y = np.clip(np.rint(lips).astype(int), 0, np.array(red.shape[::-1]) - 1).T
    of_teeth = float(np.percentile(red[bright], settings.palest))
    apart = float(np.median(red[y, x])) - of_teeth
    if apart < settings.redder:
        return None
    start, end = settings.pale
    return fall(red, of_teeth + start * apart, of_teeth + end * apart)


def _mask_teeth(
    light: Map,
    pale: Map | None,
    opening: NDArray[np.bool_],
    width: float,
    settings: OwnTeethSettings,
) -> Map:
    """(h, w) in [0, 1]: what is teeth of what lips leave open, by lightness and paleness.

    Args:
        light: (h, w) lightness, 1 for the brightest.
        pale: (h, w) see _measure_paleness().
        opening: (h, w) what is between the lips.
        width: of the face, pixels.
        settings: what counts as teeth.
    """
    region = opening.astype(np.float32)
    if pale is not None:  # where colours tell teeth from lips, landmarks need not
        reach = 2 * max(1, round(settings.reach * width)) + 1
        region = pale * cv2.dilate(region, np.ones((reach, reach), np.uint8))
    # Gums, and teeth in the lip's shadow, stand above lit teeth and stay with them.
    # Where a mouth is dark beside its teeth, a broader smile would carry that along as a hole.
    across = 2 * max(1, round(settings.line * width)) + 1
    closed = cv2.morphologyEx(light * region, cv2.MORPH_CLOSE, np.ones((across, across), np.uint8))
    teeth = region * rise(closed, *settings.lit)
    above = np.maximum.accumulate(teeth[::-1])[::-1] * opening
    return np.asarray(np.maximum(teeth, above), np.float32)


def _trace_edges(mouth: Mouth, pose: Pose, columns: int, settings: OwnTeethSettings) -> Floats:
    """(columns,) the row at which the upper teeth of the mean face end in a picture."""
    teeth = [mouth.vertices[tooth] for tooth in find_teeth(mouth).upper]
    lowest = np.array([tooth[tooth[:, 1].argmax()] for tooth in teeth], np.float32)
    edges = pose.project(lowest[np.abs(lowest[:, 0]) < settings.front])[:, :2]
    curve = np.polyfit(edges[:, 0], edges[:, 1], 2)
    return np.asarray(np.polyval(curve, np.arange(columns)), np.float32)


def _measure_profile(
    score: Map, opening: NDArray[np.bool_], arch: Floats, columns: NDArray[np.int64]
) -> tuple[Floats, NDArray[np.int64]]:
    """How toothy the rows between the lips are, along the arch, and how far they lie below it."""
    reach = np.arange(-len(score) // 4, len(score) // 4)
    rows = np.rint(arch[columns]).astype(int) + reach[:, None]
    inside = (rows >= 0) & (rows < len(score))
    rows = rows.clip(0, len(score) - 1)
    shown = opening[rows, columns] & inside  # (rows, columns)
    enough = np.flatnonzero(shown.mean(axis=1) > 0.5)
    if not len(enough):
        return np.zeros(0, np.float32), enough
    span = slice(enough[0], enough[-1] + 1)
    weights = shown[span].astype(np.float32)
    profile = (score[rows[span], columns] * weights).sum(axis=1) / weights.sum(axis=1).clip(1)
    return np.asarray(profile, np.float32), reach[span]


def _find_edge(
    profile: Floats, drops: NDArray[np.int64], settings: OwnTeethSettings
) -> float | None:
    """The row, of those (n,) of a profile, at which upper teeth end; None if the lip hides it."""
    last = round(settings.lip_from * len(profile))
    top = int(profile[: max(1, last)].argmax())
    for row in range(top + 1, last):
        after = profile[row : row + max(2, len(profile) // 4)]
        gone = profile[row] < settings.gone * profile[top]
        between = (
            profile[row] <= after.min() + 1e-6
            and profile[row] < settings.valley * profile[top]
            and after.max() > profile[row] + settings.rises * profile[top]
        )
        if gone or between:
            return float(drops[row]) - 0.5
    return None
