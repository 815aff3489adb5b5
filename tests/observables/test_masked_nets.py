"""A net with dormant neurons is measured as the net without them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.nets import take_measurement
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.active_masks import masked
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer
from nnuniverse.observables import OBSERVABLES, Samples, Settings
from nnuniverse.observables.active_neurons import ACTIVE_HIDDEN_NEURONS, mask_observables

RESERVOIR = (6, 9, 5, 3)
KEPT = ([0, 2, 3, 8], [1, 4])
ACTIVE = (6, 4, 2, 3)
NAMES = (
    *("mu2", "mu3", "mu2_per_eigenvalue", "mu3_per_eigenvalue", "complexity"),
    *("mu2_without_output", "mu3_per_eigenvalue_without_output"),
    *("boundary_loss", "test_error_rate", "bulk_loss", "power_norms"),
)
COUNTS = tuple(range(1, sum(ACTIVE) + 1))


@pytest.fixture(scope="module")
def measured() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Every observable: of the net with dormant neurons, and of that without."""
    random = np.random.default_rng(7)
    mask = tuple(
        jnp.isin(jnp.arange(n), jnp.array(kept))
        for n, kept in zip(RESERVOIR[1:-1], KEPT, strict=True)
    )
    with jax.enable_x64(True):
        whole = tuple(
            Layer(jnp.asarray(random.normal(size=(n, m))), jnp.asarray(random.normal(size=n)))
            for m, n in pairwise(RESERVOIR)
        )
        ends = pairwise([slice(None), *(np.array(kept) for kept in KEPT), slice(None)])
        alone = tuple(
            Layer(layer.weights[rows][:, columns], layer.bias[rows])
            for layer, (columns, rows) in zip(whole, ends, strict=True)
        )
        targets = np.eye(3)[random.integers(0, 3, 20)]
        samples = Samples(random.normal(size=(20, 6)), targets, targets.argmax(axis=1))
        settings = Settings(Layered(RESERVOIR), ACTIVATIONS["tanh"], complexity_n=COUNTS)
        short = replace(settings, architecture=Layered(ACTIVE))
        of_mask = {of.name: of for of in mask_observables(settings)}
        chosen = {name: OBSERVABLES[name] for name in NAMES}

        @jax.jit
        def of_masked(net, samples, mask):
            one = take_measurement(settings, masked(net, mask), samples, samples, mask)
            return {name: of.measure(one) for name, of in {**chosen, **of_mask}.items()}

        @jax.jit
        def of_short(net, samples):
            other = take_measurement(short, net, samples, samples)
            return {name: of.measure(other) for name, of in chosen.items()}

        one, other = of_masked(whole, samples, mask), of_short(alone, samples)
    return {
        **{name: (np.asarray(one[name]), np.asarray(other[name])) for name in NAMES},
        **{name: (np.asarray(one[name]), of) for name, of in of_mask.items()},
    }


@pytest.mark.parametrize("name", NAMES)
def test_observables_are_those_of_the_active_net(
    name: str, measured: dict[str, tuple[np.ndarray, np.ndarray]]
) -> None:
    masked_net, alone = measured[name]
    assert np.isfinite(alone).all()
    np.testing.assert_allclose(masked_net, alone, rtol=1e-9 if name == "bulk_loss" else 1e-12)


def test_masks_and_their_sum_are_measured(
    measured: dict[str, tuple[np.ndarray, np.ndarray]],
) -> None:
    assert measured[ACTIVE_HIDDEN_NEURONS.name][0] == 6.0
    for l, kept in enumerate(KEPT, start=1):
        mask, declared = measured[f"mask_{l}"]
        np.testing.assert_array_equal(np.flatnonzero(mask), kept)
        assert declared.axes[0].name == f"layer_{l}" and mask.dtype == np.float32
