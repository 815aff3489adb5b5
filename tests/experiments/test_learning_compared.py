"""Protocols of learning compared seed by seed: made outcomes whose differences are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.learning import costs, outcomes
from benchmarks.learning.comparisons import BORN, FAMILY, RATES, Comparison
from benchmarks.learning.costs import Cost
from benchmarks.learning.judging import ERROR, LOSS, Bench, differences_of, judged
from benchmarks.learning.outcomes import LONGER, Outcome, Outcomes
from benchmarks.learning.page import tables

SEEDS = 10
SIZES = {name: float(name.removeprefix("born_")) for name in BORN}
COSTS = {"grand_002": Cost(2.0, 1.5)}


def law(neurons: float, epoch: int) -> float:
    """A loss that is a power of neurons and of epochs, between which interpolation is exact."""
    return 3.0 * neurons**-0.5 * epoch**-0.25


def made(
    sizes: dict[str, float], factor: Callable[[str, int], float] = lambda name, seed: 1.0
) -> Outcomes:
    return Outcomes(
        Outcome("MNIST", name, seed, e, size, size, law(size, e) * factor(name, seed), 0.1)
        for name, size in sizes.items()
        for seed in range(SEEDS)
        for e in LONGER.get(name, outcomes.EPOCHS)
    )


def test_a_net_as_good_as_one_of_its_size_is_no_different() -> None:
    bench = Bench(made(SIZES | {"grand_002": 27.3}), COSTS, "MNIST", 300)
    for alike in ("final N", "mean N"):
        difference = differences_of(bench, Comparison("grand_002", BORN, alike), LOSS)
        np.testing.assert_allclose(difference, np.zeros(SEEDS), atol=1e-12)


def test_a_net_beyond_all_sizes_is_compared_with_none() -> None:
    bench = Bench(made(SIZES | {"grand_002": 17.0}), COSTS, "MNIST", 300)
    difference = differences_of(bench, Comparison("grand_002", BORN, "final N"), LOSS)
    assert np.isnan(difference).all()


@pytest.mark.parametrize(("epoch", "cost"), [(60, 2.0), (300, 1.5)])
def test_equal_time_lets_the_cheaper_net_learn_longer(epoch: int, cost: float) -> None:
    bench = Bench(made(SIZES | {"grand_002": 60.0}), COSTS, "MNIST", epoch)
    difference = differences_of(bench, Comparison("grand_002", ("born_60",), "time"), LOSS)
    np.testing.assert_allclose(difference, 0.25 * np.log(cost), atol=1e-12)


def test_of_several_rates_the_best_counts() -> None:
    factors = dict(zip(RATES, (1.0, 0.5, np.nan), strict=True)) | {"momo": 0.4}
    sizes = dict.fromkeys(factors, 60.0)
    bench = Bench(made(sizes, lambda name, seed: factors[name]), {}, "MNIST", 60)
    difference = differences_of(bench, Comparison("momo", RATES, "epochs"), LOSS)
    np.testing.assert_allclose(difference, np.log(0.8), atol=1e-12)


def test_a_difference_is_called_significant_and_noise_is_not() -> None:
    random = np.random.default_rng(1)
    noise = {name: random.normal(0.0, 0.03, SEEDS) for name in ("born_60", "coin", "grand_0002")}
    noise["coin"] += 0.3

    bench = Bench(
        made(dict.fromkeys(noise, 60.0), lambda name, seed: float(np.exp(noise[name][seed]))),
        {},
        "MNIST",
        60,
    )
    found = judged(bench, FAMILY)
    by_label = {one.comparison.label: one for one in found[LOSS]}
    assert by_label["coin : born_60"].significant
    assert float(by_label["coin : born_60"].difference.value) == pytest.approx(0.3, abs=0.05)
    assert not by_label["grand_0002 : born_60"].significant
    assert by_label["momo : best rate"].p == 1.0  # not run
    assert by_label["momo : best rate"].seeds == 0
    assert not any(one.significant for one in found[ERROR] if one.comparison.ours == "momo")


def test_what_is_kept_is_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "TABLE", tmp_path / "learning.csv")
    monkeypatch.setattr(costs, "TABLE", tmp_path / "costs.csv")
    assert costs.read() == {}
    costs.write(COSTS)
    assert costs.read() == COSTS
    one = Outcome("MNIST", "coin", 3, 60, 59.5, 58.0, 0.0123, 0.101)
    outcomes.write([one])
    assert outcomes.read() == [one]
    kept = Outcomes(outcomes.read())
    assert kept.protocols("MNIST", 60) == ["coin"]
    for quantity in ("mean_neurons", "final_neurons", LOSS, ERROR):
        assert kept.of("MNIST", "coin", 60, quantity).tolist() == [getattr(one, quantity)]


def test_what_a_sweep_lacks_is_kept() -> None:
    def of(data: str, protocol: str, loss: float, seed: int = 0) -> Outcome:
        return Outcome(data, protocol, seed, 60, 60.0, 60.0, loss, 0.1)

    kept = [of("MNIST", "coin", 1.0), of("MNIST", "coin", 2.0, seed=1), of("Fashion", "momo", 3.0)]
    found = [of("Fashion", "coin", 4.0), of("MNIST", "coin", 5.0)]
    joined = outcomes.joined(kept, found, ["coin", "momo"])
    losses = [(one.data, one.protocol, one.seed, one.boundary_loss) for one in joined]
    assert losses == [
        ("MNIST", "coin", 0, 5.0),
        ("MNIST", "coin", 1, 2.0),
        ("Fashion", "coin", 0, 4.0),
        ("Fashion", "momo", 0, 3.0),
    ]


def test_the_tables_name_every_comparison() -> None:
    text = tables(made(SIZES | {"grand_002": 27.3}), COSTS)
    assert all(f"| {one.label} |" in text for one in FAMILY)
    assert "| born_25 | 25 |" in text


def test_every_protocol_that_is_compared_is_one_of_the_sweeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    compared = {name for one in FAMILY for name in (one.ours, *one.against)}
    assert compared <= set(costs.protocols())


def test_the_page_has_the_tables_of_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    page = Path("docs/grand-learning.md").read_text()
    assert tables(Outcomes(outcomes.read()), costs.read()) in page, "python -m benchmarks.learning"
