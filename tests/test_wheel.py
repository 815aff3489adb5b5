"""The wheel does the main job without the checkout: what the package needs is inside.

Nothing is downloaded: what it depends on is that of this environment.  `make dist` gives the wheel
that it has built.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytest.importorskip("hatchling", reason="which builds the wheel")

JOB = """
import sys

import nnuniverse
from nnuniverse.cli import main


def nnu(*arguments):
    sys.argv = ["nnu", *arguments]
    try:
        assert main() in (None, 0), arguments
    except SystemExit as ended:
        assert ended.code in (None, 0), arguments


nnu("train", "net.yaml", "train.epochs=2", "observe.snapshots.count=2", "network.hidden=[3]",
    "observe.complexity_n=[5]", "data.train_samples=100", "data.test_samples=10")
nnu("report", "latest", "--out", "report.html")
print(nnuniverse.__file__)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, as an installer lays it out."""
    place = tmp_path_factory.mktemp("wheel")
    wheel = os.environ.get("NNU_WHEEL")
    if wheel is None:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        (built,) = place.glob("*.whl")
        wheel = str(built)
    options = ["--quiet", "--no-deps", "--no-compile", "--no-index", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", str(place / "in"), wheel],
        cwd=ROOT,
        check=True,
    )
    return place / "in"


def test_the_wheel_does_the_main_job(installed: Path, tmp_path: Path) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(installed),
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        "NO_COLOR": "1",
    }
    template = subprocess.run(
        [installed / "bin" / "nnu", "config", "template"],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    (tmp_path / "net.yaml").write_text(template.stdout, "utf-8")
    done = subprocess.run(
        [sys.executable, "-P", "-c", JOB],
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.splitlines()[-1]).is_relative_to(installed)
    assert "<html" in (tmp_path / "report.html").read_text("utf-8")


def test_the_wheel_holds_what_commands_read(installed: Path) -> None:
    held = {path.relative_to(installed).as_posix() for path in installed.rglob("*")}
    tracked = subprocess.run(
        ["git", "ls-files", "nnuniverse", "configs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if tracked.returncode != 0:
        pytest.skip("not a checkout")
    wanted = {re.sub("^configs/", "nnuniverse/configs/", name) for name in tracked.stdout.split()}
    assert wanted - held == set()
