"""The clock of a progress bar; a module of its own, as rich takes a while to import."""

from __future__ import annotations

from rich.progress import Task, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text


class TimeColumn(TimeRemainingColumn):
    """The time that is left; where nobody knows that, the time that has passed."""

    def render(self, task: Task) -> Text:
        """Write the time of a task."""
        return super().render(task) if task.total is not None else _ELAPSED.render(task)


_ELAPSED = TimeElapsedColumn()
