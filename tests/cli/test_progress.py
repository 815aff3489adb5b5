"""How a run is going: the panel on a terminal, lines elsewhere."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rich.console import Console

from nnuniverse.cli.display import progress as module
from nnuniverse.cli.display.progress import (
    BARS,
    PanelProgress,
    PlainProgress,
    ProgressDisplay,
    histogram,
    progress,
)
from nnuniverse.networks.layered import Layered
from nnuniverse.runs import RunFolder
from nnuniverse.training import Segment

FOLDER = RunFolder(Path("runs/deep/20260102T030405Z-0123abcd"))
BAR_CHARACTERS = set(BARS) - {" "}
ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[[\d;]*[349]\d[\d;]*m")


def running(loss: np.ndarray) -> dict[str, np.ndarray]:
    return {"running_boundary_loss": loss}


def segment(first: int, last: int, **measured: float) -> Segment:
    """A segment of two replicas with one snapshot at its end, all replicas alike."""
    observables = {name: np.full((2, 1), value) for name, value in measured.items()}
    observables["log_eigenvalues"] = np.linspace(-3.0, 3.0, 30).reshape(1, 1, 30).repeat(2, 0)
    return Segment(
        first=first,
        last=last,
        of_epochs=running(np.full((2, last - max(first, 1) + 1), 0.4629)),
        snapshots=np.array([last]),
        observables=observables,
        diverged_epoch=np.full(2, -1),
        state=None,
    )


def begin(
    display: ProgressDisplay, epochs: int = 30_000, done: int = 0, reservoir: Layered | None = None
) -> None:
    turnover = None if reservoir is None else SimpleNamespace(reservoir=reservoir)
    named = SimpleNamespace(architecture="784-40-20-10")
    program = SimpleNamespace(seeds=(0, 1), settings=named, turnover=turnover)
    display.begin(FOLDER, program, epochs, done)


MEASURED = {
    "boundary_loss": 0.4383,
    "error_rate": 0.75,
    "test_boundary_loss": 0.3996,
    "test_error_rate": 0.6667,
    "mu2": 6.874,
    "mu3": -2.121,
}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A clock that stands still until it is moved."""
    now = itertools.accumulate([0.0])
    time = SimpleNamespace(now=next(now))
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: time.now))

    def move(seconds: float) -> None:
        time.now += seconds

    return move


# --- which display -----------------------------------------------------------------------------


def test_lines_when_not_on_a_terminal() -> None:
    assert isinstance(progress(), PlainProgress)


def test_panel_on_a_terminal(terminal: Callable[[], Any]) -> None:
    terminal()
    assert isinstance(progress(), PanelProgress)


