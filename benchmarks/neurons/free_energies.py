"""What F says of the hidden neurons of a run's nets: print the table.

Of a run made by ``nnu train configs/deep.yaml replicas=6 train.epochs=60 observe.weights=snapshots
"observe.snapshots={kind: fixed, every: 5}"``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.neurons.kept_nets import KeptNets
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.grand_canonical.contributions import contributions, summary


@pinned
def main() -> None:
    """Print, for every beta, means over the replicas with their 95 % intervals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--epoch", type=int, default=60)
    parser.add_argument("--betas", type=float, nargs="*", default=[0.5, 1.4, 20.0])
    parser.add_argument("--samples", type=int, default=1000)
    options = parser.parse_args()
    nets = KeptNets(options.run)
    probe, found_in = nets.probe(options.samples), contributions(nets.settings)
    mass = nets.settings.local.mass
    for beta in options.betas:
        found = [summary(found_in(net, probe, beta), beta, mass) for net in nets.at(options.epoch)]
        print(f"\n| beta = {beta:g}, {len(found)} nets | mean | 95 % |\n| --- | --- | --- |")
        for name in found[0]._fields:
            values = np.stack([np.atleast_1d(getattr(of, name)) for of in found])
            for part, column in enumerate(values.T, start=1):
                of = mean_over_replicas(column)
                label = f"{name}, layer {part}" if values.shape[1] > 1 else name
                print(f"| {label} | {of.value:.4f} | {of.low:.4f} to {of.high:.4f} |", flush=True)


if __name__ == "__main__":
    main()
