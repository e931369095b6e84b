"""What commands say of their results: tables for people to read, plain facts to be put as JSON.

Nothing is printed here; console.py does that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.bar import Bar
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ganimate.action_units import ACTION_UNITS, LEFT
from ganimate.arrays import AUVector
from ganimate.performance.expressions import ALIASES, PRESETS, SOURCE, Expression, name_aus

if TYPE_CHECKING:
    from ganimate.frames import Clip, DrivenClip
    from ganimate.media.encoders import Sound
    from ganimate.media.video_writer import WrittenClip
    from ganimate.performance.neutral import Neutral, NeutralLike
    from ganimate.portrait import Portrait
    from ganimate.training.data.survey import Survey
    from ganimate.training.prior.estimator import Accuracy

EXAMPLES = "--to smile   --to smile:0.6   --to AU12=0.9,AU45L=1   --to smile:0.7+AU1=0.4"
"""What stands below the vocabulary."""

BAR_WIDTH = 12
"""Characters of the bar of an action unit at intensity 1."""

BLOCKS = " ▁▂▃▄▅▆▇█"
"""Characters of a histogram, from none to the most."""

FEW = 5
"""Names or sizes that are listed of each kind; the rest is only counted."""


# Clips


def describe_clip(written: WrittenClip) -> str:
    """Say where a clip is, how long and how large."""
    length = ""
    if written.frames > 1:
        length = f"{written.frames} frames, {written.frames / written.fps:.3g} s, "
    pixels = f"{written.width} x {written.height}"
    return f"{written.path}: {length}{pixels}, {_format_bytes(written.bytes)}"


def describe_driven_clip(written: WrittenClip, clip: DrivenClip) -> str:
    """Say where a clip is and, if any, in how many frames its driver's face was not found."""
    missed = int((~clip.face_found).sum())
    return describe_clip(written) + (f" ({missed} frames without a face)" if missed else "")


def list_clip_facts(
    photo: str, clip: Clip, written: WrittenClip, took_seconds: float
) -> dict[str, Any]:
    """List what was written, and the AUs of each animated face, for programs.

    Args:
        photo: its path.
        clip: what was drawn.
        written: what was written.
        took_seconds: how long that took.

    Returns:
        Facts for JSON; a face's "target" is what it shows at the end of the rise.
    """
    return {
        "photo": photo,
        **asdict(written),
        "path": str(written.path),
        "seconds": written.frames / written.fps,
        "took_seconds": round(took_seconds, 2),
        "faces": [course.list_facts() for course in clip.courses],
        "warnings": list_concerns(clip),
    }


def list_concerns(clip: Clip) -> list[dict[str, Any]]:
    """List what makes the clip of a face worse: which face, what, its figure and its limit."""
    from ganimate.quality import find_concerns

    return [
        {"face": number, **asdict(concern)}
        for number, course in enumerate(clip.courses)
        for concern in find_concerns(course.portrait)
    ]


def list_drive_facts(
    photo: str,
    driver: str,
    clip: DrivenClip,
    written: WrittenClip,
    sound: Sound | None,
) -> dict[str, Any]:
    """List what `ganimate drive` made, for programs."""
    origin = None if sound is None else "copied" if sound.copied else "converted"
    return {
        "photo": photo,
        "driver": driver,
        **asdict(written),
        "path": str(written.path),
        "seconds": written.frames / written.fps,
        "sound": origin,
        "frames_without_face": int((~clip.face_found).sum()),
        "faces": [{"source": name_aus(course.portrait.aus)} for course in clip.courses],
        "warnings": list_concerns(clip),
    }


def list_neutral_facts(neutral: Neutral, asked: NeutralLike, start: float) -> dict[str, Any]:
    """List what a driver's expressions were counted from, for programs.

    Args:
        neutral: what it was.
        asked: what was asked for.
        start: seconds of the video at which the part begins that was followed.
    """
    return {
        "asked": asked,
        "used": neutral.kind,
        "seconds": round(start + neutral.seconds, 3),
        "beyond_rest": {
            f"AU{number}": {"shown": round(one.shown, 3), "limit": round(one.limit, 3)}
            for number, one in neutral.beyond.items()
        },
    }


