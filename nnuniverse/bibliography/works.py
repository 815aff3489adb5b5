"""The works that may have to be cited, as data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from nnuniverse.config.model import ConfigModel
from nnuniverse.config.yaml_reader import read_yaml

FILE = Path(__file__).with_name("works.yaml")

Kind = Literal["paper", "data", "software"]

Name = Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
"""Family name and given names; "others" for those that are not named."""


class Work(ConfigModel):
    """A paper, a data set or a program, as it wants to be cited."""

    key: str
    """By which a text refers to it."""
    kind: Kind
    """Under which it is listed."""
    type: Literal["article", "misc", "software"]
    """What it is in BibTeX."""
    title: str
    """As printed."""
    authors: tuple[Name, ...] = ()
    """In their order."""
    year: int | None = None
    """Of publication."""
    journal: str = ""
    """Where it is published."""
    volume: str = ""
    """Of the journal."""
    number: str = ""
    """Of the issue."""
    pages: str = ""
    """First and last, or the number of the article."""
    doi: str = ""
    """Digital object identifier, without a resolver."""
    arxiv: str = ""
    """Identifier of arXiv."""
    url: str = ""
    """Where there is neither."""
    package: str = ""
    """Name of the distribution whose version is told."""
    version: str = ""
    """Of the software."""


@cache
def load_works() -> Mapping[str, Work]:
    """Return the works by key, in the order of the file."""
    content = read_yaml(FILE.read_text(encoding="utf-8"), FILE.name)
    entries = content if isinstance(content, list) else []
    works = [Work.model_validate(_tuples(entry)) for entry in entries]
    return {work.key: work for work in works}


def _tuples(value: object) -> object:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
