"""``nnu rank``: the points of a sweep in the order of an expression of their observables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnuniverse.cli.options import AsJson, print_json, remark, user_path
from nnuniverse.counted import counted


def rank(
    sweep: Annotated[
        Path, typer.Argument(metavar="SWEEP", help="The folder of a sweep.", parser=user_path)
    ],
    expression: Annotated[
        str,
        typer.Argument(
            metavar="EXPRESSION",
            help="What to rank by, in the language of `expect:`: 'abs(mu3.final)'.",
        ),
    ],
    top: Annotated[
        int | None, typer.Option("--top", metavar="N", min=1, help="Only the first N points.")
    ] = None,
    largest: Annotated[bool, typer.Option("--largest", help="The largest first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Rank the points of a sweep by an expression, the smallest first."""
    from nnuniverse.cli.display.tables import print_table
    from nnuniverse.expectations import rank_points, ranking_rows
    from nnuniverse.sweeps import open_results

    with open_results(sweep) as dataset:
        ranked = rank_points(expression, dataset, largest_first=largest)
    if as_json:
        print_json([point.as_dict() for point in ranked[:top]])
        return
    print_table(*ranking_rows([point for point in ranked if not point.error][:top]))
    without = [point.error for point in ranked if point.error]
    if without:
        have = "has" if len(without) == 1 else "have"
        remark(f"{counted(len(without), 'point')} {have} no value: {without[0]}")