def _format_bytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


# What --to understands


def build_vocabulary_tables() -> RenderableType:
    """Build the tables of presets and action units, with a few examples."""
    presets = Table("expression", "also", "action units", "what it is", box=SIMPLE_HEAD)
    for preset in PRESETS.values():
        values = ", ".join(f"{name}={value:g}" for name, value in _name_values(preset).items())
        presets.add_row(preset.name, ", ".join(_list_aliases(preset)), values, preset.description)
    presets.add_row(SOURCE, "", "", "what the photo shows")
    units = Table("AU", "name", "muscle", "one side alone", box=SIMPLE_HEAD)
    for unit in ACTION_UNITS:
        sides = f"AU{unit.number}L AU{unit.number}R" if unit.sided else ""
        units.add_row(f"AU{unit.number}", unit.name, unit.muscle, sides)
    presets.columns[0].style = units.columns[0].style = "bold"
    return Group(presets, units, EXAMPLES)


def list_vocabulary_facts() -> dict[str, Any]:
    """List presets, with their other names, and action units, for programs."""
    return {
        "expressions": [
            {
                "name": preset.name,
                "aliases": _list_aliases(preset),
                "description": preset.description,
                "aus": _name_values(preset),
                "relaxes": preset.relaxes,
            }
            for preset in PRESETS.values()
        ],
        "action_units": [asdict(unit) for unit in ACTION_UNITS],
    }


def _list_aliases(preset: Expression) -> list[str]:
    return [alias for alias, name in ALIASES.items() if name == preset.name]


def _name_values(preset: Expression) -> dict[str, float]:
    """Name a preset's AUs as --to takes them: AU12 for both sides, AU12L or AU12R for one."""
    names: dict[str, float] = {}
    for (row, column), intensity in preset.values.items():
        name = f"AU{ACTION_UNITS[row].number}"
        if preset.values.get((row, 1 - column)) != intensity:
            name += "L" if column == LEFT else "R"
        names[name] = intensity
    return names


# Faces


def build_face_bars(portraits: Sequence[Portrait]) -> RenderableType:
    """Build, for each face, a line that says where it is and how it is held, and bars of AUs."""
    parts: list[RenderableType] = []
    for index, portrait in enumerate(portraits):
        parts += [_build_heading(index, portrait), _build_bars(portrait.aus)]
    return Group(*parts)


def list_face_facts(index: int, portrait: Portrait) -> dict[str, Any]:
    """List what is known of a face, for programs.

    Args:
        index: its number, 0 being the largest of the photo.
        portrait: the face, measured.

    Returns:
        Facts for JSON: the box in photo pixels, angles in degrees, intensities in [0, 1].
    """
    return {
        "index": index,
        "box": {name: round(value, 1) for name, value in portrait.face.box._asdict().items()},
        "yaw": round(portrait.pose.yaw, 1),
        "pitch": round(portrait.pose.pitch, 1),
        "aus": name_aus(portrait.aus),
    }


def _build_heading(index: int, portrait: Portrait) -> Text:
    box, pose = portrait.face.box, portrait.pose
    return Text.assemble(
        (f"face {index}", "bold"),
        f"  {box.width:.0f} x {box.height:.0f} px at ({box.left:.0f}, {box.top:.0f}), "
        f"turned {pose.yaw:+.0f}°, nodding {pose.pitch:+.0f}°",
    )


def _build_bars(aus: AUVector) -> Table:
    """Build a bar for each AU, two where the person's left and right can differ."""
    table = Table(box=None, padding=(0, 1), pad_edge=True)
    table.add_column("action unit")
    for side in ("left", "right"):
        table.add_column(side, justify="right")
        table.add_column("", width=BAR_WIDTH)
    for unit, sides in zip(ACTION_UNITS, aus.tolist(), strict=True):
        cells: list[RenderableType] = [f"AU{unit.number} {unit.name}"]
        for intensity in sides if unit.sided else sides[:1]:
            cells += [f"{intensity:.2f}", Bar(size=1, begin=0, end=intensity, color="cyan")]
        table.add_row(*cells)
    return table


