"""The expressions that people can ask for by name, and how they write them."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType

import numpy as np

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE, Cell
from ganimate.arrays import AUVector
from ganimate.errors import UsageError
from ganimate.media.suffixes import PHOTO_SUFFIXES


@dataclass(frozen=True)
class RelaxationSettings:
    """How a face relaxes."""

    frown_release: float = 0.6
    """Intensity by which AU4 relaxes at most when an expression does not name it. Brows that lie
    low by nature are measured as a strong frown; larger turns their owner into somebody else,
    smaller leaves a frown above smiles. By eye (docs/tuning.md, frowns that relax)."""

    raise_release: float = 0.6
    """Intensity by which AU1 and AU2 relax at most when an expression does not name them, and more
    where it frowns. Brows that arch high by nature are measured as raised; larger draws them down
    over the lids, smaller leaves surprise above smiles. By eye, as that of frowns."""

    shut: float = 0.9
    """AU45 of both eyes from which they are shut, and stay so where an expression does not raise
    their lids (AU5): what lies behind them nobody has seen. Of 22,356 photos 98 have more, eyes
    that are shut, look down or are laughed to a slit; smaller shuts squints."""


RELAXATION = RelaxationSettings()


@dataclass(frozen=True)
class Expression:
    """What a face is asked to show: intensities for some AUs, and what becomes of the others.

    Attributes:
        name: a preset's name, or the text as the user wrote it.
        values: intensities in [0, 1] of the cells (row, column) that it names.
        relaxes: whether AUs that it does not name go to 0, frowns and raised brows as far as a
            face's own brows allow; else they keep the photo's value. Eyes are not opened by what
            narrows them, a smile or tight lids, and shut ones by what raises their lids alone, or
            by an expression of nothing.
        description: one line for a preset, empty for a user's own text.
        exact: cells of which nothing but their value counts, since a user or a photo gave it.
    """

    name: str
    values: Mapping[Cell, float]
    relaxes: bool
    description: str = ""
    exact: frozenset[Cell] = frozenset()

    def apply_to(self, source: AUVector, settings: RelaxationSettings = RELAXATION) -> AUVector:
        """Find the AUs to aim for on a face.

        Args:
            source: (17, 2) in [0, 1], what the face shows.
            settings: how it relaxes.

        Returns:
            (17, 2) float32 in [0, 1].

        Raises:
            ValueError: `source` has another shape.
        """
        if np.shape(source) != SHAPE:
            raise ValueError(f"an AU vector has shape {SHAPE}, not {np.shape(source)}")
        target = np.array(source, np.float32)
        if self.relaxes:
            target[:] = 0
            if self.values:  # a face that is asked to show nothing shows nothing
                frown = ROW_OF[4]
                target[frown] = np.maximum(0, source[frown] - settings.frown_release)
                asked = np.array([self.values.get((frown, side), 0) for side in (LEFT, RIGHT)])
                for row in (ROW_OF[1], ROW_OF[2]):
                    target[row] = np.maximum(0, source[row] - settings.raise_release - asked)
        for cell, intensity in self.values.items():
            target[cell] = intensity
        if self.relaxes:
            _keep_eyes_narrow(source, target)
            if self.values:
                _keep_eyes_shut(source, target, settings)
            for cell in self.exact:
                target[cell] = self.values[cell]
        return target


def _keep_eyes_narrow(source: AUVector, target: AUVector) -> None:
    """Keep eyes from opening where a target (17, 2) narrows them, in place.

    Raised cheeks narrow some people's eyes far more than others': a squint that came with a smile
    stays with what the expression keeps of that. Nor do lids that shall tighten open first.
    """
    cheeks, tight, shut = ROW_OF[6], ROW_OF[7], ROW_OF[45]
    narrowed = np.minimum(source[cheeks], target[cheeks])
    target[tight] = np.maximum(target[tight], np.minimum(source[tight], narrowed))
    narrowed = np.maximum(narrowed, target[tight])
    target[shut] = np.maximum(target[shut], np.minimum(source[shut], narrowed))


def _keep_eyes_shut(source: AUVector, target: AUVector, settings: RelaxationSettings) -> None:
    """Keep eyes shut that are, but where a target (17, 2) raises their lids, in place.

    Both as the one that is shut more firmly: cheeks that no longer press would open the other.
    """
    lids, shut = ROW_OF[5], ROW_OF[45]
    if source[shut].min() >= settings.shut and not target[lids].any():
        target[shut] = source[shut].max()


def _list_cells(number: int, side: str) -> list[Cell]:
    """The cells of an AU; `side` is "L", "R", or "" for both."""
    columns = {"L": [LEFT], "R": [RIGHT], "": [LEFT, RIGHT]}[side]
    return [(ROW_OF[number], column) for column in columns]


def _make_preset(
    name: str, description: str, intensities: Mapping[int, float], *, side: str, relaxes: bool
) -> Expression:
    values = {
        cell: intensity
        for number, intensity in intensities.items()
        for cell in _list_cells(number, side if ACTION_UNITS[ROW_OF[number]].sided else "")
    }
    return Expression(
        name=name,
        values=MappingProxyType(values),
        relaxes=relaxes,
        description=description,
    )


def _make_emotion(
    name: str, description: str, intensities: Mapping[int, float], side: str = ""
) -> Expression:
    """A preset for the whole face: a smile takes a frown away."""
    return _make_preset(name, description, intensities, side=side, relaxes=True)


def _make_gesture(
    name: str, description: str, intensities: Mapping[int, float], side: str = ""
) -> Expression:
    """A preset that leaves the rest of the face as it is: one can wink with any face."""
    return _make_preset(name, description, intensities, side=side, relaxes=False)


_PRESET_TABLE = (
    _make_emotion("neutral", "a relaxed face, nothing moved", {}),
    _make_emotion(
        "smile",
        "a felt (Duchenne) smile: lip corners and cheeks up, lips parted",
        {6: 0.6, 7: 0.25, 9: 0.1, 10: 0.1, 12: 0.8, 25: 0.3, 45: 0.05},
    ),
    _make_emotion(
        "laugh",
        "a broad open smile with a dropped jaw and narrowed eyes",
        {4: 0.05, 6: 0.8, 7: 0.4, 9: 0.3, 10: 0.6, 12: 0.9, 20: 0.2, 25: 0.6, 26: 0.35, 45: 0.15},
    ),
    _make_emotion(
        "sad",
        "inner brows up and drawn together, lip corners down, chin up",
        {1: 0.2, 4: 0.1, 15: 0.25, 17: 0.25},
    ),
    _make_emotion(
        "surprise",
        "brows up, eyes wide, jaw dropped",
        {1: 0.75, 2: 0.75, 5: 0.2, 25: 0.5, 26: 0.7},
    ),
    _make_emotion(
        "fear",
        "brows up and drawn together, eyes wide, lips stretched and parted",
        {1: 0.45, 2: 0.3, 4: 0.1, 5: 0.1, 20: 0.15, 25: 0.35, 26: 0.25},
    ),
    _make_emotion(
        "anger",
        "brows down, a hard stare, lips pressed tight",
        # without AU5: on photos it only undoes the narrow eyes of AU7
        {4: 0.7, 7: 0.55, 14: 0.1, 17: 0.25, 23: 0.35, 45: 0.1},
    ),
    _make_emotion(
        "disgust",
        "nose wrinkled, upper lip and chin up, brows down",
        {4: 0.45, 7: 0.35, 9: 0.25, 10: 0.15, 17: 0.1, 25: 0.15, 45: 0.15},
    ),
    _make_emotion(
        "contempt",
        "a smirk: the person's own right lip corner tightened and raised",
        {6: 0.25, 12: 0.5, 14: 0.5, 23: 0.15},
        side="R",
    ),
    _make_gesture(
        "wink",
        "the person's own right eye closed, with its cheek",
        # without AU12: setting it would pull one corner of a smiling mouth down
        {5: 0.0, 6: 0.5, 7: 0.5, 45: 1.0},
        side="R",
    ),
    # No shut eye is wide, and what shuts it is measured as a tight lid (median of 84 photos).
    _make_gesture("blink", "both eyes closed", {5: 0.0, 7: 0.5, 45: 1.0}),
    _make_emotion(
        "pucker",
        "lips pressed narrow, chin up; no pursed kiss, for AU18 is not among the 17",
        {14: 0.1, 17: 0.25, 23: 0.45},
    ),
)

"""The presets, in the order in which they are listed.

