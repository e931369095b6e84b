"""Hidden files in which results are made: nothing of a process that was killed stays for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ganimate.media.files import list_contents, open_work_folder, replace_folder, write_whole

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs flock")

MAKE = """
import os, signal, sys
from pathlib import Path
from ganimate.media.files import open_work_folder, replace_folder, list_contents, write_whole
folder = Path(sys.argv[1])

def pieces():
    yield b"half"
    print("ready", flush=True)
    sys.stdin.readline()

def rename(new, target):
    print("ready", flush=True)
    sys.stdin.readline()

if sys.argv[2] == "file":
    write_whole(folder / "keys.json", pieces())
elif sys.argv[2] == "folder":
    with open_work_folder(folder / "clip.mp4") as work:
        (work / "made.mp4").write_bytes(b"half")
        list(pieces())
else:
    (folder / "new").mkdir()
    Path.chmod = lambda path, mode: rename(path, mode)  # called between the two moves
    replace_folder(folder / "new", folder / "frames", list_contents(folder / "frames"))
"""


def start(folder: Path, what: str) -> subprocess.Popen[bytes]:
    """A process that is in the middle of making something."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAKE, str(folder), what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def end(process: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
    process.send_signal(number)
    process.communicate()
    assert process.returncode == -number


@pytest.mark.parametrize("what", ["file", "folder"])
def test_who_writes_next_removes_what_a_killed_process_left(tmp_path: Path, what: str) -> None:
    process = start(tmp_path, what)
    (part,) = tmp_path.iterdir()
    write_whole(tmp_path / "other.json", b"{}")
    assert part.exists()  # somebody is at work on it
    end(process)
    assert part.exists()
    (tmp_path / ".notes.part").write_text("mine")
    (tmp_path / ".link.ganimate-0123456789abcdef.part").symlink_to(tmp_path / "other.json")
    with open_work_folder(tmp_path / "clip.gif"):
        assert not part.exists()
    kept = [".link.ganimate-0123456789abcdef.part", ".notes.part", "other.json"]
    assert sorted(os.listdir(tmp_path)) == kept


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_what_other_users_left_is_theirs(tmp_path: Path) -> None:
    process = start(tmp_path, "file")
    (part,) = tmp_path.iterdir()
    end(process)
    os.chown(part, 65534, 65534)
    write_whole(tmp_path / "keys.json", b"{}")
    assert part.exists()


def test_frames_that_were_set_aside_come_back_after_a_kill(tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    (frames / "frame_00000.png").write_bytes(b"old")
    end(start(tmp_path, "frames"))
    assert not frames.exists()
    write_whole(tmp_path / "keys.json", b"{}")
    assert (frames / "frame_00000.png").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["frames", "keys.json", "new"]


def test_frames_that_were_set_aside_stay_where_something_else_took_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames, new = tmp_path / "frames", tmp_path / "new"
    frames.mkdir()
    (frames / "holiday.png").write_bytes(b"precious")
    listed = list_contents(frames)

    def check(folder: Path, name: Path, known: object) -> None:
        name.write_bytes(b"another program's")  # and then this process is killed
        raise KeyboardInterrupt

    monkeypatch.setattr("ganimate.media.files._check_contents", check)
    with pytest.raises(KeyboardInterrupt):
        replace_folder(new, frames, listed)
    assert frames.read_bytes() == b"another program's"
    (aside,) = tmp_path.glob(".frames.ganimate-*.old")
    write_whole(tmp_path / "keys.json", b"{}")
    assert (aside / "old" / "frames" / "holiday.png").read_bytes() == b"precious"


def test_an_interrupt_while_a_part_is_removed_leaves_none(tmp_path: Path) -> None:
    """What one removal did not do is done as the interpreter exits."""
    code = """
import shutil, sys
from pathlib import Path
from ganimate.media.files import open_work_folder
remove, shutil.rmtree = shutil.rmtree, lambda *asked, **how: sys.exit(7)
try:
    with open_work_folder(Path(sys.argv[1]) / "clip.mp4"):
        pass
finally:
    shutil.rmtree = remove
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 7
    assert os.listdir(tmp_path) == []


def test_a_part_that_is_removed_before_it_is_held_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    lock, removed = fcntl.flock, []

    def lock_late(descriptor: int, how: int) -> None:
        if not removed:
            (part,) = tmp_path.glob(".*.part")
            part.unlink()
            removed.append(part)
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", lock_late)

    def pieces() -> Iterator[bytes]:
        yield b"{}"

    write_whole(tmp_path / "keys.json", pieces())
    assert removed
    assert (tmp_path / "keys.json").read_bytes() == b"{}"
    assert os.listdir(tmp_path) == ["keys.json"]
