"""The networks that read faces: what they find, what they take for none, and mediapipe's own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from mediapipe_reader import MediapipeReader, compare_points, open_mediapipe
from numpy.typing import NDArray
from skimage import data

from ganimate.arrays import Photo
from ganimate.errors import ModelError
from ganimate.face.blazeface import FULL_RANGE, SHORT_RANGE, merge_boxes
from ganimate.face.detection import find_faces, open_finder, open_tracker
from ganimate.face.landmarks import N_MESH, Face
from ganimate.face.mesh import PATCH, fit_patch, sample_patch
from ganimate.face.networks import load_networks, read_mesh_edges
from ganimate.face.onnx import Graph, Operator, encode_onnx
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo
from ganimate.media.tensors import read_tensors
from ganimate.media.video_reader import open_video, read_frames
from ganimate.numerics import Affine2D
from ganimate.portrait import Portrait
from ganimate.shipped import READER_FILE, find_models_folder

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FACELESS = (
    "brick", "cat", "cell", "chelsea", "clock", "coffee", "colorwheel", "grass", "gravel",
    "horse", "hubble_deep_field", "immunohistochemistry", "moon", "page", "rocket", "text",
)  # fmt: skip
"""Pictures of scikit-image without a face, a cat among them; there are heads on its coins."""


@pytest.fixture(scope="module")
def theirs() -> Iterator[MediapipeReader]:
    pytest.importorskip("mediapipe")
    with open_mediapipe() as reader:
        yield reader


def list_photos() -> Iterator[Photo]:
    """Faces of three people, as they are, turned, dark, small, and cut at their chin."""
    for name in ("astronaut.jpg", "collins.png", "grace_hopper.jpg"):
        photo = read_photo(EXAMPLES / name)
        height, width = photo.shape[:2]
        yield photo
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), 25, 1)
        yield np.asarray(cv2.warpAffine(photo, turn, (width, height)), np.uint8)
        yield photo // 4
        yield np.asarray(cv2.resize(photo, None, fx=0.5, fy=0.5), np.uint8)
        yield np.ascontiguousarray(photo[:, ::-1])


def test_photos_are_read_as_mediapipe_reads_them(
    theirs: MediapipeReader, face_models: FaceModels
) -> None:
    away, aus = [], []
    with open_finder(steadily=False) as find:
        for photo in list_photos():
            expected = theirs.find(photo)
            assert expected is not None
            found = min(
                (face.landmarks for face in find(photo)),
                key=lambda one: compare_points(one, expected).mean(),
            )
            away.append(compare_points(found, expected).mean())
            depth = np.abs(found[:, 2] - expected[:, 2]).max() / np.ptp(expected[:N_MESH, 0])
            assert depth < 1e-3
            one, other = (face_models.measure(each).aus for each in (found, expected))
            aus.append(np.abs(one - other).max())
    assert max(away) < 0.05  # % of the eyes' distance
    assert max(aus) < 0.01


def test_videos_are_followed_as_mediapipe_follows_them(
    theirs: MediapipeReader, face_models: FaceModels
) -> None:
    video = open_video(EXAMPLES / "driver.mp4")
    aus = []
    last: Face | None = None
    with open_tracker() as follow:
        for frame in islice(read_frames(video, video.fps), 60):
            face = follow(frame)
            expected = None if last is None else theirs.read(frame, last.box)
            expected = theirs.find(frame) if expected is None else expected
            assert face is not None
            assert expected is not None
            last = Face(expected)
            aus.append([face_models.measure(one).aus for one in (face.landmarks, expected)])
    one, other = np.array(aus).swapaxes(0, 1)
    assert np.abs(one - other).mean() < 0.01


def cut_faceless() -> Iterator[Photo]:
    """300 pictures without a face: whole ones, and crops of them at all scales."""
    rng = np.random.default_rng(0)
    whole = [read_any(getattr(data, name)()) for name in FACELESS]
    yield from whole
    for number in range(300 - len(whole)):
        picture = whole[number % len(whole)]
        side = int(rng.uniform(0.15, 0.9) * min(picture.shape[:2]))
        top, left = (rng.integers(0, length - side) for length in picture.shape[:2])
        crop = np.rot90(picture[top : top + side, left : left + side], int(rng.integers(4)))
        size = int(rng.integers(96, 400))
        yield np.asarray(cv2.resize(np.ascontiguousarray(crop), (size, size)), np.uint8)


def read_any(picture: NDArray[np.generic]) -> Photo:
    """A picture of scikit-image as RGB."""
    grey = picture * np.uint8(255) if picture.dtype == bool else picture
    rgb = np.repeat(grey[:, :, None], 3, axis=2) if grey.ndim == 2 else grey[:, :, :3]
    return np.ascontiguousarray(rgb, np.uint8)


def test_what_is_no_face_is_taken_for_none() -> None:
    pictures = list(cut_faceless())
    assert len(pictures) == 300
    with open_finder() as find:
        assert [len(find(picture, False)) for picture in pictures] == [0] * 300


def test_a_faint_face_is_found_that_mediapipe_misses(
    theirs: MediapipeReader, serious: Portrait
) -> None:
    """Its detector returns no score below .6, whatever it is asked for."""
    height, width = serious.photo.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -75, 1)
    photo = np.asarray(cv2.warpAffine(serious.photo, turn, (width, height)), np.uint8)
    assert theirs.detect(photo) == []
    (face,) = find_faces(photo)
    expected = serious.face.landmarks.copy()
    expected[:, :2] = Affine2D(turn).apply(expected)
    assert compare_points(face.landmarks, expected).mean() < 8


# parts


def test_boxes_of_one_face_are_averaged_and_unsure_ones_left_out() -> None:
    corners = np.array([[0, 0, 1, 1], [0.1, 0, 1.1, 1], [0.05, 0, 1.05, 1], [3, 3, 4, 4.0]])
    scores = np.array([0.9, 0.6, 0.5, 0.45])
    keypoints = np.repeat(corners[:, None, :2], 6, axis=1)
    one, other = merge_boxes(scores, corners, keypoints, sure_score=0.6, overlap=0.3)
    assert one[0] == 0.9
    assert one[1] == pytest.approx([0.04, 0, 1.04, 1])  # .6 of 1.5 from the second
    assert one[2][5] == pytest.approx([0.04, 0])
    assert other[0] == 0.45
    assert other[1].tolist() == [3, 3, 4, 4]


def test_anchors_stand_in_the_middle_of_their_cells() -> None:
    assert len(FULL_RANGE.anchors) == 48 * 48
    assert FULL_RANGE.anchors[1] * 48 == pytest.approx([1.5, 0.5])
    assert len(SHORT_RANGE.anchors) == 16 * 16 * 2 + 8 * 8 * 6
    assert SHORT_RANGE.anchors[2] * 16 == pytest.approx([1.5, 0.5])
    assert SHORT_RANGE.anchors[-1] * 8 == pytest.approx([7.5, 7.5])


def test_a_patch_lies_along_its_part() -> None:
    networks = load_networks()
    points = np.zeros((N_MESH, 2), np.float32)
    angle = np.radians(30)
    along, across = (
        np.array([np.cos(angle), np.sin(angle)]),
        np.array([-np.sin(angle), np.cos(angle)]),
    )
    rng = np.random.default_rng(0)
    spread = rng.uniform(-1, 1, (len(networks.lips.points), 2))
    spread[0], spread[10] = (-1, 0), (1, 0)  # landmarks 61 and 291, the corners of the mouth
    spread[1], spread[2] = (0, -1), (0, 1)
    points[networks.lips.points] = [20, 25] + spread[:, :1] * 6 * along + spread[:, 1:] * 3 * across
    to_features = fit_patch(networks.lips, points)
    middle, right = to_features.apply(np.array([[PATCH / 2, PATCH / 2], [PATCH, PATCH / 2]]))
    assert middle == pytest.approx([20, 25], abs=1e-4)
    assert right == pytest.approx([20, 25] + 1.5 * 6 * along, abs=1e-4)


def test_a_patch_is_sampled_bilinearly_and_is_nothing_beyond_the_features() -> None:
    y, x = np.mgrid[:48, :48].astype(np.float32)
    features = np.stack([x, 3 * y], axis=2)
    patch = sample_patch(features, Affine2D(np.array([[0.5, 0, 2.25], [0, 0.5, 40.0]])))
    # The middle of cell 0 lies .25 cells beyond 2.25, and half a cell before the middle of cell 2.
    assert patch[0, 0] == pytest.approx([2.0, 3 * 39.75])
    assert patch[3, 5] == pytest.approx([4.5, 3 * 41.25])
    assert not patch[15].any()


def test_the_mesh_is_a_triangulation_of_468_landmarks() -> None:
    edges = read_mesh_edges()
    assert {point for edge in edges for point in edge} == set(range(N_MESH))


def test_networks_are_valid_onnx_files() -> None:
    onnx = pytest.importorskip("onnx")
    values, metadata = read_tensors(find_models_folder() / READER_FILE)
    told = json.loads(metadata["reader"])
    assert len(told["graphs"]) == 6
    for graph in told["graphs"].values():
        operators = [Operator(*node) for node in graph["nodes"]]
        shapes = dict(graph["inputs"]), dict(graph["outputs"])
        content = encode_onnx(Graph(*shapes, operators, values), told["opset"])
        onnx.checker.check_model(onnx.load_from_string(content), full_check=True)


@pytest.mark.parametrize("fault", ["missing", "cut", "other"])
def test_a_damaged_file_is_said_to_be(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = find_models_folder()
    if fault == "cut":
        (tmp_path / READER_FILE).write_bytes((shipped / READER_FILE).read_bytes()[:-9])
    elif fault == "other":
        shutil.copy(shipped / "face.safetensors", tmp_path / READER_FILE)
    monkeypatch.setattr("ganimate.face.networks.find_models_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match=READER_FILE):
        load_networks()


def test_faces_are_found_without_torch_and_mediapipe(astronaut: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['torch'] = sys.modules['mediapipe'] = None\n"
        "from ganimate.cli import main\n"
        f"sys.argv = ['ganimate', 'detect', {str(astronaut)!r}, '--json']\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert '"faces"' in done.stdout


def test_a_face_is_found_at_any_scale(smiling: Portrait) -> None:
    for scale in (0.3, 0.6, 1.7):
        photo = np.asarray(cv2.resize(smiling.photo, None, fx=scale, fy=scale), np.uint8)
        (face,) = find_faces(photo)
        assert face.box.width == pytest.approx(smiling.face.box.width * scale, rel=0.1)
