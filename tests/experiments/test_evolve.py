"""Ensembles of a trained net: what they record, how they go on, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from examples_of import require_examples_hold
from tiny_data import save_tiny_data

import nnuniverse
from nnuniverse.config import RunConfig, parse_config
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments.config_of_ensemble import config_of_run
from nnuniverse.experiments.evolve import EvolutionOutcome, resume_evolution, start_evolution
from nnuniverse.experiments.train import start_run
from nnuniverse.runs import Provenance, RunFolder, RunRecord, list_runs, read_run
from nnuniverse.runs.checkpoint import SLOTS

pytestmark = pytest.mark.quick

MEMBERS, STEPS = 32, 40
CURVATURE = "evolve.coordinates=[{kind: curvature, count: 2, relaxation: [5, 5000]}]"
SMALL = (f"evolve.members={MEMBERS}", f"evolve.steps={STEPS}", "evolve.records=6", CURVATURE)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A net of 27 parameters, trained for a moment."""
    root = tmp_path_factory.mktemp("trained")
    data = save_tiny_data(root / "data.npz")
    config = parse_config(
        {
            "name": "tiny",
            "data": {"kind": "npz", "path": str(data)},
            "network": {"hidden": [3]},
            "train": {"epochs": 30, "batch": 3, "learning_rate": 0.05},
            "observe": {"snapshots": {"count": 3}, "weights": "snapshots", "complexity_n": [3]},
        }
    )
    return start_run(config, root).folder.path


def configure(trained: Path, *overrides: str) -> RunConfig:
    return config_of_run(trained, (*SMALL, *overrides))


