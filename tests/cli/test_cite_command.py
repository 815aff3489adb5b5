"""``nnu cite``: what a run has used, and entries that BibTeX reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nnuniverse import __version__
from nnuniverse.bibliography import Work, as_bibtex, as_text, load_works, used_by
from nnuniverse.bibliography.used import Cited
from nnuniverse.config import parse_config
from nnuniverse.runs import read_run

Nnu = Callable[..., Any]
Refused = Callable[..., str]

ENTRY = re.compile(r"@(\w+)\{([A-Za-z0-9_:/.-]+),\s*")


def parsed(text: str) -> dict[str, dict[str, str]]:
    """Read BibTeX strictly: entries of `name = {value}`, braces in pairs, nothing in between."""
    entries: dict[str, dict[str, str]] = {}
    while text := text.strip():
        head = ENTRY.match(text)
        assert head, text[:80]
        text, fields = text[head.end() :], {"": head[1]}
        while not text.startswith("}"):
            name = re.match(r"(\w+)\s*=\s*\{", text)
            assert name, text[:80]
            depth, place = 1, name.end()
            while depth:
                escaped = text[place - 1] == "\\"
                depth += 0 if escaped else {"{": 1, "}": -1}.get(text[place], 0)
                place += 1
            assert name[1] not in fields
            fields[name[1]] = text[name.end() : place - 1]
            text = text[place:].lstrip(", \n")
        assert head[2] not in entries, "each key once"
        entries[head[2]], text = fields, text[1:]
    return entries


def test_without_a_run_the_package_and_all_papers(nnu: Nnu) -> None:
    told = nnu("cite", "--format", "bibtex").out
    assert told.isascii()
    entries = parsed(told)
    own = entries.pop(f"nnuniverse_{__version__.replace('.', '_')}")
    assert (own[""], own["version"]) == ("software", __version__)
    papers = {
        entry["eprint"]: entry
        for entry in entries.values()
        if "journal" in entry and "eprint" in entry
    }
    assert papers.keys() == {"2004.09280", "2008.01540", "2012.05082", "2111.00903"}
    assert papers["2012.05082"]["author"] == "Katsnelson, Mikhail I. and Vanchurin, Vitaly"
    assert papers["2008.01540"]["doi"] == "10.3390/e22111210"
    assert any("R{\\'e}mi" in entry["author"] for entry in entries.values())
    documents = json.loads(nnu("cite", "--format", "json").out)
    assert len(documents) == len(entries) + 1
    assert (
        "Vitaly Vanchurin, The World as a Neural Network, Entropy 22 (11), 1210 (2020). doi:"
        in (nnu("cite").out)
    )


def test_another_program_reads_it(nnu: Nnu) -> None:
    bibtexparser = pytest.importorskip("bibtexparser")
    library = bibtexparser.parse_string(nnu("cite", "--format", "bibtex").out)
    assert library.entries
    assert not library.failed_blocks


def test_of_a_run_what_it_recorded(nnu: Nnu, finished: Any) -> None:
    documents = json.loads(nnu("cite", finished.folder, "--format", "json").out)
    by_key = {one["key"]: one for one in documents}
    assert documents[0]["key"] == "nnuniverse"
    paper = by_key["vanchurin2021theory"]
    assert {"mu2", "complexity", "loss"} <= set(paper["used"])
    assert not {"vanchurin2020world", "katsnelson2021emergent", "mnist", "blackjax"} & by_key.keys()
    trained_with = read_run(finished.folder).provenance["segments"][-1]["packages"]
    assert by_key["jax"]["version"] == trained_with["jax"]
    text = nnu("cite", finished.folder).out
    assert text.index("Software:") < text.index("Papers:")
    assert "Data:" not in text
    assert re.search(r"  for running_boundary_loss, .* and \d+ more", text)


def test_of_what_commands_have_stored(finished: Any, copied: Callable[[], Path], nnu: Nnu) -> None:
    run = copied()
    assert nnu("align", run).code == 0
    used = {one.work.arxiv: one.used for one in used_by([read_run(run)], "0")}
    before = {one.work.arxiv: one.used for one in used_by([read_run(finished.folder)], "0")}
    assert used.keys() >= before.keys()
    assert sum(map(len, used.values())) > sum(map(len, before.values()))
    (run / "align.h5").write_bytes((run / "align.h5").read_bytes()[:-9] + b"not these")
    told = nnu("cite", run)
    assert told.code == 1
    assert "align.h5' must be what was written, but is damaged" in told.err


@pytest.mark.parametrize(
    ("overrides", "keys"),
    [
        (["data.kind=embedded"], {"mnist"}),
        (["data={kind: tfds, name: fashion_mnist}"], {"fashion_mnist"}),
        (["data={kind: tfds, name: binarized_mnist}"], {"tfds_binarized_mnist"}),
        (["data={kind: tfds, name: no_such_set}"], {"tfds_no_such_set"}),
        (["data={kind: normal, inputs: 3}"], set()),
        (["data={kind: npz, path: mine.npz}", "train.optimiser.kind=momo"], {"arxiv2305.07583"}),
    ],
    ids=str,
)
def test_of_the_config(finished: Any, overrides: list[str], keys: set[str]) -> None:
    record = replace(read_run(finished.folder), config=parse_config({}, overrides), variables={})
    cited = used_by([record], "0")
    found = {one.work.key: one for one in cited}
    software = {work.key for work in load_works().values() if work.kind == "software"}
    assert found.keys() - software - {"nnuniverse", "vanchurin2021theory"} == keys
    entries = parsed(as_bibtex(cited))
    if "tfds_binarized_mnist" in keys:
        assert found["tfds_binarized_mnist"].bibtex.startswith("@")
        assert "tfds_binarized_mnist" not in entries, "its authors' own entry stands there"


def test_two_runs_cite_each_work_once(finished: Any) -> None:
    record = read_run(finished.folder)
    assert used_by([record, record], "0") == used_by([record], "0")


def test_what_tex_would_obey_is_escaped() -> None:
    work = Work(key="a b", kind="data", type="misc", title="50 % of $x_1$ {& more}", authors=())
    (entry,) = parsed(as_bibtex([Cited(work)])).values()
    assert entry["title"] == r"{50 \% of \$x\_1\$ \{\& more\}}"


def test_a_line_of_text() -> None:
    work = load_works()["numpy"]
    assert as_text(work) == (
        "Charles R. Harris et al., Array programming with NumPy, Nature 585, 357-362 (2020). "
        "doi:10.1038/s41586-020-2649-2"
    )


def test_the_file_for_citations_names_the_same_papers() -> None:
    text = (Path(__file__).parents[2] / "CITATION.cff").read_text()
    arxiv = {work.arxiv for work in load_works().values() if work.kind == "paper"}
    assert set(re.findall(r"arXiv:(\d{4}\.\d{5})", text)) <= arxiv
    assert f"version: {__version__}\n" in text


def test_wrong_usage(refused: Refused) -> None:
    assert "`--format` must be text, bibtex, json" in refused("cite", "--format", "ris")
    assert "must be a run folder" in refused("cite", "no-such-run")
