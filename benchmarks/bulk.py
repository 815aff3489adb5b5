"""The exact bulk loss against relaxing the states along the gradient to the same energy."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from benchmarks.contest import Times, Work, compete
from benchmarks.relaxation import adam, lbfgs, relaxation
from benchmarks.training import digits

if TYPE_CHECKING:
    from nnuniverse.training.program import Program
    from nnuniverse.training.train_state import TrainState

PCX_PYTHON = Path(os.environ.get("PCX_PYTHON", ".venv-bench-pc/bin/python"))
"""pcx needs an older JAX than ours, and so an environment of its own."""

WITHIN = 1e-6
EPOCHS = 1000
WHOLE_RUN = 30000
SNAPSHOTS = 200
EARLY, LATER = 5, 60
BOUNDED = (-1.0, 1.0)
FREE = (-np.inf, np.inf)
NESTEROV = {"rate": 0.05, "momentum": 0.9, "every": 10, "most": 1000}
PLAIN = {"rate": 0.05, "momentum": 0.0, "every": 10, "most": 3000}
ADAM = (0.01, 0.998)
"""Rates, momenta and decay: the quickest of a scan on this net, see docs/performance.md."""

ADAM_STEPS = 1000
LBFGS_STEPS = 100


class Trained(NamedTuple):
    """The deep net before and after training, weights and biases; the seconds an epoch took."""

    untrained: dict[str, np.ndarray]
    arrays: dict[str, np.ndarray]
    epoch_seconds: float


def trained() -> Trained:
    """Train the deep net."""
    from nnuniverse import load_config
    from nnuniverse.experiments.assemble import build_program
    from nnuniverse.experiments.samples import load_dataset

    config = load_config("configs/deep.yaml", [f"train.epochs={EPOCHS}"])
    program = build_program(config, load_dataset(config))
    never = np.asarray([], np.int64)

    def arrays_of(state: TrainState) -> dict[str, np.ndarray]:
        arrays = {}
        for l, layer in enumerate(program.parameters(state)):
            arrays[f"weights_{l}"] = np.asarray(layer.weights)[0]
            arrays[f"bias_{l}"] = np.asarray(layer.bias)[0]
        return arrays

    state = program.initial_state()
    untrained = arrays_of(state)
    state = program.run(state, 1, 20, never).state
    started = time.perf_counter()
    state = program.run(state, 21, EPOCHS, never).state
    seconds = (time.perf_counter() - started) / (EPOCHS - 20)
    return Trained(untrained, arrays_of(state), seconds)


def exact(net: Path, limits: tuple[float, float], in_rounds: bool = True) -> Callable[[], float]:
    """Return what computes the sum of `bulk_minimum` over the samples."""
    import jax

    from nnuniverse.losses import bulk_minimum
    from nnuniverse.losses.bulk.descent import EXACT
    from nnuniverse.networks.activation import ACTIVATIONS

    effort = EXACT._replace(in_rounds=in_rounds)
    activation = dataclasses.replace(ACTIVATIONS["tanh"], range=limits)
    layers = _layers(net)
    inputs, targets = digits()
    minimise = jax.jit(
        lambda net, inputs, targets: bulk_minimum(net, activation, inputs, targets, effort=effort)
    )

    def once() -> float:
        minimum = minimise(layers, inputs, targets)
        return float(np.sum(np.where(minimum.converged, minimum.loss, np.nan)))

    return once


def _repeat(once: Callable[[], object]) -> Work:
    def work(times: int) -> None:
        for _ in range(times):
            once()

    return work


def exact_work(net: Path, limits: tuple[float, float], in_rounds: bool = True) -> Work:
    """Build our minimisation; a unit is one of all samples."""
    return _repeat(exact(net, limits, in_rounds))


def gradient_work(net: Path) -> Work:
    """Build the gradient steps of our training; a unit is one minimisation of all samples."""
    from benchmarks.gradient_steps import gradient_steps, total_loss

    layers, (inputs, targets) = _layers(net), digits()
    once = gradient_steps(layers, inputs, targets, WITHIN)
    _record(net, "steps", (0, total_loss(layers, inputs, targets, once())))
    return _repeat(once)


def _layers(net: Path) -> tuple[Any, ...]:
    from nnuniverse.networks.propagation import Layer

    with np.load(net) as arrays:
        return tuple(
            Layer(arrays[f"weights_{l}"], arrays[f"bias_{l}"]) for l in range(len(arrays) // 2)
        )


def optax_work(
    problem: Path,
    name: str,
    make: Callable[[], Any],
    limits: tuple[float, float],
    goal: float,
    most: int,
) -> Work:
    """Build a relaxation by optax; a unit is one of all samples."""
    with np.load(problem) as arrays:
        once = relaxation(dict(arrays), make(), limits, goal, most)
    _record(problem, name, once())
    return _repeat(once)


def pcx_work(problem: Path, name: str, settings: dict[str, Any]) -> Work:
    """Build a relaxation by pcx in a process of its own environment; a unit is one."""
    script = Path(__file__).with_name("pcx_relaxation.py")
    process = subprocess.Popen(
        [PCX_PYTHON, script, problem, json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    ask, answers = process.stdin, process.stdout
    if answers.readline() != "ready\n":
        raise RuntimeError("pcx_relaxation.py did not start")

    def once() -> tuple[int, float]:
        print(file=ask, flush=True)
        answer = json.loads(answers.readline())
        return answer["steps"], answer["loss"]

    _record(problem, name, once())
    return _repeat(once)


def _record(problem: Path, name: str, reached: tuple[int, float]) -> None:
    """Leave steps and H where `run` finds them: contestants answer with times only."""
    problem.with_name(f"{name}.json").write_text(json.dumps(reached))


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    with tempfile.TemporaryDirectory() as folder:
        net = Path(folder) / "net.npz"
        found = trained()
        np.savez(net, **found.arrays)
        np.savez(net.with_name("untrained.npz"), **found.untrained)
        problem = _above(Path(folder), found.arrays)
        started = time.perf_counter()
        minima = {"bounded": exact(net, BOUNDED)()}
        first_call = time.perf_counter() - started
        minima["free"] = exact(net, FREE)()
        goals = {name: loss * (1.0 + WITHIN) for name, loss in minima.items()}
        times = compete(_contestants(net, problem, goals))
        rows = _rows(times, Path(folder), minima)
        _, steps_loss = json.loads(net.with_name("steps.json").read_text())
    by_steps = times["ours"].over(times["steps"])
    share = Times(
        tuple(
            (SNAPSHOTS * s + first_call) / (WHOLE_RUN * found.epoch_seconds) * 100
            for s in times["ours"].rounds
        )
    )
    return [
        *rows,
        *_grouping_rows(times),
        ("bulk loss over the gradient steps of training", f"{by_steps}", ""),
        ("  H over the minimum, less one", f"{steps_loss / minima['bounded'] - 1:.1e}", "<= 1e-6"),
        ("seconds of the bulk loss of 6,000 samples", f"{times['ours']}", "< 1"),
        (f"{SNAPSHOTS} of them: % of a 30,000-epoch run", f"{share}", "< 25"),
        *training_rows(),
    ]


def _grouping_rows(times: dict[str, Times]) -> list[tuple[str, str, str]]:
    what = "samples that wait for the last of 200, over the bulk loss"
    return [
        (what, f"{times['groups'].over(times['ours'])}", ""),
        ("  untrained", f"{times['groups untrained'].over(times['ours untrained'])}", ""),
    ]


def _above(folder: Path, arrays: dict[str, np.ndarray]) -> Path:
    """Store what the relaxations start from: the net above its constant first fixed point."""
    inputs, targets = digits()
    net = {name: array.astype(np.float64) for name, array in arrays.items()}
    first = np.tanh(inputs.astype(np.float64) @ net.pop("weights_0").T + net.pop("bias_0"))
    above = {}
    for name, array in net.items():
        kind, l = name.split("_")
        above[f"{kind}_{int(l) - 1}"] = array
    path = folder / "problem.npz"
    np.savez(path, first=first, targets=targets.astype(np.float64), **above)
    return path


def _contestants(
    net: Path, problem: Path, goals: dict[str, float]
) -> dict[str, tuple[Callable[[], Work], int]]:
    bounded, free = goals["bounded"], goals["free"]
    untrained = net.with_name("untrained.npz")
    decaying = partial(adam, *ADAM)
    both = {"dtype": "float64", "goal": bounded, "range": BOUNDED}
    contestants: dict[str, tuple[Callable[[], Work], int]] = {
        "ours": (partial(exact_work, net, BOUNDED), 1),
        "ours free": (partial(exact_work, net, FREE), 1),
        "ours untrained": (partial(exact_work, untrained, BOUNDED), 1),
        "groups": (partial(exact_work, net, BOUNDED, in_rounds=False), 1),
        "groups untrained": (partial(exact_work, untrained, BOUNDED, in_rounds=False), 1),
        "steps": (partial(gradient_work, net), 1),
        "adam": (partial(optax_work, problem, "adam", decaying, BOUNDED, bounded, ADAM_STEPS), 1),
        "lbfgs": (partial(optax_work, problem, "lbfgs", lbfgs, FREE, free, LBFGS_STEPS), 1),
    }
    if PCX_PYTHON.exists():
        contestants["pcx"] = (partial(pcx_work, problem, "pcx", {**both, **NESTEROV}), 1)
        contestants["pcx_plain"] = (partial(pcx_work, problem, "pcx_plain", {**both, **PLAIN}), 1)
    return contestants


def _rows(
    times: dict[str, Times], folder: Path, minima: dict[str, float]
) -> list[tuple[str, str, str]]:
    what = {
        "pcx": "relaxation in pcx, Nesterov momentum",
        "pcx_plain": "relaxation in pcx, plain gradient descent",
        "adam": "optax Adam, decaying rate",
        "lbfgs": "optax L-BFGS, states not bounded,",
    }
    rows = []
    for name, words in what.items():
        if name not in times:
            rows.append((f"{words}: no {PCX_PYTHON}", "skipped", ""))
            continue
        free = name == "lbfgs"
        steps, loss = json.loads((folder / f"{name}.json").read_text())
        excess = loss / minima["free" if free else "bounded"] - 1.0
        ratio = times[name].over(times["ours free" if free else "ours"])
        rows += [
            (f"{words} over bulk loss", f"{ratio}", ">= 50"),
            (f"  {steps} steps; H over the minimum, less one", f"{excess:.1e}", "<= 1e-6"),
        ]
    return rows


def training_rows() -> list[tuple[str, str, str]]:
    """Return rows of training on the bulk loss, early and after `LATER` epochs of either loss."""
    from nnuniverse import load_config
    from nnuniverse.experiments.assemble import build_program
    from nnuniverse.experiments.samples import load_dataset

    configs = [load_config("configs/deep.yaml", [f"loss.kind={k}"]) for k in ("bulk", "boundary")]
    programs = [build_program(config, load_dataset(config)) for config in configs]
    never = np.asarray([], np.int64)
    states = [p.run(p.initial_state(), 1, EARLY, never).state for p in programs]
    early = _epochs_ratio(programs, states, EARLY)
    pairs = zip(programs, states, strict=True)
    states = [program.run(state, EARLY + 1, LATER, never).state for program, state in pairs]
    later = _epochs_ratio(programs, states, LATER)
    what = "bulk training per epoch over boundary training"
    return [
        (f"{what}, epochs {EARLY + 1}-{EARLY + 10}", f"{early}", "<= 6"),
        (f"{what}, epochs {LATER + 1}-{LATER + 10}", f"{later}", "<= 4"),
    ]


def _epochs_ratio(programs: list[Program], states: list[TrainState], after: int) -> Times:
    """Return how long ten epochs of the first program take over those of the second, in turn."""
    never = np.asarray([], np.int64)
    seconds: list[list[float]] = [[], []]
    for _ in range(5):
        for program, state, times in zip(programs, states, seconds, strict=True):
            started = time.perf_counter()
            program.run(state, after + 1, after + 10, never)
            times.append(time.perf_counter() - started)
    first, second = (Times(tuple(times)) for times in seconds)
    return first.over(second)
