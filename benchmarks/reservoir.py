"""Neurons that come and go: an epoch of the active ones over one of a net with no others.

In processor time, the least of rounds in turn: a machine that others use adds to it, and never
takes away.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.contest import ROUNDS
from benchmarks.programs import program_of

if TYPE_CHECKING:
    from nnuniverse.training import Program, TrainState

RESERVOIR = (80, 40)
ACTIVE = ((40, 20), (41, 21), (14, 10))
EPOCHS = 10
NEVER = 10**6


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    seconds: dict[str, float] = {}
    compiling = {}
    programs: dict[str, tuple[Program, TrainState]] = {}
    for hidden in ACTIVE:
        for name, overrides in {
            f"plain {_name(hidden)}": ["grand=null"],
            f"grand {_name(hidden)}": [_grand(NEVER)],
            **({f"moves {_name(hidden)}": [_grand(1)]} if hidden == ACTIVE[0] else {}),
        }.items():
            program = _program(hidden, overrides)
            started = time.process_time()
            _ = program.compiled
            compiling[name] = time.process_time() - started
            programs[name] = (program, program.initial_state())
    never = np.asarray([], np.int64)
    for _ in range(ROUNDS + 1):
        for name, (program, state) in programs.items():
            started = time.process_time()
            program.run(state, 1, EPOCHS, never)
            taken = (time.process_time() - started) / EPOCHS
            seconds[name] = min(taken, seconds.get(name, np.inf))
    rows = []
    for hidden in ACTIVE:
        plain, grand = (seconds[f"{kind} {_name(hidden)}"] for kind in ("plain", "grand"))
        of = f"{_name(hidden)} of {_name(RESERVOIR)}"
        rows.append(
            (f"epoch of {of} active neurons over a plain one", f"{grand / plain:.2f}", "<= 1.2")
        )
    first = _name(ACTIVE[0])
    move = (seconds[f"moves {first}"] - seconds[f"grand {first}"]) / seconds[f"plain {first}"]
    more = compiling[f"moves {first}"] - compiling[f"plain {first}"]
    return [
        *rows,
        ("  a birth and a death in both layers over a plain epoch", f"{move:.2f}", "<= 1"),
        ("  more to compile, seconds of a processor", f"{more:.1f}", ""),
    ]


def _program(hidden: tuple[int, ...], overrides: list[str]) -> Program:
    from nnuniverse import load_config

    observed = ["observe.observables=[boundary_loss]", "observe.complexity_n=[20]"]
    layers = f"network.hidden={list(hidden)}"
    config = load_config("configs/deep.yaml", [layers, *observed, *overrides])
    return program_of(config, processors=1)


def _grand(every: int) -> str:
    return f"grand={{reservoir: {list(RESERVOIR)}, every: {every}}}"


def _name(hidden: tuple[int, ...]) -> str:
    return "-".join(map(str, hidden))
