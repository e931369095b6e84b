"""The AU order, the presets, and the text that asks for an expression."""

from pathlib import Path

import numpy as np
import pytest

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.arrays import AUVector
from ganimate.errors import UsageError
from ganimate.performance.expressions import (
    ALIASES,
    PRESETS,
    RELAXATION,
    is_photo_name,
    parse_expression,
)

NEUTRAL = np.zeros(SHAPE, np.float32)
FROWN = np.full(SHAPE, 0.3, np.float32)


def target(text: str, source: AUVector = NEUTRAL) -> dict[tuple[int, int], float]:
    """What `text` makes of `source`, as {(AU number, column): intensity} without the zeros."""
    vector = parse_expression(text).apply_to(source)
    return {
        (ACTION_UNITS[row].number, int(column)): float(vector[row, column])
        for row, column in zip(*np.nonzero(vector), strict=True)
    }


def both(**intensities: float) -> dict[tuple[int, int], float]:
    return {
        (int(label.removeprefix("AU")), side): value
        for label, value in intensities.items()
        for side in (LEFT, RIGHT)
    }


SMILE = both(AU6=0.6, AU7=0.25, AU9=0.1, AU10=0.1, AU12=0.8, AU25=0.3, AU45=0.05)


def test_order_is_that_of_openface() -> None:
    numbers = [unit.number for unit in ACTION_UNITS]
    assert numbers == [1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45]
    assert [ROW_OF[number] for number in numbers] == list(range(17))


def test_unsided_action_units() -> None:
    assert {unit.number for unit in ACTION_UNITS if not unit.sided} == {1, 17, 23, 25, 26}


@pytest.mark.parametrize("name", PRESETS)
def test_preset_is_a_valid_target(name: str) -> None:
    preset = PRESETS[name]
    vector = preset.apply_to(NEUTRAL)
    assert preset.name == name
    assert preset.description
    assert "\n" not in preset.description
    assert vector.shape == SHAPE
    assert vector.dtype == np.float32
    assert vector.min() >= 0
    assert vector.max() <= 1
    for unit, (left, right) in zip(ACTION_UNITS, vector, strict=True):
        assert unit.sided or left == right
    assert vector.any() != (name == "neutral")
    assert parse_expression(name) == preset


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("smile", {6, 12}),
        ("laugh", {6, 12, 26}),
        ("sad", {1, 4, 15}),
        ("surprise", {1, 2, 5, 26}),
        ("fear", {1, 2, 4, 5, 20, 26}),
        ("anger", {4, 7, 23}),
        ("disgust", {9}),
        ("contempt", {12, 14}),
        ("blink", {45}),
    ],
)
def test_preset_has_the_facs_prototype(name: str, numbers: set[int]) -> None:
    assert numbers <= {ACTION_UNITS[row].number for row, _ in PRESETS[name].values}


def test_a_preset_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        PRESETS["smile"].values[0, 0] = 1.0  # type: ignore[index]


@pytest.mark.parametrize("name", ["wink", "contempt"])
def test_one_sided_presets_move_the_right_only(name: str) -> None:
    sided = {cell for cell in PRESETS[name].values if ACTION_UNITS[cell[0]].sided}
    assert {column for _, column in sided} == {RIGHT}


def test_units_without_sides_are_on_both_in_a_one_sided_preset() -> None:
    whole = [cell for cell in PRESETS["contempt"].values if not ACTION_UNITS[cell[0]].sided]
    assert whole == [(ROW_OF[23], LEFT), (ROW_OF[23], RIGHT)]


def test_emotion_replaces_what_the_photo_shows() -> None:
    assert target("blink+smile", FROWN) == pytest.approx({**SMILE, **both(AU7=0.75, AU45=1)})
    assert target("neutral", FROWN) == {}


def test_brows_that_lie_low_are_not_lifted_all_the_way() -> None:
    low = FROWN.copy()
    low[ROW_OF[4]] = 0.9
    low[[ROW_OF[6], ROW_OF[45]]] = 0  # or eyes would stay as narrow
    assert target("smile", low) == pytest.approx(
        {**SMILE, **both(AU4=0.9 - RELAXATION.frown_release)}
    )
    assert target("anger", low)[4, LEFT] == pytest.approx(0.7)  # named, so it is what it says
    assert target("neutral", low) == {}


