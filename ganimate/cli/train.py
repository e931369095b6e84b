"""`ganimate train`: a generator from faces."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ganimate.cli.console import Bar, complain, print_result, show_progress
from ganimate.cli.options import AsJson, Device, Overwrite, Quiet, split_names

if TYPE_CHECKING:
    from ganimate.training.loop import Progress as Step

IMPATIENCE = 1.0
"""Seconds after a first Ctrl-C from which a second one ends a run at once: torchrun passes the
first one on, to processes that had it from the terminal, too."""

SHOWN_TERMS = (
    "round_trip",
    "identity",
    "adversarial",
    "critic",
    "critic_action_units",
    "classes",
    "reconstruction",
    "critic_classes",
    "perceptual",
    "equivariance",
    "jacobian",
)
"""Terms of the losses that stand beside the bar, in this order."""


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
            "-o",
            "--output",
            metavar="RUN",
            help="Folder for weights, checkpoint, log and sheets; what is there of other runs or "
            "programs is kept.",
        ),
    ],
    preset: Annotated[
        Literal["motion", "paper", "stargan", "first-order"],
        typer.Option(
            help="A generator that paints over a motion prior; GANimation as published, which "
            "paints everything; StarGAN as published, which paints emotions; or the first-order "
            "motion model as published, which learns from videos."
        ),
    ] = "motion",
    steps: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Length of the run.",
            show_default="6000, with --init 2500; of the paper, 30 epochs; of stargan, 200000; of "
            "first-order, 7500 pairs a video",
        ),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Faces a step, of all processes together.",
            show_default="16; of the paper, 25; of stargan below 64 px, 8; of first-order, 20",
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            help="Of Adam, at its highest, for generator and critic.",
            show_default="2e-4, with --init 1e-4; of first-order, 2e-4; of the others, 1e-4",
        ),
    ] = None,
    attention_weight: Annotated[
        float | None,
        typer.Option(
            help="Of Eq. 5. motion: the higher, the less is painted; paper: the more.",
            show_default="0.1",
        ),
    ] = None,
    critic: Annotated[
        Literal["wgan-gp", "logistic"] | None,
        typer.Option(
            help="motion: form of the adversarial loss, Eq. 2 or a logistic one with R1.",
            show_default="logistic",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="stargan: emotions or attributes to learn, as happy,sad.",
            show_default="angry, happy, sad and surprise; of CelebA, its authors' five",
        ),
    ] = None,
    adversarial: Annotated[
        Literal["wgan-gp", "log"] | None,
        typer.Option(help="stargan: form of the adversarial loss.", show_default="wgan-gp"),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=16,
            help="stargan, first-order: side of the pictures in pixels.",
            show_default="the pictures' own, 128 at most; of first-order, 256",
        ),
    ] = None,
    channels: Annotated[
        int | None,
        typer.Option(
            min=4,
            help="stargan, first-order: width of the networks; narrower ones are quicker and paint "
            "worse.",
            show_default="64",
        ),
    ] = None,
    skips: Annotated[
        bool,
        typer.Option(
            "--skips",
            help="first-order: move what a picture shows, and paint the rest alone: sharp after "
            "minutes, but not as published.",
        ),
    ] = False,
    perceptual: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="first-order: torchvision's VGG-19, whose features pictures are compared by.",
            show_default="pixels, and what the face mesh sees",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of weights and samples.")] = 0,
    held_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names of faces to validate on and never to train on, one a line.",
            show_default="the set's own test_ids.csv, or every fiftieth face, one at least",
        ),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Weights to start from: a shipped model (default is the one that renders), or a "
            ".safetensors file.",
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
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train a generator on faces.

    Ctrl-C ends a run after the step that is under way and saves it. Run the same command again to
    go on where an interrupted run stopped, preparing included.
    Several GPUs: torchrun --nproc-per-node=2 -m ganimate train ...

    ganimate train --data faces/ -o run/

    ganimate train --data 2000_photos/ --init default -o run/
    """
    from ganimate.networks.device import choose_device
    from ganimate.training import loop, plan
    from ganimate.training.data.dataset import read_names
    from ganimate.training.data.request import DataRequest
    from ganimate.training.options import TrainOptions
    from ganimate.training.processes import join_processes
    from ganimate.training.run_files import GENERATOR, check_run, read_latest_terms
    from ganimate.training.tensorboard import check_installed, record_progress

    options = TrainOptions(
        preset=preset, steps=steps, batch=batch, learning_rate=learning_rate, seed=seed,
        attention_weight=attention_weight, critic=critic, labels=split_names(labels),
        adversarial=adversarial, size=size, channels=channels, skips=skips or None,
        perceptual=None if perceptual is None else str(perceptual),
    )  # fmt: skip
    plan.check_options(options)
    if tensorboard:
        check_installed()
    chosen = choose_device(device)
    with join_processes(chosen) as processes:
        quiet = quiet or not processes.first
        if processes.first and not overwrite:
            check_run(output)
        with show_progress("reading the faces", quiet=quiet) as bar:
            first = plan.load_first_generator(init, options) if init else None
            request = DataRequest(
                folders=data,
                run=output,
                options=options,
                size=first.config.size if first else None,
                processes=processes,
                watch=bar,
                overwrite=overwrite,
            )
            found = plan.find_preset(preset).read_data(request)
            names = read_names(held_out)
            config = plan.choose_config(options, found, names, first)
            bar.update(0, config.steps, "training")
            samples, validation = plan.make_samples(options, found, names, config, processes)
            with _catch_interrupts(bar, quiet=quiet) as stop:
                done = loop.train(
                    plan.find_preset(preset), samples, validation, output, config, chosen,
                    workers=workers, init=first, processes=processes, compiled=compiled,
                    seen=plan.note_split(found, names, init), stop=stop,
                )  # fmt: skip
                if tensorboard and processes.first:
                    done = record_progress(done, output)
                _show_steps(done, bar, quiet=quiet, first=processes.first)
        if not processes.first:
            return
    generator = output / GENERATOR
    facts = {"path": str(generator), "steps": config.steps, **read_latest_terms(output)}
    words = f"{generator}: {config.steps} steps"
    print_result(facts, words, as_json=as_json, quiet=quiet)