# Data sets

KINDS = {
    "prepared": "a prepared data set",
    "pickle": "photos with the labels of the original GANimation code",
    "openface": "photos with OpenFace's labels",
    "text": "photos with labels in a text file",
    "pictures": "photos or videos without labels",
    "fer2013": "FER2013's table, for `train --preset stargan`",
    "emotions": "pictures in folders of emotions, for `train --preset stargan`",
    "attributes": "pictures with CelebA's attributes, for `train --preset stargan`",
    "clips": "prepared clips, for `train --preset first-order`",
}
"""Kind of a folder of data -> what people call it."""


def build_survey_tables(folder: Path, survey: Survey) -> RenderableType:
    """Build what is said of a data set: what it holds, what is wrong, how strong each AU is."""
    counts = f"{survey.photos} photos"
    if survey.videos:
        counts += f", {survey.videos} videos"
    if survey.labelled:
        counts += f", {survey.labelled} labelled, {survey.held_out} held out"
    sizes = [f"{count} of {size} px" for size, count in survey.sizes.items()]
    more = ", ..." if len(sizes) > FEW else ""
    lines = [f"{folder}: {KINDS[survey.kind]}", counts, f"sizes: {', '.join(sizes[:FEW])}{more}"]
    lines += _describe_problems(survey.problems)
    if survey.classes:
        labels = ", ".join(f"{label} {count}" for label, count in survey.classes.items())
        by = ", by action units" if survey.kind == "prepared" else ""
        lines.append(f"as `train --preset stargan` sees them{by}: {labels}")
    if (clips := survey.clips) is not None:
        lines.append(
            f"as `train --preset first-order` sees them: {clips.used} of {clips.found} clips, "
            f"{clips.frames} frames of them that differ, {clips.held_out} clips held out"
        )
        lines += _describe_problems(clips.problems)
    lines += [f"warning: {note}" for note in survey.notes]
    parts: list[RenderableType] = [Text("\n".join(lines))]  # names may look like markup
    for title, histograms in (("labels", survey.labels), ("measured", survey.measured)):
        if histograms:
            parts.append(_build_histogram_table(title, histograms))
    return Group(*parts)


def _describe_problems(problems: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Say what is wrong with which files, a line each."""
    for problem, names in problems.items():
        more = ", ..." if len(names) > FEW else ""
        yield f"{len(names)}: {problem} ({', '.join(names[:FEW])}{more})"


def _build_histogram_table(title: str, histograms: dict[str, list[int]]) -> Table:
    """Build a table of how many photos show each AU, and how many lie in each tenth of 0 to 1."""
    table = Table("AU", "name", "above .2", "0 ... 1", title=title, box=SIMPLE_HEAD)
    for unit in ACTION_UNITS:
        counts = histograms[f"AU{unit.number}"]
        above = sum(counts[len(counts) // 5 :]) / sum(counts)
        highest = max(counts)
        bars = "".join(BLOCKS[-(-count * (len(BLOCKS) - 1) // highest)] for count in counts)
        table.add_row(f"AU{unit.number}", unit.name, f"{above:.0%}", bars)
    return table


# Fitting


def build_accuracy_table(accuracy: Sequence[Accuracy]) -> RenderableType:
    """Build a table of how well each action unit is found again on faces that were held out."""
    table = Table("AU", "name", "mean error", "correlation", box=SIMPLE_HEAD)
    names = {unit.number: unit.name for unit in ACTION_UNITS}
    for one in accuracy:
        found = f"{one.error:.3f}", f"{one.correlation:.2f}"
        table.add_row(f"AU{one.action_unit}", names[one.action_unit], *found)
    return table
