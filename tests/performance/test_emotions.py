"""Emotions by their names, and which of them action units show."""

from __future__ import annotations

import numpy as np
import pytest

from ganimate.action_units import ROW_OF, SHAPE
from ganimate.errors import UsageError
from ganimate.performance.emotions import (
    PROTOTYPES,
    find_emotion,
    find_label,
    label_portrait,
    parse_labels,
    weigh_labels,
)
from ganimate.performance.expressions import PRESETS
from ganimate.portrait import Portrait

FOUR = ("angry", "happy", "sad", "surprise")
PRESET_OF = {"angry": "anger", "happy": "smile", "sad": "sad", "surprise": "surprise"}


@pytest.mark.parametrize("emotion", PROTOTYPES)
def test_each_preset_shows_its_emotion(emotion: str) -> None:
    aus = PRESETS[PRESET_OF[emotion]].apply_to(np.zeros(SHAPE, np.float32))
    assert find_emotion(aus) == emotion


def test_a_face_that_shows_nothing_or_two_emotions_is_unsure() -> None:
    aus = np.zeros(SHAPE, np.float32)
    assert find_emotion(aus) is None
    aus[ROW_OF[12]], aus[ROW_OF[4]] = 0.15, 0.3
    assert find_emotion(aus) is None


def test_real_faces(smiling: Portrait) -> None:
    assert find_emotion(smiling.aus) == "happy"
    assert label_portrait(smiling.aus, FOUR).tolist() == [0, 1, 0, 0]


def test_labels_by_other_words() -> None:
    assert find_label("Happiness", FOUR) == "happy"
    assert find_label("anger", ("Angry", "sad")) == "Angry"
    assert find_label("Blond_Hair", ("Blond_Hair",)) == "Blond_Hair"
    assert find_label("fear", FOUR) is None


def test_requests_and_what_they_leave_open() -> None:
    own = np.array([0, 0, 1, 0], np.float32)

    def weigh(text: str) -> list[float]:
        request = parse_labels(text, FOUR, exclusive=True)
        condition = weigh_labels(request, FOUR, own)
        assert condition is not None
        return condition.round(3).tolist()  # type: ignore[no-any-return]

    assert weigh("happy") == [0, 1, 0, 0]
    assert weigh("smile:0.25") == [0, 0.25, 0.75, 0]
    assert weigh("angry:0.5 + surprise:0.5") == [0.5, 0, 0, 0.5]
    assert weigh("source") == [0, 0, 1, 0]
    attributes = ("Male", "Young")
    request = parse_labels("young:0.5,Male", attributes, exclusive=False)
    weighed = weigh_labels(request, attributes, None)
    assert weighed is not None
    assert weighed.tolist() == [1, 0.5]
    assert (
        weigh_labels(parse_labels("source", attributes, exclusive=False), attributes, None) is None
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wink", "not trained on 'wink': it knows angry, happy, sad, surprise"),
        ("", "not trained on ''"),
        ("AU12=0.9", "not trained on 'AU12=0.9'"),
        ("happy:x", "'x' in 'happy:x' is not a number"),
        ("happy:1.5", "out of range"),
        ("happy:nan", "out of range"),
        ("happy+sad", "adds up to more than one emotion.*happy:0.5"),
    ],
)
def test_requests_that_are_none(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_labels(text, FOUR, exclusive=True)
