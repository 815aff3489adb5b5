"""A plan as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from nnuniverse.claims.reproduction.reproduction_plan import PlannedRuns, ReproductionPlan
from nnuniverse.counted import counted
from nnuniverse.text_table import TextTable

HEADINGS = ["config", "epochs", "seeds", "found", "missing", "to train", "time"]


def plan_tables(plan: ReproductionPlan) -> list[TextTable]:
    """Return what is needed, and which numbers the budget can reach.

    ``plan``: what is needed.
    """
    tables = [TextTable(HEADINGS, [_row(one) for one in plan.runs], _caption(plan))]
    if plan.protocols:
        total = sum(one.seconds for one in plan.protocols)
        row = [
            str(len(plan.protocols)),
            str(sum(len(one.found.point.seeds) for one in plan.protocols)),
            str(sum(len(one.found.whole) for one in plan.protocols)),
            _hours(total),
        ]
        caption = "protocols that fit the text alike, by `nnu sweep`, not by this command"
        tables.append(TextTable(["configs", "replicas", "found", "time"], [row], caption))
    rows = [
        [number.id, number.kind, "yes" if plan.reaches(number) else "no"] for number in plan.numbers
    ]
    reached = sum(plan.reaches(number) for number in plan.numbers)
    by = "the budget" if plan.budget.seconds else "what is there"
    caption = f"{reached} of {counted(len(rows), 'verdict')} within reach of {by}"
    tables.append(TextTable(["claim", "kind", "in reach"], rows, caption))
    return tables


def plan_reasons(plan: ReproductionPlan) -> list[str]:
    """Return a line on each number that is out of reach for more than seeds or epochs.

    ``plan``: what is needed.
    """
    return [f"{one.id}: {why}" for one in plan.numbers if (why := plan.why_not(one))]


def _caption(plan: ReproductionPlan) -> str:
    if not plan.seconds:
        return "runs that are needed; all are there"
    missing = (
        f"runs that are needed; all that is missing takes about {_hours(plan.seconds)} one after "
        "another"
    )
    if not plan.budget.seconds:
        return f"{missing}, and nothing is trained without `--budget TIME` or `--budget full`"
    return f"{missing}, what the budget lets be trained {_hours(plan.budgeted)}"


def plan_document(plan: ReproductionPlan) -> dict[str, object]:
    """Return a plan for JSON."""
    return {
        "seconds": plan.seconds,
        "budgeted_seconds": plan.budgeted,
        "runs": _documents(plan.runs),
        "protocols": _documents(plan.protocols),
        "claims": [
            {
                "id": number.id,
                "kind": number.kind,
                "in_reach": plan.reaches(number),
                "why_not": plan.why_not(number),
            }
            for number in plan.numbers
        ],
    }


def _documents(runs: Sequence[PlannedRuns]) -> list[dict[str, object]]:
    return [
        {
            "of": one.found.point.of,
            "point": dict(one.found.point.labels),
            "epochs": one.found.point.config.train.epochs,
            "seeds": list(one.found.point.seeds),
            "found": list(one.found.whole),
            "runs": [str(run) for _, run, _ in one.found.records],
            "unused": list(one.found.unused),
            "missing": list(one.found.missing),
            "train": list(one.train),
            "retrain": one.again,
            "seconds": one.seconds,
        }
        for one in runs
    ]


def _row(one: PlannedRuns) -> list[str]:
    point = one.found.point
    counts = [len(part) for part in (point.seeds, one.found.whole, one.found.missing, one.train)]
    epochs = f"{point.config.train.epochs:,}"
    return [str(point), epochs, *map(str, counts), _hours(one.seconds) if one.seconds else ""]


def _hours(seconds: float) -> str:
    """Return a time in hours and minutes."""
    minutes = round(seconds / 60.0)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes else f"{seconds:.0f} s"
