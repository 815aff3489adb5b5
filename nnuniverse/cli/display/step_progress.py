"""How far an ensemble is: a bar on a terminal, plain lines elsewhere, both on stderr."""

from __future__ import annotations

import time

from rich.progress_bar import ProgressBar
from rich.table import Table

from nnuniverse.cli.display.consoles import clock, make_console
from nnuniverse.cli.display.progress import LINE_SECONDS, SETTLING_SECONDS


class StepProgress:
    """Called with the steps done, and how many there are to be; says so now and then."""

    def __init__(self) -> None:
        self._console = make_console(stderr=True)
        self._first: tuple[float, int] | None = None
        self._printed = -LINE_SECONDS

    def __call__(self, done: int, steps: int) -> None:
        """Show that so many of the ``steps`` are done."""
        now = time.monotonic()
        if self._first is None:
            self._first = (now, done)
        if now - self._printed < LINE_SECONDS and done < steps:
            return
        self._printed = now
        elapsed, taken = now - self._first[0], done - self._first[1]
        left = ""
        if taken and elapsed > SETTLING_SECONDS and done < steps:
            left = (
                f"  {taken / elapsed:.1f} steps/s  {clock((steps - done) / taken * elapsed)} left"
            )
        if not self._console.is_terminal:
            self._console.print(f"step {done}/{steps}{left}", soft_wrap=True)
            return
        line = Table.grid(padding=(0, 2))
        line.add_row(f"step {done}/{steps}", ProgressBar(steps, done, width=40), left)
        self._console.print(line)
