"""Emotions by their names, and which of them action units show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ganimate.action_units import N_ACTION_UNITS, ROW_OF
from ganimate.arrays import AUVector, Floats
from ganimate.errors import UsageError
from ganimate.performance.expressions import ALIASES, SOURCE


@dataclass(frozen=True)
class EmotionSettings:
    """From when on a face shows an emotion."""

    least_score: float = 0.08
    """Score of an emotion below which a face shows none; larger leaves more faces out. By eye."""

    least_lead: float = 0.1
    """Lead of an emotion over the next one below which it is unsure; larger leaves more faces out.
    Of 634 of FER2013's faces .05, .1 and .15 keep 87, 73 and 62 %, and of these 67, 73 and 77 %
    are labelled alike."""


EMOTIONS = EmotionSettings()

_ROUNDING = 1e-6

PROTOTYPES: Mapping[str, Mapping[int, float]] = MappingProxyType(
    {
        "angry": {4: 0.5, 7: 0.25, 23: 0.25, 9: 0.2, 1: -0.3, 2: -0.3, 12: -0.5},
        "happy": {12: 0.7, 6: 0.3},
        "sad": {15: 0.4, 1: 0.3, 4: 0.2, 17: 0.2, 45: 0.2, 12: -0.5, 26: -0.3, 25: -0.2},
        "surprise": {5: 0.3, 26: 0.3, 1: 0.25, 2: 0.25, 4: -0.4, 12: -0.4},
    }
)
"""Emotion -> number of an action unit -> what its intensity adds to the emotion's score.

What adds are the prototypes of FACS (Ekman, Friesen and Hager 2002, table 10-1); what takes away is
what tells them from each other. They agree with 63 % of the labels of FER2013's faces of these four
that the face reader finds; a linear fit to those labels with 65 %, and people about as often.
"""

_WEIGHTS = np.zeros((len(PROTOTYPES), N_ACTION_UNITS), np.float32)
for _place, _prototype in enumerate(PROTOTYPES.values()):
    for _number, _weight in _prototype.items():
        _WEIGHTS[_place, ROW_OF[_number]] = _weight


def score_emotions(aus: AUVector) -> dict[str, float]:
    """Score what action units (17, 2) show of each emotion of PROTOTYPES; 1 is the most."""
    scores: Floats = _WEIGHTS @ aus.mean(axis=1)
    return dict(zip(PROTOTYPES, scores.tolist(), strict=True))


def find_emotion(
    aus: AUVector, among: Iterable[str] = PROTOTYPES, settings: EmotionSettings = EMOTIONS
) -> str | None:
    """Find the emotion that action units show; None where none is sure.

    Args:
        aus: (17, 2) in [0, 1].
        among: emotions of PROTOTYPES, two or more.
        settings: what is sure.
    """
    scores = score_emotions(aus)
    first, second, *_ = sorted(among, key=lambda name: -scores[name])
    lead = scores[first] - scores[second]
    sure = scores[first] >= settings.least_score and lead >= settings.least_lead
    return first if sure else None


def find_likeliest_emotion(aus: AUVector, among: Iterable[str] = PROTOTYPES) -> str:
    """Find the emotion that action units (17, 2) show most, however little that is."""
    scores = score_emotions(aus)
    return max(among, key=lambda name: scores[name])


def find_label(word: str, labels: Sequence[str]) -> str | None:
    """Find the label that a word means, whatever its case: `happy` is also `smile` and `joy`.

    Args:
        word: as people write it.
        labels: as a data set or generator has them.

    Returns:
        One of the labels; None where the word means none of them.
    """
    wanted = _normalise(word)
    return next((label for label in labels if _normalise(label) == wanted), None)


def _normalise(word: str) -> str:
    lower = word.strip().lower()
    return ALIASES.get(lower, lower)


@dataclass(frozen=True)
class LabelRequest:
    """What a face is asked to show by the labels of a generator.

    Attributes:
        name: the text as the user wrote it.
        shares: label -> how much of it, in (0, 1]; none for the photo as it is.
    """

    name: str
    shares: Mapping[str, float]


def parse_labels(text: str, labels: Sequence[str], *, exclusive: bool) -> LabelRequest:
    """Read labels as people write them: `happy`, `happy:0.6`, `angry:0.5+sad:0.5`, `source`.

    Args:
        text: labels with "+" or "," between them, each with a share in (0, 1] after a colon, 1 by
            default; or `source`, the photo as it is.
        labels: what the generator was trained on.
        exclusive: whether a face has one of them, so that shares add up to 1 at most.

    Raises:
        UsageError: the text asks for anything else.
    """
    if text.strip().lower() == SOURCE:
        return LabelRequest(SOURCE, {})
    shares: dict[str, float] = {}
    for part in re.split(r"[+,]", text):
        word, colon, strength = (piece.strip() for piece in part.partition(":"))
        label = find_label(word, labels)
        if label is None:
            raise UsageError(
                f"this model was not trained on {word!r}: it knows {', '.join(labels)}, "
                f"and {SOURCE} for the photo as it is"
            )
        shares[label] = _parse_share(strength, part) if colon else 1.0
    if exclusive and sum(shares.values()) > 1 + _ROUNDING:
        raise UsageError(
            f"{text!r} adds up to more than one emotion: give shares of 1 in all, as "
            f"{'+'.join(f'{label}:{1 / len(shares):.2g}' for label in shares)}"
        )
    return LabelRequest(text.strip(), shares)


def _parse_share(text: str, part: str) -> float:
    try:
        share = float(text)
    except ValueError:
        raise UsageError(f"{text!r} in {part!r} is not a number from 0 to 1") from None
    if not 0 < share <= 1:  # also refuses nan
        raise UsageError(f"{part!r} is out of range: a share is above 0, and 1 at most")
    return share


def weigh_labels(request: LabelRequest, labels: Sequence[str], own: Floats | None) -> Floats | None:
    """Weigh the labels of a request into a generator's condition.

    Args:
        request: what is asked for.
        labels: of the generator, k.
        own: (k,) in [0, 1], what the photo shows of labels that exclude each other: what a request
            leaves open stays so. None for attributes, of which nothing says which the photo has:
            those that are not named are 0.

    Returns:
        (k,) float32 in [0, 1]; None for the photo itself, where nobody knows its labels.
    """
    if not request.shares:
        return own
    condition = np.array([request.shares.get(label, 0.0) for label in labels], np.float32)
    return condition if own is None else condition + (1 - condition.sum()) * own


def label_portrait(aus: AUVector, labels: Sequence[str]) -> Floats:
    """Label what a face shows: the likeliest emotion by its action units.

    Args:
        aus: (17, 2) in [0, 1].
        labels: emotions that a generator knows, k.

    Returns:
        (k,) float32: one 1 among emotions that have a prototype; equal shares where none has.
    """
    named = {name: label for name in PROTOTYPES if (label := find_label(name, labels))}
    if not named:
        return np.full(len(labels), 1 / len(labels), np.float32)
    shown = named[find_likeliest_emotion(aus, named)]
    return np.array([label == shown for label in labels], np.float32)
