"""Claims of packages installed beside this one: their checks, their scalars, and bad ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny_data import save_tiny_data

Nnu = Callable[..., Any]
Install = Callable[..., str]

PAGE = (Path(__file__).parents[2] / "docs" / "claims.md").read_text("utf-8")


def of_page(file: str) -> str:
    """What docs/claims.md has of a file of its package."""
    return PAGE.split(f"`{file}`:\n\n```", 1)[1].split("\n", 1)[1].split("\n```\n", 1)[0]


PAPER = yaml.safe_load(of_page("sums/papers/gauss.yaml"))
CHECKS = of_page("sums/checks.py")
SCALARS = (
    of_page("sums/scalars.py")
    + """

@scalar("it fails")
def failing(record, variable):
    raise KeyError(variable)

@scalar("one number for all")
def single(record):
    return 1.0
"""
)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a package of claims into a folder of its own, as a wheel would."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def write(package: str, checks: str = CHECKS, scalars: str = "", **changes: Any) -> str:
        folder = site / package
        (folder / "papers").mkdir(parents=True)
        statements = [PAPER["statements"][0] | changes]
        (folder / "papers" / "gauss.yaml").write_text(
            yaml.safe_dump(PAPER | {"statements": statements})
        )
        for name, text in (("__init__", ""), ("checks", checks), ("scalars", scalars)):
            (folder / f"{name}.py").write_text(text)
        about = site / f"{package}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[nnuniverse.claims]\nmine = {package}\n")
        return package

    return write


def test_statements_of_a_package_are_listed_and_verified(nnu: Nnu, install: Install) -> None:
    install("claims_of_gauss")
    result = nnu("verify", "gauss", "A14", "--json")
    assert (result.code, result.err) == (0, "")
    ours, theirs = json.loads(result.out)["checks"]
    assert (ours["id"], theirs["id"], theirs["verdict"]) == ("A14", "gauss.1", "right")
    assert theirs["control"]["value"] > 100 * theirs["tolerance"]
    assert "gauss.1" in nnu("verify", "--list").out


@pytest.mark.parametrize(
    ("package", "changes", "message"),
    [
        ("claims_with_our_id", {"id": "A30"},
         "nnu: claims of 'claims_with_our_id' must be readable, but ConfigError: id A30 must be "
         "that of one statement, but is of 2."),
        ("claims_misnamed", {"id": "gauss"},
         "nnu: claims of 'claims_misnamed' must be readable, but ConfigError: gauss.yaml: "
         "`statements.0.id` must"),
        ("claims_unimportable", {"checks": "import no_such_module_of_theirs"},
         "nnu: claims of 'claims_unimportable' must be readable, but ModuleNotFoundError: "
         "No module named 'no_such_module_of_theirs'."),
        ("claims_that_exit", {"checks": "raise SystemExit(5)"},
         "nnu: claims of 'claims_that_exit' must be readable, but SystemExit: 5."),
        ("claims_of_ours", {"checks": CHECKS.replace("gauss.1", "A14")},
         "nnu: check A14 of 'claims_of_ours' must have a statement, but has none there."),
    ],
)  # fmt: skip
def test_a_bad_package_is_told_in_one_line_and_ours_are_verified(
    nnu: Nnu, install: Install, package: str, changes: dict[str, Any], message: str
) -> None:
    install(package, **changes)
    result = nnu("verify", "A14", "A30")
    assert result.code == 0, result.err
    assert result.err.startswith(message)
    assert result.err.count("\n") == 1
    assert result.out.startswith("2 statements: 1 right, 1 wrong as printed;")


def test_a_row_without_a_function_is_broken(nnu: Nnu, install: Install) -> None:
    install("claims_unchecked", checks="")
    result = nnu("verify", "gauss.1", "A14")
    assert result.code == 3
    assert "gauss.1 is broken (no function checks it)" in result.err


# --- scalars for `nnu reproduce` ------------------------------------------------------------------


def write_claims(folder: Path, *scalars: dict[str, str]) -> Path:
    """Write a file of claims about a run of two epochs, each of one scalar."""
    folder.mkdir()
    save_tiny_data(folder / "data.npz")
    config = {
        "name": "tiny",
        "data": {"kind": "npz", "path": "data.npz"},
        "network": {"hidden": [3]},
        "train": {"epochs": 2, "batch": 4},
        "observe": {"complexity_n": [], "observables": ["boundary_loss"]},
    }
    (folder / "tiny.yaml").write_text(yaml.safe_dump(config))
    numbers = [
        {
            "id": f"n{k}",
            "where": "p. 1",
            "says": "it",
            "printed": "4",
            "run": "tiny",
            "quantity": one,
        }
        for k, one in enumerate(scalars)
    ]
    runs = {"tiny": {"config": "tiny.yaml", "seeds": 3}}
    content = {"paper": "mine", "title": "Mine", "runs": runs, "numbers": numbers}
    (folder / "mine.yaml").write_text(yaml.safe_dump(content))
    return folder / "mine.yaml"


def test_scalars_of_a_package_are_quantities(nnu: Nnu, install: Install, tmp_path: Path) -> None:
    package = install("claims_with_scalars", scalars=SCALARS)
    mine = write_claims(
        tmp_path / "claims",
        {"analysis": f"{package}.total_change", "variable": "boundary_loss"},
        {"analysis": f"{package}.failing", "variable": "mu9"},
        {"analysis": f"{package}.single"},
    )
    result = nnu("reproduce", mine, "--budget", "full", "--out", tmp_path / "runs", "--json")
    assert result.code == 0, result.err
    change, failing, single = json.loads(result.out)["claims"]
    assert (change["verdict"], len(change["measured"]["values"])) == ("differs", 3)
    assert 0.0 < change["mean"] < 1.0
    assert "KeyError: 'mu9'" in failing["why"]
    assert "must be a number for each of 3 replicas, but is float64[]" in single["why"]


@pytest.mark.parametrize(
    ("scalar", "message"),
    [
        ({"analysis": "no_package.thing"}, "`numbers.n0.quantity.analysis` must be a scalar of"),
        (
            {"analysis": "claims_lacking.thing"},
            "`numbers.n0.quantity.analysis` must be a scalar of",
        ),
        ({"analysis": "claims_lacking.failing"}, "`numbers.n0.quantity.variable` must be given"),
        ({"analysis": "os.getcwd"}, "`numbers.n0.quantity.analysis` must be a scalar of"),
    ],
)
def test_scalars_that_there_are_not_are_refused(
    nnu: Nnu, install: Install, tmp_path: Path, scalar: dict[str, str], message: str
) -> None:
    install("claims_lacking", scalars=SCALARS)
    mine = write_claims(tmp_path / "claims", scalar)
    result = nnu("reproduce", mine, "--plan")
    assert result.code == 2
    assert message in result.err


def test_a_statement_of_a_package_decides_a_claim(
    nnu: Nnu, install: Install, tmp_path: Path
) -> None:
    install("claims_that_decide", verdict="wrong as printed")
    path = tmp_path / "decided.yaml"
    claim = {"id": "sum", "where": "p. 1", "says": "a sum", "printed": "5050", "cannot": "gauss.1"}
    path.write_text(yaml.safe_dump({"paper": "mine", "title": "Mine", "numbers": [claim]}))
    (judged,) = json.loads(nnu("reproduce", str(path), "--judge", "--json").out)["claims"]
    assert judged["verdict"] == "cannot be as printed"
