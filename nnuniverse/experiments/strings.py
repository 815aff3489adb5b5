"""The strings of a net whose weights are a weighted permutation: `nnu strings`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.experiments.found_of_net import FoundOfNet
from nnuniverse.experiments.option_values import require_at_least, require_one_of
from nnuniverse.experiments.reopen import Tell, require_no_overrides, tell_nobody
from nnuniverse.experiments.string_sources import (
    RESPONSES,
    StringSource,
    source_of_config,
    source_of_run,
    strings_of,
)
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.strings.found_strings import FoundStrings
from nnuniverse.physics.strings.gauge import gauge_scales, unit_string
from nnuniverse.physics.strings.identities import identity_residuals
from nnuniverse.physics.strings.movers import left_mover, linear, right_mover
from nnuniverse.physics.strings.null_strings import null_string
from nnuniverse.physics.strings.smooth_strings import smooth_string
from nnuniverse.physics.strings.string_net import StringNet
from nnuniverse.runs.derived_file import STRINGS_FILE

Movers = Literal["right", "both"]
State = Literal["random", "modes", "data", "null"]

MOST_NUMBERS = 5 * 10**7
"""Of states that are kept, 400 MB."""

LONGEST_DEFAULT = 200


@dataclass(frozen=True)
class StringSettings:
    """How strings move: raises ConfigError for what cannot be.

    ``steps``: T, None for twice the longest string, 200 at the most; ``movers``: the right one
    alone, or both; ``state``: what they begin with, see `_start`; ``subsystems``: D; ``closed``:
    whether outputs are the inputs, in order; ``seed``: of the beginning; ``replica``, ``epoch``:
    which weights of a run.
    """

    steps: int | None = None
    movers: Movers = "both"
    state: State = "modes"
    subsystems: int = 3
    closed: bool = False
    least: float = 0.0
    seed: int = 0
    replica: int = 0
    epoch: int | None = None

    def __post_init__(self) -> None:
        require_one_of("movers", self.movers, get_args(Movers))
        require_one_of("state", self.state, get_args(State))
        if not 0.0 <= self.least < 1.0:
            must = "be a share, 0 or more and below 1"
            raise ConfigError("`--least`", must, f"is {self.least:g}", "--least 0.01")
        fewest = 2 if self.state == "null" else 1
        require_at_least("steps", self.steps, 2, 2)
        require_at_least("subsystems", self.subsystems, fewest, fewest)
        require_at_least("seed", self.seed, 0, 0)


@pinned
def move_strings(
    source: str | Path,
    overrides: Sequence[str] = (),
    settings: StringSettings = StringSettings(),
    tell: Tell = tell_nobody,
) -> FoundOfNet[FoundStrings]:
    """Return the strings of the net of a config, untrained, or of a run, and how they move.

    Of a config's graph states step by ``x(t + 1) = f(w x(t))``, f its activation and no bias; of a
    run small deviations from its mean state do, by ``A = f' w``.  ``tell`` hears what a person
    should know.  Nothing is written.  Raises ConfigError, DataError or RunError, among others for
    weights that are no weighted permutation.

    ``source``: a config, or a run: folder, name, id or `latest`; ``overrides``:
    ``dotted.key=value`` each; ``settings``: what `nnu strings` was asked for.

    Source: 2008.01540 (7.9)-(7.17), (8.1)-(8.11).
    """
    source = Path(source)
    place = settings.replica, settings.epoch
    if source.is_dir():
        require_no_overrides(overrides)
        subsystems = settings.subsystems if settings.state == "data" else None
        given = source_of_run(source, *place, subsystems, tell)
    else:
        given = source_of_config(source, overrides, *place, tell)
    net = strings_of(given, settings.closed, settings.least, tell)
    steps = settings.steps or min(2 * int(net.lengths.max()), LONGEST_DEFAULT)
    _require_room(net, steps, settings)
    strings = _moved(net, given, max(steps, 2), settings)
    return FoundOfNet(STRINGS_FILE, given.origin, strings, _told(given, settings, strings))


def _told(
    source: StringSource, settings: StringSettings, strings: FoundStrings
) -> dict[str, object]:
    asked = ("movers", "state", "subsystems", "closed", "least", "seed", "replica")
    epoch = {} if settings.epoch is None else {"epoch": settings.epoch}
    return {
        "response": source.response,
        "steps": strings.states.shape[-2] - 1,
        **{option: getattr(settings, option) for option in asked},
        **epoch,
        **strings.attributes,
    }


def _moved(
    net: StringNet, source: StringSource, steps: int, settings: StringSettings
) -> FoundStrings:
    response = RESPONSES.get(source.response, linear)
    right, left = _start(net, source, settings)
    movers = [right_mover(net, right, steps, response)]
    if settings.movers == "both":
        movers.append(left_mover(net, left, steps, response))
    states = np.stack(movers)
    return FoundStrings(net, states, identity_residuals(net, states, response))


def _start(
    net: StringNet, source: StringSource, settings: StringSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return what the movers begin with, (D, sites) each.

    ``random``: even whole numbers up to 18, so that permutations are exact in whole numbers;
    ``modes``: the longest waves, and ``null``: null differences, of the string with equal weights;
    ``data``: the mean states of the subsystems, the same for both movers.
    """
    random, count = np.random.default_rng(settings.seed), settings.subsystems
    if settings.state == "data":
        if source.data is None:
            remedy = "--state modes, or a RUN"
            raise ConfigError(
                "`--state data`", "be of a run with its data", "is of a config", remedy
            )
        begun = source.data[:, net.neurons]
        return begun, begun
    if settings.state == "random":
        both = 2.0 * random.integers(-9, 10, size=(2, count, net.sites))
        return both[0], both[1]
    unit, scales = unit_string(net), gauge_scales(net)
    if settings.state == "modes":
        right, left = (smooth_string(unit, count, random) for _ in range(2))
        return right * scales, left / scales
    over: Literal[1, 2] = 1 if settings.movers == "right" else 2
    right, left = (null_string(unit, count, over, random) for _ in range(2))
    return right * scales, left / scales


def _require_room(net: StringNet, steps: int, settings: StringSettings) -> None:
    of_step = (1 + (settings.movers == "both")) * settings.subsystems * net.sites
    if of_step * (steps + 1) > MOST_NUMBERS:
        most = MOST_NUMBERS // of_step - 1
        raise ConfigError(
            "`--steps`",
            f"be at most {most}, whose states take {8 * MOST_NUMBERS / 1e6:.0f} MB",
            f"is {steps}",
            f"--steps {most}" if most >= 2 else "shorter strings",
        )
