"""Training from Python: configs of every form, what is heard of it, and stopping."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import yaml

import nnuniverse
from nnuniverse.api.run import Run
from nnuniverse.config import RunConfig
from nnuniverse.errors import ConfigError, StoppedError
from nnuniverse.training import Segment


def test_a_mapping_is_trained_and_opened(run: Run) -> None:
    assert run.status == "complete"
    assert run.config.replicas == 2
    assert run.folder.is_dir() and run.name == f"tiny/{run.folder.name}"
    assert run.results.sizes["epoch"] == 6


def test_file_mapping_and_model_are_the_same_run(
    run: Run, config: dict[str, object], tmp_path: Path
) -> None:
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(config))
    model = nnuniverse.parse_config(config)
    for form in (str(tmp_path / "tiny.yaml"), tmp_path / "tiny.yaml", model):
        again = nnuniverse.train(form, out=tmp_path / "runs" / type(form).__name__)
        assert again.config.hash() == run.config.hash()
        np.testing.assert_array_equal(again.results.weights_1, run.results.weights_1)


def test_a_model_may_be_built_key_by_key(run: Run, config: dict[str, object]) -> None:
    whole = nnuniverse.parse_config(config)
    built = RunConfig(
        data=whole.data, network=whole.network, train=whole.train, observe=whole.observe, replicas=2
    )
    assert built.hash() == run.config.hash()


def test_segments_are_heard_until_the_end(config: dict[str, object], tmp_path: Path) -> None:
    heard: list[Segment] = []
    trained = nnuniverse.train(config, ["replicas=1"], out=tmp_path, on_segment=heard.append)
    assert [heard[0].first, heard[-1].last] == [0, 6]
    losses = np.concatenate([segment.running_loss for segment in heard], axis=1)
    np.testing.assert_array_equal(losses, trained.results.running_boundary_loss)


@pytest.mark.parametrize("shown", [True, False])
def test_the_bar_is_shown_if_wanted(
    config: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    nnuniverse.train(config, ["replicas=1"], out=tmp_path, progress=shown)
    text = sys.stderr.getvalue()
    assert ("6/6" in text and "running_loss=" in text) if shown else not text


def test_an_interrupt_checkpoints_and_resuming_ends_at_the_same_bits(
    run: Run, config: dict[str, object], tmp_path: Path
) -> None:
    before = signal.getsignal(signal.SIGINT)

    def interrupt(segment: Segment) -> None:
        if segment.first == 0:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(StoppedError, match=r"interrupted after epoch .*nnuniverse\.resume") as stop:
        nnuniverse.train(config, out=tmp_path, on_segment=interrupt)
    assert signal.getsignal(signal.SIGINT) is before
    (folder,) = (tmp_path / "tiny").iterdir()
    assert str(folder) in str(stop.value)
    resumed = nnuniverse.resume(str(folder))
    for name in run.results:
        np.testing.assert_array_equal(resumed.results[name], run.results[name])
    epochs = len(run.results.epoch)
    longer = nnuniverse.resume(resumed, [f"train.epochs={epochs + 2}"])
    assert len(longer.results.epoch) == epochs + 2
    losses = longer.results.running_boundary_loss[:, :epochs]
    np.testing.assert_array_equal(losses, run.results.running_boundary_loss)


def test_training_works_on_another_thread(config: dict[str, object], tmp_path: Path) -> None:
    trained: list[Run] = []
    thread = threading.Thread(
        target=lambda: trained.append(nnuniverse.train(config, ["replicas=1"], out=tmp_path))
    )
    thread.start()
    thread.join()
    assert trained[0].status == "complete"


def test_a_wrong_config_is_one_line_and_leaves_nothing(
    config: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"`train\.epochs` must"):
        nnuniverse.train(config, ["train.epochs=-1"], out=tmp_path / "runs")
    with pytest.raises(ConfigError, match=r"CONFIG 'missing\.yaml' must be a readable file"):
        nnuniverse.train("missing.yaml", out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_replica_that_diverges_is_warned_of(config: dict[str, object], tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"replica 0 .* diverged"):
        run = nnuniverse.train(
            config,
            ["replicas=1", "train.learning_rate=1e30", "network.activation=identity"],
            out=tmp_path,
        )
    assert run.status == "diverged"
