"""`ganimate prepare`: photos, videos and labelled sets as data sets to train on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganimate.cli.console import print_result, show_progress
from ganimate.cli.options import AsJson, Overwrite, Quiet
from ganimate.errors import UsageError

if TYPE_CHECKING:
    from ganimate.training.data.prepare import Report


def prepare(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Photos or videos, searched to their depths; or a labelled set: imgs/ with "
            "aus_openface.pkl, CSVs of OpenFace, or a .txt of names and 17 values. --check also "
            "knows what `train` takes as it is: pictures with emotions, prepared clips.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DATASET",
            help="The folder of the data set; one of other photos there is kept.",
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
    overwrite: Overwrite = False,
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
    from ganimate.training.data.prepare import read_report
    from ganimate.training.data.request import prepare_source
    from ganimate.training.data.shard import PrepareOptions
    from ganimate.training.data.sources import open_source

    with show_progress("finding photos", quiet=quiet) as bar:
        source = open_source(data)
        prepare_source(source, output, PrepareOptions(), bar, workers, overwrite=overwrite)
    report = read_report(output)
    print_result(
        {"path": str(output), **asdict(report)},
        *_describe_report(report, output),
        as_json=as_json,
        quiet=quiet,
        indent=1,
    )


def _check_data(data: Path, as_json: bool, quiet: bool) -> None:
    from ganimate.cli.report import build_survey_tables
    from ganimate.training.data.folder_survey import survey_folder

    with show_progress("reading labels", quiet=quiet) as bar:
        found = survey_folder(data, bar)
    print_result(
        {"path": str(data), **asdict(found)},
        build_survey_tables(data, found),
        as_json=as_json,
        quiet=quiet,
        indent=1,
    )


def _describe_report(report: Report, output: Path) -> Iterator[str]:
    """Lines that say what is in a data set and what was dropped."""
    counts = f"{report.faces} faces from {report.photos} photos"
    if report.labelled:
        counts += f", {report.labelled} of them labelled, {report.held_out} held out"
    yield f"{output}: {counts}"
    for reason, count in sorted(report.dropped.items(), key=lambda item: -item[1]):
        names = ", ".join(report.examples[reason])
        more = ", ..." if count > len(report.examples[reason]) else ""
        yield f"  dropped {count}: {reason} ({names}{more})"
