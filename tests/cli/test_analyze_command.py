"""``nnu analyze``: what it prints is what it stores, and nothing else in a run changes."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest
from changing import changed

from nnuniverse import open_run
from nnuniverse.analysis import AnalysisSettings, analyse, document

Nnu = Callable[..., Any]
Refused = Callable[..., str]
Copied = Callable[[], Path]
Content = Callable[[Path], dict[str, tuple[bytes, int]]]


@pytest.fixture(scope="session")
def longer(nnu: Nnu, config: Path, shared: Path) -> Path:
    """A run of the net 4-8-5-3 for twelve epochs: enough for lines and gaps; not written into."""
    changes = ("network.hidden=[8,5]", "train.epochs=12", "seed=3")
    folder: Path = nnu("train", config, *changes, "--out", shared / "longer").folder
    return folder


@pytest.fixture
def long_copy(longer: Path, tmp_path: Path) -> Path:
    """A copy of that run."""
    return Path(shutil.copytree(longer, tmp_path / "long" / longer.name))


def printed(nnu: Nnu, *arguments: object) -> str:
    result = nnu("analyze", *arguments)
    assert (result.code, result.err) == (0, "")
    assert "\x1b" not in result.out
    return str(result.out)


def tables(out: str) -> list[list[list[str]]]:
    """Split what was printed into tables, rows and cells; the caption is a row of one cell."""
    return [
        [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()]
        for table in out.split("\n\n")
    ]


def cells(out: str, caption: str) -> list[dict[str, str]]:
    """Return the rows of the table with this caption, by heading."""
    (table,) = [t for t in tables(out) if t[0][0].startswith(caption)]
    _, heading, *rows = table
    return [dict(zip(heading, row, strict=False)) for row in rows]  # the last cell may be empty


def spread(values: Any, support: str = "real") -> str:
    """Return mean and Student's interval of two replicas, as they are to be printed."""
    mean = float(values.mean())
    half = 12.706204736432095 * float(values.std(ddof=1)) / math.sqrt(2.0)
    if support == "real" or half == 0.0:
        return f"{mean:.4g} ± {half:.2g}"
    if support == "positive":
        high, low = mean * math.exp(half / mean), mean / math.exp(half / mean)
    else:
        step = half / (mean * (1.0 - mean))
        odds = mean / (1.0 - mean)
        high, low = (1.0 / (1.0 + math.exp(-sign * step) / odds) for sign in (1, -1))
    up, down = high - mean, mean - low
    if min(up, down) >= 0.9 * max(up, down):
        return f"{mean:.4g} ± {max(up, down):.2g}"
    return f"{mean:.4g} +{up:.2g} -{down:.2g}"


def as_json(nnu: Nnu, *arguments: object) -> dict[str, Any]:
    out = printed(nnu, *arguments, "--json")
    assert "NaN" not in out
    assert "Infinity" not in out
    whole: dict[str, Any] = json.loads(out)
    return whole


def test_the_tables_of_one_run(long_copy: Path, nnu: Nnu) -> None:
    out = printed(nnu, long_copy, "--resamples", 99)
    analysis = open_run(long_copy, resamples=99).analysis
    for beta in ("beta=0.5", "beta=1", "beta=1.4"):
        rows = cells(out, f"thermodynamics at {beta},")
        assert [row["epoch"] for row in rows] == ["0", "1", "10", "12"]
        for row in rows:
            at = analysis.sel(snapshot=int(row["epoch"]), temperature=beta)
            for heading, name in (
                ("F", "free_energy"),
                ("U", "mean_loss"),
                ("S", "entropy"),
                ("S_0", "thermodynamic_entropy"),
                ("C", "large_complexity"),
                ("N_>", "large_eigenvalues"),
            ):
                support = "positive" if name == "large_eigenvalues" else "real"
                assert row[heading] == spread(at[name].values, support)
    assert f"run long/{long_copy.name}: 4-8-5-3, 2 replicas, 12 epochs\n" in out
    (row,) = [r for r in cells(out, "lines through") if r["law"].startswith("entropy [beta=1] ")]
    law = analysis.sel(law="entropy [beta=1] against epoch")
    assert row["slope"] == (
        f"{law.law_slope_pooled:.4g} "
        f"[{law.law_slope_low_pooled:.4g}, {law.law_slope_high_pooled:.4g}]"
    )
    assert row["R2"] == f"{law.law_r2_pooled:.4g}"


