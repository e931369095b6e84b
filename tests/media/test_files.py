"""Files that are put in their place whole: under names that nobody can foresee."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ganimate.errors import OutputError
from ganimate.media.files import is_reserved, list_contents, replace_folder, write_whole


def test_a_link_at_the_old_name_of_a_part_is_not_followed(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "keys.json"
    victim.write_bytes(b"precious")
    (tmp_path / "keys.json.part").symlink_to(victim)
    write_whole(path, b"{}")
    assert path.read_bytes() == b"{}"
    assert victim.read_bytes() == b"precious"


def test_parts_are_made_exclusively_and_have_another_name_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(["taken", "taken", "free"])
    monkeypatch.setattr("secrets.token_hex", lambda _: next(names))
    victim, link = tmp_path / "victim", tmp_path / ".keys.ganimate-taken.part"
    link.symlink_to(victim)  # leads to nothing: opening it would make the file
    write_whole(tmp_path / "keys.json", b"{}")
    assert next(names, None) is None
    assert sorted(os.listdir(tmp_path)) == [link.name, "keys.json"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_the_permissions_of_a_replaced_file_are_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    umask = os.umask(0o022)
    try:
        write_whole(path, b"{}")
        assert path.stat().st_mode & 0o777 == 0o644
        path.chmod(mode)
        seen = []

        def pieces() -> Iterator[bytes]:
            seen.extend(file.stat().st_mode & 0o777 for file in tmp_path.glob("*.part"))
            yield b"[]"

        write_whole(path, pieces())
    finally:
        os.umask(umask)
    assert path.read_bytes() == b"[]"
    assert path.stat().st_mode & 0o777 == mode
    assert seen == [mode]  # before a byte of it is there to be read


def test_nothing_is_left_of_what_breaks_off(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "keys.json", pieces())
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_replaced_comes_back(tmp_path: Path) -> None:
    target = tmp_path / "frames"
    target.mkdir()
    (target / "frame_00000.png").write_bytes(b"old")
    with pytest.raises(OSError, match="none"):
        replace_folder(tmp_path / "none", target, list_contents(target))
    with pytest.raises(OutputError, match="is kept as it is"):
        replace_folder(tmp_path / "none", target, {})
    assert (target / "frame_00000.png").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["frames"]


@pytest.mark.parametrize("name", ["con", "NUL.mp4", "com1.tar.gz", "a:b.mp4", "what?.png", "end."])
def test_names_that_windows_cannot_have(name: str) -> None:
    assert is_reserved(name)


@pytest.mark.parametrize("name", ["console.mp4", "smile.mp4", "com10.gif", "ä b.png"])
def test_names_that_it_can(name: str) -> None:
    assert not is_reserved(name)
