"""The laws of learning on trajectories whose thermodynamics is known."""

from __future__ import annotations

import numpy as np
from record_of_arrays import record_of

from nnuniverse.analysis.first_law import balance_first_law
from nnuniverse.analysis.laws import Law, fit_laws, fitted_snapshots
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.states import spectrum_of, thermodynamic_states
from nnuniverse.runs.record import RunRecord

SETTINGS = AnalysisSettings(betas=(1.0,), resamples=99)
SNAPSHOTS = 40


def states_of(record: RunRecord, betas: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    computed = thermodynamic_states(spectrum_of(record, SETTINGS), betas, SETTINGS)
    return {variable.name: values for variable, values in computed}


def widening(replicas: int = 2, sign: float = 1.0) -> RunRecord:
    """Spectra in pairs +-theta that widen in time, so that det G = 1 and the entropy falls."""
    random = np.random.default_rng(0)
    growth = np.linspace(0.0, 1.0, SNAPSHOTS)[:: int(sign)]
    theta = np.sqrt(0.5 + growth)[None, :, None] * random.uniform(0.5, 3.0, (replicas, 1, 6))
    theta = np.concatenate([theta, -theta], axis=-1)
    shape = (replicas, SNAPSHOTS)
    loss = np.exp(-2.0 * growth + 0.01 * random.normal(size=shape))
    bend = np.where(np.arange(SNAPSHOTS) < 20, 0.0, 3.0)
    line = 5.0 + 2.0 * np.log(loss) + bend + 0.01 * random.normal(size=shape)
    return record_of(
        units=8,
        log_eigenvalues=theta,
        bulk_loss=loss,
        snapshot=10 * np.arange(SNAPSHOTS),
        complexity_n=[12],
        complexity=line[..., None],
    )


def laws_of(record: RunRecord, settings: AnalysisSettings = SETTINGS) -> dict[str, Law]:
    beta = np.ones(record["log_eigenvalues"].shape[:2])
    states = states_of(record, {"beta=1": beta})
    return {law.name: law for law in fit_laws(record, states, ["beta=1"], settings)}


def test_entropy_falls_while_the_spectrum_widens() -> None:
    law = laws_of(widening())["entropy [beta=1] against epoch"]
    assert law.pooled.slope.value < 0.0
    assert all(fit.slope.high < 0.0 for fit in law.replicas)
    np.testing.assert_array_equal(law.rises, 0.0)
    back = laws_of(widening(sign=-1.0))["entropy [beta=1] against epoch"]
    assert all(fit.slope.low > 0.0 for fit in back.replicas)
    np.testing.assert_array_equal(back.rises, 1.0)


def test_every_law_is_fitted() -> None:
    assert list(laws_of(widening())) == [
        "entropy [beta=1] against epoch",
        "canonical_entropy [beta=1] against epoch",
        "thermodynamic_entropy [beta=1] against epoch",
        "large_complexity [beta=1] against epoch",
        "C_12 against log bulk_loss",
    ]


def test_complexity_breaks_where_its_line_does() -> None:
    law = laws_of(widening())["C_12 against log bulk_loss"]
    assert list(law.break_epochs) == [200, 200]
    for found in law.breaks:
        np.testing.assert_allclose([found.slope_before, found.slope_after], 2.0, atol=0.1)
        assert found.p_value <= 0.05


def test_only_the_chosen_snapshots_are_fitted() -> None:
    record = widening()
    settings = AnalysisSettings(betas=(1.0,), resamples=99, first_epoch=50, last_epoch=180)
    epochs = record["snapshot"][fitted_snapshots(record, settings)]
    np.testing.assert_array_equal(epochs, np.arange(50, 190, 10))
    law = laws_of(record, settings)["entropy [beta=1] against epoch"]
    assert [fit.points for fit in law.replicas] == [14, 14]
    assert law.pooled.points == 28
    # By default, all but the untrained net.
    assert fitted_snapshots(record, SETTINGS).sum() == SNAPSHOTS - 1


def test_missing_snapshots_count_as_no_step() -> None:
    record = widening(1, sign=-1.0)
    record["log_eigenvalues"][0, 10:13] = np.nan
    law = laws_of(record)["entropy [beta=1] against epoch"]
    assert law.replicas[0].points == SNAPSHOTS - 1 - 3
    np.testing.assert_array_equal(law.rises, 1.0)
    assert law.pooled == law.replicas[0]


def fixed(theta: np.ndarray, units: int) -> RunRecord:
    spectra = np.broadcast_to(theta, (2, SNAPSHOTS, len(theta))).copy()
    return record_of(log_eigenvalues=spectra, units=units)


def test_first_law_balances_along_beta_where_complexity_stays() -> None:
    # A22: no eigenvalue crosses 1/beta, so dC = 0 and dU = T dS_0, up to the size of a step.
    record = fixed(np.array([4.0, 3.0, -3.5, -3.5]), 5)
    beta = np.broadcast_to(np.linspace(0.8, 1.6, SNAPSHOTS), (2, SNAPSHOTS))
    (balance,) = balance_first_law(record, states_of(record, {"T": beta}), ["T"], SETTINGS)
    assert balance.temperature == "T"
    assert balance.steps == 2 * (SNAPSHOTS - 2)
    assert balance.relative_residual.value < 1e-3
    assert abs(balance.mean_residual.value) < 1e-5


def test_first_law_cannot_balance_at_one_temperature() -> None:
    # A22: U and S_0 stay while no eigenvalue crosses 1/beta, but C does not.
    record = fixed(np.array([4.0, 3.0, -3.5, -3.5]), 5)
    growth = np.linspace(0.0, 1.0, SNAPSHOTS)[:, None]
    record["log_eigenvalues"][:] += growth * np.array([1.0, 0.0, -0.5, -0.5])
    beta = np.full((2, SNAPSHOTS), 2.0)
    (balance,) = balance_first_law(record, states_of(record, {"T": beta}), ["T"], SETTINGS)
    np.testing.assert_allclose(balance.relative_residual.value, 1.0, rtol=1e-12)
    # -T dC, and C falls by half of what the large eigenvalue's logarithm gains per step.
    expected = 0.5 * 0.5 / (SNAPSHOTS - 1)
    np.testing.assert_allclose(balance.mean_residual.value, expected, rtol=1e-10)


def test_first_law_leaves_missing_snapshots_out() -> None:
    record = fixed(np.array([4.0, 3.0, -3.5, -3.5]), 5)
    record["log_eigenvalues"][1] = np.nan
    record["log_eigenvalues"][0, 20] = np.nan
    beta = np.broadcast_to(np.linspace(0.8, 1.6, SNAPSHOTS), (2, SNAPSHOTS))
    (balance,) = balance_first_law(record, states_of(record, {"T": beta}), ["T"], SETTINGS)
    assert balance.steps == SNAPSHOTS - 2 - 2
    assert balance.relative_residual.value < 1e-3
    assert np.isnan(balance.relative_residual.low), "one replica has no interval"
