"""What the program knows of faces in general, fitted once and shipped (models/face.safetensors)."""

from __future__ import annotations

from dataclasses import dataclass

from ganimate.appearance.mouth_anatomy import Mouth
from ganimate.arrays import AUVector, Floats, Landmarks
from ganimate.face.estimator import Estimator
from ganimate.face.landmarks import N_MESH
from ganimate.face.pose import Pose, fit_pose
from ganimate.warp.prior import MotionPrior


@dataclass(frozen=True)
class FaceReading:
    """What the landmarks of one face say.

    Attributes:
        pose: how the head is held, in the pixels of the landmarks.
        aus: (17, 2) in [0, 1], the action units that the face shows.
    """

    pose: Pose
    aus: AUVector


@dataclass(frozen=True)
class FaceModels:
    """All that is fitted to faces, for measuring, moving and painting them.

    Attributes:
        prior: how action units move a face.
        estimator: action units from landmarks.
        mouth: what is behind the lips, in the frame of the mean face.
        shading: (17, s, s) change of log luminance on the mean face, both sides at intensity 1.
    """

    prior: MotionPrior
    estimator: Estimator
    mouth: Mouth
    shading: Floats

    def measure(self, landmarks: Landmarks) -> FaceReading:
        """Measure the pose and the action units of a face by its landmarks (468 or more, 3)."""
        pose = fit_pose(landmarks, self.prior.mean)
        return FaceReading(pose, self.estimator.measure(pose.normalise(landmarks[:N_MESH])))
