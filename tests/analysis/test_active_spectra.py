"""Runs whose neurons come and go: what is computed of their spectra is that of the active net."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from record_of_arrays import record_of

from nnuniverse.analysis.active_spectra import active_log_eigenvalues, active_spectra
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.states import spectrum_of, states_of, thermodynamic_states
from nnuniverse.analysis.temperatures import beta_from_loss
from nnuniverse.analysis.truncation import Truncation
from nnuniverse.networks.layered import Layered
from nnuniverse.runs.record import ACTIVE_NEURONS, HIDDEN_AT_FIRST, Recorded, RunRecord
from nnuniverse.thermodynamics import Spectrum

RESERVOIR = Layered((7, 6, 5, 3))
NETS = [Layered((7, 4, 3, 3)), Layered((7, 6, 2, 3)), Layered((7, 4, 3, 3))]
"""At epochs 0, 1 and 3; in between, 4-4 neurons are active."""
SNAPSHOTS = [0, 1, 3]


def spectrum_for(net: Layered, seed: int) -> np.ndarray:
    theta = np.random.default_rng(seed).normal(size=net.dynamical_eigenvalues)
    return np.sort(theta - theta.mean())[::-1]


SPECTRA = [spectrum_for(net, seed) for seed, net in enumerate(NETS)]


def in_reservoir(theta: np.ndarray) -> np.ndarray:
    """With the eigenvalues of dormant neurons, which rounding leaves near to one."""
    more = RESERVOIR.dynamical_eigenvalues - len(theta)
    return np.sort(np.concatenate([theta, np.linspace(-1e-16, 1e-16, more)]))[::-1]


@pytest.fixture(scope="module")
def record() -> RunRecord:
    stored = record_of(
        str(RESERVOIR),
        RESERVOIR.unit_eigenvalues,
        log_eigenvalues=[[in_reservoir(theta) for theta in SPECTRA]],
        boundary_loss=[[3.0, 2.0, 1.0]],
        snapshot=SNAPSHOTS,
    )
    of_epochs = np.array([[[6.0, 2.0], [4.0, 4.0], [4.0, 3.0]]])
    counted = Recorded(of_epochs, ("replica", "epoch", "hidden_layer"), {})
    return replace(
        stored,
        variables={**stored.variables, ACTIVE_NEURONS: counted},
        attributes={**stored.attributes, HIDDEN_AT_FIRST: np.array([4, 3])},
    )


def test_sizes_are_those_of_active_neurons_at_each_snapshot(record: RunRecord) -> None:
    np.testing.assert_array_equal(record.active_sizes, [[net.sizes for net in NETS]])
    np.testing.assert_array_equal(record.neurons, [[net.neurons for net in NETS]])
    assert record_of(str(RESERVOIR), 3, log_eigenvalues=np.zeros((1, 1, 4))).neurons == 7


def test_spectra_have_no_eigenvalue_of_a_dormant_neuron(record: RunRecord) -> None:
    found = active_spectra(record, spectrum_of(record, AnalysisSettings()))
    assert {of.layers for of in found} == set(NETS)
    for cells, spectrum, layers in found:
        at = [epoch for epoch, net in enumerate(NETS) if net == layers]
        np.testing.assert_array_equal(np.flatnonzero(cells[0]), at)
        np.testing.assert_array_equal(spectrum.log_eigenvalues, [SPECTRA[epoch] for epoch in at])
        assert spectrum.units == layers.unit_eigenvalues


def test_ranks_of_dormant_neurons_are_missing(record: RunRecord) -> None:
    found = active_log_eigenvalues(record)
    assert found.shape == record["log_eigenvalues"].shape
    for epoch, theta in enumerate(SPECTRA):
        there = ~np.isnan(found[0, epoch])
        np.testing.assert_array_equal(found[0, epoch][there], theta)
        np.testing.assert_array_equal(
            found[0, epoch][there], record["log_eigenvalues"][0, epoch][there]
        )
    plain = record_of(str(RESERVOIR), 3, log_eigenvalues=np.zeros((1, 1, 4)))
    assert active_log_eigenvalues(plain) is plain["log_eigenvalues"]


def test_the_mean_state_along_the_others_is_that_of_exact_ones(record: RunRecord) -> None:
    squares = np.random.default_rng(1).uniform(size=(1, 3, RESERVOIR.dynamical_eigenvalues))
    spectrum = Spectrum(
        record["log_eigenvalues"], RESERVOIR.unit_eigenvalues, squares, np.ones((1, 3))
    )
    for cells, active, _ in active_spectra(record, spectrum):
        total = active.mean_squares.sum(axis=-1) + active.unit_mean_square
        np.testing.assert_allclose(total, 1.0 + squares[cells].sum(axis=-1), rtol=1e-14)


def test_states_are_those_of_the_active_net(record: RunRecord) -> None:
    settings = AnalysisSettings(betas=(0.5, 2.0))
    betas = {"beta=0.5": np.full((1, 3), 0.5), "beta=2": np.full((1, 3), 2.0)}
    found = {variable.name: values for variable, values in states_of(record, betas, settings)}
    for epoch, (net, theta) in enumerate(zip(NETS, SPECTRA, strict=True)):
        alone = Spectrum(theta[None, None], net.unit_eigenvalues)
        there = {name: beta[:, :1] for name, beta in betas.items()}
        for variable, values in thermodynamic_states(alone, there, settings):
            np.testing.assert_allclose(
                found[variable.name][:, epoch], values[:, 0], rtol=1e-12, err_msg=variable.name
            )
        u = record["boundary_loss"][:, epoch]
        assert beta_from_loss(u, theta[None], net.unit_eigenvalues) > 0.0


def test_truncation_keeps_less_than_the_smallest_net(record: RunRecord) -> None:
    spectrum = Spectrum(SPECTRA[1][None], NETS[1].unit_eigenvalues)
    from nnuniverse.thermodynamics import truncation_error

    section = Truncation.find(type("SoFar", (), {"record": record}))
    assert section.kept.max() < min(net.neurons for net in NETS)
    np.testing.assert_allclose(section.error[0, 1], truncation_error(spectrum, section.kept)[0])
