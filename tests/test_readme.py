"""Every command and every piece of Python in README.md and docs/ runs; what is long, with less."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from warm_processes import QUICK_VARIABLE

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

# What would take too long here: the same command, only less of it.  What a page itself asks for
# stays, but for the samples: one batch, so that a program is compiled once for all pages.
BEFORE = "replicas=1 observe.snapshots.count=5"
AFTER = "data.train_samples=100 data.test_samples=20"
EPOCHS = {"deep": 100, "shallow": 100, "quickstart": 100, "linear": 100}
"""What later commands of the pages look for; any other config, whose epochs are slow: two."""
SWEEP = f"seeds=1 train.epochs=20 {AFTER} observe.snapshots.count=5"
NARROW = " network.hidden=[1]"
"""A net whose Hessian is small."""
SMALL = " grand.probe=50 grand.reservoir=[12,8] network.hidden=[6,4]"
"""A reservoir of neurons of few widths, each of which is compiled."""
FEW = " network.hidden=[5] observe.complexity_n=[20]"
"""A net of few neurons, whose states are sampled at many temperatures."""
FEWER = "data.train_samples=20 data.test_samples=10 train.batch=20 observe.snapshots.count=2"
"""Of nets whose bulk losses are looked for from many states, of every sample at every snapshot."""
ENSEMBLE = (
    "evolve.members=32 evolve.steps=30 evolve.records=6 evolve.start='{kind: trained}' "
    "evolve.coordinates='[{kind: gradient, of: loss}]' train.learning_rate=0.01"
)
AS_LOG = "'observe.snapshots={kind: log, count: 5}' 'expect=[]'"
"""In place of snapshots at a fixed distance; and nothing is expected of a part of a sweep."""
POINTS = {
    "batch": "'only={batch: [30], learning_rate: [0.03, 0.1]}'",
    "batch-time": "'only={protocol: [3]}'",
    "grand": f"'only={{protocol: [born_18]}}' {AS_LOG}",
    "grand-quick": f"'only={{protocol: [born_60]}}' {AS_LOG}",
    "grand-steps": f"'only={{protocol: [momo_22]}}' {AS_LOG}",
    "optimisers": "'only={algorithm: [momo]}' 'expect=[]'",
    "permutation-quick": "'only={l1: [0.003]}' 'expect=[]'",
    "protocol": "'only={net: [deep], protocol: [1]}'",
    "protocol-saturated": "'only={net: [deep], protocol: [5]}'",
    "protocol-saturated-long": "'only={protocol: [5]}'",  # of which both nets are ranked
}
"""By the name of the sweep, or else of its config."""
PLANNED = {"2004.09280": "--claim E5.beta.100", "2012.05082": "--claim C1.diffusion"}
"""Of plans, which train a little of every run to time it: none of the first, two of the second."""
QUICKLY = {QUICK_VARIABLE: "yes", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
"""Most of the time goes into compiling; no number is looked at.  The last: if it begins cold."""
COLD = re.compile(r"make |nnu --help|nnu train configs/deep\.yaml$")
"""Commands that start a Python of their own; others are forked from one, see `warm`."""
ALIKE = re.compile(
    r"make |nnu --help$|nnu train configs/[\w-]+\.yaml$|nnu (spectrum|strings) configs/[^>|]*$"
    r"|nnu (geometry onsager|plot ring|plot laplacian|verify) ?[^>|]*$"
)
"""Commands that read no file of the page: another page's will do, with the runs that it trained."""
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def command_alone(line: str) -> str:
    """Return a command without the comment behind it, which would be one of what is added, too."""
    return re.sub(r"\s+# .*", "", line)


