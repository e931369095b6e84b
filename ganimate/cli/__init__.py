"""The `ganimate` command: a thin layer that reads options, shows progress and reports.

Each module holds a command or a few that belong together; commands.py lists them all and turns
errors into exit codes; ending.py ends the process in order. Only this package prints or exits. What
is slow to import (torch, cv2) is imported by the functions that need it, so that `--help` takes a
blink.
"""

from ganimate.cli.ending import run_to_end

__all__ = ["main"]


def main() -> None:
    """Run the command line; the console script's entry point."""

    def run() -> None:
        # Not before signals are taken: Ctrl-C may come while this is imported.
        from ganimate.cli.commands import app

        app()

    run_to_end(run)
