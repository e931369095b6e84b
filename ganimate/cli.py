"""The `ganimate` command: a thin layer that reads options, shows progress and reports.

Only this module prints or exits: 0 for success, 1 for what failed, 2 for a wrong request, 130
after Ctrl-C. Results go to stdout, everything else to stderr. What is slow to import (torch, cv2,
mediapipe) is imported by the commands that need it, so that `--help` takes a blink.
"""

from __future__ import annotations

import json
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
    from rich.progress import Progress, TaskID
    from rich.table import Table

    from ganimate.action_units import AUVector, Expression
    from ganimate.animator import Animator
    from ganimate.portrait import Portrait
    from ganimate.training.config import TrainConfig
    from ganimate.training.dataset import FaceSet
    from ganimate.training.pairs import Pairs
    from ganimate.training.prepare import Report
    from ganimate.video import Written

T = TypeVar("T")

MAX_SHADED = 10_000  # faces that teach `train` how creases look; more say little new
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

    def at(self, done: int, total: int, label: str) -> None:
        self.progress.update(self.task, completed=done, total=total, description=label)

    def over(self, items: Iterable[T], total: int, label: str) -> Iterator[T]:
        """The items; each counts as done when the next one is asked for."""
        self.at(0, total, label)
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
    from ganimate.video import write_frames

    count = frame_count(frames, duration, fps)
    _check_expressions(to, start)
    outputs = _outputs(photos, output or f"{{stem}}_{_slug(to)}.mp4", copied=(to, start))
    if outputs[0].lower().endswith(".png"):
        count = 1  # the final frame, whatever the loop
    from ganimate.animator import animate

    failed = False
    for photo, target in zip(photos, outputs, strict=True):
        began = time.monotonic()
        try:
            with _progress(f"{Path(photo).name}: finding the face", quiet=quiet) as bar:
                clip = animate(
                    photo, to, start=start, frames=count, ease=ease, loop=loop, face=face,
                    size=size, model=model, device=device,
                )  # fmt: skip
                clip = bar.over(clip, count, f"{Path(photo).name}: rendering")
                written = write_frames(clip, target, fps=fps, loop_forever=loop != "once")
        except (PhotoError, FaceError) as error:
            if len(photos) == 1:
                raise
            _complain(f"{photo}: {error}")
            failed = True
            continue
        if as_json:
            took_seconds = time.monotonic() - began
            shown = _shown(photo, to, start, face, size)
            typer.echo(json.dumps(_clip_report(written, photo, shown, took_seconds)))
        elif not quiet:
            typer.echo(_clip_line(written))
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


def _shown(
    photo: str, to: str, start: str | None, face: str, size: int | None
) -> list[dict[str, Any]]:
    """What each animated face shows in the first and in the last frame of a rise."""
    from ganimate.animator import aim
    from ganimate.photo import read_photo, resize_longest
    from ganimate.portrait import find_portraits
    from ganimate.weights import load_face_models

    pixels = read_photo(photo)
    if size is not None:
        pixels = resize_longest(pixels, size)
    models = load_face_models()
    faces = []
    for portrait in find_portraits(pixels, models, face):
        source = portrait.aus if start is None else aim(start, portrait.aus, models)
        target = aim(to, portrait.aus, models)
        faces.append({"source": _sided(source), "target": _sided(target)})
    return faces


def _clip_report(
    written: Written, photo: str, faces: list[dict[str, Any]], took_seconds: float
) -> dict[str, Any]:
    return {
        "photo": photo,
        **asdict(written),
        "path": str(written.path),
        "seconds": written.frames / written.fps,
        "took_seconds": round(took_seconds, 2),
        "faces": faces,
    }


def _clip_line(written: Written) -> str:
    length = ""
    if written.frames > 1:
        length = f"{written.frames} frames, {written.frames / written.fps:.3g} s, "
    size = f"{written.width} x {written.height}"
    return f"{written.path}: {length}{size}, {_bytes(written.bytes)}"


def _bytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


# ganimate expressions


@app.command()
def expressions(as_json: AsJson = False) -> None:
    """List the expressions and the action units that --to understands."""
    from ganimate.action_units import PRESETS

    if as_json:
        typer.echo(json.dumps(_vocabulary(), indent=1))
        return
    from rich.console import Console

    console = Console()
    console.print(_preset_table(list(PRESETS.values())))
    console.print(_action_unit_table())
    console.print("--to smile   --to smile:0.6   --to AU12=0.9,AU45L=1   --to smile:0.7+AU1=0.4")


def _vocabulary() -> dict[str, Any]:
    from ganimate.action_units import ACTION_UNITS, ALIASES, PRESETS

    return {
        "expressions": [
            {
                "name": preset.name,
                "aliases": [alias for alias, name in ALIASES.items() if name == preset.name],
                "description": preset.description,
                "aus": _named(preset),
                "relaxes": preset.relaxes,
            }
            for preset in PRESETS.values()
        ],
        "action_units": [asdict(unit) for unit in ACTION_UNITS],
    }


