"""What the observables declare must be true and enough to store, read and label them."""

from __future__ import annotations

import re
from dataclasses import replace

import jax
import numpy as np
import pytest

from nnuniverse.errors import ConfigError
from nnuniverse.expectations.symbols import SYMBOLS
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import build_graph
from nnuniverse.networks.graph_initialisation import initialise_graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import block_mask, lattice_mask
from nnuniverse.observables import (
    ALL,
    OBSERVABLES,
    QUICK,
    GraphMeasurement,
    Samples,
    Settings,
    select_observables,
)
from nnuniverse.observables.weights import weight_observables

# The net is measured once for both files.
pytestmark = pytest.mark.xdist_group("observables")

CITATION = re.compile(r"\d{4}\.\d{5} (\(\d+\.\d+\)|Sec\. \d+)")
OF_REAL_TARGETS = {"r_squared", "test_r_squared"}
OF_SOFTMAX = {"cross_entropy", "test_cross_entropy"}
OF_PENALTIES = {"nonzero_weights"}
NOT_FROM_A_PAPER = {
    *("error_rate", "test_error_rate"),
    *OF_REAL_TARGETS,
    *OF_SOFTMAX,
    *OF_PENALTIES,
}
"""Not thermodynamics: they say in words what they count."""

DEEP = Settings(Layered((12, 6, 4, 3)), ACTIVATIONS["tanh"])
TWO_LAYERS = Settings(Layered((12, 3)), ACTIVATIONS["tanh"], complexity_n=(2,))
DECLARED = {o.name: o for o in [*OBSERVABLES.values(), *weight_observables(DEEP)]}


ON_GRAPHS = {
    "singular_eigenvalues",
    "fixed_point_unconverged",
    "fixed_point_cycles",
    "fixed_point_period",
}
WITHOUT_OUTPUT = {name for name in OBSERVABLES if name.endswith("_without_output")}
RESTARTED = {"bulk_loss_restarted", "bulk_restarts_lower"}
GRADIENTS = {"gradients_across_weights", "gradients_across_batches", "gradient_noise_scale"}
OF_ALL_NETS = {"neuron_free_energy", *OF_PENALTIES}
BY_NAME = RESTARTED | GRADIENTS | OF_ALL_NETS
"""Recorded only where they are named."""
NOT_OF_CLASSES = OF_REAL_TARGETS | OF_SOFTMAX
LAYERED = [name for name in OBSERVABLES if name not in ON_GRAPHS | BY_NAME | NOT_OF_CLASSES]
GRAPH = Settings(
    build_graph(block_mask((4, 3, 2)), range(4), (7, 8)), ACTIVATIONS["tanh"], complexity_n=(5,)
)


@pytest.fixture(scope="module")
def graph_measurement() -> GraphMeasurement:
    random = np.random.default_rng(0)
    samples = Samples(
        random.normal(size=(9, 4)), random.normal(size=(9, 2)), random.integers(0, 2, 9)
    )
    with jax.enable_x64(True):
        net = initialise_graph(jax.random.key(0), GRAPH.architecture, "glorot_uniform")
        return GraphMeasurement(GRAPH, net, samples, samples)


NAMES = {
    "log_eigenvalues",
    "mu2",
    "mu3",
    "mu2_per_eigenvalue",
    "mu3_per_eigenvalue",
    "complexity",
    "power_norms",
    "mean_state_squares",
    "mean_state_rest",
    "boundary_loss",
    "error_rate",
    "test_boundary_loss",
    "test_error_rate",
    "bulk_loss",
    "bulk_unconverged",
}
"""Those that stored results and other people's scripts rely on."""


def test_names_stay_and_do_not_collide() -> None:
    assert set(OBSERVABLES) >= NAMES
    assert len(DECLARED) == len(OBSERVABLES) + 2 * 3


@pytest.mark.parametrize("name", DECLARED)
def test_is_well_formed(name: str) -> None:
    declared = DECLARED[name]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", declared.name)
    assert declared.variable.long_name
    assert declared.variable.units
    assert declared.variable.equation
    assert CITATION.search(declared.variable.source) or (
        name in NOT_FROM_A_PAPER and declared.variable.source
    )
    assert declared.dtype in {"float32", "float64"}
    for key, value in declared.attributes(DEEP).items():
        assert isinstance(key, str)
        assert isinstance(value, int | str)
    names = [dimension.name for dimension in declared.axes]
    assert len(set(names)) == len(names)
    for dimension in declared.axes:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", dimension.name)
        assert dimension.long_name
        assert not {dimension.name} & {"replica", "epoch", "snapshot"}
        coordinate = dimension.coordinate(DEEP)
        assert coordinate.ndim == 1
        assert len(np.unique(coordinate)) == len(coordinate)


@pytest.mark.parametrize("name", sorted(set(DECLARED) - ON_GRAPHS - NOT_OF_CLASSES))
def test_measures_what_it_declares(case, name: str) -> None:
    declared = next(observable for observable in case.declared if observable.name == name)
    values = case.measured[name]
    assert values.shape == declared.shape(case.settings)
    assert values.dtype == declared.dtype
    assert np.isfinite(values).all()


@pytest.mark.parametrize(
    "name", [o.name for o in select_observables([*ALL, *sorted(OF_ALL_NETS)], GRAPH)]
)
def test_measures_what_it_declares_on_a_graph(graph_measurement, name: str) -> None:
    declared = OBSERVABLES[name]
    with jax.enable_x64(True):
        values = np.asarray(declared.measure(graph_measurement))
    assert values.shape == declared.shape(GRAPH)
    assert np.can_cast(values.dtype, declared.dtype)
    assert np.isfinite(values).all()


