"""The timeline's routes without a browser: files, keys, frames, exports, sources of expressions."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import imageio.v3 as iio
import numpy as np
import pytest
from starlette.testclient import TestClient

from ganimate.clip import animate_timeline
from ganimate.performance.timeline_reader import read_timeline
from ganimate.studio.app import build_app
from ganimate.studio.guard import GuardRules
from ganimate.studio.sessions import Sessions
from ganimate.studio.settings import SessionSettings
from ganimate.studio.stage import Stage, open_engine

EXAMPLES = Path(__file__).parents[2] / "examples"

SMILE = {"AU12": 0.8, "AU6": 0.5, "AU25": 0.4}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    rules = GuardRules(hosts=frozenset({"testserver"}))
    # These tabs have no socket, and a slow machine takes longer than the usual grace.
    stage = Stage(open_engine(), sessions=Sessions(SessionSettings(grace=600)))
    app = build_app(stage, rules)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


class Tab:
    """A page without a browser."""

    def __init__(self, client: TestClient, photo: Path) -> None:
        self.client = client
        self.path = f"/api/sessions/{client.post('/api/sessions').json()['session']}"
        answer = client.post(f"{self.path}/photo?name={photo.name}", content=photo.read_bytes())
        assert answer.status_code == 200, answer.text

    def post(self, path: str, body: Any) -> Any:
        answer = self.client.post(self.path + path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def refuse(self, path: str, body: Any) -> str:
        answer = self.client.post(self.path + path, json=body)
        assert answer.status_code == 400, answer.text
        return str(answer.json()["error"])

    def add_key(self, document: Any, at: float, values: dict[str, float]) -> Any:
        body = {"document": document, "at": at, "values": values}
        return self.post("/timeline/key", body)["document"]

    def wait(self, job: str) -> Any:
        while True:
            stands = self.client.get(f"{self.path}/jobs/{job}").json()
            if stands["state"] not in ("waiting", "running"):
                return stands
            time.sleep(0.02)

    def export(self, document: Any, suffix: str) -> bytes:
        job = self.post("/exports", {"document": document, "suffix": suffix})["job"]
        stands = self.wait(job)
        assert stands["state"] == "done", stands
        return self.client.get(f"{self.path}/jobs/{job}/file?name=clip").content

    def draw(self, **wish: Any) -> np.ndarray:
        """The picture at rest."""
        with self.client.websocket_connect(f"{self.path}/live") as socket:
            socket.send_json({"id": 1, "rest": True, **wish})
            while True:
                message = socket.receive()
                assert not message.get("text"), message
                if message["bytes"][4] == 1:
                    data = np.frombuffer(message["bytes"][8:], np.uint8)
                    return cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1]


@pytest.fixture
def tab(client: TestClient, astronaut: Path) -> Iterator[Tab]:
    opened = Tab(client, astronaut)
    yield opened
    client.delete(opened.path)


@pytest.fixture
def document(tab: Tab) -> Any:
    """Three keys: the photo, a smile, a raised brow with a turned head."""
    made = tab.add_key(None, 0, {})
    made = tab.add_key(made, 0.2, SMILE)
    made = tab.add_key(made, 0.4, {"AU1": 0.7, "AU2L": 0.9, "yaw": 4.0})
    return made | {"duration": 0.5, "fps": 10, "size": 256}


def save(document: Any, folder: Path, photo: Path) -> Path:
    """Write a document beside its photo."""
    (folder / photo.name).write_bytes(photo.read_bytes())
    path = folder / "keys.json"
    path.write_text(json.dumps(document))
    return path


def test_keys_hold_what_sliders_show(
    tab: Tab, document: Any, tmp_path: Path, astronaut: Path
) -> None:
    assert [key["t"] for key in document["keys"]] == [0, 0.2, 0.4]
    assert document["keys"][0] == {"t": 0, "expression": "source"}
    assert document["keys"][1]["aus"]["AU12"] == 0.8
    # the head was still until the last key, and so it stays
    assert document["head"] == [{"t": 0, "yaw": 0}, {"t": 0.2, "yaw": 0}, {"t": 0.4, "yaw": 4}]
    del document["size"]
    clip = animate_timeline(read_timeline(save(document, tmp_path, astronaut)))
    source = clip.courses[0].source
    described = tab.post("/timeline", document)
    brow = next(curve for curve in described["curves"] if curve["id"] == "AU4")
    assert set(brow["values"]) == {float(str(source[2, 0]))}, "what no key moves does not move"


def test_a_key_at_the_same_time_is_replaced_and_keeps_ease_and_note(tab: Tab) -> None:
    given = {
        "photo": "a.png",
        "duration": 2,
        "keys": [
            {"t": 0.5, "expression": "smile", "hold": 1},
            {"t": "50%", "expression": "wink", "ease": "in", "$comment": "look"},
        ],
    }
    given["keys"][0]["hold"] = 0.2
    made = tab.add_key(given, 1, SMILE)
    assert made["keys"][0] == given["keys"][0]
    assert made["keys"][1].keys() == {"t", "aus", "ease", "$comment"}
    assert made["keys"][1]["t"] == "50%"
    tab.post("/timeline", made)


def test_a_key_within_a_hold_shortens_it(tab: Tab) -> None:
    given = {
        "photo": "a.png",
        "duration": 2,
        "keys": [{"t": 0.5, "expression": "smile", "hold": 1}],
    }
    made = tab.add_key(given, 1.2, SMILE)
    assert made["keys"][0]["hold"] == pytest.approx(0.7)
    tab.post("/timeline", made)


def test_tracks_get_points_and_are_split_where_sides_differ(tab: Tab) -> None:
    given = {
        "photo": "a.png",
        "duration": 2,
        "tracks": {"AU12": [{"t": 0, "v": 0}, {"t": 2, "v": 1}], "AU25": [{"t": 0, "v": 0.2}]},
    }
    made = tab.add_key(given, 1, {"AU12L": 0.9, "AU12R": 0.1, "AU25": 0.6})
    assert made["tracks"]["AU12L"][1] == {"t": 1, "v": 0.9}
    assert made["tracks"]["AU12R"][1] == {"t": 1, "v": 0.1}
    assert made["tracks"]["AU25"][1] == {"t": 1, "v": 0.6}
    assert not {"AU12", "AU25"} & made["keys"][0]["aus"].keys()
    tab.post("/timeline", made)


@pytest.mark.parametrize("name", ["greeting", "eyebrows", "driver"])
def test_an_example_is_saved_as_it_was(tab: Tab, name: str) -> None:
    text = (EXAMPLES / f"{name}.json").read_text()
    answer = tab.client.post(f"{tab.path}/timeline/text", content=text)
    assert answer.json()["text"] == text


def test_odd_notes_and_numbers_survive(tab: Tab) -> None:
    text = '{"$comment": "\\ud800 \\u00e9", "photo": "a", "duration": 1.10, "blink": "auto"}'
    answer = tab.client.post(f"{tab.path}/timeline/text", content=text)
    assert json.loads(answer.json()["text"]) == json.loads(text)


def test_wrong_files_are_refused_with_all_that_is_wrong(tab: Tab) -> None:
    error = tab.refuse("/timeline", {"photo": "a.png", "fps": 500, "keys": [{"t": 0, "eas": "in"}]})
    assert "fps: 500 is out of range" in error
    assert "did you mean ease?" in error
    answer = tab.client.post(f"{tab.path}/timeline", content='{"photo": ')
    assert "no valid JSON" in answer.json()["error"]
    assert "browser" in tab.refuse(
        "/timeline", {"photo": "a", "duration": 1, "blink": "auto", "seed": 2**60}
    )
    assert "photo" in tab.refuse("/timeline/key", {"at": 1, "values": {}, "document": {"keys": 1}})
    assert "seconds" in tab.refuse("/timeline/key", {"at": -1, "values": {}})
    assert "no slider" in tab.refuse("/timeline/key", {"at": 0, "values": {"AU99": 1}})


def test_the_strip_is_told_keys_curves_and_the_command(tab: Tab) -> None:
    text = (EXAMPLES / "greeting.json").read_text()
    answer = tab.client.post(f"{tab.path}/timeline?name=my greeting.json", content=text).json()
    assert [key["t"] for key in answer["keys"]] == [0, 0.5, 1.2, 1.3, 3.1]
    assert answer["keys"][0]["places"] == [["keys", 0], ["head", 0]]
    assert answer["keys"][2]["hold"] == 1
    assert answer["frames"] == 70
    smile = next(curve for curve in answer["curves"] if curve["id"] == "AU12")
    at = answer["times"].index(1.5)
    assert smile["values"][at] == pytest.approx(0.72)
    assert max(answer["blinks"]) == 1
    assert answer["differs"] == {"photo": "astronaut.png"}
    words = shlex.split(answer["commands"][".gif"])
    assert words == ["ganimate", "timeline", "my greeting.json", "-o", "my greeting.gif"]


def test_a_moment_on_the_page_is_the_frame_of_the_clip(tab: Tab, document: Any) -> None:
    del document["size"]
    tab.post("/timeline", document)
    last = tab.export(document, ".png")
    np.testing.assert_array_equal(tab.draw(at=0.4), iio.imread(last))
    # What the key shows is what the sliders showed: the splines through one expression and through
    # several differ in the last digit, which may move the edge of a mask.
    shown = tab.draw(values={"AU1": 0.7, "AU2L": 0.9, "yaw": 4.0}).astype(int)
    assert np.abs(shown - iio.imread(last)).mean() < 0.01


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".webp", ".png"])
def test_exports_are_what_the_command_line_makes(
    tab: Tab, document: Any, tmp_path: Path, astronaut: Path, suffix: str
) -> None:
    asked = read_timeline(save(document, tmp_path, astronaut))
    made = tmp_path / f"made{suffix}"
    animate_timeline(asked).save(made, loop=False)
    assert tab.export(document, suffix) == made.read_bytes()


def test_an_export_can_be_cancelled_and_leaves_nothing(tab: Tab, document: Any) -> None:
    long = document | {"duration": 60, "fps": 30}
    job = tab.post("/exports", {"document": long, "suffix": ".mp4"})["job"]
    while tab.client.get(f"{tab.path}/jobs/{job}").json()["step"] != "drawing":
        time.sleep(0.02)
    tab.client.delete(f"{tab.path}/jobs/{job}")
    assert tab.wait(job)["state"] == "cancelled"
    assert tab.client.get(f"{tab.path}/jobs/{job}/file").status_code == 400


def test_nothing_of_an_export_outlives_its_tab(client: TestClient, astronaut: Path) -> None:
    tab = Tab(client, astronaut)
    document = tab.add_key(None, 0, SMILE) | {"duration": 60}
    job = tab.post("/exports", {"document": document, "suffix": ".mp4"})["job"]
    while tab.client.get(f"{tab.path}/jobs/{job}").json()["done"] < 3:
        time.sleep(0.02)
    sessions = client.app.state.stage.sessions  # type: ignore[attr-defined]
    folder = sessions.find(tab.path.split("/")[-1]).folder
    assert list(folder.iterdir())
    client.delete(tab.path)
    for _ in range(500):
        if not folder.exists():
            break
        time.sleep(0.02)
    assert not folder.exists()


def test_exports_that_cannot_be_are_refused_at_once(tab: Tab, document: Any) -> None:
    assert ".avi" in tab.refuse("/exports", {"document": document, "suffix": ".avi"})
    assert "gif" in tab.refuse("/exports", {"document": document | {"fps": 120}, "suffix": ".gif"})
    none = tab.post("/exports", {"document": document | {"face": 5}, "suffix": ".png"})["job"]
    stands = tab.wait(none)
    assert stands["state"] == "failed"
    assert "no face 5" in stands["error"]


def test_the_expression_of_another_photo_is_copied(
    tab: Tab, grace_hopper: Path, faceless: Path
) -> None:
    from ganimate.media.photo import read_photo
    from ganimate.portrait import find_portraits

    content = grace_hopper.read_bytes()
    values = tab.client.post(f"{tab.path}/expression?name=g.jpg", content=content).json()["values"]
    models = tab.client.app.state.stage.engine.models  # type: ignore[attr-defined]
    shown = find_portraits(read_photo(grace_hopper), models)[0].aus
    assert values["AU1"] == shown[0, 0]
    answer = tab.client.post(f"{tab.path}/expression?name=cup.png", content=faceless.read_bytes())
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("cup.png: No face found")


def test_a_driving_video_becomes_a_timeline(tab: Tab) -> None:
    content = (EXAMPLES / "driver.mp4").read_bytes()
    answer = tab.client.post(f"{tab.path}/driver?name=driver.mp4&head=1", content=content)
    stands = tab.wait(answer.json()["job"])
    assert stands["state"] == "done", stands
    document = stands["result"]["document"]
    assert stands["result"]["frames"] == 110
    assert document["head"]
    described = tab.post("/timeline", document)
    assert described["frames"] == 110
    smile = next(curve for curve in described["curves"] if curve["id"] == "AU26")
    assert max(smile["values"]) > 0.3, "the driver laughs"


def test_what_drives_nothing_is_refused(tab: Tab, faceless: Path) -> None:
    answer = tab.client.post(f"{tab.path}/driver?name=x.mp4", content=b"no video at all")
    error = tab.wait(answer.json()["job"])["error"]
    assert error.startswith("x.mp4")
    assert ".studio.ganimate-" not in error