Which AUs: the emotion prototypes of FACS (Ekman, Friesen and Hager 2002, table 10-1) and EMFACS,
less the AUs that are not among the 17. How strong, and what goes along (nose, upper lip and lids of
a smile): what faces in photos that show the prototype measure; 1 is about the strongest that a
portrait shows. To ask for nothing of what goes along would press the lip down and pull the lids
open. EMFACS has contempt on the right, so what is one-sided is there.
"""

PRESETS: Mapping[str, Expression] = MappingProxyType(
    {preset.name: preset for preset in _PRESET_TABLE}
)
"""Expressions by name, each with a one-line description."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "happy": "smile",
        "happiness": "smile",
        "joy": "smile",
        "smiling": "smile",
        "laughing": "laugh",
        "sadness": "sad",
        "unhappy": "sad",
        "surprised": "surprise",
        "afraid": "fear",
        "fearful": "fear",
        "scared": "fear",
        "angry": "anger",
        "disgusted": "disgust",
        "contemptuous": "contempt",
        "smirk": "contempt",
        "kiss": "pucker",
    }
)
"""Names of presets by other words for them."""

SOURCE = "source"
"""The expression that is the photo's own."""

_SOURCE_EXPRESSION = _make_gesture(SOURCE, "what the photo shows", {})

_SYNTAX = (
    "write a preset (smile), a weaker one (smile:0.6), AUs (AU12=0.9,AU45L=1), or a sum with +"
)
_AU_PATTERN = re.compile(r"au\s*([0-9]{1,3})\s*([lr]?)", re.IGNORECASE)