def test_brows_that_arch_high_come_down_some_of_the_way() -> None:
    high = NEUTRAL.copy()
    high[[ROW_OF[1], ROW_OF[2]]] = 0.9
    left = 0.9 - RELAXATION.raise_release
    assert target("smile", high) == pytest.approx({**SMILE, **both(AU1=left, AU2=left)})
    sad = target("sad", high)
    assert sad[1, LEFT] == pytest.approx(0.2)  # named
    assert sad[2, LEFT] == pytest.approx(left - 0.1)  # its frown of .1 draws them down
    assert (2, LEFT) not in target("anger", high)
    assert target("neutral", high) == {}


def test_eyes_that_a_smile_narrows_stay_as_narrow_as_it() -> None:
    laughing = NEUTRAL.copy()
    laughing[ROW_OF[6]], laughing[ROW_OF[7]], laughing[ROW_OF[45]] = 0.9, 0.7, 0.5
    assert target("smile", laughing) == pytest.approx({**SMILE, **both(AU7=0.6, AU45=0.5)})
    assert (45, LEFT) not in target("surprise", laughing)
    one_sided = target("contempt", laughing)  # its right cheek alone stays up, by .25
    assert one_sided[45, RIGHT] == one_sided[7, RIGHT] == pytest.approx(0.25)
    assert (45, LEFT) not in one_sided
    asked = target("smile+AU7=0+AU45=0", laughing)  # what a user says counts
    assert (7, LEFT) not in asked
    assert (45, LEFT) not in asked
    heavy = NEUTRAL.copy()
    heavy[ROW_OF[45]] = 0.35
    assert target("anger", heavy)[45, LEFT] == pytest.approx(0.35)  # asked .1, with AU7 .55
    assert (45, LEFT) not in target("sad", heavy)
    dozing = NEUTRAL.copy()
    dozing[ROW_OF[45]] = 0.8
    # No smile narrowed these eyes: they open but for what its own lids are tight.
    assert target("smile", dozing) == pytest.approx({**SMILE, **both(AU45=0.25)})


def test_shut_eyes_stay_shut_but_where_lids_are_raised() -> None:
    asleep = NEUTRAL.copy()
    asleep[ROW_OF[45]] = 0.95
    assert target("smile", asleep) == pytest.approx({**SMILE, **both(AU45=0.95)})
    assert target("sad", asleep)[45, LEFT] == pytest.approx(0.95)
    assert (45, LEFT) not in target("surprise", asleep)
    assert (45, LEFT) not in target("neutral", asleep)
    assert (45, LEFT) not in target("smile+AU45=0", asleep)
    winking = asleep.copy()
    winking[ROW_OF[45], LEFT] = 0.0
    assert target("smile", winking)[45, RIGHT] < 0.3


def test_eyes_that_are_shut_unlike_stay_shut_alike() -> None:
    pressed = NEUTRAL.copy()
    pressed[ROW_OF[45]] = 1.0, 0.93
    pressed[[ROW_OF[6], ROW_OF[7]]] = 0.9
    sad = target("sad", pressed)
    assert sad[45, LEFT] == sad[45, RIGHT] == 1.0


@pytest.mark.parametrize("text", ["blink", "AU45=1"])
def test_gesture_keeps_what_the_photo_shows(text: str) -> None:
    expected = FROWN.copy()
    expected[ROW_OF[45]] = 1
    if text == "blink":
        expected[ROW_OF[5]], expected[ROW_OF[7]] = 0, 0.5
    np.testing.assert_array_equal(parse_expression(text).apply_to(FROWN), expected)


def test_source_is_left_alone() -> None:
    source = FROWN.copy()
    parse_expression("AU12=1").apply_to(source)
    np.testing.assert_array_equal(source, FROWN)


def test_result_is_float32_whatever_the_source_is() -> None:
    assert parse_expression("blink").apply_to(FROWN.astype(np.float64)).dtype == np.float32


