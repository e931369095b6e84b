"""A photo that a first-order model animates: by videos alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ganimate.face.landmarks import N_MESH
from ganimate.face_models import FaceModels
from ganimate.frames import Course, DrivenClip
from ganimate.loaded_photo import LoadedPhoto, OpenModel
from ganimate.networks.first_order.generator import FirstOrderGenerator
from ganimate.performance.keypoints import (
    DrivingKeypoints,
    choose_initial,
    find_driving_keypoints,
    transfer_keypoints,
)
from ganimate.performance.neutral import NeutralLike, place_neutral
from ganimate.pixels import read_number
from ganimate.portrait import Portrait
from ganimate.rendering.animator import draw_frames
from ganimate.rendering.keypoint_animator import KeypointAnimator
from ganimate.requests import VideoLike, open_frames, read_neutral


@dataclass(frozen=True, repr=False, eq=False)
class ReenactedPhoto(LoadedPhoto):
    """A photo whose faces follow keypoints of a video; see LoadedPhoto for what its methods do.

    The head moves as the driver's does, whether `head` asks for it or not: the model does not tell
    turns from expressions.

    Attributes:
        animators: of the chosen faces, the largest first.
        models: what is known of faces.
        model: what animates them.
    """

    animators: Sequence[KeypointAnimator]
    models: FaceModels
    model: OpenModel
    takes = frozenset({"videos"})

    @classmethod
    def open(
        cls, portraits: Sequence[Portrait], model: OpenModel, models: FaceModels
    ) -> ReenactedPhoto:
        """Find the keypoints of the faces of a photo."""
        animators = [
            KeypointAnimator(portrait, model.generator, model.device) for portrait in portraits
        ]
        return cls(animators, models, model)

    @property
    def portraits(self) -> list[Portrait]:
        """The faces, measured, the largest first."""
        return [animator.portrait for animator in self.animators]

    @property
    def generator(self) -> FirstOrderGenerator:
        """What moves and paints."""
        return self.animators[0].generator

    def drive(
        self,
        video: VideoLike,
        fps: float | None = None,
        *,
        start: float = 0.0,
        end: float | None = None,
        neutral: NeutralLike = "auto",
        neutral_at: float | None = None,
        head: bool = False,
    ) -> DrivenClip:
        """Animate the photo by a video of another face.

        `neutral` says what motion is counted from: "auto" the frame in which the driver stands most
        like the photo, a number the frame at these seconds; "absolute" gives the photo's face the
        driver's keypoints as they are.
        """
        return self.follow(video, fps, start, end, read_neutral(neutral, neutral_at)).clip

    def follow(
        self,
        video: VideoLike,
        fps: float | None = None,
        start: float = 0.0,
        end: float | None = None,
        neutral: NeutralLike = "auto",
        *,
        keep_pictures: bool = False,
    ) -> FollowedVideo:
        """Animate the photo by a video, and keep what was found in it.

        Args:
            video: the path of a video's file, or frames (H, W, 3) uint8 RGB.
            fps: how many frames go by in a second; by default those of the file.
            start: seconds of the video at which the part begins that is followed.
            end: seconds of the video at which it ends; by default at the video's own end.
            neutral: what motion is counted from; see drive().
            keep_pictures: whether the squares of the driver's frames are kept, for figures.

        Raises:
            GanimateError: the request cannot be met; before the first frame.
        """
        start = read_number(start, "`start`")
        end = None if end is None else read_number(end, "`end`")
        asked = place_neutral(neutral, start, end)
        frames, rate, driver = open_frames(video, fps, start, end)
        motion = find_driving_keypoints(
            frames,
            rate,
            self.generator,
            self.models,
            self.model.device,
            keep_pictures=keep_pictures,
        )
        initials = [
            choose_initial(motion, portrait.face.landmarks[:N_MESH, :2], asked)
            for portrait in self.portraits
        ]
        pairs = list(zip(self.animators, initials, strict=True))
        clip = DrivenClip(
            courses=[Course(one, one.aus, one.aus) for one in self.portraits],
            draw=lambda: draw_frames(
                self.animators,
                [
                    animator.layers(transfer_keypoints(motion, animator.keypoints, initial))
                    for animator, initial in pairs
                ],
            ),
            count=len(motion.places),
            fps=rate,
            made=replace(self.made, expression="driven"),
            performances=(),
            face_found=motion.face_found,
            neutral=initials[0],
            driver=driver,
        )
        return FollowedVideo(clip, motion)


@dataclass(frozen=True, eq=False)
class FollowedVideo:
    """A clip and what it follows.

    Attributes:
        clip: the photo's.
        motion: the driver's.
    """

    clip: DrivenClip
    motion: DrivingKeypoints
