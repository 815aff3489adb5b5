"""The entropy production of an ensemble by 2004.09280 (12.1), beside the measured one."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.document import plain
from nnuniverse.cli.display.tables import print_table
from nnuniverse.cli.options import say
from nnuniverse.experiments.production import ProductionOfRun
from nnuniverse.intervals import Estimate, with_interval

FIRST = 4
"""Records that the table begins with: an ensemble that starts narrow changes in the first."""

COLUMNS = {
    "printed": "(12.1), one D",
    "matrix": "D a matrix",
    "diffusion": "over one step",
    "measured": "measured",
}


def print_production(found: ProductionOfRun) -> None:
    """Print production at the first records and at rest, and what it adds up to."""
    steps = found.record_step
    rows = [
        [str(steps[k]), *(with_interval(_at(getattr(found.on_the_way, c), k)) for c in COLUMNS)]
        for k in range(min(FIRST, len(steps)))
    ]
    rest = [with_interval(getattr(found.at_rest, column)) for column in COLUMNS]
    rows.append([f"{found.since} on", *rest])
    caption = f"{found.name}: nats per step, by diffusion alone and measured"
    print_table(["from step", *COLUMNS.values()], rows, caption)
    say("")
    say(
        f"From step {found.since} on (12.1) has {with_interval(found.at_rest.printed)} nats per "
        f"step, and the entropy grows by {with_interval(found.at_rest.measured)}: "
        f"{_verdict(found)}."
    )
    say(
        f"From step {steps[0]} to {steps[-1]} diffusion alone adds "
        f"{with_interval(found.gain.diffusion)} nats, and the entropy grows by "
        f"{with_interval(found.gain.measured)}."
    )


def _verdict(found: ProductionOfRun) -> str:
    at_rest = found.at_rest
    if at_rest.measured.high < at_rest.printed.low:
        return f"the drift, which (12.1) leaves out, adds {with_interval(at_rest.drift)}"
    return "no difference is seen"


def production_document(found: ProductionOfRun) -> dict[str, object]:
    """Return all of it as plain data."""
    return {
        "run": found.name,
        "record_step": found.record_step.tolist(),
        "at_rest_since": found.since,
        "on_the_way": _all(found.on_the_way._asdict()),
        "at_rest": _all(found.at_rest._asdict()),
        "gain": _all(found.gain._asdict()),
    }


def _all(estimates: dict[str, Estimate]) -> dict[str, object]:
    return {
        name: {end: plain(np.asarray(values)) for end, values in estimate._asdict().items()}
        for name, estimate in estimates.items()
    }


def _at(estimate: Estimate, record: int) -> Estimate:
    return Estimate(*(part[record] for part in estimate))
