"""The network that sees which parts of a face are covered."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from occluders import OVER_EYES, occlude

from ganimate.errors import ModelError
from ganimate.face.detection import find_faces
from ganimate.face.sight import measure_covers
from ganimate.portrait import Portrait
from ganimate.shipped import SIGHT_FILE, find_models_folder


def test_sides_are_the_person_s_own(smiling: Portrait) -> None:
    photo = occlude(smiling.photo, smiling.face.landmarks, OVER_EYES["patch over an eye"], 0)
    covered = []
    for picture in (photo, np.ascontiguousarray(photo[:, ::-1])):
        (face,) = find_faces(picture)
        sure = measure_covers(picture, face.landmarks)
        covered.append({part for part, one in sure.items() if one > 0.5})
    assert sorted(map(list, covered)) == [["left eye"], ["right eye"]]


@pytest.mark.parametrize("turn", [0, 1])
def test_free_faces_are_seen_in_any_light(turn: int, serious: Portrait, smiling: Portrait) -> None:
    for portrait in (serious, smiling):
        for light in (1.0, 0.3, 0.1):
            photo = np.rot90((portrait.photo * light).astype(np.uint8), turn)
            (face,) = find_faces(np.ascontiguousarray(photo))
            sure = measure_covers(np.ascontiguousarray(photo), face.landmarks)
            assert max(sure.values()) < 0.4


@pytest.mark.parametrize("fault", ["missing", "cut", "other"])
def test_a_damaged_file_is_said_to_be(
    fault: str, smiling: Portrait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = find_models_folder()
    if fault == "cut":
        (tmp_path / SIGHT_FILE).write_bytes((shipped / SIGHT_FILE).read_bytes()[:-9])
    elif fault == "other":
        shutil.copy(shipped / "expressions.safetensors", tmp_path / SIGHT_FILE)
    monkeypatch.setattr("ganimate.face.networks.find_models_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match=SIGHT_FILE):
        measure_covers(smiling.photo, smiling.face.landmarks)
