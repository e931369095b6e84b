"""Data sets as people have them, recognised: every kind of labels, and what is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labelled_sets import (
    VALUES,
    labels_of,
    near,
    write_ids,
    write_pickle,
)

from ganimate.action_units import ACTION_UNITS, ROW_OF
from ganimate.errors import DataError
from ganimate.training.data.labels import Source
from ganimate.training.data.openface import COLUMNS
from ganimate.training.data.sources import open_source

# The original GANimation code


@pytest.mark.parametrize("name", ["aus_openface.pkl", "aus.pkl"])
def test_the_original_layout(folder: Path, name: str) -> None:
    write_pickle(folder, {"a": VALUES, "b": VALUES[::-1], "gone": VALUES}, name)
    write_ids(folder, train="a gone", test="b")
    source = open_source(folder)
    assert source.kind == "pickle"
    found = labels_of(source)
    assert near(found["a.jpg"], VALUES)
    assert near(found["b.jpg"], VALUES[::-1])
    assert [photo.split for photo in source.photos] == ["train", "test"]
    assert source.problems == {"label without its photo": ["gone"]}


def test_lists_decide_which_photos_count(folder: Path) -> None:
    write_pickle(folder, {"a": VALUES, "b": VALUES})
    write_ids(folder, train="a missing")
    source = open_source(folder)
    assert [photo.path.name for photo in source.photos] == ["a.jpg"]
    assert source.problems["listed without a label"] == ["missing"]
    assert source.problems["in neither train_ids.csv nor test_ids.csv"] == ["b"]
    assert "photo without a label" not in source.problems


def test_a_photo_in_both_lists_is_held_out(folder: Path) -> None:
    write_pickle(folder, {"a": VALUES, "b": VALUES})
    write_ids(folder, train="a b", test="b")
    source = open_source(folder)
    assert [photo.split for photo in source.photos] == ["train", "test"]
    assert list(source.problems.values()) == [["b"]]


def test_labels_that_look_scaled_already_are_remarked_on(folder: Path) -> None:
    for index in range(60):
        (folder / "imgs" / f"{index}.jpg").write_bytes(b"not read here")
    write_pickle(folder, {str(index): VALUES / 5 for index in range(60)})
    (note,) = open_source(folder).notes
    assert "multiply" in note
    write_pickle(folder, {str(index): VALUES for index in range(60)})
    assert open_source(folder).notes == ()


# Text files


@pytest.mark.parametrize("headers", ["", "2\n", "2\nAU1 AU2\n", "\n\n"])
def test_a_text_file(folder: Path, headers: str) -> None:
    numbers = " ".join(map(str, VALUES))
    (folder / "list.txt").write_text(f"{headers}a.jpg {numbers}\nimgs/b.jpg  {numbers}\n\n")
    source = open_source(folder)
    assert source.kind == "text"
    assert near(labels_of(source)["a.jpg"], VALUES)
    assert near(labels_of(source)["b.jpg"], VALUES)


def test_a_header_that_names_the_units_decides_their_order(folder: Path) -> None:
    names = " ".join(f"AU{unit.number:02}_r" for unit in reversed(ACTION_UNITS))
    numbers = " ".join(map(str, VALUES[::-1]))
    (folder / "list.txt").write_text(f"1\n{names}\na.jpg {numbers}\n")
    assert near(labels_of(open_source(folder))["a.jpg"], VALUES)


def test_names_with_spaces(folder: Path) -> None:
    (folder / "imgs" / "a.jpg").rename(folder / "imgs" / "a face.jpg")
    (folder / "list.txt").write_text("a face.jpg" + " 1" * 17 + "\n")
    source = open_source(folder)
    assert near(labels_of(source)["a face.jpg"], np.ones(17))
    assert source.problems == {"photo without a label": ["imgs/b.jpg"]}


def test_lists_of_other_things_are_not_labels(folder: Path) -> None:
    (folder / "list_attr_celeba.txt").write_text("2\nBald Young\na.jpg -1 1\nb.jpg 1 1\n")
    (folder / "readme.txt").write_text("Photos of two women.\n")
    source = open_source(folder)
    assert source.kind == "pictures"
    (note,) = source.notes
    assert note.startswith("list_attr_celeba.txt has 2 values")


NUMBERS = [str(index / 4) for index in range(17)]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("list.txt", "one\ntwo\nthree\na.jpg " + " ".join(NUMBERS), "begins with more than 2"),
        ("list.txt", "a " + " ".join(NUMBERS), "names no photos, as 'a'"),
        ("list.txt", "a.jpg " + " ".join(NUMBERS[1:]), "has 16 values"),
    ],
)
def test_what_was_meant_as_labels_is_remarked_on(
    folder: Path, name: str, content: str, said: str
) -> None:
    (folder / name).write_text(content)
    source = open_source(folder)
    assert source.kind == "pictures"
    (note,) = source.notes
    assert said in note
    assert note.startswith(name)
    assert note.endswith("not read as labels")


def test_labels_in_a_folder_below_are_remarked_on(folder: Path) -> None:
    write_pickle(folder, {"a": VALUES})
    source = open_source(folder.parent)
    assert source.kind == "pictures"
    (note,) = source.notes
    assert f"give the folder {folder}" in note


# OpenFace


def table(rows: list[dict[str, Any]], values: Any = VALUES) -> str:
    """A CSV as OpenFace writes it: names begin with a space, other columns stand between."""
    columns = [*rows[0], "gaze_0_x", *reversed(COLUMNS), "AU28_c"]
    intensities = dict(zip(COLUMNS, values, strict=True))
    lines = [", ".join(columns)]
    lines += [
        ", ".join(str({**intensities, "gaze_0_x": 0, "AU28_c": 1, **row}[c]) for c in columns)
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def test_a_table_for_each_photo(folder: Path) -> None:
    (folder / "processed").mkdir()
    (folder / "processed" / "a.csv").write_text(table([{"face": 0, "confidence": 0.98}]))
    (folder / "processed" / "b.csv").write_text(table([{"face": 0, "confidence": 0.5}]))
    source = open_source(folder)
    assert source.kind == "openface"
    assert near(labels_of(source)["a.jpg"], VALUES)
    assert source.problems == {"OpenFace was not sure": ["b"]}


def test_a_table_for_a_sequence(folder: Path) -> None:
    rows = [{"frame": n, "confidence": 0.95, "success": int(n == 1)} for n in (1, 2)]
    (folder / "imgs.csv").write_text(table(rows))
    source = open_source(folder)
    assert [photo.path.name for photo in source.photos] == ["a.jpg"]
    assert source.problems == {"OpenFace was not sure": ["imgs/b.jpg"]}


def test_a_table_with_names(folder: Path) -> None:
    rows = [{"filename": name, "confidence": 1} for name in ("b.jpg", "imgs/a.jpg", "c.jpg")]
    (folder / "all.csv").write_text(table(rows))
    source = open_source(folder)
    assert len(labels_of(source)) == 2
    assert source.problems == {"label without its photo": ["c.jpg"]}


def test_a_table_that_lacks_action_units(folder: Path) -> None:
    text = table([{"filename": "a.jpg"}])
    (folder / "all.csv").write_text(text.replace("AU45_r", "blink").replace("AU01_r", "brows"))
    with pytest.raises(DataError, match=r"all\.csv has .* no column AU01_r, AU45_r: run OpenFace"):
        open_source(folder)
    (folder / "all.csv").write_text("name, AU01, age\na.jpg, 1, 34\n")
    assert open_source(folder).kind == "pictures"


def test_a_table_without_rows(folder: Path) -> None:
    (folder / "all.csv").write_text(table([{"filename": "a.jpg"}]).splitlines()[0])
    with pytest.raises(DataError, match=r"table without rows: 1, as all\.csv"):
        open_source(folder)


def test_several_faces_in_one_photo(folder: Path) -> None:
    sure, unsure = {"face": 0, "confidence": 0.98}, {"face": 1, "confidence": 0.2}
    (folder / "a.csv").write_text(table([sure, {**sure, "face": 1}]))
    (folder / "b.csv").write_text(table([sure, unsure]))
    source = open_source(folder)
    assert [photo.path.name for photo in source.photos] == ["b.jpg"]
    assert source.problems == {"several faces in one photo": ["a"]}


def test_a_table_that_belongs_to_nothing(folder: Path) -> None:
    (folder / "other.csv").write_text(table([{"frame": n, "confidence": 1} for n in range(1, 9)]))
    with pytest.raises(DataError, match=r"match no photos: 1, as other\.csv"):
        open_source(folder)
    (folder / "a.csv").write_text(table([{"face": 0, "confidence": 1}]))
    assert len(open_source(folder)) == 1


# What is wrong names the file, and the remedy


def with_one(value: float, unit: int = 12) -> np.ndarray:
    values = VALUES.copy()
    values[ROW_OF[unit]] = value
    return values


@pytest.mark.parametrize("value", [5.1, -0.1])
def test_intensities_out_of_range(folder: Path, value: float) -> None:
    said = rf": AU12 is {value:g}, and OpenFace's intensities go from 0 to 5"
    (folder / "a.csv").write_text(table([{"confidence": 1}], with_one(value)))
    with pytest.raises(DataError, match=rf"a\.csv, line 2{said}"):
        open_source(folder)
    (folder / "a.csv").unlink()
    numbers = " ".join(map(str, with_one(value)))
    (folder / "list.txt").write_text(f"2\n\na.jpg {numbers}\n")
    with pytest.raises(DataError, match=rf"list\.txt, line 3{said}"):
        open_source(folder)
    write_pickle(folder, {"a": with_one(value)})
    with pytest.raises(DataError, match=rf"aus_openface\.pkl, 'a'{said}"):
        open_source(folder)


def test_too_few_values(folder: Path) -> None:
    write_pickle(folder, {"a": VALUES[:16]})
    with pytest.raises(DataError, match=r"aus_openface\.pkl, 'a': 16 values instead of 17"):
        open_source(folder)


def test_lines_that_are_no_labels(folder: Path) -> None:
    good = "a.jpg" + " 1" * 17
    for bad in ("b.jpg" + " 1" * 16, "b.jpg" + " x" * 17, "b 1"):
        (folder / "list.txt").write_text(f"{good}\n2\n{good.replace('a', 'b')}\n{bad}\n")
        with pytest.raises(DataError, match=r"list\.txt, line 4 is not a photo's name and 17"):
            open_source(folder)


def test_a_photo_labelled_twice(folder: Path) -> None:
    (folder / "list.txt").write_text(("a.jpg" + " 1" * 17 + "\n") * 2)
    with pytest.raises(DataError, match=r"list\.txt: a\.jpg is labelled twice"):
        open_source(folder)


def test_a_name_that_means_two_photos(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "c.jpg").write_bytes((folder / "imgs" / "a.jpg").read_bytes())
    (folder / "one" / "a.jpg").write_bytes((folder / "imgs" / "a.jpg").read_bytes())
    write_pickle(folder, {"a": VALUES})
    assert open_source(folder).photos[0].path == folder / "imgs" / "a.jpg"
    write_pickle(folder, {"a": VALUES, "c": VALUES})
    with pytest.raises(DataError, match=r"'c' may be .*one/c\.jpg or .*two/c\.jpg"):
        open_source(folder)


def test_labels_of_other_photos(folder: Path) -> None:
    write_pickle(folder, {"x": VALUES, "y": VALUES})
    with pytest.raises(
        DataError, match=r"no photo to go with them.*label without its photo: 2, as.*by its stem"
    ):
        open_source(folder)
    write_pickle(folder, {})
    with pytest.raises(DataError, match="photo without a label: 2"):
        open_source(folder)


def test_a_broken_table(folder: Path) -> None:
    (folder / "a.csv").write_text(table([{"confidence": 1}]).rsplit(",", 2)[0])
    with pytest.raises(DataError, match=r"a\.csv, line 2: column 'AU01_r' is missing"):
        open_source(folder)


@pytest.mark.parametrize("cell", ["nan", "-nan(ind)", "many", "", "inf"])
def test_a_cell_without_a_number_is_that_photos_problem(folder: Path, cell: str) -> None:
    (folder / "a.csv").write_text(table([{"confidence": 1}]).replace("1.25", cell))
    with pytest.raises(DataError, match=r"no photo to go with them \(label that is no number: 1"):
        open_source(folder)
    (folder / "b.csv").write_text(table([{"confidence": 1}]))
    source = open_source(folder)
    assert list(labels_of(source)) == ["b.jpg"]
    assert source.problems == {"label that is no number": ["a"]}
    for path in folder.glob("*.csv"):
        path.unlink()
    numbers = " ".join(map(str, VALUES))
    bad = numbers.replace("1.25", cell or "?")
    (folder / "list.txt").write_text(f"b.jpg {numbers}\na.jpg {bad}\n")
    source = open_source(folder)
    assert list(labels_of(source)) == ["b.jpg"]
    assert source.problems == {"label that is no number": ["a.jpg"]}
    write_pickle(folder, {"a": with_one(float("nan")), "b": VALUES})
    source = open_source(folder)
    assert list(labels_of(source)) == ["b.jpg"]
    assert source.problems["label that is no number"] == ["a"]


def test_folders_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a folder"):
        open_source(tmp_path / "nowhere")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.jpg").write_bytes(b"a thumbnail")
    with pytest.raises(DataError, match=r"no photos.*no videos"):
        open_source(tmp_path)


# Links, pipes and devices


def listed(folder: Path) -> list[str]:
    """The photos and videos of a folder, by their path in it."""
    source = open_source(folder)
    paths = (*(photo.path for photo in source.photos), *source.videos)
    return [path.relative_to(folder).as_posix() for path in paths]


def test_links_to_folders_above_end(folder: Path) -> None:
    (folder / "self").symlink_to(".")
    (folder / "imgs" / "other").symlink_to(".")
    (folder / "imgs" / "up").symlink_to("..")
    (folder / "imgs" / "out").symlink_to("../..")
    (folder / "imgs" / "root").symlink_to("/")
    (folder / "loop").symlink_to("loop")
    (folder.parent / "private.jpg").write_bytes(b"beside the set")
    assert listed(folder) == ["imgs/a.jpg", "imgs/b.jpg"]
    (folder.parent / "link").symlink_to(folder)
    assert listed(folder.parent / "link") == ["imgs/a.jpg", "imgs/b.jpg"]


def test_each_file_is_listed_once_and_by_its_own_name(folder: Path) -> None:
    (folder / "again").symlink_to("imgs")
    (folder / "0.jpg").symlink_to("imgs/a.jpg")
    assert listed(folder) == ["imgs/a.jpg", "imgs/b.jpg"]


def test_links_out_of_the_folder_are_followed(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    for name in ("c", "d"):
        (outside / f"{name}.jpg").write_bytes((folder / "imgs" / "a.jpg").read_bytes())
    (folder / "more").symlink_to(outside)
    (folder / "most").symlink_to(outside)
    assert listed(folder) == ["imgs/a.jpg", "imgs/b.jpg", "more/c.jpg", "more/d.jpg"]
    (folder / "more").unlink()
    (folder / "most").unlink()
    (folder / "c.jpg").symlink_to(outside / "c.jpg")
    (folder / "imgs" / "c.jpg").symlink_to(outside / "c.jpg")
    assert listed(folder) == ["c.jpg", "imgs/a.jpg", "imgs/b.jpg"]


def test_pipes_and_devices_are_no_photos(folder: Path) -> None:
    names = ("pipe.jpg", "pipe.mp4", "pipe.txt", "pipe.csv", "aus.pkl", "train_ids.csv")
    for name in (*names, "dataset.json", "shard-00000.safetensors"):
        os.mkfifo(folder / name)
    (folder / "zero.jpg").symlink_to("/dev/zero")
    (folder / "gone.jpg").symlink_to("nowhere")
    (folder / "folder.jpg").mkdir()
    assert listed(folder) == ["imgs/a.jpg", "imgs/b.jpg"]


# Files as spreadsheets and other programs write them


def spell(value: float) -> str:
    """A number with a decimal comma."""
    return f"{value:g}".replace(".", ",")


@pytest.mark.parametrize("beginning", ["", "\ufeff", "sep=;\r\n"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_tables_of_a_european_spreadsheet(folder: Path, beginning: str, separator: str) -> None:
    if beginning.startswith("sep"):
        beginning = f"sep={separator}\r\n"
    header = separator.join(["image", *(f" {name}" for name in COLUMNS)])
    row = separator.join([r"imgs\A.JPG", *map(spell, VALUES)])
    (folder / "all.csv").write_text(f"{beginning}{header}\r\n{row}\r\n", encoding="utf-8")
    source = open_source(folder)
    assert near(labels_of(source)["a.jpg"], VALUES)
    assert source.problems == {"photo without a label": ["imgs/b.jpg"]}


def test_unicode_text_of_a_spreadsheet(folder: Path) -> None:
    lines = ["\t".join(["image", *COLUMNS]), "\t".join(["b.jpg", *map(spell, VALUES)])]
    (folder / "all.txt").write_text("\r\n".join(lines), encoding="utf-16")
    assert near(labels_of(open_source(folder))["b.jpg"], VALUES)


@pytest.mark.parametrize("separator", [" ", ";", "; ", "\t", ",", ", "])
@pytest.mark.parametrize("comma", [True, False])
@pytest.mark.parametrize("header", [True, False])
def test_lists_with_anything_between_their_cells(
    folder: Path, separator: str, comma: bool, header: bool
) -> None:
    if comma and separator.startswith(","):
        pytest.skip("that says nothing")
    names = [f"AU{unit.number}" for unit in reversed(ACTION_UNITS)]
    values = VALUES[::-1] if header else VALUES
    line = separator.join(["a.jpg", *map(spell if comma else str, values)])
    first = separator.join(["name", *names]) + "\n"
    (folder / "list.txt").write_text("\ufeff" + (first if header else "") + line + separator)
    source = open_source(folder)
    assert near(labels_of(source)["a.jpg"], VALUES)


def test_py_feats_tables(folder: Path) -> None:
    """Its columns have no _r, its intensities go to 1, and shut lids are AU43."""
    names = [f"AU{unit.number:02}" for unit in ACTION_UNITS[:-1]] + ["AU24", "AU28", "AU43"]
    header = ",".join(["", "FaceRectX", "FaceScore", *names, "anger", "input", "frame"])
    cells = ",".join(map(str, [*VALUES[:-1] / 5, 0, 0, 1.0]))
    scores = {"a.jpg": 0.99, "b.jpg": 0.3}
    rows = [f"0,12,{score},{cells},0.1,/home/me/{name},0" for name, score in scores.items()]
    (folder / "feat.csv").write_text("\n".join([header, *rows]))
    source = open_source(folder)
    assert near(labels_of(source)["a.jpg"], VALUES)
    assert source.problems == {"OpenFace was not sure": ["/home/me/b.jpg"]}


def test_tables_of_action_units_that_are_not_read_are_remarked_on(folder: Path) -> None:
    (folder / "presence.csv").write_text("file;AU01_c;AU12_c\na.jpg;1;0\n")
    note = open_source(folder).notes[-1]
    assert note.startswith("presence.csv has columns of action units (AU01_c, AU12_c, ...)")
    assert note.endswith("it lacks some of the 17 intensities")
    write_pickle(folder, {"a": VALUES})
    (note,) = open_source(folder).notes
    assert note.endswith("other labels are")


# Which photo a label names


@pytest.fixture
def subjects(tmp_path: Path) -> Path:
    """Two folders with 001.jpg to 003.jpg each, not read here."""
    for subject in ("s1", "s2"):
        (tmp_path / "set" / subject).mkdir(parents=True)
        for number in (1, 2, 3):
            (tmp_path / "set" / subject / f"{number:03}.jpg").write_bytes(b"not read here")
    return tmp_path / "set"


def by_path(source: Source) -> dict[str, float]:
    """Path below the folder -> intensity of AU1, of 5."""
    return {
        photo.path.relative_to(source.folder).as_posix(): round(float(photo.aus[0, 0]) * 5, 3)
        for photo in source.photos
        if photo.aus is not None
    }


def constant(value: float) -> np.ndarray:
    return np.full(17, value)


def test_a_table_beside_each_photo_is_that_photos(subjects: Path) -> None:
    for value, subject in enumerate(("s1", "s2"), start=1):
        text = table([{"confidence": 1}], constant(value))
        (subjects / subject / "001.csv").write_text(text)
        (subjects / subject / "processed").mkdir()
        (subjects / subject / "processed" / "002.csv").write_text(text)
    source = open_source(subjects)
    assert by_path(source) == {
        "s1/001.jpg": 1, "s1/002.jpg": 1, "s2/001.jpg": 2, "s2/002.jpg": 2
    }  # fmt: skip
    assert source.problems == {"photo without a label": ["s1/003.jpg", "s2/003.jpg"]}


def test_a_sequence_beside_its_table(subjects: Path) -> None:
    rows = [{"frame": n, "confidence": 1} for n in (1, 2, 3)]
    for value, subject in enumerate(("s1", "s2"), start=1):
        (subjects / subject / "video.csv").write_text(table(rows, constant(value)))
    assert set(by_path(open_source(subjects)).items()) == {
        (f"s{value}/00{number}.jpg", value) for value in (1, 2) for number in (1, 2, 3)
    }


def test_the_longest_tail_of_a_path_is_the_photo(subjects: Path) -> None:
    names = {
        r"D:\data\faces\s1\001.jpg": 1,
        "/home/me/S2/001.JPG": 2,
        "s1/002": 3,
        "set/s2/003.jpg": 4,
        "s3/001.jpg": 5,
        "002.jpg": 5,
    }
    lines = []
    for name, value in names.items():
        header, row = table([{"image": name, "confidence": 1}], constant(value)).splitlines()
        lines.append(row)
    (subjects / "all.csv").write_text("\n".join([header, *lines]))
    with pytest.raises(DataError, match=r"'002\.jpg' may be .*s1/002\.jpg or .*s2/002\.jpg"):
        open_source(subjects)
    (subjects / "all.csv").write_text("\n".join([header, *lines[:-1]]))
    source = open_source(subjects)
    assert by_path(source) == {
        "s1/001.jpg": 1, "s2/001.jpg": 2, "s1/002.jpg": 3, "s2/003.jpg": 4
    }  # fmt: skip
    assert source.problems["label without its photo"] == ["s3/001.jpg"]


def test_of_two_names_the_one_that_says_more_counts(folder: Path) -> None:
    labels = {"other/a.jpg": 2, "imgs/a.jpg": 1}
    lines = [f"{name} " + " ".join([str(value)] * 17) for name, value in labels.items()]
    for order in (lines, lines[::-1]):
        (folder / "list.txt").write_text("\n".join(order))
        source = open_source(folder)
        assert by_path(source) == {"imgs/a.jpg": 1}
        assert source.problems["label without its photo"] == ["other/a.jpg"]


def test_case_counts_where_names_differ_by_it(subjects: Path) -> None:
    for name in ("A.jpg", "a.jpg", "B.jpg"):
        (subjects / name).write_bytes(b"not read here")
    write_pickle(subjects, {"A": constant(1), "a": constant(2), "b": constant(3)})
    assert by_path(open_source(subjects)) == {"A.jpg": 1, "a.jpg": 2, "B.jpg": 3}
    (subjects / "C.jpg").write_bytes(b"not read here")
    (subjects / "C.JPG").write_bytes(b"not read here")
    write_pickle(subjects, {"A": constant(1), "c": constant(4)})
    assert by_path(open_source(subjects)) == {"A.jpg": 1}


# What counts as a photo


def test_whatever_is_rendered_counts_and_the_rest_is_said(folder: Path) -> None:
    for name in ("c.JFIF", "d.jpe", "e.AVIF", "f.gif", "g.HEIC", "film.MP4"):
        (folder / name).write_bytes(b"not read here")
    for name in ("notes.pdf", "more.PDF", "Makefile", ".hidden.pdf"):
        (folder / name).write_bytes(b"not read here")
    source = open_source(folder)
    assert [photo.path.name for photo in source.photos] == [
        "c.JFIF", "d.jpe", "e.AVIF", "f.gif", "g.HEIC", "a.jpg", "b.jpg"
    ]  # fmt: skip
    assert [path.name for path in source.videos] == ["film.MP4"]
    assert source.problems == {
        "no photo or video by its name (.pdf)": ["more.PDF", "notes.pdf"],
        "no photo or video by its name (no suffix)": ["Makefile"],
    }
    write_pickle(folder, {"a": VALUES})
    assert open_source(folder).problems["video in a labelled set"] == ["film.MP4"]
