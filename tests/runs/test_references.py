"""What people call a run leads to that run, or to a list of those that may be meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from made import begin

from nnuniverse.errors import ConfigError
from nnuniverse.runs import RunFolder, meant_runs, named_run, named_runs

ROOT = Path("runs")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def runs() -> dict[str, RunFolder]:
    """Two runs of one config, one of another name that is older, and one of a sweep."""
    made = {
        "old": begin(ROOT, "name=shallow", "seed=3"),
        "first": begin(ROOT, "name=deep", second=1),
        "last": begin(ROOT, "name=deep", second=2),
        "swept": begin(ROOT, "name=depth", "seed=5", second=3),
    }
    (ROOT / "depth" / "sweep.yaml").touch()
    return made


def test_words_for_one_run(runs: dict[str, RunFolder]) -> None:
    old = runs["old"].path.name
    words = {
        "latest": "swept",
        "deep": "last",
        "depth": "swept",
        "shallow": "old",
        old[:15]: "old",
        old.partition("-")[2][:5]: "old",
        f"shallow/{old[:4]}": "old",
        f"shallow/{old}": "old",
        str(runs["first"]): "first",
        "seed=3": "old",
        "name~shal": "old",
    }
    for text, meant in words.items():
        assert named_run(text, ROOT) == runs[meant].path, text


def test_a_path_wins(runs: dict[str, RunFolder]) -> None:
    for text in ("latest", "deep", "seed=3"):
        Path(text).symlink_to(runs["first"].path)
        assert named_run(text, ROOT) == Path(text)
    for text in ("./deep", "/deep", "../none"):
        assert named_run(text, ROOT) == Path(text), "what can only be a path stays one"


def test_of_one_second_the_newer_config_counts() -> None:
    first, second = begin(ROOT, "seed=1"), begin(ROOT, "seed=2")
    for folder, time in ((first, 2), (second, 1)):
        os.utime(folder.config, (time, time))
    assert named_run("latest", ROOT) == first.path
    assert named_run("run", ROOT) == first.path


def test_ambiguous_words_list_the_candidates(runs: dict[str, RunFolder]) -> None:
    short = runs["last"].path.name.partition("-")[2]
    ids = [f"deep/{runs[which].path.name}" for which in ("first", "last")]
    for text in (short, f"deep/{short}", "name=deep"):
        with pytest.raises(ConfigError) as caught:
            named_run(text, ROOT)
        assert f"must mean one run, but may mean {', '.join(ids)}. Try more" in str(caught.value)
    for second in range(4, 20):
        begin(ROOT, "name=many", second=second)
    with pytest.raises(ConfigError, match="and 10 more"):
        named_run("2026", ROOT)


@pytest.mark.parametrize("text", ["none", "dee", "seed=7", "deep/f", "deep/", "", "a/b/c", "\0"])
def test_no_run(text: str, runs: dict[str, RunFolder]) -> None:
    with pytest.raises(ConfigError) as caught:
        named_run(text, ROOT)
    assert "the begin of an id or KEY=VALUE, but no run under 'runs' matches" in str(caught.value)
    with pytest.raises(ConfigError):
        named_run(text, Path("none"))


def test_several(runs: dict[str, RunFolder]) -> None:
    def paths(*names: str) -> list[Path]:
        return [runs[name].path for name in names]

    assert named_runs(["deep", "shallow"], ROOT) == paths("last", "old")
    assert named_runs(["name=deep"], ROOT) == paths("first", "last")
    assert named_runs(["name=deep", "seed=0", "shallow", "deep"], ROOT) == paths("last")
    assert named_runs(["depth", "latest"], ROOT) == [ROOT / "depth", *paths("swept")]
    assert named_runs(["depth", "seed=5"], ROOT) == paths("swept")
    with pytest.raises(ConfigError, match="'seed=3' must hold of a run, but does of none of deep"):
        named_runs(["deep", "seed=3"], ROOT)
    with pytest.raises(ConfigError, match="RUN 'seed=7' must be a run folder"):
        named_runs(["seed=7"], ROOT)


def test_a_folder_of_runs_means_all_of_them(runs: dict[str, RunFolder]) -> None:
    for text in ("runs/deep", str(runs["first"].path.parent)):
        folders, conditions = meant_runs([text, str(runs["last"])], ROOT)
        assert folders is not None
        assert [one.path.name for one in folders] == [
            runs[name].path.name for name in ("first", "last")
        ]
        assert conditions == []
    assert meant_runs(["seed=3"], ROOT)[0] is None