def _named(preset: Expression) -> dict[str, float]:
    """A preset's AUs as --to writes them: AU12 for both sides, AU12L or AU12R for one."""
    from ganimate.action_units import ACTION_UNITS, LEFT

    names: dict[str, float] = {}
    for (row, column), intensity in preset.values.items():
        name = f"AU{ACTION_UNITS[row].number}"
        if preset.values.get((row, 1 - column)) != intensity:
            name += "L" if column == LEFT else "R"
        names[name] = intensity
    return names


def _preset_table(presets: Sequence[Expression]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("expression", "action units", "what it is", box=SIMPLE_HEAD)
    table.columns[0].style = "bold"
    for preset in presets:
        values = ", ".join(f"{name}={value:g}" for name, value in _named(preset).items())
        table.add_row(preset.name, values, preset.description)
    return table


def _action_unit_table() -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from ganimate.action_units import ACTION_UNITS

    table = Table("AU", "name", "muscle", "one side alone", box=SIMPLE_HEAD)
    table.columns[0].style = "bold"
    for unit in ACTION_UNITS:
        sides = f"AU{unit.number}L AU{unit.number}R" if unit.sided else ""
        table.add_row(f"AU{unit.number}", unit.name, unit.muscle, sides)
    return table


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
    from ganimate.weights import load_face_models

    with _progress(f"{Path(photo).name}: finding faces", quiet=quiet):
        pixels = read_photo(photo)
        portraits = find_portraits(pixels, load_face_models(), "all", usable=False)
    if output:
        from ganimate.annotation import annotate
        from ganimate.video import write_frames

        write_frames([annotate(pixels, portraits)], output, fps=1)
    if as_json:
        found = [_described(index, portrait) for index, portrait in enumerate(portraits)]
        height, width = pixels.shape[:2]
        report = {"photo": photo, "path": output, "width": width, "height": height, "faces": found}
        typer.echo(json.dumps(report, indent=1))
    elif not quiet:
        _show_portraits(portraits)


def _check_picture(output: str, photo: str) -> None:
    from ganimate.video import check_output

    if not output.lower().endswith(".png"):
        raise UsageError(f"{output} is no name for a picture: end it in .png")
    check_output(output)
    _check_keeps(photo, Path(output).resolve() == Path(photo).resolve())


def _described(index: int, portrait: Portrait) -> dict[str, Any]:
    """A face for programs: box in photo pixels, angles in degrees, AU intensities in [0, 1]."""
    return {
        "index": index,
        "box": {name: round(value, 1) for name, value in portrait.face.box._asdict().items()},
        "yaw": round(portrait.pose.yaw, 1),
        "pitch": round(portrait.pose.pitch, 1),
        "aus": _sided(portrait.aus),
    }


def _sided(aus: AUVector) -> dict[str, dict[str, float]]:
    from ganimate.action_units import ACTION_UNITS

    return {
        f"AU{unit.number}": {"left": round(left, 3), "right": round(right, 3)}
        for unit, (left, right) in zip(ACTION_UNITS, aus.tolist(), strict=True)
    }


def _show_portraits(portraits: Sequence[Portrait]) -> None:
    from rich.console import Console

    console = Console()
    for index, portrait in enumerate(portraits):
        box, pose = portrait.face.box, portrait.pose
        console.print(
            f"[bold]face {index}[/bold]  {box.width:.0f} x {box.height:.0f} px at "
            f"({box.left:.0f}, {box.top:.0f}), turned {pose.yaw:+.0f}°, "
            f"nodding {pose.pitch:+.0f}°",
            highlight=False,
        )
        console.print(_bars(portrait.aus))


def _bars(aus: AUVector) -> Table:
    """A bar for each AU, two where the person's left and right differ."""
    from rich.bar import Bar
    from rich.table import Table

    from ganimate.action_units import ACTION_UNITS

    table = Table(box=None, padding=(0, 1), pad_edge=True)
    table.add_column("action unit")
    table.add_column("left", justify="right")
    table.add_column("", width=12)
    table.add_column("right", justify="right")
    table.add_column("", width=12)
    for unit, sides in zip(ACTION_UNITS, aus.tolist(), strict=True):
        cells: list[Any] = [f"AU{unit.number} {unit.name}"]
        for intensity in sides if unit.sided else sides[:1]:
            cells += [f"{intensity:.2f}", Bar(size=1, begin=0, end=intensity, color="cyan")]
        table.add_row(*cells)
    return table


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
        typer.echo(_clip_line(written))


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
    photos: Annotated[
        Path, typer.Argument(metavar="PHOTOS", help="A folder, searched to its depths.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DATASET", help="The folder of the data set.")
    ],
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes.", show_default="one a core")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Turn a folder of photos into a data set to train on.

    Run it again after an interruption: what is done is kept.
    """
    from ganimate.training.prepare import PrepareOptions, find_photos, read_report
    from ganimate.training.prepare import prepare as prepare_photos

    with _progress("finding photos", quiet=quiet) as bar:
        total = len(find_photos(photos))
        for done in prepare_photos(photos, output, PrepareOptions(), workers=workers):
            bar.at(done, total, "preparing photos")
    report = read_report(output)
    if as_json:
        typer.echo(json.dumps({"path": str(output), **asdict(report)}, indent=1))
    elif not quiet:
        _show_report(report, output)


def _show_report(report: Report, output: Path) -> None:
    typer.echo(f"{output}: {report.faces} faces from {report.photos} photos")
    for reason, count in sorted(report.dropped.items(), key=lambda item: -item[1]):
        names = ", ".join(report.examples[reason])
        more = ", ..." if count > len(report.examples[reason]) else ""
        typer.echo(f"  dropped {count}: {reason} ({names}{more})")


# ganimate train


@app.command(no_args_is_help=True)
def train(
    data: Annotated[
        list[Path],
        typer.Option(metavar="DATASET", help="What `ganimate prepare` wrote; may be repeated."),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="RUN", help="Folder for weights, checkpoint, log and sheets."
        ),
    ],
    steps: Annotated[int, typer.Option(min=1, help="Length of the run.")] = 6000,
    batch: Annotated[int, typer.Option(min=2, help="Faces a step; an even number.")] = 16,
    learning_rate: Annotated[float, typer.Option(help="Of Adam, at its highest.")] = 3e-4,
    seed: Annotated[int, typer.Option(help="Of weights and samples.")] = 0,
    held_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names of faces to validate on and never to train on, one a line.",
            show_default="every fiftieth face",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that make samples.")] = 1,
    device: Device = "auto",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train a generator on prepared faces.

    Run the same command again to go on where an interrupted run stopped.
    """
    if batch % 2:
        raise UsageError(f"a batch of {batch} has no halves: give an even number of faces")
    if not 0 < learning_rate < 1:
        raise UsageError(f"a learning rate of {learning_rate:g} is out of range: give 0 to 1")
    from ganimate.animator import choose_device
    from ganimate.networks import CriticConfig, GeneratorConfig
    from ganimate.training.config import TrainConfig
    from ganimate.training.dataset import load_faces
    from ganimate.training.loop import GENERATOR
    from ganimate.training.loop import train as train_generator

    chosen = choose_device(device)
    with _progress("reading the faces", quiet=quiet) as bar:
        faces = load_faces(data)
        config = TrainConfig(
            generator=GeneratorConfig(size=faces.size),
            critic=CriticConfig(size=faces.size),
            steps=steps,
            batch=batch,
            learning_rate=learning_rate,
            critic_learning_rate=learning_rate,
            seed=seed,
        )
        samples, validation = _training_pairs(faces, _names_in(held_out), config, bar)
        terms: dict[str, float] = {}
        bar.at(0, steps, "training")
        for done in train_generator(samples, validation, output, config, chosen, workers=workers):
            terms |= done.terms
            bar.at(done.step, steps, f"training, round trip {done.terms['round_trip']:.4f}")
    if as_json:
        typer.echo(json.dumps({"path": str(output / GENERATOR), "steps": steps, **terms}))
    elif not quiet:
        typer.echo(f"{output / GENERATOR}: {steps} steps")


def _names_in(file: Path | None) -> frozenset[str]:
    return frozenset(file.read_text().split()) if file else frozenset()


def _training_pairs(
    faces: FaceSet, held_out: frozenset[str], config: TrainConfig, bar: _Bar
) -> tuple[Pairs, Pairs]:
    """Samples to train on and to validate on."""
    from ganimate.training.loop import split
    from ganimate.training.pairs import Pairs
    from ganimate.training.prior import mirror_of
    from ganimate.training.shading import fit_shading
    from ganimate.weights import load_face_models

    seen, unseen = split(faces, held_out)
    if len(seen) < config.batch or not len(unseen):
        raise DataError(
            f"{len(seen)} faces to train on and {len(unseen)} to validate on are too few: "
            "prepare more photos"
        )
    prior, _ = load_face_models()
    shaded = seen[:: -(-len(seen) // MAX_SHADED)]
    triples = ((faces.crop(int(i)), faces.landmarks[i], faces.aus[i]) for i in shaded)
    counted = bar.over(triples, len(shaded), "measuring creases")
    shading = fit_shading(counted, prior, mirror_of(prior.mean))
    return (
        Pairs(faces, seen, prior, shading, config.batch, config.seed),
        Pairs(faces, unseen, prior, shading, config.batch, config.seed + 1),
    )
