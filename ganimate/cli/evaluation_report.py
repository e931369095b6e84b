"""What `ganimate evaluate` says: tables of what was measured of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table

from ganimate.action_units import ACTION_UNITS

if TYPE_CHECKING:
    from ganimate.evaluation.clips import Clips
    from ganimate.evaluation.emotions import EmotionScores
    from ganimate.evaluation.evaluation import Evaluation
    from ganimate.evaluation.expressions import Expressions
    from ganimate.evaluation.likeness import Likeness
    from ganimate.evaluation.reenactment import ReenactmentEvaluation
    from ganimate.evaluation.round_trips import RoundTripScores


def build_evaluation_tables(evaluation: Evaluation) -> RenderableType:
    """Build the tables of everything that was measured of a model."""
    parts = [
        build_round_trip_table(evaluation.round_trips),
        build_expression_tables(evaluation.expressions),
    ]
    if evaluation.clips:
        parts.append(describe_smoothness(evaluation.clips))
    return Group(f"{evaluation.model}", *parts)


def build_round_trip_table(trips: RoundTripScores) -> RenderableType:
    """Build a table of how like the photos round trips are, before and after the generator."""
    table = Table(f"round trips of {trips.faces} faces", "L1", "PSNR", "SSIM", box=SIMPLE_HEAD)
    kinds = [("by the warp alone", trips.warped), ("result", trips.result)]
    if trips.known.unknown:
        kinds.insert(0, ("nothing where nothing is known", trips.known))
    for name, compared in kinds:
        table.add_row(f"all pixels, {name}", *_format_likeness(compared.everywhere))
    for name, compared in kinds:
        if compared.unknown:
            table.add_row(f"unknown pixels, {name}", *_format_likeness(compared.unknown))
    return table


def _format_likeness(likeness: Likeness) -> tuple[str, str, str]:
    psnr = "" if likeness.psnr is None else f"{likeness.psnr:.1f} dB"
    return f"{likeness.l1:.4f}", psnr, f"{likeness.ssim:.3f}"


def build_expression_tables(shown: Expressions) -> RenderableType:
    """Build tables of whether faces show what was asked for, by action unit and by preset."""
    judged = any(unit.judged is not None for unit in shown.units)
    units = Table("AU", "name", "error", "doing nothing", "r", box=SIMPLE_HEAD)
    if judged:
        units.add_column("second judge r")
    for row, unit in enumerate(shown.units):
        cells = [f"AU{unit.action_unit}", ACTION_UNITS[row].name]
        cells += [f"{unit.error:.3f}", f"{unit.idle:.3f}", _format_correlation(unit.correlation)]
        units.add_row(*cells, *([_format_correlation(unit.judged)] if judged else []))
    units.add_section()
    units.add_row("all", "", f"{shown.error:.3f}", f"{shown.idle:.3f}")
    presets = Table("expression", "error", "doing nothing", "r", box=SIMPLE_HEAD)
    for preset in shown.presets:
        figures = (
            f"{preset.error:.3f}",
            f"{preset.idle:.3f}",
            _format_correlation(preset.correlation),
        )
        presets.add_row(preset.name, *figures)
    return Group(
        f"expressions of {shown.faces} faces; in {shown.lost} of "
        f"{shown.faces * len(shown.presets)} frames the face was not found again",
        units,
        presets,
        f"pixels untouched: {shown.untouched:.1%}; largest change where none was asked for: "
        f"{shown.zero_edit}; calibration: {shown.calibration_seconds:.2f} s",
    )


def _format_correlation(r: float | None) -> str:
    return "" if r is None else f"{r:.2f}"


def describe_smoothness(clips: Clips) -> str:
    """Say how smoothly clips play, and what a frame costs."""
    width, height = clips.pixels
    return (
        f"{clips.clips} clips: second differences of landmarks "
        f"{1000 * clips.second_difference:.2f} thousandths of the face's width, 99th percentile "
        f"{1000 * clips.second_difference_p99:.2f} (a photo that slides: "
        f"{1000 * clips.still_second_difference:.2f}); {clips.frame_milliseconds:.1f} ms a frame "
        f"of {width} x {height} px"
    )


# The prior


def build_reenactment_table(scores: ReenactmentEvaluation) -> RenderableType:
    """Build the table of how well a model moves faces as videos do, beside other models."""
    table = Table("", "L1", "AKD", "faces lost", "ms a frame", box=SIMPLE_HEAD)
    for name, one in {scores.model: scores.own, **scores.beside}.items():
        spent = f"{one.frame_milliseconds:.0f}" if one.frame_milliseconds else ""
        table.add_row(name, f"{one.l1:.4f}", f"{one.akd:.2f} px", f"{one.missing:.1%}", spent)
    return Group(
        f"{scores.own.frames} frames of {scores.clips} clips, each made from the clip's first "
        "frame (L1 of [0, 1]; AKD, the average distance of keypoints, in frames of 256 px)",
        table,
    )


def build_emotion_tables(scores: EmotionScores) -> RenderableType:
    """Build the tables of everything that was measured of a StarGAN."""
    table = Table("label", "painted", "recognised", "of real pictures", box=SIMPLE_HEAD)
    for one in scores.labels:
        table.add_row(
            one.name, str(one.painted), _format_share(one.recognised), _format_share(one.read)
        )
    table.add_section()
    table.add_row("mean", "", _format_share(scores.recognised), _format_share(scores.read))
    likeness = Table(f"{scores.pictures} pictures", "L1", "PSNR", "SSIM", box=SIMPLE_HEAD)
    for name, compared in (("painted", scores.painted), ("there and back", scores.reconstruction)):
        likeness.add_row(name, *_format_likeness(compared.everywhere))
    return Group(
        f"{scores.model}",
        f"emotions by the prototypes of our action units (chance {scores.chance:.0%}); in "
        f"{scores.lost} painted pictures no face was found again",
        table,
        likeness,
    )


def _format_share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
