"""The architecture: what it counts and what it refuses."""

from __future__ import annotations

import pytest

from nnuniverse.errors import ConfigError
from nnuniverse.networks.layered import Layered


@pytest.mark.parametrize(
    ("sizes", "dynamical"),
    [
        # The papers' deep and shallow nets, and inputs connected to outputs.
        ((784, 40, 20, 10), 110),
        ((784, 60, 10), 130),
        ((784, 10), 20),
        # Expanding layers reach only as many directions as there are neurons before them.
        ((10, 5, 100), 15),
        ((3, 50, 2), 10),
        ((1, 1, 1), 3),
    ],
)
def test_counts_dynamical_eigenvalues(sizes: tuple[int, ...], dynamical: int) -> None:
    net = Layered(sizes)
    assert net.dynamical_eigenvalues == dynamical
    assert net.unit_eigenvalues == sum(sizes) - dynamical


def test_coupled_sizes_are_those_of_each_layer() -> None:
    assert Layered((784, 40, 20, 10)).coupled_sizes == (40, 40, 20, 10)
    assert Layered((3, 50, 2)).coupled_sizes == (3, 5, 2)


def test_describes_itself() -> None:
    net = Layered((784, 40, 20, 10))
    assert (net.neurons, net.depth, str(net)) == (854, 4, "784-40-20-10")


@pytest.mark.parametrize("sizes", [(5,), (5, 0, 3), (5, -2, 3), ()])
def test_refuses_less_than_two_layers_and_empty_ones(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r"`network\.hidden` must give layers of at least one"):
        Layered(sizes)
