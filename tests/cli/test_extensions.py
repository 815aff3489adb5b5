"""Names of installed packages: the example of one, used as a reader would, and bad ones."""

from __future__ import annotations

import importlib.util
import json
import os
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nnuniverse import extensions
from nnuniverse.config import load_config
from nnuniverse.errors import ConfigError
from nnuniverse.experiments.samples import identify, load_dataset
from nnuniverse.extensions import ACTIVATIONS, installed, unusable
from nnuniverse.observables import OBSERVABLES
from nnuniverse.plots import PLOTS, PlotSettings, every_plot
from nnuniverse.runs import RunFolder, read_run
from nnuniverse.runs.identity import read_identity, require_same

Nnu = Callable[..., Any]
Refused = Callable[..., str]
Declare = Callable[..., None]

EXAMPLE = Path(__file__).parents[2] / "examples" / "nnuniverse-extension"


def install(package: Path, site: Path) -> None:
    """Install the example by pip, or where what builds it is not there as a wheel of it would."""
    if importlib.util.find_spec("hatchling"):
        options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")
        pip = (sys.executable, "-m", "pip", "install", *options, "--target", str(site))
        copy = shutil.copytree(package, site.parent / "source")
        subprocess.run([*pip, str(copy)], check=True)
        return
    about = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    (source,) = (package / "src").iterdir()
    shutil.copytree(source, site / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    write_metadata(site, about["name"], about["version"], about["entry-points"])


def write_metadata(site: Path, name: str, version: str, groups: dict[str, dict[str, str]]) -> None:
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in points.items())
        for group, points in groups.items()
    ]
    (folder / "entry_points.txt").write_text("\n".join(lines))