@contextmanager
def _catch_interrupts(bar: Bar, *, quiet: bool) -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C end a step rather than break it off; a second one breaks it off.

    Args:
        bar: where it is said.
        quiet: whether it is not.

    Yields:
        A function that says whether Ctrl-C came.
    """
    came: list[float] = []

    def interrupt(number: int, frame: object) -> None:
        if came and time.monotonic() - came[0] > IMPATIENCE:
            raise KeyboardInterrupt
        if not came:
            came.append(time.monotonic())
            if not quiet:
                bar.say("saving a checkpoint after this step; Ctrl-C again ends at once")

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:  # as in the background of a shell, where Ctrl-C means others
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield lambda: bool(came)
    finally:
        signal.signal(signal.SIGINT, before)


def _show_steps(steps: Iterator[Step], bar: Bar, *, quiet: bool, first: bool) -> None:
    """Show each step, and say what Ctrl-C leaves.

    Args:
        steps: of the run.
        bar: where they are shown.
        quiet: whether no more is said than how the run goes on after it.
        first: whether this is the process that says so.
    """
    done: Step | None = None
    latest: dict[str, float] = {}
    try:
        for done in steps:
            latest |= done.terms  # not every step has every term
            shown = {name: latest[name] for name in SHOWN_TERMS if name in latest}
            words = ", ".join(f"{name.replace('_', ' ')} {x:.3f}" for name, x in shown.items())
            bar.update(done.step, done.steps, f"training: {words}")
            if done.summary and not quiet:
                bar.say(f"step {done.step}/{done.steps}: {done.summary}")
            if done.warning:
                bar.say(f"warning: {done.warning}")
    except KeyboardInterrupt:
        if done is not None and done.saved:
            complain(
                f"stopped at step {done.step}; the same command goes on from step {done.saved}"
            )
        else:
            complain("stopped before the first checkpoint; the same command starts again")
        raise typer.Exit(130) from None
    # The processes of a run agree on when it stops: Ctrl-C may have come to another one.
    if done is not None and done.step < done.steps:
        if first:
            complain(f"stopped and saved at step {done.step}; the same command goes on from there")
        raise typer.Exit(130)
    if done is None and not quiet:
        bar.say("this run has all its steps already: give more --steps to train on")