def test_nothing_moves_on_a_dumb_terminal(
    terminal: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    screen = terminal()
    with progress() as display:
        begin(display, 3)
        display.segment(segment(0, 1, **MEASURED))
        display.message("[bold]a message[/bold]")
        display.segment(segment(2, 3, **MEASURED))
    assert ESCAPE not in screen.getvalue()
    assert "[bold]a message[/bold]" in screen.getvalue()
    assert "epoch 3/3" in screen.getvalue()


def test_the_panel_has_no_colour_if_so_asked(
    terminal: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = terminal()
    with progress() as display:
        assert isinstance(display, PanelProgress)
        begin(display, 3)
        display.segment(segment(0, 1, **MEASURED))
    assert "╭─ 784-40-20-10" in screen.getvalue()
    assert not COLOUR.search(screen.getvalue())


# --- lines -------------------------------------------------------------------------------------


def test_lines(clock: Callable[[float], None], capsys: pytest.CaptureFixture[str]) -> None:
    with PlainProgress() as display:
        begin(display, epochs=400)
        display.segment(segment(0, 1, **MEASURED))
        for last in range(2, 400):
            clock(0.25)
            display.segment(segment(last, last, **MEASURED))
        clock(0.25)
        display.segment(segment(400, 400, **MEASURED))
    out, err = capsys.readouterr()
    assert out == ""
    title, first, *more, last_line = err.splitlines()
    assert title == f"784-40-20-10, 2 replicas  {FOLDER}"
    assert first.startswith("epoch 1/400  running loss 0.4629  boundary loss 0.4383")
    # Every ten seconds, that is every forty epochs.
    assert [line.split()[1] for line in more] == [f"{n}/400" for n in range(41, 400, 40)]
    assert more[0].startswith("epoch 41/400  4.0 epochs/s  0:01:29 left  running loss 0.4629")
    assert last_line.startswith("epoch 400/400  4.0 epochs/s  0:00:00 left")
    assert "mu2 6.874  mu3 -2.121" in last_line


def test_no_time_left_is_told_from_what_compiled(clock: Callable[[float], None]) -> None:
    display = ProgressDisplay()
    begin(display, epochs=12)
    for first, last, seconds in ((0, 0, 30.0), (1, 1, 8.0)):
        clock(seconds)
        display.segment(segment(first, last))
        assert display.remaining == "?"
    clock(4.0)
    display.segment(segment(2, 5))
    assert display.remaining == "0:00:07"


def test_lines_of_a_resumed_run(
    clock: Callable[[float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    display = PlainProgress()
    begin(display, epochs=400, done=200)
    clock(3.0)  # compiling
    display.segment(segment(201, 201))
    clock(10.0)
    display.segment(segment(202, 221))
    assert "epoch 221/400  2.0 epochs/s  0:01:29 left" in capsys.readouterr().err


def test_lines_without_measurements(capsys: pytest.CaptureFixture[str]) -> None:
    display = PlainProgress()
    begin(display, epochs=5)
    empty = segment(0, 0)._replace(
        of_epochs=running(np.empty((2, 0))), snapshots=np.array([], int), observables={}
    )
    display.segment(empty)
    display.segment(empty._replace(first=1, last=5, of_epochs=running(np.full((2, 5), np.nan))))
    assert "epoch 5/5" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rate", "remaining"), [(None, "?"), (1.0, "8:20:00"), (50.0, "0:10:00"), (0.01, "833:20:00")]
)
def test_remaining_time(rate: float | None, remaining: str) -> None:
    display = ProgressDisplay()
    display.epochs, display.rate = 30_000, rate
    assert display.remaining == remaining


# --- the panel ---------------------------------------------------------------------------------


def drawn(width: int) -> list[str]:
    display = PanelProgress()
    display.show = lambda stage: None
    begin(display)
    display.segment(segment(0, 1, **MEASURED))
    display.segment(segment(2, 1500, **MEASURED))
    display.rate = 62.5
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    console.print(display.panel("training"))
    return console.export_text().splitlines()


@pytest.mark.parametrize("width", [80, 40])
def test_the_panel_fits_and_shows_all_numbers(width: int) -> None:
    lines = drawn(width)
    assert {len(line) for line in lines} == {width}
    assert lines[0].startswith("╭─ 784-40-20-10, 2 replicas")
    inside = " ".join(line.strip("│╭╮╰╯─ ") for line in lines)
    words = " ".join(inside.split())
    for shown in ("1500/30000", "62.5 epochs/s, 0:07:36 left", "running loss 0.4629"):
        assert shown in words
    for name, value in MEASURED.items():
        assert f"{name.replace('_', ' ')} {value:.4g}" in words


@pytest.mark.parametrize("width", [80, 40])
def test_the_histogram_stays_on_one_line(width: int) -> None:
    assert sum(bool(BAR_CHARACTERS & set(line)) for line in drawn(width)) == 1


def test_the_panel_before_the_first_segment() -> None:
    display = PanelProgress()
    display.show = lambda stage: None
    begin(display, done=7)
    console = Console(record=True, width=80, file=io.StringIO())
    console.print(display.panel("compiling"))
    text = console.export_text()
    assert "7/30000   compiling" in text
    assert not BAR_CHARACTERS & set(text)


def test_a_title_is_no_markup() -> None:
    display = PanelProgress()
    display.title = "[red]folder[/nonsense]"
    console = Console(record=True, width=80, file=io.StringIO())
    console.print(display.panel("compiling"))
    assert "[red]folder[/nonsense]" in console.export_text()


# --- the histogram -----------------------------------------------------------------------------

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def bars(text: str) -> str:
    return text[text.index(" ") + 1 :][: module.HISTOGRAM_BINS]


@settings(max_examples=200, deadline=None)
@given(values=hnp.arrays(np.float64, st.integers(0, 60), elements=FINITE))
def test_any_finite_values_have_a_histogram(values: np.ndarray) -> None:
    text = histogram(values)
    assert "\n" not in text
    drawn_bars = bars(text)
    assert len(drawn_bars) == 41
    assert set(drawn_bars) <= set(BARS)
    filled = len(drawn_bars) - drawn_bars.count(" ")
    assert min(1, len(values)) <= filled <= len(values)
    assert ("█" in drawn_bars) == bool(len(values))


@settings(max_examples=100, deadline=None)
@given(values=hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(-50.0, 50.0)))
def test_every_value_is_under_a_bar(values: np.ndarray) -> None:
    text = histogram(values)
    low, high = float(text.split()[0]), float(text.split()[-1])
    assert low == -high
    assert high >= max(1.0, float(np.abs(values).max()))
    bins = np.clip(np.floor((values - low) / (high - low) * 41), 0, 40).astype(int)
    for position, value in zip(bins, values, strict=True):
        near = bars(text)[max(position - 1, 0) : position + 2]  # rounding at an edge
        assert near.strip(), value


def test_dormant_neurons_have_no_bar() -> None:
    display = PlainProgress()
    begin(display, 3, reservoir=Layered((6, 4, 2)))
    of_active = [-3.0, -0.5, 2.0], [-3.0, -0.5, 0.1, 0.2, 2.0, 4.0]
    theta = [sorted([*found, *[0.0] * (10 - len(found))]) for found in of_active]
    masks = [[1, 0, 0, 0]], [[1, 1, 0, 0]]
    moved = segment(0, 1)
    moved.observables.update(log_eigenvalues=np.array(theta)[:, None], mask_1=np.array(masks))
    display.segment(moved)
    shown = display.log_eigenvalues
    assert shown is not None
    assert shown[np.isfinite(shown)].tolist() == [*of_active[0], *of_active[1]]


def test_histogram_of_nothing() -> None:
    assert histogram(np.array([])) == f"-1 {' ' * 41} 1"
    assert histogram(np.array([np.nan, np.inf])) == histogram(np.array([]))


def test_zero_is_in_the_middle_and_positive_on_the_right() -> None:
    assert bars(histogram(np.zeros(5))) == " " * 20 + "█" + " " * 20
    assert bars(histogram(np.array([2.0]))) == " " * 40 + "█"
    assert bars(histogram(np.array([-2.0]))) == "█" + " " * 40


def test_heights_are_logarithmic() -> None:
    drawn_bars = bars(histogram(np.repeat([-1.0, 0.0, 1.0], [1_000, 100_000, 1])))
    assert drawn_bars[0] == "▅"  # ln 1001 / ln 100001 of eight
    assert drawn_bars[20] == "█"
    assert drawn_bars[40] == "▁"
