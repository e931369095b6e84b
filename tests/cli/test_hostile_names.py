"""Names that shells, terminals and other programs could misread, through the real command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from skimage import data
from typer.testing import CliRunner

from ganimate.cli.commands import app
from ganimate.cli.console import show_plainly

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")

STEMS = (
    b"two words",
    b"'single' \"double\"",
    b"new\nline",
    b"\xc3\xa9 \xe7\xac\x91\xe9\xa1\x94",  # é 笑顔
    b"-leading",
    b"%d %s {x} $HOME `id`",
    b"a:b#c?d=e",
    b"[red]markup",
    b"\x1b[31mred\x07\x1b[0m",
)
NO_UTF_8 = b"\xff\xfe"

COMMANDS = "\x1b\x07\x9b"
"""What begins commands to a terminal."""


def ganimate(*arguments: str | bytes, folder: Path) -> subprocess.CompletedProcess[bytes]:
    command = [os.fsencode(sys.executable), b"-m", b"ganimate", *map(os.fsencode, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of photos with such names, and of clips made of them."""
    folder = tmp_path_factory.mktemp("names")
    saved = BytesIO()
    Image.fromarray(data.astronaut()[:256, 96:352]).save(saved, "JPEG")
    for stem in list_stems():
        (folder / os.fsdecode(stem + b".jpg")).write_bytes(saved.getvalue())
    return folder


def list_stems() -> list[bytes]:
    return [*STEMS, NO_UTF_8] if sys.platform == "linux" else list(STEMS)


@pytest.fixture(scope="module")
def rendered(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stills of the worst of them, made by one command, and copies under the other names."""
    out = tmp_path_factory.mktemp("stills")
    worst = [b"new\nline", b"-leading", list_stems()[-1]]
    photos = [b"./" + stem + b".jpg" for stem in worst]
    pattern = os.fsencode(out) + b"/{stem}.png"
    result = ganimate(
        b"render", *photos, "--to", "smile", "--frames", "1", "--json", "-o", pattern, folder=folder
    )
    assert result.returncode == 0, result.stderr
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert [os.fsencode(one["path"]) for one in said] == [
        os.fsencode(out) + b"/" + stem + b".png" for stem in worst
    ]
    made = [path.read_bytes() for path in out.iterdir()]
    assert len(made) == len(worst)
    assert made.count(made[0]) == len(worst)  # nothing tells whose photo it was
    for stem in list_stems():
        (out / os.fsdecode(stem + b".png")).write_bytes(made[0])
    return out


def test_what_is_said_of_them_is_plain(rendered: Path) -> None:
    names = sorted(os.fsencode(path.name) for path in rendered.iterdir())
    result = ganimate("inspect", "--", *names, folder=rendered)
    assert result.returncode == 0, result.stderr
    said = result.stdout.decode()
    assert said.count("synthesised with ganimate") == len(names)
    assert "\\x1b[31mred\\x07" in said
    assert not set(said) & set(COMMANDS)


def test_missing_files_of_any_name(folder: Path) -> None:
    names = [stem + b".mp4" for stem in (*list_stems(), b"x" * 300)]
    result = ganimate("inspect", "--", *names, folder=folder)
    assert result.returncode == 1
    assert b"Traceback" not in result.stderr
    assert result.stderr.count(b"error: ") == len(names)
    assert not set(result.stderr.decode()) & set(COMMANDS)


def test_a_folder_of_such_names_is_looked_at(folder: Path, tmp_path: Path) -> None:
    for stem in list_stems():
        (tmp_path / os.fsdecode(stem + b".odd")).touch()
    (tmp_path / "a.jpg").write_bytes((folder / "two words.jpg").read_bytes())
    (tmp_path / "[").mkdir()
    (tmp_path / "[" / "red].other").touch()
    result = CliRunner().invoke(app, ["prepare", "--check", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "([/red].other)" in result.output
    assert not set(result.output) & set(COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["\x1b[31m"],
        ["--\x1b[31m"],
        ["detect", "--\x1b[31m"],
        ["detect", "\x1b[31m"],
        ["render", "a.jpg", "--loop", "\x1b[31m"],
        ["render", "a.jpg", "--to", "\x1b[31m"],
        ["timeline", "--check", "keys.json"],
    ],
)
def test_what_is_wrong_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("keys.json").write_text('{"\\u001b[31m": 1, "keys": [], "photo": "\\u001b[31m"}')
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code in (1, 2)
    assert not set(result.output) & set(COMMANDS)
    assert "x1b" in result.output


def test_letters_of_all_languages_are_shown() -> None:
    for text in ("é 笑顔 سلام 🙂\tx\n", "👩\u200d🚀"):
        assert show_plainly(text) == text
    assert show_plainly("a\rb\u202ec\ud800") == "a\\rb\\u202ec\\ud800"
