"""Tries hostile files on every reader, guided by what of the program they reach; run by hand.

    pip install atheris      # has wheels for Python 3.11 to 3.13
    python tests/fuzz.py photo --runs 20000 --findings found/

Real files are the beginning (hostile_seeds.py). A finding is an exception that is no GanimateError,
a run of more than 10 s, more than 2 GB, or a file, process or connection that the reader must not
open. Findings are kept in the folder, the smallest file of each kind.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["ganimate", "PIL", "pickletools", "json", "zipfile"]):
    from hostile_readers import READERS

from ganimate.errors import GanimateError

SLOW = 10
"""Seconds of CPU that a file may take; six times as many of a clock end the run."""

LARGEST_MEMORY = 2000
"""Megabytes that a process which reads one file after the other may take, torch and all."""

LONGEST = 1 << 16
"""Bytes of a file, at most, unless real ones are longer."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class _Guard:
    """Sees what a reader opens, makes, removes and starts.

    Attributes:
        work: the folder in which it may.
        active: whether a reader is running.
        programs: whether it may start ffmpeg.
    """

    def __init__(self, work: Path, *, programs: bool) -> None:
        self.work, self.programs, self.active = str(work.resolve()), programs, False

    def watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raise for what is not allowed; an audit hook of Python."""
        if not self.active:
            return
        if event == "open":
            path, mode, flags = arguments
            writes = isinstance(flags, int) and flags & _WRITING
            if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
                self._check(path)
        elif event in ("os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.chmod"):
            self._check(arguments[0])
        elif event in ("os.rename", "os.link", "os.symlink"):
            self._check(arguments[0])
            self._check(arguments[1])
        elif event == "subprocess.Popen":
            if not (self.programs and "ffmpeg" in str(arguments[0])):
                raise AssertionError(f"it starts {arguments[0]}")
        elif event in ("os.system", "os.exec", "os.posix_spawn", "socket.connect", "socket.bind"):
            raise AssertionError(f"{event} {arguments}")

    def _check(self, path: object) -> None:
        if isinstance(path, int) or path in ("/dev/null", b"/dev/null"):
            return
        place = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        if not place.startswith((self.work, tempfile.gettempdir())) or "__pycache__" in place:
            if "__pycache__" in place or place.endswith(".nbi"):
                return
            raise AssertionError(f"it writes to {place}")


class Fuzzer:
    """Runs a reader on files, and keeps what goes wrong.

    Attributes:
        runs: files that were tried.
        refused: files that a GanimateError was raised for.
        slowest: seconds of CPU that one took, at most.
        findings: kind -> bytes of its smallest file.
    """

    def __init__(self, name: str, work: Path, findings: Path, runs: int, seconds: float) -> None:
        self.name, self.reader, self.folder = name, READERS[name], findings
        self.most, self.end = runs, time.monotonic() + (seconds or 1e9)
        self.work = work
        self.path = work / self.reader.name
        self.guard = _Guard(work, programs=name in ("video", "command"))
        self.runs, self.refused, self.slowest = 0, 0, 0.0
        self.findings: dict[str, int] = {}
        sys.addaudithook(self.guard.watch)

    def __call__(self, content: bytes) -> None:
        """Try one file; ends the process after the last."""
        if self.runs >= self.most or time.monotonic() > self.end:
            self.report()
            shutil.rmtree(self.work, ignore_errors=True)
            sys.stdout.flush()
            os._exit(1 if self.findings else 0)  # libFuzzer ends no other way
        self.runs += 1
        self.path.write_bytes(content)
        began = sum(os.times()[:4])
        self.guard.active = True
        try:
            self.reader.read(self.path)
        except GanimateError:
            self.refused += 1
        except Exception as error:
            self.guard.active = False
            self.keep(error, content)
        finally:
            self.guard.active = False
            self.time(sum(os.times()[:4]) - began, content)

    def time(self, took: float, content: bytes) -> None:
        """Note how long a file took, in seconds of CPU, ffmpeg's too; keep the slowest."""
        if took > self.slowest:
            self.slowest = took
            (self.folder / f"{self.name}-slowest.input").write_bytes(content)
        if took > SLOW:
            self.keep(TimeoutError(f"it took {took:.1f} s"), content)

    def keep(self, error: Exception, content: bytes) -> None:
        """Keep the smallest file of each kind of finding, and how it ended."""
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "/ganimate/" in frame.filename] or frames[-1:]
        place = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else self.name
        kind = f"{type(error).__name__} at {place}"
        if len(content) >= self.findings.get(kind, 1 << 62):
            return
        new = kind not in self.findings
        self.findings[kind] = len(content)
        stem = f"{self.name}-{kind.replace(' ', '-').replace(':', '-')}"
        (self.folder / f"{stem}.input").write_bytes(content)
        story = "".join(traceback.format_exception(error))
        (self.folder / f"{stem}.txt").write_text(story, errors="replace")
        if new:
            print(f"FOUND {self.name}: {kind}: {str(error)[:200]}", flush=True)

    def report(self) -> None:
        """Print what came out."""
        print(
            f"{self.name}: {self.runs} files, {self.refused} refused, slowest "
            f"{self.slowest:.1f} s, "
            f"{len(self.findings)} kinds of findings",
            flush=True,
        )


def main() -> None:
    """Fuzz one reader in this process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", choices=READERS)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=0, help="end after so long; 0 for never")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path("findings"))
    parser.add_argument("--corpus", type=Path, help="kept and gone on from")
    asked = parser.parse_args()
    reader = READERS[asked.reader]
    asked.findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        work, corpus = Path(folder, "work"), asked.corpus or Path(folder, "corpus")
        work.mkdir()
        corpus.mkdir(parents=True, exist_ok=True)
        seeds = reader.list_seeds()
        longest = max(LONGEST, *map(len, seeds))  # longer ones are cut
        for number, content in enumerate(seeds):
            (corpus / f"seed-{number:03}").write_bytes(content)
        words = Path(folder, "words")
        quoted = (json.dumps(word) for word in reader.words)
        words.write_text("".join(f"{word}\n".replace("\\n", "\\x0a") for word in quoted))
        warnings.simplefilter("ignore")
        fuzzer = Fuzzer(asked.reader, work, asked.findings, asked.runs, asked.seconds)
        flags = [
            f"-seed={asked.seed}",
            f"-timeout={6 * SLOW}", f"-rss_limit_mb={LARGEST_MEMORY}", f"-max_len={longest}",
            *([f"-dict={words}"] if reader.words else []), 
            f"-artifact_prefix={asked.findings}/{asked.reader}-",
            "-verbosity=0", "-reload=0", "-len_control=0",
        ]  # fmt: skip
        atheris.Setup([sys.argv[0], *flags, str(corpus)], fuzzer, enable_python_coverage=True)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
