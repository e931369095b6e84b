"""How good a generator is, on faces that it never saw.

- Round trips: held-out faces warped to an expression that shows less and back (training/pairs.py),
  repainted and compared with the photo. A generator that warps nothing goes there and back itself
  (Eq. 4 of the paper).
- Expressions: every preset on every face, the frame measured again: the AUs asked for against
  those that are shown, by the program's estimator and, if its file is given, by a second judge.
- Clips: whether landmarks move smoothly from frame to frame, and how long a frame takes.
- The photo itself: what of it stays as it was, and that asking for no change changes nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganimate.action_units import ACTION_UNITS, PRESETS, AUVector
from ganimate.animator import Animator
from ganimate.calibration import calibrated
from ganimate.errors import DataError, ModelError
from ganimate.estimator import Estimator
from ganimate.faces import N_MESH, Photo, face_finder, silenced_stderr
from ganimate.motion import MotionPrior
from ganimate.networks import Generator, autocast, compose, gate, gated
from ganimate.paper import PaperGenerator
from ganimate.portrait import Portrait, measure
from ganimate.timeline import alphas, walk
from ganimate.training.dataset import FaceSet
from ganimate.training.pairs import Drawn, Pairs
from ganimate.training.preset import signed
from ganimate.training.prior import SIGNALS, TOGETHER
from ganimate.training.shading import Shading
from ganimate.window import MOUTH, VIEWS, seen, window_of

AnyGenerator = Generator | PaperGenerator
FaceModels = tuple[MotionPrior, Estimator]
Judge = Callable[[Photo], NDArray[np.float32] | None]  # photo -> (17,) AUs, on any scale

BATCH = 8  # faces of a round trip
CLIPS = 12  # of the faces, each on its way to another preset
CLIP_FRAMES = 16
NO_BLEND_SHAPE = 25  # the AU that the second judge has no score of


# Round trips


@dataclass(frozen=True)
class Trips:
    """Some faces there and back, as arrays in [0, 1]."""

    warped: NDArray[np.float32]  # (n, s, s, 3) what comes back without the generator
    result: NDArray[np.float32]  # (n, s, s, 3) what it made of it
    photo: NDArray[np.float32]  # (n, s, s, 3) what it should have made
    unknown: NDArray[np.float32]  # (n, s, s) 1 where nothing of the photo was left to it


@dataclass(frozen=True)
class Likeness:
    """How like the photos some pictures are."""

    l1: float  # mean absolute error, of [0, 1]
    psnr: float | None  # dB, of the mean square error of all pictures; None if they are the photos
    ssim: float  # Wang et al. 2004


@dataclass(frozen=True)
class Compared:
    """One kind of pictures against the photos."""

    everywhere: Likeness
    unknown: Likeness | None  # of the unknown pixels alone; None where there are none


@dataclass(frozen=True)
class RoundTrips:
    """Likeness of what comes back.

    Of what is known of the photo, nothing standing where nothing is known (a generator's input, by
    W(x) * (1 - u)); of what the warp alone shows, which stretches lips over the mouth; and of the
    generator's result.
    """

    faces: int
    known: Compared
    warped: Compared
    result: Compared


def trips(
    faces: FaceSet,
    indices: NDArray[np.int64],
    generator: AnyGenerator,
    models: FaceModels,
    shading: Shading,
    count: int,
    device: torch.device,
) -> Iterator[Trips]:
    """Round trips of `count` or a few more of the faces at `indices`, always the same ones.

    Faces that show much are drawn more often than others, as in training. Raises DataError when
    the crops are not of the generator's size.
    """
    if isinstance(generator, PaperGenerator):
        yield from _cycles(faces, indices[:count], generator, device)
        return
    if faces.size != generator.config.size:
        raise DataError(
            f"The data set's crops are {faces.size} px wide, the model's {generator.config.size}: "
            "prepare a set of that size to compare round trips."
        )
    pairs = Pairs(faces, indices, models[0], shading, BATCH, 0)
    rng = np.random.default_rng(0)
    for _ in range(-(-count // BATCH)):
        drawn = [pairs.round_trip(MOUTH, rng) for _ in range(BATCH)]
        yield Trips(
            np.stack([one.warped for one in drawn]) / np.float32(255),
            np.stack([_repainted(generator, one, device) for one in drawn]),
            np.stack([one.real for one in drawn]) / np.float32(255),
            np.stack([one.unknown for one in drawn]),
        )


@torch.inference_mode()
def _repainted(generator: Generator, drawn: Drawn, device: torch.device) -> NDArray[np.float32]:
    """(s, s, 3) in [0, 1]: a warped face, painted in the windows that need it."""
    result: NDArray[np.float32] = drawn.warped / np.float32(255)
    for view in VIEWS:
        pixels = window_of(view, drawn.landmarks, len(result)).pixels
        x = signed(torch.from_numpy(drawn.given[pixels])).permute(2, 0, 1)[None].to(device)
        u = torch.from_numpy(drawn.unknown[pixels])[None, None].to(device)
        y = torch.from_numpy(seen(view, drawn.aus))[None].to(device)
        with autocast(device):
            colour, attention = generator(x.contiguous(), u, y)
        share = gate(torch.tensor([drawn.change], device=device), u)
        result[pixels] = _pictures(compose(x, colour, gated(attention, share)))[0]
    return result


@torch.inference_mode()
def _cycles(
    faces: FaceSet, indices: NDArray[np.int64], generator: PaperGenerator, device: torch.device
) -> Iterator[Trips]:
    """G(G(x | y') | y) against x, y' being the next face's action units."""
    size = generator.config.size
    for start in range(0, len(indices), BATCH):
        some = indices[start : start + BATCH]
        crops = [cv2.resize(faces.crop(int(i)), (size, size), interpolation=cv2.INTER_AREA)
                 for i in some]  # fmt: skip
        x = signed(torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)).to(device)
        y = torch.from_numpy(faces.aus[some]).to(device)
        there = _painted(generator, x, y.roll(1, dims=0))
        back = _painted(generator, there, y)
        nothing = np.zeros((len(some), size, size), np.float32)
        yield Trips(_pictures(there), _pictures(back), _pictures(x), nothing)


def _painted(generator: PaperGenerator, x: Tensor, y: Tensor) -> Tensor:
    with autocast(x.device):
        colour, attention = generator(x, x[:, :1], y)
    return compose(x, colour, attention)


def _pictures(x: Tensor) -> NDArray[np.float32]:
    """(n, 3, s, s) in [-1, 1] -> (n, s, s, 3) in [0, 1]."""
    return np.asarray(((x.float() + 1) / 2).clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy())


def compare(round_trips: Iterable[Trips]) -> RoundTrips:
    """Likeness over all pixels, and over the unknown ones."""
    faces = 0
    known, warped, result = _Comparison(), _Comparison(), _Comparison()
    for some in round_trips:
        faces += len(some.photo)
        for n, photo in enumerate(some.photo):
            unknown = some.unknown[n]
            known.add(some.warped[n] * (1 - unknown[:, :, None]), photo, unknown)
            warped.add(some.warped[n], photo, unknown)
            result.add(some.result[n], photo, unknown)
    return RoundTrips(faces, known.result(), warped.result(), result.result())


class _Comparison:
    """One kind of pictures, one after the other."""

    def __init__(self) -> None:
        self.everywhere, self.unknown = _Sums(), _Sums()

    def add(
        self, one: NDArray[np.float32], photo: NDArray[np.float32], unknown: NDArray[np.float32]
    ) -> None:
        likeness = ssim_map(one, photo)
        self.everywhere.add(one, photo, likeness, np.ones_like(unknown))
        self.unknown.add(one, photo, likeness, unknown)

    def result(self) -> Compared:
        return Compared(
            self.everywhere.likeness(), self.unknown.likeness() if self.unknown.pixels else None
        )


@dataclass
class _Sums:
    """Errors summed over weighted pixels."""

    absolute: float = 0.0
    square: float = 0.0
    pixels: float = 0.0
    likeness_sum: float = 0.0
    likeness_pixels: float = 0.0

    def add(
        self,
        one: NDArray[np.float32],
        photo: NDArray[np.float32],
        likeness: NDArray[np.float32],
        weight: NDArray[np.float32],
    ) -> None:
        error = np.abs(one - photo)
        self.absolute += float((error.mean(axis=2) * weight).sum())
        self.square += float(((error**2).mean(axis=2) * weight).sum())
        self.pixels += float(weight.sum())
        edge = (len(weight) - len(likeness)) // 2
        inner = weight[edge : len(weight) - edge, edge : len(weight) - edge]
        self.likeness_sum += float((likeness * inner).sum())
        self.likeness_pixels += float(inner.sum())

    def likeness(self) -> Likeness:
        square = self.square / self.pixels
        return Likeness(
            self.absolute / self.pixels,
            -10 * math.log10(square) if square > 0 else None,
            self.likeness_sum / self.likeness_pixels if self.likeness_pixels else 1.0,
        )


def ssim_map(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Structural similarity of two pictures (h, w, 3) in [0, 1], (h - 10, w - 10).

    Wang, Bovik, Sheikh and Simoncelli 2004, eq. 13: 11 x 11 Gaussian window, sigma 1.5, K = .01 and
    .03; the mean over the channels, of the pixels whose whole window lies inside.
    """

    def mean(x: NDArray[np.float32]) -> NDArray[np.float32]:
        blurred = cv2.GaussianBlur(x, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT)
        return np.asarray(blurred[5:-5, 5:-5], np.float32)

    a, b = mean(one), mean(other)
    var_a, var_b = mean(one * one) - a * a, mean(other * other) - b * b
    covariance = mean(one * other) - a * b
    c1, c2 = 0.01**2, 0.03**2
    top = (2 * a * b + c1) * (2 * covariance + c2)
    likeness = top / ((a * a + b * b + c1) * (var_a + var_b + c2))
    return np.asarray(likeness.mean(axis=2), np.float32)


# Expressions


@dataclass(frozen=True)
class UnitScore:
    """One action unit, over all faces and presets."""

    action_unit: int
    error: float  # mean absolute difference of what is asked for and what is measured
    idle: float  # the same of the photo as it was
    correlation: float | None  # of the two; None where one of them never changes
    judged: float | None  # correlation of the changes asked for and those the second judge sees


@dataclass(frozen=True)
class PresetScore:
    """One expression, over all faces and action units."""

    name: str
    error: float
    idle: float
    correlation: float | None


@dataclass(frozen=True)
class Expressions:
    """Whether faces show what was asked for."""

    faces: int
    lost: int  # frames in which the face was not found again
    error: float  # mean over all AUs, faces and presets
    idle: float
    units: tuple[UnitScore, ...]
    presets: tuple[PresetScore, ...]
    untouched: float  # share of pixels that are the photo's own, bit for bit
    zero_edit: int  # largest change of a pixel where no change was asked for, of 255
    calibration_seconds: float  # a face and expression


@dataclass
class _Seen:
    """What was asked for and measured, frame by frame."""

    preset: list[str] = field(default_factory=list)
    asked: list[AUVector] = field(default_factory=list)
    before: list[AUVector] = field(default_factory=list)
    shown: list[AUVector] = field(default_factory=list)
    changes: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = field(default_factory=list)
    untouched: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    zero_edit: int = 0
    faces: int = 0
    lost: int = 0


def portraits_in(faces: FaceSet, indices: Iterable[int], models: FaceModels) -> Iterator[Portrait]:
    """The faces at these indices, measured anew on their crops; those not found are left out."""
    with face_finder() as find:
        for index in indices:
            crop = faces.crop(index)
            found = find(crop, False)
            if found:
                yield measure(crop, found[0], *models)


def express(
    portraits: Iterable[Portrait],
    generator: AnyGenerator,
    models: FaceModels,
    device: torch.device,
    judge: Judge | None = None,
) -> Expressions:
    """Make each face show each preset, and measure it again.

    Raises DataError when there are no faces, and ModelError when none is found again.
    """
    seen = _Seen()
    with face_finder() as find:
        for portrait in portraits:
            seen.faces += 1
            animator = Animator(portrait, generator, models[0], device)
            unchanged = _drawn(animator, portrait.aus, portrait.aus)
            apart = np.abs(unchanged.astype(int) - portrait.photo).max()
            seen.zero_edit = max(seen.zero_edit, int(apart))
            before = judge(portrait.photo) if judge else None
            for name, preset in PRESETS.items():
                target = preset.applied_to(portrait.aus)
                began = time.monotonic()
                drive = calibrated(animator, target, models[1])
                seen.seconds.append(time.monotonic() - began)
                frame = _drawn(animator, target, drive)
                seen.untouched.append(float((frame == portrait.photo).all(axis=2).mean()))
                found = find(frame, False)
                if not found:
                    seen.lost += 1
                    continue
                seen.preset.append(name)
                seen.asked.append(target)
                seen.before.append(portrait.aus)
                seen.shown.append(measure(frame, found[0], *models).aus)
                after = judge(frame) if judge and before is not None else None
                if before is not None and after is not None:
                    change = (target - portrait.aus).mean(axis=1)
                    seen.changes.append((change, after - before))
    if not seen.faces:
        raise DataError("No face to evaluate: none is found on the crops of the data set.")
    if not seen.preset:
        raise ModelError(
            f"In none of {seen.lost} frames is the face found again: the model paints it over. "
            "Train it for longer, or with a lower learning rate."
        )
    return _scored(seen)


def _drawn(animator: Animator, target: AUVector, drive: AUVector) -> Photo:
    """The photo with its face showing `target`."""
    frame = animator.portrait.photo.copy()
    animator.draw(frame, next(animator.layers([target], [drive])))
    return frame


def _scored(seen: _Seen) -> Expressions:
    asked, before, shown = (np.stack(rows) for rows in (seen.asked, seen.before, seen.shown))
    error = np.abs(shown - asked).mean(axis=2)  # (frames, 17)
    idle = np.abs(before - asked).mean(axis=2)
    asked, shown = asked.mean(axis=2), shown.mean(axis=2)
    units = tuple(
        UnitScore(
            unit.number,
            float(error[:, row].mean()),
            float(idle[:, row].mean()),
            correlation(asked[:, row], shown[:, row]),
            _judged(seen, row) if unit.number != NO_BLEND_SHAPE else None,
        )
        for row, unit in enumerate(ACTION_UNITS)
    )
    names = np.array(seen.preset)
    presets = tuple(
        PresetScore(
            name,
            float(error[names == name].mean()),
            float(idle[names == name].mean()),
            correlation(asked[names == name].ravel(), shown[names == name].ravel()),
        )
        for name in PRESETS
        if (names == name).any()
    )
    return Expressions(
        seen.faces,
        seen.lost,
        float(error.mean()),
        float(idle.mean()),
        units,
        presets,
        float(np.mean(seen.untouched)),
        seen.zero_edit,
        float(np.mean(seen.seconds)),
    )


def _judged(seen: _Seen, row: int) -> float | None:
    if not seen.changes:
        return None
    asked, judged = (np.array([pair[side][row] for pair in seen.changes]) for side in (0, 1))
    return correlation(asked, judged)


def correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float | None:
    """Pearson's r of two (n,) arrays; None where one of them is constant."""
    if len(one) < 2 or one.std() == 0 or other.std() == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


@contextmanager
def landmarker_judge(task: Path) -> Iterator[Judge]:
    """A judge of AUs that the program does not use: the blend shapes of face_landmarker.task.

    It gives raw signals, not scaled to intensities: only their changes can be compared. Raises
    ModelError when the file is none.
    """
    from mediapipe import Image, ImageFormat
    from mediapipe.tasks import python as tasks
    from mediapipe.tasks.python import vision

    try:
        options = vision.FaceLandmarkerOptions(
            base_options=tasks.BaseOptions(model_asset_buffer=task.read_bytes()),
            output_face_blendshapes=True,
            min_face_detection_confidence=0.3,
            min_face_presence_confidence=0.3,
        )
        with silenced_stderr():
            landmarker = vision.FaceLandmarker.create_from_options(options)
            # What its threads have to say at the start is over once it has seen a picture.
            landmarker.detect(Image(ImageFormat.SRGB, np.zeros((64, 64, 3), np.uint8)))
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        raise ModelError(
            f"{task} cannot be used as a judge ({reason}): give MediaPipe's face_landmarker.task."
        ) from error

    def judge(photo: Photo) -> NDArray[np.float32] | None:
        margin = max(photo.shape[:2]) // 3  # the detector wants some around the face
        padded = np.pad(photo, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
        found = landmarker.detect(Image(ImageFormat.SRGB, padded)).face_blendshapes
        if not found:
            return None
        return _aus_of_blend_shapes({shape.category_name: shape.score for shape in found[0]})

    with landmarker:
        yield judge


def _aus_of_blend_shapes(score: dict[str, float]) -> NDArray[np.float32]:
    """(17,) raw signals of the AUs, means of both sides; 0 for AU25."""

    def mean(names: Sequence[str]) -> float:
        sides = [score[name.format(side)] for name in names for side in ("Left", "Right")]
        return float(np.mean(sides))

    aus = np.zeros(len(ACTION_UNITS), np.float32)
    for row, unit in enumerate(ACTION_UNITS):
        if unit.number in SIGNALS:
            aus[row] = mean(SIGNALS[unit.number])
        elif unit.number in TOGETHER:
            one, other = TOGETHER[unit.number]
            aus[row] = np.sqrt(mean((one,)) * mean((other,)))
    return aus


# Clips


@dataclass(frozen=True)
class Clips:
    """How landmarks move along clips at constant speed, and what a frame costs."""

    clips: int
    second_difference: float  # mean of the landmarks' |p(t+1) - 2 p(t) + p(t-1)|, face widths
    second_difference_p99: float  # its 99th percentile
    still_second_difference: float  # the same where the photo is only shifted: the detector's own
    frame_milliseconds: float  # to draw a frame, the first ones of a clip included
    pixels: tuple[int, int]  # (width, height) of the largest frame


def play(
    portraits: Iterable[Portrait],
    generator: AnyGenerator,
    models: FaceModels,
    device: torch.device,
) -> Clips | None:
    """Measure a clip of each of the first CLIPS faces, to one preset after the other.

    None where no face can be followed to the end of its clip.
    """
    jolts: list[NDArray[np.float32]] = []
    still: list[NDArray[np.float32]] = []
    seconds: list[float] = []
    width = height = 0
    presets = list(PRESETS.values())
    with face_finder() as find:
        for number, portrait in enumerate(islice(portraits, CLIPS)):
            animator = Animator(portrait, generator, models[0], device)
            target = presets[number % len(presets)].applied_to(portrait.aus)
            drive = calibrated(animator, target, models[1])
            steps = alphas(CLIP_FRAMES, "linear", "once")
            began = time.monotonic()
            frames = []
            for layer in animator.layers(
                walk(portrait.aus, target, steps), walk(portrait.aus, drive, steps)
            ):
                frames.append(portrait.photo.copy())
                animator.draw(frames[-1], layer)
            seconds.append((time.monotonic() - began) / len(frames))
            height, width = max((height, width), portrait.photo.shape[:2])
            for shown, into in ((frames, jolts), (_shifted(portrait.photo), still)):
                found = [find(frame, False) for frame in shown]
                if all(found):
                    into.append(_second_differences([faces[0].landmarks for faces in found]))
    if not jolts or not still:
        return None
    every = np.concatenate(jolts)
    return Clips(
        clips=len(jolts),
        second_difference=float(every.mean()),
        second_difference_p99=float(np.percentile(every, 99)),
        still_second_difference=float(np.concatenate(still).mean()),
        frame_milliseconds=1000 * float(np.mean(seconds)),
        pixels=(width, height),
    )


def _shifted(photo: Photo) -> Iterator[Photo]:
    """A photo that slides by half a pixel a frame: all that its landmarks' speed should change."""
    height, width = photo.shape[:2]
    for step in range(CLIP_FRAMES):
        slide = np.array([[1, 0, step / 2], [0, 1, 0]], np.float64)
        yield np.asarray(
            cv2.warpAffine(photo, slide, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8
        )


def _second_differences(landmarks: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """|p(t+1) - 2 p(t) + p(t-1)| of each landmark, in face widths, flat."""
    path = np.stack([points[:N_MESH, :2] for points in landmarks])  # (t, 468, 2)
    face_width = np.linalg.norm(path[:, 234] - path[:, 454], axis=1).mean()
    bent = path[2:] - 2 * path[1:-1] + path[:-2]
    return np.asarray(np.linalg.norm(bent, axis=2).ravel() / face_width, np.float32)


@dataclass(frozen=True)
class Evaluation:
    """Everything that was measured of a model."""

    model: str
    round_trips: RoundTrips
    expressions: Expressions
    clips: Clips | None


def choose(indices: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """`count` of the faces at these indices, or all: a mixed lot, since names often sort by age."""
    return np.random.default_rng(0).permutation(indices)[:count]
