"""``nnu export``: the numbers of a run, their units and meanings, in files of other programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nnuniverse.exports.export as export_module
from nnuniverse.runs import RunRecord, read_run

Nnu = Callable[..., Any]
Refused = Callable[..., str]


@pytest.fixture
def record(finished: Any) -> RunRecord:
    return read_run(finished.folder)


def exported(nnu: Nnu, run: Path, to: str) -> dict[str, Path]:
    result = nnu("export", run, "--to", to, "--json")
    assert result.code == 0, result.err
    (one,) = json.loads(result.out)
    assert one["run"] == str(run)
    assert Path(one["folder"]) == Path("exports", run.parent.name, run.name, to)
    there = {str(path) for path in Path(one["folder"]).rglob("*") if path.is_file()}
    assert set(one["files"]) == there
    return {Path(file).name: Path(file) for file in one["files"]}


def require_same_numbers(record: RunRecord, frames: dict[str, pd.DataFrame]) -> None:
    """Every variable but the weights stands in the table of its dimensions, in every bit."""
    found = set()
    for frame in frames.values():
        for name in frame.columns:
            variable = record.variables[name]
            if variable.dims == (name,):
                continue
            indexed = frame.set_index(list(variable.dims))[name].to_xarray()
            np.testing.assert_array_equal(indexed.values, variable.values, err_msg=name)
            found.add(name)
    assert found == set(record.over("replica"))
    assert {"mu2", "log_eigenvalues", "complexity", "running_boundary_loss"} <= found


def test_csv(nnu: Nnu, record: RunRecord, finished: Any) -> None:
    files = exported(nnu, finished.folder, "csv")
    facts = json.loads(files.pop("run.json").read_text())
    assert facts["run"] == record.name
    assert facts["run_hash"] == record.attributes["run_hash"]
    assert facts["config"]["train.epochs"] == 3
    columns = pd.read_csv(files.pop("variables.csv"), keep_default_na=False, dtype=str)
    frames = {name: pd.read_csv(file) for name, file in files.items()}
    require_same_numbers(record, frames)
    assert set(frames) >= {"replica.csv", "replica_epoch.csv", "replica_snapshot_eigenvalue.csv"}
    told = columns.set_index(["file", "column"])
    assert set(told.index) == {(name, column) for name, of in frames.items() for column in of}
    mu2 = told.loc[("replica_snapshot.csv", "mu2")]
    attributes = record.variable("mu2").attributes
    assert [mu2[key] for key in ("units", "long_name", "source")] == [
        attributes[key] for key in ("units", "long_name", "source")
    ]


def test_missing_values_are_empty_cells(nnu: Nnu, diverged: Any) -> None:
    files = exported(nnu, Path(json.loads(diverged.out)["run"]), "csv")
    last = files["replica_epoch.csv"].read_text().splitlines()[-1]
    assert last.endswith(",")
    assert "nan" not in last.lower()


def test_parquet(nnu: Nnu, record: RunRecord, finished: Any) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    files = exported(nnu, finished.folder, "parquet")
    tables = {name: parquet.read_table(file) for name, file in files.items()}
    require_same_numbers(record, {name: table.to_pandas() for name, table in tables.items()})
    schema = tables["replica_snapshot.parquet"].schema
    metadata = {key.decode(): of.decode() for key, of in schema.field("mu3").metadata.items()}
    attributes = record.variable("mu3").attributes
    for key in ("units", "long_name", "source"):
        assert metadata[key] == attributes[key]
    assert json.loads(schema.metadata[b"nnuniverse"])["run"] == record.name


def test_tensorboard(nnu: Nnu, record: RunRecord, finished: Any) -> None:
    pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event

    result = nnu("export", finished.folder, "--to", "tensorboard", "--json")
    (one,) = json.loads(result.out)
    assert [Path(file).parent.name for file in one["files"]] == ["replica_0", "replica_1"]
    curves: dict[str, dict[int, float]] = {}
    descriptions, histograms = {}, set()
    for content in records(Path(one["files"][1]).read_bytes()):
        event = Event.FromString(content)
        for value in event.summary.value:
            if value.HasField("simple_value"):
                curves.setdefault(value.tag, {})[event.step] = value.simple_value
                descriptions.setdefault(value.tag, value.metadata.summary_description)
            elif value.HasField("histo"):
                histograms.add((value.tag, event.step))
    for name, steps in (("mu2", "snapshot"), ("running_boundary_loss", "epoch")):
        wanted = dict(zip(record[steps].tolist(), record[name][1].tolist(), strict=True))
        assert curves[name] == pytest.approx(wanted, rel=1e-6)
    assert curves["complexity/8"][3] == pytest.approx(record["complexity"][1, 3, 1], rel=1e-6)
    assert str(record.variable("mu2").attributes["long_name"]) in descriptions["mu2"]
    assert {tag for tag, _ in histograms} <= {"log_eigenvalues"}


def records(content: bytes) -> list[bytes]:
    """Return the records of a TFRecord file: length, its checksum, the bytes, theirs."""
    found = []
    while content:
        end = 12 + int.from_bytes(content[:8], "little")
        found.append(content[12:end])
        content = content[end + 4 :]
    return found


# --- what is refused ---------------------------------------------------------------------------


def test_nothing_is_overwritten(
    nnu: Nnu, refused: Refused, finished: Any, copied: Callable[[], Path], content: Any
) -> None:
    exported(nnu, finished.folder, "csv")
    before = content(Path("exports"))
    other = copied()
    renamed = other.rename(other.with_name("other"))
    line = refused("export", renamed, finished.folder, "--to", "csv")
    assert "must be new, but is there already. Try another --out, or removing it." in line
    assert content(Path("exports")) == before


def test_another_format_or_a_missing_library(
    refused: Refused, finished: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = refused("export", finished.folder, "--to", "xlsx")
    assert line.startswith("`--to` must be csv, parquet, tensorboard, but is 'xlsx'.")
    monkeypatch.setitem(export_module.LIBRARIES, "parquet", "no_such_library")
    line = refused("export", finished.folder, "--to", "parquet")
    assert "Try `pip install 'nnuniverse[parquet]'`, or --to csv." in line
    assert not Path("exports").exists()


def test_what_is_no_run(refused: Refused, tmp_path: Path) -> None:
    assert "holds no config.yaml" in refused("export", tmp_path, "--to", "csv")
