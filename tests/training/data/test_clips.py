"""Videos and folders of frames that become sets of clips, and those that do not."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganimate.errors import DataError, OutputError
from ganimate.media.photo import read_photo
from ganimate.training.data.clip_shards import prepare_clips, read_clip_report
from ganimate.training.data.clips import choose_held_out, load_clips, name_person
from ganimate.training.data.folder_survey import survey_folder
from ganimate.training.data.request import UNWATCHED
from ganimate.training.data.sources import open_source
from ganimate.training.data.videos import Clip, find_clips, look_like_clips, select_different


@pytest.fixture
def footage(videos: Path, tmp_path: Path, astronaut: Path, faceless: Path) -> Path:
    """Films that teach something or nothing, and folders of frames, one of them held out."""
    folder = tmp_path / "footage"
    shutil.copytree(videos, folder)
    photo = read_photo(astronaut)[:256, 96:352]
    for name, count in (("frames", 3), ("one", 1), ("test/id10002#a", 2)):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            moved = np.roll(photo, 5 * number, axis=1)
            Image.fromarray(moved).save(folder / name / f"{number:04}.png")
    (folder / "cups").mkdir()
    cup = np.asarray(Image.fromarray(read_photo(faceless)).resize((256, 170)))
    for number in range(2):
        Image.fromarray(np.roll(cup, 9 * number, axis=1)).save(folder / "cups" / f"{number}.png")
    return folder


def test_a_set_of_clips_and_what_is_left_out(footage: Path, tmp_path: Path) -> None:
    output = tmp_path / "clips"
    assert list(prepare_clips(footage, output, 64)) == [0, 8]
    report = read_clip_report(output)
    assert report.clips == 3
    assert report.held_out == 1
    assert report.examples == {
        "broken video": ["broken.mp4", "text.avi"],
        "frames that are all the same": ["still.mp4"],
        "no face": ["cups"],
        "one frame alone": ["one"],
    }
    clips = load_clips([output])
    assert clips.names == ("frames", "moving.mp4", "test/id10002#a")
    assert clips.held_out == {"test/id10002#a"}
    assert clips.size == 64
    assert [len(one) for one in clips.clips][::2] == [3, 2]
    assert 10 <= len(clips.clips[1]) <= 20
    told = pickle.dumps(clips)  # what a process gets that is not forked: where the frames are
    assert len(told) < 2000
    assert np.array_equal(pickle.loads(told).read_frame(2, 1), clips.read_frame(2, 1))
    # The square holds still, so that the face moves within it.
    first, last = clips.read_frame(0, 0), clips.read_frame(0, 2)
    assert np.abs(first.astype(int) - last).mean() > 3
    assert "still.mp4,frames that are all the same" in (output / "dropped.csv").read_text()


def test_a_survey_of_clips_says_the_same(footage: Path, tmp_path: Path) -> None:
    found = survey_folder(footage, UNWATCHED)
    assert (found.kind, found.videos) == ("pictures", 1)
    as_it_comes = found.clips
    assert as_it_comes is not None
    assert (as_it_comes.found, as_it_comes.used, as_it_comes.held_out) == (8, 3, 1)
    assert as_it_comes.problems["frames that are all the same"] == ["still.mp4"]
    list(prepare_clips(footage, tmp_path / "clips", 64))
    prepared = survey_folder(tmp_path / "clips", UNWATCHED)
    assert (prepared.kind, prepared.clips) == ("clips", as_it_comes)
    with pytest.raises(DataError, match="prepared set of clips: `ganimate train --preset first"):
        open_source(tmp_path / "clips")


def test_numbered_pictures_in_several_folders_look_like_clips() -> None:
    def make(*names: str) -> list[Clip]:
        return [Clip(name, tuple(Path(name) / f"{n:04}.png" for n in range(3))) for name in names]

    assert look_like_clips(make("a", "b"))
    assert not look_like_clips(make("img_align_celeba"))
    people = [Clip(name, (Path("anna.jpg"), Path("ben2.jpg"))) for name in ("a", "b")]
    assert not look_like_clips(people)
    assert look_like_clips([*people, Clip("c.mp4", (Path("c.mp4"),))])


def test_what_is_done_is_kept(footage: Path, tmp_path: Path) -> None:
    output = tmp_path / "clips"
    list(prepare_clips(footage, output, 64))
    shard = output / "clips-00000.safetensors"
    before = shard.stat().st_mtime_ns
    list(prepare_clips(footage, output, 64))
    assert shard.stat().st_mtime_ns == before
    shutil.rmtree(footage / "frames")
    with pytest.raises(OutputError, match="other videos"):
        list(prepare_clips(footage, output, 64))


def test_folders_without_videos_are_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a folder"):
        find_clips(tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds no videos"):
        find_clips(tmp_path)
    (tmp_path / "a").mkdir()
    Image.new("RGB", (64, 64)).save(tmp_path / "a" / "0.png")
    with pytest.raises(DataError, match=r"None of the 1 videos .* \(one frame alone: 1\)"):
        list(prepare_clips(tmp_path, tmp_path / "clips", 64))


def test_frames_differ_in_mean_squares() -> None:
    """A step of 2 grey levels is a mean square of 4; one of 1 is not."""
    frames = [np.full((64, 64, 3), grey, np.uint8) for grey in (10, 11, 12, 13, 14)]
    assert [int(frame[0, 0, 0]) for frame in select_different(iter(frames))] == [10, 12, 14]
    with pytest.raises(DataError, match="all the same"):
        select_different(iter(frames[:2]))


def test_people_are_held_out_with_all_their_clips() -> None:
    assert name_person("train/id10001#X#1#2.mp4") == "id10001"
    assert name_person("mp4/id00012/21Uxsk56VDQ/00001.mp4") == "id00012"
    assert name_person("idle/a.mp4") == "idle/a.mp4"
    names = [f"id{person}#{clip}" for person in range(100, 180) for clip in range(3)]
    held_out = choose_held_out(names)
    assert held_out == {f"id{person}#{clip}" for person in (125, 175) for clip in range(3)}


def test_a_damaged_set_is_said(footage: Path, tmp_path: Path) -> None:
    output = tmp_path / "clips"
    list(prepare_clips(footage, output, 64))
    (output / "clips-00000.safetensors").write_bytes(b"nothing")
    with pytest.raises(DataError, match="damaged"):
        load_clips([output])
    (output / "clips.json").write_text(json.dumps({"size": 64}))
    with pytest.raises(DataError, match="not a prepared set of clips"):
        load_clips([output])
