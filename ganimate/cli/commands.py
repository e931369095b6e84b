"""The commands, in the order of `ganimate --help`, and what their exit codes are."""

from __future__ import annotations

import signal
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from ganimate.cli.console import complain
from ganimate.cli.data import prepare
from ganimate.cli.drive import drive
from ganimate.cli.evaluate import evaluate
from ganimate.cli.faces import detect, expressions, sheet
from ganimate.cli.models import fit_prior, import_generator
from ganimate.cli.options import name_options
from ganimate.cli.render import render
from ganimate.cli.studio import studio
from ganimate.cli.timeline import timeline
from ganimate.cli.train import train
from ganimate.errors import GanimateError, UsageError


class Commands(TyperGroup):
    """Reports errors that a user can cause in one line, and turns them into exit codes.

    0 is success, 1 is what failed, 2 a wrong request, 130 follows Ctrl-C.
    """

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except GanimateError as error:
            command = self.commands[ctx.invoked_subcommand or ""]
            message = name_options(str(error), command.params)
            _fail(message, code=2 if isinstance(error, UsageError) else 1)
        except BrokenPipeError:
            raise  # the reader of our output has enough; Typer ends quietly
        except OSError as error:
            _fail(f"{error.filename or 'the disk'}: {error.strerror or error}", code=1)
        except MemoryError:
            _fail("out of memory: try a smaller --size, or a smaller photo", code=1)


def _fail(message: str, code: int) -> NoReturn:
    complain(message)
    raise typer.Exit(code)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="One photo of a face in, a clip of that face changing expression out.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        try:
            number = version("ganimate")
        except PackageNotFoundError:  # run from a checkout that was never installed
            number = "unknown"
        typer.echo(f"ganimate {number}")
        raise typer.Exit


@app.callback()
def _accept_version(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


app.command(no_args_is_help=True)(render)
app.command(no_args_is_help=True)(timeline)
app.command(no_args_is_help=True)(drive)
app.command()(studio)
app.command()(expressions)
app.command(no_args_is_help=True)(detect)
app.command(no_args_is_help=True)(sheet)
app.command(no_args_is_help=True)(prepare)
app.command(no_args_is_help=True)(train)
app.command(no_args_is_help=True)(evaluate)
app.command("import", no_args_is_help=True)(import_generator)
app.command("fit-prior", no_args_is_help=True)(fit_prior)


def main() -> None:
    """Run the command line; the console script's entry point."""
    signal.signal(signal.SIGTERM, _stop)
    for stream in (sys.stdout, sys.stderr):  # a terminal without "█" is no reason to fail
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    app()


def _stop(number: int, frame: object) -> NoReturn:
    """SIGTERM as an exception: temporary files are removed on the way out."""
    raise SystemExit(128 + number)