@pytest.fixture(scope="module")
def whole(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> EvolutionOutcome:
    """An ensemble that nobody stopped."""
    root = tmp_path_factory.mktemp("whole")
    return start_evolution(configure(trained), root)


@pytest.fixture(scope="module")
def shuffled(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> EvolutionOutcome:
    """Another that nobody stopped, by samples in another order."""
    root = tmp_path_factory.mktemp("shuffled")
    return start_evolution(configure(trained, "evolve.sampling=shuffled"), root)


@pytest.fixture(scope="module")
def record(whole: EvolutionOutcome) -> RunRecord:
    return read_run(whole.folder.path)


def test_what_an_ensemble_records(whole: EvolutionOutcome, record: RunRecord) -> None:
    assert (whole.status, whole.steps, whole.diverged) == ("complete", STEPS + 1, {})
    assert record.is_ensemble
    assert record.attributes["kind"] == "evolve"
    assert record.replicas == MEMBERS
    assert record.variable("positions").dims == ("replica", "record", "step", "coordinate")
    assert record["positions"].shape == (MEMBERS, 6, 2, 2)
    np.testing.assert_array_equal(record["record_step"], [0, 8, 16, 24, 32, 40])
    assert all(label.startswith("hessian_") for label in record["coordinate"])
    rates = record["predicted_rate"]
    np.testing.assert_allclose(rates, 0.05 * record["curvature"], rtol=1e-6)
    assert ((1.0 / rates > 5.0) & (1.0 / rates < 5000.0)).all()
    directions = record["directions"]
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-6)
    assert json.loads(str(record.attributes["descent"]))["batch"] == 3


def test_replicas_start_displaced_and_narrow(record: RunRecord) -> None:
    width = np.sqrt(record["independent_variance"])
    start = record["positions"][:, 0, 0] / width
    np.testing.assert_allclose(start.mean(axis=0), 5.0, atol=0.1)
    np.testing.assert_allclose(start.std(axis=0), 0.1, rtol=0.4)
    assert not np.allclose(record["positions"][0, 0, 1], record["positions"][0, 0, 0])


def test_the_same_ensemble_is_listed_as_it_stands(whole: EvolutionOutcome) -> None:
    (listed,) = list_runs(whole.folder.path.parents[1])
    summary = listed.summary
    assert (summary.status, summary.epochs, summary.of_epochs) == ("complete", STEPS, STEPS)
    assert summary.replicas == MEMBERS


def stopping_after(calls: int) -> object:
    """Return what asks to stop after so many questions."""
    asked = iter(range(10_000))
    return lambda: next(asked) >= calls


@pytest.mark.parametrize("sampling", ["independent", "shuffled"])
@pytest.mark.parametrize("calls", [2, 4])
def test_a_stopped_ensemble_ends_with_the_same_bits(
    trained: Path,
    whole: EvolutionOutcome,
    shuffled: EvolutionOutcome,
    tmp_path: Path,
    sampling: str,
    calls: int,
) -> None:
    config = configure(trained, f"evolve.sampling={sampling}")
    expected = read_run((shuffled if sampling == "shuffled" else whole).folder.path)
    stopped = start_evolution(config, tmp_path / "stopped", stop=stopping_after(calls))
    assert stopped.status == "interrupted"
    assert stopped.steps < STEPS
    ended = resume_evolution(stopped.folder.path)
    assert ended.status == "complete"
    resumed = read_run(ended.folder.path)
    assert resumed.variables.keys() == expected.variables.keys()
    for name in expected.variables:
        np.testing.assert_array_equal(resumed[name], expected[name], err_msg=name)
    assert resume_evolution(stopped.folder.path).status == "complete"


def test_one_that_is_stopped_before_its_first_step_goes_on(
    trained: Path, record: RunRecord, tmp_path: Path
) -> None:
    """As by a signal while its coordinates are found, which may take a minute."""
    stopped = start_evolution(configure(trained), tmp_path, stop=stopping_after(1))
    assert (stopped.status, stopped.steps, stopped.diverged) == ("interrupted", -1, {})
    resumed = read_run(resume_evolution(stopped.folder.path).folder.path)
    np.testing.assert_array_equal(resumed["positions"], record["positions"])


def test_one_that_was_killed_at_its_very_end_is_known_to_have_ended(
    whole: EvolutionOutcome, tmp_path: Path
) -> None:
    """Its last checkpoint was written, and its record was not."""
    ended = whole.folder.path
    folder = RunFolder(shutil.copytree(ended, tmp_path / ended.parent.name / ended.name))
    killed = Provenance.read(folder.provenance)
    killed.content["segments"][-1]["status"] = "running"
    killed.write()
    assert resume_evolution(folder.path).status == "complete"
    assert Provenance.read(folder.provenance).status == "complete"


def test_without_checkpoints_the_coordinates_stay(trained: Path, tmp_path: Path) -> None:
    """Killed between the first results and the first checkpoint: the same bits all the same."""
    stopped = start_evolution(configure(trained), tmp_path, stop=stopping_after(2))
    before = read_run(stopped.folder.path)["directions"]
    for name in SLOTS:
        (stopped.folder.path / name).unlink(missing_ok=True)
    ended = read_run(resume_evolution(stopped.folder.path).folder.path)
    np.testing.assert_array_equal(ended["directions"], before)
    assert len(ended["record"]) == 6


def test_the_net_is_trained_first_and_found_again(trained: Path, tmp_path: Path) -> None:
    alone = configure(trained).model_dump(mode="json")
    alone["evolve"] |= {"run": None, "steps": 12, "records": 3}
    told: list[str] = []

    class Listening:
        def begin(self, *_: object) -> None: ...

        def segment(self, *_: object) -> None: ...

        def message(self, text: str) -> None:
            told.append(text)

    first = start_evolution(parse_config(alone), tmp_path, Listening())
    assert told[0] == "training the net first"
    told.clear()
    alone["seed"], again = 0, start_evolution(parse_config(alone | {"name": "b"}), tmp_path)
    assert told == []
    runs = [read_run(outcome.folder.path) for outcome in (first, again)]
    np.testing.assert_array_equal(runs[0]["positions"], runs[1]["positions"])
    assert sum(not run.config.evolve for run in list_runs(tmp_path) if run.config) == 1


def test_single_weights_gradients_and_principal_components(trained: Path, tmp_path: Path) -> None:
    coordinates = (
        "evolve.coordinates=[{kind: parameters, names: ['weights_1[0,1]', 'bias_2[2]']}, "
        "{kind: gradient, of: loss}, {kind: gradient, of: free_energy}, "
        "{kind: principal, count: 2, steps: 20}]"
    )
    config = configure(trained, coordinates, "evolve.start={kind: trained}")
    record = read_run(start_evolution(config, tmp_path).folder.path)
    assert list(record["coordinate"]) == [
        *("weights_1[0,1]", "bias_2[2]", "gradient_of_loss", "gradient_of_free_energy"),
        *("principal_1", "principal_2"),
    ]
    directions = record["directions"]
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0, rtol=1e-6)
    assert (np.count_nonzero(directions[:2], axis=1) == 1).all()
    assert (record["curvature_spread"][:2] > 0.3 * np.abs(record["curvature"][:2])).any()
    np.testing.assert_array_equal(record["positions"][:, 0, 0], 0.0)


