"""Whom a generator is measured on, whatever it was trained on and whatever is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ganimate.errors import DataError, ModelError
from ganimate.evaluation.held_out import choose_unseen
from ganimate.networks.generators import save_generator
from ganimate.networks.paper import PaperConfig, PaperGenerator
from ganimate.training.data.dataset import FaceSet
from ganimate.training.seen_faces import TRAINED_ON, note_faces, read_seen_faces


def faces_named(*names: str, held_out: frozenset[str] = frozenset()) -> FaceSet:
    nothing = np.zeros((len(names), 0), np.float32)
    return FaceSet(64, names, (), landmarks=nothing, aus=nothing, held_out=held_out)


NOBODY: frozenset[str] = frozenset()
SEEN = note_faces(["a.jpg", "b.jpg", "s1/c.jpg", "d.jpg"], ["x.jpg", "y.jpg"])


@pytest.mark.parametrize(
    ("faces", "named", "chosen", "said"),
    [
        # The run's own set: whom it held out, whatever the rule for sets is.
        (faces_named("a.jpg", "b.jpg", "x.jpg", "d.jpg", "y.jpg"), NOBODY, [2, 4], None),
        # A set that it never had: all of it, or whom the set holds out.
        (faces_named("e.jpg", "f.jpg"), NOBODY, [0, 1], None),
        (faces_named("e.jpg", "f.jpg", held_out=frozenset({"f.jpg"})), NOBODY, [1], None),
        # A set that has grown, or a part of the run's.
        (faces_named("a.jpg", "e.jpg", "s1\\c.jpg"), NOBODY, [1], "trained on 2 of these 3"),
        (faces_named("a.jpg", "e.jpg"), frozenset({"e.jpg"}), [1], None),
    ],
)
def test_no_face_is_one_that_was_trained_on(
    faces: FaceSet, named: frozenset[str], chosen: list[int], said: str | None
) -> None:
    found = choose_unseen(faces, named, SEEN)
    assert found.indices.tolist() == chosen
    assert (found.caution is None) == (said is None)
    assert said is None or said in (found.caution or "")


def test_faces_that_were_trained_on_are_refused() -> None:
    with pytest.raises(DataError, match=r"trained on 1 of the faces .*\(a\.jpg\)"):
        choose_unseen(faces_named("a.jpg", "x.jpg"), frozenset({"a.jpg", "x.jpg"}), SEEN)
    with pytest.raises(DataError, match="all 2 faces"):
        choose_unseen(faces_named("a.jpg", "b.jpg"), NOBODY, SEEN)
    own = faces_named("a.jpg", "b.jpg", held_out=frozenset({"b.jpg"}))
    with pytest.raises(DataError, match="all 2 faces"):  # whatever the set says
        choose_unseen(own, NOBODY, SEEN)


def test_weights_that_say_nothing_are_warned_of() -> None:
    found = choose_unseen(faces_named("a.jpg", "b.jpg"), frozenset({"a.jpg"}), None)
    assert found.indices.tolist() == [0]
    assert "does not say" in (found.caution or "")
    began = SEEN.follow(None)
    assert "began with weights" in (
        choose_unseen(faces_named("e.jpg"), NOBODY, began).caution or ""
    )


def test_whom_a_run_held_out_is_forgotten_once_it_learns_from_them() -> None:
    """A run may go on with another split: what counts is all that it ever learnt from."""
    both = note_faces(["x.jpg", "a.jpg"], ["b.jpg", "z.jpg"]).follow(SEEN)
    faces = faces_named("a.jpg", "b.jpg", "x.jpg", "y.jpg", "z.jpg")
    assert choose_unseen(faces, NOBODY, both).indices.tolist() == [3, 4]


def test_weights_remember_twenty_thousand_names(tmp_path: Path) -> None:
    names = [f"folder/{number}.jpg" for number in range(20_000)]
    seen = note_faces(names[400:], names[:400])
    torch.manual_seed(0)
    config = PaperConfig(size=16, channels=8, blocks=1)
    path, plain = tmp_path / "w.safetensors", tmp_path / "plain.safetensors"
    state = PaperGenerator(config).state_dict()
    save_generator(path, state, config, seen.list_notes())
    save_generator(plain, state, config)
    assert path.stat().st_size - plain.stat().st_size < 6 * len(names)
    found = read_seen_faces(path)
    assert found is not None
    chosen = choose_unseen(faces_named(*names), NOBODY, found).indices
    assert set(chosen) <= set(range(400))
    assert len(chosen) >= 399  # two of 20,000 names have one hash in one of twenty sets
    assert read_seen_faces(plain) is None
    save_generator(path, state, config, {**seen.list_notes(), TRAINED_ON: "?"})
    with pytest.raises(ModelError, match="damaged"):
        read_seen_faces(path)
