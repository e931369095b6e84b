"""What a shell completes after an option whose values the program knows."""

from __future__ import annotations


def complete_expressions(incomplete: str) -> list[tuple[str, str]]:
    """Complete the last part of an expression: `smile+wi` to `smile+wink`.

    Args:
        incomplete: what has been typed of it.

    Returns:
        Each expression that can stand there, with a line of what it is.
    """
    from ganimate.performance.expressions import ALIASES, PRESETS, SOURCE

    known = {name: preset.description for name, preset in PRESETS.items()}
    known |= {alias: f"the same as {name}" for alias, name in ALIASES.items()}
    known[SOURCE] = "what the photo shows"
    before, plus, last = incomplete.rpartition("+")
    return [
        (f"{before}{plus}{name}", description)
        for name, description in known.items()
        if name.startswith(last)
    ]


def complete_eases(incomplete: str) -> list[str]:
    """Complete the name of an ease."""
    from typing import get_args

    from ganimate.performance.curves import KeyEaseName

    return [name for name in get_args(KeyEaseName) if name.startswith(incomplete)]


def complete_models(incomplete: str) -> list[str]:
    """Complete the name of a shipped model; files are the shell's matter."""
    from ganimate.weights import list_models

    return [name for name in list_models() if name.startswith(incomplete)]