@pytest.mark.parametrize("name", sorted((BY_NAME | WITHOUT_OUTPUT | {"power_norms"}) - OF_ALL_NETS))
def test_what_a_net_does_not_have_is_not_measured(graph_measurement, name: str) -> None:
    with pytest.raises(TypeError, match="only a LayeredMeasurement has it"):
        OBSERVABLES[name].measure(graph_measurement)


def test_dimensions_that_share_a_name_are_the_same() -> None:
    seen: dict[str, np.ndarray] = {}
    for declared in DECLARED.values():
        for dimension in declared.axes:
            coordinate = dimension.coordinate(DEEP)
            np.testing.assert_array_equal(seen.setdefault(dimension.name, coordinate), coordinate)
    assert {"eigenvalue", "complexity_n", "power", "layer_0", "layer_3"} <= set(seen)


def test_coordinates() -> None:
    def coordinate(name: str) -> list[int]:
        return OBSERVABLES[name].axes[0].coordinate(DEEP).tolist()

    assert coordinate("log_eigenvalues") == list(range(1, 20))
    assert coordinate("complexity") == [20]
    assert coordinate("power_norms") == [2, 3]
    assert OBSERVABLES["mu2"].shape(DEEP) == ()


def test_log_eigenvalues_say_how_many_are_left_out_and_where_the_slopes_are_taken() -> None:
    attributes = OBSERVABLES["log_eigenvalues"].attributes(DEEP)
    assert attributes == {"unit_eigenvalues": 6, "slope": "at_mean"}


def test_weights_have_a_row_per_receiving_neuron() -> None:
    weights, bias = DECLARED["snapshot_weights_2"], DECLARED["snapshot_bias_2"]
    assert [dimension.name for dimension in weights.axes] == ["layer_2", "layer_1"]
    assert weights.shape(DEEP) == (4, 6)
    assert [dimension.name for dimension in bias.axes] == ["layer_2"]
    assert weights.dtype == bias.dtype == "float32"


def test_selects_all_or_the_named_ones_once_in_the_order_given() -> None:
    assert [o.name for o in select_observables(None, DEEP)] == LAYERED
    chosen = select_observables(["mu3", "boundary_loss", "mu3"], DEEP)
    assert [observable.name for observable in chosen] == ["mu3", "boundary_loss"]
    assert select_observables([], DEEP) == []


def test_what_costs_a_noticeable_share_of_a_run_is_not_quick() -> None:
    assert set(OBSERVABLES) - set(QUICK) == {
        "mean_state_squares",
        "mean_state_rest",
        "bulk_loss",
        "bulk_unconverged",
        "bulk_iterations",
        "bulk_gradient_norm",
        *BY_NAME,
        *WITHOUT_OUTPUT,
    }
    assert set(OBSERVABLES) - set(ALL) == BY_NAME
    assert [o.name for o in select_observables(["bulk_restarts_lower"], DEEP)] == [
        "bulk_restarts_lower"
    ]


def test_leaves_out_what_the_net_leaves_empty() -> None:
    assert OBSERVABLES["power_norms"].shape(TWO_LAYERS) == (0,)
    names = [observable.name for observable in select_observables(None, TWO_LAYERS)]
    assert names == [name for name in LAYERED if name not in {"power_norms", *WITHOUT_OUTPUT}]
    assert select_observables(["power_norms"], TWO_LAYERS) == []


def test_graphs_have_their_own() -> None:
    names = {observable.name for observable in select_observables(None, GRAPH)}
    left_out = {"power_norms"} | BY_NAME | WITHOUT_OUTPUT | NOT_OF_CLASSES
    assert names == set(OBSERVABLES) - left_out
    of_graphs = {observable.name for observable in select_observables(BY_NAME, GRAPH)}
    assert of_graphs == OF_ALL_NETS
    weights, bias = weight_observables(GRAPH)
    assert (weights.shape(GRAPH), bias.shape(GRAPH)) == ((18,), (5,))


def test_real_targets_have_r_squared_and_no_error_rate() -> None:
    real = replace(DEEP, outputs="real")
    names = {observable.name for observable in select_observables(None, real)}
    assert names == set(LAYERED) - {"error_rate", "test_error_rate"} | OF_REAL_TARGETS


def test_the_softmax_of_classes_has_all_that_classes_have() -> None:
    softmax = replace(DEEP, outputs="softmax")
    names = {observable.name for observable in select_observables(None, softmax)}
    assert names == set(LAYERED) | OF_SOFTMAX


def test_graphs_too_large_for_all_eigenvalues_leave_them_out() -> None:
    large = Settings(build_graph(lattice_mask((2001,)), [0], [9]), ACTIVATIONS["tanh"])
    names = {observable.name for observable in select_observables(None, large)}
    assert {"boundary_loss", "fixed_point_period"} <= names
    assert not names & {"log_eigenvalues", "mu2", "complexity", "singular_eigenvalues"}


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("mu4", "one of mu3, mu2."),
        ("mu_3", "mu3."),
        ("<H>", "bulk_loss."),
        ("zzz", "one of " + ", ".join(OBSERVABLES) + "."),
    ],
)
def test_refuses_an_unknown_name(name: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as error:
        select_observables(["mu2", name], DEEP)
    must = f"`observe.observables` must name observables, but names {name!r}"
    assert str(error.value) == f"{must}. Try {remedy}"


def test_the_symbols_of_expectations_are_those_that_are_declared() -> None:
    declared = {
        one.variable.symbol: name
        for name, one in OBSERVABLES.items()
        if one.variable.symbol.isidentifier() and not one.axes
    }
    assert declared == SYMBOLS
