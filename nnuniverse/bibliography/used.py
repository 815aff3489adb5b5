"""What a run has used: by the sources of its variables, its config, and its provenance."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import h5py
from pydantic import BaseModel

from nnuniverse.bibliography.works import Work, load_works
from nnuniverse.config import RunConfig
from nnuniverse.errors import RunError
from nnuniverse.regular_files import is_file, open_regular
from nnuniverse.runs import RunRecord
from nnuniverse.runs.folder import FILES
from nnuniverse.runs.identity import ATTRIBUTE, read_identity
from nnuniverse.runs.provenance import segments_of
from nnuniverse.runs.seal import has_seal, is_intact

ARXIV = re.compile(r"\b\d{4}\.\d{5}\b")
"""How sources name papers."""

ALWAYS = ("jax", "optax", "numpy", "xarray", "h5py")
"""Software underneath every run."""

OWN = "nnuniverse"

BIBTEX_TITLE = re.compile(r"\btitle\s*=\s*[{\"]+(.+?)[}\"]+,?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Cited:
    """A ``work``, and what it was used for.

    ``used``: names of variables or keys of the config, in their order; ``bibtex``: the entry of its
    authors, "" where they have none.
    """

    work: Work
    used: tuple[str, ...] = ()
    bibtex: str = ""


def everything(own_version: str) -> list[Cited]:
    """Return the package, all papers, and the software underneath.

    ``own_version``: of this package.
    """
    works = load_works().values()
    papers = [Cited(work) for work in works if work.kind == "paper"]
    software = [_software(work.key, {}) for work in works if work.kind == "software"]
    return [Cited(_own(own_version)), *papers, *software]


def used_by(records: Iterable[RunRecord], own_version: str) -> list[Cited]:
    """Return what to cite for some runs, each work once: the package, papers, data, software.

    ``records``: the runs as recorded; ``own_version``: of this package, where provenance does not
    say which one trained a run.  Raises RunError if a file of a run is damaged.
    """
    found: dict[str, Cited] = {}
    for record in records:
        versions = _versions(record)
        own = Cited(_own(versions.get(OWN, own_version)))
        parts = [own, *_papers(record), *_data(record.config), *_programs(record, versions)]
        for one in parts:
            key = f"{one.work.key} {one.work.version}"
            before = found.get(key, one)
            used = tuple(dict.fromkeys([*before.used, *one.used]))
            found[key] = Cited(one.work, used, one.bibtex)
    return sorted(found.values(), key=lambda one: one.work.key != OWN)


def _own(own_version: str) -> Work:
    return Work(
        key=OWN,
        kind="software",
        type="software",
        title="nnuniverse: experiments with neural networks as statistical, quantum and "
        "gravitational systems",
        authors=(("The nnuniverse developers",),),
        package=OWN,
        version=own_version,
    )


# --- papers --------------------------------------------------------------------------------------


def _papers(record: RunRecord) -> Iterator[Cited]:
    """Yield the papers that the sources of what was recorded and chosen name."""
    used: dict[str, list[str]] = {}
    for name, source in (*_sources(record), *_chosen(record.config, "")):
        for paper in ARXIV.findall(source):
            used.setdefault(paper, []).append(name)
    known = {work.arxiv: work for work in load_works().values()}
    for paper, names in sorted(used.items()):
        yield Cited(known.get(paper) or _of_arxiv(paper), tuple(dict.fromkeys(names)))


def _of_arxiv(paper: str) -> Work:
    """Return a paper of which no more is known than its identifier."""
    return Work(key=f"arxiv{paper}", kind="paper", type="misc", title=f"arXiv:{paper}", arxiv=paper)


def _sources(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Yield names and sources of the variables of a run, and of what commands have stored of it."""
    for name, variable in record.variables.items():
        yield name, str(variable.attributes.get("source", ""))
    for name in FILES:
        path = record.folder.path / name
        if path.suffix == ".h5" and path != record.folder.results and is_file(path):
            yield from _sources_in(path)


def _sources_in(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the same of a sealed file; of one without a seal nothing is known."""
    with open_regular(path) as content:
        if not has_seal(content):
            return
        intact = is_intact(content)
    if not intact:
        remedy = "the command that made it, again"
        raise RunError(f"{str(path)!r}", "be what was written", "is damaged", remedy)
    with h5py.File(path, "r", locking=False) as file:
        found = [(name, str(dataset.attrs.get("source", ""))) for name, dataset in file.items()]
    yield from found


def _chosen(section: BaseModel, key: str) -> Iterator[tuple[str, str]]:
    """Yield the dotted keys of the sections that a config has chosen, and what they are."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield f"{key}{name}", type(value).__doc__ or ""
            yield from _chosen(value, f"{key}{name}.")


# --- data ----------------------------------------------------------------------------------------


def _data(config: RunConfig) -> Iterator[Cited]:
    """Yield the data set of a config, as far as it is known which one it is."""
    works, data = load_works(), config.data
    name = str(getattr(data, "name", ""))
    if data.kind == "embedded":
        yield Cited(works["mnist"], ("data",))
    elif data.kind == "tfds" and name in works:
        yield Cited(works[name], ("data",))
    elif data.kind == "tfds":
        yield _of_tfds(name)


def _of_tfds(name: str) -> Cited:
    """Return a data set of tensorflow-datasets by what comes with that, which is not imported."""
    base = name.partition("/")[0].partition(":")[0]
    found = find_spec("tensorflow_datasets")
    folder = Path(found.origin or "").parent if found else Path()
    path = folder / "datasets" / base / "CITATIONS.bib"
    bibtex = path.read_text(encoding="utf-8").strip() if found and is_file(path) else ""
    title = BIBTEX_TITLE.search(bibtex)
    work = Work(
        key=f"tfds_{base}",
        kind="data",
        type="misc",
        title=title[1] if title else f"the data set {name} of tensorflow-datasets",
        url=f"https://www.tensorflow.org/datasets/catalog/{base}",
    )
    return Cited(work, ("data",), bibtex if bibtex.startswith("@") else "")


# --- software ------------------------------------------------------------------------------------


def _programs(record: RunRecord, versions: Mapping[str, str]) -> Iterator[Cited]:
    """Yield the software underneath, and installed packages that a run has names from."""
    yield from (_software(key, versions) for key in ALWAYS)
    identity = read_identity(record.attributes.get(ATTRIBUTE))
    named: dict[str, list[str]] = {}
    for what, package in (identity.extensions if identity else {}).items():
        named.setdefault(package, []).append(what)
    for package, uses in named.items():
        name, _, of = package.rpartition(" ")
        work = Work(
            key=name, kind="software", type="software", title=name, package=name, version=of
        )
        yield Cited(work, tuple(uses))


def _software(key: str, versions: Mapping[str, str]) -> Cited:
    work = load_works()[key]
    told = versions.get(work.package) or _installed(work.package)
    return Cited(work.model_copy(update={"version": told}))


def _versions(record: RunRecord) -> dict[str, str]:
    """Return the versions that trained a run last, as its provenance has them."""
    packages = [segment.get("packages") for segment in segments_of(record.provenance)]
    last = next((one for one in reversed(packages) if isinstance(one, dict)), {})
    return {str(name): str(of) for name, of in last.items() if of}


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
