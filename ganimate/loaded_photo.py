"""A photo whose faces are measured, ready for many clips: what all kinds of models share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch

from ganimate.arrays import Photo
from ganimate.errors import ModelError
from ganimate.face_models import FaceModels
from ganimate.frames import Clip, DrivenClip
from ganimate.media.provenance import Provenance
from ganimate.networks.generators import AnyGenerator, explain_use
from ganimate.performance.curves import KeyEase
from ganimate.performance.neutral import NeutralLike
from ganimate.performance.performance import DEFAULT_FRAMES
from ganimate.performance.timeline import Loop
from ganimate.portrait import Portrait
from ganimate.requests import ExpressionLike, TimelineLike, VideoLike

Asked = Literal["expressions", "keyframes", "videos"]
"""What a photo can be animated by."""


@dataclass(frozen=True)
class OpenModel:
    """A generator to animate with.

    Attributes:
        generator: of any kind, in evaluation mode, on `device`.
        device: where it runs.
        made: which weights it is of, as files of its clips say it.
        weights: the file of these.
    """

    generator: Any
    device: torch.device
    made: Provenance
    weights: Path

    def refuse(self) -> ModelError:
        """Explain what the model is for, to whoever asked it for something else."""
        return ModelError(explain_use(self.weights, self.generator))


class LoadedPhoto(ABC):
    """A photo whose faces are measured, to be animated many times.

    Each kind of model has a class of its own, which says what it can be asked for. Several threads
    may animate a photo at once; a process may not that was forked from the one that loaded it.

    Attributes:
        takes: what this kind can be animated by.
        holds: whether this kind can keep covered parts of a face as they are.
        models: what is known of faces.
        model: what animates it.
    """

    takes: ClassVar[frozenset[Asked]]
    holds: ClassVar[bool] = False
    models: FaceModels
    model: OpenModel

    @classmethod
    @abstractmethod
    def open(
        cls, portraits: Sequence[Portrait], model: OpenModel, models: FaceModels
    ) -> LoadedPhoto:
        """Make the faces of a photo ready to be animated.

        Args:
            portraits: the faces, measured, the largest first.
            model: of this class's kind.
            models: what is known of faces.
        """

    @classmethod
    def read_expression(
        cls, to: ExpressionLike, generator: Any, models: FaceModels
    ) -> ExpressionLike:
        """Read what a face shall show, so that what is wrong with it is said at once.

        Args:
            to: as animate() takes it.
            generator: of this class's kind.
            models: what measures the face of a photo that is to be copied.

        Returns:
            The same for animate(), and read already.

        Raises:
            GanimateError: it is nothing that this kind can show.
        """
        return to

    @property
    @abstractmethod
    def portraits(self) -> Sequence[Portrait]:
        """The faces, measured, the largest first."""

    @property
    @abstractmethod
    def generator(self) -> AnyGenerator:
        """What paints."""

    @property
    def made(self) -> Provenance:
        """What files of all its clips say of how they were made: by which generator."""
        return self.model.made

    @property
    def photo(self) -> Photo:
        """(H, W, 3) uint8 RGB, at the size of its clips."""
        return self.portraits[0].photo

    def __repr__(self) -> str:
        """The photo's size and faces in a line."""
        height, width = self.photo.shape[:2]
        count = len(self.portraits)
        return f"LoadedPhoto({width} x {height} px, {count} {'face' if count == 1 else 'faces'})"

    def animate(
        self,
        to: ExpressionLike,
        *,
        start: ExpressionLike | None = None,
        frames: int = DEFAULT_FRAMES,
        ease: KeyEase = "smooth",
        loop: Loop = "once",
    ) -> Clip:
        """Animate the photo to an expression.

        Args:
            to: what its faces shall show: see animate().
            start: where the clip starts; by default at the photo's own expression.
            frames: how many.
            ease: "smooth" starts and stops gently, "linear" has constant speed.
            loop: "once", "pingpong" (there and back) or "hold" (rests at the end).

        Raises:
            GanimateError: the request cannot be met; at once, before the first frame.
        """
        raise self.model.refuse()

    def timeline(self, timeline: TimelineLike) -> Clip:
        """Animate the photo by keyframes, whatever photo, face and size they name.

        Args:
            timeline: as animate_timeline() takes it; what is no file need name no photo.

        Raises:
            UsageError: the keyframes are wrong.
        """
        raise self.model.refuse()

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

        Args:
            video: the path of a video's file, or frames (H, W, 3) uint8 RGB.
            fps: how many frames go by in a second; by default those of the file.
            start: seconds of the video at which the part begins that is followed.
            end: seconds of the video at which it ends; by default at the video's own end.
            neutral: what its face's expressions are counted from: see animate_by_video().
            neutral_at: what `neutral` was called when it could only be seconds.
            head: whether the head turns, too.

        Raises:
            GanimateError: the request cannot be met; before the first frame.
        """
        raise self.model.refuse()
