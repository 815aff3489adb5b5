"""Files of printed numbers: those that come with the package, and a person's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from nnuniverse.claims.registry import recorded_verdicts
from nnuniverse.claims.reproduction.analysed_scalars import require_scalar
from nnuniverse.claims.reproduction.digits import is_numeral, on_scale
from nnuniverse.claims.reproduction.printed_numbers import (
    AbsoluteMargin,
    AnalysedScalar,
    Kind,
    Measurable,
    PrintedNumber,
    PrintedPaper,
)
from nnuniverse.claims.reproduction.recorded_series import require_series
from nnuniverse.config.load import mapping_or_raise, read_mapping, validate
from nnuniverse.config.yaml_reader import read_yaml
from nnuniverse.errors import ConfigError
from nnuniverse.expectations.expressions import quantity_names
from nnuniverse.expectations.parser import parse_quantity

HELP = "docs/reproduce.md"
NUMBERS = "numbers"
NEAR_ZERO = 1e-3
"""A printed number this small has an absolute margin: a share of it says nothing about runs."""


@dataclass(frozen=True)
class PaperFile:
    """A paper's printed numbers and where they come from.

    ``path``: of the file, None of one that comes with the package; ``given``: what names it on the
    command line.
    """

    paper: PrintedPaper
    given: str
    path: Path | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is a person's own file, which reaches nothing but what lies beside it."""
        return self.path is not None


def known_papers() -> list[str]:
    """Return the papers whose printed numbers come with the package."""
    folder = files("nnuniverse.claims") / NUMBERS
    names = [file.name for file in folder.iterdir()]
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def load_printed_numbers(given: str) -> PaperFile:
    """Return the printed numbers of a paper that the package knows, or of a file.

    Raises ConfigError, which names the key, for a file that holds none, and for a paper that is not
    known.

    ``given``: the paper's number, or a path.
    """
    if given in known_papers():
        where = f"{NUMBERS}/{given}.yaml"
        text = (files("nnuniverse.claims") / NUMBERS / f"{given}.yaml").read_text("utf-8")
        return PaperFile(printed_paper(mapping_or_raise(read_yaml(text, where)), where), given)
    path = Path(given)
    if not path.exists():
        raise ConfigError(
            f"PAPER|FILE {given!r}",
            "be a paper that is known or a file of printed numbers",
            "is neither",
            "one of " + ", ".join(known_papers()),
        )
    mapping = read_mapping(path, "FILE", HELP)
    return PaperFile(printed_paper(mapping, str(path)), given, path)


def printed_paper(mapping: dict[str, object], where: str) -> PrintedPaper:
    """Return the printed numbers that a ``mapping`` describes; raises ConfigError.

    ``where``: the file, in words.
    """
    try:
        paper = validate(PrintedPaper, mapping, HELP)
        _require_unique(paper)
        for name in paper.runs:
            _require_one_kind_of_runs(name, paper)
        _require_known_statements(paper)
        for number in paper.numbers:
            _require_sound(number, paper)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    return paper


def expressions(number: PrintedNumber) -> Iterator[tuple[str, Measurable]]:
    """Yield the key and content of everything that a number measures."""
    if number.quantity is not None:
        yield "quantity", number.quantity
    if number.rank_correlation is not None:
        yield "rank_correlation.against", number.rank_correlation.against


def series_of(number: PrintedNumber) -> set[str]:
    """Return the names of what runs record that the expressions of a number are of."""
    measured = [one for _, one in expressions(number) if isinstance(one, str)]
    return set().union(*(quantity_names(parse_quantity(one)) for one in measured))


def _refuse(key: str, requirement: str, actual: str, remedy: str) -> None:
    raise ConfigError(f"`{key}`", requirement, actual, remedy)


def _require_unique(paper: PrintedPaper) -> None:
    counts = Counter(number.id for number in paper.numbers)
    for id_, count in counts.items():
        if count > 1:
            _refuse("numbers", "have an id each", f"{id_} is that of {count}", "another id")