def test_the_untrained_net_needs_no_run(trained: Path, tmp_path: Path) -> None:
    values = configure(trained, "evolve.snapshot=0", "evolve.start={kind: trained}")
    alone = values.model_dump(mode="json")
    alone["evolve"] |= {"run": None, "coordinates": [{"kind": "gradient", "of": "loss"}]}
    record = read_run(start_evolution(parse_config(alone), tmp_path).folder.path)
    assert len(list_of_folders(tmp_path)) == 1
    kept = {**alone, "evolve": {**alone["evolve"], "run": str(trained)}}
    same = read_run(start_evolution(parse_config(kept), tmp_path / "kept").folder.path)
    np.testing.assert_allclose(same["origin"], record["origin"], rtol=1e-6)


def test_from_python(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    require_examples_hold("nnuniverse.api.evolve", run=nnuniverse.open_run(trained))
    assert nnuniverse.resume("latest", progress=False).status == "complete"


def list_of_folders(root: Path) -> list[Path]:
    return [run.folder.path for run in list_runs(root)]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["evolve.replica=4"], "`evolve.replica` must be one of 0 .. 0 of"),
        (["evolve.snapshot=2"], "`evolve.snapshot` must be a snapshot of"),
        (["network.hidden=[4]"], "`evolve.run` must be of a 4-4-3, as the config's net"),
        (["evolve.records=30"], "`evolve.records` must be at most 21: there are 40 steps"),
        (
            ["evolve.members=1000000", "evolve.steps=1000", "evolve.records=100"],
            "`evolve.records` must take at most 1 GB, but is 100: with 1000000 replicas",
        ),
        (["train.learning_rate=50.0"], "`train.learning_rate` must keep eta h at or below 2"),
        (["loss.terms=[{observable: mu2, weight: 0.1}]"], "`loss.terms` must be empty for an"),
        (
            [
                *("train.optimiser={kind: adam}", "train.learning_rate=50.0"),
                "evolve.coordinates=[{kind: parameters, names: ['bias_2[0]']}]",
            ],
            "`evolve.start.kind` must be trained where linear theory knows no width",
        ),
    ],
)
def test_what_cannot_be_is_one_line(
    trained: Path, tmp_path: Path, overrides: list[str], message: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        start_evolution(configure(trained, *overrides), tmp_path)
    assert str(refused.value).startswith(message)
    assert not list_of_folders(tmp_path)


@pytest.mark.parametrize("kind", ["momo", "prodigy", "adam"])
def test_optimisers_without_a_linear_theory_start_where_plain_descent_would(
    trained: Path, tmp_path: Path, kind: str
) -> None:
    few = ("evolve.steps=4", "evolve.records=3")
    records = [
        read_run(start_evolution(configure(trained, *few, *more), tmp_path).folder.path)
        for more in ((), (f"train.optimiser={{kind: {kind}}}", f"name={kind}"))
    ]
    plain, other = records
    np.testing.assert_array_equal(other["positions"][:, 0, 0], plain["positions"][:, 0, 0])
    assert np.isfinite(other["positions"]).all()
    assert not np.array_equal(other["positions"][:, 0, 1], plain["positions"][:, 0, 1])
    assert np.isnan(other["predicted_variance"]).all()


def test_steps_that_take_too_long_name_the_coordinates_that_fit(
    trained: Path, tmp_path: Path
) -> None:
    config = configure(trained, "evolve.steps=auto", "evolve.max_steps=100")
    with pytest.raises(ConfigError, match=r"`evolve.max_steps` must be at least .* relaxation"):
        start_evolution(config, tmp_path)


def test_too_few_members_are_refused(trained: Path) -> None:
    with pytest.raises(ConfigError, match=r"`evolve.members` must be greater than or equal to 32"):
        configure(trained, "evolve.members=31")


def test_shuffled_epochs_end_in_no_smaller_batch(trained: Path, tmp_path: Path) -> None:
    config = configure(trained, "evolve.sampling=shuffled", "train.batch=5")
    with pytest.raises(ConfigError, match=r"`train.batch` must divide the 12 training samples"):
        start_evolution(config, tmp_path)


def test_weights_that_were_not_kept(trained: Path, tmp_path: Path) -> None:
    config = config_of_run(trained, (*SMALL, "evolve.snapshot=30"))
    assert start_evolution(config, tmp_path).status == "complete"
    last_only = start_run(
        parse_config(
            {
                **config.model_dump(mode="json"),
                "evolve": None,
                "observe": {"snapshots": {"count": 2}, "complexity_n": [3]},
                "train": {"epochs": 2, "batch": 3},
            }
        ),
        tmp_path / "last",
    ).folder.path
    with pytest.raises(RunError, match="kept the weights of snapshots"):
        start_evolution(config_of_run(last_only, (*SMALL, "evolve.snapshot=2")), tmp_path)
