"""``nnu cite``: what to cite for what runs have used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse import __version__
from nnuniverse.cli.options import RUNS_HELP, print_json, run_folders, say
from nnuniverse.errors import ConfigError

if TYPE_CHECKING:
    from nnuniverse.bibliography import Cited

FORMATS = ("text", "bibtex", "json")

HEADINGS = {"software": "Software", "paper": "Papers", "data": "Data"}

MOST_TOLD = 6
"""Names of what was used of a work that a text tells."""


def cite(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN|SWEEP]...",
            help=f"{RUNS_HELP}  [the package and all papers]",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="text|bibtex|json", help="How it is written.")
    ] = "text",
) -> None:
    """Tell what to cite for runs: software with versions, papers by what was recorded, data.

    Exit codes: 0 done, 1 a run cannot be read, 2 wrong usage.
    """
    if form not in FORMATS:
        raise ConfigError("`--format`", f"be {', '.join(FORMATS)}", f"is {form!r}", "--format text")

    from nnuniverse.bibliography import as_bibtex, everything, used_by
    from nnuniverse.runs import read_run

    if runs:
        cited = used_by([read_run(folder) for folder in run_folders(runs)], __version__)
    else:
        cited = everything(__version__)
    if form == "json":
        print_json([_document(one) for one in cited])
    elif form == "bibtex":
        typer.echo(as_bibtex(cited), nl=False)
    else:
        _print(cited)


def _document(one: Cited) -> dict[str, object]:
    from nnuniverse.bibliography import as_bibtex

    told = {key: value for key, value in one.work.model_dump(mode="json").items() if value}
    return {**told, "used": list(one.used), "bibtex": as_bibtex([one])}


def _print(cited: list[Cited]) -> None:
    from nnuniverse.bibliography import as_text

    for number, (kind, heading) in enumerate(HEADINGS.items()):
        works = [one for one in cited if one.work.kind == kind]
        if works and number:
            say("")
        if works:
            say(f"{heading}:")
        for one in works:
            say(f"- {as_text(one.work)}")
            if one.used:
                left = len(one.used) - MOST_TOLD
                more = f" and {left} more" if left > 0 else ""
                say(f"  for {', '.join(one.used[:MOST_TOLD])}{more}")
