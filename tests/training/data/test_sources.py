"""Data sets as people have them: recognised, surveyed, prepared with their labels, trained on."""

from __future__ import annotations

import csv
import json
import pickle
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from ganimate.action_units import ACTION_UNITS, ROW_OF
from ganimate.cli.commands import app
from ganimate.errors import DataError
from ganimate.media.photo import read_photo
from ganimate.media.video_writer import write_frames
from ganimate.training.data.dataset import load_faces, split
from ganimate.training.data.footage import select_frames
from ganimate.training.data.labels import Source
from ganimate.training.data.openface import COLUMNS
from ganimate.training.data.prepare import prepare, read_report
from ganimate.training.data.shard import PrepareOptions
from ganimate.training.data.sources import open_source
from ganimate.training.data.survey import Survey, probe_files, survey_source

OPTIONS = PrepareOptions(size=64)
VALUES = np.linspace(0, 5, 17)  # AU1 0, AU45 5


@pytest.fixture
def folder(tmp_path: Path, astronaut: Path, grace_hopper: Path) -> Path:
    """A folder with a.jpg and b.jpg in imgs/, two women of 400 px."""
    folder = tmp_path / "set"
    (folder / "imgs").mkdir(parents=True)
    for name, path in (("a", astronaut), ("b", grace_hopper)):
        small = Image.fromarray(read_photo(path)).resize((400, 400))
        small.save(folder / "imgs" / f"{name}.jpg")
    return folder


def write_pickle(folder: Path, labels: dict[str, Any], name: str = "aus_openface.pkl") -> None:
    (folder / name).write_bytes(pickle.dumps(labels, 2))


def write_ids(folder: Path, **ids: str) -> None:
    for split_name, names in ids.items():
        lines = "".join(f"{name}.jpg\n" for name in names.split())
        (folder / f"{split_name}_ids.csv").write_text(lines)


@pytest.fixture
def labelled(folder: Path) -> Path:
    """The original layout: b held out, c unreadable, d without a label."""
    (folder / "imgs" / "c.jpg").write_text("no picture")
    (folder / "imgs" / "d.jpg").write_bytes((folder / "imgs" / "a.jpg").read_bytes())
    write_pickle(folder, {"a": VALUES, "b": VALUES[::-1], "c": VALUES})
    write_ids(folder, train="a c", test="b")
    return folder


@pytest.fixture
def prepared(labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, prepared; made once."""
    output = tmp_path_factory.getbasetemp() / "prepared"
    list(prepare(labelled, output, OPTIONS, workers=1))
    return output


def labels_of(source: Source) -> dict[str, list[float]]:
    """File name -> the 17 intensities on OpenFace's scale; both sides must be the same."""
    found = {}
    for photo in source.photos:
        assert photo.aus is not None
        assert photo.aus.shape == (17, 2)
        assert photo.aus.dtype == np.float32
        assert np.array_equal(photo.aus[:, 0], photo.aus[:, 1])
        found[photo.path.name] = np.round(photo.aus[:, 0] * 5, 4).tolist()
    return found


def near(found: list[float], wanted: Any) -> bool:
    return np.allclose(found, wanted, atol=1e-3)


def surveyed(folder: Path) -> Survey:
    source = open_source(folder)
    return survey_source(source, probe_files(source))


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
        ("list.txt", "a.jpg," + ",".join(NUMBERS), "no spaces alone between its values"),
        ("list.csv", "a.jpg; " + "; ".join(NUMBERS), "no spaces alone between its values"),
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


@pytest.mark.parametrize("value", [5.1, -0.1, float("nan")])
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
    (folder / "a.csv").write_text(table([{"confidence": 1}]).replace("1.25", "many"))
    with pytest.raises(DataError, match=r"a\.csv, line 2: could not convert"):
        open_source(folder)


def test_folders_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a folder"):
        open_source(tmp_path / "nowhere")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.jpg").write_bytes(b"a thumbnail")
    with pytest.raises(DataError, match=r"no photos.*no videos"):
        open_source(tmp_path)


# Videos


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory, astronaut: Path, serious: Any) -> Path:
    """A film of a woman who slides through the picture, a still one, a broken one, a photo."""
    folder = tmp_path_factory.mktemp("videos")
    photo = read_photo(astronaut)[:256, 96:352]  # her face is 92 px wide
    slides = (np.roll(photo, 3 * step, axis=1) for step in range(20))
    write_frames(slides, folder / "moving.mp4", fps=5)
    write_frames((photo for _ in range(15)), folder / "still.mp4", fps=5)
    whole = (folder / "moving.mp4").read_bytes()
    (folder / "broken.mp4").write_bytes(b"\0" * 2000 + whole[2000:4000])
    (folder / "text.avi").write_text("no film")
    Image.fromarray(serious.photo).resize((256, 303)).save(folder / "b.jpg")
    return folder


