"""How a run is going: a live panel on a terminal, plain lines elsewhere, both on stderr."""

from __future__ import annotations

import sys
import time
from itertools import groupby
from typing import NamedTuple, Self

import numpy as np
from rich.console import Group
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from nnuniverse.analysis.active_spectra import without_dormant
from nnuniverse.cli.display.consoles import clock, make_console
from nnuniverse.cli.display.live_panel import LivePanel
from nnuniverse.cli.display.streams import fitted
from nnuniverse.counted import counted
from nnuniverse.errors import printable
from nnuniverse.networks.layered import Layered
from nnuniverse.runs import RunFolder
from nnuniverse.training import NEVER, Program, Segment

BARS = " ▁▂▃▄▅▆▇█"
HISTOGRAM_BINS = 41
WIDEST = 1e9
LINE_SECONDS = 10.0
"""Time between plain lines."""

SETTLING_SECONDS = 1.0
"""Time before a speed is worth showing."""


class Latest(NamedTuple):
    """The latest value of something, and the epoch that it is of."""

    value: float
    epoch: int


class ProgressDisplay:
    """What both kinds of display know of the run: the latest value of everything.

    Values are means over the replicas that have not diverged.
    """

    def __init__(self) -> None:
        self.console = make_console(stderr=True)
        self.epochs = 0
        self.epoch = 0
        self.title = ""
        self.values: dict[str, Latest] = {}
        self.replicas = 0
        self.diverged = 0
        self.ended = False
        self.log_eigenvalues: np.ndarray | None = None
        self.reservoir: Layered | None = None
        self.rate: float | None = None
        self._first: tuple[int, float] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def begin(self, folder: RunFolder, program: Program, epochs: int, done: int) -> None:
        """The run starts, or goes on after ``done`` epochs."""
        self.epochs, self.epoch = epochs, done
        self.replicas = len(program.seeds)
        several = f", {counted(self.replicas, 'replica')}" if self.replicas > 1 else ""
        self.title = f"{program.settings.architecture}{several}  {folder}"
        self.reservoir = program.turnover.reservoir if program.turnover else None
        self.show("compiling")

    def message(self, text: str) -> None:
        """Something happened that a person should know."""
        self.console.print(fitted(printable(text), sys.stderr), soft_wrap=True)

    def segment(self, segment: Segment) -> None:
        """A segment has been trained."""
        diverged = segment.diverged_epoch != NEVER
        self.diverged, self.ended = int(diverged.sum()), segment.ended
        self.epoch = int(segment.diverged_epoch.max()) if diverged.all() else segment.last
        now = time.monotonic()
        if self._first is None or segment.first <= 1:  # compiling takes most of the first epoch
            self._first = (segment.last, now)
        elif now - self._first[1] > SETTLING_SECONDS:
            self.rate = (segment.last - self._first[0]) / (now - self._first[1])
        trained = np.arange(max(segment.first, 1), segment.last + 1)
        self._take("running loss", segment.running_loss, trained, segment.missing_from)
        if "active_neurons" in segment.of_epochs:
            neurons = segment.of_epochs["active_neurons"].sum(axis=-1)
            self._take("active_neurons", neurons, trained, segment.missing_from)
        for name, values in segment.observables.items():
            if values.ndim == 2:
                self._take(name, values, segment.snapshots, segment.missing_from)
        if "log_eigenvalues" in segment.observables:
            spectra = self._of_active_neurons(segment)
            running = _running(segment.snapshots, segment.missing_from)
            if running.any():
                last = int(np.flatnonzero(running.any(axis=0))[-1])
                self.log_eigenvalues = spectra[running[:, last], last].ravel()
        self.show("training")

    def _of_active_neurons(self, segment: Segment) -> np.ndarray:
        """Return log lambda, (replica, snapshot, rank), NaN of dormant neurons."""
        theta = segment.observables["log_eigenvalues"]
        if self.reservoir is None:
            return theta
        first, *hidden, outputs = self.reservoir.sizes
        masks = [segment.observables[f"mask_{l}"] for l in range(1, len(hidden) + 1)]
        active = [mask.sum(axis=-1) for mask in masks]
        ends = [np.full(theta.shape[:2], size) for size in (first, outputs)]
        return without_dormant(theta, np.stack([ends[0], *active, ends[1]], axis=-1))

    def _take(self, name: str, values: np.ndarray, epochs: np.ndarray, ended: np.ndarray) -> None:
        """Keep the last of ``values``, (replica, epoch), that any replica has."""
        present = np.isfinite(values) & _running(epochs, ended)
        if present.any():
            last = int(np.flatnonzero(present.any(axis=0))[-1])
            value = float(values[present[:, last], last].mean())
            self.values[name] = Latest(value, int(epochs[last]))

    def show(self, stage: str) -> None:
        """Display the present state."""

    @property
    def over(self) -> bool:
        """Whether there is nothing left to train."""
        return self.epoch == self.epochs or self.ended

    @property
    def remaining(self) -> str:
        """The time that the remaining epochs will take."""
        if not self.rate:
            return "?"
        return clock((self.epochs - self.epoch) / self.rate)

    @property
    def stopped(self) -> str:
        """How many replicas have diverged, if any."""
        if not self.diverged:
            return ""
        if self.replicas == 1:
            return "diverged"
        return f"{self.diverged} of {counted(self.replicas, 'replica')} diverged"

    def numbers(self, *names: str) -> str:
        """Return the latest values of ``names``, and of which epoch where it is not this one."""
        known = [(n.replace("_", " "), self.values[n]) for n in names if n in self.values]
        parts = []
        for epoch, group in groupby(known, lambda item: item[1].epoch):
            shown = "  ".join(f"{name} {latest.value:.4g}" for name, latest in group)
            parts.append(shown if epoch == self.epoch else f"at epoch {epoch}: {shown}")
        return "  ".join(parts)


