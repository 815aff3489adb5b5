"""``nnu reproduce``: what is trained, found, judged and told, and what is refused."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from tiny_data import save_tiny_data

from nnuniverse.claims.reproduction.paper_files import load_printed_numbers
from nnuniverse.claims.reproduction.plan_output import plan_reasons
from nnuniverse.claims.reproduction.reproducing import Selection
from nnuniverse.claims.reproduction.reproduction_plan import Budget, plan_reproduction

Nnu = Callable[..., Any]
Refused = Callable[..., str]

CONFIG = {
    "name": "tiny",
    "data": {"kind": "npz", "path": "data.npz"},
    "network": {"hidden": [3]},
    "train": {"epochs": 3, "batch": 4},
    "observe": {"complexity_n": [2, 8]},
}
NUMBERS: list[dict[str, Any]] = [
    {"id": "mu2", "figure": 1, "printed": "90.0", "quantity": "mu2.final"},
    {"id": "least", "figure": 2, "printed": "some", "at_least": 0.0, "quantity": "mu2.final"},
    {"id": "spacing", "figure": 2, "printed": "-1.0", "quantity": {"analysis": "layers"}},
    {"id": "long", "printed": "1.0", "quantity": "mu2.final", "requires": {"epochs": 5}},
    {"id": "ranks", "printed": "alike", "run": "grid", "quantity": "mu2.final",
     "rank_correlation": {"against": "mu2.initial", "sign": "+", "within": "net"}},
]  # fmt: skip
CANNOT = {"id": "beta", "where": "Sec. 1", "says": "beta", "printed": "1.37", "cannot": "A30"}


def write_paper(folder: Path, **changes: Any) -> Path:
    """Write a file of printed numbers, its config and its data; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    save_tiny_data(folder / "data.npz")
    (folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    grid = {"name": "grid", "base": "tiny.yaml",
            "axes": {"net": {"kind": "zip", "keys": {"network.hidden": [[3]]}}}}  # fmt: skip
    (folder / "grid.yaml").write_text(yaml.safe_dump(grid))
    numbers = [{"where": "Sec. 1", "says": n["id"], "run": "tiny", **n} for n in NUMBERS]
    content = {
        "paper": "mine",
        "title": "My own",
        "runs": {"tiny": {"config": "tiny.yaml", "seeds": 3},
                 "grid": {"sweep": "grid.yaml", "seeds": 3}},
        "numbers": [*numbers, CANNOT],
    }  # fmt: skip
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(content | changes))
    return path


@dataclass(frozen=True)
class Reproduced:
    """A paper whose runs were trained once."""

    file: Path
    root: Path
    result: Any


@pytest.fixture(scope="module")
def reproduced(nnu: Nnu, tmp_path_factory: pytest.TempPathFactory) -> Reproduced:
    folder = tmp_path_factory.mktemp("paper")
    file, root = write_paper(folder), folder / "runs"
    result = nnu("reproduce", file, "--budget", "full", "--out", root, "--json")
    return Reproduced(file, root, result)


def verdicts(result: Any) -> dict[str, str]:
    assert result.code == 0, result.err
    return {claim["id"]: claim["verdict"] for claim in json.loads(result.out)["claims"]}


# --- what is trained and found -----------------------------------------------------------------


def test_missing_runs_are_trained_and_judged(reproduced: Reproduced) -> None:
    assert verdicts(reproduced.result) == {
        "mu2": "differs",
        "least": "agrees",
        "spacing": "differs",
        "long": "out of reach",
        "ranks": "undecided",
        "beta": "cannot be as printed",
    }
    document = json.loads(reproduced.result.out)
    (run,) = document["runs"]
    assert run["seeds"] == [0, 1, 2]
    assert run["run"].startswith("reproduce-mine/")
    assert run["protocol"]["network.hidden"] == [3]
    claims = {claim["id"]: claim for claim in document["claims"]}
    assert "has 3 of 5 epochs" in claims["long"]["why"]
    assert claims["mu2"]["measured"]["seeds"] == [0, 1, 2]
    assert claims["mu2"]["measured"]["runs"] == [run["run"]] * 3
    assert claims["spacing"]["mean"] == 3.0


