"""Sets of labelled pictures as people have them, and what is wrong with them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from training_runs import ganimate

from ganimate.action_units import ROW_OF
from ganimate.errors import DataError
from ganimate.media.photo import read_photo
from ganimate.networks.stargan import ALIGNED
from ganimate.training.data.dataset import FaceSet, split
from ganimate.training.data.framing import measure_framing
from ganimate.training.data.labelled_pictures import LabelledPictures
from ganimate.training.data.labelled_sources import label_faces, read_pictures
from ganimate.training.data.request import DataRequest
from ganimate.training.options import TrainOptions

RNG = np.random.default_rng(0)


class Listener:
    """Hears what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def start(self, done: int, total: int | None, label: str) -> None: ...
    def update(self, done: int, total: int | None, label: str) -> None: ...

    def say(self, text: str) -> None:
        self.lines.append(text)

    note = say


def read(folder: Path, *labels: str) -> tuple[LabelledPictures, str]:
    """The pictures of a folder, and what was said of them."""
    heard = Listener()
    options = TrainOptions("stargan", labels=labels)
    found = read_pictures(DataRequest([folder], folder.parent / "run", options, watch=heard))
    return found, "\n".join(heard.lines)


def write_grey(path: Path, size: tuple[int, int] = (48, 48)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 256, size, np.uint8)).save(path)


def write_csv(folder: Path, *rows: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows]) + "\n")
    return folder


def row(emotion: object, usage: str, first: int = 7, count: int = 2304) -> str:
    return f"{emotion},{' '.join(map(str, [first, *[9] * (count - 1)]))},{usage}"


def test_fer2013_as_released(tmp_path: Path) -> None:
    folder = write_csv(
        tmp_path / "fer",
        row(0, "Training", 200), row(3, "Training", 30), row(4, "PublicTest", 4),
        row(5, "PrivateTest", 5), row(3, "Training"), row(1, "Training"), row(6, "Training"),
        row(9, "Training"), row("", "Training"), row(3, "Training", count=2303),
        row(3, "Training", 256), "3,,Training",
    )  # fmt: skip
    found, said = read(folder)
    assert found.label_names == ("angry", "happy", "sad", "surprise")
    assert (found.size, found.grey, found.exclusive) == (48, True, True)
    assert found.labels.argmax(axis=1).tolist() == [0, 1, 2, 3, 1]
    assert (found.labels.sum(axis=1) == 1).all()
    picture = found.read(0, 48)
    assert picture.shape == (48, 48, 3)
    assert (picture[0, 0] == 200).all()
    assert (picture[0, 1] == 9).all()
    seen, unseen = split(found, frozenset())
    assert (seen.tolist(), unseen.tolist()) == ([0, 1, 4], [2, 3])
    assert dict(found.report.counts) == {"angry": 1, "happy": 2, "sad": 1, "surprise": 1}
    assert {why: len(names) for why, names in found.report.left_out.items()} == {
        "another emotion, disgust": 1, "another emotion, neutral": 1,
        "no emotion from 0 to 6": 2, "not 2304 numbers of 0 to 255": 3,
    }  # fmt: skip
    assert found.report.sizes == {"48 x 48": 5}
    assert "labels: angry 1, happy 2, sad 1, surprise 1" in said
    assert "left out 1: another emotion, neutral (fer2013.csv:8)" in said
    other, _ = read(folder, "disgust", "joy")
    assert other.label_names == ("disgust", "happy")


