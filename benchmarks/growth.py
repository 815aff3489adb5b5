"""How time grows with the net: an epoch, here and in PyTorch, and the spectrum of a snapshot.

``python -m benchmarks.growth`` measures some minutes, keeps its table in docs/data/growth.csv and
draws docs/figures/growth.png; ``... --draw`` draws the table that is kept, ``... --rows`` prints it
as ``python -m benchmarks growth`` prints a new one.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.contest import THREADS, Times, Work, compete
from benchmarks.training import (
    INPUTS,
    MATMUL_SIZE,
    OUTPUTS,
    data_name,
    digits,
    large_matmul,
    nnuniverse_loop,
    operations_per_epoch,
    torch_loop,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TABLE = Path("docs/data/growth.csv")
FIGURE = Path("docs/figures/growth.png")

NETS = ((40, 20), (200, 100), (1000, 500))
"""Hidden layers."""

SAMPLES = (6_000, 60_000)

ROUND_OPERATIONS = 1e10
"""Of training in a round, if an epoch has no more: a tenth of a second at the rate reached."""

ROUND_EIGENVALUES = 1.5e8
"""Cube of the dynamical eigenvalues, times the spectra in a round: some tens of milliseconds."""

OURS, EAGER, COMPILED = "nnuniverse", "PyTorch", "torch.compile"
MATMUL = "large matmul"
ONE_THREAD, TWO_THREADS = "spectrum", "spectrum, two threads"


class Measured(NamedTuple):
    """Times of one contestant: per epoch of ``samples``, per spectrum or product.

    ``hidden``: layers of the net; ``data``: where the samples are from; ``threads``: that each had,
    of one its processor time, as `contest.CLOCK` says.
    """

    hidden: tuple[int, ...]
    samples: int
    data: str
    threads: int
    contestant: str
    times: Times

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons per layer."""
        return (INPUTS, *self.hidden, OUTPUTS)


Contest = dict[str, Measured]
"""What ran in turn, by contestant: of one net and number of samples."""


def spectrum_loop(hidden: tuple[int, ...], threads: int) -> Work:
    """Build the spectrum of a net with so many BLAS threads; a unit is one."""
    import jax
    from threadpoolctl import threadpool_limits

    from nnuniverse.networks.coupling import coupling_blocks
    from nnuniverse.networks.initialisation import initialise
    from nnuniverse.networks.layered import Layered
    from nnuniverse.spectra import reduced_log_eigenvalues

    architecture = Layered((INPUTS, *hidden, OUTPUTS))
    with jax.enable_x64(True):
        parameters = initialise(jax.random.key(0), architecture, "glorot_uniform", 1.0)
        blocks = coupling_blocks(parameters, [np.ones(n) for n in architecture.sizes[1:]])
    spectrum = jax.jit(reduced_log_eigenvalues)

    def work(times: int) -> None:
        with threadpool_limits(threads, user_api="blas"):
            for _ in range(times):
                spectrum(blocks).block_until_ready()

    return work


def measure() -> Iterator[Contest]:
    """Let the contestants of every net and number of samples take turns."""
    for samples in SAMPLES:
        for hidden in NETS:
            yield _contest(hidden, samples)


