"""``nnu holography``: a net seen from its boundary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Overrides,
    config_or_run,
    given,
    not_to_nothing,
    print_json,
    remark,
    say,
    user_path,
)
from nnuniverse.cli.storing import require_place, store_at
from nnuniverse.errors import ConfigError

if TYPE_CHECKING:
    from nnuniverse.analysis.stored import StoredValues
    from nnuniverse.experiments.found_of_net import FoundOfNet
    from nnuniverse.physics.holography.found_holography import FoundHolography


def holography(
    source: Annotated[
        str,
        typer.Argument(
            metavar="CONFIG|RUN",
            help="A YAML config, or a run: its folder, `latest`, a name, an id.",
            show_default=False,
        ),
    ],
    overrides: Overrides = None,
    matrix: Annotated[
        str | None,
        typer.Option("--matrix", metavar="weights|slopes", help="w, or A = f'w.  [weights]"),
    ] = None,
    eps: Annotated[
        str | None,
        typer.Option("--eps", metavar="E,...", help="Of the map.  [1,0.1,0.01,1e-4,1e-8,1e-16]"),
    ] = None,
    terms: Annotated[
        int | None, typer.Option("--terms", metavar="N", help="Orders of paths.  [by precision]")
    ] = None,
    boundary: Annotated[
        str | None,
        typer.Option(
            "--boundary",
            metavar="ends|inputs|outputs|all|N,...",
            help="Boundary neurons.  [ends: inputs, outputs]",
        ),
    ] = None,
    replica: Annotated[
        int | None, typer.Option("--replica", metavar="R", help="Which replica.  [0]")
    ] = None,
    epoch: Annotated[
        int | None,
        typer.Option("--epoch", metavar="EPOCH", help="Weights of that snapshot.  [the last]"),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FILE.npz",
            help="The boundary net, for `network.mask.kind=npz`.",
            parser=user_path,
            callback=not_to_nothing,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR|FILE",
            help="Where holography.h5 goes.  [RUN; of a config nowhere]",
            parser=user_path,
            callback=not_to_nothing,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """See a net from its boundary: holographic map, boundary net, distances, 2008.01540 Sec. 10.

    Of a config's untrained net, or of a run's, into RUN/holography.h5.  Exit codes: 0 done; 1
    failed, or no boundary net to export; 2 wrong usage.
    """
    path = config_or_run(source)

    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.experiments.holography import (
        HolographySettings,
        export_boundary_net,
        see_from_boundary,
    )
    from nnuniverse.runs.derived_file import HOLOGRAPHY_FILE

    settings = HolographySettings(
        **given(
            matrix=matrix,
            eps=None if eps is None else _numbers(eps),
            terms=terms,
            boundary=None if boundary is None else _boundary(boundary),
            replica=replica,
            epoch=epoch,
        )
    )
    require_place(out, HOLOGRAPHY_FILE)
    if export is not None and export.suffix != ".npz":
        raise ConfigError("`--export`", "end in .npz", f"is {str(export)!r}", f"{export}.npz")
    found = see_from_boundary(path, tuple(overrides or ()), settings, remark)
    if export is not None:
        say(export_boundary_net(found, export), err=True)
    store_at(found, out, found.origin.folder)
    if as_json:
        print_json(_document(_told(found)))
    else:
        _print(_told(found))


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        must = "be numbers, with commas between"
        raise ConfigError("`--eps`", must, f"is {text!r}", "--eps 1,0.01") from None


def _boundary(text: str) -> str | tuple[int, ...]:
    """Return the name of a boundary, or its neurons: ``0,3,5-9``."""
    if not text[:1].isdigit():
        return text
    neurons: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.partition("-")
            neurons += range(int(first), int(last or first) + 1)
    except ValueError:
        must = "be neurons, such as 0,3,5-9"
        raise ConfigError("`--boundary`", must, f"is {text!r}", "--boundary 0,1") from None
    return tuple(neurons)


def _told(found: FoundOfNet[FoundHolography]) -> StoredValues:
    from nnuniverse.analysis.stored import StoredValues

    return StoredValues.of(found.found.axes, found.found.variables, found.attributes)


def _print(told: StoredValues) -> None:
    from nnuniverse.analysis.holography import holography_sentences, holography_table
    from nnuniverse.cli.display.tables import print_told

    print_told([holography_table(told)], holography_sentences(told))


MOST_TOLD = 10_000
"""Numbers of a variable that JSON tells; the file has all."""


def _document(told: StoredValues) -> dict[str, object]:
    """Return what is told in JSON; large arrays are in the file alone."""
    from nnuniverse.analysis.document import plain

    few = {name: plain(of) for name, of in told.values.items() if of.size <= MOST_TOLD}
    return {**told.attributes, **few}