def test_folders_of_emotions(tmp_path: Path) -> None:
    folder = tmp_path / "FER"
    for name in ("train/happy/a", "train/happy/b", "train/Sad/c", "test/happy/d", "train/fear/e"):
        write_grey(folder / f"{name}.png")
    (folder / "train/happy/torn.jpg").write_bytes(b"\xff\xd8\xff no picture")
    found, said = read(folder)
    assert found.label_names == ("happy", "Sad")
    assert found.names == ("test/happy/d.png", "train/Sad/c.png", "train/happy/a.png",
                           "train/happy/b.png")  # fmt: skip
    assert found.labels.argmax(axis=1).tolist() == [0, 1, 0, 0]
    assert found.held_out == {"test/happy/d.png"}
    assert found.grey
    assert "left out 1: cannot be read (train/happy/torn.jpg)" in said
    assert "left out 1: another emotion, fear (train/fear/e.png)" in said
    assert "too few faces" in said
    assert found.framing == ALIGNED
    three, _ = read(folder, "fear", "happy", "sad")
    assert three.label_names == ("fear", "happy", "Sad")
    with pytest.raises(DataError, match=r"no pictures labelled 'bored': its labels are Sad, fear"):
        read(folder, "happy", "bored")
    with pytest.raises(DataError, match="two emotions or more"):
        read(folder, "happy")
    (folder / "test/happy").rename(folder / "test/Happiness")
    assert read(folder)[0].report.counts == {"Happiness": 3, "Sad": 1}


def test_folders_that_are_refused_before_a_picture_is_read(tmp_path: Path) -> None:
    for name in ("train/happy/a", "train/fear/b", "train/disgust/c"):
        write_grey(tmp_path / f"{name}.png")
    happy = tmp_path / "train" / "happy"
    with pytest.raises(DataError, match=r"happy alone.*give .*train, which has disgust, fear, hap"):
        read(happy)
    shutil.rmtree(happy)
    with pytest.raises(DataError, match=r"has disgust, fear: two emotions.*name them in `labels`"):
        read(tmp_path)
    shutil.rmtree(tmp_path / "train" / "fear")
    with pytest.raises(DataError, match=r"has disgust: two emotions .* add pictures of others"):
        read(tmp_path)
    with pytest.raises(DataError, match="put folders of other emotions beside it, and give"):
        read(tmp_path / "train" / "disgust")
    (tmp_path / "train" / "disgust").rename(tmp_path / "train" / "people")
    with pytest.raises(DataError, match="action units, has no pictures labelled 'proud'"):
        read(tmp_path, "proud", "bored")


def test_a_survey_of_labelled_pictures(tmp_path: Path, dataset: Path) -> None:
    """`prepare --check` sees them as `train` does."""
    fer = write_csv(tmp_path / "fer", row(0, "Training"), row(3, "PublicTest"), row(1, "Training"))
    facts = json.loads(ganimate("prepare", fer, "--check", "--json"))
    assert (facts["kind"], facts["photos"], facts["held_out"]) == ("fer2013", 2, 1)
    assert facts["classes"] == {"angry": 1, "happy": 1, "sad": 0, "surprise": 0}
    assert facts["problems"] == {"another emotion, disgust": ["fer2013.csv:4"]}
    assert any("labelled angry: there is nothing to change" in note for note in facts["notes"])
    assert "`ganimate train --preset stargan` takes" in ganimate(
        "prepare", fer, "-o", tmp_path / "out", code=1
    )
    for name in ("happy/a", "sad/b", "c"):
        write_grey(tmp_path / "set" / f"{name}.png")
    said = " ".join(ganimate("prepare", tmp_path / "set", "--check").split())
    assert "as `train --preset stargan` sees them: happy 1, sad 1" in said
    assert "1: in no folder of an emotion (c.png)" in said
    said = " ".join(ganimate("prepare", tmp_path / "set" / "sad", "--check").split())
    assert "photos or videos without labels" in said
    assert "holds sad alone" in said
    assert "them, by action units: angry" in ganimate("prepare", dataset, "--check")