def _contest(hidden: tuple[int, ...], samples: int) -> Contest:
    from nnuniverse.networks.layered import Layered

    epochs = max(1, round(ROUND_OPERATIONS / operations_per_epoch(INPUTS, hidden, samples)))
    builders: dict[str, tuple[Callable[[], Work], int]] = {
        OURS: (partial(nnuniverse_loop, hidden, samples), epochs),
        EAGER: (partial(torch_loop, hidden, samples), max(1, epochs // 2)),
        COMPILED: (partial(torch_loop, hidden, samples, compiled=True), max(1, epochs // 2)),
        MATMUL: (large_matmul, 2),
    }
    if samples == SAMPLES[0]:
        dynamical = Layered((INPUTS, *hidden, OUTPUTS)).dynamical_eigenvalues
        spectra = max(1, round(ROUND_EIGENVALUES / dynamical**3))
        builders[ONE_THREAD] = (partial(spectrum_loop, hidden, 1), spectra)
        if THREADS > 1:
            builders[TWO_THREADS] = (partial(spectrum_loop, hidden, THREADS), spectra)
    times = compete(builders)
    data = data_name(samples)
    return {
        name: Measured(hidden, samples, data, THREADS, name, taken) for name, taken in times.items()
    }


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    return rows(list(measure()))


def rows(contests: Sequence[Contest]) -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim) of what was measured."""
    table = [row for contest in contests for row in _contest_rows(contest)]
    for samples in SAMPLES:
        for name in (OURS, EAGER, COMPILED):
            slope = exponent(_curve(contests, name, samples, _weights))
            table.append(
                (f"{name}: exponent of time over weights, {samples:,}", f"{slope:.2f}", "")
            )
    slope = exponent(_curve(contests, ONE_THREAD, SAMPLES[0], _dynamical))
    return [*table, ("exponent of a spectrum over dynamical eigenvalues", f"{slope:.2f}", "")]


def _contest_rows(contest: Contest) -> list[tuple[str, str, str]]:
    ours = contest[OURS]
    active = int(np.any(digits()[0] != 0, axis=0).sum())
    work = 1e-9 * operations_per_epoch(active, ours.hidden, ours.samples)
    rate = Times(tuple(work / seconds for seconds in ours.times.rounds))
    matmul = contest[MATMUL].times
    share = Times(
        tuple(
            1e9 * r * s / (2 * MATMUL_SIZE**3)
            for r, s in zip(rate.rounds, matmul.rounds, strict=True)
        )
    )
    shape = "-".join(map(str, ours.sizes))
    table = [
        (f"{shape}, {ours.samples:,} digits, {ours.data}", "", ""),
        ("  ms per epoch", _milliseconds(ours.times), ""),
        ("  epochs/s over eager PyTorch", f"{contest[EAGER].times.over(ours.times)}", ""),
        ("  epochs/s over torch.compile", f"{contest[COMPILED].times.over(ours.times)}", ""),
        ("  GFLOP/s", f"{rate}", ""),
        ("  share of the large-matmul rate", f"{share}", ""),
    ]
    if ONE_THREAD in contest:
        spectrum = contest[ONE_THREAD].times
        table += [
            ("  ms per spectrum", _milliseconds(spectrum), ""),
            ("  spectrum over epoch", f"{spectrum.over(ours.times)}", ""),
        ]
    if TWO_THREADS in contest:
        gained = contest[ONE_THREAD].times.over(contest[TWO_THREADS].times)
        table.append(("  spectrum with one BLAS thread over two", f"{gained}", ""))
    return table


def _milliseconds(times: Times) -> str:
    return f"{Times(tuple(1e3 * seconds for seconds in times.rounds))}"


# --- curves and their exponents -------------------------------------------------------------------


class Curve(NamedTuple):
    """The quickest round, in seconds, against a size of the net: it is disturbed least."""

    sizes: np.ndarray
    seconds: np.ndarray


def exponent(curve: Curve) -> float:
    """Return the power of its size that the time grows with, by least squares of logarithms."""
    return float(np.polyfit(np.log(curve.sizes), np.log(curve.seconds), 1)[0])


def _curve(
    contests: Sequence[Contest], name: str, samples: int, size: Callable[[Measured], int]
) -> Curve:
    shown = [c[name] for c in contests if name in c and c[name].samples == samples]
    sizes = [size(measured) for measured in shown]
    return Curve(np.array(sizes), np.array([min(measured.times.rounds) for measured in shown]))


def _weights(measured: Measured) -> int:
    from nnuniverse.networks.layered import Layered

    return Layered(measured.sizes).edges


def _dynamical(measured: Measured) -> int:
    from nnuniverse.networks.layered import Layered

    return Layered(measured.sizes).dynamical_eigenvalues


# --- the table and its figure ---------------------------------------------------------------------


def write(contests: Sequence[Contest]) -> None:
    """Keep the times of all rounds in `TABLE`."""
    with TABLE.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["hidden", *Measured._fields[1:-1], "seconds of each round"])
        for measured in (measured for contest in contests for measured in contest.values()):
            hidden, *cells, times = measured
            rounds = " ".join(f"{seconds:.4g}" for seconds in times.rounds)
            table.writerow(["-".join(map(str, hidden)), *cells, rounds])


def read() -> list[Contest]:
    """Return what `TABLE` keeps."""
    with TABLE.open(newline="") as file:
        lines = list(csv.reader(file))[1:]
    measured = [
        Measured(
            tuple(map(int, hidden.split("-"))),
            int(samples),
            data,
            int(threads),
            name,
            Times(tuple(map(float, rounds.split()))),
        )
        for hidden, samples, data, threads, name, rounds in lines
    ]
    contests = groupby(measured, attrgetter("hidden", "samples"))
    return [{one.contestant: one for one in contest} for _, contest in contests]


def draw(contests: Sequence[Contest]) -> None:
    """Draw `FIGURE`: epochs against weights, and spectra and epochs against eigenvalues."""
    from nnuniverse.plots.canvas import new_figure
    from nnuniverse.plots.house_style import DOUBLE, house_style

    with house_style():
        figure, ((epochs, spectra),) = new_figure(1, 2, size=(DOUBLE, 3.0))
        for samples, style in zip(SAMPLES, ("-", "--"), strict=True):
            for number, (name, marker) in enumerate(
                zip((OURS, EAGER, COMPILED), "osx", strict=True)
            ):
                curve = _curve(contests, name, samples, _weights)
                label = f"{name} {samples:,}: {exponent(curve):.2f}"
                epochs.plot(*curve, f"{marker}{style}", color=f"C{number}", label=label)
        epochs.set(xlabel="weights", ylabel="seconds per epoch")
        _legend(epochs, "who, samples: power of the weights")
        for name, samples, style, color, label in (
            (ONE_THREAD, SAMPLES[0], "D-", "C3", "spectrum"),
            (OURS, SAMPLES[0], "o-", "C0", f"epoch of {SAMPLES[0]:,} samples"),
            (OURS, SAMPLES[1], "o--", "C0", f"epoch of {SAMPLES[1]:,} samples"),
        ):
            curve = _curve(contests, name, samples, _dynamical)
            spectra.plot(*curve, style, color=color, label=f"{label}: {exponent(curve):.2f}")
        spectra.set(xlabel="dynamical eigenvalues", ylabel="seconds")
        _legend(spectra, "power of the eigenvalues")
        figure.savefig(FIGURE, metadata={"Software": "nnuniverse"})


def _legend(axes: Axes, title: str) -> None:
    """Say above logarithmic ``axes``, where it covers nothing, what is drawn: columns of three."""
    axes.set(xscale="log", yscale="log")
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        borderaxespad=0.0,
        columnspacing=0.6,
        handlelength=3.0,
        fontsize=6,
        handletextpad=0.4,
        ncols=-(-len(axes.lines) // 3),
        title=title,
        title_fontsize=6,
        alignment="left",
    )


def main() -> None:
    """Measure, keep and draw; or draw or print what was kept."""
    chosen = sys.argv[1:]
    if not chosen:
        contests: list[Contest] = []
        for contest in measure():
            contests.append(contest)
            write(contests)
    if "--rows" in chosen or not chosen:
        contests = read()
        print(f"{contests[0][OURS].threads} threads")
        for what, measured, _ in rows(contests):
            print(f"{what:66}{measured:>24}")
    if "--draw" in chosen or not chosen:
        draw(read())


if __name__ == "__main__":
    main()