def parse_expression(text: str) -> Expression:
    """Read an expression as people write it.

    A list of parts with "+" or "," between them; case and spaces do not matter:

    - a preset of PRESETS or ALIASES (`smile`), with a strength in [0, 1] that scales its AUs
      (`smile:0.6`); presets add up, to 1 at most
    - `source`, what the photo shows
    - an AU with its intensity in [0, 1], on both sides (`AU12=0.9`) or on the person's own left or
      right (`AU12L=0.8`, `AU45R=1`); it overrides every preset and, of the same AU, the later wins

    The expression relaxes if one of its presets does.

    Args:
        text: such as "smile:0.6+AU45R=1".

    Raises:
        UsageError: the text is anything else.
    """
    if not text.strip():
        raise UsageError(f"the expression is empty: {_SYNTAX}")
    sums: dict[Cell, float] = {}
    explicit: dict[Cell, float] = {}
    relaxes = False
    description = ""
    parts = [part.strip() for part in re.split(r"[+,]", text)]
    for part in parts:
        if not part:
            raise UsageError(f"nothing stands before or after a '+' or ',' in {text!r}: {_SYNTAX}")
        if _AU_PATTERN.match(part) or "=" in part:
            explicit.update(_parse_assignment(part))
            continue
        preset, strength = _parse_preset(part)
        relaxes = relaxes or preset.relaxes
        description = preset.description if len(parts) == 1 and strength == 1 else ""
        for cell, intensity in preset.values.items():
            sums[cell] = min(1.0, sums.get(cell, 0.0) + strength * intensity)
    return Expression(
        name=text.strip(),
        values=sums | explicit,
        relaxes=relaxes,
        description=description,
        exact=frozenset(explicit),
    )


def name_aus(aus: AUVector) -> dict[str, dict[str, float]]:
    """Name intensities (17, 2): {"AU1": {"left": 0.1, "right": 0.1}, ...}."""
    return {
        f"AU{unit.number}": {"left": round(left, 3), "right": round(right, 3)}
        for unit, (left, right) in zip(ACTION_UNITS, aus.tolist(), strict=True)
    }


def is_photo_name(text: str) -> bool:
    """Tell whether a text means a photo to copy rather than an expression.

    It does if it is an existing file or ends like an image (PHOTO_SUFFIXES), so that a mistyped
    path is reported as a missing photo.
    """
    # os.path.isfile, as Path.is_file raises on a text that is too long for a file name
    return PurePath(text).suffix.lower() in PHOTO_SUFFIXES or os.path.isfile(text)


def _parse_preset(part: str) -> tuple[Expression, float]:
    """Read `smile` or `smile:0.6`: the preset and its strength."""
    name, colon, strength = (piece.strip() for piece in part.partition(":"))
    key = ALIASES.get(name.lower(), name.lower())
    preset = _SOURCE_EXPRESSION if key == SOURCE else PRESETS.get(key)
    if preset is None:
        raise UsageError(_explain_unknown(name))
    if colon and not preset.values:
        raise UsageError(f"{key} moves nothing, so it has no strength: write {key} alone")
    return preset, _parse_intensity(strength, part) if colon else 1.0


def _explain_unknown(name: str) -> str:
    near = difflib.get_close_matches(name.lower(), [*PRESETS, *ALIASES, SOURCE], n=1)
    hint = f", did you mean {near[0]}?" if near else "."
    return (
        f"there is no expression {name!r}{hint} The presets are {', '.join(PRESETS)}, and {SOURCE} "
        f"for the photo's own; other words that are known: {', '.join(ALIASES)}; {_SYNTAX}"
    )


def _parse_assignment(part: str) -> dict[Cell, float]:
    """Read `AU12=0.9` or `AU12L=0.9`: the intensity of each cell that it sets."""
    label, equals, intensity = (piece.strip() for piece in part.partition("="))
    if label.lower() in PRESETS or label.lower() in ALIASES:
        raise UsageError(f"{label} is a preset: write {label}:{intensity or 0.6}, not {part!r}")
    match = _AU_PATTERN.fullmatch(label)
    if match is None:
        raise UsageError(f"{part!r} is no AU with an intensity: write AU12=0.9 or AU12L=0.9")
    number, side = int(match[1]), match[2].upper()
    if number not in ROW_OF:
        known = ", ".join(map(str, ROW_OF))
        raise UsageError(f"AU{number} cannot be driven: the 17 AUs are {known}")
    unit = ACTION_UNITS[ROW_OF[number]]
    if side and not unit.sided:
        raise UsageError(
            f"AU{number} ({unit.name}) moves both sides at once and has no left or right: "
            f"write AU{number} without {match[2]}"
        )
    if not equals:
        raise UsageError(f"{part!r} needs an intensity from 0 to 1: write {part}=0.8")
    return dict.fromkeys(_list_cells(number, side), _parse_intensity(intensity, part))


def _parse_intensity(number: str, part: str) -> float:
    try:
        intensity = float(number)
    except ValueError:
        raise UsageError(f"{number!r} in {part!r} is not a number from 0 to 1") from None
    if not 0 <= intensity <= 1:  # also refuses nan
        raise UsageError(f"{part!r} is out of range: an intensity goes from 0 to 1")
    return intensity
