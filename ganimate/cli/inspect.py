"""`ganimate inspect`: what a file says of where it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganimate.cli.console import print_failure, print_result
from ganimate.cli.options import AsJson, Quiet
from ganimate.errors import MissingFileError, UsageError

if TYPE_CHECKING:
    from ganimate.media.provenance import Claim


def inspect(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="Clips, stills, or folders of frames.", show_default=False
        ),
    ],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say whether ganimate made a file, and how: version, model, expression, seed.

    That a file says nothing is an answer, too, but no proof: programs that edit, convert or send
    files may drop what they say. Several files with --json are a line each.

    ganimate inspect smile.mp4 frames/
    """
    failed = False
    for path in files:
        try:
            _inspect_file(path, as_json=as_json, quiet=quiet)
        except (MissingFileError, UsageError, OSError) as error:
            if len(files) == 1:
                raise
            words = f"{path}: {error.strerror or error}" if isinstance(error, OSError) else error
            print_failure({"path": str(path), "error": str(words)}, as_json=as_json)
            failed = True
    if failed:
        raise typer.Exit(1)


def _inspect_file(path: Path, *, as_json: bool, quiet: bool) -> None:
    from ganimate.media.provenance import read_claim

    if path.is_dir():
        _inspect_folder(path, as_json=as_json, quiet=quiet)
        return
    if not path.exists():
        raise MissingFileError(f"{path} does not exist: check its name")
    if not path.is_file():
        raise UsageError(f"{path} is no regular file: give a clip, a still or a folder of frames")
    claim = read_claim(path)
    facts = {"path": str(path), **_list_facts(claim)}
    print_result(facts, *_describe(str(path), claim), as_json=as_json, quiet=quiet)


def _inspect_folder(folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Inspect each frame of a folder: it is ours if all of them are, and say the same."""
    from ganimate.media.ownership import FRAMES
    from ganimate.media.provenance import read_claim

    claims = [read_claim(path) for path in sorted(folder.glob(FRAMES)) if path.is_file()]
    if not claims:
        raise UsageError(f"the folder {folder} holds no frames ({FRAMES}): name the files in it")
    alike = claims[0] if claims.count(claims[0]) == len(claims) else None
    ours = sum(claim is not None and claim.whole for claim in claims)
    facts = {"path": str(folder), **_list_facts(alike), "frames": len(claims), "frames_made": ours}
    name = f"{folder} ({len(claims)} frames)"
    if alike is None and ours:
        others = len(claims) - ours
        said = f"{others} of them say nothing" if others else "they do not all say the same"
        words = [f"{name}: {ours} made with ganimate; {said}. Name the frames to see each."]
    else:
        words = _describe(name, alike)
    print_result(facts, *words, as_json=as_json, quiet=quiet)


def _list_facts(claim: Claim | None) -> dict[str, Any]:
    """What other programs read of a file."""
    program, _, version = claim.program.partition(" ") if claim else ("", "", "")
    made = claim.made if claim else None
    return {
        "made": claim is not None and claim.whole,
        "program": program or None,
        "version": version or None,
        "synthesised": claim.synthesised if claim else None,
        "model": made.model if made else None,
        "weights": made.weights if made else None,
        "expression": made.expression if made else None,
        "seed": made.seed if made else None,
    }


def _describe(name: str, claim: Claim | None) -> list[str]:
    """What people read of a file."""
    if claim is None:
        return [
            f"{name}: not made with ganimate, as far as it says. (Programs that edit, convert or "
            "send files may drop what they say.)"
        ]
    if not claim.whole:
        return [
            f"{name}: a comment says that it was synthesised with {claim.program}, but what goes "
            "with it is missing: the file is incomplete, or another program changed it"
        ]
    if not claim.synthesised:
        return [f"{name}: drawn with {claim.program}, no photo of anybody"]
    made = claim.made
    model = f"{made.model} (weights {made.weights})" if made.model else None
    seed = None if made.seed is None else str(made.seed)
    known = {"model": model, "expression": made.expression, "seed": seed}
    lines = [f"  {what:<11} {said}" for what, said in known.items() if said is not None]
    return [f"{name}: synthesised with {claim.program}", *lines]