def test_frames_that_differ(videos: Path) -> None:
    found = list(select_frames(videos / "moving.mp4"))
    numbers = [number for number, _ in found]
    assert numbers[0] == 0
    assert 10 <= len(numbers) <= 20
    assert numbers == sorted(set(numbers))
    for (_, one), (_, other) in pairwise(found):
        assert one.shape == (256, 256, 3)
        assert np.abs(one.astype(int) - other).mean() > 1


@pytest.mark.parametrize(
    ("name", "said"), [("still.mp4", "all the same"), ("broken.mp4", "broken"), ("text.avi", "bro")]
)
def test_videos_that_teach_nothing(videos: Path, name: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        next(select_frames(videos / name))


def test_videos_are_prepared_beside_photos(videos: Path, tmp_path: Path, prepared: Path) -> None:
    assert list(prepare(videos, tmp_path, OPTIONS, workers=1)) == [0, 1, 5]
    report, faces = read_report(tmp_path), load_faces([tmp_path])
    assert report.dropped["broken video"] == 2
    assert report.examples["video whose frames are all the same"] == ["still.mp4"]
    assert faces.names[:2] == ("b.jpg", "moving.mp4/00000")
    assert len(faces) >= 10
    assert faces.labels is None
    assert list(prepare(videos, tmp_path, OPTIONS, workers=1)) == [5]
    two = load_faces([tmp_path, prepared])
    assert two.labels is not None
    assert np.isnan(two.labels[:-2]).all()
    assert not np.isnan(two.labels[-2:]).any()
    assert two.held_out == {"imgs/b.jpg"}


# Labels in prepared sets


def test_labels_are_kept_beside_what_is_measured(prepared: Path) -> None:
    faces = load_faces([prepared])
    assert faces.names == ("imgs/a.jpg", "imgs/b.jpg")
    assert faces.labels is not None
    assert np.allclose(faces.labels[0, :, 0] * 5, VALUES)
    assert np.allclose(faces.labels[1, :, 1] * 5, VALUES[::-1])
    assert faces.aus[0, ROW_OF[12]].mean() > 0.6 > 0.4 > faces.aus[1, ROW_OF[12]].mean()
    assert faces.held_out == {"imgs/b.jpg"}
    assert [part.tolist() for part in split(faces, frozenset())] == [[0], [1]]
    assert [part.tolist() for part in split(faces, frozenset({"imgs/a.jpg"}))] == [[1], [0]]
    report = read_report(prepared)
    assert (report.photos, report.faces, report.labelled, report.held_out) == (3, 2, 2, 1)
    with (prepared / "dropped.csv").open(newline="") as file:
        dropped = {row["name"]: row["reason"] for row in csv.DictReader(file)}
    assert dropped == {"imgs/c.jpg": "unreadable", "imgs/d.jpg": "photo without a label"}


def test_other_labels_are_taken_over(labelled: Path, prepared: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    shutil.copytree(prepared, output)
    assert list(prepare(labelled, output, OPTIONS, workers=1)) == [3]
    write_pickle(labelled, {"a": VALUES / 2, "b": VALUES, "c": VALUES})
    assert list(prepare(labelled, output, OPTIONS, workers=1)) == [0, 3]
    labels = load_faces([output]).labels
    assert labels is not None
    assert np.allclose(labels[0, :, 0] * 10, VALUES)


# Surveys


def test_a_survey_of_a_labelled_set(labelled: Path) -> None:
    found = surveyed(labelled)
    assert (found.kind, found.photos, found.labelled, found.held_out) == ("pickle", 2, 3, 1)
    assert found.sizes == {"400 x 400": 2}
    assert found.problems == {
        "photo without a label": ["imgs/d.jpg"],
        "unreadable": ["imgs/c.jpg"],
    }
    assert found.labels["AU1"] == [2, *[0] * 8, 1]
    assert found.labels["AU45"] == [1, *[0] * 8, 2]
    assert found.measured == {}


def test_a_survey_of_videos(videos: Path) -> None:
    found = surveyed(videos)
    assert (found.photos, found.videos, found.labelled) == (1, 1, 0)
    assert sorted(map(len, found.problems.values())) == [1, 2]


def test_a_survey_of_a_prepared_set(prepared: Path, tmp_path: Path) -> None:
    found = surveyed(prepared)
    assert (found.kind, found.photos, found.labelled, found.held_out) == ("prepared", 2, 2, 1)
    assert found.sizes == {"64 x 64": 2}
    assert sum(found.measured["AU12"]) == sum(found.labels["AU12"]) == 2
    with pytest.raises(DataError, match="is prepared"):
        next(prepare(prepared, tmp_path, OPTIONS))


# The commands


def ganimate(*arguments: object, code: int = 0) -> str:
    """Run a command that must exit with `code`; its stdout if that is 0, else its stderr."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stderr if code else result.stdout


def test_check_shows_a_survey_and_writes_nothing(labelled: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    text = ganimate("prepare", labelled, "--check")
    assert "labels of the original GANimation code" in text
    assert "1: unreadable (imgs/c.jpg)" in text
    assert "lip corner puller" in text
    facts = json.loads(ganimate("prepare", labelled, "--check", "--json"))
    assert facts["problems"]["unreadable"] == ["imgs/c.jpg"]
    assert ganimate("prepare", labelled, "--check", "-q") == ""
    assert sorted(tmp_path.rglob("*")) == before
    for arguments in ([], ["--check", "-o", tmp_path / "out"]):
        assert "--check" in ganimate("prepare", labelled, *arguments, code=2)


def test_wrong_labels_leave_nothing_behind(labelled: Path, tmp_path: Path) -> None:
    write_pickle(labelled, {"a": VALUES * 2})
    output = tmp_path / "out"
    for command in (["prepare", labelled], ["train", "--data", labelled]):
        assert "aus_openface.pkl, 'a': AU" in ganimate(*command, "-o", output, code=1)
    assert not output.exists()


@pytest.fixture
def many(labelled: Path) -> Iterator[Path]:
    """Eight labelled photos, two of them held out."""
    for number in range(6):
        copy = labelled / "imgs" / f"{number}.jpg"
        copy.write_bytes((labelled / "imgs" / "a.jpg").read_bytes())
    names = ["a", "b", *map(str, range(6))]
    write_pickle(labelled, dict.fromkeys(names, VALUES))
    write_ids(labelled, train="a 0 1 2 3 4", test="b 5")
    return labelled


def test_train_takes_a_folder_as_it_comes(many: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = ["train", "--data", many, "-o", run, "--batch", 2, "--workers", 0]
    facts = json.loads(ganimate(*arguments, "--steps", 1, "--json"))
    assert facts["steps"] == 1
    prepared = run / "data" / many.name
    report = read_report(prepared)
    assert (report.faces, report.labelled, report.held_out) == (8, 8, 2)
    (shard,) = prepared.glob("*.safetensors")
    made = shard.stat().st_mtime_ns
    ganimate(*arguments, "--steps", 2, "-q")
    assert shard.stat().st_mtime_ns == made  # prepared once
    ganimate("train", "--data", prepared, *arguments[3:], "--steps", 3, "-q")


def test_a_run_within_its_photos(many: Path) -> None:
    said = ganimate("train", "--data", many, "-o", many / "run", code=2)
    assert "-o another folder" in said
    assert not (many / "run").exists()
