"""What removals cost and births bring, at once and after five more epochs: print the tables.

Of a run made by ``nnu train configs/deep.yaml replicas=6 train.epochs=60 observe.weights=snapshots
"observe.snapshots={kind: fixed, every: 5}"``.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.neurons.kept_nets import KeptNets
from nnuniverse.experiments.assemble import build_program
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.networks.active_masks import ActiveMask, all_active
from nnuniverse.networks.propagation import Layer, Parameters, layers_of
from nnuniverse.numerical_settings import pinned
from nnuniverse.observables import Samples
from nnuniverse.physics.grand_canonical.birth import Birth, with_newborn
from nnuniverse.physics.grand_canonical.contributions import contributions
from nnuniverse.physics.grand_canonical.energies import boundary_energy
from nnuniverse.physics.grand_canonical.surroundings import Surroundings
from nnuniverse.precision import in_float64

LATER = 5
"""Epochs after a birth."""

BIRTHS: tuple[Birth, ...] = ("none", "zero_out", "fitted", "singular")
CANDIDATES = 16


@pinned
def main() -> None:
    """Print both tables of the run named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--epochs", type=int, nargs="*", default=[5, 30, 55])
    parser.add_argument("--samples", type=int, default=1000)
    options = parser.parse_args()
    nets = KeptNets(options.run)
    probe = nets.probe(options.samples)
    print_removals(nets, probe, options.epochs)
    for l in range(nets.settings.architecture.depth - 2):
        print_births(nets, probe, options.epochs, l)


def print_removals(nets: KeptNets, probe: Samples, epochs: list[int]) -> None:
    """Print what the cheapest and the median removal cost, by mask and compensated."""
    print("| epoch, layer | cheapest: mask | compensated | ratio | the same | ratio of medians |")
    print("| --- | --- | --- | --- | --- | --- |")
    found_in = contributions(nets.settings)
    for epoch in epochs:
        found = [found_in(net, probe, 1.0) for net in nets.at(epoch)]
        for l in range(nets.settings.architecture.depth - 2):
            costs = np.stack([of.cost[of.layer == l] for of in found])
            less = np.stack([of.compensated_cost[of.layer == l] for of in found])
            same = (costs.argmin(axis=1) == less.argmin(axis=1)).sum()
            medians = np.median(costs, axis=1) / np.median(less, axis=1)
            print(
                f"| {epoch}, {l + 1} | {_told(costs.min(axis=1))} | {_told(less.min(axis=1))} "
                f"| {_ratios(costs.min(axis=1) / less.min(axis=1))} | {same} of {len(found)} "
                f"| {_ratios(medians)} |",
                flush=True,
            )


def print_births(nets: KeptNets, probe: Samples, epochs: list[int], l: int) -> None:
    """Print what a birth in hidden layer ``l`` changes at once and later, against none."""
    program = _Wider(nets, l)
    later = {birth: [] for birth in BIRTHS}
    print("\n| epoch, layer | birth | change at once | 5 epochs later, against none | lower |")
    print("| --- | --- | --- | --- | --- |")
    for epoch in epochs:
        for birth in BIRTHS:
            grown, mask = program.grown(nets.at(epoch), birth, probe)
            at_once = program.losses(grown, mask, probe) - program.losses(
                program.grown(nets.at(epoch), "none", probe)[0], mask, probe
            )
            later[birth] = program.trained(grown, epoch)
            difference = later[birth] - later["none"]
            told = _told(at_once) if birth != "none" else f"{later['none'].mean():.4f}"
            print(
                f"| {epoch}, {l + 1} | {birth} | {told} | {_told(difference)} "
                f"| {(difference < 0).sum()} of {len(difference)} |",
                flush=True,
            )


class _Wider:
    """Nets with one more neuron in hidden layer ``l``, and their training."""

    def __init__(self, nets: KeptNets, l: int) -> None:
        hidden = list(nets.config.network.hidden)
        hidden[l] += 1
        network = nets.config.network.model_copy(update={"hidden": tuple(hidden)})
        observe = nets.config.observe.model_copy(update={"observables": ("boundary_loss",)})
        config = nets.config.model_copy(update={"network": network, "observe": observe})
        self.l, self.settings = l, nets.settings
        self.program = build_program(config, load_dataset(config))

    @in_float64
    def grown(
        self, nets: list[Parameters], birth: Birth, probe: Samples
    ) -> tuple[list[Parameters], ActiveMask]:
        """Return the ``nets`` with a newborn as their layer's last, and the mask of all."""
        wider = [_with_site(net, self.l) for net in nets]
        full = all_active(layers_of(wider[0]))
        if birth == "none":
            return wider, full
        mask = (*full[: self.l], full[self.l].at[-1].set(False), *full[self.l + 1 :])
        activation = self.settings.activation

        @jax.jit
        def born(key: jax.Array, net: Parameters) -> Parameters:
            around = Surroundings.of(net, self.l, probe, activation)
            return with_newborn(key, birth, net, mask, self.l, around, CANDIDATES)[0]

        return [born(jax.random.key(replica), net) for replica, net in enumerate(wider)], full

    def losses(self, nets: list[Parameters], mask: ActiveMask, probe: Samples) -> np.ndarray:
        """Return the boundary loss on the ``probe``."""
        energy = jax.jit(boundary_energy(self.settings, probe))
        return np.array([energy(net, mask) for net in nets])

    def trained(self, nets: list[Parameters], epoch: int) -> np.ndarray:
        """Return the boundary loss on all samples after `LATER` epochs more, per replica."""
        start = jax.tree.map(lambda *arrays: jnp.stack(arrays), *nets)
        program = replace(self.program, start=lambda: start)
        last = epoch + LATER
        segment = program.run(program.initial_state(), epoch + 1, last, np.array([last]))
        return segment.observables["boundary_loss"][:, -1]


def _with_site(net: Parameters, l: int) -> Parameters:
    """Return the ``net`` with an isolated neuron more in hidden layer ``l``."""
    layer, above = net[l], net[l + 1]
    layer = Layer(np.pad(layer.weights, ((0, 1), (0, 0))), np.pad(layer.bias, (0, 1)))
    above = Layer(np.pad(above.weights, ((0, 0), (0, 1))), above.bias)
    return (*net[:l], layer, above, *net[l + 2 :])


def _told(values: np.ndarray) -> str:
    """Return the mean over replicas with its 95 % interval."""
    mean, low, high = mean_over_replicas(values)[:3]
    return f"{mean:.2e} [{low:.1e}, {high:.1e}]"


def _ratios(values: np.ndarray) -> str:
    return f"{np.median(values):.0f} ({values.min():.0f} to {values.max():.0f})"


if __name__ == "__main__":
    main()
