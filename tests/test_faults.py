"""Commands that are broken off: a handful here, hundreds by hand (tests/faults.py).

Results are complete or absent, nothing else stays, neither files nor processes, and the exit code
and one sentence say why.
"""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fault_commands import EXAMPLES, PATIENCE, ROOT, finish
from faults import Bench, try_encoder, try_signal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

COMMAND = [sys.executable, "-m", "ganimate"]
RENDER = ["render", str(EXAMPLES / "astronaut.jpg"), "--to", "smile", "--size", "300"]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Inputs of the commands, and what they leave undisturbed."""
    return Bench(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize(
    ("name", "number", "share"),
    [
        ("render", signal.SIGINT, 0.2),
        ("prepare", signal.SIGTERM, 0.6),
        ("train", signal.SIGKILL, 0.8),
    ],
)
def test_a_signal_leaves_all_or_nothing(
    bench: Bench, name: str, number: signal.Signals, share: float
) -> None:
    _, faults = try_signal(bench, name, 0, number, share)
    assert faults == []


def test_an_encoder_that_is_killed(bench: Bench) -> None:
    for seed in range(1, 6):  # a quick run may end before its moment comes
        end, faults = try_encoder(bench, "render", seed)
        assert not faults
        if end == "killed":
            return
    pytest.fail("five runs ended before their encoder was killed")


def start(*arguments: str, **streams: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=ROOT, text=True, stderr=subprocess.PIPE, **streams
    )  # type: ignore[call-overload,no-any-return]


def test_a_reader_that_has_enough() -> None:
    process = start(*RENDER, "--frames", "2", "-q", "-o", "-", stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    status, said = finish(process)
    assert status == 1
    assert said == "error: whoever reads the clip ended before it was all there\n"


@pytest.mark.parametrize("redirect", [">/dev/full", ">&-"])
def test_results_that_cannot_be_printed(redirect: str) -> None:
    words = f"'{sys.executable}' -m ganimate expressions {redirect}"
    status, said = finish(
        subprocess.Popen(["sh", "-c", words], cwd=ROOT, text=True, stderr=subprocess.PIPE)
    )
    if redirect == ">&-":
        assert (status, said) == (0, "")
    else:
        assert status == 1
        assert said.lower() == "error: the disk: no space left on device\n"


def test_a_closed_standard_stream_is_no_file_of_ours(tmp_path: Path) -> None:
    """Or what a library says on descriptor 2 would be written into the clip."""
    words = f"'{sys.executable}' -m ganimate detect - --json 0<&- 2>&-"
    done = subprocess.run(["sh", "-c", words], cwd=ROOT, text=True, stdout=subprocess.PIPE)
    assert done.returncode == 2
    assert "standard input is closed" in done.stdout


def test_a_terminal_that_vanishes(tmp_path: Path) -> None:
    """Its programs get SIGHUP, and cannot say anything any more."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        clip = str(tmp_path / "clip.mp4")
        os.execv(sys.executable, [*COMMAND, *RENDER, "--frames", "2000", "-o", clip])
    until = time.monotonic() + PATIENCE
    while not list(tmp_path.iterdir()) and time.monotonic() < until:
        os.read(terminal, 1000)
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGHUP
    assert list(tmp_path.iterdir()) == []


EARLY = """
import os, signal, sys, threading

class Importing:
    def find_spec(self, name, path=None, target=None):
        if name == "ganimate.cli.render":
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
        return None

sys.meta_path.insert(0, Importing())
from ganimate.cli import main
main()
"""

LOST = """
import os, signal
from ganimate.cli.ending import run_to_end

class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):
            pass

def work():
    Last()
    while True:
        pass

run_to_end(work)
"""


@pytest.mark.parametrize(("code", "number"), [(EARLY, signal.SIGINT), (LOST, signal.SIGTERM)])
def test_signals_at_bad_moments_end_the_command_all_the_same(code: str, number: int) -> None:
    """While modules are imported; in a finaliser, where Python drops exceptions."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, text=True, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    status, said = finish(process)
    assert status == 128 + number
    assert said == f"error: stopped by {signal.Signals(number).name}\n"


def test_a_hang_up_that_is_ignored_stays_so() -> None:
    """As by nohup."""
    code = "import os, signal\nfrom ganimate.cli.ending import run_to_end\n"
    code += "run_to_end(lambda: os.kill(os.getpid(), signal.SIGHUP))"
    words = ["nohup", sys.executable, "-c", code]
    done = subprocess.run(words, cwd=ROOT, capture_output=True)
    assert done.returncode == 0
