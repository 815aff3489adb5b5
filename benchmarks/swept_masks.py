"""A mask that a chain passes through, as `nnu grand` sweeps mu, against energies by themselves."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.contest import PAUSE, ROUNDS, Times
from benchmarks.programs import program_of

if TYPE_CHECKING:
    from nnuniverse.experiments.mask_chains import MaskedNet
    from nnuniverse.physics.grand_canonical.energies import EnergyKind
    from nnuniverse.training import Program

SAMPLES = 300
CHAINS = 16
"""As many as both directions have by default."""

SWEEPS = 2
NAMES: dict[EnergyKind, str] = {"boundary": "the boundary loss", "free_energy": "F"}
BOUNDS = {"of as many masks at once": "<= 1.2", "of the whole net alone": "<= 0.2"}


class Work(NamedTuple):
    """Something to ``do``, so many ``masks`` at a time."""

    do: Callable[[], Any]
    masks: int


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, bound), in processor time, all in one process, in turn."""
    from nnuniverse import load_config
    from nnuniverse.precision import in_float64
    from nnuniverse.threads import single_threaded_blas

    config = load_config("configs/deep.yaml", ["observe.observables=[boundary_loss]"])
    program = program_of(config, processors=1)
    with single_threaded_blas():  # as in `nnu grand`
        return [row for kind in NAMES for row in in_float64(_rows)(program, kind)]


def _rows(program: Program, kind: EnergyKind) -> list[tuple[str, str, str]]:
    works = _works(_masked_net(program, kind))
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work.do()  # compiles
    for _ in range(ROUNDS):
        for name, work in works.items():
            time.sleep(PAUSE)
            started = time.process_time()
            work.do()
            seconds[name].append((time.process_time() - started) / work.masks)
    step = Times(tuple(seconds.pop("step")))
    return [
        (f"a mask of a chain over {NAMES[kind]} {name}", f"{step.over(Times(tuple(of)))}",
         BOUNDS[name])
        for name, of in seconds.items()
    ]  # fmt: skip


def _masked_net(program: Program, kind: EnergyKind) -> MaskedNet:
    import jax
    import numpy as np

    from nnuniverse.experiments.mask_chains import MaskedNet
    from nnuniverse.networks.initialisation import initialise
    from nnuniverse.networks.layered import Layered

    settings = program.settings
    architecture = settings.architecture
    if not isinstance(architecture, Layered):
        raise TypeError(f"{architecture} has no masks")
    net = initialise(jax.random.key(0), architecture, "glorot_uniform")
    probe = type(program.train)(*(np.asarray(array)[:SAMPLES] for array in program.train))
    return MaskedNet(settings, net, probe, np.arange(sum(architecture.sizes[1:-1])), kind)


def _works(net: MaskedNet) -> dict[str, Work]:
    """Return a sweep of all chains, as many energies, and the energy of the net, many times."""
    import jax
    import jax.numpy as jnp

    from nnuniverse.physics.grand_canonical.chain import begin_chain, run_sweeps
    from nnuniverse.physics.grand_canonical.enumeration import many_energies

    sites = len(net.neurons)
    steps = CHAINS * SWEEPS * sites
    held, temperature = (net.parameters, net.probe), jnp.asarray(1.0 / 1.4)
    keys, mu = jax.random.split(jax.random.key(1), CHAINS), jnp.linspace(-0.3, 0.3, CHAINS)
    masks = jax.random.bernoulli(jax.random.key(2), 0.5, (steps, sites))

    @jax.jit
    def sweep(held: Any, keys: jax.Array, mu: jax.Array, temperature: jax.Array) -> Any:
        energy_of = net.energy_of(held, temperature)

        def chain(key: jax.Array, mask: jax.Array, mu: jax.Array) -> Any:
            at = begin_chain("uniform", energy_of, mask)
            return run_sweeps("uniform", energy_of, key, at, temperature, mu, SWEEPS)

        return jax.vmap(chain)(keys, masks[:CHAINS], mu)

    @jax.jit
    def together(held: Any, masks: jax.Array, temperature: jax.Array) -> jax.Array:
        return many_energies(net.energy_of(held, temperature), masks)

    @jax.jit
    def alone(held: Any, mask: jax.Array, temperature: jax.Array) -> jax.Array:
        return net.energy_of(held, temperature)(mask)

    def of_whole_net() -> None:
        for _ in range(CHAINS):
            jax.block_until_ready(alone(held, jnp.ones(sites, bool), temperature))

    return {
        "step": Work(lambda: jax.block_until_ready(sweep(held, keys, mu, temperature)), steps),
        "of as many masks at once": Work(
            lambda: jax.block_until_ready(together(held, masks, temperature)), steps
        ),
        "of the whole net alone": Work(of_whole_net, CHAINS),
    }
