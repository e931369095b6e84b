"""The server without a browser: whom it answers, tabs, photos, and pictures of the newest wish."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from ganimate.action_units import ACTION_UNITS
from ganimate.clip import animate_timeline
from ganimate.media.photo import read_photo
from ganimate.performance.expressions import PRESETS
from ganimate.performance.timeline_reader import read_timeline
from ganimate.portrait import find_portraits
from ganimate.studio.app import build_app
from ganimate.studio.channels import list_values, read_wish
from ganimate.studio.guard import GuardRules
from ganimate.studio.live import DRAGGED, ENDING, GONE, HEADER, RESTING, TAKEN
from ganimate.studio.sessions import Sessions
from ganimate.studio.settings import SessionSettings
from ganimate.studio.stage import Stage, open_engine
from ganimate.studio.subject import Engine, open_subject
from ganimate.studio.views import VIEWS
from ganimate.weights import load_face_models

EXAMPLES = Path(__file__).parents[2] / "examples"
ASTRONAUT, HOPPER = EXAMPLES / "astronaut.jpg", EXAMPLES / "grace_hopper.jpg"
HOST = frozenset({"testserver"})


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine()


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    given = open_subject(read_photo(ASTRONAUT), ASTRONAUT.name, engine)
    # Most of these tabs have no socket, and a slow machine takes longer than the usual grace.
    stage = Stage(engine, given, Sessions(SessionSettings(grace=600)))
    with TestClient(build_app(stage, GuardRules(HOST)), raise_server_exceptions=False) as opened:
        yield opened


def open_tab(client: TestClient, photo: Path = ASTRONAUT) -> str:
    path = f"/api/sessions/{client.post('/api/sessions').json()['session']}"
    answer = client.post(f"{path}/photo?name={photo.name}", content=photo.read_bytes())
    assert answer.status_code == 200, answer.text
    return path


def refuse_photo(client: TestClient, data: bytes) -> str:
    path = f"/api/sessions/{client.post('/api/sessions').json()['session']}"
    answer = client.post(f"{path}/photo?name=it.jpg", content=data)
    assert answer.status_code == 400, answer.text
    client.delete(path)
    return str(answer.json()["error"])


def receive_picture(socket: WebSocketTestSession) -> tuple[tuple[int, ...], NDArray[np.uint8]]:
    message = socket.receive_bytes()
    coded = np.frombuffer(message[HEADER.size :], np.uint8)
    picture = cv2.cvtColor(cv2.imdecode(coded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return HEADER.unpack(message[: HEADER.size]), np.asarray(picture, np.uint8)


def draw_at_rest(socket: WebSocketTestSession, **wish: Any) -> tuple[NDArray[np.uint8], Any]:
    socket.send_json({"rest": True} | wish)
    (number, kind, *_), _ = receive_picture(socket)
    assert (number, kind) == (wish["id"], DRAGGED)
    (number, kind, *_), picture = receive_picture(socket)
    assert (number, kind) == (wish["id"], RESTING)
    return picture, socket.receive_json()


def encode(picture: NDArray[np.uint8], kind: str = "PNG") -> bytes:
    data = BytesIO()
    Image.fromarray(picture).save(data, kind)
    return data.getvalue()


# Whom it answers


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:8421"},
        {"host": ""},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_who_is_not_its_page_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    for method, path in (("GET", "/api/about"), ("POST", "/api/sessions")):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code == 403, (method, path)
        assert answer.json()["error"]


def test_a_socket_of_another_site_is_refused(client: TestClient) -> None:
    path = open_tab(client)
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect(f"{path}/live", headers={"origin": "http://evil.example"}),
    ):
        pass
    assert refused.value.code == 4403


def test_every_answer_forbids_what_is_not_its_own(client: TestClient) -> None:
    path = open_tab(client)
    for answer in (
        client.get("/"),
        client.get("/static/main.js"),
        client.get(f"{path}/photo"),
        client.get("/api/about", headers={"host": "evil.example"}),
        client.get("/api/sessions/none"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers


def test_off_loopback_nothing_is_answered_without_the_token(engine: Engine) -> None:
    rules = GuardRules(HOST, any_address=True, token="open-sesame")
    with TestClient(build_app(Stage(engine), rules)) as client:
        assert client.get("/").status_code == 403
        assert client.get("/?token=open-says-me").status_code == 403
        assert client.get("/api/about").status_code == 403
        assert client.get("/?token=open-sesame").status_code == 200
        assert client.get("/", headers={"host": "evil.example"}).status_code == 403
        token = {"x-ganimate-token": "open-sesame"}
        assert client.get("/api/about", headers=token).status_code == 200
        assert client.get("/api/about", headers=token | {"host": "10.1.2.3:80"}).status_code == 200
        name = client.post("/api/sessions", headers=token).json()["session"]
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            client.websocket_connect(f"/api/sessions/{name}/live"),
        ):
            pass
        assert refused.value.code == 4403
        with client.websocket_connect(f"/api/sessions/{name}/live?token=open-sesame") as socket:
            socket.send_json({"id": 1, "values": {}})
            assert "no photo yet" in socket.receive_json()["error"]


# Tabs


def test_two_tabs_do_not_mix_their_faces(client: TestClient) -> None:
    one, other = open_tab(client), open_tab(client, HOPPER)
    with (
        client.websocket_connect(f"{one}/live") as first,
        client.websocket_connect(f"{other}/live") as second,
    ):
        first.send_json({"id": 1, "values": {"AU12": 1.0, "AU26": 1.0}})
        receive_picture(first)
        picture, _ = draw_at_rest(second, id=2, values={})
        assert np.array_equal(picture, read_photo(HOPPER))
        picture, _ = draw_at_rest(first, id=3, values={})
        assert np.array_equal(picture, read_photo(ASTRONAUT))
    assert client.get(one).json()["photo"]["name"] == "astronaut.jpg"
    assert client.get(other).json()["photo"]["name"] == "grace_hopper.jpg"


def test_a_tab_that_is_gone_is_forgotten_after_its_grace(engine: Engine) -> None:
    stage = Stage(engine, sessions=Sessions(SessionSettings(grace=600)))
    with TestClient(build_app(stage, GuardRules(HOST))) as client:
        path = open_tab(client)
        folder = stage.sessions.find(path.rpartition("/")[2]).folder
        assert folder.is_dir()
        assert folder.stat().st_mode & 0o077 == 0
        for _ in range(2):  # closed, and open again within its grace
            with client.websocket_connect(f"{path}/live") as socket:
                socket.send_json({"id": 1, "values": {}})
                receive_picture(socket)
        stage.sessions.settings = SessionSettings(grace=0.1)
        with client.websocket_connect(f"{path}/live") as socket:
            time.sleep(0.3)
            socket.send_json({"id": 1, "values": {}})
            receive_picture(socket)
        while len(stage.sessions):
            time.sleep(0.05)
        assert client.get(path).status_code == 404
        assert not folder.exists()
        with (
            pytest.raises(WebSocketDisconnect) as gone,
            client.websocket_connect(f"{path}/live") as socket,
        ):
            socket.receive_json()
        assert gone.value.code == GONE


def test_a_duplicated_tab_gets_a_copy_of_its_own(client: TestClient) -> None:
    path = open_tab(client, HOPPER)
    with client.websocket_connect(f"{path}/live"):
        with (
            pytest.raises(WebSocketDisconnect) as taken,
            client.websocket_connect(f"{path}/live") as second,
        ):
            second.receive_json()
        assert taken.value.code == TAKEN
        copied = client.post(f"/api/sessions?copy={path.rpartition('/')[2]}").json()["session"]
        assert client.get(f"/api/sessions/{copied}").json() == client.get(path).json()
        client.delete(path)
    assert client.get(path).status_code == 404
    assert client.get(f"/api/sessions/{copied}/photo").status_code == 200


def test_there_are_not_more_tabs_than_there_may_be(engine: Engine) -> None:
    stage = Stage(engine, sessions=Sessions(SessionSettings(sessions=2)))
    with TestClient(build_app(stage, GuardRules(HOST))) as client:
        names = [client.post("/api/sessions").json()["session"] for _ in range(3)]
        assert client.get(f"/api/sessions/{names[0]}").status_code == 404  # nobody looked at it
        with (
            client.websocket_connect(f"/api/sessions/{names[1]}/live"),
            client.websocket_connect(f"/api/sessions/{names[2]}/live"),
        ):
            answer = client.post("/api/sessions")
            assert answer.status_code == 503
            assert "2 pages are open" in answer.json()["error"]


def test_tabs_are_told_that_the_program_ends(engine: Engine) -> None:
    stage = Stage(engine)
    with TestClient(build_app(stage, GuardRules(HOST))) as client:
        path = open_tab(client)
        with client.websocket_connect(f"{path}/live") as socket:
            socket.send_json({"id": 1, "values": {}})
            receive_picture(socket)
            assert client.portal is not None
            client.portal.call(stage.sessions.say_goodbye, ENDING)
            with pytest.raises(WebSocketDisconnect) as ended:
                socket.receive_json()
            assert ended.value.code == ENDING
    assert not len(stage.sessions)


# Photos


def test_what_is_no_photo_of_a_face_is_refused_in_a_sentence(client: TestClient) -> None:
    random = np.random.default_rng(0)
    noise = random.integers(0, 255, (200, 200, 3), np.uint8)
    large = Image.new("1", (8001, 8001))
    data = BytesIO()
    large.save(data, "PNG")
    assert "No face found" in refuse_photo(client, encode(noise))
    assert "too dark" in refuse_photo(client, encode((read_photo(ASTRONAUT) * 0.02).astype("u1")))
    assert "not an image" in refuse_photo(client, b"%PDF-1.7 and so on")
    assert "damaged" in refuse_photo(client, ASTRONAUT.read_bytes()[:20_000])
    assert "empty" in refuse_photo(client, b"")
    assert "64 megapixels" in refuse_photo(client, data.getvalue())
    assert "larger than 64 MiB" in refuse_photo(client, bytes((64 << 20) + 1))


def test_a_photo_is_described_by_what_the_library_measures(client: TestClient) -> None:
    path = open_tab(client, HOPPER)
    described = client.get(path).json()["photo"]
    (portrait,) = find_portraits(read_photo(HOPPER), load_face_models())
    assert (described["width"], described["height"]) == (512, 600)
    assert described["preview"] == {"width": 437, "height": 512}
    names = [channel["id"] for channel in described["channels"]]
    assert names == [*(f"AU{unit.number}" for unit in ACTION_UNITS), "yaw", "pitch", "roll"]
    smile = next(one for one in described["channels"] if one["id"] == "AU12")
    assert [side["measured"] for side in smile["sides"]] == portrait.aus[8].tolist()
    for preset in described["presets"]:
        target = PRESETS[preset["id"]].apply_to(portrait.aus)
        assert np.array_equal(read_wish(preset["values"], portrait.aus).aus, target)
    picture = client.get(f"{path}/photo")
    assert np.array_equal(np.asarray(Image.open(BytesIO(picture.content))), read_photo(HOPPER))


def test_another_face_of_the_photo_can_be_chosen(client: TestClient) -> None:
    pair = np.concatenate([read_photo(ASTRONAUT), read_photo(HOPPER)[:512]], 1)
    path = f"/api/sessions/{client.post('/api/sessions').json()['session']}"
    described = client.post(f"{path}/photo", content=encode(pair)).json()
    assert [face["index"] for face in described["faces"]] == [0, 1]
    assert all(face["usable"] for face in described["faces"])
    left = [face["box"][0] < 512 for face in described["faces"]]
    changed = []
    for index in (0, 1):
        chosen = client.post(f"{path}/face", json={"face": index}).json()
        assert chosen["face"] == index
        with client.websocket_connect(f"{path}/live") as socket:
            picture, _ = draw_at_rest(socket, id=index, values={"AU26": 1.0})
        columns = np.flatnonzero((picture != pair).any(axis=(0, 2)))
        changed.append(bool(columns.max() < 512))
        assert columns.max() < 512 or columns.min() >= 512
    assert changed == left
    assert client.post(f"{path}/face", json={"face": 2}).status_code == 400
    assert client.post(f"{path}/face", json={"face": "all"}).status_code == 400


def test_examples_and_the_photo_of_the_command_line_are_a_click_away(client: TestClient) -> None:
    about = client.get("/api/about").json()
    assert about["given"] == "astronaut.jpg"
    path = f"/api/sessions/{client.post('/api/sessions').json()['session']}"
    for example in about["examples"]:
        answer = client.post(f"{path}/photo?example={example['id']}")
        assert answer.json()["name"] == f"{example['id']}.jpg"
    assert client.post(f"{path}/photo?example=../../README").status_code == 400
    assert client.post(f"{path}/photo?given=1").json()["name"] == "astronaut.jpg"


def test_presets_have_small_pictures_of_this_face(client: TestClient) -> None:
    path = open_tab(client)
    pictures = [client.get(f"{path}/presets/{name}").content for name in PRESETS]
    assert len(set(pictures)) == len(PRESETS)
    assert all(Image.open(BytesIO(one)).size == (144, 144) for one in pictures)
    assert client.get(f"{path}/presets/grin").status_code == 400


# Pictures


def test_of_many_wishes_the_newest_is_drawn_and_stale_ones_are_dropped(client: TestClient) -> None:
    path = open_tab(client)
    with client.websocket_connect(f"{path}/live") as socket:
        for number in range(100):
            socket.send_json({"id": number, "values": {"AU12": number / 99}})
        numbers = []
        while not numbers or numbers[-1] != 99:
            (number, kind, *_), newest = receive_picture(socket)
            assert kind == DRAGGED
            numbers.append(number)
        assert numbers == sorted(set(numbers))
        assert len(numbers) < 50
        socket.send_json({"id": 100, "values": {"AU12": 1.0}})
        _, again = receive_picture(socket)
    assert np.array_equal(newest, again)


def test_at_rest_the_picture_is_what_a_timeline_would_write(
    client: TestClient, tmp_path: Path
) -> None:
    path = open_tab(client, HOPPER)
    expression = {"AU12": 0.9, "AU6": 0.6, "AU25": 0.5, "AU45R": 0.4}
    head = {"yaw": 6.0, "roll": -3.0}
    keys = {
        "photo": str(HOPPER),
        "duration": 0.1,
        "keys": [{"t": 0.1, "aus": expression}],
        "head": [{"t": 0.1, **head}],
    }
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    *_, last = animate_timeline(read_timeline(tmp_path / "keys.json"))
    with client.websocket_connect(f"{path}/live") as socket:
        # By way of others that are calibrated, too, as on a page that was used for a while.
        draw_at_rest(socket, id=1, values={"AU1": 1.0, "AU2": 1.0, "AU5": 1.0})
        draw_at_rest(socket, id=2, values={"AU12": 0.5})
        picture, report = draw_at_rest(socket, id=3, values=expression | head)
        assert np.array_equal(picture, last)
        asked, measured = report["asked"], report["measured"]
        assert asked["AU45R"] == pytest.approx(0.4)
        assert measured["AU12L"] == pytest.approx(0.9, abs=0.25)
        picture, report = draw_at_rest(socket, id=4, values={})
        assert np.array_equal(picture, read_photo(HOPPER))
        assert report["asked"] == report["measured"]


def test_a_drag_does_not_jump_where_it_rested(client: TestClient) -> None:
    path = open_tab(client)
    surprise = {"AU1": 1.0, "AU2": 1.0, "AU26": 0.8}
    with client.websocket_connect(f"{path}/live") as socket:
        picture, _ = draw_at_rest(socket, id=1, values=surprise)
        apart = []
        for number, step in enumerate((0.0, 0.01)):
            socket.send_json({"id": 2 + number, "values": surprise | {"AU26": 0.8 + step}})
            _, dragged = receive_picture(socket)
            apart.append(np.abs(dragged.astype(int) - picture).max())
    assert max(apart) < 60  # 40: what JPEG does to an edge; 187 without the correction


def test_views_show_masks_and_mesh_where_the_face_is(client: TestClient) -> None:
    path = open_tab(client, HOPPER)
    photo, wish = read_photo(HOPPER), {"AU12": 1.0, "AU26": 1.0}
    with client.websocket_connect(f"{path}/live") as socket:
        pictures = {
            view: draw_at_rest(socket, id=number, values=wish, view=view)[0]
            for number, view in enumerate(VIEWS)
        }
    left, top, width, height = client.get(path).json()["photo"]["faces"][0]["box"]
    outside = np.ones(photo.shape[:2], bool)
    outside[
        int(top - 0.4 * height) : int(top + 1.4 * height),
        int(left - 0.4 * width) : int(left + 1.4 * width),
    ] = False
    assert (pictures["attention"][outside] == 255).all()
    assert pictures["attention"].min() < 100  # the mouth is painted
    assert np.array_equal(pictures["colour"][outside], photo[outside])
    assert np.abs(pictures["colour"].astype(int) - photo).max() > 60
    faded = np.abs(pictures["mesh"].astype(float) - pictures["result"] * 0.55).max(axis=2)
    assert (faded[outside] < 1.5).mean() > 0.97
    assert (faded[~outside] > 20).mean() > 0.15


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ([], "no object"),
        ({"values": {}}, "no number"),
        ({"id": 1}, "what to draw"),
        ({"id": 1, "values": {}, "view": "x-ray"}, "no view 'x-ray'"),
        ({"id": 1, "values": {"AU99": 1}}, "no slider 'AU99'"),
        ({"id": 1, "values": {"AU12": "much"}}, "needs a number"),
        ({"id": 1, "values": 3}, "no object of names"),
    ],
)
def test_a_wish_that_is_none_is_explained_and_the_socket_stays(
    client: TestClient, message: Any, words: str
) -> None:
    path = open_tab(client)
    with client.websocket_connect(f"{path}/live") as socket:
        socket.send_json(message)
        assert words in socket.receive_json()["error"]
        socket.send_json({"id": 2, "values": {"AU12": 7.0}})  # more than there is: the most
        receive_picture(socket)


# Randomize


def test_random_faces_differ_and_are_plausible(client: TestClient) -> None:
    source = np.zeros((len(ACTION_UNITS), 2), np.float32)
    drawn = []
    for seed in range(150):
        values = client.get(f"/api/random?seed={seed}").json()["values"]
        drawn.append(read_wish(values, source).aus)
        assert list_values(drawn[-1], source - 1).keys() == values.keys()
    faces = np.stack(drawn)
    assert client.get("/api/random?seed=3").json() == client.get("/api/random?seed=3").json()
    assert client.get("/api/random").json() != client.get("/api/random").json()
    assert client.get("/api/random?seed=x").status_code == 400
    smile, cheeks, brows = (faces[:, row].mean(axis=1) for row in (8, 4, 2))
    assert np.corrcoef(smile, cheeks)[0, 1] > 0.6  # cheeks rise in smiles
    assert smile.std() > 0.2
    assert np.abs(faces[:, :, 0] - faces[:, :, 1]).mean() < 0.1  # faces are nearly symmetric
    assert 0 < brows.mean() < 0.6


def test_headers_are_packed_as_the_page_reads_them() -> None:
    assert struct.calcsize("<IBBH") == HEADER.size == 8
    assert list(VIEWS) == ["result", "attention", "colour", "mesh"]
