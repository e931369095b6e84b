"""`ganimate studio` as people start and end it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import numpy as np
import pytest
from PIL import Image
from running_studio import TOP, start_studio
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

ASTRONAUT = TOP / "examples" / "astronaut.jpg"


def run(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run `ganimate studio`, which is expected to fail, after some Python."""
    code = f"{before}\nfrom ganimate.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "studio", "--no-browser", "--port", "0", *arguments],
        cwd=TOP,
        capture_output=True,
        text=True,
        timeout=60,
    )


def refuse(*arguments: str, code: int = 1, before: str = "") -> str:
    done = run(*arguments, before=before)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    return done.stderr


def receive_all(page: ClientConnection) -> None:
    while True:
        page.recv(timeout=20)


def test_what_cannot_be_shown_is_said_in_a_sentence(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (160, 160, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    (tmp_path / "letter.txt").write_text("dear reader")
    assert "No face found" in refuse(str(tmp_path / "noise.png"))
    assert "letter.txt is not an image" in refuse(str(tmp_path / "letter.txt"))
    assert "none.jpg does not exist" in refuse(str(tmp_path / "none.jpg"))
    assert "no weights file 'monet'" in refuse("--model", "monet")


def test_a_port_that_is_taken_is_said_with_what_to_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        words = refuse("--port", str(port))
    assert f"port {port} is taken" in words
    assert "give --port another number" in words


def test_a_host_that_is_none_of_this_machine_is_a_wrong_request() -> None:
    assert "--host 'no.such.host.invalid'" in refuse("--host", "no.such.host.invalid", code=2)
    assert "--host '192.0.2.7' is no address" in refuse("--host", "192.0.2.7", code=2)


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "websockets"])
def test_without_the_extra_it_says_what_to_install(missing: str) -> None:
    hidden = f"import sys; sys.modules[{missing!r}] = None"
    words = refuse(before=hidden)
    assert f"needs {missing}" in words
    assert "pip install 'ganimate[studio]'" in words


def test_other_machines_are_let_in_with_a_warning_and_a_token() -> None:
    studio = start_studio("--host", "0.0.0.0")
    try:
        assert "/?token=" in studio.url
        address, _, token = studio.url.partition("?token=")
        assert len(token) > 20
        assert httpx2.get(studio.url).status_code == 200
        assert httpx2.get(address).status_code == 403
        assert httpx2.get(studio.url, headers={"host": "evil.example"}).status_code == 403
    finally:
        studio.process.send_signal(signal.SIGINT)
        _, words = studio.process.communicate(timeout=20)
    assert "warning: whoever reaches this machine" in words


def test_ctrl_c_ends_it_whatever_is_drawn_and_leaves_nothing(tmp_path: Path) -> None:
    """While a slider is dragged, a clip is exported and small pictures are asked for."""
    os.environ["TMPDIR"] = str(tmp_path)
    try:
        studio = start_studio(str(ASTRONAUT))
    finally:
        del os.environ["TMPDIR"]
    with httpx2.Client(base_url=studio.url) as client:
        name = client.post("/api/sessions").json()["session"]
        path = f"/api/sessions/{name}"
        client.post(f"{path}/photo?given=1").raise_for_status()
        keys = {
            "photo": "astronaut.jpg",
            "duration": 60,
            "keys": [{"t": "100%", "expression": "laugh"}],
        }
        body = {"document": keys, "suffix": ".mp4"}
        client.post(f"{path}/exports", json=body).raise_for_status()
        live = f"ws://127.0.0.1:{studio.port}{path}/live"
        with connect(live, max_size=None) as page:
            for number in range(20):
                page.send(json.dumps({"id": number, "values": {"AU12": number / 20}}))
            page.recv()
            page.send(json.dumps({"id": 99, "values": {"AU26": 1}, "rest": True}))
            assert list(tmp_path.iterdir())  # where the clip is made
            studio.process.send_signal(signal.SIGINT)
            with pytest.raises(ConnectionClosed) as closed:
                receive_all(page)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
        out, words = studio.process.communicate(timeout=20)
    assert studio.process.returncode == 0
    assert (out, words) == ("", "")
    assert not list(tmp_path.iterdir())
