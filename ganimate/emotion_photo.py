"""A photo that a StarGAN animates: from what it shows to an emotion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ganimate.arrays import Floats, Series
from ganimate.errors import UsageError
from ganimate.face_models import FaceModels
from ganimate.frames import Clip, EmotionCourse
from ganimate.loaded_photo import LoadedPhoto, OpenModel
from ganimate.networks.stargan import StarganGenerator
from ganimate.numerics import rise
from ganimate.performance.curves import KeyEase
from ganimate.performance.emotions import (
    LabelRequest,
    label_portrait,
    parse_labels,
    weigh_labels,
)
from ganimate.performance.performance import DEFAULT_FRAMES
from ganimate.performance.timeline import Loop
from ganimate.pixels import describe_type
from ganimate.portrait import Portrait
from ganimate.rendering.animator import draw_frames
from ganimate.rendering.emotion_animator import EmotionAnimator, EmotionFrame
from ganimate.rendering.layer import Layer
from ganimate.rendering.settings import EMOTION_PAINT, EmotionPaintSettings
from ganimate.requests import ExpressionLike, schedule_frames


@dataclass(frozen=True, repr=False, eq=False)
class EmotionPhoto(LoadedPhoto):
    """A photo whose faces are painted with emotions; see LoadedPhoto for what its methods do.

    Attributes:
        animators: of the chosen faces, the largest first.
        models: what is known of faces.
        model: what animates them.
    """

    animators: Sequence[EmotionAnimator]
    models: FaceModels
    model: OpenModel
    takes = frozenset({"expressions"})

    @classmethod
    def open(
        cls, portraits: Sequence[Portrait], model: OpenModel, models: FaceModels
    ) -> EmotionPhoto:
        """Make the faces of a photo ready to be painted."""
        config = model.generator.config

        def find_own(portrait: Portrait) -> Floats | None:
            if not config.exclusive:
                return None
            return label_portrait(portrait.aus, config.labels)

        animators = [
            EmotionAnimator(portrait, model.generator, model.device, find_own(portrait))
            for portrait in portraits
        ]
        return cls(animators, models, model)

    @classmethod
    def read_expression(
        cls, to: ExpressionLike, generator: StarganGenerator, models: FaceModels
    ) -> ExpressionLike:
        """Read the labels of a request."""
        request = _read_labels(to, generator)
        return {label: share for label, share in request.shares.items()} or request.name

    @property
    def portraits(self) -> list[Portrait]:
        """The faces, measured, the largest first."""
        return [animator.portrait for animator in self.animators]

    @property
    def generator(self) -> StarganGenerator:
        """What paints."""
        return self.animators[0].generator

    def animate(
        self,
        to: ExpressionLike,
        *,
        start: ExpressionLike | None = None,
        frames: int = DEFAULT_FRAMES,
        ease: KeyEase = "smooth",
        loop: Loop = "once",
    ) -> Clip:
        """Cross-fade the condition from what the photo shows to the labels asked for."""
        steps = schedule_frames(frames, ease, loop)
        end = _read_labels(to, self.generator)
        beginning = None if start is None else _read_labels(start, self.generator)
        courses = [self._plan_course(animator, end, beginning) for animator in self.animators]
        pairs = list(zip(self.animators, courses, strict=True))

        def make_layers(animator: EmotionAnimator, course: EmotionCourse) -> Iterator[Layer]:
            yield from animator.layers(schedule_labels(course, steps))

        return Clip(
            courses=courses,
            draw=lambda: draw_frames(self.animators, [make_layers(*pair) for pair in pairs]),
            count=len(steps),
            loops=loop != "once",
            made=replace(
                self.made,
                expression=f"{beginning.name} to {end.name}" if beginning else end.name,
            ),
        )

    def _plan_course(
        self, animator: EmotionAnimator, end: LabelRequest, beginning: LabelRequest | None
    ) -> EmotionCourse:
        labels, own = self.generator.config.labels, animator.own
        source = weigh_labels(beginning, labels, own) if beginning else own
        target = weigh_labels(end, labels, own)
        # The photo of which nobody knows the labels fades into the painting, or out of it.
        known = [one for one in (source, target) if one is not None]
        known = known or [np.zeros(len(labels), np.float32)]
        return EmotionCourse(
            portrait=animator.portrait,
            labels=labels,
            source=known[0],
            target=known[-1],
            from_photo=source is None,
            to_photo=target is None,
        )


def schedule_labels(
    course: EmotionCourse, steps: Series, settings: EmotionPaintSettings = EMOTION_PAINT
) -> Iterator[EmotionFrame]:
    """Schedule the condition of each frame: a cross-fade from the course's source to its target.

    A StarGAN knows no in-between: it was trained on labels of 0 and 1. What a label of a half
    paints is whatever the network makes of it. Where the course begins or ends with the photo
    itself, the painting appears or goes over a part of the way.

    Args:
        course: where the face starts and ends.
        steps: (n,) in [0, 1], how far on the way each frame is.
        settings: over how much of the way paint appears.
    """
    for step in steps.tolist():
        share = 1.0
        if course.from_photo:
            share = min(share, float(rise(step, 0, settings.appear)))
        if course.to_photo:
            share = min(share, float(rise(1 - step, 0, settings.appear)))
        labels = (1 - step) * course.source + step * course.target
        yield EmotionFrame(labels=np.asarray(labels, np.float32), share=share)


def _read_labels(to: ExpressionLike, generator: StarganGenerator) -> LabelRequest:
    """Read labels as text, or as shares by name.

    Raises:
        UsageError: they are neither, or not the generator's.
    """
    config = generator.config
    if isinstance(to, Mapping):
        to = "+".join(f"{label}:{share}" for label, share in to.items())
    if not isinstance(to, str):
        raise UsageError(
            f"this model paints {', '.join(config.labels)}: give one of them by name, not "
            f"{describe_type(to)}"
        )
    return parse_labels(to, config.labels, exclusive=config.exclusive)
