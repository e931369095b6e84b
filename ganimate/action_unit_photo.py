"""A photo that a generator of action units animates: by expressions, keyframes and videos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ganimate.face_models import FaceModels
from ganimate.frames import Clip, Course, DrivenClip, animate_performances, record_timeline
from ganimate.loaded_photo import LoadedPhoto, OpenModel
from ganimate.networks.generators import ActionUnitGenerator
from ganimate.performance.curves import KeyEase
from ganimate.performance.driver import measure_driver, transfer_performance
from ganimate.performance.expressions import Expression
from ganimate.performance.neutral import NeutralLike, find_neutral, place_neutral
from ganimate.performance.performance import DEFAULT_FRAMES, interpolate_aus, perform
from ganimate.performance.timeline import Loop
from ganimate.pixels import read_number
from ganimate.portrait import Portrait
from ganimate.rendering.animator import Animator, draw_frames
from ganimate.rendering.holding import hold_aus
from ganimate.rendering.kinds import open_animator
from ganimate.rendering.layer import Layer
from ganimate.rendering.remembering import RememberingAnimator
from ganimate.requests import (
    ExpressionLike,
    TimelineLike,
    VideoLike,
    open_frames,
    read_keyframes,
    read_neutral,
    resolve_expression,
    schedule_frames,
)


@dataclass(frozen=True, repr=False, eq=False)
class ActionUnitPhoto(LoadedPhoto):
    """A photo whose faces show action units; see LoadedPhoto for what its methods do.

    What an expression needs to show on these faces is found once, so that the same expression costs
    its frames alone the next time.

    Attributes:
        animators: of the chosen faces, the largest first.
        models: what is known of faces.
        model: what animates them.
    """

    animators: Sequence[Animator]
    models: FaceModels
    model: OpenModel
    takes = frozenset({"expressions", "keyframes", "videos"})
    holds = True

    @classmethod
    def open(
        cls, portraits: Sequence[Portrait], model: OpenModel, models: FaceModels
    ) -> ActionUnitPhoto:
        """Make the faces of a photo ready to be moved."""
        animators = (
            open_animator(portrait, model.generator, models, model.device) for portrait in portraits
        )
        return cls([RememberingAnimator(animator) for animator in animators], models, model)

    @classmethod
    def read_expression(
        cls, to: ExpressionLike, generator: ActionUnitGenerator, models: FaceModels
    ) -> Expression:
        """Read an expression, or measure the photo that is to be copied."""
        return resolve_expression(to, models)

    @property
    def portraits(self) -> list[Portrait]:
        """The faces, measured, the largest first."""
        return [animator.portrait for animator in self.animators]

    @property
    def generator(self) -> ActionUnitGenerator:
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
        """Animate the photo to an expression."""
        steps = schedule_frames(frames, ease, loop)
        end = resolve_expression(to, self.models)
        beginning = None if start is None else resolve_expression(start, self.models)

        def plan_course(portrait: Portrait) -> Course:
            source = beginning.apply_to(portrait.aus) if beginning else portrait.aus
            ends = (source, end.apply_to(portrait.aus))
            return Course(portrait, *(hold_aus(portrait, aus) for aus in ends))

        def make_layers(animator: Animator, course: Course) -> Iterator[Layer]:
            first, last = animator.calibrate([course.source, course.target])
            shown = interpolate_aus(course.source, course.target, steps)
            yield from animator.layers(shown, interpolate_aus(first, last, steps))

        courses = [plan_course(portrait) for portrait in self.portraits]
        pairs = list(zip(self.animators, courses, strict=True))
        return Clip(
            courses=courses,
            draw=lambda: draw_frames(self.animators, [make_layers(*pair) for pair in pairs]),
            count=len(steps),
            loops=loop != "once",
            made=replace(self.made, expression=_name_way(end, beginning)),
        )

    def timeline(self, timeline: TimelineLike) -> Clip:
        """Animate the photo by keyframes, whatever photo, face and size they name."""
        asked = read_keyframes(timeline, photo_needed=False)
        performances = [perform(asked, portrait.aus) for portrait in self.portraits]
        return animate_performances(
            self.animators,
            performances,
            fps=asked.fps,
            loops=asked.repeats,
            made=record_timeline(self.made, asked),
        )

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
        """Animate the photo by a video of another face."""
        start = read_number(start, "`start`")
        end = None if end is None else read_number(end, "`end`")
        asked = place_neutral(read_neutral(neutral, neutral_at), start, end)
        frames, rate, driver = open_frames(video, fps, start, end)
        motion = measure_driver(frames, rate, self.models)
        rest = find_neutral(motion.aus, motion.fps, asked)
        performances = [
            transfer_performance(motion, portrait.aus, neutral=rest, head=bool(head))
            for portrait in self.portraits
        ]
        clip = animate_performances(self.animators, performances, fps=rate)
        return DrivenClip(
            courses=clip.courses,
            draw=clip.draw,
            count=clip.count,
            fps=rate,
            made=replace(self.made, expression="driven"),
            performances=performances,
            face_found=motion.face_found,
            neutral=rest,
            driver=driver,
        )


def _name_way(end: Expression, beginning: Expression | None) -> str:
    """Name an expression, and where a clip comes from if that is asked for, too."""
    return end.name if beginning is None else f"{beginning.name} to {end.name}"