def test_source_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(17, 2\)"):
        parse_expression("blink").apply_to(np.zeros(17, np.float32))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("smile:0.5", {cell: value / 2 for cell, value in SMILE.items()}),
        ("AU12=0.9,AU6=0.5", both(AU12=0.9, AU6=0.5)),
        ("AU12L=0.8", {(12, LEFT): 0.8}),
        ("AU45R=1", {(45, RIGHT): 1}),
        ("au12l=0.8 , Au06 = .5", {(12, LEFT): 0.8, **both(AU6=0.5)}),
        ("AU12=0.5,AU12R=0.9", {(12, LEFT): 0.5, (12, RIGHT): 0.9}),
        ("AU12R=0.9,AU12=0.5", both(AU12=0.5)),
        (
            " Smile : 0.5 + AU25 = 0 ",
            both(AU6=0.3, AU7=0.125, AU9=0.05, AU10=0.05, AU12=0.4, AU45=0.025),
        ),
        ("AU12=0.1+smile", {**SMILE, **both(AU12=0.1)}),
        ("smile+wink", {**SMILE, (6, RIGHT): 1, (7, RIGHT): 0.75, (45, RIGHT): 1}),
        (
            "smile+laugh",
            both(
                AU4=0.05,
                AU6=1,
                AU7=0.65,
                AU9=0.4,
                AU10=0.7,
                AU12=1,
                AU20=0.2,
                AU25=0.9,
                AU26=0.35,
                AU45=0.2,
            ),
        ),
        ("neutral+AU1=0.4", both(AU1=0.4)),
        ("smile:0", {}),
    ],
)
def test_text_on_a_neutral_face(text: str, expected: dict[tuple[int, int], float]) -> None:
    assert target(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "relaxes"),
    [
        ("smile", True),
        ("wink", False),
        ("AU1=0.4", False),
        ("AU1=0.4+wink", False),
        ("wink+smile:0.2", True),
        ("smile+wink", True),
        ("AU1=0.4,neutral", True),
    ],
)
def test_one_relaxing_preset_relaxes_the_whole(text: str, relaxes: bool) -> None:
    assert parse_expression(text).relaxes is relaxes


@pytest.mark.parametrize("text", ["Smile:0.7", "smile+AU1=0.4", "AU1=0.4,smile", "AU1=0.4"])
def test_name_is_the_text_and_only_a_preset_is_described(text: str) -> None:
    expression = parse_expression(f"  {text} ")
    assert (expression.name, expression.description) == (text, "")


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_alias_is_its_preset(alias: str, name: str) -> None:
    assert alias not in PRESETS
    assert parse_expression(alias.upper()).values == PRESETS[name].values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("smile+", "nothing stands"),
        (",AU12=1", "nothing stands"),
        ("AU18=0.5", "17 AUs are 1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45"),
        ("AU0=0.5", "17 AUs are"),
        ("smlie", "did you mean smile"),
        ("hapy", "did you mean happy"),
        ("qqqq", "presets are neutral, smile, laugh, .*, pucker"),
        ("smile:1.2", "out of range"),
        ("AU12=-0.1", "out of range"),
        ("AU12=nan", "out of range"),
        ("AU12=inf", "out of range"),
        ("AU12=80", "out of range"),
        ("AU12=much", "'much' .* not a number"),
        ("AU12=", "not a number"),
        ("smile:", "not a number"),
        ("smile:0.5:0.5", "not a number"),
        ("AU12", "needs an intensity"),
        ("AU12:0.5", "write AU12=0.9"),
        ("AU12X=0.5", "write AU12=0.9"),
        ("AU99999999=0.5", "write AU12=0.9"),
        ("foo=0.5", "write AU12=0.9"),
        ("smile=0.5", "write smile:0.5"),
        ("neutral:0.5", "write neutral alone"),
        ("AU1L=0.5", "no left or right: write AU1 without L"),
        ("au25r=0.5", "no left or right"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_expression(text)


@pytest.mark.parametrize(
    ("text", "is_photo"),
    [
        ("smile", False),
        ("AU12=0.9,AU6=0.5", False),
        ("missing/face.JPG", True),
        ("face.tiff", True),
        ("face.txt", False),
        ("smile\0", False),
        ("smile+" * 1000, False),  # longer than any file name
    ],
)
def test_photo_or_expression(text: str, is_photo: bool) -> None:
    assert is_photo_name(text) is is_photo


def test_existing_file_is_a_photo_and_a_folder_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "portrait").touch()
    (tmp_path / "smile").mkdir()
    assert is_photo_name("portrait")
    assert not is_photo_name("smile")