@pytest.fixture
def extended(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The folder in which the example is installed, and seen by this process."""
    site = tmp_path_factory.getbasetemp() / "extended" / "site"
    if not site.exists():
        install(EXAMPLE, site)
    monkeypatch.syspath_prepend(str(site))
    extensions.declared.cache_clear()
    yield site
    extensions.declared.cache_clear()


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Declare]:
    """Install a package of one module with the given content and names."""
    site = tmp_path / "declared"
    monkeypatch.syspath_prepend(str(site))

    def write(name: str, content: str, version: str = "1.5", **groups: str) -> None:
        site.mkdir(exist_ok=True)
        for older in site.glob(f"{name}-*.dist-info"):
            shutil.rmtree(older)
        (site / f"{name}.py").write_text(content)
        points = {f"nnuniverse.{group}": {point: f"{name}:IT"} for group, point in groups.items()}
        write_metadata(site, name, version, points)
        extensions.declared.cache_clear()

    yield write
    extensions.declared.cache_clear()


# --- the example ---------------------------------------------------------------------------------


def test_the_example_is_trained_drawn_and_verified(
    nnu: Nnu, extended: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = nnu("train", EXAMPLE / "config.yaml", "train.epochs=3")
    assert told.code == 0, told.err
    run = read_run(told.folder)
    package = "nnuniverse-extension 0.1.0"
    assert run.provenance["identity"]["extensions"] == {
        "activation softsign": package,
        "data set rings": package,
        "loss log_cosh": package,
        "observable participation_ratio": package,
    }
    assert run["participation_ratio"].shape == (1, 4)
    assert (run["participation_ratio"] >= 1.0).all()
    assert run.variable("running_log_cosh").attributes["units"] == "nat"
    assert (run["running_log_cosh"] < run["running_boundary_loss"]).all(), "log cosh e < e^2/2"
    drawn = nnu("plot", "participation", told.folder, "--out", "f", "--format", "svg")
    assert (drawn.code, drawn.err) == (0, "")
    assert Path("f/participation.csv").read_text().startswith("run,replica,epoch,participation\n")
    verified = nnu("verify", "extension", "--json")
    assert [one["verdict"] for one in json.loads(verified.out)["checks"]] == ["right"]

    # Without the package the numbers are read, and nothing is trained on.
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(extended)])
    extensions.declared.cache_clear()
    assert nnu("analyze", told.folder).code == 0
    resumed = nnu("train", "--resume", told.folder)
    assert resumed.code == 2
    assert "`data.name` must be one of nothing" in resumed.err


def test_the_tests_of_the_example_pass(extended: Path) -> None:
    theirs = runpy.run_path(str(EXAMPLE / "tests" / "test_extension.py"))
    tests = [function for name, function in theirs.items() if name.startswith("test_")]
    assert len(tests) == 5
    for test in tests:
        test()


def test_what_is_installed_is_told(nnu: Nnu, extended: Path) -> None:
    template = nnu("config", "template").out
    assert "[also softsign of nnuniverse-extension 0.1.0]" in template
    assert "[also participation_ratio of nnuniverse-extension 0.1.0]" in template
    explained = json.loads(nnu("explain", "participation_ratio", "softsign", "--json").out)
    assert [one["kind"] for one in explained] == ["observable", "activation"]
    assert explained[0]["symbol"] == "P"
    assert explained[0]["meaning"].endswith("; of the package nnuniverse-extension 0.1.0")
    assert "participation" in nnu("plot", "--help").out.split("Plots of installed packages")[1]


def test_no_package_is_imported_before_it_is_used(extended: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from nnuniverse.config import config_template, parse_config\n"
        "config_template(); parse_config({}, ['network.activation=softsign'])\n"
        "sys.exit('nnuniverse_extension' in sys.modules)"
    )
    path = os.pathsep.join([str(extended), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path})
    assert done.returncode == 0


# --- bad packages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "import no_such_module",
            "must work, but raises ModuleNotFoundError: No module named 'no_such",
        ),
        ("raise SystemExit(5)", "must work, but raises SystemExit: 5."),
        ("IT = 3", "must be a nnuniverse.networks.activation.Activation, but is a int."),
        ("", "must work, but raises AttributeError: module 'bad"),
        (
            "from nnuniverse.networks.activation import ACTIVATIONS; IT = ACTIVATIONS['tanh']",
            "must have the name under which it is declared, 'swish', but its `name` is 'tanh'. Try "
            "the same name in its code and in the entry point of its pyproject.toml.",
        ),
    ],
)
def test_a_broken_package_is_told_in_one_line(
    refused: Refused, declare: Declare, config: Path, content: str, message: str
) -> None:
    name = f"bad{abs(hash(content))}"
    declare(name, content, activations="swish")
    line = refused("train", config, "network.activation=swish")
    assert line.startswith(f"the activation 'swish' of the package {name} 1.5 {message}")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise KeyError('no')", "must work, but raises KeyError: 'no'."),
        ("raise OSError('it is not.')", "must work, but raises OSError: it is not. Try mending"),
        ("return 3", "must return a nnuniverse.data.Dataset, but returns a int."),
    ],
)
def test_a_function_that_fails(
    refused: Refused, declare: Declare, config: Path, body: str, message: str
) -> None:
    name = f"data{len(body)}"
    declare(name, f"def IT():\n    {body}\n", data="mine")
    line = refused("train", config, "data={kind: installed, name: mine}")
    assert line.startswith(f"the data set 'mine' of the package {name} 1.5 {message}")


SHAPES = """
from nnuniverse.observables import Dimension, Observable
from nnuniverse.variables import Variable

AXES = (Dimension("place", "of three", lambda settings: [0, 1, 2]),)
IT = Observable(Variable("wide", {dims}, "a width", "mine"), lambda found: {value}, axes={axes})
"""
ONE_NUMBER, THREE = "1.0", "found.log_eigenvalues[:3]"


@pytest.mark.parametrize(
    ("dims", "value", "axes", "message"),
    [
        ("()", THREE, "()", "return one number, as it is declared without `axes`, but returns the"),
        ("()", ONE_NUMBER, "AXES", "return the shape (3,) of its `axes`, but returns the shape ()"),
        ("('place',)", THREE, "()", "have a Variable over the dimensions of an observable without"),
        ("('here',)", THREE, "AXES", "have a Variable over the dimensions of its `axes`, ('place"),
    ],
)
def test_an_observable_of_another_shape(
    refused: Refused,
    declare: Declare,
    config: Path,
    dims: str,
    value: str,
    axes: str,
    message: str,
) -> None:
    name = f"shapes{abs(hash((dims, value, axes)))}"
    declare(name, SHAPES.format(dims=dims, value=value, axes=axes), observables="wide")
    line = refused("train", config, "observe.observables=[wide]")
    assert line.startswith(f"the observable 'wide' of the package {name} 1.5 must {message}")
    assert "axes" in line.rpartition(" Try ")[2]
    assert not Path("runs").exists()


def test_a_loss_that_fails_leaves_nothing(refused: Refused, declare: Declare, config: Path) -> None:
    content = """
from nnuniverse.losses.declaration import Loss
IT = Loss("steep", lambda outputs, targets: outputs.no_such, "a loss", "mine", units="1")
"""
    declare("steeps", content, losses="steep")
    line = refused("train", config, "loss={kind: installed, name: steep}")
    assert line.startswith(
        "the loss 'steep' of the package steeps 1.5 must work, but raises Attribute"
    )
    assert line.endswith("Try mending it if it is yours, else another version or uninstalling it.")
    assert not Path("runs").exists()


def test_a_broken_plot_is_not_in_the_way_of_others(extended: Path, declare: Declare) -> None:
    declare("badplot", "import no_such_module", plots="sketch")
    told: list[str] = []
    *ours, theirs = every_plot(told.append)
    assert ours == list(PLOTS.values())
    assert theirs.name == "participation"
    (line,) = told
    assert line.startswith(
        "the plot 'sketch' of the package badplot 1.5 must work, but raises ModuleNot"
    )
    with pytest.raises(
        ConfigError, match=r"participation' of .* 0\.1\.0 must work, but raises \w+Error"
    ):
        theirs.draw([None], PlotSettings())  # type: ignore[list-item]


def test_no_name_of_ours_is_replaced(nnu: Nnu, declare: Declare, config: Path) -> None:
    declare("thief", "import no_such_module", activations="tanh", observables="mu2")
    assert installed(ACTIVATIONS, ("tanh",)) == {}
    (line,) = unusable(extensions.OBSERVABLES, OBSERVABLES)
    assert line.startswith("the observable 'mu2' must have a name of its own, but thief 1.5")
    assert line in nnu("explain", "mu2").err
    declare("other", "", losses="mine")
    declare("another", "", losses="mine")
    assert "mine" not in installed(extensions.LOSSES)
    (line,) = unusable(extensions.LOSSES, ())
    assert "is declared by another 1.5 and other 1.5" in line


def test_another_version_is_another_run(declare: Declare, config: Path) -> None:
    declare("growing", "", losses="mine")
    asked = load_config(config, ["loss={kind: installed, name: mine}"])
    dataset = load_dataset(asked)
    before = identify(asked, dataset)
    declare("growing", "", version="1.6", losses="mine")
    after = identify(asked, dataset)
    assert (before.extensions, after.extensions) == (
        {"loss mine": "growing 1.5"},
        {"loss mine": "growing 1.6"},
    )
    assert before.run_hash != after.run_hash
    assert before.family_hash != after.family_hash
    assert read_identity(before.record()) == before
    with pytest.raises(ConfigError, match=r"must stay that of growing 1\.5, but is growing 1\.6"):
        require_same(before, after, asked, RunFolder(Path("run")))
    plain = load_config(config)
    assert "extensions" not in identify(plain, dataset).record(), "as it was without any"
