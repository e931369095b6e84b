"""`ganimate prepare`: photos, videos and labelled sets as data sets to train on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganimate.cli.console import Bar, print_result, show_progress
from ganimate.cli.options import AsJson, Overwrite, Quiet
from ganimate.errors import UsageError

if TYPE_CHECKING:
    from ganimate.training.data.labels import Source
    from ganimate.training.data.prepare import Report
    from ganimate.training.data.shard import PrepareOptions
    from ganimate.training.processes import Processes


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
    from ganimate.training.data.shard import PrepareOptions
    from ganimate.training.data.sources import open_source

    with show_progress("finding photos", quiet=quiet) as bar:
        run_prepare(open_source(data), output, PrepareOptions(), bar, workers, overwrite=overwrite)
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
    from ganimate.training.data.sources import open_source
    from ganimate.training.data.survey import probe_files, survey_source

    with show_progress("reading labels", quiet=quiet) as bar:
        source = open_source(data)
        found = survey_source(source, bar.track(probe_files(source), len(source), "reading photos"))
    print_result(
        {"path": str(data), **asdict(found)},
        build_survey_tables(data, found),
        as_json=as_json,
        quiet=quiet,
        indent=1,
    )


def run_prepare(
    source: Source,
    output: Path,
    options: PrepareOptions,
    bar: Bar,
    workers: int | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Prepare a folder, with progress; what may be wrong with all of its labels is said first.

    Args:
        source: the folder.
        output: where the data set goes.
        options: what it is like.
        bar: where progress is shown.
        workers: processes; one a core by default.
        overwrite: whether a data set of other photos may be replaced.
    """
    from ganimate.training.data.prepare import prepare as prepare_source

    for note in source.notes:
        bar.say(f"warning: {source.folder}: {note}")
    counts = prepare_source(source, output, options, workers=workers, overwrite=overwrite)
    label = f"preparing {source.folder}"
    bar.start(next(counts), len(source), label)
    for done in counts:
        bar.update(done, len(source), label)


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


def prepare_sets(
    data: Sequence[Path],
    run: Path,
    size: int | None,
    bar: Bar,
    processes: Processes,
    *,
    overwrite: bool = False,
) -> list[Path]:
    """Prepare those of some folders that are no data sets yet, in the folder of a run.

    Args:
        data: data sets, photos, videos or labelled sets.
        run: the folder of the run.
        size: side of the crops in pixels; the usual one if None.
        bar: where progress is shown.
        processes: those that train together: the first one prepares, and the others wait.
        overwrite: whether data sets of other photos may be replaced.

    Returns:
        The data sets, as `ganimate prepare` writes them.
    """
    from ganimate.training.data.shard import PrepareOptions
    from ganimate.training.data.sources import open_source

    options = PrepareOptions() if size is None else PrepareOptions(size=size)
    folders: list[Path] = []
    with processes.wait_for_first():
        for folder in data:
            source = open_source(folder)
            if source.kind == "prepared":
                folders.append(folder)
                continue
            folders.append(_choose_folder(run, folder, folders))
            if processes.first:
                run_prepare(source, folders[-1], options, bar, overwrite=overwrite)
    return folders


def _choose_folder(run: Path, folder: Path, taken: Sequence[Path]) -> Path:
    """Choose where in a run a folder is prepared, two of one name apart."""
    if run.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"{run} lies within {folder}, so that its sheets would be taken for photos of the "
            "set: give -o another folder"
        )
    place = run / "data" / folder.resolve().name
    while place in taken:
        place = place.with_name(place.name + "_")
    return place