def test_what_is_there_is_not_trained_again(reproduced: Reproduced, nnu: Nnu) -> None:
    folders = sorted(reproduced.root.glob("*/*/config.yaml"))
    again = nnu(
        "reproduce", reproduced.file, "--budget", "full", "--out", reproduced.root, "--json"
    )
    judged = nnu("reproduce", reproduced.file, "--judge", "--out", reproduced.root, "--json")
    assert again.out == judged.out == reproduced.result.out
    assert sorted(reproduced.root.glob("*/*/config.yaml")) == folders


def test_runs_that_did_not_record_what_is_claimed_now_are_missing(
    reproduced: Reproduced, nnu: Nnu, tmp_path: Path
) -> None:
    bulk = {"id": "bulk", "where": "Sec. 1", "says": "it", "printed": "some", "run": "tiny",
            "at_least": 0.0, "quantity": "bulk_loss.final"}  # fmt: skip
    before = write_paper(tmp_path, numbers=[bulk], runs={"tiny": {"config": "tiny.yaml"}})
    told = nnu("reproduce", before, "--seeds", 3, "--judge", "--out", reproduced.root)
    assert (told.code, "out of reach" in told.out) == (0, True)
    assert "\n\nbulk: reproduce-mine/" in told.out
    assert "`bulk_loss` must be recorded, but is not. Try bulk_loss in observe" in told.out

    def planned(seconds: float) -> tuple[tuple[int, ...], bool, str]:
        file = load_printed_numbers(str(tmp_path / "mine.yaml"))
        budget = Budget(seconds)
        plan = plan_reproduction(file, reproduced.root, Selection(), 3, budget, None)
        (number,) = plan.numbers
        return plan.runs[0].train, plan.reaches(number), "".join(plan_reasons(plan))

    train, reached, why = planned(math.inf)
    assert (train, reached) == ((), False)
    assert why.startswith("bulk: `bulk_loss` must be recorded, but tiny does not ask for it.")
    asked = {"config": "tiny.yaml", "set": {"observe.observables": ["bulk_loss"]}}
    write_paper(tmp_path, numbers=[bulk], runs={"tiny": asked})
    train, reached, why = planned(0.0)
    assert (train, reached) == ((), False)
    assert why.startswith("bulk: reproduce-mine/")
    assert planned(math.inf) == ((0, 1, 2), True, "")


def test_runs_are_found_whatever_they_are_called(
    reproduced: Reproduced, nnu: Nnu, tmp_path: Path
) -> None:
    (folder,) = reproduced.root.glob("reproduce-mine/2*")
    shutil.copytree(folder, tmp_path / "runs" / "elsewhere" / folder.name)
    found = nnu("reproduce", reproduced.file, "--judge", "--out", tmp_path / "runs", "--json")
    assert verdicts(found) == verdicts(reproduced.result)
    plan = nnu("reproduce", reproduced.file, "--plan", "--out", tmp_path / "runs")
    assert "all are there" in plan.out


def test_without_runs_nothing_is_decided_by_them(reproduced: Reproduced, nnu: Nnu) -> None:
    found = verdicts(nnu("reproduce", reproduced.file, "--out", "empty", "--json"))
    assert found.pop("beta") == "cannot be as printed"
    assert set(found.values()) == {"out of reach"}


