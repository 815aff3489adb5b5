"""Births and deaths of neurons against an epoch of the same net, in processor time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.contest import PAUSE, ROUNDS, Times
from benchmarks.programs import program_of

if TYPE_CHECKING:
    from nnuniverse.networks.active_masks import ActiveMask
    from nnuniverse.networks.propagation import Parameters
    from nnuniverse.observables import Samples, Settings
    from nnuniverse.physics.grand_canonical.birth import Birth
    from nnuniverse.training import Program

RESERVOIR = (80, 40)
"""Sites of the hidden layers, half of them active."""

SAMPLES = 1000
REPEATS = 10
AIMS = {
    "compensated death, layer 1": "<= 0.4",
    "compensated death, layer 2": "<= 0.3",
    "singular birth, layer 1": "<= 0.5",
    "singular birth, layer 2": "<= 0.1",
    "fitted birth, layer 1": "<= 0.5",
    "fitted birth, layer 2": "<= 0.1",
    "a birth and a death in both layers": "<= 1.0",
}

Work = Callable[[], None]
"""Does `REPEATS` units."""


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim): the work in epochs, all in one process, in turn."""
    from nnuniverse import load_config
    from nnuniverse.precision import in_float64
    from nnuniverse.threads import single_threaded_blas

    config = load_config("configs/deep.yaml", ["observe.observables=[boundary_loss]"])
    program = program_of(config, processors=1)
    with single_threaded_blas():  # as in training
        return in_float64(_rows)(program)


def _rows(program: Program) -> list[tuple[str, str, str]]:
    moved = _moved_net(program)
    works = {
        "epoch": _epochs(program),
        **{name: _repeated(function, moved) for name, function in _single_moves(moved).items()},
        "a birth and a death in both layers": _repeated(_move_of_both(moved), moved),
        "E, float64": _repeated(_energy(moved), moved),
    }
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            time.sleep(PAUSE)
            started = time.process_time()
            work()
            seconds[name].append((time.process_time() - started) / REPEATS)
    epoch = Times(tuple(seconds.pop("epoch")))
    return [
        (f"{name}, over an epoch", f"{Times(tuple(of)).over(epoch)}", AIMS.get(name, ""))
        for name, of in seconds.items()
    ]


def _epochs(program: Program) -> Work:
    import numpy as np

    state, never = program.initial_state(), np.asarray([], np.int64)

    def work() -> None:
        program.run(state, 1, REPEATS, never)

    work()
    return work


class _MovedNet(NamedTuple):
    """A masked ``net``, and the samples that its moves are made on, silent inputs left out."""

    settings: Settings
    net: Parameters
    mask: ActiveMask
    samples: Samples


def _moved_net(program: Program) -> _MovedNet:
    import jax
    import jax.numpy as jnp
    import numpy as np

    from nnuniverse.networks.active_masks import masked
    from nnuniverse.networks.initialisation import initialise
    from nnuniverse.networks.layered import Layered

    settings, active = program.settings, program.inputs.active
    samples = type(program.train)(*(np.asarray(array)[:SAMPLES] for array in program.train))
    samples = samples._replace(inputs=samples.inputs[:, active])
    architecture = Layered((len(active), *RESERVOIR, settings.architecture.sizes[-1]))
    mask = tuple(jnp.arange(sites) < sites // 2 for sites in RESERVOIR)
    net = masked(initialise(jax.random.key(0), architecture, "glorot_uniform"), mask)
    return _MovedNet(settings, net, mask, samples)


def _single_moves(of: _MovedNet) -> dict[str, Callable[..., Any]]:
    """Return births and deaths of a layer, each as if nothing were known of the net."""
    import jax

    from nnuniverse.physics.grand_canonical.birth import with_newborn
    from nnuniverse.physics.grand_canonical.removal import without_cheapest
    from nnuniverse.physics.grand_canonical.surroundings import Surroundings

    def born(birth: Birth, l: int) -> Callable[..., Any]:
        def move(net: Parameters, samples: Samples) -> Any:
            around = Surroundings.of(net, l, samples, of.settings.activation)
            grown = with_newborn(jax.random.key(1), birth, net, of.mask, l, around, 16)
            return grown[0], grown[2].energy

        return move

    def died(l: int) -> Callable[..., Any]:
        def move(net: Parameters, samples: Samples) -> Any:
            around = Surroundings.of(net, l, samples, of.settings.activation)
            left = without_cheapest("compensated", net, of.mask, l, None, around)
            return left[0], left[2].energy

        return move

    births: tuple[Birth, ...] = ("singular", "fitted")
    return {
        **{f"compensated death, layer {l + 1}": died(l) for l in range(len(RESERVOIR))},
        **{f"{b} birth, layer {l + 1}": born(b, l) for b in births for l in range(len(RESERVOIR))},
    }


def _move_of_both(of: _MovedNet) -> Callable[..., Any]:
    import jax

    from nnuniverse.physics.grand_canonical.moves import optimise

    return lambda net, samples: optimise(
        jax.random.key(1),
        net,
        of.mask,
        energy=None,
        probe=samples,
        activation=of.settings.activation,
        temperature=1e-4,
        chemical_potential=-1e-3,
        removal="compensated",
        birth="singular",
        candidates=16,
    )


def _energy(of: _MovedNet) -> Callable[..., Any]:
    from nnuniverse.physics.grand_canonical.energies import boundary_energy

    return lambda net, samples: boundary_energy(of.settings, samples)(net, of.mask)


def _repeated(function: Callable[..., Any], of: _MovedNet) -> Work:
    import jax

    compiled = jax.jit(function)

    def work() -> None:
        for _ in range(REPEATS):
            jax.block_until_ready(compiled(of.net, of.samples))

    work()
    return work
