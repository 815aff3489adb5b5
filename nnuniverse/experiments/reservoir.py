"""`grand` of a config: the net of all neurons, and how they come and go in training."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.config.grand import GrandConfig, Optimise, SampleMoves
from nnuniverse.config.network import LayeredNetwork
from nnuniverse.errors import ConfigError
from nnuniverse.experiments.penalising import require_no_penalty
from nnuniverse.networks.activation import of_layers
from nnuniverse.networks.active_inputs import ActiveInputs
from nnuniverse.networks.active_masks import ActiveMask, masked
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer, Parameters, Trainable, layers_of, layers_only
from nnuniverse.observables import Samples, Settings
from nnuniverse.physics.grand_canonical.energies import build_energy
from nnuniverse.physics.grand_canonical.moves import Moved, optimise, sample
from nnuniverse.runs.record import HIDDEN_AT_FIRST
from nnuniverse.training import Conditions, Turnover

ENERGIES = {
    "boundary": "mean boundary loss",
    "bulk": "mean bulk loss",
    "free_energy": "free energy at beta = 1/T",
}
"""What decides whether a neuron comes or goes, by its name in a config."""

FROM_FIRST_WEIGHTS = frozenset({"cocob"})
"""Optimisers whose steps lead from the weights before the first epoch, whatever moves have done."""


def hidden_neurons(config: RunConfig, network: LayeredNetwork) -> tuple[int, ...]:
    """Return the neurons per hidden layer of the net of ``config``, dormant ones counted.

    Raises ConfigError if the reservoir has no room for the active ones.

    ``network``: that section of the config.
    """
    grand, hidden = config.grand, network.hidden
    if grand is None:
        return hidden
    if not hidden:
        raise _misfit("network.hidden", "have layers whose neurons come and go", "is []", "[40,20]")
    if grand.reservoir is None:
        return tuple(2 * size for size in hidden)
    twice = f"[{','.join(str(2 * size) for size in hidden)}]"
    if len(grand.reservoir) != len(hidden):
        requirement = f"have a number for each of the {len(hidden)} hidden layers"
        raise _misfit("grand.reservoir", requirement, f"is {list(grand.reservoir)}", twice)
    if any(room < size for room, size in zip(grand.reservoir, hidden, strict=True)):
        requirement = f"have room for network.hidden={list(hidden)}"
        raise _misfit("grand.reservoir", requirement, f"is {list(grand.reservoir)}", twice)
    return grand.reservoir


def require_fixed_neurons(config: RunConfig) -> None:
    """Raise ConfigError if neurons are to come and go in a net that is not layered.

    ``config``: that of the run, whole.
    """
    if config.grand is not None:
        raise _misfit("grand", "be left out for a graph, which has no layers", "is given", "null")


def begun_with(config: RunConfig, architecture: Architecture) -> Architecture:
    """Return the net of the neurons that are active at first; ``architecture``: that of all.

    ``config``: that of the run, whole.
    """
    network = config.network
    if config.grand is None or not isinstance(network, LayeredNetwork):
        return architecture
    return _with_hidden(network.hidden, architecture)


def _with_hidden(hidden: tuple[int, ...], architecture: Architecture) -> Layered:
    return Layered((len(architecture.inputs), *hidden, len(architecture.outputs)))


def as_begun(config: RunConfig) -> RunConfig:
    """Return ``config`` of the untrained net alone, which has no dormant neurons."""
    return config if config.grand is None else config.model_copy(update={"grand": None})


def build_turnover(config: RunConfig, settings: Settings, inputs: jax.Array) -> Turnover | None:
    """Return how neurons come and go, None where they stay.

    ``settings``: of the net of all neurons; ``inputs``: of the training samples, (samples, n_1).
    Raises ConfigError for what neurons cannot come and go with.

    ``config``: that of the run, whole.
    """
    grand, network, architecture = config.grand, config.network, settings.architecture
    if grand is None or not isinstance(network, LayeredNetwork):
        return None
    _require_isolation(config, settings)
    _require_energy(grand, settings)
    if grand.probe > (samples := len(inputs)):
        requirement = f"be at most the {samples} training samples"
        raise _misfit("grand.probe", requirement, f"is {grand.probe}", str(min(samples, 1000)))
    first, last = grand.chemical_potential, grand.final_chemical_potential
    return Turnover(
        reservoir=_with_hidden(hidden_neurons(config, network), architecture),
        begun=_with_hidden(network.hidden, architecture),
        every=grand.every,
        probe=grand.probe,
        conditions=Conditions(
            grand.temperature, first, first if last is None else last, config.train.epochs
        ),
        move=partial(_move, grand, settings, _inputs_that_count(grand, np.asarray(inputs))),
        masked=masked,
        keeps_weights=not isinstance(grand.moves, Optimise),
        energy=f"{ENERGIES[grand.energy]} of {grand.probe} training samples",
    )


def without_dormant(
    config: RunConfig, architecture: Architecture, parameters: Trainable
) -> tuple[Architecture, Trainable]:
    """Return a net without its isolated hidden neurons, of a config whose neurons come and go.

    ``parameters``: of all of ``architecture``; an active neuron has weights.
    """
    if config.grand is None:
        return architecture, parameters
    layers = layers_only(parameters)
    kept = [
        np.flatnonzero(
            np.asarray(into.weights).any(axis=1)
            | (np.asarray(into.bias) != 0)
            | np.asarray(out.weights).any(axis=0)
        )
        for into, out in pairwise(layers)
    ]
    ends: list[Any] = [slice(None), *kept, slice(None)]
    active = tuple(
        Layer(layer.weights[rows][:, columns], layer.bias[rows])
        for layer, (columns, rows) in zip(layers, pairwise(ends), strict=True)
    )
    return layers_of(active), active


def turnover_facts(config: RunConfig) -> dict[str, object]:
    """Return what ``results.h5`` says of a run whose neurons come and go, nothing of others.

    ``config``: that of the run, whole.
    """
    grand = config.grand
    if grand is None:
        return {}
    final = grand.final_chemical_potential
    return {
        "reversible": int(not isinstance(grand.moves, Optimise)),
        "grand_energy": f"{ENERGIES[grand.energy]} of {grand.probe} training samples",
        "grand_temperature": grand.temperature,
        "chemical_potential": grand.chemical_potential,
        "final_chemical_potential": grand.chemical_potential if final is None else final,
        HIDDEN_AT_FIRST: list(getattr(config.network, "hidden", ())),
    }


def _inputs_that_count(grand: GrandConfig, inputs: np.ndarray) -> ActiveInputs:
    """Return those that moves depend on: not the ones that are zero in every sample, of a loss.

    But the free energy, random incoming weights and their norms are of all of them.
    """
    moves = grand.moves
    of_all = isinstance(moves, Optimise) and (
        moves.birth in ("fitted", "zero_out") or moves.removal == "magnitude"
    )
    if of_all or grand.energy == "free_energy":
        return ActiveInputs.all(inputs.shape[1])
    return ActiveInputs.of(inputs)


def _move(
    grand: GrandConfig,
    settings: Settings,
    inputs: ActiveInputs,
    key: jax.Array,
    parameters: Parameters,
    mask: ActiveMask,
    probe: Samples,
    temperature: jax.Array,
    chemical_potential: jax.Array,
) -> Moved:
    """Return the net after one move of every layer, which depends on some ``inputs`` alone."""
    narrow, silent_weights = inputs.split(parameters)
    probe = probe._replace(inputs=probe.inputs[:, inputs.active])
    moved = _move_narrow(grand, settings, key, narrow, mask, probe, temperature, chemical_potential)
    whole = layers_only(inputs.join(moved.parameters, silent_weights))
    is_kept = isinstance(grand.moves, SampleMoves)  # of dormant neurons what is not moved either
    return moved._replace(parameters=whole if is_kept else masked(whole, moved.mask))


def _move_narrow(
    grand: GrandConfig,
    settings: Settings,
    key: jax.Array,
    parameters: Parameters,
    mask: ActiveMask,
    probe: Samples,
    temperature: jax.Array,
    chemical_potential: jax.Array,
) -> Moved:
    moves = grand.moves
    energy = build_energy(grand.energy, settings, probe, temperature)
    if isinstance(moves, Optimise):
        return optimise(
            key,
            parameters,
            mask,
            # Changes that decide are 1e-6 and more: the precision of training is enough.
            energy=None if grand.energy == "boundary" else energy,
            probe=probe,
            activation=settings.activation,
            temperature=temperature,
            chemical_potential=chemical_potential,
            removal=moves.removal,
            birth=moves.birth,
            candidates=moves.candidates,
        )
    return sample(
        key,
        parameters,
        mask,
        energy=energy,
        temperature=temperature,
        chemical_potential=chemical_potential,
        proposal=moves.proposal,
        steps=moves.steps,
    )


def _require_isolation(config: RunConfig, settings: Settings) -> None:
    """Raise ConfigError unless dormant neurons have no states, no gradient and no kicks."""
    depth = len(config.network.hidden) if isinstance(config.network, LayeredNetwork) else 0
    for f in of_layers(settings.activation, depth + 1)[:-1]:
        if float(f.function(jnp.float32(0.0))) != 0.0:
            requirement = "be zero at zero for dormant neurons to have no state"
            raise _misfit("network.activation", requirement, f"is {f.name}", "tanh")
    if config.loss.terms:
        requirement = "be left out where neurons come and go: dormant ones have equal eigenvalues"
        raise _misfit("loss.terms", requirement, f"has {len(config.loss.terms)}", "[]")
    require_no_penalty(config, "where neurons come and go: no energy of theirs counts it")
    if config.train.noise.temperature:
        requirement = "be 0 where neurons come and go: a bath would kick dormant ones"
        found = f"is {config.train.noise.temperature:g}"
        raise _misfit("train.noise.temperature", requirement, found, "0")
    if (kind := config.train.optimiser.kind) in FROM_FIRST_WEIGHTS:
        requirement = "take its steps from the present weights where neurons come and go"
        raise _misfit("train.optimiser.kind", requirement, f"is {kind}", "momentum")
    if settings.local.pairs is not None:
        requirement = "be left out where neurons come and go: pairs would move dormant ones"
        raise _misfit("loss.pairs", requirement, "is given", "null")


def _require_energy(grand: GrandConfig, settings: Settings) -> None:
    """Raise ConfigError unless the net has the energy that is to decide."""
    if grand.energy == "bulk" and isinstance(settings.activation, tuple):
        requirement = "be boundary or free_energy where layers have their own activation"
        raise _misfit("grand.energy", requirement, "is bulk", "boundary")
    mass, temperature = settings.local.mass, grand.temperature
    if grand.energy == "free_energy" and mass >= temperature:
        requirement = f"be above loss.mass={mass:g} for the free energy to exist"
        raise _misfit("grand.temperature", requirement, f"is {temperature:g}", f"{2 * mass:g}")


def _misfit(key: str, requirement: str, actual: str, remedy: str) -> ConfigError:
    return ConfigError(f"`{key}`", requirement, actual, f"{key}={remedy}")