def test_several_runs_are_one_table(long_copy: Path, copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    out = printed(nnu, long_copy, folder, "--resamples", 99)
    heading, *rows = (re.split(r"\s{2,}", line.strip()) for line in out.splitlines()[1:])
    assert heading == ["hidden 8-5", "hidden 3"]
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["network"] == ["4-8-5-3", "4-3-3"]
    assert by_name["epoch"] == ["12", "3"]
    assert by_name["checks"] == ["hold", "hold"]
    results = [open_run(run).results for run in (long_copy, folder)]
    for name, support in (
        ("boundary_loss", "positive"),
        ("error_rate", "share"),
        ("mu2_per_eigenvalue", "positive"),
        ("mu3_per_eigenvalue", "real"),
    ):
        assert by_name[name.replace("_", " ")] == [
            spread(data[name].isel(snapshot=-1).values, support) for data in results
        ]
    assert (long_copy / "analysis.h5").exists()
    assert (folder / "analysis.h5").exists()


def test_runs_are_compared_at_an_epoch(long_copy: Path, copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    runs = (long_copy, folder, "--resamples", 99)
    rows = as_json(nnu, *runs, "--at", 5)["comparison"]
    assert [row["epoch"] for row in rows] == [5, 3]
    loss = open_run(long_copy).results.boundary_loss.sel(snapshot=5)
    assert rows[0]["boundary loss"]["value"] == pytest.approx(float(loss.mean()), rel=1e-14)
    rows = as_json(nnu, *runs, "--at", 10**30)["comparison"]
    assert [row["epoch"] for row in rows] == [12, 3]
    rows = as_json(nnu, *runs, "--at", 0)["comparison"]
    assert [row["epoch"] for row in rows] == [0, 0]


def test_json_is_the_document(long_copy: Path, copied: Copied, nnu: Nnu) -> None:
    """The short run has no gap and no line, so that much of it is missing."""
    folder = copied()
    whole = as_json(nnu, long_copy, folder)
    assert whole["runs"] == [
        json.loads(json.dumps(document(analyse(run)))) for run in (long_copy, folder)
    ]
    assert [row["run"] for row in whole["comparison"]] == [run["run"] for run in whole["runs"]]


def test_the_options_reach_the_analysis(long_copy: Path, nnu: Nnu) -> None:
    options = (
        *("--beta", 0.7, "--beta", 2, "--mass", -0.5, "--window", "matched", "--gamma", 0.2),
        *("--epochs", "2:11", "--significance", 0.9, "--resamples", 101, "--seed", 4),
    )
    settings = AnalysisSettings(
        betas=(0.7, 2.0),
        mass=-0.5,
        window="matched",
        gamma=0.2,
        first_epoch=2,
        last_epoch=11,
        significance=0.9,
        resamples=101,
        seed=4,
    )
    (run,) = as_json(nnu, long_copy, *options)["runs"]
    expected = document(analyse(long_copy, settings))
    assert run == json.loads(json.dumps(expected))
    assert run["temperatures"][:2] == ["beta=0.7", "beta=2"]
    assert run["laws"][0]["pooled"]["points"] == 2 * 10
    out = printed(nnu, long_copy, *options)
    assert "thermodynamics at beta=0.7, m=-0.5, matched window\n" in out
    assert "a gap if p <= 0.9\n" in out


@pytest.mark.parametrize(
    ("epochs", "points"), [("3:", 20), (":9", 18), ("0:", 26), (":", 24), ("4:4", 0)]
)
def test_epochs(epochs: str, points: int, long_copy: Path, nnu: Nnu) -> None:
    (run,) = as_json(nnu, long_copy, "--epochs", epochs, "--resamples", 99)["runs"]
    assert run["laws"][0]["pooled"]["points"] == points


def test_only_analysis_is_written(copied: Copied, content: Content, nnu: Nnu) -> None:
    folder = copied()
    before = content(folder)
    printed(nnu, folder)
    after = content(folder)
    assert set(after) - set(before) == {"analysis.h5"}
    assert {name: after[name] for name in before} == before
    stored = after["analysis.h5"][0]
    printed(nnu, folder, "--json")
    assert content(folder)["analysis.h5"][0] == stored


def test_what_cannot_be_stored_is_printed(copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    expected = printed(nnu, folder)
    (folder / "analysis.h5").unlink()
    (folder / "analysis.h5").mkdir()
    result = nnu("analyze", folder)
    assert (result.code, result.out) == (0, expected)
    (line,) = result.err.splitlines()
    assert line.startswith("nnu: not stored: ")
    assert "analysis.h5" in line


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_corrupt_run(form: tuple[str, ...], copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    with changed(folder / "results.h5") as file:
        file["log_eigenvalues"][1, 2, 0] += 1e-6
    result = nnu("analyze", folder, *form)
    assert result.code == 3
    (line,) = result.err.splitlines()
    assert f"tiny/{folder.name} is corrupt" in line
    if form:
        assert json.loads(result.out)["runs"][0]["corrupt"] is True
    else:
        assert "3 epochs, CORRUPT\n" in result.out
        assert "most in replica 1 at snapshot number 2" in result.out
        assert "thermodynamics at beta=1" in result.out
    with h5py.File(folder / "analysis.h5") as file:
        assert file.attrs["corrupt"] == 1


def test_a_corrupt_run_among_others(copied: Copied, long_copy: Path, nnu: Nnu) -> None:
    folder = copied()
    with changed(folder / "results.h5") as file:
        file["log_eigenvalues"][0, 0, 0] += 1e-6
    result = nnu("analyze", long_copy, folder)
    assert result.code == 3
    assert long_copy.name not in result.err
    assert re.search(r"checks +hold +corrupt\n", result.out)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("beta", "0"),
        ("beta", "-1"),
        ("beta", "nan"),
        ("beta", "inf"),
        ("mass", "50"),
        ("mass", "nan"),
        ("window", "x"),
        ("gamma", "0"),
        ("gamma", "1"),
        ("epochs", "a:b"),
        ("epochs", "5"),
        ("epochs", "5:2"),
        ("epochs", "-1:3"),
        ("epochs", "9" * 5000 + ":"),
        ("significance", "2"),
        ("significance", "0"),
        ("resamples", "3"),
        ("resamples", str(10**18)),
        ("seed", "-1"),
        ("seed", str(2**63)),
    ],
)
def test_wrong_options(option: str, value: str, copied: Copied, refused: Refused) -> None:
    folder = copied()
    line = refused("analyze", folder, f"--{option}={value}")
    assert option in line
    assert not (folder / "analysis.h5").exists()


def test_one_beta_twice(copied: Copied, refused: Refused) -> None:
    assert "--beta" in refused("analyze", copied(), "--beta", 1, "--beta", 1)


def test_what_is_no_run(copied: Copied, refused: Refused, tmp_path: Path) -> None:
    whole = copied()
    assert repr(str(tmp_path)) in refused("analyze", whole, tmp_path)
    assert not (whole / "analysis.h5").exists(), "nothing is done if not all can be"


def test_a_damaged_run(copied: Copied, refused: Refused) -> None:
    folder = copied()
    (folder / "results.h5").write_bytes((folder / "results.h5").read_bytes()[:20_000])
    assert repr(str(folder / "results.h5")) in refused("analyze", folder, code=1)


def test_the_exponential_factor_needs_the_mean_state(copied: Copied, refused: Refused) -> None:
    folder = copied()
    with h5py.File(folder / "results.h5") as file:
        if "mean_state_squares" in file:
            pytest.skip("the run has it")
    assert "`mean_state_squares`" in refused("analyze", folder, "--exponential-factor", code=1)


def test_a_diverged_run(diverged: Any, tmp_path: Path, nnu: Nnu) -> None:
    folder = shutil.copytree(json.loads(diverged.out)["run"], tmp_path / "diverging" / "run")
    (run,) = as_json(nnu, folder)["runs"]
    assert run["gaps"] is None
    assert "curve" in printed(nnu, folder)


def test_a_terminal_obeys_no_name(copied: Copied, nnu: Nnu, refused: Refused) -> None:
    folder = copied()
    odd = folder.parent.rename(folder.parent.with_name("\x1b[31mred\x07")) / folder.name
    with changed(odd / "results.h5") as file:
        file["log_eigenvalues"][0, 0, 0] += 1e-6
    for runs in ((odd,), (odd, odd)):
        result = nnu("analyze", *runs)
        assert result.code == 3
        assert "\x1b" not in result.out + result.err
        assert len(runs) == 2 or "\\x1b[31mred\\x07/" in result.out
        assert "\\x1b[31mred\\x07/" in result.err

    config = odd / "config.yaml"
    config.write_text(config.read_text().replace("name: tiny", 'name: "\\e[31m"'))
    assert "`name`" in refused("analyze", odd)


def test_one_of_a_thing_is_no_plural(config: Path, nnu: Nnu) -> None:
    run = nnu("train", config, "replicas=1", "train.epochs=1", "--out", "one").folder
    caption = printed(nnu, run, "--resamples", 99).splitlines()[0]
    assert caption.endswith(": 4-3-3, 1 replica, 1 epoch")