def test_runs_on_other_data_or_of_other_lengths_are_named_and_not_used(
    reproduced: Reproduced, nnu: Nnu, tmp_path: Path
) -> None:
    other = write_paper(tmp_path / "other")
    with np.load(other.parent / "data.npz") as data:
        np.savez(other.parent / "data.npz", **{**data, "y_train": data["y_train"][::-1]})
    result = nnu("reproduce", other, "--judge", "--out", reproduced.root, "--json")
    assert verdicts(result)["mu2"] == "out of reach"
    assert "it was trained on other data" in result.err
    runs = {"tiny": {"config": "tiny.yaml", "set": {"train.epochs": 4}, "seeds": 3},
            "grid": {"sweep": "grid.yaml"}}  # fmt: skip
    longer = write_paper(tmp_path / "longer", runs=runs)
    result = nnu("reproduce", longer, "--claim", "mu2", "--out", reproduced.root, "--json")
    assert verdicts(result)["mu2"] == "out of reach"
    assert "`train.epochs` is 3, not 4" in result.err


def test_what_is_stopped_goes_on_with_the_same_command(
    nnu: Nnu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnuniverse.cli.reproduce.StopAtLimit", lambda seconds: lambda: True)
    file = write_paper(tmp_path / "paper")
    stopped = nnu("reproduce", file, "--budget", "full", "--out", "stopped")
    assert stopped.code == 75
    assert "stopped with 1 run left. Go on with the same command." in stopped.err
    assert Path("stopped/reproduce-mine/sweep.yaml").exists()


# --- what is told ------------------------------------------------------------------------------


def test_a_figure_is_judged_by_the_family_of_the_file(
    reproduced: Reproduced, nnu: Nnu, tmp_path: Path
) -> None:
    numbers = [
        {"where": "S", "says": n["id"], "run": "tiny", "family": "f", **n} for n in NUMBERS[:2]
    ]
    file = write_paper(tmp_path / "family", numbers=numbers)
    whole, one = (
        json.loads(nnu("reproduce", file, "--out", reproduced.root, "--json", *chosen).out)
        for chosen in ((), ("--figure", 1))
    )
    assert len(one["claims"]) == 1
    assert one["claims"][0]["p_family"] == whole["claims"][0]["p_family"]
    assert one["claims"][0]["p_family"] == pytest.approx(2.0 * one["claims"][0]["p"])


def test_a_table_for_a_terminal(
    reproduced: Reproduced, nnu: Nnu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = nnu("reproduce", reproduced.file, "--out", reproduced.root)
    assert result.code == 0
    assert all(len(line) <= 80 for line in result.out.splitlines())
    assert "on several lines" not in result.out
    (row,) = (line for line in result.out.splitlines() if line.startswith("mu2 "))
    assert "90.0" in row and "differs" in row


def test_protocols_share_verdicts(reproduced: Reproduced, nnu: Nnu, tmp_path: Path) -> None:
    sweep = {"name": "p", "base": "tiny.yaml", "axes": {
        "net": {"kind": "zip", "keys": {"network.hidden": [[3]]}, "labels": ["tiny"]},
        "data.targets": ["zero_one", "plus_minus"]}}  # fmt: skip
    file = write_paper(tmp_path / "p", protocols={"sweep": "p.yaml", "axis": "net"})
    (file.parent / "p.yaml").write_text(yaml.safe_dump(sweep))
    result = nnu("reproduce", file, "--out", reproduced.root, "--json")
    claims = {claim["id"]: claim for claim in json.loads(result.out)["claims"]}
    assert claims["mu2"]["protocols"] == {"agrees": 0, "differs": 1, "protocols": 1}
    assert claims["long"]["protocols"] is None
    assert "protocols" in nnu("reproduce", file, "--out", reproduced.root).out


def test_a_plan_says_what_is_missing_and_how_long_it_takes(
    reproduced: Reproduced, nnu: Nnu
) -> None:
    result = nnu("reproduce", reproduced.file, "--plan", "--out", "none", "--json")
    plan = json.loads(result.out)
    assert [run["missing"] for run in plan["runs"]] == [[0, 1, 2], [0, 1, 2]]
    assert plan["seconds"] > 0.0
    assert plan["budgeted_seconds"] == 0.0
    assert [claim["id"] for claim in plan["claims"] if claim["in_reach"]] == ["beta"]
    args = ("reproduce", reproduced.file, "--plan", "--out", "none", "--budget", "2h", "--json")
    assert [run["train"] for run in json.loads(nnu(*args).out)["runs"]] == [[0, 1, 2]] * 2
    assert not Path("none").exists()


def test_scalars_stand_in_for_runs(
    reproduced: Reproduced, nnu: Nnu, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnuniverse.claims.reproduction import reproducing
    from nnuniverse.claims.reproduction.paper_files import PaperFile
    from nnuniverse.claims.reproduction.scalar_files import read_scalars

    for name in ("one.npz", "two.npz"):
        nnu("reproduce", reproduced.file, "--out", reproduced.root, "--save", name)
    image = Path("one.npz").read_bytes()
    assert image == Path("two.npz").read_bytes()
    assert nnu("reproduce", reproduced.file, "--seeds", 4, "--out", "empty").code == 0
    monkeypatch.setattr(reproducing, "shipped_scalars", lambda paper: read_scalars(image))
    monkeypatch.setattr(PaperFile, "is_own", False)
    result = nnu("reproduce", reproduced.file, "--out", "empty", "--json")
    there = json.loads(reproduced.result.out)
    shipped = json.loads(result.out)
    assert shipped["shipped"] and not there["shipped"]
    assert [run["folder"] for run in shipped["runs"]] == [None]
    for one, other in zip(shipped["claims"], there["claims"], strict=True):
        assert {**one, "why": "", "measured": ""} == {**other, "why": "", "measured": ""}


def test_a_changed_verdict_is_exit_code_3(reproduced: Reproduced, nnu: Nnu, tmp_path: Path) -> None:
    numbers = [{"where": "S", "says": "it", "run": "tiny", "recorded": "agrees", **n}
               for n in (NUMBERS[0], NUMBERS[1], NUMBERS[3])]  # fmt: skip
    file = write_paper(tmp_path / "recorded", numbers=numbers)
    result = nnu("reproduce", file, "--out", reproduced.root)
    assert result.code == 3
    assert "mu2 is 'differs', was 'agrees'" in result.err
    assert "least is" not in result.err and "long is" not in result.err
    assert "differs!" in result.out
    assert nnu("reproduce", file, "--seeds", 4, "--out", reproduced.root).code == 0


# --- what is refused ---------------------------------------------------------------------------


def test_a_page_is_written_and_only_a_page_replaced(
    reproduced: Reproduced, nnu: Nnu, refused: Refused, tmp_path: Path
) -> None:
    page = tmp_path / "a page.html"
    command = ["reproduce", reproduced.file, "--judge", "--page", page, "--out"]
    assert nnu(*command, tmp_path / "nowhere").code == 0
    empty = page.read_text()
    assert "out of reach" in empty and "<circle" not in empty
    result = nnu(*command, reproduced.root)
    assert f"page: {page}" in result.err
    text = page.read_text()
    assert text != empty
    for id_ in verdicts(nnu("reproduce", reproduced.file, "--out", reproduced.root, "--json")):
        assert f'id="claim-{id_}"' in text
    assert "--claim mu2 --judge" in text
    page.write_text("somebody's own")
    assert "an earlier page of this command" in refused(*command, reproduced.root)
    page.unlink()
    assert "--page is given" in refused("reproduce", reproduced.file, "--plan", "--page", page)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--figure", 9), "`--figure` must have a number, but 9 has none. Try 1, 2."),
        (("--claim", "none"), "`--claim` must be the id of a number"),
        (("--seeds", 1), "`--seeds` must be 3 to 1000"),
        (("--budget", "lots"), "`--budget` must be"),
        (("--budget", "0"), "`--budget` must be"),
        (("--claim", "mu2", "--budget", "1s"), "`--budget` must be at least the time of one run"),
        (("--plan", "--judge"), "`--plan` must stand alone"),
        (("--save", "x.csv"), "`--save` must name an npz file"),
    ],
)
def test_wrong_options_are_refused(
    tmp_path: Path, refused: Refused, options: tuple[object, ...], told: str
) -> None:
    runs = {"tiny": {"config": "tiny.yaml", "set": {"train.epochs": 10_000_000}, "seeds": 3},
            "grid": {"sweep": "grid.yaml"}}  # fmt: skip
    file = write_paper(tmp_path / "paper", runs=runs)
    assert told in refused("reproduce", file, *options)


def test_papers_that_are_not_there_are_refused(refused: Refused, tmp_path: Path) -> None:
    assert "one of 2004.09280" in refused("reproduce", "2004.11111")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    assert "must be a known key" in refused("reproduce", "config.yaml")
    assert "must be a readable file" in refused("reproduce", tmp_path)


def test_axes_are_those_of_the_sweep(refused: Refused, tmp_path: Path) -> None:
    file = write_paper(tmp_path / "p", protocols={"sweep": "grid.yaml", "axis": "net"})
    assert "`protocols.axis` must have names of `runs` as its labels" in refused("reproduce", file)
    file = write_paper(tmp_path / "p", protocols={"sweep": "grid.yaml", "axis": "depth"})
    assert "`protocols.axis` must be an axis of the sweep" in refused("reproduce", file)
    ranked = {"against": "mu2.initial", "sign": "+", "within": "depth"}
    number = {"where": "S", "says": "it", **NUMBERS[4], "rank_correlation": ranked}
    told = refused("reproduce", write_paper(tmp_path / "q", numbers=[number]))
    assert "`numbers.ranks.rank_correlation.within` must be an axis of the sweep" in told


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        ({"config": "/etc/passwd"}, "`runs.tiny.config` must lie below the folder"),
        ({"config": "../outside.yaml"}, "`runs.tiny.config` must lie below the folder"),
        ({"config": "link.yaml"}, "`runs.tiny.config` must lie below the folder"),
        ({"config": "missing.yaml"}, "`runs.tiny.config` must name a config"),
        ({"config": "tiny.yaml", "set": {"data.path": "/etc/x.npz"}}, "`data.path` of `runs.tiny"),
        ({"config": "tiny.yaml", "set": {"network.start": "../x.npz"}}, "`network.start` of"),
        ({"config": "tfds.yaml"}, "`data.download` of"),
        ({"sweep": "outside.yaml"}, "`runs.tiny.sweep: base` must lie below"),
    ],
)
def test_a_file_reaches_nothing_but_what_lies_beside_it(
    refused: Refused, tmp_path: Path, runs: dict[str, Any], told: str
) -> None:
    folder = tmp_path / "paper"
    file = write_paper(folder, runs={"tiny": runs, "grid": {"sweep": "grid.yaml"}})
    (tmp_path / "outside.yaml").write_text(yaml.safe_dump(CONFIG))
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    outside = {"name": "x", "base": "../outside.yaml", "axes": {"train.batch": [2, 4]}}
    (folder / "outside.yaml").write_text(yaml.safe_dump(outside))
    tfds = CONFIG | {"data": {"kind": "tfds", "name": "mnist", "download": True}}
    (folder / "tfds.yaml").write_text(yaml.safe_dump(tfds))
    claim = ("--claim", "ranks") if "sweep" in runs else ("--claim", "mu2")
    numbers = [{"where": "S", "says": "it", "run": "tiny", **NUMBERS[4], "id": "ranks"}
               | {"run": "tiny"}] if "sweep" in runs else None  # fmt: skip
    if numbers:
        file = write_paper(folder, runs={"tiny": runs}, numbers=numbers)
    assert told in refused("reproduce", file, *claim)
