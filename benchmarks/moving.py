"""Births and deaths of neurons against an epoch of the same net, in processor time."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.contest import PAUSE, ROUNDS, Times
from benchmarks.programs import program_of

RESERVOIR = (80, 40)
"""Sites of the hidden layers, half of them active."""

SAMPLES = 1000
REPEATS = 10


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim): the work in epochs, all in one process, in turn."""
    from nnuniverse import load_config
    from nnuniverse.precision import in_float64
    from nnuniverse.threads import single_threaded_blas

    config = load_config("configs/deep.yaml", ["observe.observables=[boundary_loss]"])
    program = program_of(config, processors=1)
    with single_threaded_blas():  # as in training
        return in_float64(_rows)(program)


def _rows(program) -> list[tuple[str, str, str]]:  # noqa: ANN001
    works = {"epoch": (_epochs(program), "")} | _moves(program)
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, (work, _) in works.items():
            time.sleep(PAUSE)
            started = time.process_time()
            work()
            seconds[name].append((time.process_time() - started) / REPEATS)
    epoch = Times(tuple(seconds.pop("epoch")))
    return [
        (f"{name}, over an epoch", f"{Times(tuple(of)).over(epoch)}", works[name][1])
        for name, of in seconds.items()
    ]


def _epochs(program) -> Callable[[], None]:  # noqa: ANN001
    import numpy as np

    state, never = program.initial_state(), np.asarray([], np.int64)

    def work() -> None:
        program.run(state, 1, REPEATS, never)

    work()
    return work


def _moves(program) -> dict[str, tuple[Callable[[], None], str]]:  # noqa: ANN001
    import jax
    import jax.numpy as jnp
    import numpy as np

    from nnuniverse.networks.initialisation import initialise
    from nnuniverse.networks.layered import Layered
    from nnuniverse.physics.grand_canonical.birth import with_newborn
    from nnuniverse.physics.grand_canonical.energies import boundary_energy
    from nnuniverse.physics.grand_canonical.masks import masked
    from nnuniverse.physics.grand_canonical.moves import optimise
    from nnuniverse.physics.grand_canonical.removal import without_cheapest

    settings = program.settings
    activation, active = settings.activation, program.inputs.active
    samples = type(program.train)(*(np.asarray(array)[:SAMPLES] for array in program.train))
    samples = samples._replace(inputs=samples.inputs[:, active])
    architecture = Layered((len(active), *RESERVOIR, settings.architecture.sizes[-1]))
    mask = tuple(jnp.arange(sites) < sites // 2 for sites in RESERVOIR)
    net = masked(initialise(jax.random.key(0), architecture, "glorot_uniform"), mask)
    key = jax.random.key(1)

    def born(birth: str, l: int) -> Callable:
        return lambda net, samples: with_newborn(key, birth, net, mask, l, samples, activation, 16)

    def died(l: int) -> Callable:
        return lambda net, samples: without_cheapest(
            "compensated",
            net,
            mask,
            l,
            boundary_energy(settings, samples, settings.precision),
            samples,
            activation,
            by_loss=True,
        )

    def moved(net, samples):  # noqa: ANN001, ANN202
        return optimise(
            key,
            net,
            mask,
            energy=boundary_energy(settings, samples, settings.precision),
            by_loss=True,
            probe=samples,
            activation=activation,
            temperature=1e-4,
            chemical_potential=-1e-3,
            removal="compensated",
            birth="singular",
            candidates=16,
        )

    def energy_in(precision: str) -> Callable:
        return lambda net, samples: boundary_energy(settings, samples, precision)(net, mask)

    def repeated(function: Callable) -> Callable[[], None]:
        compiled = jax.jit(function)

        def work() -> None:
            for _ in range(REPEATS):
                jax.block_until_ready(compiled(net, samples))

        work()
        return work

    return {
        "compensated death, layer 1": (repeated(died(0)), "<= 0.4"),
        "compensated death, layer 2": (repeated(died(1)), "<= 0.3"),
        "singular birth, layer 1": (repeated(born("singular", 0)), "<= 0.5"),
        "singular birth, layer 2": (repeated(born("singular", 1)), "<= 0.1"),
        "fitted birth, layer 1": (repeated(born("fitted", 0)), "<= 0.5"),
        "fitted birth, layer 2": (repeated(born("fitted", 1)), "<= 0.1"),
        "a birth and a death in both layers": (repeated(moved), "<= 1.0"),
        "E, float32": (repeated(energy_in(settings.precision)), ""),
        "E, float64": (repeated(energy_in("float64")), ""),
    }
