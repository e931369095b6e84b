"""What a step of the `motion` preset sees: mouths and eyes warped to other expressions.

A round trip has an answer: the photo is warped to an expression that shows less (mouth less open,
lids lower, creases shaded away) and back, and the generator must return the photo. A transfer has
none: the photo is warped to another mouth, and the critic compares it with a face that shows it.
Both are seen through the windows that rendering looks through. A sample depends on nothing but the
seed and its step, so a resumed run sees what an uninterrupted one would have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.blur import measure_blur
from ganimate.appearance.filling import fill_unknown
from ganimate.appearance.light import compute_light, measure_colours, to_rgb
from ganimate.appearance.mouth import MouthView, measure_jaw
from ganimate.appearance.mouth_drawing import MouthDrawing, draw_mouth, measure_yaw_pitch
from ganimate.appearance.own_teeth import find_own_teeth
from ganimate.appearance.parted_lips import measure_let_in, part_lips
from ganimate.appearance.teeth import choose_teeth, hide_teeth
from ganimate.arrays import AUVector, Landmarks, Photo
from ganimate.face.landmarks import LIDS_OF_SIDE, LIPS, MIRROR, N_MESH
from ganimate.face.pose import Pose, fit_pose
from ganimate.face_models import FaceModels
from ganimate.numerics import rescale_points
from ganimate.rendering.window import EYES, MOUTH, View
from ganimate.training.data.dataset import FaceSet
from ganimate.training.motion.sampling import (
    ANY,
    EXPRESSIVE,
    OPEN_MOUTHS,
    SAMPLING,
    WIDE_EYES,
    FaceSampler,
)
from ganimate.training.motion.shade import shade_crop
from ganimate.training.motion.targets import choose_target, choose_withheld
from ganimate.training.motion.windows import (
    PairBatch,
    WarpedSample,
    WindowSample,
    cut_window,
    stack_windows,
)
from ganimate.training.preset import SampleSet
from ganimate.training.processes import ALONE, Processes
from ganimate.warp.displacement import move_landmarks
from ganimate.warp.field import GRID, Warp, apply_warp, build_warp, resize_warp
from ganimate.warp.mesh import are_lips_closing, build_mesh, measure_height


@dataclass(frozen=True)
class PairSettings:
    """How samples are made."""

    eye_trips: float = 0.5
    """Share of round trips that look at an eye; larger teaches less of mouths. By eye: at a
    quarter, eyes that open came out pale (models/README.md)."""

    landmark_noise: float = 0.004
    """Standard deviation of noise on lips and lids, of the face's width: the detector's own error.
    """

    noisy: float = 0.7
    """Share of lips and lids that get that noise; the others stay as they are. By eye."""

    opened: float = 0.06
    """Mean distance of the lips, as a share of the face's width, from which a mouth that shows no
    teeth has them behind its upper lip; smaller trusts mouths in which little is seen. By eye."""

    alike: float = 4.0
    """Degrees: heads whose poses differ by less share a drawing of the mouth. Larger is quicker and
    draws teeth that are turned off. By eye."""


PAIRS = PairSettings()


@dataclass(frozen=True)
class LoadedFace:
    """A face of the set, mirrored or not.

    Attributes:
        crop: (s, s, 3).
        landmarks: (468, 3) crop pixels.
        aus: (17, 2) that it shows.
    """

    crop: Photo
    landmarks: Landmarks
    aus: AUVector


class Pairs(SampleSet[PairBatch]):
    """Batches of the `motion` preset by step number.

    Attributes:
        indices: (n,) of the faces that samples are made of.
        sampler: draws them.
        transfers_from: step from which half of a batch are transfers.
    """

    def __init__(
        self,
        faces: FaceSet,
        indices: NDArray[np.int64],
        models: FaceModels,
        batch: int,
        seed: int,
        *,
        transfers_from: int = 0,
        processes: Processes = ALONE,
        settings: PairSettings = PAIRS,
    ) -> None:
        """Weigh the faces by what they show.

        Args:
            faces: a prepared set.
            indices: (n,) of its faces.
            models: what is known of faces.
            batch: samples a step, of all processes together.
            seed: of the samples.
            transfers_from: step from which half of a batch are transfers; until a critic listens, a
                transfer teaches nothing.
            processes: that train together; each makes its share.
            settings: how samples are made.
        """
        self.indices, self.size, self.transfers_from = indices, faces.size, transfers_from
        self.sampler = FaceSampler(faces, indices)
        self._faces, self._models, self._settings = faces, models, settings
        self._batch, self._seed, self._processes = batch, seed, processes
        self._drawings: dict[tuple[float, float], MouthDrawing] = {}  # as they are needed
        self._drops: dict[int, float] = {}  # likewise

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, step: int) -> PairBatch:
        cv2.setNumThreads(1)
        count = self._batch
        rng = np.random.default_rng((self._seed, step))
        trips = count if step < self.transfers_from else count - count // 2
        samples = [self._cut_round_trip(rng) for _ in range(trips)]
        samples += [cut_window(MOUTH, self.make_transfer(rng), rng) for _ in range(count - trips)]
        mix = rng.random(count)
        # Each sample takes its numbers from where the one before left off: all must be made.
        mine = self._processes.share(trips)
        others = self._processes.share(count - trips)
        chosen = [*samples[:trips][mine], *samples[trips:][others]]
        mixes = np.concatenate([mix[:trips][mine], mix[trips:][others]])
        return stack_windows(chosen, len(samples[:trips][mine]), mixes)

    def _cut_round_trip(self, rng: np.random.Generator) -> WindowSample:
        """Cut a window with an eye or the mouth out of a round trip."""
        eye = rng.random() < self._settings.eye_trips
        view = EYES[rng.integers(len(EYES))] if eye else MOUTH
        return cut_window(view, self.make_round_trip(view, rng), rng)

    def make_round_trip(self, view: View, rng: np.random.Generator) -> WarpedSample:
        """Warp a photo to an expression that shows less, and back; the photo is the answer."""
        index = self.sampler.draw_face(OPEN_MOUTHS if view is MOUTH else WIDE_EYES, rng)
        face = self.load_face(index, rng.random() < 0.5)
        crop, landmarks, aus = face.crop, face.landmarks, face.aus
        other = self._faces.aus[self.sampler.draw_face(EXPRESSIVE, rng)]
        via = choose_withheld(view, aus, other, rng)
        prior = self._models.prior
        pose = fit_pose(landmarks, prior.mean)
        there = move_landmarks(prior, landmarks, pose, aus, via)
        size = crop.shape[0]
        # Cubic, as rendering samples once: two linear samplings would blur what it keeps sharp,
        # and the generator would learn to sharpen.
        away = apply_warp(crop, self._build_warp(landmarks, there, size, view), cv2.INTER_CUBIC)
        away = shade_crop(away, self._models, there, via - aus)
        guessed = self._jitter_landmarks(there, rng)
        fine = are_lips_closing(guessed, landmarks)
        back = self._build_warp(guessed, landmarks, size, view, fine)
        warped = apply_warp(away, back, cv2.INTER_CUBIC)
        mouth = None
        if view is MOUTH:
            drop = self._find_drop(index)
            mouth = self._view_mouth(landmarks, pose, away, there, drop)
        given, drawn = fill_unknown(warped, back.unknown, landmarks, mouth)
        return WarpedSample(
            warped=warped,
            given=given,
            unknown=back.unknown,
            drawn=drawn,
            aus=aus,
            change=float(np.abs(via - aus).max()),
            landmarks=landmarks,
            real=crop,
            real_aus=aus,
            real_landmarks=landmarks,
        )

    def make_transfer(self, rng: np.random.Generator) -> WarpedSample:
        """Warp a photo to another mouth, beside a photo that shows it or the like.

        Eyes have no transfers. One photo in a hundred shows shut eyes: what the generator learnt to
        paint in those few for a critic alone was many-coloured in others.
        """
        index = self.sampler.draw_face(ANY, rng)
        face = self.load_face(index, rng.random() < 0.5)
        crop, landmarks, aus = face.crop, face.landmarks, face.aus
        mouths = SAMPLING.mouths
        shown = list(mouths)[rng.choice(len(mouths), p=list(mouths.values()))]
        exemplar = self.sampler.draw_face(shown, rng)
        real = self.load_face(exemplar, rng.random() < 0.5)
        target = choose_target(shown, aus, real.aus, rng)
        prior = self._models.prior
        pose = fit_pose(landmarks, prior.mean)
        there = move_landmarks(prior, landmarks, pose, aus, target)
        fine = are_lips_closing(landmarks, there)
        warp = self._build_warp(landmarks, there, crop.shape[0], MOUTH, fine)
        warped = apply_warp(crop, warp)
        mouth = self._view_mouth(there, pose, crop, landmarks, self._find_drop(index))
        given, drawn = fill_unknown(warped, warp.unknown, there, mouth)
        return WarpedSample(
            warped=warped,
            given=given,
            unknown=warp.unknown,
            drawn=drawn,
            aus=target,
            change=float(np.abs(target - aus).max()),
            landmarks=landmarks,
            real=real.crop,
            real_aus=real.aus,
            real_landmarks=real.landmarks,
        )

    def load_face(self, index: int, mirrored: bool) -> LoadedFace:
        """Load a face of the set by its index, with its sides exchanged or not."""
        crop = self._faces.crop(index)
        landmarks, aus = self._faces.landmarks[index, :N_MESH], self._faces.aus[index]
        if not mirrored:
            return LoadedFace(crop, landmarks, aus)
        turned = landmarks[MIRROR[:N_MESH]]
        turned[:, 0] = crop.shape[1] - 1 - turned[:, 0]
        return LoadedFace(np.ascontiguousarray(crop[:, ::-1]), turned, aus[:, ::-1].copy())

    def _build_warp(
        self, source: Landmarks, target: Landmarks, size: int, view: View, fine: bool = False
    ) -> Warp:
        """The warp between landmarks (468, 3) in crop pixels, on a finer grid than usual or not."""
        # Lids slide over the eye, and lips that shut over teeth: both are rendered on finer grids.
        grid = size if view is not MOUTH or fine else GRID
        scale = grid / size
        before, after = (rescale_points(points[:, :2], scale) for points in (source, target))
        return resize_warp(
            build_warp(self._models.prior, build_mesh(before, after), (grid, grid)), (size, size)
        )

    def _find_drop(self, index: int) -> float:
        """How far teeth of a face stand lower than those of the mean face, by what it shows.

        The generator has to give back teeth where they are: drawn elsewhere, they would teach it to
        paint others than those that it is given.
        """
        if index not in self._drops:
            self._drops[index] = self._measure_drop(self.load_face(index, mirrored=False))
        return self._drops[index]

    def _measure_drop(self, face: LoadedFace) -> float:
        models, settings, landmarks = self._models, self._settings, face.landmarks
        pose = fit_pose(landmarks, models.prior.mean)
        colours = measure_colours(face.crop, landmarks)
        own = find_own_teeth(face.crop, landmarks, pose, colours, models.mouth)
        nothing = np.zeros_like(face.aus)
        rest = move_landmarks(models.prior, landmarks, pose, face.aus, nothing)
        shape = pose.normalise(landmarks)
        drop = choose_teeth(shape, pose.normalise(rest), own).drop
        if own is None and measure_height(landmarks, LIPS) > settings.opened:
            return min(drop, hide_teeth(shape, models.mouth))
        return drop

    def _view_mouth(
        self, landmarks: Landmarks, pose: Pose, shown: Photo, seen: Landmarks, drop: float
    ) -> MouthView:
        """What is behind the lips of a face that is moved to landmarks (468, 3).

        Its light and blur are those of the crop that is shown, with landmarks `seen`, (468, 3); its
        teeth stand lower by `drop`.
        """
        lower = pose.rotate(np.array([0, drop, 0], np.float32))
        pose = replace(pose, centre=pose.centre + lower)
        alike = self._settings.alike
        angles = measure_yaw_pitch(pose, alike)
        if angles not in self._drawings:
            self._drawings[angles] = draw_mouth(self._models.mouth, pose, alike)
        jaw = measure_jaw(pose.normalise(landmarks))
        colours = measure_colours(shown, seen)
        return MouthView(
            drawing=self._drawings[angles],
            pose=pose,
            jaw=jaw,
            light=compute_light(colours),
            lips=to_rgb(colours.lips),
            let_in=measure_let_in(landmarks, float(colours.lips[0])),
            parted=part_lips(landmarks),
            blur=measure_blur(shown, seen),
        )

    def _jitter_landmarks(self, landmarks: Landmarks, rng: np.random.Generator) -> Landmarks:
        """Landmarks (468, 3) with lips and lids a little off, as a detector gives them."""
        settings = self._settings
        landmarks = landmarks.copy()
        width = np.linalg.norm(landmarks[234, :2] - landmarks[454, :2])
        for opening in (LIPS, *LIDS_OF_SIDE):
            for edge in (opening.upper[:2], opening.lower[:2]):
                noise = rng.normal(0, settings.landmark_noise * width)
                offset = noise * (rng.random() < settings.noisy)
                landmarks[edge.ravel(), 1] += np.float32(offset)
        return landmarks