def shortened(command: str) -> str:
    command = command_alone(command)
    if train := re.match(r"(nnu train configs/([\w-]+)\.yaml)([^#]*)", command):
        begin, name, rest = train.groups()
        rest = re.sub(r"replicas=\d\d", "replicas=2", rest)  # which have intervals, too
        rest += NARROW if name == "one-layer" else ""  # whose ensembles come next
        rest += SMALL if name == "grand" else ""
        rest += FEW if "name=exact" in rest else ""  # whose states do
        after = FEWER if re.search("name=(valleys|kinks)", rest) else AFTER
        return f"{begin} {BEFORE} train.epochs={EPOCHS.get(name, 2)} {rest} {after}"
    if ensemble := re.match(r"nnu evolve (configs/)?[^-#][^#]*", command):
        net = f"{NARROW} train.epochs=2 {AFTER} observe.snapshots.count=2" if ensemble[1] else ""
        return f"{ensemble[0]} {ENSEMBLE} {net}"
    if sweep := re.match(r"nnu sweep configs/sweeps/([\w-]+)\.yaml(?: name=([\w-]+))?.*", command):
        return f"{sweep[0]} {SWEEP} {POINTS.get(sweep[2], POINTS.get(sweep[1], ''))}"
    if plan := re.fullmatch(r"nnu reproduce (\S+) --plan", command):
        return f"{command} {PLANNED.get(plan[1], '')}"
    if command.startswith("nnu ensemble "):
        return command.replace("--samples 2000", "--samples 1000")
    if command.startswith("nnu grand "):  # too few sweeps to mix, which it says
        return f"{command} --sweeps 8 --chains 3 --samples 20 || test $? = 3"
    if command.startswith("nnu strings "):  # whose period is drawn, a frame a step
        return command.replace("cycles=[48]", "cycles=[12]")
    if command.startswith("nnu hidden "):  # fewer draws than tell anything
        return f"{command} --draws 300"
    if command.startswith("nnu plot ") and "--format" not in command:
        return f"{command} --format svg"
    if command.startswith("make "):  # make test would run itself; the targets must exist
        return command.replace("make ", "make --dry-run --always-make ", 1)
    if command.startswith("source "):  # the virtual environment that is active already
        return ":"
    return command


def shortened_python(code: str) -> str:
    """Return a piece of Python whose runs are trained as those of the commands are."""
    before, after = (", ".join(f'"{key}"' for key in keys.split()) for keys in (BEFORE, AFTER))
    code = re.sub(r'\[("train\.epochs=20"[^]]*)\]', rf"[{before}, \1, {after}]", code)
    if "net.npz" in code:  # whose states are summed over as many dimensions
        code = code.replace("(3, 3)", "(2, 2)").replace("size=3)", "size=2)")
    return code.replace('"set": {', '"set": {"data.train_samples": 100, "data.test_samples": 20, ')


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for one page, which needs no other page to have been read."""
    shared = (
        "configs",
        "Makefile",
        "pyproject.toml",
        "constraints.txt",
        "nnuniverse",
        "benchmarks",
    )
    for name in (*shared, "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture(scope="session")
def known() -> dict[str, Path | None]:
    """Commands that do the same on every page and have run already, with what they trained."""
    return {}


def is_spared(command: str, place: Path, known: dict[str, Path | None]) -> bool:
    """Return whether another page's will do; of a run that is trained, only beside no others.

    Of these it would be the latest.
    """
    runs = place / "runs"
    if command not in known or (known[command] and runs.exists()):
        return False
    if trained := known[command]:
        shutil.copytree(trained, runs)
    return True


def kept(trained: set[Path], folder: Path) -> Path | None:
    """Return a copy of runs, before later commands add to them; None if there are none."""
    for run in trained:
        shutil.copytree(run, folder / run.parent.name / run.name)
    return folder if trained else None


def blocks(page: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(page.read_text())


@pytest.mark.parametrize(
    "page",
    [pytest.param(p, marks=pytest.mark.xdist_group(p.name), id=p.name) for p in PAGES],
)
def test_all_commands_run(
    page: Path,
    place: Path,
    warm: Path,
    known: dict[str, Path | None],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    cold = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for language, text in blocks(page):
        for command in text.splitlines() if language == "sh" else [text]:
            if not command:
                continue
            is_sh, before = language == "sh", set(place.glob("runs/*/*"))
            alone = command_alone(command) if is_sh else ""
            if is_spared(alone, place, known):
                continue
            path = cold if COLD.match(command) else f"{warm}:{cold}"
            done = subprocess.run(
                ["bash", "-c", shortened(command)]
                if is_sh
                else ["python", "-c", shortened_python(command)],
                cwd=place,
                env=os.environ | QUICKLY | {"PATH": path},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            if ALIKE.match(alone):
                trained = set(place.glob("runs/*/*")) - before
                known[alone] = kept(trained, tmp_path_factory.mktemp("trained"))


def test_readme_begins_with_the_two_commands() -> None:
    first = blocks(ROOT / "README.md")[0][1]
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make demo", "make test"]


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
