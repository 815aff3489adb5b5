"""``nnu verify``: whether the papers' equations hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import AsJson, print_json, remark
from nnuniverse.errors import CheckError, RunError

if TYPE_CHECKING:
    from nnuniverse.claims.registry import Chosen
    from nnuniverse.claims.statements import Statement
    from nnuniverse.claims.verification import Verified


def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID|PAPER",
            help="Statements, A30, or papers, 2004.09280.  [all]",
            show_default=False,
        ),
    ] = None,
    only_list: Annotated[bool, typer.Option("--list", help="List them; check nothing.")] = False,
    methods: Annotated[
        str | None,
        typer.Option("--method", metavar="M,...", help="Only those checked so: symbolic."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Of the checks that draw random numbers.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Verify the papers' equations: printed and corrected form, and a control that must fail.

    Exit codes: 0 every verdict is the recorded one, 1 no check could run, 2 there is no such
    statement, 3 a verdict differs or a check is broken.
    """
    from nnuniverse.claims.registry import choose

    chosen = choose(names or [], methods.split(",") if methods else [], remark)
    if only_list:
        _list(chosen, as_json)
        return
    found = _checked(chosen, seed)
    if as_json:
        print_json(_document(found))
    else:
        _print(found)
    _require_as_recorded(found)


def _checked(chosen: Chosen, seed: int) -> list[Verified]:
    """Return the statements, checked, with progress on a terminal."""
    from tqdm import tqdm

    from nnuniverse.claims.registry import all_checks
    from nnuniverse.claims.verification import verified

    checks = all_checks(remark) if any(one.method for _, one in chosen) else {}
    verifying = verified(chosen, checks, seed)
    return list(tqdm(verifying, total=len(chosen), unit="statement", leave=False, disable=None))


def _document(found: Sequence[Verified]) -> dict[str, object]:
    from nnuniverse import __version__

    return {"schema": 1, "package": __version__, "checks": [one.as_dict() for one in found]}


def _print(found: Sequence[Verified]) -> None:
    from nnuniverse.claims.verification import verdict_tables
    from nnuniverse.cli.display.tables import print_tables

    print_tables(verdict_tables(found))


def _list(chosen: Chosen, as_json: bool) -> None:
    from nnuniverse.claims.statements import cited_as
    from nnuniverse.cli.display.tables import print_table

    if as_json:
        print_json([{"paper": paper, **one.model_dump()} for paper, one in chosen])
        return
    rows = [
        [one.id, paper, cited_as(one), one.method or _needs(one), one.verdict]
        for paper, one in chosen
    ]
    print_table(["id", "paper", "equations", "checked by", "recorded verdict"], rows)


def _needs(statement: Statement) -> str:
    return f"needs: {statement.needs}" if statement.needs else ""


def _require_as_recorded(found: Sequence[Verified]) -> None:
    """Raise CheckError that names what has changed, RunError if no check has run at all."""
    changed = [one for one in found if one.changed]
    if not changed:
        return
    told = "; ".join(
        f"{one.statement.id} is {one.verdict} ({one.error or 'was ' + one.statement.verdict})"
        for one in changed
    )
    if all(one.error for one in found if one.statement.method):
        raise RunError("a check", "run", f"none has: {told}", "`nnu verify ID`, one at a time")
    raise CheckError("every verdict", "be the recorded one", told, "`nnu verify ID --json`")
