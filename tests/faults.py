"""Break commands off at random moments, and look at what they leave.

    python tests/faults.py signals --count 100            # each of the five commands
    python tests/faults.py signals --commands train --count 20 --seed 7 --seconds 300
    python tests/faults.py signals --signal SIGINT --count 40
    python tests/faults.py encoder --commands render,timeline,drive --count 50
    python tests/faults.py disk --count 16      # as root: disks of 16 sizes
    python tests/faults.py place --count 20     # as root: the folder goes, or is read-only

Everything follows from the seed but the machine's speed: the moment of a trial is a part of the
time that an undisturbed run took. A fault is printed with the seed that repeats it; the exit code
is 1 if there was one. A run that is not broken off must leave the same bytes each time, and so must
the run after one that was.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from fault_commands import (
    Command,
    Files,
    find_processes,
    finish,
    list_commands,
    list_files,
    make_inputs,
    run,
)
from fault_judges import judge_files, judge_next_run, judge_processes, judge_signal, judge_words

NAMES = ("render", "timeline", "drive", "prepare", "train")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)


@dataclass
class Undisturbed:
    """What a command leaves that is not broken off, and how long it takes."""

    files: Files
    seconds: float
    bytes: int


@dataclass
class Tally:
    """What came out of trials."""

    ends: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def say(self, name: str) -> None:
        """Print it in a line."""
        ends = ", ".join(f"{end}: {count}" for end, count in sorted(self.ends.items()))
        print(f"{name}: {sum(self.ends.values())} runs ({ends}), {len(self.faults)} faults")
        sys.stdout.flush()


class Bench:
    """Folders to run commands in, and what undisturbed runs leave."""

    def __init__(self, folder: Path) -> None:
        """Make what the commands read."""
        self.folder = folder
        self.inputs = folder / "inputs"
        self.inputs.mkdir()
        make_inputs(self.inputs)
        self.commands = list_commands(self.inputs)
        self._known: dict[Command, Undisturbed] = {}

    def open_place(self) -> Path:
        """An empty folder to run in."""
        place = self.folder / uuid.uuid4().hex[:8] / "work"  # sockets have short names
        place.mkdir(parents=True)
        return place

    def know(self, command: Command) -> Undisturbed:
        """What a command leaves undisturbed; run at the first question."""
        if command not in self._known:
            place = self.open_place()
            began = time.monotonic()
            status, said = finish(run(command, place, "undisturbed"))
            assert status == 0, said
            seconds = time.monotonic() - began
            files = list_files(place)
            size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
            assert files, command
            assert not list_files(place.with_name("tmp"))
            self._known[command] = Undisturbed(files=files, seconds=seconds, bytes=size)
            shutil.rmtree(place.parent)
        return self._known[command]


def try_signal(
    bench: Bench,
    name: str,
    seed: int,
    number: signal.Signals | None = None,
    share: float | None = None,
) -> tuple[str, list[str]]:
    """Break one run off.

    Args:
        bench: where it runs.
        name: of the command.
        seed: of what follows by chance.
        number: what it is sent; by chance if None.
        share: part of its usual time after which that is sent; by chance if None.

    Returns:
        How it ended, and what was wrong.
    """
    chance = random.Random(f"{name} {seed}")
    command = chance.choice(bench.commands[name])
    number, to_all = number or chance.choice(SIGNALS), chance.random() < 0.5
    known = bench.know(command)
    moment = (chance.random() if share is None else share) * known.seconds
    place, marker = bench.open_place(), uuid.uuid4().hex
    older = put_older_files(bench, command, place) if chance.random() < 0.5 else {}
    process = run(command, place, marker)
    time.sleep(moment)
    send(process, number, to_all=to_all)
    status, said = finish(process)
    faults = list(judge_signal(status, said, number))
    faults += judge_files(
        command, known.files, older, place, status, killed=number == signal.SIGKILL
    )
    faults += judge_processes(marker, killed=number == signal.SIGKILL)
    if number == signal.SIGKILL or command.partly:
        faults += judge_next_run(command, known.files, place)
    shutil.rmtree(place.parent, ignore_errors=True)
    who = "all its processes" if to_all else "it alone"
    where = f"{' '.join(command.arguments[-2:])}, {number.name} to {who} after {moment:.2f} s"
    end = "ended before" if status == 0 else number.name
    return end, [f"{name} seed {seed} ({where}, code {status}): {fault}" for fault in faults]


def put_older_files(bench: Bench, command: Command, place: Path) -> Files:
    """Put results of an earlier run, of other frames, to where a command writes."""
    if command.partly:
        return {}
    for name in command.results:
        if name.endswith(".json"):
            (place / name).write_text("{}")
            continue
        source = bench.inputs / "older" / name
        if not source.exists():
            source.parent.mkdir(exist_ok=True)
            words = ["render", str(bench.inputs / "face.jpg"), "--to", "sad", "--frames", "2"]
            older = Command("render", (*words, "--size", "200", "-o", f"older/{name}"), (name,))
            status, said = finish(run(older, bench.inputs, "older"))
            assert status == 0, said
        if source.is_dir():
            shutil.copytree(source, place / name)
        else:
            shutil.copy(source, place / name)
    return list_files(place)


def send(process: subprocess.Popen[str], number: int, *, to_all: bool) -> None:
    """Send a signal to a process, or to its group, as a terminal does."""
    with suppress(ProcessLookupError):
        if to_all:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


def try_encoder(bench: Bench, name: str, seed: int) -> tuple[str, list[str]]:
    """Kill the ffmpeg of one run at a random moment; returns as try_signal()."""
    chance = random.Random(f"encoder {name} {seed}")
    command = chance.choice([one for one in bench.commands[name] if one.results[0] != "frames"])
    known = bench.know(command)
    place, marker = bench.open_place(), uuid.uuid4().hex
    older = put_older_files(bench, command, place) if chance.random() < 0.5 else {}
    process = run(command, place, marker)
    skipped = chance.randrange(8)  # an encoder, or what reads the driver or the result
    killed, seen = False, set()
    while process.poll() is None and not killed:
        for number, words in find_processes(marker).items():
            if "ffmpeg" in words.split(" ")[0] and number not in seen:
                seen.add(number)
                with suppress(OSError):  # it has ended meanwhile
                    if len(seen) > skipped or ".ganimate-" in os.readlink(f"/proc/{number}/cwd"):
                        time.sleep(chance.random() * 0.3)
                        killed = kill(number)
        time.sleep(0.002)
    status, said = finish(process)
    faults = list(judge_words(status, said))
    faults += judge_files(command, known.files, older, place, status)
    faults += judge_processes(marker)
    shutil.rmtree(place.parent, ignore_errors=True)
    end = "killed" if killed else "ended before"
    return end, [f"encoder {name} seed {seed} ({command.results}): {fault}" for fault in faults]


def kill(number: int) -> bool:
    """Kill a process; whether it was still there."""
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


DISK_STEPS = 16
"""Sizes of a disk that are tried of each command, from one that is full to one that is enough."""


def try_disk(bench: Bench, name: str, seed: int) -> tuple[str, list[str]]:
    """Run in a file system that gets full; returns as try_signal(). It takes root."""
    commands = bench.commands[name]
    command = commands[seed // DISK_STEPS % len(commands)]
    known = bench.know(command)
    share = (seed % DISK_STEPS) / (DISK_STEPS - 1)
    size = 8192 + int(share**2 * 5 * known.bytes) // 4096 * 4096
    place, marker = bench.open_place(), uuid.uuid4().hex
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "faults", str(place)]
    subprocess.run(mount, check=True)
    try:
        status, said = finish(run(command, place, marker))
        faults = list(judge_words(status, said))
        faults += judge_files(command, known.files, {}, place, status)
        faults += judge_processes(marker)
        if command.partly and status:
            subprocess.run(["mount", "-o", "remount,size=1g", str(place)], check=True)
            faults += judge_next_run(command, known.files, place)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
    shutil.rmtree(place.parent, ignore_errors=True)
    end = "full" if status else "enough"
    where = f"disk {name} seed {seed} ({command.results[0]}, {size} bytes)"
    return end, [f"{where}: {fault}" for fault in faults]


def try_place(bench: Bench, name: str, seed: int) -> tuple[str, list[str]]:
    """Remove the folder of a run, or make it read-only (as root), at a random moment."""
    chance = random.Random(f"place {name} {seed}")
    command = chance.choice(bench.commands[name])
    known = bench.know(command)
    place, marker = bench.open_place(), uuid.uuid4().hex
    removed = chance.random() < 0.5
    if not removed:
        subprocess.run(["mount", "-t", "tmpfs", "faults", str(place)], check=True)
    process = run(command, place, marker)
    time.sleep(chance.random() * known.seconds)
    if removed:
        shutil.rmtree(place)
    else:
        # Not while a file is open for writing, which the system does not allow.
        command_line = ["mount", "-o", "remount,ro", str(place)]
        while subprocess.run(command_line, capture_output=True).returncode and not process.poll():
            time.sleep(0.01)
    status, said = finish(process)
    # MKL ends a process itself whose folder is removed just before torch is imported.
    ended_by_library = removed and "Intel oneMKL FATAL ERROR" in said
    faults = [] if ended_by_library else list(judge_words(status, said))
    faults += judge_processes(marker)
    if removed:
        left = list_files(place) if place.exists() else {}
        faults += [f"left {left}"] if status and left else []
    else:
        subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
        faults += judge_next_run(command, known.files, place) if status else []
        subprocess.run(["umount", "-l", str(place)], check=True)
    shutil.rmtree(place.parent, ignore_errors=True)
    end = ("removed" if removed else "read-only") if status else "ended before"
    end += " (MKL)" if ended_by_library else ""
    return end, [
        f"place {name} seed {seed} ({command.results[0]}, {end}): {fault}" for fault in faults
    ]


TRIALS = {"signals": try_signal, "encoder": try_encoder, "disk": try_disk, "place": try_place}


# Commands of this file


def repeat(
    bench: Bench,
    names: list[str],
    trial: Callable[[Bench, str, int], tuple[str, list[str]]],
    seeds: range,
    seconds: float,
) -> int:
    """Make trials until there are enough or time is up; returns the number of faults."""
    faults = 0
    until = time.monotonic() + seconds
    for name in names:
        tally = Tally()
        for seed in seeds:
            if time.monotonic() > until:
                print(f"time is up before {name} seed {seed}")
                break
            end, wrong = trial(bench, name, seed)
            tally.ends[end] += 1
            tally.faults += wrong
            for fault in wrong:
                print(fault)
        tally.say(name)
        faults += len(tally.faults)
    return faults


def main() -> None:
    """Read options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=TRIALS)
    parser.add_argument("--commands", default=",".join(NAMES))
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="of the first trial")
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--signal", choices=[one.name for one in SIGNALS], help="by chance if none")
    asked = parser.parse_args()
    for number in SIGNALS[:-1]:  # shells let what they start in the background ignore some
        signal.signal(number, signal.SIG_DFL)
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        seeds = range(asked.seed, asked.seed + asked.count)
        trial = TRIALS[asked.what]
        if asked.signal:
            trial = partial(try_signal, number=signal.Signals[asked.signal])
        faults = repeat(bench, asked.commands.split(","), trial, seeds, asked.seconds)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
