"""The statements of the papers as data: one YAML file per paper, one entry per statement."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from nnuniverse.claims.citations import LABEL, Equation, cited
from nnuniverse.config.load import mapping_or_raise, validate
from nnuniverse.config.model import ConfigModel
from nnuniverse.config.yaml_reader import read_yaml
from nnuniverse.errors import ConfigError

VERDICTS = {
    "right": "as printed, but for slips that the reason names",
    "needs a condition": "right under a condition that is not printed",
    "approximation": "in a limit; the reason says how far off it is elsewhere",
    "wrong as printed": "the reason says what is meant, or what holds instead, where that is known",
    "not computable": "a matter of logic, or of words; the reason says which",
    "not reproduced": "a measured claim that measuring again did not show",
    "undecided": "neither shown nor refuted, or it depends on what is not said",
    "addition": "not in the paper, but needed with what is",
}
"""The verdicts on a statement, and what each says about it."""

PRINTED_HOLDS = ("right", "addition")
"""Verdicts that leave nothing to say about what is printed."""

PRINTED_FAILS = ("wrong as printed", "needs a condition", "approximation")
"""Verdicts of statements whose printed form does not hold as it stands, and another does."""

METHODS = (
    "algebra",
    "autodiff",
    "differential equation",
    "enumeration",
    "lattice",
    "linear algebra",
    "Monte Carlo",
    "quadrature",
    "random nets",
    "root finding",
    "symbolic",
)
"""How a statement is checked."""

ID = r"[A-E][1-9]\d?"
OTHERS_ID = r"[a-z][a-z0-9-]*\.[A-Za-z0-9-]+"
"""Of a statement of another package: a name before a dot keeps it apart from all others'."""
EVIDENCE = r"^(tests/[\w/]+\.py::test_\w+|docs/[\w/-]+\.md#[\w-]+)$"
HELP = "the entries beside it"

Text = Annotated[str, Field(min_length=1)]


class Statement(ConfigModel):
    """What a paper says, and whether it holds."""

    id: Annotated[str, Field(pattern=f"^({ID}|{OTHERS_ID})$")]
    """How text and code cite it."""
    equations: Annotated[tuple[Annotated[str, Field(pattern=LABEL)], ...], Field(min_length=1)]
    """Where it stands: "2.8", "2.1-2.3", "Fig. 7", "Sec. 10", "2004.09280 (12.9)" of another."""
    statement: Text
    """What the paper says, in our words."""
    verdict: str
    """One of `VERDICTS`."""
    reason: Text
    """Why; the right form where the printed one is not."""
    evidence: tuple[Annotated[str, Field(pattern=EVIDENCE)], ...]
    """Tests and sections that show it."""
    method: str | None = None
    """How `nnu verify` checks it, one of `METHODS`; None: it does not."""
    tolerance: Annotated[float, Field(gt=0.0, lt=1.0)] = 1e-9
    """Up to which a residual that is computed, not sampled, holds."""
    needs: Text | None = None
    """What a check needs that `nnu verify` has not: a run.  If neither it nor a method is given,
    the statement is not computable, and the reason says why."""

    @field_validator("verdict")
    @classmethod
    def _known(cls, verdict: str) -> str:
        if verdict not in VERDICTS:
            raise ValueError("be one of " + ", ".join(VERDICTS))
        return verdict

    @field_validator("method")
    @classmethod
    def _a_method(cls, method: str | None) -> str | None:
        if method not in (None, *METHODS):
            raise ValueError("be one of " + ", ".join(METHODS))
        return method

    @model_validator(mode="after")
    def _checked_or_not(self) -> Statement:
        computable = self.verdict != "not computable"
        if (self.method is not None) + (self.needs is not None) != computable:
            raise ValueError("have either a method or a need, and neither if not computable")
        return self


class Paper(ConfigModel):
    """A paper and its statements."""

    paper: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9./-]{0,40}$")]
    """Its number in the arXiv, or a short name."""
    title: Text
    authors: tuple[Text, ...]
    year: int
    statements: tuple[Statement, ...]

    def cited_by(self, statement: Statement) -> list[Equation]:
        """Return the equations, sections and figures that a statement of this paper is about."""
        return [
            equation
            for label in statement.equations
            for equation in cited(citation(label), self.paper)
        ]


def citation(label: str) -> str:
    """Return ``2.1-2.3`` as text cites it, ``(2.1)-(2.3)``; all else is a citation already.

    ``label``: as the statements have it.

    >>> from nnuniverse.claims.statements import citation
    >>> citation("2.1-2.3")
    '(2.1)-(2.3)'
    """
    if " " in label:
        return label
    return "-".join(f"({number})" for number in label.split("-"))


def cited_as(statement: Statement) -> str:
    """Return the equations, sections and figures of a statement, as text cites them."""
    return ", ".join(map(citation, statement.equations))


def load_papers(package: str = "nnuniverse.claims") -> list[Paper]:
    """Return every paper of a package of claims with its statements.

    Raises ConfigError, which names file and key, for what is no statement, a key or verdict that
    there is not, and an id that two statements have.
    """
    folder = files(package) / "papers"
    named = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    papers = [read_paper(named[name], name) for name in sorted(named) if name.endswith(".yaml")]
    require_unique(papers)
    return papers


def load_statements() -> list[Statement]:
    """Return the statements of all papers; raises ConfigError as `load_papers`."""
    return [statement for paper in load_papers() for statement in paper.statements]


@cache
def read_paper(text: str, where: str) -> Paper:
    """Return the paper that the YAML ``text`` of the file ``where`` describes."""
    try:
        return validate(Paper, mapping_or_raise(read_yaml(text, where)), HELP)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def require_unique(papers: list[Paper]) -> None:
    """Raise ConfigError for an id that two statements have.

    ``papers``: with their statements.
    """
    counts = Counter(statement.id for paper in papers for statement in paper.statements)
    for id_, count in counts.items():
        if count > 1:
            raise ConfigError(f"id {id_}", "be that of one statement", f"is of {count}", "another")