def _require_one_kind_of_runs(name: str, paper: PrintedPaper) -> None:
    """Raise ConfigError unless an entry of `runs` is of one kind, and of nets if of ensembles."""
    runs, key = paper.runs[name], f"runs.{name}"
    given = [one for one in (runs.config, runs.sweep, runs.ensembles_of) if one is not None]
    if len(given) != 1:
        _refuse(key, "have one of config, sweep and ensembles_of", f"has {len(given)}", "config: X")
    if runs.ensembles_of is None:
        return
    nets = paper.runs.get(runs.ensembles_of)
    if nets is None or nets.config is None:
        known = [one for one, of in paper.runs.items() if of.config is not None]
        _refuse(f"{key}.ensembles_of", "name one of `runs` with a config",
                f"is {runs.ensembles_of!r}", ", ".join(known) or "another entry")  # fmt: skip
    for option in ("evolve.run", "evolve.replica"):
        if option in runs.set:
            _refuse(f"{key}.set", f"leave out {option}, which is each net", "has it", "without it")
    if "seeds" in runs.model_fields_set:
        _refuse(f"{key}.seeds", "be those of its nets", "is given", "without it")


def _require_known_statements(paper: PrintedPaper) -> None:
    """Raise ConfigError if a number refers to a statement of no paper, ours or of a package."""
    named = [
        (f"numbers.{number.id}.{key}", id_)
        for number in paper.numbers
        for key, id_ in (("cannot", number.cannot), ("statement", number.statement))
        if id_ is not None
    ]
    known = recorded_verdicts() if named else {}
    for key, id_ in named:
        if id_ not in known:
            _refuse(key, "be the id of a statement", f"is {id_!r:.60}", "an id of docs/papers.md")


def _require_sound(number: PrintedNumber, paper: PrintedPaper) -> None:
    """Raise ConfigError unless a number has what its kind needs, and nothing else."""
    key = f"numbers.{number.id}"
    _require_one_kind(number, key)
    if not number.needs_runs:
        for name in ("quantity", "run", "family"):
            if getattr(number, name) is not None:
                _refuse(f"{key}.{name}", f"be left out, as no run decides `{number.kind}`",
                        "is given", "without it")  # fmt: skip
        return
    if number.run is None or number.run not in paper.runs:
        known = ", ".join(paper.runs) or "an entry in `runs`"
        _refuse(f"{key}.run", "name one of `runs`", f"is {number.run!r}", known)
    if number.quantity is None:
        _refuse(f"{key}.quantity", "be given", "is missing", "quantity: mu3.final")
    of_ensembles = paper.runs[str(number.run)].ensembles_of is not None
    for name, measured in expressions(number):
        _require_measurable(f"{key}.{name}", measured, of_ensembles)
    _require_on_scale(number, key)
    if number.rank_correlation is None and paper.runs[str(number.run)].sweep is not None:
        _refuse(f"{key}.run", f"have a config, for the kind {number.kind}", "is a sweep",
                "rank_correlation, or a config")  # fmt: skip


def _require_one_kind(number: PrintedNumber, key: str) -> None:
    kinds: tuple[Kind, ...] = (
        "at_least", "at_most", "sign", "count", "rank_correlation", "cannot", "statement"
    )  # fmt: skip
    given = [kind for kind in kinds if getattr(number, kind) is not None]
    if len(given) > 1:
        _refuse(key, "be of one kind", f"has {' and '.join(given)}", f"`{given[0]}` alone")


def _require_measurable(key: str, measured: Measurable, of_ensembles: bool) -> None:
    if isinstance(measured, AnalysedScalar):
        require_scalar(key, measured, of_ensembles)
        return
    if of_ensembles:
        _refuse(key, "be a scalar, as the runs are ensembles", f"is {measured!r:.60}",
                "quantity: {analysis: pooled_ratio, variable: measured}")  # fmt: skip
    try:
        names = quantity_names(parse_quantity(measured))
    except ConfigError as error:
        raise ConfigError(f"`{key}`: {error}") from None
    require_series(key, names)


def _require_on_scale(number: PrintedNumber, key: str) -> None:
    """Raise ConfigError if a printed number is none, has no place on its scale, or no margin."""
    if number.kind != "number":
        return
    if not is_numeral(number.printed):
        _refuse(f"{key}.printed", "be a number, as there is no other kind of claim",
                f"is {number.printed!r:.60}", "at_least, sign, count or statement")  # fmt: skip
    value = float(number.printed)
    if not bool(on_scale(value, number.scale) == on_scale(value, number.scale)) or (
        number.scale == "log" and value <= 0.0
    ):
        _refuse(f"{key}.scale", f"have a place for {number.printed}", f"is {number.scale}",
                "identity or cbrt")  # fmt: skip
    relative = not isinstance(number.margin, AbsoluteMargin)
    if relative and number.scale != "log" and abs(value) < NEAR_ZERO:
        _refuse(f"{key}.margin", "be absolute for a number so near to zero",
                f"is {number.margin}", "margin: {absolute: 0.01}")  # fmt: skip
