"""The `ganimate` command: a thin layer that reads options, shows progress and reports.

Only this module prints or exits: 0 for success, 1 for what failed, 2 for a wrong request, 130
after Ctrl-C. Results go to stdout, everything else to stderr. What is slow to import (torch, cv2,
mediapipe) is imported by the commands that need it, so that `--help` takes a blink.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, TypeVar

import typer
from typer.core import TyperGroup

from ganimate.errors import DataError, FaceError, GanimateError, PhotoError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import RenderableType
    from rich.progress import Progress, TaskID

    from ganimate.animator import Animator
    from ganimate.keyframes import Timeline
    from ganimate.networks import Generator
    from ganimate.paper import PaperGenerator
    from ganimate.training.config import AnyTrainConfig, PaperTrainConfig, TrainConfig
    from ganimate.training.dataset import FaceSet
    from ganimate.training.loop import Progress as Step
    from ganimate.training.pairs import Pairs
    from ganimate.training.prepare import PrepareOptions, Report
    from ganimate.training.processes import Processes
    from ganimate.training.samples import Samples
    from ganimate.training.sources import Source

T = TypeVar("T")

# while training
SHOWN_TERMS = ("round_trip", "identity", "adversarial", "critic", "critic_action_units")
VALIDATION_BATCH = 8  # faces on a sheet of the paper preset, side by side
MAX_SLUG = 40  # characters of an expression in a default file name


class _Commands(TyperGroup):
    """Reports errors that a user can cause in one line, and turns them into exit codes."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except UsageError as error:
            _fail(str(error), code=2)
        except GanimateError as error:
            _fail(str(error), code=1)
        except BrokenPipeError:
            raise  # the reader of our output has enough; Typer ends quietly
        except OSError as error:
            _fail(f"{error.filename or 'the disk'}: {error.strerror or error}", code=1)
        except MemoryError:
            _fail("out of memory: try a smaller --size, or a smaller photo", code=1)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="One photo of a face in, a clip of that face changing expression out.",
)


def main() -> None:
    """Run the command line; the console script's entry point."""
    signal.signal(signal.SIGTERM, _stop)
    for stream in (sys.stdout, sys.stderr):  # a terminal without "█" is no reason to fail
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    app()


def _stop(number: int, frame: object) -> NoReturn:
    """SIGTERM as an exception: temporary files are removed on the way out."""
    raise SystemExit(128 + number)


def _fail(message: str, code: int) -> NoReturn:
    _complain(message)
    raise typer.Exit(code)