def test_celeba_s_list(tmp_path: Path) -> None:
    folder = tmp_path / "celeba"
    for number in (1, 2, 3, 5):
        path = folder / "img_align_celeba" / f"00000{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(RNG.integers(0, 256, (218, 178, 3), np.uint8)).save(path)
    lines = ["4", "Male Smiling Young", "000001.jpg -1  1  1", "000002.jpg  1 -1 -1",
             "000003.jpg  1  1 -1", "000004.jpg  1 -1  1"]  # fmt: skip
    (folder / "list_attr_celeba.txt").write_text("\n".join(lines))
    (folder / "list_eval_partition.txt").write_text("000001.jpg 0\n000002.jpg 0\n000003.jpg 2\n")
    found, said = read(folder, "smiling", "Male")
    assert (found.label_names, found.exclusive, found.grey) == (("Smiling", "Male"), False, False)
    assert found.labels.tolist() == [[1, 0], [0, 1], [1, 1]]
    assert (found.held_out, found.size) == ({"000003.jpg"}, 178)
    assert found.read(0, 128).shape == (128, 128, 3)
    assert "left out 1: in the list, and no picture (000004.jpg)" in said
    assert "left out 1: no attributes in the list (000005.jpg)" in said
    with pytest.raises(DataError, match=r"labelled 'Black_Hair': its labels are Male, Smiling"):
        read(folder)
    kaggle = ["image_id,Male,Smiling,Young", "000001.jpg,-1,1,1", "000002.jpg,1,-1,-1"]
    (folder / "list_attr_celeba.txt").unlink()
    (folder / "list_attr_celeba.csv").write_text("\n".join(kaggle))
    assert read(folder, "Male")[0].labels.tolist() == [[0], [1]]


def test_prepared_faces_by_their_action_units(faces: FaceSet) -> None:
    aus = np.zeros((len(faces), 17, 2), np.float32)
    for who, shown in (
        (slice(9), {12: 0.9, 6: 0.6}),
        (slice(9, 15), {1: 0.7, 2: 0.7, 5: 0.3, 26: 0.7}),
        (slice(15, 18), {12: 0.1}),
    ):
        for number, intensity in shown.items():
            aus[who, ROW_OF[number]] = intensity
    varied = FaceSet(**{**vars(faces), "aus": aus})
    found = label_faces(varied, ("happy", "surprise"))
    assert dict(found.report.counts) == {"happy": 9, "surprise": 6}
    assert found.even
    assert found.report.left_out == {"unsure by its action units": [*faces.names[15:]]}
    assert np.array_equal(found.read(10, faces.size), faces.crop(10))
    with pytest.raises(DataError, match="no pictures labelled 'bored': its labels are angry"):
        label_faces(varied, ("happy", "bored"))
    with pytest.raises(DataError, match=r"None of .* faces shows angry, sad surely"):
        label_faces(varied, ("angry", "sad"))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: write_csv(folder, row(1, "Training")), "no picture of angry, happy"),
        (lambda folder: folder / "none", "is no folder"),
    ],
)
def test_sets_that_hold_nothing(tmp_path: Path, make: Callable[[Path], Path], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(make(tmp_path / "set"))


def test_one_class_alone_is_refused(tmp_path: Path) -> None:
    folder = write_csv(
        tmp_path / "fer", row(3, "Training"), row(3, "Training"), row(0, "PublicTest")
    )
    found, _ = read(folder, "angry", "happy")
    with pytest.raises(DataError, match="No picture to train on is labelled angry"):
        found.check_labels(split(found, frozenset())[0])


def test_how_pictures_are_cut_is_measured(astronaut: Path) -> None:
    """A picture that is cut wider and lower says so, by as much."""
    photo = read_photo(astronaut)
    near, wide = photo[50:180, 160:290], photo[10:220, 120:330]
    framings = [measure_framing([cut] * 10) for cut in (near, wide)]
    assert framings[0] is not None
    assert framings[1] is not None
    assert framings[1].scale / framings[0].scale == pytest.approx(210 / 130, rel=0.04)
    centres = [np.array([cut.x, cut.y]) for cut in framings]
    side = 130 / framings[0].scale  # of the aligned crop, photo pixels
    assert np.allclose((centres[1] - centres[0]) * side, (0, 0), atol=4)
    assert measure_framing([np.full((48, 48, 3), 90, np.uint8)] * 12) is None