class PlainProgress(ProgressDisplay):
    """A line now and then."""

    def __init__(self) -> None:
        super().__init__()
        self._printed = -LINE_SECONDS

    def begin(self, folder: RunFolder, program: Program, epochs: int, done: int) -> None:
        """The run starts, or goes on after ``done`` epochs."""
        super().begin(folder, program, epochs, done)
        self.message(self.title)

    def show(self, stage: str) -> None:
        """Print a line if the last is some time ago, or the run is at its end."""
        now = time.monotonic()
        due = now - self._printed >= LINE_SECONDS or self.epoch == 1 or self.over
        if stage == "training" and self.epoch and due:
            self._printed = now
            speed = f"  {self.rate:.1f} epochs/s  {self.remaining} left" if self.rate else ""
            stopped = f"  {self.stopped}" if self.stopped else ""
            names = ("running loss", "active_neurons", "boundary_loss", "error_rate", "r_squared")
            measured = self.numbers(*names, "mu2", "mu3")
            self.message(f"epoch {self.epoch}/{self.epochs}{speed}{stopped}  {measured}")


class PanelProgress(ProgressDisplay):
    """A panel that is drawn anew after every segment; it stays if the run stops on its way."""

    def __init__(self) -> None:
        super().__init__()
        self._live = LivePanel(self.console)

    def __enter__(self) -> Self:
        self._live.open()
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.close(leave=not self.over)

    def show(self, stage: str) -> None:
        """Draw the panel."""
        self._live.draw(self.panel(stage))

    def panel(self, stage: str) -> Panel:
        """Return the panel."""
        speed = f"{self.rate:.1f} epochs/s, {self.remaining} left" if self.rate else stage
        lines = Table.grid(padding=(0, 2))
        lines.add_row("epoch", f"{self.epoch}/{self.epochs}   {speed}")
        lines.add_row("", ProgressBar(total=self.epochs, completed=self.epoch, width=50))
        if self.stopped:
            lines.add_row("", self.stopped)
        lines.add_row("loss", self.numbers("running loss", "boundary_loss", "test_boundary_loss"))
        lines.add_row(
            "errors", self.numbers("error_rate", "test_error_rate", "r_squared", "test_r_squared")
        )
        if "active_neurons" in self.values:
            lines.add_row("hidden", self.numbers("active_neurons"))
        lines.add_row("log G", self.numbers("mu2", "mu3"))
        if self.log_eigenvalues is not None:
            lines.add_row("log λ", Text(histogram(self.log_eigenvalues), no_wrap=True))
        return Panel(Group(lines), title=Text(printable(self.title)), title_align="left")


def histogram(log_eigenvalues: np.ndarray) -> str:
    """Return one line of bars: counts of log-eigenvalues between symmetric limits, zero centred.

    The height is logarithmic in the count, so that single eigenvalues stay visible.
    """
    values = log_eigenvalues[np.isfinite(log_eigenvalues)].clip(-WIDEST, WIDEST)
    limit = float(np.ceil(np.abs(values).max(initial=1.0)))
    counts, _ = np.histogram(values, HISTOGRAM_BINS, (-limit, limit))
    levels = np.log1p(counts) / np.log1p(max(counts.max(), 1)) * (len(BARS) - 1)
    bars = "".join(BARS[int(np.ceil(level))] for level in levels)
    return f"{-limit:g} {bars} {limit:g}"


def progress() -> ProgressDisplay:
    """Return the display that fits stderr."""
    return PanelProgress() if make_console(stderr=True).is_terminal else PlainProgress()


def _running(epochs: np.ndarray, ended: np.ndarray) -> np.ndarray:
    """Return which replicas had not ended at ``epochs``, (replica, epoch)."""
    never = ended[:, None] == NEVER
    return never | (epochs[None, :] < ended[:, None])
