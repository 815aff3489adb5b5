"""Training the deep net: nnuniverse, the same loop in eager PyTorch, and Keras ``fit``."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.contest import THREADS, Times, Work, compete
from benchmarks.programs import program_of

if TYPE_CHECKING:
    from nnuniverse.data import Dataset

INPUTS, HIDDEN, OUTPUTS = 784, (40, 20), 10
SAMPLES = 6000
BATCH = 100
RATE = 0.1

MNIST = os.environ.get("NNU_MNIST")
"""Folder with the four IDX files of MNIST."""


def data_of(samples: int) -> Dataset:
    """Return so many training digits: the embedded ones as often as it takes, or those of `MNIST`.

    MNIST itself is read only for more than are embedded.
    """
    from nnuniverse.data import Split, load_embedded, load_idx_directory

    embedded = load_embedded()
    if samples > SAMPLES and MNIST:
        return load_idx_directory(Path(MNIST)).take(samples, None)
    indices = np.arange(samples) % embedded.train.samples
    train = Split(embedded.train.inputs[indices], embedded.train.labels[indices])
    return replace(embedded, train=train)


def data_name(samples: int) -> str:
    """Return what `data_of` so many samples takes."""
    return "the embedded" if samples <= SAMPLES else "MNIST" if MNIST else "the embedded, repeated"


def digits(samples: int = SAMPLES) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs in [0, 1] and one-hot targets of so many training digits, float32."""
    from nnuniverse.data import encode_targets, scale_inputs

    train = data_of(samples).train
    return (
        scale_inputs(train.inputs, "unit", train.inputs),
        encode_targets(train.labels, OUTPUTS, "zero_one"),
    )


def nnuniverse_loop(hidden: tuple[int, ...] = HIDDEN, samples: int = SAMPLES) -> Work:
    """Build the training loop of configs/deep.yaml, with these layers; a unit is an epoch."""
    from nnuniverse import load_config

    config = load_config("configs/deep.yaml", [f"network.hidden={list(hidden)}"])
    program = program_of(config, data_of(samples))
    state = program.initial_state()
    never = np.asarray([], np.int64)

    def work(epochs: int) -> None:
        program.run(state, 1, epochs, never)

    return work


def torch_loop(
    hidden: tuple[int, ...] = HIDDEN, samples: int = SAMPLES, *, compiled: bool = False
) -> Work:
    """Build the same loop in PyTorch, eager or ``torch.compile``d; a unit is an epoch."""
    os.environ["TORCH_LOGS"] = "-dynamo"  # which warns of the profiler inside ``step``
    import torch

    torch.set_num_threads(THREADS)
    inputs, targets = (torch.from_numpy(array) for array in digits(samples))
    layers: list[torch.nn.Module] = []
    for columns, rows in pairwise((INPUTS, *hidden, OUTPUTS)):
        linear = torch.nn.Linear(columns, rows)
        torch.nn.init.xavier_uniform_(linear.weight)
        torch.nn.init.zeros_(linear.bias)
        layers += [linear, torch.nn.Tanh()]
    net = torch.nn.Sequential(*layers)
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE)

    def mean_loss(inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return 0.5 * ((net(inputs) - targets) ** 2).sum(1).mean()

    step = optimiser.step
    if compiled:
        mean_loss, step = torch.compile(mean_loss), torch.compile(step)

    def work(epochs: int) -> None:
        for _ in range(epochs):
            order = torch.randperm(samples)
            total = torch.zeros(())
            for start in range(0, samples, BATCH):
                batch = order[start : start + BATCH]
                loss = mean_loss(inputs[batch], targets[batch])
                optimiser.zero_grad()
                loss.backward()
                step()
                total += loss.detach()

    return work


def keras_fit() -> Work:
    """Build the same net for Keras ``fit``; a unit is an epoch."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    inputs, targets = digits()
    net = keras.Sequential(
        [
            keras.layers.Input((INPUTS,)),
            *(keras.layers.Dense(n, "tanh") for n in (*HIDDEN, OUTPUTS)),
        ]
    )
    net.compile(keras.optimizers.SGD(RATE), loss="mse")

    def work(epochs: int) -> None:
        net.fit(inputs, targets, batch_size=BATCH, epochs=epochs, verbose=0)

    return work


def large_matmul() -> Work:
    """Build the multiplication of large float32 matrices; a unit is one."""
    import jax
    import jax.numpy as jnp

    matrix = jnp.ones((MATMUL_SIZE, MATMUL_SIZE), jnp.float32)
    multiply = jax.jit(lambda a, b: a @ b)

    def work(times: int) -> None:
        for _ in range(times):
            multiply(matrix, matrix).block_until_ready()

    return work


MATMUL_SIZE = 2048


def operations_per_epoch(
    inputs: int, hidden: tuple[int, ...] = HIDDEN, samples: int = SAMPLES
) -> int:
    """Return the multiplications and additions of an epoch's matrix products.

    Forward and weight gradients in every layer, and state gradients in all but the first, whose
    size ``inputs`` counts only those that are not zero in every sample.
    """
    products = [a * b for a, b in pairwise((inputs, *hidden, OUTPUTS))]
    return 2 * samples * (2 * sum(products) + sum(products[1:]))


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    times = compete(
        {
            "nnuniverse": (nnuniverse_loop, 120),
            "torch": (torch_loop, 30),
            "keras": (keras_fit, 10),
            "matmul": (large_matmul, 20),
        }
    )
    active = int(np.any(digits()[0] != 0, axis=0).sum())
    work = operations_per_epoch(active)
    rate = Times(tuple(work / t for t in times["nnuniverse"].rounds))
    machine = Times(tuple(2 * MATMUL_SIZE**3 / t for t in times["matmul"].rounds))
    share = rate.over(machine)
    return [
        ("epochs/s over eager PyTorch", f"{times['torch'].over(times['nnuniverse'])}", ">= 3"),
        ("epochs/s over Keras fit", f"{times['keras'].over(times['nnuniverse'])}", ">= 8"),
        (f"share of the large-matmul rate, {work / 1e6:.0f} MFLOP per epoch", f"{share}", ""),
        ("  milliseconds per epoch on this machine", f"{times['nnuniverse'].median * 1e3:.1f}", ""),
    ]
