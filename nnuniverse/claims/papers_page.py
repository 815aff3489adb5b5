"""``docs/papers.md``: every statement with its verdict, and an index of the equations.

``python -m nnuniverse.claims.papers_page`` prints it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import nnuniverse
from nnuniverse.claims.citations import Equation, place
from nnuniverse.claims.equation_index import Implementation, implementations
from nnuniverse.claims.registry import checks_of
from nnuniverse.claims.reproduction.paper_files import known_papers, load_printed_numbers
from nnuniverse.claims.reproduction.printed_numbers import PrintedNumber
from nnuniverse.claims.residuals import HOLDS, Residual
from nnuniverse.claims.statements import VERDICTS, Paper, Statement, cited_as, load_papers
from nnuniverse.claims.verification import Verified, verified
from nnuniverse.errors import ConfigError
from nnuniverse.markdown import escaped, table

Index = Mapping[Equation, list[Implementation]]

BEGINNING = """\
# The papers, statement by statement

What the papers say, in our words, and whether it holds. Text and code of this project cite a
statement by its id, as in [(A30)](#a30).

`nnu verify` checks every statement that can be computed without a trained net, and finds the
residuals and the verdict that stand here; [verify.md](verify.md) says how. Of those that need a
run, the verdict is that of the tests and sections named; where none is, it is that of a first
check, *not yet shown here*.

Notation: `A = f'w` is the diagonal of the slopes times the weights, `w[i, j]` the edge j -> i, and
`G = (1 - A)^T (1 - A)` has the eigenvalues lambda; `c = 1 - beta m`, with the matched window
`3 - beta m`; `N_>` and `N_<` count the eigenvalues above and below 1/beta, `n_l` the neurons of
layer l.
"""

OF_EQUATIONS = """\
## From an equation to code, command and test

What says of itself which equation it computes: functions and classes by the `Source` of their
docstrings, observables and the variables of an analysis by their declarations. Of these the
*quantity* is the symbol and the equation in the form that is computed, which is the right one
where the printed one is not; `nnu explain NAME` tells the same. A command is one that runs the
package which the function is in. Tests are files for that package, or in `tests/exact`, that import
the function, or hold the name of the variable. An equation that is not in these tables is named by
no function.
"""

MADE_BY = """\
This page is made by `python -m nnuniverse.claims.papers_page` from `nnuniverse/claims/papers/` and
the source; a test compares the two.
"""


def papers_page(papers: list[Paper], index: Index, found: Sequence[Verified]) -> str:
    """Return the page of ``papers``.

    ``index``: what is of each equation; ``found``: the statements, checked.
    """
    checked = {one.statement.id: one for one in found}
    parts = [BEGINNING, _verdicts(papers)]
    for paper in papers:
        authors = " and ".join(paper.authors)
        link = f"[arXiv:{paper.paper}](https://arxiv.org/abs/{paper.paper})"
        parts += [f"## {link}: {paper.title}", f"{authors}, {paper.year}."]
        judged = _printed_numbers(paper)
        parts += [_section(one, checked[one.id], judged) for one in paper.statements]
    parts.append(OF_EQUATIONS)
    parts += [_equations(paper, papers, index) for paper in papers]
    return "\n\n".join(part.strip("\n") for part in [*parts, MADE_BY]) + "\n"


def _verdicts(papers: list[Paper]) -> str:
    """Return how many statements of each paper have which verdict."""

    def count(paper: Paper, verdict: str | None) -> str:
        chosen = [s for s in paper.statements if verdict in (s.verdict, None)]
        shown = sum(1 for statement in chosen if statement.method or statement.evidence)
        return f"{len(chosen)} ({shown})" if chosen else ""

    rows = [
        [f"**{verdict}**", meaning, *(count(paper, verdict) for paper in papers)]
        for verdict, meaning in VERDICTS.items()
    ]
    rows.append(["all", "", *(count(paper, None) for paper in papers)])
    header = ["verdict", "", *(paper.paper for paper in papers)]
    return "Statements, and in brackets those shown here:\n\n" + table(header, rows)


def _printed_numbers(paper: Paper) -> Sequence[PrintedNumber]:
    """Return what ``paper`` prints of its runs, if `nnu reproduce` knows it."""
    if paper.paper not in known_papers():
        return ()
    return load_printed_numbers(paper.paper).paper.numbers


def _section(statement: Statement, found: Verified, judged: Sequence[PrintedNumber]) -> str:
    equations = cited_as(statement)
    says, reason = escaped(statement.statement), escaped(statement.reason)
    shown = [_checked(found)] if found.outcome else []
    shown += _judged(statement, judged)
    if statement.evidence:
        shown.append(f"Shown by {', '.join(map(_link, statement.evidence))}.")
    if shown or not statement.needs:
        parts = [f"**{equations}: {found.verdict}.** {says}", reason, *shown]
    else:
        begin = f"**{equations}: {found.verdict}; not yet shown here.**"
        parts = [f"{begin} {says}", f"A first check found: {reason}"]
    return "\n\n".join([f"### {statement.id}", *parts])


def _judged(statement: Statement, judged: Sequence[PrintedNumber]) -> list[str]:
    """Return the verdicts on record of what is a part of a statement, as E4.sign is of E4."""
    parts = [one for one in judged if one.id.partition(".")[0] == statement.id and one.recorded]
    told = "; ".join(f"{escaped(one.says)}: **{one.recorded}**" for one in parts)
    return [f"Beside runs, by `nnu reproduce`: {told}."] if parts else []


def _checked(found: Verified) -> str:
    """Return what the check of a statement has found, as it is on every machine."""
    statement = found.statement
    told = ", ".join(
        f"{name} {_residual(residual, statement.tolerance)}"
        for name, residual in found.residuals.items()
        if residual
    )
    value = found.outcome.value if found.outcome else ""
    function = found.function.removeprefix("nnuniverse.claims.checks.")
    beginning = f"`nnu verify {statement.id}`, {statement.method} in `{function}`: {told}"
    return f"{beginning}. {escaped(value)}".strip().rstrip(".") + "."


def _residual(residual: Residual, tolerance: float) -> str:
    """Return a residual; of what holds its limit, since rounding differs between machines."""
    if not residual.holds(tolerance):
        return str(residual)
    sampled = residual.standard_error > 0.0
    return f"within {HOLDS:g} s.e." if sampled else f"within {max(tolerance, residual.bound):.2g}"


def _link(evidence: str) -> str:
    page = evidence.removeprefix("docs/")
    return f"`{evidence}`" if page == evidence else f"[{page}]({page})"


def _equations(paper: Paper, papers: list[Paper], index: Index) -> str:
    """Return the table of the equations of ``paper``, one row per function."""
    rows = []
    for equation in sorted((e for e in index if e.paper == paper.paper), key=place):
        first = " ".join([str(equation), *_statements_about(equation, papers)])
        for one in index[equation]:
            tests = ", ".join(f"`{test}`" for test in one.tests)
            commands = ", ".join(f"`{command}`" for command in one.commands)
            what = escaped(one.formula)
            rows.append([first, f"`{one.module}.{one.name}`", what, commands, tests])
            first = ""
    header = ["equation", "function or variable", "quantity", "commands", "tests"]
    return f"### Equations of {paper.paper}\n\n" + (table(header, rows) if rows else "None yet.")


def _statements_about(equation: Equation, papers: list[Paper]) -> list[str]:
    return [
        f"[{statement.id}](#{statement.id.lower()})"
        for paper in papers
        for statement in paper.statements
        if equation in paper.cited_by(statement)
    ]


def all_verified() -> list[Verified]:
    """Return every statement of our papers, checked."""
    papers = load_papers()
    statements = [(paper.paper, one) for paper in papers for one in paper.statements]
    return list(verified(statements, checks_of()))


def page_of_checkout(found: Sequence[Verified]) -> str:
    """Return the page of this checkout; ``found``: every statement, checked."""
    from nnuniverse.analysis import QUANTITIES
    from nnuniverse.observables import OBSERVABLES

    root = Path(nnuniverse.__file__).parents[1]
    if not (root / "tests").is_dir():
        raise ConfigError(
            "nnuniverse", "lie in a checkout", f"is in {str(root)!r}", "a clone of it"
        )
    declared = {
        "observables": [observable.variable for observable in OBSERVABLES.values()],
        "analysis": list(QUANTITIES.values()),
    }
    return papers_page(load_papers(), implementations(root, declared), found)


def main() -> None:
    """Print the page of this checkout."""
    sys.stdout.write(page_of_checkout(all_verified()))


if __name__ == "__main__":
    main()
