"""The `ganimate` command: a thin layer that reads options, shows progress and reports.

Each module holds a command or a few that belong together; commands.py lists them all and turns
errors into exit codes. Only this package prints or exits. What is slow to import (torch, cv2)
is imported by the functions that need it, so that `--help` takes a blink.
"""

from ganimate.cli.commands import app, main

__all__ = ["app", "main"]