def _complain(message: str) -> None:
    typer.secho("error: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(message, err=True)


def _print_version(wanted: bool) -> None:
    if wanted:
        try:
            number = version("ganimate")
        except PackageNotFoundError:  # run from a checkout that was never installed
            number = "unknown"
        typer.echo(f"ganimate {number}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


@dataclass(frozen=True)
class _Bar:
    """One line on stderr: what is being done, how much of it, and the time left."""

    progress: Progress
    task: TaskID

    def at(self, done: int, total: int | None, label: str) -> None:
        self.progress.update(self.task, completed=done, total=total, description=label)

    def start(self, done: int, total: int | None, label: str) -> None:
        """Begin a phase of which some was done before, which says nothing of the time left."""
        self.progress.reset(self.task, completed=done, total=total, description=label)

    def say(self, text: str) -> None:
        """A line that stays, above the bar."""
        self.progress.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def over(self, items: Iterable[T], total: int | None, label: str) -> Iterator[T]:
        """The items; each counts as done when the next one is asked for."""
        self.start(0, total, label)
        for done, item in enumerate(items, start=1):
            yield item
            self.at(done, total, label)


@contextmanager
def _progress(label: str, *, quiet: bool) -> Iterator[_Bar]:
    """A bar that pulses until its total is known, and is gone at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeftColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeLeftColumn(compact=True),
    )
    console = Console(stderr=True)
    hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        yield _Bar(progress, progress.add_task(label, total=None))


# Options that several commands share

Face = Annotated[
    str,
    typer.Option(
        metavar="largest|all|INDEX",
        help="Which face of the photo; `ganimate detect` shows their numbers.",
    ),
]
OneFace = Annotated[
    str,
    typer.Option(
        metavar="largest|INDEX",
        help="Which face of the photo; `ganimate detect` shows their numbers.",
    ),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"], typer.Option(help="Where the network runs.")
]
Model = Annotated[
    str, typer.Option(metavar="NAME|FILE", help="A shipped model, or a .safetensors file.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, for other programs.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing, unless something fails.")]


# ganimate render


@app.command(no_args_is_help=True)
def render(
    photos: Annotated[
        list[str], typer.Argument(metavar="PHOTO", help="Photos with a face.", show_default=False)
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="EXPRESSION",
            help="What the face shall show: a preset (smile, smile:0.6), AUs (AU12=0.9,AU45L=1), "
            "a sum (smile:0.7+AU1=0.4), or a photo whose expression is copied. "
            "`ganimate expressions` lists them.",
            show_default=False,
        ),
    ],
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="EXPRESSION",
            help="What the clip starts from.",
            show_default="what the photo shows",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="An .mp4, .gif or .webp clip; a .png of the final frame; or a folder for all "
            "frames as .png. {stem} stands for the photo's name.",
            show_default="{stem}_EXPRESSION.mp4",
        ),
    ] = None,
    frames: Annotated[int | None, typer.Option(help="Length in frames.", show_default="30")] = None,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 30.0,
    duration: Annotated[
        float | None,
        typer.Option(help="Length in seconds, instead of --frames.", show_default=False),
    ] = None,
    ease: Annotated[
        Literal["linear", "smooth"], typer.Option(help="How the motion starts and stops.")
    ] = "smooth",
    loop: Annotated[
        Literal["once", "pingpong", "hold"],
        typer.Option(
            help="Play once; there and back, for ever; or get there early and stay a while."
        ),
    ] = "once",
    size: Annotated[
        int | None,
        typer.Option(help="Longest side in pixels.", show_default="the photo's own"),
    ] = None,
    face: Face = "largest",
    model: Model = "motion",
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Animate the face in a photo.

    A clip starts with the photo itself and ends with the expression asked for.

    ganimate render portrait.jpg --to smile -o smile.mp4
    """
    from ganimate.timeline import frame_count

    count = frame_count(frames, duration, fps)
    _check_expressions(to, start)
    outputs = _outputs(photos, output or f"{{stem}}_{_slug(to)}.mp4", copied=(to, start))
    if outputs[0].lower().endswith(".png"):
        count = 1  # the final frame, whatever the loop
    from ganimate.clip import make_clip
    from ganimate.report import clip_facts, clip_line
    from ganimate.video import write_frames

    failed = False
    for photo, target in zip(photos, outputs, strict=True):
        began = time.monotonic()
        name = Path(photo).name
        try:
            with _progress(f"{name}: finding the face", quiet=quiet) as bar:
                clip = make_clip(
                    photo, to, start=start, frames=count, ease=ease, loop=loop, face=face,
                    size=size, model=model, device=device,
                )  # fmt: skip
                drawn = bar.over(clip.frames, count, f"{name}: rendering")
                written = write_frames(drawn, target, fps=fps, loop_forever=loop != "once")
        except (PhotoError, FaceError) as error:
            if len(photos) == 1:
                raise
            # What is wrong with a file names it; what is wrong with a face does not.
            _complain(f"{photo}: {error}" if isinstance(error, FaceError) else str(error))
            failed = True
            continue
        if as_json:
            took_seconds = time.monotonic() - began
            typer.echo(json.dumps(clip_facts(photo, clip, written, took_seconds)))
        elif not quiet:
            typer.echo(clip_line(written))
    if failed:
        raise typer.Exit(1)


def _check_expressions(*texts: str | None) -> None:
    """Find typing errors before anything slow is loaded."""
    from ganimate.action_units import names_a_photo, parse_expression

    for text in texts:
        if text is not None and not names_a_photo(text):
            parse_expression(text)


def _slug(expression: str) -> str:
    """An expression as a part of a file name: `smile:0.6` -> `smile-0.6`, `a/b.jpg` -> `b`."""
    from ganimate.action_units import names_a_photo

    name = Path(expression).stem if names_a_photo(expression) else expression
    return re.sub(r"[^A-Za-z0-9.]+", "-", name)[:MAX_SLUG].strip("-.") or "clip"


def _outputs(photos: Sequence[str], pattern: str, copied: Sequence[str | None]) -> list[str]:
    """Where the clip of each photo goes, all of it checked before any work is done.

    `copied` are the expressions; those that are photos must not be overwritten either.
    """
    from ganimate.video import check_output

    if len(photos) > 1 and "{stem}" not in pattern:
        raise UsageError(
            f"{len(photos)} clips cannot all be written to {pattern}: "
            f"put {{stem}} into the name, as in -o {{stem}}{Path(pattern).suffix or '/'}"
        )
    outputs = [pattern.replace("{stem}", Path(photo).stem) for photo in photos]
    taken = {Path(output).resolve() for output in outputs}
    if len(taken) < len(outputs):
        raise UsageError(
            "some photos have the same name, so that a clip would replace another: "
            "render them one by one"
        )
    for output in outputs:
        check_output(output)
    for photo in (*photos, *filter(None, copied)):
        _check_keeps(photo, Path(photo).resolve() in taken)
    return outputs


def _check_keeps(photo: str, overwritten: bool) -> None:
    if overwritten:
        raise UsageError(f"{photo} would be overwritten: give -o another name")


# ganimate timeline


@app.command(no_args_is_help=True)
def timeline(
    keys: Annotated[
        Path | None,
        typer.Argument(metavar="KEYS.json", help="What the face shows when.", show_default=False),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="An .mp4, .gif or .webp clip; a .png of the final frame; or a folder for all "
            "frames as .png.",
            show_default="what the file says, else KEYS.mp4",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the file is right.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="PNG", help="Draw the curves instead of the clip.", show_default=False
        ),
    ] = None,
    init: Annotated[
        Path | None,
        typer.Option(
            metavar="PHOTO",
            help="Write a file to start from, for this photo.",
            show_default=False,
        ),
    ] = None,
    model: Model = "motion",
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Animate a face by keyframes.

    ganimate timeline --init portrait.jpg

    ganimate timeline portrait.json -o portrait.mp4
    """
    if init is not None:
        _start_timeline(init, keys, as_json=as_json, quiet=quiet)
        return
    if keys is None:
        raise UsageError("no file given: name one, or let --init PHOTO write a starter")
    from ganimate.keyframes import read_timeline

    asked = read_timeline(keys)
    target = output or str(asked.output or f"{keys.stem}.mp4")
    taken = Path(plot or target).resolve()
    for used in (keys, asked.photo):
        _check_keeps(str(used), used.resolve() == taken)
    if check:
        _report_check(keys, asked, as_json=as_json, quiet=quiet)
    elif plot is not None:
        _plot_timeline(asked, plot, as_json=as_json, quiet=quiet)
    else:
        _render_timeline(asked, target, model, device, as_json=as_json, quiet=quiet)


def _start_timeline(photo: Path, keys: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Write a starter beside the photo's user, who is where the command runs."""
    from ganimate.keyframes import starter, write_document

    if not photo.is_file():
        raise PhotoError(f"{photo} does not exist: check the name of the photo")
    path = keys or Path(f"{photo.stem}.json")
    if path.exists():
        raise UsageError(f"{path} exists and would be overwritten: name another, KEYS.json")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} does not exist: make it first")
    write_document(starter(os.path.relpath(photo, path.parent)), path)
    if as_json:
        typer.echo(json.dumps({"path": str(path), "photo": str(photo)}))
    elif not quiet:
        typer.echo(f"{path}: edit it, then run `ganimate timeline {path}`")


def _report_check(keys: Path, asked: Timeline, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        facts = {"path": str(keys), "photo": str(asked.photo), "frames": asked.frames}
        seconds = asked.frames / asked.fps
        typer.echo(json.dumps({**facts, "fps": asked.fps, "seconds": seconds, "loop": asked.loop}))
    elif not quiet:
        seconds = asked.frames / asked.fps
        typer.echo(f"{keys}: right, {asked.frames} frames, {seconds:.3g} s at {asked.fps:g} fps")


def _plot_timeline(asked: Timeline, picture: Path, *, as_json: bool, quiet: bool) -> None:
    _check_picture(str(picture), str(asked.photo))
    from ganimate.photo import read_photo
    from ganimate.plot import draw_curves
    from ganimate.portrait import find_portraits
    from ganimate.timeline import perform
    from ganimate.video import write_drawing
    from ganimate.weights import load_face_models

    with _progress(f"{asked.photo.name}: finding the face", quiet=quiet):
        portraits = find_portraits(read_photo(asked.photo), load_face_models(), asked.face)
        drawn = draw_curves(asked, perform(asked, portraits[0].aus))
        write_drawing(drawn, picture)
    if as_json:
        height, width = drawn.shape[:2]
        typer.echo(json.dumps({"path": str(picture), "width": width, "height": height}))
    elif not quiet:
        typer.echo(f"{picture}: {asked.frames} frames, {asked.frames / asked.fps:.3g} s")


def _render_timeline(
    asked: Timeline, target: str, model: str, device: str, *, as_json: bool, quiet: bool
) -> None:
    from ganimate.clip import make_timeline_clip
    from ganimate.report import clip_facts, clip_line
    from ganimate.video import check_output, write_frames

    check_output(target, fps=asked.fps)
    began = time.monotonic()
    name = asked.photo.name
    with _progress(f"{name}: finding the face", quiet=quiet) as bar:
        clip = make_timeline_clip(asked, model=model, device=device)
        drawn = bar.over(clip.frames, asked.frames, f"{name}: rendering")
        written = write_frames(drawn, target, fps=asked.fps, loop_forever=asked.loop != "once")
    if as_json:
        took_seconds = time.monotonic() - began
        typer.echo(json.dumps(clip_facts(str(asked.photo), clip, written, took_seconds)))
    elif not quiet:
        typer.echo(clip_line(written))


# ganimate drive


@app.command(no_args_is_help=True)
def drive(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", show_default=False)],
    driver: Annotated[
        Path,
        typer.Option(
            metavar="VIDEO",
            help="A video of a face, whose expressions go over.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="An .mp4 (with the video's sound), .gif or .webp clip; a .png of the final frame; "
            "or a folder for all frames as .png.",
            show_default="PHOTO_VIDEO.mp4",
        ),
    ] = None,
    head: Annotated[
        bool, typer.Option("--head", help="Turn the head, too, up to 12 degrees.")
    ] = False,
    neutral_at: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help="When the face in the video is at rest.",
            show_default="found in the video",
        ),
    ] = None,
    save_timeline: Annotated[
        Path | None,
        typer.Option(
            metavar="KEYS.json",
            help="Write what was transferred as a file for `ganimate timeline`.",
            show_default=False,
        ),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(min=1, max=120, help="Frames a second.", show_default="the video's"),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(help="Longest side in pixels.", show_default="the photo's own"),
    ] = None,
    face: Face = "largest",
    model: Model = "motion",
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Animate a photo by a video of another face.

    What goes over is how far that face is from its own rest; the video need not start with the
    photo's expression.

    ganimate drive portrait.jpg --driver me.mp4 -o talking.mp4
    """
    from ganimate.footage import open_footage
    from ganimate.video import check_output

    target = output or f"{photo.stem}_{driver.stem}.mp4"
    check_output(target)
    _check_drive(photo, driver, target, save_timeline)
    footage = open_footage(driver)
    rate = fps or footage.fps
    check_output(target, fps=rate)
    from ganimate.clip import make_performed_clip, open_animators
    from ganimate.driver import document_of, performance_of, watch
    from ganimate.footage import read_frames
    from ganimate.keyframes import write_document
    from ganimate.report import clip_line, drive_facts
    from ganimate.video import sound_of, write_frames
    from ganimate.weights import load_face_models

    began = time.monotonic()
    models = load_face_models()
    with _progress(f"{photo.name}: finding the face", quiet=quiet) as bar:
        # First, as what is wrong with a photo should be said before minutes of video are watched.
        animators = open_animators(photo, models, face, size=size, model=model, device=device)
        total = round(footage.seconds * rate) if footage.seconds else None
        frames = bar.over(read_frames(footage, rate), total, f"{driver.name}: following the face")
        watched = watch(frames, rate, models)
        performances = [
            performance_of(watched, animator.portrait.aus, neutral_at=neutral_at, head=head)
            for animator in animators
        ]
        clip = make_performed_clip(animators, performances, models[1])
        drawn = bar.over(clip.frames, len(watched.aus), f"{photo.name}: rendering")
        sound = sound_of(footage.sound, driver, len(watched.aus) / rate, target)
        written = write_frames(drawn, target, fps=rate, loop_forever=False, sound=sound)
        if save_timeline is not None:
            folder = save_timeline.parent
            names = os.path.relpath(photo, folder), os.path.relpath(target, folder)
            source = animators[0].portrait.aus
            document = document_of(performances[0], source, rate, *names)
            write_document({**document, **_chosen(face, size)}, save_timeline)
    if as_json:
        facts = drive_facts(str(photo), str(driver), clip, written, watched.seen, sound)
        typer.echo(json.dumps({**facts, "took_seconds": round(time.monotonic() - began, 2)}))
    elif not quiet:
        missed = int((~watched.seen).sum())
        typer.echo(clip_line(written) + (f" ({missed} frames without a face)" if missed else ""))


def _check_drive(photo: Path, driver: Path, target: str, save_timeline: Path | None) -> None:
    """What is written must not replace what is read, nor each other."""
    written = {Path(target).resolve()}
    if save_timeline is not None:
        if save_timeline.suffix.lower() != ".json":
            raise UsageError(f"{save_timeline} is no name for a timeline: end it in .json")
        if not save_timeline.parent.is_dir():
            raise UsageError(f"the folder {save_timeline.parent} does not exist: make it first")
        written.add(save_timeline.resolve())
    for used in (photo, driver):
        _check_keeps(str(used), used.resolve() in written)


def _chosen(face: str, size: int | None) -> dict[str, Any]:
    """What a timeline says of the face and the size, where they are not the usual."""
    chosen: dict[str, Any] = {} if size is None else {"size": size}
    if face != "largest":
        chosen["face"] = int(face) if face.isdecimal() else face
    return chosen


# ganimate expressions


@app.command()
def expressions(as_json: AsJson = False) -> None:
    """List the expressions and the action units that --to understands."""
    from ganimate.report import vocabulary_facts, vocabulary_tables

    if as_json:
        typer.echo(json.dumps(vocabulary_facts(), indent=1))
    else:
        _print(vocabulary_tables())


def _print(shown: RenderableType) -> None:
    from rich.console import Console

    Console().print(shown, highlight=False)


# ganimate detect


@app.command(no_args_is_help=True)
def detect(
    photo: Annotated[str, typer.Argument(metavar="PHOTO", show_default=False)],
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="PNG", help="Draw what was found.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show the faces of a photo: boxes, head pose, and the action units they show."""
    if output:
        _check_picture(output, photo)
    from ganimate.photo import read_photo
    from ganimate.portrait import find_portraits
    from ganimate.report import face_bars, face_facts
    from ganimate.weights import load_face_models

    with _progress(f"{Path(photo).name}: finding faces", quiet=quiet):
        pixels = read_photo(photo)
        portraits = find_portraits(pixels, load_face_models(), "all", usable=False)
    if output:
        from ganimate.annotation import annotate
        from ganimate.video import write_drawing

        write_drawing(annotate(pixels, portraits), output)
    if as_json:
        found = [face_facts(index, portrait) for index, portrait in enumerate(portraits)]
        height, width = pixels.shape[:2]
        report = {"photo": photo, "path": output, "width": width, "height": height, "faces": found}
        typer.echo(json.dumps(report, indent=1))
    elif not quiet:
        _print(face_bars(portraits))


def _check_picture(output: str, photo: str) -> None:
    from ganimate.video import check_output

    if not output.lower().endswith(".png"):
        raise UsageError(f"{output} is no name for a picture: end it in .png")
    check_output(output)
    _check_keeps(photo, Path(output).resolve() == Path(photo).resolve())


# ganimate sheet


@app.command(no_args_is_help=True)
def sheet(
    photo: Annotated[str, typer.Argument(metavar="PHOTO", show_default=False)],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="PNG", help="The sheet.", show_default=False)
    ],
    aus: Annotated[
        str | None,
        typer.Option(metavar="1,2,12", help="Which action units.", show_default="all 17"),
    ] = None,
    masks: Annotated[
        bool, typer.Option("--masks", help="Add attention and colour masks under each result.")
    ] = False,
    face: OneFace = "largest",
    model: Model = "motion",
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Draw a face with each action unit at four intensities, and what the network paints."""
    _check_picture(output, photo)
    if face == "all":
        raise UsageError("a sheet shows one face: give --face largest or a number")
    from ganimate import sheet as sheets
    from ganimate.report import clip_line
    from ganimate.video import write_frames

    units = sheets.parse_aus(aus)
    name = Path(photo).name
    with _progress(f"{name}: finding the face", quiet=quiet) as bar:
        animator = _open_animator(photo, face, model, device)
        rows = sheets.draw_rows(animator, units, masks=masks)
        drawn = list(bar.over(rows, len(units), f"{name}: rendering"))
        written = write_frames([sheets.lay_out(drawn, animator.crop, name)], output, fps=1)
    if as_json:
        report = {"photo": photo, "path": output, "width": written.width, "height": written.height}
        typer.echo(json.dumps({**report, "bytes": written.bytes, "aus": [u.number for u in units]}))
    elif not quiet:
        typer.echo(clip_line(written))


def _open_animator(photo: str, face: str, model: str, device: str) -> Animator:
    """One face of a photo, ready to be driven."""
    from ganimate.animator import Animator, choose_device
    from ganimate.photo import read_photo
    from ganimate.portrait import find_portraits
    from ganimate.weights import load_face_models, load_generator, model_path

    chosen = choose_device(device)
    pixels = read_photo(photo)
    models = load_face_models()
    generator = load_generator(model_path(model)).to(chosen)
    portrait = find_portraits(pixels, models, face)[0]
    return Animator(portrait, generator, models[0], chosen)


# ganimate prepare


@app.command(no_args_is_help=True)
def prepare(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Photos or videos, searched to their depths; or a labelled set: imgs/ with "
            "aus_openface.pkl, CSVs of OpenFace, or a .txt of names and 17 values.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DATASET",
            help="The folder of the data set.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Only say what FOLDER holds and what is wrong with it; write nothing."
        ),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes.", show_default="one a core")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Turn a folder of photos or videos, or a labelled set, into a data set to train on.

    Run it again after an interruption: what is done is kept.

    ganimate prepare photos/ -o faces/
    """
    if check == (output is not None):
        raise UsageError("give -o DATASET to prepare a data set, or --check to look at one alone")
    if output is None:
        _check_data(data, as_json, quiet)
        return
    from ganimate.training.prepare import PrepareOptions, read_report
    from ganimate.training.sources import open_source

    with _progress("finding photos", quiet=quiet) as bar:
        _prepare(open_source(data), output, PrepareOptions(), bar, workers)
    report = read_report(output)
    if as_json:
        typer.echo(json.dumps({"path": str(output), **asdict(report)}, indent=1))
    elif not quiet:
        _show_report(report, output)


def _check_data(data: Path, as_json: bool, quiet: bool) -> None:
    from ganimate.report import survey_tables
    from ganimate.training.sources import open_source
    from ganimate.training.survey import look_at, survey

    with _progress("reading labels", quiet=quiet) as bar:
        source = open_source(data)
        found = survey(source, bar.over(look_at(source), len(source), "reading photos"))
    if as_json:
        typer.echo(json.dumps({"path": str(data), **asdict(found)}, indent=1))
    elif not quiet:
        _print(survey_tables(data, found))


def _prepare(
    source: Source, output: Path, options: PrepareOptions, bar: _Bar, workers: int | None = None
) -> None:
    """Prepare a folder, with progress; what may be wrong with all of its labels is said first."""
    from ganimate.training.prepare import prepare as prepare_source

    for note in source.notes:
        bar.say(f"warning: {source.folder}: {note}")
    counts = prepare_source(source, output, options, workers=workers)
    label = f"preparing {source.folder}"
    bar.start(next(counts), len(source), label)
    for done in counts:
        bar.at(done, len(source), label)


def _show_report(report: Report, output: Path) -> None:
    counts = f"{report.faces} faces from {report.photos} photos"
    if report.labelled:
        counts += f", {report.labelled} of them labelled, {report.held_out} held out"
    typer.echo(f"{output}: {counts}")
    for reason, count in sorted(report.dropped.items(), key=lambda item: -item[1]):
        names = ", ".join(report.examples[reason])
        more = ", ..." if count > len(report.examples[reason]) else ""
        typer.echo(f"  dropped {count}: {reason} ({names}{more})")


# ganimate train


@app.command(no_args_is_help=True)
def train(
    data: Annotated[
        list[Path],
        typer.Option(
            metavar="DATASET",
            help="What `ganimate prepare` wrote, or any folder that it takes, which is then "
            "prepared in RUN/data; may be repeated.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="RUN", help="Folder for weights, checkpoint, log and sheets."
        ),
    ],
    preset: Annotated[
        Literal["motion", "paper"],
        typer.Option(
            help="A generator that paints over a motion prior; or GANimation as published, "
            "which paints everything."
        ),
    ] = "motion",
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, help="Length of the run.", show_default="6000; of the paper, 30 epochs"
        ),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Faces a step, of all processes together.",
            show_default="16; of the paper, 25",
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(help="Of Adam, at its highest.", show_default="3e-4; of the paper, 1e-4"),
    ] = None,
    attention_weight: Annotated[
        float | None,
        typer.Option(
            help="Of Eq. 5. motion: the higher, the less is painted; paper: the more.",
            show_default="0.1",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of weights and samples.")] = 0,
    held_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names of faces to validate on and never to train on, one a line.",
            show_default="the set's own test_ids.csv, or every fiftieth face",
        ),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Weights to start from: a shipped model, or a .safetensors file.",
            show_default="random ones",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that make samples.")] = 1,
    compiled: Annotated[
        bool,
        typer.Option(
            "--compile", help="Let torch.compile translate the generator first: takes minutes."
        ),
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write RUN/tensorboard, too.")
    ] = False,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train a generator on faces.

    Run the same command again to go on where an interrupted run stopped, preparing included.
    Several GPUs: torchrun --nproc-per-node=2 -m ganimate train ...

    ganimate train --data faces/ -o run/
    """
    _check_settings(preset, batch, learning_rate, attention_weight)
    from ganimate.animator import choose_device
    from ganimate.training.dataset import load_faces
    from ganimate.training.loop import GENERATOR, latest_terms
    from ganimate.training.loop import train as train_generator
    from ganimate.training.processes import joined
    from ganimate.training.tensorboard import check_installed, recorded

    if tensorboard:
        check_installed()
    chosen = choose_device(device)
    with joined(chosen) as processes:
        quiet = quiet or not processes.first
        with _progress("reading the faces", quiet=quiet) as bar:
            first = _first_generator(init, preset) if init else None
            size = first.config.size if first else None
            faces = load_faces(_prepared(data, output, size, bar, processes))
            names = _names_in(held_out)
            config = _train_config(preset, faces, names, first, steps, batch, seed)
            config = _weighed(config, learning_rate, attention_weight)
            bar.at(0, config.steps, "training")
            samples, validation = _samples(faces, names, config, processes)
            progress = train_generator(
                samples, validation, output, config, chosen,
                workers=workers, init=first, processes=processes, compiled=compiled,
            )  # fmt: skip
            if tensorboard and processes.first:
                progress = recorded(progress, output)
            _follow(progress, bar, quiet)
        if not processes.first:
            return
    if as_json:
        report = {"path": str(output / GENERATOR), "steps": config.steps, **latest_terms(output)}
        typer.echo(json.dumps(report))
    elif not quiet:
        typer.echo(f"{output / GENERATOR}: {config.steps} steps")


def _check_settings(
    preset: str, batch: int | None, learning_rate: float | None, attention_weight: float | None
) -> None:
    """Find what cannot be before anything is read."""
    if preset == "motion" and batch is not None and batch % 2:
        raise UsageError(f"a batch of {batch} has no halves: give an even number of faces")
    if learning_rate is not None and not 0 < learning_rate < 1:
        raise UsageError(f"a learning rate of {learning_rate:g} is out of range: give 0 to 1")
    if attention_weight is not None and not 0 <= attention_weight < 1000:
        raise UsageError(f"an attention weight of {attention_weight:g} is out of range: give .1")


def _first_generator(init: str, preset: str) -> Generator | PaperGenerator:
    """The weights that a run starts from."""
    from ganimate.paper import PaperGenerator
    from ganimate.weights import load_generator, model_path

    first = load_generator(model_path(init))
    found = "paper" if isinstance(first, PaperGenerator) else "motion"
    if found != preset:
        raise UsageError(
            f"{init} holds weights of the {found} preset: give --preset {found}, or --init weights "
            f"of the {preset} one"
        )
    return first


def _prepared(
    data: Sequence[Path], run: Path, size: int | None, bar: _Bar, processes: Processes
) -> list[Path]:
    """The data sets as `ganimate prepare` writes them; those that are not are prepared in the run.

    size: side of the crops in pixels, the usual one if None.
    """
    from ganimate.training.prepare import PrepareOptions
    from ganimate.training.sources import open_source

    options = PrepareOptions() if size is None else PrepareOptions(size=size)
    folders: list[Path] = []
    for folder in data:
        source = open_source(folder)
        if source.kind == "prepared":
            folders.append(folder)
            continue
        if processes.count > 1:
            raise UsageError(
                f"several processes train on prepared sets: run `ganimate prepare {folder} "
                "-o DATASET` first"
            )
        if run.resolve().is_relative_to(folder.resolve()):
            raise UsageError(
                f"{run} lies within {folder}, so that its sheets would be taken for photos of the "
                "set: give -o another folder"
            )
        name = folder.resolve().name
        there = {prepared.name for prepared in folders if prepared.parent == run / "data"}
        while name in there:  # two sets of one name
            name += "_"
        folders.append(run / "data" / name)
        _prepare(source, folders[-1], options, bar)
    return folders


def _train_config(
    preset: str,
    faces: FaceSet,
    held_out: frozenset[str],
    first: Generator | PaperGenerator | None,
    steps: int | None,
    batch: int | None,
    seed: int,
) -> AnyTrainConfig:
    """The preset's settings, for these faces."""
    from dataclasses import replace

    from ganimate.networks import CriticConfig, GeneratorConfig
    from ganimate.paper import PaperConfig, PaperCriticConfig, PaperGenerator
    from ganimate.training.config import PaperTrainConfig, TrainConfig, steps_of
    from ganimate.training.dataset import split
    from ganimate.window import window_side

    if preset == "motion":
        own = first.config if first and not isinstance(first, PaperGenerator) else None
        generator = own or GeneratorConfig(size=faces.size)
        motion = TrainConfig(generator, CriticConfig(size=window_side(faces.size)), seed=seed)
        batch = motion.batch if batch is None else batch
        return replace(motion, steps=motion.steps if steps is None else steps, batch=batch)
    published = first.config if isinstance(first, PaperGenerator) else PaperConfig()
    critic = PaperCriticConfig(published.size, published.channels)
    paper = PaperTrainConfig(published, critic, seed=seed)
    batch = paper.batch if batch is None else batch
    if steps is None:
        steps = steps_of(len(split(faces, held_out)[0]), batch)
    return replace(paper, steps=steps, batch=batch)


def _weighed(
    config: AnyTrainConfig, learning_rate: float | None, attention_weight: float | None
) -> AnyTrainConfig:
    """The same settings with those rates and weights that were given."""
    from dataclasses import replace

    if learning_rate is not None:
        config = replace(config, learning_rate=learning_rate, critic_learning_rate=learning_rate)
    if attention_weight is not None:
        weights: Any = replace(config.weights, attention=attention_weight)
        config = replace(config, weights=weights)
    return config


def _follow(progress: Iterator[Step], bar: _Bar, quiet: bool) -> None:
    """Show each step, and what Ctrl-C leaves."""
    done: Step | None = None
    latest: dict[str, float] = {}
    try:
        for done in progress:
            latest |= done.terms  # not every step has every term
            shown = {name: latest[name] for name in SHOWN_TERMS if name in latest}
            words = ", ".join(f"{name.replace('_', ' ')} {x:.3f}" for name, x in shown.items())
            bar.at(done.step, done.steps, f"training: {words}")
            if "val_attention" in done.terms and not quiet:
                bar.say(_validation_line(done))
            if done.warning:
                bar.say(f"warning: {done.warning}")
    except KeyboardInterrupt:
        if done is not None and done.saved:
            _complain(
                f"stopped at step {done.step}; the same command goes on from step {done.saved}"
            )
        else:
            _complain("stopped before the first checkpoint; the same command starts again")
        raise typer.Exit(130) from None
    if done is None and not quiet:
        bar.say("this run has all its steps already: give more --steps to train on")


def _validation_line(done: Step) -> str:
    terms = done.terms
    if "val_cycle" in terms:  # of the paper preset
        found = (
            f"held-out faces there and back {terms['val_cycle']:.4f}, there "
            f"{terms['val_change']:.4f} from the photo"
        )
    else:
        found = (
            f"round trip of held-out faces {terms['val_l1']:.4f} (their warp "
            f"{terms['val_l1_input']:.4f}), where nothing was known "
            f"{terms['val_l1_unknown']:.4f} ({terms['val_l1_input_unknown']:.4f})"
        )
    attention = (
        f"attention {terms['val_attention']:.2f}, {terms['val_attention_keeps']:.0%} all photo, "
        f"{terms['val_attention_paints']:.0%} all paint"
    )
    return f"step {done.step}/{done.steps}: {found}; {attention}"


def _names_in(file: Path | None) -> frozenset[str]:
    """The names in a file, one a line; none without a file."""
    if file is None:
        return frozenset()
    try:
        names = frozenset(filter(None, map(str.strip, file.read_text().splitlines())))
    except (OSError, ValueError) as error:
        raise DataError(f"{file} cannot be read as a list of names: {error}") from error
    if not names:
        raise DataError(f"{file} names no faces: give one name a line")
    return names


def _samples(
    faces: FaceSet, held_out: frozenset[str], config: AnyTrainConfig, processes: Processes
) -> tuple[Pairs | Samples, Pairs | Samples]:
    """Samples to train on and to validate on."""
    from ganimate.training.config import PaperTrainConfig
    from ganimate.training.dataset import split

    seen, unseen = split(faces, held_out)
    if isinstance(config, PaperTrainConfig):
        return _labelled_samples(faces, seen, unseen, config, processes)
    return _training_pairs(faces, seen, unseen, config, processes)


def _training_pairs(
    faces: FaceSet,
    seen: NDArray[np.int64],
    unseen: NDArray[np.int64],
    config: TrainConfig,
    processes: Processes,
) -> tuple[Pairs, Pairs]:
    from ganimate.training.pairs import Pairs
    from ganimate.weights import load_face_models, load_shading

    prior, _ = load_face_models()
    shading = load_shading()
    return (
        Pairs(
            faces, seen, prior, shading, config.batch, config.seed,
            transfers_from=config.adversary_from, processes=processes,
        ),
        Pairs(faces, unseen, prior, shading, config.batch, config.seed + 1),
    )  # fmt: skip


def _labelled_samples(
    faces: FaceSet,
    seen: NDArray[np.int64],
    unseen: NDArray[np.int64],
    config: PaperTrainConfig,
    processes: Processes,
) -> tuple[Samples, Samples]:
    from ganimate.training.samples import Samples

    size = config.generator.size
    return (
        Samples(faces, seen, size, config.batch, config.seed, processes),
        Samples(faces, unseen, size, VALIDATION_BATCH, config.seed + 1),
    )


# ganimate evaluate


@app.command(no_args_is_help=True)
def evaluate(
    data: Annotated[
        list[Path],
        typer.Option(metavar="DATASET", help="What `ganimate prepare` wrote; may be repeated."),
    ],
    model: Model = "motion",
    held_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names of the faces to evaluate on, one a line.",
            show_default="the set's own test_ids.csv, or every fiftieth face",
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many of them; each takes seconds.")] = 100,
    judge: Annotated[
        Path | None,
        typer.Option(
            metavar="TASK",
            help="MediaPipe's face_landmarker.task: a second judge of the AUs.",
            show_default=False,
        ),
    ] = None,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Measure a model on faces that it was not trained on.

    ganimate evaluate --data faces/ --held-out val_ids.txt --model run/generator.safetensors
    """
    from contextlib import nullcontext

    from ganimate import evaluate as evaluation
    from ganimate.animator import choose_device
    from ganimate.report import evaluation_tables
    from ganimate.training.dataset import load_faces, split
    from ganimate.weights import load_face_models, load_generator, load_shading, model_path

    chosen = choose_device(device)
    with _progress("reading the faces", quiet=quiet) as bar:
        generator = load_generator(model_path(model)).to(chosen)
        models = load_face_models()
        faces = load_faces(data)
        unseen = evaluation.choose(split(faces, _names_in(held_out))[1], count)
        if not len(unseen):
            raise DataError("No face is held out: name some with --held-out, or prepare more.")
        judged_by = evaluation.landmarker_judge(judge) if judge else nullcontext()
        with judged_by as second:
            trips = evaluation.trips(
                faces, unseen, generator, models, load_shading(), len(unseen), chosen
            )
            batches = -(-len(unseen) // evaluation.BATCH)
            round_trips = evaluation.compare(bar.over(trips, batches, "round trips"))
            portraits = list(
                bar.over(
                    evaluation.portraits_in(faces, unseen.tolist(), models),
                    len(unseen),
                    "finding faces",
                )
            )
            clips = evaluation.play(
                bar.over(portraits, min(len(portraits), evaluation.CLIPS), "playing clips"),
                generator, models, chosen,
            )  # fmt: skip
            expressions = evaluation.express(
                bar.over(portraits, len(portraits), "expressions"),
                generator, models, chosen, second,
            )  # fmt: skip
    found = evaluation.Evaluation(model, round_trips, expressions, clips)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=1))
    elif not quiet:
        _print(evaluation_tables(found))


# ganimate import


@app.command("import", no_args_is_help=True)
def import_generator(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            metavar="PTH",
            help="The generator's state_dict, as torch.save wrote it.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="SAFETENSORS", help="The file to write.")
    ],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Turn a generator of a public GANimation code into one that --model takes.

    albertpumarola/GANimation, vipermu/ganimation and donydchen/ganimation_replicate are known.

    ganimate import 30_net_gen.pth -o celeba.safetensors
    """
    if output.suffix != ".safetensors":
        raise UsageError(f"{output} must end in .safetensors")
    if not output.parent.is_dir():
        raise UsageError(f"the folder {output.parent} does not exist: make it first")
    from ganimate.checkpoint import read_checkpoint
    from ganimate.weights import save_generator

    with _progress(f"reading {checkpoint.name}", quiet=quiet):
        found = read_checkpoint(checkpoint)
        state, config = found.generator.state_dict(), found.generator.config
        notes = {"imported_from": found.repository}
        save_generator(output, state, config, notes, halves=False)
    count = sum(tensor.numel() for tensor in state.values())
    if as_json:
        facts = {"path": str(output), "layout": found.repository, "parameters": count}
        typer.echo(json.dumps({**facts, "config": asdict(config)}))
    elif not quiet:
        typer.echo(f"{output}: {count:,} parameters, the layout of {found.repository}")


# ganimate fit-prior


@app.command("fit-prior", no_args_is_help=True)
def fit_prior(
    data: Annotated[Path, typer.Argument(metavar="DATASET", help="What `ganimate prepare` wrote.")],
    blendshapes: Annotated[
        Path, typer.Option(metavar="NPZ", help="Blend-shape scores of the photos, by name.")
    ],
    ict: Annotated[
        Path, typer.Option(metavar="NPZ", help="Head and expressions of the ICT Face Model Light.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="SAFETENSORS", help="The file to write.")
    ],
    held_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names of faces to measure on and never to fit to, one a line.",
            show_default="every fiftieth face",
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fit what is known of faces: motion, action units, creases (models/face.safetensors).

    ganimate fit-prior faces/ --blendshapes scores.npz --ict ict.npz -o face.safetensors
    """
    if not output.parent.is_dir():
        raise UsageError(f"the folder {output.parent} does not exist: make it first")
    from ganimate.report import accuracy_table
    from ganimate.training import prior as priors
    from ganimate.training.dataset import load_faces
    from ganimate.weights import save_face_models

    with _progress("fitting to the faces", quiet=quiet):
        faces = load_faces([data])
        scores = priors.read_scores(blendshapes)
        fitted = priors.fit_prior(faces, *scores, priors.read_head(ict), _names_in(held_out))
        save_face_models(output, fitted.prior, fitted.estimator)
    if as_json:
        counts = {"faces": fitted.faces, "held_out": fitted.held_out}
        found = [asdict(accuracy) for accuracy in fitted.accuracy]
        typer.echo(json.dumps({"path": str(output), **counts, "accuracy": found}))
    elif not quiet:
        _print(accuracy_table(fitted.accuracy))
        typer.echo(f"{output}: fitted to {fitted.faces} faces, held out {fitted.held_out}")
