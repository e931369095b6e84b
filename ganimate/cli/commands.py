"""The commands, in the order of `ganimate --help`, and what their exit codes are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from ganimate.cli.console import print_failure, show_plainly
from ganimate.cli.data import prepare
from ganimate.cli.drive import drive
from ganimate.cli.evaluate import evaluate
from ganimate.cli.faces import detect, expressions, sheet
from ganimate.cli.inspect import inspect
from ganimate.cli.models import fit_prior, import_generator
from ganimate.cli.notices import explain_import_error, say_photo_warnings
from ganimate.cli.options import name_options
from ganimate.cli.render import render
from ganimate.cli.studio import studio
from ganimate.cli.timeline import timeline
from ganimate.cli.train import train
from ganimate.errors import GanimateError, UsageError
from ganimate.media.suffixes import PHOTO_SUFFIXES

AS_JSON = "--json"

ParsingError: Any = typer.BadParameter.__bases__[0]
"""What is raised for options that are none; Typer has it from another place in each version."""

MEANT: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(PHOTO_SUFFIXES, "render {} --to smile"),
        **dict.fromkeys((".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"), "drive PHOTO {}"),
        ".json": "timeline {}",
        ".pth": "import {}",
    }
)
"""Suffix of a file that stands where a command should -> the command that takes such files."""


REWORDED = (
    ("Value error, ", ""),
    ("Input should be a valid integer.*", "it must be a whole number."),
    ("Input should be a valid number.*", "it must be a number."),
    (r"Input should be greater than or equal to (\S+)", r"it must be \1 or more."),
    (r"Input should be less than or equal to (\S+)", r"it must be \1 or less."),
)
"""Patterns of what Typer says of a value -> what people are told."""


class Commands(TyperGroup):
    """Reports errors that a user can cause in one line, and turns them into exit codes.

    0 is success, 1 is what failed, 2 a wrong request, 128 and more a signal, as 130 for Ctrl-C.
    With --json, what failed is on standard output, too: {"error": "..."}.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Remember whether a program waits for JSON, as an error may come before its option."""
        ctx.meta[AS_JSON] = AS_JSON in args
        try:
            return super().parse_args(ctx, args)
        except ParsingError as error:
            error.message = show_plainly(error.message)
            raise

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that the first argument names, or say which one was forgotten."""
        pattern = MEANT.get(Path(args[0]).suffix.lower())
        if args[0] not in self.commands and pattern:
            ctx.fail(f"{args[0]} is no command. Try: ganimate {pattern.format(args[0])}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        as_json = ctx.meta[AS_JSON]
        try:
            with say_photo_warnings():
                return super().invoke(ctx)
        except GanimateError as error:
            command = self.commands[ctx.invoked_subcommand or ""]
            message = name_options(str(error), command.params)
            _fail(message, 2 if isinstance(error, UsageError) else 1, as_json=as_json)
        except ParsingError as error:
            error.message = show_plainly(_reword(error.message))
            if as_json:
                _fail(error.format_message(), error.exit_code, as_json=True)
            raise  # Typer says it, with the way to --help
        except BrokenPipeError:
            raise  # the reader of our output has enough; Typer ends quietly
        except OSError as error:
            words = f"{error.filename or 'the disk'}: {error.strerror or error}"
            _fail(words, 1, as_json=as_json)
        except ImportError as error:
            lacking = explain_import_error(error)
            if lacking is None:
                raise  # a fault of ours, or of an installation
            _fail(lacking, 1, as_json=as_json)
        except MemoryError:
            words = "out of memory: try a smaller --size, or a smaller photo"
            _fail(words, 1, as_json=as_json)


def _reword(message: str) -> str:
    """Put what Typer passes on of the library that checks values into words for people."""
    for pattern, words in REWORDED:
        message = re.sub(pattern, words, message)
    return message


def _fail(message: str, code: int, *, as_json: bool) -> NoReturn:
    print_failure({"error": message}, as_json=as_json)
    raise typer.Exit(code)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
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
            "--version",
            "-V",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    pass


ANIMATE, LOOK, TRAIN, DEVELOP = (
    "Animate a photo",
    "Look at faces, expressions and files",
    "Bring a generator of your own",
    "For developers",
)

app.command(no_args_is_help=True, rich_help_panel=ANIMATE)(render)
app.command(no_args_is_help=True, rich_help_panel=ANIMATE)(timeline)
app.command(no_args_is_help=True, rich_help_panel=ANIMATE)(drive)
app.command(rich_help_panel=ANIMATE)(studio)
app.command(rich_help_panel=LOOK)(expressions)
app.command(no_args_is_help=True, rich_help_panel=LOOK)(detect)
app.command(no_args_is_help=True, rich_help_panel=LOOK)(sheet)
app.command(no_args_is_help=True, rich_help_panel=LOOK)(inspect)
app.command(no_args_is_help=True, rich_help_panel=TRAIN)(prepare)
app.command(no_args_is_help=True, rich_help_panel=TRAIN)(train)
app.command(no_args_is_help=True, rich_help_panel=TRAIN)(evaluate)
app.command("import", no_args_is_help=True, rich_help_panel=TRAIN)(import_generator)
app.command("fit-prior", no_args_is_help=True, rich_help_panel=DEVELOP)(fit_prior)
