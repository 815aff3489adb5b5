"""The manifest of an archive, by which repositories and other programs know what is in it.

RO-Crate 1.1, https://w3id.org/ro/crate/1.1: JSON-LD, a flat list of entities that refer to each
other by ``@id``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from nnuniverse.counted import counted
from nnuniverse.exports.archive.contents import ArchivedRun, Contents, Member

NAME = "ro-crate-metadata.json"

SPECIFICATION = "https://w3id.org/ro/crate/1.1"

SOFTWARE = "#nnuniverse"

FORMATS = {
    ".h5": "application/x-hdf5",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".csv": "text/csv",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".bib": "application/x-bibtex",
}

Entity = dict[str, object]


def crate(
    contents: Contents, title: str, extras: Sequence[Member], licence: str, version: str
) -> bytes:
    """Return the JSON-LD.

    ``contents``: the runs and their files; ``title``: of the archive; ``extras``: files beside the
    runs; ``licence``: under which others may use it, "" if none is stated; ``version``: of this
    package.
    """
    members = [*extras, *contents.members]
    folders = [*contents.sweeps, *(run.name for run in contents.runs)]
    software = {
        "@id": SOFTWARE,
        "@type": "SoftwareApplication",
        "name": "nnuniverse",
        "softwareVersion": version,
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": title,
        "description": _description(contents),
        "datePublished": contents.published,
        "license": licence or "None is stated: ask the authors.",
        "hasPart": _references([*(f"{name}/" for name in folders), *(m.name for m in members)]),
        "mentions": [{"@id": _action_id(run)} for run in contents.runs],
    }
    graph = [
        {
            "@id": NAME,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": SPECIFICATION},
        },
        root,
        software,
        *(_folder(name, contents) for name in folders),
        *map(_file, members),
        *(entity for run in contents.runs for entity in _actions(run)),
    ]
    content = {"@context": f"{SPECIFICATION}/context", "@graph": graph}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _description(contents: Contents) -> str:
    nets = ", ".join(dict.fromkeys(run.network for run in contents.runs if run.network))
    of = f"of the sweep {', '.join(contents.sweeps)}, " if contents.sweeps else ""
    return (
        f"{counted(len(contents.runs), 'run')} {of}of nnuniverse: experiments with neural networks "
        f"as statistical systems. Nets: {nets or 'unknown'}."
    )


def _references(names: Sequence[str]) -> list[dict[str, str]]:
    return [{"@id": quote(name)} for name in names]


def _folder(name: str, contents: Contents) -> Entity:
    runs = {run.name: run for run in contents.runs}
    parts = [member.name for member in contents.members if member.name.startswith(f"{name}/")]
    told = f"the run {name} of a net {runs[name].network}" if name in runs else f"the sweep {name}"
    return {
        "@id": f"{quote(name)}/",
        "@type": "Dataset",
        "name": name,
        "description": told,
        "hasPart": _references(parts),
    }


def _file(member: Member) -> Entity:
    content = member.content
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    form = FORMATS.get(Path(member.name).suffix)
    return {
        "@id": quote(member.name),
        "@type": "File",
        "name": member.name,
        "description": member.meaning,
        "contentSize": str(size),
        **({"encodingFormat": form} if form else {}),
    }


def _actions(run: ArchivedRun) -> Iterator[Entity]:
    """Yield what made a run, in the words of schema.org."""
    times: Mapping[str, str] = {"startTime": run.began, "endTime": run.ended}
    yield {
        "@id": _action_id(run),
        "@type": "CreateAction",
        "name": f"training of {run.name}",
        "description": "; ".join(run.commands) or "nnu train",
        "instrument": {"@id": SOFTWARE},
        "object": {"@id": f"{quote(run.name)}/config.yaml"},
        "result": {"@id": f"{quote(run.name)}/results.h5"},
        **{key: time for key, time in times.items() if time},
    }


def _action_id(run: ArchivedRun) -> str:
    return f"#training-{quote(run.name)}"
