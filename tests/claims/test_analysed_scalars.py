"""Scalars of the analysis that printed numbers name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnuniverse.claims.reproduction.analysed_scalars import ANALYSED, analysed
from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar
from nnuniverse.config import RunConfig
from nnuniverse.errors import RunError
from nnuniverse.runs.folder import RunFolder
from nnuniverse.runs.record import Recorded, RunRecord

EPOCHS = np.arange(1, 10_001)


def record(**values: tuple[object, tuple[str, ...]]) -> RunRecord:
    """Return a record of ``values`` with their dimensions."""
    attributes = {"unit_eigenvalues": 3}
    if "seed" in values:
        values["replica"] = values["seed"]
    recorded = {name: Recorded(np.asarray(of), dims, attributes)
                for name, (of, dims) in values.items()}  # fmt: skip
    folder = RunFolder(Path("made"))
    return RunRecord("made/it", folder, RunConfig(), {}, {"network": "4-3-2"}, recorded)


def value(run: RunRecord, **scalar: Any) -> list[float]:
    return analysed(run, AnalysedScalar(**scalar)).tolist()


def spectra(*replicas: list[float]) -> RunRecord:
    theta = np.array(replicas)[:, None, :]
    return record(
        log_eigenvalues=(theta, ("replica", "snapshot", "eigenvalue")),
        snapshot=([7], ("snapshot",)),
        seed=(np.arange(len(theta)), ("replica",)),
    )


def test_the_widest_spacing_is_between_small_ones() -> None:
    run = spectra([-3.0, -1.0, -0.5, 4.0, 9.0], [-5.0, -4.9, -1.0, 0.0, 1.0])
    np.testing.assert_allclose(value(run, analysis="widest_spacing", epoch=7), [-2.0, -2.95])
    with pytest.raises(RunError, match="snapshot at epoch 8"):
        value(run, analysis="widest_spacing", epoch=8)


def test_too_few_small_eigenvalues_have_no_spacing_and_no_gap() -> None:
    run = spectra([-3.0, 1.0, 2.0])
    assert np.isnan(value(run, analysis="widest_spacing", epoch=7)).all()
    assert np.isnan(value(run, analysis="gap", epoch=7)).all()


def test_the_share_of_large_eigenvalues_by_hand() -> None:
    run = spectra([-1.0, 0.0, 1.0])
    parts = np.log1p(np.exp([-1.0, 0.0, 1.0]))
    np.testing.assert_allclose(value(run, analysis="large_share"), [parts[2] / parts.sum()])


def test_how_often_a_variable_rises() -> None:
    run = record(
        bulk_loss=([[4.0, 3.0, 3.5, 3.5, 1.0]], ("replica", "snapshot")),
        snapshot=(np.arange(5), ("snapshot",)),
        seed=([0, 1], ("replica",)),
    )
    assert value(run, analysis="rises", variable="bulk_loss") == [0.25]
    assert value(run, analysis="layers") == [3.0, 3.0]


def losses(bulk_jumps: bool) -> RunRecord:
    """Return a run whose boundary loss waits, jumps at epoch 3,000 and waits again."""
    noise = 1.0 + 0.005 * np.random.default_rng(0).standard_normal(len(EPOCHS))
    steady = 1.0 / EPOCHS
    waiting = np.maximum(steady, 1.0 / 300.0) * np.where(EPOCHS < 3000, 1.0, 0.5)
    dims = ("replica", "epoch")
    snapshots = EPOCHS[::10]
    bulk = waiting if bulk_jumps else steady
    return record(
        running_boundary_loss=([waiting * noise], dims),
        epoch=(EPOCHS, ("epoch",)),
        bulk_loss=([(bulk * noise)[::10]], ("replica", "snapshot")),
        snapshot=(snapshots, ("snapshot",)),
    )


def test_waiting_and_jumping_is_all_three_at_once() -> None:
    assert value(losses(bulk_jumps=False), analysis="waits_and_jumps", epoch=1000) == [1.0]
    assert value(losses(bulk_jumps=False), analysis="waits_and_jumps", epoch=9000) == [0.0]
    assert value(losses(bulk_jumps=True), analysis="waits_and_jumps", epoch=1000) == [0.0]


def test_laws_are_those_of_the_analysis() -> None:
    random = np.random.default_rng(0)
    theta = np.sort(random.standard_normal((2, 30, 6)), axis=-1)[..., ::-1]
    dims = ("replica", "snapshot", "eigenvalue")
    run = record(
        log_eigenvalues=(theta, dims),
        snapshot=(np.arange(30), ("snapshot",)),
        seed=([0, 1], ("replica",)),
    )
    law = {"variable": "entropy [beta=1]", "against": "epoch"}
    slopes = value(run, analysis="law_slope", **law)
    entropy = 0.5 * (6 + 3) + 0.0 * np.arange(29)  # what is constant drops out of the slope
    entropy = entropy - 0.5 * np.log1p(np.exp(theta[:, 1:])).sum(axis=-1)
    expected = [np.polyfit(np.arange(1, 30), one, 1)[0] for one in entropy]
    np.testing.assert_allclose(slopes, expected, rtol=1e-9)
    rises = (np.diff(entropy, axis=1) > 0.0).mean(axis=1)
    np.testing.assert_allclose(value(run, analysis="law_rises", **law), rises)
    with pytest.raises(RunError, match="have the law `nothing against epoch`"):
        value(run, analysis="law_slope", variable="nothing", against="epoch")


def test_every_scalar_says_what_it_is_and_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reproduce.md").read_text()
    for name, kind in ANALYSED.items():
        assert kind.meaning
        assert f"`{name}`" in page
